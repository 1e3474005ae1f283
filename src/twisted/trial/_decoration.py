"""
Tests around tests, and the results that they report to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.python.components import proxyForInterface

from . import itrial

if TYPE_CHECKING:
    from collections.abc import Callable

_ReporterProxy: Any = proxyForInterface(itrial.IReporterWithDurations, "_originalReporter")
_TestProxy: Any = proxyForInterface(itrial.ITestCase, "_originalTest")


@implementer(itrial.IReporterWithDurations)
class TestResultDecorator(_ReporterProxy):  # type: ignore[misc]  # the base is made at run time
    """
    A base for what stands between tests and a reporter: forwards everything.

    Args:
        original: the reporter.
    """

    def stop(self) -> None:
        """Ask that no further test be run."""
        self._originalReporter.stop()


@implementer(itrial.IReporter)
class _AdaptedReporter(TestResultDecorator):
    """
    Reports about tests as they look when something is done to them.

    Args:
        original: the reporter.
        testAdapter: called with a test, gives what the reporter is to see.
    """

    def __init__(self, original: Any, testAdapter: Callable[[Any], Any]) -> None:
        super().__init__(original)
        self.testAdapter = testAdapter

    def addError(self, test: Any, error: Any) -> None:
        """Forward it, about the adapted test."""
        self._originalReporter.addError(self.testAdapter(test), error)

    def addExpectedFailure(self, test: Any, failure: Any, todo: Any = None) -> None:
        """Forward it, about the adapted test."""
        self._originalReporter.addExpectedFailure(self.testAdapter(test), failure, todo)

    def addFailure(self, test: Any, failure: Any) -> None:
        """Forward it, about the adapted test."""
        self._originalReporter.addFailure(self.testAdapter(test), failure)

    def addSkip(self, test: Any, skip: Any) -> None:
        """Forward it, about the adapted test."""
        self._originalReporter.addSkip(self.testAdapter(test), skip)

    def addSuccess(self, test: Any) -> None:
        """Forward it, about the adapted test."""
        self._originalReporter.addSuccess(self.testAdapter(test))

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> None:
        """Forward it, about the adapted test."""
        self._originalReporter.addUnexpectedSuccess(self.testAdapter(test), todo)

    def addDuration(self, test: Any, elapsed: float) -> None:
        """Forward it, about the adapted test, to a reporter that wants to know."""
        if hasattr(self._originalReporter, "addDuration"):
            self._originalReporter.addDuration(self.testAdapter(test), elapsed)

    def startTest(self, test: Any) -> None:
        """Forward it, about the adapted test."""
        self._originalReporter.startTest(self.testAdapter(test))

    def stopTest(self, test: Any) -> None:
        """Forward it, about the adapted test."""
        self._originalReporter.stopTest(self.testAdapter(test))


@implementer(itrial.ITestCase)
class TestDecorator(_TestProxy):  # type: ignore[misc]  # the base is made at run time
    """
    A base for what stands around a test: forwards everything, and is what reporters see.

    Args:
        original: the test.
    """

    def __call__(self, result: Any) -> Any:
        return self.run(result)

    def run(self, result: Any) -> Any:
        """Run the test; the reporter is told about this decorator in its place."""
        return self._originalTest.run(_AdaptedReporter(result, self.__class__))
