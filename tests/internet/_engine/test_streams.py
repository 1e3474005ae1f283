"""Streams of the engine, beyond the contract (tests/contracts): what one write costs, and more."""

from __future__ import annotations

import gc
import socket
import weakref
from typing import Any

import pytest
from zope.interface import implementer

from tests.support.streams import TCP4, Half, Maker, Recorder, eventually, turns
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ILoggingContext, IPullProducer, ITCPTransport
from twisted.python import context, log


def test_aTransportIsAnITCPTransport(eachReactor: Any) -> None:
    ends = TCP4(eachReactor)
    assert ITCPTransport.providedBy(ends.client.transport)
    assert ITCPTransport.providedBy(ends.server.transport)


def test_optionsOfTheSocketAreReadAndSet(eachReactor: Any) -> None:
    transport = TCP4(eachReactor).client.transport
    for get, put in (
        (transport.getTcpNoDelay, transport.setTcpNoDelay),
        (transport.getTcpKeepAlive, transport.setTcpKeepAlive),
    ):
        for wanted in (True, False, 1, 0):
            put(wanted)
            assert get() == bool(wanted)


def test_theAddressesOfBothEndsAgree(eachReactor: Any) -> None:
    ends = TCP4(eachReactor)
    client, server = ends.client.transport, ends.server.transport
    assert client.getHost() == server.getPeer()
    assert client.getPeer() == server.getHost() == ends.port.getHost()
    assert client.getHandle().fileno() == client.fileno() == client.socket.fileno()
    ends.client.transport.loseConnection()
    ends.untilLost()
    assert client.getPeer() == ends.port.getHost()
    assert client.fileno() == -1


def test_writesOfOneTurnLeaveTogether(eachReactor: Any) -> None:
    ends = TCP4(eachReactor)
    for _ in range(100):
        ends.client.transport.write(b"x")
    ends.until(lambda: len(ends.server.received) == 100)
    assert ends.server.chunks == [b"x" * 100]


def test_answersToOneReadLeaveTogether(eachReactor: Any) -> None:
    ends = TCP4(eachReactor)

    def answer(data: bytes) -> None:
        for byte in data:
            ends.server.transport.write(bytes([byte]))

    ends.server.onData = answer
    ends.client.transport.write(b"abc" * 10)
    ends.until(lambda: len(ends.client.received) == 30)
    assert ends.client.chunks == [b"abc" * 10]


def test_programsSeeHowMuchWaitsToBeSent(eachReactor: Any) -> None:
    ends = TCP4(eachReactor)
    transport = ends.client.transport
    assert transport._tempDataLen == 0
    transport.write(b"12345")
    assert transport._tempDataLen == 5
    assert b"".join(transport._tempDataBuffer) == b"12345"
    ends.until(lambda: ends.server.received)
    assert transport._tempDataBuffer == []


def test_aPeerThatClosedItsSideStillGetsWhatWasWritten(eachReactor: Any) -> None:
    """As of ``printf 'all' | nc -N``: the answer comes after the peer's end."""
    server = Recorder()
    server.onData = lambda data: server.transport.write(data.upper())
    port = eachReactor.listenTCP(0, Maker(lambda: server), interface="127.0.0.1")
    with socket.create_connection(port.socket.getsockname(), timeout=5) as peer:
        peer.sendall(b"all")
        peer.shutdown(socket.SHUT_WR)
        eventually(eachReactor, lambda: server.lost)
        assert peer.recv(10) == b"ALL"
    assert server.error is ConnectionDone


def test_aPeerThatTakesNothingAfterItsEndIsNotWaitedForForEver(eachReactor: Any) -> None:
    eachReactor.flushAfterEOFSeconds = 0.02
    server = Recorder()
    server.onMade = lambda: server.transport.write(b"x" * (1 << 24))
    port = eachReactor.listenTCP(0, Maker(lambda: server), interface="127.0.0.1")
    with socket.create_connection(port.socket.getsockname(), timeout=5) as peer:
        peer.shutdown(socket.SHUT_WR)
        eventually(eachReactor, lambda: server.lost)
    assert server.events == ["made", "lost"]


@pytest.mark.parametrize("producing", [False, True])
def test_whoLosesTheConnectionAtOnceIsGivenNothingMore(eachReactor: Any, producing: bool) -> None:
    server = Recorder()

    def made() -> None:
        if producing:
            server.transport.registerProducer(Slow(), False)
        server.transport.loseConnection()

    server.onMade = made
    port = eachReactor.listenTCP(0, Maker(lambda: server), interface="127.0.0.1")
    with socket.create_connection(port.socket.getsockname(), timeout=5) as peer:
        peer.sendall(b"too late")
        eventually(eachReactor, lambda: server.events)
        turns(eachReactor)
        if producing:
            assert server.events == ["made"]
            peer.setblocking(False)
            peer.send(b"x" * 100_000)  # as much of it as there is room for
            turns(eachReactor)
            server.transport.unregisterProducer()
        eventually(eachReactor, lambda: server.lost)
    assert server.events == ["made", "lost"]


