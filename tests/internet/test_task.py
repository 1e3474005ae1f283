"""Looping calls, cooperators, the test clock, and programs that are one function."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet import defer, error, task
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import Clock, Cooperator, LoopingCall
from twisted.logger import globalLogPublisher


class Broken(Exception):
    """What a function of a test raises."""


def outcome(deferred: Deferred[Any]) -> Any:
    """Take the result or the Failure of a Deferred that has one."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got[0]


# Clock


def test_aClockProvidesIReactorTime() -> None:
    clock = Clock()
    assert IReactorTime.providedBy(clock)
    assert IDelayedCall.providedBy(clock.callLater(1, list))


def test_callsAreMadeWhenTheyAreDueInTheirOrder() -> None:
    clock = Clock()
    seen: list[Any] = []
    for name, delay in (("b", 2), ("a", 1), ("b again", 2), ("c", 3)):
        clock.callLater(delay, seen.append, name)
    clock.advance(1.5)
    assert seen == ["a"]
    clock.advance(0.5)
    assert seen == ["a", "b", "b again"]
    assert [call.getTime() for call in clock.getDelayedCalls()] == [3]


def test_callsThatAreMovedKeepTheOrderOfTime() -> None:
    clock = Clock()
    seen: list[Any] = []
    late = clock.callLater(1, seen.append, "late")
    clock.callLater(2, seen.append, "middle")
    early = clock.callLater(9, seen.append, "early")
    late.delay(2)
    early.reset(1)
    clock.pump([1, 1, 1])
    assert seen == ["early", "middle", "late"]


def test_aCallMadeWithinACallCountsFromTheNewTime() -> None:
    clock = Clock()
    seen: list[Any] = []
    clock.callLater(1, lambda: clock.callLater(1, lambda: seen.append(clock.seconds())))
    clock.advance(5)
    assert seen == []
    clock.advance(1)
    assert seen == [6]


def test_whatACallRaisesComesOutAndTheRestWaits() -> None:
    clock = Clock()
    seen: list[Any] = []

    def breaks() -> None:
        raise Broken

    clock.callLater(1, breaks)
    clock.callLater(1, seen.append, 1)
    with pytest.raises(Broken):
        clock.advance(1)
    assert seen == []
    clock.advance(0)
    assert seen == [1]


def test_aCallCannotBeCancelledWhileItIsMade() -> None:
    clock = Clock()
    seen: list[Any] = []

    def cancelItself() -> None:
        with pytest.raises(error.AlreadyCalled):
            call.cancel()
        seen.append(1)

    call = clock.callLater(1, cancelItself)
    clock.advance(1)
    assert seen == [1]


# LoopingCall


def looping(function: Callable[..., object], clock: Clock, *a: Any, **kw: Any) -> LoopingCall:
    call = LoopingCall(function, *a, **kw)
    call.clock = clock
    return call


def test_aLoopCallsNowAndAtEachInterval() -> None:
    clock, seen = Clock(), []
    call = looping(lambda *a, **kw: seen.append((clock.seconds(), a, kw)), clock, 1, b=2)
    done = call.start(2)
    assert call.running
    clock.pump([1] * 4)
    assert [when for when, _, _ in seen] == [0, 2, 4]
    assert seen[0][1:] == ((1,), {"b": 2})
    call.stop()
    assert outcome(done) is call
    assert clock.getDelayedCalls() == []


def test_aLoopMayWaitForItsFirstInterval() -> None:
    clock, seen = Clock(), []
    call = looping(lambda: seen.append(clock.seconds()), clock)
    call.start(2, now=False)
    clock.pump([1] * 4)
    assert seen == [2, 4]


def test_ticksThatWereMissedAreSkippedAndTheGridStays() -> None:
    clock, seen = Clock(), []
    call = looping(lambda: seen.append(clock.seconds()), clock)
    call.start(1)
    clock.advance(2.5)
    clock.advance(0.4)
    clock.advance(0.1)
    assert seen == [0, 2.5, 3]


def test_aLoopWaitsForTheDeferredOfItsFunction() -> None:
    clock, waits = Clock(), [Deferred[None]() for _ in range(2)]
    started: list[float] = []

    def work() -> Deferred[None]:
        started.append(clock.seconds())
        return waits[len(started) - 1]

    call = looping(work, clock)
    call.start(1)
    clock.pump([1] * 3)
    assert started == [0]
    waits[0].callback(None)
    clock.advance(1)
    assert started == [0, 4]


