"""
Handing requests on to other servers: for clients (`Proxy`) or for servers (`ReverseProxyResource`).

    site = server.Site(ReverseProxyResource("127.0.0.1", 8081, b""))

What is about a connection is not handed on (RFC 9110, section 7.6.1), neither way. The other server
is spoken to by HTTP/1.0, one connection for each request. While the client reads slowly, the other
server waits. If it cannot be reached or talks nonsense, the client is told 502, and 504 if it takes
too long.
"""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar
from urllib.parse import quote as urlquote
from urllib.parse import urlparse, urlunparse

from twisted.internet import error
from twisted.internet.protocol import ClientFactory
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._gateway import hopByHop
from twisted.web._http.coding import _ChunkedTransferDecoder, _MalformedChunkedDataError
from twisted.web._http.oldclient import HTTPClient
from twisted.web.http import (
    BAD_GATEWAY,
    BAD_REQUEST,
    GATEWAY_TIMEOUT,
    NO_CONTENT,
    NOT_MODIFIED,
    HTTPChannel,
    Request,
)
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

__all__ = [
    "Proxy",
    "ProxyClient",
    "ProxyClientFactory",
    "ProxyRequest",
    "ReverseProxy",
    "ReverseProxyRequest",
    "ReverseProxyResource",
]

_log = Logger()


def _named(connection: bytes) -> list[bytes]:
    """The headers that a value of ``Connection`` says are about the connection."""
    return [token.strip().lower() for token in connection.split(b",")]


def _headersToSend(request: Any) -> dict[bytes, bytes]:
    """
    The headers of a request, for another server.

    The body is there as a whole, however it came: its length is said in the one way that every
    server reads alike.
    """
    headers = {
        name.lower(): (b"; " if name == b"Cookie" else b", ").join(values)
        for name, values in request.requestHeaders.getAllRawHeaders()
    }
    for name in _named(headers.get(b"connection", b"")):
        if name != b"host":
            headers.pop(name, None)
    chunked = b"transfer-encoding" in headers
    for name in hopByHop:
        headers.pop(name, None)
    # We do not wait for the other server's consent.
    headers.pop(b"expect", None)
    if chunked:
        headers[b"content-length"] = b"%d" % request.content.seek(0, 2)
    return headers


def _failWith(request: Any, code: int, detail: str) -> None:
    """Tell a client that the other server did not answer."""
    request.setResponseCode(code)
    request.responseHeaders.setRawHeaders(b"content-type", [b"text/html"])
    request.write(f"<h1>{escape(detail)}</h1>".encode())
    request.finish()


