"""
The web server: a `Site` finds a resource for each request, and has it answer.

    from twisted.web.server import Site
    reactor.listenTCP(8080, Site(resource))
"""

from __future__ import annotations

import os
from binascii import hexlify
from collections.abc import Awaitable, Callable, Sequence
from html import escape
from types import CoroutineType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as _quote
from urllib.parse import unquote_to_bytes

from zope.interface import implementer

from twisted import copyright
from twisted.internet import defer, interfaces
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.logger import Logger
from twisted.python import components
from twisted.python.failure import Failure
from twisted.spread.flavors import Copyable, ViewPoint
from twisted.web import http, iweb
from twisted.web._http.dates import datetimeToString
from twisted.web._http.request import NO_BODY_CODES
from twisted.web._http.request import Request as _HTTPRequest
from twisted.web._responses import INTERNAL_SERVER_ERROR, NOT_ALLOWED, NOT_IMPLEMENTED, OK
from twisted.web.error import UnsupportedMethod
from twisted.web.resource import _errorPage, _IEncodingResource, getChildForRequest

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress
    from twisted.python.urlpath import URLPath

__all__ = [
    "NOT_DONE_YET",
    "GzipEncoderFactory",
    "Request",
    "Session",
    "Site",
    "UnsupportedMethod",
    "quote",
    "supportedMethods",
    "version",
]

NOT_DONE_YET = 1
"""What ``render`` returns if the request will be finished later."""

supportedMethods = (b"GET", b"HEAD", b"POST")
version = f"TwistedWeb/{copyright.version}".encode("ascii")

_serverFields = [version]


def quote(string: str, *args: Any, **kwargs: Any) -> bytes:
    """Returns: a part of an URL, quoted, as bytes. Args: as `urllib.parse.quote`."""
    return _quote(string.decode("charmap"), *args, **kwargs).encode("charmap")  # type: ignore[attr-defined]  # bytes


def _addressToTuple(address: Any) -> tuple[Any, ...]:
    if isinstance(address, IPv4Address):
        return ("INET", address.host, address.port)
    if isinstance(address, IPv6Address):
        return ("INET6", address.host, address.port)
    return tuple(address)


# What a copy of a request in another process has none of.
_local = ("transport", "channel", "content", "_bodyless", "site", "notifications", "_encoder")


(_percent,) = b"%"


def _segments(path: bytes) -> list[bytes]:
    """The parts of a path after its first slash."""
    if _percent in path:
        return [unquote_to_bytes(part) for part in path[1:].split(b"/")]
    return path[1:].split(b"/")


def _originForm(path: bytes) -> bytes:
    """The path of a target that has a scheme and a host before it (RFC 9112, section 3.2.2)."""
    _, separator, rest = path.partition(b"://")
    if not separator:
        return path
    _, slash, below = rest.partition(b"/")
    return b"/" + below if slash else b"/"