def test_aLoopWaitsForTheCoroutineOfItsFunction() -> None:
    clock = Clock()
    gate: Deferred[None] = Deferred()
    started: list[float] = []

    async def work() -> None:
        started.append(clock.seconds())
        await gate

    looping(work, clock).start(1)
    clock.advance(3)
    assert started == [0]
    gate.callback(None)
    clock.advance(1)
    assert started == [0, 4]


@pytest.mark.parametrize("how", ["raised", "failed"])
def test_anErrorEndsTheLoop(how: str) -> None:
    def work() -> Any:
        if how == "failed":
            return defer.fail(Broken())
        raise Broken

    call = looping(work, Clock())
    assert outcome(call.start(1)).type is Broken
    assert not call.running


def test_stoppingWhileItsDeferredWaitsEndsTheLoopThen() -> None:
    clock, gate = Clock(), Deferred[None]()
    call = looping(lambda: gate, clock)
    done = call.start(1)
    call.stop()
    assert not done.called
    gate.callback(None)
    assert outcome(done) is call
    assert clock.getDelayedCalls() == []


def test_misuseOfALoopIsRefused() -> None:
    call = looping(list, Clock())
    for use in (call.stop, call.reset):
        with pytest.raises(AssertionError):
            use()
    with pytest.raises(ValueError, match="-1"):
        call.start(-1)
    call.start(1)
    with pytest.raises(AssertionError):
        call.start(1)


def test_resetBeginsTheGridAnew() -> None:
    clock, seen = Clock(), []
    call = looping(lambda: seen.append(clock.seconds()), clock)
    call.start(2, now=False)
    clock.advance(1)
    call.reset()
    clock.pump([1] * 4)
    assert seen == [3, 5]


def test_aLoopOfNoIntervalRunsInEachTurn() -> None:
    seen: list[float] = []

    def work() -> None:
        seen.append(clock.seconds())
        if len(seen) == 4:
            call.stop()

    clock = Clock()
    call = looping(work, clock)
    done = call.start(0)
    clock.advance(0)
    assert len(seen) == 4
    assert done.called


@given(
    st.sampled_from([0.1, 0.25, 0.3, 1.0, 7.0]),
    st.lists(st.floats(0.0, 5.0, allow_nan=False), max_size=30),
    st.booleans(),
)
def test_countsAddUpToTheTicksThatCame(interval: float, steps: list[float], now: bool) -> None:
    clock = Clock()
    counts: list[int] = []
    call = LoopingCall.withCount(counts.append)
    call.clock = clock
    call.start(interval, now=now)
    for step in steps:
        clock.advance(step)
    assert all(count > 0 for count in counts)
    ticks = clock.seconds() / interval + now
    assert ticks - 1.01 < sum(counts) <= ticks + 0.01


