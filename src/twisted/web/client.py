"""
HTTP as a client speaks it: agents send requests, and others around them follow redirects, keep
cookies, decode bodies, or go through a proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from warnings import warn

from zope.interface import implementer

from twisted._faces import handOn
from twisted.internet.defer import Deferred, fail
from twisted.python.deprecate import deprecatedModuleAttribute
from twisted.python.failure import Failure
from twisted.python.versions import Version
from twisted.web._client.bodies import FileBodyProducer, PartialDownloadError, readBody
from twisted.web._client.bodies import _ReadBodyProtocol as _ReadBodyProtocol
from twisted.web._client.connection import HTTP11ClientProtocol as HTTP11ClientProtocol
from twisted.web._client.cookies import CookieAgent
from twisted.web._client.cookies import _FakeStdlibRequest as _FakeStdlibRequest
from twisted.web._client.cookies import _FakeStdlibResponse as _FakeStdlibResponse
from twisted.web._client.decoding import ContentDecoderAgent, GzipDecoder
from twisted.web._client.decoding import TooMuchDecoded as TooMuchDecoded
from twisted.web._client.decoding import _GzipProtocol as _GzipProtocol
from twisted.web._client.endpoints import _StandardEndpointFactory as _StandardEndpointFactory
from twisted.web._client.errors import (
    RequestGenerationFailed,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
    StreamReset,
)
from twisted.web._client.errors import RequestNotSent as RequestNotSent
from twisted.web._client.phases import PhaseReached, Trace, TracedEndpoint
from twisted.web._client.policies import (
    BrowserLikePolicyForHTTPS,
    HostnameCachingHTTPSPolicy,
    WebClientContextFactory,
    _DeprecatedToCurrentPolicyForHTTPS,
)
from twisted.web._client.policies import _ContextFactoryWithContext as _ContextFactoryWithContext
from twisted.web._client.pool import HTTPConnectionPool
from twisted.web._client.pool import _HTTP11ClientFactory as _HTTP11ClientFactory
from twisted.web._client.pool import _RetryingHTTP11ClientProtocol as _RetryingHTTP11ClientProtocol
from twisted.web._client.proxies import Proxy, chooseProxy, proxiesOfEnvironment, secured
from twisted.web._client.redirects import BrowserLikeRedirectAgent, RedirectAgent
from twisted.web._client.request import Request, _ensureValidMethod, _ensureValidURI
from twisted.web._client.response import Response
from twisted.web._client.tunnels import (
    ConnectTunnel,
    SOCKS5Tunnel,
    TunnelEndpoint,
    TunnelRefused,
)
from twisted.web._client.uri import URI
from twisted.web._client.uri import _urljoin as _urljoin
from twisted.web._client.uri import urlunparse as urlunparse
from twisted.web._http.coding import PotentialDataLoss as PotentialDataLoss
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IPolicyForHTTPS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from typing_extensions import Self

    from twisted.internet.interfaces import IStreamClientEndpoint
    from twisted.web.iweb import IAgentEndpointFactory, IBodyProducer, IResponse

__all__ = [
    "URI",
    "Agent",
    "BrowserLikePolicyForHTTPS",
    "BrowserLikeRedirectAgent",
    "ConnectTunnel",
    "ContentDecoderAgent",
    "CookieAgent",
    "FileBodyProducer",
    "GzipDecoder",
    "HTTPConnectionPool",
    "HostnameCachingHTTPSPolicy",
    "PartialDownloadError",
    "PhaseReached",
    "ProxyAgent",
    "ProxyingAgent",
    "RedirectAgent",
    "RequestGenerationFailed",
    "RequestTransmissionFailed",
    "Response",
    "ResponseDone",
    "ResponseFailed",
    "ResponseNeverReceived",
    "SOCKS5Tunnel",
    "StreamReset",
    "TooMuchDecoded",
    "TunnelEndpoint",
    "TunnelRefused",
    "readBody",
]

# The agents stand here and in no room of their own: programs put another URI, or another Request,
# in the place of the name in this module.

_usualPorts = {b"http": 80, b"https": 443}


class _AgentBase:
    """
    What agents have in common: a pool, and how a request is put together.

    Args:
        reactor: for the pool that is made if there is none.
        pool: keeps connections; by default none are kept.

    Attributes:
        phaseObserver: called with each `PhaseReached` of each request, or None.
    """

    phaseObserver: Callable[[PhaseReached], object] | None = None

    def __init__(self, reactor: Any, pool: HTTPConnectionPool | None) -> None:
        self._reactor = reactor
        self._pool = HTTPConnectionPool(reactor, False) if pool is None else pool

    def _computeHostValue(self, scheme: bytes, host: bytes, port: int) -> bytes:
        """Returns: what ``Host`` says of a place (RFC 9110, section 7.2)."""
        if b":" in host:
            host = b"[%b]" % host
        if _usualPorts.get(scheme) == port:
            return host
        return b"%b:%d" % (host, port)

    def _requestWithEndpoint(
        self,
        key: Hashable,
        endpoint: IStreamClientEndpoint,
        method: bytes,
        parsedURI: URI,
        headers: Headers | None,
        bodyProducer: IBodyProducer | None,
        requestPath: bytes,
    ) -> Deferred[IResponse]:
        """
        Send a request by a connection of the pool.

        Args:
            key: for the pool.
            endpoint: for the pool.
            requestPath: the target, as the first line has it.
        """
        if not isinstance(method, bytes):
            raise TypeError(f"a method was given as {type(method).__name__}: it is bytes")
        method = _ensureValidMethod(method)
        if headers is None:
            headers = Headers()
        if b"Host" not in headers._rawHeaders:
            headers = headers.copy()
            host = self._computeHostValue(parsedURI.scheme, parsedURI.host, parsedURI.port)
            headers._rawHeaders[b"Host"] = [host]
        request = Request._construct(
            method,
            requestPath,
            headers,
            bodyProducer,
            persistent=self._pool.persistent,
            parsedURI=parsedURI,
        )
        if self.phaseObserver is not None:
            request._trace = Trace(self.phaseObserver, self._reactor.seconds, request)
            endpoint = TracedEndpoint(endpoint, request._trace)
        connecting: Deferred[Any] = self._pool.getConnection(key, endpoint)
        if connecting.called and not connecting.paused:
            # It was kept: two Deferreds need not be tied together.
            connection = connecting.result
            if not isinstance(connection, (Failure, Deferred)):
                return _send(connection, request)
        return connecting.addCallback(_send, request)


def _send(connection: Any, request: Request) -> Deferred[IResponse]:
    answer: Deferred[IResponse] = connection.request(request)
    return answer


@implementer(IAgent)
class Agent(_AgentBase):
    """
    Sends requests to whatever server their URI names, by HTTP or HTTPS.

    Args:
        reactor: has the names resolved, and connects.
        contextFactory: the policy for HTTPS: whom to trust.
        connectTimeout: seconds for each attempt to connect; 30 by default.
        bindAddress: the address to connect from, or None.
        pool: keeps connections for the next request; by default none are kept.
    """

    def __init__(
        self,
        reactor: Any,
        contextFactory: IPolicyForHTTPS = BrowserLikePolicyForHTTPS(),  # noqa: B008  # it is constant
        connectTimeout: float | None = None,
        bindAddress: bytes | None = None,
        pool: HTTPConnectionPool | None = None,
    ) -> None:
        if not IPolicyForHTTPS.providedBy(contextFactory):
            warn(
                f"An Agent was given {contextFactory!r} for contextFactory: what it takes there is "
                "a policy that provides IPolicyForHTTPS, such as BrowserLikePolicyForHTTPS()",
                DeprecationWarning,
                stacklevel=2,
            )
            contextFactory = _DeprecatedToCurrentPolicyForHTTPS(contextFactory)
        endpoints = _StandardEndpointFactory(reactor, contextFactory, connectTimeout, bindAddress)
        self._init(reactor, endpoints, pool)

    @classmethod
    def usingEndpointFactory(
        cls,
        reactor: Any,
        endpointFactory: IAgentEndpointFactory,
        pool: HTTPConnectionPool | None = None,
    ) -> Self:
        """
        Args: endpointFactory: says how to connect for a URI.
        Returns: an agent that connects that way.
        """
        agent = cls.__new__(cls)
        agent._init(reactor, endpointFactory, pool)
        return agent

    def _init(
        self, reactor: Any, endpointFactory: IAgentEndpointFactory, pool: HTTPConnectionPool | None
    ) -> None:
        _AgentBase.__init__(self, reactor, pool)
        self._endpointFactory = endpointFactory

    def _getEndpoint(self, uri: URI) -> IStreamClientEndpoint:
        """Returns: where to connect for ``uri``."""
        return self._endpointFactory.endpointForURI(uri)

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """
        Send a request to the server that ``uri`` names.

        Args:
            method: such as ``b"GET"``.
            uri: all of it, in ASCII.
            headers: to be sent; ``Host`` is added if it is not there.
            bodyProducer: writes the body, or None.
        Returns: fires with the `Response` when its headers have come. It fails with
            `SchemeNotSupported`, with what connecting fails with, or with `ResponseFailed` and its
            like. Cancelling it closes the connection.
        Raises: ValueError for a method or a URI that cannot be; TypeError for what is not bytes.
        """
        uri = _ensureValidURI(uri.strip())
        _ensureValidMethod(method)
        parsed = URI.fromBytes(uri)
        try:
            endpoint = self._getEndpoint(parsed)
        except SchemeNotSupported:
            return fail(Failure())
        key = (parsed.scheme, parsed.host, parsed.port)
        return self._requestWithEndpoint(
            key, endpoint, method, parsed, headers, bodyProducer, parsed.originForm
        )


@implementer(IAgent)
class ProxyAgent(_AgentBase):
    """
    Sends all requests to one proxy, which sends them on. What is for ``https`` goes through a
    tunnel, into which the proxy cannot look.

    Args:
        endpoint: connects to the proxy.
        reactor: for the pool that is made if there is none; by default the global one.
        pool: keeps connections for the next request; by default none are kept.

    Attributes:
        policyForHTTPS: whom to trust behind a tunnel.
    """

    policyForHTTPS: IPolicyForHTTPS = BrowserLikePolicyForHTTPS()

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        reactor: Any = None,
        pool: HTTPConnectionPool | None = None,
    ) -> None:
        if reactor is None:
            from twisted.internet import reactor
        _AgentBase.__init__(self, reactor, pool)
        self._proxyEndpoint = endpoint

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """As `Agent.request`; what can be wrong with connecting is what is wrong with the proxy."""
        uri = _ensureValidURI(uri.strip())
        parsed = URI.fromBytes(uri)
        proxy = self._proxyEndpoint
        if parsed.scheme != b"https":
            # Whoever is behind it: connections to one proxy are all alike.
            return self._requestWithEndpoint(
                ("http-proxy", proxy), proxy, method, parsed, headers, bodyProducer, uri
            )
        host, port = parsed.host, parsed.port
        tunnel = TunnelEndpoint(self._reactor, proxy, lambda: ConnectTunnel(host, port))
        return self._requestWithEndpoint(
            ("through", proxy, parsed.scheme, host, port),
            secured(tunnel, self.policyForHTTPS, parsed),
            method,
            parsed,
            headers,
            bodyProducer,
            parsed.originForm,
        )


class ProxyingAgent(Agent):
    """
    Sends requests as `Agent` does, some of them through proxies: by HTTP, with tunnels for
    ``https``, or by SOCKS 5.

    Args:
        reactor, contextFactory, connectTimeout, bindAddress, pool: as `Agent` takes them.
        proxies: the URL of the proxy for each scheme, or for ``all``; ``no`` has the hosts that
            need none, with commas between them. By default what ``http_proxy``, ``https_proxy``,
            ``all_proxy`` and ``no_proxy`` of the environment say.
    Raises: SchemeNotSupported for a proxy that is reached in another way.
    """

    def __init__(
        self,
        reactor: Any,
        contextFactory: IPolicyForHTTPS = BrowserLikePolicyForHTTPS(),  # noqa: B008  # it is constant
        connectTimeout: float | None = None,
        bindAddress: bytes | None = None,
        pool: HTTPConnectionPool | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        Agent.__init__(self, reactor, contextFactory, connectTimeout, bindAddress, pool)
        standard: Any = self._endpointFactory
        self._policyForHTTPS = standard._policyForHTTPS
        self._proxies = proxiesOfEnvironment() if proxies is None else dict(proxies)
        self._known = {url: Proxy(url) for scheme, url in self._proxies.items() if scheme != "no"}

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """As `Agent.request`; fails with `TunnelRefused` where a proxy opens no tunnel."""
        uri = _ensureValidURI(uri.strip())
        _ensureValidMethod(method)
        parsed = URI.fromBytes(uri)
        chosen = chooseProxy(self._proxies, parsed)
        if chosen is None or parsed.scheme not in _usualPorts:
            return super().request(method, uri, headers, bodyProducer)
        proxy = self._known[chosen]
        if proxy.isSOCKS or parsed.scheme == b"https":
            key: Hashable = ("through", proxy.key, parsed.scheme, parsed.host, parsed.port)
            endpoint = proxy.endpointThrough(
                self._reactor, self._endpointFactory, self._policyForHTTPS, parsed
            )
            target = parsed.originForm
        else:
            key, endpoint, target = (
                ("http-proxy", proxy.key),
                proxy.endpoint(self._endpointFactory),
                uri,
            )
            headers = Headers() if headers is None else headers.copy()
            for name, values in proxy.headers().getAllRawHeaders():
                headers.setRawHeaders(name, values)
        return self._requestWithEndpoint(
            key, endpoint, method, parsed, headers, bodyProducer, target
        )


handOn(
    __name__,
    BrowserLikePolicyForHTTPS,
    BrowserLikeRedirectAgent,
    ContentDecoderAgent,
    CookieAgent,
    FileBodyProducer,
    GzipDecoder,
    HTTPConnectionPool,
    HostnameCachingHTTPSPolicy,
    PartialDownloadError,
    PhaseReached,
    RedirectAgent,
    SOCKS5Tunnel,
    StreamReset,
    ConnectTunnel,
    TunnelEndpoint,
    TunnelRefused,
    TooMuchDecoded,
    URI,
    WebClientContextFactory,
    _GzipProtocol,
    _HTTP11ClientFactory,
    _RetryingHTTP11ClientProtocol,
    _StandardEndpointFactory,
    readBody,
    urlunparse,
)

deprecatedModuleAttribute(
    Version("Twisted", 14, 0, 0),
    "please use twisted.web.client.BrowserLikePolicyForHTTPS instead",
    __name__,
    "WebClientContextFactory",
)
