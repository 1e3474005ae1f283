"""
Transports that keep what is written, instead of sending it.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from zope.interface import implementer, implementer_only

from twisted.internet import error, interfaces
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.interfaces import IAddress, IProducer


class StringIOWithoutClosing(BytesIO):
    """A file in memory that can still be read after it was closed."""

    def close(self) -> None:
        """Do nothing."""


@implementer(interfaces.ITransport, interfaces.IConsumer, interfaces.IPushProducer)
class StringTransport:
    """
    A transport that keeps what is written, and remembers what else was asked of it.

    It is stricter than the transports of the reactor: what a program should not do, such as
    pausing it once it was stopped, is an error.

    Attributes:
        disconnecting: whether `loseConnection` or `abortConnection` was called.
        disconnected: whether `abortConnection` was called.
        connected: whether it is still connected; nothing here changes that.
        producer: the producer that is registered.
        streaming: whether that is a push producer.
        producerState: ``"producing"``, ``"paused"`` or ``"stopped"``: what was asked of the
            transport as a producer.
        io: the file in memory that holds what was written.
        hostAddr: what `getHost` answers.
        peerAddr: what `getPeer` answers.
    """

    disconnecting: bool = False
    disconnected: bool = False
    connected: bool
    io: BytesIO
    producer: Any = None
    streaming: bool | None = None
    producerState: str = "producing"
    hostAddr: IAddress | None = None
    peerAddr: IAddress | None = None

    def __init__(
        self,
        hostAddress: IAddress | None = None,
        peerAddress: IAddress | None = None,
        lenient: bool = False,
    ) -> None:
        """
        Args:
            hostAddress: this end's address; None for one made up.
            peerAddress: the other end's address; None for one made up.
            lenient: allow pausing, resuming and stopping in any state.
        """
        self.clear()
        if hostAddress is not None:
            self.hostAddr = hostAddress
        if peerAddress is not None:
            self.peerAddr = peerAddress
        self.connected = True
        self._lenient = lenient

    def clear(self) -> None:
        """Forget what was written."""
        self.io = BytesIO()

    def value(self) -> bytes:
        """Give all that was written, since the beginning or the last `clear`."""
        return self.io.getvalue()

    # ITransport

    def write(self, data: bytes) -> None:
        """Keep bytes. Raises: TypeError for anything else."""
        if not isinstance(data, bytes):
            raise TypeError(f"bytes are wanted, and {type(data).__name__} was written")
        self.io.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Keep pieces."""
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """Remember that this was called."""
        self.disconnecting = True

    def abortConnection(self) -> None:
        """Remember that this was called."""
        self.disconnected = True
        self.loseConnection()

    def getPeer(self) -> Any:
        """Give the address of the other end."""
        return self.peerAddr or IPv4Address("TCP", "192.168.1.1", 54321)

    def getHost(self) -> Any:
        """Give the address of this end."""
        return self.hostAddr or IPv4Address("TCP", "10.0.0.1", 12345)

    # IConsumer

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Remember a producer. Raises: RuntimeError where there is one."""
        if self.producer is not None:
            raise RuntimeError(f"{self.producer!r} is registered, and has not unregistered")
        self.producer = producer
        self.streaming = streaming

    def unregisterProducer(self) -> None:
        """Forget the producer. Raises: RuntimeError where there is none."""
        if self.producer is None:
            raise RuntimeError("no producer is registered that could unregister")
        self.producer = None
        self.streaming = None

    # IPushProducer

    def _allow(self, wish: str) -> None:
        if self._lenient:
            return
        if self.producerState == "stopped":
            raise RuntimeError(f"a transport that was stopped cannot {wish}")
        if self.disconnecting:
            raise RuntimeError(f"a transport that is being closed cannot {wish}")

    def pauseProducing(self) -> None:
        """Be paused. Raises: RuntimeError where that makes no sense any more."""
        self._allow("pause")
        self.producerState = "paused"

    def resumeProducing(self) -> None:
        """Produce again. Raises: RuntimeError where that makes no sense any more."""
        self._allow("resume")
        self.producerState = "producing"

    def stopProducing(self) -> None:
        """Be stopped."""
        self.producerState = "stopped"


class StringTransportWithDisconnection(StringTransport):
    """
    A `StringTransport` that tells its protocol when it is closed, and at once.

    Attributes:
        protocol: the protocol; to be set by the test.
    """

    protocol: Any

    def loseConnection(self) -> None:
        """Have the protocol lose its connection, the first time."""
        if self.connected:
            self.connected = False
            self.protocol.connectionLost(Failure(error.ConnectionDone("loseConnection was called")))


@implementer_only(interfaces.IUDPTransport)
class FakeDatagramTransport:
    """
    A socket that keeps the datagrams that are written.

    Attributes:
        written: pairs of datagram and receiver; the receiver is ``noAddr`` where none was given.
    """

    noAddr: Any = object()

    def __init__(self) -> None:
        self.written: list[tuple[bytes, Any]] = []

    def write(self, packet: bytes, addr: Any = noAddr) -> None:
        """Keep a datagram."""
        self.written.append((packet, addr))


class NonStreamingProducer:
    """
    A pull producer that writes ``b"0"``, ``b"1"``, ... up to ``b"9"``.

    Attributes:
        consumer: where it writes; None once it has finished or was stopped.
        counter: how often it wrote.
        stopped: whether it was stopped.
        result: a Deferred that fires with ``"done"`` after the last one, or with None when it is
            stopped before.
    """

    counter: int = 0
    stopped: bool = False
    _last = 10

    def __init__(self, consumer: Any) -> None:
        self.consumer = consumer
        self.result: Deferred[str | None] = Deferred()

    def resumeProducing(self) -> None:
        """Write the next. Raises: RuntimeError where it has finished or was stopped."""
        if self.consumer is None or self.stopped:
            raise RuntimeError("a producer that has finished or was stopped was resumed")
        self.consumer.write(b"%d" % self.counter)
        self.counter += 1
        if self.counter == self._last:
            self.consumer.unregisterProducer()
            self._finish("done")

    def pauseProducing(self) -> None:
        """Raise RuntimeError: nobody may pause a pull producer."""
        raise RuntimeError("a pull producer was paused")

    def stopProducing(self) -> None:
        """Be stopped."""
        self.stopped = True
        self._finish(None)

    def _finish(self, outcome: str | None) -> None:
        self.consumer = None
        self.result.callback(outcome)
