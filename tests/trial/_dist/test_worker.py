"""Both ends of the line to a worker, in one process; and what travels over it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ProcessDone, ProcessTerminated
from twisted.protocols.amp import AMP
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath
from twisted.test.iosim import connectedServerAndClient
from twisted.trial._dist import managercommands, stream
from twisted.trial._dist.worker import (
    LocalWorker,
    LocalWorkerAMP,
    LocalWorkerTransport,
    NotRunning,
    WorkerException,
    WorkerLost,
    WorkerProtocol,
)
from twisted.trial._dist.workerreporter import WorkerReporter, describeFailure, readFailure, tell
from twisted.trial.reporter import TestResult as Result
from twisted.trial.unittest import SkipTest, SynchronousTestCase, Todo


class OddError(Exception):
    pass


class Case(SynchronousTestCase):
    __test__ = False

    def test_pass(self) -> None: ...

    def test_fail(self) -> None:
        self.fail("because \N{SNOWMAN}")

    def test_error(self) -> None:
        raise OddError("x" * 200_000)

    def test_local(self) -> None:
        class Local(Exception):
            pass

        raise Local("words")

    def test_skip(self) -> None:
        raise SkipTest("not here")

    def test_todo(self) -> None:
        raise OddError("expected")

    test_todo.todo = "later"  # type: ignore[attr-defined]

    def test_unexpected(self) -> None: ...

    test_unexpected.todo = "later, too"  # type: ignore[attr-defined]


def connected() -> Any:
    """Both ends, and the pump between them."""
    return connectedServerAndClient(LocalWorkerAMP, WorkerProtocol, greet=False)


def run(name: str) -> Result:
    """Run a test over a line in memory."""
    _worker, manager, pump = connected()
    result = Result()
    answers: list[Any] = []
    Deferred.fromCoroutine(manager.run(Case(name), result)).addBoth(answers.append)
    pump.flush()
    assert answers == [{"success": True}]
    return result


def test_aSuccessArrives() -> None:
    result = run("test_pass")
    assert (result.testsRun, result.successes, result.wasSuccessful()) == (1, 1, True)


def test_aFailureArrivesWithItsWordsAndItsFrames() -> None:
    [(test, failure)] = run("test_fail").failures
    assert test.id().endswith("Case.test_fail")
    assert failure.type is Case.failureException
    assert failure.value == WorkerException("because \N{SNOWMAN}")
    assert ("test_fail", __file__) in [frame[:2] for frame in failure.frames]
    assert "because \N{SNOWMAN}" in failure.getTraceback()


def test_anErrorThatDoesNotFitInOneBoxArrivesWhole() -> None:
    [(_, failure)] = run("test_error").errors
    assert failure.type is OddError and failure.check(OddError)
    assert failure.getErrorMessage() == "x" * 200_000


def test_anErrorWhoseClassIsFoundNowhereKeepsItsName() -> None:
    [(_, failure)] = run("test_local").errors
    assert failure.type.__name__ == "Local"
    assert issubclass(failure.type, WorkerException)


def test_skipsAndTodosArriveWithTheirReasons() -> None:
    [(_, reason)] = run("test_skip").skips
    assert reason == "not here"
    [(_, failure, todo)] = run("test_todo").expectedFailures
    assert (failure.type, todo) == (OddError, Todo("later"))
    [(_, todo)] = run("test_unexpected").unexpectedSuccesses
    assert todo == Todo("later, too")


def test_whatCannotBeLoadedIsAnErrorOfTheTest() -> None:
    class Unknown(Case):
        def id(self) -> str:
            return "nosuchmodule.Case.test_pass"

    _worker, manager, pump = connected()
    result = Result()
    Deferred.fromCoroutine(manager.run(Unknown("test_pass"), result))
    pump.flush()
    assert len(result.errors) == 1


def test_wordsAreCutSomewhere() -> None:
    document = describeFailure(Failure(OddError("x" * (1 << 21))))
    assert len(document["words"]) < (1 << 20) + 100
    assert document["words"].endswith("(2097152 characters)")


def test_aFailureIsReadAsItWasWritten() -> None:
    try:
        raise OddError("words")
    except OddError:
        failure = Failure()
    read = readFailure(describeFailure(failure))
    assert (read.type, read.getErrorMessage()) == (OddError, "words")
    assert [frame[:3] for frame in read.frames] == [frame[:3] for frame in failure.frames]


def test_aReportOfAnUnknownKindIsRefused() -> None:
    with pytest.raises(ValueError, match="reports 'addNothing'"):
        tell(Result(), Case("test_pass"), "addNothing", None)


def test_nothingCanBeReportedBetweenTests() -> None:
    with pytest.raises(ValueError, match="no test was running"):
        WorkerReporter(AMP()).addSuccess(Case("test_pass"))


def test_linesOfTheLogAreWritten() -> None:
    worker, manager, pump = connected()
    log = io.StringIO()
    manager.setTestStream(log)
    worker.callRemote(managercommands.TestWrite, out="a line")
    pump.flush()
    assert log.getvalue() == "a line\n"


def test_aTestWhoseWorkerGoesFailsWithTheEndOfWhatThatPrinted(tmp_path: Path) -> None:
    _worker, manager, _pump = connected()
    (tmp_path / "err.log").write_bytes(b"-" * 5000 + b"last words\xff\n")
    manager.errorPath = str(tmp_path / "err.log")
    failures: list[Failure] = []
    result = Result()
    Deferred.fromCoroutine(manager.run(Case("test_pass"), result)).addErrback(failures.append)
    manager.connectionLost(Failure(ProcessTerminated(signal=9)))
    assert manager.isGone
    [failure] = failures
    lost = failure.value
    assert isinstance(lost, WorkerLost) and isinstance(lost.reason, ProcessTerminated)
    text = str(lost)
    assert "signal 9" in text and text.endswith("last words\N{REPLACEMENT CHARACTER}")
    assert len(text) < 2500


# Streams.


@given(st.lists(st.lists(st.binary(max_size=20), max_size=5), max_size=5))
def test_streamsKeepTheirPiecesApart(contents: list[list[bytes]]) -> None:
    receiver = stream.StreamReceiver()
    numbers = [receiver.open() for _ in contents]
    assert len(set(numbers)) == len(numbers)
    for at in range(5):
        for number, pieces in zip(numbers, contents, strict=True):
            if at < len(pieces):
                receiver.write(number, pieces[at])
    assert [receiver.finish(number) for number in reversed(numbers)] == contents[::-1]
    for number in [*numbers, 77]:
        with pytest.raises(KeyError):
            receiver.write(number, b"")
        with pytest.raises(KeyError):
            receiver.finish(number)


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_piecesAreNoLongerThanWasAskedAndAddUp(text: str, size: int) -> None:
    pieces = list(stream.chunk(text, size))
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= size for piece in pieces)


# The process.


class Transport:
    """The transport of a process that does nothing."""

    def __init__(self) -> None:
        self.written: list[tuple[int, bytes]] = []
        self.closed: list[int] = []
        self.signals: list[str] = []

    def writeToChild(self, fd: int, data: bytes) -> None:
        if fd in self.closed:
            raise KeyError(fd)
        self.written.append((fd, data))

    def closeChildFD(self, fd: int) -> None:
        self.closed.append(fd)

    def signalProcess(self, name: str) -> None:
        self.signals.append(name)


@pytest.fixture
def worker(tmp_path: Path) -> LocalWorker:
    made = LocalWorker(LocalWorkerAMP(), FilePath(str(tmp_path / "0")), io.StringIO())
    made.makeConnection(Transport())  # type: ignore[arg-type]
    return made


def test_aWorkerIsSentToItsFolderAndWhatItPrintsIsKept(worker: LocalWorker, tmp_path: Path) -> None:
    transport: Any = worker.transport
    assert str(tmp_path / "0").encode() in transport.written[0][1]
    assert transport.written[0][0] == 3
    worker.childDataReceived(1, b"out")
    worker.childDataReceived(2, b"err")
    assert (tmp_path / "0" / "out.log").read_bytes() == b"out"
    assert (tmp_path / "0" / "err.log").read_bytes() == b"err"
    assert "running" in repr(worker)


def test_aWorkerEndsWhenItsPipeIsClosed(worker: LocalWorker) -> None:
    transport: Any = worker.transport
    ended: list[Any] = []
    Deferred.fromCoroutine(worker.exit()).addBoth(ended.append)
    assert transport.closed == [3] and ended == []
    # What is said to it now is lost, and harms nobody.
    LocalWorkerTransport(transport).writeSequence([b"a", b"b"])
    worker.processEnded(Failure(ProcessDone(0)))
    assert ended == [None]


def test_aWorkerThatDoesNotRunCannotEnd(worker: LocalWorker) -> None:
    worker.processEnded(Failure(ProcessDone(0)))
    worker.endDeferred.addErrback(lambda reason: None)
    failures: list[Failure] = []
    Deferred.fromCoroutine(worker.exit()).addErrback(failures.append)
    assert failures[0].check(NotRunning)


def test_aWorkerIsKilled(worker: LocalWorker) -> None:
    worker.kill()
    transport: Any = worker.transport
    assert transport.signals == ["KILL"]


def test_nothingIsLoggedWhenTheRunClosesTheLineInTheMiddleOfATest() -> None:
    protocol, _manager, _pump = connected()
    answers: list[Any] = []
    Deferred.fromCoroutine(protocol.run(Case("test_fail").id())).addBoth(answers.append)
    protocol.connectionLost(Failure(ConnectionDone()))
    assert answers == [{"success": False}]
