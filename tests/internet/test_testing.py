"""The doubles that tests lean on, and the helpers at their older places."""

from __future__ import annotations

import socket
import sys
import warnings
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet import interfaces, testing
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import (
    ConnectionDone,
    ConnectionRefusedError,
    ReactorAlreadyInstalledError,
    UnsupportedAddressFamily,
)
from twisted.internet.main import installReactor
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.test.modulehelpers import AlternateReactor, NoReactor, SetAsideModule
from twisted.internet.testing import (
    AccumulatingProtocol,
    EventLoggingObserver,
    FakeDatagramTransport,
    LineSendingProtocol,
    MemoryReactor,
    MemoryReactorClock,
    NonStreamingProducer,
    RaisingMemoryReactor,
    StringTransport,
    StringTransportWithDisconnection,
    waitUntilAllDisconnected,
)
from twisted.logger import LogPublisher
from twisted.test import iosim


def outcome(deferred: Any) -> list[Any]:
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got


class Client(ClientFactory[Any]):
    """Knows the connectors it was told of."""

    protocol = Protocol

    def __init__(self) -> None:
        self.told: list[Any] = []

    def startedConnecting(self, connector: Any) -> None:
        self.told.append(connector)

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self.told.append((connector, reason.type))


# Transports


def test_aStringTransportKeepsWhatIsWritten() -> None:
    transport = StringTransport()
    for interface in (interfaces.ITransport, interfaces.IConsumer, interfaces.IPushProducer):
        assert verifyObject(interface, transport)
    transport.write(b"a")
    transport.writeSequence([b"b", b"c"])
    assert transport.value() == b"abc"
    transport.clear()
    assert transport.value() == b""


@pytest.mark.parametrize("wrong", ["text", bytearray(b"x"), None])
def test_aStringTransportIsStrictAboutBytes(wrong: Any) -> None:
    with pytest.raises(TypeError):
        StringTransport().write(wrong)


def test_aStringTransportHasAddresses() -> None:
    assert isinstance(StringTransport().getHost(), IPv4Address)
    assert isinstance(StringTransport().getPeer(), IPv4Address)
    here, there = IPv4Address("TCP", "1.1.1.1", 1), IPv4Address("TCP", "2.2.2.2", 2)
    transport = StringTransport(here, there)
    assert (transport.getHost(), transport.getPeer()) == (here, there)


@pytest.mark.parametrize("end", ["loseConnection", "stopProducing", "abortConnection"])
@pytest.mark.parametrize("wish", ["pauseProducing", "resumeProducing"])
def test_pausingAndResumingAfterTheEndIsAnErrorUnlessLenient(end: str, wish: str) -> None:
    strict, lenient = StringTransport(), StringTransport(lenient=True)
    for transport in (strict, lenient):
        getattr(transport, end)()
    with pytest.raises(RuntimeError):
        getattr(strict, wish)()
    getattr(lenient, wish)()


def test_oneProducerAtATime() -> None:
    transport: Any = StringTransport()
    with pytest.raises(RuntimeError):
        transport.unregisterProducer()
    transport.registerProducer("one", True)
    with pytest.raises(RuntimeError):
        transport.registerProducer("two", True)
    transport.unregisterProducer()
    transport.registerProducer("two", False)
    assert (transport.producer, transport.streaming) == ("two", False)


@pytest.mark.parametrize("close", ["loseConnection", "abortConnection"])
def test_theOtherStringTransportTellsItsProtocolOnce(close: str) -> None:
    protocol = AccumulatingProtocol()
    transport = StringTransportWithDisconnection()
    transport.protocol = protocol
    protocol.makeConnection(transport)
    closed = outcome(protocol.closedDeferred or _closing(protocol))
    getattr(transport, close)()
    getattr(transport, close)()
    assert protocol.closedReason.check(ConnectionDone)
    assert (protocol.closed, closed, transport.connected) == (1, [None], False)


