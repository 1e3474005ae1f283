"""One stream of a connection of HTTP/2: for its request it is the channel."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet._tls.producers import PullToPush
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers, _sanitizeLinearWhitespace

from .fields import RequestHead

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress
    from twisted.web._http2 import H2Connection

__all__ = ["H2Stream"]

# RFC 9113, section 8.2.2: what says something of a connection, which this is none of.
_ofConnections = frozenset(
    (b"Connection", b"Keep-Alive", b"Proxy-Connection", b"Transfer-Encoding", b"Upgrade")
)
_lowered: dict[bytes, bytes] = {}
_mostLowered = 512


def _lower(name: bytes) -> bytes:
    known = _lowered.get(name)
    if known is None:
        known = name.lower()
        if len(_lowered) < _mostLowered:
            _lowered[name] = known
    return known


def responseFields(
    code: bytes, headers: Headers | Iterable[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    """Returns: the fields of a response, as HTTP/2 sends them."""
    fields = [(b":status", code)]
    if isinstance(headers, Headers):
        for name, values in headers._rawHeaders.items():
            if name not in _ofConnections:
                lowered = _lowered.get(name) or _lower(name)
                for value in values:
                    fields.append((lowered, value))
    else:
        fields += plainFields(headers)
    return fields


def plainFields(given: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Returns: fields without what belongs to connections of HTTP/1; no line breaks in them."""
    clean = _sanitizeLinearWhitespace
    return [
        (clean(name).lower(), clean(value).strip(b" \t"))
        for name, value in given
        if name.title() not in _ofConnections
    ]


