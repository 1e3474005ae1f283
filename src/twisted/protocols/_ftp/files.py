"""Files of this machine, to be sent and to be received."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IConsumer
from twisted.protocols.basic import FileSender

from .contracts import IReadFile, IWriteFile
from .errors import TransferAbortedError


class _Sender(FileSender):
    # Measured with 100 MB over loopback: 16 KiB at a time costs three times the processor time.
    CHUNK_SIZE = 2**18

    def stopProducing(self) -> None:
        """The client has gone, or wants no more."""
        done, self.deferred = self.deferred, None
        if done is not None:
            done.errback(TransferAbortedError())


@implementer(IReadFile)
class _FileReader:
    """
    Sends a file.

    Attributes:
        fObj: the file, open for reading bytes; it is closed at the end.
    """

    def __init__(self, fObj: Any) -> None:
        self.fObj = fObj
        self._sent = False

    def seek(self, offset: int) -> None:
        """Begin at another byte than the first one."""
        self.fObj.seek(offset)

    def send(self, consumer: Any) -> Deferred[Any]:
        """See `IReadFile.send`."""
        if self._sent:
            raise ValueError("A file is sent once: open it again")
        self._sent = True
        return _Sender().beginFileTransfer(self.fObj, consumer).addBoth(self._close)

    def _close(self, passthrough: Any) -> Any:
        self.fObj.close()
        return passthrough


@implementer(IWriteFile)
class _FileWriter:
    """
    Receives a file.

    Attributes:
        fObj: the file, open for writing bytes.
    """

    def __init__(self, fObj: Any) -> None:
        self.fObj = fObj
        self._received = False

    def receive(self) -> Deferred[Any]:
        """See `IWriteFile.receive`."""
        if self._received:
            raise ValueError("A file is received once: open it again")
        self._received = True
        return succeed(FileConsumer(self.fObj))

    def close(self) -> Deferred[Any]:
        """See `IWriteFile.close`. The consumer has closed the file already, if there was one."""
        self.fObj.close()
        return succeed(None)


@implementer(IConsumer)
class FileConsumer:
    """
    Writes to a file.

    Attributes:
        fObj: open for writing bytes; it is closed when the producer goes away.
        producer: what produces, or None.
    """

    fObj: Any
    producer: Any = None

    def __init__(self, fObj: Any) -> None:
        self.fObj = fObj

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Take from a push producer; a disk is never too slow for it."""
        if not streaming:
            raise ValueError("A file asks for nothing: it takes from push producers only")
        self.producer = producer

    def unregisterProducer(self) -> None:
        """Close the file."""
        self.producer = None
        self.fObj.close()

    def write(self, bytes: bytes) -> None:
        """Write."""
        self.fObj.write(bytes)


class _Skipping:
    """A consumer that drops the beginning: for a shell's file that cannot begin elsewhere."""

    def __init__(self, consumer: Any, offset: int) -> None:
        self._consumer = consumer
        self._left = offset

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self._producer, self._streaming = producer, streaming
        self._consumer.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        self._consumer.unregisterProducer()

    def write(self, data: bytes) -> None:
        dropped = min(self._left, len(data))
        self._left -= dropped
        # A pull producer is asked for more by what is written, be it nothing.
        self._consumer.write(data[dropped:])
