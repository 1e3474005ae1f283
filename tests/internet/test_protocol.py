"""Protocols, factories, and the clients that come again."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface import implementer
from zope.interface.verify import verifyObject

from twisted.internet import error, interfaces
from twisted.internet.defer import CancelledError
from twisted.internet.protocol import (
    ClientCreator,
    ClientFactory,
    ConnectedDatagramProtocol,
    DatagramProtocol,
    Factory,
    FileWrapper,
    ProcessProtocol,
    Protocol,
    ReconnectingClientFactory,
    ServerFactory,
    connectionDone,
)
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    """Everything that is logged during the test."""
    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


class Noting(Protocol):
    """Writes down what it is called with."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self.given = (args, keywords)
        self.seen: list[Any] = []

    def connectionMade(self) -> None:
        self.seen.append(("made", self.transport, self.connected))

    def dataReceived(self, data: bytes) -> None:
        self.seen.append(data)


# Protocols


def test_makingTheConnectionKeepsTheTransportAndTells() -> None:
    protocol, transport = Noting(), StringTransport()
    assert (protocol.transport, protocol.connected) == (None, 0)
    protocol.makeConnection(transport)
    assert protocol.seen == [("made", transport, 1)]


@pytest.mark.parametrize("made", [Protocol(), DatagramProtocol(), Factory()])
def test_theLogNamesTheClass(made: Any) -> None:
    assert verifyObject(interfaces.ILoggingContext, made)
    assert made.logPrefix() == type(made).__name__


def test_anEndWithoutAReasonIsAnOrderlyOne() -> None:
    seen: list[Failure] = []

    class Ending(Protocol):
        def connectionLost(self, reason: Failure = connectionDone) -> None:
            seen.append(reason)

    Ending().connectionLost()
    assert seen[0].check(error.ConnectionDone)
    Protocol().connectionLost()


def test_aProtocolCanBeFedAsAConsumerAndTheOtherWayRound() -> None:
    protocol = Noting()
    consumer = interfaces.IConsumer(protocol)
    assert verifyObject(interfaces.IConsumer, consumer)
    consumer.registerProducer(None, True)  # type: ignore[arg-type]
    consumer.write(b"bytes")
    consumer.unregisterProducer()
    transport = StringTransport()
    other: Any = interfaces.IProtocol(ConsumerOnly(transport))
    assert verifyObject(interfaces.IProtocol, other)
    other.makeConnection(None)
    other.connectionMade()
    other.dataReceived(b"more")
    other.connectionLost(connectionDone)
    assert (protocol.seen, transport.value()) == ([b"bytes"], b"more")


@implementer(interfaces.IConsumer)
class ConsumerOnly:  # type: ignore[misc]  # only written to
    """A consumer that is nothing else."""

    def __init__(self, transport: StringTransport) -> None:
        self.write = transport.write


def test_aProgramsPipesAreHeardByName() -> None:
    seen: list[Any] = []

    class Running(ProcessProtocol):
        def outReceived(self, data: bytes) -> None:
            seen.append(("out", data))

        def errReceived(self, data: bytes) -> None:
            seen.append(("err", data))

        def inConnectionLost(self) -> None:
            seen.append("in lost")

        def outConnectionLost(self) -> None:
            seen.append("out lost")

        def errConnectionLost(self) -> None:
            seen.append("err lost")

    protocol = Running()
    assert verifyObject(interfaces.IProcessProtocol, protocol)
    for pipe in (-1, 0, 1, 2, 3):
        protocol.childDataReceived(pipe, b"x")
        protocol.childConnectionLost(pipe)
    assert seen == ["in lost", ("out", b"x"), "out lost", ("err", b"x"), "err lost"]


# Datagrams


