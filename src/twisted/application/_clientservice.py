"""
A connection that is kept up: made again, after a while, whenever it could not be made or was lost.

Theory: at any time there is at most one *attempt*, from the call of the endpoint's ``connect`` to
the loss of the connection that came of it. All that can happen to the service is one of six
`_Event`s, and `_STEPS` is the only place that says what follows on each.

Laws:
- `ClientService._phase` is set before the step's action runs, since an action may bring about the
  next event at once (an endpoint that fails without waiting).
- An attempt that is not the service's present one has nothing to say any more.
- Who waits for a connection hears of it, of enough failures, or that the service has stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from random import random
from typing import Any, Final

from zope.interface import directlyProvides, implementer, providedBy

from twisted.internet.defer import CancelledError, Deferred, fail, maybeDeferred, succeed
from twisted.internet.interfaces import IProtocol, IProtocolFactory
from twisted.logger import Logger
from twisted.python.failure import Failure

from .service import Service

__all__ = ["ClientService", "backoffPolicy", "maybeGlobalReactor"]


def maybeGlobalReactor(maybeReactor: Any) -> Any:
    """
    Returns: the reactor that was given, or the process's own if that is None.
    """
    if maybeReactor is None:
        from twisted.internet import reactor

        return reactor
    return maybeReactor


def backoffPolicy(
    initialDelay: float = 1.0,
    maxDelay: float = 60.0,
    factor: float = 1.5,
    jitter: Callable[[], float] = random,
) -> Callable[[int], float]:
    """
    Make a policy that waits longer after each failure.

    Args:
        initialDelay: seconds that grow from failure to failure.
        maxDelay: seconds that they do not grow beyond; jitter is added to that.
        factor: how many times longer each wait is.
        jitter: gives seconds to add, so that clients that failed together do not return together.
    Returns: a function from the count of failures in a row to seconds to wait.
    """

    def policy(attempt: int) -> float:
        try:
            grown = initialDelay * float(factor) ** attempt
        except OverflowError:
            grown = maxDelay
        return min(grown, maxDelay) + jitter()

    return policy


class _Phase(Enum):
    """
    Where the service stands.
    """

    IDLE = "not started yet"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting for the next try"
    STOPPING = "stopping"
    RESTARTING = "stopping, to start again"
    STOPPED = "stopped"


class _Event(Enum):
    """
    What can happen.
    """

    START = "start"
    STOP = "stop"
    MADE = "connection made"
    FAILED = "attempt failed"
    LOST = "connection lost"
    DUE = "time for the next try"


_STEPS: Final[dict[tuple[_Phase, _Event], tuple[str, _Phase]]] = {
    (_Phase.IDLE, _Event.START): ("_connect", _Phase.CONNECTING),
    # Nothing was given up: who waits already may still be served by a later start.
    (_Phase.IDLE, _Event.STOP): ("_tellStopped", _Phase.STOPPED),
    (_Phase.CONNECTING, _Event.MADE): ("_welcome", _Phase.CONNECTED),
    (_Phase.CONNECTING, _Event.FAILED): ("_tellAndWait", _Phase.WAITING),
    (_Phase.CONNECTING, _Event.STOP): ("_abandon", _Phase.STOPPING),
    (_Phase.CONNECTED, _Event.LOST): ("_wait", _Phase.WAITING),
    (_Phase.CONNECTED, _Event.STOP): ("_hangUp", _Phase.STOPPING),
    (_Phase.WAITING, _Event.DUE): ("_connect", _Phase.CONNECTING),
    (_Phase.WAITING, _Event.STOP): ("_wakeAndFinish", _Phase.STOPPED),
    # An attempt may succeed in spite of being cancelled.
    (_Phase.STOPPING, _Event.MADE): ("_hangUp", _Phase.STOPPING),
    (_Phase.STOPPING, _Event.FAILED): ("_finish", _Phase.STOPPED),
    (_Phase.STOPPING, _Event.LOST): ("_finish", _Phase.STOPPED),
    (_Phase.STOPPING, _Event.START): ("_nothing", _Phase.RESTARTING),
    (_Phase.STOPPING, _Event.STOP): ("_nothing", _Phase.STOPPING),
    (_Phase.RESTARTING, _Event.MADE): ("_hangUp", _Phase.RESTARTING),
    (_Phase.RESTARTING, _Event.FAILED): ("_connectAnew", _Phase.CONNECTING),
    (_Phase.RESTARTING, _Event.LOST): ("_connectAnew", _Phase.CONNECTING),
    (_Phase.RESTARTING, _Event.STOP): ("_nothing", _Phase.STOPPING),
    (_Phase.STOPPED, _Event.START): ("_connect", _Phase.CONNECTING),
    (_Phase.STOPPED, _Event.STOP): ("_finish", _Phase.STOPPED),
}


class _Watching:
    """
    Stands in front of something of the application's, to see when the connection is lost.

    It provides what that provides, and whatever else is asked of it is asked of that.
    """

    def __init__(self, watched: Any, lost: Callable[[Failure], None]) -> None:
        self._watched = watched
        self._lost = lost
        directlyProvides(self, providedBy(watched))

    def __getattr__(self, name: str) -> Any:
        if name == "_watched":
            raise AttributeError(name)  # a copy that is still empty
        return getattr(self._watched, name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self._watched!r}>"


@implementer(IProtocol)
class _WatchedProtocol(_Watching):
    """A protocol that is watched."""

    def makeConnection(self, transport: Any) -> None:
        self._watched.makeConnection(transport)

    def connectionMade(self) -> None:
        self._watched.connectionMade()

    def dataReceived(self, data: bytes) -> None:
        self._watched.dataReceived(data)

    def connectionLost(self, reason: Failure) -> None:
        try:
            self._watched.connectionLost(reason)
        finally:
            self._lost(reason)


@implementer(IProtocolFactory)
class _WatchedFactory(_Watching):
    """A factory whose protocols are watched, each in its turn."""

    def buildProtocol(self, addr: Any) -> Any:
        protocol = self._watched.buildProtocol(addr)
        return None if protocol is None else _WatchedProtocol(protocol, self._lost)

    def doStart(self) -> None:
        self._watched.doStart()

    def doStop(self) -> None:
        self._watched.doStop()


class _Attempt:
    """
    One try to connect, and the connection that came of it.

    Args:
        service: is told by ``_made``, ``_failed`` and ``_gone``, each at most once.
    """

    def __init__(self, service: ClientService) -> None:
        self._service = service
        self._lost: Failure | None = None
        self._preparing: Deferred[Any] | None = None
        self._settled = False
        self.connected: Any = None
        self._trying: Deferred[Any] = Deferred()

    def begin(self, endpoint: Any, factory: Any) -> None:
        watched = _WatchedFactory(factory, self._connectionLost)
        self._trying = maybeDeferred(endpoint.connect, watched)
        self._trying.addCallback(self._prepare)
        self._trying.addCallbacks(self._succeed, self._fail)
        self._trying.addErrback(self._service._broken)

    def cancel(self) -> None:
        self._trying.cancel()

    def hangUp(self) -> None:
        self.connected.transport.loseConnection()

    @property
    def isUp(self) -> bool:
        """True while there is a connection."""
        return self.connected is not None and self._lost is None

    @property
    def application(self) -> Any:
        """The application's own protocol."""
        return getattr(self.connected, "_watched", self.connected)

    def _prepare(self, connected: Any) -> Any:
        self.connected = connected
        prepare = self._service._prepareConnection
        if self._lost is not None:
            # It came and went before the endpoint had said that it is there.
            return self._lost
        if prepare is None:
            return None
        self._preparing = maybeDeferred(prepare, connected)
        return self._preparing.addCallback(lambda _: self._lost)

    def _succeed(self, _: object) -> None:
        self._settled = True
        self._service._made(self)

    def _fail(self, failure: Failure) -> None:
        self._settled = True
        self._service._failed(self, self._lost or failure)

    def _connectionLost(self, reason: Failure) -> None:
        self._lost = reason
        if self._settled:
            self._service._gone(self)
        elif self._preparing is not None:
            self._preparing.cancel()


