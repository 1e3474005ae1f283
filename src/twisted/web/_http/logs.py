"""The lines of access logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import provider

from twisted.web.iweb import IAccessLogFormatter

if TYPE_CHECKING:
    from .request import Request

__all__ = ["combinedLogFormatter", "proxiedLogFormatter"]

# What could end a field or a line is written as an escape; a quote within a field, too.
_escapes = {number: f"\\x{number:02x}" for number in [*range(32), *range(127, 256)]}
_escapes.update({ord('"'): '\\"', ord("\\"): "\\\\"})
_plain: dict[bytes, str] = {}
_mostPlain = 1024


def _escape(field: bytes) -> str:
    """A field as it stands between quotes; short ones are found in `_plain` from then on."""
    escaped: str = field.decode("iso-8859-1").translate(_escapes)
    if len(_plain) < _mostPlain and len(field) < 200:
        _plain[field] = escaped
    return escaped


def _line(timestamp: str, request: Any, client: str) -> str:
    fields: Any = request.requestHeaders._rawHeaders
    referer = fields.get(b"Referer", _dash)[0]
    agent = fields.get(b"User-Agent", _dash)[0]
    method, uri, version = request.method, request.uri, request.clientproto
    known = _plain.get
    line: str = (
        f'"{client}" - - {timestamp} "{known(method) or _escape(method)} '
        f'{known(uri) or _escape(uri)} {known(version) or _escape(version)}" '
        f"{request.code} {request.sentLength or '-'} "
        f'"{known(referer) or _escape(referer)}" "{known(agent) or _escape(agent)}"'
    )
    return line


_dash = (b"-",)


@provider(IAccessLogFormatter)
def combinedLogFormatter(timestamp: str, request: Request) -> str:
    """
    A line in the "combined" format, which many programs read.

    Args:
        timestamp: the time, in brackets.
        request: finished.
    """
    host = getattr(request.client, "host", None) or b"-"
    return _line(timestamp, request, host if isinstance(host, str) else _escape(host))


@provider(IAccessLogFormatter)
def proxiedLogFormatter(timestamp: str, request: Request) -> str:
    """
    The same, for what stands behind a proxy that is trusted: the client is the first that
    ``X-Forwarded-For`` names.
    """
    forwarded = request.requestHeaders.getRawHeaders(b"x-forwarded-for")
    if not forwarded:
        line: str = combinedLogFormatter(timestamp, request)
        return line
    return _line(timestamp, request, _escape(forwarded[0].split(b",")[0].strip()))