@implementer(iweb.IRequest)
class Request(Copyable, _HTTPRequest, components.Componentized):
    """
    A request to a `Site`.

    Attributes:
        site: it.
        prepath: the parts of the path that led to the resource.
        postpath: those that are left.
        sitepath: those that led to the application, as `rememberRootURL` took them.
        defaultContentType: of a response that says nothing of it; None for none.
        appRootURL: what `rememberRootURL` took.
    """

    defaultContentType: bytes | None = b"text/html"
    site: Any = None
    appRootURL: bytes | None = None
    prepath: Any = None
    postpath: Any = None
    sitepath: list[bytes]

    _inFakeHead = False
    _encoder: Any = None
    _log = Logger(namespace="twisted.web.server")
    _secureSession: Session | None = None
    _insecureSession: Session | None = None

    def __init__(
        self, channel: Any, *args: Any, parsePOSTFormSubmission: bool | None = None, **kw: Any
    ) -> None:
        if parsePOSTFormSubmission is None:
            site = getattr(channel, "site", None)
            parsePOSTFormSubmission = True if site is None else site._parsePOSTFormSubmission
        if args or kw:
            kw["parsePOSTFormSubmission"] = parsePOSTFormSubmission
            _HTTPRequest.__init__(self, channel, *args, **kw)
        else:
            _HTTPRequest.__init__(self, channel, False, parsePOSTFormSubmission)
        self._adapterCache = {}

    def getStateToCopyFor(self, issuer: Any) -> dict[str, Any]:
        """Returns: what another process gets to know of this request."""
        state = self.__dict__.copy()
        for local in _local:
            state.pop(local, None)
        self.content.seek(0, 0)
        state["content_data"] = self.content.read()
        state["remote"] = self._viewPoint(issuer)
        # The other process knows nothing of our addresses but what can be copied.
        state["host"] = _addressToTuple(self.host)
        state["client"] = _addressToTuple(self.client)
        state["requestHeaders"] = list(self.requestHeaders.getAllRawHeaders())
        state.pop("responseHeaders", None)
        return state

    def _viewPoint(self, issuer: Any) -> Any:
        return ViewPoint(issuer, self)

    # Finding the resource

    def process(self) -> None:
        """Find the resource that the path leads to, and have it answer."""
        self.site = site = self.channel.site
        fields = self.responseHeaders._rawHeaders
        fields[b"Server"] = [version]
        fields[b"Date"] = [datetimeToString()]
        path = self.path
        if path == b"*":
            self._handleStar()
            return
        if path[:1] != b"/":
            path = _originForm(path)
        self.prepath = []
        self.postpath = _segments(path)
        try:
            found = site.getResourceFor(self)
            # Asked first, for it costs nearly nothing. (measured: benchmarks/ "hello")
            if hasattr(found, "getEncoder") and _IEncodingResource.providedBy(found):
                self._encoder = found.getEncoder(self)
            self.render(found)
        except BaseException:
            self.processingFailed(Failure())

    def _handleStar(self) -> None:
        """Answer a request for no resource, but for the server: ``OPTIONS *``."""
        if self.method == b"OPTIONS":
            self.setResponseCode(OK)
        else:
            self.setResponseCode(NOT_ALLOWED)
            self.setHeader(b"Allow", b"OPTIONS")
        self.setHeader(b"content-length", b"0")
        self.finish()

    # Writing

    def gotLength(self, length: int | None) -> None:
        """
        Make room for the body, where the site says.

        Args: length: its bytes; None where it is not said.
        """
        makeFile = getattr(getattr(self.channel, "site", None), "getContentFile", None)
        if makeFile is None:
            _HTTPRequest.gotLength(self, length)
        else:
            self.content = makeFile(length)

    def write(self, data: bytes) -> None:
        """Write a part of the body, encoded as the client likes it."""
        if not self.startedWriting:
            self._addContentType(data)
        if self._inFakeHead:
            data = b""
        elif self._encoder is not None:
            data = self._encoder.encode(data)
            if not data and self.startedWriting:
                return
        _HTTPRequest.write(self, data)

    def _addContentType(self, data: bytes) -> None:
        fields = self.responseHeaders._rawHeaders
        if b"Content-Type" in fields or self.defaultContentType is None:
            return
        if self.code in NO_BODY_CODES or fields.get(b"Content-Length") == _zero:
            return
        fields[b"Content-Type"] = [self.defaultContentType]

    def finish(self) -> None:
        """The response is complete."""
        encoder = self._encoder
        if encoder is not None and not self.finished:
            if not self.startedWriting:
                self.write(b"")
            rest = encoder.finish()
            if rest and not self._inFakeHead:
                _HTTPRequest.write(self, rest)
            self._encoder = None
        _HTTPRequest.finish(self)

    # Rendering

    def render(self, resrc: Any) -> None:
        """
        Have a resource answer.

        Args: resrc: what its ``render`` returns is the body as bytes, or `NOT_DONE_YET`, or a
            coroutine or Deferred that has either as its result.
        """
        try:
            body = resrc.render(self)
        except UnsupportedMethod as unsupported:
            body = self._unsupported(resrc, unsupported.allowedMethods)
        # Nearly all responses are this one.
        if (
            type(body) is bytes
            and body
            and not self.startedWriting
            and self._encoder is None
            and self.code == OK
            and self.method != b"HEAD"
        ):
            fields = self.responseHeaders._rawHeaders
            fields[b"Content-Length"] = [b"%d" % len(body)]
            self.write(body)
            self.finish()
        elif type(body) is bytes:
            self._respond(body)
        elif body is not NOT_DONE_YET:
            self._respondOtherwise(resrc, body)

    def _respond(self, body: bytes) -> None:
        if not self.startedWriting:
            if (
                self._encoder is None
                and b"Transfer-Encoding" not in self.responseHeaders._rawHeaders
            ):
                # An empty body for HEAD says nothing of the length that GET's would have.
                if self.code not in NO_BODY_CODES and (body or self.method != b"HEAD"):
                    self.responseHeaders._rawHeaders[b"Content-Length"] = [b"%d" % len(body)]
                if not body and self.method != b"HEAD":
                    self.write(b"")
                    self.finish()
                    return
            if self.method == b"HEAD":
                # The headers tell what GET would have sent.
                if body:
                    self._log.info("Not sending the body of {resrc} for HEAD", resrc=self.uri)
                self.write(b"")
                self.finish()
                return
        self.write(body)
        self.finish()

    def _respondOtherwise(self, resrc: Any, body: Any) -> None:
        if type(body) is CoroutineType:
            waiting = defer.ensureDeferred(body)
            if waiting.called and type(waiting.result) is bytes:
                # It never waited: there is nothing to be told of, or to cancel.
                self._respondLater(waiting.result, resrc)
            else:
                self._awaitBody(waiting, resrc)
            return
        if isinstance(body, int) and body == NOT_DONE_YET:
            return
        if isinstance(body, bytes):
            self._respond(body)
        elif isinstance(body, (defer.Deferred, Awaitable)):
            waiting = body if isinstance(body, defer.Deferred) else defer.ensureDeferred(body)  # type: ignore[arg-type]  # awaitable
            self._awaitBody(waiting, resrc)
        else:
            self.render(_notBytes(self, resrc, body))

    def _awaitBody(self, waiting: defer.Deferred[Any], resrc: Any) -> None:
        self.notifyFinish().addErrback(lambda _: waiting.cancel())
        waiting.addCallbacks(self._respondLater, self._failLater, callbackArgs=(resrc,))

    def _respondLater(self, body: Any, resrc: Any) -> None:
        if self._disconnected or self.finished:
            return
        try:
            if isinstance(body, bytes):
                self._respond(body)
            elif body is not NOT_DONE_YET:
                self._respondOtherwise(resrc, body)
        except BaseException:
            self.processingFailed(Failure())

    def _failLater(self, reason: Failure) -> None:
        if not self._disconnected and not self.finished:
            self.processingFailed(reason)

    def _unsupported(self, resrc: Any, allowed: Sequence[bytes]) -> Any:
        """What is answered to a method that a resource does not know."""
        if self.method == b"HEAD" and b"GET" in allowed:
            return self._renderFakeHead(resrc)
        if self.method in supportedMethods:
            return self._notAllowed(allowed)
        method = escape(self.method.decode("ascii", "backslashreplace"))
        page = _errorPage(NOT_IMPLEMENTED, "Huh?", f"I don't know how to treat a {method} request.")
        return page.render(self)

    def _renderFakeHead(self, resrc: Any) -> Any:
        """Render GET, and send no more than the headers."""
        self._log.info("Using GET to fake a HEAD request for {resrc}", resrc=resrc)
        self.method = b"GET"
        self._inFakeHead = True
        body = resrc.render(self)
        if body is NOT_DONE_YET:
            self._log.info(
                "Tried to fake a HEAD request for {resrc}, but it got away from me.", resrc=resrc
            )
        elif isinstance(body, bytes) and not self.startedWriting:
            if body:
                self.setHeader(b"Content-Length", b"%d" % len(body))
            self.method = b"HEAD"
            self._inFakeHead = False
            self.write(b"")
            self.finish()
            return NOT_DONE_YET
        self._inFakeHead = False
        self.method = b"HEAD"
        return body

    def _notAllowed(self, allowed: Sequence[bytes]) -> bytes:
        self.setHeader(b"Allow", b", ".join(allowed))
        names = ", ".join(name.decode("ascii", "backslashreplace") for name in allowed)
        method = escape(self.method.decode("ascii", "backslashreplace"))
        uri = escape(self.uri.decode("ascii", "backslashreplace"))
        detail = f'The method "{method}" is not for <code>{uri}</code>. What is: {escape(names)}.'
        page = _errorPage(NOT_ALLOWED, "Method Not Allowed", detail)
        return page.render(self)

    def processingFailed(self, reason: Failure) -> Failure:
        """
        Log an error, and tell the client that there was one.

        Returns: ``reason``.
        """
        self._log.failure("", failure=reason)
        if self._disconnected or self.finished:
            return reason
        if self.startedWriting:
            # Half of a response cannot be taken back: that it ends early tells the client.
            # One of HTTP/2 would seem whole if its stream was ended as others are.
            getattr(self.channel, "breakOff", self.loseConnection)()
            return reason
        if self.site is not None and self.site.displayTracebacks:
            from twisted.web import util

            shown = util.formatFailure(reason)
            body = (
                b"<html><head><title>Processing Failed</title></head><body>"
                b"<b>Processing Failed</b><pre>" + shown + b"</pre></body></html>"
            )
        else:
            body = (
                b"<html><head><title>Processing Failed</title></head><body>"
                b"<b>Processing Failed</b></body></html>"
            )
        self.setResponseCode(INTERNAL_SERVER_ERROR)
        self.setHeader(b"content-type", b"text/html")
        self.setHeader(b"content-length", b"%d" % len(body))
        self._encoder = None
        self.write(body)
        self.finish()
        return reason

    # For a resource that is in another process

    def view_write(self, issuer: Any, data: bytes) -> None:
        """Write, for another process."""
        self.write(data)

    def view_finish(self, issuer: Any) -> None:
        """Finish, for another process."""
        self.finish()

    def view_addCookie(self, issuer: Any, k: Any, v: Any, **kwargs: Any) -> None:
        """Set a cookie, for another process."""
        self.addCookie(k, v, **kwargs)

    def view_setHeader(self, issuer: Any, k: Any, v: Any) -> None:
        """Set a header, for another process."""
        self.setHeader(k, v)

    def view_setLastModified(self, issuer: Any, when: float) -> None:
        """Say when something changed, for another process."""
        self.setLastModified(when)

    def view_setETag(self, issuer: Any, tag: bytes) -> None:
        """Say which state something has, for another process."""
        self.setETag(tag)

    def view_setResponseCode(self, issuer: Any, code: int, message: bytes | None = None) -> None:
        """Set the code, for another process."""
        self.setResponseCode(code, message)

    def view_registerProducer(self, issuer: Any, producer: Any, streaming: bool) -> None:
        """Let a producer in another process write."""
        self.registerProducer(_RemoteProducerWrapper(producer), streaming)

    def view_unregisterProducer(self, issuer: Any) -> None:
        """The producer in another process is done."""
        self.unregisterProducer()

    # Sessions

    def getSession(self, sessionInterface: Any = None, forceNotSecure: bool = False) -> Any:
        """
        The session of the client, which is begun by a cookie if there is none.

        A session that was begun by TLS is not the one of requests that come without.

        Args:
            sessionInterface: what the session is adapted to; None for itself.
            forceNotSecure: the other one, though this came by TLS.
        """
        secure = self.isSecure() and not forceNotSecure
        session = self._secureSession if secure else self._insecureSession
        name = b"_".join(
            [b"TWISTED_SECURE_SESSION" if secure else b"TWISTED_SESSION", *self.sitepath]
        )
        if session is not None and session.uid in session.site.sessions:
            session.touch()
        else:
            session = self._knownSession(name) or self._newSession(name, secure)
        if secure:
            self._secureSession = session
        else:
            self._insecureSession = session
        if sessionInterface:
            return session.getComponent(sessionInterface)
        return session

    def _knownSession(self, name: bytes) -> Session | None:
        uid = self.getCookie(name)
        if not uid:
            return None
        try:
            session: Session = self.site.getSession(uid)
        except KeyError:
            return None
        session.touch()
        return session

    def _newSession(self, name: bytes, secure: bool) -> Session:
        session: Session = self.site.makeSession()
        self.addCookie(name, session.uid, path=b"/", secure=secure)
        return session

    @property
    def session(self) -> Session | None:
        """The session, if `getSession` was called."""
        return self._secureSession if self.isSecure() else self._insecureSession

    # URLs

    def _prePathURL(self, prepath: Sequence[bytes]) -> bytes:
        secure = self.isSecure()
        host: Any = self.getHost()
        port = getattr(host, "port", None)
        name = self.getRequestHostname()
        if port is not None and port != (443 if secure else 80):
            name = b"%b:%d" % (name, port)
        path = b"/".join([_quote(each, safe="").encode("ascii") for each in prepath])
        return b"%b://%b/%b" % (b"https" if secure else b"http", name, path)

    def prePathURL(self) -> bytes:
        """Returns: the URL of what was found so far."""
        return self._prePathURL(self.prepath)

    def URLPath(self) -> URLPath:
        """Returns: the URL of this request."""
        from twisted.python import urlpath

        return urlpath.URLPath.fromRequest(self)

    def rememberRootURL(self) -> None:
        """Take the URL of what was found so far, without its last part, as the application's."""
        self.appRootURL = self._prePathURL(self.prepath[:-1])

    def getRootURL(self) -> bytes | None:
        """Returns: what `rememberRootURL` took."""
        return self.appRootURL

    def childLink(self, name: bytes) -> bytes:
        """Returns: a link to a child of this, for a page that is shown at this URL."""
        last = self.path.rpartition(b"/")[2]
        return last + b"/" + name if last else name

    def sibLink(self, name: bytes) -> bytes:
        """Returns: a link to what stands beside this, for a page that is shown at this URL."""
        return (len(self.postpath) * b"../") + name if self.postpath else name


