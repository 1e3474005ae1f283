"""
All services of a site, started together and stopped together.

Starting is all or nothing: where one service cannot start, those that could are stopped again.
Stopping has three steps: no new connections; a bounded time for the open ones to finish; the end
of those that did not. Hurrying skips what is left of the second.
"""

from __future__ import annotations

from typing import Any

from twisted.application._config.site import SitePlan
from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from .listening import Bound, CannotStart, ListeningService

__all__ = ["Site"]


class Site:
    """
    The services that a plan asks for.

    Args:
        plan: what is to run.
        reactor: where it runs.
    Attributes:
        services: all services, by the names that the plan gives them.
    """

    def __init__(self, plan: SitePlan, reactor: Any) -> None:
        self.plan = plan
        self.services = MultiService()
        self._log = Logger(namespace=plan.name)
        self._reactor = reactor
        self._hurried: Deferred[None] = Deferred()

    def __repr__(self) -> str:
        state = "running" if self.services.running else "idle"
        return f"<site {self.plan.name!r}: {len(self.plan.services)} services, {state}>"

    @property
    def bound(self) -> list[tuple[str, Bound]]:
        """Every address that is listened on, with its service's name."""
        return [
            (str(service.name), bound) for service in self._listening() for bound in service.bound
        ]

    async def start(self) -> None:
        """
        Start every service.

        Raises: CannotStart, with every reason, after stopping all that had started.
        """
        reasons = self._make()
        self.services.running = 1
        starting = []
        for service in self.services if not reasons else ():
            starting.append((str(service.name), maybeDeferred(_begin, service)))
        results: Any = await DeferredList([each for _, each in starting], consumeErrors=True)
        for (name, _), (right, result) in zip(starting, results, strict=True):
            if not right:
                reasons += _reasons(name, result)
        if reasons:
            await self.services.stopService()
            self._abort()
            raise CannotStart(reasons)

    def _make(self) -> list[str]:
        """Make every service; say which ones cannot be made."""
        reasons: list[str] = []
        for planned in self.plan.services:
            try:
                service = planned.settings.makeService(self._reactor)
                service.setName(planned.name)
                service.setServiceParent(self.services)
            except Exception:
                reasons += _reasons(planned.name, Failure())
        return reasons

    async def stop(self) -> None:
        """
        Stop every service, and give open connections the plan's grace to finish.
        """
        self._log.info("stopping")
        await self._patiently(self.services.stopService(), max(self.plan.grace, 1.0))
        waiting = [service.connections.whenNone() for service in self._listening()]
        count = sum(len(service.connections) for service in self._listening())
        if count and self.plan.grace > 0:
            self._log.info(
                "{count} open {connections} may take {grace:g} s to finish; Ctrl-C ends at once",
                count=count,
                connections="connection" if count == 1 else "connections",
                grace=self.plan.grace,
            )
            await self._patiently(DeferredList(waiting), self.plan.grace)
        ended = self._abort()
        if ended:
            self._log.info(
                "{count} did not finish in time, and {are} ended",
                count=ended,
                are="is" if ended == 1 else "are",
            )
            await self._patiently(DeferredList(waiting), 1.0, always=True)
        self._log.info("stopped")

    def hurry(self) -> None:
        """
        Wait no longer for connections to finish.
        """
        if not self._hurried.called:
            self._hurried.callback(None)

    async def _patiently(
        self, awaited: Deferred[Any], seconds: float, always: bool = False
    ) -> None:
        """Wait for something, but not longer than this, and, unless always, not when hurried."""
        enough: Deferred[None] = Deferred()

        def end(_: object = None) -> None:
            if not enough.called:
                enough.callback(None)

        awaited.addBoth(end)
        if not always:
            self._hurried.addBoth(end)
        call = self._reactor.callLater(seconds, end)
        await enough
        if call.active():
            call.cancel()

    def _abort(self) -> int:
        return sum(service.connections.abort() for service in self._listening())

    def _listening(self) -> list[ListeningService]:
        return [each for each in self.services if isinstance(each, ListeningService)]


def _begin(service: Any) -> Any:
    service.privilegedStartService()
    return service.startService()


def _reasons(name: str, failure: Failure) -> list[str]:
    error = failure.value
    if isinstance(error, CannotStart):
        return [f"{name}: {reason}" for reason in error.reasons]
    Logger(namespace=name).debug("{name} could not start", name=name, failure=failure)
    return [f"{name}: {type(error).__name__}: {failure.getErrorMessage()}"]
