"""
TLS as a layer between a protocol and any transport.

`TLSMemoryBIOProtocol` looks like a protocol from below and like a transport from above. OpenSSL
works between the two on memory only. What one read from below brings is decrypted as a whole
and delivered as a whole; what the protocol writes in answer leaves as one record, in one write.

Its life, and what moves it on::

    shaking     bytes go to the handshake; what the protocol writes waits in ``_pending``
    open        ``_straight`` is set: data goes straight through `Records`
    blocked     OpenSSL must read before it writes (a renegotiation): as ``shaking`` for writes
    closing     loseConnection: all that waits is sent, then close_notify (RFC 8446 section 6.1)
    lost        the TLS stream has ended, in order or not; the transport is told to close
    gone        connectionLost came from below: the protocol has been told why

The laws:

- Application data is delivered only between the end of the handshake and close_notify, abort
  or a fault; never afterwards, whatever is in the same read.
- Nothing is taken for encrypted that came before: the layer starts with empty BIOs.
- A stream that ends below without close_notify was cut short, by whomever: that is
  ConnectionLost, never ConnectionDone.
- The transport below gets what OpenSSL has to say (alerts too) before it is told to close.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from zope.interface import implementer

from twisted.internet import main
from twisted.internet._wrapping import ProtocolWrapper, _provisionFor
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IHandshakeListener,
    INegotiated,
    ISystemHandle,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from .buffering import SmallWrites, toBytes
from .openssl import SSL
from .producers import ProducerMembrane, PullToPush
from .records import QuickRecords, Records, chunkBytes, recordsFor

if TYPE_CHECKING:
    from twisted.internet.interfaces import (
        IConsumer,
        IDelayedCall,
        IProtocol,
        IReactorTime,
        ITransport,
    )

    from .layer import TLSMemoryBIOFactory


@implementer(ISystemHandle, INegotiated)
class TLSMemoryBIOProtocol(ProtocolWrapper):
    """
    The protocol of a transport, and the transport of a protocol, with TLS between them.

    Every write is sealed at once; `BufferingTLSTransport`, which `TLSMemoryBIOFactory` makes,
    gathers small ones.

    Attributes:
        factory: the `TLSMemoryBIOFactory` that says which side of TLS this is.
        wrappedProtocol: who gets the plaintext; it may be exchanged at any time.
    """

    _producer: ProducerMembrane | None = None
    _reason: Failure | None = None
    _handshakeDone = False
    _lostTLSConnection = False
    _aborted = False
    _shutdownSent = False
    _writeEnding = False
    _readClosed = False
    _draining = False

    _connection: Any = None
    _records: Records | None = None
    _straight: QuickRecords | None = None
    _smallWrites: SmallWrites | None = None
    _timeout: IDelayedCall | None = None

    def __init__(
        self, factory: TLSMemoryBIOFactory, wrappedProtocol: IProtocol, _connectWrapped: bool = True
    ) -> None:
        super().__init__(factory, wrappedProtocol)
        self._connectWrapped = _connectWrapped
        self._pending: list[bytes] = []

    # Beginning

    @property
    def _tlsConnection(self) -> Any:
        """pyOpenSSL's connection; whoever replaces it decides what reads and writes records."""
        return self._connection

    @_tlsConnection.setter
    def _tlsConnection(self, connection: Any) -> None:
        self._connection = connection
        self._records = None if connection is None else recordsFor(connection)
        self._straight = None
        self._goStraight()

    def makeConnection(self, transport: ITransport) -> None:
        """
        Start TLS over a connected transport.

        The protocol above is connected at once unless it has a transport already
        (``startTLS``): what it writes before the end of the handshake waits.
        """
        self._tlsConnection = self.factory._creatorCallable(self)
        if self._connectWrapped:
            super().makeConnection(transport)
        else:
            self.__provides__ = _provisionFor(type(self), transport)
            Protocol.makeConnection(self, transport)
            self.factory.registerProtocol(self)
        # The protocol may have hung up by now, or even be gone.
        if not self._over():
            self._setTimeout(self.factory.handshakeTimeoutSeconds)
            self._shakeHands()

    def _setTimeout(self, seconds: float) -> None:
        """Abort unless the peer does its part in time; only transports with a reactor stall."""
        reactor = reactorOf(self.transport)
        if reactor is not None:
            self._timeout = reactor.callLater(seconds, self._timedOut)

    def _timedOut(self) -> None:
        self._timeout = None
        self.abortConnection()

    def _cancelTimeout(self) -> None:
        timeout, self._timeout = self._timeout, None
        if timeout is not None and timeout.active():
            timeout.cancel()

    def _shakeHands(self) -> None:
        """Take the handshake as far as what has come allows."""
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            self._flushOutgoing()
        except SSL.Error as error:
            self._failed(error)
        else:
            self._handshook()

    def _handshook(self) -> None:
        """The handshake is done. A verification that failed inside it may have aborted us."""
        if self._over():
            return
        self._handshakeDone = True
        self._cancelTimeout()
        self._flushOutgoing()
        if IHandshakeListener.providedBy(self.wrappedProtocol):
            self._hold()
            try:
                self.wrappedProtocol.handshakeCompleted()
            finally:
                self._release()
        self._drainPending()

    # From below to above

    def dataReceived(self, data: bytes) -> None:
        """Take bytes from the transport: records, or parts of some."""
        # The hot path: benchmarks/ has it as "TLS echo". Two calls and two tests of ours.
        straight = self._straight
        if straight is None:
            self._receiveGuarded(data)
            return
        plain = straight.receive(data)
        if plain:
            self._deliver(plain)
        if straight.ended is not None:
            self._streamEnded(straight)

    def _deliver(self, plain: bytes) -> None:
        """Give plaintext to the protocol; what it writes meanwhile leaves as one."""
        small = self._smallWrites
        if small is None:
            self.wrappedProtocol.dataReceived(plain)
            return
        small.held = True
        try:
            self.wrappedProtocol.dataReceived(plain)
        finally:
            small.held = False
            if small.size:
                small.flush()

    def _receiveGuarded(self, data: bytes) -> None:
        """`dataReceived` in every state but ``open``."""
        records = self._records
        if records is None or self._over():
            return
        if not self._handshakeDone:
            self._connection.bio_write(data)
            self._shakeHands()
            data = b""
            if not self._handshakeDone:
                return
        if self._records is not records or self._over():
            return
        plain = records.receive(data)
        if self._pending:
            self._drainPending()
        if plain and not self._over():
            self._deliver(plain)
        if records.ended is not None:
            self._streamEnded(records)
        else:
            self._flushOutgoing()

    def _streamEnded(self, records: Records) -> None:
        """The peer said that it will send no more, or something that is not TLS."""
        ended = records.ended
        if self._over():
            return
        if not isinstance(ended, SSL.ZeroReturnError):
            self._failed(ended)
            return
        if not self.disconnecting and IHalfCloseableProtocol.providedBy(self.wrappedProtocol):
            records.ended = None
            self._halfClosed()
            return
        if self._smallWrites is not None:
            self._smallWrites.flush()
        if not self._shutdownSent:
            self._shutdownTLS()
        if not self._lostTLSConnection:
            self._tlsShutdownFinished(None)

    def _halfClosed(self) -> None:
        """The peer closed its direction (RFC 8446 section 6.1), and ours may stay open."""
        if not self._readClosed:
            self._readClosed = True
            self.wrappedProtocol.readConnectionLost()
        if self._shutdownSent and not self._lostTLSConnection:
            self._tlsShutdownFinished(None)

    # From above to below

    def write(self, data: bytes) -> None:
        """
        Send application data.

        Before the end of the handshake it waits, in order; a registered producer is paused then.
        After `loseConnection` it is dropped, unless a producer is still at work.

        Raises: TypeError for what is neither bytes-like nor text.
        """
        if type(data) is not bytes:
            data = toBytes(data)
        if self._shutdownSent or self._saidAll():
            return
        self._send(data)

    def _saidAll(self) -> bool:
        """Whether what is written from now on is dropped; a producer may finish first."""
        return self._producer is None and bool(self.disconnecting or self._writeEnding)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send some pieces of application data as one."""
        self.write(b"".join(map(toBytes, iovec)))

    def _send(self, data: bytes) -> None:
        """Seal data and hand it down, now or when it can be done."""
        straight = self._straight
        if straight is None or len(data) > chunkBytes:
            if data and not self._over():
                self._pending.append(data)
                self._drainPending()
            return
        if not data:
            return
        try:
            sealed = straight.seal(data)
        except SSL.WantReadError:
            self._pending.append(data)
            self._blocked()
        except SSL.Error as error:
            self._failed(error)
        else:
            self.transport.write(sealed)

    def _drainPending(self) -> None:
        """
        Send what waits, in chunks; a chunk goes down before the next one is sealed.

        The transport may answer a chunk by pausing a producer that writes once more: the data
        of such a write waits its turn behind ours.
        """
        if self._draining or not self._handshakeDone:
            if self._pending:
                self._pauseProducer()
            return
        self._draining = True
        self._straight = None
        try:
            while self._pending and not self._over():
                data = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
                self._pending = [data]
                sent = self._sendChunks(data)
                if self._over():
                    self._pending = []
                    break
                # What was written meanwhile stands behind it.
                self._pending[:1] = [data[sent:]] if sent < len(data) else []
                if sent < len(data):
                    break
        finally:
            self._draining = False
        if not self._pending:
            self._drained()

    def _sendChunks(self, data: bytes) -> int:
        """Seal and hand down as much as OpenSSL takes; how much that was."""
        view = memoryview(data)
        sent = 0
        while sent < len(data) and not self._over():
            assert self._records is not None
            try:
                sent += self._records.send(view[sent : sent + chunkBytes])
            except SSL.WantReadError:
                self._flushOutgoing()
                self._blocked()
                break
            except SSL.Error as error:
                self._failed(error)
                break
            self._flushOutgoing()
        return sent

    def _blocked(self) -> None:
        """OpenSSL must read before it can write: no more of the straight way for now."""
        self._straight = None
        self._pauseProducer()

    def _drained(self) -> None:
        """Nothing waits any more."""
        if self._over():
            return
        self._goStraight()
        if self._producer is not None:
            self._producer.letGo()
        self._closeIfDone()

    def _goStraight(self) -> None:
        records = self._records
        if (
            records is not None
            and records.quick
            and self._handshakeDone
            and not self._pending
            and not self._over()
        ):
            assert isinstance(records, QuickRecords)
            self._straight = records

    def _flushOutgoing(self) -> None:
        """Hand down whatever OpenSSL has to say."""
        records = self._records
        while records is not None and not self._aborted:
            # In state ``lost`` too: that is when alerts are sent.
            data = records.outgoing()
            if data:
                self.transport.write(data)
            # Less than was asked for is all there was.
            if len(data) < chunkBytes:
                break

    def _hold(self) -> None:
        if self._smallWrites is not None:
            self._smallWrites.held = True

    def _release(self) -> None:
        if self._smallWrites is not None:
            self._smallWrites.held = False
            self._smallWrites.flush()

    # Producers

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Have a producer paused and resumed as the transport and the handshake require.

        Raises: RuntimeError where there is one already; but a transport that lets another one take
            the place of its producer, as doubles for tests do, is let do so.
        """
        if self._over() or self._shutdownSent:
            producer.stopProducing()
            return
        push = producer if streaming else self._asPush(producer)
        membrane = ProducerMembrane(push)
        self.transport.registerProducer(membrane, True)
        self._forgetProducer()
        self._producer = membrane
        if not streaming:
            push.startStreaming()
        if self._pending:
            membrane.hold()

    def _asPush(self, producer: Any) -> PullToPush:
        return PullToPush(producer, cast("IConsumer", self), reactorOf(self.transport))

    def unregisterProducer(self) -> None:
        """Have no producer any more; after `loseConnection` this is the moment to close."""
        if self._producer is None:
            return
        self._forgetProducer()
        if self._smallWrites is not None:
            self._smallWrites.flush()
        self.transport.unregisterProducer()
        self._closeIfDone()

    def _forgetProducer(self) -> None:
        membrane, self._producer = self._producer, None
        if membrane is not None and isinstance(membrane._producer, PullToPush):
            membrane._producer.stopStreaming()

    def _pauseProducer(self) -> None:
        if self._producer is not None:
            self._producer.hold()

    # Ending

    def loseConnection(self) -> None:
        """
        Send what was written, then close_notify, and close when the peer has answered it.

        A registered producer may finish first. Before the end of the handshake, with nothing
        written, there is nobody to say goodbye to: the connection is aborted.
        """
        if self.disconnecting or self._connection is None:
            return
        self.disconnecting = True
        self._closeIfDone()

    def _closeIfDone(self) -> None:
        """Say goodbye if that is wanted, and nobody has anything left to send."""
        if self._shutdownSent or self._pending or self._over():
            return
        if self.disconnecting:
            if self._producer is None:
                (self._shutdownTLS if self._handshakeDone else self.abortConnection)()
        elif self._writeEnding and self._handshakeDone and not self._producerHasMore():
            self._shutdownTLS()
            if IHalfCloseableProtocol.providedBy(self.wrappedProtocol):
                self.wrappedProtocol.writeConnectionLost()

    def _producerHasMore(self) -> bool:
        # A push producer that is not paused has said all that it had to say, as for a socket.
        membrane = self._producer
        return membrane is not None and (
            membrane._producerPaused or isinstance(membrane._producer, PullToPush)
        )

    def _over(self) -> bool:
        """Whether nothing can be sent or received any more."""
        return self._lostTLSConnection or self._aborted or self._connection is None

    def loseWriteConnection(self) -> None:
        """
        Close our direction only, after the handshake and after what was written: the peer may
        go on sending.

        Its close_notify then ends the connection. (TLS 1.2 and older peers are free to take
        ours for the end of both directions: RFC 5246 section 7.2.1.)
        """
        if self._connection is None or self._writeEnding:
            return
        if self._smallWrites is not None:
            self._smallWrites.flush()
        self._writeEnding = True
        self._closeIfDone()

    def _shutdownTLS(self) -> None:
        """Say close_notify; if the peer has said it before us, that was the end."""
        if self._lostTLSConnection:
            return
        self._shutdownSent = True
        try:
            finished = self._connection.shutdown()
        except SSL.Error:
            # During a handshake OpenSSL has no word for this.
            finished = False
        self._flushOutgoing()
        if finished:
            self._tlsShutdownFinished(None)
        elif self.disconnecting:
            self._awaitAnswer()

    def _awaitAnswer(self) -> None:
        """
        A peer need not answer our close_notify, and is not waited for without end: only after
        it has taken what we had to send, however long that takes.
        """
        drained = getattr(self.transport, "drained", None)
        if drained is not None and reactorOf(self.transport) is not None:
            drained().addCallbacks(self._limitAnswer, lambda lost: None)

    def _limitAnswer(self, drained: object) -> None:
        if not self._over():
            self._cancelTimeout()
            self._setTimeout(self.factory.closeTimeoutSeconds)

    def _failed(self, error: BaseException | None) -> None:
        """
        OpenSSL found a fault. Where in our code it told us so helps nobody, and the frames
        would keep both ends of the connection alive until the next collection.
        """
        assert error is not None
        # Whoever aborts from within a callback leaves OpenSSL in the middle of its handshake.
        if not self._aborted:
            self._tlsShutdownFinished(Failure(error.with_traceback(None)))

    def _tlsShutdownFinished(self, reason: Failure | None) -> None:
        """
        The TLS stream is over: send the last alerts, then close the transport.

        Args:
            reason: the fault that ended it, or None when it was closed in order. The first one
                is what the protocol will be told.
        """
        if reason is not None and self._reason is None:
            self._reason = Failure(main.CONNECTION_LOST) if _isEOF(reason.value) else reason
        self._lostTLSConnection = True
        self._straight = None
        self._pending = []
        self._cancelTimeout()
        self._flushOutgoing()
        self._closeTransport()

    def _closeTransport(self) -> None:
        """A producer would keep the transport waiting, and has nobody left to write for."""
        membrane, self._producer = self._producer, None
        if membrane is not None:
            self.transport.unregisterProducer()
            membrane.stopProducing()
        self.transport.loseConnection()

    def failVerification(self, reason: Failure) -> None:
        """
        The peer is not who it should be: abort, and tell the protocol this reason.

        Called from within OpenSSL's callbacks, so the connection to OpenSSL stays until the
        transport has gone.
        """
        self._reason = reason
        self.abortConnection()

    def abortConnection(self) -> None:
        """Close at once. Nothing more is sent or delivered, not even what was written before."""
        if self._aborted or self.transport is None or self._connection is None:
            return
        self._aborted = True
        self.disconnecting = True
        self._straight = None
        self._pending = []
        self._cancelTimeout()
        if self._smallWrites is not None:
            self._smallWrites.close()
        abort = getattr(self.transport, "abortConnection", None)
        (abort or self.transport.loseConnection)()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        The transport has gone.

        The protocol is told, in this order of preference: what went wrong with TLS or with
        verification; what the transport says; ConnectionLost where the transport says it was
        closed in order but the peer has not said so by close_notify.
        """
        protocol = self.wrappedProtocol
        if protocol is None:
            return
        if self._reason is not None:
            reason = self._reason
        elif not (self._lostTLSConnection or self._readClosed) and reason.check(ConnectionDone):
            reason = Failure(main.CONNECTION_LOST)
        self._lostTLSConnection = True
        self.connected = 0
        self._cancelTimeout()
        self._pending = []
        self._producer = None
        self._reason = None
        if self._smallWrites is not None:
            self._smallWrites.close()
        # OpenSSL's callbacks hold Python objects where no garbage collector looks.
        self._tlsConnection = None
        self.factory.unregisterProtocol(self)
        try:
            protocol.connectionLost(reason)
        finally:
            self.wrappedProtocol = None

    # Looking inside

    def getHandle(self) -> Any:
        """pyOpenSSL's connection: not a system's handle, but what programs ask this for."""
        return self._connection

    def getPeerCertificate(self) -> Any:
        """The peer's certificate as ``OpenSSL.crypto.X509``; None where it has shown none."""
        return None if self._connection is None else self._connection.get_peer_certificate()

    @property
    def negotiatedProtocol(self) -> bytes | None:
        """What ALPN (RFC 7301) agreed on, such as ``b"h2"``; None for nothing, or not yet."""
        if self._connection is None:
            return None
        return self._connection.get_alpn_proto_negotiated() or None


def reactorOf(transport: object) -> IReactorTime | None:
    """The reactor of a real transport; those of tests have none, as a rule."""
    reactor = getattr(transport, "reactor", None)
    return reactor if hasattr(reactor, "callLater") else None


def _isEOF(error: object) -> bool:
    """Whether OpenSSL's complaint is only that the stream was cut off below it."""
    if isinstance(error, SSL.SysCallError):
        return error.args == (-1, "Unexpected EOF")
    return (
        isinstance(error, SSL.Error)
        and bool(error.args)
        and bool(error.args[0])
        and "unexpected eof" in str(error.args[0][0][-1]).lower()
    )
