"""A site that runs: its connections, its certificates, its end; a server behind it."""

from __future__ import annotations

import http.client
import http.server
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.examples.running import Program, call, patienceSeconds


def _twist(folder: Path, *words: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "twisted.application.twist", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=patienceSeconds,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def _up(folder: Path, text: str) -> Program:
    (folder / "index.html").write_text("<p>home")
    (folder / "site.toml").write_text(text)
    words = ("-m", "twisted.application.twist", "up", "--log-level", "debug")
    return Program(*words, folder=folder)


def _counts(folder: Path) -> dict[str, Any]:
    import json

    status: dict[str, Any] = json.loads(_twist(folder, "status", "--json"))
    return status


def test_aStopWaitsForNobodyWhoOnlyKeepsAConnection(tmp_path: Path) -> None:
    text = '[site]\ngrace = 60\n[services.www]\ntype = "web"\nlisten = 0\npath = "."\n'
    with _up(tmp_path, text) as program:
        port = int(program.until(r"^www +TCP +127\.0\.0\.1:(\d+)")[1])
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=patienceSeconds)
        for _ in range(2):
            kept.request("GET", "/")
            assert kept.getresponse().read() == b"<p>home"
        began = time.monotonic()
        program.signal()
        assert program.ended() == 0
        assert time.monotonic() - began < 20
        kept.close()


def test_connectionsThatEndAreCountedAsEnded(tmp_path: Path) -> None:
    text = '[services.www]\ntype = "web"\nlisten = 0\npath = "."\n'
    with _up(tmp_path, text) as program:
        port = int(program.until(r"^www +TCP +127\.0\.0\.1:(\d+)")[1])
        with call(port) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            while connection.recv(65536):
                pass
        program.until(r"127\.0\.0\.1:\d+ left after")
        program.signal()
        assert program.ended() == 0


def _certificate(folder: Path, name: str) -> None:
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "both.key",
            "-out",
            "both.crt",
            "-days",
            "2",
            "-subj",
            f"/CN={name}",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=patienceSeconds,
    )
    both = (folder / "both.key").read_bytes() + (folder / "both.crt").read_bytes()
    (folder / "site.pem").write_bytes(both)


