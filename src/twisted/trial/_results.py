"""
What comes of tests, collected: the base of all reporters; and tracebacks made short.
"""

from __future__ import annotations

import os
import time
import unittest as pyunit
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.python.failure import Failure

from . import itrial
from ._synctest import Todo, makeTodo

if TYPE_CHECKING:
    from types import TracebackType

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
    XUnitFailure = ExcInfo | tuple[None, None, None]
    TrialFailure = XUnitFailure | Failure


def _asFailure(error: Any) -> Failure:
    """
    Make a Failure of a tuple as `sys.exc_info` gives it; leave a Failure as it is.

    Raises: TypeError if it is neither.
    """
    if isinstance(error, Failure):
        return error
    if isinstance(error, tuple) and len(error) == 3:
        kind, value, traceback = error
        return Failure(value, kind, traceback)
    raise TypeError(f"an error is a Failure or a tuple of three, and not {error!r}")


@implementer(itrial.IReporter)
class TestResult(pyunit.TestResult):
    """
    Collects what comes of tests, and says nothing.

    Attributes:
        successes: how many tests did what they should.
        skips: (test, reason) pairs.
        expectedFailures: (test, Failure, `Todo`) triples.
        unexpectedSuccesses: (test, `Todo`) pairs.
        errors: (test, Failure) pairs.
        failures: (test, Failure) pairs.
    """

    successes: int
    skips: list[tuple[Any, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[tuple[Any, Any]] = []
        self.failures: list[tuple[Any, Any]] = []
        self.skips = []
        self.expectedFailures: list[Any] = []
        self.unexpectedSuccesses: list[Any] = []
        self.successes = 0
        self._started: float | None = None
        self._lastTime = 0.0

    def __repr__(self) -> str:
        counts = {
            "run": self.testsRun,
            "errors": len(self.errors),
            "failures": len(self.failures),
            "todos": len(self.expectedFailures),
            "dones": len(self.unexpectedSuccesses),
            "skips": len(self.skips),
        }
        shown = " ".join(f"{name}={count}" for name, count in counts.items())
        return f"<{type(self).__qualname__} {shown}>"

    def _getTime(self) -> float:
        return time.time()

    def startTest(self, test: Any) -> None:
        """A test begins."""
        super().startTest(test)
        self._started = self._getTime()

    def stopTest(self, test: Any) -> None:
        """A test has ended."""
        super().stopTest(test)
        if self._started is not None:
            self._lastTime = self._getTime() - self._started

    def addSuccess(self, test: Any) -> None:
        """Count it."""
        super().addSuccess(test)
        self.successes += 1

    def addError(self, test: Any, error: Any) -> None:
        """Keep the error."""
        self.errors.append((test, _asFailure(error)))

    def addFailure(self, test: Any, fail: Any) -> None:
        """Keep the failure."""
        self.failures.append((test, _asFailure(fail)))

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        """Keep what went wrong in one part of a test of the standard library."""
        if err is None:
            return
        isFailure = issubclass(err[0], test.failureException)
        (self.addFailure if isFailure else self.addError)(subtest, err)

    def addSkip(self, test: Any, reason: Any) -> None:
        """Keep the reason."""
        self.skips.append((test, reason))

    def addExpectedFailure(self, test: Any, error: Any, todo: Todo | None = None) -> None:
        """Keep the failure, and why it was expected."""
        self.expectedFailures.append((test, _asFailure(error), _orDefault(todo)))

    def addUnexpectedSuccess(self, test: Any, todo: Todo | None = None) -> None:
        """Keep why a failure was expected."""
        self.unexpectedSuccesses.append((test, _orDefault(todo)))

    def wasSuccessful(self) -> bool:
        """Whether there were neither errors nor failures."""
        return not self.failures and not self.errors

    def done(self) -> None:
        """Nothing is left to do."""


def _orDefault(todo: Any) -> Any:
    # A test of the standard library does not say why it is expected to fail.
    return makeTodo("Test expected to fail") if todo is None else todo


# Frames that tell about us and not about the test: below the test is what calls it, above it is
# the assertion that failed.
_callers = tuple(
    part.replace("/", os.sep)
    for part in (
        "twisted/trial/_synctest.py",
        "twisted/trial/_asynctest.py",
        "twisted/trial/_warnings.py",
        "twisted/python/util.py",
        "twisted/internet/defer.py",
        "twisted/internet/_defer/",
        "unittest/case.py",
    )
)
_assertions = tuple(
    part.replace("/", os.sep) for part in ("twisted/trial/_assertions.py", "unittest/case.py")
)


def _isIn(frame: Any, files: tuple[str, ...]) -> bool:
    return any(part in frame[1] for part in files)


def _trimFrames(frames: list[Any]) -> list[Any]:
    """
    Give the frames that tell about the test; all of them if none does.
    """
    if len(frames) < 2:
        return frames
    first, last = 0, len(frames)
    while first < last and _isIn(frames[first], _callers):
        first += 1
    while first < last and _isIn(frames[last - 1], _assertions):
        last -= 1
    return list(frames[first:last]) or frames
