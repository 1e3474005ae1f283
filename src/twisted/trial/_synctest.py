"""
Tests that wait for nothing: `SynchronousTestCase`, and what it is made of.
"""

from __future__ import annotations

import gc
import os
import sys
import unittest as pyunit
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.logger import ILogObserver, Logger, globalLogPublisher
from twisted.python import failure as _failures
from twisted.python.failure import Failure

from . import itrial, util
from ._assertions import _Assertions
from ._values import _Value
from ._warnings import _causedBy, _collectWarnings, _Warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.logger import LogEvent
    from twisted.python.monkey import MonkeyPatcher

    Suppressions = Iterable[tuple[tuple[Any, ...], dict[str, Any]]]

_log = Logger()


class FailTest(AssertionError):
    """
    An assertion of a test did not hold.
    """


class SkipTest(Exception):
    """
    To be raised in a test that cannot be run here, with the words that say why.
    """


_skips = (SkipTest, pyunit.SkipTest)


class Todo(_Value):
    """
    The mark of a test that is expected to fail.

    Attributes:
        reason: why, in words.
        errors: the classes of exception that it is expected to fail with; None for any.
    """

    reason: str
    errors: Any

    def __init__(self, reason: str, errors: Iterable[type[BaseException]] | None = None) -> None:
        self.reason = reason
        self.errors = errors

    def __repr__(self) -> str:
        return f"<Todo reason={self.reason!r} errors={self.errors!r}>"

    def __hash__(self) -> int:
        return hash(self.reason)

    def expected(self, failure: Failure) -> bool:
        """Whether a test is expected to fail like this."""
        return self.errors is None or any(failure.check(error) for error in self.errors)


def makeTodo(value: Any) -> Todo:
    """
    Make the mark of a test that is expected to fail.

    Args:
        value: the reason; or a tuple of the class of exception that is expected (or of several,
            in a list or tuple) and the reason.
    """
    if isinstance(value, str):
        return Todo(reason=value)
    errors, reason = value
    return Todo(reason, list(errors) if isinstance(errors, (list, tuple)) else [errors])


@implementer(ILogObserver)
class _LogObserver:
    """
    Keeps the errors that are logged while tests run.
    """

    def __init__(self) -> None:
        self._errors: list[Failure] = []
        self._ignored: list[type[BaseException]] = []
        self._users = 0

    def _add(self) -> None:
        if self._users == 0:
            globalLogPublisher.addObserver(self)
        self._users += 1

    def _remove(self) -> None:
        self._users -= 1
        if self._users == 0:
            globalLogPublisher.removeObserver(self)

    def _ignoreErrors(self, *errorTypes: type[BaseException]) -> None:
        self._ignored.extend(errorTypes)

    def _clearIgnores(self) -> None:
        self._ignored = []

    def __call__(self, event: LogEvent) -> None:
        """Take an event of either kind, new or old."""
        failure = event.get("log_failure")
        if failure is None and event.get("isError"):
            failure = event.get("failure")
        if failure is not None and not (self._ignored and failure.check(*self._ignored)):
            self._errors.append(failure)

    gotEvent = __call__

    def getErrors(self) -> list[Failure]:
        """The errors so far."""
        return self._errors

    def flushErrors(self, *errorTypes: type[BaseException]) -> list[Failure]:
        """Give, and forget, the errors of these kinds; with no kinds, all of them."""
        if not errorTypes:
            taken, self._errors = self._errors, []
            return taken
        taken = [failure for failure in self._errors if failure.check(*errorTypes)]
        self._errors = [failure for failure in self._errors if failure not in taken]
        return taken


_logObserver = _LogObserver()


