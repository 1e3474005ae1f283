"""The fields of a request, as HTTP/2 sends them (RFC 9113, section 8.3.1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twisted.web._abnf import _istoken
from twisted.web._client.errors import BadHeaders
from twisted.web._client.request import ChunkedEncoder, _ensureValidMethod, _ensureValidURI
from twisted.web._h2.writing import lowered, ofConnections

if TYPE_CHECKING:
    from twisted.web._client.request import Request

__all__ = ["UnframedEncoder", "requestFields"]

_badInValue = re.compile(rb"[\0\r\n]").search
_special = ofConnections | {b"Host", b"Content-Length", b"TE"}


def requestFields(request: Request) -> list[tuple[bytes, bytes]]:
    """
    Returns: what is sent for a request; what concerns connections of HTTP/1 is left out.
    Raises:
        BadHeaders: for a request without a ``Host``, or with two.
        ValueError: for CR, LF or NUL where they cannot be, and for names that are none.
    """
    raw = request.headers._rawHeaders
    hosts = raw.get(b"Host", ())
    if len(hosts) != 1:
        raise BadHeaders("a request needs exactly one Host, and this one has another number")
    method, uri = _ensureValidMethod(request.method), _ensureValidURI(request.uri)
    host = _ensureValidURI(hosts[0].strip(b" \t"))
    fields = [(b":method", method), (b":authority", host)]
    if method != b"CONNECT":
        known = request._parsedURI
        scheme = b"https" if known is None else known.scheme
        fields[1:1] = [(b":scheme", scheme), (b":path", uri)]
    length = request._length()
    if length is not None:
        fields.append((b"content-length", b"%d" % length))
    elif request.bodyProducer is None and raw.get(b"Content-Length") == [b"0"]:
        fields.append((b"content-length", b"0"))
    named = _named(raw[b"Connection"]) if b"Connection" in raw else ()
    for name, values in raw.items():
        if name in _special:
            if name == b"TE" and b"trailers" in b",".join(values).lower():
                fields.append((b"te", b"trailers"))
            continue
        lower = lowered(name)
        if lower in named:
            continue
        if not _istoken(name):
            raise ValueError(f"Invalid header: {name!r:.100} is no name")
        for value in values:
            if _badInValue(value):
                raise ValueError("Invalid header: CR, LF or NUL stands in a name or a value")
            fields.append((lower, value.strip(b" \t")))
    return fields


def _named(connection: list[bytes]) -> frozenset[bytes]:
    """What ``Connection`` says to concern connections, as it does itself."""
    return frozenset(each.strip(b" \t").lower() for each in b",".join(connection).split(b","))


class UnframedEncoder(ChunkedEncoder):
    """Takes a body whose length is not known; HTTP/2 needs no chunks for it."""

    def _frame(self, data: bytes) -> bytes:
        return data
