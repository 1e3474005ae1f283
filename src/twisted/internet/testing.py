"""
Doubles for tests: transports and reactors in memory, protocols that write down what they see.

Nothing here opens a socket or needs a reactor, but for `waitUntilAllDisconnected`. With
`twisted.internet.task.Clock` for the time, they let a protocol or a factory be tested
completely, fast, and the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted._faces import handOn
from twisted.internet._testing.reactors import (
    MemoryReactor,
    MemoryReactorClock,
    RaisingMemoryReactor,
    SynchronousResolver,
    _FakeConnector,
    _FakePort,
)
from twisted.internet._testing.transports import (
    FakeDatagramTransport,
    NonStreamingProducer,
    StringIOWithoutClosing,
    StringTransport,
    StringTransportWithDisconnection,
)
from twisted.internet.protocol import Protocol
from twisted.internet.task import LoopingCall
from twisted.logger import ILogObserver
from twisted.protocols import basic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IReactorTime
    from twisted.logger import LogEvent, LogPublisher

# Seconds between two looks of `waitUntilAllDisconnected`.
_lookAgainSeconds = 0.01


class AccumulatingProtocol(Protocol):
    """
    A protocol that keeps all that comes.

    Attributes:
        data: the bytes that came.
        made: how often it was connected.
        closed: whether it has lost its connection.
        closedReason: why.
        closedDeferred: if set by the test, it fires (with None) when the connection is lost.
    """

    data: bytes = b""
    made: int = 0
    closed: int = 0
    closedReason: Any = None
    closedDeferred: Deferred[None] | None = None
    factory: Any = None

    def connectionMade(self) -> None:
        """Count, and fire the factory's ``protocolConnectionMade``, once, if it has one."""
        self.made += 1
        waiting = getattr(self.factory, "protocolConnectionMade", None)
        if waiting is not None:
            self.factory.protocolConnectionMade = None
            waiting.callback(self)

    def dataReceived(self, data: bytes) -> None:
        """Keep bytes."""
        self.data += data

    def connectionLost(self, reason: Any = None) -> None:
        """Keep the reason, and fire the Deferred."""
        self.closed = 1
        self.closedReason = reason
        waiting, self.closedDeferred = self.closedDeferred, None
        if waiting is not None:
            waiting.callback(None)


class LineSendingProtocol(basic.LineReceiver):
    """
    A protocol that sends lines and keeps those that come back.

    Attributes:
        lines: the lines to send.
        response: the lines that came.
        start: whether to send when connected, rather than after the first line has come.
        lostConn: whether it has lost its connection.
    """

    lostConn: bool = False

    def __init__(self, lines: list[bytes], start: bool = True) -> None:
        self.lines = lines[:]
        self.response: list[bytes] = []
        self.start = start

    def _sendAll(self) -> None:
        lines, self.lines = self.lines, []
        for line in lines:
            self.sendLine(line)

    def connectionMade(self) -> None:
        """Send, unless we are to wait."""
        if self.start:
            self._sendAll()

    def lineReceived(self, line: bytes) -> None:
        """Send, if we were to wait, and keep the line."""
        self._sendAll()
        self.response.append(line)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # always told
        """Remember it."""
        self.lostConn = True


@implementer(ILogObserver)
class EventLoggingObserver(Sequence[Any]):
    """A log observer that keeps the events, and can be used as the list of them."""

    def __init__(self) -> None:
        self._events: list[LogEvent] = []

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, index: Any) -> Any:
        return self._events[index]

    def __iter__(self) -> Iterator[LogEvent]:
        return iter(self._events)

    def __call__(self, event: LogEvent) -> None:
        """Keep an event."""
        self._events.append(event)

    @classmethod
    def createWithCleanup(cls, testInstance: Any, publisher: LogPublisher) -> EventLoggingObserver:
        """
        Make one that observes for the length of a test.

        Args:
            testInstance: the test; its ``addCleanup`` is called.
            publisher: what to observe.
        """
        observer = cls()
        publisher.addObserver(observer)
        testInstance.addCleanup(publisher.removeObserver, observer)
        return observer


def waitUntilAllDisconnected(reactor: IReactorTime, protocols: Sequence[Any]) -> Deferred[Any]:
    """
    Wait until the transports of some protocols are closed.

    Args:
        reactor: the clock to look by, every 10 milliseconds.
        protocols: each has a ``transport`` with ``connected``.
    """

    def look() -> None:
        if not any(protocol.transport.connected for protocol in protocols):
            looking.stop()

    looking = LoopingCall(look)
    looking.clock = reactor
    return looking.start(_lookAgainSeconds, now=True)


handOn(
    __name__,
    FakeDatagramTransport,
    MemoryReactor,
    MemoryReactorClock,
    NonStreamingProducer,
    RaisingMemoryReactor,
    StringIOWithoutClosing,
    StringTransport,
    StringTransportWithDisconnection,
    SynchronousResolver,
    _FakeConnector,
    _FakePort,
)

__all__ = [
    "AccumulatingProtocol",
    "EventLoggingObserver",
    "FakeDatagramTransport",
    "LineSendingProtocol",
    "MemoryReactor",
    "MemoryReactorClock",
    "NonStreamingProducer",
    "RaisingMemoryReactor",
    "StringIOWithoutClosing",
    "StringTransport",
    "StringTransportWithDisconnection",
    "SynchronousResolver",
    "waitUntilAllDisconnected",
]
