"""Descriptors that a program watches itself: pipes, sockets and regular files."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer

from tests.support.streams import eventually, loggedFailures, turns
from twisted.internet.error import ConnectionDone, ConnectionFdescWentAway
from twisted.internet.interfaces import IHalfCloseableDescriptor, IReadWriteDescriptor
from twisted.internet.main import CONNECTION_DONE
from twisted.python.failure import Failure


@implementer(IReadWriteDescriptor)
class Watched:
    """A descriptor with what happens to it written down."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.told: list[str] = []
        self.reason: Failure | None = None
        self.onRead: Callable[[], Any] = lambda: os.read(fd, 100) and None
        self.onWrite: Callable[[], Any] = lambda: None

    def fileno(self) -> int:
        return self.fd

    def doRead(self) -> Any:
        self.told.append("read")
        return self.onRead()

    def doWrite(self) -> Any:
        self.told.append("write")
        return self.onWrite()

    def connectionLost(self, reason: Failure) -> None:
        self.told.append("lost")
        self.reason = reason

    def logPrefix(self) -> str:
        return "watched"


@pytest.fixture(params=["pipe", "socket"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """Two descriptors: what is written to the second one can be read from the first."""
    if request.param == "pipe":
        ends = os.pipe()
        yield ends
        for each in ends:
            try:
                os.close(each)
            except OSError:
                pass
    else:
        left, right = socket.socketpair()
        yield left.fileno(), right.fileno()
        left.close()
        right.close()


def test_aReaderIsCalledWhenThereIsSomethingToRead(eachReactor: Any, pair: tuple[int, int]) -> None:
    reader = Watched(pair[0])
    eachReactor.addReader(reader)
    turns(eachReactor)
    assert reader.told == []
    os.write(pair[1], b"x")
    eventually(eachReactor, lambda: reader.told)
    turns(eachReactor)
    assert reader.told == ["read"]


def test_aWriterIsCalledWhileThereIsRoom(eachReactor: Any, pair: tuple[int, int]) -> None:
    writer = Watched(pair[1])
    eachReactor.addWriter(writer)
    eventually(eachReactor, lambda: len(writer.told) > 2)
    assert set(writer.told) == {"write"}


def test_addingTwiceIsOnceAndRemovingTwiceIsNothing(
    eachReactor: Any, pair: tuple[int, int]
) -> None:
    reader = Watched(pair[0])
    eachReactor.addReader(reader)
    eachReactor.addReader(reader)
    assert eachReactor.getReaders() == [reader]
    eachReactor.removeReader(reader)
    eachReactor.removeReader(reader)
    assert eachReactor.getReaders() == []
    os.write(pair[1], b"x")
    turns(eachReactor)
    assert reader.told == []


def test_removeAllReturnsEachOnce(eachReactor: Any) -> None:
    left, right = socket.socketpair()
    both = Watched(left.fileno())
    eachReactor.addReader(both)
    eachReactor.addWriter(both)
    assert eachReactor.removeAll() == [both]
    assert eachReactor.getReaders() == eachReactor.getWriters() == []
    left.close()
    right.close()


def test_whatTheReactorItselfNeedsIsKept(eachReactor: Any, pair: tuple[int, int]) -> None:
    waker = Watched(pair[0])
    eachReactor.addReader(waker)
    eachReactor._internalReaders.add(waker)
    assert eachReactor.removeAll() == []
    assert waker in eachReactor.getReaders()
    eachReactor._internalReaders.discard(waker)


@pytest.mark.parametrize("direction", ["read", "write"])
def test_anErrorIsLoggedAndEndsTheWatch(
    eachReactor: Any, pair: tuple[int, int], direction: str
) -> None:
    watched = Watched(pair[0] if direction == "read" else pair[1])

    def fail() -> None:
        raise ZeroDivisionError

    watched.onRead = watched.onWrite = fail
    if direction == "read":
        eachReactor.addReader(watched)
        os.write(pair[1], b"x")
    else:
        eachReactor.addWriter(watched)
    with loggedFailures() as logged:
        eventually(eachReactor, lambda: watched.reason)
    assert watched.told == [direction, "lost"]
    assert [type(each.value) for each in logged] == [ZeroDivisionError]
    assert eachReactor.getReaders() == eachReactor.getWriters() == []


def test_aReturnedReasonEndsTheWatch(eachReactor: Any, pair: tuple[int, int]) -> None:
    watched = Watched(pair[0])
    watched.onRead = lambda: CONNECTION_DONE
    eachReactor.addReader(watched)
    os.write(pair[1], b"x")
    eventually(eachReactor, lambda: watched.reason)
    assert watched.reason is not None
    assert watched.reason.check(ConnectionDone)


def test_aHalfCloseableDescriptorHearsOfTheEndOfReadingOnly(
    eachReactor: Any, pair: tuple[int, int]
) -> None:
    @implementer(IHalfCloseableDescriptor)
    class HalfClosed(Watched):
        def readConnectionLost(self, reason: Failure) -> None:
            self.told.append("readEnd")

        def writeConnectionLost(self, reason: Failure) -> None:
            self.told.append("writeEnd")

    watched = HalfClosed(pair[0])
    watched.onRead = lambda: CONNECTION_DONE
    eachReactor.addReader(watched)
    os.write(pair[1], b"x")
    eventually(eachReactor, lambda: len(watched.told) > 1)
    assert watched.told == ["read", "readEnd"]
    assert eachReactor.getReaders() == []


def test_aDescriptorThatWentAwayEndsTheWatch(eachReactor: Any, pair: tuple[int, int]) -> None:
    watched = Watched(pair[0])

    def goAway() -> None:
        os.read(pair[0], 1)
        watched.fd = -1

    watched.onRead = goAway
    eachReactor.addReader(watched)
    os.write(pair[1], b"x")
    eventually(eachReactor, lambda: watched.reason)
    assert watched.reason is not None
    assert watched.reason.check(ConnectionFdescWentAway)


def test_filenoIsNotAskedAfterTheRemoval(eachReactor: Any, pair: tuple[int, int]) -> None:
    watched = Watched(pair[0])

    def remove() -> None:
        eachReactor.removeReader(watched)
        watched.fd = -1

    watched.onRead = remove
    eachReactor.addReader(watched)
    os.write(pair[1], b"x")
    eventually(eachReactor, lambda: watched.told)
    turns(eachReactor)
    assert watched.told == ["read"]


def test_aRegularFileIsAlwaysReady(eachReactor: Any, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with path.open("rb+") as file:
        watched = Watched(file.fileno())
        eachReactor.addReader(watched)
        eachReactor.addWriter(watched)
        eventually(
            eachReactor, lambda: watched.told.count("read") > 2 and watched.told.count("write") > 2
        )
        eachReactor.removeReader(watched)
        eachReactor.removeWriter(watched)
        seen = len(watched.told)
        turns(eachReactor)
        assert len(watched.told) == seen
