"""
Connecting two protocols of one process with each other, for tests.

`loopbackAsync` needs no sockets, only a reactor that makes calls later on; `loopbackTCP` and
`loopbackUNIX` go through the system. `twisted.test.iosim` moves nothing by itself.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import interfaces, main
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ClientFactory, ServerFactory
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.interfaces import IAddress, IConnector, IProducer

    PumpPolicy = Callable[["_LoopbackQueue", Any], None]


@implementer(interfaces.IAddress)
class _LoopbackAddress:
    """The address of both ends."""


class _LoopbackQueue:
    """
    Bytes on their way in one direction. None stands for the end.

    Attributes:
        disconnect: whether there was an end.
    """

    disconnect: bool = False

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        """
        Args:
            wake: called whenever something was put in.
        """
        self._items: deque[bytes | None] = deque()
        self._wake = wake

    def put(self, item: bytes | None) -> None:
        """Put bytes in, or the end."""
        self._items.append(item)
        self._wake()

    def __len__(self) -> int:
        return len(self._items)

    def get(self) -> bytes | None:
        """Take the next item out."""
        return self._items.popleft()


@implementer(interfaces.ITransport, interfaces.IConsumer)
class _LoopbackTransport:
    """One end."""

    disconnecting: bool = False
    producer: Any = None
    streamingProducer: bool = False

    def __init__(self, queue: _LoopbackQueue) -> None:
        self.q = queue

    def write(self, data: bytes) -> None:
        """Put bytes on their way."""
        if not isinstance(data, bytes):
            raise TypeError(f"bytes are wanted, and {type(data).__name__} was written")
        self.q.put(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Put pieces on their way."""
        self.write(b"".join(iovec))

    def loseConnection(self) -> None:
        """Put the end on its way."""
        self.disconnecting = True
        self.q.disconnect = True
        self.q.put(None)

    abortConnection = loseConnection

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Let a producer feed it. A pull producer is asked after each delivery."""
        if self.producer is not None:
            raise RuntimeError(f"{self.producer!r} is registered, and has not unregistered")
        self.producer = producer
        self.streamingProducer = streaming
        self._askProducer()

    def _askProducer(self) -> None:
        if self.producer is not None and not self.streamingProducer:
            self.producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """The producer has finished."""
        if self.producer is None:
            raise RuntimeError("no producer is registered that could unregister")
        self.producer = None

    def getPeer(self) -> Any:
        """Give an address."""
        return _LoopbackAddress()

    def getHost(self) -> Any:
        """Give an address."""
        return _LoopbackAddress()


def identityPumpPolicy(queue: _LoopbackQueue, target: Any) -> None:
    """Deliver each piece as it was written."""
    while queue:
        data = queue.get()
        if data is None:
            break
        target.dataReceived(data)


def collapsingPumpPolicy(queue: _LoopbackQueue, target: Any) -> None:
    """Deliver all that was written as one piece."""
    pieces = []
    while queue:
        data = queue.get()
        if data is None:
            break
        pieces.append(data)
    if pieces:
        target.dataReceived(b"".join(pieces))


class _Loop:
    """Two ends, and the calls that carry bytes from one to the other."""

    def __init__(self, server: Any, client: Any, policy: PumpPolicy) -> None:
        self.server = server
        self.client = client
        self.policy = policy
        self.finished: Deferred[None] = Deferred()
        self.toClient = _LoopbackQueue(self.wake)
        self.toServer = _LoopbackQueue(self.wake)
        self.ends = (_LoopbackTransport(self.toClient), _LoopbackTransport(self.toServer))
        self.due = self.over = False

    def wake(self) -> None:
        """Carry, a turn later: nobody receives while somebody writes."""
        if not self.due and not self.over:
            from twisted.internet import reactor

            clock: Any = reactor
            self.due = True
            clock.callLater(0, self.carry)

    def settle(self) -> None:
        """Carry at once until both are silent: what was written when they were connected."""
        while not self.over and (self.toClient or self.toServer):
            self.due = True  # no call later on for what is carried here
            self.carry()
        self.due = False

    def carry(self) -> None:
        """Carry what there is, and find out whether that was all."""
        self.due = False
        if self.over:
            return
        for queue, target in ((self.toClient, self.client), (self.toServer, self.server)):
            if queue:
                self.policy(queue, target)
        if self.toClient.disconnect or self.toServer.disconnect:
            self.end()
        else:
            for end in self.ends:
                end._askProducer()

    def end(self) -> None:
        """Tell both."""
        if self.over:
            return
        if self.due:
            # Something was written while the last was delivered; it comes before the end.
            return
        self.over = True
        reason = Failure(main.CONNECTION_DONE)
        server, client = self.server, self.client
        # Whoever holds a transport holds this; it must not hold the protocols for ever.
        del self.server, self.client
        server.connectionLost(reason)
        client.connectionLost(reason)
        self.finished.callback(None)


def loopbackAsync(
    server: Any, client: Any, pumpPolicy: PumpPolicy = identityPumpPolicy
) -> Deferred[None]:
    """
    Connect two protocols through memory.

    Args:
        pumpPolicy: delivers what is in a queue to a protocol.
    Returns: a Deferred that fires when both have lost their connection.
    """
    loop = _Loop(server, client, pumpPolicy)
    server.makeConnection(loop.ends[0])
    client.makeConnection(loop.ends[1])
    loop.settle()
    return loop.finished


@implementer(interfaces.ITransport, interfaces.IConsumer)
class LoopbackRelay:
    """
    A transport that keeps what is written until it is told to deliver it.

    Attributes:
        buffer: what was written and not delivered.
        shouldLose: 1 once it is to be closed, -1 once it was.
        producer: asked for more before each delivery.
    """

    buffer: bytes = b""
    shouldLose: int = 0
    disconnecting: int = 0
    producer: Any = None

    def __init__(self, target: Any, logFile: Any = None) -> None:
        """
        Args:
            target: the protocol that gets what is written.
            logFile: open for writing text; gets a line for each delivery.
        """
        self.target = target
        self.logFile = logFile

    def write(self, data: bytes) -> None:
        """Keep bytes."""
        self.buffer += data

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Keep pieces."""
        self.write(b"".join(iovec))

    def clearBuffer(self) -> None:
        """Deliver what was kept, and then the end, if there is one."""
        if self.shouldLose < 0:
            return
        if self.producer is not None:
            self.producer.resumeProducing()
        data, self.buffer = self.buffer, b""
        if data:
            if self.logFile is not None:
                self.logFile.write(f"to {self.target!r}: {data!r}\n")
            self.target.dataReceived(data)
        if self.shouldLose > 0:
            self.shouldLose = -1
            self.target.connectionLost(Failure(main.CONNECTION_DONE))

    def loseConnection(self) -> None:
        """Deliver the end after what was kept."""
        if not self.shouldLose:
            self.shouldLose = self.disconnecting = 1

    def getHost(self) -> Any:
        """Say that this is no place."""
        return "loopback"

    def getPeer(self) -> Any:
        """Say that this is no place."""
        return "loopback"

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Remember a producer."""
        self.producer = producer

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        self.producer = None

    def logPrefix(self) -> str:
        """Name it for the log."""
        return f"Loopback({self.target.__class__.__name__!r})"


class LoopbackClientFactory(ClientFactory[Any]):
    """
    A client factory for one connection with a protocol that exists.

    Attributes:
        deferred: fires when the connection is lost.
        disconnected: 1 once it is.
    """

    def __init__(self, protocol: Any) -> None:
        self.disconnected = 0
        self.deferred: Deferred[None] = Deferred()
        self._instance = protocol

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Give the protocol."""
        return self._instance

    def clientConnectionLost(self, connector: IConnector, reason: Failure) -> None:
        """Tell."""
        self.disconnected = 1
        self.deferred.callback(None)

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """Tell, too: nothing else will come."""
        self.disconnected = 1
        self.deferred.errback(reason)


