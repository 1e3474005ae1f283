"""Programs run for their output, and warnings kept quiet meanwhile."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from twisted.internet import utils
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.python.failure import Failure

succeeded = Failure(ProcessDone(0))


class Transport:
    """Keeps what a program is given."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def writeToChild(self, pipe: int, data: bytes) -> None:
        self.told.append((pipe, data))

    def closeStdin(self) -> None:
        self.told.append("closed")

    def loseConnection(self) -> None:
        self.told.append("lost")


class Reactor:
    """Starts nothing, and keeps what it was to start."""

    def spawnProcess(self, protocol: Any, *args: Any) -> None:
        self.protocol, self.args = protocol, args
        protocol.makeConnection(Transport())


def run(function: Any, *args: Any, **options: Any) -> tuple[Any, Any, list[Any]]:
    """Call one of the functions. Returns: reactor, the program's protocol, and the outcome."""
    reactor, outcome = Reactor(), []  # type: ignore[var-annotated]
    function("/bin/x", *args, reactor=reactor, **options).addBoth(outcome.append)
    return reactor, reactor.protocol, outcome


@pytest.mark.parametrize(
    "function",
    [utils.getProcessOutput, utils.getProcessValue, utils.getProcessOutputAndValue],
)
def test_theProgramIsStartedWithItsNameFirstAndNothingOfOurEnvironment(function: Any) -> None:
    reactor, _, _ = run(function, ["a", b"b"])
    assert reactor.args == ("/bin/x", ("/bin/x", "a", b"b"), {}, None)
    reactor, _, _ = run(function, (), {"K": "v"}, "/tmp")
    assert reactor.args == ("/bin/x", ("/bin/x",), {"K": "v"}, "/tmp")


def test_theOutputIsGivenAtTheEnd() -> None:
    _, program, outcome = run(utils.getProcessOutput)
    program.childDataReceived(1, b"a")
    program.childDataReceived(1, b"b")
    assert outcome == []
    program.processEnded(succeeded)
    assert outcome == [b"ab"]


def test_errorOutputFailsAtOnceAndTellsOfTheEndLater() -> None:
    _, program, outcome = run(utils.getProcessOutput)
    program.childDataReceived(2, b"wrong")
    program.childDataReceived(2, b"more")
    assert outcome[0].check(IOError)
    assert "wrong" in str(outcome[0].value)
    assert program.transport.told == ["lost"]
    ended: list[Any] = []
    outcome[0].value.processEnded.addErrback(ended.append)
    program.processEnded(succeeded)
    assert ended == [succeeded]


def test_errorOutputCanBelongToTheOutput() -> None:
    _, program, outcome = run(utils.getProcessOutput, errortoo=1)
    program.childDataReceived(1, b"a")
    program.childDataReceived(2, b"b")
    program.processEnded(succeeded)
    assert outcome == [b"ab"]


@pytest.mark.parametrize(
    ("end", "wanted"),
    [(ProcessDone(0), 0), (ProcessTerminated(3), 3), (ProcessTerminated(None, 9), None)],
)
def test_theExitCodeIsGiven(end: Any, wanted: Any) -> None:
    _, program, outcome = run(utils.getProcessValue)
    program.childDataReceived(1, b"ignored")
    program.processEnded(Failure(end))
    assert outcome == [wanted]


def test_outputErrorAndExitCodeAreGiven() -> None:
    _, program, outcome = run(utils.getProcessOutputAndValue, stdinBytes=b"in")
    assert program.transport.told == [(0, b"in"), "closed"]
    program.childDataReceived(2, b"err")
    program.childDataReceived(1, b"out")
    program.processEnded(Failure(ProcessTerminated(3)))
    assert outcome == [(b"out", b"err", 3)]


def test_aSignalFailsWithWhatThereWas() -> None:
    _, program, outcome = run(utils.getProcessOutputAndValue)
    assert program.transport.told == []
    program.childDataReceived(1, b"out")
    program.processEnded(Failure(ProcessTerminated(None, 9)))
    assert outcome[0].value == (b"out", b"", 9)


# Warnings


ignoreFoo = (("ignore",), {"message": ".*foo"})


def warned(message: str) -> list[str]:
    """Warn, and tell what came through."""
    seen: list[str] = []
    before = warnings.showwarning
    warnings.showwarning = lambda text, *args, **kw: seen.append(str(text))  # type: ignore[assignment]
    try:
        warnings.warn(message, stacklevel=1)
    finally:
        warnings.showwarning = before
    return seen


@pytest.fixture(autouse=True)
def alwaysWarning() -> Any:
    """Have every warning shown, during a test."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield


def test_onlyTheFilteredWarningsAreKeptQuiet() -> None:
    quiet = utils.suppressWarnings(lambda text: warned(text), ignoreFoo)
    assert quiet("a foo") == []
    assert quiet("a bar") == ["a bar"]
    assert warned("a foo") == ["a foo"]


def test_anErrorEndsTheFilteringToo() -> None:
    with pytest.raises(ZeroDivisionError):
        utils.runWithWarningsSuppressed([ignoreFoo], lambda: 1 / 0)
    assert warned("a foo") == ["a foo"]


@pytest.mark.parametrize("end", ["callback", "errback"])
def test_aDeferredKeepsTheFiltersUntilItHasFired(end: str) -> None:
    first: Deferred[Any] = Deferred()
    second: Deferred[Any] = Deferred()
    waiting = utils.runWithWarningsSuppressed([ignoreFoo], lambda: first)
    utils.runWithWarningsSuppressed([(("ignore",), {"message": ".*bar"})], lambda: second)
    assert warned("a foo") == warned("a bar") == []
    getattr(first, end)(ValueError())
    waiting.addErrback(lambda reason: None)
    assert (warned("a foo"), warned("a bar")) == (["a foo"], [])
    second.callback(None)
    assert warned("a bar") == ["a bar"]
