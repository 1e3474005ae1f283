"""
Suites, and walking through them.
"""

from __future__ import annotations

import gc
import unittest as pyunit
from typing import TYPE_CHECKING, Any

from . import _synctest
from ._decoration import TestDecorator, _AdaptedReporter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class TestSuite(pyunit.TestSuite):
    """
    Tests that run one after the other, until the result asks to stop.

    Like the standard library's, with ``setUpClass`` and the like; but it keeps its tests after
    they have run, so that it can run again.
    """

    _cleanup = False

    def run(self, result: Any, debug: bool = False) -> Any:
        """
        Run all the tests.

        Args:
            result: what they report to.
            debug: whether what goes wrong is raised instead.
        """
        return super().run(result, debug)


class _ForceGarbageCollectionDecorator(TestDecorator):
    """
    Collects garbage before a test and after it, so that what it left is blamed on it.
    """

    def run(self, result: Any) -> None:
        """Collect, run the test, collect again, and report what was logged meanwhile."""
        gc.collect()
        self._originalTest.run(_AdaptedReporter(result, self.__class__))
        observer = _synctest._logObserver
        observer._add()
        errors = observer.getErrors()
        known = len(errors)
        gc.collect()
        observer._remove()
        late, errors[known:] = errors[known:], []
        for error in late:
            result.addError(self, error)


def decorate(test: Any, decorator: Callable[[Any], Any]) -> Any:
    """
    Put something around each test.

    Args:
        test: a test, or a suite, which is changed.
        decorator: called with each test, gives what takes its place.
    Returns: the suite, or what takes the test's place.
    """
    try:
        tests = iter(test)
    except TypeError:
        return decorator(test)
    around = [decorate(inner, decorator) for inner in tests]
    _clearSuite(test)
    test.addTests(around)
    return test


def _clearSuite(suite: pyunit.TestSuite) -> None:
    """
    Take all tests out of a suite.
    """
    suite._tests = []


def _iterateTests(testSuiteOrCase: Any) -> Iterator[Any]:
    """
    Walk through the tests of a suite, in the order in which they run.
    """
    try:
        inside = iter(testSuiteOrCase)
    except TypeError:
        yield testSuiteOrCase
        return
    for inner in inside:
        yield from _iterateTests(inner)
