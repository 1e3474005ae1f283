"""One request, and the response to it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, TypeVar

from zope.interface import Attribute, Interface, implementer

from twisted.internet import defer
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IConsumer
from twisted.logger import Logger
from twisted.python.deprecate import deprecated
from twisted.python.failure import Failure
from twisted.python.versions import Version
from twisted.web._responses import (
    FOUND,
    NO_CONTENT,
    NOT_MODIFIED,
    OK,
    PRECONDITION_FAILED,
    RESPONSES,
)
from twisted.web.http_headers import Headers, _cr, _lf, _nameEncoder, _sanitizeLinearWhitespace

from .dates import datetimeToString, stringToDatetime
from .forms import contentFor, parse_qs, parseCookies, parseForm

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress

__all__ = ["CACHED", "NO_BODY_CODES", "Request"]

NO_BODY_CODES = (NO_CONTENT, NOT_MODIFIED)
CACHED = "what the client has is still valid: send no body"

_Method = TypeVar("_Method", bound=Callable[..., Any])
_log = Logger(namespace="twisted.web.http")
_usualNames = _nameEncoder._canonicalHeaderCache
_hostHeader = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::\d*)?")


class _IDeprecatedHTTPChannelToRequestInterface(Interface):
    """All that a channel of HTTP/1 does with a request."""

    requestHeaders = Attribute("The request's `Headers`.")
    responseHeaders = Attribute("The response's `Headers`.")

    def connectionLost(reason: Failure) -> None:
        """The connection has ended. Args: reason: why."""

    def gotLength(length: int | None) -> None:
        """The headers are whole. Args: length: bytes of the body; None where it is not said."""

    def handleContentChunk(data: bytes) -> None:
        """A part of the body came."""

    def parseCookies() -> None:
        """Take the cookies from the headers."""

    def requestReceived(command: bytes, path: bytes, version: bytes) -> None:
        """The request is whole. Args: command: its method. path: its target."""

    def __eq__(other: object) -> bool:
        """Whether they are the same one."""

    def __ne__(other: object) -> bool:
        """Whether they are two."""

    def __hash__() -> int:
        """What is the same for the same one."""


def _requestHost(headers: Headers) -> bytes | None:
    """The name that the client asked for, without a port."""
    values = headers._rawHeaders.get(b"Host")
    if not values:
        return None
    found = _hostHeader.fullmatch(values[-1])
    return values[-1] if found is None else found[1].strip(b"[]")


def _public(method: _Method) -> _Method:
    """Let warnings of deprecated methods name the module that programs know."""
    method.__module__ = "twisted.web.http"
    return method


_codes = {code: b"%d" % code for code in RESPONSES}


def _nowhere(data: bytes) -> None:
    """What is written where no body may be."""


def _asBytes(value: str | bytes) -> bytes:
    return value.encode("utf-8") if isinstance(value, str) else value


def _inCookie(value: str | bytes) -> bytes:
    """A part of a cookie, which cannot end it or its line."""
    return _sanitizeLinearWhitespace(_asBytes(value)).replace(b";", b" ")


class _NoContent:
    """
    Makes the ``content`` of a request without a body when somebody looks at it: few do.

    (measured: benchmarks/ "hello")
    """

    def __get__(self, request: Request | None, owner: type[Request]) -> IO[bytes] | None:
        if request is None or not request._bodyless:
            return None
        request._bodyless = False
        request.content = content = BytesIO()
        return content


# More is defined than in most classes of this size: a subclass overrides any of it.
@implementer(IConsumer, _IDeprecatedHTTPChannelToRequestInterface)
class Request:
    """
    One request, and the response to it.

    A subclass overrides `process`, which is called when all of the request is there; it writes
    the response by `setResponseCode`, `setHeader`, `write` and `finish`, then or later.

    Attributes:
        method, uri, clientproto: the first line of the request.
        path: ``uri`` up to the query.
        args: the fields of the query, and of the form in the body of a POST request: for each
            name a list of values.
        content: the body, as a file; it may be memory or a file without a name.
        requestHeaders, responseHeaders: `Headers`.
        code, code_message: of the response.
        client, host: the addresses of both sides.
        startedWriting, finished, chunked, sentLength: how far the response has come.

    Args:
        channel: what the request came by.
        queued: whether another request is before this one; no channel says so any more.
        parsePOSTFormSubmission: whether the body of a POST request is looked at for `args`.
    """

    notifications: list[defer.Deferred[None]]
    cookies: list[bytes]
    requestHeaders: Headers
    responseHeaders: Headers
    producer: Any = None
    finished = 0
    code = OK
    code_message = RESPONSES[OK]
    method = b"(no method yet)"
    clientproto = b"(no clientproto yet)"
    uri = b"(no uri yet)"
    startedWriting = 0
    chunked = 0
    sentLength = 0
    etag: bytes | None = None
    lastModified: int | None = None
    args: Any = None
    path: Any = None
    content: IO[bytes] | Any = _NoContent()
    queued: Any = False
    _forceSSL = 0
    # Whether there is no body, nor a file that stands for it yet.
    _bodyless = False
    _disconnected = False
    _log = _log

    def __init__(
        self, channel: Any, queued: object = False, parsePOSTFormSubmission: bool = True
    ) -> None:
        self.notifications = []
        self.channel = channel
        self.client: Any = channel.getPeer()
        self.host: Any = channel.getHost()
        self.requestHeaders = Headers()
        self.received_cookies: dict[bytes, bytes] = {}
        self.responseHeaders = Headers()
        self.cookies = []
        self.transport = channel.transport
        if queued:
            self.queued = queued
        self._parsePOSTFormSubmission = parsePOSTFormSubmission

    # Programs and doubles of channels compare requests, and keep them in sets.
    # What stands for one, such as a proxy, is asked itself.
    def __eq__(self, other: object) -> bool:
        return True if self is other else NotImplemented

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        def shown(value: bytes) -> str:
            return value.decode("utf-8", "backslashreplace")

        return (
            f"<{type(self).__name__} at 0x{id(self):x} method={shown(self.method)} "
            f"uri={shown(self.uri)} clientproto={shown(self.clientproto)}>"
        )

    # What the channel calls

    def gotLength(self, length: int | None) -> None:
        """
        The headers are there; make room for the body.

        Args: length: its bytes; None where it is not said.
        """
        self._bodyless = length == 0
        if length != 0:
            self.content = contentFor(length)

    def parseCookies(self) -> None:
        """Take the cookies of the request into ``received_cookies``."""
        headers = self.requestHeaders.getRawHeaders(b"cookie")
        if headers is not None:
            self.received_cookies.update(parseCookies(list(headers)))

    def handleContentChunk(self, data: bytes) -> None:
        """A part of the body came."""
        self.content.write(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """
        All of the request is there.

        Args:
            command: its method.
            path: its target.
            version: ``HTTP/1.1`` or the like.
        """
        self.method, self.uri, self.clientproto = command, path, version
        self.path, question, query = path.partition(b"?")
        self.args = parse_qs(query, 1) if question else {}
        if command == b"POST" and self._parsePOSTFormSubmission:
            self.content.seek(0, 0)
            try:
                self._addForm()
            except ValueError as error:
                # A form that cannot be read is not the request that was meant.
                _log.info("Refused a form from {peer}: {why}", peer=self.client, why=str(error))
                self._refuse()
                return
        if not self._bodyless:
            self.content.seek(0, 0)
        self.process()

    def _addForm(self) -> None:
        contentType = self.requestHeaders.getRawHeaders(b"content-type")
        if contentType:
            length = self.content.seek(0, 2)
            self.content.seek(0, 0)
            self.args.update(parseForm(contentType[0], self.content, length))

    def _refuse(self) -> None:
        if self.channel is not None:
            self.channel._respondToBadRequestAndDisconnect()

    def process(self) -> None:
        """Override: answer the request."""

    def connectionLost(self, reason: Failure) -> None:
        """
        The connection has ended before the response.

        Args: reason: why; those who wait by `notifyFinish` are told.
        """
        self._disconnected = True
        self.channel = None
        self._closeContent()
        waiting, self.notifications = self.notifications, []
        for each in waiting:
            each.errback(reason)

    def notifyFinish(self) -> defer.Deferred[None]:
        """
        Returns: fires when the response is finished; fails with the reason if the connection
            ends before.
        """
        finished: defer.Deferred[None] = defer.Deferred()
        self.notifications.append(finished)
        return finished

    # Producing the body of the response

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Let something produce the body.

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
        self.streamingProducer = streaming
        self.producer = producer
        self.channel.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """The producer is done."""
        self.channel.unregisterProducer()
        self.producer = None

    # Reading the request

    def getHeader(self, key: str | bytes) -> Any:
        """Returns: the last value of a header of the request, as str or bytes like ``key``."""
        values = self.requestHeaders.getRawHeaders(key)
        return None if values is None else values[-1]

    def getCookie(self, key: bytes) -> bytes | None:
        """Returns: the value of a cookie of the request."""
        return self.received_cookies.get(key)

    def getAllHeaders(self) -> dict[bytes, bytes]:
        """Returns: the last value of each header of the request; names are in lower case."""
        return {name.lower(): values[-1] for name, values in self.requestHeaders.getAllRawHeaders()}

    def getRequestHostname(self) -> bytes:
        """Returns: the name that the client asked for, or else our address; without a port."""
        found = _requestHost(self.requestHeaders)
        if found:
            return found
        host = self.getHost()
        named = getattr(host, "host", None)
        return b"" if named is None else str(named).encode("ascii")

    def getHost(self) -> Any:
        """Returns: our address, or what `setHost` made of it."""
        return self.host

    def setHost(self, host: bytes, port: int, ssl: bool | int = 0) -> None:
        """
        Act as if the request came to another address: for what stands behind a proxy.

        Args:
            host, port: where it came.
            ssl: whether by TLS.
        """
        self._forceSSL = ssl
        usual = 443 if self.isSecure() else 80
        hostHeader = host if port == usual else b"%b:%d" % (host, port)
        self.requestHeaders.setRawHeaders(b"host", [hostHeader])
        self.host = IPv4Address("TCP", host.decode("ascii"), port)

    def getClientAddress(self) -> IAddress:
        """Returns: the address of the other side of the connection, which may be a proxy."""
        address: IAddress = self.client
        return address

    def _clientIP(self) -> str | None:
        if isinstance(self.client, (IPv4Address, IPv6Address)):
            return self.client.host
        return None

    @deprecated(Version("Twisted", 18, 4, 0), replacement="getClientAddress")
    @_public
    def getClientIP(self) -> str | None:
        """Returns: the host of `getClientAddress`, where it has one."""
        return self._clientIP()

    @deprecated(Version("Twisted", 16, 3, 0))
    @_public
    def noLongerQueued(self) -> None:
        """Does nothing: requests wait in the channel, and none is queued."""

    def isSecure(self) -> bool:
        """Whether the request came by TLS, or by a proxy that is said to have got it so."""
        if self._forceSSL:
            return True
        channel = self.channel
        return channel is not None and bool(channel.isSecure())

    def _authorize(self) -> None:
        """Take name and password from the header of HTTP Basic (RFC 7617)."""
        try:
            header = self.getHeader(b"Authorization")
            kind, _, encoded = (header or b"").partition(b" ")
            if kind.lower() == b"basic":
                name, colon, password = base64.b64decode(encoded).partition(b":")
                if colon:
                    self.user, self.password = name, password
                    return
        except binascii.Error:
            pass  # no name and no password, then
        except Exception:
            _log.failure("Could not read who the client says it is")
        self.user = self.password = b""

    def getUser(self) -> bytes:
        """Returns: the name that the client gave by HTTP Basic, or nothing."""
        if not hasattr(self, "user"):
            self._authorize()
        return self.user

    def getPassword(self) -> bytes:
        """Returns: the password that the client gave by HTTP Basic, or nothing."""
        if not hasattr(self, "password"):
            self._authorize()
        return self.password

    # Writing the response

    def setResponseCode(self, code: int, message: bytes | None = None) -> None:
        """
        Args:
            code: of the response, such as 404.
            message: what stands behind it; None for what usually does.
        Raises: TypeError for a code that is no int, or a message that is not bytes.
        """
        if not isinstance(code, int):
            raise TypeError(
                f"the code of a response was given as {type(code).__name__} ({code!r:.60}): "
                "it is an int"
            )
        if message is None:
            message = RESPONSES.get(code, b"Unknown Status")
        elif not isinstance(message, bytes):
            raise TypeError(
                f"the message of a response was given as {type(message).__name__} "
                f"({message!r:.60}): it is bytes"
            )
        self.code = code
        self.code_message = message

    def setHeader(self, name: str | bytes, value: str | bytes) -> None:
        """Give a header of the response this value, in the place of those that it had."""
        headers = self.responseHeaders
        usual = _usualNames.get(name)
        # Nearly all headers are of this kind. (measured: benchmarks/ "hello")
        if (
            usual is not None
            and type(value) is bytes
            and type(headers) is Headers
            and _lf not in value
            and _cr not in value
        ):
            headers._rawHeaders[usual] = [value]
        else:
            headers.setRawHeaders(name, [value])

    def redirect(self, url: bytes) -> None:
        """Send the client to another URL."""
        self.setResponseCode(FOUND)
        self.setHeader(b"location", url)

    def addCookie(
        self,
        k: str | bytes,
        v: str | bytes,
        expires: str | bytes | None = None,
        domain: str | bytes | None = None,
        path: str | bytes | None = None,
        max_age: str | bytes | None = None,
        comment: str | bytes | None = None,
        secure: bool | None = None,
        httpOnly: bool = False,
        sameSite: str | bytes | None = None,
    ) -> None:
        """
        Set a cookie (RFC 6265). All may be str, which is sent as UTF-8, or bytes.

        Args:
            k, v: its name and its value.
            expires: when it ends, as a date of HTTP; None with the client's session.
            domain, path: where it is sent to.
            max_age: seconds that it is kept.
            comment: its purpose.
            secure: whether it is sent by TLS only.
            httpOnly: whether scripts do not see it.
            sameSite: ``lax``, ``strict`` or ``none``: whether other sites' requests bring it.
                ``none`` wants ``secure``.
        Raises: ValueError for another ``sameSite``; TypeError for what is no text.
        """
        parts = [b"%b=%b" % (_inCookie(k), _inCookie(v))]
        for word, given in (
            (b"Expires", expires),
            (b"Domain", domain),
            (b"Path", path),
            (b"Max-Age", max_age),
            (b"Comment", comment),
        ):
            if given is not None:
                parts.append(b"%b=%b" % (word, _inCookie(given)))
        if secure:
            parts.append(b"Secure")
        if httpOnly:
            parts.append(b"HttpOnly")
        if sameSite:
            site = _asBytes(sameSite).lower()
            if site not in (b"lax", b"strict", b"none"):
                raise ValueError(
                    f"sameSite was given as {sameSite!r}: it is 'lax', 'strict' or 'none'"
                )
            if site == b"none" and not secure:
                raise ValueError("browsers take sameSite='none' only together with secure=True")
            parts.append(b"SameSite=" + site)
        self.cookies.append(b"; ".join(parts))

    def setLastModified(self, when: float) -> str | None:
        """
        Say when what is asked for has changed; the latest time that was said counts.

        Args: when: seconds since 1970.
        Returns: `CACHED` if the client has it as it is: then nothing is to be written.
        """
        moment = int(when) if when == int(when) else int(when) + 1
        if self.lastModified is None or moment > self.lastModified:
            self.lastModified = moment
        since = self.getHeader(b"if-modified-since")
        if since is None:
            return None
        try:
            known = stringToDatetime(since.split(b";", 1)[0])
        except ValueError:
            return None
        if known >= self.lastModified:
            self.setResponseCode(NOT_MODIFIED)
            return CACHED
        return None

    def setETag(self, etag: bytes) -> str | None:
        """
        Say which state of what is asked for is sent (RFC 9110, section 8.8.3).

        Args: etag: a mark of that state, with its quotes.
        Returns: `CACHED` if the client has it as it is: then nothing is to be written.
        """
        if etag:
            self.etag = etag
        tags = self.getHeader(b"if-none-match")
        if tags:
            known = tags.split()
            if etag in known or b"*" in known:
                safe = self.method in (b"HEAD", b"GET")
                self.setResponseCode(NOT_MODIFIED if safe else PRECONDITION_FAILED)
                return CACHED
        return None

    def write(self, data: bytes) -> None:
        """
        Write a part of the body; the first one sends the headers, too.

        Without a Content-Length, the body is sent in chunks to a client that knows them. When
        the connection is lost, what is written is dropped.

        Raises: RuntimeError after `finish`.
        """
        if self.finished:
            raise RuntimeError("write() was called after finish(): the response is complete")
        if self._disconnected:
            return
        if not self.startedWriting:
            self.startedWriting = 1
            self._begin(data)
        elif data:
            self._goOn(data)

    # measured: benchmarks/ "hello"
    def _begin(self, data: bytes) -> None:
        """Send the head, and what comes after it: as one, if it can be."""
        headers, channel = self.responseHeaders, self.channel
        if self.lastModified is not None or self.etag is not None or self.cookies:
            self._addToHead(headers)
        if self.method == b"HEAD" or self.code in NO_BODY_CODES:
            self.write = _nowhere  # type: ignore[method-assign]  # there is no body
            data = b""
        elif b"Content-Length" not in headers._rawHeaders and self.clientproto == b"HTTP/1.1":
            headers.setRawHeaders(b"transfer-encoding", [b"chunked"])
            self.chunked = 1
        elif getattr(channel, "_writesAsOne", False):
            self.sentLength = len(data)
            code = _codes.get(self.code) or b"%d" % self.code
            channel._beginResponse(self.clientproto, code, self.code_message, headers, data)
            return
        channel.writeHeaders(self.clientproto, b"%d" % self.code, self.code_message, headers)
        if data:
            self._goOn(data)

    def _goOn(self, data: bytes) -> None:
        self.sentLength += len(data)
        if self.chunked:
            self.channel.writeSequence((b"%x\r\n" % len(data), data, b"\r\n"))
        else:
            self.channel.write(data)

    def _addToHead(self, headers: Headers) -> None:
        if self.lastModified is not None:
            if b"Last-Modified" in headers._rawHeaders:
                _log.info("Kept the header Last-Modified of {request!r}", request=self)
            else:
                headers.setRawHeaders(b"last-modified", [datetimeToString(self.lastModified)])
        if self.etag is not None:
            headers.setRawHeaders(b"ETag", [self.etag])
        for cookie in self.cookies:
            headers.addRawHeader(b"Set-Cookie", cookie)

    def finish(self) -> None:
        """
        The response is complete.

        Raises: RuntimeError if the connection was lost before; `notifyFinish` tells of that.
        """
        if self._disconnected:
            raise RuntimeError(
                "finish() was called after the connection was lost; notifyFinish() tells when "
                "that happens"
            )
        if self.finished:
            import warnings

            warnings.warn("finish() was called twice", stacklevel=2)
            return
        if not self.startedWriting:
            self.write(b"")
        channel = self.channel
        if self.chunked:
            channel.write(b"0\r\n\r\n")
        factory = getattr(channel, "factory", None)
        if factory is not None:
            factory.log(self)
        self.finished = 1
        if self.producer is not None:
            forgotten = RuntimeError(f"the producer of {self!r} was not unregistered")
            _log.failure("A response is complete", failure=Failure(forgotten))
            self.unregisterProducer()
        if not self.queued:
            self._cleanup()

    def _cleanup(self) -> None:
        """Let go of everything, and tell those who wait."""
        channel, self.channel = self.channel, None
        self._closeContent()
        channel.requestDone(self)
        waiting, self.notifications = self.notifications, []
        for each in waiting:
            each.callback(None)

    def _closeContent(self) -> None:
        if not self._bodyless and self.content is not None:
            self.content.close()

    def _handedOver(self) -> None:
        """The connection is somebody else's: this was the last that it did for HTTP."""
        channel, self.channel = self.channel, None
        self.startedWriting = self.finished = 1
        factory = getattr(channel, "factory", None)
        if factory is not None:
            factory.log(self)
        self._closeContent()
        waiting, self.notifications = self.notifications, []
        for each in waiting:
            each.callback(None)

    def loseConnection(self) -> None:
        """Close the connection when what was written is sent."""
        if self.channel is not None:
            self.channel.loseConnection()