class SynchronousTestCase(_Assertions):
    """
    A test that waits for nothing, like those of `unittest`, with what trial adds.

    A class, each of its test methods and its module may have these attributes; the method's
    wins over the class's, and that over the module's.

    Attributes:
        skip: why the test is not to be run.
        todo: why the test is expected to fail; see `makeTodo`.
        suppress: a list of what `twisted.trial.util.suppress` makes.
    """

    failureException = FailTest

    skip: str | None

    # Given by `unittest.TestCase`.
    _cleanups: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]

    def __init__(self, methodName: str = "runTest") -> None:
        super().__init__(methodName)
        self._testMethodName = methodName
        self._trialWarnings: list[_Warning] = []
        self._trialPassed = False
        self._trialFailures = 0

    @property
    def _passed(self) -> bool:
        """Whether nothing has failed yet; cleanups of Buildbot's tests look at it."""
        return self._trialPassed

    # Two tests of one method are two tests: a suite may have both.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return object.__hash__(self)

    def runTest(self) -> Any:
        """
        The test, if the instance is made with no name of a method. Does nothing by itself.
        """

    def shortDescription(self) -> str:
        """The first line of the method's docstring; its name if it has none."""
        return super().shortDescription() or self._testMethodName

    # What a test is marked with.

    @property
    def _parents(self) -> Iterable[object]:
        """The scopes by the name under which builders of reactor tests look for them."""
        return self._trialScopes()

    def _trialScopes(self) -> list[Any]:
        return [
            getattr(self, self._testMethodName),
            self,
            sys.modules.get(self.__class__.__module__),
        ]

    def _trialMark(self, name: str) -> Any:
        return util.acquireAttribute(self._trialScopes(), name, None)

    def getSkip(self) -> str | None:
        """Why this test is not to be run; None if it is."""
        for scope in (self.__class__, getattr(self, self._testMethodName)):
            # As `unittest.skip` marks it.
            if getattr(scope, "__unittest_skip__", False):
                return str(getattr(scope, "__unittest_skip_why__", ""))
        reason: str | None = self._trialMark("skip")
        return reason

    def getTodo(self) -> Todo | None:
        """The mark that says that this test is expected to fail; None if it is not."""
        todo = self._trialMark("todo")
        return None if todo is None else makeTodo(todo)

    def getSuppress(self) -> Suppressions:
        """The filters of warnings for this test."""
        return self._trialMark("suppress") or ()

    # Running.

    def run(self, result: Any) -> Any:  # type: ignore[override]  # a result is required
        """
        Run the test, with its fixtures, and report all that comes of it.

        Args:
            result: an `IReporter`, or a `unittest.TestResult`.
        """
        reporter = _asReporter(result)
        reporter.startTest(self)
        skip = self.getSkip()
        if skip is not None:
            reporter.addSkip(self, skip)
            reporter.stopTest(self)
            return
        _log.info("--> {test} <--", test=self.id(), log_system="-")
        self._trialObserver = _logObserver
        self._trialObserver._add()
        self._trialWarnings = []
        try:
            _collectWarnings(self._trialWarnings.append, self._trialRunFiltered, reporter)
        finally:
            self._trialObserver._remove()
        for warning in self.flushWarnings():
            try:
                warnings.warn_explicit(**warning)
            except BaseException:
                # The user's filters turn it into an exception.
                reporter.addError(self, Failure())
        reporter.stopTest(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.run(*args, **kwargs)

    def debug(self) -> None:
        """
        Run the test without reporting: what goes wrong is raised.
        """
        result = _Raising()
        self.run(result)
        if result.failure is not None:
            result.failure.raiseException()

    def _trialRunFiltered(self, result: Any) -> None:
        """
        Run the test; whoever calls this puts the filters of warnings back.
        """
        for args, kwargs in self.getSuppress():
            warnings.filterwarnings(*args, **kwargs)
        self._trialPassed = True
        self._trialFailures = _failures.count
        self._runFixturesAndTest(result)

    def _runFixturesAndTest(self, result: Any) -> None:
        """
        Run fixtures, method and cleanups, one after the other.
        """
        todo = self.getTodo()
        ready = self._trialTry(result, self.setUp)
        if ready:
            method = getattr(self, self._testMethodName)
            if self._trialTry(result, method, todo) and todo is not None:
                result.addUnexpectedSuccess(self, todo)
        while self._cleanups:
            f, args, kwargs = self._cleanups.pop()
            self._trialTry(result, partial(f, *args, **kwargs), fixture=True)
        if ready:
            self._trialTry(result, self.tearDown)
        self._trialFinish(result, todo)

    def _trialTry(
        self,
        result: Any,
        method: Callable[[], Any],
        todo: Todo | None = None,
        fixture: bool = False,
    ) -> bool:
        """
        Call one piece of the test, and report it if that fails.

        Returns: whether it went well.
        """
        try:
            if _isGeneratorFunction(method):
                raise TypeError(f"{method!r} is a generator function and therefore will never run")
            method()
        except BaseException:
            self._trialReport(result, Failure(), todo, fixture, skips=not fixture)
            return False
        return True

    def _trialReport(
        self, result: Any, failure: Failure, todo: Todo | None, fixture: bool, skips: bool
    ) -> None:
        """
        Report that a piece of the test failed.

        Args:
            result: told of it.
            failure: what happened.
            todo: the mark that says that it is expected.
            fixture: whether a failed assertion is an error there.
            skips: whether the test may be skipped there.
        """
        self._trialPassed = False
        if failure.check(*_skips) and skips:
            result.addSkip(self, self._trialSkipReason(failure.value))
        elif todo is not None and todo.expected(failure):
            result.addExpectedFailure(self, failure, todo)
        elif failure.check(self.failureException) and not fixture:
            result.addFailure(self, failure)
        else:
            if failure.check(KeyboardInterrupt):
                stop = getattr(result, "stop", None)
                if stop is None:
                    # A runner that wants to see it itself, as pytest does.
                    failure.raiseException()
                stop()
            result.addError(self, failure)

    def _trialSkipReason(self, skip: Any) -> Any:
        if skip.args:
            return skip.args[0]
        # As if the first line of the test had given the warning.
        code = _codeOf(getattr(self, self._testMethodName))
        warnings.warn_explicit(
            "Do not raise unittest.SkipTest with no arguments! Give a reason for skipping tests!",
            category=DeprecationWarning,
            filename=code.co_filename,
            lineno=code.co_firstlineno,
        )
        return skip

    def _trialFinish(self, result: Any, todo: Todo | None) -> None:
        """
        Report the errors that were logged and nobody asked for, and then success, if it is one.
        """
        if _failures.count != self._trialFailures and gc.isenabled():
            # A Deferred that is part of a circle logs its unhandled failure when it is collected.
            # Most tests make no failure, and so pay nothing; the others pay for young objects.
            gc.collect(1)
        for error in self._trialObserver.flushErrors():
            result.addError(self, error)
            self._trialPassed = False
        if self._trialPassed and todo is None:
            result.addSuccess(self)

    # What tests use.

    def addCleanup(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """
        Have a function called after the test method, before ``tearDown``.

        Those added last are called first, each one even if others fail, and even if ``setUp``
        failed.
        """
        self._cleanups.append((f, args, kwargs))

    def patch(self, obj: object, attribute: str, value: Any) -> MonkeyPatcher:
        """
        Replace an attribute until the test is over.

        Returns: the patch, which can be undone sooner.
        """
        from twisted.python.monkey import MonkeyPatcher

        patcher = MonkeyPatcher((obj, attribute, value))
        patcher.patch()
        self.addCleanup(patcher.restore)
        return patcher

    def mktemp(self) -> str:
        """
        Give a path, relative to the working folder, at which nothing is yet.

        Its folder exists, and is this test's own.
        """
        from tempfile import mkdtemp

        # Long names make paths that are too long for a UNIX socket.
        longest = 32
        base = os.path.join(
            self.__class__.__module__[:longest],
            self.__class__.__name__[:longest],
            self._testMethodName[:longest],
        )
        if not os.path.isdir(base):
            os.makedirs(base, exist_ok=True)  # another worker may be as quick
        folder = os.path.basename(mkdtemp("", "", base))
        return os.path.join(base, folder, "temp")

    def flushLoggedErrors(self, *errorTypes: type[BaseException]) -> list[Failure]:
        """
        Give the errors that were logged so far, and forget them.

        Errors that are left when the test ends make it fail.

        Args:
            errorTypes: the kinds of errors; with none, all.
        """
        return self._trialObserver.flushErrors(*errorTypes)

    def flushWarnings(self, offendingFunctions: Any = None) -> list[dict[str, Any]]:
        """
        Give the warnings that were given so far, and forget them.

        Args:
            offendingFunctions: functions or methods; only the warnings that point into one of
                these count.
        Returns: a dictionary for each warning, with the keys ``message`` (a str), ``category``,
            ``filename`` and ``lineno``.
        Raises: ValueError if one of the functions is something else.
        """
        if offendingFunctions is None:
            taken, self._trialWarnings[:] = self._trialWarnings[:], []
        else:
            taken = _causedBy(self._trialWarnings, offendingFunctions)
            for warning in taken:
                self._trialWarnings.remove(warning)
        return [warning.asDict() for warning in taken]


class _Raising:
    """
    A result that keeps the first thing that goes wrong.
    """

    def __init__(self) -> None:
        self.failure: Failure | None = None

    def addError(self, test: object, failure: Failure) -> None:
        """Keep it, if it is the first."""
        self.failure = self.failure or failure

    addFailure = addError

    def _ignore(self, *args: object) -> None: ...

    startTest = stopTest = addSuccess = addSkip = stop = _ignore
    addExpectedFailure = addUnexpectedSuccess = _ignore


def _codeOf(method: Any) -> Any:
    return getattr(method, "__func__", method).__code__


def _isGeneratorFunction(method: Any) -> bool:
    # 0x20 is inspect.CO_GENERATOR, for which alone that module is not loaded.
    code = getattr(getattr(method, "__func__", method), "__code__", None)
    return code is not None and bool(code.co_flags & 0x20)


def _asReporter(result: Any) -> Any:
    """
    Give the result itself if it understands trial, else something that speaks for it.
    """
    if isinstance(result, _Raising) or itrial.IReporter.providedBy(result):
        return result
    from ._adapter import PyUnitResultAdapter

    return PyUnitResultAdapter(result)
