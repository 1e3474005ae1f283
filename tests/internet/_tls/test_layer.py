"""TLS between a protocol and a transport."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from OpenSSL import SSL
from zope.interface import implementer

from twisted.internet import defer, ssl
from twisted.internet._tls import machine
from twisted.internet._tls.records import Records
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IHandshakeListener,
    IProtocolNegotiationFactory,
    ISSLTransport,
    ISystemHandle,
    ITransport,
)
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure

from .pairs import Echo, End, OldContexts, Pair, Recorder, Wire, cutEvery, serverOptions, whole

kinds = pytest.mark.parametrize("records", ["quick", "public"])


@pytest.fixture
def records(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Records by OpenSSL's functions, or by pyOpenSSL's public methods alone."""
    kind: str = request.param
    if kind == "public":
        monkeypatch.setattr(machine, "recordsFor", Records)
    return kind


# Data


@kinds
@pytest.mark.parametrize("cut", [whole, cutEvery(1), cutEvery(7), cutEvery(1000)])
def test_dataComesOutAsItWentInHoweverItIsCut(records: str, cut: Any) -> None:
    pair = Pair(server=Echo(), cut=cut).settle()
    sent = [b"a", b"", b"bc" * 100, bytes(range(256)) * 150]
    for data in sent:
        pair.client.tls.write(data)
        pair.settle()
    assert pair.server.protocol.received == b"".join(sent)
    assert pair.client.protocol.received == b"".join(sent)


@kinds
@pytest.mark.parametrize("size", [1, 16384, 16385, 64000, 64001, 65536, 65537, 1 << 20])
def test_aWriteOfAnySizeArrivesWhole(records: str, size: int) -> None:
    pair = Pair().settle()
    data = bytes(index * 7 & 255 for index in range(1000)) * (size // 1000 + 1)
    pair.client.tls.write(data[:size])
    pair.client.tls.write(b"behind")
    pair.settle()
    assert pair.server.protocol.received == data[:size] + b"behind"


def test_aLargeWriteGoesDownInPieces() -> None:
    pair = Pair().settle()
    pair.client.tls.write(b"x" * (1 << 20))
    assert len(pair.client.wire.sent) == 16
    assert max(map(len, pair.client.wire.sent)) < 66000


def test_severalRecordsInOneReadAreOneDelivery() -> None:
    pair = Pair().settle()
    for letter in (b"a", b"b", b"c"):
        pair.client.tls.write(letter)
        pair.clock.advance(0)
    assert len(pair.client.wire.sent) == 3
    pair.settle()
    assert pair.server.protocol.chunks == [b"abc"]


def test_whatIsWrittenInAnswerLeavesAtOnceAsOneRecord() -> None:
    class Chatty(Recorder):
        def dataReceived(self, data: bytes) -> None:
            for letter in b"answer":
                self.transport.write(bytes([letter]))

    pair = Pair(server=Chatty()).settle()
    pair.client.tls.write(b"question")
    pair.clock.advance(0)
    pair.carry(pair.client, pair.server)
    assert len(pair.server.wire.sent) == 1
    assert pair.clock.getDelayedCalls() == []
    pair.settle()
    assert pair.client.protocol.chunks == [b"answer"]


def test_smallWritesOfATurnLeaveTogetherWhenItIsOver() -> None:
    pair = Pair().settle()
    pair.client.tls.write(b"hel")
    pair.client.tls.write(b"lo")
    assert pair.client.wire.sent == []
    pair.clock.advance(0)
    assert len(pair.client.wire.sent) == 1
    pair.settle()
    assert pair.server.protocol.received == b"hello"


@kinds
def test_whatIsWrittenBeforeTheHandshakeArrivesInOrder(records: str) -> None:
    class Eager(Recorder):
        def connectionMade(self) -> None:
            self.transport.write(b"one ")
            self.transport.writeSequence([b"two", b" "])

    pair = Pair(client=Eager())
    pair.client.tls.write(b"three " * 20000)
    pair.client.tls.write(b"four")
    pair.settle()
    assert pair.server.protocol.received == b"one two " + b"three " * 20000 + b"four"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (b"bytes", b"bytes"),
        (bytearray(b"array"), b"array"),
        (memoryview(b"view"), b"view"),
        ("naïve", "naïve".encode()),
    ],
)
def test_bytesLikeAndTextCanBeWritten(given: Any, wanted: bytes) -> None:
    pair = Pair().settle()
    pair.client.tls.write(given)
    pair.client.tls.writeSequence([given, given])
    pair.settle()
    assert pair.server.protocol.received == wanted * 3


