"""Sending files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import interfaces
from twisted.internet.defer import Deferred

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from twisted.internet.interfaces import IConsumer


@implementer(interfaces.IProducer)
class FileSender:
    """
    Sends what is in a file, as fast as the other end takes it.

    Attributes:
        CHUNK_SIZE: bytes that are read at a time.
        lastSent: the last byte that was sent.
        deferred: fires at the end; None when nothing is being sent.
        file: the file, open for reading bytes. It is not closed here.
        consumer: where it goes.
        transform: applied to each chunk, or None.
    """

    CHUNK_SIZE: int = 2**14
    lastSent: Any = ""
    deferred: Deferred[Any] | None = None
    file: Any = None
    consumer: Any = None
    transform: Callable[[bytes], bytes] | None = None

    def beginFileTransfer(
        self,
        file: BinaryIO | Any,
        consumer: IConsumer,
        transform: Callable[[bytes], bytes] | None = None,
    ) -> Deferred[Any]:
        """
        Begin to send a file.

        Args:
            file: open for reading bytes, at the place to begin.
            consumer: where it goes; we register as a pull producer.
            transform: applied to each chunk as it is read. Chunks are cut without regard to
                what is in them.
        Returns: a Deferred of the last byte that was sent (``""`` for an empty file). It fails
            when the consumer goes away.
        """
        self.file = file
        self.consumer = consumer
        self.transform = transform
        done: Deferred[Any] = Deferred()
        self.deferred = done
        consumer.registerProducer(self, False)
        return done

    def resumeProducing(self) -> None:
        """Send a chunk, or end."""
        chunk = self.file.read(self.CHUNK_SIZE) if self.file else b""
        if chunk:
            if self.transform is not None:
                chunk = self.transform(chunk)
            self.consumer.write(chunk)
            self.lastSent = chunk[-1:]
            return
        self.file = None
        self.consumer.unregisterProducer()
        done, self.deferred = self.deferred, None
        if done is not None:
            done.callback(self.lastSent)

    def pauseProducing(self) -> None:
        """Nothing to do: nothing is sent without being asked for."""

    def stopProducing(self) -> None:
        """The consumer has gone: fail."""
        done, self.deferred = self.deferred, None
        if done is not None:
            done.errback(Exception("The file was not sent to its end: its consumer wants no more"))
