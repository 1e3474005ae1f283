"""Netstrings: cut anyhow, and everything that is none."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols._framing.splits import everyCut, feed, pieces
from twisted.internet.testing import StringTransport
from twisted.protocols.basic import NetstringReceiver


class Strings(NetstringReceiver):
    """Writes down what it is called with."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def stringReceived(self, string: bytes) -> None:
        self.seen.append(string)


def connected(kind: type[Any] = Strings, **attributes: Any) -> Any:
    protocol = kind()
    for name, value in attributes.items():
        setattr(protocol, name, value)
    protocol.makeConnection(StringTransport())
    return protocol


def sent(*strings: bytes) -> bytes:
    protocol = connected()
    for string in strings:
        protocol.sendString(string)
    return bytes(protocol.transport.value())


def test_aStringIsSentWithItsLengthInDecimal() -> None:
    assert sent(b"hello world!", b"") == b"12:hello world!,0:,"


@given(st.lists(st.binary(max_size=30), max_size=8), st.data())
def test_whatIsSentIsReceivedHoweverItIsCut(strings: list[bytes], data: st.DataObject) -> None:
    _, parts = data.draw(pieces(st.just(sent(*strings))))
    assert feed(connected(), parts).seen == strings


def test_everyCutGivesTheSameStrings() -> None:
    for parts in everyCut(sent(b"3:abc,", b"", b",,", b"x" * 40)):
        assert feed(connected(), parts).seen == [b"3:abc,", b"", b",,", b"x" * 40]


@pytest.mark.parametrize(
    "stream",
    [
        b"abc",
        b":abc,",
        b"03:abc,",
        b"00:,",
        b"-1:,",
        b"+3:abc,",
        b" 3:abc,",
        b"3 :abc,",
        b"3_0:",
        b"0x3:abc,",
        b"3:abcd,",
        b"3:abc;",
        b"2:abc,",
        b"3:abc,\n",
        b"2147483648:",
        b"99999999999999999999999",
        "\u0663:abc,".encode(),
        b"\x00",
    ],
)
def test_anythingElseClosesTheConnectionHoweverItIsCut(stream: bytes) -> None:
    for parts in everyCut(stream):
        protocol = feed(connected(), parts)
        assert protocol.transport.disconnecting
        assert protocol.brokenPeer == 1
        assert protocol.seen in ([], [b"abc"])


def test_aStringOfJustTheAllowedLengthIsReceived() -> None:
    protocol = feed(connected(MAX_LENGTH=12), [b"12:abcdefghijkl,"])
    assert (protocol.seen, protocol.brokenPeer) == ([b"abcdefghijkl"], 0)


@pytest.mark.parametrize("stream", [b"13:", b"13", b"100", b"2000:"])
def test_oneByteMoreIsRefusedBeforeItComes(stream: bytes) -> None:
    protocol = feed(connected(MAX_LENGTH=12), [stream])
    assert (protocol.seen, protocol.brokenPeer) == ([], 1)


def test_nothingIsReceivedFromABrokenPeer() -> None:
    protocol = feed(connected(), [b"x", b"1:a,", b"1:b,"])
    assert (protocol.seen, protocol._buffer) == ([], b"")


def test_aLongStringThatComesByteByByteTakesTimeInProportion() -> None:
    size = 300_000
    stream = sent(b"x" * size)
    protocol = connected(MAX_LENGTH=size)
    begin = time.process_time()
    feed(protocol, [stream[i : i + 1] for i in range(len(stream))])
    assert protocol.seen == [b"x" * size]
    assert time.process_time() - begin < 5


def test_beingFedWhileReceivingPutsTheBytesBehindTheRest() -> None:
    class Feeding(Strings):
        def stringReceived(self, string: bytes) -> None:
            self.seen.append(string)
            if string == b"a":
                self.dataReceived(b"c,1:d,")

    assert feed(connected(Feeding), [b"1:a,1:b,1:"]).seen == [b"a", b"b", b"c", b"d"]


def test_textCannotBeSent() -> None:
    with pytest.raises(TypeError):
        connected().sendString("text")


def test_whoOverridesNothingIsToldWhatIsMissing() -> None:
    with pytest.raises(NotImplementedError, match="stringReceived"):
        feed(connected(NetstringReceiver), [b"1:a,"])