class ProxyClient(HTTPClient):
    """
    Sends a request to another server, and the response to the client.

    Attributes:
        answerTimeout: seconds that the other server may take to begin its answer, and for each
            part of it.
        maxHeaders: headers that a response may have.

    Args:
        command, rest, version: the first line; the version is of no meaning.
        headers: of the request, with names in lower case.
        data: its body.
        father: the request of the client, which gets the response.
    """

    answerTimeout: float = 60
    maxHeaders = 500
    _finished = False
    _sawStatus = False
    _headersSeen = 0
    _decoder: Any = None
    _timing: Any = None
    _code = 0
    _callLater: Any = None

    def __init__(
        self, command: bytes, rest: bytes, version: bytes, headers: Any, data: bytes, father: Any
    ) -> None:
        self.father: Any = father
        self.command = command
        self.rest = rest
        headers = dict(headers)
        for name in hopByHop:
            headers.pop(name, None)
        headers[b"connection"] = b"close"
        self.headers = headers
        self.data = data
        self._notHandedOn = set(hopByHop)

    # Asking

    def connectionMade(self) -> None:
        """Send the request."""
        self.sendCommand(self.command, self.rest)
        for header, value in self.headers.items():
            self.sendHeader(header, value)
        self.endHeaders()
        self.transport.write(self.data)
        if isinstance(self.father, Request):
            self.father.notifyFinish().addErrback(self._clientGone)
        self._waitFor()

    def _waitFor(self) -> None:
        if self._timing is not None and self._timing.active():
            self._timing.reset(self.answerTimeout)
        elif self._callLater is not None:
            self._timing = self._callLater(self.answerTimeout, self._takesTooLong)

    def _stopWaiting(self) -> None:
        timing, self._timing = self._timing, None
        if timing is not None and timing.active():
            timing.cancel()

    def _takesTooLong(self) -> None:
        self._timing = None
        self._breakOff(GATEWAY_TIMEOUT, "The server behind this one took too long")

    def _clientGone(self, reason: Failure) -> None:
        self._finished = True
        self._stopWaiting()
        self.transport.loseConnection()

    def _breakOff(self, code: int, detail: str) -> None:
        """The other server fails: tell the client, or, if it is too late for that, hang up."""
        if self._finished:
            return
        self._finished = True
        self._stopWaiting()
        self._unregister()
        if getattr(self.father, "startedWriting", False):
            self.father.loseConnection()
        else:
            self.father.responseHeaders.removeHeader(b"content-length")
            _failWith(self.father, code, detail)
        self.transport.loseConnection()

    # The answer

    def dataReceived(self, data: bytes) -> None:
        """Take a part of the answer."""
        if self._finished:
            return
        self._waitFor()
        super().dataReceived(data)

    def lineLengthExceeded(self, line: bytes) -> None:
        """A header that is too long."""
        self._nonsense("a header of its answer is too long")

    def _nonsense(self, why: str) -> None:
        _log.error("The server behind the proxy was not understood: {why}", why=why)
        self._breakOff(BAD_GATEWAY, "The server behind this one was not understood")

    def handleStatus(self, version: bytes, code: bytes, message: bytes) -> None:
        """Hand on the first line."""
        if not (version[:5] == b"HTTP/" and len(code) == 3 and code.isdigit() and code >= b"200"):
            self._nonsense(f"its answer begins with {version + b' ' + code!r:.60}")
            return
        self._sawStatus = True
        self._code = int(code)
        self.father.setResponseCode(self._code, message)

    def handleHeader(self, key: bytes, value: bytes) -> None:
        """Hand on a header, unless it is about the connection."""
        if self._finished:
            return
        self._headersSeen += 1
        name = key.lower()
        if self._headersSeen > self.maxHeaders:
            self._nonsense(f"its answer has more than {self.maxHeaders} headers")
        elif name == b"connection":
            for each in _named(value):
                self._notHandedOn.add(each)
                self.father.responseHeaders.removeHeader(each)
        elif name == b"transfer-encoding":
            self._decodeChunks(value)
        elif name in self._notHandedOn:
            pass
        else:
            self._handHeaderOn(name, key, value)

    def _handHeaderOn(self, name: bytes, key: bytes, value: bytes) -> None:
        headers = self.father.responseHeaders
        if name == b"content-length" and (
            not value.isdigit() or headers.getRawHeaders(name, [value]) != [value]
        ):
            self._nonsense("the length of its answer is none, or there are several")
            return
        try:
            if name in (b"server", b"date", b"content-type", b"content-length"):
                # The proxy has these, too: the other server knows better.
                headers.setRawHeaders(key, [value])
            else:
                headers.addRawHeader(key, value)
        except ValueError:
            self._nonsense(f"{key!r:.60} is no name of a header")

    def _decodeChunks(self, value: bytes) -> None:
        if value.strip().lower() != b"chunked":
            self._nonsense(f"its answer is coded as {value!r:.60}")
            return
        self._decoder = _ChunkedTransferDecoder(self._handOn, self._chunksEnded)

    def handleEndHeaders(self) -> None:
        """The headers are whole: the body follows."""
        if self._finished:
            return
        if self._decoder is not None:
            # Both a length and chunks: what the chunks say counts (RFC 9112, section 6.3).
            self.length = None
            self.father.responseHeaders.removeHeader(b"content-length")
        if self.command == b"HEAD" or self._code in (NO_CONTENT, NOT_MODIFIED):
            self.length = None
            self.handleResponseEnd()
        elif self.length == 0:
            self.handleResponseEnd()
        elif isinstance(self.father, Request) and self.father.channel is not None:
            self.father.registerProducer(self.transport, True)
            self._registered = True

    _registered = False

    def _unregister(self) -> None:
        if self._registered:
            self._registered = False
            self.father.unregisterProducer()

    def rawDataReceived(self, data: bytes) -> None:
        """Take a part of the body."""
        if self._finished:
            return
        if self._decoder is None:
            super().rawDataReceived(data)
            return
        try:
            self._decoder.dataReceived(data)
        except _MalformedChunkedDataError as why:
            self._nonsense(str(why))

    def _handOn(self, data: bytes) -> None:
        self.handleResponsePart(data)

    def _chunksEnded(self, rest: bytes) -> None:
        self._decoder = None
        self.handleResponseEnd()

    def handleResponsePart(self, buffer: bytes) -> None:
        """Hand on a part of the body."""
        if not self._finished:
            self.father.write(buffer)

    def handleResponseEnd(self) -> None:
        """The response is complete, or the connection was lost."""
        if self._finished:
            return
        if self.father is None:
            return
        if not self._sawStatus:
            self._nonsense("it closed the connection without an answer")
        elif self._decoder is not None or self.length:
            self._breakOff(BAD_GATEWAY, "The server behind this one broke off")
        else:
            self._finished = True
            self._stopWaiting()
            self._unregister()
            self.father.finish()
            self.transport.loseConnection()


class ProxyClientFactory(ClientFactory):
    """
    Makes a `ProxyClient` for one request.

    Args: as of `ProxyClient`.
    """

    protocol = ProxyClient
    _callLater: Any = None

    def __init__(
        self, command: bytes, rest: bytes, version: bytes, headers: Any, data: bytes, father: Any
    ) -> None:
        self.father = father
        self.command = command
        self.rest = rest
        self.headers = headers
        self.data = data
        self.version = version

    def buildProtocol(self, addr: Any) -> ProxyClient:
        """Returns: what sends the request."""
        client = self.protocol(
            self.command, self.rest, self.version, self.headers, self.data, self.father
        )
        client._callLater = self._callLater
        return client

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """Tell the client that the other server cannot be reached."""
        if getattr(self.father, "_disconnected", False):
            return
        late = isinstance(reason, Failure) and reason.check(error.TimeoutError)
        code = GATEWAY_TIMEOUT if late else BAD_GATEWAY
        _failWith(self.father, code, "The server behind this one cannot be reached")


