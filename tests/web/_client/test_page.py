"""The programs of the page about clients, run."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

page = Path(__file__).parents[3] / "docs" / "web" / "client.md"
programs = [
    text
    for text in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    if "react(" in text
]


class Handler(BaseHTTPRequestHandler):
    """Sends whoever comes to ``/from`` to ``/to``; says what came, and which cookie."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = sent or (self.path + " " + self.headers.get("Cookie", "")).encode()
        self.send_response(302 if self.path == "/from" else 200)
        if self.path == "/from":
            self.send_header("Location", "/to")
            self.send_header("Set-Cookie", "a=b")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


class Serving(ThreadingHTTPServer):
    request_queue_size = 128


@contextmanager
def serving() -> Iterator[int]:
    with Serving(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


phases = ["nameFound", "connected", "sent", "firstByte", "head", "body"]
said = [
    "200 5",
    '{"name": "value"}',
    "5",
    "5\n5\n5",
    # The server of this test has no TLS, and so no HTTP/2.
    "\n".join([r"\(b'HTTP', 1, 1\) \d"] * 100),
    "/to a=b",
    "http://127.0.0.1:PORT/abc ",
    "\n".join(rf"{phase} \d+\.\d+" for phase in phases),
]


@pytest.mark.parametrize("number", range(len(said)))
def test_aProgramOfThePageSaysWhatItShould(number: int) -> None:
    assert len(programs) == len(said)
    with serving() as port:
        uri = f"http://127.0.0.1:{port}/" + ("from" if "Cookie" in programs[number] else "abc")
        words = [uri]
        if "proxy)" in programs[number]:
            words.append(f"http://127.0.0.1:{port}")  # it answers what a proxy is asked, too
        ended = subprocess.run(
            [sys.executable, "-c", programs[number], *words],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.stderr == ""
    wanted = said[number].replace("PORT", str(port))
    pattern = wanted if "\\d" in wanted else re.escape(wanted)
    assert re.fullmatch(pattern, ended.stdout.rstrip("\n"))
