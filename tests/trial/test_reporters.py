"""What reporters write."""

from __future__ import annotations

import errno
import io
import sys
import warnings
from typing import Any

import pytest

from twisted.python import log
from twisted.python.failure import Failure
from twisted.trial import reporter, util
from twisted.trial.itrial import IReporter
from twisted.trial.unittest import SynchronousTestCase, makeTodo


class Sample(SynchronousTestCase):
    def test_one(self) -> None: ...

    def test_two(self) -> None:
        self.assertEqual(1, 2)

    # pytest is to leave this class alone.
    __test__ = False


one, two = Sample("test_one"), Sample("test_two")
ID = f"{__name__}.Sample"


def failure(error: Exception) -> Failure:
    try:
        raise error
    except Exception:
        return Failure()


def tellAll(result: Any) -> None:
    """One test of each kind."""
    kinds: list[tuple[str, tuple[Any, ...]]] = [
        ("addSuccess", ()),
        ("addSkip", ("because",)),
        ("addFailure", (failure(Sample.failureException("no")),)),
        ("addError", (failure(ZeroDivisionError("oh")),)),
        ("addExpectedFailure", (failure(KeyError("k")), makeTodo("later"))),
        ("addUnexpectedSuccess", (makeTodo((KeyError, "later")),)),
    ]
    for name, args in kinds:
        result.startTest(one)
        getattr(result, name)(one, *args)
        result.stopTest(one)


@pytest.mark.parametrize(
    "kind, wanted",
    [
        (reporter.Reporter, ""),
        (reporter.TextReporter, ".SFET!"),
        (
            reporter.VerboseTextReporter,
            "".join(
                f"{ID}.test_one ... [{word}]\n"
                for word in ("OK", "SKIPPED", "FAILURE", "ERROR", "TODO", "SUCCESS!?!")
            ),
        ),
    ],
)
def test_eachResultIsMarked(kind: Any, wanted: str) -> None:
    stream = io.StringIO()
    result = kind(stream)
    tellAll(result)
    assert stream.getvalue() == wanted
    assert not result.wasSuccessful()
    assert result.testsRun == 6


def test_theTreeHasALineForEachTestBelowItsModuleAndClass() -> None:
    stream = io.StringIO()
    result = reporter.TreeReporter(stream)
    for test in (one, two):
        result.startTest(test)
        result.addSuccess(test)
        result.stopTest(test)
    assert stream.getvalue().splitlines() == [
        __name__,
        "  Sample",
        "    test_one ... " + " " * 58 + "[OK]",
        "    test_two ... " + " " * 58 + "[OK]",
    ]


def test_theTreeIsColouredOnATerminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    class Curses:
        error = OSError
        ready = False

        def setupterm(self) -> None:
            self.ready = True

        def tigetnum(self, name: str) -> int:
            if not self.ready:
                raise OSError()
            return 8

    monkeypatch.setitem(sys.modules, "curses", Curses())
    stream = Terminal()
    result = reporter.TreeReporter(stream)
    result.startTest(one)
    result.addSuccess(one)
    assert stream.getvalue().endswith("\x1b[32;1m[OK]\x1b[0m\n")


def test_theSummaryHasTheCountsAndWhatWentWrong() -> None:
    stream = io.StringIO()
    result = reporter.Reporter(stream)
    tellAll(result)
    result.done()
    text = stream.getvalue()
    assert text.splitlines()[-1] == (
        "FAILED (skips=1, expectedFailures=1, failures=1, errors=1, "
        "unexpectedSuccesses=1, successes=1)"
    )
    double = "=" * 79
    assert text.startswith(f"\n{double}\n[SKIPPED]\nbecause\n\n{ID}.test_one\n{double}\n[TODO]\n")
    assert "Reason: 'later'\nExpected errors: <class 'KeyError'>\n" in text
    assert "ZeroDivisionError: oh\n" in text
    assert "-" * 79 + "\nRan 6 tests in " in text


def test_whatReadsTheSameIsWrittenOnce() -> None:
    stream = io.StringIO()
    result = reporter.Reporter(stream)
    error = failure(ZeroDivisionError())
    result.addError(one, error)
    result.addError(two, error)
    result.done()
    assert stream.getvalue().count("[ERROR]") == 1
    assert f"\n{ID}.test_one\n{ID}.test_two\n" in stream.getvalue()


def test_tracebacksShowTheTestAndNotTheFramework() -> None:
    stream = io.StringIO()
    result = reporter.Reporter(stream)
    two.run(result)
    result.done()
    text = stream.getvalue()
    assert "self.assertEqual(1, 2)" in text
    assert "_synctest.py" not in text and "case.py" not in text


def test_tracebacksAreWrittenAtOnceIfAsked() -> None:
    stream = io.StringIO()
    reporter.Reporter(stream, realtime=True).addError(one, failure(ZeroDivisionError("now")))
    assert "ZeroDivisionError: now" in stream.getvalue()


