"""
Services that listen, connect, and call functions from time to time.

For servers take `StreamServerEndpointService`, for clients `ClientService`: both take endpoints,
and so every kind of transport. The older family, `TCPServer` and its kin, calls the reactor's
method of the same name with the arguments that it was made with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from twisted._faces import handOn
from twisted.internet import task
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from . import service
from ._clientservice import ClientService as ClientService
from ._clientservice import backoffPolicy as backoffPolicy
from ._clientservice import maybeGlobalReactor as _maybeGlobalReactor

__all__ = [
    "ClientService",
    "CooperatorService",
    "MulticastServer",
    "SSLClient",
    "SSLServer",
    "StreamServerEndpointService",
    "TCPClient",
    "TCPServer",
    "TimerService",
    "UDPServer",
    "UNIXClient",
    "UNIXDatagramClient",
    "UNIXDatagramServer",
    "UNIXServer",
    "backoffPolicy",
]

handOn(__name__, ClientService, backoffPolicy)

_log = Logger()


class _VolatileDataService(service.Service):
    """
    A service that leaves what belongs to this process behind when it is saved or copied.
    """

    volatile: list[str] = []
    """The names of the attributes to leave behind."""

    def __getstate__(self) -> dict[str, Any]:
        kept = super().__getstate__()
        return {name: value for name, value in kept.items() if name not in self.volatile}


class _ReactorService(_VolatileDataService):
    """
    Calls one method of a reactor with the arguments that this was made with.

    Args:
        args: what to call it with.
        kwargs: as well; ``reactor`` is taken out, and says which reactor; the process's own if it
            is not there.
    """

    reactor: Any = None
    method: ClassVar[str]
    """The second half of the name of the reactor's method: "TCP" in ``listenTCP``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "reactor" in kwargs:
            self.reactor = kwargs.pop("reactor")
        self.args = args
        self.kwargs = kwargs

    def _call(self, verb: str) -> Any:
        reactor = _maybeGlobalReactor(self.reactor)
        return getattr(reactor, f"{verb}{self.method}")(*self.args, **self.kwargs)


class _AbstractServer(_ReactorService):
    """
    Has an `IListeningPort` while it runs.
    """

    volatile = ["_port"]
    _port: Any = None

    def privilegedStartService(self) -> None:
        super().privilegedStartService()
        self._port = self._getPort()

    def startService(self) -> None:
        super().startService()
        if self._port is None:
            self._port = self._getPort()

    def stopService(self) -> Any:
        """
        Returns: a Deferred that fires when the port is closed, or None if there was none.
        """
        super().stopService()
        port, self._port = self._port, None
        return None if port is None else port.stopListening()

    def _getPort(self) -> Any:
        return self._call("listen")


class _AbstractClient(_ReactorService):
    """
    Has an `IConnector` while it runs.
    """

    volatile = ["_connection"]
    _connection: Any = None

    def startService(self) -> None:
        super().startService()
        self._connection = self._getConnection()

    def stopService(self) -> Any:
        super().stopService()
        connection, self._connection = self._connection, None
        return None if connection is None else connection.disconnect()

    def _getConnection(self) -> Any:
        return self._call("connect")


class TCPServer(_AbstractServer):
    """Listens as ``reactor.listenTCP(port, factory, backlog, interface)`` does."""

    method = "TCP"


class UNIXServer(_AbstractServer):
    """Listens as ``reactor.listenUNIX(address, factory, backlog, mode, wantPID)`` does."""

    method = "UNIX"


class SSLServer(_AbstractServer):
    """Listens as ``reactor.listenSSL(port, factory, contextFactory, backlog, interface)`` does."""

    method = "SSL"


class UDPServer(_AbstractServer):
    """Listens as ``reactor.listenUDP(port, protocol, interface, maxPacketSize)`` does."""

    method = "UDP"


class UNIXDatagramServer(_AbstractServer):
    """Listens as ``reactor.listenUNIXDatagram(address, protocol, maxPacketSize, mode)`` does."""

    method = "UNIXDatagram"


class MulticastServer(_AbstractServer):
    """Listens as ``reactor.listenMulticast(port, protocol, ...)`` does."""

    method = "Multicast"


class TCPClient(_AbstractClient):
    """Connects as ``reactor.connectTCP(host, port, factory, timeout, bindAddress)`` does."""

    method = "TCP"


class UNIXClient(_AbstractClient):
    """Connects as ``reactor.connectUNIX(address, factory, timeout, checkPID)`` does."""

    method = "UNIX"


class SSLClient(_AbstractClient):
    """Connects as ``reactor.connectSSL(host, port, factory, contextFactory, ...)`` does."""

    method = "SSL"


class UNIXDatagramClient(_AbstractClient):
    """Connects as ``reactor.connectUNIXDatagram(address, protocol, ...)`` does."""

    method = "UNIXDatagram"