_zero = [b"0"]


def _notBytes(request: Request, resrc: Any, body: Any) -> Any:
    """What is shown of a resource that rendered what is no body."""
    from twisted.python.reflect import safe_repr

    def shown(thing: object) -> str:
        return escape(safe_repr(thing))

    return _errorPage(
        INTERNAL_SERVER_ERROR,
        "Request did not return bytes",
        f"Request: <pre>{shown(request)}</pre><br />"
        f"Resource: <pre>{shown(resrc)}</pre><br />"
        f"Value: <pre>{shown(body)}</pre>",
    )


class _RemoteProducerWrapper:
    """A producer in another process."""

    def __init__(self, remote: Any) -> None:
        self.resumeProducing = remote.remoteMethod("resumeProducing")
        self.pauseProducing = remote.remoteMethod("pauseProducing")
        self.stopProducing = remote.remoteMethod("stopProducing")


@implementer(iweb._IRequestEncoderFactory)
class GzipEncoderFactory:
    """
    Compresses bodies by gzip, where the client takes that.

    Attributes:
        compressLevel: from 1, quick, to 9, small.
    """

    compressLevel = 9

    def encoderForRequest(self, request: Any) -> Any:
        """Returns: an encoder, or None if the client does not take gzip."""
        accepted = b",".join(request.requestHeaders.getRawHeaders(b"accept-encoding", []))
        if b"gzip" not in [_plainCoding(each) for each in accepted.split(b",")]:
            return None
        headers = request.responseHeaders
        before = headers.getRawHeaders(b"content-encoding")
        codings = b",".join([*before, b"gzip"]) if before else b"gzip"
        headers.setRawHeaders(b"content-encoding", [codings])
        return _GzipEncoder(self.compressLevel, request)