def test_theMinimalReporterWritesNumbers() -> None:
    stream = io.StringIO()
    result = reporter.MinimalReporter(stream)
    times = iter([1.0, 1.2] + [1.5] * 11 + [1.9])
    result._getTime = lambda: next(times)  # type: ignore[method-assign]
    tellAll(result)
    result.done()
    assert stream.getvalue() == "0.7 6 6 1 1 1\n"


def test_howLongATestTookIsWritten() -> None:
    stream = io.StringIO()
    result = reporter.TimingTextReporter(stream)
    times = iter([1.0, 1.0, 1.25])
    result._getTime = lambda: next(times)  # type: ignore[method-assign]
    result.startTest(one)
    result.stopTest(one)
    assert stream.getvalue().endswith("\n(0.250 secs)\n")


def test_warningsFromTheLogAreWrittenOnceForEachTest() -> None:
    stream = io.StringIO()
    publisher = log.LogPublisher()
    result = reporter.Reporter(stream, publisher=publisher)

    def warn() -> None:
        publisher.msg(
            warning=UserWarning("careful"), category="x.UserWarning", filename="f.py", lineno=7
        )

    line = "f.py:7: UserWarning: careful\n"
    warn()
    warn()
    assert stream.getvalue() == line
    result.startTest(one)
    warn()
    assert stream.getvalue() == line * 2
    result.done()
    before = stream.getvalue()
    warn()
    assert stream.getvalue() == before


def test_anInterruptedWriteIsDoneAgain() -> None:
    class Interrupted(io.StringIO):
        again = False

        def write(self, s: str) -> int:
            if not self.again:
                self.again = True
                raise OSError(errno.EINTR, "interrupted")
            return super().write(s)

    stream = Interrupted()
    reporter.SafeStream(stream).write("text")
    assert stream.getvalue() == "text"


def test_anErrorIsAFailureOrATupleOfThree() -> None:
    result = reporter.TestResult()
    error = ZeroDivisionError()
    result.addError(one, (ZeroDivisionError, error, None))
    assert result.errors[0][1].value is error
    for wrong in ("words", error, (ZeroDivisionError, error)):
        with pytest.raises(TypeError):
            result.addError(one, wrong)
    assert "errors=1" in repr(result)


def test_partsOfATestOfTheStandardLibraryAreReported() -> None:
    import unittest

    class Case(unittest.TestCase):
        def test(self) -> None:
            with self.subTest("a"):
                self.fail("no")
            with self.subTest("b"):
                raise ZeroDivisionError()

    result = reporter.TestResult()
    Case("test").run(result)
    assert (len(result.failures), len(result.errors)) == (1, 1)


class TestWrappers:
    def test_aDirtyReactorIsOnlyWarnedAbout(self) -> None:
        inner = reporter.TestResult()
        result = reporter.UncleanWarningsReporterWrapper(inner)
        dirty = Failure(util.DirtyReactorAggregateError(["a call"]))
        with pytest.warns(UserWarning, match="a call"):
            result.addError(one, dirty)
        assert inner.errors == []
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result.addError(one, failure(KeyError()))
        assert len(inner.errors) == 1
        assert not result.wasSuccessful()

    @pytest.mark.parametrize("name", ["addError", "addFailure"])
    def test_theRunStopsAtTheFirstThingThatGoesWrong(self, name: str) -> None:
        inner = reporter.TestResult()
        result = reporter._ExitWrapper(inner)
        result.addUnexpectedSuccess(one, makeTodo("later"))
        result.addSkip(one, "because")
        assert not result.shouldStop
        getattr(result, name)(one, failure(KeyError()))
        assert result.shouldStop and inner.shouldStop

    def test_aWrapperIsAReporterToo(self) -> None:
        inner = reporter.TestResult()
        result = reporter.TestResultDecorator(inner)
        assert IReporter.providedBy(result)
        tellAll(result)
        result.stop()
        assert inner.testsRun == 6 and inner.shouldStop


def test_subunitMustBeInstalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporter, "TestProtocolClient", None)
    with pytest.raises(Exception, match="Subunit not available"):
        reporter.SubunitReporter(io.BytesIO())


def test_subunitIsToldEverything(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    class Client:
        shouldStop = False

        def __init__(self, stream: Any) -> None: ...

        def __getattr__(self, name: str) -> Any:
            return lambda *args: calls.append(name)

    monkeypatch.setattr(reporter, "TestProtocolClient", Client)
    result = reporter.SubunitReporter(io.BytesIO())
    tellAll(result)
    result.done()
    assert not result.wasSuccessful() and not result.shouldStop
    assert [name for name in calls if name.startswith("add")] == [
        "addSuccess",
        "addSkip",
        "addFailure",
        "addError",
        "addExpectedFailure",
        "addSuccess",
    ]
