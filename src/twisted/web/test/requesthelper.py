"""
Doubles of requests and channels, for tests of resources.

`DummyRequest` keeps what a resource does with it. `DummyChannel` stands below a real
`twisted.web.server.Request`, and its transport keeps the bytes that would be sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from zope.interface import implementer

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, ISSLTransport
from twisted.internet.task import Clock
from twisted.python.deprecate import deprecated
from twisted.python.failure import Failure
from twisted.python.versions import Version
from twisted.web._responses import FOUND
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Session, Site

__all__ = ["DummyChannel", "DummyRequest"]

#: Values with a line end in them, which must not get into a header, and what becomes of each.
textLinearWhitespaceComponents = ["Foo\rbar", "Foo\nbar", "Foo\r\nbar"]
sanitizedText = "Foo bar"
bytesLinearWhitespaceComponents = [each.encode() for each in textLinearWhitespaceComponents]
sanitizedBytes = sanitizedText.encode()


@implementer(IAddress)
class NullAddress:
    """The address of nobody."""


class _TCP:
    """
    A transport that keeps what is written.

    Attributes:
        port: on our side.
        disconnected: whether the connection was to be closed.
        written: the bytes.
        producers: pairs of those that were registered, and whether they push.
    """

    port = 80
    disconnected = False

    def __init__(self, peer: Any = None) -> None:
        self._peer = peer or IPv4Address("TCP", "192.168.1.1", 12344)
        self.written = BytesIO()
        self.producers: list[tuple[Any, bool]] = []

    def getPeer(self) -> Any:
        """Returns: the address that it was made with."""
        return self._peer

    def getHost(self) -> IPv4Address:
        """Returns: some address, and `port`."""
        return IPv4Address("TCP", "10.0.0.1", self.port)

    def write(self, data: bytes) -> None:
        """Keep bytes. Raises: TypeError for what is not bytes."""
        if not isinstance(data, bytes):
            raise TypeError(f"a transport was given {type(data).__name__}: it takes bytes")
        self.written.write(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Keep bytes."""
        for data in iovec:
            self.write(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Remember a producer."""
        self.producers.append((producer, streaming))

    def unregisterProducer(self) -> None:
        """Do nothing."""

    def loseConnection(self) -> None:
        """Remember it."""
        self.disconnected = True


class _Settings:
    """What real transports can do besides, and these need not."""

    def abortConnection(self) -> None:
        """Do nothing."""

    def loseWriteConnection(self) -> None:
        """Do nothing."""

    def getTcpKeepAlive(self) -> Any:
        """Returns: None."""

    def setTcpKeepAlive(self, enabled: bool = True) -> None:
        """Do nothing."""

    def getTcpNoDelay(self) -> Any:
        """Returns: None."""

    def setTcpNoDelay(self, enabled: bool = True) -> None:
        """Do nothing."""

    def getPeerCertificate(self) -> Any:
        """Returns: None."""


@implementer(ISSLTransport)
class _SSL(_Settings, _TCP):
    """A `_TCP` that says it is TLS."""


class DummyChannel(_Settings):
    """
    A channel for a request that nobody sent.

    Attributes:
        transport: keeps what is written; give it a `DummyChannel.SSL` to be secure.
        site: of all of them.
    """

    TCP = _TCP
    SSL = _SSL
    # With a clock of its own: no import installs a reactor.
    site = Site(Resource(), reactor=Clock())

    def __init__(self, peer: Any = None) -> None:
        self.transport: Any = self.TCP(peer)

    def requestDone(self, request: Any) -> None:
        """Do nothing."""

    def endRequest(self) -> None:
        """Do nothing."""

    def isSecure(self) -> bool:
        """Whether the transport is a `DummyChannel.SSL`."""
        return isinstance(self.transport, self.SSL)

    def writeHeaders(self, version: bytes, code: bytes, reason: bytes, headers: Any) -> None:
        """Write the head of a response. Args: headers: `Headers`, or pairs of name and value."""
        lines = [b"%b %b %b" % (version, code, reason)]
        if isinstance(headers, Headers):
            headers = [
                (name, value) for name, values in headers.getAllRawHeaders() for value in values
            ]
        lines += [b"%b: %b" % pair for pair in headers]
        self.transport.write(b"\r\n".join([*lines, b"", b""]))

    def write(self, data: bytes) -> None:
        """Write to the transport."""
        self.transport.write(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Write to the transport."""
        self.transport.writeSequence(iovec)

    def getPeer(self) -> Any:
        """Returns: that of the transport."""
        return self.transport.getPeer()

    def getHost(self) -> Any:
        """Returns: that of the transport."""
        return self.transport.getHost()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Register it with the transport."""
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """Do so at the transport."""
        self.transport.unregisterProducer()

    def loseConnection(self) -> None:
        """Do so at the transport."""
        self.transport.loseConnection()


class DummyRequest:
    """
    A request that keeps what a resource does with it.

    Attributes:
        written: the parts of the body.
        finished: how often it was finished.
        responseCode, responseMessage: what was set.
        responseHeaders, requestHeaders: `Headers`.
        postpath, prepath, args, uri, method, client, session: as requests have them.
    """

    uri = b"http://dummy/"
    method = b"GET"
    client: IAddress | None = None
    responseMessage: bytes | None = None
    _forceSSL: Any = 0

    def __init__(
        self, postpath: list[bytes], session: Session | None = None, client: Any = None
    ) -> None:
        """
        Args:
            postpath: what is left of the path.
            session: what `getSession` gives.
            client: taken as other requests take one, and not used: set the attribute.
        """
        self.postpath = postpath
        self.prepath: list[bytes] = []
        self.sitepath: list[bytes] = []
        self.args: dict[bytes, list[bytes]] = {}
        self.clientproto = b"HTTP/1.0"
        self.requestHeaders, self.responseHeaders = Headers(), Headers()
        self.responseCode: int | None = None
        self.written: list[bytes] = []
        self.finished = 0
        self.session: Any = None
        self.protoSession: Any = session or Session(site=None, uid=b"0", reactor=Clock())
        self._serverName = b"dummy"
        self._finishedDeferreds: list[Deferred[None]] | None = []

    # What came

    def getHeader(self, name: bytes) -> Any:
        """Returns: the first value of a header that came, or None."""
        values = self.requestHeaders.getRawHeaders(name)
        return values[0] if values else None

    def getAllHeaders(self) -> dict[bytes, bytes]:
        """Returns: the last value of each header that came."""
        return {name.lower(): values[-1] for name, values in self.requestHeaders.getAllRawHeaders()}

    def addArg(self, name: bytes, value: bytes) -> None:
        """Set a field of the query."""
        self.args[name] = [value]

    def getRequestHostname(self) -> bytes:
        """Returns: some name."""
        return self._serverName

    def getHost(self) -> IPv4Address:
        """Returns: some address."""
        return IPv4Address("TCP", "127.0.0.1", 80)

    def getClientAddress(self) -> Any:
        """Returns: `client`, or the address of nobody."""
        return NullAddress() if self.client is None else self.client

    @deprecated(Version("Twisted", 18, 4, 0), replacement="getClientAddress")
    def getClientIP(self) -> str | None:
        """Returns: the IP address of `client`, if it has one."""
        known = isinstance(self.client, (IPv4Address, IPv6Address))
        return self.client.host if known else None  # type: ignore[union-attr]  # looked at

    def isSecure(self) -> bool:
        """Whether `setHost` said so."""
        return bool(self._forceSSL)

    def setHost(self, host: bytes, port: int, ssl: int = 0) -> None:
        """Act as if the request came to another address."""
        self._forceSSL = ssl
        usual = port == (443 if ssl else 80)
        self.requestHeaders.addRawHeader(b"host", host if usual else b"%b:%d" % (host, port))

    def getSession(self, sessionInterface: Any = None) -> Any:
        """Returns: the session. Raises: AssertionError if it would come too late for a cookie."""
        if not self.session:
            self._notYetWritten("a session")
            self.session = self.protoSession
        return self.session

    # What is answered

    def _notYetWritten(self, what: str) -> None:
        if self.written:
            raise AssertionError(f"{what} comes after the body: {b''.join(self.written)[:80]!r}")

    def setHeader(self, name: bytes, value: bytes) -> None:
        """Add a header to the response."""
        self.responseHeaders.addRawHeader(name, value)

    def setResponseCode(self, code: int, message: bytes | None = None) -> None:
        """Remember it. Raises: AssertionError after the first part of the body."""
        self._notYetWritten("a code")
        self.responseCode, self.responseMessage = code, message

    def setLastModified(self, when: float) -> None:
        """Do nothing. Raises: AssertionError after the first part of the body."""
        self._notYetWritten("a time")

    def setETag(self, tag: bytes) -> None:
        """Do nothing. Raises: AssertionError after the first part of the body."""
        self._notYetWritten("an ETag")

    def redirect(self, url: bytes) -> None:
        """Set code and header."""
        self.setResponseCode(FOUND)
        self.setHeader(b"location", url)

    def render(self, resource: Any) -> None:
        """Let a resource answer: by bytes, or by itself."""
        body = resource.render(self)
        if body is not NOT_DONE_YET:
            self.write(body)
            self.finish()

    def write(self, data: bytes) -> None:
        """Keep a part of the body. Raises: TypeError for what is not bytes."""
        if not isinstance(data, bytes):
            raise TypeError(f"a request was given {type(data).__name__} to write: it takes bytes")
        self.written.append(data)

    def registerProducer(self, prod: Any, s: bool) -> None:
        """Let a producer produce until it is done."""
        self.go = 1
        while self.go:
            prod.resumeProducing()

    def unregisterProducer(self) -> None:
        """The producer is done."""
        self.go = 0

    def notifyFinish(self) -> Deferred[None]:
        """Returns: fires when the request is finished, or fails with what came between."""
        waiting: Deferred[None] = Deferred()
        if self._finishedDeferreds is None:
            raise RuntimeError("the request is finished already")
        self._finishedDeferreds.append(waiting)
        return waiting

    def finish(self) -> None:
        """Remember it, and tell those who wait for it."""
        self.finished += 1
        self._tell(None)

    def processingFailed(self, reason: Failure) -> None:
        """Tell those who wait for the end that something came between."""
        self._tell(reason)

    def _tell(self, outcome: Any) -> None:
        waiting, self._finishedDeferreds = self._finishedDeferreds, None
        for each in waiting or ():
            each.callback(outcome)
