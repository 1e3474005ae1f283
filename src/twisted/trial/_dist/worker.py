"""
Both ends of the line between the run and a worker.

In the worker is a `WorkerProtocol`, which runs one test at a time. In the run are, for each
worker, a `LocalWorkerAMP`, which says what to run and hears what came of it; and a `LocalWorker`,
which looks after the process.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, TypeVar

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ProcessDone, ProcessExitedAlready
from twisted.internet.interfaces import IAddress, ITransport
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.protocols.amp import AMP
from twisted.python.failure import Failure
from twisted.trial._asyncrunner import _ForceGarbageCollectionDecorator, decorate
from twisted.trial._holders import NOT_IN_TEST, TestHolder
from twisted.trial._loading import TestLoader, filenameToModule
from twisted.trial._suites import LoggedSuite
from twisted.trial.util import _theReactor

from . import _WORKER_AMP_STDIN, _WORKER_AMP_STDOUT, managercommands, workercommands
from .functional import together
from .stream import StreamOpen, StreamReceiver, StreamWrite
from .workerreporter import WorkerException as WorkerException
from .workerreporter import WorkerReporter, tell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from twisted.internet.interfaces import IDelayedCall
    from twisted.python.filepath import FilePath

_log = Logger()

T = TypeVar("T")


class RunResult(TypedDict):
    """
    What comes back when a test was run: whether that could be done, not whether it passed.
    """

    success: bool


class Worker(Protocol):
    """
    Whatever can run a test somewhere.
    """

    async def run(self, case: Any, result: Any) -> RunResult:
        """
        Run a test, and report to the result.

        Raises: whatever keeps it from being run.
        """


#: What is done with a worker that is free.
WorkerAction = Callable[[Worker], Awaitable[T]]


class NotRunning(Exception):
    """
    The process of a worker has not begun, or has ended.
    """


class WorkerLost(Exception):
    """
    A worker ended while it ran a test.

    Attributes:
        reason: how its process ended.
        path: the file with what it printed to its standard error.
    """

    #: Bytes of the file that are shown.
    shownBytes = 2000

    def __init__(self, reason: BaseException, path: str | None = None) -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        text = f"the worker ended while it ran this test: {self.reason}"
        printed = self._printed()
        if printed:
            text += f"\nThe end of what it printed ({self.path}):\n{printed}"
        return text

    def _printed(self) -> str:
        if self.path is None:
            return ""
        try:
            with open(self.path, "rb") as file:
                file.seek(max(0, os.path.getsize(self.path) - self.shownBytes))
                return file.read().decode("utf-8", "replace").strip()
        except OSError:
            return ""


# In the worker.


class WorkerProtocol(AMP):
    """
    Runs the tests that it is told to run.

    Args:
        forceGarbageCollection: whether garbage is collected before and after each test.
    """

    def __init__(self, forceGarbageCollection: bool = False) -> None:
        super().__init__()
        self._loader = TestLoader()
        self._result = WorkerReporter(self)
        self._forceGarbageCollection = forceGarbageCollection

    @workercommands.Start.responder
    def start(self, directory: str) -> RunResult:
        """Work in this folder from now on."""
        os.chdir(directory)
        return {"success": True}

    @workercommands.Run.responder
    async def run(self, testCase: str, path: str | None = None) -> RunResult:
        """Run a test, and wait until all that is to be said about it has arrived."""
        try:
            with self._result.gatherReportingResults() as waiting:
                self._run(self._load(testCase, path))
            await together(waiting)
        except ConnectionDone:
            # The run is not interested any more.
            return {"success": False}
        except Exception:
            error = Failure()
            _log.failure("What came of {test} could not be reported", error, test=testCase)
            return {"success": await self._reportTrouble(testCase, error)}
        return {"success": True}

    def _load(self, name: str, path: str | None) -> Any:
        if path is not None:
            _importByPath(name, path)
        return self._loader.loadByName(name)

    def _run(self, suite: Any) -> None:
        if self._forceGarbageCollection:
            suite = decorate(suite, _ForceGarbageCollectionDecorator)
        LoggedSuite([suite]).run(self._result)

    async def _reportTrouble(self, name: str, error: Failure) -> bool:
        """
        Say that a test could not be reported on.

        Returns: whether at least that has arrived.
        """
        try:
            with self._result.gatherReportingResults() as waiting:
                self._result.addError(TestHolder(name), error)
            await together(waiting)
        except Exception:
            _log.failure("Neither could that be reported")
            return False
        return True


def _importByPath(name: str, path: str) -> None:
    """
    Import the module of a test from its file, if it would not be found by its name.
    """
    top = name.partition(".")[0]
    if top in sys.modules:
        return
    try:
        if importlib.util.find_spec(top) is not None:
            return
    except (ImportError, ValueError):
        pass
    filenameToModule(path)


# In the run.


class LocalWorkerAMP(AMP):
    """
    Tells a worker what to run, and a reporter what came of it.

    Attributes:
        isGone: whether the worker cannot be told anything any more.
        errorPath: the file with what the worker printed to its standard error; None before it
            runs.
    """

    isGone = False
    errorPath: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._streams = StreamReceiver()
        self._case: Any = None
        self._reporter: Any = None
        self._testStream: Any = None

    def __repr__(self) -> str:
        state = "gone" if self.isGone else "here"
        return f"<{type(self).__name__} {state} test={self._case!r}>"

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # it is given
        """The worker has ended: what it was told to run fails."""
        self.isGone = True
        super().connectionLost(reason)

    async def run(self, case: Any, result: Any) -> RunResult:
        """
        Have a test run.

        Args:
            case: the test.
            result: told of the test's begin, of what came of it, and of its end.
        Raises: WorkerLost if the worker ended meanwhile: the reporter was not told of the
            test's end then.
        """
        self._case, self._reporter = case, result
        result.startTest(case)
        arguments = {"testCase": case.id()}
        path = getattr(sys.modules.get(type(case).__module__), "__file__", None)
        if path is not None:
            arguments["path"] = os.path.abspath(path)
        try:
            answer: RunResult = await self.callRemote(workercommands.Run, **arguments)
        except Exception as error:
            if self.isGone:
                raise WorkerLost(error, self.errorPath) from error
            raise
        result.stopTest(case)
        return answer

    def setTestStream(self, stream: TextIO) -> None:
        """Set where the lines go that the worker logs."""
        self._testStream = stream

    @StreamOpen.responder
    def streamOpen(self) -> dict[str, int]:
        """Begin a stream."""
        return {"streamId": self._streams.open()}

    @StreamWrite.responder
    def streamWrite(self, streamId: int, data: bytes) -> dict[str, object]:
        """Keep a piece of a stream."""
        self._streams.write(streamId, data)
        return {}

    @managercommands.Report.responder
    def report(self, testName: str, kind: str, streamId: int | None = None) -> RunResult:
        """Tell the reporter."""
        document = None
        if streamId is not None:
            document = json.loads(b"".join(self._streams.finish(streamId)))
        # What was logged when the test was over is not the test's.
        case = TestHolder(testName) if testName == NOT_IN_TEST else self._case
        tell(self._reporter, case, kind, document)
        return {"success": True}

    @managercommands.TestWrite.responder
    def testWrite(self, out: str) -> RunResult:
        """Write a line into the log."""
        self._testStream.write(f"{out}\n")
        self._testStream.flush()
        return {"success": True}


@implementer(IAddress)
class LocalWorkerAddress:
    """
    The address of a process that is spoken to through pipes: it has none.
    """


@implementer(ITransport)
class LocalWorkerTransport:
    """
    Makes of a process's transport one that AMP writes to.

    Args:
        transport: the process's transport.
    """

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        """Write to the pipe that the worker reads; nothing, if that is closed."""
        try:
            self._transport.writeToChild(_WORKER_AMP_STDIN, data)
        except KeyError:
            # It has ended, or was told to: an answer to its last words comes too late.
            pass

    def writeSequence(self, sequence: Iterable[bytes]) -> None:
        """Write several pieces."""
        self.write(b"".join(sequence))

    def loseConnection(self) -> None:
        """Close the pipes."""
        self._transport.loseConnection()

    def getHost(self) -> LocalWorkerAddress:
        """An address that says nothing."""
        return LocalWorkerAddress()

    def getPeer(self) -> LocalWorkerAddress:
        """An address that says nothing."""
        return LocalWorkerAddress()


class LocalWorker(ProcessProtocol):
    """
    Looks after the process of a worker: keeps what it prints, and passes what it says on.

    Args:
        ampProtocol: a `LocalWorkerAMP`.
        logDirectory: the worker's folder, which is made; what it prints goes to ``out.log`` and
            ``err.log`` there.
        logFile: where the lines go that it logs.

    Attributes:
        endDeferred: fails when the process has ended, with the reason.
        graceSeconds: how long its pipes may stay open when it has exited: what it started may
            still hold them.
    """

    graceSeconds = 2.0

    def __init__(self, ampProtocol: Any, logDirectory: FilePath[str], logFile: Any) -> None:
        self._ampProtocol = ampProtocol
        self._logDirectory = logDirectory
        self._logFile = logFile
        self._outLog: Any = None
        self._errLog: Any = None
        self._isRunning = False
        self._grace: IDelayedCall | None = None
        self.endDeferred: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """The process runs: open its logs, and send it to its folder."""
        self._isRunning = True
        self._logDirectory.makedirs(ignoreExistingDirectory=True)
        self._outLog, self._errLog = map(self._openLog, ("out.log", "err.log"))
        self._ampProtocol.errorPath = self._errLog.name
        self._ampProtocol.setTestStream(self._logFile)
        self._ampProtocol.makeConnection(LocalWorkerTransport(self.transport))
        started = self._ampProtocol.callRemote(
            workercommands.Start, directory=os.path.abspath(self._logDirectory.path)
        )
        # If it cannot even do that, it fails with its first test, and that is reported.
        started.addErrback(lambda ignored: None)

    def _openLog(self, name: str) -> Any:
        # Unbuffered: it is read when the process has died.
        return open(self._logDirectory.child(name).path, "ab", buffering=0)

    async def exit(self) -> None:
        """
        Let the process end, and wait for that.

        Raises:
            NotRunning: it does not run.
            ProcessTerminated: it ended in another way than it should.
        """
        if not self._isRunning:
            raise NotRunning()
        transport: Any = self.transport
        transport.closeChildFD(_WORKER_AMP_STDIN)
        try:
            await self.endDeferred
        except ProcessDone:
            pass

    def kill(self) -> None:
        """End the process, whatever it does."""
        transport: Any = self.transport
        try:
            transport.signalProcess("KILL")
        except (ProcessExitedAlready, AttributeError):
            # It has ended, or has not begun.
            pass

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Pass on what it says, keep what it prints."""
        if childFD == _WORKER_AMP_STDOUT:
            self._ampProtocol.dataReceived(data)
        else:
            super().childDataReceived(childFD, data)

    def outReceived(self, data: bytes) -> None:
        """Keep what it prints."""
        self._outLog.write(data)

    def errReceived(self, data: bytes) -> None:
        """Keep what it prints to its standard error."""
        self._errLog.write(data)

    def connectionLost(self, reason: Any) -> None:
        """Close its logs."""
        self._outLog.close()
        self._errLog.close()

    def processExited(self, reason: Failure) -> None:
        """It is gone; what it said last is still in its pipes."""
        self._grace = _theReactor().callLater(self.graceSeconds, self._closePipes)

    def _closePipes(self) -> None:
        transport: Any = self.transport
        for fd in (0, 1, 2, _WORKER_AMP_STDIN, _WORKER_AMP_STDOUT):
            transport.closeChildFD(fd)

    def processEnded(self, reason: Failure) -> None:
        """Close its logs, and fail what it was still to answer."""
        if self._grace is not None and self._grace.active():
            self._grace.cancel()
        self._isRunning = False
        self.connectionLost(reason)
        self._ampProtocol.connectionLost(reason)
        self.endDeferred.errback(reason)

    def __repr__(self) -> str:
        state = "running" if self._isRunning else "not running"
        return f"<LocalWorker {state} in {self._logDirectory.path}>"
