"""Asking a site: in memory, and by real peers over a socket."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.support import drive
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThreadPool
from twisted.web import server

__all__ = ["Answer", "ask", "asking", "get"]


class Answer(NamedTuple):
    """A response, taken apart; names of headers are in lower case."""

    code: int
    headers: dict[bytes, bytes]
    body: bytes
    whole: bytes


def get(target: bytes = b"/", *fields: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
    """The bytes of a request."""
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: a.example", *fields]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", b""]) + body


def ask(resource: Any, request: bytes, site: Any = None) -> Answer:
    """Have a resource answer a request in memory; it must do so at once, or by a producer."""
    if site is None:
        site = server.Site(resource, reactor=Clock())
    channel = site.buildProtocol(None)
    transport = StringTransport()
    channel.makeConnection(transport)
    channel.dataReceived(request)
    return parse(transport.value())


def parse(whole: bytes) -> Answer:
    head, _, body = whole.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, _, value = line.partition(b": ")
        name = name.lower()
        headers[name] = headers[name] + b", " + value if name in headers else value
    return Answer(int(first.split()[1]) if first else 0, headers, body, whole)


def asking(
    reactor: Any, root: Any, client: Callable[[int], Any], site: Any = None, timeout: float = 20
) -> Any:
    """
    Serve a resource on a real port, and let a blocking client ask, in a thread.

    Args: client: called with the port. Returns: what that returns.
    """
    site = site if site is not None else server.Site(root, reactor=reactor)

    async def run() -> Any:
        port = reactor.listenTCP(0, site, interface="127.0.0.1")
        try:
            return await deferToThreadPool(
                reactor, reactor.getThreadPool(), client, port.getHost().port
            )
        finally:
            await port.stopListening()

    return drive(reactor, run, timeout=timeout)


def fetch(
    port: int,
    target: str = "/",
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """Ask by Python's own client."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()