class TimerService(_VolatileDataService):
    """
    Calls a function when it starts, and again and again from then on.

    A function that fails, or whose Deferred does, is logged and not called again until the service
    is started anew.

    Args:
        step: seconds from call to call.
        callable: what to call.
        args: what with.
        kwargs: as well.
    """

    volatile = ["_failure", "_loop", "_loopFinished", "_waiting"]
    _failure: Failure | None = None
    _waiting: tuple[Deferred[None], ...] = ()

    def __init__(
        self, step: float, callable: Callable[..., object], *args: Any, **kwargs: Any
    ) -> None:
        self.step = step
        self.call = (callable, args, kwargs)
        self.clock: Any = None

    def startService(self) -> None:
        super().startService()
        function, args, kwargs = self.call
        self._failure, self._waiting = None, ()
        self._loop: task.LoopingCall = task.LoopingCall(function, *args, **kwargs)
        self._loop.clock = _maybeGlobalReactor(self.clock)
        self._loopFinished: Deferred[Any] = self._loop.start(self.step, now=True)
        self._loopFinished.addErrback(self._ended)

    def whenEnded(self) -> Deferred[None]:
        """
        Returns: a Deferred that fails when the function does, so that a site can start this again;
            see `twisted.application.servicetypes.IEndingService`.
        """
        ended: Deferred[None] = Deferred()
        if self._failure is not None:
            ended.errback(self._failure)
        else:
            self._waiting += (ended,)
        return ended

    def _ended(self, why: Failure) -> None:
        self._failure = why
        waiting, self._waiting = self._waiting, ()
        # Looked up now: programs put their own there.
        self._failed(why)
        for each in waiting:
            each.errback(why)

    def _failed(self, why: Failure) -> None:
        self._loop.running = False
        _log.failure("{service} will not call its function again", failure=why, service=self)

    def stopService(self) -> Deferred[None]:
        """
        Returns: a Deferred that fires when a call that is under way has ended.
        """
        if getattr(self, "_loop", None) is None:
            return succeed(None)  # it was never started
        if self._loop.running:
            self._loop.stop()
        # A Deferred of the caller's own: what a caller adds must not change ours.
        stopped: Deferred[None] = Deferred()
        stop = super().stopService

        def ended(result: Any) -> Any:
            stop()
            stopped.callback(None)
            return result

        self._loopFinished.addCallback(ended)
        return stopped


class CooperatorService(service.Service):
    """
    A `twisted.internet.task.Cooperator` that works while this runs.
    """

    def __init__(self) -> None:
        self.coop = task.Cooperator(started=False)

    def coiterate(self, iterator: Iterator[Any]) -> Deferred[Iterator[Any]]:
        """
        Add an iterator to the work.

        Returns: a Deferred that fires with the iterator when it is exhausted.
        """
        return self.coop.coiterate(iterator)

    def startService(self) -> None:
        self.coop.start()

    def stopService(self) -> None:
        self.coop.stop()


class StreamServerEndpointService(service.Service):
    """
    Listens on an endpoint while it runs.

    Failure to listen is logged, and the rest of the program goes on; `strports.service` has it
    raised where it is known at once.

    Args:
        endpoint: an `IStreamServerEndpoint`.
        factory: the `IProtocolFactory` that serves the connections.
    """

    _raiseSynchronously = False
    _waitingForPort: Deferred[Any] | None = None

    def __init__(self, endpoint: Any, factory: Any) -> None:
        self.endpoint = endpoint
        self.factory = factory

    def privilegedStartService(self) -> None:
        """
        Begin to listen, so that a low port can be had before the process gives up its rights.
        """
        super().privilegedStartService()
        waiting: Deferred[Any] = self.endpoint.listen(self.factory)
        self._waitingForPort = waiting
        raisedNow: list[Failure] = []
        raising = self._raiseSynchronously

        def failed(why: Failure) -> None:
            if why.check(CancelledError):
                return
            if raising:
                raisedNow.append(why)
            else:
                _log.failure("cannot listen on {endpoint}", failure=why, endpoint=self.endpoint)

        waiting.addErrback(failed)
        raising = False
        if raisedNow:
            raisedNow[0].raiseException()

    def startService(self) -> None:
        super().startService()
        if self._waitingForPort is None:
            self.privilegedStartService()

    def stopService(self) -> Deferred[None]:
        """
        Returns: a Deferred that fires when the port is closed; a listen that is still under way is
            cancelled.
        """
        waiting, self._waitingForPort = self._waitingForPort, None
        super().stopService()
        if waiting is None:
            return succeed(None)
        waiting.cancel()
        stopped: Deferred[None] = Deferred()

        def close(port: Any) -> Any:
            return None if port is None else maybeDeferred(port.stopListening)

        waiting.addCallback(close).addCallbacks(lambda _: stopped.callback(None), stopped.errback)
        return stopped
