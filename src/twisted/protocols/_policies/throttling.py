"""
Bounds on the bytes that all connections of a factory read and write in a second.

Once a second the factory looks at what went through. Where it was more than the limit, all
connections are paused for as long as the surplus would have taken.
"""

from __future__ import annotations

from sys import maxsize
from typing import TYPE_CHECKING, Any

from twisted.internet._wrapping import ProtocolWrapper, WrappingFactory
from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.interfaces import IAddress, IDelayedCall, IProducer

_log = Logger("twisted.protocols.policies")


class ThrottlingProtocol(ProtocolWrapper):
    """One connection of a `ThrottlingFactory`."""

    factory: ThrottlingFactory

    def write(self, data: bytes) -> None:
        """Count, and pass on."""
        self.factory.registerWritten(len(data))
        ProtocolWrapper.write(self, data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Count, and pass on."""
        pieces = list(seq)
        self.factory.registerWritten(sum(map(len, pieces)))
        ProtocolWrapper.writeSequence(self, pieces)

    def dataReceived(self, data: bytes) -> None:
        """Count, and pass on."""
        self.factory.registerRead(len(data))
        ProtocolWrapper.dataReceived(self, data)

    # Only the producer can keep a connection from writing.
    producer: Any = None

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Remember the producer, and pass on."""
        self.producer = producer
        ProtocolWrapper.registerProducer(self, producer, streaming)

    def unregisterProducer(self) -> None:
        """Forget the producer, and pass on."""
        self.producer = None
        ProtocolWrapper.unregisterProducer(self)

    def throttleReads(self) -> None:
        """Read nothing for now."""
        self.transport.pauseProducing()

    def unthrottleReads(self) -> None:
        """Read again."""
        self.transport.resumeProducing()

    def throttleWrites(self) -> None:
        """Have the producer, if there is one, write nothing for now."""
        if self.producer is not None:
            self.producer.pauseProducing()

    def unthrottleWrites(self) -> None:
        """Have the producer write again."""
        if self.producer is not None:
            self.producer.resumeProducing()


class ThrottlingFactory(WrappingFactory[Any]):
    """
    Bounds the connections of another factory, in number and in bytes a second.

    Attributes:
        connectionCount: how many connections there are.
        maxConnectionCount: how many there may be.
        readLimit: bytes a second that all of them together may read, or None.
        writeLimit: bytes a second that all of them together may write, or None.
        readThisSecond: bytes that were read since the last look.
        writtenThisSecond: bytes that were written since the last look.
    """

    protocol = ThrottlingProtocol

    def __init__(
        self,
        wrappedFactory: Any,
        maxConnectionCount: int = maxsize,
        readLimit: float | None = None,
        writeLimit: float | None = None,
    ) -> None:
        WrappingFactory.__init__(self, wrappedFactory)
        self.connectionCount = 0
        self.maxConnectionCount = maxConnectionCount
        self.readLimit = readLimit
        self.writeLimit = writeLimit
        self.readThisSecond = 0
        self.writtenThisSecond = 0
        self.checkReadBandwidthID: IDelayedCall | None = None
        self.checkWriteBandwidthID: IDelayedCall | None = None
        self.unthrottleReadsID: IDelayedCall | None = None
        self.unthrottleWritesID: IDelayedCall | None = None

    def callLater(self, period: float, func: Callable[[], object]) -> Any:
        """Have a function called; override this for another clock than the global reactor."""
        from twisted.internet import reactor

        clock: Any = reactor
        return clock.callLater(period, func)

    def registerWritten(self, length: int) -> None:
        """A connection writes so many bytes."""
        self.writtenThisSecond += length

    def registerRead(self, length: int) -> None:
        """A connection has read so many bytes."""
        self.readThisSecond += length

    def checkReadBandwidth(self) -> None:
        """Look at what was read in the last second."""
        if self.readLimit is not None and self.readThisSecond > self.readLimit:
            self.throttleReads()
            pause = self.readThisSecond / self.readLimit - 1.0
            self.unthrottleReadsID = self.callLater(pause, self.unthrottleReads)
        self.readThisSecond = 0
        self.checkReadBandwidthID = self.callLater(1, self.checkReadBandwidth)

    def checkWriteBandwidth(self) -> None:
        """Look at what was written in the last second."""
        if self.writeLimit is not None and self.writtenThisSecond > self.writeLimit:
            self.throttleWrites()
            pause = self.writtenThisSecond / self.writeLimit - 1.0
            self.unthrottleWritesID = self.callLater(pause, self.unthrottleWrites)
        self.writtenThisSecond = 0
        self.checkWriteBandwidthID = self.callLater(1, self.checkWriteBandwidth)

    def throttleReads(self) -> None:
        """Have no connection read for now."""
        _log.debug("Reading too fast: {factory} pauses", factory=self)
        for connection in list(self.protocols):
            connection.throttleReads()

    def unthrottleReads(self) -> None:
        """Have all connections read again."""
        self.unthrottleReadsID = None
        for connection in list(self.protocols):
            connection.unthrottleReads()

    def throttleWrites(self) -> None:
        """Have no connection's producer write for now."""
        _log.debug("Writing too fast: {factory} pauses", factory=self)
        for connection in list(self.protocols):
            connection.throttleWrites()

    def unthrottleWrites(self) -> None:
        """Have all connections' producers write again."""
        self.unthrottleWritesID = None
        for connection in list(self.protocols):
            connection.unthrottleWrites()

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Build a protocol, or none if there are enough connections."""
        if self.connectionCount >= self.maxConnectionCount:
            _log.warn(
                "No connection for {peer}: there are {count} already",
                peer=addr,
                count=self.connectionCount,
            )
            return None
        built = WrappingFactory.buildProtocol(self, addr)
        if built is not None:
            self.connectionCount += 1
            if self.connectionCount == 1:
                self._beginToLook()
        return built

    def _beginToLook(self) -> None:
        if self.readLimit is not None:
            self.checkReadBandwidth()
        if self.writeLimit is not None:
            self.checkWriteBandwidth()

    def unregisterProtocol(self, p: Any) -> None:
        """A connection is lost. Without any there is nothing to look at."""
        WrappingFactory.unregisterProtocol(self, p)
        self.connectionCount -= 1
        if self.connectionCount:
            return
        for which in ("checkRead", "checkWrite"):
            self._cancel(f"{which}BandwidthID")
        for which in ("unthrottleReads", "unthrottleWrites"):
            self._cancel(f"{which}ID")

    def _cancel(self, attribute: str) -> None:
        call = getattr(self, attribute)
        if call is not None:
            call.cancel()
            setattr(self, attribute, None)
