"""Policies around connections: counted, slowed, timed out, watched."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest

from tests.support import drive
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import EventLoggingObserver, StringTransport
from twisted.logger import globalLogPublisher
from twisted.protocols import policies
from twisted.python.failure import Failure

done = Failure(ConnectionDone())


class Echo(Protocol):
    """Sends back what comes."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Refusing(Factory[Any]):
    """Builds nothing."""

    def buildProtocol(self, addr: Any) -> Any:
        return None


def quiet(kind: Any, *args: Any, **keywords: Any) -> tuple[Any, Clock]:
    """A factory of some kind around echoes, with a clock of its own."""
    clock = Clock()

    class Timed(kind):  # type: ignore[misc]
        noisy = False

        def callLater(self, period: float, func: Any) -> Any:
            return clock.callLater(period, func)

    inner: Factory = Factory.forProtocol(Echo)
    inner.noisy = False
    return Timed(inner, *args, **keywords), clock


def connect(factory: Any, host: str = "127.0.0.1") -> Any:
    address = IPv4Address("TCP", host, 1)
    protocol = factory.buildProtocol(address)
    if protocol is not None:
        protocol.makeConnection(StringTransport(peerAddress=address))
    return protocol


# Numbers


def test_atMostSoManyConnectionsAtATime() -> None:
    factory: Any = policies.LimitTotalConnectionsFactory()
    factory.protocol, factory.connectionLimit = Echo, 2
    first, second, third = (connect(factory) for _ in range(3))
    assert (third, factory.connectionCount) == (None, 2)
    assert first.wrappedProtocol.factory is factory
    first.connectionLost(done)
    assert connect(factory) is not None
    second.connectionLost(done)
    assert factory.connectionCount == 1


def test_thoseThatAreTooManyAreToldSoAndCounted() -> None:
    class Sorry(Echo):
        def connectionMade(self) -> None:
            self.transport.write(b"full")

    factory: Any = policies.LimitTotalConnectionsFactory()
    factory.protocol, factory.connectionLimit, factory.overflowProtocol = Echo, 0, Sorry
    protocol = connect(factory)
    assert (protocol.transport.value(), factory.connectionCount) == (b"full", 1)


def test_withoutALimitThereIsNone() -> None:
    factory: Any = policies.LimitTotalConnectionsFactory()
    factory.protocol = Echo
    assert all(connect(factory) for _ in range(20))


def test_atMostSoManyConnectionsFromOnePeer() -> None:
    factory, _ = quiet(policies.LimitConnectionsByPeer)
    factory.maxConnectionsPerPeer = 2
    factory.doStart()
    one, _, refused = (connect(factory, "10.0.0.1") for _ in range(3))
    assert refused is None
    assert connect(factory, "10.0.0.2") is not None
    one.connectionLost(done)
    assert connect(factory, "10.0.0.1") is not None
    assert factory.peerConnections == {"10.0.0.1": 2, "10.0.0.2": 1}


@pytest.mark.parametrize("address", [UNIXAddress(b"/x"), ("10.0.0.1", 5), None])
def test_peersOfOtherKindsAreCountedToo(address: Any) -> None:
    factory, _ = quiet(policies.LimitConnectionsByPeer)
    factory.maxConnectionsPerPeer = 1
    factory.doStart()
    protocol = factory.buildProtocol(address)
    assert factory.buildProtocol(address) is None
    protocol.makeConnection(StringTransport(peerAddress=address))
    if address is not None:
        protocol.connectionLost(done)
        assert factory.peerConnections == {}


@pytest.mark.parametrize(
    "kind",
    [
        policies.LimitConnectionsByPeer,
        policies.ThrottlingFactory,
        policies.TimeoutFactory,
        policies.SpewingFactory,
    ],
)
def test_aConnectionThatTheWrappedFactoryRefusesIsNotCounted(kind: Any) -> None:
    factory = kind(Refusing())
    factory.noisy = factory.wrappedFactory.noisy = False
    factory.doStart()
    assert factory.buildProtocol(IPv4Address("TCP", "10.0.0.1", 1)) is None
    assert getattr(factory, "connectionCount", 0) == 0
    assert getattr(factory, "peerConnections", {}) == {}


# Bytes a second


def test_readingTooFastPausesForAsLongAsTheSurplusLasts() -> None:
    factory, clock = quiet(policies.ThrottlingFactory, readLimit=10)
    protocol = connect(factory)
    protocol.dataReceived(b"x" * 30)
    assert protocol.transport.producerState == "producing"
    clock.advance(1)
    assert protocol.transport.producerState == "paused"
    clock.advance(1.9)
    assert protocol.transport.producerState == "paused"
    clock.advance(0.1)
    assert protocol.transport.producerState == "producing"


