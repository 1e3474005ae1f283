"""HPACK as we read it, and as the library does, which is taken at its word."""

from __future__ import annotations

import os

import pytest
from h2.errors import ErrorCodes
from hpack import Decoder, Encoder
from hpack.exceptions import HPACKError, OversizedHeaderListError
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.web._h2.faults import ConnectionFault
from twisted.web._h2.unpacking import Unpacker

times = int(os.environ.get("TORSION_EXAMPLES", "1"))
most = 2000

names = st.one_of(
    st.sampled_from([b":status", b":path", b"date", b"x-a", b"x-b", b"set-cookie"]),
    st.binary(max_size=40),
)
values = st.one_of(st.sampled_from([b"200", b"/", b"a" * 300]), st.binary(max_size=120))
fields = st.lists(st.tuples(names, values, st.booleans()), max_size=8)
sizes = st.sampled_from([None, None, None, 0, 60, 200, 4096])


def byLibrary(decoder: Decoder, block: bytes) -> object:
    try:
        return [(bytes(name), bytes(value)) for name, value in decoder.decode(block, raw=True)]
    except OversizedHeaderListError:
        return ErrorCodes.ENHANCE_YOUR_CALM
    except HPACKError:
        return ErrorCodes.COMPRESSION_ERROR


def byUs(unpacker: Unpacker, block: bytes) -> object:
    try:
        return unpacker.decode(block)
    except ConnectionFault as fault:
        return fault.error_code


@given(st.lists(st.tuples(fields, st.booleans(), sizes), max_size=8))
@settings(deadline=None, max_examples=100 * times)
def test_whatALibraryWritesIsReadAsItReadsIt(
    blocks: list[tuple[list[tuple[bytes, bytes, bool]], bool, int | None]],
) -> None:
    encoder, decoder, unpacker = Encoder(), Decoder(most), Unpacker(most)
    for written, huffman, size in blocks:
        if size is not None:
            encoder.header_table_size = size
        block = encoder.encode(written, huffman)
        wanted = byLibrary(decoder, block)
        assert byUs(unpacker, block) == wanted
        if not isinstance(wanted, list):
            return


@given(
    st.lists(fields, min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4),
    st.integers(0, 20),
)
@settings(deadline=None, max_examples=200 * times)
def test_whatIsWrongIsFoundWrongByBoth(
    blocks: list[list[tuple[bytes, bytes, bool]]], changes: list[tuple[int, int]], cut: int
) -> None:
    encoder, decoder, unpacker = Encoder(), Decoder(most), Unpacker(most)
    for written in blocks:
        block = bytearray(encoder.encode(written))
        for at, byte in changes:
            if block:
                block[at % len(block)] = byte
        wrong = bytes(block[: len(block) - cut])
        wanted = byLibrary(decoder, wrong)
        assert byUs(unpacker, wrong) == wanted
        if not isinstance(wanted, list):
            return


@given(st.lists(st.binary(max_size=60), max_size=4))
@settings(deadline=None, max_examples=200 * times)
def test_noiseIsReadAlikeByBoth(blocks: list[bytes]) -> None:
    decoder, unpacker = Decoder(most), Unpacker(most)
    for block in blocks:
        wanted = byLibrary(decoder, block)
        assert byUs(unpacker, block) == wanted
        if not isinstance(wanted, list):
            return


# RFC 7541, appendix C.4: three requests in Huffman's code, by one table.
examples = [
    (
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        [b"GET", b"http", b"/", b"www.example.com"],
    ),
    (
        "828684be5886a8eb10649cbf",
        [b"GET", b"http", b"/", b"www.example.com", b"no-cache"],
    ),
    (
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
        [b"GET", b"https", b"/index.html", b"www.example.com", b"custom-value"],
    ),
]


def test_theExamplesOfTheStandard() -> None:
    unpacker = Unpacker(most)
    for block, wanted in examples:
        assert [value for _, value in unpacker.decode(bytes.fromhex(block))] == wanted
    assert unpacker._tableSize == 164


@pytest.mark.parametrize(
    "block",
    [
        b"\x80",
        b"\xbe",
        b"\xff\x80",
        b"\xff\xff\xff\xff\xff\xff\x01",
        b"\x00\x7f\x80\x80\x80\x80\x80\x01",
        b"\x40",
        b"\x40\x01",
        b"\x40\x01a",
        b"\x40\x01a\x02b",
        b"\x3f\xe2\x1f",
        b"\x82\x20",
        b"\x04\x81\xff\xff",
        b"\x04\x84\xff\xff\xff\xff",
    ],
)
def test_whatCannotBeIsAFaultOfTheConnection(block: bytes) -> None:
    with pytest.raises(ConnectionFault) as raised:
        Unpacker(most).decode(block)
    assert raised.value.error_code == ErrorCodes.COMPRESSION_ERROR


def test_whatIsRememberedIsBounded() -> None:
    unpacker, encoder = Unpacker(10**9), Encoder()
    for number in range(2000):
        value = b"%d" % number
        assert unpacker.decode(encoder.encode([(b"x", value), (b"y", value * 50)])) == [
            (b"x", value),
            (b"y", value * 50),
        ]
        assert unpacker._tableSize <= 4096
        assert len(unpacker._table) <= 128
        assert len(unpacker._known) <= 64
        assert max(map(len, unpacker._known)) <= 64
