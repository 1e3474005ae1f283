"""
From bytes to whole frames, and from frames to whole blocks of fields (RFC 9113, sections 4, 6.10).

Laws: nothing of a frame is kept before its size is known to be right; a block of fields has a bound
on its bytes and on its frames, and nothing comes between them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from h2.errors import ErrorCodes

from . import frames
from .events import Event
from .faults import ConnectionFault

__all__ = ["Assembling"]


class Assembling:
    """
    Takes bytes as they come.

    Attributes:
        maxBlockBytes: bytes of a block of fields as they come.
        maxBlockFrames: frames that it may be spread over.
    """

    maxBlockBytes = 32768
    maxBlockFrames = 8

    _takers: ClassVar[dict[int, Callable[[Any, int, int, bytes], None]]]

    def __init__(self) -> None:
        self._preface = b""
        self._buffer = bytearray()
        self._needed = 0
        self._events: list[Event] = []
        self._block: bytearray | None = None
        self._blockStream = self._blockFlags = self._blockFrames = 0

    def receive(self, data: bytes) -> list[Event]:
        """
        Take what came.

        Raises: ConnectionFault.
        """
        if self._buffer:
            self._buffer += data
            if len(self._buffer) < self._needed:
                return []
            data = bytes(self._buffer)
            self._buffer.clear()
        self._events = []
        at = self._takePreface(data) if self._preface else 0
        end = len(data)
        while end - at >= frames.frameHeadBytes:
            high, low, kind, flags, streamID = frames.readHead(data, at)
            length = high << 8 | low
            if length > frames.smallestMaxFrame:
                raise ConnectionFault(
                    f"a frame has {length} bytes, more than {frames.smallestMaxFrame}",
                    ErrorCodes.FRAME_SIZE_ERROR,
                )
            body = at + frames.frameHeadBytes
            if end - body < length:
                self._needed = frames.frameHeadBytes + length
                break
            at = body + length
            self._takeFrame(kind, flags, streamID & 0x7FFFFFFF, data[body:at])
        else:
            self._needed = frames.frameHeadBytes
        if at < end:
            self._buffer += data[at:] if at else data
        return self._events

    def takeEvents(self) -> list[Event]:
        """Returns: what was found before `receive` raised."""
        found, self._events = self._events, []
        return found

    def isInHead(self) -> bool:
        """Whether something is on the way that has to be whole before a message can begin."""
        if self._preface or self._block is not None:
            return True
        buffer = self._buffer
        return len(buffer) > 3 and buffer[3] == frames.HEADERS

    def _takePreface(self, data: bytes) -> int:
        """Returns: where the first frame begins."""
        wanted = self._preface
        count = min(len(data), len(wanted))
        if data[:count] != wanted[:count]:
            raise ConnectionFault("the connection does not begin as one of HTTP/2")
        self._preface = wanted[count:]
        return count

    def _takeFrame(self, kind: int, flags: int, streamID: int, payload: bytes) -> None:
        if self._block is not None and (
            kind != frames.CONTINUATION or streamID != self._blockStream
        ):
            raise ConnectionFault("a block of fields was interrupted")
        take = self._takers.get(kind)
        if take is None:
            self._countIdle()
        else:
            take(self, flags, streamID, payload)

    def _unpadded(self, flags: int, payload: bytes) -> bytes:
        if not flags & frames.PADDED:
            return payload
        if not payload or payload[0] >= len(payload):
            raise ConnectionFault("the padding of a frame is longer than the frame")
        return payload[1 : len(payload) - payload[0]]

    def _takeHeaders(self, flags: int, streamID: int, payload: bytes) -> None:
        if not streamID & 1:
            raise ConnectionFault(f"fields came on the stream {streamID}, which no client begins")
        payload = self._unpadded(flags, payload)
        if flags & frames.WITH_PRIORITY:
            if len(payload) < 5:
                raise ConnectionFault("a priority is cut off", ErrorCodes.FRAME_SIZE_ERROR)
            self._prioritise(streamID, payload[:5])
            payload = payload[5:]
        if flags & frames.END_HEADERS:
            self._endBlock(flags, streamID, payload)
        else:
            self._block = bytearray(payload)
            self._blockStream, self._blockFlags, self._blockFrames = streamID, flags, 1

    def _takeContinuation(self, flags: int, streamID: int, payload: bytes) -> None:
        block = self._block
        if block is None:
            raise ConnectionFault("fields go on that were not begun")
        self._blockFrames += 1
        if (
            self._blockFrames > self.maxBlockFrames
            or len(block) + len(payload) > self.maxBlockBytes
        ):
            raise ConnectionFault(
                f"the fields of a message take more than {self.maxBlockFrames} frames or "
                f"{self.maxBlockBytes} bytes",
                ErrorCodes.ENHANCE_YOUR_CALM,
            )
        block += payload
        if flags & frames.END_HEADERS:
            self._block = None
            self._endBlock(self._blockFlags, streamID, bytes(block))

    # What is made of them is the business of those who stand on this.

    def _countIdle(self) -> None:
        raise NotImplementedError

    def _prioritise(self, streamID: int, payload: bytes) -> None:
        raise NotImplementedError

    def _endBlock(self, flags: int, streamID: int, block: bytes) -> None:
        raise NotImplementedError
