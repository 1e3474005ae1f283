"""Every example works as its text says, against plain sockets."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .running import Program, call, examples, readAll, readLine, run


@contextmanager
def server(name: str, *words: str) -> Iterator[int]:
    """An example that serves; gives its port."""
    with Program(examples / name, *(words or ("0",))) as program:
        yield program.port()


@contextmanager
def listener() -> Iterator[socket.socket]:
    made = socket.create_server(("127.0.0.1", 0))
    made.settimeout(30)
    with made:
        yield made


@pytest.mark.parametrize(
    ("name", "word"), [("echoserver.py", "0"), ("stringserver.py", "tcp:0:interface=127.0.0.1")]
)
def test_anEchoServerSendsBackWhatItGets(name: str, word: str) -> None:
    with server(name, word) as port, call(port) as one, call(port) as other:
        for data in (b"hello", b"\x00\xff" * 1000):
            one.sendall(data)
            got = b""
            while len(got) < len(data):
                got += one.recv(65536)
            assert got == data
        other.sendall(b"x")
        other.shutdown(socket.SHUT_WR)
        assert other.recv(10) == b"x"


@pytest.mark.parametrize(
    ("name", "quote"),
    [
        ("quoteserver.py", b"The early bird catches the worm.\r\n"),
        ("textquoteserver.py", "Übung macht den Meister.\r\n".encode()),
    ],
)
def test_aQuoteServerSendsOneQuoteAndCloses(name: str, quote: bytes) -> None:
    with server(name) as port:
        for _ in range(2):
            with call(port) as connection:
                assert readAll(connection) == quote


def test_aFactoryHandsItsConfigurationToEachProtocol() -> None:
    with server("motdserver.py", "0", "Mind the gap") as port:
        for number in (1, 2):
            with call(port) as connection:
                wanted = f"You are visitor {number}. Mind the gap\r\n"
                assert readAll(connection).decode() == wanted


def test_protocolsOfOneFactoryShareWhatItHolds() -> None:
    with server("forprotocolserver.py") as port, call(port) as one:
        assert readLine(one) == b"1 connected\r\n"
        with call(port) as two:
            assert readLine(two) == b"2 connected\r\n"


def test_chattersReadEachOther() -> None:
    with server("chatserver.py") as port, call(port) as ann, call(port) as bob:
        for chatter, name in ((ann, b"Ann"), (bob, b"Bob")):
            assert readLine(chatter) == b"Who are you?\r\n"
            if name == b"Bob":
                chatter.sendall(b"Ann\r\n")
                assert b"taken" in readLine(chatter)
            # A line may come in any number of pieces.
            chatter.sendall(name[:1])
            chatter.sendall(name[1:] + b"\r\n")
            assert readLine(chatter).startswith(b"Hello " + name)
        assert readLine(ann) == b"Bob has come in.\r\n"
        bob.sendall("Grüß Gott\r\nWell?\r\n".encode())
        assert readLine(ann).decode() == "<Bob> Grüß Gott\r\n"
        assert readLine(ann) == b"<Bob> Well?\r\n"
        bob.close()
        assert readLine(ann) == b"Bob has left.\r\n"


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("creatorclient.py", "{port}"),
        ("connectclient.py", "{port}"),
        ("factoryclient.py", "{port}"),
        ("stringclient.py", "{port}"),
        ("stringclient.py", "tcp:127.0.0.1:{port}"),
    ],
)
def test_aClientAsksAndPrintsTheAnswer(name: str, word: str) -> None:
    with listener() as ear:
        port = ear.getsockname()[1]
        with Program(examples / name, word.format(port=port)) as program:
            connection, _ = ear.accept()
            with connection:
                connection.settimeout(30)
                question = readLine(connection)
                assert question.startswith(b"Hello")
                connection.sendall(b"back: " + question)
                program.until("the answer: back: Hello")
                assert readAll(connection) == b""
            assert program.ended() == 0


def closedPort() -> int:
    with listener() as ear:
        return int(ear.getsockname()[1])


@pytest.mark.parametrize("name", ["creatorclient.py", "factoryclient.py", "stringclient.py"])
def test_aClientThatIsRefusedSaysSoAndEnds(name: str) -> None:
    status, output = run([examples / name, str(closedPort())])
    assert "cannot connect: Connection was refused by other side" in output
    assert status == 0


def test_aPersistentClientTriesAgainUntilItIsAnswered() -> None:
    port = closedPort()
    with Program(examples / "persistentclient.py", str(port)) as program:
        program.until("not there yet")
        with socket.create_server(("127.0.0.1", port)) as ear:
            ear.settimeout(30)
            # One that hangs up without an answer, then three that answer.
            for number in range(4):
                connection, _ = ear.accept()
                with connection:
                    connection.settimeout(30)
                    if number:
                        connection.sendall(readLine(connection))
                        program.until(f"answer {number}: Hello again")
                        assert readAll(connection) == b""
        assert program.ended() == 0


def test_aDescriptionThatIsWrongIsSaidSo() -> None:
    status, output = run([examples / "stringserver.py", "tpc:7000"])
    assert status != 0
    assert "tcp" in output


def test_aUNIXSocketNeedsNoChangeInTheProgram(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with Program(examples / "stringserver.py", f"unix:{path}") as program:
        program.until("listening on")
        with call(str(path), socket.AF_UNIX) as connection:
            connection.sendall(b"x\n")
            assert readLine(connection) == b"x\n"
        status, output = run([examples / "stringclient.py", f"unix:{path}"])
        assert (status, "the answer: Hello" in output) == (0, True)


def test_everyExampleIsListed() -> None:
    told = set(re.findall(r"`([\w/]+\.(?:py|toml))`", (examples / "README.md").read_text()))
    sites = {f"{path.parent.name}/site.toml" for path in examples.glob("*/site.toml")}
    there = {path.name for path in examples.glob("*.py")} | sites
    assert told == there
