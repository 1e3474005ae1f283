"""A change that one worker cannot follow is taken back from those that could."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import drive
from twisted.application._config.addresses import TCPListen
from twisted.application._config.site import ServicePlan, SitePlan
from twisted.application._control.operations import Refused
from twisted.application._services.small import EchoSettings
from twisted.application._workers import channel
from twisted.application._workers.crew import Crew
from twisted.internet.defer import Deferred, fail, succeed


class Fake:
    """A worker that notes what it is told, and refuses plans with a service of one name."""

    def __init__(self, number: int, refuses: str = "") -> None:
        self.number = number
        self.pid = 0
        self.state = "running"
        self.plans: list[list[str]] = []
        self.handed: list[list[Any]] = []
        self._refuses = refuses

    def settled(self) -> Deferred[None]:
        return succeed(None)

    def hand(self, handed: Any) -> None:
        self.handed.append([each.address.port for each in handed])

    def ask(self, command: Any, **arguments: Any) -> Deferred[Any]:
        assert command is channel.Change
        names = [each.name for each in channel.unpickled(arguments["plan"]).services]
        self.plans.append(names)
        if self._refuses in names:
            return fail(Refused([f"{self._refuses}: no"]))
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
