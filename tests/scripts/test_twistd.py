"""
``twistd``, run as people run it.
"""

from __future__ import annotations

import json
import os
import pstats
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from twisted.application import service
from twisted.python import usage
from twisted.scripts import _twistd_unix, twistd

_RUN = "import sys; sys.argv[0] = 'twistd'; from twisted.scripts.twistd import run; run()"

_ECHO = """
from twisted.application import service, strports
from twisted.internet.protocol import Factory
from twisted.protocols.wire import Echo

application = service.Application("echo")
where = strports.service("unix:echo", Factory.forProtocol(Echo))
where.setServiceParent(application)
"""

_BROKEN = """
from twisted.application import service

class Broken(service.Service):
    def startService(self):
        raise ValueError("no fuel")

application = service.Application("broken")
Broken().setServiceParent(application)
"""


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", _RUN, *words]


def waitFor(condition: Any) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def echoes(folder: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(folder / "echo"))
        client.sendall(b"hello")
        return client.recv(10)


def test_aTacFileRunsInTheForegroundUntilASignal(tmp_path: Path) -> None:
    (tmp_path / "a.tac").write_text(_ECHO)
    with subprocess.Popen(
        command("-ny", "a.tac"), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        waitFor((tmp_path / "echo").exists)
        assert echoes(tmp_path) == b"hello"
        assert int((tmp_path / "twistd.pid").read_text()) == process.pid
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert b"The server has shut down." in said
    assert not (tmp_path / "twistd.pid").exists()


def test_aDaemonIsUpWhenTheCommandEndsAndRotatesItsLog(tmp_path: Path) -> None:
    (tmp_path / "a.tac").write_text(_ECHO)
    subprocess.run(command("-y", "a.tac"), cwd=tmp_path, check=True, timeout=30)
    pid = int((tmp_path / "twistd.pid").read_text())
    try:
        assert echoes(tmp_path) == b"hello"
        assert (tmp_path / "twistd.pid").stat().st_mode & 0o077 == 0
        second = subprocess.run(
            command("-y", "a.tac"), cwd=tmp_path, capture_output=True, text=True, timeout=30
        )
        assert second.returncode == 1
        assert f"PID {pid}" in second.stderr
        os.kill(pid, signal.SIGUSR1)
        waitFor((tmp_path / "twistd.log.1").exists)
    finally:
        os.kill(pid, signal.SIGTERM)
    waitFor(lambda: not (tmp_path / "twistd.pid").exists())


def test_aDaemonThatCannotStartSaysSoAtOnce(tmp_path: Path) -> None:
    (tmp_path / "b.tac").write_text(_BROKEN)
    done = subprocess.run(
        command("-y", "b.tac"), cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "no fuel" in done.stderr
    # The daemon tells first and tidies up then.
    waitFor(lambda: not (tmp_path / "twistd.pid").exists())


def test_theVersionIsTold() -> None:
    done = subprocess.run(command("--version"), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    assert done.stdout.startswith("twistd (the Twisted daemon) 26.10.0\n")


@pytest.mark.parametrize(
    "words",
    [["--umask", "9"], ["--uid", "no such user"], ["--gid", "no such group"], ["--nonsense"]],
)
def test_anOptionThatHasNoMeaningIsRefused(words: list[str]) -> None:
    with pytest.raises(usage.UsageError):
        twistd.ServerOptions().parseOptions(words)


def test_aFileOfAProcessThatIsGoneIsRemoved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(pid: int, number: int) -> None:
        raise ProcessLookupError(3, "gone")

    monkeypatch.setattr(os, "kill", kill)
    path = tmp_path / "pid"
    path.write_text("4321")
    _twistd_unix.checkPID(str(path))
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "abc", "1 2"])
def test_aFileWithoutANumberEndsTheProgram(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pid"
    path.write_text(text)
    with pytest.raises(SystemExit, match="non-numeric"):
        _twistd_unix.checkPID(str(path))
    assert path.exists()


def test_rightsAreGivenUpBetweenThePrivilegedStartAndTheStart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[Any] = []

    class Steps(service.Service):
        def privilegedStartService(self) -> None:
            steps.append("privileged")

    class Runner(_twistd_unix.UnixApplicationRunner):
        def setupEnvironment(self, *given: Any) -> None:
            steps.append("environment")

        def shedPrivileges(self, *given: Any) -> None:
            steps.append(given)

    monkeypatch.setattr(
        _twistd_unix.app, "startApplication", lambda made, save: steps.append(("start", save))
    )
    options = twistd.ServerOptions()
    options.parseOptions(["--uid", "12", "--gid", "34", "--originalname"])
    made = service.Application("steps")
    Steps().setServiceParent(made)
    Runner(options).startApplication(made)
    assert steps == ["environment", "privileged", (0, 12, 34), ("start", True)]


_REPORTER = """
import json, os
from twisted.application import service
from twisted.internet import reactor

def tell(when):
    mask = os.umask(0)
    os.umask(mask)
    found = (when, os.getresuid(), os.getresgid(), os.getcwd(), mask)
    os.write(1, json.dumps(found).encode() + b"\\n")

class Reporter(service.Service):
    def privilegedStartService(self):
        tell("privileged")

    def startService(self):
        tell("start")
        reactor.callWhenRunning(reactor.stop)

application = service.Application("reporter")
Reporter().setServiceParent(application)
"""


def _told(folder: Path, *words: str) -> list[list[Any]]:
    """What a service sees of its process, before rights are given up and after."""
    (folder / "a.tac").write_text(_REPORTER)
    ended = subprocess.run(
        command("-noy", "a.tac", "--pidfile=", *words),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = [line for line in ended.stdout.splitlines() if line.startswith('["')]
    return [json.loads(line) for line in found]


def test_theDirectoryAndTheMaskAreThoseThatWereAskedFor(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    told = _told(tmp_path, "--rundir", "sub", "--umask", "027")
    assert [(when, where, mask) for when, _, _, where, mask in told] == [
        (when, str(tmp_path / "sub"), 0o027) for when in ("privileged", "start")
    ]


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
@pytest.mark.parametrize(
    ("words", "users", "groups"),
    [
        (("--uid", "65534", "--gid", "65533"), [65534] * 3, [65533] * 3),
        (("-u", "65534", "-g", "65533", "--euid"), [0, 65534, 0], [0, 65533, 0]),
        (("--gid", "65533"), [0] * 3, [65533] * 3),
    ],
    ids=["uid and gid", "euid", "gid"],
)
def test_anotherUserDoesWhatNeedsNoRights(
    tmp_path: Path, words: tuple[str, ...], users: list[int], groups: list[int]
) -> None:
    privileged, started = _told(tmp_path, *words)
    assert privileged[1:3] == [[0] * 3, [0] * 3]
    assert started[1:3] == [users, groups]


@pytest.mark.skipif(os.getuid() != 0, reason="only root may change the root")
def test_theRootIsThatWhichWasAskedFor(tmp_path: Path) -> None:
    assert {where for _, _, _, where, _ in _told(tmp_path, "--chroot", str(tmp_path))} == {"/"}


def test_theProfilersFindingsAreWritten(tmp_path: Path) -> None:
    _told(tmp_path, "--profile", "found", "--profiler", "cprofile")
    assert "function calls" in (tmp_path / "found").read_text()
    _told(tmp_path, "--profile", "raw", "--savestats")
    assert pstats.Stats(str(tmp_path / "raw")).total_calls > 0  # type: ignore[attr-defined]


def test_theLogGoesWhereItIsSent(tmp_path: Path) -> None:
    _told(tmp_path, "--logfile", "mine.log")
    assert "The server has shut down." in (tmp_path / "mine.log").read_text()


def test_aSecondOneWithTheSamePidfileIsRefused(tmp_path: Path) -> None:
    (tmp_path / "a.tac").write_text(_REPORTER)
    (tmp_path / "twistd.pid").write_text(str(os.getpid()))
    ended = subprocess.run(
        command("-noy", "a.tac"), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert f"Another twistd server is running, PID {os.getpid()}" in ended.stderr
    assert (tmp_path / "twistd.pid").read_text() == str(os.getpid())