def _closing(protocol: Any) -> Deferred[None]:
    protocol.closedDeferred = Deferred()
    return protocol.closedDeferred  # type: ignore[no-any-return]


def test_datagramsAreKeptWithTheirReceivers() -> None:
    transport: Any = FakeDatagramTransport()
    transport.write(b"a")
    transport.write(b"b", ("host", 1))
    assert transport.written == [(b"a", transport.noAddr), (b"b", ("host", 1))]


def test_thePullProducerWritesTenPiecesAndEnds() -> None:
    transport: Any = StringTransport()
    producer = NonStreamingProducer(transport)
    transport.registerProducer(producer, False)
    done = outcome(producer.result)
    while transport.producer is not None:
        producer.resumeProducing()
    assert (transport.value(), done) == (b"0123456789", ["done"])
    for wrong in (producer.resumeProducing, producer.pauseProducing):
        with pytest.raises(RuntimeError):
            wrong()


# Protocols


def test_theAccumulatingProtocolTellsItsFactoryOnce() -> None:
    factory: Any = Factory.forProtocol(AccumulatingProtocol)
    factory.protocolConnectionMade = Deferred()
    made = outcome(factory.protocolConnectionMade)
    protocol = factory.buildProtocol(None)
    protocol.makeConnection(StringTransport())
    protocol.dataReceived(b"a")
    protocol.dataReceived(b"b")
    assert (made, protocol.data, protocol.made) == ([protocol], b"ab", 1)
    assert factory.protocolConnectionMade is None


@pytest.mark.parametrize(("start", "first"), [(True, b"a\r\nb\r\n"), (False, b"")])
def test_linesAreSentAtOnceOrAfterTheFirstAnswer(start: bool, first: bytes) -> None:
    protocol: Any = LineSendingProtocol([b"a", b"b"], start)
    protocol.makeConnection(StringTransport())
    assert protocol.transport.value() == first
    protocol.dataReceived(b"hello\r\nyou\r\n")
    assert protocol.transport.value() == b"a\r\nb\r\n"
    protocol.connectionLost(None)
    assert (protocol.response, protocol.lostConn) == ([b"hello", b"you"], True)


def test_theObserverIsTheListOfItsEvents() -> None:
    publisher = LogPublisher()
    cleanups: list[Any] = []

    class Test:
        def addCleanup(self, function: Any, *args: Any) -> None:
            cleanups.append(lambda: function(*args))

    observer = EventLoggingObserver.createWithCleanup(Test(), publisher)
    publisher({"a": 1})
    cleanups[0]()
    publisher({"b": 2})
    assert list(observer) == [{"a": 1}]
    assert (len(observer), observer[0]) == (1, {"a": 1})


# Reactors


def test_memoryReactorsProvideWhatTheySay() -> None:
    for reactor in (MemoryReactor(), MemoryReactorClock(), RaisingMemoryReactor()):
        for interface in (
            interfaces.IReactorTCP,
            interfaces.IReactorSSL,
            interfaces.IReactorUNIX,
            interfaces.IReactorSocket,
            interfaces.IReactorPluggableNameResolver,
        ):
            assert verifyObject(interface, reactor)
    assert verifyObject(interfaces.IReactorCore, MemoryReactor())
    assert verifyObject(interfaces.IReactorFDSet, MemoryReactor())
    assert interfaces.IReactorTime.providedBy(MemoryReactorClock())


