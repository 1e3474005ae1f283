"""Tests that wait for nothing: what is run, in which order, and what is reported."""

from __future__ import annotations

import gc
import os
import unittest as pyunit
import warnings
import weakref
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.defer import fail
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.trial import util
from twisted.trial.reporter import TestResult as Result
from twisted.trial.unittest import (
    FailTest,
    PyUnitResultAdapter,
    SkipTest,
    SynchronousTestCase,
    Todo,
    makeTodo,
)

skip: Any = None


def outcome(result: Any) -> str:
    """Say in one word what came of one test."""
    words = {
        "success": result.successes,
        "error": len(result.errors),
        "failure": len(result.failures),
        "skip": len(result.skips),
        "todo": len(result.expectedFailures),
        "unexpected": len(result.unexpectedSuccesses),
    }
    return " ".join(word for word, count in words.items() if count)


def runOne(case: Any, name: str = "test") -> Any:
    result = Result()
    case(name).run(result)
    return result


class TestOutcomes:
    def test_eachEndIsReportedAsWhatItIs(self) -> None:
        class Case(SynchronousTestCase):
            def endsInSuccess(self) -> None: ...

            def endsInFailure(self) -> None:
                self.fail("no")

            def endsInError(self) -> None:
                raise ZeroDivisionError()

            def endsInSkip(self) -> None:
                raise SkipTest("because")

            def endsInOtherSkip(self) -> None:
                raise pyunit.SkipTest("because")

            def endsAsExpected(self) -> None:
                self.fail("no")

            def endsUnexpectedly(self) -> None: ...

            def generator(self) -> Any:
                yield

            @pyunit.skip("because")
            def marked(self) -> None: ...

        for name in ("endsAsExpected", "endsUnexpectedly"):
            vars(Case)[name].todo = "later"
        wanted = {
            "endsInSuccess": "success",
            "endsInFailure": "failure",
            "endsInError": "error",
            "endsInSkip": "skip",
            "endsInOtherSkip": "skip",
            "marked": "skip",
            "endsAsExpected": "todo",
            "endsUnexpectedly": "unexpected",
            "generator": "error",
        }
        assert {name: outcome(runOne(Case, name)) for name in wanted} == wanted
        assert runOne(Case, "endsInSkip").skips[0][1] == "because"

    def test_onlyTheExpectedErrorIsExpected(self) -> None:
        class Case(SynchronousTestCase):
            def test(self) -> None:
                raise ZeroDivisionError()

        for todo, wanted in [
            ((ZeroDivisionError, "why"), "todo"),
            (((OSError, ZeroDivisionError), "why"), "todo"),
            ((OSError, "why"), "error"),
        ]:
            Case.todo = todo  # type: ignore[attr-defined]
            assert outcome(runOne(Case)) == wanted

    def test_aMarkOfTheMethodWinsOverTheClassAndThatOverTheModule(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Case(SynchronousTestCase):
            def test(self) -> None: ...

        monkeypatch.setitem(globals(), "skip", "module")
        assert runOne(Case).skips[0][1] == "module"
        Case.skip = "class"
        assert runOne(Case).skips[0][1] == "class"
        vars(Case)["test"].skip = "method"
        assert runOne(Case).skips[0][1] == "method"

    def test_aSkipWithoutAReasonIsWarnedAboutAtTheTest(self) -> None:
        class Case(SynchronousTestCase):
            def test(self) -> None:
                raise SkipTest()

        with pytest.warns(DeprecationWarning, match="Give a reason") as caught:
            assert outcome(runOne(Case)) == "skip"
        assert caught[0].filename == __file__

    def test_theReportStopsAtCtrlC(self) -> None:
        class Case(SynchronousTestCase):
            def test(self) -> None:
                raise KeyboardInterrupt()

        result = runOne(Case)
        assert result.shouldStop and outcome(result) == "error"

    def test_noReferenceToATestIsKept(self) -> None:
        class Case(SynchronousTestCase):
            def test(self) -> None: ...

        case = Case("test")
        reference = weakref.ref(case)
        case.run(Result())
        del case
        gc.collect()
        assert reference() is None

    def test_twoTestsOfOneMethodAreTwo(self) -> None:
        first, second = SynchronousTestCase(), SynchronousTestCase()
        assert first == first and first != second
        assert len({first, second}) == 2

    def test_debugRaisesWhatGoesWrong(self) -> None:
        class Case(SynchronousTestCase):
            def test(self) -> None:
                raise ZeroDivisionError()

        with pytest.raises(ZeroDivisionError):
            Case("test").debug()


class TestFixtures:
    def makeCase(self, **broken: str) -> tuple[Any, list[str]]:
        calls: list[str] = []

        def piece(name: str) -> Any:
            def call(self: Any) -> None:
                calls.append(name)
                if name == "setUp":
                    self.addCleanup(calls.append, "first cleanup")
                    self.addCleanup(calls.append, "second cleanup")
                if broken.get(name) == "skip":
                    raise SkipTest("because")
                if name in broken:
                    raise ZeroDivisionError(name)

            return call

        pieces = {name: piece(name) for name in ("setUp", "test", "tearDown")}
        return type("Case", (SynchronousTestCase,), pieces), calls

    @pytest.mark.parametrize(
        "broken, wanted, calls",
        [
            ({}, "success", ["setUp", "test", "second cleanup", "first cleanup", "tearDown"]),
            ({"setUp": "x"}, "error", ["setUp", "second cleanup", "first cleanup"]),
            ({"setUp": "skip"}, "skip", ["setUp", "second cleanup", "first cleanup"]),
            (
                {"test": "x"},
                "error",
                ["setUp", "test", "second cleanup", "first cleanup", "tearDown"],
            ),
            (
                {"tearDown": "x"},
                "error",
                ["setUp", "test", "second cleanup", "first cleanup", "tearDown"],
            ),
        ],
    )
    def test_piecesRunInOrderWhateverFails(
        self, broken: dict[str, str], wanted: str, calls: list[str]
    ) -> None:
        case, called = self.makeCase(**broken)
        assert outcome(runOne(case)) == wanted
        assert called == calls

    def test_everyCleanupRunsAndEveryErrorIsReported(self) -> None:
        class Case(SynchronousTestCase):
            def test(self) -> None:
                self.addCleanup(self.fail, "one")
                self.addCleanup(self.fail, "two")

        result = runOne(Case)
        assert [error.getErrorMessage() for _, error in result.errors] == ["two", "one"]
        assert outcome(result) == "error"

    def test_patchesAreUndone(self) -> None:
        class Target:
            value = 1

        class Case(SynchronousTestCase):
            def test(self) -> None:
                self.patch(Target, "value", 2)
                self.patch(Target, "value", 3)
                self.assertEqual(Target.value, 3)
                self.patch(Target, "value", 4).restore()
                self.assertEqual(Target.value, 3)

        assert outcome(runOne(Case)) == "success"
        assert Target.value == 1

    def test_pathsForFilesAreNewAndBelowTheWorkingFolder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        paths: list[str] = []

        class Case(SynchronousTestCase):
            def test(self) -> None:
                paths.extend([self.mktemp(), self.mktemp()])

        runOne(Case)
        assert paths[0] != paths[1]
        for path in paths:
            folder = os.path.dirname(path)
            assert folder.split(os.sep)[1:3] == ["Case", "test"]
            assert os.path.isdir(folder) and not os.path.exists(path)

    def test_aFolderThatIsThereIsNotMadeAgain(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # Tests of programs replace ``os.makedirs``, and ask for paths meanwhile.
        class Case(SynchronousTestCase):
            def test(self) -> None:
                self.mktemp()
                monkeypatch.delattr(os, "makedirs")
                self.mktemp()

        assert outcome(runOne(Case)) == "success"


class TestLoggedErrors:
    def test_anErrorThatNobodyFlushesFailsTheTest(self) -> None:
        class Case(SynchronousTestCase):
            def test(self) -> None:
                Logger().failure("words", failure=Failure(ZeroDivisionError()))

        result = runOne(Case)
        assert outcome(result) == "error"
        assert result.errors[0][1].check(ZeroDivisionError)

    def test_flushingTakesTheKindsThatAreAskedFor(self) -> None:
        flushed: list[Any] = []

        class Case(SynchronousTestCase):
            def test(self) -> None:
                for error in (ZeroDivisionError(), KeyError(), ValueError()):
                    Logger().failure("words", failure=Failure(error))
                flushed.extend(self.flushLoggedErrors(KeyError, ValueError))
                self.assertEqual(self.flushLoggedErrors(KeyError), [])

        result = runOne(Case)
        assert [failure.type for failure in flushed] == [KeyError, ValueError]
        assert [failure.type for _, failure in result.errors] == [ZeroDivisionError]


class TestWarnings:
    def test_warningsOfAFunctionAreFlushed(self) -> None:
        flushed: list[Any] = []

        class Case(SynchronousTestCase):
            def test(self) -> None:
                def one() -> None:
                    warnings.warn("one", UserWarning, stacklevel=1)

                def two() -> None:
                    warnings.warn("two", RuntimeWarning, stacklevel=1)

                one()
                two()
                one()
                flushed.append(self.flushWarnings([one]))
                flushed.append(self.flushWarnings())
                self.assertRaises(ValueError, self.flushWarnings, [None])

                warnings.warn("three", UserWarning, stacklevel=1)
                self.assertEqual(len(self.flushWarnings([self.test])), 1)

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert outcome(runOne(Case)) == "success"
        assert [w["message"] for w in flushed[0]] == ["one", "one"]
        assert flushed[1][0]["category"] is RuntimeWarning
        assert flushed[1][0]["filename"] == __file__

    def test_otherWarningsAreShownAfterTheTest(self) -> None:
        class Case(SynchronousTestCase):
            def test(self) -> None:
                warnings.warn("careful", stacklevel=1)

        with pytest.warns(UserWarning, match="careful") as caught:
            assert outcome(runOne(Case)) == "success"
        assert caught[0].filename == __file__
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert outcome(runOne(Case)) == "success error"

    def test_someAreSuppressed(self) -> None:
        class Case(SynchronousTestCase):
            suppress = [util.suppress(message=".*foo")]

            def setUp(self) -> None:
                warnings.warn("a foo", stacklevel=1)

            def test(self) -> None:
                warnings.warn("a bar", stacklevel=1)

        with pytest.warns(UserWarning) as caught:
            runOne(Case)
        assert [str(w.message) for w in caught] == ["a bar"]


class TestAdapter:
    def test_theStandardLibrarysResultsAreSpokenTo(self) -> None:
        class Case(SynchronousTestCase):
            def test_success(self) -> None: ...

            def test_failure(self) -> None:
                self.fail("no")

            def test_error(self) -> None:
                raise ZeroDivisionError()

            def test_leftOut(self) -> None:
                raise SkipTest("because")

            def test_expected(self) -> None:
                self.fail("no")

            def test_unexpected(self) -> None: ...

        for name in ("test_expected", "test_unexpected"):
            vars(Case)[name].todo = "later"
        result = pyunit.TestResult()
        pyunit.TestLoader().loadTestsFromTestCase(Case).run(result)
        assert result.testsRun == 6
        assert len(result.failures) == len(result.errors) == len(result.expectedFailures) == 1
        assert "ZeroDivisionError" in result.errors[0][1]
        assert [reason for _, reason in result.skipped] == ["because"]
        assert len(result.unexpectedSuccesses) == 1

    def test_aFailureBecomesATuple(self) -> None:
        seen: list[Any] = []

        class Taking(pyunit.TestResult):
            def addError(self, test: Any, err: Any) -> None:
                seen.append(err)

        error = ZeroDivisionError()
        PyUnitResultAdapter(Taking()).addError(None, Failure(error))
        assert seen[0][:2] == (ZeroDivisionError, error)


def test_todoMarksAreMadeOfWordsOrOfErrorsAndWords() -> None:
    assert makeTodo("why") == Todo("why")
    assert makeTodo((OSError, "why")) == Todo("why", [OSError])
    assert makeTodo(([OSError, KeyError], "why")).errors == [OSError, KeyError]
    assert Todo("a") != Todo("b") and hash(Todo("a")) == hash(Todo("a"))
    assert Todo("a").expected(Failure(KeyError()))
    assert not Todo("a", [OSError]).expected(Failure(KeyError()))
    assert issubclass(FailTest, AssertionError)


def test_aFailureInACircleOfDeferredsIsBlamedOnItsTest() -> None:
    class Circles(SynchronousTestCase):
        __test__ = False

        def test_circle(self) -> None:
            waiting: Any = fail(ZeroDivisionError())
            waiting.itself = [waiting]

    result = Result()
    Circles("test_circle").run(result)
    [(_, error)] = result.errors
    assert error.check(ZeroDivisionError)
    assert result.successes == 0
