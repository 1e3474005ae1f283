"""
Services of the network and of time.
"""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import drive
from twisted.application import internet, service, strports
from twisted.application._clientservice import _STEPS, _Event, _Phase
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.endpoints import clientFromString
from twisted.internet.error import CannotListenError, ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure


def results(deferred: Deferred[Any]) -> list[Any]:
    found: list[Any] = []
    deferred.addBoth(found.append)
    return found


class Line:
    """An endpoint whose every attempt is in the hands of a test."""

    def __init__(self) -> None:
        self.attempts: list[tuple[Deferred[Any], Any]] = []
        self.protocols: list[Any] = []

    def connect(self, factory: Any) -> Deferred[Any]:
        attempt: Deferred[Any] = Deferred()
        self.attempts.append((attempt, factory))
        return attempt

    def answer(self) -> StringTransport:
        attempt, factory = self.attempts[-1]
        protocol = factory.buildProtocol(None)
        transport = StringTransport()
        protocol.makeConnection(transport)
        self.protocols.append(protocol)
        attempt.callback(protocol)
        return transport

    def refuse(self) -> Failure:
        failure = Failure(OSError("refused"))
        self.attempts[-1][0].errback(failure)
        return failure

    def drop(self) -> None:
        self.protocols[-1].connectionLost(Failure(ConnectionDone()))


def client(**options: Any) -> tuple[Line, Clock, internet.ClientService]:
    line, clock = Line(), Clock()
    options.setdefault("retryPolicy", lambda failures: 10.0 * failures)
    made = internet.ClientService(line, Factory.forProtocol(Protocol), clock=clock, **options)
    return line, clock, made


def test_theConnectionIsTheFactorysProtocol() -> None:
    line, _, made = client()
    made.startService()
    waiting = results(made.whenConnected())
    assert waiting == []
    line.answer()
    assert waiting == [line.protocols[0]._watched]
    assert type(waiting[0]) is Protocol
    assert results(made.whenConnected()) == waiting


def test_eachFailureWaitsLongerAndAConnectionForgetsThem() -> None:
    line, clock, made = client()
    made.startService()
    for failures in (1, 2, 3):
        line.refuse()
        [call] = clock.getDelayedCalls()
        assert call.getTime() == clock.seconds() + 10 * failures
        clock.advance(10 * failures)
    line.answer()
    assert clock.getDelayedCalls() == []
    line.drop()
    assert clock.getDelayedCalls()[0].getTime() == clock.seconds() + 10


def test_whoWaitsForSoManyFailuresHearsOfTheLast() -> None:
    line, clock, made = client()
    made.startService()
    once, twice = (results(made.whenConnected(failAfterFailures=n)) for n in (1, 2))
    first = line.refuse()
    assert (once, twice) == ([first], [])
    clock.advance(10)
    second = line.refuse()
    assert twice == [second]


def test_whoWaitsNoMoreIsForgotten() -> None:
    line, _, made = client()
    made.startService()
    waiting = made.whenConnected()
    gone = results(waiting)
    waiting.cancel()
    assert gone[0].check(CancelledError)
    line.answer()
    assert made._connectWaiters == []


def test_stoppingHangsUpAndWaitsForTheEnd() -> None:
    line, _, made = client()
    made.startService()
    transport = line.answer()
    stopped = results(made.stopService())
    assert transport.disconnecting
    assert stopped == []
    line.drop()
    assert stopped == [None]
    assert results(made.whenConnected())[0].check(CancelledError)


def test_stoppingWhileWaitingCancelsTheNextTry() -> None:
    line, clock, made = client()
    made.startService()
    line.refuse()
    assert results(made.stopService()) == [None]
    assert clock.getDelayedCalls() == []


def test_whoWaitsForAServiceThatWasNeverStartedWaitsForALaterStart() -> None:
    """magic-wormhole stops such a service, and tells its user of one error, not of two."""
    line, _, service = client()
    waiting = results(service.whenConnected())
    stopped = results(service.stopService())
    assert (waiting, stopped) == ([], [None])
    assert results(service.whenConnected())[0].check(CancelledError)
    service.startService()
    line.answer()
    assert len(waiting) == 1 and waiting[0] is not None


def test_aStartDuringAStopConnectsAnew() -> None:
    line, _, made = client()
    made.startService()
    line.answer()
    stopped = results(made.stopService())
    made.startService()
    waiting = results(made.whenConnected())
    line.drop()
    assert (stopped, len(line.attempts)) == ([None], 2)
    line.answer()
    assert waiting == [line.protocols[1]._watched]


def test_aConnectionThatCannotBePreparedIsDroppedAndTriedAgain() -> None:
    def prepare(protocol: Any) -> None:
        raise ValueError("no greeting")

    line, clock, made = client(prepareConnection=prepare)
    made.startService()
    waiting = results(made.whenConnected(failAfterFailures=1))
    transport = line.answer()
    assert transport.disconnecting
    assert waiting[0].check(ValueError)
    line.drop()  # of an attempt that is history
    clock.advance(10)
    assert len(line.attempts) == 2


