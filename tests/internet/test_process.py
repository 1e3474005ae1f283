"""Child processes, as programs use them: by the public module, by helpers, by an endpoint."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

from tests.support import drive
from tests.support.streams import Recorder
from twisted.internet import process
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import ProcessEndpoint, StandardErrorBehavior, connectProtocol
from twisted.internet.error import ConnectionDone, ProcessTerminated
from twisted.internet.utils import getProcessOutput, getProcessOutputAndValue, getProcessValue


def test_everyNameHasItsPublicHome() -> None:
    for name in ("Process", "PTYProcess", "ProcessReader", "ProcessWriter", "_BaseProcess"):
        assert getattr(process, name).__module__ == "twisted.internet.process"
    assert issubclass(process.Process, process._BaseProcess)
    assert issubclass(process.PTYProcess, process._BaseProcess)
    assert {0, 1, 2} <= set(process._listOpenFDs())
    assert {0, 1, 2} <= set(process.detector._listOpenFDs())


def test_theOutputOfAProgram(reactor: Any) -> None:
    output = drive(reactor, getProcessOutput, "/bin/echo", ("two", "words"), {}, None, reactor)

    assert output == b"two words\n"


def test_theOutputOfAProgramInADirectory(reactor: Any, tmp_path: Any) -> None:
    output = drive(reactor, getProcessOutput, "/bin/pwd", ("-P",), {}, str(tmp_path), reactor)

    assert output == os.fsencode(tmp_path.resolve()) + b"\n"


def test_anErrorOutputFails(reactor: Any) -> None:
    script = ("-c", "echo bad >&2")
    with pytest.raises(OSError, match="bad"):
        drive(reactor, getProcessOutput, "/bin/sh", script, {}, None, reactor)

    assert drive(reactor, getProcessOutput, "/bin/sh", script, {}, None, reactor, True) == b"bad\n"


def test_theExitCodeOfAProgram(reactor: Any) -> None:
    code = drive(reactor, getProcessValue, "/bin/sh", ("-c", "exit 12"), {}, None, reactor)

    assert code == 12


def test_aProgramThatIsMissingIsExitCode1(reactor: Any) -> None:
    output, error, code = drive(
        reactor, getProcessOutputAndValue, "/no/such/program", (), {}, None, reactor
    )

    assert (output, code) == (b"", 1)
    assert b"FileNotFoundError" in error
    assert b"/no/such/program" in error


def test_outputErrorAndExitCodeOfAProgramThatIsFed(reactor: Any) -> None:
    script = ("-c", "cat; echo err >&2; exit 3")

    result = drive(
        reactor, getProcessOutputAndValue, "/bin/sh", script, {}, None, reactor, b"fed" * 50_000
    )

    assert result == (b"fed" * 50_000, b"err\n", 3)


def test_aSignalFailsWithWhatCameBefore(reactor: Any) -> None:
    def begin() -> Deferred[Any]:
        script = ("-c", "echo out; kill -9 $$")
        d = getProcessOutputAndValue("/bin/sh", script, {}, None, reactor)
        return d.addErrback(lambda failure: failure.value)

    assert drive(reactor, begin) == (b"out\n", b"", 9)


class Talker(Recorder):
    """A `Recorder` that says when it is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: Deferred[None] = Deferred()
        self.onLost = lambda reason: self.gone.callback(None)


def test_anEndpointsStreamIsAChildsInputAndOutput(reactor: Any) -> None:
    talker = Talker()
    talker.onMade = lambda: (talker.transport.write(b"hello"), talker.transport.closeStdin())

    async def talk() -> None:
        await connectProtocol(ProcessEndpoint(reactor, "/bin/cat", ["cat"]), talker)
        await talker.gone

    drive(reactor, talk)

    assert talker.received == b"hello"
    assert talker.error is ConnectionDone


def test_anEndpointsProtocolHearsOfABadEnd(reactor: Any) -> None:
    talker = Talker()
    endpoint = ProcessEndpoint(
        reactor,
        sys.executable,
        [sys.executable, "-c", "raise SystemExit(4)"],
        errFlag=StandardErrorBehavior.DROP,
    )

    async def talk() -> None:
        await connectProtocol(endpoint, talker)
        await talker.gone

    drive(reactor, talk)

    assert talker.error is ProcessTerminated


def test_aLostEndpointConnectionEndsTheChildsStream(reactor: Any) -> None:
    talker = Talker()
    talker.onData = lambda data: talker.transport.loseConnection()
    talker.onMade = lambda: talker.transport.write(b"x")

    async def talk() -> None:
        await connectProtocol(ProcessEndpoint(reactor, "/bin/cat", ["cat"]), talker)
        await talker.gone

    drive(reactor, talk)

    assert talker.received == b"x"
