"""
Suites that do more than to run their tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _synctest
from ._asyncrunner import TestSuite, _ForceGarbageCollectionDecorator, decorate
from ._asynctest import _runReactorFor
from ._holders import NOT_IN_TEST, TestHolder
from .util import _theReactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class DestructiveTestSuite(TestSuite):
    """
    Forgets each test once it has run, and with it all that the test holds.
    """

    _running: Iterator[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        return super().__iter__() if self._running is None else self._running

    def _taken(self, result: Any) -> Iterator[Any]:
        while self._tests and not result.shouldStop:
            yield self._tests.pop(0)

    def run(self, result: Any, debug: bool = False) -> Any:
        """Run the tests, and forget them."""
        self._running = self._taken(result)
        try:
            return super().run(result, debug)
        finally:
            self._running = None


class LoggedSuite(TestSuite):
    """
    Reports errors that are logged outside of any test.
    """

    def run(self, result: Any, debug: bool = False) -> Any:
        """Run the tests, then report the errors that none of them has flushed."""
        observer = _synctest._logObserver
        observer._add()
        try:
            super().run(result, debug)
        finally:
            observer._remove()
        for error in observer.flushErrors():
            result.addError(TestHolder(NOT_IN_TEST), error)
        return result


class TrialSuite(TestSuite):
    """
    All the tests of a run: when they are through, the reactor is shut down.

    Args:
        tests: the tests.
        forceGarbageCollection: whether garbage is collected before and after each test.
    """

    def __init__(self, tests: Iterable[Any] = (), forceGarbageCollection: bool = False) -> None:
        if forceGarbageCollection:
            tests = [decorate(test, _ForceGarbageCollectionDecorator) for test in tests]
        super().__init__([LoggedSuite(tests)])

    def run(self, result: Any, debug: bool = False) -> Any:
        """Run the tests, and shut the reactor down."""
        try:
            return super().run(result, debug)
        finally:
            _shutDown()


def _shutDown() -> None:
    """
    Have the reactor do all that it does when a program ends, and wait for that.
    """
    from twisted.internet.defer import Deferred

    reactor = _theReactor()
    down: Deferred[None] = Deferred()
    ended: list[Any] = []
    down.addBoth(ended.append)
    reactor.addSystemEventTrigger("after", "shutdown", down.callback, None)
    reactor.fireSystemEvent("shutdown")
    if not ended:
        _runReactorFor(down, ended)
