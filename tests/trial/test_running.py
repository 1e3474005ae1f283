"""Suites, decorators, and what is left in a reactor."""

from __future__ import annotations

import gc
import os
import unittest as pyunit
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.base import DelayedCall
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath
from twisted.trial import runner, unittest, util
from twisted.trial._asyncrunner import _ForceGarbageCollectionDecorator, _iterateTests
from twisted.trial.itrial import ITestCase
from twisted.trial.reporter import TestResult as Result


def makeCase(*calls: Any) -> Any:
    """Make a class with a test for each function."""
    body = {f"test_{at}": (lambda self, call=call: call()) for at, call in enumerate(calls)}
    return type("Case", (unittest.SynchronousTestCase,), body)


def load(case: Any) -> list[Any]:
    return [case(name) for name in sorted(n for n in dir(case) if n.startswith("test_"))]


def interrupt() -> None:
    raise KeyboardInterrupt()


class TestSuites:
    def test_aSuiteKeepsItsTestsAndRunsAgain(self) -> None:
        ran: list[int] = []
        suite = runner.TestSuite(load(makeCase(lambda: ran.append(1), lambda: ran.append(2))))
        for _ in range(2):
            suite.run(Result())
        assert ran == [1, 2, 1, 2] and suite.countTestCases() == 2

    def test_aDestructiveSuiteForgetsTheTestsThatRan(self) -> None:
        ran: list[int] = []
        tests = load(makeCase(lambda: ran.append(1), interrupt, lambda: ran.append(2)))
        suite = runner.DestructiveTestSuite(tests)
        result = Result()
        suite.run(result)
        assert ran == [1] and result.shouldStop
        assert suite.countTestCases() == 1

    @pytest.mark.parametrize("kind", [runner.TestSuite, runner.DestructiveTestSuite])
    def test_fixturesOfAClassAreRun(self, kind: Any) -> None:
        ran: list[str] = []

        class Case(unittest.SynchronousTestCase):
            @classmethod
            def setUpClass(cls) -> None:
                ran.append("up")

            @classmethod
            def tearDownClass(cls) -> None:
                ran.append("down")

            def test_0(self) -> None:
                ran.append("test")

            test_1 = test_0

        suite = unittest.decorate(kind(load(Case)), ITestCase)
        suite.run(Result())
        assert ran == ["up", "test", "test", "down"]

    def test_errorsOutsideOfTestsAreReported(self) -> None:
        from twisted.logger import Logger

        class Logging(runner.TestSuite):
            def run(self, result: Any, debug: bool = False) -> Any:
                Logger().failure("words", failure=Failure(ZeroDivisionError()))

        result = Result()
        runner.LoggedSuite([Logging()]).run(result)
        [(holder, error)] = result.errors
        assert holder.id() == runner.NOT_IN_TEST
        assert error.check(ZeroDivisionError)


class TestHolders:
    def test_aHolderRunsAndIsNoTest(self) -> None:
        holder = runner.TestHolder("words")
        assert holder.id() == holder.shortDescription() == "words"
        assert ITestCase.providedBy(holder) and holder.countTestCases() == 0
        for result in (Result(), pyunit.TestResult()):
            holder(result)
            assert result.testsRun == 1 and result.wasSuccessful()

    def test_anErrorHolderReportsItsError(self) -> None:
        error = ZeroDivisionError("oh")
        holder = runner.ErrorHolder("words", Failure(error))
        assert repr(holder) == "<ErrorHolder description='words' error=ZeroDivisionError('oh')>"
        result = Result()
        holder(result)
        assert result.errors[0][1].value is error


class TestDecoration:
    def test_testsAreDecoratedWhereTheyStand(self) -> None:
        tests = load(makeCase(lambda: None))
        inner = runner.TestSuite(tests)
        outer = runner.TestSuite([inner])
        assert unittest.decorate(outer, unittest.TestDecorator) is outer
        [decorated] = _iterateTests(inner)
        assert isinstance(decorated, unittest.TestDecorator)
        assert decorated.id() == tests[0].id()

    def test_theDecoratorIsReported(self) -> None:
        [test] = load(makeCase(lambda: 1 / 0))
        decorated = unittest.TestDecorator(test)
        result = Result()
        decorated(result)
        assert isinstance(result.errors[0][0], unittest.TestDecorator)

    def test_garbageIsCollectedAroundATest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ran: list[str] = []
        [test] = load(makeCase(lambda: ran.append("test")))
        monkeypatch.setattr(gc, "collect", lambda: ran.append("collect"))
        _ForceGarbageCollectionDecorator(test).run(Result())
        assert ran == ["collect", "test", "collect"]

    def test_anErrorThatComesWithTheGarbageIsTheTestsOwn(self) -> None:
        from twisted.internet.defer import Deferred, fail

        def leak() -> None:
            cycle: list[Any] = [fail(ZeroDivisionError())]
            assert isinstance(cycle[0], Deferred)
            cycle.append(cycle)

        [test] = load(makeCase(leak))
        result = Result()
        gc.disable()
        try:
            _ForceGarbageCollectionDecorator(test).run(result)
        finally:
            gc.enable()
        assert result.errors[0][1].check(ZeroDivisionError)


