"""``permessage-deflate``: what is agreed on, what it makes of messages, and what it refuses."""

from __future__ import annotations

import itertools
import json
import os
import zlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, Message, TextMessage
from wsproto.extensions import PerMessageDeflate

from tests.support.examples import examples
from twisted.web._ws.deflating import Agreement, Deflation, Deflator, NotAgreed, offersOf
from twisted.web._ws.frames import BINARY, COMPRESSED, TEXT, Conversation

from .test_frames import masked

name = b"permessage-deflate"


class Whole(Deflation):
    """As few restrictions as there can be."""

    ourBits = 15
    leastBytes = 1


class Forgetful(Whole):
    ourContext = theirContext = False


class Small(Whole):
    ourBits = theirBits = 10


Words = tuple[int, int, bool, bool]


def words(agreement: Agreement) -> Words:
    each = agreement
    return each.ourBits, each.theirBits, each.ourContext, each.theirContext


# What is agreed on

answers: dict[str, tuple[Deflation, bytes, bytes, Words]] = {
    "nothing asked": (Whole(), b"", b"", (15, 15, True, True)),
    "as browsers ask": (Whole(), b"; client_max_window_bits", b"", (15, 15, True, True)),
    "our usual": (
        Deflation(),
        b"; client_max_window_bits",
        b"; server_max_window_bits=12",
        (12, 15, True, True),
    ),
    "we want less memory": (
        Small(),
        b"; client_max_window_bits",
        b"; server_max_window_bits=10; client_max_window_bits=10",
        (10, 10, True, True),
    ),
    "the client knows no smaller window": (
        Small(),
        b"",
        b"; server_max_window_bits=10",
        (10, 15, True, True),
    ),
    "both say how much": (
        Small(),
        b"; server_max_window_bits=9; client_max_window_bits=12",
        b"; server_max_window_bits=9; client_max_window_bits=10",
        (9, 10, True, True),
    ),
    "a value in quotes": (
        Whole(),
        b'; server_max_window_bits="11"',
        b"; server_max_window_bits=11",
        (11, 15, True, True),
    ),
    "no contexts for them": (
        Whole(),
        b"; server_no_context_takeover; client_no_context_takeover",
        b"; server_no_context_takeover; client_no_context_takeover",
        (15, 15, False, False),
    ),
    "no contexts for us": (
        Forgetful(),
        b"",
        b"; server_no_context_takeover; client_no_context_takeover",
        (15, 15, False, False),
    ),
    "a window that zlib has not": (
        Whole(),
        b"; server_max_window_bits=8",
        b"; server_max_window_bits=8",
        (8, 15, True, True),
    ),
}


@pytest.mark.parametrize(("ours", "asked", "said", "wanted"), answers.values(), ids=list(answers))
def test_aServerAgreesToWhatItCan(
    ours: Deflation, asked: bytes, said: bytes, wanted: Words
) -> None:
    answered = ours.answer([name + asked])
    assert answered is not None
    assert answered[0] == name + said
    assert words(answered[1]) == wanted


declined = {
    "another extension": b"x-webkit-deflate-frame",
    "an unknown parameter": name + b"; flavour=vanilla",
    "a parameter twice": name + b"; client_max_window_bits; client_max_window_bits",
    "a window of 7": name + b"; server_max_window_bits=7",
    "a window of 16": name + b"; server_max_window_bits=16",
    "a window of 010": name + b"; server_max_window_bits=010",
    "a signed window": name + b"; server_max_window_bits=+10",
    "no window": name + b"; server_max_window_bits",
    "a context with a value": name + b"; server_no_context_takeover=1",
    "no list": name + b"; ; =",
    "an unfinished quote": name + b'; server_max_window_bits="10',
    "noise": b"\xff\x00",
    "nothing": b"",
}


@pytest.mark.parametrize("offer", declined.values(), ids=list(declined))
def test_anOfferThatCannotBeMetIsDeclined(offer: bytes) -> None:
    assert Whole().answer([offer]) is None


def test_theFirstOfferThatCanBeMetIsTaken() -> None:
    offers = [
        b"x-other; a=b, " + name + b"; server_max_window_bits=99",
        name + b"; client_max_window_bits; client_max_window_bits,,",
        name + b"; server_max_window_bits=9 , " + name,
    ]
    answered = Whole().answer(offers)
    assert answered is not None
    assert answered[0] == name + b"; server_max_window_bits=9"


