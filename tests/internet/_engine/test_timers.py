"""Timed calls: their order, their end, and what becomes of any schedule of them."""

from __future__ import annotations

import gc
import math
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import drive
from tests.support.streams import eventually, loggedFailures
from twisted.internet._engine import timers
from twisted.internet.base import DelayedCall
from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.interfaces import IDelayedCall, IReactorTime


def test_aReactorTellsTheTimeOfTheWall(eachReactor: Any) -> None:
    assert IReactorTime.providedBy(eachReactor)
    assert abs(eachReactor.seconds() - time.time()) < 1


def test_callsComeInTheOrderOfTheirTimes(eachReactor: Any) -> None:
    came: list[float] = []
    for delay in (0.02, 0.0, 0.01, 0.005, 0.015):
        eachReactor.callLater(delay, came.append, delay)
    eventually(eachReactor, lambda: len(came) == 5)
    assert came == [0.0, 0.005, 0.01, 0.015, 0.02]


def test_callsForTheSameMomentComeInTheOrderOfTheirMaking(
    reactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[int] = []
    monkeypatch.setattr(timers, "_monotonic", lambda: 100.0)
    for number in range(100):
        reactor.callLater(0, came.append, number)
        reactor.callLater(5, came.append, 100 + number)
    reactor._runDue()
    monkeypatch.setattr(timers, "_monotonic", lambda: 106.0)
    reactor._runDue()
    assert came == list(range(200))


def test_aCallIsNotEarly(eachReactor: Any) -> None:
    came: list[float] = []
    begun = time.monotonic()
    for delay in (0.0101, 0.0205, 0.0337):
        eachReactor.callLater(delay, lambda d=delay: came.append(time.monotonic() - begun - d))
    eventually(eachReactor, lambda: len(came) == 3)
    assert min(came) >= 0


def test_argumentsAreHandedOn(reactor: Any) -> None:
    came: list[Any] = []
    reactor.callLater(0, lambda *args, **kw: came.append((args, kw)), 1, 2, three=3, four=4)
    eventually(reactor, lambda: came)
    assert came == [((1, 2), {"three": 3, "four": 4})]


@pytest.mark.parametrize("delay", [-1, -0.001, math.nan])
def test_aNegativeDelayIsRefused(reactor: Any, delay: float) -> None:
    with pytest.raises(AssertionError, match="second"):
        reactor.callLater(delay, int)


def test_aCallThatNeverComesIsPendingForEver(reactor: Any) -> None:
    call = reactor.callLater(math.inf, int)
    assert call in reactor.getDelayedCalls()
    call.cancel()
    assert call not in reactor.getDelayedCalls()


def test_aCancelledCallDoesNotCome(eachReactor: Any) -> None:
    came: list[int] = []
    near = eachReactor.callLater(0.005, came.append, 1)
    far = eachReactor.callLater(5, came.append, 2)
    near.cancel()
    far.cancel()
    drive(eachReactor, lambda: None)
    eachReactor.iterate(0.01)
    assert came == []
    assert not near.active()


def test_whatWasCancelledOrCalledCannotBeMovedOrCancelled(reactor: Any) -> None:
    cancelled = reactor.callLater(1, int)
    cancelled.cancel()
    called = reactor.callLater(0, int)
    eventually(reactor, lambda: not called.active())
    for call, error in ((cancelled, AlreadyCancelled), (called, AlreadyCalled)):
        for act in (call.cancel, lambda c=call: c.reset(1), lambda c=call: c.delay(1)):
            with pytest.raises(error):
                act()


def test_aCallMayCancelAnotherThatIsDue(reactor: Any) -> None:
    came: list[str] = []
    calls: list[Any] = []
    reactor.callLater(0, lambda: calls[0].cancel())
    calls.append(reactor.callLater(0, came.append, "no"))
    reactor.callLater(0, came.append, "yes")
    eventually(reactor, lambda: came)
    assert came == ["yes"]


def test_aCallCannotCancelItself(reactor: Any) -> None:
    errors: list[type[BaseException]] = []

    def cancel() -> None:
        try:
            call.cancel()
        except AlreadyCalled as error:
            errors.append(type(error))

    call = reactor.callLater(0, cancel)
    eventually(reactor, lambda: errors)
    assert errors == [AlreadyCalled]


def test_resetBeginsTheWaitAnew(reactor: Any) -> None:
    call = reactor.callLater(1, int)
    call.reset(50)
    assert abs(call.getTime() - reactor.seconds() - 50) < 1
    call.reset(0)
    eventually(reactor, lambda: not call.active())
    assert call.called


def test_delayAddsToTheWait(reactor: Any) -> None:
    call = reactor.callLater(10, int)
    before = call.getTime()
    call.delay(5)
    assert abs(call.getTime() - before - 5) < 0.1
    call.delay(-20)
    eventually(reactor, lambda: not call.active())
    assert call.called


def test_aCallMadeInACallWaitsForTheNextTurn(eachReactor: Any) -> None:
    order: list[str] = []

    def outer() -> None:
        eachReactor.callLater(0, order.append, "inner")
        eachReactor._asyncioEventloop.call_soon(order.append, "loop")
        order.append("outer")

    eachReactor.callLater(0, outer)
    eventually(eachReactor, lambda: len(order) == 3)
    assert order[0] == "outer"
    assert set(order) == {"outer", "loop", "inner"}


def test_aCallThatCallsItselfForEverLetsTheLoopTurn(eachReactor: Any) -> None:
    count = 0

    def again() -> None:
        nonlocal count
        count += 1
        eachReactor.callLater(0, again)

    again()
    seen: list[int] = []
    eachReactor.callLater(0.01, lambda: seen.append(count))
    eventually(eachReactor, lambda: seen)
    assert seen[0] > 1


def test_anErrorIsLoggedAndTheOthersComeAllTheSame(eachReactor: Any) -> None:
    came: list[int] = []

    def fail() -> None:
        raise ZeroDivisionError

    eachReactor.callLater(0, fail)
    eachReactor.callLater(0, came.append, 1)
    with loggedFailures() as logged:
        eventually(eachReactor, lambda: came)
    assert [type(each.value) for each in logged] == [ZeroDivisionError]


def test_getDelayedCallsHasThoseToComeAndNoOthers(reactor: Any) -> None:
    near, far, cancelled = (reactor.callLater(d, int) for d in (0.1, 100, 100))
    cancelled.cancel()
    assert set(reactor.getDelayedCalls()) == {near, far}


def test_aCallIsAnIDelayedCallAndADelayedCall(reactor: Any) -> None:
    call = reactor.callLater(1, int)
    assert IDelayedCall.providedBy(call)
    assert isinstance(call, DelayedCall)
    assert call.active()


@pytest.mark.parametrize("cancel", [True, False])
def test_whatWasGivenIsLetGoWhenTheCallIsOver(reactor: Any, cancel: bool) -> None:
    class Given:
        pass

    given = Given()
    gone = weakref.ref(given)
    call = reactor.callLater(0, id, given)
    del given
    if cancel:
        call.cancel()
    else:
        eventually(reactor, lambda: not call.active())
    gc.collect()
    assert gone() is None


def test_theReprNamesTheCallAndItsState(reactor: Any) -> None:
    def wind(what: str, *, times: int) -> None:
        pass

    call = reactor.callLater(1, wind, "clock", times=2)
    text = repr(call)
    for part in ("DelayedCall", "wind", "'clock'", "times=2", "called=0", "cancelled=0"):
        assert part in text
    call.cancel()
    assert "cancelled=1" in repr(call)


def test_inDebugModeTheReprShowsWhoMadeIt(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DelayedCall, "debug", True)
    call = reactor.callLater(1, int)
    assert "test_inDebugModeTheReprShowsWhoMadeIt" in repr(call)
    call.cancel()


def test_cancelledCallsAreSweptOutOfTheHeap(reactor: Any) -> None:
    for _ in range(20 * reactor.stalePerCompaction):
        reactor.callLater(0.5, int).cancel()
    assert len(reactor._times) <= 3 * reactor.stalePerCompaction


def test_runUntilCurrentRunsWhatIsDue(reactor: Any) -> None:
    came: list[int] = []
    reactor.callLater(0, came.append, 1)
    reactor.callLater(100, came.append, 2)
    reactor.runUntilCurrent()
    assert came == [1]


def test_timeoutIsTheWaitForTheNextCall(reactor: Any) -> None:
    assert reactor.timeout() is None
    reactor.callLater(50, int)
    reactor.callLater(20, int)
    assert 19 < reactor.timeout() <= 20


class Model:
    """The plainest queue of timed calls: a list that is searched."""

    def __init__(self) -> None:
        self.waiting: dict[int, tuple[float, int]] = {}
        self.order = 0

    def put(self, key: int, due: float) -> None:
        self.order += 1
        self.waiting[key] = (due, self.order)

    def run(self, now: float) -> list[int]:
        due = sorted(key for key, (when, _) in self.waiting.items() if when <= now)
        due.sort(key=lambda key: self.waiting[key][0])
        for key in due:
            del self.waiting[key]
        return due


delays = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.25, 60.0, 3600.0])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("later"), delays, st.integers(0, 0)),
        st.tuples(st.just("cancel"), delays, st.integers(0, 30)),
        st.tuples(st.just("reset"), delays, st.integers(0, 30)),
        st.tuples(st.just("delay"), delays.map(lambda d: d - 1), st.integers(0, 30)),
        st.tuples(st.just("advance"), delays, st.integers(0, 0)),
    ),
    max_size=60,
)


