"""
One stream of a connection of HTTP/2, whichever side of it is ours: a message goes out, as its
windows allow, and another comes in, which can be paused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet._tls.producers import PullToPush
from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress

__all__ = ["Exchange"]


@implementer(ITransport, IConsumer, IPushProducer)
class Exchange:
    """
    For whoever is at work on it, a stream is a transport.

    Attributes:
        streamID: its number.
        producer: what produces our message, if something was registered.
        maxQueuedBytes: bytes that wait here before a producer is paused, whatever the peer would
            take: somebody who opens an endless window cannot make us fill it.

    Args:
        streamID: as the attribute.
        connection: what it belongs to.
    """

    producer: Any = None
    maxQueuedBytes = 131072
    _isReady = _isInTree = False

    def __init__(self, streamID: int, connection: Any) -> None:
        self.streamID = streamID
        self._conn = connection
        # What waits to be sent: parts of the body, then its end, which is a list of trailers.
        self._queue: deque[bytes | memoryview | list[tuple[bytes, bytes]]] = deque()
        self._queued = 0
        self._ending = self._over = False
        # What waits for a reader that has paused us.
        self._paused = self._complete = False
        self._aside: list[tuple[bytes, int]] = []
        self._producerProducing = False
        self._streaming = False

    # The connection

    def getPeer(self) -> IAddress:
        """Returns: the address of the other side."""
        peer: IAddress = self._conn.getPeer()
        return peer

    def getHost(self) -> IAddress:
        """Returns: the address of our side."""
        host: IAddress = self._conn.getHost()
        return host

    # What goes out

    def write(self, data: bytes) -> None:
        """Send a part of the body, when there is room for it."""
        if self._over or self._ending or not data:
            return
        self._queue.append(data)
        self._queued += len(data)
        self._conn._streamHasData(self)
        if self.producer is not None:
            self._pauseIfFull()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several parts of the body."""
        for part in iovec:
            self.write(part)

    def _finish(self, trailers: list[tuple[bytes, bytes]]) -> None:
        if self._over or self._ending:
            return
        self._ending = True
        self._queue.append(trailers)
        self._conn._streamHasData(self)

    def _close(self) -> None:
        """Let go of everything that was to be sent, and of what came."""
        self._over = True
        self._queue.clear()
        self._aside.clear()
        producer, self.producer = self.producer, None
        if producer is not None:
            producer.stopProducing()

    def loseConnection(self) -> None:
        """End the stream; others go on."""
        raise NotImplementedError

    def abortConnection(self) -> None:
        """End the stream at once; the other side sees that our message is not whole."""
        raise NotImplementedError

    # Who produces it

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Let something produce our message.

        Args:
            producer: an IPushProducer (``streaming``) or IPullProducer.
            streaming: which of both.
        Raises: ValueError while there is another.
        """
        if self.producer is not None:
            raise ValueError(
                f"cannot register {producer!r}: the producer {self.producer!r} is registered, "
                "and unregisterProducer() was not called"
            )
        self._streaming = streaming
        self._producerProducing = True
        if streaming:
            self.producer = producer
        else:
            self.producer = pulled = PullToPush(producer, self)
            pulled.startStreaming()

    def unregisterProducer(self) -> None:
        """The producer is done."""
        producer, self.producer = self.producer, None
        if producer is not None and not self._streaming:
            producer.stopStreaming()
        self._producerProducing = False

    def _hasRoom(self) -> bool:
        queued = self._queued
        room: int = self._conn._room(self.streamID)
        return queued < self.maxQueuedBytes and queued < room

    def _pauseIfFull(self) -> None:
        if self._producerProducing and not self._hasRoom():
            self._producerProducing = False
            self.producer.pauseProducing()

    def _resumeIfRoom(self) -> None:
        if self.producer is not None and not self._producerProducing and self._hasRoom():
            self._producerProducing = True
            self.producer.resumeProducing()

    # What comes in

    def _deliver(self, data: bytes) -> None:
        """A part of the body came."""
        raise NotImplementedError

    def _deliverEnd(self) -> None:
        """All of it came."""
        raise NotImplementedError

    def _wantsNoMore(self) -> bool:
        """Whether what comes is thrown away."""
        return self._over

    def _receive(self, data: bytes, flow: int) -> None:
        if self._wantsNoMore():
            self._conn._acknowledge(self.streamID, flow)
            return
        if self._paused:
            self._aside.append((data, flow))
            return
        if data:
            self._deliver(data)
        self._conn._acknowledge(self.streamID, flow)

    def _end(self) -> None:
        self._complete = True
        if not self._paused and not self._wantsNoMore():
            self._endNow()

    def _endNow(self) -> None:
        self._complete = False
        self._deliverEnd()

    def pauseProducing(self) -> None:
        """Let what comes wait: the other side is not allowed to send on."""
        self._paused = True

    def resumeProducing(self) -> None:
        """Give the reader what came."""
        self._paused = False
        aside, self._aside = self._aside, []
        for at, (data, flow) in enumerate(aside):
            if self._paused:
                self._aside = aside[at:]
                return
            if not self._over:
                self._receive(data, flow)
        if self._complete and not self._over and not self._paused:
            # Whoever resumes us may stop us next, and does not want the rest then.
            self._endNow()

    def stopProducing(self) -> None:
        """The reader takes no more: the stream is over."""
        self.abortConnection()
