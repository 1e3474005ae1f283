"""System events: three phases, and Deferreds that hold the second one up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.streams import loggedFailures
from twisted.internet import defer
from twisted.internet.base import _ThreePhaseEvent


@pytest.fixture
def event() -> _ThreePhaseEvent:
    return _ThreePhaseEvent()


def test_phasesComeInTheirOrderAndTriggersInThatOfTheirMaking(event: _ThreePhaseEvent) -> None:
    came: list[str] = []
    for phase in ("after", "during", "before"):
        for number in (1, 2):
            event.addTrigger(phase, came.append, f"{phase} {number}")
    event.fireEvent()
    assert came == ["before 1", "before 2", "during 1", "during 2", "after 1", "after 2"]


def test_argumentsAreHandedOn(event: _ThreePhaseEvent) -> None:
    came: list[Any] = []
    event.addTrigger("during", lambda *args, **kw: came.append((args, kw)), 1, two=2)
    event.fireEvent()
    assert came == [((1,), {"two": 2})]


def test_aTriggerRunsOnce(event: _ThreePhaseEvent) -> None:
    came: list[int] = []
    for phase in ("before", "during", "after"):
        event.addTrigger(phase, came.append, 1)
    event.fireEvent()
    event.fireEvent()
    assert came == [1, 1, 1]


def test_duringWaitsForEveryDeferredOfBefore(event: _ThreePhaseEvent) -> None:
    came: list[str] = []
    first: defer.Deferred[None] = defer.Deferred()
    second: defer.Deferred[None] = defer.Deferred()
    event.addTrigger("before", lambda: first)
    event.addTrigger("before", lambda: second)
    event.addTrigger("during", came.append, "during")
    event.fireEvent()
    assert came == []
    second.callback(None)
    assert came == []
    first.callback(None)
    assert came == ["during"]


def test_aDeferredThatFailsHoldsNothingUp(event: _ThreePhaseEvent) -> None:
    came: list[str] = []
    waiting: defer.Deferred[None] = defer.Deferred()
    event.addTrigger("before", lambda: waiting)
    event.addTrigger("during", came.append, "during")
    event.fireEvent()
    waiting.addErrback(lambda failure: None)
    waiting.errback(ZeroDivisionError())
    assert came == ["during"]


@pytest.mark.parametrize("phase", ["before", "during", "after"])
def test_anErrorIsLoggedAndTheOthersRun(event: _ThreePhaseEvent, phase: str) -> None:
    came: list[str] = []
    event.addTrigger(phase, lambda: 1 / 0)
    event.addTrigger(phase, came.append, "other")
    with loggedFailures() as logged:
        event.fireEvent()
    assert came == ["other"]
    assert [type(each.value) for each in logged] == [ZeroDivisionError]


@pytest.mark.parametrize("phase", ["before", "during", "after"])
def test_aRemovedTriggerDoesNotRun(event: _ThreePhaseEvent, phase: str) -> None:
    came: list[str] = []
    gone = event.addTrigger(phase, came.append, "gone")
    event.addTrigger(phase, came.append, "stays")
    event.removeTrigger(gone)
    event.fireEvent()
    assert came == ["stays"]


def test_aTriggerIsRemovedOnlyOnce(event: _ThreePhaseEvent) -> None:
    handle = event.addTrigger("during", int)
    event.removeTrigger(handle)
    with pytest.raises(ValueError):
        event.removeTrigger(handle)


@pytest.mark.parametrize("handle", [None, 1, "a", (), ("before",), ("during", int, (), {})])
def test_whatIsNoTriggerIsRefused(event: _ThreePhaseEvent, handle: Any) -> None:
    with pytest.raises(ValueError):
        event.removeTrigger(handle)


def test_anUnknownPhaseIsAKeyError(event: _ThreePhaseEvent) -> None:
    with pytest.raises(KeyError):
        event.addTrigger("behind", int)
    with pytest.raises(KeyError):
        event.removeTrigger(("behind", int, (), {}))


def test_aTriggerMayRemoveALaterOne(event: _ThreePhaseEvent) -> None:
    came: list[str] = []
    handles: list[Any] = []
    event.addTrigger("before", lambda: event.removeTrigger(handles[0]))
    handles.append(event.addTrigger("before", came.append, "gone"))
    event.addTrigger("during", came.append, "during")
    event.fireEvent()
    assert came == ["during"]


def test_removingABeforeTriggerThatRanWarns(event: _ThreePhaseEvent) -> None:
    handles: list[Any] = [event.addTrigger("before", int)]
    event.addTrigger("before", lambda: event.removeTrigger(handles[0]))
    with pytest.warns(DeprecationWarning):
        event.fireEvent()


def test_triggersThatLookAlikeArePhaseByPhase(event: _ThreePhaseEvent) -> None:
    came: list[str] = []
    event.addTrigger("before", came.append, "x")
    during = event.addTrigger("during", came.append, "x")
    event.addTrigger("before", lambda: event.removeTrigger(during))
    event.fireEvent()
    assert came == ["x"]
