"""
What tests, and what they report to, look like to each other.
"""

from __future__ import annotations

from typing import Any, TypeVar

from zope.interface import Attribute, Interface

__all__ = ["IReporter", "IReporterWithDurations", "ITestCase", "ITestCaseVar"]

ITestCaseVar = TypeVar("ITestCaseVar", bound="ITestCase")


class ITestCase(Interface):
    """
    One test that can be run.
    """

    failureException = Attribute("The class of exception that means a failed assertion.")

    skip = Attribute("Why the test is not to be run; None if it is to be run.")

    def __call__(result: Any) -> None:
        """Run the test; the same as `run`."""

    def countTestCases() -> int:
        """Give the number of tests that this is: 1, but for suites."""

    def id() -> str:
        """Give a name, as a str, that no other test in the program has."""

    def run(result: Any) -> None:
        """
        Run the test, and report all that comes of it.

        Args:
            result: an `IReporter`, or a `unittest.TestResult`.
        """

    def shortDescription() -> str:
        """Give a few words that say which test this is."""


class IReporter(Interface):
    """
    Told of what happens while tests run.

    For each test there is one call of ``startTest``, then any number of calls of the ``add...``
    methods, then one call of ``stopTest``; when all tests are through there is one of ``done``.
    """

    shouldStop = Attribute("Whether no further test is to be run.")

    testsRun = Attribute("How many tests have been started.")

    def startTest(method: Any) -> None:
        """A test begins. ``method`` is the `ITestCase`, as ``test`` is below."""

    def stopTest(method: Any) -> None:
        """A test has ended, cleaned up and all."""

    def addSuccess(test: Any) -> None:
        """A test did what it should."""

    def addError(test: Any, error: Any) -> None:
        """
        Something went wrong that the test was not about.

        Args:
            test: the test.
            error: a `Failure`, or a tuple as `sys.exc_info` gives it.
        """

    def addFailure(test: Any, failure: Any) -> None:
        """
        An assertion did not hold.

        Args:
            test: the test.
            failure: a `Failure`, or a tuple as `sys.exc_info` gives it.
        """

    def addExpectedFailure(test: Any, failure: Any, todo: Any = None) -> None:
        """
        A test failed, as it was marked to do.

        Args:
            test: the test.
            failure: a `Failure`, or a tuple as `sys.exc_info` gives it.
            todo: the mark, a `Todo`; None if it came from elsewhere.
        """

    def addUnexpectedSuccess(test: Any, todo: Any = None) -> None:
        """
        A test that was marked to fail did not.

        Args:
            test: the test.
            todo: the mark, a `Todo`; None if it came from elsewhere.
        """

    def addSkip(test: Any, reason: Any) -> None:
        """
        A test was left out, or gave up.

        Args:
            test: the test.
            reason: the words that say why.
        """

    def wasSuccessful() -> bool:
        """Give whether nothing so far means that the whole run has failed."""

    def done() -> None:
        """All tests are through: write the summary, if any."""


class IReporterWithDurations(IReporter):
    """
    A reporter that is told how long each test took, as Python 3.12 began to do.
    """

    collectedDurations = Attribute("A list of (name of the test, seconds) pairs.")

    def addDuration(test: Any, elapsed: float) -> None:
        """
        A test ended.

        Args:
            test: the test.
            elapsed: how long it took, with fixtures and all, in seconds.
        """
