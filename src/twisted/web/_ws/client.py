"""WebSockets as clients."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Factory, connectionDone
from twisted.python.failure import Failure
from twisted.web._http.coding import _ChunkedTransferDecoder, _IdentityTransferDecoder
from twisted.web._http.heads import BadRequest, bodyLength, parseFields
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH

from .deflating import Deflation, NotAgreed
from .handshake import acceptOf, newKey, tokensOf, version
from .refusal import ConnectionRejected, Refusal
from .wire import WebSocketWire

if TYPE_CHECKING:
    from twisted.web.iweb import IAgentEndpointFactory
    from twisted.web.websocket import WebSocketClientFactory, WebSocketProtocol

__all__ = ["WebSocketClientEndpoint"]


_statusLine = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: ([^\r\n\0]*))?").fullmatch
_interim = frozenset((100, 103))


@implementer(IProtocol)
class _Handshake:
    """
    Asks for a WebSocket, and reads the answer.

    Attributes:
        maxHeadBytes: of the answer.
        seconds: that the server has for it.
    """

    maxHeadBytes = 65536
    maxHeaders = 500
    seconds = 30.0
    transport: Any = None

    def __init__(self, ask: bytes, key: bytes, wire: WebSocketWire, reactor: Any) -> None:
        self.done: Deferred[WebSocketWire] = Deferred(lambda _: self.transport.abortConnection())
        self._ask, self._key, self._wire, self._reactor = ask, key, wire, reactor
        self._head = b""
        self._refusal: Refusal | None = None
        self._body: Any = None
        self._heir: WebSocketWire | None = None
        self._call: Any = None

    def logPrefix(self) -> str:
        """What log lines of this connection begin with."""
        return "WebSocket"

    def makeConnection(self, transport: Any) -> None:
        """Connected: ask."""
        self.transport = self._wire.transport = transport
        self.connectionMade()

    def connectionMade(self) -> None:
        """Ask."""
        self._call = self._reactor.callLater(self.seconds, self._tooSlow)
        self._wire.application.negotiationStarted(self._wire)
        self.transport.write(self._ask)

    def _tooSlow(self) -> None:
        self._call = None
        self._fail(ConnectionLost("the server did not answer the request for a WebSocket"))

    def _fail(self, error: Exception) -> None:
        self._cancelCall()
        self.done.errback(Failure(error))
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection has ended."""
        self._cancelCall()
        if self._heir is not None:
            self._heir.connectionLost(reason)
        elif self._refusal is not None:
            self._refusal.end(reason)
        elif not self.done.called:
            self.done.errback(reason)

    def _cancelCall(self) -> None:
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()

    def dataReceived(self, data: bytes) -> None:
        """Take the answer, and what follows it."""
        if self._heir is not None:
            self._heir.dataReceived(data)
        elif self._body is not None:
            self._body.dataReceived(data)
        elif not self.done.called:
            self._takeHead(data)

    def _takeHead(self, data: bytes) -> None:
        self._head += data
        head, ended, rest = self._head.partition(b"\r\n\r\n")
        if len(head) > self.maxHeadBytes:
            self._fail(BadRequest(f"the answer has more than {self.maxHeadBytes} bytes of headers"))
            return
        if not ended:
            return
        self._head = b""
        try:
            line, _, lines = head.partition(b"\r\n")
            found = _statusLine(line)
            if found is None:
                raise BadRequest(f"the answer begins with {line!r:.60}")
            fields = parseFields(lines, self.maxHeaders) if lines else {}
            headers = Headers._of(fields)
            code = int(found[1])
            if code in _interim:
                self._takeHead(rest)
            elif code == 101:
                self._accepted(headers, rest)
            else:
                self._refused(code, found[2] or b"", headers, fields, rest)
        except BadRequest as why:
            self._fail(why)

    def _accepted(self, headers: Headers, rest: bytes) -> None:
        if (
            b"websocket" not in tokensOf(headers, b"upgrade")
            or b"upgrade" not in tokensOf(headers, b"connection")
            or headers.getRawHeaders(b"sec-websocket-accept") != [acceptOf(self._key)]
            or headers.hasHeader(b"sec-websocket-protocol")
        ):
            raise BadRequest("the server accepts something else than what was asked for")
        try:
            self._wire.acceptExtensions(headers.getRawHeaders(b"sec-websocket-extensions") or [])
        except NotAgreed as why:
            raise BadRequest(str(why)) from None
        self._cancelCall()
        wire = self._heir = self._wire
        for attribute in ("protocol", "wrappedProtocol"):
            if getattr(self.transport, attribute, None) is self:
                setattr(self.transport, attribute, wire)
        wire.makeConnection(self.transport)
        self.done.callback(wire)
        if rest:
            wire.dataReceived(rest)

    def _refused(
        self,
        code: int,
        phrase: bytes,
        headers: Headers,
        fields: dict[bytes, list[bytes]],
        rest: bytes,
    ) -> None:
        length = bodyLength(fields)
        if length == 0 and b"Content-Length" not in fields and code not in (204, 304):
            known: Any = UNKNOWN_LENGTH
        else:
            known = UNKNOWN_LENGTH if length is None else length
        self._cancelCall()
        refusal = self._refusal = Refusal(code, phrase, headers, known, self.transport)
        if length is None:
            self._body = _ChunkedTransferDecoder(refusal.take, self._bodyEnded)
        elif known is UNKNOWN_LENGTH:
            self._body = _IdentityTransferDecoder(None, refusal.take, self._bodyEnded)
        elif length:
            self._body = _IdentityTransferDecoder(length, refusal.take, self._bodyEnded)
        else:
            self._bodyEnded(b"")
        self.done.errback(Failure(ConnectionRejected(refusal)))
        if rest and self._body is not None:
            self._body.dataReceived(rest)

    def _bodyEnded(self, rest: bytes) -> None:
        self._body = None
        self.transport.loseConnection()


