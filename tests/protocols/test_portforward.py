"""Forwarding: two sides that pace and close each other."""

from __future__ import annotations

from typing import Any

from twisted.internet import defer
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.protocols import portforward, wire
from twisted.python.failure import Failure

done = Failure(ConnectionDone())


def started() -> tuple[Any, Any, Any]:
    """A server's side that is connected, its reactor, and the factory for the other side."""
    factory = portforward.ProxyFactory("example.com", 80)
    server: Any = factory.buildProtocol(None)
    server.reactor = reactor = MemoryReactor()
    server.makeConnection(StringTransport())
    return server, reactor, reactor.tcpClients[0][2]


def joined() -> tuple[Any, Any]:
    server, _, factory = started()
    client = factory.buildProtocol(None)
    client.makeConnection(StringTransport())
    return server, client


def test_nothingIsReadUntilTheOtherSideStands() -> None:
    server, reactor, factory = started()
    assert reactor.tcpClients[0][:2] == ("example.com", 80)
    assert server.transport.producerState == "paused"
    factory.buildProtocol(None).makeConnection(StringTransport())
    assert server.transport.producerState == "producing"


def test_bytesGoBothWaysAndEachSidePacesTheOther() -> None:
    server, client = joined()
    server.dataReceived(b"there")
    client.dataReceived(b"and back")
    assert (client.transport.value(), server.transport.value()) == (b"there", b"and back")
    assert (client.transport.producer, client.transport.streaming) == (server.transport, True)
    assert (server.transport.producer, server.transport.streaming) == (client.transport, True)


def test_bytesThatComeEarlyWait() -> None:
    server, _, factory = started()
    server.dataReceived(b"ear")
    server.dataReceived(b"ly")
    client = factory.buildProtocol(None)
    client.makeConnection(StringTransport())
    server.dataReceived(b" late")
    assert client.transport.value() == b"early late"


def test_theEndOfOneSideClosesTheOther() -> None:
    server, client = joined()
    client.connectionLost(done)
    assert server.transport.disconnecting
    server, client = joined()
    server.connectionLost(done)
    assert client.transport.disconnecting


def test_whereTheOtherPlaceCannotBeReachedTheConnectionIsClosed() -> None:
    server, reactor, factory = started()
    factory.clientConnectionFailed(reactor.connectors[0], Failure(ConnectionRefusedError()))
    assert server.transport.disconnecting


def test_aClientThatGoesAwayEarlyEndsTheAttempt() -> None:
    server, reactor, _ = started()
    server.connectionLost(done)
    assert reactor.connectors[0]._disconnected


def test_muchIsForwardedThroughRealSockets(reactor: Any) -> None:
    from tests.support import drive

    size = 2_000_000
    got = bytearray()
    finished: defer.Deferred[None] = defer.Deferred()

    class Client(Protocol):
        transport: Any

        def connectionMade(self) -> None:
            self.transport.write(b"x" * size)

        def dataReceived(self, data: bytes) -> None:
            got.extend(data)
            if len(got) == size:
                finished.callback(None)

    def run() -> Any:
        echo = reactor.listenTCP(0, Factory.forProtocol(wire.Echo), interface="127.0.0.1")
        factory = portforward.ProxyFactory("127.0.0.1", echo.getHost().port)

        class Forwarding(portforward.ProxyServer):
            pass

        Forwarding.reactor = reactor
        factory.protocol = Forwarding
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        reactor.connectTCP("127.0.0.1", port.getHost().port, ClientFactory.forProtocol(Client))
        return finished

    drive(reactor, run)
    assert got == b"x" * size
