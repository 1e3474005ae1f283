"""Descriptors passed over UNIX sockets."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface import implementer

from tests.support.streams import UNIX, Half, Maker, Recorder, eventually, turns
from twisted.internet.error import FileDescriptorOverrun
from twisted.internet.interfaces import IFileDescriptorReceiver


@implementer(IFileDescriptorReceiver)
class Receiver(Recorder):
    """Writes down the descriptors that come."""

    def __init__(self) -> None:
        super().__init__()
        self.descriptors: list[int] = []

    def fileDescriptorReceived(self, descriptor: int) -> None:
        self.events.append("descriptor")
        self.descriptors.append(descriptor)


@pytest.fixture
def link(eachReactor: Any) -> Iterator[UNIX]:
    """A sender (``client``) and a receiver (``server``)."""
    ends = UNIX(eachReactor, server=Receiver())
    yield ends
    for descriptor in ends.server.descriptors:
        os.close(descriptor)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for each in ends:
        try:
            os.close(each)
        except OSError:
            pass


def test_aDescriptorComesBeforeTheBytesThatItTravelsWith(link: UNIX, pipe: tuple[int, int]) -> None:
    link.client.transport.sendFileDescriptor(pipe[1])
    link.client.transport.write(b"here it is")
    link.until(lambda: link.server.received)
    assert link.server.events == ["made", "descriptor", "data"]
    assert link.server.received == b"here it is"
    os.write(link.server.descriptors[0], b"through")
    assert os.read(pipe[0], 10) == b"through"


def test_theDescriptorMayBeClosedAtOnce(link: UNIX) -> None:
    ours, theirs = os.pipe()
    link.client.transport.sendFileDescriptor(theirs)
    os.close(theirs)
    link.client.transport.write(b"x")
    link.until(lambda: link.server.descriptors)
    os.write(link.server.descriptors[0], b"y")
    assert os.read(ours, 10) == b"y"
    os.close(ours)


def test_aDescriptorWaitsForBytes(link: UNIX, pipe: tuple[int, int]) -> None:
    link.client.transport.sendFileDescriptor(pipe[1])
    link.pause()
    assert link.server.descriptors == []
    link.client.transport.write(b"x")
    link.until(lambda: link.server.descriptors)
    assert len(link.server.descriptors) == 1


def test_manyDescriptorsTravelInTheirOrder(link: UNIX) -> None:
    pairs = [socket.socketpair() for _ in range(150)]
    for number, (left, _) in enumerate(pairs):
        link.client.transport.sendFileDescriptor(left.fileno())
        link.client.transport.write(b"%c" % (number % 256))
    link.until(lambda: len(link.server.descriptors) == len(pairs))
    link.until(lambda: len(link.server.received) == len(pairs))
    for number, descriptor in enumerate(link.server.descriptors):
        os.write(descriptor, b"%d" % number)
        assert pairs[number][1].recv(10) == b"%d" % number
    for left, right in pairs:
        left.close()
        right.close()


def test_bytesBeforeDescriptorAndAfterAreAllInOrder(link: UNIX, pipe: tuple[int, int]) -> None:
    much = b"0123456789" * 100000
    link.client.transport.write(much)
    link.client.transport.sendFileDescriptor(pipe[1])
    link.client.transport.write(b"after")
    link.until(lambda: len(link.server.received) == len(much) + 5)
    assert link.server.received == much + b"after"
    assert len(link.server.descriptors) == 1


def test_loseConnectionSendsDescriptorsAndBytesFirst(link: UNIX, pipe: tuple[int, int]) -> None:
    link.client.transport.sendFileDescriptor(pipe[1])
    link.client.transport.write(b"bye")
    link.client.transport.loseConnection()
    link.untilLost()
    assert link.server.events == ["made", "descriptor", "data", "lost"]
    assert link.server.received == b"bye"


def test_descriptorsWithoutBytesAreAnOverrun(link: UNIX, pipe: tuple[int, int]) -> None:
    link.client.transport.sendFileDescriptor(pipe[1])
    link.client.transport.loseConnection()
    link.untilLost()
    assert link.client.error is FileDescriptorOverrun
    assert link.server.descriptors == []


def test_aProducerIsPausedWhileManyDescriptorsWait(eachReactor: Any, pipe: tuple[int, int]) -> None:
    link = UNIX(eachReactor, server=Receiver())
    told: list[str] = []

    class Producer:
        def pauseProducing(self) -> None:
            told.append("pause")

        def resumeProducing(self) -> None:
            told.append("resume")

        def stopProducing(self) -> None:
            told.append("stop")

    link.server.transport.pauseProducing()
    link.client.transport.registerProducer(Producer(), True)
    for _ in range(100):
        link.client.transport.sendFileDescriptor(pipe[1])
    assert told == ["pause"]
    link.client.transport.write(b"x" * 100)
    link.server.transport.resumeProducing()
    link.until(lambda: told[-1] == "resume")
    link.client.transport.unregisterProducer()
    link.client.transport.write(b"on and on")
    link.until(lambda: link.server.received.endswith(b"on and on"))
    for descriptor in link.server.descriptors:
        os.close(descriptor)
    assert len(link.server.descriptors) == 100


def test_whoTakesNoDescriptorsKeepsNone(eachReactor: Any, pipe: tuple[int, int]) -> None:
    link = UNIX(eachReactor)
    link.client.transport.sendFileDescriptor(pipe[1])
    link.client.transport.write(b"unwanted")
    link.until(lambda: link.server.received)
    turns(eachReactor)
    os.close(pipe[1])
    assert os.read(pipe[0], 1) == b""


def test_aClosedConnectionSendsNothing(link: UNIX, pipe: tuple[int, int]) -> None:
    link.client.transport.loseConnection()
    link.untilLost()
    link.client.transport.sendFileDescriptor(pipe[1])
    os.close(pipe[1])
    assert os.read(pipe[0], 1) == b""


def test_aReceiverCanBePausedAndIsToldOfTheEnd(link: UNIX, pipe: tuple[int, int]) -> None:
    link.server.transport.pauseProducing()
    link.client.transport.sendFileDescriptor(pipe[1])
    link.client.transport.write(b"x")
    link.pause()
    assert link.server.descriptors == []
    link.server.transport.resumeProducing()
    link.until(lambda: link.server.descriptors)
    link.client.transport.loseConnection()
    link.untilLost()
    assert link.server.events[-1] == "lost"


def test_aHalfClosedReceiverHearsOfTheEnd(eachReactor: Any) -> None:
    @implementer(IFileDescriptorReceiver)
    class Both(Half):
        def fileDescriptorReceived(self, descriptor: int) -> None:
            os.close(descriptor)

    link = UNIX(eachReactor, server=Both())
    link.client.transport.loseWriteConnection()
    link.until(lambda: "readEnd" in link.server.events)
    link.server.transport.loseConnection()
    link.untilLost()
    assert link.server.events == ["made", "readEnd", "lost"]


class Early:
    """
    A connection on which descriptors have come before a loop has seen it.

    Args:
        how: who made it: ``adopted``, ``accepted`` or ``client``.
        sent: the descriptor to send.
        receiver: the protocol.
    """

    def __init__(self, reactor: Any, how: str, sent: int, receiver: Receiver) -> None:
        self.factory = Maker(lambda: receiver)
        self.sent = sent
        self.path = os.path.join(tempfile.mkdtemp(prefix="t"), "s")
        self.ear: Any = None
        self.peer: Any = None
        getattr(self, how)(reactor)
        eventually(reactor, lambda: receiver.events)

    def send(self) -> None:
        socket.send_fds(self.peer, [b"early"], [self.sent])

    def adopted(self, reactor: Any) -> None:
        ours, self.peer = socket.socketpair()
        self.send()
        reactor.adoptStreamConnection(ours.fileno(), socket.AF_UNIX, self.factory)
        ours.close()

    def accepted(self, reactor: Any) -> None:
        self.ear = reactor.listenUNIX(self.path, self.factory)
        self.peer = socket.socket(socket.AF_UNIX)
        self.peer.connect(self.path)
        self.send()

    def client(self, reactor: Any) -> None:
        with socket.socket(socket.AF_UNIX) as ear:
            ear.bind(self.path)
            ear.listen(1)
            make = self.factory.make

            def sendFirst() -> Any:
                self.peer = ear.accept()[0]
                self.send()
                return make()

            self.factory.make = sendFirst
            reactor.connectUNIX(self.path, self.factory)
            eventually(reactor, lambda: self.peer)


@pytest.mark.parametrize("how", ["adopted", "accepted", "client"])
def test_descriptorsThatComeBeforeTheFirstTurnAreNotLost(
    eachReactor: Any, pipe: tuple[int, int], how: str
) -> None:
    receiver = Receiver()
    early = Early(eachReactor, how, pipe[1], receiver)
    with early.peer as peer:
        eventually(eachReactor, lambda: receiver.received)
        assert receiver.events == ["made", "descriptor", "data"]
        receiver.transport.write(b"answer")
        turns(eachReactor)
        assert peer.recv(10) == b"answer"
        socket.send_fds(peer, [b" and late"], [pipe[1]])
        eventually(eachReactor, lambda: receiver.received == b"early and late")
    eventually(eachReactor, lambda: receiver.lost)
    assert len(receiver.descriptors) == 2
    for descriptor in receiver.descriptors:
        os.write(descriptor, b"x")
        os.close(descriptor)
    assert os.read(pipe[0], 10) == b"xx"


@pytest.mark.parametrize("how", ["adopted", "accepted", "client"])
def test_aReceiverThatPausesAtOnceGetsAllWhenItGoesOn(
    eachReactor: Any, pipe: tuple[int, int], how: str
) -> None:
    receiver = Receiver()
    receiver.onMade = lambda: receiver.transport.pauseProducing()
    early = Early(eachReactor, how, pipe[1], receiver)
    with early.peer:
        turns(eachReactor)
        assert receiver.events == ["made"]
        receiver.transport.resumeProducing()
        eventually(eachReactor, lambda: receiver.received == b"early")
    for descriptor in receiver.descriptors:
        os.close(descriptor)
    assert len(receiver.descriptors) == 1


@pytest.mark.parametrize("how", ["adopted", "accepted", "client"])
@pytest.mark.parametrize("end", ["loseConnection", "abortConnection"])
def test_aReceiverMayEndItsConnectionAtOnce(
    eachReactor: Any, pipe: tuple[int, int], how: str, end: str
) -> None:
    receiver = Receiver()
    receiver.onMade = lambda: getattr(receiver.transport, end)()
    early = Early(eachReactor, how, pipe[1], receiver)
    eventually(eachReactor, lambda: receiver.lost)
    assert receiver.events == ["made", "lost"]
    with early.peer as peer:
        peer.settimeout(5)
        try:
            assert peer.recv(1) == b""
        except ConnectionResetError:
            pass  # for it was not read
