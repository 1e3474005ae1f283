"""The examples for UDP, against plain sockets and against each other."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from .running import Program, examples, run


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(30)
        yield made


def test_theServerSendsBackWhatItGets(peer: socket.socket) -> None:
    with Program(examples / "udpechoserver.py", "0") as server:
        there = ("127.0.0.1", server.port())
        for data in (b"hello", b"\x00\xff" * 1000, b""):
            peer.sendto(data, there)
            assert peer.recvfrom(4096) == (data, there)


def test_theClientIsAnsweredByTheServer() -> None:
    with Program(examples / "udpechoserver.py", "0") as server:
        status, output = run([examples / "udpechoclient.py", str(server.port())])
    assert "the answer: Hello by UDP" in output
    assert status == 0


def test_theClientAsksAgain(peer: socket.socket) -> None:
    number = str(peer.getsockname()[1])
    with Program(examples / "udpechoclient.py", number, "0.2") as client:
        assert peer.recv(100) == b"Hello by UDP"
        client.until("no answer to attempt 1")
        question, there = peer.recvfrom(100)
        peer.sendto(question.upper(), there)
        client.until("the answer: HELLO BY UDP")
        assert client.ended() == 0


def test_theClientGivesUp(peer: socket.socket) -> None:
    number = str(peer.getsockname()[1])
    status, output = run([examples / "udpechoclient.py", number, "0.05"])
    assert "no answer to attempt 3" in output
    assert "giving up" in output
    assert status == 1


def test_theClientIsToldThatNobodyListens(peer: socket.socket) -> None:
    number = str(peer.getsockname()[1])
    peer.close()
    status, output = run([examples / "udpechoclient.py", number])
    assert "nobody listens there" in output
    assert status == 0
