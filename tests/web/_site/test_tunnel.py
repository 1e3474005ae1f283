"""A WebSocket of a server behind the site: joined with the client, or refused with a code."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.examples.running import Program, call, patienceSeconds

_KEY = base64.b64encode(b"0123456789abcdef")
_ACCEPT = base64.b64encode(
    hashlib.sha1(_KEY + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # RFC 6455, section 1.3
)
_AGREED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


class _Behind:
    """A server that answers with given bytes, and then sends back in capitals what comes."""

    def __init__(self) -> None:
        self.answer = b""
        self.head = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(patienceSeconds)
        self.port: int = self._listening.getsockname()[1]
        self.left = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            connection, _ = self._listening.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(patienceSeconds)
            while b"\r\n\r\n" not in self.head:
                self.head += connection.recv(65536)
            connection.sendall(self.answer)
            # Who is refused is cut off.
            with contextlib.suppress(ConnectionResetError):
                while data := connection.recv(65536):
                    connection.sendall(data.upper())
        self.left.set()

    def close(self) -> None:
        self._listening.close()
        self._thread.join(patienceSeconds)


@pytest.fixture
def behind() -> Iterator[_Behind]:
    made = _Behind()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def ask(behind: _Behind, tmp_path: Path) -> Iterator[Callable[[bytes], Any]]:
    """Asks the site for a WebSocket. Returns: the connection and the head of the answer."""
    (tmp_path / "site.toml").write_text(
        '[services.www]\ntype = "web"\nlisten = 0\n[services.www.routes]\n'
        f'"/live" = {{ proxy = "http://127.0.0.1:{behind.port}/base", timeout = 2 }}\n'
    )
    opened: list[socket.socket] = []

    def asking(answer: bytes) -> tuple[socket.socket, bytes]:
        behind.answer = answer
        connection = call(port)
        opened.append(connection)
        connection.sendall(
            b"GET /live/x?y HTTP/1.1\r\nHost: site.example\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade, X-Hop\r\nX-Hop: 1\r\nOrigin: http://site.example\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat\r\n"
            b"Sec-WebSocket-Key: " + _KEY + b"\r\n\r\n"
        )
        seen = b""
        while b"\r\n\r\n" not in seen:
            more = connection.recv(1)
            assert more, seen
            seen += more
        return connection, seen

    with Program("-m", "twisted.application.twist", "up", folder=tmp_path) as program:
        port = int(program.until(r"^www +TCP +127\.0\.0\.1:(\d+)")[1])
        yield asking
        for each in opened:
            each.close()
        program.signal()
        assert program.ended() == 0


def test_bytesGoThroughBothWaysAndTheEndToo(behind: _Behind, ask: Any) -> None:
    fields = b"Sec-WebSocket-Accept: " + _ACCEPT + b"\r\nSec-WebSocket-Protocol: chat\r\n\r\nearly"
    connection, head = ask(_AGREED + fields)
    assert head.startswith(b"HTTP/1.1 101 ")
    assert b"sec-websocket-protocol: chat\r\n" in head.lower()
    assert connection.recv(5) == b"early"
    data = b"some words " * 50_000
    sending = threading.Thread(target=connection.sendall, args=(data,))
    sending.start()
    came = b""
    while len(came) < len(data):
        came += connection.recv(65536)
    sending.join(patienceSeconds)
    assert came == data.upper()
    lines = behind.head.split(b"\r\n")
    assert lines[0] == b"GET /base/x?y HTTP/1.1"
    told = {line.partition(b": ")[0].lower(): line.partition(b": ")[2] for line in lines[1:]}
    assert told[b"origin"] == b"http://site.example"
    assert told[b"sec-websocket-key"] == _KEY
    assert told[b"x-forwarded-host"] == b"site.example"
    assert b"x-hop" not in told
    connection.close()
    assert behind.left.wait(patienceSeconds)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", b"403"),
        (b"HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n", b"502"),
        (_AGREED + b"Sec-WebSocket-Accept: wrong\r\n\r\n", b"502"),
        (_AGREED + b"Sec WebSocket Accept: wrong\r\n\r\n", b"502"),
        (b"SSH-2.0-x\r\n\r\n", b"502"),
        (b"HTTP/1.1 101 x\r\n" + b"A: b\r\n" * 5000, b"502"),
        (b"", b"504"),
    ],
)
def test_whoDoesNotAgreeIsNoWebSocket(ask: Any, answer: bytes, code: bytes) -> None:
    _, head = ask(answer)
    assert head.startswith(b"HTTP/1.1 " + code + b" ")
