"""
HTTP/2 for servers: a connection, and streams that are the channels of requests.

The wire is in `_h2.core`; here are the transport, the clock, and the order in which streams send. A
peer's faults are answered as RFC 9113 says, and those who make us work for nothing, by resetting
what they asked for (CVE-2023-44487) or by frames without contents (CVE-2019-9512 and those around
it), are told to calm down and lose the connection.
"""

from __future__ import annotations

from typing import Any

from h2.errors import ErrorCodes

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure
from twisted.web._h2 import events
from twisted.web._h2.budget import Budget
from twisted.web._h2.faults import ConnectionFault, StreamFault
from twisted.web._h2.requests import RequestHead
from twisted.web._h2.serving import ServerCore
from twisted.web._h2.stream import H2Stream
from twisted.web._h2.wishes import ByWishes
from twisted.web._http.limits import Limits, lengthRefusal, peerOf, rateRefusal
from twisted.web._http.request import Request
from twisted.web.iweb import INonQueuedRequestFactory

__all__ = ["H2Connection", "H2Stream"]


class H2Connection(ByWishes, TimeoutMixin):
    """
    One connection.

    Attributes:
        requestFactory: makes a request for each stream.
        streams: those that are not over, by number.
        timeOut: seconds that a peer may do nothing; None for no end.
        abortTimeout: seconds after which a connection that was closed is cut; None for never.
        lingerSeconds: after a response that is complete before its request, the peer may send on
            for so long, or twice that: then it is told not to.
        maxHeaders, totalHeadersSize: fields and bytes that the head of a request may have; beyond
            them it is answered 431.

    Args: reactor: whose clock and timers are used.
    """

    requestFactory: Any = Request
    factory: Any = None
    site: Any = None
    timeOut: float | None = None
    abortTimeout: float | None = 15
    lingerSeconds = 1.0
    maxHeaders = 500
    totalHeadersSize = 16384

    # Resets that a peer may send at once, and how many of them are forgiven in a second.
    _resetTokenBurst = 1000
    _resetTokenRate = 33

    _closing = False
    _limits: Limits | None = None
    _peers: Any = None
    _peer: str | None = None
    _release: Any = None
    _knownFactory: Any = None
    _makesOfChannel = False
    _abortingCall: Any = None
    _stopCall: Any = None
    _headCall: Any = None
    _toStop: tuple[int, ...] = ()

    def __init__(self, reactor: Any = None) -> None:
        if reactor is None:
            from twisted.internet import reactor
        super().__init__(reactor, ServerCore(reactor.seconds))
        self._resets = Budget(self._resetTokenBurst, self._resetTokenRate, reactor.seconds)
        self.streams: dict[int, H2Stream] = {}
        self._streamCleanupCallbacks: dict[int, Deferred[int]] = {}

    def __repr__(self) -> str:
        return f"<H2Connection streams={len(self.streams)} last={self._core.last}>"

    @property
    def _resetTokens(self) -> float:
        return self._resets.left

    @property
    def _resetTokenTimestamp(self) -> float:
        return self._resets.since

    @_resetTokenTimestamp.setter
    def _resetTokenTimestamp(self, value: float) -> None:
        self._resets.since = value

    # The connection

    def keepTo(self, before: Any) -> None:
        """
        Keep to the limits of the channel that this one takes the place of.

        Args: before: the `LimitedChannel` that has counted the connection.
        """
        self._limits, self._peers, self._release = before.limits, before.peers, before.release
        self._peer = peerOf(before.transport.getPeer())
        self.maxHeaders, self.totalHeadersSize = before.limits.headers, before.limits.headBytes

    def connectionMade(self) -> None:
        """Say what we take, and begin to receive."""
        self.setTimeout(self.timeOut)
        self._writeControl(self._core.settings())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection has ended, and all requests with it."""
        self._stillProducing = False
        self.setTimeout(None)
        self._cancelCalls()
        if self._release is not None:
            self._release()
        self._endStreams(reason)

    def _cancelCalls(self) -> None:
        calls = (self._abortingCall, self._sendCall, self._stopCall, self._headCall)
        self._abortingCall = self._sendCall = self._stopCall = self._headCall = None
        for call in calls:
            if call is not None and call.active():
                call.cancel()

    def _endStreams(self, reason: Failure) -> None:
        self._stillProducing = False
        for stream in list(self.streams.values()):
            self._endStream(stream, reason)

    def _endStream(self, stream: H2Stream, reason: Failure) -> None:
        """A stream is over before its response is."""
        self._forget(stream)
        stream.connectionLost(reason)
        self._cleanedUp(stream.streamID)

    def _forget(self, stream: H2Stream) -> None:
        self.streams.pop(stream.streamID, None)
        stream._stopBodyCall()
        self._leaveTree(stream)

    def _cleanedUp(self, streamID: int) -> None:
        cleanup = self._streamCleanupCallbacks.pop(streamID, None)
        if cleanup is not None:
            cleanup.callback(streamID)

    def timeoutConnection(self) -> None:
        """The peer did nothing for `timeOut` seconds."""
        self._log.info("Timing out client: {peer}", peer=self.transport.getPeer())
        code = ErrorCodes.PROTOCOL_ERROR if self.streams else ErrorCodes.NO_ERROR
        self._close(code, Failure(ConnectionLost("the client did nothing for too long")))

    def forceAbortClient(self) -> None:
        """Cut the connection, whatever waits to be sent."""
        self._abortingCall = None
        self._log.info("Forcibly timing out client: {peer}", peer=self.transport.getPeer())
        self.transport.abortConnection()

    def loseConnection(self) -> None:
        """Close, after telling the peer so."""
        self._close(ErrorCodes.NO_ERROR, Failure(ConnectionLost("the connection was closed")))

    def _close(self, code: ErrorCodes, reason: Failure) -> None:
        if self._closing:
            return
        self._closing = True
        timed = self.timeOut is not None
        self.setTimeout(None)
        self._writeControl(self._core.goAway(code))
        self._flushBatch()
        self._endStreams(reason)
        if timed and self.abortTimeout is not None:
            # Somebody who reads nothing could keep the connection.
            self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)
        self._closeTransport()

    # Receiving

    def dataReceived(self, data: bytes) -> None:
        """Take frames."""
        if self._closing or not self._stillProducing:
            return
        self._batch = []
        try:
            try:
                events = self._core.receive(data)
            finally:
                self._sendOut()
        except ConnectionFault as fault:
            self._connectionError(fault)
            return
        self.resetTimeout()
        if self._limits is not None:
            self._watchHead(self._limits.headSeconds)
        try:
            for event in events:
                self._handlers[event[0]](self, *event[1:])
                if self._closing:
                    break
        finally:
            self._flushBatch()

    def _watchHead(self, seconds: float | None) -> None:
        """A head that comes by single bytes keeps off `timeOut`, but not this."""
        call = self._headCall
        if not self._core.isInHead():
            self._headCall = None
            if call is not None:
                call.cancel()
        elif call is None and seconds is not None:
            self._headCall = self.callLater(seconds, self._headTooSlow)

    def _headTooSlow(self) -> None:
        self._headCall = None
        why = "the head of a request took too long"
        self._connectionError(ConnectionFault(why, ErrorCodes.ENHANCE_YOUR_CALM))

    def _bodyTooSlow(self, stream: H2Stream) -> None:
        stream._bodyCall = None
        self._refuse(stream, 408, "The body of the request took too long.")

    def _connectionError(self, fault: ConnectionFault) -> None:
        self._log.debug(
            "Closed a connection from {peer}: {why}", peer=self.transport.getPeer(), why=str(fault)
        )
        self._close(fault.error_code, Failure(fault))

    def _requestReceived(self, streamID: int, head: RequestHead, ended: bool) -> None:
        if streamID not in self._core.streams:
            return  # it was reset in the same breath
        stream = H2Stream(streamID, self, self.site, self.factory)
        self.streams[streamID] = stream
        self._streamCleanupCallbacks[streamID] = Deferred()
        self._join(stream)
        refusal = self._refusalOf(head)
        if refusal is not None:
            self._refuse(stream, *refusal)
            return
        make = self.requestFactory
        if make is not self._knownFactory:
            self._knownFactory = make
            self._makesOfChannel = INonQueuedRequestFactory.providedBy(make)
        request = make(stream) if self._makesOfChannel else make(stream, False)
        stream._begin(request, head, ended)
        if ended:
            stream._end()
        elif self._limits is not None and self._limits.bodySeconds is not None:
            seconds = self._limits.bodySeconds
            stream._bodyCall = self.callLater(seconds, lambda: self._bodyTooSlow(stream))

    def _refusalOf(self, head: RequestHead) -> tuple[int, str] | None:
        """Returns: code and reason, if a request is not to be answered."""
        if head.size > self.totalHeadersSize or head.count > self.maxHeaders:
            most = f"{self.totalHeadersSize} bytes and {self.maxHeaders} fields"
            return 431, f"The head of a request has at most {most} here."
        if self._limits is not None:
            refusal = None if self._peers.asked(self._peer) else rateRefusal()
            refusal = refusal or lengthRefusal(self._limits, head.length)
            if refusal is not None:
                return refusal.code, str(refusal)
        return None

    def _refuse(self, stream: H2Stream, code: int, why: str) -> None:
        """Answer without a request, or in the place of one that goes too far."""
        if stream._headersSent:
            self.abortRequest(stream.streamID)
            return
        body = f"{why}\n".encode()
        fields = [
            (b":status", b"%d" % code),
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
        ]
        self._writeHeaders(stream.streamID, fields, False)
        stream._headersSent = True
        stream._refused(body, Failure(ConnectionLost(why)))

    def _bodyReceived(self, streamID: int, data: bytes, flow: int) -> None:
        stream = self.streams.get(streamID)
        if stream is not None:
            if self._limits is not None and not stream._ending:
                stream.bodyCame += len(data)
                refusal = lengthRefusal(self._limits, stream.bodyCame)
                if refusal is not None:
                    self._refuse(stream, refusal.code, str(refusal))
            stream._receive(data, flow)

    def _requestEnded(self, streamID: int, trailers: dict[bytes, list[bytes]] | None) -> None:
        stream = self.streams.get(streamID)
        if stream is not None and streamID in self._core.streams:
            if trailers is not None:
                stream.trailers = trailers
            stream._end()

    def _streamReset(self, streamID: int, code: int) -> None:
        stream = self.streams.get(streamID)
        if stream is not None:
            self._endStream(stream, Failure(ConnectionLost(f"the client reset the stream: {code}")))
        self._countReset()

    def _streamFault(self, streamID: int, fault: StreamFault) -> None:
        stream = self.streams.get(streamID)
        if stream is not None:
            self._endStream(stream, Failure(fault))
        # Whoever makes us reset streams (CVE-2025-8671) is no better than who resets them.
        self._countReset()

    def _countReset(self) -> None:
        if not self._resets.take():
            why = "too many streams were reset"
            self._connectionError(ConnectionFault(why, ErrorCodes.ENHANCE_YOUR_CALM))

    def _windowOpened(self, streamID: int) -> None:
        if streamID:
            stream = self.streams.get(streamID)
            opened = [] if stream is None else [stream]
        else:
            opened = list(self.streams.values())
        for each in opened:
            if each._queue:
                self._streamHasData(each)
            each._resumeIfRoom()

    def _peerGone(self, code: int, last: int) -> None:
        self._endStreams(Failure(ConnectionLost(f"the client closed the connection: {code}")))
        self._closeTransport()

    _handlers: dict[str, Any] = {
        events.REQUEST: _requestReceived,
        events.BODY: _bodyReceived,
        events.END: _requestEnded,
        events.RESET: _streamReset,
        events.FAULT: _streamFault,
        events.ROOM: _windowOpened,
        events.PRIORITISE: ByWishes._prioritised,
        events.GONE: _peerGone,
    }

    # What streams ask for

    def abortRequest(self, streamID: int) -> None:
        """End a stream at once. Args: streamID: its number."""
        stream = self.streams.get(streamID)
        if stream is None:
            return
        self._writeControl(self._core.reset(streamID, ErrorCodes.INTERNAL_ERROR))
        self._endStream(stream, Failure(ConnectionLost("the response was given up")))

    def _respondToBadRequestAndDisconnect(self, streamID: int) -> None:
        stream = self.streams.get(streamID)
        if stream is None:
            return
        if stream._headersSent:
            self.abortRequest(streamID)
            return
        self._writeHeaders(streamID, [(b":status", b"400")], True)
        self._endStream(stream, Failure(ConnectionLost("the request was refused")))

    def _writeHeaders(self, streamID: int, fields: list[tuple[bytes, bytes]], end: bool) -> None:
        if streamID in self._core.streams:
            self._writeControl(self._core.headers(streamID, fields, end))
            if end:
                self._stopUnreadLater()

    def _stopUnreadLater(self) -> None:
        if self._core.unread and self._stopCall is None and not self._closing:
            self._stopCall = self.callLater(self.lingerSeconds, self._stopUnread)

    def _stopUnread(self) -> None:
        """Tell the peer to send no more of requests that were answered a while ago."""
        self._stopCall = None
        unread = self._core.unread
        for streamID in self._toStop:
            if streamID in unread:
                self._writeControl(self._core.stop(streamID))
        self._toStop = tuple(unread)
        self._stopUnreadLater()

    # What is sent

    def _sentSomething(self) -> None:
        self.resetTimeout()

    def _sendEnd(self, stream: Any, trailers: Any, parts: Any) -> None:
        super()._sendEnd(stream, trailers, parts)
        stream._over = True
        self._forget(stream)
        self._stopUnreadLater()

    def _sentAll(self, stream: Any) -> None:
        stream._sent()
        self._cleanedUp(stream.streamID)

    def stopProducing(self) -> None:
        """The transport takes no more."""
        self._endStreams(Failure(ConnectionLost("the transport takes no more")))
        self._closeTransport()


H2Stream.__module__ = __name__
