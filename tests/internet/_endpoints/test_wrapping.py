"""From a connector to a Deferred, and one endpoint around another."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet import endpoints
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import (
    ConnectError,
    ConnectingCancelledError,
    ConnectionDone,
    NoProtocol,
    NotConnectingError,
)
from twisted.internet.interfaces import (
    IFileDescriptorReceiver,
    IHalfCloseableProtocol,
    IHandshakeListener,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure


class Recorder(Protocol):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def connectionMade(self) -> None:
        self.told.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.told.append(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.told.append(reason)


@implementer(IHalfCloseableProtocol, IFileDescriptorReceiver, IHandshakeListener)
class Versatile(Recorder):
    """Hears everything that a transport can tell."""

    def readConnectionLost(self) -> None:
        self.told.append("read lost")

    def writeConnectionLost(self) -> None:
        self.told.append("write lost")

    def fileDescriptorReceived(self, descriptor: int) -> None:
        self.told.append(descriptor)

    def handshakeCompleted(self) -> None:
        self.told.append("shaken")


def connecting(
    factory: Any = None,
) -> tuple[MemoryReactorClock, Deferred[Any], Any, list[Any]]:
    """Begin to connect. Gives the reactor, the Deferred, the inner factory, and the outcomes."""
    reactor = MemoryReactorClock()
    endpoint = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", 80)
    deferred = endpoint.connect(factory or Factory.forProtocol(Recorder))
    outcomes: list[Any] = []
    deferred.addBoth(outcomes.append)
    return reactor, deferred, reactor.tcpClients[0][2], outcomes


def test_theDeferredFiresAfterConnectionMade() -> None:
    seen: list[Any] = []
    _, deferred, factory, outcomes = connecting()
    deferred.addBoth(lambda _: seen.append(list(outcomes[0].told)))
    protocol = factory.buildProtocol(None)
    assert outcomes == []
    protocol.makeConnection(StringTransport())
    assert seen == [["made"]]


def test_everyCallReachesTheProtocolInside() -> None:
    _, _, factory, outcomes = connecting(Factory.forProtocol(Versatile))
    outer = factory.buildProtocol(None)
    outer.makeConnection(StringTransport())
    outer.dataReceived(b"data")
    outer.readConnectionLost()
    outer.writeConnectionLost()
    outer.fileDescriptorReceived(7)
    outer.handshakeCompleted()
    outer.connectionLost("why")
    wanted = ["made", b"data", "read lost", "write lost", 7, "shaken", "why"]
    assert outcomes[0].told == wanted


@pytest.mark.parametrize(
    "interface", [IHalfCloseableProtocol, IFileDescriptorReceiver, IHandshakeListener]
)
def test_theWrapperProvidesWhatTheProtocolInsideDoes(interface: Any) -> None:
    plain = endpoints._WrappingProtocol(Deferred(), Recorder())
    versatile = endpoints._WrappingProtocol(Deferred(), Versatile())
    assert not interface.providedBy(plain)
    assert interface.providedBy(versatile)


def test_theWrapperStepsAsideWhereTheTransportLetsIt() -> None:
    _, _, factory, outcomes = connecting()
    transport: Any = StringTransport()
    transport.protocol = factory.buildProtocol(None)
    transport.protocol.makeConnection(transport)
    assert transport.protocol is outcomes[0]


def test_aProtocolThatChangesItselfInConnectionMadeIsLeftAlone() -> None:
    other = Recorder()

    class Switching(Recorder):
        def connectionMade(self) -> None:
            assert self.transport is not None
            self.transport.protocol = other  # type: ignore[attr-defined]

    _, _, factory, _ = connecting(Factory.forProtocol(Switching))
    transport: Any = StringTransport()
    transport.protocol = factory.buildProtocol(None)
    transport.protocol.makeConnection(transport)
    assert transport.protocol is other


def test_aFactoryWithoutAProtocolFailsTheDeferred() -> None:
    class Refusing(Factory):
        def buildProtocol(self, addr: Any) -> None:
            return None

    _, _, factory, outcomes = connecting(Refusing())
    assert factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 80)) is None
    assert outcomes[0].check(NoProtocol)


def test_aFactoryThatRaisesFailsTheDeferred() -> None:
    class Broken(Factory):
        def buildProtocol(self, addr: Any) -> None:
            raise ZeroDivisionError("on purpose")

    _, _, factory, outcomes = connecting(Broken())
    assert factory.buildProtocol(None) is None
    assert outcomes[0].check(ZeroDivisionError)


def test_aProtocolThatRaisesInConnectionMadeFailsTheDeferred() -> None:
    class Broken(Protocol):
        def connectionMade(self) -> None:
            raise ZeroDivisionError("on purpose")

    _, _, factory, outcomes = connecting(Factory.forProtocol(Broken))
    with pytest.raises(ZeroDivisionError):
        factory.buildProtocol(None).makeConnection(StringTransport())
    assert outcomes[0].check(ZeroDivisionError)


def test_whatTheReactorSaysIsTheFailure() -> None:
    _, _, factory, outcomes = connecting()
    reason = Failure(ConnectError(string="no way"))
    factory.clientConnectionFailed(None, reason)
    assert outcomes == [reason]


def test_whatTheReactorRaisesIsTheFailure() -> None:
    class Raising(MemoryReactorClock):
        def connectTCP(self, *args: Any, **kwargs: Any) -> Any:
            raise ValueError("no such thing")

    endpoint = endpoints.TCP4ClientEndpoint(Raising(), "127.0.0.1", 80)
    outcomes: list[Any] = []
    endpoint.connect(Factory()).addBoth(outcomes.append)
    assert outcomes[0].check(ValueError)


def test_cancellingStopsTheAttemptAndSaysWhereItWent() -> None:
    reactor, deferred, factory, outcomes = connecting()
    deferred.cancel()
    assert outcomes[0].check(ConnectingCancelledError)
    assert outcomes[0].value.address == IPv4Address("TCP", "127.0.0.1", 80)
    assert reactor.connectors[0].stoppedConnecting
    # The reactor now tells the factory that its own attempt failed; nobody hears it.
    factory.clientConnectionFailed(reactor.connectors[0], Failure(ConnectError()))
    assert len(outcomes) == 1


def test_cancellingAfterTheConnectorIsDoneDisconnects() -> None:
    class Done:
        disconnected = False

        def getDestination(self) -> str:
            return "there"

        def stopConnecting(self) -> None:
            raise NotConnectingError

        def disconnect(self) -> None:
            self.disconnected = True

    connector: Any = Done()
    factory = endpoints._WrappingFactory(Factory())
    factory.startedConnecting(connector)
    outcomes: list[Any] = []
    factory._onConnection.addBoth(outcomes.append).cancel()
    assert outcomes[0].check(ConnectingCancelledError)
    assert connector.disconnected


def test_aConnectionWhoseDeferredIsCancelledWhileItIsBuiltIsClosed() -> None:
    built: list[Any] = []

    class Cancelling(Factory):
        def buildProtocol(self, addr: Any) -> Recorder:
            deferred.cancel()
            built.append(Recorder())
            return built[0]

    _, deferred, factory, outcomes = connecting(Cancelling())
    transport = StringTransport()
    factory.buildProtocol(None).makeConnection(transport)
    assert outcomes[0].check(ConnectingCancelledError)
    assert transport.disconnecting
    assert built[0].told == []


def test_theUsersFactoryIsStartedAndStopped() -> None:
    class Counted(Factory):
        noisy = False

    inner = Counted()
    outer = endpoints._WrappingFactory(inner)
    outer.doStart()
    assert inner.numPorts == 1
    outer.doStop()
    assert inner.numPorts == 0


def test_connectProtocolConnectsTheVeryProtocol() -> None:
    reactor = MemoryReactorClock()
    protocol = Recorder()
    outcomes: list[Any] = []
    endpoint = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", 80)
    endpoints.connectProtocol(endpoint, protocol).addBoth(outcomes.append)
    reactor.tcpClients[0][2].buildProtocol(None).makeConnection(StringTransport())
    assert outcomes == [protocol]
    assert protocol.told == ["made"]


class Layer(Protocol):
    """A layer as `_WrapperEndpoint` wants them: the inner protocol is ``wrappedProtocol``."""

    def __init__(self, inner: Any) -> None:
        self.wrappedProtocol = inner


class LayerFactory(Factory):
    """Wraps what another factory builds."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def buildProtocol(self, addr: Any) -> Layer:
        return Layer(self.inner.buildProtocol(addr))


