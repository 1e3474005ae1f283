"""
The reader of banana: bytes in, expressions out, nothing else.

It holds what has come of a token that is not whole, and the lists that are not full. Every size in
it is bounded: of the number before a type, of a string, of a list, of lists in lists, and of an
expression as a whole.

A string that comes in many pieces is put together once, when the last one is there.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from .tokens import PREFIX_LIMIT, SIZE_LIMIT, BananaError, fromDigits

__all__ = ["MORE", "BananaReader"]

MORE: Final = object()
"""There is no whole expression yet."""

LIST_BYTES = 64
"""What a list is taken to need in memory."""

_float = struct.Struct("!d").unpack_from


class _NoDialect(BananaError, NotImplementedError):
    """A word of a dialect came, and none was chosen that has words."""


class _UnknownType(BananaError, NotImplementedError):
    """A type came that there is none of."""


class _UnknownWord(BananaError, KeyError):
    """A word came that the dialect does not have."""


class BananaReader:
    """
    Reads expressions, one after the other.

    Attributes:
        words: the words of the dialect by number, or None while there are none.
        prefixLimit: bytes of the number before a type.
        sizeLimit: bytes of a string, and items of a list.
        nestingLimit: lists in lists.
        expressionLimit: bytes of one expression, whatever it is made of. A list counts for what it
            takes in memory, which is a lot more than its one byte on the wire.
        lists: those that are not full: how many items each has in the end, and its items so far.
        held: bytes that are not read yet. Those of a long string may be more than that.
    """

    prefixLimit = PREFIX_LIMIT
    sizeLimit = SIZE_LIMIT
    nestingLimit = 1000
    expressionLimit = 64 * 1024 * 1024

    def __init__(self, words: dict[int, bytes] | None = None) -> None:
        self.words = words
        self.lists: list[tuple[int, list[Any]]] = []
        self.held = b""
        self._position = 0
        self._pieces: list[bytes] = []
        self._missing = 0
        self._taken = 0

    def feed(self, data: bytes) -> None:
        """
        Take bytes as they come. Call `next` until there is no `MORE`.

        Args:
            data: the bytes, cut anywhere.
        """
        if self._missing > len(data):
            self._pieces.append(data)
            self._missing -= len(data)
            return
        if self.held or self._pieces:
            data = b"".join((self.held, *self._pieces, data))
        self.held = data
        self._missing = 0
        self._pieces.clear()

    def next(self) -> Any:
        """
        Read one expression.

        Returns: a number, bytes, or a list of such; or `MORE`, if more bytes are needed.
        Raises: BananaError: it is malformed or too large. There is no way to go on from there.
        """
        held = self.held
        size = len(held)
        position = self._position
        lists = self.lists
        while not self._missing:
            start = position
            if start + 1 < size and held[start] < 0x80 <= held[start + 1]:
                # By far the most have one digit.
                number = held[start]
                end = start + 1
            else:
                end = self._endOfDigits(start)
                if end < 0:
                    break
                number = fromDigits(held[start:end])
            kind = held[end]
            end += 1
            item: Any
            if kind == 0x82:  # a string
                if number > self.sizeLimit:
                    raise BananaError(
                        f"a string of {number} bytes; {self.sizeLimit} are the most (sizeLimit)"
                    )
                if size - end < number:
                    self._missing = number - (size - end)
                    break
                position = end + number
                item = held[end:position]
            elif kind == 0x87:  # a word of the dialect
                item = self._word(number)
                position = end
            elif kind == 0x80:  # a list
                self._checkList(number)
                position = end
                if number:
                    self._taken += LIST_BYTES
                    lists.append((number, []))
                    self._position = position
                    continue
                self._taken += LIST_BYTES
                item = []
            elif kind in (0x81, 0x85):
                item = number
                position = end
            elif kind in (0x83, 0x86):
                item = -number
                position = end
            elif kind == 0x84:  # a float
                if size - end < 8:
                    self._missing = 8 - (size - end)
                    break
                position = end + 8
                item = _float(held, end)[0]
            else:
                raise _UnknownType(f"there is no type {kind:#x}")
            self._position = position
            if not lists:
                self._taken = 0
                return item
            self._taken += position - start
            if self._taken > self.expressionLimit:
                raise BananaError(
                    f"an expression of more than {self.expressionLimit} bytes (expressionLimit)"
                )
            while lists:
                length, items = lists[-1]
                items.append(item)
                if len(items) < length:
                    break
                lists.pop()
                item = items
            else:
                self._taken = 0
                return item
        self.held = held[self._position :]
        self._position = 0
        return MORE

    def _endOfDigits(self, start: int) -> int:
        """Where the digits of a token end; -1 if that is not known yet."""
        held = self.held
        limit = min(len(held), start + self.prefixLimit + 1)
        for end in range(start, limit):
            if held[end] >= 0x80:
                return end
        if len(held) - start > self.prefixLimit:
            raise BananaError(
                f"a number of more than {self.prefixLimit} bytes before a type (prefixLimit)"
            )
        return -1

    def _checkList(self, number: int) -> None:
        if number > self.sizeLimit:
            raise BananaError(
                f"a list of {number} items; {self.sizeLimit} are the most (sizeLimit)"
            )
        if len(self.lists) >= self.nestingLimit:
            raise BananaError(f"lists in lists, deeper than {self.nestingLimit} (nestingLimit)")

    def _word(self, number: int) -> bytes:
        if self.words is None:
            raise _NoDialect(f"word {number} of a dialect, but none with words was agreed on")
        try:
            return self.words[number]
        except KeyError:
            raise _UnknownWord(f"no word has the number {number}") from None
