"""Datagrams and processes by the Twisted API, the same on Torsion and on genuine Twisted."""

from __future__ import annotations

from typing import Any

from datagramload import DatagramLoad, warmSeconds
from harness import Done, Watch, runTwisted

host = "127.0.0.1"
program = "/bin/true"
atWork = 4


def echo(reactor: Any, seconds: float, flight: int, done: Done) -> None:
    """Datagrams of 64 bytes come from another process, ``flight`` at a time, and go back."""
    from twisted.internet.protocol import DatagramProtocol

    class Echo(DatagramProtocol):
        counted = 0

        def datagramReceived(self, datagram: bytes, addr: Any) -> None:
            self.counted += 1
            self.transport.write(datagram, addr)

    server = Echo()
    port = reactor.listenUDP(0, server, interface=host)
    load = DatagramLoad(host, port.getHost().port, flight)

    def begin() -> None:
        reactor.callLater(seconds, end, Watch(), server.counted)

    def end(watch: Watch, before: int) -> None:
        rates = watch.rates(server.counted - before)
        load.end()
        done(rates)

    reactor.callLater(warmSeconds, begin)


def spawn(reactor: Any, seconds: float, _: int, done: Done) -> None:
    """Programs that do nothing start and exit, a few at a time."""
    from twisted.internet.protocol import ProcessProtocol

    counted = working = 0
    watch = Watch()

    class Next(ProcessProtocol):
        def processEnded(self, reason: Any) -> None:
            nonlocal counted, working
            counted += 1
            working -= 1
            if watch.seconds() < seconds:
                start()
            elif not working:
                done(watch.rates(counted))

    def start() -> None:
        nonlocal working
        working += 1
        reactor.spawnProcess(Next(), program, [program])

    for _job in range(atWork):
        start()


runTwisted(inReactor={"datagrams": echo, "processes": spawn})