class _OneServer(ServerFactory[Any]):
    """A server factory for one connection with a protocol that exists."""

    def __init__(self, protocol: Any, noisy: bool) -> None:
        self.noisy = noisy
        self._instance = protocol

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Give the protocol, once."""
        instance, self._instance = self._instance, None
        return instance


def _untilLost(client: LoopbackClientFactory, port: Any) -> Deferred[None]:
    def stop(result: Any) -> Any:
        stopped = port.stopListening()
        if stopped is None:
            return result
        return stopped.addCallback(lambda _: result)

    return client.deferred.addBoth(stop)


def loopbackTCP(server: Any, client: Any, port: int = 0, noisy: bool = True) -> Deferred[None]:
    """
    Connect two protocols through TCP on this machine.

    Args:
        port: to listen at; 0 for any.
        noisy: whether the factories log their beginning and end.
    Returns: a Deferred; it fires with the connection's end, once the port is closed.
    """
    from twisted.internet import reactor

    engine: Any = reactor
    listening = engine.listenTCP(port, _OneServer(server, noisy), interface="127.0.0.1")
    factory = LoopbackClientFactory(client)
    factory.noisy = noisy
    engine.connectTCP("127.0.0.1", listening.getHost().port, factory)
    return _untilLost(factory, listening)


def loopbackUNIX(server: Any, client: Any, noisy: bool = True) -> Deferred[None]:
    """
    Connect two protocols through a UNIX socket.

    Args:
        noisy: whether the factories log their beginning and end.
    Returns: a Deferred; it fires with the connection's end, once the socket is removed.
    """
    import shutil
    import tempfile

    from twisted.internet import reactor

    engine: Any = reactor
    # A directory of our own, since a name alone could be taken before it is bound.
    place = tempfile.mkdtemp()
    path = f"{place}/loopback.sock"
    listening = engine.listenUNIX(path, _OneServer(server, noisy))
    factory = LoopbackClientFactory(client)
    factory.noisy = noisy
    engine.connectUNIX(path, factory)

    def remove(result: Any) -> Any:
        shutil.rmtree(place, ignore_errors=True)
        return result

    return _untilLost(factory, listening).addBoth(remove)


__all__ = [
    "LoopbackClientFactory",
    "LoopbackRelay",
    "collapsingPumpPolicy",
    "identityPumpPolicy",
    "loopbackAsync",
    "loopbackTCP",
    "loopbackUNIX",
]
