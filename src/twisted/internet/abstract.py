"""
A base for descriptors that read and write themselves, and the question what an IP address is.

The engine's streams do not stand on `FileDescriptor`, for the loop reads and writes them; its
datagram ports and the pipes of processes do, and so may programs that bring their own kind of
descriptor (a serial line, a tunnel device, ...) to an ``IReactorFDSet`` reactor.
"""

from __future__ import annotations

from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import interfaces, main

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.interfaces import IProducer
    from twisted.python.failure import Failure


def isIPAddress(addr: str | bytes, family: int = AF_INET) -> bool:
    """
    Tell whether a text is the address of a host, rather than a name.

    Args:
        addr: the text.
        family: ``AF_INET`` for dotted quads of decimal numbers, or ``AF_INET6``, where a
            zone (``%eth0``) may follow.
    Raises: ValueError for another family.
    """
    if family not in (AF_INET, AF_INET6):
        raise ValueError(f"addresses are of AF_INET or AF_INET6, not {family!r}")
    try:
        text = addr.decode("ascii") if isinstance(addr, bytes) else addr
        if family == AF_INET6:
            text = text.partition("%")[0]
        inet_pton(family, text)
    except (OSError, ValueError):
        # UnicodeError is a ValueError, and so is what an embedded NUL raises.
        return False
    return True


def isIPv6Address(addr: str | bytes) -> bool:
    """Tell whether a text is an IPv6 address, with or without a zone."""
    return isIPAddress(addr, AF_INET6)


