"""
Stand-ins for tests that there are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from . import itrial
from .util import excInfoOrFailureToExcInfo

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from .util import ExcInfo

#: What is blamed for errors that are logged while no test runs.
NOT_IN_TEST = "<not in test>"


@implementer(itrial.ITestCase)
class TestHolder:
    """
    Stands where a test is expected, and does nothing.

    Args:
        description: what it is called.
    """

    failureException = None
    skip: str | None = None

    def __init__(self, description: str) -> None:
        self.description = description

    def __call__(self, result: Any) -> None:
        self.run(result)

    def id(self) -> str:
        """What it is called."""
        return self.description

    def shortDescription(self) -> str:
        """What it is called."""
        return self.description

    def countTestCases(self) -> int:
        """It is no test."""
        return 0

    def run(self, result: Any) -> None:
        """Begin and end."""
        result.startTest(self)
        result.stopTest(self)


@implementer(itrial.ITestCase)
class ErrorHolder(TestHolder):
    """
    Stands for a test that could not even be loaded.

    Args:
        description: what it is called.
        error: why it could not be loaded.
    """

    def __init__(self, description: str, error: Failure | ExcInfo) -> None:
        super().__init__(description)
        self.error = excInfoOrFailureToExcInfo(error)

    def __repr__(self) -> str:
        return f"<ErrorHolder description={self.description!r} error={self.error[1]!r}>"

    def run(self, result: Any) -> None:
        """Report the error."""
        result.startTest(self)
        result.addError(self, self.error)
        result.stopTest(self)