@given(steps)
@settings(deadline=None, max_examples=200)
def test_anyScheduleRunsAsThePlainestQueueWould(schedule: list[tuple[str, float, int]]) -> None:
    """Times are multiples of a quarter, so that many fall together."""
    from asyncio import SelectorEventLoop

    from twisted.internet._engine.reactor import Reactor

    now, slack = 1000.0, 0.0
    loop = SelectorEventLoop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timers, "_monotonic", lambda: now + slack)
        reactor = Reactor(loop)
        model = Model()
        calls: list[Any] = []
        came: list[int] = []
        due: list[float] = []
        try:
            for verb, seconds, index in schedule:
                if verb == "later":
                    key = len(calls)
                    calls.append(reactor.callLater(seconds, came.append, key))
                    due.append(now + seconds)
                    model.put(key, due[key])
                elif verb == "advance":
                    # A little more, for calls of the same moment are told apart by the least
                    # amount that a float can hold.
                    now += seconds
                    slack = 1e-6
                    reactor._runDue()
                    slack = 0.0
                    wanted = model.run(now)
                    assert sorted(came) == sorted(wanted)
                    # The same moment may be shared by calls that were moved: time alone orders.
                    assert [due[key] for key in came] == [due[key] for key in wanted]
                    came.clear()
                elif index < len(calls) and index in model.waiting:
                    if verb == "cancel":
                        calls[index].cancel()
                        del model.waiting[index]
                    else:
                        due[index] = (now if verb == "reset" else due[index]) + seconds
                        getattr(calls[index], verb)(seconds)
                        model.put(index, due[index])
                pending = reactor.getDelayedCalls()
                assert sorted(calls.index(call) for call in pending) == sorted(model.waiting)
        finally:
            loop.close()