@implementer(
    interfaces.IPushProducer,
    interfaces.IReadWriteDescriptor,
    interfaces.IConsumer,
    interfaces.ITransport,
    interfaces.IHalfCloseableDescriptor,
)
class FileDescriptor:
    """
    A transport around a file descriptor.

    A subclass has at least `fileno`, `doRead` (which reads, and hands bytes to whom they
    concern) and `writeSomeData`. It sets ``connected`` when it is ready, and calls
    `startReading`. Buffering, producers and orderly closing are done here.

    Attributes:
        reactor: the reactor that watches it.
        connected: 1 while it can be used.
        disconnecting: 1 once it is to be closed when all is written.
        disconnected: 1 once it was closed.
        producer: who feeds it, if anybody.
        streamingProducer: whether that is a push producer.
        producerPaused: whether that was told to pause.
        bufferSize: bytes of unsent data at which a push producer is told to pause.
        SEND_LIMIT: bytes offered to one `writeSomeData`, at most.
        dataBuffer: what is being sent; ``offset`` bytes of it are sent already.
    """

    connected: int = 0
    disconnected: int = 0
    disconnecting: int = 0
    producer: Any = None
    streamingProducer: bool = False
    producerPaused: bool = False
    bufferSize: int = 2**16
    SEND_LIMIT: int = 128 * 1024
    dataBuffer: bytes = b""
    offset: int = 0
    _writeDisconnecting: bool = False
    _writeDisconnected: bool = False

    def __init__(self, reactor: Any = None) -> None:
        """
        Args:
            reactor: an ``IReactorFDSet``, or None for the global one.
        """
        if reactor is None:
            from twisted.internet import reactor
        self.reactor = reactor
        # What was written since dataBuffer was last filled, and how many bytes that is.
        self._tempDataBuffer: list[bytes] = []
        self._tempDataLen = 0

    # For the subclass

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """
        Override: write what is possible without waiting.

        Returns: how many bytes went out, or the reason why none ever will.
        """
        raise NotImplementedError(f"{self.__class__.__qualname__} has no writeSomeData")

    def doRead(self) -> Any:
        """Override: something can be read. See ``IReadDescriptor.doRead``."""
        raise NotImplementedError(f"{self.__class__.__qualname__} has no doRead")

    def fileno(self) -> int:
        """Override: give the descriptor, or -1 once it is closed."""
        return -1

    def getHost(self) -> Any:
        """Override: tell the address of this end."""
        raise NotImplementedError(f"{self.__class__.__qualname__} has no getHost")

    def getPeer(self) -> Any:
        """Override: tell the address of the other end."""
        raise NotImplementedError(f"{self.__class__.__qualname__} has no getPeer")

    def logPrefix(self) -> str:
        """Override: name it for the log."""
        return "-"

    def _closeWriteConnection(self) -> Any:
        """Override: close the writing direction. Returns: None, or a reason to close all."""

    def _postLoseConnection(self) -> Any:
        """All is written after `loseConnection`. Returns: the reason to give for the end."""
        return main.CONNECTION_DONE

    # Endings

    def connectionLost(self, reason: Failure) -> None:
        """It is closed. A subclass extends this: it closes the descriptor and tells of it."""
        self.disconnected = 1
        self.connected = 0
        producer, self.producer = self.producer, None
        if producer is not None:
            producer.stopProducing()
        self.stopReading()
        self.stopWriting()

    def readConnectionLost(self, reason: Failure) -> None:
        """The reading direction is closed; unless this is overridden, both are."""
        self.connectionLost(reason)

    def writeConnectionLost(self, reason: Failure) -> None:
        """The writing direction is closed; unless this is overridden, both are."""
        self.connectionLost(reason)

    def loseConnection(self, _connDone: Any = None) -> None:
        """Close when all that was written, and all that a producer still has, is sent."""
        if not self.connected or self.disconnecting:
            return
        self.stopReading()
        self.disconnecting = 1
        if self._writeDisconnected:
            # No write will come that could notice.
            from twisted.python.failure import Failure

            self.stopWriting()
            reason = _connDone or Failure(main.CONNECTION_DONE)
            self.reactor.callLater(0, self.connectionLost, reason)
        else:
            self.startWriting()

    def loseWriteConnection(self) -> None:
        """Close the writing direction when all is sent."""
        self._writeDisconnecting = True
        self.startWriting()

    # Writing

    def write(self, data: bytes) -> None:
        """
        Send bytes when the reactor says that it can be done.

        Raises: TypeError for what is not bytes.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"bytes can be written to a descriptor, not {type(data).__name__}")
        if data and self.connected and not self._writeDisconnected:
            self._tempDataBuffer.append(bytes(data))
            self._tempDataLen += len(data)
            self._somethingWaits()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send all of the pieces."""
        pieces = list(iovec)
        for piece in pieces:
            if not isinstance(piece, (bytes, bytearray, memoryview)):
                raise TypeError(f"bytes can be written to a descriptor, not {type(piece).__name__}")
        if pieces and self.connected and not self._writeDisconnected:
            self._tempDataBuffer.extend(map(bytes, pieces))
            self._tempDataLen += sum(map(len, pieces))
            self._somethingWaits()

    def _somethingWaits(self) -> None:
        waiting = self._tempDataLen + len(self.dataBuffer) - self.offset
        if self.streamingProducer and self.producer is not None and waiting > self.bufferSize:
            self.producerPaused = True
            self.producer.pauseProducing()
        self.startWriting()

    def doWrite(self) -> Any:
        """
        Send what can be sent.

        Returns: None to go on; otherwise why not. Called by the reactor.
        """
        if self._tempDataBuffer and len(self.dataBuffer) - self.offset < self.SEND_LIMIT:
            self.dataBuffer = b"".join([self.dataBuffer[self.offset :], *self._tempDataBuffer])
            self.offset = 0
            self._tempDataBuffer = []
            self._tempDataLen = 0

        end = self.offset + self.SEND_LIMIT
        count = self.writeSomeData(self.dataBuffer[self.offset : end])
        if isinstance(count, BaseException) or count < 0:
            return count
        self.offset += count
        if self.offset == len(self.dataBuffer) and not self._tempDataBuffer:
            return self._allSent()
        return None

    def _allSent(self) -> Any:
        """Find out what is next: more from the producer, the end, or nothing."""
        self.dataBuffer = b""
        self.offset = 0
        self.stopWriting()
        if self.producer is not None and (self.producerPaused or not self.streamingProducer):
            self.producerPaused = False
            self.producer.resumeProducing()
        elif self.disconnecting:
            return self._postLoseConnection()
        elif self._writeDisconnecting:
            self._writeDisconnected = True
            return self._closeWriteConnection()
        return None

    # Being a consumer

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """
        Let a producer feed it. See ``IConsumer.registerProducer``.

        Raises: RuntimeError where another one does.
        """
        if self.producer is not None:
            raise RuntimeError(
                f"{producer!r} cannot be registered: {self.producer!r} is, and was not unregistered"
            )
        if self.disconnected:
            producer.stopProducing()
            return
        self.producer = producer
        self.streamingProducer = streaming
        if not streaming:
            self.producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """The producer has finished; where it kept us from closing, go on with that."""
        self.producer = None
        if self.connected and self.disconnecting:
            self.startWriting()

    def stopConsuming(self) -> None:
        """Let the producer go, and close."""
        self.unregisterProducer()
        self.loseConnection()

    # Being a producer

    def resumeProducing(self) -> None:
        """Read again, unless it is about to be closed."""
        if self.connected and not self.disconnecting:
            self.startReading()

    def pauseProducing(self) -> None:
        """Read no more for now."""
        self.stopReading()

    def stopProducing(self) -> None:
        """Nobody wants to read any more: close."""
        self.loseConnection()

    # Being watched

    def startReading(self) -> None:
        """Have the reactor watch it for reading."""
        self.reactor.addReader(self)

    def stopReading(self) -> None:
        """Have the reactor watch it for reading no more."""
        self.reactor.removeReader(self)

    def startWriting(self) -> None:
        """Have the reactor watch it for writing."""
        self.reactor.addWriter(self)

    def stopWriting(self) -> None:
        """Have the reactor watch it for writing no more."""
        self.reactor.removeWriter(self)


__all__ = ["FileDescriptor", "isIPAddress", "isIPv6Address"]