def test_writingTooFastPausesTheProducers() -> None:
    class Producer:
        paused = False

        def pauseProducing(self) -> None:
            self.paused = True

        def resumeProducing(self) -> None:
            self.paused = False

    factory, clock = quiet(policies.ThrottlingFactory, writeLimit=10)
    fed, plain = connect(factory), connect(factory)
    producer = Producer()
    fed.registerProducer(producer, True)
    fed.write(b"x" * 10)
    plain.writeSequence([b"x"] * 10)
    clock.advance(1)
    assert producer.paused
    clock.advance(1)
    assert not producer.paused
    fed.unregisterProducer()
    fed.write(b"x" * 100)
    clock.advance(1)
    assert not producer.paused


def test_withinTheLimitNothingIsPaused() -> None:
    factory, clock = quiet(policies.ThrottlingFactory, readLimit=10, writeLimit=10)
    protocol = connect(factory)
    for _ in range(5):
        protocol.dataReceived(b"x" * 10)
        clock.advance(1)
        assert protocol.transport.producerState == "producing"


def test_theLastConnectionLeavesNoCallsBehind() -> None:
    factory, clock = quiet(policies.ThrottlingFactory, readLimit=1, writeLimit=1)
    protocol = connect(factory)
    protocol.dataReceived(b"x" * 100)
    clock.advance(1)
    assert len(clock.getDelayedCalls()) == 4
    protocol.connectionLost(done)
    assert clock.getDelayedCalls() == []


def test_throttlingBoundsTheNumberToo() -> None:
    factory, _ = quiet(policies.ThrottlingFactory, 1)
    first = connect(factory)
    assert connect(factory) is None
    first.connectionLost(done)
    assert connect(factory) is not None


# Time


def test_aConnectionOnWhichNothingHappensIsClosed() -> None:
    factory, clock = quiet(policies.TimeoutFactory, 3)
    protocol = connect(factory)
    clock.advance(2.9)
    assert not protocol.transport.disconnecting
    clock.advance(0.1)
    assert protocol.transport.disconnecting


@pytest.mark.parametrize(
    "happening",
    [
        lambda protocol: protocol.dataReceived(b"x"),
        lambda protocol: protocol.write(b"x"),
        lambda protocol: protocol.writeSequence([b"x"]),
    ],
)
def test_whateverHappensTheTimeBeginsAnew(happening: Any) -> None:
    factory, clock = quiet(policies.TimeoutFactory, 3)
    protocol = connect(factory)
    for _ in range(5):
        clock.advance(2)
        happening(protocol)
    assert not protocol.transport.disconnecting
    clock.advance(3)
    assert protocol.transport.disconnecting


def test_theEndLeavesNoCallBehind() -> None:
    factory, clock = quiet(policies.TimeoutFactory, 3)
    connect(factory).connectionLost(done)
    assert clock.getDelayedCalls() == []


def test_theTimeOfOneConnectionCanBeChanged() -> None:
    factory, clock = quiet(policies.TimeoutFactory, None)
    protocol = connect(factory)
    assert clock.getDelayedCalls() == []
    protocol.setTimeout(5)
    protocol.setTimeout()
    assert [call.getTime() for call in clock.getDelayedCalls()] == [5]
    protocol.timeoutCall.cancel()
    protocol.cancelTimeout()
    protocol.cancelTimeout()
    assert protocol.timeoutCall is None


class Patient(Protocol, policies.TimeoutMixin):
    """Has a time of its own."""

    def __init__(self) -> None:
        self.clock = Clock()

    def callLater(self, period: float, func: Any) -> Any:
        return self.clock.callLater(period, func)


def test_aProtocolWithATimeOfItsOwnIsClosed() -> None:
    protocol: Any = Patient()
    protocol.makeConnection(StringTransport())
    assert protocol.setTimeout(3) is None
    protocol.clock.advance(2)
    protocol.resetTimeout()
    protocol.clock.advance(2)
    assert protocol.setTimeout(5) == 3
    protocol.clock.advance(4.9)
    assert not protocol.transport.disconnecting
    protocol.clock.advance(0.1)
    assert protocol.transport.disconnecting