@pytest.mark.parametrize(
    ("ours", "wanted"),
    [
        (Whole(), b"; client_max_window_bits"),
        (Deflation(), b"; client_max_window_bits=12"),
        (Small(), b"; server_max_window_bits=10; client_max_window_bits=10"),
        (
            Forgetful(),
            b"; server_no_context_takeover; client_no_context_takeover; client_max_window_bits",
        ),
    ],
)
def test_aClientOffersWhatItWants(ours: Deflation, wanted: bytes) -> None:
    assert ours.offer() == name + wanted


accepted: dict[str, tuple[Deflation, bytes, Words]] = {
    "plain": (Whole(), b"", (15, 15, True, True)),
    "less of ours": (Whole(), b"; client_max_window_bits=9", (9, 15, True, True)),
    "less of theirs": (Whole(), b"; server_max_window_bits=9", (15, 9, True, True)),
    "we forget": (Whole(), b"; client_no_context_takeover", (15, 15, False, True)),
    "they forget": (Whole(), b"; server_no_context_takeover", (15, 15, True, False)),
}


@pytest.mark.parametrize(("ours", "said", "wanted"), accepted.values(), ids=list(accepted))
def test_aClientReadsTheAnswer(ours: Deflation, said: bytes, wanted: Words) -> None:
    assert words(ours.accepted([name + said])) == wanted


notAccepted = {
    "another extension": (Whole(), [b"x-other"]),
    "one more": (Whole(), [name + b", x-other"]),
    "two of them": (Whole(), [name, name]),
    "a window without a value": (Whole(), [name + b"; client_max_window_bits"]),
    "an unknown parameter": (Whole(), [name + b"; a"]),
    "a larger window than asked": (Small(), [name + b"; server_max_window_bits=11"]),
    "a window although asked": (Small(), [name]),
    "contexts although asked": (Forgetful(), [name]),
    "noise": (Whole(), [b";"]),
    "nothing": (Whole(), [b""]),
}


@pytest.mark.parametrize(("ours", "said"), notAccepted.values(), ids=list(notAccepted))
def test_aClientTakesNoOtherAnswer(ours: Deflation, said: Sequence[bytes]) -> None:
    with pytest.raises(NotAgreed):
        ours.accepted(said)


@given(st.lists(st.binary(max_size=60), max_size=3))
@settings(deadline=None, max_examples=examples(200))
def test_noHeaderIsTooStrangeToBeReadOrRefused(values: list[bytes]) -> None:
    try:
        found = offersOf(values)
    except NotAgreed:
        return
    assert all(isinstance(each, dict) for each in found)


@pytest.mark.parametrize("many", [name + b"; a" * 20_000 + b" x", b"," * 60_000 + b";"])
def test_aLongHeaderIsReadInOneGo(many: bytes) -> None:
    with pytest.raises(NotAgreed):
        offersOf([many])


# What becomes of messages


def pair(ours: Deflation, theirs: Deflation) -> tuple[Conversation, Conversation]:
    """A client and a server that have agreed."""
    answered = theirs.answer([ours.offer()])
    assert answered is not None
    client, server = Conversation(True), Conversation(False)
    client.deflator = Deflator(ours, ours.accepted([answered[0]]))
    server.deflator = Deflator(theirs, answered[1])
    return client, server


kinds = [Whole(), Forgetful(), Small(), Deflation()]


@given(
    st.sampled_from(kinds),
    st.sampled_from(kinds),
    st.lists(st.one_of(st.text(max_size=600), st.binary(max_size=600)), max_size=6),
    st.booleans(),
    st.lists(st.integers(0, 2000), max_size=6),
)
@settings(deadline=None, max_examples=examples(150))
def test_whatOneSideSendsTheOtherUnderstands(
    ours: Deflation, theirs: Deflation, sent: list[Any], fromClient: bool, cuts: list[int]
) -> None:
    client, server = pair(ours, theirs)
    here, there = (client, server) if fromClient else (server, client)
    stream = b"".join(
        here.message(TEXT, each.encode()) if isinstance(each, str) else here.message(BINARY, each)
        for each in [*sent, *sent]
    )
    came: list[Any] = []
    for begin, end in itertools.pairwise([0, *sorted(cuts), len(stream)]):
        events, fault = there.receive(stream[begin:end])
        assert fault is None
        came += [payload for _, payload in events]
    assert came == [*sent, *sent]