@pytest.mark.parametrize("wrong", [None, 3, ["list"]])
def test_anythingElseIsATypeError(wrong: Any) -> None:
    pair = Pair().settle()
    with pytest.raises(TypeError, match=type(wrong).__name__):
        pair.client.tls.write(wrong)


def test_aBufferMayBeReusedAfterItWasWritten() -> None:
    pair = Pair().settle()
    data = bytearray(b"before")
    pair.client.tls.write(data)  # type: ignore[arg-type]  # bytes-like, which is more than is promised
    data[:] = b"behind"
    pair.settle()
    assert pair.server.protocol.received == b"before"


def test_theProtocolCanBeExchanged() -> None:
    pair = Pair().settle()
    second = Recorder()

    def exchange(data: bytes) -> None:
        pair.server.tls.wrappedProtocol = second
        second.makeConnection(pair.server.tls)

    pair.server.protocol.dataReceived = exchange
    pair.client.tls.write(b"switch")
    pair.settle()
    pair.client.tls.write(b"new")
    pair.settle()
    assert second.received == b"new"


def test_anErrorOfTheProtocolReachesWhoeverBroughtTheData() -> None:
    class Broken(Recorder):
        def dataReceived(self, data: bytes) -> None:
            raise ZeroDivisionError

    pair = Pair(server=Broken()).settle()
    pair.client.tls.write(b"x")
    with pytest.raises(ZeroDivisionError):
        pair.settle()
    reason = pair.server.lose(ZeroDivisionError())
    assert reason.check(ZeroDivisionError)


def test_tlsOverTls() -> None:
    clock = Clock()
    outer = Pair()
    inner: dict[str, End] = {}
    for side, isClient in (("client", True), ("server", False)):
        end: End = getattr(outer, side)
        creator = ssl.CertificateOptions() if isClient else serverOptions()
        inner[side] = End(creator, isClient, Echo() if side == "server" else Recorder(), clock)
        inner[side].wire = end.tls
        end.tls.wrappedProtocol = inner[side].tls
        inner[side].connect()
    outer.settle()
    inner["client"].tls.write(b"twice wrapped")
    for _ in range(3):
        clock.advance(0)
        outer.settle()
    assert inner["client"].protocol.received == b"twice wrapped"
    assert inner["client"].tls.getPeer() == "peer"


# The handshake


@implementer(IHandshakeListener)
class Listener(Recorder):
    certificate: Any = None
    completed = 0

    def handshakeCompleted(self) -> None:
        self.completed += 1
        self.certificate = self.transport.getPeerCertificate()
        self.transport.write(b"hello")


@pytest.mark.parametrize("cut", [whole, cutEvery(1)])
def test_aListenerHearsOfTheHandshakeOnceBeforeAnyData(cut: Any) -> None:
    pair = Pair(client=Listener(), server=Listener(), cut=cut).settle()
    assert pair.client.protocol.completed == 1
    assert pair.server.protocol.completed == 1
    assert pair.client.protocol.certificate is not None
    assert pair.server.protocol.certificate is None
    assert pair.client.protocol.received == pair.server.protocol.received == b"hello"


def test_aListenerThatAbortsKeepsWhatWasWrittenFromBeingSent() -> None:
    @implementer(IHandshakeListener)
    class Wary(Recorder):
        def connectionMade(self) -> None:
            self.transport.write(b"secret")

        def handshakeCompleted(self) -> None:
            self.transport.abortConnection()

    pair = Pair(client=Wary()).settle()
    assert pair.server.protocol.received == b""
    assert pair.client.wire.calls == ["abort"]


