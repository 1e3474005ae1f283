"""Host names to addresses: both generations of resolver, and the system's."""

from __future__ import annotations

import socket
import threading
from queue import SimpleQueue
from socket import AF_INET, AF_INET6, AF_UNSPEC, SOCK_DGRAM, SOCK_STREAM
from typing import Any
from unittest import mock

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.support import drive
from twisted.internet._engine.lookups import SystemResolver
from twisted.internet._resolver import (
    ComplexResolverSimplifier,
    FirstOneWins,
    GAIResolver,
    HostResolution,
    SimpleResolverComplexifier,
)
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
    IResolverSimple,
)
from twisted.internet.threads import deferToThreadPool
from twisted.logger import globalLogPublisher

ROW4 = (AF_INET, SOCK_STREAM, 6, "", ("192.0.2.1", 80))
ROW6 = (AF_INET6, SOCK_STREAM, 6, "", ("2001:db8::1", 80, 7, 3))
FOUND4 = IPv4Address("TCP", "192.0.2.1", 80)
FOUND6 = IPv6Address("TCP", "2001:db8::1", 80, 7, 3)


@implementer(IResolutionReceiver)
class Receiver:
    """Keeps what it is told, in order."""

    resolution: Any = None

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.done: Deferred[Any] = Deferred()

    def resolutionBegan(self, resolutionInProgress: Any) -> None:
        self.told.append("began")
        self.resolution = resolutionInProgress

    def addressResolved(self, address: Any) -> None:
        self.told.append(address)

    def resolutionComplete(self) -> None:
        self.told.append("complete")
        self.done.callback(self)


@pytest.fixture
def logged() -> Any:
    """The failures that were logged."""
    events: list[Any] = []

    def observe(event: Any) -> None:
        if event.get("log_failure") is not None:
            events.append(event["log_failure"])

    globalLogPublisher.addObserver(observe)
    yield events
    globalLogPublisher.removeObserver(observe)


class Timer:
    """What the fake loop gives for a delayed call."""

    def __init__(self, seconds: float, due: Any) -> None:
        self.seconds, self.due = seconds, due

    def cancel(self) -> None:
        self.due = None


