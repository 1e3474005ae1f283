"""A change that one worker cannot follow is taken back from those that could."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import drive
from twisted.application._config.addresses import TCPListen
from twisted.application._config.site import ServicePlan, SitePlan
from twisted.application._control import commands
from twisted.application._control.operations import Refused
from twisted.application._services.small import EchoSettings
from twisted.application._site.listening import CannotStart
from twisted.application._workers import channel
from twisted.application._workers.crew import Crew
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import deferLater


class Fake:
    """A worker that notes what it is told, and refuses plans with a service of one name."""

    def __init__(self, number: int, refuses: str = "", refusesFrom: int = 99) -> None:
        self.number = number
        self.pid = 0
        self.state = "running"
        self.plans: list[list[str]] = []
        self.handed: list[list[Any]] = []
        self._refuses = refuses
        self._refusesFrom = refusesFrom

    def settled(self) -> Deferred[None]:
        return succeed(None)

    def hand(self, handed: Any) -> None:
        self.handed.append([each.address.port for each in handed])

    def ask(self, command: Any, **arguments: Any) -> Deferred[Any]:
        assert command is channel.Change
        names = [each.name for each in channel.unpickled(arguments["plan"]).services]
        self.plans.append(names)
        if self._refuses in names or len(self.plans) >= self._refusesFrom:
            return fail(Refused([f"{self._refuses or 'a'}: no"]))
        return succeed({})

    async def stop(self) -> None:
        self.state = "stopped"


def plan(*names: str) -> SitePlan:
    listens = (TCPListen("127.0.0.1", 0, 50),)
    services = tuple(ServicePlan(name, "echo", EchoSettings(listen=listens)) for name in names)
    return SitePlan("site", 1.0, services, workers=3)


async def crewOf(reactor: Any, *workers: Fake) -> Any:
    crew: Any = Crew(plan("a"), reactor, ())
    crew.workers = []
    await crew.start()
    crew.workers = list(workers)
    return crew


def test_aPlanThatAllFollowIsThePlan(reactor: Any) -> None:
    workers = [Fake(1), Fake(2)]

    async def use() -> None:
        crew = await crewOf(reactor, *workers)
        before = crew.bound[0][1].address
        changes = await crew.reload(plan("a", "b"))
        assert changes.added == ("b",)
        assert [name for name, _ in crew.bound] == ["a", "b"]
        assert crew.bound[0][1].address == before
        await crew.reload(plan("b"))
        assert [name for name, _ in crew.bound] == ["b"]
        await crew.stop()
        assert crew.bound == []

    drive(reactor, use)
    assert [each.plans for each in workers] == [[["a", "b"], ["b"]]] * 2
    assert [each.handed for each in workers] == [[[0, 0], [0]]] * 2


def test_aPlanThatOneRefusesIsTakenBack(reactor: Any) -> None:
    workers = [Fake(1), Fake(2, refuses="b"), Fake(3)]

    async def use() -> None:
        crew = await crewOf(reactor, *workers)
        held = crew.bound
        with pytest.raises(Refused, match="b: no"):
            await crew.reload(plan("a", "b"))
        assert crew.plan == plan("a")
        assert crew.bound == held
        await crew.stop()

    drive(reactor, use)
    assert [each.plans for each in workers] == [[["a", "b"], ["a"]], [["a", "b"]], []]


def test_aPlanThatDoesNotDifferIsNotHandedOut(reactor: Any) -> None:
    worker = Fake(1)

    async def use() -> None:
        crew = await crewOf(reactor, worker)
        assert not (await crew.reload(plan("a"))).any
        await crew.stop()

    drive(reactor, use)
    assert worker.plans == []


def test_aWorkerThatDoesNotTakeTheOldPlanAgainKeepsNobodyFromIt(reactor: Any) -> None:
    workers = [Fake(1, refusesFrom=2), Fake(2), Fake(3, refuses="b")]

    async def use() -> None:
        crew = await crewOf(reactor, *workers)
        held = crew.bound
        sockets = crew._sockets
        with pytest.raises(Refused, match="b: no"):
            await crew.reload(plan("a", "b"))
        assert (crew.plan, crew.bound) == (plan("a"), held)
        assert len(sockets._ports) == 1, "what was opened for b is closed again"
        await crew.stop()

    drive(reactor, use)
    assert workers[1].plans == [["a", "b"], ["a"]]


def test_aServiceThatNoWorkerCanStartHoldsNoSocket(reactor: Any) -> None:
    class Unable(Fake):
        def ask(self, command: Any, **arguments: Any) -> Deferred[Any]:
            if command is commands.Start:
                return fail(Refused(["a: no"]))
            return succeed({"answer": {}})

    async def use() -> None:
        crew = await crewOf(reactor, Unable(1), Unable(2))
        await crew._release(crew._held.pop("a"))
        crew.stopped.add("a")
        with pytest.raises(Refused, match="a: no"):
            await crew.order("start", "a")
        assert (crew.bound, crew.stopped) == ([], {"a"})
        await crew.stop()

    drive(reactor, use)


def test_aSiteThatStopsIsNotChangedAnyMore(reactor: Any) -> None:
    async def use() -> None:
        crew = await crewOf(reactor, Fake(1))
        await crew.stop()
        with pytest.raises(CannotStart, match="is stopping"):
            await crew.reload(plan("a", "b"))
        with pytest.raises(Refused, match="is stopping"):
            await crew.order("restart", "a")
        assert crew.bound == []

    drive(reactor, use)


def test_noWorkerIsStartedOnceTheSiteStops(reactor: Any) -> None:
    started: list[int] = []

    class Late(Fake):
        def start(self) -> Deferred[None]:
            started.append(self.number)
            return succeed(None)

    async def use() -> None:
        crew: Any = Crew(plan("a"), reactor, ())
        crew.workers = [Late(1)]
        listen = crew._listen

        async def slowly(*arguments: Any) -> Any:
            held = await listen(*arguments)
            await deferLater(reactor, 0.01)
            return held

        crew._listen = slowly
        starting = Deferred.fromCoroutine(crew.start())
        await crew.stop()
        with pytest.raises(CannotStart, match="is stopping"):
            await starting
        assert crew.bound == []
        assert crew._sockets._ports == {}

    drive(reactor, use)
    assert started == []
