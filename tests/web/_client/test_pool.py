"""Connections that are kept."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseNeverReceived, readBody
from twisted.web.http_headers import Headers

from .talking import failureOf, response


class Place:
    """A server that is connected to in memory, by as many connections as somebody wants."""

    def __init__(self) -> None:
        self.connections: list[Any] = []

    def connect(self, factory: Any) -> Deferred[Any]:
        connection = factory.buildProtocol(None)
        connection.makeConnection(StringTransport(lenient=True))
        self.connections.append(connection)
        return succeed(connection)

    def endpointForURI(self, uri: Any) -> Place:
        return self


class Web:
    """An agent with a pool, and the place to which all its connections lead."""

    def __init__(self, persistent: bool = True) -> None:
        self.clock = Clock()
        self.place = Place()
        self.pool = HTTPConnectionPool(self.clock, persistent)
        self.agent = Agent.usingEndpointFactory(
            self.clock,
            self.place,  # type: ignore[arg-type]  # as much of one as it needs
            self.pool,
        )

    def ask(self, uri: bytes = b"http://a.example/", method: bytes = b"GET") -> list[Any]:
        """Returns: gets the body, or the exception."""
        got: list[Any] = []
        asked = self.agent.request(method, uri, Headers({b"X": [b"y"]})).addCallback(readBody)
        asked.addCallbacks(got.append, lambda reason: got.append(reason.value))
        return got

    def answer(self, number: int = -1, *fields: bytes) -> None:
        data = response(b"Content-Length: 1", *fields, body=b"a")
        self.place.connections[number].dataReceived(data)

    def close(self, number: int = -1) -> None:
        self.place.connections[number].connectionLost(Failure(ConnectionDone()))


def test_aConnectionIsKeptForTheNextRequest() -> None:
    web = Web()
    for _ in range(3):
        got = web.ask()
        web.answer()
        assert got == [b"a"]
    assert len(web.place.connections) == 1
    assert repr(web.pool) == "<HTTPConnectionPool: 1 free, to 1 places>"


@pytest.mark.parametrize(
    "uri", [b"http://b.example/", b"http://a.example:81/", b"https://a.example/"]
)
def test_aConnectionToAnotherPlaceIsNotTaken(uri: bytes) -> None:
    web = Web()
    web.ask()
    web.answer()
    web.ask(uri)
    assert len(web.place.connections) == 2


def test_aPoolThatKeepsNothingSaysSo() -> None:
    web = Web(persistent=False)
    web.ask()
    connection = web.place.connections[0]
    assert b"Connection: close\r\n" in connection.transport.value()
    web.answer()
    assert connection.transport.disconnecting
    assert web.pool._connections == {}


def test_moreThanThePoolKeepsAreClosedTheOldestFirst() -> None:
    web = Web()
    web.pool.maxPersistentPerHost = 2
    got = [web.ask() for _ in range(4)]
    for number in range(4):
        web.answer(number)
    assert got == [[b"a"]] * 4
    closed = [each.transport.disconnecting for each in web.place.connections]
    assert closed == [True, True, False, False]


def test_aConnectionIsNotKeptForEver() -> None:
    web = Web()
    web.pool.cachedConnectionTimeout = 10
    web.ask()
    web.answer()
    web.clock.advance(9)
    assert not web.place.connections[0].transport.disconnecting
    web.clock.advance(2)
    assert web.place.connections[0].transport.disconnecting
    assert web.clock.getDelayedCalls() == []
    web.ask()
    assert len(web.place.connections) == 2


saying = [
    (b"timeout=5", 4),
    (b"max=100, Timeout = 5", 4),
    (b"timeout=5;max=100", 4),
    (b"timeout=0", 0),
    (b"timeout=9999", 240),
    (b"timeout=-5", 240),
    (b"timeout=99999999999", 240),
    (b"max=100", 240),
]


@pytest.mark.parametrize(("said", "seconds"), saying)
def test_aServerThatSaysHowLongItKeepsAConnectionIsTakenAtItsWord(
    said: bytes, seconds: float
) -> None:
    web = Web()
    web.ask()
    web.answer(-1, b"Keep-Alive: " + said)
    assert [call.getTime() for call in web.clock.getDelayedCalls()] == [seconds]
    web.ask()
    web.answer()
    assert [call.getTime() for call in web.clock.getDelayedCalls()] == [240]


def test_aConnectionThatTheServerClosedIsNotTaken() -> None:
    web = Web()
    web.ask()
    web.answer()
    web.close()
    got = web.ask()
    web.answer()
    assert (got, len(web.place.connections)) == ([b"a"], 2)


@pytest.mark.parametrize(
    ("method", "again"),
    [(b"GET", True), (b"HEAD", True), (b"DELETE", True), (b"POST", False), (b"PUT", False)],
)
def test_aRequestThatAKeptConnectionLostIsSentAgainIfThatChangesNothing(
    method: bytes, again: bool
) -> None:
    web = Web()
    web.ask()
    web.answer()
    got = web.ask(method=method)
    web.close()
    assert (len(web.place.connections) == 2) == again
    assert bool(got) != again


def test_aRequestIsSentAgainOnceOnly() -> None:
    web = Web()
    web.ask()
    web.answer()
    got = web.ask()
    web.close()
    web.close()
    assert len(web.place.connections) == 2
    assert isinstance(got[0], ResponseNeverReceived)


def test_aRequestIsNotSentAgainAfterTheFirstByteOfItsResponse() -> None:
    web = Web()
    web.ask()
    web.answer()
    got = web.ask()
    web.place.connections[0].dataReceived(b"H")
    web.close()
    assert len(web.place.connections) == 1
    assert len(got) == 1


def test_aRequestIsNotSentAgainWhereThatIsNotWanted() -> None:
    web = Web()
    web.pool.retryAutomatically = False
    web.ask()
    web.answer()
    got = web.ask()
    web.close()
    assert len(web.place.connections) == 1
    assert isinstance(got[0], ResponseNeverReceived)


def test_aRequestThatWasCancelledIsNotSentAgain() -> None:
    web = Web()
    web.ask()
    web.answer()
    asked = web.agent.request(b"GET", b"http://a.example/")
    asked.cancel()
    assert failureOf(asked) is not None
    assert len(web.place.connections) == 1


def test_closingThePoolClosesWhatIsFree() -> None:
    web = Web()
    web.ask()
    web.ask(b"http://b.example/")
    web.answer(0)
    web.answer(1)
    closed: list[None] = []
    web.pool.closeCachedConnections().addCallback(closed.append)
    assert all(each.transport.disconnecting for each in web.place.connections)
    assert closed == []
    web.close(0)
    web.close(1)
    assert closed == [None]
    assert web.clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    "data",
    [
        response(b"Content-Length: 1", body=b"a"),
        response(b"Content-Length: 0"),
        response(b"Transfer-Encoding: chunked", body=b"1\r\na\r\n0\r\n\r\n"),
    ],
)
def test_aResponseLeavesNothingForTheCollector(data: bytes) -> None:
    web = Web()
    web.ask()
    web.answer()
    gc.collect()
    gc.disable()
    try:
        for _ in range(200):
            assert web.ask() == []
            web.place.connections[0].dataReceived(data)
        assert gc.collect() < 200  # one cycle in each of them would be more
    finally:
        gc.enable()


def test_aPoisonedConnectionIsNotKept() -> None:
    web = Web()
    web.ask()
    web.place.connections[0].dataReceived(
        response(b"Content-Length: 1", body=b"a") + response(b"Content-Length: 4", body=b"evil")
    )
    got = web.ask()
    web.answer()
    assert (got, len(web.place.connections)) == ([b"a"], 2)
