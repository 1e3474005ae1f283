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

_SMALL = tuple(bytes((number,)) + INT for number in range(128))


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
        if isinstance(obj, bytes):
            self._putBytes(obj, put)
        elif isinstance(obj, list | tuple):
            self._check("list", len(obj))
            put(toDigits(len(obj)) + LIST)
            for item in obj:
                self._put(item, put)
        elif isinstance(obj, int):
            put(_SMALL[obj] if 0 <= obj < 128 else self._integer(obj))
        elif isinstance(obj, float):
            put(FLOAT + _float(obj))
        else:
            kind = type(obj)
            raise BananaError(
                f"Banana cannot send {kind.__module__}.{kind.__qualname__} objects: {obj!r:.200}"
            )

    def _putBytes(self, obj: bytes, put: Callable[[bytes], object]) -> None:
        if self.words is not None:
            number = self.words.get(obj)
            if number is not None:
                put(toDigits(number) + VOCAB)
                return
        self._check("string", len(obj))
        put(toDigits(len(obj)) + STRING)
        put(obj)

    def _check(self, what: str, size: int) -> None:
        if size > self.sizeLimit:
            raise BananaError(
                f"a {what} of {size} is too long to send; {self.sizeLimit} are the most"
            )

    def _integer(self, obj: int) -> bytes:
        if obj.bit_length() > 7 * self.prefixLimit:
            raise BananaError(f"a number of {obj.bit_length()} bits is too large to send")
        if obj >= 0:
            return toDigits(obj) + (INT if obj <= _LARGEST_INT else LONGINT)
        return toDigits(-obj) + (NEG if obj >= _SMALLEST_INT else LONGNEG)
