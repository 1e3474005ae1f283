"""
Tests that wait: `TestCase`, whose methods may give Deferreds and coroutines.

The laws:

- Nothing is run in the reactor that need not be: a test whose methods give plain values, or
  Deferreds that have fired, never enters it.
- The reactor runs for one test at a time, and is crashed, not stopped, when the test is through:
  the next test runs it again.
"""

from __future__ import annotations

import weakref
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.defer import (
    AlreadyCalledError,
    Deferred,
    TimeoutError,
    ensureDeferred,
)
from twisted.python.failure import Failure

from . import itrial, util
from ._synctest import SynchronousTestCase, _isGeneratorFunction

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ._synctest import Todo


@implementer(itrial.ITestCase)
class TestCase(SynchronousTestCase):
    """
    A test whose ``setUp``, test method, cleanups and ``tearDown`` may each wait.

    Each of them may give a Deferred, or be a coroutine; the test goes on when that is done. The
    reactor is the one that is installed.

    Attributes:
        timeout: the seconds that each piece of the test may take, on the method, the class or
            the module; `util.DEFAULT_TIMEOUT_DURATION` if nothing says otherwise.
    """

    def __init__(self, methodName: str = "runTest") -> None:
        super().__init__(methodName)
        _waitingInstances(self.__class__).add(self)

    def assertFailure(
        self, deferred: Deferred[Any], *expectedFailures: type[BaseException]
    ) -> Deferred[Any]:
        """
        A Deferred will fail.

        Args:
            deferred: the Deferred.
            expectedFailures: what it may fail with.
        Returns: the same one, with the exception (not the Failure) as its result; it fails if
            there is none of these.
        """

        def succeeded(result: object) -> None:
            raise self.failureException(f"did not catch an error, instead got {result!r}")

        def failed(failure: Failure) -> Any:
            if failure.check(*expectedFailures):
                return failure.value
            from twisted.python.reflect import qual

            wanted = ", ".join(map(qual, expectedFailures))
            raise self.failureException(f"Expected: ({wanted})\nGot:\n{failure}")

        return deferred.addCallbacks(succeeded, failed)

    failUnlessFailure = assertFailure

    def getTimeout(self) -> float:
        """The seconds that each piece of this test may take."""
        timeout = util.acquireAttribute(self._trialScopes(), "timeout", None)
        if timeout is None or timeout is util.DEFAULT_TIMEOUT:
            timeout = util.DEFAULT_TIMEOUT_DURATION
        try:
            return float(timeout)
        except (TypeError, ValueError):
            import warnings

            warnings.warn(
                f"'timeout' of {self.id()} is {timeout!r}, which is no number of seconds: "
                "the default is used",
                category=DeprecationWarning,
                stacklevel=2,
            )
            return util.DEFAULT_TIMEOUT_DURATION

    def _wait(self, waitedFor: Deferred[Any]) -> None:
        """
        Run the reactor until a Deferred has a result, and take that; tests of txtorcon call this.

        What it fails with is dropped, as its callers expect: let it be looked at before.

        Raises: RuntimeError where the reactor runs already: return the Deferred from the test
            there, or await it.
        """

        async def course() -> None:
            await waitedFor.addBoth(lambda result: None)

        _wait(course())

    # Running.

    def _runFixturesAndTest(self, result: Any) -> None:
        waiting = _waitingInstances(self.__class__)
        waiting.discard(self)
        janitor = util._Janitor(self, result)
        todo = self.getTodo()
        try:
            janitor.isSettled = _wait(self._trialCourse(result, todo))
        except KeyboardInterrupt:
            self._trialReport(result, Failure(), None, fixture=True, skips=False)
        finally:
            if not janitor.postCaseCleanup():
                self._trialPassed = False
            self._trialFinish(result, todo)
            if not waiting:
                janitor.postClassCleanup()

    async def _trialCourse(self, result: Any, todo: Todo | None) -> None:
        """
        Go through fixtures, method and cleanups, one after the other.
        """
        ready = await self._trialStep(result, "setUp", self.setUp, skips=True)
        if ready:
            name = self._testMethodName
            method = getattr(self, name)
            passed = await self._trialStep(result, name, method, todo, fixture=False, skips=True)
            if passed and todo is not None:
                result.addUnexpectedSuccess(self, todo)
        while self._cleanups:
            f, args, kwargs = self._cleanups.pop()
            name = f"cleanup function {getattr(f, '__name__', f)}"
            await self._trialStep(result, name, partial(f, *args, **kwargs))
        if ready:
            await self._trialStep(result, "tearDown", self.tearDown)

    async def _trialStep(
        self,
        result: Any,
        name: str,
        method: Callable[[], Any],
        todo: Todo | None = None,
        fixture: bool = True,
        skips: bool = False,
    ) -> bool:
        """
        Call one piece of the test, wait for it, and report it if that fails.

        Returns: whether it went well.
        """
        try:
            if _isGeneratorFunction(method):
                raise TypeError(f"{method!r} is a generator function and therefore will never run")
            outcome = method()
        except BaseException:
            outcome = Failure()
        else:
            if isinstance(outcome, Deferred):
                outcome = await self._trialResultOf(name, outcome)
            elif isinstance(outcome, CoroutineType):
                outcome = await self._trialResultOf(name, ensureDeferred(outcome), isCoroutine=True)
        if not isinstance(outcome, Failure):
            return True
        self._trialReport(result, outcome, todo, fixture, skips)
        return False

    async def _trialResultOf(
        self, name: str, waitedFor: Deferred[Any], isCoroutine: bool = False
    ) -> Any:
        """
        Wait for a Deferred, for as long as the test may.

        Returns: its result, a Failure too.
        """
        outcomes: list[Any] = []
        waitedFor.addBoth(outcomes.append)
        if outcomes:
            return outcomes[0]
        reactor = util._theReactor()
        done: Deferred[None] = Deferred()

        def tooLate() -> None:
            error = Failure(TimeoutError(f"{self!r} ({name}) still running at {seconds} secs"))
            try:
                if not isCoroutine:
                    # Let the test's own errbacks see it.
                    waitedFor.errback(error)
            except AlreadyCalledError:
                # It waits for another Deferred, which we do not know.
                pass
            if not outcomes:
                outcomes.append(error)
                finish(None)
            if isCoroutine:
                waitedFor.cancel()

        def finish(ignored: None) -> None:
            if not done.called:
                done.callback(None)

        seconds = self.getTimeout()
        limit = reactor.callLater(seconds, tooLate)
        waitedFor.addBoth(finish)
        try:
            await done
        finally:
            # The test is given up if the run is interrupted.
            if limit.active():
                limit.cancel()
        return outcomes[0]


