"""
One service of a site, and how it is doing.

What a service is doing is one of `State`; a step that takes time remembers the turn it began in,
and what comes of it is dropped when another step has begun since. After a service has started, its
own end or failure is answered by its restart policy:

    RUNNING --fails--> WAITING --delay--> STARTING --> RUNNING
                          |                   |
                          +<------fails-------+      too often in a row: FAILED
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from twisted.application._config.site import ServicePlan
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from .ending import whenEnded
from .listening import CannotStart, ListeningService

__all__ = ["Kept", "State", "reasonsFor"]


class State(Enum):
    """
    What a service is doing.
    """

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    WAITING = "waiting to start again"
    FAILED = "failed"


class Kept:
    """
    A service that the site looks after.

    Args:
        plan: what is to run.
        reactor: what it is made with.
        container: the collection that it is a child of, while there is a service.
    Attributes:
        service: the service itself; None before it is made.
        state: what it is doing.
        since: when that began, in seconds since the epoch.
        restarts: how often it was started again because it had ended or failed.
        problem: the latest reason why it failed; empty for none.
    """

    stopSeconds = 10.0
    """How long a service that has failed may take to stop before it is started again."""

    def __init__(self, plan: ServicePlan, reactor: Any, container: Any) -> None:
        self.plan = plan
        self.service: Any = None
        self.state = State.STOPPED
        self.restarts = 0
        self.problem = ""
        self._reactor = reactor
        self._container = container
        self._log = Logger(namespace=plan.name)
        self._turn = 0
        self._inARow = 0
        self._retry: Any = None
        self.since: float = reactor.seconds()

    def __repr__(self) -> str:
        return f"<kept service {self.plan.name!r}: {self.state.value}>"

    @property
    def name(self) -> str:
        return self.plan.name

    def make(self, *, apart: bool = False) -> None:
        """
        Make the service anew, in the place of the one there is.

        Args:
            apart: leave it out of the collection, until `join`.
        Raises: CannotStart.
        """
        try:
            service = self.plan.settings.makeService(self._reactor)
            service.setName(self.plan.name)
        except Exception:
            raise CannotStart(reasonsFor(self.plan.name, Failure())) from None
        _shareConnections(self.service, service)
        self.leave()
        self.service = service
        if not apart:
            self.join()

    def follow(self, before: Kept) -> None:
        """
        Go on with the connections and counts of a predecessor.
        """
        self.restarts = before.restarts
        _shareConnections(before.service, self.service)

    def join(self) -> None:
        """
        Put the service into the collection, as it is.
        """
        if self.service is not None and self.service.parent is None:
            _quietly(self._container, self.service.setServiceParent, self._container)

    def leave(self) -> None:
        """
        Take the service out of the collection, as it is.
        """
        if self.service is not None and self.service.parent is not None:
            _quietly(self._container, self.service.disownServiceParent)

    async def start(self, *, again: bool = False) -> None:
        """
        Start the service, which is made if there is none.

        Args:
            again: whether this is an attempt after a failure, which counts.
        Raises: CannotStart.
        """
        self._noMoreRetries()
        if not again:
            self._inARow = 0
        if self.service is None:
            self.make()
        turn = self._enter(State.STARTING)
        try:
            await maybeDeferred(_begin, self.service)
        except BaseException:
            failure = Failure()
            reasons = reasonsFor(self.name, failure)
            if turn == self._turn:
                self.problem = "; ".join(reason.partition(": ")[2] for reason in reasons)
                self._enter(State.FAILED)
            raise CannotStart(reasons) from None
        if turn == self._turn:
            self.settle()

    def settle(self) -> None:
        """
        The service has started.
        """
        turn = self._enter(State.RUNNING)
        self.problem = ""
        whenEnded(self.service).addBoth(self._ended, turn)

    async def stop(self) -> None:
        """
        Stop the service, if it runs or is about to.

        Raises: what its ``stopService`` raises or fails with.
        """
        self._noMoreRetries()
        self._inARow = 0
        if self.service is None or self.state is State.STOPPED:
            return
        # A service that could not start may hold some of what it needs.
        turn = self._enter(State.STOPPING)
        try:
            await maybeDeferred(self.service.stopService)
        finally:
            if turn == self._turn:
                self._enter(State.STOPPED)

    def release(self) -> None:
        """
        Its plan has gone: do nothing more with it.
        """
        self._noMoreRetries()
        self._enter(State.STOPPED)

    def _enter(self, state: State) -> int:
        self.state = state
        self.since = self._reactor.seconds()
        self._turn += 1
        return self._turn

    def _noMoreRetries(self) -> None:
        retry, self._retry = self._retry, None
        if retry is not None and retry.active():
            retry.cancel()

    # What comes of a service that ends by itself

    def _ended(self, result: object, turn: int) -> None:
        if turn != self._turn:
            return
        failed = isinstance(result, Failure)
        if isinstance(result, Failure):
            self.problem = f"{type(result.value).__name__}: {result.getErrorMessage()}"
            self._log.failure("{name} failed", failure=result, name=self.name, service=self.name)
        else:
            self._log.info("{name} has ended", name=self.name, service=self.name)
        ran = self._reactor.seconds() - self.since
        if ran >= self.plan.restart.maximumDelay:
            self._inARow = 0
        policy = self.plan.restart.policy
        if policy == "always" or (failed and policy == "on-failure"):
            self._again()
            return
        self._enter(State.FAILED if failed else State.STOPPED)
        self._stopQuietly()

    def _again(self) -> None:
        restart = self.plan.restart
        if restart.limit and self._inARow >= restart.limit:
            self._enter(State.FAILED)
            self._log.error(
                "{name} failed {count} times in a row and is given up; "
                "twist start {name} tries again",
                name=self.name,
                count=self._inARow,
                service=self.name,
            )
            self._stopQuietly()
            return
        delay = min(restart.maximumDelay, restart.delay * 2.0 ** min(self._inARow, 60))
        self._inARow += 1
        self._enter(State.WAITING)
        self._log.info(
            "{name} is started again in {delay:g} s", name=self.name, delay=delay, service=self.name
        )
        self._retry = self._reactor.callLater(delay, self._startAgain)

    def _startAgain(self) -> None:
        self._retry = None
        turn = self._turn

        def remade(_: object) -> Deferred[None] | None:
            if turn != self._turn:
                return None
            self.restarts += 1
            self.make()
            return Deferred.fromCoroutine(self.start(again=True))

        def failed(failure: Failure) -> None:
            if self.state is State.FAILED or turn == self._turn:
                self._log.error("{problem}", problem=failure.getErrorMessage(), service=self.name)
                self._again()

        self._stopQuietly().addCallback(remade).addErrback(failed)

    def _stopQuietly(self) -> Deferred[Any]:
        """What has failed may fail to stop, too: nobody waits for that."""
        stopped: Deferred[Any] = maybeDeferred(self.service.stopService)
        stopped.addTimeout(self.stopSeconds, self._reactor)
        return stopped.addErrback(
            lambda why: self._log.debug("{name} did not stop well", name=self.name, failure=why)
        )


def _shareConnections(before: Any, after: Any) -> None:
    """What is open stays open, and the counts go on."""
    if isinstance(before, ListeningService) and isinstance(after, ListeningService):
        after.connections = before.connections


def _begin(service: Any) -> Any:
    service.privilegedStartService()
    return service.startService()


def _quietly(container: Any, change: Callable[..., object], *args: Any) -> None:
    """Change the children of a collection that runs, with no child started or stopped by it."""
    running, container.running = container.running, 0
    try:
        change(*args)
    finally:
        container.running = running


def reasonsFor(name: str, failure: Failure) -> list[str]:
    """
    Returns: in words, why a service could not start.
    """
    error = failure.value
    if isinstance(error, CannotStart):
        return [f"{name}: {reason}" for reason in error.reasons]
    Logger(namespace=name).debug("{name} could not start", name=name, failure=failure)
    return [f"{name}: {type(error).__name__}: {failure.getErrorMessage()}"]
