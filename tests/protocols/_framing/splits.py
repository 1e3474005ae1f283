"""Cutting bytes: a vocabulary for the tests of framing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st


def cutAt(data: bytes, places: list[int]) -> list[bytes]:
    """Cut bytes at some places."""
    edges = [0, *sorted({min(place, len(data)) for place in places}), len(data)]
    return [data[a:b] for a, b in pairwise(edges) if a < b]


def everyCut(data: bytes) -> Iterator[list[bytes]]:
    """Whole, byte by byte, and in two parts cut at each place."""
    yield [data]
    yield [data[i : i + 1] for i in range(len(data))]
    for place in range(1, len(data)):
        yield [data[:place], data[place:]]


def pieces(data: st.SearchStrategy[bytes]) -> st.SearchStrategy[tuple[bytes, list[bytes]]]:
    """Bytes, and the same bytes cut anyhow."""
    places = st.lists(st.integers(0, 400), max_size=12)
    return st.tuples(data, places).map(lambda pair: (pair[0], cutAt(*pair)))


def feed(protocol: Any, parts: list[bytes]) -> Any:
    """Have a protocol receive parts, one after the other."""
    for part in parts:
        protocol.dataReceived(part)
    return protocol