def test_garbageInsteadOfAHandshakeEndsIt() -> None:
    pair = Pair()
    pair.server.tls.dataReceived(b"GET / HTTP/1.1\r\n\r\n")
    assert pair.server.wire.calls == ["lose"]
    assert pair.server.lose().check(SSL.Error)


def test_garbageInsteadOfARecordEndsIt() -> None:
    pair = Pair().settle()
    pair.server.tls.dataReceived(b"\x17\x03\x03\x00\x20" + b"x" * 32)
    assert pair.server.wire.calls == ["lose"]
    pair.settle()
    assert pair.server.lose().check(SSL.Error)
    # The alert has come through.
    assert pair.client.lose().check(SSL.Error)


class WireOfAReactor(Wire):
    def __init__(self, reactor: Clock) -> None:
        super().__init__()
        self.reactor = reactor
        self.full: defer.Deferred[None] = defer.succeed(None)

    def drained(self) -> defer.Deferred[None]:
        return self.full


def test_halfAClientHelloIsGivenUpInTime() -> None:
    clock = Clock()
    hello = Pair().client.wire.take()
    server = End(serverOptions(), False, Recorder(), clock, wire=WireOfAReactor(clock))
    server.connect()
    server.tls.dataReceived(hello[: len(hello) // 2])
    clock.advance(TLSMemoryBIOFactory.handshakeTimeoutSeconds - 1)
    assert server.wire.calls == []
    clock.advance(1)
    assert server.wire.calls == ["abort"]
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize("ending", ["handshake", "abort", "lost"])
def test_noTimeoutIsLeftBehind(ending: str) -> None:
    pair = Pair()
    clock = Clock()
    server = End(serverOptions(), False, Recorder(), clock, wire=WireOfAReactor(clock))
    server.connect()
    assert len(clock.getDelayedCalls()) == 1
    pair.server = server
    if ending == "handshake":
        pair.settle()
    elif ending == "abort":
        server.tls.abortConnection()
    else:
        server.lose()
    assert clock.getDelayedCalls() == []


def test_renegotiationIsRefused() -> None:
    pair = Pair(
        clientCreator=OldContexts(False),
        serverCreator=serverOptions(lowerMaximumSecurityTo=ssl.TLSVersion.TLSv1_2),
    ).settle()
    handle = pair.client.tls.getHandle()
    assert handle.get_protocol_version_name() == "TLSv1.2"
    before = handle.total_renegotiations()
    handle.renegotiate()
    with pytest.raises(SSL.WantReadError):
        handle.do_handshake()
    pair.client.wire.write(handle.bio_read(65536))
    pair.settle()
    assert pair.server.tls.getHandle().total_renegotiations() == 0
    assert before == 0


def test_bytesFromBeforeTheLayerAreNotTakenForTls() -> None:
    """What a peer sent in the clear before STARTTLS must not count as sent within TLS."""
    pair = Pair()
    pair.client.protocol.chunks.clear()
    pair.server.tls.dataReceived(b"QUIT\r\n" + pair.client.wire.take())
    assert pair.server.protocol.received == b""
    assert pair.server.lose().check(SSL.Error)


def test_startTlsUnderAProtocolThatIsConnectedAlready() -> None:
    pair = Pair()
    raw = Wire()
    protocol = Recorder()
    protocol.makeConnection(raw)
    factory = TLSMemoryBIOFactory(ssl.CertificateOptions(), True, None, pair.clock)  # type: ignore[arg-type]  # as startTLS does
    tls = BufferingTLSTransport(factory, protocol, False)
    tls.makeConnection(raw)
    assert protocol.transport is raw
    pair.client.tls, pair.client.wire = tls, raw
    pair.settle()
    tls.write(b"within")
    pair.settle()
    assert pair.server.protocol.received == b"within"
    assert factory.logPrefix() == "NoneType (TLS)"


@implementer(IProtocolNegotiationFactory)
class Negotiating(Factory):
    def __init__(self, *protocols: bytes) -> None:
        self.protocols = list(protocols)

    def acceptableProtocols(self) -> list[bytes]:
        return self.protocols


@pytest.mark.parametrize("byFactory", [True, False])
@pytest.mark.parametrize(
    ("client", "server", "wanted"),
    [
        ([b"h2", b"http/1.1"], [b"h2"], b"h2"),
        ([b"http/1.1", b"h2"], [b"h2", b"http/1.1"], b"h2"),
        ([b"h2"], [], None),
        ([], [b"h2"], None),
        ([], [], None),
    ],
)
def test_alpnTakesTheServersFirstThatWasOffered(
    client: list[bytes], server: list[bytes], wanted: bytes | None, byFactory: bool
) -> None:
    if byFactory:
        pair = Pair(clientFactory=Negotiating(*client), serverFactory=Negotiating(*server))
    else:
        pair = Pair(
            clientCreator=ssl.CertificateOptions(acceptableProtocols=client),
            serverCreator=serverOptions(acceptableProtocols=server),
        )
    assert pair.client.tls.negotiatedProtocol is None
    pair.settle()
    assert pair.client.tls.negotiatedProtocol == wanted
    assert pair.server.tls.negotiatedProtocol == wanted
    assert pair.server.tls._handshakeDone


def test_alpnWithNothingInCommonIsFatal() -> None:
    """RFC 7301 section 3.2."""
    pair = Pair(clientFactory=Negotiating(b"a"), serverFactory=Negotiating(b"b")).settle()
    assert pair.server.lose().check(SSL.Error)
    assert pair.client.lose().check(SSL.Error)


def test_alpnByTheFactoryWorksOverContextsOfUsersToo() -> None:
    server, client = OldContexts(True), OldContexts(False)
    for _ in range(2):
        pair = Pair(
            clientCreator=client,
            serverCreator=server,
            clientFactory=Negotiating(b"x"),
            serverFactory=Negotiating(b"y", b"x"),
        ).settle()
        assert pair.server.tls.negotiatedProtocol == b"x"


# Ending


def test_closingIsOrderlyOnBothSides() -> None:
    pair = Pair().settle()
    pair.client.tls.write(b"x" * 200_000)
    pair.client.tls.loseConnection()
    pair.client.tls.write(b"too late")
    assert pair.client.wire.calls == []
    pair.settle()
    assert pair.server.protocol.received == b"x" * 200_000
    assert pair.server.wire.calls == ["lose"]
    assert pair.client.wire.calls == ["lose"]
    assert pair.server.lose().check(ConnectionDone)
    assert pair.client.lose().check(ConnectionDone)


@kinds
def test_dataAndCloseInOneReadAreDataThenClose(records: str) -> None:
    pair = Pair(server=Echo()).settle()
    pair.client.tls.write(b"last words")
    pair.client.tls.loseConnection()
    pair.server.tls.dataReceived(pair.client.wire.take())
    assert pair.server.protocol.received == b"last words"
    pair.settle()
    assert pair.client.protocol.received == b"last words"
    assert pair.server.lose().check(ConnectionDone)


def test_bothSidesMayCloseAtTheSameTime() -> None:
    pair = Pair().settle()
    pair.client.tls.loseConnection()
    pair.server.tls.loseConnection()
    pair.settle()
    assert pair.client.wire.calls == pair.server.wire.calls == ["lose"]
    assert pair.client.lose().check(ConnectionDone)


@pytest.mark.parametrize("shaken", [True, False])
def test_aStreamThatIsCutOffIsLost(shaken: bool) -> None:
    pair = Pair()
    if shaken:
        pair.settle()
    assert pair.server.lose(ConnectionDone()).check(ConnectionLost)


def test_aCutBetweenOurGoodbyeAndTheirsIsALossToo() -> None:
    pair = Pair().settle()
    pair.server.tls.loseConnection()
    assert pair.server.lose(ConnectionDone()).check(ConnectionLost)


@pytest.mark.parametrize("error", [ConnectionLost("reset"), ConnectionAborted(), ValueError("x")])
def test_whatTheTransportSaysIsHandedOn(error: Exception) -> None:
    pair = Pair().settle()
    assert pair.server.lose(error).value is error


def test_afterAbortNothingIsSentOrDelivered() -> None:
    pair = Pair().settle()
    pair.client.tls.write(b"x")
    pair.clock.advance(0)
    pair.server.tls.write(b"pending")
    pair.server.tls.abortConnection()
    pair.server.tls.abortConnection()
    pair.settle()
    assert pair.server.wire.calls == ["abort"]
    assert pair.server.wire.sent == []
    assert pair.server.protocol.received == pair.client.protocol.received == b""
    assert pair.server.lose(ConnectionAborted()).check(ConnectionAborted)


def test_abortWhileDataIsDelivered() -> None:
    class Aborting(Recorder):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            self.transport.write(b"not sent")
            self.transport.abortConnection()

    pair = Pair(server=Aborting()).settle()
    pair.client.tls.write(b"x" * 300_000)
    pair.settle()
    assert len(pair.server.protocol.chunks) == 1
    assert pair.server.wire.sent == []


def test_aGoodbyeThatIsNotAnsweredIsGivenUpOnceAllIsSent() -> None:
    pair, clock = Pair(), Clock()
    pair.server = End(serverOptions(), False, Recorder(), clock, wire=WireOfAReactor(clock))
    pair.server.connect()
    pair.settle()
    pair.server.wire.full = defer.Deferred()
    pair.server.tls.loseConnection()
    clock.advance(10 * TLSMemoryBIOFactory.closeTimeoutSeconds)
    assert pair.server.wire.calls == []
    pair.server.wire.full.callback(None)
    clock.advance(TLSMemoryBIOFactory.closeTimeoutSeconds - 1)
    assert pair.server.wire.calls == []
    clock.advance(1)
    assert pair.server.wire.calls == ["abort"]


def test_aGoodbyeThatIsAnsweredLeavesNoTimeout() -> None:
    pair, clock = Pair(), Clock()
    pair.server = End(serverOptions(), False, Recorder(), clock, wire=WireOfAReactor(clock))
    pair.server.connect()
    pair.settle()
    pair.server.tls.loseConnection()
    assert len(clock.getDelayedCalls()) == 1
    pair.settle()
    assert pair.server.wire.calls == ["lose"]
    assert clock.getDelayedCalls() == []


def test_closingBeforeTheHandshakeWithNothingWrittenAborts() -> None:
    pair = Pair()
    pair.server.tls.loseConnection()
    assert pair.server.wire.calls == ["abort"]


def test_closingBeforeTheHandshakeSendsWhatWasWritten() -> None:
    pair = Pair()
    pair.client.tls.write(b"written")
    pair.client.tls.loseConnection()
    pair.settle()
    assert pair.server.protocol.received == b"written"
    assert pair.client.lose().check(ConnectionDone)


def test_afterTheEndEveryCallIsHarmless() -> None:
    pair = Pair().settle()
    tls = pair.server.tls
    pair.server.lose()
    tls.write(b"x")
    tls.writeSequence([b"x"])
    tls.loseConnection()
    tls.loseWriteConnection()
    tls.abortConnection()
    tls.dataReceived(b"x")
    tls.connectionLost(Failure(ConnectionDone()))
    tls.unregisterProducer()
    assert pair.server.wire.calls == []
    assert tls.negotiatedProtocol is None
    assert tls.getPeerCertificate() is None
    assert tls.getPeer() == "peer"
    assert not tls.connected


@pytest.mark.parametrize("ending", ["distrust", "order", "cut", "fault"])
@kinds
def test_anEndLeavesNoCirclesBehind(records: str, ending: str) -> None:
    creator = ssl.optionsForClientTLS("a.example") if ending == "distrust" else None
    pair = Pair(clientCreator=creator, server=Echo())
    gone = [weakref.ref(end.tls) for end in (pair.client, pair.server)]
    gc.collect()
    gc.disable()
    try:
        pair.settle()
        if ending == "order":
            pair.client.tls.write(b"x")
            pair.client.tls.loseConnection()
        elif ending == "fault":
            pair.server.tls.dataReceived(b"x" * 100)
        pair.settle()
        pair.client.lose()
        pair.server.lose()
        del pair
        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()


# Half-close


@implementer(IHalfCloseableProtocol)
class HalfCloseable(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    def readConnectionLost(self) -> None:
        self.events.append("read")

    def writeConnectionLost(self) -> None:
        self.events.append("write")


def test_oneDirectionCanBeClosedBeforeTheOther() -> None:
    pair = Pair(client=HalfCloseable(), server=HalfCloseable()).settle()
    pair.client.tls.write(b"request")
    pair.client.tls.loseWriteConnection()
    pair.client.tls.write(b"too late")
    pair.settle()
    assert pair.server.protocol.received == b"request"
    assert pair.server.protocol.events == ["read"]
    assert pair.client.protocol.events == ["write"]
    pair.server.tls.write(b"long answer" * 10000)
    pair.settle()
    assert pair.client.protocol.received == b"long answer" * 10000
    assert pair.client.wire.calls == pair.server.wire.calls == []
    pair.server.tls.loseConnection()
    pair.settle()
    assert pair.client.protocol.events == ["write", "read"]
    assert pair.client.wire.calls == pair.server.wire.calls == ["lose"]
    assert pair.client.lose().check(ConnectionDone)
    assert pair.server.lose().check(ConnectionDone)


def test_closingOneDirectionBeforeTheHandshakeSendsWhatWasWritten() -> None:
    pair = Pair(client=HalfCloseable(), server=HalfCloseable())
    pair.client.tls.write(b"written")
    pair.client.tls.loseWriteConnection()
    pair.client.tls.write(b"too late")
    assert pair.client.protocol.events == []
    pair.settle()
    assert pair.server.protocol.received == b"written"
    assert pair.server.protocol.events == ["read"]
    assert pair.client.protocol.events == ["write"]
    pair.client.tls.loseWriteConnection()
    pair.server.tls.loseConnection()
    pair.settle()
    assert pair.client.protocol.events == ["write", "read"]
    assert pair.client.lose().check(ConnectionDone)


@pytest.mark.parametrize("streaming", [False, True])
def test_closingOneDirectionWaitsForAProducerThatHasMore(streaming: bool) -> None:
    pair = Pair(client=HalfCloseable(), server=HalfCloseable()).settle()
    producer = Producer()
    pair.client.tls.registerProducer(producer, streaming)
    if streaming:
        pair.client.wire.producer.pauseProducing()
    pair.client.tls.loseWriteConnection()
    pair.client.tls.write(b"more")
    assert pair.client.protocol.events == []
    pair.client.tls.unregisterProducer()
    assert pair.client.protocol.events == ["write"]
    pair.settle()
    assert pair.server.protocol.received == b"more"
    assert pair.server.protocol.events == ["read"]


def test_closingOneDirectionDoesNotWaitForAProducerThatIsAtRest() -> None:
    """Such as the other connection of a proxy."""
    pair = Pair(client=HalfCloseable(), server=HalfCloseable()).settle()
    pair.client.tls.registerProducer(Producer(), True)
    pair.client.tls.loseWriteConnection()
    assert pair.client.protocol.events == ["write"]


# Producers


class Producer:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def pauseProducing(self) -> None:
        self.calls.append("pause")

    def resumeProducing(self) -> None:
        self.calls.append("resume")

    def stopProducing(self) -> None:
        self.calls.append("stop")


def test_aProducerIsPausedUntilTheHandshakeIsDone() -> None:
    pair = Pair()
    producer = Producer()
    pair.client.tls.registerProducer(producer, True)
    assert producer.calls == []
    pair.client.tls.write(b"x")
    pair.clock.advance(0)
    assert producer.calls == ["pause"]
    pair.settle()
    assert producer.calls == ["pause", "resume"]


def test_theTransportsPausesReachTheProducerOnceEach() -> None:
    pair = Pair().settle()
    producer = Producer()
    pair.client.tls.registerProducer(producer, True)
    below = pair.client.wire.producer
    for _ in range(2):
        below.pauseProducing()
    for _ in range(2):
        below.resumeProducing()
    below.stopProducing()
    assert producer.calls == ["pause", "resume", "stop"]


def test_theEndOfTheHandshakeDoesNotResumeForATransportThatIsFull() -> None:
    pair = Pair()
    producer = Producer()
    pair.client.tls.registerProducer(producer, True)
    pair.client.tls.write(b"x" * 100_000)
    pair.client.wire.producer.pauseProducing()
    pair.settle()
    assert producer.calls == ["pause"]
    pair.client.wire.producer.resumeProducing()
    assert producer.calls == ["pause", "resume"]


def test_aSecondProducerIsRefused() -> None:
    pair = Pair().settle()
    pair.client.tls.registerProducer(Producer(), True)
    with pytest.raises(RuntimeError, match=r"Producer object .* was not unregistered"):
        pair.client.tls.registerProducer(Producer(), True)


def test_aTransportMayTakeAnotherProducerInThePlaceOfOne() -> None:
    # Synapse's tests put a second TLS connection on the transport of a page's channel.
    pair = Pair().settle()
    pair.client.wire.replacesProducer = True
    former, second = Producer(), Producer()
    pair.client.tls.registerProducer(former, True)
    pair.client.tls.registerProducer(second, True)
    pair.client.wire.producer.pauseProducing()
    assert (former.calls, second.calls) == ([], ["pause"])
    pair.client.tls.unregisterProducer()
    assert pair.client.wire.producer is None


def test_closingWaitsForTheProducer() -> None:
    pair = Pair().settle()
    pair.client.tls.registerProducer(Producer(), True)
    pair.client.tls.loseConnection()
    pair.client.tls.write(b"more")
    pair.settle()
    assert pair.client.wire.calls == []
    pair.client.tls.write(b" and more")
    pair.client.tls.unregisterProducer()
    pair.client.tls.write(b"too late")
    pair.settle()
    assert pair.server.protocol.received == b"more and more"
    assert pair.client.wire.calls == ["lose"]


@pytest.mark.parametrize("ending", ["lost", "shut", "aborted"])
def test_aProducerThatComesTooLateIsStopped(ending: str) -> None:
    pair = Pair().settle()
    tls = pair.client.tls
    if ending == "lost":
        pair.client.lose()
    elif ending == "shut":
        tls.loseConnection()
    else:
        tls.abortConnection()
    producer = Producer()
    tls.registerProducer(producer, True)
    assert producer.calls == ["stop"]


def test_aPeerThatClosesDoesNotWaitForOurProducer() -> None:
    pair = Pair().settle()
    producer = Producer()
    pair.server.tls.registerProducer(producer, True)
    pair.client.tls.loseConnection()
    pair.settle()
    assert producer.calls == ["stop"]
    assert pair.server.wire.producer is None
    assert pair.server.wire.calls == ["lose"]


def test_whatAPausedProducerStillWritesStaysBehindTheLargeWriteThatPausedIt() -> None:
    pair = Pair().settle()
    tls = pair.client.tls

    class LastWord(Producer):
        def pauseProducing(self) -> None:
            tls.write(b"z" * 70_000)

    tls.registerProducer(LastWord(), True)
    write = pair.client.wire.write

    def full(data: bytes) -> None:
        write(data)
        pair.client.wire.producer.pauseProducing()

    pair.client.wire.write = full
    tls.write(b"a" * 300_000)
    pair.settle()
    assert pair.server.protocol.received == b"a" * 300_000 + b"z" * 70_000


# What it looks like


def test_itProvidesWhatATlsTransportDoesAndWhatTheOneBelowDoes() -> None:
    pair = Pair()
    for interface in (ISSLTransport, ISystemHandle, ITransport):
        assert interface.providedBy(pair.client.tls)
    assert isinstance(pair.client.tls.getHandle(), SSL.Connection)
    assert pair.client.tls.getHost() == "host"


def test_theLogPrefixTellsOfTls() -> None:
    pair = Pair()
    assert pair.client.factory.logPrefix() == "Factory (TLS)"
    assert TLSMemoryBIOProtocol.__module__ == "twisted.protocols.tls"


def test_theClockOfTheFaceIsTheDefault(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("twisted.protocols.tls._get_default_clock", lambda: clock)
    factory = TLSMemoryBIOFactory(ssl.CertificateOptions(), True, Factory())
    assert factory._clock is clock