def test_aConnectionThatIsLostWhileItIsPreparedCountsAsFailed() -> None:
    preparing: Deferred[None] = Deferred()
    line, clock, made = client(prepareConnection=lambda protocol: preparing)
    made.startService()
    waiting = results(made.whenConnected(failAfterFailures=1))
    line.answer()
    line.drop()
    assert waiting[0].check(ConnectionDone)
    assert len(clock.getDelayedCalls()) == 1


def test_stoppingWhileAConnectionIsPreparedDropsIt() -> None:
    preparing: Deferred[None] = Deferred()
    line, _, made = client(prepareConnection=lambda protocol: preparing)
    made.startService()
    transport = line.answer()
    stopped = results(made.stopService())
    assert (transport.disconnecting, stopped) == (True, [])
    line.drop()
    assert stopped == [None]


def test_whatTheProtocolProvidesReachesTheTransport() -> None:
    from zope.interface import implementer

    @implementer(IHalfCloseableProtocol)
    class Half(Protocol):
        def readConnectionLost(self) -> None: ...
        def writeConnectionLost(self) -> None: ...

    line = Line()
    made = internet.ClientService(line, Factory.forProtocol(Half), clock=Clock())
    made.startService()
    line.answer()
    assert IHalfCloseableProtocol.providedBy(line.protocols[0])


@given(st.lists(st.sampled_from(["start", "stop", "answer", "refuse", "drop", "wait"])))
def test_noOrderOfEventsLosesTheService(events: list[str]) -> None:
    line, clock, made = client()
    stopped: list[list[Any]] = []
    for event in events:
        pending = bool(line.attempts) and not line.attempts[-1][0].called
        if event == "start" and not made.running:
            made.startService()
        elif event == "stop":
            stopped.append(results(made.stopService()))
        elif event in ("answer", "refuse") and pending:
            getattr(line, event)()
        elif event == "drop" and made._phase in (_Phase.CONNECTED, _Phase.STOPPING):
            line.drop()
        elif event == "wait":
            clock.advance(1000)
    made.stopService()
    if made._attempt is not None:
        line.drop()
    assert made._phase is _Phase.STOPPED
    assert all(each == [None] for each in stopped)
    assert clock.getDelayedCalls() == []


def test_startAndStopHaveAMeaningInEveryPhaseThatTheyCanMeet() -> None:
    for phase in _Phase:
        assert (phase, _Event.STOP) in _STEPS
        running = phase in (
            _Phase.CONNECTING,
            _Phase.CONNECTED,
            _Phase.WAITING,
            _Phase.RESTARTING,
        )
        assert ((phase, _Event.START) in _STEPS) is not running


@given(st.integers(0, 10**9), st.floats(1, 1e300))
def test_noDelayIsLongerThanTheMost(failures: int, factor: float) -> None:
    assert internet.backoffPolicy(1, 60, factor, jitter=lambda: 0)(failures) <= 60


def test_clientsThatFailedTogetherReturnApart() -> None:
    policy = internet.backoffPolicy()
    assert len({policy(3) for _ in range(20)}) > 1


# Servers and the older family.


@pytest.mark.parametrize(
    ("kind", "arguments", "calls"),
    [
        (internet.TCPServer, (80, None), "tcpServers"),
        (internet.SSLServer, (443, None, None), "sslServers"),
        (internet.UNIXServer, ("/x", None), "unixServers"),
        (internet.TCPClient, ("h", 80, ClientFactory()), "tcpClients"),
        (internet.SSLClient, ("h", 443, ClientFactory(), None), "sslClients"),
        (internet.UNIXClient, ("/x", ClientFactory()), "unixClients"),
    ],
)
def test_theReactorIsCalledAtEachStart(kind: Any, arguments: Any, calls: str) -> None:
    reactor = MemoryReactorClock()
    made = kind(*arguments, reactor=reactor)
    for count in (1, 2):
        made.startService()
        seen = getattr(reactor, calls)
        assert len(seen) == count
        assert seen[-1][: len(arguments)] == arguments
        made.stopService()


def test_theFamilyIsNamedForTheReactorsMethods() -> None:
    for name in internet.__all__:
        kind = getattr(internet, name)
        if name.endswith(("Server", "Client")):
            assert name[:-6] == kind.method


def test_aCopyHasNoPort() -> None:
    made = internet.TCPServer(80, Factory(), reactor=MemoryReactorClock())
    made.startService()
    assert made._port is not None
    assert copy.copy(made)._port is None


def test_aServerThatWasNotStartedStops() -> None:
    assert internet.TCPServer(80, None).stopService() is None


def test_aPortOfAServiceTakesConnections(reactor: Any) -> None:
    heard: Deferred[bytes] = Deferred()

    class Hear(Protocol):
        def dataReceived(self, data: bytes) -> None:
            heard.callback(data)

    class Say(Protocol):
        def connectionMade(self) -> None:
            assert self.transport is not None
            self.transport.write(b"hello")

    async def talk() -> bytes:
        server = strports.service(
            "tcp:0:interface=127.0.0.1", Factory.forProtocol(Hear), reactor=reactor
        )
        server.startService()
        assert server._waitingForPort is not None
        port: Any = server._waitingForPort.result
        where = clientFromString(reactor, f"tcp:127.0.0.1:{port.getHost().port}")
        made = internet.ClientService(where, Factory.forProtocol(Say), clock=reactor)
        made.startService()
        said = await heard
        await made.stopService()
        await server.stopService()
        return said

    assert drive(reactor, talk) == b"hello"


