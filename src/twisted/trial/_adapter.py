"""
Results of the standard library, spoken to in trial's way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .util import excInfoOrFailureToExcInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from .util import ExcInfo


class PyUnitResultAdapter:
    """
    Lets a trial test report to a `unittest.TestResult`.

    Args:
        original: the result.
    """

    def __init__(self, original: Any) -> None:
        self.original = original

    def startTest(self, method: Any) -> None:
        """Forward it."""
        self.original.startTest(method)

    def stopTest(self, method: Any) -> None:
        """Forward it."""
        self.original.stopTest(method)

    @property
    def stop(self) -> Callable[[], None]:
        """What asks that no further test be run; not every result has it."""
        stop: Callable[[], None] = self.original.stop
        return stop

    def addSuccess(self, test: Any) -> None:
        """Forward it."""
        self.original.addSuccess(test)

    def addError(self, test: Any, error: Failure | ExcInfo) -> None:
        """Forward it, with a tuple in place of the Failure."""
        self.original.addError(test, excInfoOrFailureToExcInfo(error))

    def addFailure(self, test: Any, fail: Failure | ExcInfo) -> None:
        """Forward it, with a tuple in place of the Failure."""
        self.original.addFailure(test, excInfoOrFailureToExcInfo(fail))

    def addSkip(self, test: Any, reason: Any) -> None:
        """Forward it, with the reason as text."""
        self.original.addSkip(test, str(reason))

    def addExpectedFailure(self, test: Any, error: Failure | ExcInfo, todo: object = None) -> None:
        """Forward it, without the mark, which the standard library does not know."""
        self.original.addExpectedFailure(test, excInfoOrFailureToExcInfo(error))

    def addUnexpectedSuccess(self, test: Any, todo: object = None) -> None:
        """Forward it, without the mark."""
        self.original.addUnexpectedSuccess(test)

    def upDownError(self, method: Any, error: Any, warn: Any, printStatus: Any) -> None:
        """Nothing to forward: the errors of fixtures come as errors too."""