def test_theReactorIsNotTouchedBeforeALoopStarts() -> None:
    check = (
        "import sys; from twisted.internet import task; task.LoopingCall(print); "
        "task.Cooperator(); sys.exit('twisted.internet.reactor' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_aLoopShowsWhatItCalls() -> None:
    call = LoopingCall(test_aLoopShowsWhatItCalls, 1, b=2)
    assert repr(call) == "LoopingCall<None>(test_aLoopShowsWhatItCalls, *(1,), **{'b': 2})"


def test_programsMayScheduleALoopThemselves() -> None:
    clock, seen = Clock(), []
    call = looping(lambda: seen.append(clock.seconds()), clock)
    call.start(2)
    assert call._runAtStart is True
    call.call.cancel()
    call._scheduleFrom(clock.seconds() + 1)
    clock.advance(1)
    assert seen == [0, 1]


# Cooperator


class Steps:
    """A scheduler that works when a test says so, one step in each slice."""

    def __init__(self) -> None:
        self.work: list[Any] = []
        self.cooperator = Cooperator(
            scheduler=self.schedule, terminationPredicateFactory=lambda: lambda: True
        )

    def schedule(self, work: Callable[[], None]) -> Any:
        call = Clock().callLater(0, work)
        self.work.append(call)
        return call

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            pending, self.work = self.work, []
            for call in pending:
                if call.active():
                    call.func()


@pytest.fixture
def steps() -> Steps:
    return Steps()


def test_tasksTakeTurns(steps: Steps) -> None:
    seen: list[Any] = []

    def work(things: str) -> Iterator[None]:
        for thing in things:
            seen.append(thing)
            yield

    done = [steps.cooperator.coiterate(work(things)) for things in ("abc", "12", "xyz")]
    steps.step(20)
    assert seen == ["a", "1", "x", "b", "2", "y", "c", "z"]
    assert all(one.called for one in done)


def test_aSliceEndsWhenItsTimeIsOver() -> None:
    scheduled: list[Any] = []
    taken: list[int] = []

    def schedule(work: Any) -> Any:
        scheduled.append(work)
        return Clock().callLater(0, work)

    cooperator = Cooperator(
        scheduler=schedule,
        terminationPredicateFactory=lambda: lambda: len(taken) % 3 == 0,
    )
    cooperator.cooperate(map(taken.append, range(7)))
    scheduled.pop()()
    assert len(taken) == 3


def test_aDeferredPausesATask(steps: Steps) -> None:
    gate: Deferred[None] = Deferred()
    seen: list[Any] = []

    def work() -> Iterator[Any]:
        yield gate
        seen.append("after")
        yield None

    steps.cooperator.cooperate(work())
    steps.step(5)
    assert seen == []
    gate.callback(None)
    steps.step()
    assert seen == ["after"]


def test_pausesAddUp(steps: Steps) -> None:
    seen: list[int] = []
    running = steps.cooperator.cooperate(map(seen.append, range(9)))
    running.pause()
    running.pause()
    running.resume()
    steps.step(3)
    assert seen == []
    running.resume()
    steps.step(2)
    assert seen == [0, 1]
    with pytest.raises(task.NotPaused):
        running.resume()


@pytest.mark.parametrize(
    ("end", "state", "wanted"),
    [
        ("exhausted", task.TaskDone, None),
        ("raised", task.TaskFailed, Broken),
        ("failed", task.TaskFailed, Broken),
        ("stopped", task.TaskStopped, task.TaskStopped),
        ("scheduler stopped", task.SchedulerStopped, task.SchedulerStopped),
    ],
)
def test_eachEndHasItsError(steps: Steps, end: str, state: Any, wanted: Any) -> None:
    def work() -> Iterator[Any]:
        yield None
        if end == "raised":
            raise Broken
        if end == "failed":
            yield defer.fail(Broken())
        while end != "exhausted":
            yield None

    iterator = work()
    running = steps.cooperator.cooperate(iterator)
    before = running.whenDone()
    steps.step()
    if end == "stopped":
        running.stop()
    if end == "scheduler stopped":
        steps.cooperator.stop()
    steps.step(3)
    for result in (outcome(before), outcome(running.whenDone())):
        assert result is iterator if wanted is None else result.type is wanted
    for use in (running.stop, running.pause):
        with pytest.raises(state):
            use()


def test_whoseTurnItIsOutlivesAPauseOfAll() -> None:
    """magic-wormhole sends from several pausing producers in turn, and its tests count on that."""
    calls: list[Callable[[], None]] = []
    cooperator = Cooperator(lambda: lambda: True, lambda call: calls.append(call))
    taken: list[str] = []

    def work(name: str) -> Iterator[None]:
        while True:
            taken.append(name)
            yield None

    one, two = (cooperator.cooperate(work(name)) for name in ("one", "two"))
    calls.pop()()
    for running in (one, two):
        running.pause()
    for running in (one, two):
        running.resume()
    calls.pop()()
    assert taken == ["one", "two"]


def test_aSchedulerWithoutHandlesIsAskedOnceForEachTaskAndSlice() -> None:
    """magic-wormhole's gives nothing that could be cancelled."""
    calls: list[Callable[[], None]] = []
    cooperator = Cooperator(lambda: lambda: True, calls.append)
    one, two = (cooperator.cooperate(iter(range(9))) for _ in range(2))
    assert len(calls) == 2
    one.pause()
    two.pause()
    assert len(calls) == 2
    one.resume()
    assert len(calls) == 3


def test_afterASliceThatLeftNothingToDoTheFirstComesFirst() -> None:
    calls: list[Callable[[], None]] = []
    cooperator = Cooperator(lambda: lambda: False, lambda call: calls.append(call))
    taken: list[str] = []
    cooperator.coiterate(iter(()))
    calls.pop()()
    for name in ("one", "two"):
        cooperator.coiterate(map(taken.append, (name,)))
    calls.pop()()
    assert taken == ["one", "two"]


def test_aStoppedCooperatorTakesNothingOn(steps: Steps) -> None:
    steps.cooperator.stop()
    assert not steps.cooperator.running
    refused = steps.cooperator.coiterate(iter([1]))
    assert outcome(refused).type is task.SchedulerStopped
    steps.cooperator.start()
    assert steps.cooperator.running
    taken = steps.cooperator.coiterate(iter([]))
    steps.step()
    assert taken.called


def test_nothingIsPlannedWithoutTasks(steps: Steps) -> None:
    running = steps.cooperator.cooperate(iter([1, 2]))
    planned = steps.work[-1]
    running.stop()
    assert not planned.active()
    assert steps.cooperator._delayedCall is None


def test_aCooperatorThatWasNotStartedWaits(steps: Steps) -> None:
    cooperator = Cooperator(scheduler=steps.schedule, started=False)
    nothing: list[None] = []
    done = cooperator.coiterate(iter(nothing))
    steps.step()
    assert not done.called
    cooperator.start()
    steps.step()
    assert done.called


def test_anIteratorMayStopItsOwnTask(steps: Steps) -> None:
    def work() -> Iterator[Any]:
        yield None
        running.stop()
        yield Deferred()

    running = steps.cooperator.cooperate(work())
    done = running.whenDone()
    steps.step(4)
    assert outcome(done).type is task.TaskStopped


# deferLater and react


def test_deferLaterCallsLater() -> None:
    clock = Clock()
    results = [
        task.deferLater(clock, 2, lambda a, b: a + b, 1, b=2),
        task.deferLater(clock, 2),
        task.deferLater(clock, 2, lambda: 1 // 0),
    ]
    clock.advance(1)
    assert not any(one.called for one in results)
    clock.advance(1)
    assert outcome(results[0]) == 3
    assert outcome(results[1]) is None
    assert outcome(results[2]).type is ZeroDivisionError


def test_deferLaterCanBeCancelled() -> None:
    clock = Clock()
    waiting = task.deferLater(clock, 2, list)
    waiting.cancel()
    assert outcome(waiting).type is defer.CancelledError
    assert clock.getDelayedCalls() == []


def exitStatus(main: Callable[..., Any], reactor: Any, *argv: Any) -> Any:
    with pytest.raises(SystemExit) as left:
        task.react(main, argv, _reactor=reactor)
    return left.value.code


@pytest.mark.parametrize("kind", ["coroutine", "Deferred"])
@pytest.mark.parametrize(
    ("end", "status"), [("good", 0), ("bad", 1), ("exit", 23), ("late", 0), ("stop", 0)]
)
def test_reactLeavesWithAStatus(reactor: Any, kind: str, end: str, status: int) -> None:
    def deferred(clock: Any) -> Deferred[Any]:
        if end == "bad":
            return defer.fail(Broken())
        if end == "exit":
            return defer.fail(SystemExit(23))
        if end == "stop":
            clock.callLater(0, clock.stop)
            return Deferred()
        return task.deferLater(clock, 0.001) if end == "late" else defer.succeed(1)

    async def coroutine(clock: Any) -> None:
        await deferred(clock)

    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)
    try:
        assert exitStatus(coroutine if kind == "coroutine" else deferred, reactor) == status
    finally:
        globalLogPublisher.removeObserver(events.append)
    errors = [event["log_failure"].type for event in events if "log_failure" in event]
    assert errors == ([Broken] if end == "bad" else [])


def test_reactHandsTheReactorAndArgumentsOn(reactor: Any) -> None:
    seen: list[Any] = []

    def main(*args: Any) -> Deferred[None]:
        seen.extend(args)
        return defer.succeed(None)

    assert exitStatus(main, reactor, 1, "two") == 0
    assert seen == [reactor, 1, "two"]
