"""
A connection of HTTP/2 (RFC 9113) without input or output, whichever side of it is ours: bytes in,
events out.

It knows no transport and no messages. `Core.receive` gives events, and puts what has to be sent at
once into `Core.out`; the other methods return bytes, which are sent in the order of the calls. What
a server and a client do in different ways stands in `serving` and `asking`.

Law: whoever sends many frames that bring nothing is told to calm down.
"""

from __future__ import annotations

from collections.abc import Callable

from h2.errors import ErrorCodes

from . import frames
from .assembling import Assembling
from .budget import Budget
from .events import BODY, END, FAULT, GONE, PRIORITISE, RESET, ROOM
from .faults import ConnectionFault, StreamFault
from .fields import FieldReader, FieldWriter, readTrailers
from .windows import Window

__all__ = ["Core", "Stream"]


class Stream:
    """
    How far one stream has come, and its windows in bytes.

    Attributes:
        receiving: whether more may come.
        bodyLeft: bytes of a body that are to come, or None where that is not known.
        window: for what comes.
        outWindow: for what we send.
    """

    __slots__ = ("bodyLeft", "outWindow", "receiving", "window")

    def __init__(self, window: Window, outWindow: int) -> None:
        self.receiving = True
        self.window = window
        self.outWindow = outWindow
        self.bodyLeft: int | None = None


class Core(Assembling):
    """
    One connection.

    Attributes:
        out: what has to be sent now; whoever sends it empties the list.
        maxFieldBytes: what the fields of a message may decode to, each with 32 bytes more.
        streamWindow, connectionWindow: bytes of bodies that may be on the way to us.
        idleFrames, idleFramesPerSecond: frames that bring nothing: how many at once, and how many
            of them are forgiven in a second.
        largestFrame: bytes of a frame that we send, if the peer takes them.
        last: the highest stream that the client began.
        unread: windows of streams that are over for us, and perhaps not for the peer. What comes
            on them is dropped, up to the window that they have.
        maxUnread: how many of them there may be.
        boundsAll: whether what was not acknowledged counts for the window of the connection too:
            then it bounds all streams together, and those that nobody reads hold the others up.
        mostPush: what the peer may say of SETTINGS_ENABLE_PUSH.

    Args: seconds: the clock.
    """

    maxFieldBytes = 65536
    streamWindow = 262144
    connectionWindow = 1048576
    idleFrames = 1000
    idleFramesPerSecond = 100
    largestFrame = 65536
    maxUnread = 100
    boundsAll = True
    mostPush = 1
    last = 0

    def __init__(self, seconds: Callable[[], float]) -> None:
        super().__init__()
        self.out: list[bytes] = []
        self.streams: dict[int, Stream] = {}
        self.unread: dict[int, Window] = {}
        self.maxFrame = frames.smallestMaxFrame
        self.outWindow = frames.defaultWindow
        self._window = Window(frames.defaultWindow, self.connectionWindow)
        self._initialOut = frames.defaultWindow
        self._reader = FieldReader(self.maxFieldBytes)
        self._writer = FieldWriter()
        self._idle = Budget(self.idleFrames, self.idleFramesPerSecond, seconds)

    # Receiving

    def _countIdle(self) -> None:
        if not self._idle.take():
            raise ConnectionFault(
                "too many frames came that bring nothing", ErrorCodes.ENHANCE_YOUR_CALM
            )

    def _isIdle(self, streamID: int) -> bool:
        """Whether nobody has begun this stream: even numbers would be a server's, which no one
        begins."""
        return streamID > self.last or not streamID & 1

    def _fault(self, streamID: int, fault: StreamFault) -> None:
        self.out.append(self.reset(streamID, fault.error_code))
        self._events.append((FAULT, streamID, fault))

    def _whole(self, streamID: int, stream: Stream) -> None:
        """The peer has sent all of its message."""
        stream.receiving = False

    # Fields after a body

    def _endTrailers(self, stream: Stream | None, streamID: int, ended: bool, block: bytes) -> None:
        decoded = self._reader.decode(block)
        if stream is None or not stream.receiving:
            # It was closed, perhaps by us while this was on the way: the tables must know of it.
            self._countIdle()
            if ended:
                self.unread.pop(streamID, None)
            return
        if not ended or stream.bodyLeft:
            self._fault(streamID, StreamFault("fields came before the end of a body"))
            return
        try:
            trailers = readTrailers(decoded)
        except StreamFault as fault:
            self._fault(streamID, fault)
            return
        self._whole(streamID, stream)
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
            self._release(size)
            self._dropBody(stream, streamID, size, ended)
            return
        if not stream.window.take(size):
            self._release(size)
            why = StreamFault("a body is larger than its window", ErrorCodes.FLOW_CONTROL_ERROR)
            self._fault(streamID, why)
            return
        if not self.boundsAll:
            self._release(size)
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
            self._whole(streamID, stream)
            self._events.append((END, streamID, None))

    def _dropBody(self, stream: Stream | None, streamID: int, size: int, ended: bool) -> None:
        """Something came that nobody wants; it may have been on the way when we said so."""
        unread = self.unread.get(streamID)
        if unread is None or not size:
            self._countIdle()
        elif not unread.take(size):
            raise ConnectionFault("a body is larger than its window", ErrorCodes.FLOW_CONTROL_ERROR)
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
        if self.boundsAll:
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
            self.forget(streamID)
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
            if value > self.mostPush:
                raise ConnectionFault(f"SETTINGS_ENABLE_PUSH is {value}")
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
        last = int.from_bytes(payload[:4], "big") & 0x7FFFFFFF
        self._events.append((GONE, int.from_bytes(payload[4:8], "big"), last))

    def _takePush(self, flags: int, streamID: int, payload: bytes) -> None:
        raise ConnectionFault("clients push nothing, and servers were told not to")

    _takers = {
        frames.DATA: _takeData,
        frames.HEADERS: Assembling._takeHeaders,
        frames.PRIORITY: _takePriority,
        frames.RST_STREAM: _takeReset,
        frames.SETTINGS: _takeSettings,
        frames.PUSH_PROMISE: _takePush,
        frames.PING: _takePing,
        frames.GOAWAY: _takeGoAway,
        frames.WINDOW_UPDATE: _takeWindowUpdate,
        frames.CONTINUATION: Assembling._takeContinuation,
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
            end: whether the message ends with them.
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
        """Returns: the end of a message."""
        return frames.dataHead(0, streamID, True) + self._ended(streamID)

    def _ended(self, streamID: int) -> bytes:
        """Returns: what is to be sent after the end of a message."""
        raise NotImplementedError

    def reset(self, streamID: int, code: int) -> bytes:
        """Returns: what tells the peer that a stream is over."""
        self.forget(streamID)
        return frames.resetFrame(streamID, code)

    def goAway(self, code: int) -> bytes:
        """Returns: what tells the peer that the connection is over."""
        return frames.goAwayFrame(self._lastOfPeer(), code)

    def _lastOfPeer(self) -> int:
        """Returns: the highest stream that the peer began and we have looked at."""
        raise NotImplementedError

    def forget(self, streamID: int) -> Stream | None:
        """Returns: a stream, of which nothing more is known from now on."""
        stream = self.streams.pop(streamID, None)
        if stream is not None and self.boundsAll and stream.window.held:
            self._release(stream.window.held)
        return stream
