"""Lookup tables for Postfix, by the bytes of its protocol."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols import postfix

table = {b"foo": b"bar", b"a b": b" \r\n\xff%", b"long": b"x" * 4091, b"longer": b"x" * 4092}


def connected(factory: Any = None) -> tuple[Any, StringTransport, Clock]:
    factory = factory or postfix.PostfixTCPMapDictServerFactory(table)
    server, transport, clock = factory.buildProtocol(None), StringTransport(), Clock()
    server.callLater = clock.callLater
    server.makeConnection(transport)
    return server, transport, clock


def asked(data: bytes, factory: Any = None) -> bytes:
    server, transport, _ = connected(factory)
    server.dataReceived(data)
    return transport.value()


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (b"get foo", b"200 bar"),
        (b"get f%6Fo", b"200 bar"),
        (b"get a%20b", b"200 %20%0D%0A%FF%25"),
        (b"get nobody", b"500 "),
        (b"get foo\r", b"500 "),
        (b"get %zz", b"500 "),
        (b"get", b"400 Command 'get' takes 1 parameters."),
        (b"put foo", b"400 Command 'put' takes 2 parameters."),
        (b"put foo bar", b"500 put is not implemented yet."),
        (b"GET foo", b"400 unknown command"),
        (b"get ", b"400 unknown command"),
        (b"", b"400 unknown command"),
        (b"__class__ x", b"400 unknown command"),
    ],
)
def test_aQueryHasItsAnswer(query: bytes, answer: bytes) -> None:
    for kind in (
        postfix.PostfixTCPMapDictServerFactory,
        postfix.PostfixTCPMapDeferringDictServerFactory,
    ):
        assert asked(query + b"\n", kind(table)) == answer + b"\n"


class Slow(postfix.PostfixTCPMapDeferringDictServerFactory):
    def __init__(self) -> None:
        self.waiting: list[tuple[bytes, Deferred[Any]]] = []

    def get(self, key: bytes) -> Deferred[Any]:
        self.waiting.append((key, Deferred()))
        return self.waiting[-1][1]


def test_answersComeInTheOrderOfTheQueries() -> None:
    """As in GHSA-c8m8-j448-xjx7: answers to what was sent at once must not change places."""
    factory = Slow()
    server, transport, _ = connected(factory)
    server.dataReceived(b"get a\nget b\n")
    assert [key for key, _ in factory.waiting] == [b"a"]
    factory.waiting[0][1].callback(b"1")
    assert transport.value() == b"200 1\n"
    factory.waiting[1][1].callback(None)
    assert transport.value() == b"200 1\n500 \n"


def test_aFailureMayBeTriedAgainAndCannotBeginAnotherAnswer() -> None:
    factory = Slow()
    server, transport, _ = connected(factory)
    server.dataReceived(b"get a\nget b\n")
    factory.waiting[0][1].errback(ValueError("oops\n200 x\0y" + "z" * 5000))
    assert transport.value().startswith(b"400 oops 200 x yzzz")
    assert len(transport.value()) == 4096
    factory.waiting[1][1].callback(b"2")
    assert transport.value().endswith(b"\n200 2\n")


def test_anAnswerHasTheBoundThatPostfixHas() -> None:
    assert len(asked(b"get long\n")) == 4096
    assert asked(b"get longer\n").startswith(b"400 ")


@pytest.mark.parametrize("beyond", [False, True])
def test_aQueryHasABound(beyond: bool) -> None:
    server, transport, _ = connected()
    server.dataReceived(b"get " + b"x" * (4092 + beyond) + b"\n")
    assert (transport.value() == b"", transport.disconnecting) == (beyond, beyond)


def test_aSilentClientIsLetGo() -> None:
    server, transport, clock = connected()
    clock.advance(599)
    server.dataReceived(b"get foo\n")
    clock.advance(599)
    assert not transport.disconnecting
    clock.advance(1)
    assert transport.disconnecting
    server, _, clock = connected()
    server.connectionLost()
    assert clock.getDelayedCalls() == []


@given(st.binary())
def test_whatIsQuotedIsOneWordAndComesBack(data: bytes) -> None:
    quoted = postfix.quote(data)
    assert quoted.isascii() and not set(quoted) & set(b" \r\n\0")
    assert postfix.unquote(quoted) == data


@given(st.lists(st.binary(max_size=30)))
def test_eachLineOfAnythingHasOneAnswer(pieces: list[bytes]) -> None:
    server, transport, _ = connected()
    for piece in pieces:
        server.dataReceived(piece)
    assert transport.value().count(b"\n") == b"".join(pieces).count(b"\n")