def test_aProtocolsTimeCanBeTakenAwayAndGivenAgain() -> None:
    protocol: Any = Patient()
    protocol.setTimeout(3)
    assert protocol.setTimeout(None) == 3
    protocol.resetTimeout()
    assert protocol.clock.getDelayedCalls() == []
    protocol.setTimeout(3)
    protocol.clock.getDelayedCalls()[0].cancel()
    protocol.setTimeout(4)
    assert [call.getTime() for call in protocol.clock.getDelayedCalls()] == [4]
    protocol.setTimeout(None)


# Protocols with a time of their own on a reactor share one timed call


class Sharing(Protocol, policies.TimeoutMixin):
    """Has the time of a reactor."""

    def __init__(self, reactor: Any) -> None:
        self.callLater = reactor.callLater
        self.timedOut: Deferred[None] = Deferred()

    def timeoutConnection(self) -> None:
        self.timedOut.callback(None)


class Equal(Sharing):
    """Is equal to every other one, and so no key."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]  # as of many dataclasses


@pytest.mark.parametrize("kind", [Sharing, Equal])
def test_onAReactorATimeComesToItsEnd(reactor: Any, kind: type[Sharing]) -> None:
    waiting = [kind(reactor) for _ in range(3)]
    for each in waiting:
        each.setTimeout(0.02)
    drive(reactor, gatherResults, [each.timedOut for each in waiting])
    assert reactor.getDelayedCalls() == []


def test_aThousandTimesAreOneTimedCall(reactor: Any) -> None:
    waiting = [Sharing(reactor) for _ in range(1000)]
    for each in waiting:
        each.setTimeout(60)
        each.resetTimeout()
    assert len(reactor.getDelayedCalls()) == 1
    for each in waiting:
        assert each.setTimeout(None) == 60
    assert reactor.getDelayedCalls() == []


def test_timesOfTheirOwnAreCallsOfTheirOwn(reactor: Any) -> None:
    first, second = Sharing(reactor), Sharing(reactor)
    first.setTimeout(60)
    second.setTimeout(70)
    assert len(reactor.getDelayedCalls()) == 2
    second.timeOut = 60
    second.resetTimeout()
    assert len(reactor.getDelayedCalls()) == 1
    assert first.setTimeout(None) == second.setTimeout(None) == 60
    assert reactor.getDelayedCalls() == []


def test_aClockInThePlaceOfAReactorsIsAsked(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(reactor, "callLater", clock.callLater)
    protocol = Sharing(reactor)
    protocol.setTimeout(60)
    clock.advance(60)
    assert protocol.timedOut.called


# Watching


def test_whatGoesThroughIsLogged() -> None:
    observer = EventLoggingObserver()
    globalLogPublisher.addObserver(observer)
    try:
        factory, _ = quiet(policies.SpewingFactory)
        connect(factory).dataReceived(b"hello")
    finally:
        globalLogPublisher.removeObserver(observer)
    assert [(e["log_format"][:4], e["data"]) for e in observer] == [
        ("Rece", b"hello"),
        ("Send", b"hello"),
    ]


def watched(**options: Any) -> tuple[Any, Any, list[str]]:
    names: list[str] = []
    file = StringIO()

    class InMemory(policies.TrafficLoggingFactory):
        def open(self, name: str) -> Any:
            names.append(name)
            return file

    factory = InMemory(Factory.forProtocol(Echo), "log", **options)
    return factory, file, names


def test_whatGoesThroughIsWrittenIntoAFileOfItsOwn() -> None:
    factory, file, names = watched()
    protocol = connect(factory)
    protocol.dataReceived(b"hi")
    protocol.writeSequence([b"a", b"b"])
    protocol.loseConnection()
    protocol.connectionLost(done)
    lines = file.getvalue().splitlines()
    assert lines[:5] == ["*", "C 1: b'hi'", "S 1: b'hi'", "SV 1: [b'a', b'b']", "S 1: *"]
    assert lines[5].startswith("C 1:") and "ConnectionDone" in lines[5]
    connect(factory)
    factory.resetCounter()
    connect(factory)
    assert names == ["log-1", "log-2", "log-1"]


def test_noMoreThanTheLimitIsWrittenDown() -> None:
    factory, file, _ = watched(lengthLimit=3)
    connect(factory).dataReceived(b"12345")
    assert "C 1: b'123'..." in file.getvalue().splitlines()


def test_theFileIsARealOneUnlessOverridden(tmp_path: Any) -> None:
    prefix = str(tmp_path / "traffic")
    factory = policies.TrafficLoggingFactory(Factory.forProtocol(Echo), prefix)
    protocol = connect(factory)
    protocol.dataReceived(b"x")
    protocol.logfile.close()
    assert "C 1: b'x'" in (tmp_path / "traffic-1").read_text()
