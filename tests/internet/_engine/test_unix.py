"""UNIX sockets: files, abstract names, locks and permissions."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import drive
from tests.support.streams import Maker, eventually, turns
from twisted.internet import error
from twisted.internet.address import UNIXAddress
from twisted.internet.interfaces import IUNIXTransport
from twisted.internet.tcp import Port


@pytest.fixture
def path() -> Iterator[str]:
    """A short one, for that of a socket may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        yield os.path.join(folder, "s")


def test_aSocketIsMadeAndRemoved(eachReactor: Any, path: str) -> None:
    port = eachReactor.listenUNIX(path, Maker())
    assert isinstance(port, Port)
    assert stat.S_ISSOCK(os.stat(path).st_mode)
    assert port.getHost() == UNIXAddress(path)
    assert path in repr(port)
    drive(eachReactor, port.stopListening)
    assert not os.path.exists(path)
    assert "not listening" in repr(port)


def test_aPortThatDoesNotReadKeepsItsFile(eachReactor: Any, path: str) -> None:
    factory = Maker()
    port = eachReactor.listenUNIX(path, factory)
    port.stopReading()
    turns(eachReactor)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        turns(eachReactor)
        assert factory.made == []
        port.startReading()
        eventually(eachReactor, lambda: factory.made)


def test_theModeIsThatOfTheFile(reactor: Any, path: str) -> None:
    reactor.listenUNIX(path, Maker(), mode=0o600)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_aPathInUseIsCannotListenError(reactor: Any, path: str) -> None:
    reactor.listenUNIX(path, Maker())
    with pytest.raises(error.CannotListenError) as caught:
        reactor.listenUNIX(path, Maker())
    assert path in str(caught.value)
    assert "already in use" in str(caught.value)


def test_aPathThatIsTooLongIsCannotListenError(reactor: Any, path: str) -> None:
    with pytest.raises(error.CannotListenError):
        reactor.listenUNIX(path + "x" * 200, Maker())


@pytest.mark.parametrize("kind", [str, os.fsencode, __import__("pathlib").Path])
def test_aPathMayBeTextBytesOrAPath(eachReactor: Any, path: str, kind: Any) -> None:
    server, client = Maker(), Maker()
    eachReactor.listenUNIX(kind(path), server)
    eachReactor.connectUNIX(kind(path), client)
    eventually(eachReactor, lambda: server.made and client.made)
    assert client.addresses == [UNIXAddress(path)]


def test_anAbstractNameNeedsNoFile(eachReactor: Any) -> None:
    name = f"\0torsion-test-{os.getpid()}"
    server, client = Maker(), Maker()
    port = eachReactor.listenUNIX(name, server)
    eachReactor.connectUNIX(name, client)
    eventually(eachReactor, lambda: server.made and client.made)
    assert client.made[0].transport.getPeer() == UNIXAddress(name)
    drive(eachReactor, port.stopListening)


def test_transportsAreIUNIXTransports(eachReactor: Any, path: str) -> None:
    server, client = Maker(), Maker()
    eachReactor.listenUNIX(path, server)
    eachReactor.connectUNIX(path, client)
    eventually(eachReactor, lambda: server.made and client.made)
    for maker in (server, client):
        transport = maker.made[0].transport
        isUNIX: bool = IUNIXTransport.providedBy(transport)
        assert isUNIX
        transport.setTcpNoDelay(True)
        assert not transport.getTcpNoDelay()
        transport.setTcpKeepAlive(True)
        assert transport.getTcpKeepAlive()
    assert server.made[0].transport.getHost() == UNIXAddress(path)
    assert client.made[0].transport.getPeer() == UNIXAddress(path)


def test_whereNobodyListensIsAConnectError(eachReactor: Any, path: str) -> None:
    factory = Maker()
    eachReactor.connectUNIX(path, factory)
    eventually(eachReactor, lambda: factory.reason)
    assert factory.reason is not None
    assert factory.reason.check(error.ConnectError)


def test_checkPIDLooksForTheLock(eachReactor: Any, path: str) -> None:
    factory = Maker()
    eachReactor.connectUNIX(path, factory, checkPID=True)
    eventually(eachReactor, lambda: factory.reason)
    assert factory.reason is not None
    assert factory.reason.check(error.BadFileError)
    served = Maker()
    eachReactor.listenUNIX(path, served, wantPID=True)
    eachReactor.connectUNIX(path, factory, checkPID=True)
    eventually(eachReactor, lambda: served.made)


def test_theLockKeepsASecondListenerOut(eachReactor: Any, path: str) -> None:
    port = eachReactor.listenUNIX(path, Maker(), wantPID=True)
    with pytest.raises(error.CannotListenError, match="lock"):
        eachReactor.listenUNIX(path, Maker(), wantPID=True)
    drive(eachReactor, port.stopListening)
    assert not os.path.lexists(path + ".lock")


def test_whatADeadProcessLeftIsTakenOver(eachReactor: Any, path: str) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)
    # The number of a process that cannot be.
    os.symlink(str(2**22 + 1), path + ".lock")
    factory = Maker()
    eachReactor.listenUNIX(path, factory, wantPID=True)
    client = Maker()
    eachReactor.connectUNIX(path, client)
    eventually(eachReactor, lambda: factory.made)


def test_theFileOfAnotherIsNotRemoved(eachReactor: Any, path: str) -> None:
    port = eachReactor.listenUNIX(path, Maker())
    os.remove(path)
    with socket.socket(socket.AF_UNIX) as another:
        another.bind(path)
        drive(eachReactor, port.stopListening)
        assert os.path.exists(path)
