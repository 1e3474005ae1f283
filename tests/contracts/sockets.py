"""
What every stream transport of a reactor must do, beyond `tests.contracts.streams`.

Flow control, half-closed connections, resets, errors of protocols, and the state that the
transport shows.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.streams import Connect, Half, Recorder, loggedFailures
from twisted.internet import defer
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableProtocol,
    ILoggingContext,
    IPushProducer,
)
from twisted.internet.protocol import Protocol

much = b"0123456789abcdef" * (1 << 18)
"""4 MiB: more than all buffers between two sockets."""


class Oops(Exception):
    """Raised by the protocols of tests."""


class Push:
    """A push producer that writes down what it is told; writes ``chunk`` at each resumption."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


class Pull:
    """A pull producer of some parts."""

    def __init__(self, transport: Any, parts: list[bytes], lose: bool = False) -> None:
        self.transport = transport
        self.parts = parts
        self.lose = lose
        self.stopped = 0

    def resumeProducing(self) -> None:
        if self.parts:
            self.transport.write(self.parts.pop(0))
        if not self.parts:
            self.transport.unregisterProducer()
            if self.lose:
                self.transport.loseConnection()

    def stopProducing(self) -> None:
        self.stopped += 1


# What can be written


def test_whatIsLargerThanEveryBufferComesOutWhole(link: Connect) -> None:
    ends = link()
    ends.client.transport.write(much)
    ends.until(lambda: len(ends.server.received) >= len(much))
    assert ends.server.received == much


def test_loseConnectionWaitsUntilAllIsSent(link: Connect) -> None:
    ends = link()
    ends.client.transport.write(much)
    ends.client.transport.loseConnection()
    ends.untilLost()
    assert ends.server.received == much
    assert ends.client.error is ends.server.error is ConnectionDone


@pytest.mark.parametrize(
    "given",
    [b"bytes", bytearray(b"bytes"), memoryview(b"bytes"), "bytes"],
    ids=["bytes", "bytearray", "memoryview", "str"],
)
def test_bytesBytesLikeAndTextAreSent(link: Connect, given: Any) -> None:
    ends = link()
    ends.client.transport.write(given)
    if not isinstance(given, str):
        ends.client.transport.writeSequence([b"+", given])
    ends.client.transport.write(b"!")
    ends.until(lambda: ends.server.received.endswith(b"!"))
    assert ends.server.received == (b"bytes!" if isinstance(given, str) else b"bytes+bytes!")


def test_textIsSentAsUTF8(link: Connect) -> None:
    ends = link()
    ends.client.transport.write("grüß")
    ends.until(lambda: len(ends.server.received) >= 6)
    assert ends.server.received.decode("utf-8") == "grüß"


def test_aBytearrayMayBeChangedAfterItWasWritten(link: Connect) -> None:
    ends = link()
    ends.client.transport.write(much)
    data = bytearray(b"before")
    ends.client.transport.write(data)
    data[:] = b"behind"
    ends.until(lambda: len(ends.server.received) >= len(much) + 6)
    assert ends.server.received[-6:] == b"before"


@pytest.mark.parametrize("given", [1, None, 1.5, [b"x"], object()])
def test_whatIsNotBytesIsRefusedWithWhatWasGivenAndWanted(link: Connect, given: Any) -> None:
    ends = link()
    with pytest.raises(TypeError) as caught:
        ends.client.transport.write(given)
    assert type(given).__name__ in str(caught.value)
    assert "bytes" in str(caught.value)
    with pytest.raises(TypeError):
        ends.client.transport.writeSequence([b"x", given])
    ends.client.transport.write(b"still alive")
    ends.until(lambda: ends.server.received)
    assert ends.server.received == b"still alive"


def test_writeSequenceTakesAnyIterable(link: Connect) -> None:
    ends = link()
    ends.client.transport.writeSequence(str(n).encode() for n in range(5))
    ends.until(lambda: len(ends.server.received) >= 5)
    assert ends.server.received == b"01234"


# The protocol of a transport


