"""Ident: who owns a connection."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import drive
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.protocols import ident
from twisted.python.failure import Failure


class Server(ident.IdentServer):
    owner: Any = ("UNIX", "bob")

    def lookup(self, serverAddress: Any, clientAddress: Any) -> Any:
        self.asked = serverAddress, clientAddress
        if isinstance(self.owner, Exception):
            raise self.owner
        return self.owner


def asked(data: bytes, owner: Any = Server.owner) -> tuple[bytes, bool]:
    server, transport = Server(), StringTransport()
    server.owner = owner
    server.makeConnection(transport)
    server.dataReceived(data)
    return transport.value(), transport.disconnecting


@pytest.mark.parametrize("query", [b"6193, 23\r\n", b"6193,23\r\n", b" 6193 , 23 \r\n"])
def test_aQueryIsAnsweredWithTheOwner(query: bytes) -> None:
    wanted = b"6193, 23 : USERID : UNIX : bob\r\n"
    for owner in (Server.owner, succeed(Server.owner)):
        assert asked(query, owner) == (wanted, False)
    server = Server()
    server.makeConnection(StringTransport())
    server.dataReceived(query)
    assert server.asked == (("10.0.0.1", 6193), ("192.168.1.1", 23))


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (ident.NoUser(), b"NO-USER"),
        (ident.HiddenUser(), b"HIDDEN-USER"),
        (ident.InvalidPort(), b"INVALID-PORT"),
        (ident.IdentError(), b"UNKNOWN-ERROR"),
    ],
)
def test_anErrorIsToldByItsWord(error: Any, word: bytes) -> None:
    for owner in (error, fail(error)):
        assert asked(b"1, 2\r\n", owner) == (b"1, 2 : ERROR : " + word + b"\r\n", False)


@pytest.mark.parametrize("ports", ["0, 1", "1, 0", "65536, 1", "1, 65536", "-1, 5"])
def test_aPortOutOfRangeHasItsOwnError(ports: str) -> None:
    query = ports.encode()
    assert asked(query + b"\r\n") == (query + b" : ERROR : INVALID-PORT\r\n", False)


@pytest.mark.parametrize(
    "query",
    [b"", b"1", b"1,2,3", b"x,2", b"1_0,2", b"+1,2", b"\xff,2", b"1\0,2", b"1" * 11 + b",2"],
)
def test_whatIsNoQueryEndsTheConnection(query: bytes) -> None:
    assert asked(query + b"\r\n") == (b"", True)


@pytest.mark.parametrize("beyond", [False, True])
def test_aQueryHasABound(beyond: bool) -> None:
    query = b"1,2".ljust(1000 + beyond)
    answer, closed = asked(query + b"\r\n")
    assert (answer == b"", closed) == (beyond, beyond)


@pytest.mark.parametrize("name", ["a\r\n2, 3 : USERID : UNIX : root", "a\0b", "a\n"])
def test_aNameCannotBeginAnotherAnswer(name: str) -> None:
    logged: list[Any] = []
    globalLogPublisher.addObserver(logged.append)
    try:
        answer, _ = asked(b"1, 2\r\n", ("UNIX", name))
    finally:
        globalLogPublisher.removeObserver(logged.append)
    assert answer == b"1, 2 : ERROR : UNKNOWN-ERROR\r\n"
    assert any("log_failure" in event for event in logged)


def client() -> tuple[ident.IdentClient, StringTransport, list[Any]]:
    made, transport = ident.IdentClient(), StringTransport()
    made.makeConnection(transport)
    return made, transport, []


def test_questionsAreAskedOneAfterTheOther() -> None:
    made, transport, results = client()
    made.lookup(5, 6).addCallback(results.append)
    made.lookup(7, 8).addErrback(results.append)
    assert transport.value() == b"5, 6\r\n"
    made.dataReceived(b"5,6:USERID:UNIX : bob\r\n")
    assert transport.value() == b"5, 6\r\n7, 8\r\n"
    made.dataReceived(b"7, 8 : ERROR : NO-USER\r\n")
    assert results[0] == ("USERID", "UNIX : bob")
    assert results[1].check(ident.NoUser)


@pytest.mark.parametrize(
    "answer",
    [b"garbage", b"7,8:USERID:UNIX:bob", b"5,6", b"5,6:USERID", b"5,6:ERROR:WHAT", b"", b"\xff"],
)
def test_whatIsNoAnswerIsAnError(answer: bytes) -> None:
    made, _, results = client()
    made.lookup(5, 6).addErrback(results.append)
    made.dataReceived(answer + b"\r\n")
    assert results[0].type is ident.IdentError


def test_anAnswerToNothingEndsTheConnection() -> None:
    made, transport, _ = client()
    made.dataReceived(b"1,2:USERID:UNIX:bob\r\n")
    assert transport.disconnecting


def test_aLostConnectionFailsWhatWaits() -> None:
    made, _, results = client()
    for port in (1, 2):
        made.lookup(port, port).addErrback(results.append)
    made.connectionLost(Failure(ConnectionDone()))
    assert [failure.type for failure in results] == [ident.IdentError] * 2


@given(st.lists(st.binary(max_size=60)))
def test_randomBytesAreAnsweredOrRefused(pieces: list[bytes]) -> None:
    for made in (client()[0], Server()):
        made.makeConnection(StringTransport())
        for piece in pieces:
            made.dataReceived(piece)


@pytest.mark.skipif(sys.platform != "linux", reason="the table is Linux's")
def test_theOwnerOfARealConnectionIsFound(reactor: Any) -> None:
    import pwd

    class Real(ident.ProcServerMixin, ident.IdentServer):
        pass

    async def go() -> Any:
        lost: Deferred[None] = Deferred()
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        port: Any = await endpoint.listen(Factory.forProtocol(Real))
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname()) as mine,
        ):
            asker: Any = await connectProtocol(
                TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port),
                ident.IdentClient(),
            )
            answer = await asker.lookup(mine.getsockname()[1], mine.getpeername()[1])
        asker.connectionLost = lambda reason=None: lost.callback(None)
        asker.transport.loseConnection()
        await lost
        await port.stopListening()
        return answer

    name = pwd.getpwuid(os.getuid()).pw_name
    assert drive(reactor, go) == ("USERID", f"LINUX : {name}")
