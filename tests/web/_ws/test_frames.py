"""What one side of a WebSocket makes of right and wrong frames."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage

from tests.support.examples import examples
from twisted.web._ws.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Conversation,
    WebSocketFault,
)


def masked(first: int, payload: bytes, key: bytes = b"\x01\x02\x03\x04") -> bytes:
    """A frame of a client."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65536:
        head = bytes((first, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0x80 | 127)) + size.to_bytes(8, "big")
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


def heard(*parts: bytes, most: int = 1000) -> tuple[list[Any], int | None]:
    """What a server makes of it: events, and the code of the fault."""
    side = Conversation(False)
    side.maxMessageBytes = most
    events: list[Any] = []
    for part in parts:
        came, fault = side.receive(part)
        events += came
        if fault is not None:
            return events, fault.code
    return events, None


good = {
    "text": (masked(0x81, "grüß".encode()), [(TEXT, "grüß")]),
    "bytes": (masked(0x82, b"\x00\xff"), [(BINARY, b"\x00\xff")]),
    "nothing": (masked(0x81, b""), [(TEXT, "")]),
    "126 bytes": (masked(0x82, b"x" * 126), [(BINARY, b"x" * 126)]),
    "ping": (masked(0x89, b"p"), [(PING, b"p")]),
    "pong": (masked(0x8A, b""), [(PONG, b"")]),
    "close": (masked(0x88, b"\x03\xe8bye"), [(CLOSE, (1000, "bye"))]),
    "close without a code": (masked(0x88, b""), [(CLOSE, (1005, ""))]),
    "a close of programs": (masked(0x88, b"\x0f\xa0"), [(CLOSE, (4000, ""))]),
    "two frames": (masked(0x01, b"ab") + masked(0x80, b"cd"), [(TEXT, "abcd")]),
    "frames of nothing": (
        masked(0x02, b"") + masked(0x00, b"") + masked(0x80, b"x"),
        [(BINARY, b"x")],
    ),
    "a letter in two frames": (masked(0x01, b"\xc3") + masked(0x80, b"\xbc"), [(TEXT, "ü")]),
    "a ping between frames": (
        masked(0x01, b"a") + masked(0x89, b"") + masked(0x80, b"b"),
        [(PING, b""), (TEXT, "ab")],
    ),
    "all that may come": (masked(0x82, b"x" * 1000), [(BINARY, b"x" * 1000)]),
    "all in two frames": (
        masked(0x02, b"x" * 500) + masked(0x80, b"x" * 500),
        [(BINARY, b"x" * 1000)],
    ),
}


@pytest.mark.parametrize(("stream", "wanted"), good.values(), ids=list(good))
def test_framesAreUnderstoodHoweverTheyAreCut(stream: bytes, wanted: list[Any]) -> None:
    assert heard(stream) == (wanted, None)
    assert heard(*(stream[at : at + 1] for at in range(len(stream)))) == (wanted, None)
    for at in range(len(stream)):
        assert heard(stream[:at], stream[at:]) == (wanted, None)


bad = {
    "no mask": (b"\x81\x01a", 1002),
    "the first reserved bit": (masked(0xC1, b"a"), 1002),
    "the second reserved bit": (masked(0xA1, b"a"), 1002),
    "the third reserved bit": (masked(0x91, b"a"), 1002),
    "opcode 3": (masked(0x83, b"a"), 1002),
    "opcode 11": (masked(0x8B, b"a"), 1002),
    "a long ping": (masked(0x89, b"x" * 126), 1002),
    "a ping in parts": (masked(0x09, b"x"), 1002),
    "a continuation of nothing": (masked(0x80, b"x"), 1002),
    "a message within a message": (masked(0x01, b"x") + masked(0x81, b"y"), 1002),
    "a length that is longer than it need be": (b"\x82\xfe\x00\x05\0\0\0\0hello", 1002),
    "a long length that need not be": (b"\x82\xff" + (300).to_bytes(8, "big") + b"\0" * 304, 1002),
    "a length with its first bit": (b"\x82\xff" + b"\x80" + b"\0" * 7 + b"\0\0\0\0", 1002),
    "text that is not UTF-8": (masked(0x81, b"\xff\xfe"), 1007),
    "text that ends in a letter": (masked(0x81, b"\xc3"), 1007),
    "a surrogate": (masked(0x81, b"\xed\xa0\x80"), 1007),
    "parts of text that are not UTF-8": (masked(0x01, b"\xff"), 1007),
    "a letter that is not finished": (masked(0x01, b"\xc3") + masked(0x80, b""), 1007),
    "a close of one byte": (masked(0x88, b"\x03"), 1002),
    "a close with 1005": (masked(0x88, b"\x03\xed"), 1002),
    "a close with 999": (masked(0x88, b"\x03\xe7"), 1002),
    "a close with 5000": (masked(0x88, b"\x13\x88"), 1002),
    "a close whose reason is not UTF-8": (masked(0x88, b"\x03\xe8\xff"), 1007),
    "one byte more than may come": (masked(0x82, b"x" * 1001), 1009),
    "one byte more in two frames": (masked(0x02, b"x" * 500) + masked(0x80, b"x" * 501), 1009),
}