def test_aProtocolIsSwitchedByAssigningIt(link: Connect) -> None:
    other = Recorder()
    server = Recorder()

    def switch(data: bytes) -> None:
        ends.switch(server.transport, other)

    server.onData = switch
    ends = link(server)
    ends.client.transport.write(b"first")
    ends.until(lambda: server.received)
    ends.client.transport.write(b"second")
    ends.until(lambda: other.received)
    ends.client.transport.loseConnection()
    ends.until(lambda: other.lost)
    assert server.received == b"first"
    assert server.events == ["made", "data"]
    assert other.received == b"second"
    assert other.events == ["made", "data", "lost"]


# Errors of protocols


@pytest.mark.parametrize("side", ["server", "client"])
def test_anErrorInDataReceivedIsLoggedAndEndsTheConnectionWithIt(link: Connect, side: str) -> None:
    ends = link()
    failing, other = (ends.server, ends.client) if side == "server" else (ends.client, ends.server)

    def fail(data: bytes) -> None:
        raise Oops("on purpose")

    failing.onData = fail
    with loggedFailures() as logged:
        other.transport.write(b"x")
        ends.untilLost()
    assert failing.error is Oops
    assert other.error in (ConnectionLost, ConnectionDone)
    assert failing.events == ["made", "data", "lost"]
    assert [type(each.value) for each in logged] == [Oops]


def test_anErrorInConnectionMadeIsLoggedAndEndsTheConnectionWithIt(link: Connect) -> None:
    server = Recorder()

    def fail() -> None:
        raise Oops("on purpose")

    server.onMade = fail
    with loggedFailures() as logged:
        ends = link(server)
        ends.untilLost()
    assert server.events == ["made", "lost"]
    assert server.error is Oops
    assert [type(each.value) for each in logged] == [Oops]


def test_anErrorInConnectionLostIsLogged(link: Connect) -> None:
    ends = link()

    def fail(reason: Any) -> None:
        raise Oops("on purpose")

    ends.server.onLost = fail
    with loggedFailures() as logged:
        ends.client.transport.loseConnection()
        ends.untilLost()
        ends.pause()
    assert [type(each.value) for each in logged] == [Oops]


# The end


def test_whoAbortsSeesConnectionAborted(link: Connect) -> None:
    ends = link()
    ends.client.transport.abortConnection()
    ends.untilLost()
    assert ends.client.error is ConnectionAborted
    assert ends.server.error in ((ConnectionLost,) if ends.resets else (ConnectionDone,))


def test_abortConnectionDropsWhatWaits(link: Connect) -> None:
    ends = link()
    ends.server.transport.pauseProducing()
    ends.client.transport.write(much)
    ends.client.transport.abortConnection()
    ends.until(lambda: ends.client.lost)
    ends.server.transport.resumeProducing()
    ends.untilLost()
    assert len(ends.server.received) < len(much)
    assert ends.client.error is ConnectionAborted


def test_abortConnectionFromDataReceivedDeliversNoMore(link: Connect) -> None:
    ends = link()
    ends.server.onData = lambda data: ends.server.transport.abortConnection()
    ends.client.transport.write(much)
    ends.untilLost()
    assert len(ends.server.chunks) == 1
    assert ends.server.error is ConnectionAborted


def test_abortConnectionWhenConnected(link: Connect) -> None:
    server = Recorder()
    server.onMade = lambda: server.transport.abortConnection()
    ends = link(server)
    ends.untilLost()
    assert server.events == ["made", "lost"]
    assert server.error is ConnectionAborted


def test_abortConnectionWhileLoseConnectionWaitsForThePeer(link: Connect) -> None:
    ends = link()
    ends.server.transport.pauseProducing()
    ends.client.transport.write(much)
    ends.client.transport.loseConnection()
    ends.pause()
    assert not ends.client.lost
    ends.client.transport.abortConnection()
    ends.until(lambda: ends.client.lost)
    assert ends.client.error is ConnectionAborted
    ends.server.transport.resumeProducing()
    ends.untilLost()


