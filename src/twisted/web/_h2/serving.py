"""What a server's side of HTTP/2 does: it takes requests."""

from __future__ import annotations

from collections.abc import Callable

from h2.errors import ErrorCodes

from . import frames
from .core import Core, Stream
from .events import REQUEST
from .faults import StreamFault
from .requests import readRequest
from .windows import Window

__all__ = ["ServerCore"]


class ServerCore(Core):
    """
    One connection.

    A request whose response is complete before it goes on being received, and is `unread`: a peer
    that was told at once to stop might not read the response (RFC 9113, section 8.1, says that it
    must, and curl 7.88 does not).

    Attributes: maxStreams: requests at a time.
    """

    maxStreams = 100

    def __init__(self, seconds: Callable[[], float]) -> None:
        super().__init__(seconds)
        self._preface = frames.PREFACE

    def settings(self) -> bytes:
        """Returns: what is sent first of all."""
        return frames.settingsFrame(
            {
                frames.SETTING_MAX_CONCURRENT_STREAMS: self.maxStreams,
                frames.SETTING_MAX_HEADER_LIST_SIZE: self.maxFieldBytes,
            }
        )

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
            head = self._reader.head(block, readRequest)
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

    def _ended(self, streamID: int) -> bytes:
        stream = self.forget(streamID)
        if stream is None or not stream.receiving:
            return b""
        self.unread[streamID] = stream.window
        if len(self.unread) <= self.maxUnread:
            return b""
        return self.stop(next(iter(self.unread)))

    def stop(self, streamID: int) -> bytes:
        """Returns: what tells the peer to send no more of an `unread` request."""
        self.unread.pop(streamID, None)
        return frames.resetFrame(streamID, ErrorCodes.NO_ERROR)

    def _lastOfPeer(self) -> int:
        return self.last
