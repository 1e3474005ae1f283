"""One service and its restart policy, on a clock of our own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from zope.interface import implementer

from twisted.application._config.site import Restart, ServicePlan
from twisted.application._site.ending import IEndingService, whenEnded
from twisted.application._site.kept import Kept, State
from twisted.application._site.listening import CannotStart
from twisted.application.internet import TimerService
from twisted.application.service import IServiceCollection, MultiService, Service
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock


@implementer(IEndingService)
class Mortal(Service):
    """Ends when it is told to."""

    def __init__(self, starts: list[Any]) -> None:
        self.starts = starts
        self.ended: Deferred[object] = Deferred()
        self.stops = 0

    def startService(self) -> object:
        super().startService()
        return self.starts.pop(0) if self.starts else None

    def stopService(self) -> object:
        self.stops += 1
        return super().stopService()

    def whenEnded(self) -> Deferred[object]:
        return self.ended


@dataclass
class Settings:
    """Makes services, and keeps them; their starts give what ``starts`` has next."""

    starts: list[Any]
    made: list[Mortal]

    def makeService(self, reactor: object) -> Mortal:
        self.made.append(Mortal(self.starts))
        return self.made[-1]


class Stage:
    """A kept service that runs."""

    def __init__(self, policy: Restart, *starts: Any) -> None:
        self.clock = Clock()
        self.settings = Settings([None, *starts], [])
        self.kept = Kept(
            ServicePlan("mortal", "x", self.settings, (), policy), self.clock, MultiService()
        )
        self.result(self.kept.start())
        assert self.kept.state is State.RUNNING

    def result(self, coroutine: Any) -> Any:
        found: list[Any] = []
        Deferred.fromCoroutine(coroutine).addBoth(found.append)
        return found[0] if found else None

    @property
    def latest(self) -> Mortal:
        return self.settings.made[-1]


def restart(policy: Any = "on-failure", limit: int = 3) -> Restart:
    return Restart(policy=policy, delay=1.0, maximumDelay=5.0, limit=limit)


def test_aServiceThatFailsIsMadeAnewAfterTheDelay() -> None:
    stage = Stage(restart())
    stage.latest.ended.errback(OSError("disk full"))
    assert (stage.kept.state, stage.kept.problem) == (State.WAITING, "OSError: disk full")
    stage.clock.advance(0.99)
    assert len(stage.settings.made) == 1
    stage.clock.advance(0.01)
    assert (stage.kept.state, stage.kept.restarts) == (State.RUNNING, 1)
    assert [each.stops for each in stage.settings.made] == [1, 0]
    assert stage.kept.problem == ""


@pytest.mark.parametrize(
    ("policy", "fails", "state"),
    [
        ("never", True, State.FAILED),
        ("never", False, State.STOPPED),
        ("on-failure", True, State.WAITING),
        ("on-failure", False, State.STOPPED),
        ("always", True, State.WAITING),
        ("always", False, State.WAITING),
    ],
)
def test_thePolicySaysWhatIsStartedAgain(policy: str, fails: bool, state: State) -> None:
    stage = Stage(restart(policy))
    if fails:
        stage.latest.ended.errback(OSError())
    else:
        stage.latest.ended.callback(None)
    assert stage.kept.state is state
    if state is not State.WAITING:
        stage.clock.advance(1000)
        assert len(stage.settings.made) == 1
        assert stage.latest.stops == 1


def test_thePausesDoubleUpToTheMaximumAndTheLimitEndsThem() -> None:
    stage = Stage(restart(limit=5), *[fail(OSError("no")) for _ in range(9)])
    stage.latest.ended.errback(OSError("first"))
    for delay in (1, 2, 4, 5, 5):
        assert stage.kept.state is State.WAITING
        stage.clock.advance(delay - 0.01)
        assert stage.kept.state is State.WAITING
        stage.clock.advance(0.01)
    assert stage.kept.state is State.FAILED
    stage.clock.advance(1000)
    assert len(stage.settings.made) == 1 + 5


def test_withoutALimitItIsTriedForEver() -> None:
    stage = Stage(restart(limit=0), *[fail(OSError("no")) for _ in range(100)])
    stage.latest.ended.errback(OSError())
    for _ in range(101):
        stage.clock.advance(5)
    assert (stage.kept.state, stage.kept.restarts) == (State.RUNNING, 101)


def test_whatRanForLongIsWellAgain() -> None:
    stage = Stage(restart(limit=1))
    for _ in range(4):
        stage.latest.ended.errback(OSError())
        stage.clock.advance(1)
        assert stage.kept.state is State.RUNNING
        stage.clock.advance(5)
    stage.latest.ended.errback(OSError())
    stage.clock.advance(1)
    stage.latest.ended.errback(OSError())
    assert stage.kept.state is State.FAILED


def test_aServiceThatIsStoppedIsNotStartedAgain() -> None:
    stage = Stage(restart())
    stage.latest.ended.errback(OSError())
    stage.result(stage.kept.stop())
    stage.clock.advance(1000)
    assert (stage.kept.state, len(stage.settings.made)) == (State.STOPPED, 1)


def test_itsEndAfterItWasStoppedIsNoFailure() -> None:
    stage = Stage(restart())
    stage.result(stage.kept.stop())
    stage.latest.ended.errback(OSError())
    assert (stage.kept.state, stage.kept.problem) == (State.STOPPED, "")


def test_startingByHandBeginsTheCountAnew() -> None:
    stage = Stage(restart(limit=1), fail(OSError("no")))
    stage.latest.ended.errback(OSError())
    stage.clock.advance(1)
    assert stage.kept.state is State.FAILED
    stage.result(stage.kept.start())
    assert stage.kept.state.value == "running"


def test_whatDoesNotStopIsNotWaitedForLong() -> None:
    stage = Stage(restart())
    stage.latest.stopService = lambda: Deferred()  # type: ignore[method-assign]  # never stops
    stage.latest.ended.errback(OSError())
    stage.clock.advance(1)
    assert stage.kept.state is State.WAITING
    stage.clock.advance(Kept.stopSeconds)
    assert stage.kept.state.value == "running"


def test_stoppingDuringTheStartIsHeeded() -> None:
    clock = Clock()
    starting: Deferred[None] = Deferred()
    settings = Settings([starting], [])
    kept = Kept(ServicePlan("mortal", "x", settings), clock, MultiService())
    begun = Deferred.fromCoroutine(kept.start())
    assert kept.state is State.STARTING
    Deferred.fromCoroutine(kept.stop())
    assert kept.state.value == "stopped"
    starting.callback(None)
    assert begun.called
    assert kept.state.value == "stopped"


def test_aStartThatFailsSaysWhichServiceAndWhy() -> None:
    kept = Kept(
        ServicePlan("mortal", "x", Settings([fail(OSError("disk full"))], [])),
        Clock(),
        MultiService(),
    )
    failures: list[Any] = []
    Deferred.fromCoroutine(kept.start()).addErrback(failures.append)
    assert failures[0].check(CannotStart)
    assert failures[0].value.reasons == ("mortal: OSError: disk full",)
    assert (kept.state, kept.problem) == (State.FAILED, "OSError: disk full")


def test_theEndOfAChildIsTheEndOfTheWhole() -> None:
    parent, child = MultiService(), Mortal([])
    child.setServiceParent(IServiceCollection(parent))
    ended: list[object] = []
    whenEnded(parent).addBoth(ended.append)
    assert ended == []
    child.ended.callback("anything")
    assert ended == [None]


def test_aServiceThatCannotEndNeverDoes() -> None:
    assert not whenEnded(Service()).called


def test_aTimerThatFailsIsStartedAgainByPolicy() -> None:
    calls: list[float] = []

    class Timed:
        def makeService(self, reactor: Any) -> Any:
            timer = TimerService(2, self.call)
            timer.clock = reactor
            return timer

        def call(self) -> None:
            calls.append(clock.seconds())
            if len(calls) == 2:
                raise ZeroDivisionError("once")

    clock = Clock()
    kept = Kept(ServicePlan("timed", "x", Timed(), (), restart()), clock, MultiService())
    Deferred.fromCoroutine(kept.start())
    clock.pump([1] * 6)
    assert calls == [0, 2, 3, 5]
    assert (kept.state, kept.restarts) == (State.RUNNING, 1)
