"""Boxes on the wire."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.protocols import amp
from twisted.protocols._amp.boxes import BoxReader, KeyTooLong

keys = st.binary(min_size=1, max_size=255)
boxes = st.dictionaries(keys, st.binary(max_size=600), max_size=5)


def read(pieces: list[bytes], maxKeys: int = 100, maxBytes: int = 100_000) -> list[Any]:
    reader = BoxReader(maxKeys, maxBytes)
    found: list[Any] = []
    for piece in pieces:
        reader.feed(piece)
        found += iter(reader.next, None)
    return found


@given(st.lists(boxes, max_size=4), st.data())
def test_boxesComeOutAsTheyWentInHoweverTheyAreCut(sent: list[Any], data: Any) -> None:
    wire = b"".join(amp.AmpBox(box).serialize() for box in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    pieces = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    assert read(pieces) == sent
    assert amp.parseString(wire) == sent


def test_everySplitInTwoAndByteByByteGivesTheSame() -> None:
    sent = [amp.AmpBox(a=b"1", b=b""), amp.AmpBox(), amp.AmpBox(c=b"\0\0\r\n" * 70)]
    wire = b"".join(box.serialize() for box in sent)
    for at in range(len(wire) + 1):
        assert read([wire[:at], wire[at:]]) == sent
    assert read([wire[at : at + 1] for at in range(len(wire))]) == sent


@given(st.binary(max_size=2000))
def test_whateverComesIsReadOrRefused(hostile: bytes) -> None:
    try:
        for box in read([hostile], maxKeys=5, maxBytes=500):
            assert len(box) <= 5
    except (amp.TooLong, amp.MalformedAmpBox):
        pass


def test_keysAreInOrderAndTextBecomesBytes() -> None:
    assert amp.AmpBox({"b": b"2", b"a": b"1"}).serialize() == b"\0\1a\0\0011\0\1b\0\0012\0\0"
    assert amp.AmpBox().serialize() == b"\0\0"


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        (amp.AmpBox(a="text"), TypeError),
        ({"a": b""}, TypeError),
        (amp.AmpBox({b"k" * 256: b""}), amp.TooLong),
        (amp.AmpBox(k=b"v" * 65536), amp.TooLong),
        (amp.AmpBox({b"": b"v"}), amp.MalformedAmpBox),
    ],
)
def test_whatTheWireCannotCarryIsRefused(box: Any, kind: type[Exception]) -> None:
    if not isinstance(box, amp.AmpBox):
        later = amp.AmpBox()
        later.update(box)
        box = later
    with pytest.raises(kind):
        box.serialize()


def test_theLongestKeyAndValueFit() -> None:
    box = amp.AmpBox({b"k" * 255: b"v" * 65535})
    assert amp.parseString(box.serialize()) == [box]


def test_aKeyOneByteTooLongIsRefusedAtItsLength() -> None:
    with pytest.raises(KeyTooLong) as caught:
        read([b"\0\1k\0\1v\1\0"])
    assert caught.value.length == 256
    with pytest.raises(amp.TooLong):
        amp.parseString(b"\xff\xff")


@pytest.mark.parametrize("beyond", [False, True])
def test_aBoxHasABoundOnKeysAndBytes(beyond: bool) -> None:
    """A peer may add keys to a box for ever; no advisory, but the same flaw as many."""
    count = 4 + beyond
    wire = amp.AmpBox({b"%d" % at: b"v" for at in range(count)}).serialize()
    for maxKeys, maxBytes in ((4, 1000), (1000, 8)):
        if beyond:
            with pytest.raises(amp.MalformedAmpBox, match="maxBoxKeys"):
                read([wire], maxKeys, maxBytes)
        else:
            assert len(read([wire], maxKeys, maxBytes)[0]) == count


def test_boundsAreOfEachBoxAndNotOfTheConnection() -> None:
    wire = amp.AmpBox(a=b"vvv").serialize() * 50
    assert len(read([wire], 1, 4)) == 50


def test_aLongValueByteByByteTakesNoMoreThanItsTime() -> None:
    reader = BoxReader(10, 100_000)
    wire = amp.AmpBox(k=b"v" * 65535).serialize()
    for at in range(len(wire) - 1):
        reader.feed(wire[at : at + 1])
        assert reader.next() is None
        assert len(reader._data) == 0
    reader.feed(wire[-1:])
    assert reader.next() == amp.AmpBox(k=b"v" * 65535)


def test_theRestIsWhatCameAfterTheLastBox() -> None:
    reader = BoxReader(10, 1000)
    reader.feed(amp.AmpBox(a=b"1").serialize() + b"\0\0Hello")
    assert reader.next() == amp.AmpBox(a=b"1")
    assert reader.takeRest() == b"\0\0Hello"
    assert reader.takeRest() == b""


def test_boxesAreReadFromAFileToo() -> None:
    assert amp.parse(BytesIO(b"\0\1a\0\1b\0\0\0\1c\0\0\0\0\0\1d")) == [
        amp.AmpBox(a=b"b"),
        amp.AmpBox(c=b""),
    ]


def test_aCopyIsOfTheSameKind() -> None:
    for kind in (amp.AmpBox, amp.QuitBox):
        box = kind(a=b"1")
        copy = box.copy()
        copy[b"b"] = b"2"
        assert type(copy) is kind and box == {b"a": b"1"}
        assert "AmpBox({b'a': b'1'})" in repr(box)
