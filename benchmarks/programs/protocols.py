"""Framing, AMP, forwarding and FTP by the Twisted API, the same on Torsion and genuine Twisted."""

from __future__ import annotations

import os
import socket
import tempfile
from typing import Any

from harness import Done, InReactor, Watch, runTwisted
from protocolsload import ProtocolLoad

host = "127.0.0.1"
warmSeconds = 0.5
connections = 20
frameBytes = 64
fileBytes = 100_000_000


def counted(reactor: Any, seconds: float, count: Any, end: Any, done: Done) -> None:
    """Take what ``count`` tells after a while as the beginning, and tell the rates at the end."""

    def begin() -> None:
        reactor.callLater(seconds, finish, Watch(), count())

    def finish(watch: Watch, before: int) -> None:
        rates = watch.rates(count() - before)
        end()
        done(rates)

    reactor.callLater(warmSeconds, begin)


def framed(receiver: str, head: bytes, tail: bytes) -> InReactor:
    """Strings of one framing come from another process, ``flight`` at a time, and go back."""

    def measure(reactor: Any, seconds: float, flight: int, done: Done) -> None:
        from twisted.internet.protocol import Factory
        from twisted.protocols import basic

        number = [0]

        class Echo(getattr(basic, receiver)):  # type: ignore[misc]  # whichever it is
            def stringReceived(self, string: bytes) -> None:
                number[0] += 1
                self.sendString(string)

        port = reactor.listenTCP(0, Factory.forProtocol(Echo), interface=host)
        content = head + b"x" * frameBytes + tail
        load = ProtocolLoad("echo", port.getHost().port, connections, flight, content.hex())
        counted(reactor, seconds, lambda: number[0], load.end, done)

    return measure


def amp(reactor: Any, seconds: float, outstanding: int, done: Done) -> None:
    """Calls with so many without an answer; both ends are in this process."""
    from twisted.internet.protocol import ClientCreator, Factory
    from twisted.protocols.amp import AMP, Command, Integer

    class Sum(Command):
        arguments = [(b"a", Integer()), (b"b", Integer())]  # the API's way
        response = [(b"total", Integer())]  # the API's way

    class Adder(AMP):
        @Sum.responder
        def sum(self, a: int, b: int) -> dict[str, int]:
            return {"total": a + b}

    number = [0]
    port = reactor.listenTCP(0, Factory.forProtocol(Adder), interface=host)

    def connected(client: Any) -> None:
        def ask(_: object = None) -> None:
            number[0] += 1
            client.callRemote(Sum, a=number[0], b=2).addCallback(ask)

        for _ in range(outstanding):
            ask()
        counted(reactor, seconds, lambda: number[0], lambda: None, done)

    ClientCreator(reactor, AMP).connectTCP(host, port.getHost().port).addCallback(connected)


def forward(reactor: Any, seconds: float, pouring: int, done: Done) -> None:
    """Bytes go through a forwarder from one process to another. Counted in MB that arrive."""
    from twisted.protocols.portforward import ProxyFactory

    reading, writing = os.pipe()
    # The place that is forwarded to is a process as well: it reads, and counts by the pipe.
    listening = socket.create_server((host, 0))
    target = listening.getsockname()[1]
    sink = os.fork()
    if not sink:
        os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
        drain(listening, writing)
    listening.close()
    os.set_blocking(reading, False)
    arrived = [0]

    def count() -> int:
        try:
            while chunk := os.read(reading, 65536):
                arrived[0] += len(chunk)
        except BlockingIOError:
            pass
        return arrived[0]

    port = reactor.listenTCP(0, ProxyFactory(host, target), interface=host)
    load = ProtocolLoad("pour", port.getHost().port, pouring)

    def end() -> None:
        load.end()
        os.kill(sink, 9)
        os.waitpid(sink, 0)

    counted(reactor, seconds, count, end, done)


def drain(listening: socket.socket, writing: int) -> None:
    """Read whatever comes; write a byte to the pipe for each megabyte. Never returns."""
    import selectors

    waiting = selectors.DefaultSelector()
    waiting.register(listening, selectors.EVENT_READ)
    room, read = bytearray(1 << 20), 0
    while True:
        for key, _events in waiting.select():
            if key.fileobj is listening:
                waiting.register(listening.accept()[0], selectors.EVENT_READ)
                continue
            size = key.fileobj.recv_into(room)  # type: ignore[union-attr]  # they are sockets
            if not size:
                os._exit(0)
            before, read = read, read + size
            os.write(writing, bytes(read // 1_000_000 - before // 1_000_000))


def ftp(reactor: Any, seconds: float, _: int, done: Done) -> None:
    """A file of 100 MB is sent, again and again. Counted in MB."""
    from twisted.cred.checkers import AllowAnonymousAccess
    from twisted.cred.portal import Portal
    from twisted.protocols.ftp import FTPFactory, FTPRealm

    folder = tempfile.TemporaryDirectory(prefix="torsion-bench-")
    with open(os.path.join(folder.name, "large"), "wb") as file:
        file.truncate(fileBytes)
    factory = FTPFactory(Portal(FTPRealm(folder.name), [AllowAnonymousAccess()]))
    port = reactor.listenTCP(0, factory, interface=host)
    load = ProtocolLoad("ftp", port.getHost().port, "large")
    # What has been sent shows where the file is read.
    sent = counting(factory)

    def end() -> None:
        load.end()
        folder.cleanup()

    counted(reactor, seconds, lambda: sent[0] // 1_000_000, end, done)


def counting(factory: Any) -> list[int]:
    """Have the data connections of a server count what they are given to send."""
    from twisted.protocols import ftp as module

    sent, write = [0], module.DTP.write

    def counted(self: Any, data: bytes) -> None:
        sent[0] += len(data)
        write(self, data)

    module.DTP.write = counted  # type: ignore[method-assign]  # it is the same on both
    return sent


runTwisted(
    inReactor={
        "netstrings": framed("NetstringReceiver", b"64:", b","),
        "int32": framed("Int32StringReceiver", b"\0\0\0\x40", b""),
        "amp": amp,
        "forward": forward,
        "ftp": ftp,
    }
)