@implementer(ITransport, IConsumer, IPushProducer)
class H2Stream:
    """
    Takes a request from one stream, and its response.

    Attributes:
        streamID: its number.
        producer: what produces the response, if something was registered.
        bodyCame: bytes of the body that came, counted where there is a limit.
        trailers: fields that came after the body of the request.
        maxQueuedBytes: bytes that wait here before a producer is paused, whatever the peer would
            take: somebody who opens an endless window cannot make us fill it.

    Args:
        streamID: as the attribute.
        connection: what it belongs to.
        site, factory: what a request finds on its channel.
    """

    producer: Any = None
    maxQueuedBytes = 131072
    _version = b"HTTP/2"
    _bodyCall: Any = None

    def __init__(self, streamID: int, connection: H2Connection, site: Any, factory: Any) -> None:
        self.streamID = streamID
        self.site, self.factory = site, factory
        self.transport: Any = self
        self.trailers: dict[bytes, list[bytes]] = {}
        self.bodyCame = 0
        self._conn = connection
        self._request: Any = None
        self._command = self._path = b""
        # What waits to be sent: parts of the body, then its end, which is a list of trailers.
        self._queue: deque[bytes | memoryview | list[tuple[bytes, bytes]]] = deque()
        self._queued = 0
        self._headersSent = self._ending = self._over = False
        self._isReady = self._isInTree = False
        # What waits for a request that has paused us.
        self._paused = self._complete = False
        self._aside: list[tuple[bytes, int]] = []
        self._producerProducing = False
        self._streaming = False

    def __repr__(self) -> str:
        return f"<H2Stream {self.streamID} queued={self._queued} over={self._over}>"

    # What comes

    def _begin(self, request: Any, head: RequestHead, ended: bool) -> None:
        self._request = request
        self._command, self._path = head.method, head.path
        fields = head.fields
        request.requestHeaders = Headers._of(fields)
        length = head.length
        request.gotLength(0 if ended and length is None else length)
        expected = fields.get(b"Expect")
        if expected and expected[0].lower() == b"100-continue":
            self._send100Continue()
        if b"Cookie" in fields:
            request.parseCookies()

    def _receive(self, data: bytes, flow: int) -> None:
        if self._ending:
            self._conn._acknowledge(self.streamID, flow)
            return
        if self._paused:
            self._aside.append((data, flow))
            return
        if data:
            self._request.handleContentChunk(data)
        self._conn._acknowledge(self.streamID, flow)

    def _stopBodyCall(self) -> None:
        call, self._bodyCall = self._bodyCall, None
        if call is not None:
            call.cancel()

    def _end(self) -> None:
        self._stopBodyCall()
        self._complete = True
        if not self._paused and not self._ending:
            self._requestComplete()

    def _requestComplete(self) -> None:
        self._complete = False
        self._request.requestReceived(self._command, self._path, self._version)

    def connectionLost(self, reason: Failure) -> None:
        """The stream is over before its response. Args: reason: why."""
        if self._over:
            return
        self._close()
        if self._request is not None:
            self._request.connectionLost(reason)

    def _refused(self, body: bytes, reason: Failure) -> None:
        """Answer with ``body``; the request, where there is one, is over."""
        request, self._request = self._request, None
        self._aside.clear()
        self.write(body)
        self._finish([])
        if request is not None:
            request.connectionLost(reason)

    def _close(self) -> None:
        """Let go of everything that was to be sent."""
        self._over = True
        self._queue.clear()
        self._aside.clear()
        producer, self.producer = self.producer, None
        if producer is not None:
            producer.stopProducing()

    def _sent(self) -> None:
        """The response was sent to its end."""
        if not getattr(self._request, "finished", True):
            # It was cut short by `loseConnection`; its handler may still be at work.
            self._request.connectionLost(Failure(ConnectionDone()))

    # For requests: the connection

    def getPeer(self) -> IAddress:
        """Returns: the address of the other side."""
        return self._conn.getPeer()

    def getHost(self) -> IAddress:
        """Returns: the address of our side."""
        return self._conn.getHost()

    def isSecure(self) -> bool:
        """Whether the connection speaks TLS."""
        return self._conn._isSecure()

    def loseConnection(self) -> None:
        """End the stream when what was written is sent; others go on."""
        self._finish([])

    def abortConnection(self) -> None:
        """End the stream at once; the client sees that the response is not whole."""
        self._conn.abortRequest(self.streamID)

    def requestDone(self, request: object) -> None:
        """The response is complete."""
        self._finish([])

    def _send100Continue(self) -> None:
        self._conn._writeHeaders(self.streamID, [(b":status", b"100")], False)

    def _respondToBadRequestAndDisconnect(self) -> None:
        """Tell the client that its request is none."""
        self._conn._respondToBadRequestAndDisconnect(self.streamID)

    # For requests: the response

    def writeHeaders(
        self,
        version: bytes,
        code: bytes,
        reason: bytes,
        headers: Headers | Iterable[tuple[bytes, bytes]],
    ) -> None:
        """
        Send the head of a response.

        Args:
            version, reason: not sent; HTTP/2 has neither.
            code: such as ``b"200"``.
            headers: `Headers`, or names and values.
        """
        if not self._over:
            self._headersSent = code[:1] != b"1"
            self._conn._writeHeaders(self.streamID, responseFields(code, headers), False)

    def write(self, data: bytes) -> None:
        """Send a part of the body, when there is room for it."""
        if self._over or self._ending or not data:
            return
        self._queue.append(data)
        self._queued += len(data)
        self._conn._streamHasData(self)
        if self.producer is not None:
            self._pauseIfFull()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several parts of the body."""
        for part in iovec:
            self.write(part)

    def sendTrailers(self, trailers: Iterable[tuple[bytes, bytes]]) -> None:
        """End the response with fields after its body (RFC 9110, section 6.5)."""
        self._finish(plainFields(trailers))

    def _finish(self, trailers: list[tuple[bytes, bytes]]) -> None:
        if self._over or self._ending:
            return
        self._ending = True
        self._queue.append(trailers)
        self._conn._streamHasData(self)

    # Producers of the response

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Let something produce the response.

        Args:
            producer: an IPushProducer (``streaming``) or IPullProducer.
            streaming: which of both.
        Raises: ValueError while there is another.
        """
        if self.producer is not None:
            raise ValueError(
                f"cannot register {producer!r}: the producer {self.producer!r} is registered, "
                "and unregisterProducer() was not called"
            )
        self._streaming = streaming
        self._producerProducing = True
        if streaming:
            self.producer = producer
        else:
            self.producer = pulled = PullToPush(producer, self)
            pulled.startStreaming()

    def unregisterProducer(self) -> None:
        """The producer is done."""
        producer, self.producer = self.producer, None
        if producer is not None and not self._streaming:
            producer.stopStreaming()
        self._producerProducing = False

    def _hasRoom(self) -> bool:
        queued = self._queued
        return queued < self.maxQueuedBytes and queued < self._conn._room(self.streamID)

    def _pauseIfFull(self) -> None:
        if self._producerProducing and not self._hasRoom():
            self._producerProducing = False
            self.producer.pauseProducing()

    def _resumeIfRoom(self) -> None:
        if self.producer is not None and not self._producerProducing and self._hasRoom():
            self._producerProducing = True
            self.producer.resumeProducing()

    # For requests that take their body piece by piece

    def pauseProducing(self) -> None:
        """Let the body of the request wait: the client is not allowed to send on."""
        self._paused = True

    def resumeProducing(self) -> None:
        """Give the request what came of its body."""
        self._paused = False
        aside, self._aside = self._aside, []
        for at, (data, flow) in enumerate(aside):
            if self._paused:
                self._aside = aside[at:]
                return
            if not self._over:
                self._receive(data, flow)
        if self._complete and not self._over:
            # Whoever resumes us may stop us next, and does not want the rest then.
            self._requestComplete()

    def stopProducing(self) -> None:
        """The request takes no more: the stream is over."""
        self.abortConnection()
