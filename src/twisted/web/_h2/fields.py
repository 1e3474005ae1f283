"""
Fields of requests and responses: HPACK (RFC 7541), and what every message must look like.

A block of nothing but references into the tables does not change them, so that the same bytes mean
the same fields until another block does. Most messages on a connection are of that kind: they
are decoded and checked once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from hpack import Encoder

from twisted.web.http_headers import InvalidHeaderName, _canonical, _nameEncoder

from .faults import StreamFault
from .unpacking import Unpacker

__all__ = ["FieldReader", "FieldWriter", "Fields", "Head", "partFields", "readTrailers"]

Fields = dict[bytes, list[bytes]]
Decoded = Iterable[tuple[bytes, bytes]]
_mostRemembered = 64


def _onlyReferences(block: bytes) -> bool:
    """Whether a block is made of indexed fields alone (RFC 7541, section 6.1)."""
    at, end = 0, len(block)
    while at < end:
        first = block[at]
        if first < 0x80:
            return False
        at += 1
        if first == 0xFF:
            while at < end and block[at] >= 0x80:
                at += 1
            at += 1
    return True


class Head:
    """
    What the fields of a message say.

    Attributes:
        fields: values of each name, which is spelled as in HTTP/1.
        length: bytes of the body, or None where it is not said.
        size: bytes, by the count of SETTINGS_MAX_HEADER_LIST_SIZE.
        count: how many fields came.
    """

    __slots__ = ("count", "fields", "length", "size")

    def __init__(self, fields: Fields, size: int, count: int) -> None:
        self.fields, self.size, self.count = fields, size, count
        self.length = _lengthOf(fields)

    def copied(self) -> Any:  # Any: one of its own kind
        """Returns: the same, to be changed by somebody else."""
        raise NotImplementedError

    def _copyTo(self, other: Head) -> None:
        other.fields = {name: values[:] for name, values in self.fields.items()}
        other.length, other.size, other.count = self.length, self.size, self.count


_Head = TypeVar("_Head", bound=Head)


class FieldReader:
    """
    Decodes blocks of fields.

    Args:
        most: bytes of decoded fields, each counted with 32 more. Beyond them, the connection ends:
            the tables of both sides would differ if the block was skipped.
    """

    def __init__(self, most: int) -> None:
        self._unpacker = Unpacker(most)
        self._known: dict[bytes, Any] = {}

    def head(self, block: bytes, read: Callable[[Decoded], _Head]) -> _Head:
        """
        Args: read: always the same one.
        Raises: ConnectionFault for what cannot be decoded; StreamFault for what is no head.
        """
        known: _Head | None = self._known.get(block)
        if known is not None:
            copied: _Head = known.copied()
            return copied
        head = read(self.decode(block))
        if _onlyReferences(block) and len(self._known) < _mostRemembered:
            self._known[block] = head
            copied = head.copied()
            return copied
        return head

    def decode(self, block: bytes) -> list[tuple[bytes, bytes]]:
        """Raises: ConnectionFault."""
        if not _onlyReferences(block):
            self._known.clear()
        return self._unpacker.decode(block)


class FieldWriter:
    """Encodes blocks of fields."""

    largestTable = 4096
    _secret = frozenset((b"set-cookie", b"authorization", b"proxy-authorization"))

    def __init__(self) -> None:
        self._encoder = Encoder()
        self._known: dict[tuple[tuple[bytes, bytes], ...], bytes] = {}

    def setTableSize(self, size: int) -> None:
        """The peer keeps a table of this many bytes; we use no more than `largestTable`."""
        size = min(size, self.largestTable)
        if size != self._encoder.header_table_size:
            self._encoder.header_table_size = size
            self._known.clear()

    def encode(self, fields: list[tuple[bytes, bytes]]) -> bytes:
        """Returns: a block, to be sent before any other that is encoded later."""
        key = tuple(fields)
        known = self._known.get(key)
        if known is not None:
            return known
        secret = self._secret
        # What is secret does not go into the table, where its size could be found out by trying.
        block = self._encoder.encode([(name, value, name in secret) for name, value in fields])
        if not _onlyReferences(block):
            self._known.clear()
        elif len(self._known) < _mostRemembered:
            self._known[key] = block
        return block


_badInValue = re.compile(rb"[\0\r\n]").search
# RFC 9113, section 8.2.2: what belongs to a connection of HTTP/1.
_ofConnections = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")
)
_mostLengthDigits = 18
_usual: dict[bytes, bytes] = {}
_mostUsual = 512


def _nameOf(name: bytes) -> bytes:
    """How HTTP/1 spells the name of a field. Raises: StreamFault for a name that is none."""
    if name != name.lower() or name in _ofConnections or name[:1] == b":":
        raise StreamFault(f"a message has the field {name!r:.60}")
    try:
        usual = _nameEncoder._canonicalHeaderCache.get(name) or _canonical(name)
    except InvalidHeaderName:
        raise StreamFault(f"a field has the name {name!r:.60}, which is none") from None
    if len(_usual) < _mostUsual:
        _usual[name] = usual
    return usual


def _addField(fields: Fields, name: bytes, value: bytes) -> None:
    usual = _usual.get(name) or _nameOf(name)
    if _badInValue(value) or value.strip(b" \t") != value:
        raise StreamFault(f"the field {name!r:.60} has a value that no field has")
    if name == b"te" and value.lower() != b"trailers":
        raise StreamFault("a message has a TE other than trailers")
    if usual not in fields:
        fields[usual] = [value]
    elif name == b"cookie":
        # They may come apart, to be compressed better (RFC 9113, section 8.2.3).
        fields[usual][0] += b"; " + value
    else:
        fields[usual].append(value)


def partFields(decoded: Decoded) -> tuple[dict[bytes, bytes], Fields, int, int]:
    """
    Part the fields of a message into those of HTTP/2 itself, with a colon, and others.

    Returns: both; then the bytes of all, and how many there are.
    Raises: StreamFault for those that no message may have.
    """
    pseudo: dict[bytes, bytes] = {}
    fields: Fields = {}
    size = count = 0
    for name, value in decoded:
        size += len(name) + len(value) + 32
        count += 1
        if name[:1] == b":":
            if fields or name in pseudo:
                raise StreamFault(f"the field {name!r:.60} came twice, or after others")
            pseudo[name] = value
        else:
            _addField(fields, name, value)
    return pseudo, fields, size, count


def _lengthOf(fields: Fields) -> int | None:
    lengths = fields.get(b"Content-Length")
    if lengths is None:
        return None
    length = lengths[0]
    if len(lengths) > 1 or not length.isdigit() or len(length) > _mostLengthDigits:
        raise StreamFault(f"a message has the Content-Length {b', '.join(lengths)!r:.60}")
    return int(length)


def readTrailers(decoded: Decoded) -> Fields:
    """Returns: the fields after a body. Raises: StreamFault."""
    fields: Fields = {}
    for name, value in decoded:
        _addField(fields, name, value)
    return fields
