"""The server's end of a data connection."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import error, interfaces, protocol
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from .addresses import isSameHost
from .errors import PortConnectionError, TransferAbortedError
from .listing import listLine, oneLine
from .reactors import globalReactor

if TYPE_CHECKING:
    from collections.abc import Sequence


@implementer(interfaces.IConsumer, interfaces.IHandshakeListener)
class DTP(protocol.Protocol):
    """
    One data connection: a consumer of what is sent, a producer of what is received.

    Attributes:
        isConnected: whether it is there.
        pi: the control connection's `FTP`.
        moved: bytes or chunks that went either way; it grows while a transfer goes on.
    """

    isConnected: bool = False
    moved: int = 0
    pi: Any = None
    factory: Any
    transport: Any

    _cons: Any = None
    _onConnLost: Deferred[Any] | None = None
    # Why it ended, when it ended before anybody wanted to receive.
    _lostBecause: Any = None
    _encoding = "utf-8"
    _shakingHands = False
    _endsAfterHandshake = False

    def __init__(self) -> None:
        self._early: list[bytes] = []

    def connectionMade(self) -> None:
        """Tell the factory."""
        self.isConnected = True
        self._shakingHands = getattr(self.factory, "isSecure", False)
        self.factory.connected()

    def handshakeCompleted(self) -> None:
        """TLS has begun: end, if that was all."""
        self._shakingHands = False
        if self._endsAfterHandshake:
            self.transport.loseConnection()

    def end(self) -> None:
        """
        End in good order.

        During a TLS handshake, which there is even for an empty file, that has to wait: the
        client would take it for an attack.
        """
        if self._shakingHands:
            self._endsAfterHandshake = True
        elif self.transport is not None:
            self.transport.loseConnection()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # always told
        """End what is being received. It is whole only if the peer ended it in good order."""
        self.isConnected = False
        self._lostBecause = reason
        self._endReceiving()

    def _endReceiving(self) -> None:
        waiting, self._onConnLost = self._onConnLost, None
        if waiting is None:
            return
        consumer, self._cons = self._cons, None
        reason = self._lostBecause
        try:
            consumer.unregisterProducer()
        except Exception:
            waiting.errback(Failure())
            return
        if isinstance(reason, Failure) and not reason.check(error.ConnectionDone):
            waiting.errback(TransferAbortedError())
        else:
            waiting.callback(None)

    # What is sent.

    def sendLine(self, line: bytes) -> None:
        """Send a line."""
        self.transport.write(line + b"\r\n")

    def _formatOneListResponse(self, name: Any, *values: Any) -> bytes:
        return listLine(name, *values, now=time.time())

    def sendListResponse(self, name: str | bytes, response: Sequence[Any]) -> None:
        """
        Send a line like those of ``ls -l``.

        Args:
            response: size, whether it is a folder, permissions, number of links, seconds since
                1970, owner, group.
        """
        self.sendLine(self._formatOneListResponse(name, *response))

    def sendName(self, name: str | bytes) -> None:
        """Send a line with a name only."""
        self.sendLine(oneLine(name))

    def write(self, data: bytes) -> None:
        """Send."""
        self.moved += 1
        self.transport.write(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have something send."""
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """All was sent: end the connection, which ends the file (RFC 959 section 3.4.1)."""
        self.transport.unregisterProducer()
        self.end()

    # What is received.

    def registerConsumer(self, cons: Any) -> Deferred[Any]:
        """
        Receive.

        Args:
            cons: takes what comes, and what has come already.
        Returns: a Deferred that fires when the connection has ended in good order.
        """
        done: Deferred[Any] = Deferred()
        self._cons, self._onConnLost = cons, done
        cons.registerProducer(self, True)
        early, self._early = self._early, []
        for data in early:
            self._take(data)
        if self._lostBecause is not None:
            self._endReceiving()
        else:
            self.resumeProducing()
        return done

    def dataReceived(self, bytes: bytes) -> None:
        """Pass on, or keep until somebody wants it."""
        if self._cons is not None:
            self._take(bytes)
        else:
            # No more than what is on its way already.
            self._early.append(bytes)
            self.pauseProducing()

    def _take(self, data: bytes) -> None:
        self.moved += 1
        try:
            self._cons.write(data)
        except Exception:
            # The disk is full, or the like: there is no use in the rest.
            self._fail(Failure())

    def _fail(self, failure: Failure) -> None:
        waiting, self._onConnLost = self._onConnLost, None
        consumer, self._cons = self._cons, _Nowhere()
        try:
            consumer.unregisterProducer()
        except Exception:
            pass  # it has failed already, and that is told
        self.abort()
        if waiting is not None:
            waiting.errback(failure)

    def pauseProducing(self) -> None:
        """Receive no more for now."""
        if self.transport is not None:
            self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Receive more."""
        if self.transport is not None:
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """Receive no more at all."""
        self.abort()

    def abort(self) -> None:
        """End at once; what is on its way is lost."""
        transport: Any = self.transport
        if transport is not None:
            end = getattr(transport, "abortConnection", None) or transport.loseConnection
            end()


class _Nowhere:
    def write(self, data: bytes) -> None:
        pass


class DTPFactory(protocol.ClientFactory[Any]):
    """
    Makes one data connection, whichever side connects.

    Attributes:
        pi: the control connection's `FTP`; its ``dtpInstance`` becomes the connection.
        peerHost: where the connection has to come from, if ``peerCheck`` is set.
        peerCheck: whether that is looked at. Others are closed, and do not use it up.
        isSecure: whether the connection begins with a TLS handshake.
        deferred: fires when it is there, and fails with `PortConnectionError`.
    """

    pi: Any
    peerCheck: bool = False
    isSecure: bool = False
    noisy = False
    protocol = DTP

    _IN_PROGRESS, _FAILED, _FINISHED = "waiting", "failed", "made"
    _state = _IN_PROGRESS
    _timer: Any = None

    def __init__(self, pi: Any, peerHost: str | None = None, reactor: Any = None) -> None:
        """
        Args:
            reactor: measures the time; None for the global one.
        """
        self.pi = pi
        self.peerHost = peerHost
        self._reactor = globalReactor if reactor is None else reactor
        self.deferred: Deferred[Any] = Deferred()

    def buildProtocol(self, addr: Any) -> Any:
        """Make the connection, if there is none yet."""
        if self._state != self._IN_PROGRESS:
            return None
        host = getattr(addr, "host", "")
        if self.peerCheck and self.peerHost is not None and not isSameHost(host, self.peerHost):
            return None
        self._state = self._FINISHED
        self.cancelTimeout()
        built = self.protocol()
        built.factory = self
        built.pi = self.pi
        self.pi.dtpInstance = built
        return built

    def connected(self) -> None:
        """The connection is there."""
        if not self.deferred.called:
            self.deferred.callback(None)

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """The client cannot be reached."""
        self.giveUp("the client cannot be reached")

    def setTimeout(self, seconds: float) -> None:
        """Wait no longer than that."""
        self.cancelTimeout()
        self._timer = self._reactor.callLater(seconds, self.timeoutFactory)

    def timeoutFactory(self) -> None:
        """It took too long."""
        self._timer = None
        self.giveUp("nobody connected in time")

    def cancelTimeout(self) -> None:
        """Wait for ever."""
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def stopFactory(self) -> None:
        """Nobody will connect any more."""
        self.cancelTimeout()

    def giveUp(self, why: str = "it is not wanted any more") -> None:
        """Make no connection any more; `deferred` fails."""
        if self._state == self._IN_PROGRESS:
            self._state = self._FAILED
            self.cancelTimeout()
            if not self.deferred.called:
                self.deferred.errback(PortConnectionError(why))