@implementer(IPullProducer)
class Slow:
    """A producer that has nothing to give yet."""

    def resumeProducing(self) -> None:
        pass

    def pauseProducing(self) -> None:
        pass

    def stopProducing(self) -> None:
        pass


def test_aResetIsConnectionLost(eachReactor: Any) -> None:
    import struct

    server = Recorder()
    port = eachReactor.listenTCP(0, Maker(lambda: server), interface="127.0.0.1")
    peer = socket.create_connection(port.socket.getsockname(), timeout=5)
    eventually(eachReactor, lambda: server.events)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    eventually(eachReactor, lambda: server.lost)
    assert server.error is ConnectionLost


def test_bothHalvesClosedStayUntilSomebodyLosesTheConnection(eachReactor: Any) -> None:
    ends = TCP4(eachReactor, Half(), Half())
    ends.client.transport.loseWriteConnection()
    ends.until(lambda: "readEnd" in ends.server.events)
    ends.server.transport.loseWriteConnection()
    ends.until(lambda: "readEnd" in ends.client.events)
    turns(eachReactor)
    assert not ends.client.lost
    ends.client.transport.loseConnection()
    ends.server.transport.loseConnection()
    ends.untilLost()
    assert ends.client.error is ConnectionDone


def test_connectionLostByAnotherEndsItWithThatReason(eachReactor: Any) -> None:
    from twisted.python.failure import Failure

    ends = TCP4(eachReactor)
    ends.server.transport.connectionLost(Failure(ZeroDivisionError()))
    assert ends.server.error is ZeroDivisionError
    ends.untilLost()
    assert ends.server.events == ["made", "lost"]


def test_aLostProtocolAndItsTransportAreFreedAtOnce(eachReactor: Any) -> None:
    gc.collect()
    gc.disable()
    try:
        ends = TCP4(eachReactor)
        ends.client.transport.loseConnection()
        ends.untilLost()
        gone = weakref.ref(ends.server.transport)
        ends.server.transport = None
        ends.serverFactory.made.clear()
        turns(eachReactor)
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("streaming", [True, False])
def test_aConnectionThatWasLostWithItsProducerIsFreedAtOnce(
    eachReactor: Any, streaming: bool
) -> None:
    ends = TCP4(eachReactor)
    ends.client.transport.registerProducer(Slow(), streaming)
    seen = weakref.ref(ends.client.transport)
    gc.collect()
    gc.disable()
    try:
        ends.server.transport.abortConnection()
        ends.untilLost()
        del ends.client.transport, ends.connector.transport
        turns(eachReactor)
        assert seen() is None
    finally:
        gc.enable()


def test_whatIsLoggedWhileAProtocolIsCalledBearsItsName(eachReactor: Any) -> None:
    seen: list[str] = []

    @implementer(ILoggingContext)
    class Named(Recorder):
        def logPrefix(self) -> str:
            return "a name of its own"

        def connectionMade(self) -> None:
            super().connectionMade()
            seen.append(context.get(log.ILogContext)["system"])

        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            seen.append({**context.get(log.ILogContext)}["system"])

    ends = TCP4(eachReactor, server=Named())
    ends.client.transport.write(b"x")
    ends.until(lambda: ends.server.received)
    assert len(seen) == 2
    assert all(each.startswith("a name of its own") for each in seen)
    assert context.get(log.ILogContext)["system"] == "-"


def test_theNameOfAThreadIsNotTheProtocols(eachReactor: Any) -> None:
    import threading

    seen: list[str] = []

    def ask() -> None:
        seen.append(context.get(log.ILogContext)["system"])

    def askElsewhere(data: bytes) -> None:
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        ask()

    ends = TCP4(eachReactor)
    ends.server.onData = askElsewhere
    ends.client.transport.write(b"x")
    ends.until(lambda: len(seen) == 2)
    assert seen[0] == "-"
    assert seen[1].startswith("Recorder")


@pytest.mark.parametrize("side", ["server", "client"])
def test_theLogStringNamesProtocolAndSide(eachReactor: Any, side: str) -> None:
    ends = TCP4(eachReactor)
    wanted = "Recorder,0,127.0.0.1" if side == "server" else "Recorder,client"
    assert getattr(ends, side).transport.logstr == wanted
