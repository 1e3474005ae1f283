"""Descriptors that read and write themselves, plain descriptors, and what an address is."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyClass

from twisted.internet import fdesc, interfaces
from twisted.internet.abstract import FileDescriptor, isIPAddress, isIPv6Address
from twisted.internet.error import ConnectionDone
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.internet.task import Clock
from twisted.python.failure import Failure

# What an address is


@pytest.mark.parametrize("text", ["0.1.2.3", "252.253.254.255", b"127.0.0.1"])
def test_fourNumbersAreAnAddress(text: Any) -> None:
    assert isIPAddress(text)
    assert not isIPv6Address(text)


@pytest.mark.parametrize("text", ["::1", "fe80::1%eth0", "::ffff:1.2.3.4", b"fe80::2%1"])
def test_groupsAreAnIPv6AddressWithOrWithoutAZone(text: Any) -> None:
    assert isIPv6Address(text)
    assert isIPAddress(text, socket.AF_INET6)
    assert not isIPAddress(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1.2.3", "1.2.3.4.5", "256.0.0.0", "1.2.3.-4", "01.2.3.4", "0x1.2.3.4"),
        *("a.b.c.d", "1.2.3.4\0", "1.2.3.4 ", "1.2.3.4%1", "\u4321", b"\xff"),
        *(":", "%", "%eth0", "hello%eth0"),
    ],
)
def test_anythingElseIsNone(text: Any) -> None:
    assert not isIPAddress(text)
    assert not isIPv6Address(text)


def test_otherFamiliesAreRefused() -> None:
    with pytest.raises(ValueError):
        isIPAddress("x", socket.AF_UNIX)


# Descriptors


class Reactor(Clock):
    """Knows what is watched."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()
        self.addReader = self.readers.add
        self.addWriter = self.writers.add
        self.removeReader = self.readers.discard
        self.removeWriter = self.writers.discard


class Pipe(FileDescriptor):
    """Writes as much at a time as it is told to."""

    def __init__(self, *atOnce: int) -> None:
        super().__init__(Reactor())
        self.connected = 1
        self.atOnce = list(atOnce)
        self.sent = b""
        self.ends: list[Any] = []

    def writeSomeData(self, data: bytes) -> int:
        count = self.atOnce.pop(0) if self.atOnce else len(data)
        self.sent += data[:count]
        return min(count, len(data))

    def connectionLost(self, reason: Failure) -> None:
        self.ends.append(reason)
        super().connectionLost(reason)

    @property
    def watched(self) -> str:
        reading = "r" if self in self.reactor.readers else ""
        return reading + ("w" if self in self.reactor.writers else "")


class Producer:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        for name in ("pauseProducing", "resumeProducing", "stopProducing"):
            setattr(self, name, lambda name=name: self.told.append(name[:-9]))


def test_itIsWhatItSays() -> None:
    for interface in (
        interfaces.IPushProducer,
        interfaces.IReadWriteDescriptor,
        interfaces.IConsumer,
        interfaces.ITransport,
        interfaces.IHalfCloseableDescriptor,
    ):
        assert verifyClass(interface, FileDescriptor)


@given(
    st.lists(st.one_of(st.binary(min_size=1, max_size=9), st.integers(0, 12)), max_size=40),
    st.integers(1, 6),
)
def test_allIsWrittenInOrderHoweverLittleAtATime(steps: list[Any], limit: int) -> None:
    pipe = Pipe()
    pipe.SEND_LIMIT = limit
    for step in steps:
        if isinstance(step, bytes):
            pipe.write(step)
        else:
            pipe.atOnce = [step]
            pipe.doWrite()
    while pipe.watched:
        assert pipe.doWrite() is None
    assert pipe.sent == b"".join(step for step in steps if isinstance(step, bytes))


def test_itIsWatchedForWritingWhileThereIsSomething() -> None:
    pipe = Pipe(2)
    assert pipe.watched == ""
    pipe.writeSequence([b"ab", memoryview(b"cd")])
    assert pipe.watched == "w"
    pipe.doWrite()
    assert pipe.watched == "w"
    pipe.doWrite()
    assert (pipe.watched, pipe.sent) == ("", b"abcd")


@pytest.mark.parametrize("wrong", ["text", 5, None])
def test_onlyBytesCanBeWritten(wrong: Any) -> None:
    with pytest.raises(TypeError, match=type(wrong).__name__):
        Pipe().write(wrong)
    with pytest.raises(TypeError, match=type(wrong).__name__):
        Pipe().writeSequence([b"x", wrong])


def test_closingWaitsForWhatIsUnsent() -> None:
    pipe = Pipe(1)
    pipe.startReading()
    pipe.write(b"ab")
    pipe.loseConnection()
    assert (pipe.watched, pipe.disconnecting) == ("w", 1)
    assert pipe.doWrite() is None
    assert pipe.doWrite() is CONNECTION_DONE


