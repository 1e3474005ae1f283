"""
Reporters that write lines of text.
"""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from . import itrial
from ._results import TestResult, _trimFrames
from .util import _listToPhrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

    from twisted.python.failure import Failure

    from ._synctest import Todo


class SafeStream:
    """
    A stream whose writes and flushes are done again when a signal interrupts them.

    Args:
        original: the stream.
    """

    def __init__(self, original: TextIO) -> None:
        self.original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def write(self, *a: Any, **kw: Any) -> Any:
        """Write, for as long as it is interrupted."""
        return _uninterrupted(self.original.write, *a, **kw)

    def flush(self) -> None:
        """Flush, for as long as that is interrupted."""
        _uninterrupted(self.original.flush)


def _uninterrupted(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    while True:
        try:
            return function(*args, **kwargs)
        except OSError as e:
            if e.errno != errno.EINTR:
                raise


@implementer(itrial.IReporter)
class Reporter(TestResult):
    """
    Writes what went wrong, and a summary, when all tests are through.

    Args:
        stream: where to.
        tbformat: how detailed the tracebacks are: ``"default"``, ``"brief"`` or ``"verbose"``.
        realtime: whether tracebacks are also written when they come.
        publisher: where warnings come from, in place of `twisted.python.log`.
    """

    _separator = "-" * 79
    _doubleSeparator = "=" * 79

    def __init__(
        self,
        stream: Any = sys.stdout,
        tbformat: str = "default",
        realtime: bool = False,
        publisher: Any = None,
    ) -> None:
        super().__init__()
        self._stream: Any = SafeStream(stream)
        self.tbformat = tbformat
        self.realtime = realtime
        self._startTime: float | None = None
        self._warningsShown: set[Any] = set()
        self._publisher = publisher
        if publisher is not None:
            publisher.addObserver(self._observeWarnings)

    def _observeWarnings(self, event: dict[str, Any]) -> None:
        """
        Write a warning that the log tells about, once for each test.
        """
        if "warning" not in event:
            return
        category = event["category"].rpartition(".")[2]
        shown = (event["filename"], event["lineno"], category, str(event["warning"]))
        if shown not in self._warningsShown:
            self._warningsShown.add(shown)
            self._stream.write("{}:{}: {}: {}\n".format(*shown))

    # Writing.

    def _write(self, format: str, *args: Any) -> None:
        self._stream.write(format % args if args else format)
        self._stream.flush()

    def _writeln(self, format: str, *args: Any) -> None:
        self._write(format + "\n", *args)

    # What happens.

    def startTest(self, test: Any) -> None:
        """A test begins: its warnings are new ones."""
        super().startTest(test)
        if self._startTime is None:
            self._startTime = self._getTime()
        self._warningsShown.clear()

    def addFailure(self, test: Any, fail: Any) -> None:
        """Keep it; write it at once if that is wanted."""
        super().addFailure(test, fail)
        self._writeAtOnce(self.failures[-1][1])

    def addError(self, test: Any, error: Any) -> None:
        """Keep it; write it at once if that is wanted."""
        super().addError(test, error)
        self._writeAtOnce(self.errors[-1][1])

    def _writeAtOnce(self, failure: Failure) -> None:
        if self.realtime:
            self._write("%s", self._formatFailureTraceback(failure))

    def upDownError(
        self, method: Any, error: Any, warn: bool = True, printStatus: bool = True
    ) -> None:
        """A fixture of a whole class failed."""
        if printStatus:
            self._writeln("%s", error)

    def cleanupErrors(self, errs: Any) -> None:
        """Something was left over."""
        self._writeln("[clean up errors] %s", errs)

    # The end.

    def _trimFrames(self, frames: list[Any]) -> list[Any]:
        return _trimFrames(frames)

    def _formatFailureTraceback(self, fail: Any) -> str:
        """
        Give the text of a Failure, without our own frames; or of what is text already.
        """
        if isinstance(fail, str):
            return fail.rstrip() + "\n"
        whole = fail.frames
        fail.frames = self._trimFrames(whole)
        try:
            return str(fail.getTraceback(detail=self.tbformat, elideFrameworkCode=True))
        finally:
            fail.frames = whole

    def _groupResults(
        self, results: Iterable[tuple[Any, ...]], formatter: Callable[..., str]
    ) -> list[tuple[str, list[Any]]]:
        """
        Bring together what reads the same.

        Args:
            results: tuples of a test and whatever the formatter takes.
            formatter: gives the text of what follows the test.
        Returns: pairs of a text and the tests that it is about, as they first came.
        """
        groups: dict[str, list[Any]] = {}
        for test, *facts in results:
            groups.setdefault(formatter(*facts), []).append(test)
        return list(groups.items())

    def _printResults(
        self, flavor: str, errors: Iterable[tuple[Any, ...]], formatter: Callable[..., str]
    ) -> None:
        """
        Write results of one kind, those that read the same together.
        """
        for text, tests in self._groupResults(errors, formatter):
            self._writeln(self._doubleSeparator)
            self._writeln("%s", flavor)
            self._write("%s", text)
            self._writeln("")
            for test in tests:
                self._writeln("%s", test.id())

    def _printExpectedFailure(self, error: Any, todo: Todo) -> str:
        return f"Reason: {todo.reason!r}\n{self._formatFailureTraceback(error)}"

    def _printUnexpectedSuccess(self, todo: Todo) -> str:
        text = f"Reason: {todo.reason!r}\n"
        if todo.errors:
            text += f"Expected errors: {_listToPhrase(list(todo.errors), 'or')}\n"
        return text

    def _printErrors(self) -> None:
        """
        Write all that is not plain success.
        """
        kinds: list[tuple[str, list[Any], Callable[..., str]]] = [
            ("SKIPPED", self.skips, "{}\n".format),
            ("TODO", self.expectedFailures, self._printExpectedFailure),
            ("FAIL", self.failures, self._formatFailureTraceback),
            ("ERROR", self.errors, self._formatFailureTraceback),
            ("SUCCESS!?!", self.unexpectedSuccesses, self._printUnexpectedSuccess),
        ]
        self._writeln("")
        for word, results, formatter in kinds:
            self._printResults(f"[{word}]", results, formatter)

    def _getSummary(self) -> str:
        """
        Give the counts that are not zero.
        """
        counts = {
            "skips": len(self.skips),
            "expectedFailures": len(self.expectedFailures),
            "failures": len(self.failures),
            "errors": len(self.errors),
            "unexpectedSuccesses": len(self.unexpectedSuccesses),
            "successes": self.successes,
        }
        shown = ", ".join(f"{name}={count}" for name, count in counts.items() if count)
        return f" ({shown})" if shown else ""

    def _printSummary(self) -> None:
        """
        Write the last line.
        """
        self._write("%s%s\n", "PASSED" if self.wasSuccessful() else "FAILED", self._getSummary())

    def done(self) -> None:
        """Write what went wrong, and the summary."""
        if self._publisher is not None:
            self._publisher.removeObserver(self._observeWarnings)
        self._printErrors()
        self._writeln(self._separator)
        took = 0.0 if self._startTime is None else self._getTime() - self._startTime
        self._writeln("Ran %d tests in %.3fs", self.testsRun, took)
        self._write("\n")
        self._printSummary()


class MinimalReporter(Reporter):
    """
    Writes one line of numbers, for programs: seconds, tests twice, errors, failures, skips.
    """

    def _printErrors(self) -> None:
        """Say nothing of them."""

    def _printSummary(self) -> None:
        took = 0.0 if self._startTime is None else self._getTime() - self._startTime
        self._writeln(
            "%g %d %d %d %d %d",
            took,
            self.testsRun,
            self.testsRun,
            len(self.errors),
            len(self.failures),
            len(self.skips),
        )

    def done(self) -> None:
        """Write the line."""
        if self._publisher is not None:
            self._publisher.removeObserver(self._observeWarnings)
        self._printSummary()


class MarkingReporter(Reporter):
    """
    A base for reporters that write something about each single result.
    """

    def _mark(self, kind: str) -> None:
        """
        Write what is to be written.

        Args:
            kind: ``"success"``, or what one of `_kinds` calls it.
        """

    def addSuccess(self, test: Any) -> None:
        """Count it, and write something."""
        super().addSuccess(test)
        self._mark("success")


_kinds = {
    "addFailure": "failure",
    "addError": "error",
    "addSkip": "skip",
    "addExpectedFailure": "todo",
    "addUnexpectedSuccess": "unexpected",
}


def _marking(name: str, kind: str) -> Callable[..., None]:
    keep = getattr(Reporter, name)

    def add(self: MarkingReporter, *args: Any) -> None:
        """Keep it, and write something."""
        keep(self, *args)
        self._mark(kind)

    add.__name__ = name
    add.__qualname__ = f"MarkingReporter.{name}"
    return add


for _name, _kind in _kinds.items():
    setattr(MarkingReporter, _name, _marking(_name, _kind))


class TextReporter(MarkingReporter):
    """
    Writes a letter for each test.
    """

    _letters = {
        "success": ".",
        "failure": "F",
        "error": "E",
        "skip": "S",
        "todo": "T",
        "unexpected": "!",
    }

    def _mark(self, kind: str) -> None:
        self._write(self._letters[kind])


class VerboseTextReporter(MarkingReporter):
    """
    Writes a line for each test.
    """

    _words = {
        "success": "OK",
        "failure": "FAILURE",
        "error": "ERROR",
        "skip": "SKIPPED",
        "todo": "TODO",
        "unexpected": "SUCCESS!?!",
    }

    def startTest(self, tm: Any) -> None:
        """The name."""
        self._write("%s ... ", tm.id())
        super().startTest(tm)

    def _mark(self, kind: str) -> None:
        self._write(f"[{self._words[kind]}]")

    def stopTest(self, test: Any) -> None:
        """The end of the line."""
        super().stopTest(test)
        self._write("\n")


class TimingTextReporter(VerboseTextReporter):
    """
    Writes a line for each test, and one with how long it took.
    """

    def stopTest(self, method: Any) -> None:
        """The seconds."""
        super().stopTest(method)
        self._writeln("(%.3f secs)", self._lastTime)
