"""
WebSockets (RFC 6455): messages in both directions over what began as a request of HTTP.

A `WebSocketResource` makes a server of any `WebSocketServerFactory`, and a
`WebSocketClientEndpoint` connects to one. Both tell a `WebSocketProtocol` what comes, and give it
a `WebSocketTransport` to send by.

    class Echo:
        def negotiationStarted(self, transport): self.transport = transport
        def negotiationFinished(self): self.transport.sendTextMessage("Hello!")
        def textMessageReceived(self, message): self.transport.sendTextMessage(message)
        ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from twisted._faces import handOn
from twisted.web._ws.client import WebSocketClientEndpoint
from twisted.web._ws.deflating import Deflation
from twisted.web._ws.refusal import ConnectionRejected
from twisted.web._ws.server import WebSocketResource
from twisted.web._ws.wire import WebSocketWire

if TYPE_CHECKING:
    from twisted.internet.interfaces import IPushProducer
    from twisted.python.failure import Failure
    from twisted.web.iweb import IRequest

__all__ = [
    "ConnectionRejected",
    "Deflation",
    "WebSocketClientEndpoint",
    "WebSocketClientFactory",
    "WebSocketProtocol",
    "WebSocketResource",
    "WebSocketServerFactory",
    "WebSocketTransport",
    "WebSocketWire",
]


class WebSocketTransport(Protocol):
    """What a `WebSocketProtocol` sends by."""

    def sendTextMessage(self, text: str) -> None:
        """Send a message of text."""

    def sendBytesMessage(self, data: bytes) -> None:
        """Send a message of bytes."""

    def loseConnection(self, code: int = 1000) -> None:
        """Close. Args: code: why, by RFC 6455, section 7.4."""

    def ping(self, payload: bytes = b"") -> None:
        """Ask for a pong with this payload, of 125 bytes at most."""

    def attachProducer(self, producer: IPushProducer) -> None:
        """Have ``producer`` paused while there is no room for more."""

    def detachProducer(self) -> None:
        """Forget the producer."""


class WebSocketProtocol(Protocol):
    """What is told of a WebSocket."""

    def negotiationStarted(self, transport: WebSocketTransport) -> None:
        """It will be there soon. Args: transport: what to send by, then."""

    def negotiationFinished(self) -> None:
        """It is there."""

    def bytesMessageReceived(self, data: bytes) -> None:
        """A message of bytes came, whole."""

    def textMessageReceived(self, message: str) -> None:
        """A message of text came, whole."""

    def pongReceived(self, payload: bytes) -> None:
        """A ping of ours was answered."""

    def connectionLost(self, reason: Failure) -> None:
        """It is over. Args: reason: why."""


_Made = TypeVar("_Made", bound=WebSocketProtocol, covariant=True)


class WebSocketServerFactory(Protocol[_Made]):
    """Makes protocols for a `WebSocketResource`."""

    def buildProtocol(self, request: IRequest) -> _Made:
        """Args: request: who asks. Returns: a protocol; None to refuse."""


class WebSocketClientFactory(Protocol[_Made]):
    """Makes protocols for a `WebSocketClientEndpoint`."""

    def buildProtocol(self, url: str) -> _Made:
        """Args: url: whom it will talk to. Returns: a protocol."""


handOn(
    __name__,
    ConnectionRejected,
    Deflation,
    WebSocketClientEndpoint,
    WebSocketResource,
    WebSocketWire,
)
