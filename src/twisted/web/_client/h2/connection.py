"""
One connection to a server of HTTP/2, for many requests at a time.

A request that finds no place among those which the server takes at a time waits here. When the
server says that it takes no more, those at work are finished, and the others are given back to
whoever sent them, as those are that it did not look at (RFC 9113, section 6.8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from h2.errors import ErrorCodes

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import TimeoutError
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._client.errors import (
    ConnectionAborted,
    RequestGenerationFailed,
    RequestNotSent,
    StreamReset,
)
from twisted.web._h2 import events
from twisted.web._h2.asking import ClientCore
from twisted.web._h2.faults import ConnectionFault, StreamFault
from twisted.web._h2.shell import Shell

from .fields import requestFields
from .stream import RequestStream

if TYPE_CHECKING:
    from typing import Protocol

    from twisted.web._client.request import Request
    from twisted.web._client.response import Response
    from twisted.web._h2.responses import ResponseHead

    class Owner(Protocol):
        """Whoever keeps connections."""

        def connectionBusy(self, connection: H2ClientConnection) -> None:
            """It has a request."""

        def connectionIdle(self, connection: H2ClientConnection) -> None:
            """It has none."""

        def connectionRetired(self, connection: H2ClientConnection) -> None:
            """It takes no more of them; perhaps it is lost."""


__all__ = ["H2ClientConnection"]


class H2ClientConnection(Shell):
    """
    Attributes:
        streams: those at work, by number.
        answered: how many responses came.
        lookedAt: the last stream of which the server has said that it looked at it, in some way.
        isRetired: whether it takes no more requests.
        maxWaiting: requests that may wait for the server to take them.
        quietSeconds: after which a server that says nothing, though something was asked, has to
            answer a PING.
        pongSeconds: that it has for that; then the connection is lost.

    Args:
        owner: told what becomes of it.
        reactor: whose clock and timers are used.
    """

    maxWaiting = 1000
    quietSeconds: float = 30
    pongSeconds: float = 15

    _log = Logger(namespace="twisted.web.client")
    isRetired = _isLost = False
    _heard = _pinged = False
    _endReason: Failure | None = None
    _watchCall: Any = None
    _aborting: list[Deferred[None]] | None = None

    def __init__(self, owner: Owner, reactor: Any) -> None:
        super().__init__(reactor, ClientCore(reactor.seconds))
        self._owner = owner
        self.streams: dict[int, RequestStream] = {}
        self.answered = self.lookedAt = 0
        self._waiting: dict[RequestStream, None] = {}

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.state}: {len(self.streams)} at work, "
            f"{len(self._waiting)} waiting, {self.answered} answered>"
        )

    @property
    def state(self) -> str:
        """What the connection is doing; ``QUIESCENT`` means nothing."""
        if self._isLost:
            return "CONNECTION_LOST"
        if self.isRetired:
            return "RETIRED"
        return "BUSY" if self.streams or self._waiting else "QUIESCENT"

    @property
    def hasRoom(self) -> bool:
        """Whether another request may be sent, or wait."""
        return not self.isRetired and len(self._waiting) < self.maxWaiting

    # Requests

    def request(self, request: Request) -> Deferred[Response]:
        """
        Send a request, now or when there is a place for it.

        Returns: as that of `HTTP11ClientProtocol`. Cancelling it ends its stream, and no other.
        """
        if not self.hasRoom:
            return fail(RequestNotSent(f"the connection takes no more requests: {self!r}"))
        try:
            fields = requestFields(request)
        except BaseException:
            return fail(RequestGenerationFailed([Failure()]))
        stream = RequestStream(request, fields, self)
        answer = stream.answer
        assert answer is not None
        if not self.streams and not self._waiting:
            self._owner.connectionBusy(self)
        if self._mayBegin():
            self._begin(stream)
        else:
            self._waiting[stream] = None
        return answer

    def _mayBegin(self) -> bool:
        return (
            len(self._core.streams) < self._core.peerMaxStreams
            and self._consumerBlocked is None
            and not self.isRetired
        )

    def _begin(self, stream: RequestStream) -> None:
        request = stream.request
        streamID, data = self._core.request(
            stream.fields, request.bodyProducer is None, request.method == b"HEAD"
        )
        self.streams[streamID] = stream
        self._writeControl(data)
        if self._watchCall is None:
            self._watchCall = self._reactor.callLater(self.quietSeconds, self._watch)
        if self._core.isExhausted:
            self._retire()
        stream.begin(streamID)

    def _advance(self) -> None:
        """Begin what waits, as far as there are places."""
        while self._waiting and self._mayBegin():
            stream = next(iter(self._waiting))
            del self._waiting[stream]
            self._begin(stream)

    def drop(self, stream: RequestStream) -> None:
        """Nobody wants the response. Args: stream: ends, whether it has begun or not."""
        self._waiting.pop(stream, None)
        if self.streams.get(stream.streamID) is stream:
            if stream.streamID in self._core.streams and not self._isLost:
                self._writeControl(self._core.reset(stream.streamID, ErrorCodes.CANCEL))
                self._sendOut()
            self._over(stream)
        else:
            self._checkIdle()

    def _over(self, stream: RequestStream) -> None:
        """Make room for others. Whoever is told of the end afterwards finds everything in order."""
        self.streams.pop(stream.streamID, None)
        self._advance()
        self._checkIdle()

    def _checkIdle(self) -> None:
        if self.streams or self._waiting or self._isLost:
            return
        if self.isRetired:
            self.loseConnection()
        else:
            self._owner.connectionIdle(self)

    # What comes

    def connectionMade(self) -> None:
        """Say what we take."""
        self.transport.registerProducer(self, True)
        self._write(self._core.greeting())

    def dataReceived(self, data: bytes) -> None:
        """Take frames."""
        if not self._stillProducing:
            return
        self._heard = True
        fault: ConnectionFault | None = None
        self._batch = []
        try:
            try:
                found = self._core.receive(data)
            except ConnectionFault as why:
                # What came before it is good.
                found, fault = self._core.takeEvents(), why
            self._sendOut()
            for event in found:
                self._handlers[event[0]](self, *event[1:])
        finally:
            self._flushBatch()
        if fault is not None:
            self._log.debug("Closed a connection: {why}", why=str(fault))
            self._end(fault.error_code, Failure(fault))

    def _interim(self, streamID: int, head: ResponseHead) -> None:
        stream = self.streams.get(streamID)
        if stream is not None:
            stream.receiveSomething()
            self._log.info("Ignoring unexpected {code} response", code=head.code)

    def _responded(self, streamID: int, head: ResponseHead, ended: bool) -> None:
        stream = self.streams.get(streamID)
        if stream is None:
            return
        self.answered += 1
        self.lookedAt = max(self.lookedAt, streamID)
        if ended:
            self._stopSending(stream)
            self._over(stream)
        stream.receiveHead(head, ended)

    def _bodyReceived(self, streamID: int, data: bytes, flow: int) -> None:
        stream = self.streams.get(streamID)
        if stream is not None:
            stream._receive(data, flow)

    def _responseEnded(self, streamID: int, trailers: dict[bytes, list[bytes]] | None) -> None:
        stream = self.streams.get(streamID)
        if stream is not None:
            self._stopSending(stream)
            self._over(stream)
            stream.receiveEnd(trailers)

    def _stopSending(self, stream: RequestStream) -> None:
        if stream.streamID in self._core.streams:
            stream.stopSending()
            self._writeControl(self._core.reset(stream.streamID, ErrorCodes.NO_ERROR))

    def _streamReset(self, streamID: int, code: int) -> None:
        self._streamLost(streamID, StreamReset(code, code == ErrorCodes.REFUSED_STREAM))

    def _streamLost(self, streamID: int, why: StreamReset | StreamFault) -> None:
        stream = self.streams.get(streamID)
        if stream is not None:
            self._over(stream)
            stream.lost(Failure(why))

    def _windowOpened(self, streamID: int) -> None:
        stream = self.streams.get(streamID)
        opened = list(self.streams.values()) if stream is None else [stream]
        for each in opened:
            if each._queue:
                self._streamHasData(each)
            each._resumeIfRoom()
        self._advance()

    def _serverGoes(self, code: int, last: int) -> None:
        self._retire()
        self.lookedAt = max(self.lookedAt, min(last, self._core.last))
        for stream in [each for each in self.streams.values() if each.streamID > last]:
            self._core.forget(stream.streamID)
            stream.lost(Failure(StreamReset(code, True)))
            self.streams.pop(stream.streamID, None)
        self._returnWaiting("the server takes no more requests on its connection")
        self._checkIdle()

    def _prioritised(self, *_: object) -> None:
        """A server's wishes about the order in which we send mean nothing."""

    _handlers: dict[str, Any] = {
        events.INTERIM: _interim,
        events.RESPONSE: _responded,
        events.BODY: _bodyReceived,
        events.END: _responseEnded,
        events.RESET: _streamReset,
        events.FAULT: _streamLost,
        events.ROOM: _windowOpened,
        events.PRIORITISE: _prioritised,
        events.GONE: _serverGoes,
    }

    # The end

    def _retire(self) -> None:
        if not self.isRetired:
            self.isRetired = True
            self._owner.connectionRetired(self)

    def _returnWaiting(self, why: str) -> None:
        waiting, self._waiting = self._waiting, {}
        for stream in waiting:
            answer, stream.answer = stream.answer, None
            stream._over = True
            if answer is not None:
                answer.errback(Failure(RequestNotSent(why)))

    def _watch(self) -> None:
        """Somebody who says nothing may be gone without a word."""
        self._watchCall = None
        if not self._core.streams:
            return
        seconds = self.quietSeconds
        if self._heard:
            self._pinged = False
        elif self._pinged:
            self._endReason = Failure(TimeoutError("the server did not answer a PING"))
            self.transport.abortConnection()
            return
        else:
            self._pinged = True
            seconds = self.pongSeconds
            self._writeControl(self._core.ping())
        self._heard = False
        self._watchCall = self._reactor.callLater(seconds, self._watch)

    def _end(self, code: ErrorCodes, reason: Failure) -> None:
        """Close, and tell everybody why."""
        if not self._stillProducing:
            return
        self._retire()
        self._writeControl(self._core.goAway(code))
        self._closeTransport()
        self._loseStreams(reason)

    def _loseStreams(self, reason: Failure) -> None:
        streams, self.streams = self.streams, {}
        for stream in streams.values():
            stream.lost(reason)
        self._returnWaiting("the connection was closed before there was a place for the request")

    def loseConnection(self) -> None:
        """Close, after telling the server so."""
        self._end(ErrorCodes.NO_ERROR, connectionDone)

    def abort(self) -> Deferred[None]:
        """
        Close the connection. Requests at work fail with `ConnectionAborted`.

        Returns: fires when the connection is closed.
        """
        if self._isLost:
            return succeed(None)
        closed: Deferred[None] = Deferred()
        if self._aborting is None:
            self._aborting = []
        self._aborting.append(closed)
        self._end(ErrorCodes.NO_ERROR, Failure(ConnectionAborted()))
        return closed

    def stopProducing(self) -> None:
        """The transport takes no more; it will say why."""
        self._stillProducing = False

    def resumeProducing(self) -> None:
        """The transport has room again."""
        super().resumeProducing()
        self._advance()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell everybody who waits."""
        self._isLost = True
        self._stillProducing = False
        for call in (self._sendCall, self._watchCall):
            if call is not None and call.active():
                call.cancel()
        self._retire()
        self._loseStreams(self._endReason or reason)
        waiting, self._aborting = self._aborting or [], None
        for each in waiting:
            each.callback(None)
