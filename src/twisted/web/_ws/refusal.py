"""The response of a server that makes no WebSocket."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.python.failure import Failure
from twisted.web.http_headers import Headers
from twisted.web.iweb import IResponse

__all__ = ["ConnectionRejected", "Refusal"]


class ConnectionRejected(Exception):
    """
    The server does not make a WebSocket of the connection.

    Args: response: what it answers, an IResponse.
    """

    response: Any

    def __init__(self, response: Any) -> None:
        super().__init__(response)
        self.response = response

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return bool(self.response == other.response)

    __hash__ = Exception.__hash__

    def __str__(self) -> str:
        return f"the server answered {self.response.code}, and made no WebSocket"


@implementer(IResponse)
class Refusal:
    """
    The response of a server that makes no WebSocket. Its body is kept until somebody wants it, up
    to ``maxKeptBytes``; then the connection waits.
    """

    maxKeptBytes = 65536
    previousResponse: Any = None

    def __init__(self, code: int, phrase: bytes, headers: Headers, length: Any, transport: Any):
        self.version = (b"HTTP", 1, 1)
        self.code, self.phrase, self.headers, self.length = code, phrase, headers, length
        self.request: Any = None
        self._transport = transport
        self._kept: list[bytes] = []
        self._keptBytes = 0
        self._reader: Any = None
        self._ended: Failure | None = None

    def deliverBody(self, protocol: Any) -> None:
        """Args: protocol: given the body; its ``connectionLost`` is called at the end."""
        self._reader = protocol
        protocol.makeConnection(self._transport)
        kept, self._kept = self._kept, []
        for part in kept:
            protocol.dataReceived(part)
        if self._keptBytes > self.maxKeptBytes:
            self._transport.resumeProducing()
        self._keptBytes = 0
        if self._ended is not None:
            protocol.connectionLost(self._ended)

    def setPreviousResponse(self, response: Any) -> None:
        """Args: response: the one that led to this by a redirect."""
        self.previousResponse = response

    def take(self, data: bytes) -> None:
        """A part of the body came."""
        if self._reader is not None:
            self._reader.dataReceived(data)
            return
        self._kept.append(data)
        before, self._keptBytes = self._keptBytes, self._keptBytes + len(data)
        if before <= self.maxKeptBytes < self._keptBytes:
            self._transport.pauseProducing()

    def end(self, reason: Failure) -> None:
        """The connection has ended."""
        self._ended = reason
        if self._reader is not None:
            self._reader.connectionLost(reason)
