"""
A network in memory: two protocols, each with a transport, and a pump between the two.

Nothing moves unless it is told to. Each `IOPump.pump` carries what both sides have written to
the other one; `IOPump.flush` pumps until nothing moves any more.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from zope.interface import directlyProvides, implementer, providedBy

from twisted.internet import interfaces
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.main import CONNECTION_DONE
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.interfaces import IAddress, IProducer
    from twisted.internet.task import Clock
    from twisted.internet.testing import MemoryReactor

try:
    from OpenSSL.SSL import Error as _OpenSSLError
except ImportError:

    class _OpenSSLError(Exception):  # type: ignore[no-redef]
        """Stands in where OpenSSL is not installed."""


NativeOpenSSLError = _OpenSSLError

_C = TypeVar("_C")
_S = TypeVar("_S")


class TLSNegotiation:
    """
    One side's part in a handshake that is only pretended.

    Attributes:
        obj: what was given to ``startTLS``. It judges the other side's by its method
            ``iosimVerify(other)``.
        connectState: whether this is the side that speaks first.
        sent: whether it has spoken.
        readyToSend: whether it may speak.
    """

    def __init__(self, obj: Any, connectState: bool) -> None:
        self.obj = obj
        self.connectState = connectState
        self.sent = False
        self.readyToSend = connectState

    def __repr__(self) -> str:
        return f"TLSNegotiation({self.obj!r})"

    def pretendToVerify(self, other: TLSNegotiation, tpt: FakeTransport) -> None:
        """Judge the other side; the transport is closed, with TLS's error, if it fails."""
        if not self.obj.iosimVerify(other.obj):
            tpt.disconnectReason = NativeOpenSSLError()
            tpt.loseConnection()


@implementer(interfaces.IAddress)
class FakeAddress:
    """The address of a `FakeTransport` that was given none."""


_serials = count(1)