_schemes = {"ws": "http", "wss": "https", "http": "http", "https": "https"}


class WebSocketClientEndpoint:
    """
    Where a server of WebSockets is.

    Attributes:
        wireFactory: makes the `WebSocketWire`; a subclass of it has other limits.

    Args:
        endpointFactory: an IAgentEndpointFactory, which says how to connect.
        url: ``ws://`` or ``wss://``; ``http`` and ``https`` mean the same.
    """

    endpointFactory: IAgentEndpointFactory
    url: str
    wireFactory: Callable[[Any, bool, Any], WebSocketWire] = WebSocketWire
    _reactor: Any = None

    def __init__(self, endpointFactory: IAgentEndpointFactory, url: str) -> None:
        self.endpointFactory = endpointFactory
        self.url = url

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self.endpointFactory, self.url) == (
            other.endpointFactory,
            other.url,
        )

    def __hash__(self) -> int:
        return hash((self.endpointFactory, self.url))

    @classmethod
    def new(
        cls,
        reactor: Any,
        url: str,
        tlsPolicy: Any = None,
        connectTimeout: int | None = None,
        bindAddress: bytes | None = None,
    ) -> WebSocketClientEndpoint:
        """
        Args:
            reactor: connects.
            url: as for the class.
            tlsPolicy: an IPolicyForHTTPS; None to trust whom browsers trust.
            connectTimeout: seconds.
            bindAddress: of our side.
        """
        from twisted.web._client.endpoints import _StandardEndpointFactory
        from twisted.web.client import BrowserLikePolicyForHTTPS

        policy = BrowserLikePolicyForHTTPS() if tlsPolicy is None else tlsPolicy
        made = cls(_StandardEndpointFactory(reactor, policy, connectTimeout, bindAddress), url)
        made._reactor = reactor
        return made

    async def connect(
        self, protocolFactory: WebSocketClientFactory[WebSocketProtocol]
    ) -> WebSocketProtocol:
        """
        Connect, and ask for a WebSocket.

        Args: protocolFactory: makes the protocol.
        Returns: it.
        Raises: ConnectionRejected; whatever keeps an endpoint from connecting; ValueError for
            an URL that is none.
        """
        reactor = self._reactor
        if reactor is None:
            from twisted.internet import reactor
        uri = _uriOf(self.url)
        endpoint = self.endpointFactory.endpointForURI(uri)
        application: Any = protocolFactory.buildProtocol(self.url)
        key = newKey()
        wire = type(self).wireFactory(application, True, reactor)
        handshake = _Handshake(_request(uri, key, wire.deflation), key, wire, reactor)
        await endpoint.connect(Factory.forProtocol(lambda: handshake))
        await handshake.done
        connected: WebSocketProtocol = application
        return connected


def _uriOf(url: str) -> Any:
    from twisted.web.client import URI

    scheme, separator, rest = url.partition("://")
    known = _schemes.get(scheme.lower())
    if known is None or not separator or re.search(r"[\x00-\x20\x7f]", url):
        raise ValueError(f"{url!r:.100} is no URL of a WebSocket: ws://host/path, or wss://")
    return URI.fromBytes(f"{known}://{rest.partition('#')[0]}".encode())


def _request(uri: Any, key: bytes, deflation: Deflation | None = None) -> bytes:
    host = uri.netloc.rpartition(b"@")[2]
    lines = [
        b"GET %b HTTP/1.1" % uri.originForm,
        b"Host: %b" % host,
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: %b" % key,
        b"Sec-WebSocket-Version: %b" % version,
    ]
    if deflation is not None:
        lines.append(b"Sec-WebSocket-Extensions: %b" % deflation.offer())
    return b"\r\n".join([*lines, b"", b""])
