"""How connections are taken out of a listening socket's queue."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tests.support.streams import Maker, Recorder, eventually, tlsOptions, turns
from twisted.internet._engine import accepting
from twisted.internet._engine.accepting import Acceptors
from twisted.protocols.tls import TLSMemoryBIOFactory


def duplicates(inode: int) -> int:
    """How many descriptors there are of a listening socket, beside the port's own."""
    count = 0
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            count += os.fstat(int(descriptor)).st_ino == inode
    return count - 1


@contextmanager
def callers(port: Any, count: int) -> Iterator[None]:
    """So many connections wait, or are open."""
    host = port.getHost()
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection((host.host, host.port), timeout=5))
        yield


class Crowd(Maker):
    """Wants connections that come together in one turn."""

    acceptedTogether = 16


def listening(reactor: Any) -> tuple[Crowd, Any, int]:
    """A factory that wants crowds, its port, and the port's inode."""
    factory = Crowd()
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    return factory, port, os.fstat(port.fileno()).st_ino


class Turns:
    """Counts the turns of a reactor, and says in which of them protocols were connected."""

    def __init__(self, reactor: Any) -> None:
        self.turn = 0
        self.connected: list[int] = []
        self._reactor = reactor
        self._next = reactor.callLater(0, self._tick)

    def _tick(self) -> None:
        self.turn += 1
        self._next = self._reactor.callLater(0, self._tick)

    def made(self) -> Recorder:
        protocol = Recorder()
        protocol.onMade = lambda: self.connected.append(self.turn)
        return protocol

    def stop(self) -> None:
        self._next.cancel()


def test_whoComesTogetherIsTakenTogether(eachReactor: Any) -> None:
    passed = Turns(eachReactor)
    port = eachReactor.listenTCP(0, Crowd(passed.made), interface="127.0.0.1")
    with callers(port, 14):
        eventually(eachReactor, lambda: len(passed.connected) == 14)
    # One shows that there are others; those come in the next turn.
    assert len(set(passed.connected)) <= 2
    passed.stop()


def test_otherFactoriesTakeOneAtATime(reactor: Any) -> None:
    passed = Turns(reactor)
    port = reactor.listenTCP(0, Maker(passed.made), interface="127.0.0.1")
    with callers(port, 14):
        eventually(reactor, lambda: len(passed.connected) == 14)
    assert len(set(passed.connected)) == 14
    passed.stop()


def test_thoseOfTLSWantThemTogether(reactor: Any) -> None:
    server = tlsOptions()
    port = reactor.listenSSL(0, Maker(), server, interface="127.0.0.1")
    wrapped = TLSMemoryBIOFactory(server, False, Maker())
    assert port.acceptedTogether == wrapped.acceptedTogether == 16
    assert reactor.listenTCP(0, wrapped, interface="127.0.0.1").acceptedTogether == 16
    assert reactor.listenTCP(0, mock.Mock(), interface="127.0.0.1").acceptedTogether == 1


def test_aTurnTakesNoMoreThanItsBound(reactor: Any) -> None:
    passed = Turns(reactor)
    port = reactor.listenTCP(0, Crowd(passed.made), interface="127.0.0.1")
    for _ in range(3):
        passed.connected.clear()
        with callers(port, 40):
            eventually(reactor, lambda: len(passed.connected) == 40)
        most = max(passed.connected.count(turn) for turn in passed.connected)
        assert most == Acceptors.mostSockets
    passed.stop()


def test_whenTheCrowdHasGoneItsDescriptorsGo(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Acceptors, "calmSeconds", 0.02)
    monkeypatch.setattr(Acceptors, "betweenCounts", 5)
    factory, port, inode = listening(reactor)
    for _ in range(2):
        factory.made.clear()
        with callers(port, 20):
            eventually(reactor, lambda: len(factory.made) == 20)
            assert duplicates(inode) == Acceptors.mostSockets
        eventually(reactor, lambda: duplicates(inode) == 1)


def test_whileTheCrowdStaysSoDoTheDescriptors(
    reactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Acceptors, "calmSeconds", 0.2)
    monkeypatch.setattr(Acceptors, "betweenCounts", 5)
    factory, port, inode = listening(reactor)
    over: list[None] = []
    reactor.callLater(0.5, over.append, None)
    while not over:
        factory.made.clear()
        with callers(port, 20):
            eventually(reactor, lambda: len(factory.made) == 20)
        eventually(reactor, lambda: not reactor._streams)
        assert duplicates(inode) > 1


def test_whoComesAloneCostsNoDescriptors(reactor: Any) -> None:
    factory, port, inode = listening(reactor)
    for _ in range(100):
        factory.made.clear()
        with callers(port, 1):
            eventually(reactor, lambda: factory.made)
        eventually(reactor, lambda: not reactor._streams)
        assert duplicates(inode) == 1


def test_aPortThatEndsInTheCrowdLeavesNothing(eachReactor: Any) -> None:
    factory, port, inode = listening(eachReactor)
    with callers(port, 40):
        eventually(eachReactor, lambda: len(factory.made) > 1)
        port.stopListening()
        eventually(eachReactor, lambda: not port.connected)
    eventually(eachReactor, lambda: not eachReactor._streams)
    eventually(eachReactor, lambda: duplicates(inode) == -1)


def test_aPortThatStopsReadingInTheCrowdLosesNobody(eachReactor: Any) -> None:
    factory, port, _ = listening(eachReactor)
    with callers(port, 40):
        eventually(eachReactor, lambda: factory.made)
        port.stopReading()
        turns(eachReactor)
        seen = len(factory.made)
        turns(eachReactor)
        assert len(factory.made) == seen
        port.startReading()
        eventually(eachReactor, lambda: len(factory.made) == 40)
    assert all(each.events[0] == "made" for each in factory.made)


@pytest.mark.parametrize("shortage", ["half", "all"])
def test_whereDescriptorsAreShortConnectionsHaveThem(
    reactor: Any, monkeypatch: pytest.MonkeyPatch, shortage: str
) -> None:
    factory, port, inode = listening(reactor)
    if shortage == "half":
        monkeypatch.setattr(accepting, "descriptorLimit", lambda: 0)
    else:

        def none(descriptor: int) -> int:
            raise OSError("too many open files")

        monkeypatch.setattr(accepting.os, "dup", none)
    with callers(port, 20):
        eventually(reactor, lambda: len(factory.made) == 20)
        assert duplicates(inode) == 1


def test_theSystemTellsHowManyWait(reactor: Any, tmp_path: Path) -> None:
    port = reactor.listenTCP(0, Maker(), interface="127.0.0.1")
    with callers(port, 3):
        assert accepting._waiting(port.socket) == 3
    # Of UNIX sockets it does not.
    port = reactor.listenUNIX(str(tmp_path / "socket"), Maker())
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(tmp_path / "socket"))
        assert accepting._waiting(port.socket) == 0
