"""
The tokens of banana.

Each token begins with a number in base 128, the lowest digit first, and a byte from 0x80 on that
says what the number means: itself (positive or negative), the length of the string that follows,
how many items of a list follow, or a word of the dialect. A float has no number, and eight bytes
after its type.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted._faces import handOn

__all__ = [
    "FLOAT",
    "HIGH_BIT_SET",
    "INT",
    "LIST",
    "LONGINT",
    "LONGNEG",
    "NEG",
    "PREFIX_LIMIT",
    "SIZE_LIMIT",
    "STRING",
    "VOCAB",
    "VOCABULARY",
    "BananaError",
    "b1282int",
    "fromDigits",
    "int2b128",
    "toDigits",
]

HIGH_BIT_SET = b"\x80"

LIST = b"\x80"
INT = b"\x81"
STRING = b"\x82"
NEG = b"\x83"
FLOAT = b"\x84"
LONGINT = b"\x85"
LONGNEG = b"\x86"
VOCAB = b"\x87"

SIZE_LIMIT = 640 * 1024
"""Bytes in a string, and items in a list, at most."""

PREFIX_LIMIT = 64
"""Bytes of the number before the type, at most."""

VOCABULARY = {
    word.encode("ascii"): number
    for number, word in enumerate(
        (
            *("None", "class", "dereference", "reference", "dictionary", "function", "instance"),
            *("list", "module", "persistent", "tuple", "unpersistable", "copy", "cache", "cached"),
            *("remote", "local", "lcache", "version", "login", "password", "challenge"),
            *("logged_in", "not_logged_in", "cachemessage", "message", "answer", "error"),
            *("decref", "decache", "uncache"),
        ),
        1,
    )
}
"""The words of the dialect "pb", and their numbers."""


class BananaError(Exception):
    """What came is no banana, or too much of it; or what was to be sent cannot be."""


def toDigits(number: int) -> bytes:
    """Returns: a number, at least 0, in base 128 with the lowest digit first; one at least."""
    if number < 128:
        return bytes((number,))
    digits = bytearray()
    while number:
        digits.append(number & 0x7F)
        number >>= 7
    return bytes(digits)


def fromDigits(digits: bytes) -> int:
    """Returns: the number that `toDigits` wrote; 0 for no digits."""
    number = 0
    for digit in reversed(digits):
        number = number << 7 | digit
    return number


def int2b128(integer: int, stream: Callable[[bytes], object]) -> None:
    """
    Write a number in base 128, the lowest digit first.

    Args:
        integer: at least 0.
        stream: called with the bytes.
    Raises: AssertionError if the number is negative.
    """
    if integer < 0:
        raise AssertionError(f"{integer} is negative")
    stream(toDigits(integer))


def b1282int(st: bytes) -> int:
    """Returns: the number that `int2b128` wrote. Args: st: the bytes."""
    return fromDigits(st)


handOn("twisted.spread.banana", BananaError, b1282int, int2b128)
