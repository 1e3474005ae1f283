"""
The life of a process: its status, its file, its reactor.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from twisted.application.runner import _runner
from twisted.application.runner._exit import ExitStatus, exit
from twisted.application.runner._pidfile import (
    AlreadyRunningError,
    InvalidPIDFileError,
    NonePIDFile,
    NoPIDFound,
    PIDFile,
)
from twisted.application.runner._runner import Runner
from twisted.internet.testing import MemoryReactor
from twisted.python.filepath import FilePath


def pidFile(folder: Path, content: bytes | None = None) -> PIDFile:
    path = folder / "pid"
    if content is not None:
        path.write_bytes(content)
    return PIDFile(FilePath(str(path)))


@pytest.mark.parametrize("status", [0, 3, ExitStatus.EX_OK, ExitStatus.EX_CONFIG])
def test_theLastWordGoesWhereTheStatusSays(
    status: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = getattr(status, "value", status)
    code = (
        f"from twisted.application.runner._exit import ExitStatus, exit\nexit({number}, 'so long')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr if number else done.stdout) == (number, "so long\n")
    with pytest.raises(SystemExit) as ended:
        exit(status)
    assert ended.value.code == number


def test_theFileHoldsTheNumberWhileTheProcessRuns(tmp_path: Path) -> None:
    file = pidFile(tmp_path)
    with file:
        assert (tmp_path / "pid").read_bytes() == b"%d\n" % os.getpid()
        with pytest.raises(AlreadyRunningError), pidFile(tmp_path):
            pytest.fail("two at once")
    assert not (tmp_path / "pid").exists()


def test_aFileThatWasLeftOverIsReplaced(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    with pidFile(tmp_path, b"%d\n" % gone.pid) as file:
        assert file.read() == os.getpid()


@pytest.mark.parametrize("content", [b"", b"abc", b"-1\n", b"1 2\n", b"\xb2\n", b"9" * 65])
def test_aFileWithoutANumberIsNoted(tmp_path: Path, content: bytes) -> None:
    file = pidFile(tmp_path, content)
    if content.startswith(b"9"):
        assert file.read() == int(b"9" * 64)
        return
    with pytest.raises(InvalidPIDFileError):
        file.read()


def test_noFileHasNoNumber(tmp_path: Path) -> None:
    for file in (pidFile(tmp_path), NonePIDFile()):
        assert not file.isRunning()
        with pytest.raises(NoPIDFound):
            file.read()


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    seen: list[Any] = []

    def kill(pid: int, number: int) -> None:
        seen.append(("kill", pid))

    monkeypatch.setattr(_runner, "exit", lambda *given: seen.append(given))
    monkeypatch.setattr(_runner, "kill", kill)
    monkeypatch.setattr(Runner, "startLogging", lambda self: None)
    return seen


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"1337\n", [("kill", 1337), (ExitStatus.EX_OK, None)]),
        (b"x", [(ExitStatus.EX_DATAERR, "Invalid PID file.")]),
        (None, [(ExitStatus.EX_IOERR, "Unable to read PID file.")]),
    ],
)
def test_theProcessOfTheFileIsAskedToEnd(
    tmp_path: Path, ends: list[Any], content: bytes | None, wanted: list[Any]
) -> None:
    Runner(MemoryReactor(), pidFile(tmp_path, content), kill=True).killIfRequested()
    assert ends == wanted


def test_theReactorRunsBetweenTheTwoCalls(ends: list[Any]) -> None:
    steps: list[str] = []
    reactor = MemoryReactor()
    Runner(
        reactor=reactor,
        logFile=io.StringIO(),
        whenRunning=lambda word: steps.append(word),
        whenRunningArguments={"word": "running"},
        reactorExited=lambda word: steps.append(word),
        reactorExitedArguments={"word": "over"},
    ).run()
    assert reactor.hasRun
    assert steps == ["running", "over"]
    assert ends == []


def test_aSecondOneIsToldThatOneRuns(tmp_path: Path, ends: list[Any]) -> None:
    Runner(MemoryReactor(), pidFile(tmp_path, b"%d\n" % os.getpid())).run()
    assert ends == [(ExitStatus.EX_CONFIG, "Already running.")]
