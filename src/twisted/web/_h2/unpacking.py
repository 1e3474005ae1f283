"""
Reading HPACK (RFC 7541), for one direction of one connection.

Responses have fields that are new each time, such as ``date``: this is where a client spends its
time. For what nginx sends it takes a seventh of the library's, whose table of Huffman's code it
uses; a string that came before in that code need not be worked out again.
"""

from __future__ import annotations

from typing import Final

from h2.errors import ErrorCodes
from hpack.exceptions import HPACKError
from hpack.huffman_table import decode_huffman
from hpack.table import HeaderTable

from .faults import ConnectionFault

__all__ = ["Unpacker"]

_Field = tuple[bytes, bytes]
_static: Final[tuple[_Field, ...]] = tuple(HeaderTable.STATIC_TABLE)
_firstDynamic = len(_static) + 1
_entryBytes = 32  # section 4.1: what an entry counts beside its name and value
_mostShift = 28  # numbers of more than 5 bytes are none that a peer needs


class Unpacker:
    """
    Decodes blocks of fields, in the order in which they come.

    Attributes:
        tableBytes: what the table of recent fields may hold; it is what the standard says where
            nobody announces anything else, and we do not.
        mostKnown, longestKnown: strings of which the decoded form is remembered, and bytes of one.

    Args: most: bytes of decoded fields, each counted with 32 more.
    """

    tableBytes = 4096
    mostKnown = 64
    longestKnown = 64

    def __init__(self, most: int) -> None:
        self.most = most
        self._table: list[_Field] = []  # the newest at the end
        self._tableSize = 0
        self._largest = self.tableBytes
        self._known: dict[bytes, bytes] = {}

    def decode(self, block: bytes) -> list[_Field]:
        """
        Returns: names and values.
        Raises: ConnectionFault, after which nothing else can be decoded: the tables of both sides
            differ.
        """
        try:
            return self._decode(block)
        except (IndexError, HPACKError):
            raise _fault("a block of fields is cut off, or wrong") from None

    def _decode(self, block: bytes) -> list[_Field]:
        found: list[_Field] = []
        size = at = 0
        end = len(block)
        while at < end:
            first = block[at]
            at += 1
            if first >= 0x80:  # section 6.1: a field of a table
                index = first & 0x7F
                if index == 0x7F:
                    index, at = _number(block, at, index)
                field = self._entry(index)
            elif first >= 0x40 or first < 0x20:  # sections 6.2.1 to 6.2.3: one in words
                mask = 0x3F if first >= 0x40 else 0x0F
                index = first & mask
                if index == mask:
                    index, at = _number(block, at, index)
                if index:
                    name = self._entry(index)[0]
                else:
                    name, at = self._string(block, at)
                value, at = self._string(block, at)
                field = (name, value)
                if first >= 0x40:
                    self._add(field)
            else:  # section 6.3
                if found:
                    raise _fault("a table of fields changes its size amid them")
                at = self._resize(block, at, first & 0x1F)
                continue
            size += len(field[0]) + len(field[1]) + _entryBytes
            if size > self.most:
                raise ConnectionFault(
                    f"the fields of a message have more than {self.most} bytes",
                    ErrorCodes.ENHANCE_YOUR_CALM,
                )
            found.append(field)
        return found

    def _entry(self, index: int) -> _Field:
        """A field of the tables (section 2.3.3)."""
        if index >= _firstDynamic:
            return self._table[self._fromEnd(index)]
        if not index:
            raise _fault("a block of fields refers to none")
        return _static[index - 1]

    def _fromEnd(self, index: int) -> int:
        """Raises: IndexError beyond the table, where Python would count from the other end."""
        at = len(self._table) + _firstDynamic - 1 - index
        if at < 0:
            raise IndexError(index)
        return at

    def _string(self, block: bytes, at: int) -> tuple[bytes, int]:
        """Section 5.2. Returns: the string, and where the next thing begins."""
        first = block[at]
        at += 1
        length = first & 0x7F
        if length == 0x7F:
            length, at = _number(block, at, length)
        end = at + length
        if end > len(block):
            raise _fault("a block of fields is cut off")
        string = block[at:end]
        if first < 0x80:
            return string, end
        known = self._known.get(string)
        if known is None:
            known = bytes(decode_huffman(string))
            if length <= self.longestKnown:
                if len(self._known) >= self.mostKnown:
                    self._known.clear()
                self._known[string] = known
        return known, end

    def _resize(self, block: bytes, at: int, size: int) -> int:
        if size == 0x1F:
            size, at = _number(block, at, size)
        if size > self.tableBytes:
            raise _fault(f"a table of fields is to have {size} bytes, more than {self.tableBytes}")
        self._largest = size
        self._shrink()
        return at

    def _add(self, field: _Field) -> None:
        self._table.append(field)
        self._tableSize += len(field[0]) + len(field[1]) + _entryBytes
        if self._tableSize > self._largest:
            self._shrink()

    def _shrink(self) -> None:
        """The oldest give way; one that is larger than all of the table leaves nothing there."""
        table, size, count = self._table, self._tableSize, 0
        while size > self._largest:
            name, value = table[count]
            size -= len(name) + len(value) + _entryBytes
            count += 1
        del table[:count]
        self._tableSize = size


def _number(block: bytes, at: int, prefix: int) -> tuple[int, int]:
    """Section 5.1, after a prefix that is full. Returns: it, and where the next thing begins."""
    shift = 0
    number = prefix
    while True:
        byte = block[at]
        at += 1
        number += (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
        if shift > _mostShift:
            raise _fault("a block of fields has a number that is too large")


def _fault(why: str) -> ConnectionFault:
    return ConnectionFault(
        f"the fields of a message cannot be decoded: {why}", ErrorCodes.COMPRESSION_ERROR
    )
