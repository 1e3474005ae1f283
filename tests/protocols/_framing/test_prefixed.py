"""Strings with their length in front of them."""

from __future__ import annotations

import struct
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols._framing.splits import everyCut, feed, pieces
from twisted.internet.testing import StringTransport
from twisted.protocols.basic import (
    Int8StringReceiver,
    Int16StringReceiver,
    Int32StringReceiver,
    IntNStringReceiver,
    StatefulStringProtocol,
    StringTooLongError,
)


class Noting:
    """Writes down what it is called with."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def stringReceived(self, string: bytes) -> None:
        self.seen.append(string)


class Strings8(Noting, Int8StringReceiver):
    """One byte of length."""


class Strings16(Noting, Int16StringReceiver):
    """Two bytes of length."""


class Strings32(Noting, Int32StringReceiver):
    """Four bytes of length."""


each = pytest.mark.parametrize("kind", [Strings8, Strings16, Strings32])


def connected(kind: type[Any] = Strings16, **attributes: Any) -> Any:
    protocol = kind()
    for name, value in attributes.items():
        setattr(protocol, name, value)
    protocol.makeConnection(StringTransport())
    return protocol


def sent(kind: type[Any], *strings: bytes) -> bytes:
    protocol = connected(kind)
    for string in strings:
        protocol.sendString(string)
    return bytes(protocol.transport.value())


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [(Strings8, b"\3abc"), (Strings16, b"\0\3abc"), (Strings32, b"\0\0\0\3abc")],
)
def test_theLengthComesFirstInNetworkOrder(kind: type[Any], wanted: bytes) -> None:
    assert sent(kind, b"abc") == wanted


@given(
    st.sampled_from([Strings8, Strings16, Strings32]),
    st.lists(st.binary(max_size=40), max_size=8),
    st.data(),
)
def test_whatIsSentIsReceivedHoweverItIsCut(
    kind: type[Any], strings: list[bytes], data: st.DataObject
) -> None:
    _, parts = data.draw(pieces(st.just(sent(kind, *strings))))
    protocol = feed(connected(kind), parts)
    assert (protocol.seen, protocol.recvd) == (strings, b"")


@each
def test_everyCutGivesTheSameStrings(kind: type[Any]) -> None:
    for parts in everyCut(sent(kind, b"", b"\0\0\0\1x", b"y" * 30)):
        assert feed(connected(kind), parts).seen == [b"", b"\0\0\0\1x", b"y" * 30]


@each
def test_aStringOfJustTheAllowedLengthIsReceived(kind: type[Any]) -> None:
    protocol = feed(connected(kind, MAX_LENGTH=5), [sent(kind, b"12345")])
    assert (protocol.seen, protocol.transport.disconnecting) == ([b"12345"], False)


@each
def test_oneByteMoreClosesTheConnectionBeforeItComes(kind: type[Any]) -> None:
    stream = sent(kind, b"a") + struct.pack(kind.structFormat, 6)
    for parts in everyCut(stream):
        protocol = feed(connected(kind, MAX_LENGTH=5), [*parts, b"123456", sent(kind, b"b")])
        assert protocol.transport.disconnecting
        assert protocol.seen == [b"a"]
        assert protocol.recvd == b""


@pytest.mark.parametrize("length", [2**31, 2**32 - 1, 100_000])
def test_aHugeLengthIsRefused(length: int) -> None:
    protocol = feed(connected(Strings32), [struct.pack("!I", length)])
    assert protocol.transport.disconnecting


def test_aStringTooLongIsLeftOutWhereTheConnectionIsKept() -> None:
    class Keeping(Strings16):
        def lengthLimitExceeded(self, length: int) -> None:
            self.seen.append(("long", length, self.recvd))

    stream = sent(Strings16, b"a", b"123456", b"b")
    for parts in everyCut(stream):
        protocol = feed(connected(Keeping, MAX_LENGTH=5), parts)
        first, (kind, length, rest), last = protocol.seen
        assert (first, kind, length, last) == (b"a", "long", 6, b"b")
        assert rest.startswith(b"\0\6")


def test_aLongStringInManyPartsTakesTimeInProportion() -> None:
    size = 300_000
    stream = sent(Strings32, b"x" * size)
    protocol = connected(Strings32, MAX_LENGTH=size)
    begin = time.process_time()
    feed(protocol, [stream[i : i + 1] for i in range(len(stream))])
    assert protocol.seen == [b"x" * size]
    assert time.process_time() - begin < 5


def test_whatFollowsCanBeSeenAndChangedWhileReceiving() -> None:
    class Changing(Strings16):
        def stringReceived(self, string: bytes) -> None:
            self.seen.append((string, self.recvd))
            if string == b"a":
                self.recvd = b"\0\1c"

    protocol = feed(connected(Changing), [b"\0\1a\0\1b"])
    assert protocol.seen == [(b"a", b"\0\1b"), (b"c", b"")]


def test_pausingHoldsTheFollowingStringsBack() -> None:
    class Pausing(Strings16):
        def stringReceived(self, string: bytes) -> None:
            self.seen.append(string)
            self.pauseProducing()

    protocol = feed(connected(Pausing), [b"\0\1a\0\1b", b"\0\1c"])
    assert protocol.seen == [b"a"]
    protocol.resumeProducing()
    protocol.resumeProducing()
    assert protocol.seen == [b"a", b"b", b"c"]


def test_pausingAndResumingWithinOneCallDoesNotNestNorRepeat() -> None:
    class Hesitating(Strings16):
        def stringReceived(self, string: bytes) -> None:
            self.pauseProducing()
            self.resumeProducing()
            self.seen.append(string)

    protocol = feed(connected(Hesitating), [b"\0\1a" * 5000])
    assert protocol.seen == [b"a"] * 5000


def test_aStringThatRaisedIsNotDeliveredAgain() -> None:
    class Failing(Strings16):
        def stringReceived(self, string: bytes) -> None:
            self.seen.append(string)
            if string == b"a":
                raise ValueError(string)

    protocol = connected(Failing)
    with pytest.raises(ValueError):
        protocol.dataReceived(b"\0\1a\0\1b")
    feed(protocol, [b""])
    assert protocol.seen == [b"a", b"b"]


@pytest.mark.parametrize(("kind", "most"), [(Strings8, 255), (Strings16, 65535)])
def test_whatThePrefixCannotAnnounceCannotBeSent(kind: type[Any], most: int) -> None:
    assert len(sent(kind, b"x" * most)) == most + kind.prefixLength
    with pytest.raises(StringTooLongError, match=str(most)):
        sent(kind, b"x" * (most + 1))


def test_anotherWayToWriteTheLengthIsASubclassAway() -> None:
    class Little(Noting, IntNStringReceiver):
        structFormat = "<H"
        prefixLength = 2

    assert feed(connected(Little), [b"\3\0abc"]).seen == [b"abc"]


def test_eachStringGoesToTheMethodOfTheState() -> None:
    class Talk(StatefulStringProtocol, Int16StringReceiver):
        def __init__(self) -> None:
            self.seen: list[Any] = []

        def proto_init(self, string: bytes) -> str:
            self.seen.append(("init", string))
            return "named"

        def proto_named(self, string: bytes) -> str:
            self.seen.append(("named", string))
            return "done"

    protocol = feed(connected(Talk), [sent(Strings16, b"a", b"b", b"c")])
    assert protocol.seen == [("init", b"a"), ("named", b"b")]
    assert (protocol.state, protocol.transport.disconnecting) == ("done", True)
