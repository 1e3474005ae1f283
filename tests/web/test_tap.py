"""The options of the web server of the command line, and what they make."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
from twisted.python.usage import UsageError
from twisted.web import demo, script, static, tap, twcgi, wsgi
from twisted.web.server import Site

from .serving import ask, get


def parsed(*words: str) -> tap.Options:
    options = tap.Options()
    options.parseOptions(words)
    return options


def siteOf(*words: str) -> Any:
    listening: Any
    [listening] = tap.makeService(parsed(*words)).services
    assert isinstance(listening.factory, Site)
    return listening.factory


def test_withoutOptionsADemonstrationIsServed() -> None:
    site = siteOf()
    assert isinstance(site.resource, demo.Test)
    assert b"It works" in ask(None, get(b"/any/where"), site).body
    assert parsed()["ports"] == ["tcp:8080"]


def test_filesAreServed(tmp_path: Path) -> None:
    (tmp_path / "home.html").write_text("home")
    (tmp_path / "a.x").write_text("made")
    site = siteOf(
        "--path", str(tmp_path), "--index", "home.html", "--ignore-ext", ".x", "--mime-type", "a/b",
        "--add-header", "X-A: 1",
    )  # fmt: skip
    assert ask(None, get(b"/"), site).body == b"home"
    answer = ask(None, get(b"/a"), site)
    assert (answer.body, answer.headers[b"content-type"]) == (b"made", b"a/b")
    assert answer.headers[b"x-a"] == b"1"


def test_someNamesAreProgramsAndScripts(tmp_path: Path) -> None:
    root = parsed("--path", str(tmp_path), "--processor", ".y=twisted.web.static.ASISProcessor")[
        "root"
    ]
    assert root.processors == {
        ".cgi": twcgi.CGIScript,
        ".epy": script.PythonScript,
        ".rpy": script.ResourceScript,
        ".y": static.ASISProcessor,
    }
    assert static.File.processors == {}


def test_resourcesAreServedByTheirNames(tmp_path: Path) -> None:
    assert isinstance(parsed("--class", "twisted.web.demo.Test")["root"], demo.Test)
    made = parsed("--resource-script", str(tmp_path / "x.rpy"))["root"]
    assert isinstance(made, script.ResourceScriptWrapper)


@pytest.mark.parametrize(
    "name", ["wsgiref.simple_server.demo_app", "wsgiref.simple_server:demo_app"]
)
def test_applicationsAreServedByTheirNames(name: str) -> None:
    assert isinstance(parsed("--wsgi", name)["root"], wsgi.WSGIResource)


@pytest.mark.parametrize(
    "words",
    [
        ["--mime-type", "a/b"],
        ["--ignore-ext", ".x"],
        ["--allow-ignore-ext"],
        ["--processor", ".x=y"],
        ["--path", "/", "--processor", "x"],
        ["--path", "/", "--processor", ".x=no.such.thing"],
        ["--class", "no.such.thing"],
        ["--wsgi", "no.such.thing"],
        ["--wsgi", "foo."],
        ["--add-header", "nothing"],
        ["--nonsense"],
    ],
)
def test_whatMakesNoSenseIsAUsageError(words: list[str]) -> None:
    with pytest.raises(UsageError):
        parsed(*words)


def test_itListensWhereItIsTold() -> None:
    assert parsed("--listen", "tcp:1", "--listen", "tcp:2")["ports"] == ["tcp:1", "tcp:2"]
    with pytest.warns(DeprecationWarning):
        assert parsed("--port", "tcp:1")["ports"] == ["tcp:1"]
    with pytest.warns(DeprecationWarning):
        found = parsed("--https", "443", "--privkey", "a:b.pem")["ports"]
    assert found == ["ssl:port=443:privateKey=a\\:b.pem:certKey=server.pem"]
    [personal] = parsed("--personal")["ports"]
    assert personal.startswith("unix:")


def test_tracebacksAreForThoseWhoAskForThem() -> None:
    assert siteOf().displayTracebacks is False
    assert siteOf("--display-tracebacks").displayTracebacks is True


def test_theCommandFindsIt() -> None:
    found: list[Any] = [each for each in getPlugins(IServiceMaker) if each.tapname == "web"]
    assert [each.module for each in found] == ["twisted.web.tap"]


def test_twistdServesAFolder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["--listen", f"tcp:{port}:interface=127.0.0.1", "--path", str(tmp_path)]
    command = [sys.executable, "-m", "twisted.scripts.twistd", "-n", "--pidfile=", "web", *words]
    code = "import sys; from twisted.scripts.twistd import run; sys.argv[:1] = ['twistd']; run()"
    command[1:3] = ["-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "Starting factory" in line:
                    break
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/a.txt", timeout=10) as answer:
                assert answer.read() == b"hello"
        finally:
            process.terminate()
            process.communicate(timeout=20)
    assert process.returncode in (0, -signal.SIGTERM)