def test_loseConnectionAfterAbortConnectionChangesNothing(link: Connect) -> None:
    ends = link()
    ends.client.transport.abortConnection()
    ends.client.transport.loseConnection()
    ends.client.transport.abortConnection()
    ends.untilLost()
    assert ends.client.error is ConnectionAborted
    assert ends.client.events == ["made", "lost"]


def test_nothingIsReceivedAfterLoseConnection(link: Connect) -> None:
    ends = link()
    if ends.encrypted:
        pytest.skip("TLS goes on reading, for the peer's close_notify")
    ends.client.transport.loseConnection()
    ends.server.transport.write(b"crossing")
    ends.untilLost()
    assert ends.client.received == b""
    assert ends.client.events == ["made", "lost"]


def test_theTransportShowsItsState(link: Connect) -> None:
    ends = link()
    transport = ends.server.transport
    assert transport.connected
    assert not transport.disconnected
    assert not transport.disconnecting
    transport.loseConnection()
    assert transport.connected
    assert transport.disconnecting
    ends.untilLost()
    assert not transport.connected
    assert transport.disconnected


def test_aLostConnectionIsNotHeldByTheReactor(link: Connect) -> None:
    ends = link()
    assert len(ends.reactor._streams) == 2
    ends.client.transport.loseConnection()
    ends.untilLost()
    assert not ends.reactor._streams


# Pausing


def test_aPausedTransportReadsNothing(link: Connect) -> None:
    ends = link()
    ends.server.transport.pauseProducing()
    ends.client.transport.write(b"waits")
    ends.pause()
    assert ends.server.received == b""
    ends.server.transport.resumeProducing()
    ends.until(lambda: ends.server.received)
    assert ends.server.received == b"waits"


def test_aTransportPausedWhenConnectedReadsNothing(link: Connect) -> None:
    server = Recorder()
    server.onMade = lambda: server.transport.pauseProducing()
    if link.encrypted:
        pytest.skip("the handshake of TLS must be read")
    ends = link(server)
    ends.client.transport.write(b"waits")
    ends.pause()
    assert server.received == b""
    server.transport.resumeProducing()
    ends.until(lambda: server.received)
    assert server.received == b"waits"


def test_pausingFromDataReceivedStopsTheNextPiece(link: Connect) -> None:
    ends = link()
    ends.server.onData = lambda data: ends.server.transport.pauseProducing()
    ends.client.transport.write(much)
    ends.until(lambda: ends.server.received)
    ends.pause()
    assert len(ends.server.chunks) == 1
    ends.server.onData = None
    ends.server.transport.resumeProducing()
    ends.until(lambda: len(ends.server.received) == len(much))


def test_pausingAndResumingTwiceIsOnce(link: Connect) -> None:
    ends = link()
    transport = ends.server.transport
    transport.resumeProducing()
    transport.pauseProducing()
    transport.pauseProducing()
    transport.resumeProducing()
    transport.resumeProducing()
    ends.client.transport.write(b"x")
    ends.until(lambda: ends.server.received)
    assert ends.server.received == b"x"


def test_resumingALostOrClosingTransportDoesNothing(link: Connect) -> None:
    ends = link()
    transport = ends.client.transport
    transport.loseConnection()
    transport.resumeProducing()
    ends.untilLost()
    transport.resumeProducing()
    transport.pauseProducing()
    transport.resumeProducing()
    ends.pause()
    assert ends.client.events == ["made", "lost"]


def test_stopProducingLosesTheConnection(link: Connect) -> None:
    ends = link()
    ends.client.transport.stopProducing()
    ends.untilLost()
    assert ends.client.events == ends.server.events == ["made", "lost"]


# Producers


def test_aPushProducerIsPausedAndResumedOnce(link: Connect) -> None:
    ends = link()
    producer = Push()
    ends.server.transport.pauseProducing()
    ends.client.transport.registerProducer(producer, True)
    ends.client.transport.write(much)
    ends.pause()
    assert producer.told == ["pause"]
    ends.server.transport.resumeProducing()
    ends.until(lambda: len(ends.server.received) == len(much) and len(producer.told) > 1)
    assert producer.told == ["pause", "resume"]


