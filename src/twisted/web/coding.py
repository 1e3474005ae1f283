"""
Bodies of responses that are compressed as the client likes it best: zstd, br or gzip.

    from twisted.web.coding import ContentEncoderFactory
    resource = EncodingResourceWrapper(resource, [ContentEncoderFactory()])

What is worth it is decided when the response begins: pictures, small bodies, parts of files and
what is encoded already go out as they are. Do not compress pages in which a secret stands beside
what a stranger may choose: the size would tell of the secret (BREACH).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from zope.interface import implementer

from twisted.web.iweb import _IRequestEncoder, _IRequestEncoderFactory

__all__ = ["ContentEncoderFactory", "acceptedCoding"]


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def sync(self) -> bytes: ...

    def finish(self) -> bytes: ...


class _Gzip:
    def __init__(self, level: int) -> None:
        self._stream = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        self.compress: Callable[[bytes], bytes] = self._stream.compress

    def sync(self) -> bytes:
        return self._stream.flush(zlib.Z_SYNC_FLUSH)

    def finish(self) -> bytes:
        return self._stream.flush()


class _Brotli:
    def __init__(self, level: int) -> None:
        import brotli  # type: ignore[import-untyped]  # it has no annotations

        self._stream: Any = brotli.Compressor(quality=level)
        self.compress: Callable[[bytes], bytes] = self._stream.process

    def sync(self) -> bytes:
        return bytes(self._stream.flush())

    def finish(self) -> bytes:
        return bytes(self._stream.finish())


class _Zstd:
    # RFC 9659: browsers take windows of no more than 8 MiB.
    _windowBits = 23

    def __init__(self, level: int) -> None:
        import zstandard

        parameters = zstandard.ZstdCompressionParameters.from_level(
            level, window_log=min(self._windowBits, 19)
        )
        self._stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
        self._flushBlock = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        self.compress: Callable[[bytes], bytes] = self._stream.compress

    def sync(self) -> bytes:
        return self._stream.flush(self._flushBlock)

    def finish(self) -> bytes:
        return self._stream.flush()


_makers: dict[bytes, tuple[str | None, type[_Gzip] | type[_Brotli] | type[_Zstd]]] = {
    b"zstd": ("zstandard", _Zstd),
    b"br": ("brotli", _Brotli),
    b"gzip": (None, _Gzip),
}


def _isThere(module: str | None) -> bool:
    from importlib.util import find_spec

    return module is None or find_spec(module) is not None


_weight = re.compile(rb"[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*", re.IGNORECASE).fullmatch


def acceptedCoding(values: Iterable[bytes], offered: Iterable[bytes]) -> bytes | None:
    """
    Choose a coding (RFC 9110, section 12.5.3).

    Args:
        values: of ``Accept-Encoding``.
        offered: codings, the best first.
    Returns: the one that the client likes best, of those the first that is offered; None if it
        wants none of them, or said nothing.
    """
    weights: dict[bytes, float] = {}
    for part in b",".join(values).split(b","):
        name, _, parameter = part.partition(b";")
        weight = _weight(parameter) if parameter else None
        weights[name.strip().lower()] = 1.0 if weight is None else float(weight[1])
    others = weights.get(b"*", 0.0)
    best, most = None, 0.0
    for coding in offered:
        liked = weights.get(coding, weights.get(b"x-gzip", others) if coding == b"gzip" else others)
        if liked > most:
            best, most = coding, liked
    return best if most >= weights.get(b"identity", 0.0) else None


@implementer(_IRequestEncoderFactory)
class ContentEncoderFactory:
    """
    Compresses bodies by what both sides know.

    Attributes:
        codings: those that are offered, the best first; without their library (``zstandard``,
            ``brotli``) they are not.
        levels: how hard each tries: more is smaller and slower.
        minBytes: a body that is said to be shorter is not worth it.
        types: of contents that are: their beginnings.

    Args: codings: as the attribute; None for all that there are.
    """

    levels = {b"zstd": 3, b"br": 4, b"gzip": 6}
    minBytes = 256
    types: tuple[bytes, ...] = (
        b"text/",
        b"application/json",
        b"application/javascript",
        b"application/xml",
        b"application/xhtml+xml",
        b"application/rss+xml",
        b"application/atom+xml",
        b"application/wasm",
        b"application/manifest+json",
        b"application/problem+json",
        b"application/ld+json",
        b"image/svg+xml",
    )

    def __init__(self, codings: Iterable[bytes] | None = None) -> None:
        wanted = tuple(_makers) if codings is None else tuple(codings)
        unknown = [coding for coding in wanted if coding not in _makers]
        if unknown:
            raise ValueError(f"the coding {unknown[0]!r} is not known; those are {list(_makers)}")
        self.codings = tuple(coding for coding in wanted if _isThere(_makers[coding][0]))

    def encoderForRequest(self, request: Any) -> Any:
        """Returns: an encoder, or None if the client takes nothing that is offered."""
        headers = request.requestHeaders
        known = headers.getRawHeaders(b"if-none-match")
        if known is not None:
            # Whoever asks whether it has changed has our weak tags, and means the states.
            plain = [value.replace(b'W/"', b'"') for value in known]
            headers.setRawHeaders(b"if-none-match", plain)
        values = headers.getRawHeaders(b"accept-encoding")
        coding = None if values is None else acceptedCoding(values, self.codings)
        if coding is None:
            return _Plain(self, request)
        return _ContentEncoder(self, request, coding)

    def isWorthIt(self, request: Any) -> bool:
        """Returns: whether a response, of which all but the body is known, is to be compressed."""
        headers = request.responseHeaders
        if request.code in (204, 206, 304) or headers.hasHeader(b"content-encoding"):
            return False
        kind = headers.getRawHeaders(b"content-type", [b""])[-1].lower()
        if not kind.startswith(self.types):
            return False
        length = headers.getRawHeaders(b"content-length", [b""])[-1]
        if length.isdigit() and int(length) < self.minBytes:
            return False
        control = b",".join(headers.getRawHeaders(b"cache-control", []))
        return b"no-transform" not in control.lower()


def _addVary(headers: Any) -> None:
    """Tell caches that others may get something else (RFC 9110, section 12.5.5)."""
    values = headers.getRawHeaders(b"vary", [])
    named = {name.strip().lower() for value in values for name in value.split(b",")}
    if b"accept-encoding" not in named and b"*" not in named:
        headers.addRawHeader(b"vary", b"Accept-Encoding")


@implementer(_IRequestEncoder)
class _Plain:
    """Says that other clients would get it compressed, and compresses nothing."""

    def __init__(self, factory: ContentEncoderFactory, request: Any) -> None:
        self._factory = factory
        self._request: Any = request

    def encode(self, data: bytes) -> bytes:
        """Returns: ``data``."""
        request = self._request
        if request is not None and not request.startedWriting:
            if self._factory.isWorthIt(request):
                _addVary(request.responseHeaders)
            self._request = None
        return data

    def finish(self) -> bytes:
        """Returns: nothing."""
        return b""


@implementer(_IRequestEncoder)
class _ContentEncoder:
    """Compresses, if the response is worth it: that is seen when its first part is written."""

    def __init__(self, factory: ContentEncoderFactory, request: Any, coding: bytes) -> None:
        self._factory, self._coding = factory, coding
        self._request: Any = request
        self._stream: _Compressor | None = None
        self._live = False

    def _begin(self) -> None:
        request, self._request = self._request, None
        if not self._factory.isWorthIt(request):
            return
        headers = request.responseHeaders
        _addVary(headers)
        headers.setRawHeaders(b"content-encoding", [self._coding])
        headers.removeHeader(b"content-length")
        headers.removeHeader(b"accept-ranges")
        self._weakenTag(request)
        kind = headers.getRawHeaders(b"content-type", [b""])[-1].lower()
        self._live = kind.startswith(b"text/event-stream")
        if request.method != b"HEAD":
            coding = self._coding
            self._stream = _makers[coding][1](self._factory.levels[coding])

    @staticmethod
    def _weakenTag(request: Any) -> None:
        # The same state in other bytes (RFC 9110, section 8.8.3.3).
        tag = request.etag
        if tag is not None and not tag.startswith(b"W/"):
            request.etag = b"W/" + tag
        tags = request.responseHeaders.getRawHeaders(b"etag")
        if tags and not tags[-1].startswith(b"W/"):
            request.responseHeaders.setRawHeaders(b"etag", [b"W/" + tags[-1]])

    def encode(self, data: bytes) -> bytes:
        """Returns: what can be sent now."""
        if self._request is not None:
            self._begin()
        stream = self._stream
        if stream is None:
            return data
        sent = stream.compress(data)
        # Somebody waits for each event.
        return sent + stream.sync() if self._live else sent

    def finish(self) -> bytes:
        """Returns: the end."""
        stream, self._stream = self._stream, None
        return b"" if stream is None else stream.finish()