def test_connectionsAskedForAreListedInFull() -> None:
    reactor, factory = MemoryReactor(), Client()
    tcp: Any = reactor.connectTCP("h", 1, factory, 2, ("l", 3))
    ssl: Any = reactor.connectSSL("::1", 1, factory, "ctx", bindAddress=("l", 3))
    unix: Any = reactor.connectUNIX("/p", factory, checkPID=1)
    assert reactor.tcpClients == [("h", 1, factory, 2, ("l", 3))]
    assert reactor.sslClients == [("::1", 1, factory, "ctx", 30, ("l", 3))]
    assert reactor.unixClients == [("/p", factory, 30, 1)]
    assert factory.told == reactor.connectors == [tcp, ssl, unix]
    assert tcp.getDestination() == IPv4Address("TCP", "h", 1)
    assert ssl.getDestination() == IPv6Address("TCP", "::1", 1)
    assert unix.getDestination() == UNIXAddress("/p")
    tcp.stopConnecting()
    ssl.disconnect()
    unix.connect()
    assert (tcp.stoppedConnecting, ssl._disconnected) == (True, True)


def test_portsAskedForAreListedInFull() -> None:
    reactor, factory = MemoryReactor(), Factory()
    ports: list[Any] = [
        reactor.listenTCP(1, factory, 5, "::1"),
        reactor.listenSSL(2, factory, "ctx"),
        reactor.listenUNIX("/p", factory, wantPID=1),
    ]
    assert reactor.tcpServers == [(1, factory, 5, "::1")]
    assert reactor.sslServers == [(2, factory, "ctx", 50, "")]
    assert reactor.unixServers == [("/p", factory, 50, 0o666, 1)]
    assert [port.getHost() for port in ports] == [
        IPv6Address("TCP", "::1", 1),
        IPv4Address("TCP", "0.0.0.0", 2),
        UNIXAddress("/p"),
    ]
    for port in ports:
        assert verifyObject(interfaces.IListeningPort, port)
        port.startListening()
        port.stopListening()


def test_adoptedSocketsAreListed() -> None:
    reactor: Any = MemoryReactor()
    factory = Factory()
    port = reactor.adoptStreamPort(3, socket.AF_INET6, factory)
    reactor.adoptDatagramPort(4, socket.AF_INET, "protocol")
    reactor.adoptStreamConnection(5, socket.AF_INET, factory)
    assert port.getHost() == IPv6Address("TCP", "::", 1234)
    assert reactor.adoptedPorts == [
        (3, socket.AF_INET6, factory),
        (4, socket.AF_INET, "protocol", 8192),
    ]
    assert reactor.adoptedStreamConnections == [(5, socket.AF_INET, factory)]
    with pytest.raises(UnsupportedAddressFamily):
        reactor.adoptStreamPort(3, socket.AF_UNIX, factory)


def test_runningCallsWhatWaitedForIt() -> None:
    reactor: Any = MemoryReactor()
    called: list[Any] = []
    reactor.callWhenRunning(lambda: called.append(reactor.running))
    reactor.addSystemEventTrigger("before", "shutdown", print, 1, two=2)
    reactor.run()
    reactor.callWhenRunning(called.append, "late")
    assert called == [True, "late"]
    assert (reactor.hasRun, reactor.hasStopped, reactor.running) == (True, True, False)
    assert reactor.triggers == {"before": {"shutdown": [(print, (1,), {"two": 2})]}}
    reactor.crash()
    reactor.install()
    assert (reactor.hasCrashed, reactor.hasInstalled) == (True, True)


def test_whatCannotBeHadInMemoryIsSaid() -> None:
    reactor: Any = MemoryReactor()
    for call in (
        lambda: reactor.resolve("x"),
        lambda: reactor.iterate(),
        lambda: reactor.fireSystemEvent("x"),
        lambda: reactor.removeSystemEventTrigger("x"),
    ):
        with pytest.raises(NotImplementedError):
            call()


def test_descriptorsAreListedOnce() -> None:
    reactor: Any = MemoryReactor()
    for _ in range(2):
        reactor.addReader("r")
        reactor.addWriter("w")
    assert (reactor.getReaders(), reactor.getWriters()) == (["r"], ["w"])
    reactor.removeReader("r")
    reactor.removeReader("r")
    assert reactor.removeAll() == ["w"]
    assert reactor.getWriters() == []