def test_aWrappedEndpointGivesTheInnerProtocol() -> None:
    @implementer(IStreamClientEndpoint)
    class Below:
        def connect(self, protocolFactory: Any) -> Deferred[Any]:
            return succeed(protocolFactory.buildProtocol(None))

    outcomes: list[Any] = []
    wrapper = endpoints._WrapperEndpoint(Below(), LayerFactory)
    wrapper.connect(Factory.forProtocol(Recorder)).addBoth(outcomes.append)
    assert type(outcomes[0]) is Recorder


def test_cancellingAWrappedEndpointCancelsTheOneBelow() -> None:
    reactor = MemoryReactorClock()
    below = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", 80)
    outcomes: list[Any] = []
    connecting = endpoints._WrapperEndpoint(below, LayerFactory).connect(Factory())
    connecting.addBoth(outcomes.append).cancel()
    assert outcomes[0].check(ConnectingCancelledError)


def test_aWrappedServerListensWithTheWrappedFactory() -> None:
    reactor = MemoryReactorClock()
    below = endpoints.TCP4ServerEndpoint(reactor, 80)
    factory = Factory()
    endpoints._WrapperServerEndpoint(below, LayerFactory).listen(factory)
    assert reactor.tcpServers[0][1].inner is factory


def test_theReasonOfTheEndIsHandedOn() -> None:
    _, _, factory, outcomes = connecting()
    outer = factory.buildProtocol(None)
    outer.makeConnection(StringTransport())
    reason = Failure(ConnectionDone())
    outer.connectionLost(reason)
    assert outcomes[0].told[-1] is reason
