"""Those who are quiet for too long are told, by one timed call for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet._engine import vigils
from twisted.internet._engine.vigils import Vigil
from twisted.internet.task import Clock
from twisted.internet.testing import EventLoggingObserver
from twisted.logger import globalLogPublisher


class Watched:
    """
    A vigil of ten seconds, and what came of it.

    Attributes:
        told: who, and at which second.
        overs: how often it was over.
        then: what whoever is told does.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.told: list[tuple[str, float]] = []
        self.overs = 0
        self.then: Callable[[str], object] = lambda who: None
        self.vigil = Vigil(10, self.tell, clock.callLater, self.over)

    def tell(self, who: str) -> None:
        self.told.append((who, self.clock.seconds()))
        self.then(who)

    def over(self) -> None:
        self.overs += 1

    def after(self, seconds: float, *who: str) -> None:
        """Let time pass, and watch somebody."""
        self.clock.advance(seconds)
        for each in who:
            self.vigil.watch(each)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    clock = Clock()
    monkeypatch.setattr(vigils, "monotonic", clock.seconds)
    return Watched(clock)


def test_eachIsToldAfterItsOwnTime(watched: Watched) -> None:
    watched.after(0, "first")
    watched.after(3, "second", "third")
    watched.after(7)
    assert watched.told == [("first", 10)]
    watched.after(3)
    assert watched.told == [("first", 10), ("second", 13), ("third", 13)]
    watched.after(100)
    assert len(watched.told) == 3


def test_whoWasHeardOfWaitsAnew(watched: Watched) -> None:
    watched.after(0, "first", "second")
    watched.after(6, "first")
    watched.after(4)
    assert watched.told == [("second", 10)]
    watched.after(5.5)
    assert watched.told == [("second", 10)]
    watched.after(0.5)
    assert watched.told == [("second", 10), ("first", 16)]


def test_oneCallServesAll(watched: Watched) -> None:
    for number in range(100):
        watched.after(0.01, str(number))
        assert len(watched.clock.getDelayedCalls()) == 1


def test_whenNobodyIsLeftThereIsNoCall(watched: Watched) -> None:
    watched.after(0, "first", "second")
    watched.vigil.forget("first")
    assert watched.overs == 0
    watched.vigil.forget("second")
    watched.vigil.forget("second")
    assert (watched.overs, watched.clock.getDelayedCalls()) == (1, [])
    watched.after(100)
    assert watched.told == []


def test_whenAllWereToldItIsOver(watched: Watched) -> None:
    watched.after(0, "first", "second")
    watched.after(10)
    assert (watched.overs, watched.clock.getDelayedCalls()) == (1, [])


def test_whenSomebodyCancelsTheCallThoseWhoComeLaterWaitAllTheSame(watched: Watched) -> None:
    watched.after(0, "first")
    for call in watched.clock.getDelayedCalls():
        call.cancel()
    watched.after(1, "second")
    watched.after(10)
    assert ("second", 11) in watched.told


def test_whenSomebodyCancelledTheCallTheLastOfThemEndsIt(watched: Watched) -> None:
    watched.after(0, "first")
    for call in watched.clock.getDelayedCalls():
        call.cancel()
    watched.vigil.forget("first")
    assert watched.overs == 1


def test_whoeverIsToldMayForgetTheNext(watched: Watched) -> None:
    watched.then = lambda who: watched.vigil.forget("second")
    watched.after(0, "first", "second")
    watched.after(10)
    assert (watched.told, watched.overs) == ([("first", 10)], 1)


def test_whoeverIsToldMayWaitAgain(watched: Watched) -> None:
    watched.then = watched.vigil.watch
    watched.after(0, "first")
    for _ in range(3):
        watched.after(10)
    assert watched.told == [("first", 10), ("first", 20), ("first", 30)]
    assert watched.overs == 0


def test_anErrorOfOneIsLoggedAndTheOthersAreTold(watched: Watched) -> None:
    def fail(who: str) -> None:
        raise ValueError(who)

    watched.then = fail
    watched.after(0, "first", "second")
    observer = EventLoggingObserver()
    globalLogPublisher.addObserver(observer)
    try:
        watched.after(10)
    finally:
        globalLogPublisher.removeObserver(observer)
    assert [who for who, _ in watched.told] == ["first", "second"]
    logged: list[Any] = [each["log_failure"] for each in observer if "log_failure" in each]
    assert [str(each.value) for each in logged] == ["first", "second"]
