"""Files by the system's own copying: in order, whole, and with nothing left open."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import drive
from twisted.internet._engine.filesending import FileSending, canSendFiles
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThreadPool


class Server(Protocol):
    """Does what a test says when it is connected; keeps how it was lost."""

    def __init__(self, work: Callable[[Server], object]) -> None:
        self.work = work
        self.lost: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        self.work(self)

    def connectionLost(self, reason: Any = None) -> None:
        self.lost.callback(None)


def readAll(port: int, most: int = 1 << 30) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        got = bytearray()
        while len(got) < most and (data := connection.recv(65536)):
            got += data
        return bytes(got)


def serving(
    reactor: Any, work: Callable[[Server], object], client: Callable[[int], Any] = readAll
) -> Any:
    """Let a client read what ``work`` sends; returns what it read, when the server has lost it."""
    made: list[Server] = []

    class Serving(Factory):
        def buildProtocol(self, addr: Any) -> Server:
            made.append(Server(work))
            return made[0]

    async def run() -> Any:
        port = reactor.listenTCP(0, Serving(), interface="127.0.0.1")
        pool = reactor.getThreadPool()
        got = await deferToThreadPool(reactor, pool, client, port.getHost().port)
        await made[0].lost
        await port.stopListening()
        return got

    return drive(reactor, run)


@pytest.fixture
def source(tmp_path: Path) -> Any:
    path = tmp_path / "source"
    path.write_bytes(os.urandom(5_000_000))
    with path.open("rb") as file:
        yield file


def contents(source: Any) -> bytes:
    return Path(source.name).read_bytes()


@pytest.mark.parametrize("size", [1, 65_536, 5_000_000])
def test_whatIsWrittenBeforeAndMeanwhileKeepsItsOrder(
    eachReactor: Any, source: Any, size: int
) -> None:
    def work(server: Server) -> None:
        transport: Any = server.transport

        def ended(missing: int) -> None:
            assert missing == 0
            transport.write(b"|after")
            transport.loseConnection()

        transport.write(b"before|")
        assert canSendFiles(transport)
        sending = FileSending(transport, source.fileno(), 0, size, ended)
        if not sending.start():
            transport.write(b"|meanwhile")

    got = serving(eachReactor, work)
    whole = contents(source)[:size]
    assert got in (b"before|" + whole + b"|after", b"before|" + whole + b"|meanwhile|after")


def test_aPartIsSent(eachReactor: Any, source: Any) -> None:
    def work(server: Server) -> None:
        transport: Any = server.transport
        FileSending(
            transport, source.fileno(), 1000, 3_000_000, lambda _: transport.loseConnection()
        ).start()

    assert serving(eachReactor, work) == contents(source)[1000:3_001_000]


def test_aFileThatIsTooShortSaysWhatIsMissing(reactor: Any, source: Any) -> None:
    told: list[int] = []

    def work(server: Server) -> None:
        transport: Any = server.transport

        def ended(missing: int) -> None:
            told.append(missing)
            transport.loseConnection()

        FileSending(transport, source.fileno(), 4_999_000, 3000, ended).start()

    assert serving(reactor, work) == contents(source)[-1000:]
    assert told == [2000]


def test_nobodyIsToldAfterStopProducing(eachReactor: Any, source: Any) -> None:
    told: list[int] = []

    def work(server: Server) -> None:
        transport: Any = server.transport
        sending = FileSending(transport, source.fileno(), 0, 5_000_000, told.append)
        assert not sending.start()
        sending.stopProducing()
        sending.stopProducing()
        transport.write(b"|end")
        transport.loseConnection()

    got = serving(eachReactor, work)
    assert got.endswith(b"|end")
    assert contents(source).startswith(got[:-4])
    assert told == []


def test_theEndOfTheConnectionIsSeenThoughTheSocketWasWaitedFor(
    eachReactor: Any, source: Any
) -> None:
    """The duplicate of a descriptor would keep the connection open."""
    before = len(os.listdir("/proc/self/fd"))
    counted: list[int] = []

    def work(server: Server) -> None:
        transport: Any = server.transport
        sending = FileSending(transport, source.fileno(), 0, 5_000_000, counted.append)
        assert not sending.start()
        server.lost.addCallback(lambda _: sending.stopProducing())

    serving(eachReactor, work, lambda port: readAll(port, 1))
    assert counted == []
    assert len(os.listdir("/proc/self/fd")) <= before + 12  # what a reactor itself has open


def test_anErrorOfWhoIsToldLosesTheConnection(reactor: Any, source: Any) -> None:
    def work(server: Server) -> None:
        def ended(missing: int) -> None:
            raise ZeroDivisionError

        transport: Any = server.transport
        assert not FileSending(transport, source.fileno(), 0, 5_000_000, ended).start()

    def client(port: int) -> int:
        try:
            return len(readAll(port))
        except ConnectionResetError:
            return 5_000_000

    assert serving(reactor, work, client) == 5_000_000


def test_aDescriptorThatIsNoFileSaysSo(reactor: Any) -> None:
    reading, writing = os.pipe()
    told: list[int] = []

    def work(server: Server) -> None:
        transport: Any = server.transport

        def ended(missing: int) -> None:
            told.append(missing)
            transport.loseConnection()

        FileSending(transport, reading, 0, 10, ended).start()

    try:
        assert serving(reactor, work) == b""
    finally:
        os.close(reading)
        os.close(writing)
    assert told == [10]


def test_otherTransportsAreToldApart(reactor: Any) -> None:
    assert not canSendFiles(StringTransport())
    answers: list[bool] = []

    def work(server: Server) -> None:
        transport: Any = server.transport
        answers.append(canSendFiles(transport))
        transport.registerProducer(transport, True)
        answers.append(canSendFiles(transport))
        transport.unregisterProducer()
        # More than any buffer of a socket takes: it waits in the loop.
        transport.write(b"x" * 30_000_000)
        transport._flush()
        answers.append(canSendFiles(transport))
        transport.loseConnection()
        answers.append(canSendFiles(transport))

    assert len(serving(reactor, work)) == 30_000_000
    assert answers == [True, True, False, False]