def _plainCoding(accepted: bytes) -> bytes:
    """The name of a coding that is accepted, or nothing if its weight is none."""
    name, _, weight = accepted.partition(b";")
    quality = weight.strip().lower().removeprefix(b"q=")
    if weight and not quality.strip(b"0."):
        return b""
    return name.strip().lower()


@implementer(iweb._IRequestEncoder)
class _GzipEncoder:
    """
    Compresses a body by gzip.

    Args:
        compressLevel: from 1 to 9.
        request: whose response it is; its length is not known any more.
    """

    _zlibCompressor: Any = None

    def __init__(self, compressLevel: int, request: Any) -> None:
        import zlib

        self._zlibCompressor = zlib.compressobj(compressLevel, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        self._request: Any = request

    def encode(self, data: bytes) -> bytes:
        """Returns: what can be sent now."""
        if not self._request.startedWriting:
            self._request.responseHeaders.removeHeader(b"content-length")
        return bytes(self._zlibCompressor.compress(data))

    def finish(self) -> bytes:
        """Returns: the end."""
        self._request = None
        return bytes(self._zlibCompressor.flush())


class Session(components.Componentized):
    """
    What a site remembers of a client, who is known by a cookie.

    It ends after `sessionTimeout` seconds without a request.

    Attributes:
        uid: what the cookie says.
        site: whose it is.
        lastModified: when the client was last seen, by the clock of the reactor.
        sessionTimeout: seconds.

    Args:
        site, uid: as the attributes.
        reactor: whose clock and timers are used; that of the site if None.
    """

    sessionTimeout = 900
    _expireCall: Any = None

    def __init__(self, site: Any, uid: bytes, reactor: Any = None) -> None:
        super().__init__()
        self._reactor: Any = site.reactor if reactor is None else reactor
        self.uid = uid
        self.expireCallbacks: list[Callable[[], object]] = []
        self.site = site
        self.touch()

    def startCheckingExpiration(self) -> None:
        """End the session when it was not used for long enough."""
        self._expireCall = self._reactor.callLater(self.sessionTimeout, self.expire)

    def notifyOnExpire(self, callback: Callable[[], object]) -> None:
        """Have something called when the session ends."""
        self.expireCallbacks.append(callback)

    def expire(self) -> None:
        """End the session."""
        self.site.sessions.pop(self.uid, None)
        callbacks, self.expireCallbacks = self.expireCallbacks, []
        for callback in callbacks:
            callback()
        call, self._expireCall = self._expireCall, None
        if call is not None and call.active():
            call.cancel()

    def touch(self) -> None:
        """The client was seen: it has `sessionTimeout` seconds from now."""
        self.lastModified = self._reactor.seconds()
        if self._expireCall is not None and self._expireCall.active():
            self._expireCall.reset(self.sessionTimeout)


@implementer(interfaces.IProtocolNegotiationFactory)
class Site(http.HTTPFactory):
    """
    A web site: what is found from one resource on.

    Attributes:
        resource: where paths begin.
        counter: how many sessions there have been.
        requestFactory: makes the requests.
        displayTracebacks: whether a client is shown the errors of the program: for development.
        sessionFactory: makes the sessions; given the site and an id.
        sessionCheckTime: of no meaning any more.
        sessions: those that have not ended, by their ids.

    Args:
        resource, requestFactory: as the attributes.
        parsePOSTFormSubmission: whether bodies of POST requests are looked at for `Request.args`.
        args, kwargs: for `http.HTTPFactory`.
    """

    counter = 0
    requestFactory: Any = Request
    displayTracebacks = False
    sessionFactory: Any = Session
    sessionCheckTime = 1800
    isLeaf = 0
    _entropy = staticmethod(os.urandom)

    def __init__(
        self,
        resource: Any,
        requestFactory: Any = None,
        *args: Any,
        parsePOSTFormSubmission: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sessions: dict[bytes, Any] = {}
        self.resource = resource
        self._parsePOSTFormSubmission = parsePOSTFormSubmission
        if requestFactory is not None:
            self.requestFactory = requestFactory

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        for local in ("_logFile", "_logDateTimeCall", "reactor"):
            state.pop(local, None)
        state["sessions"] = {}
        return state

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """
        Args: addr: the client's address.
        Returns: a channel of this site.
        """
        channel = super().buildProtocol(addr)
        channel.requestFactory = self.requestFactory
        channel.site = self
        return channel

    def _mkuid(self) -> bytes:
        """Returns: the id of a new session, which nobody can guess."""
        self.counter += 1
        return hexlify(self._entropy(32))

    def makeSession(self) -> Any:
        """Returns: a new session."""
        uid = self._mkuid()
        session = self.sessions[uid] = self.sessionFactory(self, uid)
        session.startCheckingExpiration()
        return session

    def getSession(self, uid: bytes) -> Any:
        """Returns: the session of this id. Raises: KeyError."""
        return self.sessions[uid]

    def render(self, request: Any) -> None:
        """Send the client to the same place with a slash after it."""
        request.redirect(request.prePathURL() + b"/")
        request.finish()

    def getChildWithDefault(self, pathEl: bytes, request: Any) -> Any:
        """Returns: a child of the resource."""
        return self.resource.getChildWithDefault(pathEl, request)

    def getResourceFor(self, request: Any) -> Any:
        """
        Follow the path of a request.

        Returns: the resource that answers it.
        """
        request.site = self
        # What was found is changed by following on: the site's own path stays as it is.
        request.sitepath = request.prepath[:]
        return getChildForRequest(self.resource, request)

    def acceptableProtocols(self) -> list[bytes]:
        """Returns: what may be negotiated by TLS, the best first."""
        return [b"h2", b"http/1.1"] if http.H2_ENABLED else [b"http/1.1"]
