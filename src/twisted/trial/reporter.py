"""
Reporters: told of what happens while tests run, they write it.
"""

from __future__ import annotations

import sys
import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Any, Union

from zope.interface import implementer

from twisted._faces import handOn
from twisted.python.failure import Failure

from . import itrial
from ._decoration import TestResultDecorator as TestResultDecorator
from ._decoration import _AdaptedReporter as _AdaptedReporter
from ._reports import MinimalReporter as MinimalReporter
from ._reports import Reporter as Reporter
from ._reports import SafeStream as SafeStream
from ._reports import TextReporter as TextReporter
from ._reports import TimingTextReporter as TimingTextReporter
from ._reports import VerboseTextReporter as VerboseTextReporter
from ._results import TestResult as TestResult
from ._tree import TreeReporter as TreeReporter
from ._tree import _AnsiColorizer as _AnsiColorizer
from ._tree import _NullColorizer as _NullColorizer
from .util import DirtyReactorAggregateError, excInfoOrFailureToExcInfo

if TYPE_CHECKING:
    from ._synctest import Todo

try:
    from subunit import TestProtocolClient  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    TestProtocolClient = None

__all__ = [
    "BrokenTestCaseWarning",
    "ExcInfo",
    "MinimalReporter",
    "Reporter",
    "SafeStream",
    "SubunitReporter",
    "TestProtocolClient",
    "TestResult",
    "TestResultDecorator",
    "TextReporter",
    "TimingTextReporter",
    "TreeReporter",
    "TrialFailure",
    "UncleanWarningsReporterWrapper",
    "VerboseTextReporter",
    "XUnitFailure",
]

handOn(
    __name__,
    MinimalReporter,
    Reporter,
    SafeStream,
    TestResult,
    TestResultDecorator,
    TextReporter,
    TimingTextReporter,
    TreeReporter,
    VerboseTextReporter,
)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType]
XUnitFailure = Union[ExcInfo, tuple[None, None, None]]  # noqa: UP007  # made at run time on 3.10
TrialFailure = Union[XUnitFailure, Failure]  # noqa: UP007


class BrokenTestCaseWarning(Warning):
    """
    A test does something that it should not, and that is let pass.
    """


@implementer(itrial.IReporter)
class UncleanWarningsReporterWrapper(TestResultDecorator):
    """
    Makes warnings of errors about what a test left in the reactor.
    """

    def addError(self, test: Any, error: Any) -> None:
        """Warn of a dirty reactor; forward any other error."""
        if isinstance(error, Failure) and error.check(DirtyReactorAggregateError):
            warnings.warn(error.getErrorMessage(), stacklevel=1)
        else:
            self._originalReporter.addError(test, error)


@implementer(itrial.IReporter)
class _ExitWrapper(TestResultDecorator):
    """
    Asks to stop at the first thing that goes wrong.
    """

    def addError(self, test: Any, error: Any) -> None:
        """Forward it, and stop."""
        self.shouldStop = True
        self._originalReporter.addError(test, error)

    def addFailure(self, test: Any, failure: Any) -> None:
        """Forward it, and stop."""
        self.shouldStop = True
        self._originalReporter.addFailure(test, failure)


@implementer(itrial.IReporter)
class SubunitReporter:
    """
    Writes what happens in the subunit protocol, for other programs to read.

    Args:
        stream: where to, as bytes.
        tbformat: for the looks of it: the protocol has its own form.
        realtime: for the looks of it: all is written at once.
        publisher: for the looks of it: the protocol has no warnings.
    """

    testsRun = None

    def __init__(
        self,
        stream: Any = sys.stdout,
        tbformat: str = "default",
        realtime: bool = False,
        publisher: Any = None,
    ) -> None:
        if TestProtocolClient is None:
            raise Exception("Subunit not available")
        self._subunit = TestProtocolClient(stream)
        self._successful = True

    @property
    def shouldStop(self) -> bool:
        """Whether no further test is to be run."""
        return bool(self._subunit.shouldStop)

    def stop(self) -> Any:
        """Ask that no further test be run."""
        return self._subunit.stop()

    def wasSuccessful(self) -> bool:
        """Whether there were neither errors nor failures."""
        return self._successful

    def done(self) -> None:
        """Nothing is left to write."""

    def startTest(self, test: Any) -> Any:
        """Write it."""
        return self._subunit.startTest(test)

    def stopTest(self, test: Any) -> Any:
        """Write it."""
        return self._subunit.stopTest(test)

    def addSuccess(self, test: Any) -> Any:
        """Write it."""
        return self._subunit.addSuccess(test)

    def addSkip(self, test: Any, reason: Any) -> Any:
        """Write it; as a success where the protocol has no skips."""
        if hasattr(self._subunit, "addSkip"):
            return self._subunit.addSkip(test, reason)
        return self.addSuccess(test)

    def addError(self, test: Any, err: Any) -> Any:
        """Write it."""
        self._successful = False
        return self._subunit.addError(test, excInfoOrFailureToExcInfo(err))

    def addFailure(self, test: Any, err: Any) -> Any:
        """Write it."""
        self._successful = False
        return self._subunit.addFailure(test, excInfoOrFailureToExcInfo(err))

    def addExpectedFailure(self, test: Any, failure: Any, todo: Todo | None = None) -> Any:
        """Write it; as a success where the protocol has nothing for it."""
        if hasattr(self._subunit, "addExpectedFailure"):
            return self._subunit.addExpectedFailure(test, excInfoOrFailureToExcInfo(failure))
        return self.addSuccess(test)

    def addUnexpectedSuccess(self, test: Any, todo: Todo | None = None) -> Any:
        """Write a success: the protocol has nothing else for it."""
        return self.addSuccess(test)
