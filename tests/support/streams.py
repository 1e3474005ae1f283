"""
Two connected protocols over any kind of stream, and time that passes until something holds.

A test is plain code from top to bottom: connect a pair, write, wait ``until`` something is true.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from zope.interface import implementer

from twisted.internet import defer
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from . import drive

__all__ = [
    "Connect",
    "Half",
    "Link",
    "Maker",
    "Recorder",
    "eventually",
    "kinds",
    "loggedFailures",
    "tlsOptions",
    "turns",
]


class Recorder(Protocol):
    """
    Writes down what happens to it.

    Attributes:
        events: what was called, in order: ``made``, ``data``, ``lost``, ``readEnd``, ``writeEnd``.
        received: the bytes that came.
        reason: the failure that it was lost with.
        onMade, onData, onLost: called, with what the method was called with, if set.
    """

    transport: Any
    reason: Failure | None = None
    onMade: Callable[[], object] | None = None
    onData: Callable[[bytes], object] | None = None
    onLost: Callable[[Failure], object] | None = None

    def __init__(self) -> None:
        self.events: list[str] = []
        self.received = b""
        self.chunks: list[bytes] = []

    def connectionMade(self) -> None:
        self.events.append("made")
        if self.onMade is not None:
            self.onMade()

    def dataReceived(self, data: bytes) -> None:
        if self.events[-1:] != ["data"]:
            self.events.append("data")
        self.received += data
        self.chunks.append(data)
        if self.onData is not None:
            self.onData(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.events.append("lost")
        self.reason = reason
        if self.onLost is not None and reason is not None:
            self.onLost(reason)

    @property
    def lost(self) -> bool:
        return "lost" in self.events

    @property
    def error(self) -> type[BaseException] | None:
        """The kind of error that it was lost with."""
        return None if self.reason is None else type(self.reason.value)


@implementer(IHalfCloseableProtocol)
class Half(Recorder):
    """A `Recorder` that hears of the end of either direction."""

    onReadEnd: Callable[[], object] | None = None

    def readConnectionLost(self) -> None:
        self.events.append("readEnd")
        if self.onReadEnd is not None:
            self.onReadEnd()

    def writeConnectionLost(self) -> None:
        self.events.append("writeEnd")


class Maker(ClientFactory):
    """
    A factory that gives one protocol after the other, and writes down what it is told.

    Args:
        make: called for each connection; gives its protocol.
    """

    def __init__(self, make: Callable[[], Protocol | None] = Recorder) -> None:
        self.make = make
        self.made: list[Any] = []
        self.addresses: list[Any] = []
        self.told: list[str] = []
        self.reason: Failure | None = None
        self.onFailed: Callable[[Any, Failure], object] | None = None
        self.onLost: Callable[[Any, Failure], object] | None = None

    def doStart(self) -> None:
        self.told.append("start")

    def doStop(self) -> None:
        self.told.append("stop")

    def startedConnecting(self, connector: Any) -> None:
        self.told.append("connecting")

    def buildProtocol(self, addr: Any) -> Any:
        self.addresses.append(addr)
        protocol = self.make()
        if protocol is not None:
            protocol.factory = self
        self.made.append(protocol)
        return protocol

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        self.told.append("failed")
        self.reason = reason
        if self.onFailed is not None:
            self.onFailed(connector, reason)

    def clientConnectionLost(self, connector: Any, reason: Failure) -> None:
        self.told.append("lost")
        self.reason = reason
        if self.onLost is not None:
            self.onLost(connector, reason)


def eventually(reactor: Any, condition: Callable[[], object], seconds: float = 3) -> None:
    """
    Run a reactor until something holds.

    Raises: AssertionError if it does not within that time.
    """

    def wait() -> defer.Deferred[None]:
        done: defer.Deferred[None] = defer.Deferred()

        def look() -> None:
            if condition():
                done.callback(None)
            else:
                reactor.callLater(0.001, look)

        look()
        return done

    drive(reactor, wait, timeout=seconds)


def turns(reactor: Any, count: int = 5, each: float = 0.002) -> None:
    """Let some turns of the loop pass: for what must *not* happen."""
    for _ in range(count):
        reactor.iterate(each)


@contextmanager
def loggedFailures() -> Iterator[list[Failure]]:
    """The failures that are logged in the block."""
    failures: list[Failure] = []

    def observe(event: Any) -> None:
        if event.get("log_failure") is not None:
            failures.append(event["log_failure"])

    globalLogPublisher.addObserver(observe)
    try:
        yield failures
    finally:
        globalLogPublisher.removeObserver(observe)


@lru_cache
def tlsOptions() -> Any:
    """What a server of tests shows: a certificate that signs itself."""
    from twisted.internet import ssl

    shown = ssl.KeyPair.generate().selfSignedCert(1, CN="localhost", O="tests")
    return ssl.CertificateOptions(privateKey=shown.privateKey.original, certificate=shown.original)


def clientOptions() -> Any:
    """A client's TLS, which trusts everybody."""
    from twisted.internet import ssl

    return ssl.CertificateOptions()


