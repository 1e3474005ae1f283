"""
A transport made of two descriptors.

What happens to each, and to the whole::

    event                        a half-closeable protocol        any other
    input ends                   readConnectionLost               connectionLost, when sent
    output's reader goes away    writeConnectionLost              nothing: writes are dropped
    loseWriteConnection          writeConnectionLost, when sent   nothing
    loseConnection               connectionLost, when sent        connectionLost, when sent

Whenever both directions have ended, by whichever way, the whole has: ``connectionLost`` is
called once, and last.

"When sent" is what makes ``echo question | program`` work: the input of a filter often ends
before its answer has left, and many programs stop the reactor in ``connectionLost``. A producer
is not waited for, as it may never end; what it still has is sent after ``connectionLost``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IAddress,
    IConsumer,
    IHalfCloseableDescriptor,
    IHalfCloseableProtocol,
    IPushProducer,
    ITransport,
)
from twisted.internet.main import CONNECTION_DONE
from twisted.logger import Logger
from twisted.python.failure import Failure

from .descriptors import Reader, Writer

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProducer, IProtocol

__all__ = ["PipeAddress", "StandardIO"]

_log = Logger()


@implementer(IAddress)
class PipeAddress:
    """The address of either end of standard input and output: there is nothing to tell."""

    def __repr__(self) -> str:
        return "PipeAddress()"


@implementer(ITransport, IPushProducer, IConsumer, IHalfCloseableDescriptor)
class StandardIO:
    """
    Connects a protocol with standard input and output, or with any two descriptors.

    Attributes:
        protocol: the protocol.
        disconnecting: whether `loseConnection` was called.
        disconnected: whether the protocol has been told ``connectionLost``.
    """

    disconnecting = False
    disconnected = False

    def __init__(
        self, proto: IProtocol, stdin: int = 0, stdout: int = 1, reactor: Any = None
    ) -> None:
        """
        Args:
            proto: connected before this returns.
            stdin: the descriptor to read.
            stdout: the descriptor to write.
            reactor: provides `IReactorFDSet` and `IReactorTime`; by default the installed one.
        """
        if reactor is None:
            from twisted.internet import reactor
        self.protocol = proto
        self._halfClosing = False
        self._reader = Reader(self, stdin, reactor)
        self._writer = Writer(self, stdout, reactor)
        self._reader.startReading()
        self.protocol.makeConnection(self)

    def __repr__(self) -> str:
        ends = [end for end in (self._reader, self._writer) if not end.disconnected]
        return f"<StandardIO for {getattr(self, 'protocol', None)!r} open={ends!r}>"

    # ITransport

    def write(self, data: Any) -> None:  # Any: bytes, what is like bytes, or text for UTF-8
        """Send bytes; text is sent as UTF-8. What cannot be sent any more is dropped."""
        if isinstance(data, str):
            data = data.encode("utf-8")
        elif not isinstance(data, bytes):
            data = bytes(memoryview(data))
        if not self._halfClosing:
            self._writer.write(data)

    def writeSequence(self, data: Iterable[Any]) -> None:
        for each in data:
            self.write(each)

    def loseConnection(self) -> None:
        """Read no more, and end when all that was written is sent, and all that is until then."""
        if self.disconnecting or self.disconnected:
            return
        self.disconnecting = True
        self._reader.stopReading()
        if self._writer.disconnected:
            self._writer.reactor.callLater(0, self.connectionLost, Failure(CONNECTION_DONE))
        else:
            self._writer.loseConnection()

    def loseWriteConnection(self) -> None:
        """When all that was written is sent, let its reader see the end. Go on reading."""
        if not (self._halfClosing or self.disconnecting):
            self._halfClosing = True
            self._writer.loseConnection()

    def getHost(self) -> PipeAddress:
        return PipeAddress()

    def getPeer(self) -> PipeAddress:
        return PipeAddress()

    # IConsumer

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        if self._writer.disconnected:
            producer.stopProducing()
        else:
            self._writer.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        self._writer.unregisterProducer()

    # IPushProducer

    def pauseProducing(self) -> None:
        self._reader.stopReading()

    def resumeProducing(self) -> None:
        if not (self.disconnecting or self._reader.disconnected):
            self._reader.startReading()

    def stopProducing(self) -> None:
        self.loseConnection()

    def startReading(self) -> None:
        """Go on reading, as `resumeProducing` does."""
        self.resumeProducing()

    def stopReading(self) -> None:
        """Stop reading for the time being, as `pauseProducing` does."""
        self.pauseProducing()

    # What the two descriptors tell

    def childDataReceived(self, fd: str, data: bytes) -> None:
        """Bytes have come from the descriptor that is read."""
        self.protocol.dataReceived(data)

    def childConnectionLost(self, fd: str, reason: Failure) -> None:
        """A descriptor has ended: ``"read"`` or ``"write"``."""
        if self.disconnected:
            return
        if self.disconnecting:
            self.connectionLost(reason)
        elif fd == "write":
            self.writeConnectionLost(reason)
        elif reason.check(ConnectionDone):
            self.readConnectionLost(reason)
        else:
            self.connectionLost(reason)
        if self._reader.disconnected and self._writer.disconnected:
            self.connectionLost(Failure(CONNECTION_DONE))

    def readConnectionLost(self, reason: Failure) -> None:
        """There is no more to read."""
        if IHalfCloseableProtocol.providedBy(self.protocol):
            self._tell(self.protocol.readConnectionLost)
        elif self._writer.isWaiting() and self._writer.producer is None:
            self.loseConnection()
        else:
            self.connectionLost(reason)

    def writeConnectionLost(self, reason: Failure) -> None:
        """There is nobody to write to, or no wish to."""
        if self._halfClosing and reason.check(ConnectionDone):
            self._writer.tellReader()
        if IHalfCloseableProtocol.providedBy(self.protocol):
            self._tell(self.protocol.writeConnectionLost)

    def _tell(self, tell: Any) -> None:
        try:
            tell()
        except BaseException:
            failure = Failure()
            _log.failure("while telling {protocol!r} of an end", failure, protocol=self.protocol)
            self.connectionLost(failure)

    def connectionLost(self, reason: Failure) -> None:
        """All has ended: tell the protocol, the first time."""
        if self.disconnected:
            return
        self.disconnected = True
        self._reader.release()
        producer = self._writer.producer
        if producer is not None and reason.check(ConnectionDone):
            self._writer.loseConnection()
        else:
            self._writer.producer = None
            self._writer.release()
            if producer is not None:
                producer.stopProducing()
        protocol = self.protocol
        del self.protocol  # neither keeps the other alive
        try:
            protocol.connectionLost(reason)
        except BaseException:
            _log.failure("while telling {protocol!r} that all ended", protocol=protocol)
