"""Bytes on the wire: what is written, what is read, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import named
from tests.support.examples import examples
from twisted.internet.testing import StringTransport
from twisted.spread import banana
from twisted.spread._banana.reading import MORE, BananaReader
from twisted.spread._banana.writing import BananaWriter

DIALECT = b"\x02\x82pb"
OFFER = b"\x02\x80\x02\x82pb\x04\x82none"

# Recorded with Twisted 26.10.0.
wire: list[tuple[Any, bytes]] = [
    (0, b"\x00\x81"),
    (127, b"\x7f\x81"),
    (128, b"\x00\x01\x81"),
    (-1, b"\x01\x83"),
    (2**31 - 1, b"\x7f\x7f\x7f\x7f\x07\x81"),
    (2**31, b"\x00\x00\x00\x00\x08\x85"),
    (-(2**31), b"\x00\x00\x00\x00\x08\x83"),
    (-(2**31) - 1, b"\x01\x00\x00\x00\x08\x86"),
    (2**448 - 1, b"\x7f" * 64 + b"\x85"),
    (1.5, b"\x84?\xf8\x00\x00\x00\x00\x00\x00"),
    (-0.0, b"\x84\x80\x00\x00\x00\x00\x00\x00\x00"),
    (b"", b"\x00\x82"),
    (b"remote", b"\x06\x82remote"),
    ([], b"\x00\x80"),
    ([1, [b"x"]], b"\x02\x80\x01\x81\x01\x80\x01\x82x"),
]

expressions = st.recursive(
    st.integers(-(2**447), 2**447)
    | st.binary(max_size=50)
    | st.sampled_from([b"remote", b"message", b"None"])
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=6),
    max_leaves=30,
)


def readAll(reader: BananaReader, pieces: list[bytes]) -> list[Any]:
    found = []
    for piece in pieces:
        reader.feed(piece)
        while (item := reader.next()) is not MORE:
            found.append(item)
    return found


def words() -> BananaReader:
    return BananaReader(banana.Banana.incomingVocabulary)


@pytest.mark.parametrize(("obj", "encoded"), wire, ids=[named(obj) for obj, _ in wire])
def test_whatIsWrittenIsWhatOthersWrite(obj: Any, encoded: bytes) -> None:
    assert banana.encode(obj) == encoded
    assert banana.decode(encoded) == obj


@given(st.lists(expressions, max_size=4), st.data())
@settings(max_examples=examples(150), deadline=None)
def test_anySplitOfAStreamGivesTheSameExpressions(objects: list[Any], data: st.DataObject) -> None:
    writer = BananaWriter(banana.Banana.outgoingVocabulary)
    stream = b"".join(writer.write(each) for each in objects)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [
        stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
    ]
    assert readAll(words(), pieces) == objects
    assert readAll(words(), [bytes((byte,)) for byte in stream]) == objects


@given(st.binary(max_size=200), st.integers(0, 200))
@settings(max_examples=examples(300), deadline=None)
def test_anyBytesAreExpressionsOrRefused(data: bytes, cut: int) -> None:
    """And the same ones, wherever the bytes are cut."""

    def read(pieces: list[bytes]) -> tuple[list[Any], bool]:
        reader, found = words(), []
        try:
            for piece in pieces:
                reader.feed(piece)
                while (item := reader.next()) is not MORE:
                    found.append(repr(item))
        except banana.BananaError:
            return found, False
        return found, True

    assert read([data]) == read([data[:cut], data[cut:]])


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(b"\x00" * 65, id="a number of 65 bytes"),
        pytest.param(b"\x00" * 66 + b"\x81", id="a number of 66 bytes, and its type"),
        pytest.param(b"\x01\x00\x28\x82", id="a string of 655361 bytes"),
        pytest.param(b"\x01\x00\x28\x80", id="a list of 655361 items"),
        pytest.param(b"\x7f" * 64 + b"\x82", id="a string of 2**448 bytes"),
        pytest.param(b"\x01\x88", id="an unknown type"),
        pytest.param(b"\x01\xff", id="the last type"),
        pytest.param(b"\x00\x87", id="word 0"),
        pytest.param(b"\x20\x87", id="word 32"),
        pytest.param(b"\x01\x80" * 1001, id="1001 lists in lists"),
    ],
)
def test_whatIsTooLargeOrUnknownIsRefusedAtOnce(encoded: bytes) -> None:
    reader = words()
    with pytest.raises(banana.BananaError):
        readAll(reader, [encoded])
    with pytest.raises(banana.BananaError):
        reader.next()


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(b"\x00" * 64, id="a number of 64 bytes"),
        pytest.param(b"\x00\x00\x28\x82", id="a string of 655360 bytes"),
        pytest.param(b"\x00\x00\x28\x80", id="a list of 655360 items"),
        pytest.param(b"\x01\x80" * 1000, id="1000 lists in lists"),
    ],
)
def test_whatIsAtTheBoundIsWaitedFor(encoded: bytes) -> None:
    assert readAll(words(), [encoded]) == []


def test_anExpressionIsBoundedAsAWhole() -> None:
    reader = words()
    reader.expressionLimit = 10_000
    reader.feed(b"\x00\x00\x01\x80" + b"\x80" * 200)
    with pytest.raises(banana.BananaError, match="expressionLimit"):
        reader.next()


def test_theBoundOfAnExpressionIsForEachOne() -> None:
    reader = words()
    reader.expressionLimit = 1000
    assert len(readAll(reader, [banana.encode([1.5] * 50)] * 100)) == 100


def test_aLongStringInSmallPiecesIsPutTogetherOnce() -> None:
    """No piece is copied again and again: time for each byte does not depend on the length."""
    reader = words()
    whole = banana.encode(b"x" * 600_000)
    reader.feed(whole[:10])
    assert reader.next() is MORE
    for start in range(10, 500_010, 100):
        reader.feed(whole[start : start + 100])
        assert len(reader.held) == 10
    reader.feed(whole[500_010:])
    assert reader.next() == b"x" * 600_000
    assert (reader.next(), reader.held) == (MORE, b"")


@pytest.mark.parametrize(
    "obj",
    ["text", None, {1: 2}, bytearray(b"x"), object(), [1, ["deep"]], 2**448, -(2**448)],
    ids=named,
)
def test_whatCannotBeSentIsAnErrorAndNothingIsSent(obj: Any) -> None:
    transport = StringTransport()
    protocol = banana.Banana()
    protocol.makeConnection(transport)
    with pytest.raises(banana.BananaError):
        protocol.sendEncoded([1, obj])
    assert transport.value() == b""


@pytest.mark.parametrize("obj", [b"x" * 655361, [0] * 655361], ids=["bytes", "list"])
def test_whatOthersWouldRefuseIsNotSent(obj: Any) -> None:
    with pytest.raises(banana.BananaError, match="too long"):
        banana.encode(obj)


def test_halfAnExpressionIsNone() -> None:
    for encoded in (b"", b"\x01", b"\x01\x80", b"\x05\x82abc", b"\x84123"):
        with pytest.raises(IndexError):
            banana.decode(encoded)


class Talker(banana.Banana):
    def __init__(self, isClient: int) -> None:
        super().__init__(isClient)
        self.got: list[Any] = []
        self.text = StringTransport()
        self.makeConnection(self.text)

    def connectionReady(self) -> None:
        self.got.append("ready")

    def expressionReceived(self, lst: Any) -> None:
        self.got.append(lst)


def test_theServerOffersAndTheClientChooses() -> None:
    server, client = Talker(0), Talker(1)
    assert server.text.value() == OFFER
    client.dataReceived(OFFER)
    assert client.text.value() == DIALECT
    server.dataReceived(DIALECT + b"\x10\x87")
    assert (client.got, server.got) == (["ready"], ["ready", b"remote"])
    assert client.currentDialect == server.currentDialect == b"pb"


@pytest.mark.parametrize("answer", [b"\x03\x82xyz", b"\x05\x81", b"\x00\x80", OFFER, b"\x00\x82"])
def test_aClientThatChoosesNoDialectIsDropped(answer: bytes) -> None:
    server = Talker(0)
    server.dataReceived(answer)
    assert server.text.disconnecting
    assert server.got == []


@pytest.mark.parametrize("offer", [DIALECT, b"\x01\x80\x03\x82xyz", b"\x05\x81", b"\x00\x80"])
def test_aServerWithoutAKnownDialectIsDropped(offer: bytes) -> None:
    client = Talker(1)
    client.dataReceived(offer)
    assert client.text.disconnecting
    assert client.got == []


def test_withoutTheDialectThereAreNoWords() -> None:
    client = Talker(1)
    client.dataReceived(b"\x01\x80\x04\x82none")
    client.text.clear()
    client.sendEncoded(b"remote")
    assert client.text.value() == b"\x06\x82remote"
    with pytest.raises(NotImplementedError):
        client.dataReceived(b"\x10\x87")


def test_theBoundsOfASubclassHold() -> None:
    class Small(Talker):
        sizeLimit = 3

    small = Small(1)
    with pytest.raises(banana.BananaError):
        small.dataReceived(b"\x04\x82")
    with pytest.raises(banana.BananaError):
        small.sendEncoded(b"abcd")


def test_theBoundOfNumbersIsForNewConnections() -> None:
    banana.setPrefixLimit(2)
    try:
        with pytest.raises(banana.BananaError):
            banana.encode(2**14)
        assert Talker(1).prefixLimit == 2
    finally:
        banana.setPrefixLimit(64)


def test_whatIsReceivedWhileSomethingIsHandledComesAfterIt() -> None:
    class Reentrant(Talker):
        def expressionReceived(self, lst: Any) -> None:
            self.got.append(lst)
            if lst == 1:
                self.dataReceived(b"\x03\x81")

    client = Reentrant(1)
    client.dataReceived(OFFER)
    client.dataReceived(b"\x01\x81\x02\x81")
    assert client.got == ["ready", 1, 2, 3]


def test_numbersInBase128() -> None:
    written: list[bytes] = []
    banana.int2b128(300, written.append)
    assert banana.b1282int(b"".join(written)) == 300
    assert banana.b1282int(b"") == 0
    with pytest.raises(AssertionError):
        banana.int2b128(-1, written.append)