class Link:
    """
    Two ends of one connection.

    Attributes:
        server, client: the protocols.
        reactor: their reactor.
    """

    encrypted = False
    """Whether TLS is spoken: closing is then an exchange, and no direction is closed alone."""
    resets = True
    """Whether the peer of an aborted connection sees ConnectionLost."""

    def __init__(self, reactor: Any, server: Any = None, client: Any = None) -> None:
        self.reactor = reactor
        self.server: Any = Recorder() if server is None else server
        self.client: Any = Recorder() if client is None else client
        self.makeFactories()
        self.port = self.listen(self.serverFactory)
        self.connector = self.connect(self.clientFactory)
        self.until(self.ready)

    def makeFactories(self) -> None:
        self.serverFactory = Maker(lambda: self.server)
        self.clientFactory = Maker(lambda: self.client)

    def ready(self) -> bool:
        return bool(self.server.events and self.client.events)

    def switch(self, transport: Any, protocol: Any) -> None:
        """Hand a connection over to another protocol."""
        transport.protocol = protocol
        protocol.makeConnection(transport)

    def until(self, condition: Callable[[], object], seconds: float = 3) -> None:
        eventually(self.reactor, condition, seconds)

    def pause(self) -> None:
        """Let some time pass: for what must not happen."""
        turns(self.reactor)

    def untilLost(self) -> None:
        self.until(lambda: self.server.lost and self.client.lost)

    def listen(self, factory: Factory) -> Any:
        raise NotImplementedError

    def connect(self, factory: ClientFactory) -> Any:
        raise NotImplementedError


def holdsLittle(holder: Any) -> Any:
    """
    Bound what the kernel holds for a socket: some kernels take many megabytes that nobody reads.

    Args: holder: of a socket of TCP as its ``socket``. Returned.
    """
    for way in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        holder.socket.setsockopt(socket.SOL_SOCKET, way, 1 << 17)
    return holder


class OverTCP(Link):
    def __init__(self, reactor: Any, server: Any = None, client: Any = None) -> None:
        super().__init__(reactor, server, client)
        if not self.client.lost:
            holdsLittle(self.connector.transport)


class TCP4(OverTCP):
    interface = "127.0.0.1"

    def listen(self, factory: Factory) -> Any:
        return holdsLittle(self.reactor.listenTCP(0, factory, interface=self.interface))

    def connect(self, factory: ClientFactory) -> Any:
        return self.reactor.connectTCP(self.interface, self.port.getHost().port, factory)


class TCP6(TCP4):
    interface = "::1"


class UNIX(Link):
    resets = False  # there is no RST; the peer sees an end

    def listen(self, factory: Factory) -> Any:
        # Short, for a socket's path may have 107 bytes.
        self.path = os.path.join(tempfile.mkdtemp(prefix="t"), "s")
        return self.reactor.listenUNIX(self.path, factory)

    def connect(self, factory: ClientFactory) -> Any:
        return self.reactor.connectUNIX(self.path, factory)


class TLS(OverTCP):
    encrypted = True

    def listen(self, factory: Factory) -> Any:
        port = self.reactor.listenSSL(0, factory, tlsOptions(), interface="127.0.0.1")
        return holdsLittle(port)

    def connect(self, factory: ClientFactory) -> Any:
        return self.reactor.connectSSL(
            "127.0.0.1", self.port.getHost().port, factory, clientOptions()
        )

    def ready(self) -> bool:
        """Both are connected, and have shaken hands unless they are lost already."""
        return super().ready() and all(
            end.lost or self.machineOf(end.transport)._handshakeDone
            for end in (self.server, self.client)
        )

    def machineOf(self, transport: Any) -> Any:
        return transport

    def switch(self, transport: Any, protocol: Any) -> None:
        self.machineOf(transport).wrappedProtocol = protocol
        protocol.makeConnection(transport)


class _StartingTLS(Maker):
    """Makes protocols whose transports speak TLS from the first byte on."""

    def __init__(self, make: Callable[[], Any], options: Callable[[], Any]) -> None:
        super().__init__(make)
        self.options = options

    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        connect = protocol.makeConnection

        def makeConnection(transport: Any) -> None:
            del protocol.makeConnection
            transport.startTLS(self.options())
            connect(transport)

        protocol.makeConnection = makeConnection
        return protocol


class StartTLS(TLS, TCP4):
    """TLS by the transport's own method."""

    listen = TCP4.listen
    connect = TCP4.connect

    def makeFactories(self) -> None:
        self.serverFactory = _StartingTLS(lambda: self.server, tlsOptions)
        self.clientFactory = _StartingTLS(lambda: self.client, clientOptions)

    def machineOf(self, transport: Any) -> Any:
        return getattr(transport, "protocol", None)


kinds: dict[str, type[Link]] = {
    "tcp4": TCP4,
    "tcp6": TCP6,
    "unix": UNIX,
    "tls": TLS,
    "startTLS": StartTLS,
}


class Connect:
    """Connects two protocols by one kind of stream."""

    def __init__(self, kind: type[Link], reactor: Any) -> None:
        self.kind = kind
        self.reactor = reactor
        self.encrypted = kind.encrypted

    def __call__(self, server: Any = None, client: Any = None) -> Link:
        return self.kind(self.reactor, server, client)