def test_theStepsOfAWallClockChangeNothing(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[str] = []
    reactor.callLater(0.01, came.append, "soon")
    reactor.callLater(1000, came.append, "much later")
    former: Callable[[], float] = time.time
    monkeypatch.setattr(time, "time", lambda: former() + 1e6)
    eventually(reactor, lambda: came)
    assert came == ["soon"]


def test_callsWithoutADelayCanBeCancelledAndMovedLikeOthers(eachReactor: Any) -> None:
    came: list[str] = []
    eachReactor.callLater(0, came.append, "first")
    cancelled = eachReactor.callLater(0, came.append, "cancelled")
    late = eachReactor.callLater(0, came.append, "late")
    reset = eachReactor.callLater(0, came.append, "reset")
    soon = eachReactor.callLater(0, came.append, "soon")
    cancelled.cancel()
    late.delay(0.02)
    reset.reset(0.01)
    assert set(eachReactor.getDelayedCalls()) >= {late, reset, soon}
    assert cancelled not in eachReactor.getDelayedCalls()
    eventually(eachReactor, lambda: len(came) == 4)
    assert came == ["first", "soon", "reset", "late"]
    assert not {late, reset, soon} & set(eachReactor.getDelayedCalls())


def test_aCallWithoutADelayMayCancelTheNextOneAndSeesTheRest(reactor: Any) -> None:
    came: list[Any] = []

    def first() -> None:
        second.cancel()
        pending = reactor.getDelayedCalls()
        came.append((second in pending, third in pending))

    reactor.callLater(0, first)
    second = reactor.callLater(0, came.append, "second")
    third = reactor.callLater(0, came.append, "third")
    eventually(reactor, lambda: len(came) == 2)
    assert came == [(False, True), "third"]


def test_aCallWithoutADelayWaitsForOlderOnesThatAreDue(reactor: Any) -> None:
    came: list[str] = []
    reactor.callLater(1e-9, came.append, "older")
    reactor.callLater(0, came.append, "younger")
    eventually(reactor, lambda: len(came) == 2)
    assert came == ["older", "younger"]
