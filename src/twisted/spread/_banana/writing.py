"""The writer of banana: an expression in, bytes out."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from .tokens import (
    FLOAT,
    INT,
    LIST,
    LONGINT,
    LONGNEG,
    NEG,
    PREFIX_LIMIT,
    SIZE_LIMIT,
    STRING,
    VOCAB,
    BananaError,
    toDigits,
)

__all__ = ["BananaWriter"]

_float = struct.Struct("!d").pack

# What a type "int" of old took: larger ones go as type "long".
_LARGEST_INT = 2**31 - 1
_SMALLEST_INT = -(2**31)


def _heads(kind: bytes) -> tuple[bytes, ...]:
    """What a token of one type begins with, for numbers of one digit: most have no more."""
    return tuple(bytes((number,)) + kind for number in range(128))


_INTS, _LISTS, _STRINGS = _heads(INT), _heads(LIST), _heads(STRING)


class BananaWriter:
    """
    Writes expressions.

    Attributes:
        words: the words of the dialect, with their numbers; None for no dialect.
        prefixLimit: bytes of the number before a type.
        sizeLimit: bytes of a string, and items of a list.
    """

    prefixLimit = PREFIX_LIMIT
    sizeLimit = SIZE_LIMIT

    def __init__(self, words: dict[bytes, int] | None = None) -> None:
        self.words = words

    @property
    def words(self) -> dict[bytes, int] | None:
        return self._words

    @words.setter
    def words(self, words: dict[bytes, int] | None) -> None:
        self._words = words
        known = words or {}
        self._tokens = {word: toDigits(number) + VOCAB for word, number in known.items()}
        # A long string is not even hashed to look whether it is a word.
        self._longest = max(map(len, known), default=-1)

    def write(self, obj: Any) -> bytes:
        """
        Args:
            obj: a number, bytes, or a list or tuple of such.
        Returns: its bytes.
        Raises: BananaError: it holds something else, or is too large.
        """
        pieces: list[bytes] = []
        self._put(obj, pieces.append)
        return b"".join(pieces)

    def _put(self, obj: Any, put: Callable[[bytes], object]) -> None:
        kind = type(obj)
        if kind is list or kind is tuple:
            size = len(obj)
            if size > self.sizeLimit:
                raise self._tooLong("list", size)
            put(_LISTS[size] if size < 128 else toDigits(size) + LIST)
            for item in obj:
                self._put(item, put)
        elif kind is bytes:
            size = len(obj)
            if size <= self._longest:
                word = self._tokens.get(obj)
                if word is not None:
                    put(word)
                    return
            if size > self.sizeLimit:
                raise self._tooLong("string", size)
            put(_STRINGS[size] if size < 128 else toDigits(size) + STRING)
            put(obj)
        elif kind is int:
            put(_INTS[obj] if 0 <= obj < 128 else self._integer(obj))
        elif kind is float:
            put(FLOAT + _float(obj))
        else:
            self._put(_plain(obj), put)

    def _tooLong(self, what: str, size: int) -> BananaError:
        return BananaError(f"a {what} of {size} is too long to send; {self.sizeLimit} are the most")

    def _integer(self, obj: int) -> bytes:
        if obj.bit_length() > 7 * self.prefixLimit:
            raise BananaError(f"a number of {obj.bit_length()} bits is too large to send")
        if obj >= 0:
            return toDigits(obj) + (INT if obj <= _LARGEST_INT else LONGINT)
        return toDigits(-obj) + (NEG if obj >= _SMALLEST_INT else LONGNEG)


def _plain(obj: Any) -> Any:
    """
    Returns: what an object of a class that derives from one of the types is sent as.
    Raises: BananaError: it can be sent as nothing.
    """
    kinds: tuple[Any, ...] = (int, float, bytes, tuple, list)
    for kind in kinds:
        if isinstance(obj, kind):
            return kind(obj)
    other = type(obj)
    raise BananaError(
        f"Banana cannot send {other.__module__}.{other.__qualname__} objects: {obj!r:.200}"
    )