def _waitingInstances(klass: Any) -> weakref.WeakSet[TestCase]:
    """
    Give the tests of a class that are still to run: after the last one the class is cleaned up.
    """
    waiting: weakref.WeakSet[TestCase] | None = klass.__dict__.get("_waitingInstances")
    if waiting is None:
        waiting = klass._waitingInstances = weakref.WeakSet()
    return waiting


_reactorRuns = False


def _wait(course: Coroutine[Any, Any, None]) -> bool:
    """
    Run a coroutine to its end, in the reactor if it has to wait for something.

    Returns: whether the reactor ran, and went on for two turns after the end.
    Raises:
        KeyboardInterrupt: if the reactor was stopped before the end.
        RuntimeError: if this runs already, further out.
    """
    ended: list[Any] = []
    waitedFor = ensureDeferred(course)
    waitedFor.addBoth(ended.append)
    hasWaited = not ended
    if hasWaited:
        _runReactorFor(waitedFor, ended)
    if not ended:
        course.close()
        raise KeyboardInterrupt()
    if isinstance(ended[0], Failure):
        ended[0].raiseException()
    return hasWaited


def _runReactorFor(waitedFor: Deferred[Any], ended: list[Any]) -> None:
    global _reactorRuns
    if _reactorRuns:
        raise RuntimeError("a test that waits cannot run inside of one that is waiting")
    reactor = util._theReactor()

    def crash() -> None:
        reactor.crash()

    def end(ignored: object) -> None:
        # Starting and ending the loop costs more than a turn of it: what the janitor would do
        # by two calls of iterate() is done here.
        reactor.callLater(0, reactor.callLater, 0, crash)

    waitedFor.addBoth(end)
    # Whoever stops the reactor, Ctrl-C too, ends the test run; nothing is shut down for good.
    reactor.stop = crash
    _reactorRuns = True
    try:
        reactor.run()
    finally:
        _reactorRuns = False
        del reactor.stop
