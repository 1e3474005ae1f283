"""Between the two kinds of events, and to the standard library's logging."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from twisted.logger import (
    LegacyLogObserverWrapper,
    Logger,
    LogLevel,
    LogPublisher,
    STDLibLogObserver,
    formatEvent,
)
from twisted.logger._legacy import publishToNewObserver
from twisted.python.failure import Failure
from twisted.python.log import textFromEventDict

Event = dict[str, Any]


def asOld(event: Event) -> Event:
    heard: list[Event] = []
    before = dict(event)
    LegacyLogObserverWrapper(heard.append)(event)
    assert event == before
    return heard[0]


class TestToOldObservers:
    @pytest.mark.parametrize(
        ("event", "key", "value"),
        [
            ({"log_time": 5.0}, "time", 5.0),
            ({"log_time": 5.0, "time": 4.0}, "time", 4.0),
            ({"log_system": "s"}, "system", "s"),
            ({"log_system": "s", "system": "t"}, "system", "t"),
            ({}, "system", "-"),
            ({}, "message", ()),
            ({"message": ("a", "b")}, "message", ("a", "b")),
            ({}, "isError", 0),
            ({"log_level": LogLevel.warn}, "isError", 0),
            ({"log_level": LogLevel.error}, "isError", 1),
            ({"log_level": LogLevel.critical}, "isError", 1),
            ({"log_level": LogLevel.critical, "isError": 0}, "isError", 0),
        ],
    )
    def test_whatIsMissingIsAdded(self, event: Event, key: str, value: object) -> None:
        assert asOld(event)[key] == value

    def test_theTextIsThatOfTheNewEvent(self) -> None:
        assert textFromEventDict(asOld({"log_format": "a {b}", "b": 1})) == "a 1"
        assert textFromEventDict(asOld({"log_format": "a", "format": "old"})) == "old"
        assert textFromEventDict(asOld({"log_format": "a {message}", "message": "b"})) == "a b"

    def test_aFailureIsOneForOldObservers(self) -> None:
        failure = Failure(ValueError("bad"))
        old = asOld({"log_failure": failure, "log_format": "oops {n}", "n": 1})
        assert (old["failure"], old["isError"], old["why"]) == (failure, 1, "oops 1")
        own = asOld({"log_failure": failure, "failure": 1, "isError": 0, "why": "own"})
        assert (own["failure"], own["isError"], own["why"]) == (1, 0, "own")

    def test_noKeyOfOldLevelsIsMadeUp(self) -> None:
        assert "logLevel" not in asOld({"log_level": LogLevel.info})

    def test_itsReprTellsTheObserver(self) -> None:
        assert repr(LegacyLogObserverWrapper(len)) == f"LegacyLogObserverWrapper({len!r})"


class TestToNewObservers:
    def asNew(self, **event: Any) -> Event:
        heard: list[Event] = []
        event = {"message": ("a", "b"), "time": 5.0, "isError": 0, **event}
        publishToNewObserver(heard.append, event, textFromEventDict)
        return heard[0]

    @pytest.mark.parametrize(
        ("event", "level"),
        [
            ({}, LogLevel.info),
            ({"isError": 1}, LogLevel.critical),
            ({"logLevel": logging.WARNING}, LogLevel.warn),
            ({"logLevel": "WARNING", "isError": 1}, LogLevel.warn),
            ({"logLevel": "debug"}, LogLevel.debug),
            ({"logLevel": "loud"}, None),
            ({"logLevel": 15}, None),
            ({"logLevel": []}, None),
            ({"log_level": LogLevel.error}, LogLevel.error),
        ],
    )
    def test_theLevelIsThatOfTheOldEvent(self, event: Event, level: Any) -> None:
        assert self.asNew(**event).get("log_level") is level

    def test_whatIsMissingIsAdded(self) -> None:
        new = self.asNew(system="s")
        assert formatEvent(new) == "a b"
        assert new["log_time"] == 5.0
        assert new["log_namespace"] == "log_legacy"
        assert new["log_system"] == "s"
        assert "log_system" not in self.asNew()

    def test_whatIsThereStays(self) -> None:
        new = self.asNew(
            log_time=6.0, log_namespace="n", log_format="own", log_system="t", system="s"
        )
        assert (new["log_time"], new["log_namespace"], new["log_system"]) == (6.0, "n", "t")
        assert formatEvent(new) == "own"


class Records(logging.Handler):
    """Keeps what the standard library's logging was given."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    logger = logging.getLogger("torsion.test")
    handler = Records()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield handler.records
    logger.removeHandler(handler)


class TestStandardLibrary:
    @pytest.mark.parametrize(
        ("event", "level"),
        [
            ({}, logging.INFO),
            ({"log_level": LogLevel.debug}, logging.DEBUG),
            ({"log_level": LogLevel.info}, logging.INFO),
            ({"log_level": LogLevel.warn}, logging.WARNING),
            ({"log_level": LogLevel.error}, logging.ERROR),
            ({"log_level": LogLevel.critical}, logging.CRITICAL),
            ({"log_level": "loud"}, logging.INFO),
        ],
    )
    def test_levelsHaveTheirCounterparts(
        self, records: list[logging.LogRecord], event: Event, level: int
    ) -> None:
        STDLibLogObserver("torsion.test")(event)
        assert records[0].levelno == level
        assert records[0].name == "torsion.test"

    def test_theMessageIsTheTextOfTheEvent(self, records: list[logging.LogRecord]) -> None:
        event = {"log_format": "100% {a}", "a": 1}
        STDLibLogObserver("torsion.test")(event)
        event["a"] = 2
        assert records[0].getMessage() == "100% 1"
        message: Any = records[0].msg
        assert bytes(message) == b"100% 1"

    def test_thePlaceIsThatOfTheCodeThatLogs(self, records: list[logging.LogRecord]) -> None:
        log = Logger(observer=LogPublisher(STDLibLogObserver("torsion.test")))
        line = sys._getframe().f_lineno + 1
        log.info("x")
        assert (records[0].pathname, records[0].lineno) == (__file__, line)
        assert records[0].funcName == "test_thePlaceIsThatOfTheCodeThatLogs"

    def test_aGreaterDepthMeansACallerFurtherUp(self, records: list[logging.LogRecord]) -> None:
        log = Logger(observer=STDLibLogObserver("torsion.test", stackDepth=5))

        def helper() -> None:
            log.info("x")

        helper()
        assert len(records) == 1
        deep = STDLibLogObserver("torsion.test", stackDepth=100_000)
        deep({})
        assert records[1].lineno > 0

    def test_aFailureIsTheRecordsException(self, records: list[logging.LogRecord]) -> None:
        try:
            raise ValueError("bad")
        except ValueError:
            failure = Failure()
        observer = STDLibLogObserver("torsion.test")
        observer({"log_format": "x", "log_failure": failure})
        observer({"log_format": "x", "log_failure": 3})
        assert records[0].exc_info is not None
        assert records[0].exc_info[0] is ValueError
        assert "ValueError: bad" in logging.Formatter().format(records[0])
        assert not records[1].exc_info

    def test_aLevelThatIsNotEnabledMakesNoRecord(self, records: list[logging.LogRecord]) -> None:
        observer = STDLibLogObserver("torsion.test")
        observer.logger.setLevel(logging.ERROR)
        observer({"log_level": LogLevel.info})
        assert records == []
