"""
All services of a site: started together, stopped together, and changed one by one in between.

Starting is all or nothing: where one service cannot start, those that could are stopped again.
Services start in ranks, each after those that it names, and stop in the reverse order.

Stopping has three steps: no new connections; a bounded time for the open ones to finish; the end
of those that did not. Hurrying skips what is left of the second.

A reload has two steps. In the first, all that is new is made and started beside what there is;
where that fails, it is stopped again, and nothing has changed. In the second, ports change hands
and what is no longer wanted goes. Ports and connections of services that did not change are not
touched.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from twisted.application._config.mistakes import suggestion
from twisted.application._config.site import ServicePlan, SitePlan
from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, DeferredList, DeferredLock, setCallbackContext
from twisted.logger import Logger
from twisted.python.failure import Failure

from .changes import Changes, differences, untilNextStart
from .connections import Connections
from .kept import Kept, State, reasonsFor
from .listening import Bound, CannotStart, ListeningService
from .order import ranks
from .sockets import Handed, Sockets

__all__ = ["NoSuchService", "Site"]


class NoSuchService(LookupError):
    """
    A service is asked for by a name that none has.

    Args:
        name: the name.
        known: the names there are.
    """

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no service {name!r}. {suggestion(name, known)}")
        self.name = name


class Site:
    """
    The services that a plan asks for.

    Args:
        plan: what is to run.
        reactor: where it runs.
        handed: sockets that listen already, to be used for the addresses that they were made for.
    Attributes:
        plan: what is to run at present.
        services: all services, by the names that the plan gives them.
        sockets: what services listen with.
        started: whether `start` was asked for.
    """

    def __init__(self, plan: SitePlan, reactor: Any, handed: Iterable[Handed] = ()) -> None:
        self.plan = plan
        self.services = MultiService()
        self.sockets = Sockets(reactor)
        self.sockets.hand(handed)
        self._kept: dict[str, Kept] = {}
        self._leaving: list[Connections] = []
        self._log = Logger(namespace=plan.name)
        self._reactor = reactor
        self.started = False
        self._stopping = False
        self._hurried: Deferred[None] = Deferred()
        self._oneAtATime = DeferredLock()

    def __repr__(self) -> str:
        state = "running" if self.services.running else "idle"
        return f"<site {self.plan.name!r}: {len(self.plan.services)} services, {state}>"

    @property
    def bound(self) -> list[tuple[str, Bound]]:
        """Every address that is listened on, with its service's name."""
        return [
            (str(service.name), bound) for service in self._listening() for bound in service.bound
        ]

    @property
    def kept(self) -> list[Kept]:
        """The services with their states, in the order of the plan."""
        return [self._kept[each.name] for each in self.plan.services if each.name in self._kept]

    def seconds(self) -> float:
        """
        Returns: the time, in seconds since the epoch.
        """
        return float(self._reactor.seconds())

    def keptNamed(self, name: str) -> Kept:
        """
        Raises: NoSuchService.
        """
        try:
            return self._kept[name]
        except KeyError:
            raise NoSuchService(name, self._kept) from None

    # The whole

    async def start(self, without: Container[str] = ()) -> None:
        """
        Start every service.

        Args:
            without: names of services that are made, but not started.
        Raises: CannotStart, with every reason, after stopping all that had started.
        """
        self.started = True
        async with self._oneAtATime:
            await self._start(without)

    async def _start(self, without: Container[str]) -> None:
        self.plan.lookups.apply(self._reactor)
        if self.plan.callbackContext:
            setCallbackContext(True)
        reasons: list[str] = []
        for planned in self.plan.services:
            kept = self._kept[planned.name] = self._keep(planned)
            try:
                kept.make()
            except CannotStart as error:
                reasons += error.reasons
        self.services.running = 1
        if not reasons:
            reasons = await self._startAll([each for each in self.kept if each.name not in without])
        self.sockets.withdraw()
        if reasons:
            await self._stopAll(self.kept)
            self.services.running = 0
            self._abort()
            raise CannotStart(reasons)
        self._refuseAtTheEnd()

    def _keep(self, planned: ServicePlan) -> Kept:
        return Kept(planned, self.sockets, self.services)

    async def _startAll(self, services: Iterable[Kept]) -> list[str]:
        """
        Start services in their order, up to the rank that one fails in.

        Returns: why some could not start.
        """
        byName = {each.name: each for each in services}
        reasons: list[str] = []
        for rank in ranks({name: each.plan.after for name, each in byName.items()}):
            if self._stopping:
                break
            starting = [Deferred.fromCoroutine(byName[name].start()) for name in rank]
            for right, result in await DeferredList(starting, consumeErrors=True):
                if not right:
                    reasons += _reasonsOf(result)
            if reasons:
                break
        return reasons

    async def _stopAll(self, services: Iterable[Kept]) -> None:
        """Stop services in the reverse of their order."""
        byName = {each.name: each for each in services}
        for rank in reversed(ranks({name: each.plan.after for name, each in byName.items()})):
            stopping = [Deferred.fromCoroutine(byName[name].stop()) for name in reversed(rank)]
            results: Any = await DeferredList(stopping, consumeErrors=True)
            for right, result in results:
                if not right:
                    self._log.failure("a service did not stop well", failure=result)

    async def stop(self) -> None:
        """
        Stop every service, and give open connections the plan's grace to finish.
        """
        self._log.info("stopping")
        self._stopping = True
        stopped = Deferred.fromCoroutine(self._stopAll(self.kept))
        await self._patiently(stopped, max(self.plan.grace, 1.0))
        self.services.running = 0
        held = self._connections()
        waiting = [each.whenNone() for each in held]
        count = sum(map(len, held))
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

    def abandon(self) -> None:
        """
        The process is about to end on the spot; there is nothing to do for that.
        """

    # One service

    async def startService(self, name: str) -> Kept:
        """
        Start one service; one that runs already goes on.

        Raises: NoSuchService; CannotStart.
        """
        async with self._oneAtATime:
            self._refuseAtTheEnd()
            kept = self.keptNamed(name)
            try:
                if kept.state is not State.RUNNING:
                    self._log.info("{name} is started", name=name, service=name)
                    await kept.start()
            finally:
                self.sockets.withdraw()
            return kept

    async def stopService(self, name: str) -> Kept:
        """
        Stop one service. Its open connections get the plan's grace, but nobody waits for them.

        Raises: NoSuchService.
        """
        kept = self.keptNamed(name)
        self._log.info("{name} is stopped", name=name, service=name)
        await kept.stop()
        if isinstance(kept.service, ListeningService):
            self._abortLater(kept.service.connections, lambda: kept.state is State.STOPPED)
        return kept

    async def restartService(self, name: str) -> Kept:
        """
        Make one service anew in the place of the one there is.

        Its ports, if it listens, and its open connections are kept.

        Raises: NoSuchService; CannotStart, in which case the service is as it was, if it listens.
        """
        async with self._oneAtATime:
            self._refuseAtTheEnd()
            kept = self.keptNamed(name)
            self._log.info("{name} is started anew", name=name, service=name)
            try:
                if kept.state is State.STOPPED:
                    kept.make()
                    await kept.start()
                else:
                    await self._replace([kept.plan], ())
            finally:
                self.sockets.withdraw()
            return self._kept[name]

    def _refuseAtTheEnd(self) -> None:
        if self._stopping:
            raise CannotStart(["the site is stopping"])

    # The plan

    async def reload(self, plan: SitePlan) -> Changes:
        """
        Follow another plan, by changing what differs and nothing else.

        Returns: what differed.
        Raises: CannotStart, with every reason, when something new could not start. Then nothing
            has changed, but that a changed service which does not listen was stopped and started.
        """
        async with self._oneAtATime:
            self._refuseAtTheEnd()
            changes = differences(self.plan, plan)
            planned = {each.name: each for each in plan.services}
            wanted = [planned[name] for name in (*changes.added, *changes.changed)]
            try:
                await self._replace(wanted, [self._kept[name] for name in changes.removed])
            finally:
                self.sockets.withdraw()
            for name in (*changes.eased, *changes.kept):
                self._kept[name].plan = planned[name]
            self.plan = untilNextStart(plan, self.plan)
            self.plan.lookups.apply(self._reactor)
            for line in changes.lines:
                self._log.info("reload: {line}", line=line)
            if not changes.any:
                self._log.info("reload: nothing differs")
            return changes

    async def _replace(self, planned: Iterable[ServicePlan], removed: Iterable[Kept]) -> None:
        """
        Make and start services, in the place of those of the same names, and let others go.

        Services that somebody has stopped are made anew and stay stopped.
        """
        removed = list(removed)
        fresh = {each.name: self._keep(each) for each in planned}
        old = {name: self._kept[name] for name in fresh if name in self._kept}
        leaving = [*old.values(), *removed]
        await self._makeAll(fresh, old)
        owners = [each.service for each in leaving if isinstance(each.service, ListeningService)]
        for each in fresh.values():
            if isinstance(each.service, ListeningService):
                each.service.inherit(owners)
        self.sockets.offer(bound.port for owner in owners for bound in owner.bound)
        # What listens can start beside its predecessor; anything else takes its place first.
        early = [
            each
            for each in fresh.values()
            if isinstance(each.service, ListeningService) and not _isStopped(old.get(each.name))
        ]
        late = [each for each in fresh.values() if each not in early]
        reasons = await self._startAll(early)
        self.sockets.withdraw()
        if reasons:
            await self._undo(early)
            raise CannotStart(reasons)
        stopped = [old[each.name] for each in late if each.name in old]
        running = [each for each in stopped if not _isStopped(each)]
        await self._stopAll(stopped)
        reasons = await self._startAll(
            [each for each in late if not _isStopped(old.get(each.name), running)]
        )
        if reasons:
            await self._undo([*early, *late])
            await self._startAll(running)
            raise CannotStart(reasons)
        for each in early:
            each.service.takeOver()
        await self._stopAll([each for each in leaving if each.state is not State.STOPPED])
        for each in leaving:
            self._letGo(each, replaced=each.name in fresh)
        for name, each in fresh.items():
            self._kept[name] = each
            each.join()

    async def _makeAll(self, fresh: dict[str, Kept], old: dict[str, Kept]) -> None:
        reasons: list[str] = []
        for name, each in fresh.items():
            try:
                each.make(apart=True)
            except CannotStart as error:
                reasons += error.reasons
                continue
            before = old.get(name)
            if before is not None:
                each.follow(before)
        if reasons:
            raise CannotStart(reasons)

    async def _undo(self, services: list[Kept]) -> None:
        await self._stopAll([each for each in services if each.service is not None])
        for each in services:
            each.release()

    def _letGo(self, kept: Kept, replaced: bool) -> None:
        kept.release()
        kept.leave()
        self._kept.pop(kept.name, None)
        if not replaced and isinstance(kept.service, ListeningService):
            self._leaving.append(kept.service.connections)
            self._abortLater(kept.service.connections, lambda: True)

    # Connections

    def _abortLater(self, connections: Connections, still: Any) -> None:
        """Give the connections of a service that has stopped the plan's grace."""

        def abort() -> None:
            if connections in self._leaving:
                self._leaving.remove(connections)
            if still():
                connections.abort()

        self._reactor.callLater(self.plan.grace, abort)

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
        return sum(each.abort() for each in self._connections())

    def _connections(self) -> list[Connections]:
        return [*(each.connections for each in self._listening()), *self._leaving]

    def _listening(self) -> list[ListeningService]:
        return [each for each in self.services if isinstance(each, ListeningService)]


def _isStopped(kept: Kept | None, unless: Iterable[Kept] = ()) -> bool:
    """Whether somebody has stopped a service, so that it is not to be started by a change."""
    return kept is not None and kept.state is State.STOPPED and kept not in list(unless)


def _reasonsOf(failure: Failure) -> list[str]:
    if isinstance(failure.value, CannotStart):
        return list(failure.value.reasons)
    return reasonsFor("site", failure)