@implementer(interfaces.ITransport, interfaces.ITLSTransport, interfaces.IConsumer)
class FakeTransport:
    """
    One end of a connection in memory.

    Attributes:
        protocol: whose transport it is.
        isServer: whether it is the server's.
        serial: a number that no other one has.
        stream: the pieces that were written and not yet carried away.
        disconnecting: whether it is to be closed.
        disconnected: whether it was, and its protocol knows.
        disconnectReason: the exception that its protocol is told then.
        producer: who feeds it.
        streamingProducer: whether that is a push producer.
        tls: the handshake under way, if any.
    """

    closed: bool | int = 0
    disconnecting: bool | int = 0
    disconnected: bool | int = 0
    disconnectReason: BaseException = CONNECTION_DONE
    producer: Any = None
    streamingProducer: bool | int = 0
    tls: TLSNegotiation | None = None

    def __init__(
        self,
        protocol: Any,
        isServer: bool,
        hostAddress: IAddress | None = None,
        peerAddress: IAddress | None = None,
    ) -> None:
        """
        Args:
            protocol: whose transport it is. It is not connected yet.
            isServer: whether that is the server.
            hostAddress: what `getHost` answers; None for a `FakeAddress`.
            peerAddress: what `getPeer` answers; None for a `FakeAddress`.
        """
        self.protocol = protocol
        self.isServer = isServer
        self.serial = next(_serials)
        self.stream: list[bytes] = []
        self.hostAddress = FakeAddress() if hostAddress is None else hostAddress
        self.peerAddress = FakeAddress() if peerAddress is None else peerAddress
        # What was written after startTLS, and what came before the handshake was over.
        self._encrypted: list[bytes] = []
        self._held: list[bytes] = []

    def __repr__(self) -> str:
        side = "server" if self.isServer else "client"
        return f"FakeTransport<{self.serial},{side},{self.protocol.__class__.__name__}>"

    # ITransport

    def write(self, data: bytes) -> None:
        """Have bytes carried away by the next pump; dropped once it is to be closed."""
        if not self.disconnecting:
            (self.stream if self.tls is None else self._encrypted).append(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Have pieces carried away."""
        self.write(b"".join(iovec))

    def loseConnection(self) -> None:
        """Close when all is carried away."""
        self.disconnecting = True

    def abortConnection(self) -> None:
        """Close; here that is the same as `loseConnection`."""
        self.loseConnection()

    def reportDisconnect(self) -> None:
        """Tell the protocol. Called by the pump."""
        unfinished = self.tls is not None
        self.protocol.connectionLost(
            Failure(NativeOpenSSLError() if unfinished else self.disconnectReason)
        )

    def getPeer(self) -> Any:
        """Give the address of the other end."""
        return self.peerAddress

    def getHost(self) -> Any:
        """Give the address of this end."""
        return self.hostAddress

    def logPrefix(self) -> str:
        """Give a name for the log."""
        return "iosim"

    # ITCPTransport, of which nothing has an effect in memory

    def loseWriteConnection(self) -> None:
        """Not to be had in memory."""
        raise NotImplementedError("a connection in memory cannot be closed by halves")

    def getTcpNoDelay(self) -> bool:
        """Say no."""
        return False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Do nothing."""

    def getTcpKeepAlive(self) -> bool:
        """Say no."""
        return False

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Do nothing."""

    # IConsumer

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Let a producer feed it; a pull producer is asked once for each pump."""
        self.producer = producer
        self.streamingProducer = streaming
        if not streaming:
            self.producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """The producer has finished."""
        self.producer = None

    def stopConsuming(self) -> None:
        """Let the producer go, and close."""
        self.unregisterProducer()
        self.loseConnection()

    def _checkProducer(self) -> None:
        if self.producer is not None and not self.streamingProducer:
            self.producer.resumeProducing()

    # IPushProducer, without effect: what is pumped is delivered

    def pauseProducing(self) -> None:
        """Do nothing."""

    def resumeProducing(self) -> None:
        """Do nothing."""

    def stopProducing(self) -> None:
        """Close."""
        self.loseConnection()

    # TLS

    def startTLS(self, contextFactory: Any, beNormal: bool = True) -> None:
        """
        Pretend a handshake, after what was written until now.

        Args:
            contextFactory: judges the other side's; see `TLSNegotiation`.
            beNormal: whether the client speaks first.
        """
        self.tls = TLSNegotiation(contextFactory, bool(self.isServer) != bool(beNormal))
        directlyProvides(self, interfaces.ISSLTransport, providedBy(self))

    def _handshakeDone(self) -> None:
        self.tls = None
        self.stream += self._encrypted
        self._encrypted = []
        held, self._held = self._held, []
        for data in held:
            self.protocol.dataReceived(data)

    # For the pump

    def getOutBuffer(self) -> bytes | TLSNegotiation | None:
        """Take what is to be carried to the other side, or None for nothing."""
        if self.stream:
            pieces, self.stream = self.stream, []
            return b"".join(pieces)
        negotiation = self.tls
        if negotiation is None or negotiation.sent or not negotiation.readyToSend:
            return None
        negotiation.sent = True
        if not negotiation.connectState:
            # It was our answer.
            self._handshakeDone()
        return negotiation

    def bufferReceived(self, buf: bytes | TLSNegotiation) -> None:
        """Take what was carried from the other side."""
        if not isinstance(buf, TLSNegotiation):
            if self.tls is None:
                self.protocol.dataReceived(buf)
            else:
                self._held.append(buf)
            return
        negotiation = self.tls
        if negotiation is None:
            raise AssertionError(f"{self!r} was sent a handshake and has not started TLS")
        negotiation.pretendToVerify(buf, self)
        negotiation.readyToSend = True
        if negotiation.sent:
            self._handshakeDone()


def makeFakeClient(clientProtocol: Any) -> FakeTransport:
    """Make a client's transport. The protocol is not connected to it yet."""
    return FakeTransport(clientProtocol, isServer=False)


def makeFakeServer(serverProtocol: Any) -> FakeTransport:
    """Make a server's transport. The protocol is not connected to it yet."""
    return FakeTransport(serverProtocol, isServer=True)


class IOPump:
    """
    Carries bytes between two transports.

    Attributes:
        client: the client's protocol.
        server: the server's protocol.
        clientIO: the client's transport.
        serverIO: the server's transport.
        debug: whether to print what is carried.
        clock: a clock that is advanced by 0 before each pump, so that calls that are due
            happen; or None.
    """

    def __init__(
        self,
        client: Any,
        server: Any,
        clientIO: Any,
        serverIO: Any,
        debug: bool,
        clock: Clock | None = None,
    ) -> None:
        self.client = client
        self.server = server
        self.clientIO = clientIO
        self.serverIO = serverIO
        self.debug = debug
        self.clock = clock

    def flush(self, debug: bool = False, advanceClock: bool = True) -> bool:
        """
        Pump until nothing moves.

        Returns: whether anything did.
        """
        moved = False
        while self.pump(debug, advanceClock):
            moved = True
        return moved

    def pump(self, debug: bool = False, advanceClock: bool = True) -> bool:
        """
        Carry what there is, once, both ways.

        Returns: whether anything moved. A side that is to be closed is closed when nothing is
            left to carry; that counts.
        """
        if advanceClock and self.clock is not None:
            self.clock.advance(0)
        ends = (self.clientIO, self.serverIO)
        for end in ends:
            end._checkProducer()
        carried = [end.getOutBuffer() for end in ends]
        for (sender, receiver), data in zip((ends, ends[::-1]), carried, strict=True):
            if data:
                if debug or self.debug:
                    print(f"{sender!r} -> {receiver!r}: {data!r}")
                receiver.bufferReceived(data)
        return any(carried) or self._closeOne(ends)

    def _closeOne(self, ends: tuple[Any, Any]) -> bool:
        for closing, other in (ends[::-1], ends):
            if closing.disconnecting and not closing.disconnected:
                closing.disconnected = True
                other.disconnecting = True
                if self.debug:
                    print(f"{closing!r} is closed")
                closing.reportDisconnect()
                return True
        return False


def connect(
    serverProtocol: Any,
    serverTransport: Any,
    clientProtocol: Any,
    clientTransport: Any,
    debug: bool = False,
    greet: bool = True,
    clock: Clock | None = None,
) -> IOPump:
    """
    Connect two protocols to their transports.

    Args:
        debug: print what is carried.
        greet: carry at once what they say when connected.
        clock: advanced with each pump.
    """
    serverProtocol.makeConnection(serverTransport)
    clientProtocol.makeConnection(clientTransport)
    pump = IOPump(clientProtocol, serverProtocol, clientTransport, serverTransport, debug, clock)
    if greet:
        pump.flush()
    return pump


def connectedServerAndClient(
    ServerClass: Callable[[], _S],
    ClientClass: Callable[[], _C],
    clientTransportFactory: Callable[[_C], Any] = makeFakeClient,
    serverTransportFactory: Callable[[_S], Any] = makeFakeServer,
    debug: bool = False,
    greet: bool = True,
    clock: Clock | None = None,
) -> tuple[_C, _S, IOPump]:
    """
    Make a client and a server, and connect them.

    Returns: client, server, and the pump between them.
    """
    client = ClientClass()
    clientIO = clientTransportFactory(client)
    server = ServerClass()
    serverIO = serverTransportFactory(server)
    return client, server, connect(server, serverIO, client, clientIO, debug, greet, clock)


def _factoriesShouldConnect(
    clientInfo: tuple[Any, ...], serverInfo: tuple[Any, ...]
) -> tuple[Any, Any] | None:
    """
    Find out whether a client would reach a server.

    Args:
        clientInfo: an item of ``MemoryReactor.tcpClients``.
        serverInfo: an item of ``MemoryReactor.tcpServers``.
    Returns: their factories, client's first; or None.
    """
    host, clientPort, clientFactory = clientInfo[:3]
    serverPort, serverFactory, _, interface = serverInfo
    if clientPort != serverPort:
        return None
    everywhere = "::" if ":" in host else ""
    if interface in (host, everywhere) or (interface == "::" and host == "::1"):
        return clientFactory, serverFactory
    if interface in ("", "0.0.0.0", "127.0.0.1") and host in ("127.0.0.1", "localhost"):
        return clientFactory, serverFactory
    return None


class ConnectionCompleter:
    """Brings the attempts to connect of a `MemoryReactor` to an end, good or bad."""

    def __init__(self, memoryReactor: MemoryReactor) -> None:
        self._reactor = memoryReactor

    def succeedOnce(self, debug: bool = False, greet: bool = True) -> IOPump | None:
        """
        Connect a client to a server that listens where it connects to.

        Returns: the pump between the two, or None where there is no such pair.
        """
        reactor = self._reactor
        for index, clientInfo in enumerate(reactor.tcpClients):
            for serverInfo in reactor.tcpServers:
                factories = _factoriesShouldConnect(clientInfo, serverInfo)
                if factories is None:
                    continue
                self._takeAttempt(index)
                client, server = (factory.buildProtocol(None) for factory in factories)
                clock = reactor if isinstance(reactor, MemoryReactorClock) else None
                return connect(
                    server,
                    makeFakeServer(server),
                    client,
                    makeFakeClient(client),
                    debug=debug,
                    greet=greet,
                    clock=clock,
                )
        return None

    def failOnce(self, reason: Failure = Failure(ConnectionRefusedError())) -> None:  # noqa: B008
        """Let the oldest attempt fail."""
        factory, connector = self._takeAttempt(0)
        factory.clientConnectionFailed(connector, reason)

    def _takeAttempt(self, index: int) -> tuple[Any, Any]:
        """Take an attempt off the reactor's lists. Returns: its factory and its connector."""
        host, port, factory = self._reactor.tcpClients.pop(index)[:3]
        connectors = self._reactor.connectors
        for place, connector in enumerate(connectors):
            destination = connector.getDestination()
            if (getattr(destination, "host", None), getattr(destination, "port", None)) == (
                host,
                port,
            ):
                return factory, connectors.pop(place)
        return factory, None


def connectableEndpoint(debug: bool = False) -> tuple[TCP4ClientEndpoint, ConnectionCompleter]:
    """
    Make a client endpoint whose attempts to connect are brought to an end by hand.

    Returns: the endpoint, and what completes its attempts.
    """
    reactor: Any = MemoryReactorClock()
    server = TCP4ServerEndpoint(reactor, 12345)
    server.listen(Factory.forProtocol(Protocol))
    return TCP4ClientEndpoint(reactor, "0.0.0.0", 12345), ConnectionCompleter(reactor)
