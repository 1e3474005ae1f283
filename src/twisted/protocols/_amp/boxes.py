"""
Boxes, and how they look on the wire: bytes in, boxes out, and back.

A box is a mapping of keys to values, both bytes. Each key and each value is sent with its length
in two bytes, in network order, in front of it; an empty key ends the box. A key has at most 255
bytes, so that its first byte is 0: what is no AMP is noticed early.
"""

from __future__ import annotations

from struct import Struct
from typing import Any

from .errors import MalformedAmpBox, TooLong

ASK = b"_ask"
ANSWER = b"_answer"
COMMAND = b"_command"
ERROR = b"_error"
ERROR_CODE = b"_error_code"
ERROR_DESCRIPTION = b"_error_description"

# In bytes; the wire has no room for longer ones.
MAX_KEY_LENGTH = 0xFF
MAX_VALUE_LENGTH = 0xFFFF

_length = Struct("!H").pack
_lengths = [_length(length) for length in range(256)]
# Keys as they go over the wire. They come from programs' schemas; the bound is for programs that
# make them up as they go.
_heads: dict[bytes, bytes] = {}
_mostHeads = 1000


def _headOf(key: Any, value: Any) -> bytes:
    """Write a key with its length, and remember that. Raises as `AmpBox.serialize` does."""
    if key.__class__ is str:
        raise TypeError(f"{key!r}: {value!r} is to be sent; keys and values are bytes")
    if len(key) > MAX_KEY_LENGTH:
        raise TooLong(True, True, key, None)
    if not key:
        raise MalformedAmpBox(f"The value {value!r} has an empty key, which ends a box")
    head: bytes = _lengths[len(key)] + key
    if len(_heads) < _mostHeads:
        _heads[bytes(key)] = head
    return head


class AmpBox(dict):  # type: ignore[type-arg]  # the public class is no generic one
    """
    A mapping of bytes to bytes.

    Keys given as text are taken as ASCII when the box is made, so that ``AmpBox(name=b"x")``
    can be written. Values stay as they are.
    """

    __slots__: Any = []

    def __init__(self, *args: Any, **kw: Any) -> None:
        if args or kw:
            dict.__init__(self, *args, **kw)
            for name in [name for name in self if isinstance(name, str)]:
                self[name.encode("ascii")] = self.pop(name)

    def copy(self) -> AmpBox:
        """Make another box of the same kind with the same strings."""
        return self.__class__(self)

    def serialize(self) -> bytes:
        """
        Write the box as it goes over the wire, with its keys in order.

        Raises:
            TypeError: a key or value is text.
            TooLong: one does not fit.
            MalformedAmpBox: a key is empty, which would end the box there.
        """
        pieces: list[bytes] = []
        for key in sorted(self):
            value = self[key]
            if value.__class__ is str:
                raise TypeError(f"{key!r}: {value!r} is to be sent; keys and values are bytes")
            length = len(value)
            if length > MAX_VALUE_LENGTH:
                raise TooLong(False, True, value, key)
            head = _heads.get(key) or _headOf(key, value)
            pieces += (head, _lengths[length] if length < 256 else _length(length), value)
        pieces.append(b"\0\0")
        return b"".join(pieces)

    def _sendTo(self, proto: Any) -> None:
        """Go out by a box sender. Special boxes do more than that."""
        proto.sendBox(self)

    def __repr__(self) -> str:
        return f"AmpBox({dict.__repr__(self)})"


class QuitBox(AmpBox):
    """After this box, the connection is closed."""

    __slots__: Any = []

    def __repr__(self) -> str:
        return f"QuitBox(**{AmpBox.__repr__(self)})"

    def _sendTo(self, proto: Any) -> None:
        AmpBox._sendTo(self, proto)
        proto.transport.loseConnection()


class KeyTooLong(TooLong):
    """The peer announced a key of ``length`` bytes."""

    def __init__(self, length: int) -> None:
        TooLong.__init__(self, True, False, None, None)
        self.length = length


class BoxReader:
    """
    Reads boxes from bytes that come as they come.

    It keeps the box that is under way and no more than one string that is not whole.

    Args:
        maxKeys: keys that one box may have.
        maxBytes: bytes that the keys and values of one box may have together.
    """

    def __init__(self, maxKeys: int, maxBytes: int) -> None:
        self.maxKeys = maxKeys
        self.maxBytes = maxBytes
        self._data = b""
        self._at = 0
        # The beginning of a string, and how many bytes it takes to go on.
        self._partial: bytearray | None = None
        self._enough = 0
        self._box = AmpBox()
        self._key: bytes | None = None
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Take bytes. Then ask for boxes with `next`."""
        partial = self._partial
        if partial is not None:
            partial += data
            if len(partial) < self._enough:
                return
            self._data, self._at, self._partial = bytes(partial), 0, None
        elif self._at < len(self._data):
            self._data, self._at = self._data[self._at :] + data, 0
        else:
            self._data, self._at = data, 0

    def next(self) -> AmpBox | None:
        """
        Give the next box that is whole; None asks for more bytes.

        Raises:
            KeyTooLong: a key is announced that is longer than keys are. Nothing can be read
                after that.
            MalformedAmpBox: the box is larger than the bounds. Likewise.
        """
        data, at, key, box = self._data, self._at, self._key, self._box
        end = len(data)
        enough = 2
        while end - at >= 2:
            length = data[at] << 8 | data[at + 1]
            begin = at + 2
            if key is None:
                if length > MAX_KEY_LENGTH:
                    raise KeyTooLong(length)
                if not length:
                    self._at = begin
                    self._box, self._key, self._size = AmpBox.__new__(AmpBox), None, 0
                    return box
            stop = begin + length
            if stop > end:
                enough = 2 + length
                break
            at = stop
            if key is None:
                key = data[begin:stop]
            else:
                box[key] = data[begin:stop]
                size = self._size = self._size + len(key) + length
                if size > self.maxBytes or len(box) > self.maxKeys:
                    raise MalformedAmpBox(
                        f"A box of {len(box)} keys and {size} bytes came; {self.maxKeys} keys and "
                        f"{self.maxBytes} bytes are allowed (maxBoxKeys, maxBoxBytes)"
                    )
                key = None
        self._key = key
        if self._partial is None:
            self._partial = bytearray(data[at:]) if at < end else None
            self._data, self._at = b"", 0
        self._enough = enough
        return None

    def takeRest(self) -> bytes:
        """Give the bytes after the last box that `next` gave, and forget them."""
        rest = self._data[self._at :] if self._partial is None else bytes(self._partial)
        self.__init__(self.maxKeys, self.maxBytes)  # type: ignore[misc]  # as new
        return rest


def parseString(data: bytes) -> list[AmpBox]:
    """
    Read all boxes that are whole in some bytes; what follows the last one is left out.

    Raises: TooLong where a key is announced that is longer than keys are.
    """
    # No bound but the bytes themselves: they are here already.
    reader = BoxReader(len(data), len(data))
    reader.feed(data)
    return list(iter(reader.next, None))


def parse(fileObj: Any) -> list[AmpBox]:
    """Read all boxes from a binary file, from its present position to its end."""
    return parseString(fileObj.read())
