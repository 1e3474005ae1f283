"""
Bodies that were made smaller on their way.

A server, or whoever speaks in its name, can make much out of little: 194 kB of gzip are 200 MB.
So what comes out is bounded in three ways: how much it is in all, how much more it is than what
came in, and how much of it there is at a time. Somebody who pauses gets nothing meanwhile; what has
come in waits as it came.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IProtocol, IPushProducer
from twisted.internet.protocol import connectionDone
from twisted.python.components import proxyForInterface
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IAgent, IResponse

from .errors import ResponseFailed

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.web.iweb import IBodyProducer

__all__ = ["ContentDecoderAgent", "GzipDecoder", "TooMuchDecoded"]


class TooMuchDecoded(Exception):
    """
    A body becomes larger than it may.

    Attributes:
        got: bytes that have come out.
        limit: bytes that may.
    """

    def __init__(self, got: int, limit: int, attribute: str) -> None:
        super().__init__(
            f"a body of a response has become {got} bytes; {limit} is the most ({attribute})"
        )
        self.got, self.limit = got, limit


@implementer(IAgent)
class ContentDecoderAgent:
    """
    Asks for bodies that were made smaller, and gives them on as they were.

    Args:
        agent: sends the requests.
        decoders: for each coding its name and what is called with a response to get one that is
            decoded: ``[(b"gzip", GzipDecoder)]``. The first one is preferred.

    Attributes:
        maxCodings: of one response that are taken away; what is beyond them is left as it is
            (CVE-2023-23916 of curl: each makes much of what the one before makes).
    """

    maxCodings = 5

    def __init__(self, agent: IAgent, decoders: Sequence[tuple[bytes, Any]]) -> None:
        self._agent = agent
        self._decoders = dict(decoders)
        self._supported = b",".join([name for name, _ in decoders])

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """As `Agent.request`."""
        headers = Headers() if headers is None else headers.copy()
        headers.addRawHeader(b"accept-encoding", self._supported)
        answer = self._agent.request(method, uri, headers, bodyProducer)
        return answer.addCallback(self._handleResponse)

    def _handleResponse(self, response: IResponse) -> IResponse:
        """Take the codings away, the last one first, as far as they are known."""
        given = b",".join(response.headers.getRawHeaders(b"content-encoding", ()))
        codings = [coding.strip() for coding in given.split(b",")] if given else []
        for _ in range(min(len(codings), self.maxCodings)):
            decoder = self._decoders.get(codings[-1]) or self._decoders.get(codings[-1].lower())
            if decoder is None:
                break
            response = decoder(response)
            codings.pop()
            if codings:
                response.headers.setRawHeaders(b"content-encoding", [b",".join(codings)])
            else:
                response.headers.removeHeader(b"content-encoding")
        return response


class _Inflater:
    """
    gzip, without input or output (RFC 1952): bytes in, bounded pieces out.

    zlib makes at most 1032 bytes of one: what goes in at a time bounds what comes out.
    """

    def __init__(self, mostOut: int, mostRatio: int, alwaysOut: int) -> None:
        self._mostOut, self._mostRatio, self._alwaysOut = mostOut, mostRatio, alwaysOut
        self._zlib: Any = zlib.decompressobj(_gzip)  # None between two files
        self._cameIn = self._wentOut = 0

    def feed(self, data: bytes) -> bytes:
        """
        Args: data: not much.
        Raises: zlib.error for what is no gzip; TooMuchDecoded.
        """
        self._cameIn += len(data)
        out = b""
        while data:
            if self._zlib is None:
                # Files of gzip may stand one behind the other (section 2.2), with zeros between
                # them. What else there is after the first is nobody's.
                data = data.lstrip(b"\0")
                if not data or not data.startswith(_magic[: len(data)]):
                    break
                self._zlib = zlib.decompressobj(_gzip)
            out += self._zlib.decompress(data)
            data = b""
            if getattr(self._zlib, "eof", False):
                data, self._zlib = self._zlib.unused_data, None
        self._count(len(out))
        return out

    def _count(self, size: int) -> None:
        self._wentOut += size
        if self._wentOut > self._mostOut:
            raise TooMuchDecoded(self._wentOut, self._mostOut, "GzipDecoder.maxOutputBytes")
        most = max(self._alwaysOut, self._cameIn * self._mostRatio)
        if self._wentOut > most:
            raise TooMuchDecoded(self._wentOut, most, "GzipDecoder.maxRatio")

    def flush(self) -> bytes:
        """Returns: what zlib has kept. Raises: zlib.error; TooMuchDecoded."""
        out = b"" if self._zlib is None else self._zlib.flush()
        self._count(len(out))
        return out


_gzip = 16 + zlib.MAX_WBITS
_magic = b"\x1f\x8b"


@implementer(IPushProducer)
class _Gate:
    """What the receiver of a decoded body has for a transport: it paces us, and we the real one."""

    def __init__(self, decoder: _GzipProtocol, transport: Any) -> None:
        self._decoder = decoder
        self._transport = transport

    def pauseProducing(self) -> None:
        self._decoder._paused = True
        self._transport.pauseProducing()

    def resumeProducing(self) -> None:
        if self._decoder._resume(self._transport):
            self._transport.resumeProducing()

    def stopProducing(self) -> None:
        self._transport.stopProducing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _GzipProtocol(proxyForInterface(IProtocol)):  # type: ignore[misc]  # a class made at run time
    """
    Decodes what it is given for another protocol.

    Args:
        protocol: given the decoded body.
        response: whose body it is.
    """

    _paused = False
    _working = False
    _broken: Failure | None = None
    _end: Failure | None = None

    def __init__(self, protocol: Any, response: Any, limits: Any = None) -> None:
        self.original = protocol
        self._response = response
        self._limits = limits = GzipDecoder if limits is None else limits
        self._inflater = _Inflater(limits.maxOutputBytes, limits.maxRatio, limits.alwaysBytes)
        self._waiting = b""  # what has come,
        self._at = 0  # and where it begins that is not decoded yet
        self._decoded: deque[bytes] = deque()  # what can be given on

    def makeConnection(self, transport: Any) -> None:
        """The body begins."""
        self.original.makeConnection(_Gate(self, transport))

    def dataReceived(self, data: bytes) -> None:
        """Raises: ResponseFailed if it is no gzip, or becomes too much."""
        if self._broken is None:
            self._waiting = self._waiting[self._at :] + data if self._waiting else data
            self._at = 0
            self._goOn()

    def _goOn(self) -> None:
        """Give on what there is, until it is all or somebody pauses."""
        if self._working:
            return
        self._working = True
        try:
            while not self._paused:
                if self._decoded:
                    self.original.dataReceived(self._decoded.popleft())
                elif self._at < len(self._waiting):
                    self._decodeSome()
                else:
                    self._waiting = b""
                    break
        finally:
            self._working = False

    def _decodeSome(self) -> None:
        """Decode about one piece."""
        step, most = self._limits.stepBytes, self._limits.maxPieceBytes
        parts: list[bytes] = []
        size = 0
        while size < most and self._at < len(self._waiting):
            part = self._waiting[self._at : self._at + step]
            self._at += len(part)
            try:
                parts.append(self._inflater.feed(part))
            except (zlib.error, TooMuchDecoded):
                self._broken = Failure(ResponseFailed([Failure()], self._response))
                self._waiting = b""
                self._broken.raiseException()
            size += len(parts[-1])
        out = b"".join(parts)
        self._decoded.extend(out[at : at + most] for at in range(0, len(out), most))

    def _resume(self, transport: Any) -> bool:
        """Somebody goes on. Returns: whether he waits for what has not come yet."""
        self._paused = False
        try:
            self._goOn()
        except ResponseFailed:
            transport.loseConnection()
        if self._end is not None and not self._paused and not self._working:
            end, self._end = self._end, None
            self._finish(end)
        return not self._paused and self._broken is None

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The body is over; whoever pauses hears of it when he goes on."""
        if self._paused and self._broken is None:
            self._end = reason
        else:
            self._finish(reason)

    def _finish(self, reason: Failure) -> None:
        """Raises: ResponseFailed if there is something wrong with the end alone."""
        if self._broken is not None:
            self.original.connectionLost(self._broken)
            return
        try:
            rest = self._inflater.flush()
        except (zlib.error, TooMuchDecoded):
            wrong = ResponseFailed([reason, Failure()], self._response)
            self.original.connectionLost(Failure(wrong))
            raise wrong from None
        if rest:
            self.original.dataReceived(rest)
        self.original.connectionLost(reason)


class GzipDecoder(proxyForInterface(IResponse)):  # type: ignore[misc]  # a class made at run time
    """
    A response whose body is gzip, and is given on as it was before.

    Args: response: it.

    Attributes:
        original: it.
        maxOutputBytes: a body may become this large.
        maxRatio: it may become this many times as large as what came,
        alwaysBytes: where it is larger than this.
        maxPieceBytes: of one ``dataReceived``.
        stepBytes: what is given to zlib at a time; times 1032, it is the most that is in memory.
    """

    original: IResponse

    maxOutputBytes = 2**32
    maxRatio = 200
    alwaysBytes = 2**23
    maxPieceBytes = 2**16
    stepBytes = 256

    def __init__(self, response: IResponse) -> None:
        self.original = response
        self.length: Any = UNKNOWN_LENGTH

    def deliverBody(self, protocol: IProtocol) -> None:
        """
        As `Response.deliverBody`. What is no gzip, or becomes too much, is a `ResponseFailed` with
        ``zlib.error`` or `TooMuchDecoded` as its reason.
        """
        self.original.deliverBody(_GzipProtocol(protocol, self.original, self))
