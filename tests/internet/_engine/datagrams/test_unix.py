"""UNIX datagram sockets."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.support import drive
from tests.support.streams import eventually, loggedFailures
from twisted.internet import error
from twisted.internet.address import UNIXAddress
from twisted.internet.interfaces import (
    IReactorUNIXDatagram,
    IUNIXDatagramConnectedTransport,
    IUNIXDatagramTransport,
)
from twisted.internet.unix import ConnectedDatagramPort, DatagramPort

from .support import ConnectedRecorder, Recorder, ScriptedSocket


@pytest.fixture
def folder() -> Iterator[str]:
    # Short, for a socket's path may have 107 bytes.
    with tempfile.TemporaryDirectory(prefix="t") as made:
        yield made


def listen(reactor: Any, path: Any, **options: Any) -> tuple[Any, Recorder]:
    protocol = Recorder()
    return reactor.listenUNIXDatagram(path, protocol, **options), protocol


def connect(reactor: Any, path: Any, **options: Any) -> tuple[Any, ConnectedRecorder]:
    protocol = ConnectedRecorder()
    return reactor.connectUNIXDatagram(path, protocol, **options), protocol


def test_whatIsProvided(reactor: Any, folder: str) -> None:
    assert verifyObject(IReactorUNIXDatagram, reactor)
    path = os.path.join(folder, "s")
    assert verifyObject(IUNIXDatagramTransport, listen(reactor, path)[0])
    assert verifyObject(IUNIXDatagramConnectedTransport, connect(reactor, path)[0])


@pytest.mark.parametrize("encode", [os.fsdecode, os.fsencode])
def test_aDatagramGoesThereAndBack(eachReactor: Any, folder: str, encode: Any) -> None:
    there, here = (encode(os.path.join(folder, name)) for name in ("server", "client"))
    server, asked = listen(eachReactor, there)
    client, answered = connect(eachReactor, there, bindAddress=here)
    asked.onDatagram = lambda datagram: server.write(datagram.upper(), asked.got[-1][1])
    assert client.write(b"hello") == 5
    eventually(eachReactor, lambda: answered.got)
    assert asked.got == [(b"hello", os.fsdecode(here))]
    assert answered.got == [(b"HELLO", None)]
    assert server.getHost() == UNIXAddress(there)
    assert (client.getHost(), client.getPeer()) == (UNIXAddress(here), UNIXAddress(there))


@pytest.mark.skipif(sys.platform != "linux", reason="abstract names are Linux's")
def test_abstractNames(eachReactor: Any) -> None:
    name = f"\0torsion-{os.getpid()}"
    server, asked = listen(eachReactor, name)
    client, _ = connect(eachReactor, name)
    client.writeSequence([b"one", b" datagram"])
    eventually(eachReactor, lambda: asked.got)
    assert asked.datagrams == [b"one datagram"]
    assert server.getHost() == UNIXAddress(name)


def test_theFileHasTheMode(reactor: Any, folder: str) -> None:
    path = os.path.join(folder, "s")
    listen(reactor, path, mode=0o600)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_theFileStays(reactor: Any, folder: str) -> None:
    path = os.path.join(folder, "s")
    port, protocol = listen(reactor, path)
    drive(reactor, port.stopListening)
    assert os.path.exists(path)
    assert protocol.events == ["start", "stop"]


def test_theReprIsTheProtocolAndThePath(reactor: Any, folder: str) -> None:
    path = os.path.join(folder, "s")
    port, _ = listen(reactor, path)
    assert repr(port) == f"<{Recorder.__module__}.Recorder on {path!r}>"
    drive(reactor, port.stopListening)
    assert str(port) == f"<{Recorder.__module__}.Recorder (not listening)>"


@pytest.mark.parametrize("name", ["taken", "x" * 200, "no/folder"])
def test_whereNobodyCanListen(reactor: Any, folder: str, name: str) -> None:
    open(os.path.join(folder, "taken"), "w").close()
    path = os.path.join(folder, name)
    with pytest.raises(error.CannotListenError) as caught:
        listen(reactor, path)
    assert caught.value.port == path


def test_aMissingReceiverIsAnErrorOfTheWriter(reactor: Any, folder: str) -> None:
    port, _ = listen(reactor, os.path.join(folder, "s"))
    with pytest.raises(FileNotFoundError):
        port.write(b"x", os.path.join(folder, "nobody"))
    with pytest.raises(RuntimeError):
        port.connect("127.0.0.1", 9)


class Test_connecting:
    def test_aMissingPeerIsToldToTheProtocol(self, reactor: Any, folder: str) -> None:
        before = set(reactor.getReaders())
        port, protocol = connect(reactor, os.path.join(folder, "nobody"))
        assert protocol.events == ["failed"]
        assert protocol.failure.type is FileNotFoundError
        assert set(reactor.getReaders()) == before
        assert port.fileno() == -1

    def test_ourOwnNameMayBeTaken(self, reactor: Any, folder: str) -> None:
        path = os.path.join(folder, "s")
        listen(reactor, path)
        _, protocol = connect(reactor, path, bindAddress=path)
        assert protocol.failure.type is error.CannotListenError

    def test_aFailureStopsIt(self, reactor: Any) -> None:
        port = ConnectedDatagramPort(None, ConnectedRecorder(), reactor=reactor)
        stopped: list[None] = []
        port.stopListening = lambda: stopped.append(None)  # type: ignore[method-assign]  # watched
        port.connectionFailed("goodbye")  # type: ignore[arg-type]  # any reason will do
        assert stopped == [None]
        assert port.protocol.failure == "goodbye"

    def test_aBrokenConnectionFailedIsLogged(self, reactor: Any, folder: str) -> None:
        class Broken(ConnectedRecorder):
            def connectionFailed(self, failure: Any) -> None:
                raise KeyError("mine")

        with loggedFailures() as failures:
            reactor.connectUNIXDatagram(os.path.join(folder, "nobody"), Broken())
        assert [failure.type for failure in failures] == [KeyError]

    def test_aProtocolOfTheOtherKindIsRefused(self, reactor: Any) -> None:
        with pytest.raises(TypeError, match="ConnectedDatagramProtocol"):
            reactor.connectUNIXDatagram("anywhere", Recorder())

    def test_aPeerThatIsGoneRefuses(self, eachReactor: Any, folder: str) -> None:
        path = os.path.join(folder, "s")
        server, _ = listen(eachReactor, path)
        client, protocol = connect(eachReactor, path)
        drive(eachReactor, server.stopListening)
        assert client.write(b"anybody?") is None
        assert protocol.events == ["start", "refused"]
        drive(eachReactor, client.stopListening)
        assert protocol.events == ["start", "refused", "stop"]


class Test_writing:
    def test_whatTheReceiverHasNoRoomForIsDropped(self, eachReactor: Any, folder: str) -> None:
        path = os.path.join(folder, "s")
        server, asked = listen(eachReactor, path)
        client, _ = connect(eachReactor, path)
        server.pauseProducing()
        sent = 0
        while client.write(b"x" * 1000) == 1000:
            sent += 1
            assert sent < 100000
        assert client.write(b"dropped") is None
        server.resumeProducing()
        eventually(eachReactor, lambda: len(asked.got) == sent)

    @pytest.mark.parametrize("text", ["täxt", b"bytes"])
    def test_textIsUTF8(self, eachReactor: Any, folder: str, text: Any) -> None:
        path = os.path.join(folder, "s")
        server, asked = listen(eachReactor, path)
        client, _ = connect(eachReactor, path)
        server.write(text, path)
        client.write(text)
        eventually(eachReactor, lambda: len(asked.got) == 2)
        assert asked.datagrams == [text.encode() if isinstance(text, str) else text] * 2

    @pytest.mark.parametrize(
        ("number", "raised"),
        [
            (errno.EAGAIN, None),
            (errno.EMSGSIZE, error.MessageLengthError),
            (errno.ECONNREFUSED, ConnectionRefusedError),
            (errno.ENOENT, FileNotFoundError),
        ],
    )
    def test_errorsOfTheSystem(self, reactor: Any, number: int, raised: Any) -> None:
        port = DatagramPort("s", Recorder(), reactor=reactor)
        port.socket = ScriptedSocket(OSError(number, "as told"))
        if raised is None:
            assert port.write(b"x", "there") is None
        else:
            with pytest.raises(raised):
                port.write(b"x", "there")

    def test_aClosedPortSaysSo(self, reactor: Any, folder: str) -> None:
        port, _ = listen(reactor, os.path.join(folder, "s"))
        drive(reactor, port.stopListening)
        with pytest.raises(error.NotListeningError):
            port.write(b"late", "there")
