"""Fields of messages that are sent: in lower case, and none that says something of a connection."""

from __future__ import annotations

from collections.abc import Iterable

from twisted.web.http_headers import Headers, _sanitizeLinearWhitespace

__all__ = ["lowered", "ofConnections", "plainFields", "responseFields"]

ofConnections = frozenset(
    (b"Connection", b"Keep-Alive", b"Proxy-Connection", b"Transfer-Encoding", b"Upgrade")
)
"""What HTTP/2 has no place for (RFC 9113, section 8.2.2), as `Headers` spells it."""

_lowered: dict[bytes, bytes] = {}
_mostLowered = 512


def lowered(name: bytes) -> bytes:
    """Returns: how HTTP/2 spells a name."""
    known = _lowered.get(name)
    if known is None:
        known = name.lower()
        if len(_lowered) < _mostLowered:
            _lowered[name] = known
    return known


def responseFields(
    code: bytes, headers: Headers | Iterable[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    """Returns: the fields of a response, as HTTP/2 sends them."""
    fields = [(b":status", code)]
    if isinstance(headers, Headers):
        for name, values in headers._rawHeaders.items():
            if name not in ofConnections:
                lower = _lowered.get(name) or lowered(name)
                for value in values:
                    fields.append((lower, value))
    else:
        fields += plainFields(headers)
    return fields


def plainFields(given: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Returns: fields without what belongs to connections of HTTP/1; no line breaks in them."""
    clean = _sanitizeLinearWhitespace
    return [
        (clean(name).lower(), clean(value).strip(b" \t"))
        for name, value in given
        if name.title() not in ofConnections
    ]
