"""A channel with a transport in memory, and what its requests were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.testing import StringTransport
from twisted.web import http

Heard = tuple[bytes, bytes, bytes, bytes]
"""Method, target, body, and the headers as text."""


class Echo(http.Request):
    """Says which method came to where, and how long the body was."""

    def process(self) -> None:
        self.channel.heard.append(
            (self.method, self.uri, self.content.read(), repr(self.requestHeaders).encode())
        )
        body = b"%b %b %d" % (self.method, self.uri, len(self.channel.heard[-1][2]))
        self.setHeader(b"content-length", b"%d" % len(body))
        self.write(body)
        self.finish()


class Talk:
    """One connection."""

    def __init__(self, requestFactory: Callable[..., Any] = Echo, channel: Any = None) -> None:
        self.transport = StringTransport()
        self.channel: Any = http.HTTPChannel() if channel is None else channel
        self.channel.heard = []
        self.channel.requestFactory = requestFactory
        self.channel.makeConnection(self.transport)

    @property
    def heard(self) -> list[Heard]:
        """The requests that were answered."""
        heard: list[Heard] = self.channel.heard
        return heard

    @property
    def said(self) -> bytes:
        """All that was sent."""
        value: bytes = self.transport.value()
        return value

    @property
    def closed(self) -> bool:
        """Whether the server has closed."""
        return bool(self.transport.disconnecting)

    def hear(self, *parts: bytes) -> Talk:
        """Let the server have ``parts``, one after the other."""
        for part in parts:
            self.channel.dataReceived(part)
        return self


refusal = b"HTTP/1.1 400 Bad Request\r\n\r\n"
