"""
One side of a WebSocket (RFC 6455), without input and output: bytes in, events out.

It is made here and not by a library, for it has to be quick and bounded: a frame is unmasked as one
number, and nothing of a message is kept before its size is known to be allowed.
"""

from __future__ import annotations

import codecs
import os
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .deflating import Deflator

__all__ = ["Conversation", "WebSocketFault"]

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
COMPRESSED: Final = 0x40
"""The first of the reserved bits (RFC 7692, section 6)."""
_begins = (TEXT, BINARY)
_known = frozenset((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG))

NORMAL, GOING_AWAY, PROTOCOL_ERROR = 1000, 1001, 1002
NO_STATUS, ABNORMAL, INVALID_DATA = 1005, 1006, 1007
POLICY, TOO_BIG, UNEXPECTED = 1008, 1009, 1011

longestControl: Final = 125
"""Bytes that a ping, a pong or a close may have (section 5.5)."""

Event = tuple[int, "bytes | str | tuple[int, str]"]
"""An opcode, and what came: a message, a payload, or the code and the reason of a close."""

_newDecoder = codecs.getincrementaldecoder("utf-8")


class WebSocketFault(Exception):
    """
    The other side broke a rule.

    Args:
        code: what it is told, by section 7.4.1.
        why: a sentence.
    """

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def isCloseCode(code: int) -> bool:
    """Whether a close may be sent with this code (section 7.4)."""
    return 3000 <= code < 5000 or (1000 <= code < 1015 and code not in (1004, 1005, 1006))


def _masked(data: bytes, key: bytes) -> bytes:
    """Returns: ``data`` with the mask on, or off, which is the same."""
    size = len(data)
    mask = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(data, "little") ^ int.from_bytes(mask, "little")
    return mixed.to_bytes(size, "little")


