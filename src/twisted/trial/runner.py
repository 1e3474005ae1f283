"""
Running tests: suites, the loader that finds them, and the runner with its folder and its log.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from twisted._faces import handOn
from twisted.python import log as _log
from twisted.python.filepath import FilePath

from . import unittest, util
from ._asyncrunner import TestSuite as TestSuite
from ._asyncrunner import _ForceGarbageCollectionDecorator, _iterateTests
from ._holders import NOT_IN_TEST as NOT_IN_TEST
from ._holders import ErrorHolder as ErrorHolder
from ._holders import TestHolder as TestHolder
from ._loading import TestLoader as TestLoader
from ._loading import _Loadable as _Loadable
from ._loading import _qualNameWalker as _qualNameWalker
from ._loading import filenameToModule as filenameToModule
from ._loading import isPackage as isPackage
from ._loading import isPackageDirectory as isPackageDirectory
from ._loading import isTestCase as isTestCase
from ._loading import name as name
from ._loading import samefile as samefile
from ._suites import DestructiveTestSuite as DestructiveTestSuite
from ._suites import LoggedSuite as LoggedSuite
from ._suites import TrialSuite as TrialSuite
from ._values import _Value
from .itrial import ITestCase
from .reporter import UncleanWarningsReporterWrapper, _ExitWrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

__all__ = [
    "NOT_IN_TEST",
    "DestructiveTestSuite",
    "ErrorHolder",
    "LoggedSuite",
    "TestHolder",
    "TestLoader",
    "TestSuite",
    "TrialRunner",
    "TrialSuite",
    "filenameToModule",
    "isPackage",
    "isPackageDirectory",
    "isTestCase",
    "name",
]

handOn(
    __name__,
    DestructiveTestSuite,
    ErrorHolder,
    LoggedSuite,
    TestHolder,
    TestLoader,
    TestSuite,
    TrialSuite,
    filenameToModule,
    isPackage,
    isPackageDirectory,
    isTestCase,
    name,
    samefile,
)


class _Runner(Protocol):
    """
    What runs tests, in this process or in others.
    """

    stream: Any

    def run(self, test: Any) -> Any:
        """Run tests once; gives the reporter."""

    def runUntilFailure(self, test: Any) -> Any:
        """Run tests again and again until something goes wrong; gives the reporter."""


class TrialRunner(_Value):
    """
    Runs tests in a folder of their own, with a log, and reports.

    Args:
        reporterFactory: called with stream, format of tracebacks, whether they are written at
            once, and the publisher of warnings, makes a reporter.
        mode: ``"dry-run"`` to run nothing and report success; ``"debug"`` to run in a debugger.
        logfile: the path of the log, from the folder; ``"-"`` for the standard output.
        stream: where reports go.
        profile: whether a profile is written, as ``profile.data`` in the folder.
        tracebackFormat: see `Reporter`.
        realTimeErrors: see `Reporter`.
        uncleanWarnings: whether what tests leave in the reactor is only warned about.
        workingDirectory: the path of the folder.
        forceGarbageCollection: whether garbage is collected before and after each test.
        debugger: what runs the tests if there is one; has ``runcall``.
        exitFirst: whether to stop at the first thing that goes wrong.
        log: where warnings come from.
    """

    DEBUG = "debug"
    DRY_RUN = "dry-run"

    def __init__(
        self,
        reporterFactory: Callable[..., Any],
        mode: str | None = None,
        logfile: str = "test.log",
        stream: Any = sys.stdout,
        profile: bool = False,
        tracebackFormat: str = "default",
        realTimeErrors: bool = False,
        uncleanWarnings: bool = False,
        workingDirectory: str = "_trial_temp",
        forceGarbageCollection: bool = False,
        debugger: Any = None,
        exitFirst: bool = False,
        log: Any = _log,
    ) -> None:
        self.reporterFactory = reporterFactory
        self.mode = mode
        self.logfile = logfile
        self.stream = stream
        self.profile = profile
        self._tracebackFormat = tracebackFormat
        self._realTimeErrors = realTimeErrors
        self.uncleanWarnings = uncleanWarnings
        self.workingDirectory = workingDirectory or "_trial_temp"
        self._forceGarbageCollection = forceGarbageCollection
        self.debugger = debugger
        self._exitFirst = exitFirst
        self._log = log

    @property
    def tbformat(self) -> str:
        """The format of tracebacks."""
        return self._tracebackFormat

    @property
    def rterrors(self) -> bool:
        """Whether tracebacks are written at once."""
        return self._realTimeErrors

    def _makeResult(self) -> Any:
        """
        Make the reporter.
        """
        reporter = self.reporterFactory(self.stream, self.tbformat, self.rterrors, self._log)
        if self._exitFirst:
            reporter = _ExitWrapper(reporter)
        if self.uncleanWarnings:
            reporter = UncleanWarningsReporterWrapper(reporter)
        return reporter

    def run(self, test: Any) -> Any:
        """
        Run tests.

        Args:
            test: a test or a suite, which may be changed.
        Returns: the reporter, when it has written all that it has to.
        """
        return self._runWithoutDecoration(self._decorated(test))

    def runUntilFailure(self, test: Any) -> Any:
        """
        Run tests again and again, until something goes wrong.

        Args:
            test: a test or a suite that keeps its tests.
        Returns: the reporter of the last round.
        """
        test = self._decorated(test)
        rounds = 0
        while True:
            rounds += 1
            self.stream.write(f"Test Pass {rounds}\n")
            result = self._runWithoutDecoration(test)
            if result.testsRun == 0 or not result.wasSuccessful():
                return result

    def _decorated(self, test: Any) -> Any:
        # Looked up there, where programs replace it.
        test = unittest.decorate(test, ITestCase)
        if self._forceGarbageCollection:
            test = unittest.decorate(test, _ForceGarbageCollectionDecorator)
        return test

    def _runWithoutDecoration(self, test: Any) -> Any:
        result = self._makeResult()
        suite = TrialSuite([test])
        if self.mode == self.DRY_RUN:
            for single in _iterateTests(suite):
                result.startTest(single)
                result.addSuccess(single)
                result.stopTest(single)
        else:
            with self._workplace():
                self._runSuite(suite, result)
        result.done()
        return result

    def _runSuite(self, suite: TrialSuite, result: Any) -> None:
        run: Callable[[Any], Any] = suite.run
        if self.mode == self.DEBUG:
            debugger, direct = self.debugger, run

            def run(result: Any) -> Any:
                return debugger.runcall(direct, result)

        if self.profile:
            run = util.profiled(run, "profile.data")
        run(result)

    @contextmanager
    def _workplace(self) -> Iterator[None]:
        """
        Work in the folder, with the log.
        """
        before = os.getcwd()
        folder, lock = util._unusedTestDirectory(FilePath(self.workingDirectory))
        os.chdir(folder.path)
        try:
            log, observer = self._openLog()
            try:
                yield
            finally:
                self._closeLog(log, observer)
        finally:
            os.chdir(before)
            lock.unlock()

    def _openLog(self) -> tuple[TextIO, Any]:
        if self.logfile == "-":
            log: Any = sys.stdout
        else:
            path = FilePath(self.logfile)
            path.parent().makedirs(ignoreExistingDirectory=True)
            log = util.openTestLog(path)
        observer = _log.FileLogObserver(log)
        _log.startLoggingWithObserver(observer.emit, setStdout=False)
        return log, observer

    def _closeLog(self, log: TextIO, observer: Any) -> None:
        _log.removeObserver(observer.emit)
        if self.logfile != "-":
            log.close()
