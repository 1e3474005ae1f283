"""Host names to addresses: both generations of resolver, and the loop's own."""

from __future__ import annotations

import asyncio
import socket
from socket import AF_INET, AF_INET6, AF_UNSPEC, SOCK_DGRAM, SOCK_STREAM
from typing import Any
from unittest import mock

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.support import drive
from twisted.internet._resolver import (
    ComplexResolverSimplifier,
    FirstOneWins,
    GAIResolver,
    HostResolution,
    LoopResolver,
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


class FakeLoop:
    """A loop whose look-ups are answered by hand."""

    def __init__(self) -> None:
        self.real = asyncio.new_event_loop()
        self.asked: list[tuple[Any, ...]] = []
        self.answers: list[asyncio.Future[Any]] = []

    async def getaddrinfo(self, host: str, port: int, *, family: int, type: int) -> Any:
        self.asked.append((host, port, family, type))
        self.answers.append(self.real.create_future())
        return await self.answers[-1]

    def create_task(self, coroutine: Any) -> Any:
        return self.real.create_task(coroutine)

    def turn(self) -> None:
        for _ in range(4):
            self.real.call_soon(self.real.stop)
            self.real.run_forever()


class FakeReactor:
    """Has a loop, and nothing else."""

    def __init__(self) -> None:
        self._asyncioEventloop = FakeLoop()


@pytest.fixture
def fake() -> Any:
    reactor = FakeReactor()
    yield reactor
    loop = reactor._asyncioEventloop.real
    for task in asyncio.all_tasks(loop):
        task.cancel()
    reactor._asyncioEventloop.turn()
    loop.close()


def look(resolver: Any, name: str = "host.example", **kwargs: Any) -> Receiver:
    receiver = Receiver()
    resolution = resolver.resolveHostName(receiver, name, 80, **kwargs)
    assert receiver.resolution is resolution
    assert verifyObject(IHostResolution, resolution)
    return receiver


# LoopResolver


def test_theLoopIsAskedAndItsAnswerHandedOn(fake: Any) -> None:
    loop = fake._asyncioEventloop
    receiver = look(LoopResolver(fake))
    loop.turn()
    assert loop.asked == [("host.example", 80, AF_UNSPEC, SOCK_STREAM)]
    assert receiver.told == ["began"]
    strange = (socket.AF_UNIX, SOCK_STREAM, 0, "", "/s")
    loop.answers[0].set_result([ROW6, strange, ROW4])
    loop.turn()
    assert receiver.told == ["began", FOUND6, FOUND4, "complete"]


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
    look(LoopResolver(fake), **kwargs)
    fake._asyncioEventloop.turn()
    assert fake._asyncioEventloop.asked[0][2:] == (family, kind)


@pytest.mark.parametrize(
    "kwargs", [{"addressTypes": [UNIXAddress]}, {"transportSemantics": "SCTP"}]
)
def test_whatNoHostHasIsAValueError(fake: Any, kwargs: Any) -> None:
    for resolver in (LoopResolver(fake), GAIResolver(fake)):
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
    receiver = look(LoopResolver(fake), name, addressTypes=types)
    assert receiver.told == ["began", *found, "complete"]
    assert fake._asyncioEventloop.asked == []


@pytest.mark.parametrize("name", ["db1", "1.example", "a:b", "256.1.1.1", "node7.rack3"])
def test_aNameThatLooksLikeALiteralIsLookedUp(fake: Any, name: str) -> None:
    look(LoopResolver(fake), name)
    fake._asyncioEventloop.turn()
    assert fake._asyncioEventloop.asked[0][0] == name


def test_anInternationalNameIsEncoded(fake: Any) -> None:
    receiver = look(LoopResolver(fake), "bücher.ch")
    assert receiver.resolution.name == "bücher.ch"
    fake._asyncioEventloop.turn()
    assert fake._asyncioEventloop.asked[0][0] == "xn--bcher-kva.ch"


@pytest.mark.parametrize("name", ["", "\u2ff0", "ü" * 70])
def test_aNameThatCannotBeOneHasNoAddress(fake: Any, name: str) -> None:
    assert look(LoopResolver(fake), name).told == ["began", "complete"]
    assert fake._asyncioEventloop.asked == []


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("too long")])
def test_anUnknownNameHasNoAddress(fake: Any, logged: list[Any], error: Exception) -> None:
    receiver = look(LoopResolver(fake))
    fake._asyncioEventloop.turn()
    fake._asyncioEventloop.answers[0].set_exception(error)
    fake._asyncioEventloop.turn()
    assert receiver.told == ["began", "complete"]
    assert logged == []


