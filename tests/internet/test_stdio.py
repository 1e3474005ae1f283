"""Standard input and output as a transport, over pipes, files, sockets and terminals."""

from __future__ import annotations

import os
import pathlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.support import drive
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IAddress,
    IConsumer,
    IHalfCloseableDescriptor,
    IHalfCloseableProtocol,
    IPushProducer,
    ITransport,
)
from twisted.internet.protocol import Protocol
from twisted.internet.stdio import PipeAddress, StandardIO
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import globalLogPublisher


class Teller(Protocol):
    """Keeps what it is told, and fires a Deferred for whoever waits for some of it."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self._waiting: list[tuple[Any, Deferred[Any]]] = []

    def tell(self, what: Any) -> None:
        self.told.append(what)
        for wanted, deferred in self._waiting[:]:
            if self.has(wanted):
                self._waiting.remove((wanted, deferred))
                deferred.callback(None)

    def has(self, wanted: Any) -> bool:
        if isinstance(wanted, bytes):
            return wanted in b"".join(each for each in self.told if isinstance(each, bytes))
        return wanted in self.told or any(wanted in (type(each), each) for each in self.told)

    def hears(self, wanted: Any) -> Deferred[Any]:
        """A Deferred that fires when ``wanted`` (bytes, a word, a kind of error) was told."""
        deferred: Deferred[Any] = Deferred()
        if self.has(wanted):
            deferred.callback(None)
        else:
            self._waiting.append((wanted, deferred))
        return deferred

    def connectionMade(self) -> None:
        self.tell("made")

    def dataReceived(self, data: bytes) -> None:
        self.tell(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.tell(reason.value)

    @property
    def ends(self) -> list[Any]:
        return [each for each in self.told if not isinstance(each, bytes)][1:]


@implementer(IHalfCloseableProtocol)
class HalfCloseable(Teller):
    """Wants to hear of each direction."""

    def readConnectionLost(self) -> None:
        self.tell("read lost")

    def writeConnectionLost(self) -> None:
        self.tell("write lost")


class Pipes:
    """Two pipes: what is put into ``feed`` is read, what is written comes out of ``drain``."""

    def __init__(self) -> None:
        self.stdin, self.feed = os.pipe()
        self.drain, self.stdout = os.pipe()
        os.set_blocking(self.drain, False)

    def close(self, *names: str) -> None:
        for name in names or ("stdin", "feed", "drain", "stdout"):
            descriptor, self.__dict__[name] = getattr(self, name), -1
            if descriptor != -1:
                os.close(descriptor)

    def read(self) -> bytes | None:
        """What has come out; None where nothing has, and b"" where nothing will."""
        try:
            return os.read(self.drain, 1 << 20)
        except BlockingIOError:
            return None


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    made = Pipes()
    yield made
    made.close()


def until(reactor: Any, isTrue: Any) -> Deferred[Any]:
    """A Deferred that fires once ``isTrue()`` is, asked at each turn of the loop."""
    deferred: Deferred[Any] = Deferred()

    def look() -> None:
        if isTrue():
            deferred.callback(None)
        else:
            reactor.callLater(0, look)

    look()
    return deferred


def test_theProtocolIsConnectedAtOnce(reactor: Any, pipes: Pipes) -> None:
    protocol = Teller()
    transport = StandardIO(protocol, pipes.stdin, pipes.stdout, reactor)
    assert protocol.told == ["made"]
    assert protocol.transport is transport
    for interface in (ITransport, IConsumer, IPushProducer, IHalfCloseableDescriptor):
        assert verifyObject(interface, transport)
    assert verifyObject(IAddress, transport.getHost())
    assert isinstance(transport.getPeer(), PipeAddress)


def test_bytesGoBothWays(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        protocol = Teller()
        transport = StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        os.write(pipes.feed, b"in")
        await protocol.hears(b"in")
        transport.write(b"out")
        transport.write("é")
        transport.write(bytearray(b"!"))
        transport.writeSequence([b"a", memoryview(b"b")])
        got = bytearray()
        await until(eachReactor, lambda: got.extend(pipes.read() or b"") or len(got) == 8)
        assert got == "outé!ab".encode()

    drive(eachReactor, scenario)


@pytest.mark.parametrize("kind", [Teller, HalfCloseable])
def test_loseConnectionEndsAllOnceAllIsSent(
    eachReactor: Any, pipes: Pipes, kind: type[Teller]
) -> None:
    async def scenario() -> None:
        protocol = kind()
        transport = StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        transport.write(b"z" * 300_000)
        transport.loseConnection()
        # As over TCP: who closes may have more answers to give to what was read together.
        transport.write(b"and this")
        transport.loseConnection()
        assert transport.disconnecting
        assert not transport.disconnected
        got = bytearray()
        await until(eachReactor, lambda: got.extend(pipes.read() or b"") or transport.disconnected)
        transport.write(b"too late")
        got.extend(pipes.read() or b"")
        assert got == b"z" * 300_000 + b"and this"
        assert [type(each) for each in protocol.ends] == [ConnectionDone]

    drive(eachReactor, scenario)


def test_whoeverFindsTheReaderMayEndIt(pipes: Pipes) -> None:
    # Tahoe-LAFS's tests do, to see what happens when its standard input ends.
    reactor: Any = MemoryReactorClock()
    protocol = Teller()
    StandardIO(protocol, pipes.stdin, pipes.stdout, reactor)
    (reader,) = (each for each in reactor.getReaders() if each.fileno() == pipes.stdin)
    reader.loseConnection()
    assert protocol.ends == []
    reactor.advance(0)
    assert [type(each) for each in protocol.ends] == [ConnectionDone]


def test_theEndOfTheInputIsTheEndForMostProtocols(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        protocol = Teller()
        StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        os.write(pipes.feed, b"last")
        pipes.close("feed")
        await protocol.hears(ConnectionDone)
        assert protocol.told[1] == b"last"
        assert len(protocol.ends) == 1

    drive(eachReactor, scenario)


def test_theAnswerIsSentBeforeTheEndIsTold(eachReactor: Any, pipes: Pipes) -> None:
    class Answering(Teller):
        def dataReceived(self, data: bytes) -> None:
            assert self.transport is not None
            self.transport.write(b"z" * 300_000)

    async def scenario() -> None:
        protocol = Answering()
        StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        os.write(pipes.feed, b"question")
        pipes.close("feed")
        got = bytearray()
        await until(eachReactor, lambda: got.extend(pipes.read() or b"") or protocol.ends)
        got.extend(pipes.read() or b"")
        assert len(got) == 300_000
        assert [type(each) for each in protocol.ends] == [ConnectionDone]

    drive(eachReactor, scenario)


def test_aProducerIsNotWaitedForButFinishes(eachReactor: Any, pipes: Pipes) -> None:
    class Pulled:
        pieces = 3

        def resumeProducing(self) -> None:
            transport.write(b"piece")
            self.pieces -= 1
            if not self.pieces:
                transport.unregisterProducer()

        def stopProducing(self) -> None:
            raise AssertionError("stopped too early")

    async def scenario() -> None:
        nonlocal transport
        protocol = Teller()
        transport = StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        pipes.close("feed")
        transport.registerProducer(Pulled(), False)  # type: ignore[arg-type]
        await protocol.hears(ConnectionDone)
        await until(eachReactor, lambda: transport._writer.disconnected)
        assert pipes.read() == b"piece" * 3
        assert len(protocol.ends) == 1

    transport: Any = None
    drive(eachReactor, scenario)


def test_aHalfCloseableProtocolGoesOnWritingAfterTheInput(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        protocol = HalfCloseable()
        transport = StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        pipes.close("feed")
        await protocol.hears("read lost")
        transport.write(b"answer")
        transport.loseConnection()
        await protocol.hears(ConnectionDone)
        assert pipes.read() == b"answer"
        assert protocol.ends[0] == "read lost"
        assert len(protocol.ends) == 2

    drive(eachReactor, scenario)


def test_loseWriteConnectionShowsTheReaderTheEnd(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        protocol = HalfCloseable()
        transport = StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        transport.write(b"all")
        transport.loseWriteConnection()
        transport.loseWriteConnection()
        await protocol.hears("write lost")
        transport.write(b"too late")
        assert (pipes.read(), pipes.read()) == (b"all", b"")
        os.write(pipes.feed, b"still listening")
        await protocol.hears(b"still listening")
        pipes.close("feed")
        await protocol.hears(ConnectionDone)
        assert protocol.ends[:2] == ["write lost", "read lost"]
        assert len(protocol.ends) == 3
        os.fstat(pipes.stdout)  # the descriptor is there still, for print and the like

    drive(eachReactor, scenario)


def test_aReaderThatGoesAwayIsNoticedWithoutAWrite(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        protocol = HalfCloseable()
        transport = StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        pipes.close("drain")
        await protocol.hears("write lost")
        transport.write(b"nobody hears this")
        os.write(pipes.feed, b"in")
        await protocol.hears(b"in")
        transport.loseConnection()
        await protocol.hears(ConnectionDone)
        assert len(protocol.ends) == 2

    drive(eachReactor, scenario)


def test_withoutAReaderMostProtocolsGoOnReading(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        protocol = Teller()
        transport = StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        pipes.close("drain")
        await until(eachReactor, lambda: transport._writer.disconnected)
        os.write(pipes.feed, b"in")
        await protocol.hears(b"in")
        assert protocol.ends == []
        transport.loseConnection()
        await protocol.hears(ConnectionDone)

    drive(eachReactor, scenario)


def test_aReaderThatGoesAwayWhileAllIsSentIsALostConnection(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        protocol = Teller()
        transport = StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        transport.write(b"z" * 300_000)
        transport.loseConnection()
        await until(eachReactor, pipes.read)
        pipes.close("drain")
        await protocol.hears(ConnectionLost)
        assert len(protocol.ends) == 1

    drive(eachReactor, scenario)


@pytest.mark.parametrize("direction", ["read", "write"])
def test_aProtocolThatRaisesAtAnEndIsDisconnected(
    reactor: Any, pipes: Pipes, direction: str
) -> None:
    class Broken(HalfCloseable):
        def readConnectionLost(self) -> None:
            raise ZeroDivisionError("on purpose")

        def writeConnectionLost(self) -> None:
            raise ZeroDivisionError("on purpose")

    logged: list[Any] = []

    def observe(event: Any) -> None:
        if "log_failure" in event:
            logged.append(event["log_failure"].type)

    async def scenario() -> None:
        protocol = Broken()
        StandardIO(protocol, pipes.stdin, pipes.stdout, reactor)
        pipes.close("feed" if direction == "read" else "drain")
        await protocol.hears(ZeroDivisionError)
        assert len(protocol.ends) == 1

    globalLogPublisher.addObserver(observe)
    try:
        drive(reactor, scenario)
    finally:
        globalLogPublisher.removeObserver(observe)
    assert logged == [ZeroDivisionError]


def test_readingCanBePaused(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        protocol = Teller()
        transport = StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        transport.pauseProducing()
        assert transport._reader not in eachReactor.getReaders()
        os.write(pipes.feed, b"in")
        transport.write(b"out")
        await until(eachReactor, pipes.read)
        assert protocol.told == ["made"]
        transport.resumeProducing()
        await protocol.hears(b"in")
        transport.stopReading()
        transport.startReading()
        transport.stopProducing()
        await protocol.hears(ConnectionDone)
        transport.resumeProducing()
        assert transport._reader not in eachReactor.getReaders()

    drive(eachReactor, scenario)


@implementer(IPushProducer)
class Producer:
    """Keeps the calls it gets."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def pauseProducing(self) -> None:
        self.calls.append("pause")

    def resumeProducing(self) -> None:
        self.calls.append("resume")

    def stopProducing(self) -> None:
        self.calls.append("stop")


