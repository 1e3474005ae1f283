"""
The server's side of a connection that speaks HTTP/1.

One request is answered at a time. What comes meanwhile is put aside, up to a bound; beyond that
nothing is read until the response is complete, so that nobody can make us keep more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet._tls.producers import PullToPush
from twisted.internet.interfaces import IConsumer, IPushProducer, ISSLTransport, ITransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols import policies
from twisted.protocols.basic import LineReceiver
from twisted.web.http_headers import Headers, _sanitizeLinearWhitespace
from twisted.web.iweb import INonQueuedRequestFactory

from .coding import (
    _ChunkedTransferDecoder,
    _IdentityTransferDecoder,
    _MalformedChunkedDataError,
)
from .heads import (
    BadRequest,
    HeadTooLarge,
    parseFields,
    parseRequestLine,
    requestFields,
    requestLine,
)
from .request import Request

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

__all__ = ["HTTPChannel"]

_endOfHead = b"\r\n\r\n"
_statusLines: dict[tuple[bytes, bytes, bytes], bytes] = {}
_mostStatusLines = 256


def _statusLine(version: bytes, code: bytes, reason: bytes) -> bytes:
    line = _statusLines.get((version, code, reason))
    if line is None:
        line = b"%b %b %b\r\n" % (version, code, _sanitizeLinearWhitespace(reason))
        if len(_statusLines) < _mostStatusLines:
            _statusLines[version, code, reason] = line
    return line


class _NoRequests:
    """Makes the ``requests`` of a channel that has none when somebody looks at them."""

    def __get__(self, channel: HTTPChannel | None, owner: type[HTTPChannel]) -> Any:
        if channel is None:
            return self
        none: list[Any] = []
        channel.requests = none
        return none


class _NothingToPause:
    """Stands for a transport that cannot be paused."""

    def pauseProducing(self) -> None:
        pass

    resumeProducing = stopProducing = unregisterProducer = pauseProducing

    def registerProducer(self, producer: object, streaming: bool) -> None:
        pass


@implementer(ITransport, IPushProducer, IConsumer)
class HTTPChannel(LineReceiver, policies.TimeoutMixin):
    """
    Takes requests from a connection, and gives each to a new ``requestFactory(channel)``.

    Attributes:
        requestFactory: makes a `Request`.
        requests: the one that is being received or answered.
        maxHeaders: header fields that a request may have.
        totalHeadersSize: bytes that its head may have.
        timeOut: seconds that a client may do nothing; None for no end.
        abortTimeout: seconds after which a connection that was timed out is cut; None for never.
        persistent: whether another request may follow.
    """

    requests: Any = _NoRequests()
    requestFactory: Any = Request
    maxHeaders = 500
    totalHeadersSize = 16384
    abortTimeout: float | None = 15
    length: int | None = 0
    persistent: Any = 1
    factory: Any = None
    site: Any = None
    transport: Any

    _optimisticEagerReadSize = 0x4000
    _log = Logger(namespace="twisted.web.http")

    # Whether a head and what follows it may be written as one: not where a subclass has a way of
    # its own to write either.
    _writesAsOne = True

    # What was found out of ``requestFactory``.
    _knownFactory: Any = None
    _makesOfChannel = False

    _isSecure: bool | None = None
    _handlingRequest = False
    _receiving = False
    _refused = False
    _transferDecoder: _ChunkedTransferDecoder | _IdentityTransferDecoder | None = None
    # The beginning of a head, and how much of it was looked at for its end.
    _head = b""
    _lookedAt = 0
    _command = _path = _version = b""
    _aside: bytes | bytearray = b""
    _rest = b""

    _networkProducer: Any = None
    _networkPaused = False
    _waitingForTransport = False
    _requestProducer: Any = None
    _requestProducerStreaming: bool | None = None
    _savedTimeOut: float | None = None
    _abortingCall: Any = None
    _heir: Any = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._writesAsOne = (
            cls.write is HTTPChannel.write and cls.writeHeaders is HTTPChannel.writeHeaders
        )

    def __init__(self) -> None:
        """What there is to keep is made when it is first needed; subclasses call this."""

    # The connection

    def makeConnection(self, transport: Any) -> None:
        """Begin to receive: not lines, of whose state there is nothing to be made here."""
        Protocol.makeConnection(self, transport)

    def connectionMade(self) -> None:
        """Begin to receive."""
        self.setTimeout(self.timeOut)
        transport = self.transport
        known = IPushProducer.providedBy(transport) or hasattr(transport, "pauseProducing")
        self._networkProducer = transport if known else _NothingToPause()
        self._networkProducer.registerProducer(self, True)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection has ended: so has the request."""
        heir, self._heir = self._heir, None
        if heir is not None:
            heir.connectionLost(reason)
            return
        self.setTimeout(None)
        self._cancelAbort()
        self._refused = True
        for request in self.requests:
            request.connectionLost(reason)

    def timeoutConnection(self) -> None:
        """The client did nothing for `timeOut` seconds: close, and cut if that takes too long."""
        self._log.info("Timing out client: {peer}", peer=self.transport.getPeer())
        if self.abortTimeout is not None:
            # What waits to be sent to somebody who reads nothing could keep the connection.
            self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)
        self.loseConnection()

    def forceAbortClient(self) -> None:
        """Cut the connection, whatever waits to be sent."""
        self._abortingCall = None
        self._log.info("Forcibly timing out client: {peer}", peer=self.transport.getPeer())
        self.transport.abortConnection()

    def _cancelAbort(self) -> None:
        call, self._abortingCall = self._abortingCall, None
        if call is not None and call.active():
            call.cancel()

    def loseConnection(self) -> Any:
        """Close when what was written is sent."""
        if self._networkProducer is not None:
            self._networkProducer.unregisterProducer()
        self._refused = True
        return self.transport.loseConnection()

    # Receiving

    def dataReceived(self, data: bytes) -> None:
        """Take what came: it belongs to this request, or waits until that is answered."""
        if self._handlingRequest or self._receiving:
            self._putAside(data)
        elif not self._refused:
            self.resetTimeout()
            self._receive(data)

    def _putAside(self, data: bytes) -> None:
        if self._refused:
            return
        if not isinstance(self._aside, bytearray):
            self._aside = bytearray(self._aside)
        self._aside += data
        if len(self._aside) > self._optimisticEagerReadSize and not self._networkPaused:
            self._networkPaused = True
            if not self._waitingForTransport:
                self._networkProducer.pauseProducing()

    def _receive(self, data: bytes) -> None:
        """Take requests from ``data`` until it is used up, or one is not answered at once."""
        self._receiving = True
        try:
            while data and not self._handlingRequest and not self._refused:
                if self._transferDecoder is None:
                    data = self._receiveHead(data)
                else:
                    data = self._receiveBody(data)
                if self._aside and not self._handlingRequest:
                    data, self._aside = data + self._aside, b""
        except BadRequest as why:
            self._refuseFor(why)
        finally:
            self._receiving = False
        if data and self._handlingRequest:
            self._aside = data + self._aside

    def _receiveHead(self, data: bytes) -> bytes:
        """
        Take the head of a request, and, where it has no body, have it answered.

        Returns: what follows.
        """
        if self._head:
            data = self._head + data
        # RFC 9112, section 2.2: empty lines before a request do not matter.
        while data[:2] == b"\r\n":
            data = data[2:]
            self._lookedAt = 0
        end = data.find(_endOfHead, self._lookedAt)
        if end < 0:
            self._keepHead(data)
            return b""
        if end > self.totalHeadersSize:
            raise self._tooLarge(data)
        if self._head:
            self._head, self._lookedAt = b"", 0
        # Here and below, what is as it was is not set: a channel that waits holds less by that.
        rest = data[end + len(_endOfHead) :]
        if rest:
            self._rest = rest
        lineEnd = data.find(b"\r\n")
        self._command, self._path, self._version = requestLine(data[:lineEnd])
        if lineEnd == end:
            self._begin({}, 0)
        else:
            self._begin(*requestFields(data[lineEnd + 2 : end], self.maxHeaders))
        rest = self._rest
        if rest:
            self._rest = b""
        return rest

    def _keepHead(self, data: bytes) -> None:
        """Keep the beginning of a head, unless it is wrong already."""
        if len(data) > self.totalHeadersSize + len(_endOfHead):
            raise self._tooLarge(data)
        if b"\r\n" not in self._head:
            line, ended, _ = data.partition(b"\r\n")
            # Who ends lines by LF alone would wait for an answer.
            if ended or b"\n" in line:
                parseRequestLine(line)
        self._head = data
        self._lookedAt = max(0, len(data) - 3)

    def _begin(self, fields: dict[bytes, list[bytes]], length: int | None) -> None:
        """The head of a request is there."""
        make = self.requestFactory
        if make is not self._knownFactory:
            self._knownFactory = make
            self._makesOfChannel = INonQueuedRequestFactory.providedBy(make)
        request: Any = make(self) if self._makesOfChannel else make(self, False)
        self.requests = [request]
        request.requestHeaders._rawHeaders = fields
        if length != self.length:
            self.length = length
        request.gotLength(length)
        self.allHeadersReceived()
        if b"Cookie" in fields:
            request.parseCookies()
        if length == 0:
            self.allContentReceived()
        elif length is None:
            self._transferDecoder = _ChunkedTransferDecoder(
                request.handleContentChunk, self._finishRequestBody
            )
        else:
            self._transferDecoder = _IdentityTransferDecoder(
                length, request.handleContentChunk, self._finishRequestBody
            )

    def allHeadersReceived(self) -> None:
        """The headers of `requests`' last one are there; its body may follow."""
        request = self.requests[-1]
        persistent = self.checkPersistence(request, self._version)
        if persistent != self.persistent:
            self.persistent = persistent
        if self._version == b"HTTP/1.1":
            expected = request.requestHeaders._rawHeaders.get(b"Expect")
            if expected and expected[0].lower() == b"100-continue":
                self._send100Continue()

    def _receiveBody(self, data: bytes) -> bytes:
        """Take a part of a body. Returns: what follows it."""
        decoder = self._transferDecoder
        assert decoder is not None
        try:
            decoder.dataReceived(data)
        except _MalformedChunkedDataError as why:
            raise BadRequest(str(why)) from None
        rest, self._rest = self._rest, b""
        return rest

    def _finishRequestBody(self, rest: bytes) -> None:
        self._rest = rest
        self._transferDecoder = None
        self.allContentReceived()

    def allContentReceived(self) -> None:
        """All of a request is there: have it answered."""
        self._handlingRequest = True
        request = self.requests[-1]
        request.requestReceived(self._command, self._path, self._version)
        if self._handlingRequest:
            # From now on it is us whom the client waits for.
            self._savedTimeOut = self.setTimeout(None)

    def _send100Continue(self) -> None:
        self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _tooLarge(self, head: bytes) -> HeadTooLarge:
        most = self.totalHeadersSize
        inLine = head.find(b"\r\n", 0, most) < 0
        return HeadTooLarge(f"the head of a request has more than {most} bytes", inLine)

    def _refuseFor(self, why: BadRequest) -> None:
        self._refuse(str(why))

    def _refuse(self, why: str) -> None:
        self._log.debug(
            "Refused a request from {peer}: {why}", peer=self.transport.getPeer(), why=why
        )
        self._respondToBadRequestAndDisconnect()

    def _respondToBadRequestAndDisconnect(self) -> None:
        """Tell the client that its request is none, and close: what follows means nothing."""
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self._head = b""
        self.loseConnection()

    # Lines are what a head is made of; a program that has some gives them here.

    def lineReceived(self, line: bytes) -> None:
        """Take a line of a head."""
        self.dataReceived(line + b"\r\n")

    def headerReceived(self, line: bytes) -> bool:
        """
        Take a header field of the request that is being received.

        Returns: whether it is one; otherwise the request was refused.
        """
        try:
            fields = parseFields(line, 1)
        except BadRequest as why:
            self._refuse(str(why))
            return False
        for name, values in fields.items():
            self.requests[-1].requestHeaders.addRawHeader(name, values[0])
        return True

    def rawDataReceived(self, data: bytes) -> None:
        """Take a part of a body."""
        self.dataReceived(data)

    # Between requests

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        """
        Whether another request may follow on this connection (RFC 9112, section 9.3).

        If not, the response says so to a client that could expect otherwise.
        """
        if version != b"HTTP/1.1":
            return False
        connection = request.requestHeaders._rawHeaders.get(b"Connection")
        if connection:
            tokens = [token.strip() for each in connection for token in each.lower().split(b",")]
            if b"close" in tokens:
                request.responseHeaders.setRawHeaders(b"connection", [b"close"])
                return False
        return True

    def requestDone(self, request: Any) -> None:
        """
        A response is complete: go on with the next request, or close.

        Raises: TypeError for a request that is not the one that is being answered.
        """
        requests = self.requests
        if not requests or (request is not requests[0] and request != requests[0]):
            raise TypeError(f"{request!r} is not the request that is being answered")
        del requests[0]
        if not requests:
            del self.requests
        self._command = self._path = self._version = b""
        self._handlingRequest = False
        if not self.persistent:
            self.loseConnection()
            return
        if self._savedTimeOut is not None:
            self.setTimeout(self._savedTimeOut)
            self._savedTimeOut = None
        if self._networkPaused:
            self._networkPaused = False
            if not self._waitingForTransport:
                self._networkProducer.resumeProducing()
        if self._aside and not self._receiving:
            aside, self._aside = bytes(self._aside), b""
            self._receive(aside)

    def handOver(self, heir: Any) -> None:
        """
        Give the connection to another protocol, as after a response of 101.

        The request that is being answered has had its response; what came after it is the heir's.

        Args: heir: an IProtocol; ``makeConnection`` is called.
        """
        transport = self.transport
        self.setTimeout(None)
        self._cancelAbort()
        self._networkProducer.unregisterProducer()
        if self._networkPaused:
            self._networkPaused = False
            self._networkProducer.resumeProducing()
        rest = self._rest + bytes(self._aside)
        self._rest, self._aside = b"", b""
        self._refused = True
        # Those who keep calling this channel reach the heir; the transport need not.
        self.dataReceived = heir.dataReceived  # type: ignore[method-assign]  # see above
        self._heir = heir
        # Somebody who waits here to be told of the end asks this channel's own method for it.
        if "connectionLost" not in self.__dict__:
            self.connectionLost = heir.connectionLost  # type: ignore[method-assign]  # see above
            for attribute in ("protocol", "wrappedProtocol"):
                if getattr(transport, attribute, None) is self:
                    setattr(transport, attribute, heir)
        for request in self.requests:
            request._handedOver()
        self.requests = []
        heir.makeConnection(transport)
        if rest:
            heir.dataReceived(rest)

    # Writing: what requests know of the connection

    def getPeer(self) -> IAddress:
        """Returns: the address of the other side."""
        peer: IAddress = self.transport.getPeer()
        return peer

    def getHost(self) -> IAddress:
        """Returns: the address of our side."""
        host: IAddress = self.transport.getHost()
        return host

    def isSecure(self) -> bool:
        """Whether the connection speaks TLS."""
        known = self._isSecure
        if known is None:
            known = self._isSecure = bool(ISSLTransport.providedBy(self.transport))
        return known

    def write(self, data: bytes) -> None:
        """Send something."""
        self.transport.write(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several things one after the other."""
        self.transport.writeSequence(iovec)

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
            version, code, reason: its first line.
            headers: `Headers`, or names and values; line breaks in them become spaces.
        """
        self._beginResponse(version, code, reason, headers, b"")

    # measured: benchmarks/ "hello"
    def _beginResponse(
        self,
        version: bytes,
        code: bytes,
        reason: bytes,
        headers: Headers | Iterable[tuple[bytes, bytes]],
        body: bytes,
    ) -> None:
        """As `writeHeaders`, and send the body, or its beginning, with it."""
        parts = [_statusLine(version, code, reason)]
        if isinstance(headers, Headers):
            for name, values in headers._rawHeaders.items():
                for value in values:
                    parts += (name, b": ", value, b"\r\n")
        else:
            clean = _sanitizeLinearWhitespace
            parts += [b"%b: %b\r\n" % (clean(name), clean(value)) for name, value in headers]
        parts += (b"\r\n", body)
        self.transport.write(b"".join(parts))

    # Producers: the transport pauses us, and we pause what writes the response

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Let something produce a response.

        Args:
            producer: an IPushProducer (``streaming``) or IPullProducer.
            streaming: which of both.
        Raises: RuntimeError while there is another.
        """
        if self._requestProducer is not None:
            raise RuntimeError(
                f"cannot register {producer!r}: the producer {self._requestProducer!r} is "
                "registered, and unregisterProducer() was not called"
            )
        if streaming:
            self._requestProducer = producer
            if self._waitingForTransport:
                producer.pauseProducing()
        else:
            self._requestProducer = pulled = PullToPush(producer, self)
            pulled.startStreaming()
        self._requestProducerStreaming = streaming

    def unregisterProducer(self) -> None:
        """The producer is done."""
        producer, self._requestProducer = self._requestProducer, None
        if producer is not None and not self._requestProducerStreaming:
            producer.stopStreaming()
        self._requestProducerStreaming = None

    def stopProducing(self) -> None:
        """The transport takes no more: stop what produces the response."""
        if self._requestProducer is not None:
            self._requestProducer.stopProducing()

    def pauseProducing(self) -> None:
        """The transport has enough to send: take no more, from our client neither."""
        self._waitingForTransport = True
        if self._requestProducer is not None:
            self._requestProducer.pauseProducing()
        if not self._handlingRequest and not self._networkPaused:
            self._networkProducer.pauseProducing()

    def resumeProducing(self) -> None:
        """The transport has room again."""
        self._waitingForTransport = False
        if self._requestProducer is not None:
            self._requestProducer.resumeProducing()
        if not self._handlingRequest and not self._networkPaused:
            self._networkProducer.resumeProducing()
