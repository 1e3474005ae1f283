"""Programs that answer by CGI: what they are told, and what is made of what they say."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from twisted.internet import error
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure
from twisted.web import http, server, twcgi

from .serving import Answer, asking, fetch, get, parse

python = sys.executable


class Kept:
    """A reactor that keeps what would be run."""

    def spawnProcess(self, protocol: Any, *words: Any) -> None:
        self.protocol = protocol
        self.executable, self.command, self.env, self.folder = words


def environment(request: bytes, filename: str = "/srv/x.cgi") -> tuple[dict[str, str], Kept]:
    """What a program is told of a request."""
    kept = Kept()
    site = server.Site(twcgi.CGIScript(filename, reactor=kept), reactor=Clock())
    channel = site.buildProtocol(None)
    channel.makeConnection(StringTransport())
    channel.dataReceived(request)
    return kept.env, kept


def test_theProgramIsToldOfTheRequest() -> None:
    env, kept = environment(
        get(b"/a%20b/c?x=1", b"Content-Type: text/x", b"X-Y: 1", b"X-Y: 2", body=b"abc")
    )
    wanted = {
        "GATEWAY_INTERFACE": "CGI/1.1",
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/a b/c",
        "QUERY_STRING": "x=1",
        "REQUEST_URI": "/a%20b/c?x=1",
        "CONTENT_LENGTH": "3",
        "CONTENT_TYPE": "text/x",
        "SERVER_NAME": "a.example",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SCRIPT_FILENAME": "/srv/x.cgi",
        "HTTP_X_Y": "1,2",
        "REMOTE_ADDR": "192.168.1.1",
    }
    assert wanted.items() <= env.items()
    assert kept.folder == "/srv"
    assert kept.command == ["/srv/x.cgi"]


@pytest.mark.parametrize("name", [b"Proxy", b"PROXY", b"proxy"])
def test_noHeaderChoosesTheProxyOfTheProgram(name: bytes) -> None:
    """CVE-2016-1000111: HTTP_PROXY is where many programs send their own requests."""
    env, _ = environment(get(b"/", name + b": http://evil.example"))
    assert "HTTP_PROXY" not in {key.upper() for key in set(env) - set(os.environ)}


def test_noHeaderPassesForAnother() -> None:
    env, _ = environment(get(b"/", b"X_Forwarded_User: eve", b"X-Innocent: 1"))
    assert "HTTP_X_FORWARDED_USER" not in env
    assert env["HTTP_X_INNOCENT"] == "1"


@pytest.mark.parametrize(
    ("query", "words"),
    [(b"a+b%20c", ["a", "b c"]), (b"a=b+c", []), (b"", []), (b"a%00b+c", ["c"])],
)
def test_wordsOfASearchAreArguments(query: bytes, words: list[str]) -> None:
    _, kept = environment(get(b"/?" + query))
    assert kept.command[1:] == words


def test_noVariableHasNULInIt() -> None:
    env, _ = environment(get(b"/a%00b"))
    assert "PATH_INFO" not in env


class Talking:
    """A request that a program answers, in memory."""

    def __init__(self, method: bytes = b"GET") -> None:
        kept = Kept()
        site = server.Site(twcgi.CGIScript("/x", reactor=kept), reactor=Clock())
        self.channel = site.buildProtocol(None)
        self.wire = StringTransport()
        self.channel.makeConnection(self.wire)
        self.channel.dataReceived(get(b"/", method=method))
        self.protocol = kept.protocol

    def says(self, *parts: bytes, code: int = 0) -> Answer:
        """The program says something and ends."""
        for part in parts:
            self.protocol.outReceived(part)
        why: Any = error.ProcessDone(0) if not code else error.ProcessTerminated(code)
        self.protocol.request.channel and self.protocol.processEnded(Failure(why))
        return parse(self.wire.value())


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_headersAndBodyAreHandedOn(end: bytes) -> None:
    said = b"X-A: 1" + end + b"Content-Length: 2" + end + b"X-A: 2" + end + end + b"hi"
    whole = Talking().says(said)
    assert (whole.code, whole.body, whole.headers[b"x-a"]) == (200, b"hi", b"1, 2")
    split = Talking().says(*[said[at : at + 1] for at in range(len(said))])
    assert (split.code, split.body, split.headers[b"x-a"]) == (200, b"hi", b"1, 2")


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"Status: 404 Gone Fishing\n", 404),
        (b"Status: 201\n", 201),
        (b"Location: /x\n", 302),
        (b"Location: /x\nStatus: 303 See\n", 303),
        (b"Status: nonsense\n", 200),
        (b"Status: -1 x\n", 200),
        (b"Status: 99999\n", 200),
    ],
)
def test_theStatusIsThatOfTheProgram(head: bytes, code: int) -> None:
    assert Talking().says(head + b"Content-Length: 0\n\n").code == code


@pytest.mark.parametrize(
    "line",
    [
        b"XYZ",
        b": x",
        b"Bad Name: x",
        b"Spaced : x",
        b"Server: monkeys",
        b"Date: never",
        b"Transfer-Encoding: chunked",
        b"Connection: upgrade",
        b"X\0Y: x",
    ],
)
def test_linesThatAreNotTheProgramsToSayAreLeftOut(line: bytes) -> None:
    answer = Talking().says(line + b"\nContent-Length: 2\n\nhi")
    assert (answer.code, answer.body) == (200, b"hi")
    assert set(answer.headers) == {b"server", b"date", b"content-length", b"content-type"}
    assert b"monkeys" not in answer.whole and b"never" not in answer.whole


@pytest.mark.parametrize("parts", [[], [b"X: 1\n"], [b"no header at all"]])
def test_aProgramThatEndsWithinItsHeadersIsAnErrorOfTheServer(parts: list[bytes]) -> None:
    assert Talking().says(*parts).code == 500


def test_headersAreBounded() -> None:
    talking = Talking()
    for _ in range(40):
        talking.protocol.outReceived(b"X-Y: " + b"a" * 2000 + b"\n")
    assert parse(talking.wire.value()).code == 500
    assert len(talking.protocol.headertext) <= talking.protocol.maxHeaderBytes + 4000


def test_whatItComplainsOfIsLoggedUpToABound() -> None:
    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)
    try:
        talking = Talking()
        for _ in range(100):
            talking.protocol.errReceived(b"x" * 1000)
        assert len(talking.protocol.errortext) == talking.protocol.maxErrorBytes
        assert talking.says(b"Content-Length: 0\n\n", code=3).code == 200
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert [event["exitCode"] for event in events if "exitCode" in event] == [3]
    assert any("xxx" in event.get("errorText", "") for event in events)


def test_aClientThatLeavesEndsTheProgram() -> None:
    talking = Talking()
    signals: list[str] = []

    class Process:
        def signalProcess(self, name: str) -> None:
            signals.append(name)

        def loseConnection(self) -> None:
            pass

    talking.protocol.transport = Process()
    talking.channel.connectionLost(Failure(error.ConnectionDone()))
    assert signals == ["TERM"]
    talking.protocol.outReceived(b"Content-Length: 0\n\n")
    talking.protocol.processEnded(Failure(error.ProcessTerminated(signal=15)))


# Real programs


def program(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join([f"#!{python} -IS", "import os, sys", *lines]))
    path.chmod(0o755)
    return path


def test_programsAnswer(reactor: Any, tmp_path: Path, monkeypatch: Any) -> None:
    program(
        tmp_path,
        "echo",
        "data = sys.stdin.buffer.read()",
        "print('Content-Type: text/x\\n', flush=True)",
        "sys.stdout.buffer.write(data)",
    )
    program(
        tmp_path, "env", "import json", "print('X: 1\\n')", "print(json.dumps(dict(os.environ)))"
    )
    folder = twcgi.CGIDirectory(str(tmp_path))
    monkeypatch.setattr(
        twcgi.CGIScript.__init__, "__defaults__", (None, reactor)
    )  # as if it were the global one
    body = os.urandom(300_000)

    def client(port: int) -> list[Any]:
        return [
            fetch(port, "/echo", "POST", body=body),
            fetch(port, "/echo", "POST", body=b"short"),
            fetch(port, "/env/more?q", headers={"Proxy": "http://evil.example"}),
            fetch(port, "/nothing"),
            fetch(port, "/"),
            fetch(port, "/..%2fetc"),
        ]

    long, short, env, *missing = asking(reactor, folder, client)
    assert (long[0], long[1]["content-type"], long[2]) == (200, "text/x", body)
    assert short[2] == b"short"
    told = json.loads(env[2])
    assert told["PATH_INFO"] == "/more"
    assert told["SCRIPT_NAME"] == "/env"
    assert "HTTP_PROXY" not in told
    assert {each[0] for each in missing} == {http.NOT_FOUND}


def test_aFilterRunsTheFile(reactor: Any, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("print('Content-Length: 3'); print(); print('hi')")

    class Filtered(twcgi.FilteredScript):
        filter = python

    root = Filtered(str(tmp_path / "x"), reactor=reactor)
    assert asking(reactor, root, fetch)[2] == b"hi\n"