@pytest.mark.parametrize(("stream", "code"), bad.values(), ids=list(bad))
def test_whatBreaksARuleIsAFault(stream: bytes, code: int) -> None:
    assert heard(stream) == ([], code)
    assert heard(*(stream[at : at + 1] for at in range(len(stream)))) == ([], code)


def test_aFrameOfAnEndlessSizeIsRefusedBeforeAnyOfItIsKept() -> None:
    side = Conversation(False)
    _, fault = side.receive(b"\x82\xff\x7f" + b"\xff" * 7)
    assert isinstance(fault, WebSocketFault)
    assert (fault.code, len(side._buffer)) == (1009, 0)


def test_whatCameBeforeAFaultIsGiven() -> None:
    assert heard(masked(0x81, b"good") + b"\x81\x01a") == ([(TEXT, "good")], 1002)


def test_nothingIsReadAfterAClose() -> None:
    assert heard(masked(0x88, b"") + b"\xff\xff") == ([(CLOSE, (1005, ""))], None)


def test_clientsRefuseMasks() -> None:
    _, fault = Conversation(True).receive(masked(0x81, b"a"))
    assert fault is not None
    assert fault.code == 1002


def test_theReasonOfACloseIsCutBetweenLetters() -> None:
    frame = Conversation(False).close(1000, "ü" * 100)
    assert frame[1] == 2 + 122
    assert frame[4:].decode() == "ü" * 61


messages = st.one_of(st.text(max_size=70_000), st.binary(max_size=300))


@given(st.lists(messages, max_size=5), st.booleans(), st.lists(st.integers(0, 400), max_size=6))
@settings(deadline=None, max_examples=examples(60))
def test_bothSidesAndAnotherImplementationUnderstandEachOther(
    sent: list[str | bytes], fromClient: bool, cuts: list[int]
) -> None:
    ours, other = Conversation(fromClient), Conversation(not fromClient)
    theirs = Connection(ConnectionType.SERVER if fromClient else ConnectionType.CLIENT)
    stream = b"".join(
        ours.frame(TEXT if isinstance(each, str) else BINARY, each.encode())
        if isinstance(each, str)
        else ours.frame(BINARY, each)
        for each in sent
    ) + ours.close(1001, "done")
    events: list[Any] = []
    for begin, end in itertools.pairwise([0, *sorted(cuts), len(stream)]):
        came, fault = other.receive(stream[begin:end])
        assert fault is None
        events += [payload for _, payload in came]
    assert events == [*sent, (1001, "done")]
    theirs.receive_data(stream)
    closes = [each for each in theirs.events() if isinstance(each, CloseConnection)]
    assert [each.code for each in closes] == [1001]


@given(st.lists(messages, max_size=5))
@settings(deadline=None, max_examples=examples(60))
def test_whatAnotherImplementationSendsIsUnderstood(sent: list[str | bytes]) -> None:
    theirs = Connection(ConnectionType.CLIENT)
    stream = theirs.send(Ping(b"p"))
    for each in sent:
        text = isinstance(each, str)
        stream += theirs.send(TextMessage(each) if text else BytesMessage(each))  # type: ignore[arg-type]  # by kind
    events, fault = Conversation(False).receive(stream)
    assert fault is None
    assert [payload for _, payload in events] == [b"p", *sent]


@given(st.binary(max_size=300), st.booleans())
@settings(deadline=None, max_examples=examples(300))
def test_noiseGivesEventsOrAFault(noise: bytes, isClient: bool) -> None:
    side = Conversation(isClient)
    _, fault = side.receive(noise)
    assert fault is not None or len(side._buffer) <= len(noise)