def test_aPortInUseIsRaisedByTheServiceOfADescription(reactor: Any) -> None:
    taken = reactor.listenTCP(0, Factory(), interface="127.0.0.1")
    description = f"tcp:{taken.getHost().port}:interface=127.0.0.1"
    made = strports.service(description, Factory(), reactor=reactor)
    with pytest.raises(CannotListenError):
        made.startService()
    drive(reactor, taken.stopListening)


class Ear:
    def __init__(self, answer: Deferred[Any]) -> None:
        self.answer = answer

    def listen(self, factory: Any) -> Deferred[Any]:
        return self.answer


def test_aListenThatIsUnderWayIsCancelledByAStop() -> None:
    cancelled: list[Any] = []
    waiting: Deferred[Any] = Deferred(cancelled.append)
    made = internet.StreamServerEndpointService(Ear(waiting), Factory())
    made.startService()
    assert results(made.stopService()) == [None]
    assert cancelled == [waiting]


def test_aFailureToListenLeavesTheRestOfTheProgramRunning() -> None:
    made = internet.StreamServerEndpointService(Ear(fail(OSError("no port"))), Factory())
    made.startService()
    assert made.running
    assert results(made.stopService()) == [None]


def test_aPortThatCannotBeClosedFailsTheStop() -> None:
    class Port:
        def stopListening(self) -> Deferred[None]:
            return fail(OSError("stuck"))

    made = internet.StreamServerEndpointService(Ear(succeed(Port())), Factory())
    made.startService()
    assert results(made.stopService())[0].check(OSError)


# Timers.


def remember() -> None:
    """Something that a pickle can name."""


def test_aTimerCallsAtOnceAndThenByItsStep() -> None:
    calls: list[str] = []
    timer = internet.TimerService(5, calls.append, "now")
    timer.clock = Clock()
    timer.startService()
    assert calls == ["now"]
    timer.clock.advance(5)
    assert calls == ["now", "now"]
    timer.stopService()
    timer.clock.advance(50)
    assert calls == ["now", "now"]
    assert not timer.running


def test_aTimerStopsWhenItsCallIsOver() -> None:
    under: Deferred[None] = Deferred()
    timer = internet.TimerService(5, lambda: under)
    timer.clock = Clock()
    timer.startService()
    stopped = results(timer.stopService())
    assert stopped == []
    under.callback(None)
    assert stopped == [None]


def test_aTimerThatFailedStopsQuietly() -> None:
    timer = internet.TimerService(5, lambda: 1 // 0)
    timer.clock = Clock()
    timer.startService()
    assert timer.clock.getDelayedCalls() == []
    assert results(timer.stopService()) == [None]


def test_aTimerTellsItsFailureToWhoeverAsks() -> None:
    calls: list[int] = []
    timer = internet.TimerService(5, lambda: calls.append(1 // (2 - len(calls))))
    clock = timer.clock = Clock()
    timer.startService()
    heard = results(timer.whenEnded())
    clock.advance(5)
    assert heard == []
    clock.advance(5)
    assert [why.check(ZeroDivisionError) for why in heard] == [ZeroDivisionError]
    # Also to who asks too late, since the first call is made by the start.
    assert [why.check(ZeroDivisionError) for why in results(timer.whenEnded())]
    timer.stopService()
    timer.startService()
    assert results(timer.whenEnded()), "it fails again, and at once"


def test_aTimerThatIsStoppedHasNotEndedByItself() -> None:
    timer = internet.TimerService(5, lambda: None)
    timer.clock = Clock()
    timer.startService()
    ended = timer.whenEnded()
    timer.stopService()
    assert results(ended) == []
    assert "_waiting" not in timer.__getstate__()


def test_aTimerThatWasNotStartedStops() -> None:
    assert results(internet.TimerService(5, remember).stopService()) == [None]


def test_whatStandsAroundAProtocolCanBeCopied() -> None:
    line, _, made = client()
    made.startService()
    line.answer()
    [watched] = line.protocols
    assert copy.copy(watched)._watched is watched._watched
    factory = line.attempts[0][1]
    assert copy.copy(factory).protocol is Protocol


def test_aTimerIsPickledWithoutItsLoop() -> None:
    timer = internet.TimerService(5, remember)
    timer.clock = Clock()
    timer.startService()
    timer.clock = None
    loaded = pickle.loads(pickle.dumps(timer))
    timer.stopService()
    assert not loaded.running
    assert not hasattr(loaded, "_loop")


def test_aFamilyStopsTogether() -> None:
    family = service.MultiService()
    timer = internet.TimerService(5, remember)
    timer.clock = Clock()
    timer.setServiceParent(family)
    family.startService()
    assert results(family.stopService()) == [[(True, None)]]
