"""
Base classes for protocols, and for the factories that make them.

A protocol speaks on one connection; a factory makes a protocol for each connection and keeps
what they have in common. Nothing here needs a reactor to be imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from zope.interface import implementer

from twisted.internet import error, interfaces
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python import components
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typing_extensions import ParamSpec
    from typing_extensions import TypeVar as TypeVarWithDefault

    from twisted.internet.interfaces import (
        IAddress,
        IConnector,
        IDelayedCall,
        IMulticastTransport,
        IProcessTransport,
        IProducer,
        IProtocol,
        IReactorTime,
        ITransport,
        IUDPTransport,
    )

    # A factory that does not say what it makes may make anything.
    P = TypeVarWithDefault("P", bound=interfaces.IProtocol, default=Any)
    FactoryArguments = ParamSpec("FactoryArguments")
else:
    P = TypeVar("P")
R = TypeVar("R", bound="Factory")

connectionDone = Failure(error.ConnectionDone())


def _logOf(speaker: object) -> Logger:
    """Make a logger that names an object's class as the place, and itself as the source."""
    kind = speaker.__class__
    return Logger(namespace=f"{kind.__module__}.{kind.__qualname__}", source=speaker)


# Factories


@implementer(interfaces.IProtocolFactory, interfaces.ILoggingContext)
class Factory(Generic[P]):
    """
    Makes a protocol for each connection.

    Attributes:
        protocol: called without arguments for each connection, unless `buildProtocol` is
            overridden; most often a `Protocol` subclass.
        numPorts: how many ports and connectors use this factory now.
        noisy: whether starting and stopping are logged.
    """

    protocol: Callable[..., P] | None = None
    numPorts: int = 0
    noisy: bool = True

    @classmethod
    def forProtocol(
        cls: Callable[FactoryArguments, R],
        protocol: Callable[..., Any],
        *args: FactoryArguments.args,
        **kwargs: FactoryArguments.kwargs,
    ) -> R:
        """
        Make a factory for a protocol class.

        Args:
            protocol: called for each connection.
            args: for the factory's own constructor, as ``kwargs`` are.
        """
        factory = cls(*args, **kwargs)
        factory.protocol = protocol
        return factory

    def logPrefix(self) -> str:
        """Give the name of the class: what the log calls a factory."""
        return self.__class__.__name__

    def doStart(self) -> None:
        """Count one more user; the first one starts the factory."""
        first = not self.numPorts
        if first:
            if self.noisy:
                _logOf(self).info("Starting factory {factory!r}", factory=self)
            self.startFactory()
        self.numPorts += 1

    def doStop(self) -> None:
        """Count one user less; the last one stops the factory."""
        # More stops than starts are passed over: after a failure, a port may not know.
        if not self.numPorts:
            return
        self.numPorts -= 1
        if not self.numPorts:
            if self.noisy:
                _logOf(self).info("Stopping factory {factory!r}", factory=self)
            self.stopFactory()

    def startFactory(self) -> None:
        """Override: called before the first port or connector begins to use this factory."""

    def stopFactory(self) -> None:
        """Override: called when the last of them has done with it. It may be started again."""

    def buildProtocol(self, addr: IAddress | None) -> P | None:
        """
        Make a protocol for a new connection, and give it ourselves as its ``factory``.

        Args:
            addr: the address of the peer.
        Returns: the protocol. An override may give None, to close the connection.
        """
        make = self.protocol
        if make is None:
            raise TypeError(
                f"{self!r} does not know what to make: set its protocol attribute, or "
                "override buildProtocol"
            )
        built = make()
        built.factory = self  # type: ignore[attr-defined]  # whatever P is, it takes this
        return built


class ServerFactory(Factory[P]):
    """A factory for connections that come in."""


class ClientFactory(Factory[P]):
    """
    A factory for connections that go out, which is told how each attempt fares.

    Order: `startedConnecting`, then either ``buildProtocol`` and at the end
    `clientConnectionLost`, or `clientConnectionFailed`.
    """

    def startedConnecting(self, connector: IConnector) -> None:
        """Override: an attempt begins. It can be given up by ``connector.stopConnecting()``."""

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """
        Override: an attempt failed. ``connector.connect()`` here makes another one.

        Args:
            reason: most often a failure with a `twisted.internet.error.ConnectError`.
        """

    def clientConnectionLost(self, connector: IConnector, reason: Failure) -> None:
        """
        Override: the connection ended. ``connector.connect()`` here makes another one.

        Args:
            reason: as in ``IProtocol.connectionLost``.
        """


