"""
Which bytes of a file a request asks for (RFC 9110, section 14): values in, values out.

A range is ``(first, last)``, where either may be None: ``(5, None)`` is all from the sixth byte on,
``(None, 5)`` the last five.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Span", "parseRange", "spansOf"]

Range = tuple["int | None", "int | None"]

mostRanges = 64
"""Ranges that one request may ask for; with more of them it gets all of the file."""
mostDigits = 18
"""Digits that a position may have: no file has more bytes than that."""

_position = rb"[ \t]*([0-9]{0,%d})[ \t]*" % mostDigits
_oneRange = re.compile(_position + b"-" + _position).fullmatch


class Span(NamedTuple):
    """A part of a file: where it begins, and how many bytes it has."""

    offset: int
    size: int


def parseRange(value: bytes) -> list[Range]:
    """
    Read the header ``Range``.

    Args: value: as received.
    Returns: what it asks for, in its order.
    Raises: ValueError for anything but ranges of bytes.
    """
    unit, equals, listed = value.partition(b"=")
    if not equals or unit.strip() != b"bytes":
        raise ValueError(f"{value!r:.80} does not begin with 'bytes='")
    elements = [each for each in listed.split(b",") if each.strip()]
    if not elements or len(elements) > mostRanges:
        raise ValueError(f"{len(elements)} ranges are asked for: it is 1 to {mostRanges}")
    return [_parseOne(each) for each in elements]


def _parseOne(element: bytes) -> Range:
    found = _oneRange(element)
    if found is None:
        raise ValueError(f"{element!r:.80} is no range of bytes")
    first, last = (int(digits) if digits else None for digits in found.groups())
    if first is None and last is None:
        raise ValueError("a range has neither a first nor a last byte")
    if first is not None and last is not None and last < first:
        raise ValueError(f"the range {first}-{last} ends before it begins")
    return first, last


def spansOf(ranges: list[Range], size: int) -> list[Span]:
    """
    What there is of ranges in a file of ``size`` bytes.

    Returns: the part of each that has one, in their order; none where no range can be satisfied.
    """
    spans = (_spanOf(first, last, size) for first, last in ranges)
    return [span for span in spans if span.size]


def _spanOf(first: int | None, last: int | None, size: int) -> Span:
    if first is None:
        first = max(0, size - (last or 0))
        last = None
    end = size if last is None else min(last + 1, size)
    return Span(first, max(0, end - first))