def test_aPushProducerThatWritesLittleIsLeftAlone(link: Connect) -> None:
    ends = link()
    producer = Push()
    ends.client.transport.registerProducer(producer, True)
    ends.client.transport.write(b"little")
    ends.until(lambda: ends.server.received)
    ends.pause()
    assert producer.told == []


def test_aPushProducerIsStoppedWhenTheConnectionIsLost(link: Connect) -> None:
    ends = link()
    producer = Push()
    ends.client.transport.registerProducer(producer, True)
    ends.server.transport.loseConnection()
    ends.untilLost()
    assert producer.told[-1:] == ["stop"]
    assert producer.told.count("stop") == 1


def test_aPullProducerIsAskedAsLongAsThereIsRoom(link: Connect) -> None:
    ends = link()
    parts = [bytes([65 + n]) * 100000 for n in range(20)]
    whole = b"".join(parts)
    ends.client.transport.registerProducer(Pull(ends.client.transport, parts), False)
    ends.until(lambda: len(ends.server.received) >= len(whole))
    assert ends.server.received == whole


def test_aPullProducerIsNotAskedWhileNothingIsTaken(link: Connect) -> None:
    ends = link()
    ends.server.transport.pauseProducing()
    parts = [much[:262144] for _ in range(100)]
    ends.client.transport.registerProducer(Pull(ends.client.transport, parts), False)
    ends.pause()
    assert len(parts) > 50
    ends.client.transport.abortConnection()
    ends.server.transport.resumeProducing()
    ends.untilLost()


def test_aPullProducerIsStoppedWhenThePeerGoes(link: Connect) -> None:
    ends = link()
    producer = Pull(ends.client.transport, [b"x"] * 1000000)
    ends.client.transport.registerProducer(producer, False)
    ends.server.onData = lambda data: ends.server.transport.loseConnection()
    ends.untilLost()
    assert producer.stopped == 1


def test_loseConnectionWaitsForAPausedPushProducer(link: Connect) -> None:
    ends = link()
    producer = Push()
    transport = ends.client.transport
    transport.registerProducer(producer, True)
    ends.server.transport.pauseProducing()
    transport.write(much)
    transport.loseConnection()
    ends.pause()
    assert producer.told == ["pause"]
    assert not ends.client.lost

    def finish() -> None:
        producer.told.append("resume")
        transport.write(b"and more")
        transport.unregisterProducer()

    producer.resumeProducing = finish  # type: ignore[method-assign]
    ends.server.transport.resumeProducing()
    ends.untilLost()
    assert ends.server.received == much + b"and more"
    assert producer.told == ["pause", "resume"]
    assert ends.client.error is ends.server.error is ConnectionDone


def test_aPushProducerAtRestIsStoppedByLoseConnection(link: Connect) -> None:
    ends = link()
    if ends.encrypted:
        pytest.skip("TLS waits until the producer is unregistered")
    producer = Push()
    ends.client.transport.registerProducer(producer, True)
    ends.client.transport.write(b"all")
    ends.client.transport.loseConnection()
    ends.untilLost()
    assert ends.server.received == b"all"
    assert producer.told == ["stop"]


def test_loseConnectionOverTLSWaitsForAPushProducer(link: Connect) -> None:
    ends = link()
    if not ends.encrypted:
        pytest.skip("is stopped instead")
    producer = Push()
    transport = ends.client.transport
    transport.registerProducer(producer, True)
    transport.loseConnection()
    transport.write(b"more")
    ends.until(lambda: ends.server.received)
    ends.pause()
    assert not ends.client.lost
    transport.write(b" and more")
    transport.unregisterProducer()
    ends.untilLost()
    assert ends.server.received == b"more and more"
    assert ends.client.error is ends.server.error is ConnectionDone


def test_loseConnectionWaitsForAPullProducer(link: Connect) -> None:
    ends = link()
    parts = [bytes([65 + n]) * 100000 for n in range(20)]
    whole = b"".join(parts)
    ends.client.transport.registerProducer(Pull(ends.client.transport, parts), False)
    ends.client.transport.loseConnection()
    ends.untilLost()
    assert ends.server.received == whole