class FakeReactor:
    def __init__(self, calls: list[Any], selectables: list[Any]) -> None:
        self.calls, self.selectables, self.turns = calls, selectables, 0

    def iterate(self, delay: float) -> None:
        self.turns += 1

    def getDelayedCalls(self) -> list[Any]:
        return self.calls

    def removeAll(self) -> list[Any]:
        return self.selectables


class TestJanitor:
    def makeCall(self) -> tuple[DelayedCall, list[Any]]:
        cancelled: list[Any] = []
        call = DelayedCall(300, len, ([],), {}, cancelled.append, lambda call: None, lambda: 0.0)
        return call, cancelled

    def test_aCleanReactorIsLeftAlone(self) -> None:
        result = Result()
        reactor = FakeReactor([], [])
        janitor = util._Janitor(None, result, reactor)
        assert janitor.postCaseCleanup()
        janitor.postClassCleanup()
        assert result.errors == [] and reactor.turns == 4

    def test_pendingCallsAreCancelledAndToldOf(self) -> None:
        result = Result()
        call, cancelled = self.makeCall()
        words = str(call)
        assert not util._Janitor(None, result, FakeReactor([call], [])).postCaseCleanup()
        assert cancelled == [call]
        error = result.errors[0][1].value
        assert error.delayedCalls == [words]
        assert str(error).startswith("Reactor was unclean.\nDelayedCalls: (set ")

    def test_whatIsOpenIsToldOf(self) -> None:
        result = Result()
        util._Janitor(None, result, FakeReactor([], ["a port"])).postClassCleanup()
        error = result.errors[0][1].value
        assert error.selectables == ["'a port'"]
        assert str(error) == "Reactor was unclean.\nSelectables:\n'a port'"


class TestHelpers:
    def test_anAttributeIsTakenFromTheFirstThatHasIt(self) -> None:
        assert util.acquireAttribute([object(), 3j, 4j], "imag") == 3
        assert util.acquireAttribute([object()], "imag", "default") == "default"
        with pytest.raises(AttributeError):
            util.acquireAttribute([object()], "imag")

    def test_thingsAreJoinedWithWords(self) -> None:
        assert util._listToPhrase([], "and") == ""
        assert util._listToPhrase([1, "b"], "and") == "1 and b"
        assert util._listToPhrase([1, 2, 3], "or", "; ") == "1; 2; or 3"
        with pytest.raises(TypeError):
            util._listToPhrase("abc", "and")

    def test_onlyAFolderOfTrialsIsRemoved(self, tmp_path: Path) -> None:
        folder = FilePath(str(tmp_path / "work"))
        folder.makedirs()
        with pytest.raises(util._NoTrialMarker):
            util._removeSafely(folder)
        folder.child("_trial_marker").touch()
        util._removeSafely(folder)
        assert not folder.exists()

    def test_aFolderInUseIsNotShared(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        default = FilePath(str(tmp_path / "_trial_temp"))
        first, lock = util._unusedTestDirectory(default)
        second, otherLock = util._unusedTestDirectory(default)
        assert (first.basename(), second.basename()) == ("_trial_temp", "_trial_temp-1")
        for each in (lock, otherLock):
            each.unlock()
        chosen = FilePath(str(tmp_path / "chosen"))
        _, lock = util._unusedTestDirectory(chosen)
        with pytest.raises(util._WorkingDirectoryBusy):
            util._unusedTestDirectory(chosen)
        lock.unlock()

    def test_aProfileIsWritten(self, tmp_path: Path) -> None:
        import pstats

        path = str(tmp_path / "profile")
        assert util.profiled(max, path)(1, 2) == 2
        assert pstats.Stats(path).total_calls > 0  # type: ignore[attr-defined]

    def test_theLogIsAddedTo(self, tmp_path: Path) -> None:
        path = FilePath(str(tmp_path / "log"))
        for text in ("☀", "x"):
            with util.openTestLog(path) as log:
                log.write(text)
        assert path.getContent() == "☀x".encode()
        assert os.path.exists(path.path)
