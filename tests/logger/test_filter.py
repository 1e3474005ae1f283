"""Filters, levels by namespace, and knowing beforehand that nobody listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.logger import (
    FilteringLogObserver,
    ILogFilterPredicate,
    ILogObserver,
    InvalidLogLevelError,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    LogPublisher,
    PredicateResult,
    globalLogPublisher,
)
from twisted.logger import _interest as interest

Event = dict[str, Any]
yes, no, maybe = PredicateResult.yes, PredicateResult.no, PredicateResult.maybe


def saying(result: Any) -> Any:
    return lambda event: result


class TestFiltering:
    @pytest.mark.parametrize(
        ("answers", "passes"),
        [
            ([], True),
            ([yes], True),
            ([no], False),
            ([maybe], True),
            ([yes, no], True),
            ([no, yes], False),
            ([maybe, no], False),
            ([maybe, yes, no], True),
        ],
    )
    def test_theFirstThatIsSureDecides(self, answers: list[Any], passes: bool) -> None:
        passed: list[Event] = []
        refused: list[Event] = []
        observer = FilteringLogObserver(
            passed.append, (saying(answer) for answer in answers), refused.append
        )
        observer({"x": 1})
        observer({"x": 2})
        assert (len(passed), len(refused)) == ((2, 0) if passes else (0, 2))

    def test_whatIsNoPredicateResultIsATypeError(self) -> None:
        with pytest.raises(TypeError, match="no PredicateResult"):
            FilteringLogObserver(lambda event: None, [saying(True)])({})

    def test_itObserves(self) -> None:
        assert verifyObject(ILogObserver, FilteringLogObserver(print, ()))
        assert verifyObject(ILogFilterPredicate, LogLevelFilterPredicate())

    def test_onlyPassingIsTraced(self) -> None:
        observer: Any = lambda event: None  # noqa: E731
        passing = FilteringLogObserver(observer, [saying(yes)])
        refusing = FilteringLogObserver(observer, [saying(no)])
        event: Event = {"log_trace": []}
        passing(event)
        refusing(event)
        assert event["log_trace"] == [(passing, observer)]


class TestLevels:
    def test_whatIsSetForANamespaceHoldsBelowIt(self) -> None:
        predicate = LogLevelFilterPredicate(LogLevel.warn)
        predicate.setLogLevelForNamespace("a.b", LogLevel.debug)
        predicate.setLogLevelForNamespace("a.b.c", LogLevel.error)
        held = {
            name: predicate.logLevelForNamespace(name).name
            for name in ("", "a", "a.b", "a.bc", "a.b.x.y", "a.b.c", "a.b.c.d")
        }
        assert held == {
            "": "warn",
            "a": "warn",
            "a.b": "debug",
            "a.bc": "warn",
            "a.b.x.y": "debug",
            "a.b.c": "error",
            "a.b.c.d": "error",
        }

    def test_theDefaultCanBeSetAndAllBeCleared(self) -> None:
        predicate = LogLevelFilterPredicate()
        predicate.setLogLevelForNamespace("", LogLevel.error)
        predicate.setLogLevelForNamespace("a", LogLevel.debug)
        assert predicate.logLevelForNamespace("z") is LogLevel.error
        predicate.clearLogLevels()
        assert predicate.logLevelForNamespace("a") is LogLevel.info
        assert predicate.logLevelForNamespace("") is LogLevel.info

    @pytest.mark.parametrize("level", ["debug", 10, None])
    def test_whatIsNoLevelIsRefused(self, level: Any) -> None:
        with pytest.raises(InvalidLogLevelError) as caught:
            LogLevelFilterPredicate().setLogLevelForNamespace("a", level)
        assert caught.value.level == level

    @pytest.mark.parametrize(
        ("event", "result"),
        [
            ({"log_namespace": "a", "log_level": LogLevel.info}, maybe),
            ({"log_namespace": "a", "log_level": LogLevel.critical}, maybe),
            ({"log_namespace": "a", "log_level": LogLevel.debug}, no),
            ({"log_namespace": "a"}, no),
            ({"log_level": LogLevel.critical}, no),
            ({}, no),
        ],
    )
    def test_eventsBelowTheLevelOrWithoutOneAreRefused(self, event: Event, result: Any) -> None:
        assert LogLevelFilterPredicate()(event) is result


@pytest.fixture
def alone() -> Iterator[Callable[[Any], None]]:
    """The global publisher with only the observers that are given."""
    before = list(globalLogPublisher._observers)
    for observer in before:
        globalLogPublisher.removeObserver(observer)
    yield globalLogPublisher.addObserver
    for observer in list(globalLogPublisher._observers):
        globalLogPublisher.removeObserver(observer)
    for observer in before:
        globalLogPublisher.addObserver(observer)


def quiet(namespace: str = "n") -> set[str]:
    """The levels that a logger of this namespace does not make events for."""
    Logger(namespace).debug("learn")
    return {level.name for level in interest.quietLevels[namespace]}


everything = {level.name for level in LogLevel.iterconstants()}


class TestInterest:
    """A level that nobody listens to is known beforehand, and known anew after every change."""

    def test_nobodyListensWhereThereIsNobody(self, alone: Any) -> None:
        assert quiet() == everything

    def test_aPlainObserverListensToEverything(self, alone: Any) -> None:
        alone(lambda event: None)
        assert quiet() == set()

    def test_aFilterListensFromItsLevelOn(self, alone: Any) -> None:
        predicate = LogLevelFilterPredicate(LogLevel.error)
        heard: list[Event] = []
        alone(FilteringLogObserver(heard.append, [predicate]))
        assert quiet() == {"debug", "info", "warn"}
        predicate.setLogLevelForNamespace("n", LogLevel.info)
        assert quiet() == {"debug"}
        predicate.clearLogLevels()
        assert quiet() == {"debug", "info", "warn"}
        Logger("n").error("x")
        assert [event["log_format"] for event in heard] == ["x"]

    def test_oneListenerAmongManyIsEnough(self, alone: Any) -> None:
        alone(FilteringLogObserver(print, [LogLevelFilterPredicate(LogLevel.error)]))
        nested = LogPublisher()
        alone(nested)
        assert quiet() == {"debug", "info", "warn"}
        nested.addObserver(lambda event: None)
        assert quiet() == set()

    def test_whoGetsWhatIsRefusedListensToo(self, alone: Any) -> None:
        refused: list[Event] = []
        alone(FilteringLogObserver(print, [LogLevelFilterPredicate()], refused.append))
        Logger("n").debug("x")
        assert len(refused) == 1

    def test_onlyAFirstPredicateOfOursIsKnown(self, alone: Any) -> None:
        heard: list[Event] = []
        alone(FilteringLogObserver(heard.append, [saying(yes), LogLevelFilterPredicate()]))
        Logger("n").debug("x")
        assert len(heard) == 1

    def test_aSubclassIsNotBoundByWhatItsBaseSays(self, alone: Any) -> None:
        heard: list[Event] = []

        class Mine(FilteringLogObserver):
            def __call__(self, event: Event) -> None:
                heard.append(event)

        class MinePublisher(LogPublisher):
            def __call__(self, event: Event) -> None:
                heard.append(event)

        alone(Mine(print, [LogLevelFilterPredicate()]))
        alone(MinePublisher())
        Logger("n").debug("x")
        assert len(heard) == 2

    def test_aTracedEventTakesTheWholeWay(self, alone: Any) -> None:
        observer = FilteringLogObserver(print, [LogLevelFilterPredicate()])
        alone(observer)
        trace: list[Any] = []
        log = Logger("n")
        log.debug("x", log_trace=trace)
        assert trace == [(log, globalLogPublisher), (globalLogPublisher, observer)]

    def test_aLoggerOfAnotherPublisherIsNotAffected(self, alone: Any) -> None:
        heard: list[Event] = []
        Logger("n", observer=heard.append).debug("x")
        assert len(heard) == 1

    def test_manyNamespacesDoNotFillTheMemory(
        self, alone: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(interest, "mostNamespaces", 10)
        for number in range(50):
            Logger(f"n{number}").debug("x")
        assert len(interest.quietLevels) <= 10
