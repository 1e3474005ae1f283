"""UDP and UNIX datagrams as programs use them: by the public names, against plain sockets."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import socket
import subprocess
from typing import Any

import pytest

from tests.support import drive
from tests.support.streams import eventually
from twisted.internet import defer, udp, unix
from twisted.internet.error import MessageLengthError
from twisted.internet.interfaces import (
    IReactorMulticast,
    IReactorSocket,
    IReactorUDP,
    IReactorUNIXDatagram,
)
from twisted.internet.protocol import DatagramProtocol


class Echo(DatagramProtocol):
    noisy = False
    transport: Any

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.transport.write(datagram, addr)


class Asker(DatagramProtocol):
    """Asks a server it is connected to, and remembers the answers."""

    noisy = False
    transport: Any

    def __init__(self, server: tuple[str, int]) -> None:
        self.server = server
        self.answers: defer.DeferredQueue[bytes | None] = defer.DeferredQueue()

    def startProtocol(self) -> None:
        self.transport.connect(*self.server)

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.answers.put(datagram)

    def connectionRefused(self) -> None:
        self.answers.put(None)


class Test_names:
    @pytest.mark.parametrize("kind", [udp.Port, udp.MulticastPort, udp.MulticastMixin])
    def test_classesAreAtHomeInTheirModule(self, kind: type[Any]) -> None:
        assert kind.__module__ == "twisted.internet.udp"

    def test_theErrorNumbersThatProgramsChange(self) -> None:
        assert errno.EAGAIN in udp._sockErrReadIgnore
        assert errno.ECONNREFUSED in udp._sockErrReadRefuse

    def test_defaults(self, reactor: Any) -> None:
        port = udp.Port(0, Echo(), reactor=reactor)
        assert (port.addressFamily, port.socketType) == (socket.AF_INET, socket.SOCK_DGRAM)
        assert (port.maxPacketSize, port.maxThroughput) == (8192, 262144)
        assert udp.MulticastPort(0, Echo(), reactor=reactor).listenMultiple is False

    def test_aUNIXPortIsAUDPPort(self) -> None:
        assert issubclass(unix.DatagramPort, udp.Port)
        assert issubclass(unix.ConnectedDatagramPort, unix.DatagramPort)

    @pytest.mark.parametrize(
        "interface", [IReactorUDP, IReactorMulticast, IReactorSocket, IReactorUNIXDatagram]
    )
    def test_theReactorProvides(self, eachReactor: Any, interface: Any) -> None:
        assert interface.providedBy(eachReactor)


def test_clientsAreEchoedEachToItself(eachReactor: Any) -> None:
    server = eachReactor.listenUDP(0, Echo(), interface="127.0.0.1")
    there = ("127.0.0.1", server.getHost().port)

    async def ask(number: int) -> None:
        asker = Asker(there)
        port = eachReactor.listenUDP(0, asker)
        for turn in range(5):
            asker.transport.write(b"%d of %d" % (turn, number))
            assert await asker.answers.get() == b"%d of %d" % (turn, number)
        await port.stopListening()

    def all_() -> defer.Deferred[Any]:
        return defer.gatherResults([defer.ensureDeferred(ask(number)) for number in range(20)])

    drive(eachReactor, all_)
    drive(eachReactor, server.stopListening)


def test_aServerThatIsGoneRefusesItsClient(eachReactor: Any) -> None:
    async def scene() -> None:
        server = eachReactor.listenUDP(0, Echo(), interface="127.0.0.1")
        asker = Asker(("127.0.0.1", server.getHost().port))
        port = eachReactor.listenUDP(0, asker)
        asker.transport.write(b"there?")
        assert await asker.answers.get() == b"there?"
        await server.stopListening()
        asker.transport.write(b"there?")
        assert await asker.answers.get() is None
        with pytest.raises(MessageLengthError):
            asker.transport.write(b"x" * 100000)
        await port.stopListening()

    drive(eachReactor, lambda: defer.ensureDeferred(scene()))


def test_severalReactorsShareOneProcess(makeReactor: Any) -> None:
    one, other = makeReactor(), makeReactor()
    server = one.listenUDP(0, Echo(), interface="127.0.0.1")
    asker = Asker(("127.0.0.1", server.getHost().port))
    other.listenUDP(0, asker)
    asker.transport.write(b"across")
    answer = asker.answers.get()
    for _ in range(100):
        one.iterate(0.01)
        other.iterate(0.01)
        if answer.called:
            break
    assert drive(other, lambda: answer) == b"across"


def test_aReactorOnARunningAsyncioLoop() -> None:
    async def main() -> bytes | None:
        from twisted.internet.asyncioreactor import AsyncioSelectorReactor

        reactor = AsyncioSelectorReactor(asyncio.get_running_loop())
        server = reactor.listenUDP(0, Echo(), interface="127.0.0.1")
        asker = Asker(("127.0.0.1", server.getHost().port))
        client = reactor.listenUDP(0, asker)
        asker.transport.write(b"awaited")
        answer = await asker.answers.get().asFuture(asyncio.get_running_loop())
        for port in (server, client):
            stopped = port.stopListening()
            assert stopped is not None
            await stopped.asFuture(asyncio.get_running_loop())
        return answer

    assert asyncio.run(asyncio.wait_for(main(), 10)) == b"awaited"


@pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")
@pytest.mark.parametrize("family", ["UDP4", "UDP6"])
def test_socatIsEchoed(eachReactor: Any, family: str) -> None:
    host = "127.0.0.1" if family == "UDP4" else "::1"
    try:
        server = eachReactor.listenUDP(0, Echo(), interface=host)
    except Exception as problem:
        pytest.skip(f"this machine cannot listen on {host}: {problem}")
    bracketed = host if family == "UDP4" else f"[{host}]"
    command = ["socat", "-T1", "-", f"{family}:{bracketed}:{server.getHost().port}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdin is not None and program.stdout is not None
        program.stdin.write(b"hello socat")
        program.stdin.flush()
        try:
            got: list[bytes] = []
            fd = program.stdout.fileno()

            class Reader:
                def fileno(self) -> int:
                    return fd

                def doRead(self) -> None:
                    got.append(os.read(fd, 100))

                def connectionLost(self, reason: Any) -> None:
                    """The end of the test."""

                def logPrefix(self) -> str:
                    return "socat"

            eachReactor.addReader(reader := Reader())
            eventually(eachReactor, lambda: got)
            eachReactor.removeReader(reader)
        finally:
            program.kill()
    assert got[0] == b"hello socat"
