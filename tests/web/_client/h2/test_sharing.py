"""Which requests go by which connections."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from h2.errors import ErrorCodes

from tests.support.streams import loggedFailures
from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._newclient import (
    RequestTransmissionFailed,
    ResponseFailed,
    ResponseNeverReceived,
)

from .talking import Negotiated, Producing, Web, Whole, ok

refused = ErrorCodes.REFUSED_STREAM


def kinds(got: list[list[Any]]) -> list[Any]:
    return [None if not each else each[0] for each in got]


# One connection


def test_requestsWaitForTheOneHandshakeAndShareItsConnection() -> None:
    web = Web()
    got = [web.ask() for _ in range(10)]
    assert len(web.place.waiting) == 1
    listener = web.place.open(shake=False)
    got.append(web.ask())
    assert listener.heard() == []
    web.place.shake(web.place.transports[0].wrappedProtocol, web.place.transports[0])
    web.place.say(0, listener.settings())
    got.append(web.ask())
    assert listener.requests() == list(range(1, 24, 2))
    for number in range(1, 24, 2):
        web.answer(listener, number)
    assert (kinds(got), web.place.waiting) == ([b"a"] * 12, [])
    assert repr(web.pool) == "<HTTPConnectionPool: 1 free, to 0 places>"


def test_anotherPlaceHasAnotherConnection() -> None:
    web = Web()
    for uri in (b"https://a.example/", b"https://b.example/", b"https://a.example:444/"):
        web.ask(uri)
    assert len(web.place.waiting) == 3


def test_aPlaceWithoutTLSIsAskedByHTTP1AndNobodyWaits() -> None:
    web = Web()
    for _ in range(3):
        web.ask(b"http://a.example/")
    assert len(web.place.waiting) == 3
    assert not hasattr(web.place.waiting[0][1], "acceptableProtocols")


@pytest.mark.parametrize("setting", ["http2", "persistent"])
def test_whoKeepsNoConnectionsOrDoesNotAskForItHasHTTP1(setting: str) -> None:
    web = Web()
    setattr(web.pool, setting, False)
    web.ask()
    assert not hasattr(web.place.waiting[0][1], "acceptableProtocols")


def test_moreThanMayWaitMakeAnotherConnection() -> None:
    web = Web()
    got = [web.ask()]
    assert web.pool._shared is not None
    web.pool._shared.mostWaiting = 2
    got += [web.ask() for _ in range(4)]
    assert len(web.place.waiting) == 3
    first, second = web.open(), web.open()
    assert (first.requests(), second.requests()) == ([1, 3], [1, 3])


def test_moreThanOneConnectionTakesMakeAnotherWhichIsNotKept() -> None:
    web = Web()
    got = [web.ask()]
    listener = web.open()
    web.place.say(0, listener.settings(streams=1))
    web.place.protocols[0].maxWaiting = 1
    got += [web.ask() for _ in range(2)]
    assert len(web.place.waiting) == 1
    other = web.open()
    web.answer(other, 1)
    assert (got[2], other.ended()) == ([b"a"], ErrorCodes.NO_ERROR)
    web.answer(listener, 1)
    web.answer(listener, 3)
    assert (got[0], got[1], listener.ended()) == ([b"a"], [b"a"], None)


# Who cannot connect


def test_anErrorIsToldToAllWhoWaitAndTheNextTriesAgain() -> None:
    web = Web()
    got = [web.ask() for _ in range(3)]
    web.place.refuse(ConnectionRefusedError())
    assert [type(each[0]) for each in got] == [ConnectionRefusedError] * 3
    web.ask()
    assert len(web.place.waiting) == 1


def test_aHandshakeThatFailsIsAsByHTTP1() -> None:
    web = Web()
    got = [web.ask() for _ in range(2)]
    web.place.open(shake=False)
    web.place.transports[0].wrappedProtocol.connectionLost(Failure(ConnectionLost()))
    for each in got:
        assert isinstance(each[0], ResponseNeverReceived)
        assert each[0].reasons[0].check(ConnectionLost)


def test_whoLeavesLeavesTheOthersAndTheLastStopsConnecting() -> None:
    web = Web()
    (first, leaving), (second, staying) = web.asking(), web.asking()
    leaving.cancel()
    assert isinstance(first[0], CancelledError)
    assert (second, web.place.cancelled) == ([], 0)
    staying.cancel()
    assert isinstance(second[0], CancelledError)
    assert web.place.cancelled == 1
    assert web.pool._shared is not None
    assert web.pool._shared._places == {}


@pytest.mark.parametrize("speaks", [b"h2", None])
@pytest.mark.parametrize("fails", [False, True])
def test_whoIsToldMayCancelOthersWhoWait(speaks: bytes | None, fails: bool) -> None:
    web = Web(speaks)
    asked: list[Any] = []
    connecting = [web.pool.getConnection(("a", b"https"), web.place) for _ in range(3)]  # type: ignore[arg-type]  # as much of one as it needs
    connecting[0].addBoth(lambda _: connecting[1].cancel())
    for each in connecting:
        each.addBoth(asked.append)
    if fails:
        web.place.refuse(ConnectionRefusedError())
    else:
        web.place.open()
        if speaks is None:
            web.place.open()
    assert len(asked) == 3
    cancelled = [each for each in asked if isinstance(each, Failure) and each.check(CancelledError)]
    assert len(cancelled) == 1


def test_anEndpointThatRaisesLeavesNothingBehind() -> None:
    web = Web()
    web.place.connect = lambda factory: 1 / 0  # type: ignore[method-assign,assignment,return-value]  # that is the point
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            web.ask()
    assert web.pool._shared is not None
    assert web.pool._shared._places == {}


def test_whoLeavesDuringTheHandshakeEndsIt() -> None:
    web = Web()
    got, asked = web.asking()
    web.place.open(shake=False)
    asked.cancel()
    assert isinstance(got[0], CancelledError)
    assert web.place.transports[0].disconnected


# Servers that speak HTTP/1.1


def test_aServerWithoutHTTP2IsAskedByHTTP1() -> None:
    web = Web(speaks=None)
    got = [web.ask() for _ in range(3)]
    web.place.open()
    assert len(web.place.waiting) == 2  # the others need one each
    web.place.open()
    web.place.open()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
    for number in range(3):
        web.place.say(number, answer)
    assert kinds(got) == [b"a"] * 3
    got = [web.ask() for _ in range(3)]
    assert len(web.place.waiting) == 1  # two were kept
    assert not hasattr(web.place.waiting[0][1], "acceptableProtocols")
    web.clock.advance(601)
    web.ask()
    web.ask()
    assert len(web.place.waiting) == 2  # it is found out anew
    assert hasattr(web.place.waiting[1][1], "acceptableProtocols")


def test_aTransportThatCannotNegotiateSpeaksHTTP1() -> None:
    web = Web()
    got = web.ask()
    connecting, factory = web.place.waiting.pop(0)
    transport = StringTransport(lenient=True)
    built = factory.buildProtocol(None)
    built.makeConnection(transport)
    connecting.callback(built)
    assert transport.value().startswith(b"GET / HTTP/1.1\r\n")
    built.dataReceived(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
    assert got == [b"a"]


def test_whoeverLeavesWhileOthersNeedTheirOwnLeavesThat() -> None:
    web = Web(speaks=None)
    web.ask()
    got, asked = web.asking()
    web.place.open()
    asked.cancel()
    assert isinstance(got[0], CancelledError)
    assert web.place.cancelled == 1


def test_placesThatSpeakHTTP1AreNotRememberedWithoutEnd() -> None:
    web = Web(speaks=None)
    for number in range(20):
        web.ask(b"https://a%d.example/" % number)
        assert web.pool._shared is not None
        web.pool._shared.mostPlaces = 5
        web.place.open()
    assert len(web.pool._shared._places) <= 6  # type: ignore[union-attr]  # there is one


# Keeping


def test_aConnectionThatHasNothingToDoIsClosedAfterAWhile() -> None:
    web = Web()
    web.pool.cachedConnectionTimeout = 100
    web.ask()
    listener = web.open()
    web.answer(listener, 1)
    web.clock.advance(90)
    web.ask()
    web.clock.advance(20)
    web.answer(listener, 3)
    web.clock.advance(99)
    assert listener.ended() is None
    web.clock.advance(1)
    assert listener.ended() == ErrorCodes.NO_ERROR
    web.place.lose(0)
    assert web.clock.getDelayedCalls() == []
    web.ask()
    assert len(web.place.waiting) == 1


def test_theFreeOnesAreClosedWhenThePoolIsToldTo() -> None:
    web = Web()
    web.ask(b"https://a.example/")
    web.ask(b"https://b.example/")
    free, busy = web.open(), web.open()
    web.answer(free, 1)
    closed: list[None] = []
    web.pool.closeCachedConnections().addCallback(closed.append)
    assert (free.ended(), busy.ended(), closed) == (ErrorCodes.NO_ERROR, None, [])
    web.place.lose(0)
    assert closed == [None]
    web.answer(busy, 1)
    assert repr(web.pool) == "<HTTPConnectionPool: 1 free, to 0 places>"


# Once more


@pytest.mark.parametrize(
    ("method", "producer"), [(b"GET", None), (b"POST", None), (b"PATCH", None)]
)
def test_aRequestThatWasNotLookedAtIsSentAgainWhateverItIs(method: bytes, producer: Any) -> None:
    web = Web()
    got = web.ask(method=method, producer=producer)
    listener = web.open()
    web.place.say(0, listener.reset(1, refused))
    assert listener.requests() == [1, 3]
    web.answer(listener, 3)
    assert got == [b"a"]


def test_itIsNotSentAgainWithoutEnd() -> None:
    web = Web()
    got = web.ask()
    listener = web.open()
    for number in (1, 3, 5):
        web.place.say(0, listener.reset(number, refused))
    assert listener.requests() == [1, 3, 5]
    assert isinstance(got[0], ResponseNeverReceived)


def test_whatAServerThatGoesDidNotLookAtGoesToAnother() -> None:
    web = Web()
    got = [web.ask(method=b"POST") for _ in range(3)]
    listener = web.open()
    web.place.say(0, listener.settings(streams=2))
    got += [web.ask(method=b"POST", producer=Whole(b"x" * n)) for n in range(100)]
    web.place.say(0, listener.goAwayAfter(3))
    assert len(web.place.waiting) == 1
    other = web.open()
    # The third, and those that waited; two of the first are still at work.
    assert len(other.requests()) == 100
    web.answer(listener, 1)
    web.answer(listener, 3)
    web.answer(other, 1)
    assert [each for each in got if each == [b"a"]] == [[b"a"]] * 3


def test_aServerThatTakesFewRequestsFromEachConnectionAnswersThemAll() -> None:
    web = Web()
    got = [web.ask(method=b"POST") for _ in range(10)]
    for number in range(10):
        listener = web.open()
        web.place.say(number, listener.settings(streams=1), listener.goAwayAfter(1))
        web.answer(listener, 1)
    assert kinds(got) == [b"a"] * 10


def test_aServerThatGoesAtOnceIsNotAskedWithoutEnd() -> None:
    web = Web()
    got = web.ask()
    for number in range(3):
        web.place.say(number, web.open().goAwayAfter(0))
    assert isinstance(got[0], ResponseNeverReceived)
    assert web.place.waiting == []


def test_aBodyThatWasBegunIsNotSentAgain() -> None:
    web = Web()
    got = web.ask(method=b"PUT", producer=Producing(5))
    listener = web.open()
    web.place.say(0, listener.reset(1, refused))
    assert isinstance(got[0], ResponseNeverReceived)


def test_theLossOfAKeptConnectionIsNotNoticed() -> None:
    web = Web()
    web.ask()
    web.answer(web.open(), 1)
    got = [web.ask(), web.ask(method=b"POST"), web.ask(method=b"DELETE")]
    web.place.lose(0, ConnectionLost())
    assert isinstance(got[1][0], ResponseNeverReceived)
    other = web.open()
    web.answer(other, 1)
    web.answer(other, 3)
    assert (got[0], got[2]) == ([b"a"], [b"a"])


def test_theLossOfANewConnectionIs() -> None:
    web = Web()
    got = web.ask()
    web.open()
    web.place.lose(0)
    assert isinstance(got[0], ResponseNeverReceived)
    assert web.place.waiting == []


def test_whatHasBegunToComeIsNotAskedForAgain() -> None:
    web = Web()
    web.ask()
    listener = web.open()
    web.answer(listener, 1)
    half, whole = web.ask(), web.ask(method=b"PUT", producer=Producing(3))
    web.place.say(0, listener.headers(3, ok, end=False))
    web.place.lose(0)
    assert isinstance(half[0], ResponseFailed)
    assert isinstance(whole[0], RequestTransmissionFailed)
    assert web.place.waiting == []


def test_whatWasGivenUpIsNotSentAgain() -> None:
    web = Web()
    web.ask()
    web.answer(web.open(), 1)
    got, asked = web.asking()
    asked.cancel()
    assert isinstance(got[0], ResponseNeverReceived)
    assert web.place.waiting == []


def test_nothingIsSentAgainWhereThatIsSwitchedOff() -> None:
    web = Web()
    web.pool.retryAutomatically = False
    got = web.ask()
    listener = web.open()
    web.place.say(0, listener.reset(1, refused))
    assert isinstance(got[0], ResponseNeverReceived)


def test_theSecondTryCanBeCancelled() -> None:
    web = Web()
    got, asked = web.asking()
    listener = web.open()
    web.place.say(0, listener.goAwayAfter(0))
    assert (got, len(web.place.waiting)) == ([], 1)
    asked.cancel()
    assert isinstance(got[0], CancelledError)
    assert web.place.cancelled == 1


def test_aSecondTryMayGoByHTTP1() -> None:
    web = Web()
    got = web.ask()
    listener = web.open()
    web.place.say(0, listener.goAwayAfter(0))
    web.place.speaks = None
    web.place.open()
    web.place.say(1, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
    assert got == [b"a"]


def test_aConnectionThatIsLostAtOnceFailsNobodyWithoutReason() -> None:
    web = Web()
    got = web.ask()
    web.place.open(shake=False)
    negotiating = web.place.transports[0].wrappedProtocol
    with loggedFailures() as failures:
        negotiating.handshakeCompleted()
        web.place.transports[0].wrappedProtocol.connectionLost(Failure(ConnectionDone()))
    assert isinstance(got[0], ResponseNeverReceived)
    assert failures == []


# What it is made of


def test_theCertificateOfTheServerCanBeSeen() -> None:
    web = Web()
    seen: list[Any] = []
    asked: Any = web.agent.request(b"GET", b"https://a.example/")
    asked.addCallback(seen.append)
    listener = web.open()
    web.place.say(0, listener.headers(1, ok, end=False))
    producer = seen[0]._transport._producer
    assert producer.getPeerCertificate() == "certificate"
    assert producer.getPeer() == web.place.transports[0].getPeer()


def test_whatComesBeforeTheEndOfTheHandshakeIsToldIsNotLost() -> None:
    web = Web()
    got = web.ask()
    listener = web.place.open(shake=False)
    transport: Negotiated = web.place.transports[0]
    first: Any = transport.wrappedProtocol  # type: ignore[attr-defined]  # that of the test
    first.dataReceived(listener.settings())
    first.handshakeCompleted()
    first.dataReceived(listener.headers(1, ok))
    assert got == [b""]


def test_itIsNotImportedBeforeItIsUsed() -> None:
    program = (
        "import sys, twisted.web.client\n"
        "from twisted.internet.task import Clock\n"
        "pool = twisted.web.client.HTTPConnectionPool(Clock())\n"
        "pool.getConnection(('x', b'https'), type('E', (), {'connect': lambda s, f: None})())\n"
        "print([n for n in sys.modules if n == 'h2' or 'h2.' in n or 'hpack' in n])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_whereItIsNotInstalledThatIsSaid(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.startswith("twisted.web._client.h2."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hpack", None)
    for name in ("fields", "core", "asking"):
        monkeypatch.delitem(sys.modules, f"twisted.web._h2.{name}", raising=False)
    web = Web()
    with pytest.raises(NotImplementedError, match="http2"):
        web.ask()