def _handOn(
    request: Any, reactor: Any, host: str, port: int, makeFactory: Any, rest: bytes, headers: Any
) -> None:
    """Connect to another server, and send it a request."""
    request.content.seek(0, 0)
    body = request.content.read()
    factory = makeFactory(request.method, rest, request.clientproto, headers, body, request)
    factory._callLater = getattr(reactor, "callLater", None)
    reactor.connectTCP(host, port, factory)


def _globalReactor(reactor: Any) -> Any:
    if reactor is None:
        from twisted.internet import reactor
    return reactor


class ProxyRequest(Request):
    """
    A request to a proxy for clients.

    Attributes:
        protocols: factories like `ProxyClientFactory` for the schemes of URLs.
        ports: the usual ports of the schemes.
        reactor: makes the connections.

    Args: channel, queued: as of `http.Request`. reactor: as the attribute.
    """

    protocols: ClassVar[dict[bytes, Any]] = {b"http": ProxyClientFactory}
    ports: ClassVar[dict[bytes, int]] = {b"http": 80}

    def __init__(self, channel: Any, queued: object = False, reactor: Any = None) -> None:
        super().__init__(channel, queued)
        self.reactor = _globalReactor(reactor)

    def process(self) -> None:
        """Hand the request on to the server that it names."""
        try:
            parsed = urlparse(self.uri)
            scheme, host = parsed.scheme, (parsed.hostname or b"").decode("ascii")
            port = self.ports[scheme] if parsed.port is None else parsed.port
            makeFactory = self.protocols[scheme]
        except (ValueError, KeyError):
            host = ""
        if not host:
            _failWith(self, BAD_REQUEST, "A proxy is to be asked for URLs that it can reach")
            return
        rest = urlunparse((b"", b"", *parsed[2:])) or b"/"
        headers = _headersToSend(self)
        # RFC 9112, section 3.2.2: what the target names counts.
        headers[b"host"] = parsed.netloc.rpartition(b"@")[2]
        _handOn(self, self.reactor, host, port, makeFactory, rest, headers)


class Proxy(HTTPChannel):
    """
    A channel of a proxy for clients: it goes wherever they say. Let in only those whom you trust.
    """

    requestFactory = ProxyRequest


class ReverseProxyRequest(Request):
    """
    A request to a proxy for one server, which the factory of the channel names by ``host`` and
    ``port``.

    Attributes:
        proxyClientFactoryClass: makes what sends the request.
        reactor: makes the connections.

    Args: channel, queued: as of `http.Request`. reactor: as the attribute.
    """

    proxyClientFactoryClass: Any = ProxyClientFactory
    factory: Any = None

    def __init__(self, channel: Any, queued: object = False, reactor: Any = None) -> None:
        super().__init__(channel, queued)
        self.reactor = _globalReactor(reactor)

    def process(self) -> None:
        """Hand the request on."""
        factory = self.factory if self.factory is not None else self.channel.factory
        headers = _headersToSend(self)
        headers[b"host"] = factory.host.encode("ascii")
        _handOn(
            self,
            self.reactor,
            factory.host,
            factory.port,
            self.proxyClientFactoryClass,
            self.uri,
            headers,
        )


class ReverseProxy(HTTPChannel):
    """A channel of a proxy for one server."""

    requestFactory = ReverseProxyRequest


class ReverseProxyResource(Resource):
    """
    Another server, as a resource, with all that is below it.

    Attributes:
        proxyClientFactoryClass: makes what sends the requests.

    Args:
        host, port: of the server.
        path: where on it this resource is; quoted, without a slash at its end.
        reactor: makes the connections.
    """

    proxyClientFactoryClass: Any = ProxyClientFactory

    def __init__(self, host: str, port: int, path: bytes, reactor: Any = None) -> None:
        super().__init__()
        self.host = host
        self.port = port
        self.path = path
        self.reactor = _globalReactor(reactor)

    def getChild(self, path: bytes, request: Any) -> ReverseProxyResource:
        """Returns: the same, one part of the path further."""
        name = urlquote(path, safe=b"").encode("ascii")
        return type(self)(self.host, self.port, self.path + b"/" + name, self.reactor)

    def render(self, request: Any) -> int:
        """Hand the request on. Returns: ``NOT_DONE_YET``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        named = host if self.port == 80 else f"{host}:{self.port}"
        headers = _headersToSend(request)
        headers[b"host"] = named.encode("ascii")
        _, question, query = request.uri.partition(b"?")
        rest = (self.path or b"/") + (question + query if query else b"")
        _handOn(
            request,
            self.reactor,
            self.host,
            self.port,
            self.proxyClientFactoryClass,
            rest,
            headers,
        )
        return NOT_DONE_YET