class Receiver:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def resolutionBegan(self, resolution: Any) -> None:
        self.told.append(resolution.name)

    def addressResolved(self, address: Any) -> None:
        self.told.append(address)

    def resolutionComplete(self) -> None:
        self.told.append("complete")


@pytest.mark.parametrize(
    ("types", "found"),
    [
        (None, [IPv4Address("UDP", "127.0.0.1", 53)]),
        ([IPv4Address], [IPv4Address("UDP", "127.0.0.1", 53)]),
        ([IPv6Address], []),
    ],
)
def test_everyNameIsThisMachine(types: Any, found: list[Any]) -> None:
    receiver: Any = Receiver()
    resolver = MemoryReactor().nameResolver
    resolution = resolver.resolveHostName(receiver, "x", 53, types, "UDP")
    assert receiver.told == ["x", *found, "complete"]
    with pytest.raises(Exception, match="over"):
        resolution.cancel()


def test_aReactorThatRaisesRaisesWhatItWasGiven() -> None:
    reactor: Any = RaisingMemoryReactor(ValueError("listen"), KeyError("connect"))
    for listen in (reactor.listenTCP, reactor.listenUNIX):
        with pytest.raises(ValueError):
            listen(1, None)
    for call in (
        lambda: reactor.connectTCP("h", 1, None),
        lambda: reactor.connectSSL("h", 1, None, None),
        lambda: reactor.connectUNIX("/p", None),
        lambda: reactor.adoptStreamConnection(1, 2, None),
        lambda: reactor.adoptDatagramPort(1, 2, None, 3),
    ):
        with pytest.raises(KeyError):
            call()
    with pytest.raises(TypeError):
        RaisingMemoryReactor().listenSSL(1, None, None)
    assert reactor.installNameResolver("other") and reactor.nameResolver == "other"


def test_waitingForTheEndOfAllConnections() -> None:
    clock = Clock()
    protocols = [Protocol(), Protocol()]
    for protocol in protocols:
        protocol.makeConnection(StringTransport())
    done = outcome(waitUntilAllDisconnected(clock, protocols))
    for protocol in protocols:
        clock.advance(0.01)
        assert done == []
        protocol.transport.connected = False  # type: ignore[union-attr]
    clock.advance(0.01)
    assert len(done) == 1


# The older places


@pytest.mark.parametrize("name", sorted({*testing.__all__, "_FakePort"} - {"SynchronousResolver"}))
def test_theFormerPlaceStillHasThemAndSaysWhereTheyAre(name: str) -> None:
    from twisted.test import proto_helpers

    with pytest.warns(DeprecationWarning, match=rf"twisted\.internet\.testing\.{name}$") as seen:
        assert getattr(proto_helpers, name) is getattr(testing, name)
    assert [warning.filename for warning in seen] == [__file__]
    assert name in dir(proto_helpers)
    with pytest.raises(AttributeError), warnings.catch_warnings():
        _ = proto_helpers.nothingOfTheKind


def test_aReactorIsInstalledOnce() -> None:
    with NoReactor():
        first: Any = object()
        installReactor(first)
        from twisted.internet import reactor

        assert reactor is first
        with pytest.raises(ReactorAlreadyInstalledError, match="installed already"):
            installReactor(object())


def test_anotherReactorIsSeenForAWhile() -> None:
    before = sys.modules.get("twisted.internet.reactor")
    other: Any = object()
    with AlternateReactor(other):
        assert sys.modules["twisted.internet.reactor"] == other
        from twisted.internet import reactor

        assert reactor is other
    assert sys.modules.get("twisted.internet.reactor") is before


def test_aModuleSetAsideIsImportedAnewAndComesBack() -> None:
    import xml.dom.minidom

    module = sys.modules["xml.dom"]
    with SetAsideModule("xml.dom"):
        assert not [name for name in sys.modules if name.startswith("xml.dom")]
        assert not hasattr(xml, "dom")
        __import__("xml.dom")
        assert sys.modules["xml.dom"] is not module
    assert sys.modules["xml.dom"] is xml.dom is module


