"""
The first process of a site that has workers: it holds the sockets, and serves nobody itself.

To the command it is what a `Site` is elsewhere; `CrewOperations` is what can be asked of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from twisted.application._config.mistakes import suggestion
from twisted.application._config.site import ServicePlan, SitePlan
from twisted.application._control import commands
from twisted.application._control.operations import Operations, Refused, changesTable, refusing
from twisted.application._site.changes import Changes, differences, untilNextStart
from twisted.application._site.journal import Entry, Journal
from twisted.application._site.listening import Bound, CannotStart, whyNot
from twisted.application._site.sockets import Handed, Sockets
from twisted.internet.defer import Deferred, DeferredList, DeferredLock, maybeDeferred
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure

from . import channel
from .merging import mergedEntries, mergedRow, mergedServices
from .worker import Worker

__all__ = ["Crew", "CrewOperations"]


_STOPPING = "the site is stopping"


class Crew:
    """
    All workers of a site, and the sockets that they share.

    Args:
        plan: what is to run.
        reactor: where this process runs.
        words: the command line of a worker, behind its name.
    Attributes:
        plan: what is to run at present.
        workers: the workers.
        stopped: names of services that somebody has stopped.
        started: whether `start` was asked for.
        followers: those who are shown the messages of all workers.
    """

    patienceSeconds = 5.0
    """How much longer than the grace workers may take to end."""

    def __init__(self, plan: SitePlan, reactor: Any, words: Iterable[str]) -> None:
        self.plan = plan
        self.started = False
        self.stopped: set[str] = set()
        self.followers: list[Callable[[Entry], None]] = []
        self._reactor = reactor
        self._sockets = Sockets(reactor, accepting=False)
        self._held: dict[str, list[Bound]] = {}
        self._log = Logger(namespace=plan.name)
        self._stopping = False
        self._oneAtATime = DeferredLock()
        words = list(words)
        self.workers = [
            Worker(number, reactor, words, self._begin, self._tell)
            for number in range(1, plan.workers + 1)
        ]

    def __repr__(self) -> str:
        return f"<crew of {self.plan.name!r}: {len(self.workers)} workers>"

    @property
    def bound(self) -> list[tuple[str, Bound]]:
        """Every address that is listened on, with its service's name."""
        return [
            (each.name, bound)
            for each in self.plan.services
            for bound in self._held.get(each.name, ())
        ]

    @property
    def services(self) -> list[Worker]:
        """What runs services, where a `Site` has them itself."""
        return self.workers

    def seconds(self) -> float:
        """
        Returns: the time, in seconds since the epoch.
        """
        return float(self._reactor.seconds())

    # The whole

    async def start(self) -> None:
        """
        Open every socket, and start every worker.

        Raises: CannotStart, with every reason, after stopping all that had started.
        """
        self.started = True
        async with self._oneAtATime:
            await self._start()

    async def _start(self) -> None:
        reasons: list[str] = []
        try:
            channel.pickled(self.plan)
            self._held = await self._listen(self.plan.services, {})
        except CannotStart as error:
            reasons += error.reasons
        if self._stopping:
            reasons.append(_STOPPING)
        if not reasons:
            starting = DeferredList([each.start() for each in self.workers], consumeErrors=True)
            results: Any = await starting
            for right, result in results:
                if not right:
                    reasons += getattr(result.value, "lines", [result.getErrorMessage()])
        if reasons:
            await self.stop()
            # Each worker has tried the same.
            raise CannotStart(list(dict.fromkeys(reasons)))

    async def stop(self) -> None:
        """
        Close every socket, and have all workers stop, each with the grace of the site.
        """
        self._log.info("stopping")
        self._stopping = True
        await self._release(bound for held in self._held.values() for bound in held)
        self._held = {}
        limit = self._reactor.callLater(self.plan.grace + self.patienceSeconds, self.abandon)
        await DeferredList([Deferred.fromCoroutine(each.stop()) for each in self.workers])
        if limit.active():
            limit.cancel()
        self._log.info("stopped")

    def hurry(self) -> None:
        """
        Have workers wait no longer for connections to finish.
        """
        for each in self.workers:
            if each.pid:
                each.ask(channel.Hurry).addErrback(lambda _: None)

    def abandon(self) -> None:
        """
        End all workers on the spot.
        """
        for each in self.workers:
            each.kill()

    def _begin(self, worker: Worker) -> Deferred[Any]:
        worker.hand(self._handed(self._held.values()))
        begun = worker.ask(
            channel.Begin,
            number=worker.number,
            paths=list(sys.path),
            plan=channel.pickled(self.plan),
            stopped=sorted(self.stopped),
        )

        def follow(result: Any) -> Any:
            if self.followers:
                worker.ask(commands.Follow).addErrback(lambda _: None)
            return result

        return begun.addCallback(follow)

    # Sockets

    async def _listen(
        self, services: Iterable[ServicePlan], held: dict[str, list[Bound]]
    ) -> dict[str, list[Bound]]:
        """
        Open what is not open yet.

        Returns: what services hold then, those among ``held`` too where they still want it.
        Raises: CannotStart, after closing what was opened.
        """
        pool = [bound for each in held.values() for bound in each]
        found: dict[str, list[Bound]] = {}
        fresh: list[Bound] = []
        reasons: list[str] = []
        self._sockets.offer(bound.port for bound in pool)
        for service in services:
            mine = found[service.name] = []
            for listen in getattr(service.settings, "listen", ()):
                same = next((each for each in pool if each.listen == listen), None)
                if same is not None:
                    pool.remove(same)
                    mine.append(same)
                    continue
                try:
                    port = await listen.endpoint(self._sockets).listen(_Unused())
                except Exception:
                    reasons.append(f"{service.name}: {whyNot(listen, Failure())}")
                    continue
                mine.append(Bound(listen, port))
                fresh.append(mine[-1])
        self._sockets.withdraw()
        if reasons:
            await self._release(fresh)
            raise CannotStart(reasons)
        return found

    async def _release(self, bounds: Iterable[Bound]) -> None:
        ports = [bound.port for bound in bounds]
        for port in ports:
            self._sockets.forget(port)
        await DeferredList([maybeDeferred(port.stopListening) for port in ports])

    def _handed(self, held: Iterable[Iterable[Bound]]) -> list[Handed]:
        found = [self._sockets.held(bound.port) for bounds in held for bound in bounds]
        return [each for each in found if each is not None]

    async def _settled(self) -> list[Worker]:
        """
        The workers that run, once none of them is starting; others get what is new at their start.
        """
        for each in self.workers:
            await each.settled()
        return [each for each in self.workers if each.state == "running"]

    # One service

    def known(self, name: str) -> ServicePlan:
        """
        Raises: Refused where no service has that name.
        """
        for each in self.plan.services:
            if each.name == name:
                return each
        names = [each.name for each in self.plan.services]
        raise Refused([f"there is no service {name!r}. {suggestion(name, names)}"])

    async def order(self, operation: str, name: str) -> dict[str, Any]:
        """
        Have all workers that run a service start, stop or restart it, one after the other.

        Returns: how it is doing then.
        Raises: Refused.
        """
        async with self._oneAtATime:
            if self._stopping:
                raise Refused([_STOPPING])
            service = self.known(name)
            command = {
                "start": commands.Start,
                "stop": commands.Stop,
                "restart": commands.Restart,
            }[operation]
            before = {name: self._held.get(name, [])}
            wasStopped = name in self.stopped
            if operation == "stop":
                self.stopped.add(name)
            else:
                with refusing():
                    self._held.update(await self._listen([service], before))
                self.stopped.discard(name)
            shared = hasattr(service.settings, "listen")
            rows: list[dict[str, Any]] = []
            try:
                for worker in await self._settled():
                    if not shared and worker.number > 1:
                        continue
                    if operation != "stop":
                        worker.hand(self._handed([self._held[name]]))
                    rows.append((await worker.ask(command, name=name))["answer"])
            except Refused:
                if wasStopped and not rows:
                    # Nobody accepts: whoever called would wait for ever.
                    self.stopped.add(name)
                    await self._release(self._held.pop(name, ()))
                raise
            if operation == "stop":
                # While we hold its sockets, callers would wait for nobody.
                await self._release(self._held.pop(name, ()))
            if not rows:
                raise Refused(["no worker runs at present; it is heeded when one starts"])
            return mergedRow(rows)

    # The plan

    async def reload(self, plan: SitePlan) -> Changes:
        """
        Have all workers follow another plan, one after the other.

        Raises: CannotStart; Refused by a worker, in which case those before it are given the old
            plan again.
        """
        async with self._oneAtATime:
            if self._stopping:
                raise CannotStart([_STOPPING])
            changes = differences(self.plan, plan)
            if not changes.any:
                return changes
            old, oldHeld = self.plan, self._held
            plan = untilNextStart(plan, old)
            data = channel.pickled(plan)
            wanted = [each for each in plan.services if each.name not in self.stopped]
            held = await self._listen(wanted, oldHeld)
            handed = self._handed(held.values())
            self.plan, self._held = plan, held
            done: list[Worker] = []
            try:
                for worker in await self._settled():
                    worker.hand(handed)
                    await worker.ask(channel.Change, plan=data)
                    done.append(worker)
            except Refused:
                self.plan, self._held = old, oldHeld
                for worker in done:
                    worker.hand(self._handed(oldHeld.values()))
                    try:
                        await worker.ask(channel.Change, plan=channel.pickled(old))
                    except Refused as error:
                        self._log.error("the change cannot be taken back: {why}", why=error)
                await self._release(_without(held, oldHeld))
                raise
            await self._release(_without(oldHeld, held))
            self.stopped.intersection_update(each.name for each in plan.services)
            for line in changes.lines:
                self._log.info("reload: {line}", line=line)
            return changes

    # Messages

    def _tell(self, entry: Entry) -> None:
        for follower in list(self.followers):
            follower(entry)

    def setFollowing(self, on: bool) -> None:
        """
        Have all workers send their messages, or no more.
        """
        for each in self.workers:
            if each.state == "running":
                each.ask(commands.Follow, on=on).addErrback(lambda _: None)


