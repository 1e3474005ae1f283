"""
Stream transports: one object between an asyncio loop and a Twisted protocol.

A `Connection` is what the loop calls (``connection_made``, ``data_received``, ...: its asyncio
protocol) and what the user's protocol knows as ``self.transport``. One object instead of two,
because an idle connection then costs one allocation less, and a switch of protocols is an
assignment.

What a connection is doing is held by what stands at ``_stream``:

    _notYet        before the loop has connected us
    the loop's own transport
    _Pulled        around it, while a pull producer is registered
    a TLS layer    above it, after `Connection.startTLS`
    _gone          after the connection was lost: what is written is dropped

and at ``_sink`` stands what ``write`` appends to, so that it asks one question only:

    None           nothing was written in this turn
    a list         what was written in this turn, or while data is being received
    _Pushed        the same, while a push producer is registered: it counts
    _Direct        the stream, where it wants each write by itself

What is written in one turn is sent as one: a loop would send each small piece at once, with a
system call for each. The laws:

1. ``protocol.connectionLost`` is called exactly once after ``makeConnection``, by `_lose`.
2. What was written before `loseConnection` and in the same turn after it is sent, unless the
   peer or `abortConnection` ends the connection first.
3. While a producer is registered that has more to give (a pull producer, or a push producer that
   is paused), `loseConnection` waits for it.
4. An exception of the user's protocol never reaches the loop: it is logged, and the connection
   is lost with it as the reason.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterable
from socket import socket as Socket
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import defer, error
from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableProtocol,
    ILoggingContext,
    IPushProducer,
    ISystemHandle,
    ITCPTransport,
    ITLSTransport,
)
from twisted.python.context import speaker
from twisted.python.failure import Failure

from .addresses import socketAddress
from .core import log

if TYPE_CHECKING:
    from twisted.internet.address import IPv4Address, IPv6Address

    from .reactor import Reactor

__all__ = ["Connection", "bytesToSend"]

# SO_LINGER, on, zero seconds: close() sends RST and drops what is not acknowledged.
_lingerNot = struct.pack("ii", 1, 0)


def bytesToSend(data: object) -> bytes:
    """
    What ``transport.write`` puts on the wire for what it was given.

    Args:
        data: bytes or bytes-like (copied, for the caller may change a bytearray), or text, which
            is sent as UTF-8.
    Raises: TypeError for anything else.
    """
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return data.encode("utf-8")
    if isinstance(data, (bytearray, memoryview)):
        return bytes(data)
    raise TypeError(
        f"write() was given {type(data).__name__} ({data!r:.60}): it takes bytes, bytearray, "
        "memoryview, or str, which is sent as UTF-8"
    )


class _Silent(asyncio.Transport):
    """Stands for a stream that is not there (yet, or any more)."""

    def write(self, data: object) -> None:
        pass

    append = write

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass


_notYet = _Silent()
_gone = _Silent()


class _Direct:
    """A sink that hands each write to a stream."""

    __slots__ = ("append",)

    def __init__(self, stream: Any) -> None:
        self.append = stream.write


def _sinkOf(stream: Any) -> Any:
    return stream if type(stream) is _Pushed else _Direct(stream)


@implementer(ITCPTransport, ITLSTransport, IConsumer, IPushProducer, ISystemHandle, ILoggingContext)
class Connection(asyncio.Protocol):
    """
    A stream transport; `listeners.Server` and `connectors.Client` say how it came to be.

    Attributes:
        protocol: the user's protocol. Assign another to hand the connection over.
        connected, disconnecting, disconnected: the state, as 0 or 1.
        producer, streamingProducer: what was registered with `registerProducer`.
    """

    # Rarely used state is not in the slots: it starts as a class attribute and goes to a
    # dictionary that most connections never need.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_peer",
        "_sink",
        "_stream",
        "connected",
        "disconnected",
        "disconnecting",
        "protocol",
        "reactor",
    )

    TLS = False
    bufferSize = 65536
    """Bytes that may wait to be sent before a push producer is paused."""
    producer: Any = None
    streamingProducer = False
    producerPaused = False
    _bufferFull = False
    logstr = "Uninitialized"
    sessionno = 0

    _isClient = False
    _host: Any = None
    _readPaused = False
    _eofSeen = False
    _writeEnded = False
    _belowTLSEnded = False
    _reason: Failure | None = None
    _waitingForDrain: list[defer.Deferred[None]] | None = None
    _pushed: _Pushed | None = None
    # What came too early to be delivered; None stands for the end. Nothing is at ``_sink`` then
    # that `data_received` takes for the usual way.
    _held: list[bytes | None] | None = None

    def __init__(self, reactor: Reactor) -> None:
        self.reactor = reactor
        self._stream: Any = _notYet
        self._sink: Any = _notYet
        self._peer: Any = None
        self.protocol: Any = None
        self.connected = self.disconnecting = self.disconnected = 0

    # What the loop calls

    # measured: benchmarks/ "ping-pong" and "lines-flight"
    def data_received(self, data: bytes) -> None:
        if self._sink is None:
            self._sink = []
        elif self._held is not None:
            self._held.append(data)
            return
        elif self._pushed is not None:
            self._pushed.hold()
        speaker.who = self
        try:
            self.protocol.dataReceived(data)
        except BaseException:
            self._fail("dataReceived")
        speaker.who = None
        # As `_flush`, without its frame.
        sink = self._sink
        if type(sink) is list:
            self._sink = None
            if len(sink) == 1:
                self._stream.write(sink[0])
            elif sink:
                self._stream.write(b"".join(sink))
        elif self._pushed is not None:
            self._pushed.letGo()

    def eof_received(self) -> bool:
        if self._held is not None:
            self._held.append(None)
            return True
        self._eofSeen = True
        # Asked before it is adapted to, which costs ten times as much.
        if not IHalfCloseableProtocol.providedBy(self.protocol):
            self._endAfterEOF()
            return True
        try:
            IHalfCloseableProtocol(self.protocol).readConnectionLost()
        except BaseException:
            self._fail("readConnectionLost")
        return True

    def connection_lost(self, exc: BaseException | None) -> None:
        reason = self._reason
        if reason is None:
            if exc is None or self._eofSeen:
                reason = Failure(error.ConnectionDone())
            elif isinstance(exc, OSError):
                lost = error.ConnectionLost()
                lost.__cause__ = exc
                reason = Failure(lost)
            else:
                reason = Failure(exc)
        self._lose(reason)

    def pause_writing(self) -> None:
        self._bufferFull = True
        producing = self._producing()
        if isinstance(producing, _Pushed):
            producing.pause()

    def resume_writing(self) -> None:
        self._bufferFull = False
        waiting, self._waitingForDrain = self._waitingForDrain, None
        for each in waiting or ():
            each.callback(None)
        producing = self._producing()
        if producing is not None:
            producing.turnSoon()

    def _producing(self) -> _Producing | None:
        """What a producer writes into, wherever it stands."""
        if self.producer is None:
            return None
        stream = self._stream
        while not isinstance(stream, _Producing):
            if not hasattr(stream, "below"):
                return None
            stream = stream.below
        return stream

    # The beginning

    def _begin(self, loopTransport: Any, protocol: Any) -> None:
        """The loop has connected us: from now on the protocol is told what comes."""
        self._stream = loopTransport
        self._sink = None
        self.protocol = protocol
        self.connected = 1
        self.reactor._streams[self] = None
        speaker.who = self
        try:
            protocol.makeConnection(self)
        except BaseException:
            self._fail("makeConnection")
        speaker.who = None
        if (
            (self._readPaused or self.disconnecting)
            and self.connected
            and self._reason is None  # aborted in there: nothing more is read
            and not self._wantsMore()
        ):
            # uvloop begins to read after this, and has taken no note of what was paused before;
            # so does asyncio before Python 3.11, which takes itself for paused meanwhile. What
            # comes until the next turn is held.
            self._hold()
            self.reactor._asyncioEventloop.call_soon(self._pauseAgain)

    def _hold(self) -> None:
        """Deliver nothing before `_deliverHeld`."""
        if self._held is None:
            self._flush()
            self._held = []
            if self._sink is None:
                self._sink = _Direct(self._stream)

    def _deliverHeld(self) -> None:
        """Deliver what came meanwhile, as far as nobody pauses us again."""
        held, self._held = self._held, None
        if type(self._sink) is _Direct and not hasattr(self._stream, "below"):
            self._sink = None
        while held and self._wantsMore():
            data = held.pop(0)
            if data is None:
                self.eof_received()
            else:
                self.data_received(data)
        if held and self.connected:
            self._hold()
            self._held = held

    def _deliverNextTurn(self) -> None:
        """Hold what comes until what was put off to the next turn by now is done."""
        self._hold()
        self.reactor._asyncioEventloop.call_soon(self._letHeldGo)

    def _letHeldGo(self) -> None:
        if self._held is not None and self._wantsMore():
            self._deliverHeld()

    def _pauseAgain(self) -> None:
        if self.connected and not self._wantsMore() and not self._bottom().is_closing():
            self._resumeLoop()
            self._pauseLoop()

    def _wantsMore(self) -> bool:
        """Whether the protocol is to be given what comes. TLS listens until its own end."""
        return bool(
            self.connected and not self._readPaused and (self.TLS or not self.disconnecting)
        )

    # Writing

    # measured: benchmarks/ "ping-pong"
    def write(self, data: bytes) -> None:
        """
        Send something, when there is room for it. Never blocks.

        Args:
            data: bytes, bytes-like, or str, which is sent as UTF-8. Dropped when the connection
                is lost.
        Raises: TypeError for anything else.
        """
        if type(data) is not bytes:
            data = bytesToSend(data)
        sink = self._sink
        if sink is None:
            self._sink = [data]
            self.reactor._asyncioEventloop.call_soon(self._flush)
        else:
            sink.append(data)

    def _flush(self) -> None:
        """Send what was written in this turn."""
        sink = self._sink
        if type(sink) is list:
            self._sink = None
            if sink:
                self._stream.write(b"".join(sink))
        elif self._pushed is not None:
            self._pushed.flush()

    def _standOn(self, stream: Any) -> None:
        """From now on each write goes to ``stream`` by itself; what was written before is sent."""
        self._flush()
        self._stream = stream
        self._sink = _sinkOf(stream)

    def _standBackOn(self, stream: Any) -> None:
        """What stood on ``stream`` has gone; the loop's own is sent what is written in a turn."""
        self._stream = stream
        above = hasattr(stream, "below") or self._held is not None
        self._sink = _sinkOf(stream) if above else None

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """
        Send several things one after the other.

        Args:
            iovec: bytes or bytes-like, each. Text is for `write` alone.
        Raises: TypeError.
        """
        parts = iovec if isinstance(iovec, (list, tuple)) else list(iovec)
        try:
            joined = b"".join(parts)
        except TypeError:
            raise TypeError("Data must be bytes") from None
        self.write(joined)

    def drained(self) -> defer.Deferred[None]:
        """
        Wait for room: what a coroutine awaits between two large writes.

        Returns: fires when fewer bytes wait to be sent than the low mark of the buffer (16 KiB);
            fails with the reason when the connection is lost first.
        """
        if self.disconnected:
            return defer.fail(Failure(error.ConnectionLost("the connection was lost before")))
        self._flush()
        if not self._bufferFull:
            return defer.succeed(None)
        if self._waitingForDrain is None:
            self._waitingForDrain = []
        waiting = self._waitingForDrain
        drained: defer.Deferred[None] = defer.Deferred(waiting.remove)
        waiting.append(drained)
        return drained

    # The end

    def loseConnection(self, _connDone: object = None) -> None:
        """
        Close when all is sent, and when no producer is registered any more.

        What was received but not yet handed to the protocol is dropped.
        """
        if not self.connected or self.disconnecting:
            return
        self.disconnecting = 1
        if self.TLS:
            self._flush()
            self.protocol.loseConnection()
        else:
            self._losePlain()

    def _losePlain(self) -> None:
        self._pauseLoop()
        self.reactor._asyncioEventloop.call_soon(self._closeWhenFree)

    def _closeWhenFree(self) -> None:
        if self.connected and not self._producerHasMore():
            self._flush()
            self._bottom().close()

    def _producerHasMore(self) -> bool:
        # A push producer that is not paused has said all that it had to say.
        return self.producer is not None and (self.producerPaused or not self.streamingProducer)

    def abortConnection(self) -> None:
        """Close now: what waits to be sent is dropped, and the peer sees a reset."""
        if self.disconnected or self._reason is not None:
            return
        if self.TLS:
            self.protocol.abortConnection()
        else:
            self._abort(Failure(error.ConnectionAborted()))

    def _abort(self, reason: Failure) -> None:
        self._reason = reason
        self.disconnecting = 1
        self._sink = _gone
        loopTransport = self._bottom()
        try:
            loopTransport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _lingerNot
            )
        except (AttributeError, OSError):
            pass  # closed already, or a kind of socket that knows no lingering
        loopTransport.abort()

    def _letGo(self) -> None:
        """Close our descriptor, as no more than that: no shutdown of the stream, no reset."""
        if not self.disconnected and self._reason is None:
            self._reason = Failure(error.ConnectionAborted())
            self.disconnecting = 1
            self._sink = _gone
            self._bottom().abort()

    def _fail(self, where: str) -> None:
        """The user's code raised: log it, and let that be the end of the connection."""
        failure = Failure()
        log.failure(
            "Unhandled error in {where} of {protocol!r}",
            failure=failure,
            where=where,
            protocol=self.protocol if hasattr(self, "protocol") else None,
            system=self.logPrefix(),
        )
        if self._reason is None:
            self._abort(failure)

    def _endAfterEOF(self) -> None:
        # A producer would go on for ever for a peer that has gone; and there is nobody to tell it
        # so but us. Without one, what is written already is still sent: a peer that closed only
        # its own side (`printf ... | nc -N`) waits for it. For how long is bounded.
        self._flush()
        bottom = self._bottom()
        self.disconnecting = 1
        if self.producer is not None:
            bottom.abort()
            return
        bottom.close()
        if bottom.get_write_buffer_size() > 0:
            self.reactor.callLater(self.reactor.flushAfterEOFSeconds, self._stopFlushing)

    def _stopFlushing(self) -> None:
        if self.connected:
            self._bottom().abort()

    def connectionLost(self, reason: Failure) -> None:
        """
        End the connection for a reason that did not come from the loop.

        Args:
            reason: what ``protocol.connectionLost`` is told.
        """
        if self.disconnected:
            return
        self._reason = reason
        bottom = self._bottom()
        self._lose(reason)
        bottom.abort()

    def _lose(self, reason: Failure) -> None:
        if self.disconnected:
            return
        self.connected = 0
        self.disconnected = 1
        self._stream = self._sink = _gone
        self.reactor._streams.pop(self, None)
        producer, self.producer = self.producer, None
        if producer is not None:
            # It knows us: a circle.
            self._pushed = None
            self._call(producer.stopProducing)
        waiting, self._waitingForDrain = self._waitingForDrain, None
        for each in waiting or ():
            each.errback(reason)
        protocol = self.protocol
        if self.TLS:
            self.__dict__.pop("getPeerCertificate", None)
        # The two know each other, and a server makes many such pairs.
        del self.protocol
        if protocol is not None:
            try:
                protocol.connectionLost(reason)
            except BaseException:
                log.failure("Unhandled error in connectionLost of {protocol!r}", protocol=protocol)
        self._lostWith(reason)

    def _lostWith(self, reason: Failure) -> None:
        """For the connector of a client: the protocol has been told."""

    # Half of the end

    def loseWriteConnection(self) -> None:
        """
        Close the writing side when all is sent, and go on reading.

        The protocol's ``writeConnectionLost`` is called then, if it is an IHalfCloseableProtocol.
        """
        if not self.connected or self._writeEnded:
            return
        self._writeEnded = True
        stream = self._stream
        self._standOn(_WriteEnded(stream))
        try:
            if stream.can_write_eof():
                stream.write_eof()
        except OSError:
            pass  # the peer has gone (ENOTCONN), which the loop is about to tell
        self._awaitWriteEnd()

    def _awaitWriteEnd(self) -> None:
        if not self.connected:
            return
        if self._stream.get_write_buffer_size() > 0:
            # Nothing is written any more: to be drained is to be empty.
            self._stream.set_write_buffer_limits(high=0)
            self.drained().addCallbacks(lambda _: self._awaitWriteEnd(), lambda _: None)
            return
        half = IHalfCloseableProtocol(self.protocol, None)
        if half is not None:
            try:
                half.writeConnectionLost()
            except BaseException:
                self._fail("writeConnectionLost")

    def readConnectionLost(self, reason: Failure) -> None:
        """The peer has closed its side. Args: reason: ConnectionDone."""
        self.eof_received()

    def writeConnectionLost(self, reason: Failure) -> None:
        """Our side is closed for writing, and so is the connection. Args: reason: why."""
        self.connectionLost(reason)

    # Reading

    def pauseProducing(self) -> None:
        """Stop reading until `resumeProducing`."""
        self._readPaused = True
        self._pauseLoop()

    def resumeProducing(self) -> None:
        """Read again; does nothing when the connection is being closed."""
        self._readPaused = False
        if self._held is not None and self.connected and not self.disconnecting:
            self._deliverHeld()
        if not self._readPaused and self.connected and not (self.disconnecting or self._eofSeen):
            self._resumeLoop()

    def stopProducing(self) -> None:
        """The consumer wants no more: lose the connection."""
        self.loseConnection()

    stopReading = pauseProducing
    startReading = resumeProducing

    def isReading(self) -> bool:
        """Whether what the peer sends is read: not paused, not closing, no end seen."""
        return bool(
            self.connected and not (self._readPaused or self.disconnecting or self._eofSeen)
        )

    def isBusy(self) -> bool:
        """Whether it is read, or something waits to be sent."""
        return self.isReading() or bool(self._bottom().get_write_buffer_size())

    def _pauseLoop(self) -> None:
        if self.connected and not self._eofSeen:
            bottom = self._bottom()
            if not bottom.is_closing():
                bottom.pause_reading()

    def _resumeLoop(self) -> None:
        self._bottom().resume_reading()

    # Producers

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Let something produce what is written here.

        Args:
            producer: an IPushProducer (``streaming``), which is paused while more than
                `bufferSize` bytes wait; or an IPullProducer, which is asked for more whenever
                all is sent.
            streaming: which of the two.
        Raises: RuntimeError while another one is registered.
        """
        if self.TLS and not self.disconnected:
            self.protocol.registerProducer(producer, streaming)
        else:
            self._registerPlain(producer, streaming)

    def _registerPlain(self, producer: Any, streaming: bool) -> None:
        if self.disconnected:
            producer.stopProducing()
            return
        if self.producer is not None:
            raise RuntimeError(
                f"cannot register {producer!r}: the producer {self.producer!r} is registered, "
                "and unregisterProducer() was not called"
            )
        self.producer = producer
        self.streamingProducer = bool(streaming)
        self.producerPaused = False
        if streaming:
            self._standOn(_Pushed(self, self._stream))
            self._pushed = self._stream
            if self._bufferFull:
                self._stream.pause()
        else:
            self._standOn(_Pulled(self, self._stream))
            self._callProducer("resumeProducing")

    def unregisterProducer(self) -> None:
        """The producer is done; if the connection was to be lost, that goes on now."""
        if not self.TLS:
            self._unregisterPlain()
        elif not self.disconnected:
            # Before TLS says that this was all.
            self._flush()
            self.protocol.unregisterProducer()

    def _unregisterPlain(self) -> None:
        if self.producer is None:
            return
        producing = self._producing()
        self.producer = self._pushed = None
        if producing is self._stream:
            self._standBackOn(producing.release())
        elif producing is not None:
            above = self._stream
            while above.below is not producing:
                above = above.below
            above.below = producing.release()
        # With TLS, ``disconnecting`` says that the user is done: the last records may be to come.
        if self.connected and self.disconnecting and (self._belowTLSEnded or not self.TLS):
            self.reactor._asyncioEventloop.call_soon(self._closeWhenFree)

    def stopConsuming(self) -> None:
        """Take no more from the producer, and lose the connection."""
        self.unregisterProducer()
        self.loseConnection()

    def _callProducer(self, method: str) -> None:
        self._call(getattr(self.producer, method))

    def _call(self, method: Any) -> None:
        try:
            method()
        except BaseException:
            self._fail(f"{method!r}")

    # TLS

    def startTLS(self, contextFactory: Any, normal: bool = True) -> None:
        """
        Speak TLS from here on.

        What is written from now on is encrypted; what was written before is sent in the clear
        first. The protocol stays, and sees plain bytes.

        Args:
            contextFactory: an IOpenSSLServerConnectionCreator, IOpenSSLClientConnectionCreator or
                IOpenSSLContextFactory.
            normal: whether the side that listened is the TLS server, which is usual.
        """
        from .starttls import startTLS

        startTLS(self, contextFactory, normal)

    def _bottom(self) -> Any:
        """The loop's own transport, below whatever stands on it."""
        stream = self._stream
        while hasattr(stream, "below"):
            stream = stream.below
        return stream

    # Where from, where to

    def getPeer(self) -> IPv4Address | IPv6Address:
        """The address of the other side."""
        peer: IPv4Address = self._peer
        return peer

    def getHost(self) -> IPv4Address | IPv6Address:
        """The address of this side."""
        host = self._host
        if host is None:
            host = self._hostIfKnown()
        if self.connected:
            self._host = host
        if host is None:
            raise error.NotConnectingError("there is no connection yet, and so no address")
        known: IPv4Address = host
        return known

    def _hostIfKnown(self) -> Any:
        if self._host is not None:
            return self._host
        name = self._bottom().get_extra_info("sockname")
        return None if name is None else self._addressOf(name)

    def _addressOf(self, name: Any) -> Any:
        """The address of this side, whose name the system told."""
        return socketAddress(name)

    # What programs look at, though it was never promised: how much waits to be sent.

    @property
    def _tempDataLen(self) -> int:
        return sum(map(len, self._tempDataBuffer))

    @property
    def _tempDataBuffer(self) -> list[bytes]:
        waiting = list(self._sink) if type(self._sink) is list else []
        size = self._stream.get_write_buffer_size()
        # The loop does not show what it holds, but how much that is.
        return [bytes(size), *waiting] if size else waiting

    @property
    def _writeDisconnected(self) -> bool:
        return self._writeEnded

    @property
    def socket(self) -> Socket:
        """The socket, to look at and to set options of; gone when the connection is lost."""
        found: Socket | None = self._bottom().get_extra_info("socket")
        if found is None:
            raise AttributeError("there is no socket: the connection was lost, or is not made yet")
        view: Any = _SocketView(found, self)
        return view  # type: ignore[no-any-return]  # looks like a socket

    def getHandle(self) -> Socket:
        """The socket, which stays ours: do not read, write or close it; or TLS's connection."""
        if self.TLS and self.connected:
            handle: Socket = self.protocol.getHandle()
            return handle
        return self.socket

    def fileno(self) -> int:
        """The descriptor of the socket, or -1 when there is none."""
        found = self._bottom().get_extra_info("socket")
        return -1 if found is None else int(found.fileno())

    # Options

    def getTcpNoDelay(self) -> bool:
        """Whether small packets are sent at once."""
        return bool(self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Args: enabled: whether small packets are sent at once (no Nagle algorithm)."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, bool(enabled))

    def getTcpKeepAlive(self) -> bool:
        """Whether the system probes an idle connection."""
        return bool(self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Args: enabled: whether the system probes an idle connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, bool(enabled))

    # Showing

    def logPrefix(self) -> str:
        """What log lines about this connection begin with."""
        return self.logstr

    def _protocolName(self) -> str:
        protocol = getattr(self, "protocol", None)
        if ILoggingContext.providedBy(protocol):
            return str(protocol.logPrefix())
        return type(protocol).__name__

    def __repr__(self) -> str:
        state = "connected" if self.connected else "lost" if self.disconnected else "new"
        if self.disconnecting and self.connected:
            state = "closing"
        return f"<{type(self).__name__} {self._protocolName()} {self._peer} {state}>"


class _SocketView:
    """
    The loop's view of a socket, with the `close` that the loop's own has not.

    Programs call that on a connection which they handed to another process or reactor.
    """

    def __init__(self, seen: Socket, connection: Connection) -> None:
        self._seen = seen
        self._connection = connection

    def close(self) -> None:
        """Let go of our descriptor; duplicates of it live on, and the peer sees nothing."""
        self._connection._letGo()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._seen, name)

    def __repr__(self) -> str:
        return repr(self._seen)