class Conversation:
    """
    What comes, and what is sent.

    Attributes:
        maxMessageBytes: of a message, in all its frames; also of what it becomes when it is
            inflated.
        deflator: what was agreed to make messages smaller; None if nothing was.

    Args: isClient: which side this is: clients mask what they send, servers do not.
    """

    maxMessageBytes = 16 * 1024 * 1024
    deflator: Deflator | None = None

    _isDeflated = False

    def __init__(self, isClient: bool) -> None:
        self._isClient = isClient
        self._buffer = bytearray()
        self._needed = 2
        self._kind: int | None = None
        self._message = bytearray()
        self._text: list[str] = []
        self._decoder: codecs.IncrementalDecoder | None = None

    # What comes

    def receive(self, data: bytes) -> tuple[list[Event], WebSocketFault | None]:
        """
        Take what came.

        Returns: the events, and what is wrong with what follows them. After a fault or a CLOSE
            nothing more is to be given.
        """
        events: list[Event] = []
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < self._needed:
                return events, None
            data = bytes(self._buffer)
            self._buffer.clear()
        at = 0
        try:
            while True:
                after = self._takeFrame(data, at, events)
                if not after:
                    break
                at = after
                if events and events[-1][0] == CLOSE:
                    return events, None
        except WebSocketFault as fault:
            return events, fault
        if at < len(data):
            self._buffer += data[at:]
        return events, None

    def _takeFrame(self, data: bytes, at: int, events: list[Event]) -> int:
        """Returns: where the next frame begins, or 0 if this one is not whole."""
        have = len(data) - at
        if have < 2:
            self._needed = 2
            return 0
        first, second = data[at], data[at + 1]
        size = second & 0x7F
        self._checkHead(first, second, size)
        head = 2 + (8 if size == 127 else 2 if size == 126 else 0)
        if have < head:
            self._needed = head
            return 0
        if size > longestControl:
            size = self._longSize(size, data[at + 2 : at + head])
        opcode = first & 0x0F
        if opcode < CLOSE and size + len(self._message) > self.maxMessageBytes:
            raise self._tooBig()
        keyed = head if self._isClient else head + 4
        if have < keyed + size:
            self._needed = keyed + size
            return 0
        payload = data[at + keyed : at + keyed + size]
        if not self._isClient:
            payload = _masked(payload, data[at + head : at + keyed])
        if opcode >= CLOSE:
            events.append((opcode, _closeOf(payload) if opcode == CLOSE else payload))
        else:
            final = bool(first & 0x80)
            if opcode != CONTINUATION:
                self._isDeflated = bool(first & COMPRESSED)
            if self._isDeflated:
                payload = self._inflated(payload, final)
            self._takePart(opcode, final, payload, events)
        return at + keyed + size

    def _checkHead(self, first: int, second: int, size: int) -> None:
        opcode = first & 0x0F
        if first & 0x70 and not self._isAgreed(first):
            raise WebSocketFault(PROTOCOL_ERROR, "a frame has reserved bits, and they mean nothing")
        if opcode not in _known:
            raise WebSocketFault(PROTOCOL_ERROR, f"a frame has the opcode {opcode}")
        if opcode >= CLOSE and (size > longestControl or not first & 0x80):
            raise WebSocketFault(PROTOCOL_ERROR, "a control frame is long, or not whole")
        if bool(second & 0x80) is self._isClient:
            raise WebSocketFault(PROTOCOL_ERROR, "clients mask their frames, and servers do not")
        if opcode < CLOSE and (opcode == CONTINUATION) is (self._kind is None):
            raise WebSocketFault(PROTOCOL_ERROR, "a message begins or goes on where it does not")

    def _isAgreed(self, first: int) -> bool:
        """Whether the reserved bits of a frame say that a compressed message begins (RFC 7692)."""
        return self.deflator is not None and first & 0x70 == COMPRESSED and first & 0x0F in _begins

    @staticmethod
    def _longSize(kind: int, data: bytes) -> int:
        size = int.from_bytes(data, "big")
        if size >> 63 or size <= (longestControl if kind == 126 else 0xFFFF):
            raise WebSocketFault(PROTOCOL_ERROR, "the length of a frame is not written as it is")
        return size

    def _tooBig(self) -> WebSocketFault:
        return WebSocketFault(TOO_BIG, f"a message has more than {self.maxMessageBytes} bytes")

    def _inflated(self, payload: bytes, final: bool) -> bytes:
        from .deflating import Oversized

        assert self.deflator is not None
        try:
            return self.deflator.inflate(payload, final, self.maxMessageBytes - len(self._message))
        except Oversized:
            raise self._tooBig() from None
        except zlib.error:
            raise WebSocketFault(INVALID_DATA, "a message is not compressed as it says") from None

    def _takePart(self, opcode: int, final: bool, payload: bytes, events: list[Event]) -> None:
        if final and opcode != CONTINUATION:
            # Nearly all messages are one frame.
            events.append((opcode, _textOf(payload) if opcode == TEXT else payload))
            return
        if opcode != CONTINUATION:
            self._kind = opcode
            self._decoder = _newDecoder() if opcode == TEXT else None
        self._message += payload
        if self._decoder is not None:
            try:
                self._text.append(self._decoder.decode(payload, final))
            except UnicodeDecodeError:
                raise _notText from None
        if final:
            whole = bytes(self._message) if self._decoder is None else "".join(self._text)
            kind, self._kind, self._decoder = self._kind, None, None
            self._message.clear()
            self._text.clear()
            events.append((kind or BINARY, whole))

    # What is sent

    def message(self, opcode: int, payload: bytes) -> bytes:
        """Returns: a whole message, to be sent; compressed where agreed, and worth it."""
        if self.deflator is not None:
            smaller = self.deflator.compress(payload)
            if smaller is not None:
                return self.frame(opcode | COMPRESSED, smaller)
        return self.frame(opcode, payload)

    def frame(self, opcode: int, payload: bytes) -> bytes:
        """Returns: a frame that is not followed by others of its message, to be sent."""
        size = len(payload)
        mask = 0x80 if self._isClient else 0
        if size <= longestControl:
            head = bytes((0x80 | opcode, mask | size))
        elif size <= 0xFFFF:
            head = bytes((0x80 | opcode, mask | 126)) + size.to_bytes(2, "big")
        else:
            head = bytes((0x80 | opcode, mask | 127)) + size.to_bytes(8, "big")
        if not mask:
            return head + payload
        key = os.urandom(4)
        return head + key + _masked(payload, key)

    def close(self, code: int, reason: str = "") -> bytes:
        """Returns: a close; ``reason`` is cut to what it may have."""
        if not isCloseCode(code):
            return self.frame(CLOSE, b"")
        said = reason.encode("utf-8")[: longestControl - 2].decode("utf-8", "ignore")
        return self.frame(CLOSE, code.to_bytes(2, "big") + said.encode("utf-8"))


_notText = WebSocketFault(INVALID_DATA, "a message that is said to be text is not UTF-8")


def _textOf(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        raise _notText from None


def _closeOf(payload: bytes) -> tuple[int, str]:
    if not payload:
        return NO_STATUS, ""
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not isCloseCode(code):
        raise WebSocketFault(PROTOCOL_ERROR, "a close has a code that is none")
    return code, _textOf(payload[2:])