def _without(held: dict[str, list[Bound]], others: dict[str, list[Bound]]) -> list[Bound]:
    """Those of some addresses that are not among others."""
    kept = {id(bound.port) for each in others.values() for bound in each}
    return [bound for each in held.values() for bound in each if id(bound.port) not in kept]


class _Unused(Factory):
    """What the ports of a process that accepts nothing would give connections to."""

    noisy = False


class CrewOperations(Operations):
    """
    What can be asked of a site with workers.

    Args:
        crew: the workers.
        journal, reread, end, file: as for `Operations`.
    """

    def __init__(
        self,
        crew: Crew,
        journal: Journal,
        reread: Callable[[], SitePlan] | None,
        end: Callable[[], object],
        file: str = "",
    ) -> None:
        super().__init__(crew, journal, reread, end, file)
        self.crew = crew

    async def status(self) -> dict[str, Any]:
        answers = await self._askAll(commands.Status)
        pids = {each.pid: each for each in self.crew.workers}
        services = mergedServices(
            [each.name for each in self.crew.plan.services], [answer for _, answer in answers]
        )
        return {
            **self._head(),
            "services": services,
            "workers": [
                {
                    "number": each.number,
                    "pid": each.pid,
                    "state": each.state,
                    "restarts": each.restarts,
                    "since": each.since,
                    "open": sum(
                        row.get("open", 0)
                        for worker, answer in answers
                        if worker is each
                        for row in answer["services"]
                    ),
                }
                for each in pids.values()
            ],
        }

    async def _askAll(self, command: Any, **arguments: Any) -> list[tuple[Worker, Any]]:
        """What all workers answer that do answer."""
        asked = [each for each in self.crew.workers if each.state in ("running", "stopping")]
        results: Any = await DeferredList(
            [each.ask(command, **arguments) for each in asked], consumeErrors=True
        )
        return [
            (worker, result["answer"])
            for worker, (right, result) in zip(asked, results, strict=True)
            if right
        ]

    async def start(self, name: str) -> dict[str, Any]:
        return await self.crew.order("start", name)

    async def stop(self, name: str) -> dict[str, Any]:
        return await self.crew.order("stop", name)

    async def restart(self, name: str) -> dict[str, Any]:
        return await self.crew.order("restart", name)

    async def reload(self) -> dict[str, Any]:
        with refusing(), self._telling():
            return changesTable(await self.crew.reload(self.readPlan()))

    async def logs(self, count: int = 100, name: str = "") -> list[Entry]:
        if name:
            self.crew.known(name)
        count = min(count, self.mostEntries)
        answers = await self._askAll(commands.Logs, count=count, name=name)
        own = self._journal.latest(count, name)
        return mergedEntries([own, *(answer for _, answer in answers)], count)

    def follow(self, follower: Callable[[Entry], None]) -> Callable[[], None]:
        endOwn = super().follow(follower)
        followers = self.crew.followers
        followers.append(follower)
        if len(followers) == 1:
            self.crew.setFollowing(True)

        def end() -> None:
            endOwn()
            if follower in followers:
                followers.remove(follower)
                if not followers:
                    self.crew.setFollowing(False)

        return end
