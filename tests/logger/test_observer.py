"""Publishing one event to many, and keeping events."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.logger import (
    ILogObserver,
    LimitedHistoryLogObserver,
    Logger,
    LogPublisher,
    capturedLogs,
    globalLogPublisher,
)
from twisted.logger._util import formatTrace

Event = dict[str, Any]


class Heard(list[Event]):
    """An observer that keeps what it is told."""

    # A list is equal to any that holds the same: observers are told apart by what they are.
    def __hash__(self) -> int:  # type: ignore[override]  # a list says None
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __call__(self, event: Event) -> None:
        self.append(event)


class Broken:
    """An observer that always fails."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.heard: list[Event] = []
        self.error = error or RuntimeError("broken")

    def __call__(self, event: Event) -> None:
        self.heard.append(event)
        raise self.error


class TestPublisher:
    def test_itObserves(self) -> None:
        assert verifyObject(ILogObserver, LogPublisher())

    def test_everyObserverGetsTheEventItselfInOrder(self) -> None:
        order: list[tuple[int, Event]] = []
        publisher = LogPublisher(lambda e: order.append((1, e)), lambda e: order.append((2, e)))
        publisher.addObserver(lambda e: order.append((3, e)))
        event = {"x": 1}
        publisher(event)
        assert [number for number, _ in order] == [1, 2, 3]
        assert all(given is event for _, given in order)

    def test_anObserverIsAddedOnceAndCanBeRemoved(self) -> None:
        heard: list[Event] = []
        publisher = LogPublisher()
        publisher.addObserver(heard.append)
        publisher.addObserver(heard.append)
        publisher({"x": 1})
        publisher.removeObserver(heard.append)
        publisher({"x": 2})
        assert heard == [{"x": 1}]

    def test_removingAStrangerChangesNothing(self) -> None:
        heard = Heard()
        publisher = LogPublisher(heard)
        publisher.removeObserver(Heard())
        publisher({})
        assert len(heard) == 1

    def test_whatCannotBeCalledIsRefused(self) -> None:
        with pytest.raises(TypeError, match="not callable: 3"):
            LogPublisher().addObserver(3)  # type: ignore[arg-type]  # that is the case

    def test_anObserverMayRemoveItselfWhileItIsTold(self) -> None:
        later = Heard()
        publisher = LogPublisher()

        def once(event: Event) -> None:
            publisher.removeObserver(once)

        publisher.addObserver(once)
        publisher.addObserver(later)
        publisher({})
        publisher({})
        assert len(later) == 2


class TestBrokenObservers:
    def test_theOthersGetTheEventAndThenAReport(self) -> None:
        broken, before, after = Broken(), Heard(), Heard()
        event = {"x": 1}
        LogPublisher(before, broken, after)(event)
        for heard in (before, after):
            assert heard[0] is event
            assert heard[1]["log_failure"].value is broken.error
            assert heard[1]["observer"] is broken
            assert len(heard) == 2
        assert broken.heard == [event]

    def test_aReportThatBreaksAnObserverIsReportedToTheRest(self) -> None:
        class BreaksOnReports(Broken):
            def __call__(self, event: Event) -> None:
                if "log_failure" in event:
                    super().__call__(event)

        first, second, heard = Broken(), BreaksOnReports(), Heard()
        LogPublisher(first, second, heard)({})
        errors = [event["log_failure"].value for event in heard if event]
        assert set(errors) == {first.error, second.error}

    def test_manyBrokenObserversMakeNoAvalanche(self) -> None:
        # If each one were told of all the others, 12 of them would make 12! reports.
        heard = Heard()
        LogPublisher(*(Broken() for _ in range(12)), heard)({})
        assert len(heard) == 13

    def test_nobodyLeftToTellIsNoError(self) -> None:
        broken = Broken()
        LogPublisher(broken)({})
        assert broken.heard == [{}]

    def test_anInterruptIsForTheProgram(self) -> None:
        with pytest.raises(KeyboardInterrupt):
            LogPublisher(Broken(KeyboardInterrupt()))({})

    def test_oneThatBrokeIsToldOfTheNextEvent(self) -> None:
        broken = Broken()
        publisher = LogPublisher(broken)
        publisher({"x": 1})
        publisher({"x": 2})
        assert len(broken.heard) == 2


class TestTraces:
    def test_eachStepIsInTheTraceWhenItIsTaken(self) -> None:
        seen = []
        first = lambda event: seen.append(list(event["log_trace"]))  # noqa: E731
        second = lambda event: seen.append(list(event["log_trace"]))  # noqa: E731
        publisher = LogPublisher(first, second)
        publisher({"log_trace": []})
        assert seen == [[(publisher, first)], [(publisher, first), (publisher, second)]]

    def test_aBrokenObserverIsReportedForATracedEventToo(self) -> None:
        heard = Heard()
        LogPublisher(Broken(), heard)({"log_trace": []})
        assert "log_failure" in heard[1]

    def test_aTraceIsDrawnAsATree(self) -> None:
        class Named:
            def __init__(self, name: str) -> None:
                self.name = name

            def __str__(self) -> str:
                return self.name.upper()

        root, inner, leaf, other = (Named(name) for name in ("root", "inner", "leaf", "other"))
        drawn = formatTrace([(root, inner), (inner, leaf), (root, other), (root, 5)])
        assert drawn == (
            "ROOT (root)\n  -> INNER (inner)\n    -> LEAF (leaf)\n  -> OTHER (other)\n  -> 5\n"
        )
        assert formatTrace([]) == ""


class TestHistory:
    def test_theLatestAreKeptAndReplayedInOrder(self) -> None:
        history = LimitedHistoryLogObserver(2)
        for number in range(4):
            history({"n": number})
        for _ in range(2):
            heard: list[Event] = []
            history.replayTo(heard.append)
            assert heard == [{"n": 2}, {"n": 3}]

    def test_replayingIntoItselfComesToAnEnd(self) -> None:
        history = LimitedHistoryLogObserver(4)
        history({"n": 1})
        history.replayTo(history)
        heard: list[Event] = []
        history.replayTo(heard.append)
        assert heard == [{"n": 1}, {"n": 1}]


class TestCapture:
    def test_whatIsLoggedMeanwhileIsCaptured(self) -> None:
        log = Logger()
        log.debug("before")
        with capturedLogs() as captured:
            log.debug("during", x=1)
        log.debug("after")
        assert [event["log_format"] for event in captured] == ["during"]

    def test_captureEndsWithAnException(self) -> None:
        before = list(globalLogPublisher._observers)
        with pytest.raises(ValueError, match="out"), capturedLogs():
            raise ValueError("out")
        assert list(globalLogPublisher._observers) == before
