"""
Forwarding connections: whoever connects here is connected to another place.

Each side paces the other one: a slow reader at one end slows the writer at the other end down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import protocol
from twisted.logger import Logger

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IConnector
    from twisted.python.failure import Failure

_log = Logger()


class Proxy(protocol.Protocol):
    """
    One of the two sides.

    Attributes:
        peer: the other side, or None while there is none.
        noisy: whether it is logged if there never is one.
    """

    noisy: bool = True
    peer: Any = None
    transport: Any

    def setPeer(self, peer: Proxy) -> None:
        """Say which is the other side."""
        self.peer = peer

    def dataReceived(self, data: bytes) -> None:
        """Send to the other side."""
        self.peer.transport.write(data)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # always told
        """Close the other side, too."""
        peer, self.peer = self.peer, None
        if peer is not None:
            peer.transport.loseConnection()
        elif self.noisy:
            _log.info("There is no other side to forward to: {reason}", reason=reason)


class ProxyClient(Proxy):
    """The side that connects to the other place."""

    def connectionMade(self) -> None:
        """Join the two sides, and begin to read at the server's."""
        server = self.peer
        server.setPeer(self)
        self.transport.registerProducer(server.transport, True)
        server.transport.registerProducer(self.transport, True)
        server.transport.resumeProducing()


class ProxyClientFactory(protocol.ClientFactory[Any]):
    """Makes the side that connects. Each serves one connection."""

    protocol = ProxyClient
    server: Any

    def setServer(self, server: ProxyServer) -> None:
        """Say for which server's side this is."""
        self.server = server

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Make the side, and tell it of the server's."""
        built: Any = protocol.ClientFactory.buildProtocol(self, addr)
        built.setPeer(self.server)
        return built

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """The other place cannot be reached: close the server's side."""
        self.server.transport.loseConnection()


class ProxyServer(Proxy):
    """
    The side that was connected to.

    Attributes:
        clientProtocolFactory: makes the factory for the other side.
        reactor: connects the other side; None for the global one.
        endpoint: for a subclass that connects by an endpoint instead; not used here.
    """

    clientProtocolFactory: Any = ProxyClientFactory
    reactor: Any = None
    endpoint: Any
    _connector: Any = None

    def connectionMade(self) -> None:
        """Connect to the other place. Until that is done, nothing is read."""
        self.transport.pauseProducing()
        client = self.clientProtocolFactory()
        client.setServer(self)
        if self.reactor is None:
            from twisted.internet import reactor

            self.reactor = reactor
        self._connector = self.reactor.connectTCP(self.factory.host, self.factory.port, client)

    def dataReceived(self, data: bytes) -> None:
        """Send to the other side. What comes before there is one waits for it."""
        if self.peer is None:
            self._early = getattr(self, "_early", b"") + data
        else:
            self.peer.transport.write(data)

    def setPeer(self, peer: Proxy) -> None:
        """Say which is the other side, and send what has waited for it."""
        Proxy.setPeer(self, peer)
        early = self.__dict__.pop("_early", b"")
        if early:
            peer.transport.write(early)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # always told
        """Close the other side, or no longer try to reach it."""
        if self.peer is None and self._connector is not None:
            self._connector.disconnect()
        self._connector = None
        Proxy.connectionLost(self, reason)


class ProxyFactory(protocol.Factory[Any]):
    """
    Forwards each connection to one place.

    Attributes:
        host: its host name or address.
        port: its port number.
    """

    protocol = ProxyServer

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port


__all__ = ["Proxy", "ProxyClient", "ProxyClientFactory", "ProxyFactory", "ProxyServer"]
