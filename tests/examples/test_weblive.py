"""The live site, as other people's programs see it: curl, nghttp, h2load, wsproto."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.internet._tls.selfsigned import selfSignedCertificate

from .running import Program, call, examples, patienceSeconds

wsproto = pytest.importorskip("wsproto")
pytest.importorskip("h2")

page = b"<!doctype html>"


@pytest.fixture(scope="module")
def plain() -> Iterator[tuple[Program, int]]:
    with Program(examples / "weblive" / "server.py", "tcp:0") as program:
        yield program, program.port()
        program.signal()
        assert program.ended() == 0
        assert "the application has ended" in program.output


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    made = selfSignedCertificate(["localhost"], tmp_path_factory.mktemp("tls"))
    certificate, key = sorted(map(str, made), key=lambda path: "key" in path)
    words = f"ssl:0:privateKey={key}:certKey={certificate}"
    with Program(examples / "weblive" / "server.py", words) as program:
        yield program.port()
        program.signal()
        assert program.ended() == 0


def ran(*words: str | Path) -> bytes:
    if shutil.which(str(words[0])) is None:
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run(
        list(map(str, words)), capture_output=True, timeout=patienceSeconds, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def curl(url: str, *words: str | Path) -> tuple[bytes, str]:
    """The body, and what curl says of it: version, code."""
    said = ran("curl", "-sk", "-w", "\n%{http_version} %{response_code}", *words, url)
    body, _, told = said.rpartition(b"\n")
    return body.rstrip(), told.decode()


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_curlReadsAPageByHTTP2(secure: int, coding: str) -> None:
    url = f"https://localhost:{secure}/"
    compressed = (
        () if coding == "identity" else ("--compressed", "-H", f"Accept-Encoding: {coding}")
    )
    body, told = curl(url, "--http2", *compressed)
    assert (body[: len(page)], told) == (page, "2 200")


def test_curlPostsByHTTP2(secure: int, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 3_000_000)
    words = ("--http2", "--data-binary", f"@{tmp_path / 'large'}")
    assert curl(f"https://localhost:{secure}/", *words) == (b"3000000 bytes", "2 200")
    body, told = curl(f"https://localhost:{secure}/app/x", *words)
    assert (body, told) == (b"application: 3000000 bytes for /app/x", "2 200")


def test_aBodyBeyondTheLimitIsRefusedByBothVersions(secure: int, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 10_000_001)
    for version, spoken in (("--http2", "2"), ("--http1.1", "1.1")):
        words = (version, "-H", "Expect:", "--data-binary", f"@{tmp_path / 'large'}")
        _, told = curl(f"https://localhost:{secure}/", *words)
        assert told == f"{spoken} 413"


def test_curlSpeaksHTTP1AsWell(secure: int, plain: tuple[Program, int]) -> None:
    assert curl(f"https://localhost:{secure}/", "--http1.1")[1] == "1.1 200"
    body, told = curl(f"http://localhost:{plain[1]}/app", "--data-binary", "abc")
    assert (body, told) == (b"application: 3 bytes for /app", "1.1 200")


def test_nghttpWithPrioritiesAndManyRequestsIsServed(secure: int) -> None:
    url = f"https://localhost:{secure}/"
    # -m asks for the page so often at once, with the priorities that nghttp gives.
    said = ran("nghttp", "-n", "-v", "--no-verify-peer", "-m", "20", url).decode()
    assert said.count(":status: 200") == 20
    assert "GOAWAY frame" in said
    assert "PROTOCOL_ERROR" not in said


def test_h2loadHasAllItAsksFor(secure: int) -> None:
    said = ran(
        "h2load", "-n", "600", "-c", "3", "-m", "20", f"https://localhost:{secure}/"
    ).decode()
    assert "600 succeeded, 0 failed, 0 errored" in said
    assert "Application protocol: h2" in said


class Socket:
    """A WebSocket of another implementation."""

    def __init__(self, port: int, target: str) -> None:
        from wsproto.events import AcceptConnection, Request

        self.socket = call(port)
        self.events: list[Any] = []
        self.wire = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        self.send(Request(host="localhost", target=target))
        assert isinstance(self.next(), AcceptConnection)

    def send(self, event: Any) -> None:
        self.socket.sendall(self.wire.send(event))

    def next(self) -> Any:
        while not self.events:
            data = self.socket.recv(65536)
            self.wire.receive_data(data or None)
            self.events += self.wire.events()
        return self.events.pop(0)


def test_guestsOfTheChatHearEachOther(plain: tuple[Program, int]) -> None:
    from wsproto.events import BytesMessage, CloseConnection, Message, Ping, Pong

    first, second = Socket(plain[1], "/chat"), Socket(plain[1], "/chat")
    assert first.next().data == "You are one of 1 here."
    assert second.next().data == "You are one of 2 here."
    first.send(Message(data="grüß " + "x" * 1000))
    assert first.next().data == second.next().data == "grüß " + "x" * 1000
    first.send(Ping(b"there?"))
    answer = first.next()
    assert isinstance(answer, Pong)
    assert answer.payload == b"there?"
    second.send(BytesMessage(b"picture"))
    refusal = second.next()
    assert isinstance(refusal, CloseConnection)
    assert refusal.code == 1003
    first.send(CloseConnection(code=1000))
    assert first.next().code == 1000
    assert first.socket.recv(1) == b""


def test_theApplicationCountsByWebSocket(plain: tuple[Program, int]) -> None:
    from wsproto.events import CloseConnection

    socket = Socket(plain[1], "/app/count")
    assert [socket.next().data for _ in range(3)] == ["0", "1", "2"]
    last = socket.next()
    assert isinstance(last, CloseConnection)
    assert last.code == 1000
