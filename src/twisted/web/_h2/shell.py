"""
A connection of HTTP/2 on a transport, whichever side of it is ours: the order in which it writes.

First comes what controls the connection, which obeys no window and is bounded; then bodies, a frame
of each stream in turn, as far as windows and transport allow. What is written while something is
received is written as one.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer, ISSLTransport
from twisted.internet.protocol import Protocol
from twisted.logger import Logger

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress

    from .core import Core
    from .exchange import Exchange

__all__ = ["Shell"]


@implementer(IPushProducer)
class Shell(Protocol):
    """
    The writing half of a connection.

    Args:
        reactor: whose clock and timers are used.
        core: says what to write.
    """

    transport: Any

    _log = Logger(namespace="twisted.web.http")
    # Bytes of control frames that wait for a transport that takes none.
    _maxBufferedControlFrameBytes = 65536
    # Bytes of bodies that are written before others get their turn.
    _mostInOneTurn = 262144

    _stillProducing = True
    _consumerBlocked: object = None
    _bufferedControlFrameBytes = 0
    _secure: bool | None = None
    _sendCall: Any = None
    # While something is received: what is to be written after it, as one.
    _batch: list[bytes] | None = None

    def __init__(self, reactor: Any, core: Core) -> None:
        self._reactor = reactor
        self._core: Any = core
        self._ready: deque[Any] = deque()
        self._bufferedControlFrames: deque[bytes] = deque()

    # What streams ask for

    def getPeer(self) -> IAddress:
        """Returns: the address of the other side."""
        peer: IAddress = self.transport.getPeer()
        return peer

    def getHost(self) -> IAddress:
        """Returns: the address of our side."""
        host: IAddress = self.transport.getHost()
        return host

    def _isSecure(self) -> bool:
        if self._secure is None:
            self._secure = bool(ISSLTransport.providedBy(self.transport))
        return self._secure

    def _acknowledge(self, streamID: int, size: int) -> None:
        self._core.acknowledge(streamID, size)
        self._sendOut()

    def _room(self, streamID: int) -> int:
        room: int = self._core.room(streamID)
        return room

    # What controls the connection

    def _sendOut(self) -> None:
        out = self._core.out
        if out:
            self._core.out = []
            for frame in out:
                self._writeControl(frame)

    def _writeControl(self, data: bytes) -> None:
        """Send frames that obey no window, or keep them while the transport takes none."""
        if self._consumerBlocked is None and not self._bufferedControlFrames:
            self._write(data)
            return
        self._bufferedControlFrames.append(data)
        self._bufferedControlFrameBytes += len(data)
        if self._bufferedControlFrameBytes > self._maxBufferedControlFrameBytes:
            # CVE-2019-9512, CVE-2019-9514, CVE-2019-9515: it asks, and reads no answers.
            self._log.info(
                "Cut the connection of {peer}, which reads no answers",
                peer=self.transport.getPeer(),
            )
            self.transport.abortConnection()

    def _write(self, data: bytes) -> None:
        if self._batch is None:
            self.transport.write(data)
        else:
            self._batch.append(data)

    def _flushBatch(self) -> None:
        batch, self._batch = self._batch, None
        if batch:
            self.transport.write(batch[0] if len(batch) == 1 else b"".join(batch))

    def _closeTransport(self) -> None:
        """Close when all that is to be said was said: TLS waits for producers before it does."""
        self._stillProducing = False
        self._consumerBlocked = None
        self._writeBuffered()
        try:
            self.transport.unregisterProducer()
        except RuntimeError:
            pass  # nobody registered us
        self.transport.loseConnection()

    def _writeBuffered(self) -> None:
        waiting = self._bufferedControlFrames
        while waiting and self._consumerBlocked is None:
            frame = waiting.popleft()
            self._bufferedControlFrameBytes -= len(frame)
            self._write(frame)

    # Bodies

    def _streamHasData(self, stream: Exchange) -> None:
        if not stream._isReady:
            stream._isReady = True
            self._enqueue(stream)
            self._sendSoon()

    def _enqueue(self, stream: Exchange) -> None:
        """It will be this stream's turn."""
        self._ready.append(stream)

    def _wasSent(self, stream: Exchange, hasMore: bool) -> None:
        """A frame was sent. Args: hasMore: whether the stream wants another turn."""
        if hasMore:
            self._ready.append(stream)
        else:
            stream._isReady = False

    def _sendSoon(self) -> None:
        if self._sendCall is None and self._consumerBlocked is None and self._stillProducing:
            self._sendCall = self._reactor.callLater(0, self._sendPrioritisedData)

    def _nextStream(self) -> Exchange | None:
        """Returns: whose turn it is, or None if nobody has anything to send."""
        ready = self._ready
        while ready:
            stream: Exchange = ready.popleft()
            if stream._queue:
                return stream
            stream._isReady = False
        return None

    def _sendPrioritisedData(self) -> None:
        """Send bodies, a frame of each stream in turn, as far as windows and transport allow."""
        self._sendCall = None
        parts: list[bytes | memoryview] = []
        complete: list[Exchange] = []
        size = 0
        while size < self._mostInOneTurn and self._stillProducing:
            if self._consumerBlocked is not None:
                break
            stream = self._nextStream()
            if stream is None:
                break
            size += self._sendFrame(stream, parts, complete)
        else:
            self._sendSoon()
        if parts:
            self._sentSomething()
            self._write(b"".join(parts))
        for stream in complete:
            self._sentAll(stream)

    def _sendFrame(
        self, stream: Exchange, parts: list[bytes | memoryview], complete: list[Exchange]
    ) -> int:
        """Send one frame of a stream. Returns: about how many bytes that are."""
        streamID = stream.streamID
        queue = stream._queue
        first = queue[0]
        if type(first) is list:
            self._sendEnd(stream, first, parts)
            complete.append(stream)
            return 64
        size = len(first)
        room = min(self._core.room(streamID), self._core.maxFrame)
        if room <= 0:
            self._wasSent(stream, False)
            return 1
        if size <= room:
            queue.popleft()
        else:
            view = memoryview(first)  # type: ignore[arg-type]  # no list
            first, queue[0] = view[:room], view[room:]
            size = room
        parts.append(self._core.dataHead(streamID, size))
        parts.append(first)  # type: ignore[arg-type]  # no list
        stream._queued -= size
        self._wasSent(stream, bool(queue))
        stream._resumeIfRoom()
        return size + 64

    def _sendEnd(
        self,
        stream: Exchange,
        trailers: list[tuple[bytes, bytes]],
        parts: list[bytes | memoryview],
    ) -> None:
        if trailers:
            parts.append(self._core.headers(stream.streamID, trailers, True))
        else:
            parts.append(self._core.end(stream.streamID))
        # The windows of what was not read of the other direction.
        parts += self._core.out
        self._core.out.clear()
        stream._queue.clear()
        stream._isReady = False

    def _sentSomething(self) -> None:
        """Parts of bodies go out."""

    def _sentAll(self, stream: Exchange) -> None:
        """A stream has sent its message to the end."""

    # The transport pauses us

    def pauseProducing(self) -> None:
        """The transport has enough to send."""
        self._consumerBlocked = True

    def resumeProducing(self) -> None:
        """The transport has room again."""
        self._consumerBlocked = None
        self._writeBuffered()
        if self._hasReady():
            self._sendSoon()

    def _hasReady(self) -> bool:
        return bool(self._ready)

    def stopProducing(self) -> None:
        """The transport takes no more."""
        raise NotImplementedError