class ReconnectingClientFactory(ClientFactory[P]):
    """
    A client factory that tries again, each time after a longer wait.

    The waits are ``initialDelay``, then each ``factor`` times the one before, up to
    ``maxDelay``; each is scattered at random by ``jitter``, so that a thousand clients of a
    server that went down do not all come back in the same instant. Call `resetDelay` once a
    connection has proved good, most simply in ``buildProtocol``.

    Attributes:
        maxDelay: seconds that the growing wait never exceeds (but for its jitter).
        initialDelay: seconds of the first wait.
        factor: by how much each wait is longer than the one before. Euler's number.
        jitter: standard deviation of a wait, as a part of it; None or 0 for none.
        delay: seconds of the next wait.
        retries: how many attempts were made since the last success.
        maxRetries: after how many of them to give up, or None for never.
        clock: an ``IReactorTime``, or None for the global reactor.
        continueTrying: whether to try again at all; see `stopTrying`.
        connector: the connector in use, once an attempt has failed.
    """

    maxDelay: float = 3600
    initialDelay: float = 1.0
    factor: float = 2.7182818284590451
    jitter: float | None = 0.119626565582

    delay: float = initialDelay
    retries: int = 0
    maxRetries: int | None = None
    clock: IReactorTime | None = None
    connector: IConnector | None = None
    continueTrying: int = 1
    _callID: IDelayedCall | None = None

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """Try again, unless told to stop."""
        self._tryAgainWith(connector)

    def clientConnectionLost(self, connector: IConnector, unused_reason: Failure) -> None:
        """Try again, unless told to stop."""
        self._tryAgainWith(connector)

    def _tryAgainWith(self, connector: IConnector) -> None:
        if self.continueTrying:
            self.connector = connector
            self.retry()

    def retry(self, connector: IConnector | None = None) -> None:
        """
        Have a connector connect, after the present delay.

        Args:
            connector: which one; None for the one that failed last.
        Raises: ValueError where there is none.
        """
        again = self.connector if connector is None else connector
        if not self.continueTrying:
            self._say("No further attempt by {connector}: stopTrying was called", again)
            return
        if again is None:
            raise ValueError("retry needs a connector: none was given, and none has failed yet")
        self.retries += 1
        if self.maxRetries is not None and self.retries > self.maxRetries:
            self._say("No further attempt by {connector} after {attempts} of them", again)
            return

        wait = self.delay
        if self.jitter:
            # Here, since the module of random numbers is slow to import and seldom needed.
            from random import gauss

            wait = max(0.0, gauss(wait, wait * self.jitter))
        self.delay = min(wait * self.factor, self.maxDelay)
        self._say("Next attempt by {connector} in {wait:.3g} seconds", again, wait=wait)
        self._callID = self._presentClock().callLater(wait, self._connectAgain, again)

    def _connectAgain(self, connector: IConnector) -> None:
        self._callID = None
        connector.connect()

    def _presentClock(self) -> IReactorTime:
        if self.clock is None:
            from twisted.internet import reactor

            self.clock = cast("IReactorTime", reactor)
        return self.clock

    def _say(self, text: str, connector: IConnector | None, **more: object) -> None:
        if self.noisy:
            _logOf(self).info(text, connector=connector, attempts=self.retries, **more)

    def stopTrying(self) -> None:
        """Give up the attempt under way or waited for, and make no further ones."""
        if self._callID is not None:
            self._callID.cancel()
            self._callID = None
        self.continueTrying = 0
        if self.connector is not None:
            try:
                self.connector.stopConnecting()
            except error.NotConnectingError:
                pass

    def resetDelay(self) -> None:
        """Begin anew with the shortest wait: the connection that was made is good."""
        self.delay = self.initialDelay
        self._callID = None
        self.retries = 0
        self.continueTrying = 1

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to the present attempt: a copy begins anew."""
        transient = {"clock", "connector", "continueTrying", "delay", "retries", "_callID"}
        return {name: value for name, value in self.__dict__.items() if name not in transient}


class _InstanceFactory(ClientFactory[Any]):
    """
    A factory for one connection with one protocol that exists already.

    Attributes:
        pending: the call that will fire the Deferred, once the outcome is known.
        tellsNextTurn: for the engine: nothing is to be delivered before that call.
    """

    noisy = False
    tellsNextTurn = True
    pending: IDelayedCall | None = None

    def __init__(
        self, reactor: IReactorTime, instance: IProtocol, deferred: Deferred[Any] | None
    ) -> None:
        self.reactor = reactor
        self.instance = instance
        self.deferred = deferred

    def __repr__(self) -> str:
        return f"<ClientCreator factory: {self.instance!r}>"

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Hand the protocol out. The Deferred fires a turn later, when it is connected."""
        if self.deferred is not None:
            self._settle(self.deferred.callback, self.instance)
        return self.instance

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """Fail the Deferred, a turn later."""
        if self.deferred is not None:
            self._settle(self.deferred.errback, reason)

    def _settle(self, tell: Callable[[Any], None], outcome: object) -> None:
        self.deferred = None
        self.pending = self.reactor.callLater(0, self.fire, tell, outcome)

    def fire(self, func: Callable[[Any], None], value: object) -> None:
        """Tell the Deferred."""
        self.pending = None
        func(value)


