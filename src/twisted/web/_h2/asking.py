"""What a client's side of HTTP/2 does: it asks, and takes responses."""

from __future__ import annotations

from . import frames
from .core import Core, Stream
from .events import INTERIM, RESPONSE, ROOM
from .faults import ConnectionFault, StreamFault
from .responses import ResponseHead, readResponse
from .windows import Window

__all__ = ["ClientCore"]


class AskedStream(Stream):
    """
    As `Stream`, with what a response depends on.

    Attributes:
        sending: whether the request has not ended.
        waiting: whether the head of the response has not come.
        toHead: whether it is the response to HEAD, which has no body whatever it says.
        interim: how many responses came before it.
    """

    __slots__ = ("interim", "sending", "toHead", "waiting")

    def __init__(self, window: Window, outWindow: int, sending: bool, toHead: bool) -> None:
        super().__init__(window, outWindow)
        self.sending = sending
        self.waiting = True
        self.toHead = toHead
        self.interim = 0


class ClientCore(Core):
    """
    One connection.

    A response may be as large as one of HTTP/1. Readers that read nothing hold up nobody else: each
    stream has its window, and what came is forgotten by that of the connection at once.

    Attributes:
        peerMaxStreams: requests that the server takes at a time; what it says is not heeded beyond
            `maxStreams`.
        maxStreams: requests at a time, whatever it takes.
        maxInterim: responses that may come before the response.
        maxHeaders: fields of a response.
    """

    maxFieldBytes = 262144
    maxBlockBytes = 131072
    maxBlockFrames = 16
    streamWindow = 1048576
    connectionWindow = 16777216
    maxUnread = 1000
    boundsAll = False
    mostPush = 0
    maxStreams = 256
    peerMaxStreams = 100
    maxInterim = 100
    maxHeaders = 1000
    last = -1
    _greeted = False

    def greeting(self) -> bytes:
        """Returns: what is sent first of all."""
        settings = {
            frames.SETTING_ENABLE_PUSH: 0,
            frames.SETTING_INITIAL_WINDOW_SIZE: self.streamWindow,
            frames.SETTING_MAX_HEADER_LIST_SIZE: self.maxFieldBytes,
        }
        more = self.connectionWindow - self._window.left
        self._window = Window(self.connectionWindow, self.connectionWindow)
        return frames.PREFACE + frames.settingsFrame(settings) + frames.windowFrame(0, more)

    def ping(self) -> bytes:
        """Returns: what the server has to answer."""
        return frames.pingFrame(b"\0" * 8)

    @property
    def isExhausted(self) -> bool:
        """Whether there is no number left for another request."""
        return self.last >= frames.largestStream - 1

    def request(
        self, fields: list[tuple[bytes, bytes]], end: bool, toHead: bool
    ) -> tuple[int, bytes]:
        """
        Args:
            fields: names are in lower case, those with a colon come first.
            end: whether there is no body.
            toHead: whether it is HEAD.
        Returns: the number of the stream, and bytes to send.
        """
        self.last = streamID = self.last + 2
        window = Window(self.streamWindow, self.streamWindow)
        self.streams[streamID] = AskedStream(window, self._initialOut, True, toHead)
        return streamID, self.headers(streamID, fields, end)

    def _takeFrame(self, kind: int, flags: int, streamID: int, payload: bytes) -> None:
        if not self._greeted:
            # Section 3.4: what speaks HTTP/1 to us, or nothing that we know, shows at once.
            if kind != frames.SETTINGS or flags & frames.ACK:
                raise ConnectionFault("the server does not begin as one of HTTP/2")
            self._greeted = True
        super()._takeFrame(kind, flags, streamID, payload)

    def _set(self, number: int, value: int) -> None:
        if number == frames.SETTING_MAX_CONCURRENT_STREAMS:
            self.peerMaxStreams = min(value, self.maxStreams)
            self._events.append((ROOM, 0))
        else:
            super()._set(number, value)

    def _endBlock(self, flags: int, streamID: int, block: bytes) -> None:
        if self._isIdle(streamID):
            raise ConnectionFault(f"a response came on the stream {streamID}, to no request")
        ended = bool(flags & frames.END_STREAM)
        stream = self.streams.get(streamID)
        if not isinstance(stream, AskedStream) or not stream.waiting:
            self._endTrailers(stream, streamID, ended, block)
            return
        try:
            self._takeHead(stream, streamID, self._reader.head(block, readResponse), ended)
        except StreamFault as fault:
            self._fault(streamID, fault)

    def _takeHead(
        self, stream: AskedStream, streamID: int, head: ResponseHead, ended: bool
    ) -> None:
        if head.count > self.maxHeaders:
            raise StreamFault(f"a response has more than {self.maxHeaders} fields")
        if head.code < 200:
            stream.interim += 1
            if ended or stream.interim > self.maxInterim:
                raise StreamFault(f"after {stream.interim} interim responses there is no other")
            self._countIdle()
            self._events.append((INTERIM, streamID, head))
            return
        stream.waiting = False
        stream.bodyLeft = 0 if stream.toHead or head.code in (204, 304) else head.length
        if ended:
            if stream.bodyLeft:
                raise StreamFault("a response ends without its body")
            self._whole(streamID, stream)
        self._events.append((RESPONSE, streamID, head, ended))

    def _takeData(self, flags: int, streamID: int, payload: bytes) -> None:
        stream = self.streams.get(streamID)
        if isinstance(stream, AskedStream) and stream.waiting:
            self._fault(streamID, StreamFault("a body came before its response"))
        super()._takeData(flags, streamID, payload)

    _takers = {**Core._takers, frames.DATA: _takeData}

    def _whole(self, streamID: int, stream: Stream) -> None:
        super()._whole(streamID, stream)
        # Servers that answer may say other things in between.
        self._idle.giveBack(2)
        if isinstance(stream, AskedStream) and not stream.sending:
            self.forget(streamID)

    def _ended(self, streamID: int) -> bytes:
        stream = self.streams.get(streamID)
        if isinstance(stream, AskedStream):
            stream.sending = False
            if not stream.receiving:
                self.forget(streamID)
        return b""

    def reset(self, streamID: int, code: int) -> bytes:
        """Returns: what tells the server that a stream is over; it may send on for a while."""
        stream = self.forget(streamID)
        if stream is not None and stream.receiving:
            self.unread[streamID] = stream.window
            if len(self.unread) > self.maxUnread:
                del self.unread[next(iter(self.unread))]
        return frames.resetFrame(streamID, code)

    def _lastOfPeer(self) -> int:
        return 0