class FakeLoop:
    """A loop that takes its turns by hand."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Any] = SimpleQueue()
        self.timers: list[Timer] = []

    def call_soon_threadsafe(self, function: Any, *args: Any) -> None:
        self._calls.put((function, args))

    def call_later(self, seconds: float, function: Any) -> Timer:
        self.timers.append(Timer(seconds, function))
        return self.timers[-1]

    def turn(self, count: int = 1) -> None:
        """Make the next calls that come from threads."""
        for _ in range(count):
            function, args = self._calls.get(timeout=5)
            function(*args)

    def pending(self) -> list[Timer]:
        return [timer for timer in self.timers if timer.due is not None]


class FakeReactor:
    """Has a loop, and a name server whose look-ups are answered by hand."""

    def __init__(self) -> None:
        self._asyncioEventloop = self.loop = FakeLoop()
        self._asked: SimpleQueue[Any] = SimpleQueue()
        self._answers: list[SimpleQueue[Any]] = []

    def getaddrinfo(self, *question: Any) -> Any:
        answers: SimpleQueue[Any] = SimpleQueue()
        self._answers.append(answers)
        self._asked.put((question, answers))
        answer = answers.get(timeout=20)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def asked(self) -> Any:
        """The next question that reached the name server, and where to put its answer."""
        return self._asked.get(timeout=5)

    def wasAskedNothing(self) -> bool:
        return self._asked.empty()

    def resolver(self, **limits: Any) -> Any:
        resolver = SystemResolver(self, self.getaddrinfo)  # type: ignore[arg-type]  # all it needs
        resolver.idleSeconds = 0.01
        vars(resolver).update(limits)
        return resolver


@pytest.fixture
def fake() -> Any:
    reactor = FakeReactor()
    yield reactor
    for answers in reactor._answers:
        answers.put([])


def look(resolver: Any, name: str = "host.example", **kwargs: Any) -> Receiver:
    receiver = Receiver()
    resolution = resolver.resolveHostName(receiver, name, 80, **kwargs)
    assert receiver.resolution is resolution
    assert verifyObject(IHostResolution, resolution)
    return receiver


# SystemResolver


def test_theSystemIsAskedAndItsAnswerHandedOn(fake: Any) -> None:
    receiver = look(fake.resolver())
    question, answer = fake.asked()
    assert question == ("host.example", 0, AF_UNSPEC, SOCK_STREAM)
    assert receiver.told == ["began"]
    strange = (socket.AF_UNIX, SOCK_STREAM, 0, "", "/s")
    answer.put([ROW6, strange, ROW4])
    fake.loop.turn()
    assert receiver.told == ["began", FOUND6, FOUND4, "complete"]
    assert fake.loop.pending() == []


@pytest.mark.parametrize(
    ("kwargs", "family", "kind"),
    [
        ({}, AF_UNSPEC, SOCK_STREAM),
        ({"addressTypes": [IPv4Address]}, AF_INET, SOCK_STREAM),
        ({"addressTypes": [IPv6Address]}, AF_INET6, SOCK_STREAM),
        ({"addressTypes": [IPv6Address, IPv4Address]}, AF_UNSPEC, SOCK_STREAM),
        ({"transportSemantics": "UDP"}, AF_UNSPEC, SOCK_DGRAM),
    ],
)
def test_onlyWhatIsWantedIsAskedFor(fake: Any, kwargs: Any, family: int, kind: int) -> None:
    look(fake.resolver(), **kwargs)
    assert fake.asked()[0][2:] == (family, kind)


@pytest.mark.parametrize(
    "kwargs", [{"addressTypes": [UNIXAddress]}, {"transportSemantics": "SCTP"}]
)
def test_whatNoHostHasIsAValueError(fake: Any, kwargs: Any) -> None:
    for resolver in (fake.resolver(), GAIResolver(fake)):
        with pytest.raises(ValueError):
            resolver.resolveHostName(Receiver(), "host.example", **kwargs)


LITERALS: list[tuple[str, Any, list[Any]]] = [
    ("192.0.2.1", None, [IPv4Address("TCP", "192.0.2.1", 80)]),
    ("::1", None, [IPv6Address("TCP", "::1", 80)]),
    ("192.0.2.1", [IPv6Address], []),
    ("::1", [IPv4Address], []),
]


@pytest.mark.parametrize(("name", "types", "found"), LITERALS)
def test_aLiteralIsAnsweredAtOnce(fake: Any, name: str, types: Any, found: list[Any]) -> None:
    receiver = look(fake.resolver(), name, addressTypes=types)
    assert receiver.told == ["began", *found, "complete"]
    assert fake.wasAskedNothing()


@pytest.mark.parametrize("name", ["db1", "1.example", "a:b", "256.1.1.1", "node7.rack3"])
def test_aNameThatLooksLikeALiteralIsLookedUp(fake: Any, name: str) -> None:
    look(fake.resolver(), name)
    assert fake.asked()[0][0] == name


def test_anInternationalNameIsEncoded(fake: Any) -> None:
    receiver = look(fake.resolver(), "bücher.ch")
    assert receiver.resolution.name == "bücher.ch"
    assert fake.asked()[0][0] == "xn--bcher-kva.ch"


@pytest.mark.parametrize("name", ["", "\u2ff0", "ü" * 70])
def test_aNameThatCannotBeOneHasNoAddress(fake: Any, name: str) -> None:
    assert look(fake.resolver(), name).told == ["began", "complete"]
    assert fake.wasAskedNothing()


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("too long")])
def test_anUnknownNameHasNoAddress(fake: Any, logged: list[Any], error: Exception) -> None:
    receiver = look(fake.resolver())
    fake.asked()[1].put(error)
    fake.loop.turn()
    assert receiver.told == ["began", "complete"]
    assert logged == []


def test_aStrangeErrorIsLogged(fake: Any, logged: list[Any]) -> None:
    receiver = look(fake.resolver())
    fake.asked()[1].put(ZeroDivisionError())
    fake.loop.turn()
    assert receiver.told == ["began", "complete"]
    assert logged[0].check(ZeroDivisionError)


def test_aReceiverThatRaisesIsLoggedAndKeepsNothingFromTheNext(
    fake: Any, logged: list[Any]
) -> None:
    class Broken(Receiver):
        def addressResolved(self, address: Any) -> None:
            raise ZeroDivisionError

    resolver = fake.resolver()
    resolver.resolveHostName(Broken(), "host.example")
    next = look(resolver)
    fake.asked()[1].put([ROW4])
    fake.loop.turn()
    assert logged[0].check(ZeroDivisionError)
    assert next.told == ["began", FOUND4, "complete"]


def test_aNameThatIsAskedForTwiceAtOnceIsLookedUpOnce(fake: Any) -> None:
    resolver = fake.resolver()
    first = look(resolver)
    second = Receiver()
    resolver.resolveHostName(second, "host.example", 443)
    other = look(resolver, addressTypes=[IPv4Address])
    questions = [fake.asked(), fake.asked()]
    assert sorted(question[2] for question, _ in questions) == [AF_UNSPEC, AF_INET]
    assert repr(resolver) == "<SystemResolver running=2 waiting=0 adrift=0>"
    for _, answer in questions:
        answer.put([ROW4])
    fake.loop.turn(2)
    assert first.told == other.told == ["began", FOUND4, "complete"]
    assert second.told == ["began", IPv4Address("TCP", "192.0.2.1", 443), "complete"]
    assert fake.wasAskedNothing()
    look(resolver)
    assert fake.asked()[0][0] == "host.example"  # answers are not kept


def test_cancellingEndsALookupAtOnce(fake: Any) -> None:
    resolver = fake.resolver()
    receiver = look(resolver)
    _, answer = fake.asked()
    receiver.resolution.cancel()
    assert receiver.told == ["began", "complete"]
    assert repr(resolver) == "<SystemResolver running=0 waiting=0 adrift=1>"
    receiver.resolution.cancel()
    answer.put([ROW4])
    fake.loop.turn()
    assert receiver.told == ["began", "complete"]
    assert repr(resolver) == "<SystemResolver running=0 waiting=0 adrift=0>"
    assert fake.loop.pending() == []


def test_oneOfTwoMayGiveUp(fake: Any) -> None:
    resolver = fake.resolver()
    first, second = look(resolver), look(resolver)
    _, answer = fake.asked()
    first.resolution.cancel()
    answer.put([ROW4])
    fake.loop.turn()
    assert first.told == ["began", "complete"]
    assert second.told == ["began", FOUND4, "complete"]


def test_whoAsksForANameThatWasGivenUpWaitsForTheSameAnswer(fake: Any) -> None:
    resolver = fake.resolver()
    look(resolver).resolution.cancel()
    _, answer = fake.asked()
    again = look(resolver)
    assert repr(resolver) == "<SystemResolver running=1 waiting=0 adrift=0>"
    answer.put([ROW4])
    fake.loop.turn()
    assert again.told == ["began", FOUND4, "complete"]
    assert fake.wasAskedNothing()


def test_aReceiverMayGiveUpAtOnce(fake: Any) -> None:
    class Hasty(Receiver):
        def resolutionBegan(self, resolutionInProgress: Any) -> None:
            resolutionInProgress.cancel()

    receiver = Hasty()
    fake.resolver().resolveHostName(receiver, "host.example")
    assert receiver.told == ["complete"]
    assert fake.wasAskedNothing()


def test_noMoreThanTheLimitAreAtWork(fake: Any) -> None:
    resolver = fake.resolver(maxLookups=2)
    receivers = [look(resolver, f"host{n}.example") for n in range(5)]
    asked = {question[0]: answer for question, answer in (fake.asked(), fake.asked())}
    assert repr(resolver) == "<SystemResolver running=2 waiting=3 adrift=0>"
    receivers[2].resolution.cancel()  # waits: never asked
    receivers[0].resolution.cancel()  # at work: makes room
    question, third = fake.asked()
    assert question[0] == "host3.example"
    asked["host1.example"].put(socket.gaierror())
    fake.loop.turn()
    question, fourth = fake.asked()
    assert question[0] == "host4.example"
    for answer in (asked["host0.example"], third, fourth):
        answer.put([ROW4])
    fake.loop.turn(3)
    assert repr(resolver) == "<SystemResolver running=0 waiting=0 adrift=0>"
    told = [receiver.told[1:] for receiver in receivers]
    assert told == [["complete"]] * 3 + [[FOUND4, "complete"]] * 2


def test_namesThatAreStuckAreGivenUpAndKeepNoTurn(fake: Any) -> None:
    resolver = fake.resolver(maxLookups=1, maxThreads=2, patienceSeconds=7)
    stuck, quick, late = (look(resolver, name) for name in ("stuck", "quick", "late"))
    assert fake.asked()[0][0] == "stuck"
    (timer,) = fake.loop.pending()
    assert timer.seconds == 7
    timer.due()
    assert stuck.told == ["began", "complete"]
    question, answer = fake.asked()
    assert question[0] == "quick"
    answer.put([ROW4])
    fake.loop.turn()
    assert quick.told == ["began", FOUND4, "complete"]
    assert fake.asked()[0][0] == "late"
    late.resolution.cancel()
    look(resolver, "beyond")
    assert repr(resolver) == "<SystemResolver running=0 waiting=1 adrift=2>"
    assert fake.wasAskedNothing()  # each of the threads is taken


def test_lookupsLeaveTheThreadPoolsAlone(reactor: Any) -> None:
    """As many stuck names as the pool has threads delay no job of it."""
    stuck = threading.Event()

    def getaddrinfo(*args: Any) -> Any:
        stuck.wait(20)
        return [ROW4]

    resolver = SystemResolver(reactor, getaddrinfo)
    reactor.installNameResolver(resolver)

    def begin() -> Deferred[Any]:
        for n in range(resolver.maxLookups):
            resolver.resolveHostName(Receiver(), f"host{n}.example")
        return deferToThreadPool(reactor, reactor.getThreadPool(), lambda: "done")

    try:
        assert drive(reactor, begin) == "done"
        assert repr(resolver) == "<SystemResolver running=32 waiting=0 adrift=0>"
    finally:
        stuck.set()


def test_theSystemKnowsItsOwnName(eachReactor: Any) -> None:
    receiver = Receiver()

    def begin() -> Deferred[Any]:
        eachReactor.nameResolver.resolveHostName(receiver, "localhost", 80, [IPv4Address])
        return receiver.done

    drive(eachReactor, begin)
    assert receiver.told == ["began", IPv4Address("TCP", "127.0.0.1", 80), "complete"]


def test_theDefaultOfAReactorCanBeAskedInTheOldWayToo(eachReactor: Any) -> None:
    assert drive(eachReactor, eachReactor.resolve, "localhost") == "127.0.0.1"


# GAIResolver


def test_theThreadPoolOfTheReactorIsUsed(eachReactor: Any) -> None:
    calls: list[Any] = []

    def getaddrinfo(*args: Any) -> Any:
        calls.append(args)
        return [ROW6, ROW4]

    receiver = Receiver()
    resolver = GAIResolver(eachReactor, getaddrinfo=getaddrinfo)

    def begin() -> Deferred[Any]:
        resolver.resolveHostName(receiver, "bücher.ch", 80, [IPv6Address, IPv4Address], "UDP")
        return receiver.done

    drive(eachReactor, begin)
    assert calls == [("xn--bcher-kva.ch", 80, AF_UNSPEC, SOCK_DGRAM)]
    assert receiver.told == ["began", FOUND6, FOUND4, "complete"]


@pytest.mark.parametrize(("error", "count"), [(socket.gaierror(), 0), (ZeroDivisionError(), 1)])
def test_onlyStrangeErrorsOfThreadsAreLogged(
    reactor: Any, logged: list[Any], error: Exception, count: int
) -> None:
    receiver = Receiver()
    resolver = GAIResolver(reactor, getaddrinfo=mock.Mock(side_effect=error))

    def begin() -> Deferred[Any]:
        resolver.resolveHostName(receiver, "host.example")
        return receiver.done

    drive(reactor, begin)
    assert receiver.told == ["began", "complete"]
    assert len(logged) == count


# The adapters


@implementer(IResolverSimple)
class Simple:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Deferred[str]]] = []

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:
        self.asked.append((name, Deferred()))
        return self.asked[-1][1]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("192.0.2.1", IPv4Address("UDP", "192.0.2.1", 80)),
        ("2001:db8::1", IPv6Address("UDP", "2001:db8::1", 80)),
    ],
)
def test_aSimpleResolverServesReceivers(answer: str, found: Any) -> None:
    simple = Simple()
    resolver = SimpleResolverComplexifier(simple)
    assert verifyObject(IHostnameResolver, resolver)
    receiver = look(resolver, "bücher.ch", transportSemantics="UDP")
    name, deferred = simple.asked[0]
    assert name == "xn--bcher-kva.ch"
    deferred.callback(answer)
    assert receiver.told == ["began", found, "complete"]


def test_anAddressOfAnUnwantedFamilyIsKeptBack() -> None:
    simple = Simple()
    receiver = look(SimpleResolverComplexifier(simple), addressTypes=[IPv6Address])
    simple.asked[0][1].callback("192.0.2.1")
    assert receiver.told == ["began", "complete"]


@pytest.mark.parametrize(("error", "count"), [(DNSLookupError(), 0), (ZeroDivisionError(), 1)])
def test_onlyStrangeErrorsOfASimpleResolverAreLogged(
    logged: list[Any], error: Exception, count: int
) -> None:
    simple = Simple()
    receiver = look(SimpleResolverComplexifier(simple))
    simple.asked[0][1].errback(error)
    assert receiver.told == ["began", "complete"]
    assert len(logged) == count


def test_aHostnameResolverServesInTheOldWay(fake: Any) -> None:
    simple = ComplexResolverSimplifier(fake.resolver())
    assert verifyObject(IResolverSimple, simple)
    outcomes: list[Any] = []
    for name, rows in (
        ("host.example", [ROW4, (AF_INET, SOCK_STREAM, 6, "", ("192.0.2.2", 80))]),
        ("nowhere.example", []),
    ):
        simple.getHostByName(name).addBoth(outcomes.append)
        question, answer = fake.asked()
        assert question[2] == AF_INET
        answer.put(rows)
        fake.loop.turn()
    assert outcomes[0] == "192.0.2.1"
    assert outcomes[1].check(DNSLookupError)
    assert "nowhere.example" in str(outcomes[1].value)


def test_theOldWayCanBeCancelled(fake: Any) -> None:
    outcomes: list[Any] = []
    resolver = fake.resolver()
    simple = ComplexResolverSimplifier(resolver)
    simple.getHostByName("host.example").addBoth(outcomes.append).cancel()
    assert outcomes[0].check(CancelledError)
    assert repr(resolver) == "<SystemResolver running=0 waiting=0 adrift=1>"


def test_aLookupThatCannotBeInterruptedSaysSo() -> None:
    with pytest.raises(NotImplementedError, match=r"host\.example"):
        HostResolution("host.example").cancel()
    outcomes: list[Any] = []
    deferred: Deferred[str] = Deferred(lambda it: winner._giveUp(it))
    winner = FirstOneWins(deferred)
    winner.resolutionBegan(HostResolution("host.example"))
    deferred.addBoth(outcomes.append).cancel()
    winner.addressResolved(FOUND4)
    winner.resolutionComplete()
    assert len(outcomes) == 1
