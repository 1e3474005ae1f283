"""Two protocols of one process, connected."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest

from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.test.modulehelpers import AlternateReactor
from twisted.protocols import loopback


class Noting(Protocol):
    """Writes down what it is called with."""

    transport: Any

    def __init__(self, greeting: bytes = b"") -> None:
        self.greeting = greeting
        self.seen: list[Any] = []

    def connectionMade(self) -> None:
        if self.greeting:
            self.transport.write(self.greeting)

    def dataReceived(self, data: bytes) -> None:
        self.seen.append(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.seen.append(reason.type)


def test_bothHearEachOtherAndTheEnd() -> None:
    clock = Clock()
    with AlternateReactor(clock):
        server, client = Noting(b"hello"), Noting()
        ended: list[Any] = []
        loopback.loopbackAsync(server, client).addCallback(ended.append)
        assert client.seen == [b"hello"]
        client.transport.writeSequence([b"a", b"b"])
        client.transport.loseConnection()
        assert (server.seen, ended) == ([], [])
        clock.advance(0)
    assert client.seen == [b"hello", ConnectionDone]
    assert server.seen == [b"ab", ConnectionDone]
    assert ended == [None]
    assert clock.getDelayedCalls() == []


def test_whatIsAnsweredToTheLastBytesStillArrives() -> None:
    class Answering(Noting):
        def dataReceived(self, data: bytes) -> None:
            self.seen.append(data)
            self.transport.write(b"answer")

    clock = Clock()
    with AlternateReactor(clock):
        server, client = Noting(), Answering()
        loopback.loopbackAsync(server, client)
        server.transport.write(b"last")
        server.transport.loseConnection()
        for _ in range(5):
            clock.advance(0)
    assert server.seen == [b"answer", ConnectionDone]


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        (loopback.identityPumpPolicy, [b"a", b"b"]),
        (loopback.collapsingPumpPolicy, [b"ab"]),
    ],
)
def test_aPolicySaysHowWhatIsWrittenIsDelivered(policy: Any, wanted: list[bytes]) -> None:
    clock = Clock()
    with AlternateReactor(clock):
        server, client = Noting(), Noting()
        loopback.loopbackAsync(server, client, policy)
        server.transport.write(b"a")
        server.transport.write(b"b")
        clock.advance(0)
    assert client.seen == wanted


def test_aPullProducerIsAskedAfterEachDelivery() -> None:
    class Producer:
        left = 3

        def __init__(self, transport: Any) -> None:
            self.transport = transport

        def resumeProducing(self) -> None:
            self.transport.write(b"%d" % self.left)
            self.left -= 1
            if not self.left:
                self.transport.unregisterProducer()

    clock = Clock()
    with AlternateReactor(clock):
        server, client = Noting(), Noting()
        loopback.loopbackAsync(server, client)
        server.transport.registerProducer(Producer(server.transport), False)
        for _ in range(5):
            clock.advance(0)
        with pytest.raises(RuntimeError):
            server.transport.unregisterProducer()
        with pytest.raises(TypeError):
            server.transport.write("text")
    assert client.seen == [b"3", b"2", b"1"]


def test_aRelayDeliversWhenItIsToldTo() -> None:
    log = StringIO()
    target = Noting()
    relay: Any = loopback.LoopbackRelay(target, log)
    relay.write(b"a")
    relay.writeSequence([b"b", b"c"])
    relay.loseConnection()
    assert target.seen == []
    relay.clearBuffer()
    relay.clearBuffer()
    assert target.seen == [b"abc", ConnectionDone]
    assert "b'abc'" in log.getvalue()
    assert "Noting" in relay.logPrefix()
    assert relay.getHost() == relay.getPeer()
