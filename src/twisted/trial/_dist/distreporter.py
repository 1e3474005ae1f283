"""
One reporter for tests that run at the same time.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.python.components import proxyForInterface
from twisted.trial.itrial import IReporter

_Proxy: Any = proxyForInterface(IReporter)


@implementer(IReporter)
class DistReporter(_Proxy):  # type: ignore[misc]  # the base is made at run time
    """
    Keeps what happens to a test until it has ended, and then tells it all at once.

    Args:
        original: the reporter that it is told to.

    Attributes:
        running: what is to be told about each test, by its name.
    """

    def __init__(self, original: Any) -> None:
        super().__init__(original)
        self.running: dict[str, list[Any]] = {}

    def _keep(self, test: Any, method: str, *args: Any) -> None:
        kept = self.running.get(test.id())
        if kept is None:
            # Said of no test that runs: of an error that was logged between two of them.
            getattr(self.original, method)(test, *args)
        else:
            kept.append((method, test, *args))

    def _forget(self, test: Any) -> None:
        """
        Tell nothing of what happened to a test so far.
        """
        self.running.pop(test.id(), None)

    def startTest(self, test: Any) -> None:
        """A test begins."""
        self.running[test.id()] = []
        self._keep(test, "startTest")

    def addSuccess(self, test: Any) -> None:
        """Keep it."""
        self._keep(test, "addSuccess")

    def addFailure(self, test: Any, fail: Any) -> None:
        """Keep it."""
        self._keep(test, "addFailure", fail)

    def addError(self, test: Any, error: Any) -> None:
        """Keep it."""
        self._keep(test, "addError", error)

    def addSkip(self, test: Any, reason: Any) -> None:
        """Keep it."""
        self._keep(test, "addSkip", reason)

    def addExpectedFailure(self, test: Any, error: Any, todo: Any = None) -> None:
        """Keep it."""
        self._keep(test, "addExpectedFailure", error, todo)

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> None:
        """Keep it."""
        self._keep(test, "addUnexpectedSuccess", todo)

    def stopTest(self, test: Any) -> None:
        """A test has ended: tell what happened to it."""
        for method, *args in self.running.pop(test.id()):
            getattr(self.original, method)(*args)
        self.original.stopTest(test)

    def __getattr__(self, name: str) -> Any:
        # The counts and lists of the reporter.
        if name == "original":
            raise AttributeError(name)
        return getattr(self.original, name)