# A network in memory


class Greeting(Protocol):
    """Says hello, and keeps what it hears."""

    def __init__(self) -> None:
        self.heard = b""
        self.reason: Any = None

    def connectionMade(self) -> None:
        self.transport.write(type(self).__name__.encode())  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: Any = None) -> None:
        self.reason = reason


class Server(Greeting):
    """One side."""


def test_bothSidesHearEachOther() -> None:
    client, server, pump = iosim.connectedServerAndClient(Server, Greeting)
    assert (client.heard, server.heard) == (b"Server", b"Greeting")
    assert not pump.flush()


def test_closingIsToldToBothAfterWhatWasWritten() -> None:
    client, server, pump = iosim.connectedServerAndClient(Server, Greeting)
    client.transport.write(b"!")  # type: ignore[union-attr]
    client.transport.loseConnection()  # type: ignore[union-attr]
    client.transport.write(b"dropped")  # type: ignore[union-attr]
    pump.flush()
    assert server.heard == b"Greeting!"
    assert client.reason.check(ConnectionDone) and server.reason.check(ConnectionDone)


class Judging:
    """Accepts the other side's, or not."""

    def __init__(self, accept: bool) -> None:
        self.accept = accept

    def iosimVerify(self, other: Any) -> bool:
        return self.accept


@pytest.mark.parametrize("accept", [True, False])
def test_aPretendedHandshakeComesBetweenWhatIsWritten(accept: bool) -> None:
    client, server, pump = iosim.connectedServerAndClient(Server, Greeting)
    ends: Any = (client.transport, server.transport)
    for end in ends:
        end.write(b"1")
        end.startTLS(Judging(accept))
        end.write(b"2")
    pump.flush()
    if accept:
        assert (client.heard, server.heard) == (b"Server12", b"Greeting12")
        assert ends[0].tls is ends[1].tls is None
    else:
        assert client.reason.check(iosim.NativeOpenSSLError)
        assert server.reason is not None


def test_anAttemptIsCompletedOrFails() -> None:
    reactor = MemoryReactorClock()
    completer = iosim.ConnectionCompleter(reactor)
    assert completer.succeedOnce() is None
    reactor.listenTCP(80, Factory.forProtocol(Server))
    client = Client()
    client.protocol = Greeting
    reactor.connectUNIX("/other", Client())
    reactor.connectTCP("127.0.0.1", 81, Client())
    reactor.connectTCP("127.0.0.1", 80, client)
    pump = completer.succeedOnce()
    assert pump is not None and pump.client.heard == b"Server"
    assert [asked[1] for asked in reactor.tcpClients] == [81]
    refused = reactor.tcpClients[0][2]
    completer.failOnce()
    assert refused.told[1] == (refused.told[0], ConnectionRefusedError)


def test_anEndpointIsCompletedByHand() -> None:
    endpoint, completer = iosim.connectableEndpoint()
    protocol = outcome(endpoint.connect(Factory.forProtocol(Greeting)))
    assert protocol == []
    completer.succeedOnce()
    assert isinstance(protocol[0], Greeting)


def test_theContextsForTestsShakeHands() -> None:
    SSL = pytest.importorskip("OpenSSL.SSL")
    from twisted.test.ssl_helpers import ClientTLSContext, ServerTLSContext

    client = SSL.Connection(ClientTLSContext().getContext(), None)
    server = SSL.Connection(ServerTLSContext().getContext(), None)
    client.set_connect_state()
    server.set_accept_state()
    finished = set()
    for _ in range(10):
        for end, other in ((client, server), (server, client)):
            try:
                end.do_handshake()
                finished.add(end)
            except SSL.WantReadError:
                pass
            try:
                other.bio_write(end.bio_read(65536))
            except SSL.WantReadError:
                pass
    assert finished == {client, server}
    assert client.get_peer_certificate() is not None