@given(
    st.sampled_from(kinds),
    st.lists(st.one_of(st.text(max_size=600), st.binary(max_size=600)), max_size=6),
    st.booleans(),
)
@settings(deadline=None, max_examples=examples(100))
def test_anotherImplementationUnderstandsAndIsUnderstood(
    ours: Deflation, sent: list[Any], oursIsClient: bool
) -> None:
    extension = PerMessageDeflate()
    us = Conversation(oursIsClient)
    if oursIsClient:
        said = extension.accept(ours.offer().decode())
        assert isinstance(said, str)
        answer = (name + b"; " + said.encode()).rstrip(b"; ")
        us.deflator = Deflator(ours, ours.accepted([answer]))
    else:
        asked = extension.offer()
        offer = name + (b"; " + asked.encode() if isinstance(asked, str) and asked else b"")
        answered = ours.answer([offer])
        assert answered is not None
        extension.finalize(answered[0].decode())
        us.deflator = Deflator(ours, answered[1])
    kind = ConnectionType.SERVER if oursIsClient else ConnectionType.CLIENT
    them = Connection(kind, extensions=[extension])
    for each in sent:
        isText = isinstance(each, str)
        stream = them.send(TextMessage(each) if isText else BytesMessage(each))
        (event,), fault = us.receive(stream)
        assert (event[1], fault) == (each, None)
        data = each.encode() if isText else each
        them.receive_data(us.message(TEXT if isText else BINARY, data))
        parts = [event.data for event in them.events() if isinstance(event, Message)]
        assert ("" if isText else b"").join(parts) == each


def test_theExamplesOfTheStandardAreRead() -> None:
    # RFC 7692, section 7.2.3: one block, two frames, the context of the one before, no
    # compression, a final block, two blocks.
    hello = bytes.fromhex("f248cdc9c90700")
    for stream in [
        masked(0xC1, hello),
        masked(0x41, hello[:3]) + masked(0x80, hello[3:]),
        masked(0xC1, bytes.fromhex("000500faff48656c6c6f00")),
        masked(0xC1, bytes.fromhex("f348cdc9c9070000")),
        masked(0xC1, bytes.fromhex("f24805000000ffffcac9c90700")),
    ]:
        side = Conversation(False)
        side.deflator = Deflator(Whole(), Agreement(15, 15))
        assert side.receive(stream) == ([(TEXT, "Hello")], None)
        again = masked(0xC1, hello)
        assert side.receive(again) == ([(TEXT, "Hello")], None)
    side = Conversation(False)
    side.deflator = Deflator(Whole(), Agreement(15, 15))
    events, _ = side.receive(masked(0xC1, hello) + masked(0xC1, bytes.fromhex("f200110000")))
    assert events == [(TEXT, "Hello")] * 2


def test_aSmallMessageGoesAsItIs() -> None:
    server = Conversation(False)
    server.deflator = Deflator(Deflation(), Agreement(12, 15))
    least = Deflation.leastBytes
    assert server.message(BINARY, b"x" * (least - 1))[0] == 0x80 | BINARY
    assert server.message(BINARY, b"x" * least)[0] == 0x80 | COMPRESSED | BINARY


def test_whatDoesNotGetSmallerGoesAsItIsWhereNoContextIsKept() -> None:
    deflator = Deflator(Forgetful(), Agreement(15, 15, False, False))
    assert deflator.compress(os.urandom(1000)) is None


def test_nothingIsCompressedWithTheWindowThatZlibHasNot() -> None:
    assert Deflator(Whole(), Agreement(8, 15)).compress(b"x" * 1000) is None


def test_messagesThatAreAlikeGetSmallerByTheirContext() -> None:
    alike = [json.dumps({"id": n, "kind": "quote", "of": list(range(40))}).encode() for n in (1, 2)]
    keeping = Deflator(Whole(), Agreement(12, 12))
    forgetting = Deflator(Whole(), Agreement(12, 12, ourContext=False))
    kept = [len(keeping.compress(each) or b"") for each in alike]
    assert kept[1] < kept[0] / 3
    forgotten = [len(forgetting.compress(each) or b"") for each in alike]
    assert min(forgotten) > 3 * kept[1]