class _Above:
    """Something that stands on the loop's transport, and passes on what it does not change."""

    __slots__ = ("below",)

    def __init__(self, below: Any) -> None:
        self.below = below

    def __getattr__(self, name: str) -> Any:
        return getattr(self.below, name)


class _WriteEnded(_Above):
    """The writing side is closed: what is written is dropped."""

    def write(self, data: bytes) -> None:
        pass


class _Producing(_Above):
    """What a producer writes into: takes a turn of the loop for it after something was written."""

    __slots__ = ("_connection", "_scheduled")

    def __init__(self, connection: Connection, below: Any) -> None:
        super().__init__(below)
        self._connection = connection
        self._scheduled = False

    def release(self) -> Any:
        return self.below

    def turnSoon(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._connection.reactor._asyncioEventloop.call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        connection = self._connection
        if connection.connected and connection._producing() is self:
            self._afterTurn()

    def _afterTurn(self) -> None:
        raise NotImplementedError


# Most have nothing to send; each would have a list of its own to say so.
_noParts: Any = ()


class _Pushed(_Producing):
    """
    Takes what is written in a turn, and pauses a push producer that has written too much.

    The loop sends large writes at once, and would pause nobody whose peer reads as quickly; a
    producer that writes until it is paused would then hold everything else up.
    """

    __slots__ = ("_held", "_parts", "_written")

    def __init__(self, connection: Connection, below: Any) -> None:
        super().__init__(connection, below)
        self._parts: list[bytes] = _noParts
        self._written = 0
        self._held = False

    # measured: benchmarks/ "hello"
    def append(self, data: bytes) -> None:
        if self._parts:
            self._parts.append(data)
        else:
            self._parts = [data]
        self._written += len(data)
        if self._written > self._connection.bufferSize:
            self.flush()
            self.pause()
            self.turnSoon()
        elif not self._held and not self._scheduled:
            self.turnSoon()

    write = append

    def hold(self) -> None:
        """Something is being received: what it brings about is sent as one, at its end."""
        self._held = True

    def letGo(self) -> None:
        self._held = False
        parts = self._parts
        if parts:
            self._parts = _noParts
            self._written = 0
            self.below.write(b"".join(parts))
        if self._connection.disconnecting:
            self.turnSoon()

    def flush(self) -> None:
        parts, self._parts = self._parts, _noParts
        if parts:
            self.below.write(b"".join(parts))

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self._parts)) + int(self.below.get_write_buffer_size())

    def release(self) -> Any:
        self.flush()
        return self.below

    def pause(self) -> None:
        connection = self._connection
        if not connection.producerPaused and connection.producer is not None:
            connection.producerPaused = True
            connection._callProducer("pauseProducing")

    def _afterTurn(self) -> None:
        self.flush()
        connection = self._connection
        wrote, self._written = self._written, 0
        if connection.producerPaused:
            if not connection._bufferFull:
                connection.producerPaused = False
                connection._callProducer("resumeProducing")
        elif wrote and connection.disconnecting and not connection.TLS:
            connection._closeWhenFree()


class _Pulled(_Producing):
    """
    Asks a pull producer for more whenever all that was written is sent.

    A producer that wrote nothing when it was asked is not asked again before something is
    written, or we would do nothing else.
    """

    def __init__(self, connection: Connection, below: Any) -> None:
        super().__init__(connection, below)
        _low, self._highBefore = below.get_write_buffer_limits()
        below.set_write_buffer_limits(high=0, low=0)
        # For what was written before the producer came: its end is a reason to ask, too.
        self.turnSoon()

    def release(self) -> Any:
        self.below.set_write_buffer_limits(high=self._highBefore)
        return self.below

    def write(self, data: bytes) -> None:
        self.below.write(data)
        self.turnSoon()

    def _afterTurn(self) -> None:
        if self.below.get_write_buffer_size() == 0:
            self._connection._callProducer("resumeProducing")