def test_closingWaitsForTheProducer() -> None:
    pipe, producer = Pipe(), Producer()
    pipe.registerProducer(producer, False)  # type: ignore[arg-type]
    pipe.loseConnection()
    assert pipe.doWrite() is None
    pipe.unregisterProducer()
    assert pipe.doWrite() is CONNECTION_DONE


def test_anErrorOfWritingIsHandedToTheReactor() -> None:
    class Broken(Pipe):
        def writeSomeData(self, data: bytes) -> Any:
            return CONNECTION_LOST

    pipe = Broken()
    pipe.write(b"x")
    assert pipe.doWrite() is CONNECTION_LOST


def test_aPushProducerIsPausedAboveTheMarkAndResumedWhenAllIsSent() -> None:
    pipe, producer = Pipe(), Producer()
    pipe.bufferSize = 4
    pipe.registerProducer(producer, True)  # type: ignore[arg-type]
    pipe.write(b"1234")
    assert producer.told == []
    pipe.write(b"5")
    assert (producer.told, pipe.producerPaused) == (["pause"], True)
    pipe.doWrite()
    assert (producer.told, pipe.producerPaused) == (["pause", "resume"], False)


def test_aPullProducerIsAskedWheneverAllIsSent() -> None:
    pipe, producer = Pipe(), Producer()
    pipe.registerProducer(producer, False)  # type: ignore[arg-type]
    pipe.write(b"1")
    pipe.doWrite()
    assert producer.told == ["resume", "resume"]


def test_aSecondProducerIsRefusedAndALateOneStopped() -> None:
    pipe, producer = Pipe(), Producer()
    pipe.registerProducer(producer, True)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        pipe.registerProducer(Producer(), True)  # type: ignore[arg-type]
    pipe.connectionLost(Failure(CONNECTION_DONE))
    late = Producer()
    pipe.registerProducer(late, True)  # type: ignore[arg-type]
    assert (producer.told, late.told, pipe.producer) == (["stop"], ["stop"], None)


def test_halfClosingComesAfterWhatIsUnsent() -> None:
    closed: list[bytes] = []

    class Half(Pipe):
        def _closeWriteConnection(self) -> None:
            closed.append(self.sent)

    pipe = Half(1)
    pipe.write(b"ab")
    pipe.loseWriteConnection()
    pipe.doWrite()
    assert closed == []
    pipe.doWrite()
    pipe.write(b"dropped")
    assert (closed, pipe.watched) == ([b"ab"], "")
    pipe.loseConnection()
    pipe.reactor.advance(0)
    assert [type(reason.value) for reason in pipe.ends] == [ConnectionDone]


def test_atTheEndNothingIsWatchedAndNothingTaken() -> None:
    pipe = Pipe()
    pipe.startReading()
    pipe.write(b"x")
    pipe.readConnectionLost(Failure(CONNECTION_DONE))
    pipe.write(b"y")
    pipe.resumeProducing()
    assert (pipe.watched, pipe.connected, pipe.disconnected) == ("", 0, 1)


def test_whatASubclassMustHaveIsNamed() -> None:
    plain = FileDescriptor(Reactor())
    assert (plain.fileno(), plain.logPrefix()) == (-1, "-")
    for method, args in (("writeSomeData", (b"",)), ("doRead", ()), ("getHost", ())):
        with pytest.raises(NotImplementedError, match=method):
            getattr(plain, method)(*args)


# Plain descriptors


@pytest.fixture
def pipe() -> Any:
    """The two ends of a pipe, both non-blocking."""
    ends = os.pipe()
    for end in ends:
        fdesc.setNonBlocking(end)
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            pass


def test_aPlainDescriptorIsReadAndWrittenOnce(pipe: Any) -> None:
    seen: list[bytes] = []
    reading, writing = pipe
    assert fdesc.readFromFD(reading, seen.append) is None
    assert fdesc.writeToFD(writing, b"hello") == 5
    assert fdesc.readFromFD(reading, seen.append) is None
    assert seen == [b"hello"]
    while fdesc.writeToFD(writing, b"x" * 65536):
        pass
    assert fdesc.writeToFD(writing, b"x") == 0


def test_theEndsOfAPlainDescriptorAreReasons(pipe: Any) -> None:
    reading, writing = pipe
    os.close(writing)
    assert fdesc.readFromFD(reading, print) is CONNECTION_DONE
    assert fdesc.writeToFD(writing, b"x") is CONNECTION_LOST
    os.close(reading)
    assert fdesc.readFromFD(reading, print) is CONNECTION_LOST


def test_blockingAndInheritingAreSetAndUnset(pipe: Any) -> None:
    reading, _ = pipe
    assert not os.get_blocking(reading)
    fdesc.setBlocking(reading)
    assert os.get_blocking(reading)
    fdesc._unsetCloseOnExec(reading)
    assert os.get_inheritable(reading)
    fdesc._setCloseOnExec(reading)
    assert not os.get_inheritable(reading)
