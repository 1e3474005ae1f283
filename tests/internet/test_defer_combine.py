"""Waiting for several Deferreds at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet import defer
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    FailureGroup,
    FirstError,
    fail,
    gatherResults,
    race,
    succeed,
)
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure


class Broken(Exception):
    """What a Deferred of a test fails with."""


def outcome(deferred: Deferred[Any]) -> Any:
    """Take the result or the Failure of a Deferred that has one."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got[0]


def unfired(count: int) -> list[Deferred[Any]]:
    return [Deferred() for _ in range(count)]


def test_aListOfSuccessAndResultInTheOrderGiven() -> None:
    them = unfired(3)
    waiting = DeferredList(them)
    them[2].callback("c")
    them[0].callback("a")
    assert not waiting.called
    them[1].errback(Broken())
    results = outcome(waiting)
    assert results[0] == (defer.SUCCESS, "a")
    assert (results[1][0], results[1][1].type) == (defer.FAILURE, Broken)
    assert results[2] == (True, "c")
    assert [outcome(them[0]), outcome(them[1]).type] == ["a", Broken]


def test_anEmptyListFiresAtOnceUnlessOneSuccessIsWanted() -> None:
    assert outcome(DeferredList([])) == []
    assert outcome(DeferredList([], fireOnOneErrback=True)) == []
    assert not DeferredList([], fireOnOneCallback=True).called


@pytest.mark.parametrize("there", [True, False], ids=["fired already", "fired later"])
def test_oneSuccessIsEnough(there: bool) -> None:
    them = unfired(3)
    if there:
        them[1].callback("b")
    waiting = DeferredList(them, fireOnOneCallback=True)
    if not there:
        them[1].callback("b")
    assert outcome(waiting) == ("b", 1)


@pytest.mark.parametrize("there", [True, False], ids=["fired already", "fired later"])
def test_oneErrorIsEnough(there: bool) -> None:
    them = unfired(3)
    if there:
        them[1].errback(Broken())
    waiting = DeferredList(them, fireOnOneErrback=True, consumeErrors=True)
    if not there:
        them[1].errback(Broken())
    error = outcome(waiting).value
    assert isinstance(error, FirstError)
    assert (error.index, error.subFailure.type) == (1, Broken)
    assert outcome(them[1]) is None
    them[0].callback(1)
    them[2].callback(1)


def test_cancellingTheListCancelsItsMembersAndLogsWhatTheirCancellersRaise() -> None:
    events: list[Any] = []

    def raises(_: object) -> None:
        raise Broken

    them = [Deferred(raises), *unfired(1), Deferred(lambda d: d.callback("saved"))]
    waiting = DeferredList(them)
    globalLogPublisher.addObserver(events.append)
    try:
        waiting.cancel()
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert [event["log_failure"].type for event in events] == [Broken]
    assert outcome(them[1]).type is CancelledError
    them[0].callback(None)
    assert outcome(waiting)[2] == (True, "saved")


def test_aListThatHasFiredCancelsNobody() -> None:
    them = unfired(2)
    waiting = DeferredList(them, fireOnOneCallback=True)
    them[0].callback(1)
    waiting.cancel()
    assert not them[1].called


def test_aChainThatEndsInAListIsCancelledToo() -> None:
    them = unfired(2)
    outer = succeed(1).addCallback(lambda _: DeferredList(them))
    outer.cancel()
    assert [success for success, _ in outcome(outer)] == [False, False]
    for one in them:
        one.addErrback(lambda f: None)


def test_gatherResultsGivesTheResultsAlone() -> None:
    them = unfired(3)
    gathering = gatherResults(iter(them))
    for index, one in enumerate(them):
        one.callback(index)
    assert outcome(gathering) == [0, 1, 2]


def test_gatherResultsFailsWithTheFirstError() -> None:
    them = unfired(3)
    gathering = gatherResults(them, consumeErrors=True)
    them[2].errback(Broken())
    them[1].errback(Broken())
    assert outcome(gathering).value.index == 2
    assert (outcome(them[1]), outcome(them[2])) == (None, None)


def test_cancellingGatherResultsCancelsAll() -> None:
    them = unfired(2)
    gathering = gatherResults(them, consumeErrors=True)
    gathering.cancel()
    assert outcome(gathering).value.subFailure.type is CancelledError
    assert [one.called for one in them] == [True, True]


@given(st.integers(0, 3), st.integers(0, 3))
def test_theFirstToSucceedWinsTheRace(before: int, after: int) -> None:
    cancelled: list[Any] = []
    them: list[Deferred[Any]] = [Deferred(cancelled.append) for _ in range(before + 1 + after)]
    racing = race(them)
    for loser in them[:before]:
        loser.errback(Broken())
    them[before].callback("first")
    assert outcome(racing) == (before, "first")
    assert cancelled == them[before + 1 :]


def test_aRaceThatAllLoseTellsAllErrors() -> None:
    them = unfired(2)
    racing = race(them)
    them[1].errback(Broken(1))
    them[0].errback(Broken(0))
    group = outcome(racing).value
    assert isinstance(group, FailureGroup)
    assert [failure.value.args for failure in group.failures] == [(1,), (0,)]


def test_cancellingARaceCancelsAll() -> None:
    them = unfired(2)
    racing = race(them)
    racing.cancel()
    assert outcome(racing).type is FailureGroup
    assert all(one.called for one in them)


def test_aFirstErrorTellsItsPlaceAndComparesByIt() -> None:
    failure = Failure(ValueError("text"))
    error = FirstError(failure, 3)
    assert repr(error) == "FirstError[#3, ValueError('text')]"
    assert str(error) == f"FirstError[#3, {failure}]"
    assert error == FirstError(failure, 3)
    assert error != FirstError(failure, 4)
    assert error < FirstError(failure, 4)
    assert error != 3
    assert {error: 1}[error] == 1


def test_aHundredThousandMembers() -> None:
    them = [succeed(n) for n in range(100_000)]
    assert sum(outcome(gatherResults(them))) == sum(range(100_000))


def test_whatIsNoDeferredIsRefused() -> None:
    with pytest.raises(AttributeError):
        DeferredList([3])  # type: ignore[list-item]  # the mistake that is tested
    fail(Broken()).addErrback(lambda f: None)