def test_aConnectionThatCompressesNothingHoldsNothingForIt() -> None:
    deflator = Deflator(Deflation(), Agreement(12, 15))
    deflator.compress(b"small")
    assert deflator._compressor is deflator._inflator is None


def test_noContextIsHeldWhereNoneIsKept() -> None:
    deflator = Deflator(Forgetful(), Agreement(15, 15, False, False))
    made = deflator.compress(b"x" * 1000)
    assert made is not None
    assert deflator.inflate(made, True, 1000) == b"x" * 1000
    assert deflator._compressor is deflator._inflator is None


# What is refused


def reader(most: int = 1000) -> Conversation:
    side = Conversation(False)
    side.maxMessageBytes = most
    side.deflator = Deflator(Whole(), Agreement(15, 15))
    return side


def raw(data: bytes) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (made.compress(data) + made.flush(zlib.Z_SYNC_FLUSH))[:-4]


bomb = raw(bytes(1 << 24))
wrong = {
    "compressed although it goes on": (masked(0x41, b"") + masked(0xC0, b""), 1002),
    "a compressed ping": (masked(0xC9, b""), 1002),
    "a compressed close": (masked(0xC8, b""), 1002),
    "another reserved bit too": (masked(0xE1, raw(b"a")), 1002),
    "noise": (masked(0xC2, b"\xff\xff\xff\xff"), 1007),
    "a distance too far": (masked(0xC2, bytes.fromhex("4b04f3ff0700")), 1007),
    "streams without end": (masked(0xC2, b"\x03\x00" * 400), 1007),
    "text that is not UTF-8": (masked(0xC1, raw(b"\xff")), 1007),
    "one byte too many": (masked(0xC2, raw(b"x" * 1001)), 1009),
    "one too many in two frames": (
        masked(0x42, raw(b"x" * 1001)[:5]) + masked(0x80, raw(b"x" * 1001)[5:]),
        1009,
    ),
    "a bomb": (masked(0xC2, bomb[:900]), 1009),
}


@pytest.mark.parametrize(("stream", "code"), wrong.values(), ids=list(wrong))
def test_whatCannotBeInflatedIsAFault(stream: bytes, code: int) -> None:
    events, fault = reader().receive(stream)
    assert events == []
    assert fault is not None
    assert fault.code == code


def test_allThatMayComeComes() -> None:
    events, fault = reader().receive(masked(0xC2, raw(b"x" * 1000)))
    assert (events, fault) == ([(BINARY, b"x" * 1000)], None)


def test_aBombIsInflatedNoFurtherThanItMayBe() -> None:
    import tracemalloc

    side = reader(1 << 20)
    tracemalloc.start()
    try:
        _, fault = side.receive(masked(0xC2, bomb))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fault is not None
    assert fault.code == 1009
    assert peak < 4 << 20


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=3))
@settings(deadline=None, max_examples=examples(300))
def test_noiseIsAMessageOrAFault(noise: bytes, cuts: list[int]) -> None:
    side = reader()
    pieces = [noise[begin:end] for begin, end in itertools.pairwise([0, *sorted(cuts), len(noise)])]
    for at, piece in enumerate(pieces):
        first = (0x42 if at == 0 else 0) | (0x80 if at == len(pieces) - 1 else 0)
        events, fault = side.receive(masked(first, piece))
        if fault is not None:
            assert fault.code in (1007, 1009)
            return
        assert all(len(payload) <= 1000 for _, payload in events)


@given(st.data())
@settings(deadline=None, max_examples=examples(200))
def test_aMutatedStreamIsMessagesOrAFault(data: st.DataObject) -> None:
    client, server = pair(Whole(), Whole())
    stream = bytearray(
        client.message(TEXT, b"hello, world " * 20) + client.message(BINARY, b"x" * 99)
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(stream) - 1))
        stream[at] = data.draw(st.integers(0, 255))
    events, fault = server.receive(bytes(stream))
    assert fault is not None or len(events) <= 8