def test_abortConnectionDoesNotWaitForAProducerAndStopsIt(link: Connect) -> None:
    ends = link()
    producer = Push()
    ends.client.transport.registerProducer(producer, True)
    ends.client.transport.abortConnection()
    ends.untilLost()
    assert producer.told[-1:] == ["stop"]
    assert ends.client.error is ConnectionAborted


def test_aSecondProducerIsRefused(link: Connect) -> None:
    ends = link()
    ends.client.transport.registerProducer(Push(), True)
    with pytest.raises(RuntimeError):
        ends.client.transport.registerProducer(Push(), True)
    ends.client.transport.unregisterProducer()
    ends.client.transport.registerProducer(Push(), True)
    ends.client.transport.unregisterProducer()


def test_aProducerRegisteredAfterTheEndIsStoppedAtOnce(link: Connect) -> None:
    ends = link()
    ends.client.transport.loseConnection()
    ends.untilLost()
    for streaming in (True, False):
        producer = Push()
        ends.client.transport.registerProducer(producer, streaming)
        assert producer.told == ["stop"]


def test_unregisteringWithoutAProducerDoesNothing(link: Connect) -> None:
    ends = link()
    ends.client.transport.unregisterProducer()
    ends.client.transport.write(b"x")
    ends.until(lambda: ends.server.received)
    assert not ends.client.lost


def test_anErrorOfAPullProducerIsLoggedAndEndsTheConnection(link: Connect) -> None:
    ends = link()
    if ends.encrypted:
        pytest.skip("TLS goes on without a pull producer that fails: tests/internet/_tls")

    class Failing(Push):
        def resumeProducing(self) -> None:
            raise Oops("on purpose")

    with loggedFailures() as logged:
        ends.client.transport.registerProducer(Failing(), False)
        ends.untilLost()
    assert Oops in [type(each.value) for each in logged]


# Waiting for room


def test_drainedFiresAtOnceWhereThereIsRoom(link: Connect) -> None:
    ends = link()
    done: list[object] = []
    ends.client.transport.drained().addCallback(done.append)
    assert done == [None]


def test_drainedFiresWhenThePeerHasTakenEnough(link: Connect) -> None:
    ends = link()
    ends.server.transport.pauseProducing()
    ends.client.transport.write(much)
    done: list[object] = []
    ends.client.transport.drained().addCallback(done.append)
    ends.pause()
    assert done == []
    ends.server.transport.resumeProducing()
    ends.until(lambda: done)
    assert done == [None]


def test_drainedFailsWhenTheConnectionIsLost(link: Connect) -> None:
    ends = link()
    ends.server.transport.pauseProducing()
    ends.client.transport.write(much)
    failed: list[Any] = []
    ends.client.transport.drained().addErrback(failed.append)
    ends.client.transport.abortConnection()
    ends.until(lambda: ends.client.lost)
    assert [type(each.value) for each in failed] == [ConnectionAborted]
    ends.client.transport.drained().addErrback(failed.append)
    assert len(failed) == 2
    ends.server.transport.resumeProducing()
    ends.untilLost()


def test_aWaitForRoomCanBeCancelled(link: Connect) -> None:
    ends = link()
    ends.server.transport.pauseProducing()
    ends.client.transport.write(much)
    failed: list[Any] = []
    waiting = ends.client.transport.drained()
    waiting.addErrback(failed.append)
    waiting.cancel()
    assert [type(each.value) for each in failed] == [defer.CancelledError]
    ends.server.transport.resumeProducing()
    ends.until(lambda: len(ends.server.received) == len(much))


def test_aCoroutineMayWriteMuchByWaitingForRoom(link: Connect) -> None:
    ends = link()

    async def writeAll() -> None:
        for start in range(0, len(much), 65536):
            ends.client.transport.write(much[start : start + 65536])
            await ends.client.transport.drained()
        ends.client.transport.loseConnection()

    writing = defer.ensureDeferred(writeAll())
    ends.untilLost()
    assert ends.server.received == much
    assert writing.called


# Half of a connection


