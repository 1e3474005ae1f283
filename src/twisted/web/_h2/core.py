"""
The server's side of a connection of HTTP/2 (RFC 9113): bytes in, events out.

It knows no transport and no requests. `Core.receive` gives events, and puts what has to be sent at
once into `Core.out`; the other methods return bytes, which are sent in the order of the calls.

Laws: nothing of a frame is kept before its size is known to be right; a block of fields has a bound
on its bytes, on its frames and on what it decodes to; whoever sends many frames that bring nothing
is told to calm down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from h2.errors import ErrorCodes

from . import frames
from .budget import Budget
from .faults import ConnectionFault, StreamFault
from .fields import FieldReader, FieldWriter, readTrailers
from .windows import Window

__all__ = ["Core", "Stream"]

REQUEST: Final = "request"
BODY: Final = "body"
END: Final = "end"
RESET: Final = "reset"
FAULT: Final = "fault"
ROOM: Final = "room"
PRIORITISE: Final = "prioritise"
GONE: Final = "gone"

Event = tuple[Any, ...]
"""
(REQUEST, stream, RequestHead, ended)   a request came
(BODY, stream, bytes, flow)             a part of its body, for which `flow` bytes are acknowledged
(END, stream, trailers)                 the end of its body; trailers are fields, or None
(RESET, stream, code)                   the peer wants no more of this stream
(FAULT, stream, StreamFault)            the peer broke a rule, and the stream was reset
(ROOM, stream)                          there is more room for sending; stream 0: for all
(PRIORITISE, stream, dependsOn, weight, exclusive)
(GONE, code)                            the peer begins nothing more
"""


class Stream:
    """How far one stream has come, and its windows in bytes."""

    __slots__ = ("bodyLeft", "outWindow", "receiving", "window")

    def __init__(self, window: Window, outWindow: int) -> None:
        self.receiving = True
        self.window = window
        self.outWindow = outWindow
        self.bodyLeft: int | None = None


class Core:
    """
    One connection.

    Attributes:
        out: what has to be sent now; whoever sends it empties the list.
        maxStreams: requests at a time.
        maxFieldBytes: what the fields of a message may decode to, each with 32 bytes more.
        maxBlockBytes: bytes of a block of fields as they come.
        maxBlockFrames: frames that it may be spread over.
        streamWindow, connectionWindow: bytes of bodies that may be on the way to us.
        idleFrames, idleFramesPerSecond: frames that bring nothing: how many at once, and how many
            of them are forgiven in a second.
        largestFrame: bytes of a frame that we send, if the peer takes them.
        last: the highest stream that the peer began.
        unread: streams whose response is complete while their request is not. What comes on them is
            dropped, up to the window that they have; a peer that was told at once to stop might not
            read the response (RFC 9113, section 8.1, says that it must, and curl 7.88 does not).
        maxUnread: how many of them there may be.

    Args: seconds: the clock.
    """

    maxStreams = 100
    maxFieldBytes = 65536
    maxBlockBytes = 32768
    maxBlockFrames = 8
    streamWindow = 262144
    connectionWindow = 1048576
    idleFrames = 1000
    idleFramesPerSecond = 100
    largestFrame = 65536
    maxUnread = 100

    def __init__(self, seconds: Callable[[], float]) -> None:
        self.out: list[bytes] = []
        self.streams: dict[int, Stream] = {}
        self.last = 0
        self.unread: dict[int, None] = {}
        self.maxFrame = frames.smallestMaxFrame
        self.outWindow = frames.defaultWindow
        self._window = Window(frames.defaultWindow, self.connectionWindow)
        self._initialOut = frames.defaultWindow
        self._reader = FieldReader(self.maxFieldBytes)
        self._writer = FieldWriter()
        self._idle = Budget(self.idleFrames, self.idleFramesPerSecond, seconds)
        self._preface = frames.PREFACE
        self._buffer = bytearray()
        self._needed = 0
        self._events: list[Event] = []
        self._block: bytearray | None = None
        self._blockStream = self._blockFlags = self._blockFrames = 0

    def settings(self) -> bytes:
        """Returns: what is sent first of all."""
        return frames.settingsFrame(
            {
                frames.SETTING_MAX_CONCURRENT_STREAMS: self.maxStreams,
                frames.SETTING_MAX_HEADER_LIST_SIZE: self.maxFieldBytes,
            }
        )

    # Receiving

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

    def isInHead(self) -> bool:
        """Whether something is on the way that has to be whole before a request can begin."""
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

    def _countIdle(self) -> None:
        if not self._idle.take():
            raise ConnectionFault(
                "too many frames came that bring nothing", ErrorCodes.ENHANCE_YOUR_CALM
            )

    def _unpadded(self, flags: int, payload: bytes) -> bytes:
        if not flags & frames.PADDED:
            return payload
        if not payload or payload[0] >= len(payload):
            raise ConnectionFault("the padding of a frame is longer than the frame")
        return payload[1 : len(payload) - payload[0]]

    def _isIdle(self, streamID: int) -> bool:
        """Whether nobody has begun this stream: even numbers would be ours, and we begin none."""
        return streamID > self.last or not streamID & 1

    def _fault(self, streamID: int, fault: StreamFault) -> None:
        self.out.append(self.reset(streamID, fault.error_code))
        self._events.append((FAULT, streamID, fault))

    # Fields

    def _takeHeaders(self, flags: int, streamID: int, payload: bytes) -> None:
        if not streamID & 1:
            raise ConnectionFault(f"fields came on the stream {streamID}, which is not the peer's")
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

    def _endBlock(self, flags: int, streamID: int, block: bytes) -> None:
        ended = bool(flags & frames.END_STREAM)
        stream = self.streams.get(streamID)
        if stream is not None or streamID <= self.last:
            self._endTrailers(stream, streamID, ended, block)
            return
        self.last = streamID
        if len(self.streams) >= self.maxStreams:
            self._reader.decode(block)
            why = StreamFault("too many requests at a time", ErrorCodes.REFUSED_STREAM)
            self._fault(streamID, why)
            return
        try:
            head = self._reader.request(block)
            if ended and head.length:
                raise StreamFault("a request ends without its body")
        except StreamFault as fault:
            self._fault(streamID, fault)
            return
        window = Window(frames.defaultWindow, self.streamWindow)
        stream = self.streams[streamID] = Stream(window, self._initialOut)
        stream.bodyLeft = head.length
        stream.receiving = not ended
        self._events.append((REQUEST, streamID, head, ended))

    def _endTrailers(self, stream: Stream | None, streamID: int, ended: bool, block: bytes) -> None:
        decoded = self._reader.decode(block)
        if stream is None or not stream.receiving:
            # It was closed, perhaps by us while this was on the way: the tables must know of it.
            self._countIdle()
            return
        if not ended or stream.bodyLeft:
            self._fault(streamID, StreamFault("fields came before the end of a body"))
            return
        try:
            trailers = readTrailers(decoded)
        except StreamFault as fault:
            self._fault(streamID, fault)
            return
        stream.receiving = False
        self._events.append((END, streamID, trailers))

    # Bodies

    def _takeData(self, flags: int, streamID: int, payload: bytes) -> None:
        size = len(payload)
        if not streamID or self._isIdle(streamID):
            raise ConnectionFault(f"a body came on the stream {streamID}, which was not begun")
        if not self._window.take(size):
            raise ConnectionFault(
                "a body is larger than the window of the connection", ErrorCodes.FLOW_CONTROL_ERROR
            )
        data = self._unpadded(flags, payload)
        ended = bool(flags & frames.END_STREAM)
        stream = self.streams.get(streamID)
        if stream is None or not stream.receiving:
            self._dropBody(stream, streamID, size, ended)
            return
        if not stream.window.take(size):
            self._release(size)
            why = StreamFault("a body is larger than its window", ErrorCodes.FLOW_CONTROL_ERROR)
            self._fault(streamID, why)
            return
        if not data and not ended:
            self._countIdle()
        left = stream.bodyLeft
        if left is not None:
            stream.bodyLeft = left = left - len(data)
            if left < 0 or (ended and left):
                self._fault(streamID, StreamFault("a body has another length than was said"))
                return
        if size:
            self._events.append((BODY, streamID, data, size))
        if ended:
            stream.receiving = False
            self._events.append((END, streamID, None))

    def _dropBody(self, stream: Stream | None, streamID: int, size: int, ended: bool) -> None:
        """Something came that nobody wants; it may have been on the way when we said so."""
        self._countIdle()
        self._release(size)
        if ended:
            self.unread.pop(streamID, None)
        if stream is not None:
            why = StreamFault("a body goes on after its end", ErrorCodes.STREAM_CLOSED)
            self._fault(streamID, why)

    def _release(self, size: int) -> None:
        more = self._window.release(size)
        if more:
            self.out.append(frames.windowFrame(0, more))

    def acknowledge(self, streamID: int, size: int) -> None:
        """So many bytes of a body were dealt with: the peer may send more, if `out` says so."""
        stream = self.streams.get(streamID)
        if stream is None:
            return
        self._release(size)
        more = stream.window.release(size)
        if more and stream.receiving:
            self.out.append(frames.windowFrame(streamID, more))

    # Windows for what we send

    def _takeWindowUpdate(self, flags: int, streamID: int, payload: bytes) -> None:
        if len(payload) != 4:
            raise ConnectionFault("a WINDOW_UPDATE has 4 bytes", ErrorCodes.FRAME_SIZE_ERROR)
        more = int.from_bytes(payload, "big") & 0x7FFFFFFF
        self._countIdle()
        if not streamID:
            if not more:
                raise ConnectionFault("a window was enlarged by nothing")
            self.outWindow += more
            if self.outWindow > frames.largestWindow:
                raise ConnectionFault(
                    "the window of the connection is too large", ErrorCodes.FLOW_CONTROL_ERROR
                )
            self._events.append((ROOM, 0))
            return
        if self._isIdle(streamID):
            raise ConnectionFault("the window of a stream came before the stream")
        stream = self.streams.get(streamID)
        if stream is None:
            return
        stream.outWindow += more
        if not more:
            self._fault(streamID, StreamFault("a window was enlarged by nothing"))
        elif stream.outWindow > frames.largestWindow:
            self._fault(
                streamID, StreamFault("a window is too large", ErrorCodes.FLOW_CONTROL_ERROR)
            )
        else:
            self._events.append((ROOM, streamID))

    # The rest of what comes

    def _takePriority(self, flags: int, streamID: int, payload: bytes) -> None:
        if len(payload) != 5:
            raise ConnectionFault("a PRIORITY has 5 bytes", ErrorCodes.FRAME_SIZE_ERROR)
        if not streamID:
            raise ConnectionFault("a PRIORITY is for a stream")
        self._countIdle()
        self._prioritise(streamID, payload)

    def _prioritise(self, streamID: int, payload: bytes) -> None:
        number = int.from_bytes(payload[:4], "big")
        dependsOn = number & 0x7FFFFFFF
        if dependsOn == streamID:
            raise ConnectionFault("a stream depends on itself")
        exclusive = bool(number >> 31)
        self._events.append((PRIORITISE, streamID, dependsOn, payload[4] + 1, exclusive))

    def _takeReset(self, flags: int, streamID: int, payload: bytes) -> None:
        if len(payload) != 4:
            raise ConnectionFault("a RST_STREAM has 4 bytes", ErrorCodes.FRAME_SIZE_ERROR)
        if self._isIdle(streamID) or not streamID:
            raise ConnectionFault(f"the stream {streamID} was reset before it was begun")
        if streamID in self.streams:
            self._forget(streamID)
            self._events.append((RESET, streamID, int.from_bytes(payload, "big")))
        elif streamID in self.unread:
            del self.unread[streamID]
        else:
            self._countIdle()

    def _takeSettings(self, flags: int, streamID: int, payload: bytes) -> None:
        if streamID or len(payload) % 6 or (flags & frames.ACK and payload):
            raise ConnectionFault("a SETTINGS has another size", ErrorCodes.FRAME_SIZE_ERROR)
        self._countIdle()
        if flags & frames.ACK:
            return
        for at in range(0, len(payload), 6):
            number = int.from_bytes(payload[at : at + 2], "big")
            self._set(number, int.from_bytes(payload[at + 2 : at + 6], "big"))
        self.out.append(frames.ackSettings)

    def _set(self, number: int, value: int) -> None:
        if number == frames.SETTING_HEADER_TABLE_SIZE:
            self._writer.setTableSize(value)
        elif number == frames.SETTING_ENABLE_PUSH:
            if value > 1:
                raise ConnectionFault("SETTINGS_ENABLE_PUSH is neither 0 nor 1")
        elif number == frames.SETTING_MAX_FRAME_SIZE:
            if not frames.smallestMaxFrame <= value < 2**24:
                raise ConnectionFault(f"SETTINGS_MAX_FRAME_SIZE is {value}")
            self.maxFrame = min(value, self.largestFrame)
        elif number == frames.SETTING_INITIAL_WINDOW_SIZE:
            self._setInitialWindow(value)

    def _setInitialWindow(self, value: int) -> None:
        more = value - self._initialOut
        self._initialOut = value
        largest = max((each.outWindow for each in self.streams.values()), default=0)
        if value > frames.largestWindow or largest + more > frames.largestWindow:
            raise ConnectionFault("a window is too large", ErrorCodes.FLOW_CONTROL_ERROR)
        for each in self.streams.values():
            each.outWindow += more
        self._events.append((ROOM, 0))

    def _takePing(self, flags: int, streamID: int, payload: bytes) -> None:
        if streamID or len(payload) != 8:
            raise ConnectionFault("a PING has 8 bytes", ErrorCodes.FRAME_SIZE_ERROR)
        self._countIdle()
        if not flags & frames.ACK:
            self.out.append(frames.ackPing(payload))

    def _takeGoAway(self, flags: int, streamID: int, payload: bytes) -> None:
        if streamID or len(payload) < 8:
            raise ConnectionFault("a GOAWAY has 8 bytes", ErrorCodes.FRAME_SIZE_ERROR)
        self._countIdle()
        self._events.append((GONE, int.from_bytes(payload[4:8], "big")))

    def _takePush(self, flags: int, streamID: int, payload: bytes) -> None:
        raise ConnectionFault("a client pushes nothing")

    _takers: dict[int, Callable[[Core, int, int, bytes], None]] = {
        frames.DATA: _takeData,
        frames.HEADERS: _takeHeaders,
        frames.PRIORITY: _takePriority,
        frames.RST_STREAM: _takeReset,
        frames.SETTINGS: _takeSettings,
        frames.PUSH_PROMISE: _takePush,
        frames.PING: _takePing,
        frames.GOAWAY: _takeGoAway,
        frames.WINDOW_UPDATE: _takeWindowUpdate,
        frames.CONTINUATION: _takeContinuation,
    }

    # Sending

    def room(self, streamID: int) -> int:
        """Returns: bytes of a body that the peer takes now; not above 0 if it takes none."""
        stream = self.streams.get(streamID)
        return 0 if stream is None else min(stream.outWindow, self.outWindow)

    def headers(self, streamID: int, fields: list[tuple[bytes, bytes]], end: bool) -> bytes:
        """
        Args:
            fields: names are in lower case.
            end: whether the response ends with them.
        Returns: bytes to send.
        """
        sent = frames.headerFrames(self._writer.encode(fields), streamID, end, self.maxFrame)
        return sent + self._ended(streamID) if end else sent

    def dataHead(self, streamID: int, size: int) -> bytes:
        """Returns: what is sent before ``size`` bytes of a body, for which there is `room`."""
        self.streams[streamID].outWindow -= size
        self.outWindow -= size
        # Those who take what we send have a reason to open their windows.
        self._idle.giveBack(2)
        return frames.dataHead(size, streamID, False)

    def end(self, streamID: int) -> bytes:
        """Returns: the end of a response."""
        return frames.dataHead(0, streamID, True) + self._ended(streamID)

    def _ended(self, streamID: int) -> bytes:
        stream = self._forget(streamID)
        if stream is None or not stream.receiving:
            return b""
        self.unread[streamID] = None
        if len(self.unread) <= self.maxUnread:
            return b""
        return self.stop(next(iter(self.unread)))

    def stop(self, streamID: int) -> bytes:
        """Returns: what tells the peer to send no more of an `unread` request."""
        self.unread.pop(streamID, None)
        return frames.resetFrame(streamID, ErrorCodes.NO_ERROR)

    def reset(self, streamID: int, code: int) -> bytes:
        """Returns: what tells the peer that a stream is over."""
        self._forget(streamID)
        return frames.resetFrame(streamID, code)

    def goAway(self, code: int) -> bytes:
        """Returns: what tells the peer that the connection is over."""
        return frames.goAwayFrame(self.last, code)

    def _forget(self, streamID: int) -> Stream | None:
        stream = self.streams.pop(streamID, None)
        if stream is not None and stream.window.held:
            self._release(stream.window.held)
        return stream
