"""
A route that sends clients elsewhere.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from twisted.web.resource import Resource

__all__ = ["RedirectResource", "locationFor"]


def locationFor(target: str, rest: list[bytes], query: bytes) -> bytes:
    """
    Work out where a client is sent.

    Args:
        target: the URL, or the path on this server, of the route.
        rest: the parts of the path that follow the route's own, unquoted.
        query: what follows the question mark; empty for none.
    Returns: an URL or a path with no byte in it that could end a header, and never another host
        than the target's.
    """
    base, question, own = target.partition("?")
    location = base.encode("ascii")
    if rest:
        # Empty parts at the front would make two slashes, and a host of what follows.
        while len(rest) > 1 and not rest[0]:
            rest = rest[1:]
        below = "/".join(quote(part, safe="!$&'()*+,;=:@~") for part in rest).encode("ascii")
        location = location.rstrip(b"/") + b"/" + below
    if not question and query:
        safe = "!$&'()*+,;=:@/?%~[]"
        own = quote(query, safe=safe)
    return location + (b"?" + own.encode("ascii") if own else b"")


class RedirectResource(Resource):
    """
    Sends clients elsewhere, with all methods.

    Args:
        target: an URL, or a path on this server.
        permanent: whether clients may remember it for ever.
        keepPath: whether what follows in the path, and the query, are appended.
    """

    isLeaf = True

    def __init__(self, target: str, permanent: bool, keepPath: bool) -> None:
        super().__init__()
        self._target = target
        # Unlike 301 and 302, these keep the method (RFC 9110, section 15.4).
        self._code = 308 if permanent else 307
        self._keepPath = keepPath

    def render(self, request: Any) -> bytes:
        """Send the client there, with a link for those that follow nothing."""
        from html import escape

        rest, query = [], b""
        if self._keepPath:
            rest, query = list(request.postpath), request.uri.partition(b"?")[2]
        location = locationFor(self._target, rest, query)
        request.setResponseCode(self._code)
        request.setHeader(b"location", location)
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        link = escape(location.decode("ascii"))
        return f'<!DOCTYPE html><title>Moved</title><p>It is <a href="{link}">here</a>.'.encode()