def test_loseWriteConnectionEndsOneDirection(link: Connect) -> None:
    ends = link(Half(), Half())
    ends.client.onReadEnd = lambda: ends.client.transport.loseConnection()
    if ends.encrypted:
        pytest.skip("TLS streams are not closed by halves from above")
    ends.client.transport.write(b"last words")
    ends.client.transport.loseWriteConnection()
    ends.until(lambda: "readEnd" in ends.server.events and "writeEnd" in ends.client.events)
    ends.client.transport.write(b"dropped")
    ends.server.transport.write(b"the other direction is open")
    ends.until(lambda: ends.client.received)
    assert ends.server.events == ["made", "data", "readEnd"]
    assert ends.server.received == b"last words"
    assert ends.client.events == ["made", "writeEnd", "data"]
    ends.server.transport.loseConnection()
    ends.untilLost()
    assert ends.client.events.count("lost") == ends.server.events.count("lost") == 1
    assert ends.server.received == b"last words"
    assert ends.server.error is ConnectionDone


def test_loseWriteConnectionWaitsUntilAllIsSent(link: Connect) -> None:
    ends = link(Half(), Half())
    ends.client.onReadEnd = lambda: ends.client.transport.loseConnection()
    if ends.encrypted:
        pytest.skip("TLS streams are not closed by halves from above")
    ends.client.transport.write(much)
    ends.client.transport.loseWriteConnection()
    ends.until(lambda: "readEnd" in ends.server.events)
    assert ends.server.received == much
    ends.until(lambda: "writeEnd" in ends.client.events)
    ends.server.transport.loseConnection()
    ends.untilLost()


def test_whoCannotBeHalfClosedIsLostAtThePeersEnd(link: Connect) -> None:
    ends = link(Recorder(), Half())
    if ends.encrypted:
        pytest.skip("TLS streams are not closed by halves from above")
    assert not IHalfCloseableProtocol.providedBy(ends.server)
    ends.client.transport.loseWriteConnection()
    ends.until(lambda: ends.server.lost)
    assert ends.server.error is ConnectionDone


def test_anErrorInReadConnectionLostIsLoggedAndEndsTheConnection(link: Connect) -> None:
    ends = link(Half(), Half())
    if ends.encrypted:
        pytest.skip("TLS streams are not closed by halves from above")

    def fail() -> None:
        raise Oops("on purpose")

    ends.server.onReadEnd = fail
    with loggedFailures() as logged:
        ends.client.transport.loseWriteConnection()
        ends.until(lambda: ends.server.lost)
    assert ends.server.error is Oops
    assert [type(each.value) for each in logged] == [Oops]


# What it is


def test_aTransportIsConsumerAndProducer(link: Connect) -> None:
    ends = link()
    for interface in (IConsumer, IPushProducer, ILoggingContext):
        assert interface.providedBy(ends.server.transport), interface


def test_theLogPrefixNamesTheProtocol(link: Connect) -> None:
    class Named(Recorder):
        pass

    ends = link(Named(), Named())
    assert "Named" in ends.server.transport.logPrefix()
    assert "Named" in ends.client.transport.logPrefix()


def test_theReprIsOneLineBeforeAndAfterTheEnd(link: Connect) -> None:
    ends = link()
    transports = [ends.server.transport, ends.client.transport]
    before = [repr(each) for each in transports]
    ends.client.transport.loseConnection()
    ends.untilLost()
    for text in before + [repr(each) for each in transports]:
        assert text.startswith("<")
        assert "\n" not in text


def test_twoTransportsAreNotEqualAndCanBeKeys(link: Connect) -> None:
    ends = link()
    assert len({ends.server.transport, ends.client.transport}) == 2


def test_aPlainProtocolNeedsNoConnectionLost(link: Connect) -> None:
    class Plain(Recorder):
        connectionLost = Protocol.connectionLost  # type: ignore[assignment]  # it does nothing

    ends = link(Plain())
    ends.client.transport.loseConnection()
    ends.until(lambda: ends.client.lost and not ends.reactor._streams)
    assert ends.server.events == ["made"]
