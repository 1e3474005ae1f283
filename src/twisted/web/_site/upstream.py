"""
A route that another server answers.

What belongs to one connection stays there (RFC 9110, section 7.6.1): ``Connection``, what it names,
and its kin. Who asked, and how, the other server learns by ``X-Forwarded-For``, ``-Proto`` and
``-Host``; what a client says in these is believed only of a proxy that the site trusts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.error import ConnectError, DNSLookupError, TimeoutError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._ws.handshake import keyOf
from twisted.web.http_headers import Headers
from twisted.web.pages import errorPage
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

if TYPE_CHECKING:
    from .values import Upstream

__all__ = ["UpstreamResource", "endToEnd", "forwarded", "restOfPath"]

_log = Logger(namespace="twisted.web.proxy")

_HOP: Final = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
_OURS: Final = frozenset(
    (
        b"host",
        b"content-length",
        b"expect",
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"x-forwarded-host",
        b"x-real-ip",
    )
)


def endToEnd(headers: Headers, without: Iterable[bytes] = ()) -> Headers:
    """
    Returns: those headers that are meant for the other end.

    Args:
        without: names, in small letters, of others that are left out.
    """
    named = {
        token.strip().lower()
        for value in headers.getRawHeaders(b"connection") or ()
        for token in value.split(b",")
    }
    dropped = _HOP | named | frozenset(without)
    kept = Headers()
    for name, values in headers.getAllRawHeaders():
        if name.lower() not in dropped:
            kept.setRawHeaders(name, values)
    return kept


def forwarded(request: Any, upstream: Upstream, keepHost: bool) -> Headers:
    """
    Returns: the headers that the other server gets.

    Args:
        request: the client's.
        upstream: the other server.
        keepHost: whether it is told the host that the client asked for.
    """
    headers = endToEnd(request.requestHeaders, _OURS)
    asked = (request.requestHeaders.getRawHeaders(b"host") or [b""])[-1]
    own = upstream.authority.encode("ascii")
    headers.setRawHeaders(b"host", [asked if keepHost and asked else own])
    before = getattr(request, "forwardedFor", ())
    client = getattr(request.client, "host", None) or "unknown"
    chain = b", ".join([*before, str(client).encode("ascii", "replace")])
    headers.setRawHeaders(b"x-forwarded-for", [chain])
    headers.setRawHeaders(b"x-forwarded-proto", [b"https" if request.isSecure() else b"http"])
    if asked:
        headers.setRawHeaders(b"x-forwarded-host", [asked])
    return headers


def restOfPath(request: Any) -> bytes:
    """
    Returns: the path that is left for a route, as the client wrote it, with its query.
    """
    target: bytes = request.uri
    path, question, query = target.partition(b"?")
    if path[:1] != b"/":
        # A target with scheme and host before its path (RFC 9112, section 3.2.2).
        path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
    # A path is cut where the tree of routes cut it: an escaped slash is no place to cut.
    parts = path.split(b"/")[1 + len(request.prepath) :]
    return b"".join(b"/" + part for part in parts) + question + query


class UpstreamResource(Resource):
    """
    Has another server answer.

    Args:
        upstream: the server.
        keepHost: whether it is told the host that the client asked for.
        timeout: seconds that it may take to begin with its answer.
        reactor: for time and connections.
        agent: an `twisted.web.iweb.IAgent`; one with a pool of connections if None.
    """

    isLeaf = True

    def __init__(
        self,
        upstream: Upstream,
        keepHost: bool,
        timeout: float,
        reactor: Any,
        agent: Any = None,
    ) -> None:
        super().__init__()
        self._upstream = upstream
        self._keepHost = keepHost
        self._timeout = timeout
        self._reactor = reactor
        self._agent = agent
        self._url = f"{upstream.scheme}://{upstream.authority}{upstream.path}".encode("ascii")

    def render(self, request: Any) -> int:
        """Ask the other server, and give on its answer."""
        rest = restOfPath(request)
        rest = rest if rest[:1] == b"/" else b"/" + rest
        headers = forwarded(request, self._upstream, self._keepHost)
        key = keyOf(request) if request.requestHeaders.hasHeader(b"upgrade") else None
        if key is not None and hasattr(request.channel, "handOver"):
            from .tunnel import openTunnel

            target = self._upstream.path.encode("ascii") + rest
            openTunnel(request, key, self._upstream, target, headers, self._reactor, self._timeout)
            return NOT_DONE_YET
        if self._agent is None:
            from twisted.web.client import Agent, HTTPConnectionPool

            pool = HTTPConnectionPool(self._reactor)
            self._agent = Agent(self._reactor, connectTimeout=self._timeout, pool=pool)
        exchange = _Exchange(request, self._reactor)
        exchange.begin(self._agent, self._url + rest, headers, self._timeout, self._url)
        return NOT_DONE_YET


class _Exchange:
    """
    One request and its answer, from client to server and back.
    """

    def __init__(self, request: Any, reactor: Any) -> None:
        self._request = request
        self._reactor = reactor
        self._over = False
        self._late = False
        self._relay: _Relay | None = None

    def begin(self, agent: Any, url: bytes, headers: Headers, timeout: float, base: bytes) -> None:
        """Ask; the answer goes to the client when it comes."""
        request = self._request
        self._base = base
        self._route = b"/" + b"/".join(request.prepath)
        self._asking = agent.request(request.method, url, headers, _bodyOf(request))
        self._timer = self._reactor.callLater(timeout, self._giveUp)
        request.notifyFinish().addErrback(self._clientLeft)
        self._asking.addCallbacks(self._answer, self._fail)
        self._asking.addErrback(lambda why: _log.failure("A proxy failed", failure=why))

    def _giveUp(self) -> None:
        self._late = True
        self._asking.cancel()

    def _stopTimer(self) -> None:
        if self._timer.active():
            self._timer.cancel()

    def _clientLeft(self, reason: Failure) -> None:
        self._over = True
        self._stopTimer()
        if self._relay is not None:
            self._relay.giveUp()
        else:
            self._asking.cancel()

    def _fail(self, reason: Failure) -> None:
        self._stopTimer()
        if self._over:
            return
        late = self._late or reason.check(TimeoutError) is not None
        known = reason.check(ConnectError, DNSLookupError) is not None or late
        _log.info(
            "No answer to {method} {uri} from {base}: {why}",
            method=self._request.method,
            uri=self._request.uri,
            base=self._base,
            why=reason.getErrorMessage() if known else repr(reason.value),
        )
        code, brief = (504, "Gateway Timeout") if late else (502, "Bad Gateway")
        page: Any = errorPage(code, brief, "The server behind this one gave no answer.")
        self._request.render(page)

    def _answer(self, response: Any) -> None:
        self._stopTimer()
        if self._over:
            response.deliverBody(_Relay(None))
            return
        request = self._request
        request.setResponseCode(response.code, response.phrase)
        for name, values in endToEnd(response.headers, (b"date", b"server")).getAllRawHeaders():
            if name.lower() == b"location":
                values = [self._here(value) for value in values]
            request.responseHeaders.setRawHeaders(name, values)
        if isinstance(response.length, int) and response.length:
            request.setHeader(b"content-length", b"%d" % response.length)
        # The type is the other server's to say, and where it says nothing, so do we.
        request.defaultContentType = None
        self._relay = _Relay(request)
        response.deliverBody(self._relay)

    def _here(self, location: bytes) -> bytes:
        """The URL of a page of the other server, as clients of this one know it."""
        rest = location[len(self._base) :]
        if not location.startswith(self._base) or rest[:1] not in (b"", b"/", b"?"):
            return location
        return (self._route.rstrip(b"/") + rest) or b"/"


def _bodyOf(request: Any) -> Any:
    """What produces the body of a request; None where it has none."""
    size = request.content.seek(0, 2)
    request.content.seek(0)
    if not size:
        return None
    from twisted.web.client import FileBodyProducer

    return FileBodyProducer(request.content)


class _Relay(Protocol):
    """
    Gives on the body of an answer, no faster than the client takes it.

    Args:
        request: the client's; None to drop all.
    """

    transport: Any

    def __init__(self, request: Any) -> None:
        self._request = request

    def connectionMade(self) -> None:
        if self._request is not None:
            self._request.registerProducer(self.transport, True)

    def dataReceived(self, data: bytes) -> None:
        if self._request is not None:
            self._request.write(data)

    def giveUp(self) -> None:
        """The client is gone."""
        self._request = None
        if self.transport is not None:
            stop = getattr(self.transport, "abortConnection", self.transport.stopProducing)
            stop()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        from twisted.web.client import PotentialDataLoss, ResponseDone

        request, self._request = self._request, None
        if request is None:
            return
        request.unregisterProducer()
        if reason.check(ResponseDone, PotentialDataLoss):
            request.finish()
        else:
            # Half an answer is not to look like a whole one.
            request.loseConnection()