class ClientService(Service):
    """
    Keeps one connection to an endpoint while it runs.

    Args:
        endpoint: an `IStreamClientEndpoint`.
        factory: the `IProtocolFactory` whose ``buildProtocol`` is called for each connection.
        retryPolicy: a function from the count of failures in a row to the seconds to wait before
            the next try; that of `backoffPolicy` if None.
        clock: an `IReactorTime`, the process's reactor if None.
        prepareConnection: called with each new connection before anyone else hears of it. If it
            raises, or gives a Deferred that fails, the connection is dropped and counts as failed.
    """

    _log = Logger()

    def __init__(
        self,
        endpoint: Any,
        factory: Any,
        retryPolicy: Callable[[int], float] | None = None,
        clock: Any = None,
        prepareConnection: Callable[[Any], object] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._factory = factory
        self._retryPolicy = backoffPolicy() if retryPolicy is None else retryPolicy
        self._clock = maybeGlobalReactor(clock)
        self._prepareConnection = prepareConnection
        self._phase = _Phase.IDLE
        self._attempt: _Attempt | None = None
        self._retry: Any = None
        self._failures = 0
        self._connectWaiters: list[tuple[Deferred[Any], int | None]] = []
        self._stopWaiters: list[Deferred[None]] = []

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} to {self._endpoint!r}: {self._phase.value}, "
            f"{self._failures} failures in a row>"
        )

    def whenConnected(self, failAfterFailures: int | None = None) -> Deferred[Any]:
        """
        Get the connection, once there is one.

        Args:
            failAfterFailures: give up after so many failed attempts from now on; None for never.
        Returns: a Deferred that fires with the factory's protocol. It fails with the last attempt's
            failure after so many of them, and with CancelledError when the service has stopped.
        """
        if self._phase is _Phase.CONNECTED and self._attempt is not None:
            return succeed(self._attempt.application)
        if self._phase is _Phase.STOPPED:
            return fail(CancelledError())

        def forget(cancelled: Deferred[Any]) -> None:
            self._connectWaiters = [
                each for each in self._connectWaiters if each[0] is not cancelled
            ]

        waiter: Deferred[Any] = Deferred(forget)
        self._connectWaiters.append((waiter, failAfterFailures))
        return waiter

    def startService(self) -> None:
        """
        Begin to connect; after a stop that is not over yet, as soon as it is.
        """
        if self.running:
            self._log.warn("Duplicate ClientService.startService: it is {phase}", phase=self._phase)
            return
        super().startService()
        self._step(_Event.START)

    def stopService(self) -> Deferred[None]:
        """
        Close the connection, and try no more.

        Returns: a Deferred that fires when there is no connection, and none under way.
        """
        super().stopService()
        stopped: Deferred[None] = Deferred()
        self._stopWaiters.append(stopped)
        self._step(_Event.STOP)
        return stopped

    # What attempts and the clock tell.

    def _made(self, attempt: _Attempt) -> None:
        if attempt is self._attempt:
            self._step(_Event.MADE)

    def _failed(self, attempt: _Attempt, failure: Failure) -> None:
        if attempt.isUp:
            attempt.hangUp()
            if self._phase in (_Phase.STOPPING, _Phase.RESTARTING):
                return  # It is over when the connection is gone.
        if attempt is self._attempt:
            self._step(_Event.FAILED, failure)

    def _gone(self, attempt: _Attempt) -> None:
        if attempt is self._attempt:
            self._step(_Event.LOST)

    def _broken(self, failure: Failure) -> None:
        self._log.failure("{service} cannot go on", failure=failure, service=self)

    def _step(self, event: _Event, *details: Any) -> None:
        step = _STEPS.get((self._phase, event))
        if step is None:
            raise RuntimeError(f"{event.value!r} has no meaning for a service that is {self!r}")
        action, self._phase = step
        getattr(self, action)(*details)

    # What follows on it.

    def _nothing(self) -> None:
        """The event changes the phase alone."""

    def _connect(self) -> None:
        self._retry = None
        self._attempt = _Attempt(self)
        self._attempt.begin(self._endpoint, self._factory)

    def _connectAnew(self, _: object = None) -> None:
        self._tellStopped()
        self._failures = 0
        self._connect()

    def _welcome(self) -> None:
        assert self._attempt is not None
        self._failures = 0
        waiters, self._connectWaiters = self._connectWaiters, []
        application = self._attempt.application
        for waiter, _ in waiters:
            waiter.callback(application)

    def _tellAndWait(self, failure: Failure) -> None:
        self._wait()
        waiters, self._connectWaiters = self._connectWaiters, []
        over = []
        for waiter, left in waiters:
            if left is not None and left <= 1:
                over.append(waiter)
            else:
                self._connectWaiters.append((waiter, left if left is None else left - 1))
        for waiter in over:
            waiter.errback(failure)

    def _wait(self) -> None:
        self._attempt = None
        self._failures += 1
        delay = self._retryPolicy(self._failures)
        self._log.info(
            "Try {attempt} to connect to {endpoint} follows in {delay} seconds",
            attempt=self._failures,
            endpoint=self._endpoint,
            delay=delay,
        )
        self._retry = self._clock.callLater(delay, self._step, _Event.DUE)

    def _abandon(self) -> None:
        assert self._attempt is not None
        self._attempt.cancel()

    def _hangUp(self) -> None:
        assert self._attempt is not None
        self._attempt.hangUp()

    def _wakeAndFinish(self) -> None:
        self._retry.cancel()
        self._retry = None
        self._finish()

    def _finish(self, _: object = None) -> None:
        self._attempt = None
        self._failures = 0
        waiters, self._connectWaiters = self._connectWaiters, []
        for waiter, _left in waiters:
            waiter.errback(CancelledError())
        self._tellStopped()

    def _tellStopped(self) -> None:
        waiters, self._stopWaiters = self._stopWaiters, []
        for waiter in waiters:
            waiter.callback(None)