def _greet(port: int, *versions: str) -> tuple[str | None, bytes]:
    """Returns: the version that is negotiated, and the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(list(versions))
    with context.wrap_socket(call(port), server_hostname="localhost") as made:
        return made.selected_alpn_protocol(), made.getpeercert(True) or b""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_tlsNegotiatesTheVersionAndTakesARenewedCertificate(tmp_path: Path) -> None:
    pytest.importorskip("h2")
    _certificate(tmp_path, "first")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        free = unused.getsockname()[1]
    text = (
        '[site]\ngrace = 60\n[services.www]\ntype = "web"\npath = "."\n'
        f'listen = {{ tls = {free}, certificate = "site.pem", host = "127.0.0.1" }}\n'
    )
    with _up(tmp_path, text) as program:
        port = int(program.until(r"^www +TLS +127\.0\.0\.1:(\d+)")[1])
        version, first = _greet(port, "h2", "http/1.1")
        assert version == "h2"
        assert _greet(port, "http/1.1")[0] == "http/1.1"
        _certificate(tmp_path, "second")
        assert _greet(port, "h2")[1] == first
        _twist(tmp_path, "reload")
        version, second = _greet(port, "h2", "http/1.1")
        assert version == "h2" and second != first
        answer = http.client.HTTPSConnection(
            "127.0.0.1", port, context=ssl._create_unverified_context(), timeout=patienceSeconds
        )
        answer.request("GET", "/")
        assert answer.getresponse().read() == b"<p>home"
        answer.close()
        httpx = pytest.importorskip("httpx")
        with httpx.Client(http2=True, verify=False, timeout=patienceSeconds) as client:
            for path, code in (("/", 200), ("/nowhere", 404)):
                told = client.get(f"https://127.0.0.1:{port}{path}")
                assert (told.http_version, told.status_code) == ("HTTP/2", code)
            # One that waits for nothing does not keep the site from stopping.
            began = time.monotonic()
            program.signal()
            assert program.ended() == 0
            assert time.monotonic() - began < 20
        left = re.findall(r"127\.0\.0\.1:(\d+) left after", program.output)
        came = re.findall(r"127\.0\.0\.1:(\d+) connected", program.output)
        assert came
        assert sorted(left) == sorted(came)
    with _up(tmp_path, text) as program:
        program.until(r"^www +TLS")
        program.signal()
        assert program.ended() == 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_aSiteBehindLimitsSpeaksHTTP2(tmp_path: Path) -> None:
    pytest.importorskip("h2")
    httpx = pytest.importorskip("httpx")
    _certificate(tmp_path, "first")
    text = (
        '[site]\ngrace = 60\n[services.door]\ntype = "limited"\nidle = 30\nconnections = 2\n'
        "connections-per-address = 2\n"
        'listen = { tls = 0, certificate = "site.pem", host = "127.0.0.1" }\n'
        '[services.door.service]\ntype = "web"\npath = "."\n'
    )
    with _up(tmp_path, text) as program:
        port = int(program.until(r"^door +TLS +127\.0\.0\.1:(\d+)")[1])
        for http2 in (True, False):
            with httpx.Client(http2=http2, verify=False, timeout=patienceSeconds) as client:
                told = client.get(f"https://127.0.0.1:{port}/")
                assert told.text == "<p>home"
                assert told.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
        # Those that wait for nothing do not keep the site from stopping.
        with httpx.Client(http2=True, verify=False, timeout=patienceSeconds) as client:
            client.get(f"https://127.0.0.1:{port}/")
            began = time.monotonic()
            program.signal()
            assert program.ended() == 0
            assert time.monotonic() - began < 20


class _Behind(http.server.BaseHTTPRequestHandler):
    """A server behind the site, which tells what it was asked."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if self.path.startswith("/base/moved"):
            self.send_response(302)
            here = f"http://127.0.0.1:{self.connection.getsockname()[1]}/base/there"
            self.send_header("Location", here)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        told = f"{self.command} {self.path}\n{self.headers}".encode() + self.rfile.read(size)
        self.send_response(203, "Told")
        self.send_header("Content-Length", str(len(told)))
        self.send_header("Keep-Alive", "timeout=5")
        self.send_header("X-Plain", "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(told)

    do_GET = do_POST = do_HEAD = _answer

    def log_message(self, *args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def behind() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Behind)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join(patienceSeconds)
        server.server_close()


@pytest.fixture
def proxy(tmp_path: Path, behind: int) -> Iterator[int]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = unused.getsockname()[1]
        text = (
            '[services.www]\ntype = "web"\nlisten = 0\n[services.www.routes]\n'
            f'"/api" = {{ proxy = "http://127.0.0.1:{behind}/base/" }}\n'
            f'"/own" = {{ proxy = "http://127.0.0.1:{behind}/", keep-host = true }}\n'
            f'"/gone" = {{ proxy = "http://127.0.0.1:{closed}/" }}\n'
        )
        with _up(tmp_path, text) as program:
            yield int(program.until(r"^www +TCP +127\.0\.0\.1:(\d+)")[1])
            program.signal()
            assert program.ended() == 0


def _ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patienceSeconds)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    answer.told = answer.read().decode()  # type: ignore[attr-defined]  # for the test
    connection.close()
    return answer


def test_aServerBehindAnswers(proxy: int, behind: int) -> None:
    answer = _ask(
        proxy,
        "GET",
        "/api/a%2Fb/c?d=%20",
        X_Forwarded_For="6.6.6.6",
        Connection="X-Hop",
        X_Hop="1",
        X_Kept="yes",
        Forwarded="for=6.6.6.6",
        Host="site.example:1",
    )
    first, *fields = answer.told.rstrip().splitlines()
    assert first == "GET /base/a%2Fb/c?d=%20"
    told = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "http"
    assert told["x-forwarded-host"] == "site.example:1"
    assert told["host"] == f"127.0.0.1:{behind}"
    assert told["x-kept"] == "yes"
    assert not {"x-hop", "forwarded"} & set(told)
    assert (answer.status, answer.reason) == (203, "Told")
    assert answer.headers["X-Plain"] == "2"
    assert "Keep-Alive" not in answer.headers


def test_bodiesGoThroughAndHostsAreKeptWhereTheyShall(proxy: int) -> None:
    answer = _ask(proxy, "POST", "/own/x", b"y" * 200_000, Host="site.example")
    assert answer.told.startswith("POST /x\n") and answer.told.endswith("y" * 200_000)
    assert re.search(r"^Host: site\.example$", answer.told, re.M | re.I)
    head = _ask(proxy, "HEAD", "/api")
    assert (head.status, head.told) == (203, "")


def test_aRedirectOfTheServerBehindLeadsToThisOne(proxy: int) -> None:
    assert _ask(proxy, "GET", "/api/moved").headers["Location"] == "/api/there"


def test_aServerBehindThatIsNotThereIsABadGateway(proxy: int) -> None:
    answer = _ask(proxy, "GET", "/gone/x")
    assert answer.status == 502
    assert "127.0.0.1" not in answer.told
