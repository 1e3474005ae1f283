"""Sockets that somebody else made."""

from __future__ import annotations

import os
import socket
import tempfile
from typing import Any

import pytest

from tests.support import drive
from tests.support.streams import Maker, eventually, turns
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.error import UnsupportedAddressFamily


def test_aListeningSocketIsServed(eachReactor: Any) -> None:
    factory = Maker()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)
        name = listening.getsockname()
        port = eachReactor.adoptStreamPort(listening.fileno(), socket.AF_INET, factory)
    assert port.getHost() == IPv4Address("TCP", *name)
    with socket.create_connection(name, timeout=5) as peer:
        eventually(eachReactor, lambda: factory.made and factory.made[0].events)
        assert factory.addresses == [IPv4Address("TCP", *peer.getsockname())]
        assert factory.made[0].transport.getTcpNoDelay()
    drive(eachReactor, port.stopListening)


def test_theGivenDescriptorStaysTheGivers(eachReactor: Any) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)
        port = eachReactor.adoptStreamPort(listening.fileno(), socket.AF_INET, Maker())
        drive(eachReactor, port.stopListening)
        with socket.create_connection(listening.getsockname(), timeout=5):
            listening.accept()[0].close()


def test_aUNIXSocketIsServed(eachReactor: Any) -> None:
    factory = Maker()
    path = os.path.join(tempfile.mkdtemp(prefix="t"), "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(5)
        port = eachReactor.adoptStreamPort(listening.fileno(), socket.AF_UNIX, factory)
    assert port.getHost() == UNIXAddress(path)
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(path)
        eventually(eachReactor, lambda: factory.made and factory.made[0].events)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
def test_aConnectionIsServed(eachReactor: Any, family: int) -> None:
    if family == socket.AF_UNIX:
        ours, peer = socket.socketpair()
    else:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            peer = socket.create_connection(listening.getsockname())
            ours, _ = listening.accept()
    factory = Maker()
    adopted = eachReactor.adoptStreamConnection(ours.fileno(), family, factory)
    ours.close()
    assert len(factory.made) == 1
    eventually(eachReactor, lambda: factory.made[0].events)
    assert factory.made[0].transport is adopted
    if family == socket.AF_INET:
        assert adopted.getTcpNoDelay()
    with peer:
        peer.sendall(b"hello")
        eventually(eachReactor, lambda: factory.made[0].received)
        adopted.write(b"answer")
        adopted.loseConnection()
        eventually(eachReactor, lambda: factory.made[0].lost)
        assert peer.recv(10) == b"answer"


def test_aFactoryThatBuildsNothingIsGivenNothing(reactor: Any) -> None:
    ours, peer = socket.socketpair()
    assert reactor.adoptStreamConnection(ours.fileno(), socket.AF_UNIX, Maker(lambda: None)) is None
    ours.close()
    assert peer.recv(1) == b""
    peer.close()


@pytest.mark.parametrize("method", ["adoptStreamPort", "adoptStreamConnection"])
def test_anUnknownFamilyIsRefused(reactor: Any, method: str) -> None:
    with socket.socket() as given, pytest.raises(UnsupportedAddressFamily):
        getattr(reactor, method)(given.fileno(), 9999, Maker())


def test_aConnectionIsHandedOverByItsDescriptor(eachReactor: Any) -> None:
    """As programs do it: stop reading, adopt the number, close the old transport's socket."""
    first, second = Maker(), Maker()
    port = eachReactor.listenTCP(0, first, interface="127.0.0.1")
    with socket.create_connection(port.socket.getsockname(), timeout=5) as peer:
        eventually(eachReactor, lambda: first.made and first.made[0].events)
        transport = first.made[0].transport
        eachReactor.removeReader(transport)
        eachReactor.removeWriter(transport)
        eachReactor.adoptStreamConnection(transport.fileno(), socket.AF_INET, second)
        transport.socket.close()
        eventually(eachReactor, lambda: first.made[0].lost and second.made[0].events)
        peer.sendall(b"to the second")
        eventually(eachReactor, lambda: second.made[0].received)
        second.made[0].transport.write(b"answer")
        turns(eachReactor)
        assert peer.recv(10) == b"answer"
    assert first.made[0].received == b""
