"""
The runner that shares tests out among workers.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorCore, IReactorProcess
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath
from twisted.trial._asyncrunner import _iterateTests
from twisted.trial._holders import ErrorHolder
from twisted.trial.reporter import UncleanWarningsReporterWrapper
from twisted.trial.util import _theReactor, _unusedTestDirectory, openTestLog

from . import _WORKER_AMP_STDIN, _WORKER_AMP_STDOUT
from .distreporter import DistReporter
from .functional import countingCalls, iterateWhile, together
from .worker import LocalWorker, LocalWorkerAMP, NotRunning, WorkerLost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TextIO

    from twisted.python.lockfile import FilesystemLock

    from .worker import WorkerAction

_log = Logger()


@frozen
class WorkerPoolConfig:
    """
    What workers there are to be.

    Attributes:
        numWorkers: how many.
        workingDirectory: the folder in which each has one of its own.
        workerArguments: their command line.
        logFile: the path of their log, from the folder.
    """

    numWorkers: int
    workingDirectory: FilePath[str]
    workerArguments: Sequence[str]
    logFile: str


class StartedWorkerPool(Protocol):
    """
    Workers that run.
    """

    async def run(self, workerAction: WorkerAction[Any]) -> None:
        """Do something with each worker, at the same time."""

    async def join(self) -> None:
        """End the workers, and wait until they have ended."""


@frozen
class StartedProcessPool:
    """
    Workers that are processes of this machine.

    Attributes:
        workingDirectory: their folder.
        testDirLock: held for as long as the folder is in use.
        testLog: where what they print goes.
        workers: the protocols of the processes.
        ampWorkers: what they are told things through.
        replace: called with the number of a worker that has ended, starts another one, which
            takes its place in both lists.
    """

    workingDirectory: FilePath[str]
    testDirLock: FilesystemLock
    testLog: TextIO
    workers: list[LocalWorker]
    ampWorkers: list[LocalWorkerAMP]
    replace: Callable[[StartedProcessPool, int], None]

    async def run(self, workerAction: WorkerAction[Any]) -> None:
        """
        Do something with each worker, at the same time.

        Args:
            workerAction: called with a worker. It says whether there is more to do; if there is
                and the worker has ended, it is called again with another one.
        """
        running = [
            Deferred.fromCoroutine(self._act(workerAction, number))
            for number in range(len(self.ampWorkers))
        ]
        try:
            await together(running)
        except CancelledError:
            # Whoever stops the run waits for no test.
            for worker in self.workers:
                worker.kill()
            raise

    async def _act(self, workerAction: WorkerAction[Any], number: int) -> None:
        while await workerAction(self.ampWorkers[number]) and self.ampWorkers[number].isGone:
            self.replace(self, number)

    async def join(self) -> None:
        """End the workers, and wait until they have ended."""
        await together([Deferred.fromCoroutine(_end(worker)) for worker in self.workers])
        self.testLog.close()
        self.testDirLock.unlock()


async def _end(worker: LocalWorker) -> None:
    try:
        await worker.exit()
    except NotRunning:
        # That was reported with the test that it ran.
        worker.endDeferred.addErrback(lambda reason: None)
    except Exception as error:
        # The tests are through: this is for the log, and changes no result.
        _log.warn("{worker} did not end as it should: {error}", worker=worker, error=error)


class WorkerPool:
    """
    Workers that are to be started, as processes of this machine.

    Args:
        config: what workers there are to be.
    """

    def __init__(self, config: WorkerPoolConfig) -> None:
        self._config = config

    def _createLocalWorkers(
        self, protocols: Sequence[Any], workingDirectory: FilePath[str], logFile: TextIO
    ) -> list[LocalWorker]:
        return [
            LocalWorker(protocol, workingDirectory.child(str(at)), logFile)
            for at, protocol in enumerate(protocols)
        ]

    def _launchWorkerProcesses(
        self, spawner: Callable[..., Any], protocols: Sequence[Any], arguments: Sequence[str]
    ) -> None:
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "workertrial.py")
        # A worker is to find the very modules that were found here.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        pipes = {0: "w", 1: "r", 2: "r", _WORKER_AMP_STDIN: "w", _WORKER_AMP_STDOUT: "r"}
        for protocol in protocols:
            spawner(
                protocol,
                sys.executable,
                args=[sys.executable, program, *arguments],
                childFDs=pipes,
                env=environment,
            )

    async def start(self, reactor: Any) -> StartedProcessPool:
        """
        Start the workers.

        Args:
            reactor: makes the processes.
        """
        folder, lock = _unusedTestDirectory(self._config.workingDirectory)
        path = FilePath(os.path.join(folder.path, self._config.logFile))
        path.parent().makedirs(ignoreExistingDirectory=True)
        log = openTestLog(path)

        def launch(workers: list[LocalWorker]) -> None:
            spawn, arguments = reactor.spawnProcess, self._config.workerArguments
            self._launchWorkerProcesses(spawn, workers, arguments)

        def replace(pool: StartedProcessPool, number: int) -> None:
            # How it ended was reported with the test that it ran.
            pool.workers[number].endDeferred.addErrback(lambda reason: None)
            pool.ampWorkers[number] = LocalWorkerAMP()
            # It works where the other one did, and adds to its logs.
            place = folder.child(str(number))
            pool.workers[number] = LocalWorker(pool.ampWorkers[number], place, log)
            launch([pool.workers[number]])

        ampWorkers = [LocalWorkerAMP() for _ in range(self._config.numWorkers)]
        workers = self._createLocalWorkers(ampWorkers, folder, log)
        launch(workers)
        return StartedProcessPool(folder, lock, log, workers, ampWorkers, replace)


class DistTrialRunner:
    """
    Runs tests in several processes.

    Args:
        reporterFactory: called with stream, format of tracebacks and whether they are written at
            once, makes a reporter.
        maxWorkers: how many processes there are, if there are as many tests.
        workerArguments: their command line.
        exitFirst: whether to stop at the first thing that goes wrong.
        reactor: None for the one that is installed.
        stream: where reports go; None for the standard output.
        tracebackFormat: see `Reporter`.
        realTimeErrors: see `Reporter`.
        uncleanWarnings: whether what tests leave in the reactor is only warned about.
        logfile: the path of the log, from the folder.
        workingDirectory: the path of the folder.
        workerPoolFactory: called with a `WorkerPoolConfig`, makes what starts the workers.
    Raises: TypeError if the installed reactor can make no processes.
    """

    def __init__(
        self,
        reporterFactory: Callable[..., Any],
        maxWorkers: int,
        workerArguments: Sequence[str],
        exitFirst: bool = False,
        reactor: Any = None,
        stream: Any = None,
        tracebackFormat: str = "default",
        realTimeErrors: bool = False,
        uncleanWarnings: bool = False,
        logfile: str = "test.log",
        workingDirectory: str = "_trial_temp",
        workerPoolFactory: Callable[[WorkerPoolConfig], Any] = WorkerPool,
    ) -> None:
        self._reporterFactory = reporterFactory
        self._maxWorkers = maxWorkers
        self._workerArguments = workerArguments
        self._exitFirst = exitFirst
        self._reactor = _processReactor() if reactor is None else reactor
        self.stream = sys.stdout if stream is None else stream
        self._tracebackFormat = tracebackFormat
        self._realTimeErrors = realTimeErrors
        self._uncleanWarnings = uncleanWarnings
        self._logFile = logfile
        self._workingDirectory = workingDirectory
        self._workerPoolFactory = workerPoolFactory

    def _makeResult(self) -> DistReporter:
        reporter = self._reporterFactory(
            self.stream, self._tracebackFormat, realtime=self._realTimeErrors
        )
        if self._uncleanWarnings:
            reporter = UncleanWarningsReporterWrapper(reporter)
        return DistReporter(reporter)

    def writeResults(self, result: Any) -> None:
        """Write what went wrong, and the summary."""
        result.done()

    async def _driveWorker(self, result: DistReporter, left: deque[Any], worker: Any) -> bool:
        """
        Give a worker one test after the other, for as long as there are any and it is there.

        Args:
            result: the reporter.
            left: the tests that are still to be run; each is taken out when it is begun.
            worker: the worker.
        Returns: whether there are tests left.
        """
        while left and self._shouldGoOn(result) and not getattr(worker, "isGone", False):
            test = left.popleft()
            try:
                await worker.run(test, result)
            except CancelledError:
                result._forget(test)
                raise
            except Exception:
                # Whatever was said of it so far, it was not brought to its end.
                failure = Failure()
                if failure.check(WorkerLost):
                    # Where that was noticed tells nobody anything.
                    failure.frames = []
                result._forget(test)
                result.startTest(test)
                result.addError(test, failure)
                result.stopTest(test)
        return bool(left) and self._shouldGoOn(result)

    def _shouldGoOn(self, result: DistReporter) -> bool:
        return not self._exitFirst or bool(result.original.wasSuccessful())

    async def _runOnce(self, pool: StartedWorkerPool, tests: list[Any], result: Any) -> Any:
        """
        Run all the tests, and write what came of them.
        """
        left = deque(test for test in tests if not isinstance(test, ErrorHolder))
        for test in tests:
            if isinstance(test, ErrorHolder):
                # There is nothing to run: it could not even be loaded.
                test.run(result)
        try:
            await pool.run(partial(self._driveWorker, result, left))
        except CancelledError:
            self.writeResults(result)
            raise
        except Exception:
            result.original.addError(ErrorHolder("<runTests>", Failure()), Failure())
        self.writeResults(result)
        return result

    async def runAsync(self, suite: Any, untilFailure: bool = False) -> DistReporter:
        """
        Run tests.

        Args:
            suite: a test or a suite.
            untilFailure: whether to run them again and again, until something goes wrong.
        Returns: the reporter (of the last round).
        """
        tests = list(_iterateTests(suite))
        count = suite.countTestCases()
        pool = self._workerPoolFactory(
            WorkerPoolConfig(
                numWorkers=min(count, self._maxWorkers),
                workingDirectory=FilePath(self._workingDirectory),
                workerArguments=self._workerArguments,
                logFile=self._logFile,
            )
        )
        self.stream.write(f"Running {count} tests.\n")
        started = await pool.start(self._reactor)
        try:
            if not untilFailure:
                result: Any = await self._runOnce(started, tests, self._makeResult())
            else:

                @countingCalls
                def nextRound(number: int) -> Awaitable[Any]:
                    self.stream.write(f"Test Pass {number + 1}\n")
                    return self._runOnce(started, tests, self._makeResult())

                result = await iterateWhile(lambda result: result.wasSuccessful(), nextRound)
        finally:
            await started.join()
        return result  # type: ignore[no-any-return]  # a DistReporter of ours

    def run(self, test: Any) -> DistReporter:
        """
        Run tests once, in the reactor.

        Returns: the reporter.
        """
        return self._run(test, untilFailure=False)

    def runUntilFailure(self, test: Any) -> DistReporter:
        """
        Run tests again and again in the reactor, until something goes wrong.

        Returns: the reporter of the last round.
        """
        return self._run(test, untilFailure=True)

    def _run(self, test: Any, untilFailure: bool) -> DistReporter:
        results: list[Any] = []
        ended: Deferred[None] = Deferred()
        running: list[Deferred[Any]] = []
        isStopping = False

        async def runAndStop() -> Any:
            nonlocal isStopping
            try:
                return await self.runAsync(test, untilFailure)
            finally:
                if not isStopping:
                    isStopping = True
                    self._reactor.stop()

        def start() -> None:
            running.append(Deferred.fromCoroutine(runAndStop()))
            running[0].addBoth(results.append)
            running[0].addBoth(ended.callback)

        def cancel() -> Deferred[None] | None:
            # The reactor was stopped by somebody else: by Ctrl-C, mostly. The workers must end
            # before it does.
            nonlocal isStopping
            if isStopping:
                return None
            isStopping = True
            running[0].cancel()
            return ended

        self._reactor.callWhenRunning(start)
        self._reactor.addSystemEventTrigger("before", "shutdown", cancel)
        self._reactor.run()
        [result] = results
        if isinstance(result, Failure):
            result.raiseException()
        return result  # type: ignore[no-any-return]  # a DistReporter of ours


def _processReactor() -> Any:
    """
    Give the installed reactor, if it can make processes.
    """
    reactor = _theReactor()
    for interface in (IReactorCore, IReactorProcess):
        if not interface.providedBy(reactor):
            raise TypeError(f"workers need a reactor that provides {interface.__name__}")
    return reactor