def test_aProducerIsPausedWhileThePipeIsFull(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        producer = Producer()
        transport = StandardIO(Teller(), pipes.stdin, pipes.stdout, eachReactor)
        transport.registerProducer(producer, True)
        transport.write(b"z" * 300_000)
        assert producer.calls == ["pause"]
        await until(eachReactor, lambda: (pipes.read() and False) or "resume" in producer.calls)
        transport.unregisterProducer()
        transport.loseConnection()
        await until(eachReactor, lambda: transport.disconnected)
        assert producer.calls == ["pause", "resume"]

    drive(eachReactor, scenario)


def test_aProducerIsStoppedWhenItsReaderGoesAway(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        producer, late = Producer(), Producer()
        transport = StandardIO(Teller(), pipes.stdin, pipes.stdout, eachReactor)
        transport.registerProducer(producer, True)
        pipes.close("drain")
        await until(eachReactor, lambda: producer.calls)
        transport.registerProducer(late, True)
        assert (producer.calls, late.calls) == (["stop"], ["stop"])

    drive(eachReactor, scenario)


def test_theDescriptorsAreGivenBackAsTheyWere(eachReactor: Any, pipes: Pipes) -> None:
    async def scenario() -> None:
        protocol = Teller()
        transport = StandardIO(protocol, pipes.stdin, pipes.stdout, eachReactor)
        assert not os.get_blocking(pipes.stdin)
        assert not os.get_blocking(pipes.stdout)
        transport.loseConnection()
        await protocol.hears(ConnectionDone)
        assert os.get_blocking(pipes.stdin)
        assert os.get_blocking(pipes.stdout)
        assert transport._writer not in eachReactor.getReaders()

    drive(eachReactor, scenario)


def test_filesAreReadAndWritten(eachReactor: Any, tmp_path: pathlib.Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"content" * 50_000)

    async def scenario() -> None:
        with source.open("rb") as stdin, target.open("wb") as stdout:
            protocol = HalfCloseable()
            transport = StandardIO(protocol, stdin.fileno(), stdout.fileno(), eachReactor)
            await protocol.hears("read lost")
            transport.writeSequence(each for each in protocol.told if isinstance(each, bytes))
            transport.loseConnection()
            await protocol.hears(ConnectionDone)

    drive(eachReactor, scenario)
    assert target.read_bytes() == source.read_bytes()


def test_aSocketMayBeBothAtOnce(eachReactor: Any) -> None:
    ours, theirs = socket.socketpair()

    async def scenario() -> None:
        protocol = HalfCloseable()
        transport = StandardIO(protocol, ours.fileno(), os.dup(ours.fileno()), eachReactor)
        theirs.setblocking(False)
        theirs.send(b"question")
        await protocol.hears(b"question")
        transport.write(b"answer")
        transport.loseWriteConnection()
        await protocol.hears("write lost")
        assert (theirs.recv(100), theirs.recv(100)) == (b"answer", b"")
        theirs.close()
        await protocol.hears(ConnectionDone)
        os.close(transport._writer.fileno())

    with ours, theirs:
        drive(eachReactor, scenario)


def test_aTerminalIsReadByLine(eachReactor: Any) -> None:
    master, slave = os.openpty()

    async def scenario() -> None:
        protocol = Teller()
        transport = StandardIO(protocol, slave, slave, eachReactor)
        os.write(master, b"line\n")
        await protocol.hears(b"line\n")
        transport.write(b"answer")
        got = bytearray()
        os.set_blocking(master, False)

        def read() -> bool:
            try:
                got.extend(os.read(master, 100))
            except BlockingIOError:
                pass
            return got.endswith(b"answer")

        await until(eachReactor, read)
        os.write(master, b"\x04")  # end of file, as typed
        await protocol.hears(ConnectionDone)

    try:
        drive(eachReactor, scenario)
    finally:
        os.close(master)
        os.close(slave)


def test_theStateCanBeSeen(reactor: Any, pipes: Pipes) -> None:
    transport = StandardIO(Teller(), pipes.stdin, pipes.stdout, reactor)
    assert f"<Reader of descriptor {pipes.stdin}>" in repr(transport)
    drive(reactor, transport.loseConnection)
    drive(reactor, until, reactor, lambda: transport.disconnected)
    assert repr(transport) == "<StandardIO for None open=[]>"
    assert repr(transport.getPeer()) == "PipeAddress()"