class Datagrams(DatagramProtocol):
    """Writes down when it starts and stops."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def startProtocol(self) -> None:
        self.seen.append(("start", self.transport))

    def stopProtocol(self) -> None:
        self.seen.append(("stop", self.transport))


def test_aDatagramProtocolStartsWithItsSocketAndStopsWithout() -> None:
    protocol = Datagrams()
    protocol.makeConnection("socket")
    with pytest.raises(AssertionError):
        protocol.makeConnection("another")
    protocol.doStart()
    protocol.doStop()
    protocol.doStop()
    assert protocol.seen == [("start", "socket"), ("stop", None)]
    with pytest.raises(AssertionError):
        protocol.doStop()


def test_aPickledDatagramProtocolHasNoSocket() -> None:
    protocol = DatagramProtocol()
    protocol.noisy = False
    protocol.makeConnection(BytesIO())
    assert pickle.loads(pickle.dumps(protocol)).transport is None


def test_aConnectedDatagramProtocolIsOne() -> None:
    protocol = ConnectedDatagramProtocol()
    protocol.datagramReceived(b"x")
    protocol.connectionFailed(connectionDone)
    protocol.connectionRefused()
    assert protocol.logPrefix() == "ConnectedDatagramProtocol"


# Factories


def test_aFactoryBuildsItsProtocolAndIsKnownToIt() -> None:
    factory = Factory.forProtocol(Noting)
    assert verifyObject(interfaces.IProtocolFactory, factory)
    built = factory.buildProtocol(None)
    assert type(built) is Noting
    assert built.factory is factory


def test_aFactoryIsMadeForAProtocolWithItsOwnArguments() -> None:
    class Configured(ServerFactory[Any]):
        def __init__(self, *args: Any, **keywords: Any) -> None:
            self.given = (args, keywords)

    factory = Configured.forProtocol(Noting, 1, two=2)
    assert type(factory) is Configured
    assert (factory.protocol, factory.given) == (Noting, ((1,), {"two": 2}))


def test_aFactoryWithoutAProtocolSaysWhatToDo() -> None:
    with pytest.raises(TypeError, match="set its protocol attribute"):
        Factory().buildProtocol(None)


def test_aFactoryStartsWithTheFirstAndStopsWithTheLastUser() -> None:
    seen: list[str] = []

    class Counting(Factory[Any]):
        def startFactory(self) -> None:
            seen.append("start")

        def stopFactory(self) -> None:
            seen.append("stop")

    factory = Counting()
    for step in ("doStart", "doStart", "doStop", "doStop", "doStop", "doStart"):
        getattr(factory, step)()
    assert (seen, factory.numPorts) == (["start", "stop", "start"], 1)


@pytest.mark.parametrize("noisy", [True, False])
def test_startingAndStoppingIsLoggedUnlessQuiet(noisy: bool, logged: list[dict[str, Any]]) -> None:
    factory: Any = Factory()
    factory.noisy = noisy
    factory.doStart()
    factory.doStop()
    wanted = ["Starting factory {factory!r}", "Stopping factory {factory!r}"]
    assert [event["log_format"] for event in logged] == (wanted if noisy else [])
    assert all(event["factory"] is event["log_source"] is factory for event in logged)
    assert all(event["log_namespace"].endswith("protocol.Factory") for event in logged)


def test_factoriesCanBeSubscripted() -> None:
    class Typed(ClientFactory[Noting]):
        protocol = Noting

    assert type(Typed().buildProtocol(None)) is Noting


# Clients that come again


class Connector:
    """Counts what is asked of it."""

    def __init__(self) -> None:
        self.connected = self.stopped = 0

    def connect(self) -> None:
        self.connected += 1

    def stopConnecting(self) -> None:
        self.stopped += 1


def reconnecting(**attributes: Any) -> tuple[Any, Any, Clock]:
    factory: Any = ReconnectingClientFactory()
    factory.clock = clock = Clock()
    factory.noisy = False
    for name, value in attributes.items():
        setattr(factory, name, value)
    return factory, Connector(), clock


def test_waitsGrowByTheFactorUpToTheMost() -> None:
    factory, connector, clock = reconnecting(jitter=None, factor=2.0, maxDelay=5.0)
    waits = []
    for attempt in range(1, 6):
        factory.clientConnectionFailed(connector, connectionDone)
        (call,) = clock.getDelayedCalls()
        waits.append(call.getTime() - clock.seconds())
        clock.advance(waits[-1])
        assert connector.connected == attempt
    assert waits == [1.0, 2.0, 4.0, 5.0, 5.0]


@given(st.integers(0, 20))
def test_jitterScattersWaitsButLeavesThemPositive(attempts: int) -> None:
    factory, connector, clock = reconnecting(jitter=5.0)
    for _ in range(attempts):
        factory.clientConnectionLost(connector, connectionDone)
        (call,) = clock.getDelayedCalls()
        assert call.getTime() >= clock.seconds()
        clock.advance(1e6)
    assert connector.connected == attempts


def test_theDefaultJitterScattersBySomeParts() -> None:
    waits = set()
    for _ in range(50):
        factory, connector, clock = reconnecting()
        factory.clientConnectionLost(connector, connectionDone)
        waits.add(clock.getDelayedCalls()[0].getTime())
    assert len(waits) > 40
    assert 0.3 < min(waits) < max(waits) < 1.7


def test_afterTheMostRetriesItGivesUp() -> None:
    factory, connector, clock = reconnecting(maxRetries=2)
    for _ in range(5):
        factory.clientConnectionFailed(connector, connectionDone)
        clock.advance(100)
    assert (connector.connected, clock.getDelayedCalls()) == (2, [])


def test_resettingBeginsWithTheShortestWait() -> None:
    factory, connector, clock = reconnecting(jitter=None, initialDelay=3.0, delay=50.0)
    factory.retries = 7
    factory.resetDelay()
    factory.clientConnectionLost(connector, connectionDone)
    assert (clock.getDelayedCalls()[0].getTime(), factory.retries) == (3.0, 1)


def test_stoppingCancelsTheWait() -> None:
    factory, connector, clock = reconnecting()
    factory.clientConnectionLost(connector, connectionDone)
    assert factory._callID is clock.getDelayedCalls()[0]
    factory.stopTrying()
    assert (clock.getDelayedCalls(), connector.stopped, factory._callID) == ([], 1, None)
    factory.clientConnectionLost(connector, connectionDone)
    factory.retry(connector)
    assert clock.getDelayedCalls() == []


def test_stoppingDuringAnAttemptMakesNoOther() -> None:
    factory, connector, clock = reconnecting()

    def fail() -> None:
        factory.clientConnectionFailed(connector, connectionDone)

    connector.stopConnecting = fail
    factory.connector = connector
    factory.stopTrying()
    assert clock.getDelayedCalls() == []


def test_stoppingWhileConnectedIsNoError() -> None:
    factory, connector, _ = reconnecting()

    def refuse() -> None:
        raise error.NotConnectingError()

    connector.stopConnecting = refuse
    factory.connector = connector
    factory.stopTrying()
    assert not factory.continueTrying


def test_withoutAConnectorThereIsNothingToRetry() -> None:
    with pytest.raises(ValueError, match="connector"):
        reconnecting()[0].retry()


def test_aPickledFactoryBeginsAnew() -> None:
    factory: Any = ReconnectingClientFactory()
    factory.maxRetries = 3
    factory.clock, factory.retries, factory.delay, factory.continueTrying = Clock(), 4, 9.0, 0
    factory.connector = Connector()
    copied = pickle.loads(pickle.dumps(factory))
    assert copied.__dict__ == {"maxRetries": 3}
    assert (copied.retries, copied.delay, copied.clock, copied._callID) == (0, 1.0, None, None)


def test_whatItWaitsForIsLogged(logged: list[dict[str, Any]]) -> None:
    factory, connector, _ = reconnecting(noisy=True, maxRetries=1)
    factory.retry(connector)
    factory.retry(connector)
    factory.stopTrying()
    factory.retry(connector)
    assert len(logged) == 3
    assert all(event["connector"] is connector for event in logged)


# Single connections


ways: Any = pytest.mark.parametrize(
    ("way", "where", "clients", "asked"),
    [
        ("connectTCP", ("h", 1, 9, ("l", 2)), "tcpClients", ("h", 1, None, 9, ("l", 2))),
        ("connectUNIX", ("/p", 9, True), "unixClients", ("/p", None, 9, True)),
        ("connectSSL", ("h", 1, "ctx", 9), "sslClients", ("h", 1, None, "ctx", 9, None)),
    ],
)


def created(way: str, where: Any, clients: str) -> tuple[Any, ...]:
    reactor = MemoryReactorClock()
    outcome: list[Any] = []
    deferred = getattr(ClientCreator(reactor, Noting, 1, two=2), way)(*where)
    deferred.addBoth(outcome.append)
    (asked,) = getattr(reactor, clients)
    factory = next(part for part in asked if isinstance(part, ClientFactory))
    return reactor, deferred, outcome, factory, asked


@ways
def test_aConnectionIsMadeAndTheProtocolHandedOver(
    way: str, where: Any, clients: str, asked: Any
) -> None:
    reactor, _, outcome, factory, args = created(way, where, clients)
    assert tuple(None if part is factory else part for part in args) == asked
    protocol = factory.buildProtocol(None)
    assert (outcome, protocol.given) == ([], ((1,), {"two": 2}))
    reactor.advance(0)
    assert outcome == [protocol]


@ways
def test_aFailedAttemptFailsTheDeferred(way: str, where: Any, clients: str, asked: Any) -> None:
    reactor, _, outcome, factory, _ = created(way, where, clients)
    reason = Failure(error.ConnectionRefusedError())
    factory.clientConnectionFailed(reactor.connectors[0], reason)
    reactor.advance(0)
    assert outcome == [reason]


@ways
@pytest.mark.parametrize("when", ["before", "made", "failed"])
def test_cancellingDisconnectsAndForgets(
    when: str, way: str, where: Any, clients: str, asked: Any
) -> None:
    reactor, deferred, outcome, factory, _ = created(way, where, clients)
    if when == "made":
        factory.buildProtocol(None)
    if when == "failed":
        factory.clientConnectionFailed(reactor.connectors[0], connectionDone)
    deferred.cancel()
    assert reactor.connectors[0]._disconnected
    assert reactor.getDelayedCalls() == []
    assert outcome[0].check(CancelledError)


# Files


class Producer:
    """Counts how often it was asked."""

    asked = 0

    def resumeProducing(self) -> None:
        self.asked += 1

    def stopProducing(self) -> None:
        """Never called here."""


def test_whatIsWrittenGoesToTheFile() -> None:
    wrapper = FileWrapper(BytesIO())
    assert verifyObject(interfaces.ITransport, wrapper)
    wrapper.write(b"a")
    wrapper.writeSequence([b"b", b"c"])
    assert wrapper.file.getvalue() == b"abc"
    assert wrapper.getPeer() and wrapper.getHost()


def test_aPullProducerIsAskedAfterEachWrite() -> None:
    wrapper, producer = FileWrapper(BytesIO()), Producer()
    wrapper.registerProducer(producer, False)  # type: ignore[arg-type]
    wrapper.write(b"a")
    wrapper.unregisterProducer()
    wrapper.write(b"b")
    assert producer.asked == 2


@pytest.mark.parametrize("close", ["loseConnection", "stopConsuming", "stopProducing"])
def test_closingClosesTheFile(close: str) -> None:
    wrapper = FileWrapper(BytesIO())
    wrapper.pauseProducing()
    wrapper.resumeProducing()
    getattr(wrapper, close)()
    assert (wrapper.closed, wrapper.file.closed) == (1, True)


def test_errorsOfTheFileGoToOneMethod() -> None:
    errors: list[str] = []

    class Careful(FileWrapper):
        def handleException(self) -> None:
            errors.append("handled")

    class Broken(BytesIO):
        def close(self) -> None:
            raise OSError("no")

        def __del__(self) -> None:
            """Not closed again when it is collected."""

    wrapper = Careful(Broken())
    wrapper.write("text")  # type: ignore[arg-type]
    wrapper.loseConnection()
    assert errors == ["handled", "handled"]
