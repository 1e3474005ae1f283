"""
Service plugins of the older kind as sub-commands of ``twist``.
"""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from twisted.application.runner import _exit
from twisted.application.service import Service
from twisted.application.twist import _single, cli, makers
from twisted.application.twist._options import TwistOptions
from twisted.application.twist._twist import Twist
from twisted.internet.testing import MemoryReactor
from twisted.python.usage import UsageError

_PLUGIN = """
from twisted.application.service import ServiceMaker

loud = ServiceMaker("Loud", "loudness", "Says everything in capitals.", "loud")
"""

_MODULE = """
from twisted.application import strports
from twisted.internet.protocol import Factory, Protocol
from twisted.python import usage


class Options(usage.Options):
    optParameters = [["port", "p", None, "Where to listen."]]


class Loud(Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper())


def makeService(options):
    return strports.service(options["port"], Factory.forProtocol(Loud))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "twisted" / "plugins").mkdir(parents=True)
    (tmp_path / "twisted" / "plugins" / "loud_plugin.py").write_text(_PLUGIN)
    (tmp_path / "loudness.py").write_text(_MODULE)
    return tmp_path


def twist(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "twisted.application.twist", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_aPluginsServiceRunsUntilASignal(folder: Path) -> None:
    with twist(folder, "--log-format", "text", "loud", "--port", "unix:here") as process:
        until = time.monotonic() + 20
        while not (folder / "here").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(folder / "here"))
            client.sendall(b"hello")
            assert client.recv(10) == b"HELLO"
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM
    assert "Received SIGTERM" in said


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--help"], 0, "Says everything in capitals."),
        (["services"], 0, "Says everything in capitals."),
        (["services", "loud"], 0, "Where to listen."),
        (["services", "lout"], 2, "loud"),
        (["lout"], 2, "loud"),
        (["loud", "--nonsense"], 64, "nonsense"),
    ],
)
def test_pluginsAreFoundAndExplained(
    folder: Path, words: list[str], status: int, said: str
) -> None:
    with twist(folder, *words) as process:
        out, _ = process.communicate(timeout=30)
    assert said in out
    assert process.returncode == status


class Plugin:
    tapname = "mine"

    def makeService(self, options: Any) -> Service:
        self.made = Service()
        return self.made


def test_theServiceStopsWithTheReactor() -> None:
    reactor = MemoryReactor()
    plugin = Plugin()
    service = Twist.service(plugin, None)
    Twist.startService(reactor, service)
    assert plugin.made.running
    assert reactor.triggers["before"]["shutdown"] == [(service.stopService, (), {})]


@pytest.mark.parametrize(
    "words",
    [["--reactor", "fusion"], ["--log-level", "loud"], ["--log-format", "xml"], [], ["nothing"]],
)
def test_wordsWithoutMeaningAreRefused(words: list[str]) -> None:
    with pytest.raises(UsageError):
        TwistOptions().parseOptions(words)


def test_aLogThatCannotBeWrittenEndsTheProcess(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.StringIO()
    monkeypatch.setattr(_exit, "stderr", said)
    with pytest.raises(SystemExit) as ended:
        TwistOptions().opt_log_file(str(tmp_path))
    assert ended.value.code == 74
    assert str(tmp_path) in said.getvalue()


@pytest.mark.parametrize(
    ("words", "older"),
    [
        (["web", "--port", "tcp:0"], True),
        (["web", "--port=tcp:0", "--path", "."], True),
        (["--log-level", "debug", "web", "--logfile", "x", "--listen", "tcp:0"], True),
        (["web", "-n", "-ptcp:0", "--class=a.B", "--personal"], True),
        (["web", "--port", "tcp:0", "--asgi", "a:b"], False),
        (["web", "--asgi", "a:b"], False),
        (["web", "--path", ".", "--log-file", "-"], False),
        (["web", "--display-tracebacks"], False),
        (["web", "--nonsense"], False),
        (["web", "-z"], False),
        (["web"], False),
        (["qotd", "--port", "tcp:0"], False),
    ],
)
def test_thePluginOfATypesNameRunsWhereItsFlagsAreGiven(
    monkeypatch: pytest.MonkeyPatch, words: list[str], older: bool
) -> None:
    ran: list[Any] = []

    def note(*given: Any) -> int:
        ran.append(given)
        return 0

    monkeypatch.setattr(cli, "runMaker", note)
    monkeypatch.setattr(_single, "runSingle", lambda *given: 0)
    assert cli.main(words) == 0
    assert ran == ([(words,)] if older else [])


def test_aPluginThatCannotBeLoadedTakesNoTypesPlace(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        tapname = "web"
        description = "Broken."

        def options(self) -> Any:
            raise ImportError("no such module")

    monkeypatch.setattr(makers, "serviceMakers", lambda: {"web": Broken()})
    assert not makers.makerKnows("web", ["--port", "1"])
    assert not makers.makerKnows("other", ["--port", "1"])


def test_theOlderFlagsOfTheWebServerServe(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>home")
    with twist(tmp_path, "web", "--port", "unix:here", "--path", ".") as process:
        until = time.monotonic() + 20
        while not (tmp_path / "here").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(tmp_path / "here"))
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