class ClientCreator:
    """
    Makes single connections, without a factory of one's own.

    Endpoints with ``twisted.internet.endpoints.connectProtocol`` do the same for any kind of
    connection.
    """

    def __init__(
        self, reactor: Any, protocolClass: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> None:
        """
        Args:
            reactor: the reactor to connect with.
            protocolClass: called with the rest of the arguments for each connection.
        """
        self.reactor = reactor
        self.protocolClass = protocolClass
        self.args = args
        self.kwargs = kwargs

    def _connect(
        self, method: Callable[..., IConnector], *where: object, **options: object
    ) -> Deferred[Any]:
        """Call a ``connect...`` method with a factory that fires a Deferred."""

        def giveUp(cancelled: Deferred[Any]) -> None:
            factory.deferred = None
            if factory.pending is not None:
                factory.pending.cancel()
                factory.pending = None
            connector.disconnect()

        outcome: Deferred[Any] = Deferred(giveUp)
        protocol = self.protocolClass(*self.args, **self.kwargs)
        factory = _InstanceFactory(self.reactor, protocol, outcome)
        connector = method(*where, factory, **options)
        return outcome

    def connectTCP(
        self,
        host: str,
        port: int,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> Deferred[Any]:
        """Connect to a TCP server; the arguments are those of ``IReactorTCP.connectTCP``."""
        return self._connect(
            self.reactor.connectTCP, host, port, timeout=timeout, bindAddress=bindAddress
        )

    def connectUNIX(
        self, address: str | bytes, timeout: float = 30, checkPID: bool = False
    ) -> Deferred[Any]:
        """Connect to a UNIX socket; the arguments are those of ``IReactorUNIX.connectUNIX``."""
        return self._connect(self.reactor.connectUNIX, address, timeout=timeout, checkPID=checkPID)

    def connectSSL(
        self,
        host: str,
        port: int,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> Deferred[Any]:
        """Connect to a TLS server; the arguments are those of ``IReactorSSL.connectSSL``."""
        return self._connect(
            self.reactor.connectSSL,
            host,
            port,
            contextFactory=contextFactory,
            timeout=timeout,
            bindAddress=bindAddress,
        )


# Protocols of streams


class BaseProtocol:
    """
    What stream and process protocols have in common.

    Attributes:
        connected: 1 from `makeConnection` on.
        transport: what we speak through, from `makeConnection` on.
    """

    connected: int = 0
    transport: ITransport | None = None

    def makeConnection(self, transport: ITransport) -> None:
        """Keep the transport and call `connectionMade`. Not meant to be overridden."""
        self.transport = transport
        self.connected = 1
        self.connectionMade()

    def connectionMade(self) -> None:
        """Override: the connection stands. What a constructor would do, do here."""


@implementer(interfaces.IProtocol, interfaces.ILoggingContext)
class Protocol(BaseProtocol):
    """
    One connection's worth of a protocol. Subclass it, and override `dataReceived`.

    Attributes:
        factory: the factory that made this, where one did.
    """

    factory: Any = None

    def logPrefix(self) -> str:
        """Give the name of the class: what the log calls a protocol."""
        return self.__class__.__name__

    def dataReceived(self, data: bytes) -> None:
        """
        Override: bytes came in.

        Args:
            data: one byte or more, cut anywhere: collect them until they make a whole.
        """

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        Override: the connection has ended. Drop what refers to it here.

        Args:
            reason: ``reason.check(error.ConnectionDone)`` tells an orderly end from a loss.
        """


@implementer(interfaces.IConsumer)
class ProtocolToConsumerAdapter(components.Adapter):
    """Lets a producer feed a protocol: what is written to this is received by that."""

    def write(self, data: bytes) -> None:
        """Have the protocol receive bytes."""
        self.original.dataReceived(data)

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Nothing to do: a protocol takes all that comes."""

    def unregisterProducer(self) -> None:
        """Nothing to do, as in `registerProducer`."""


components.registerAdapter(ProtocolToConsumerAdapter, interfaces.IProtocol, interfaces.IConsumer)


@implementer(interfaces.IProtocol)
class ConsumerToProtocolAdapter(components.Adapter):
    """Lets a connection feed a consumer: what this receives is written to that."""

    def dataReceived(self, data: bytes) -> None:
        """Have the consumer take bytes."""
        self.original.write(data)

    def connectionLost(self, reason: Failure) -> None:
        """Nothing to do: a consumer is not told of an end."""

    def makeConnection(self, transport: ITransport) -> None:
        """Nothing to do: a consumer has no use for the transport."""

    def connectionMade(self) -> None:
        """Nothing to do, as in `makeConnection`."""


components.registerAdapter(ConsumerToProtocolAdapter, interfaces.IConsumer, interfaces.IProtocol)


# Protocols of programs


@implementer(interfaces.IProcessProtocol)
class ProcessProtocol(BaseProtocol):
    """
    Speaks with one program through its standard input, output and error.

    A program with further pipes is heard in `childDataReceived` and `childConnectionLost`.
    """

    transport: IProcessTransport | None = None

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """The program wrote: to `outReceived` (1) or `errReceived` (2)."""
        if childFD in (1, 2):
            (self.outReceived if childFD == 1 else self.errReceived)(data)

    def outReceived(self, data: bytes) -> None:
        """Override: bytes came from the program's standard output."""

    def errReceived(self, data: bytes) -> None:
        """Override: bytes came from the program's standard error."""

    def childConnectionLost(self, childFD: int) -> None:
        """A pipe is closed: one of the next three is called for 0, 1 and 2."""
        standard = (self.inConnectionLost, self.outConnectionLost, self.errConnectionLost)
        if 0 <= childFD < len(standard):
            standard[childFD]()

    def inConnectionLost(self) -> None:
        """Override: the program's standard input is closed."""

    def outConnectionLost(self) -> None:
        """Override: the program's standard output is closed."""

    def errConnectionLost(self) -> None:
        """Override: the program's standard error is closed."""

    def processExited(self, reason: Failure) -> None:
        """
        Override: the program has ended; output may still come.

        Args:
            reason: its value has ``exitCode``, ``signal`` and ``status``.
        """

    def processEnded(self, reason: Failure) -> None:
        """Override: the program has ended and nothing more can come. The reason is the same."""


# Protocols of datagrams


class AbstractDatagramProtocol:
    """
    What all datagram protocols have in common.

    Attributes:
        transport: the socket, between `startProtocol` and `stopProtocol`.
        numPorts: how many sockets use this protocol now.
        noisy: whether starting and stopping are logged.
    """

    transport: Any = None
    numPorts: int = 0
    noisy: bool = True

    def __getstate__(self) -> dict[str, Any]:
        """Leave the socket out."""
        return {**self.__dict__, "transport": None}

    def doStart(self) -> None:
        """Count one more socket; the first one starts the protocol."""
        if not self.numPorts:
            if self.noisy:
                _logOf(self).info("Starting protocol {protocol!r}", protocol=self)
            self.startProtocol()
        self.numPorts += 1

    def doStop(self) -> None:
        """Count one socket less; the last one stops the protocol, which has none by then."""
        if self.numPorts < 1:
            raise AssertionError(f"{self!r} was stopped more often than it was started")
        self.numPorts -= 1
        self.transport = None
        if not self.numPorts:
            if self.noisy:
                _logOf(self).info("Stopping protocol {protocol!r}", protocol=self)
            self.stopProtocol()

    def startProtocol(self) -> None:
        """Override: the socket is there and datagrams will come."""

    def stopProtocol(self) -> None:
        """Override: the socket is gone and no more datagrams will come."""

    def makeConnection(self, transport: IUDPTransport | IMulticastTransport | Any) -> None:
        """Keep the socket and start. Called by the port, once for each time it listens."""
        if self.transport is not None:
            raise AssertionError(f"{self!r} has a socket already: {self.transport!r}")
        self.transport = transport
        self.doStart()

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        """
        Override: a datagram came in, whole.

        Args:
            datagram: its bytes.
            addr: who sent it: ``(host, port)`` for UDP, a path for UNIX sockets.
        """


@implementer(interfaces.ILoggingContext)
class DatagramProtocol(AbstractDatagramProtocol):
    """A protocol of datagrams, to and from anybody."""

    def logPrefix(self) -> str:
        """Give the name of the class: what the log calls a protocol."""
        return self.__class__.__name__

    def connectionRefused(self) -> None:
        """
        Override: nobody listens where the last datagrams went (ICMP said so).

        Only for a socket that was connected by ``transport.connect``.
        """


class ConnectedDatagramProtocol(DatagramProtocol):
    """A protocol of datagrams with one peer, over a UNIX socket."""

    def datagramReceived(self, datagram: bytes) -> None:  # type: ignore[override]  # no sender
        """Override: a datagram came in from the peer."""

    def connectionFailed(self, failure: Failure) -> None:
        """Override: the peer's socket could not be reached."""


# Files


@implementer(interfaces.ITransport)
class FileWrapper:
    """
    A transport over a file object: a protocol may write to it, and a producer may feed it.

    Attributes:
        file: the file, open for writing bytes.
        closed: 1 once the file was closed by `loseConnection`.
        disconnecting: always 0; closing takes no time.
        producer: the producer that feeds it, if any.
        streamingProducer: whether that is a push producer.
    """

    closed: int = 0
    disconnecting: int = 0
    producer: Any = None
    streamingProducer: bool | int = 0

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, data: bytes) -> None:
        """Write bytes, and ask a pull producer for more. Errors go to `handleException`."""
        try:
            self.file.write(data)
        except Exception:
            self.handleException()
        self._checkProducer()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Write all of the pieces."""
        self.write(b"".join(iovec))

    def _checkProducer(self) -> None:
        if self.producer is not None:
            self.producer.resumeProducing()

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Let a producer feed the file; a pull producer is asked at once."""
        self.producer = producer
        self.streamingProducer = streaming
        if not streaming:
            producer.resumeProducing()  # type: ignore[attr-defined]  # all that are not streaming

    def unregisterProducer(self) -> None:
        """The producer has finished."""
        self.producer = None

    def stopConsuming(self) -> None:
        """Let the producer go and close the file."""
        self.unregisterProducer()
        self.loseConnection()

    def loseConnection(self) -> None:
        """Close the file. Errors go to `handleException`."""
        self.closed = 1
        try:
            self.file.close()
        except OSError:
            self.handleException()

    def getPeer(self) -> Any:
        """Say that this is a file."""
        return "file", "file"

    def getHost(self) -> Any:
        """Say that this is a file."""
        return "file"

    def handleException(self) -> None:
        """Override: called inside an except clause when writing or closing failed."""

    def resumeProducing(self) -> None:
        """Nothing to do: a file sends nothing."""

    def pauseProducing(self) -> None:
        """Nothing to do, as in `resumeProducing`."""

    def stopProducing(self) -> None:
        """Nothing more will be asked: close the file."""
        self.loseConnection()


__all__ = [
    "AbstractDatagramProtocol",
    "BaseProtocol",
    "ClientCreator",
    "ClientFactory",
    "ConnectedDatagramProtocol",
    "ConsumerToProtocolAdapter",
    "DatagramProtocol",
    "Factory",
    "FileWrapper",
    "ProcessProtocol",
    "Protocol",
    "ProtocolToConsumerAdapter",
    "ReconnectingClientFactory",
    "ServerFactory",
    "connectionDone",
]