def test_aStrangeErrorIsLogged(fake: Any, logged: list[Any]) -> None:
    receiver = look(LoopResolver(fake))
    fake._asyncioEventloop.turn()
    fake._asyncioEventloop.answers[0].set_exception(ZeroDivisionError())
    fake._asyncioEventloop.turn()
    assert receiver.told == ["began", "complete"]
    assert logged[0].check(ZeroDivisionError)


def test_aReceiverThatRaisesIsLogged(fake: Any, logged: list[Any]) -> None:
    class Broken(Receiver):
        def addressResolved(self, address: Any) -> None:
            raise ZeroDivisionError

    LoopResolver(fake).resolveHostName(Broken(), "host.example")
    fake._asyncioEventloop.turn()
    fake._asyncioEventloop.answers[0].set_result([ROW4])
    fake._asyncioEventloop.turn()
    assert logged[0].check(ZeroDivisionError)


def test_cancellingEndsALookupAtOnce(fake: Any) -> None:
    resolver = LoopResolver(fake)
    receiver = look(resolver)
    fake._asyncioEventloop.turn()
    receiver.resolution.cancel()
    assert receiver.told == ["began", "complete"]
    fake._asyncioEventloop.turn()
    assert fake._asyncioEventloop.answers[0].cancelled()
    receiver.resolution.cancel()
    assert receiver.told == ["began", "complete"]
    assert repr(resolver) == "<LoopResolver running=0 waiting=0>"


def test_aReceiverMayGiveUpAtOnce(fake: Any) -> None:
    class Hasty(Receiver):
        def resolutionBegan(self, resolutionInProgress: Any) -> None:
            resolutionInProgress.cancel()

    receiver = Hasty()
    LoopResolver(fake).resolveHostName(receiver, "host.example")
    fake._asyncioEventloop.turn()
    assert receiver.told == ["complete"]
    assert fake._asyncioEventloop.asked == []


def test_noMoreThanTheLimitAreAtWork(fake: Any) -> None:
    loop = fake._asyncioEventloop
    resolver = LoopResolver(fake)
    resolver.maxLookups = 2
    receivers = [look(resolver, f"host{n}.example") for n in range(5)]
    loop.turn()
    assert repr(resolver) == "<LoopResolver running=2 waiting=3>"
    receivers[2].resolution.cancel()  # waits: never asked
    receivers[0].resolution.cancel()  # at work: makes room
    loop.turn()
    assert [asked[0] for asked in loop.asked] == ["host0.example", "host1.example", "host3.example"]
    loop.answers[1].set_exception(socket.gaierror())
    loop.turn()
    assert loop.asked[-1][0] == "host4.example"
    for answer in loop.answers[2:]:
        answer.set_result([ROW4])
    loop.turn()
    assert repr(resolver) == "<LoopResolver running=0 waiting=0>"
    told = [receiver.told[1:] for receiver in receivers]
    assert told == [["complete"]] * 3 + [[FOUND4, "complete"]] * 2


def test_aReplacedGetaddrinfoIsUsed(eachReactor: Any) -> None:
    resolver = eachReactor.nameResolver
    assert isinstance(resolver, LoopResolver)
    resolver._getaddrinfo = lambda *args: [ROW4]
    receiver = Receiver()

    def begin() -> Deferred[Any]:
        resolver.resolveHostName(receiver, "host.example")
        return receiver.done

    drive(eachReactor, begin)
    assert receiver.told == ["began", FOUND4, "complete"]


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
    loop = fake._asyncioEventloop
    simple = ComplexResolverSimplifier(LoopResolver(fake))
    assert verifyObject(IResolverSimple, simple)
    outcomes: list[Any] = []
    for _ in range(2):
        simple.getHostByName("host.example").addBoth(outcomes.append)
    loop.turn()
    assert loop.asked[0][2] == AF_INET
    loop.answers[0].set_result([ROW4, (AF_INET, SOCK_STREAM, 6, "", ("192.0.2.2", 80))])
    loop.answers[1].set_result([])
    loop.turn()
    assert outcomes[0] == "192.0.2.1"
    assert outcomes[1].check(DNSLookupError)
    assert "host.example" in str(outcomes[1].value)


def test_theOldWayCanBeCancelled(fake: Any) -> None:
    outcomes: list[Any] = []
    simple = ComplexResolverSimplifier(LoopResolver(fake))
    looking = simple.getHostByName("host.example").addBoth(outcomes.append)
    fake._asyncioEventloop.turn()
    looking.cancel()
    assert outcomes[0].check(CancelledError)
    fake._asyncioEventloop.turn()
    assert fake._asyncioEventloop.answers[0].cancelled()


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
