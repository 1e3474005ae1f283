"""Which proxy is for whom, and how to get to somebody through it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from twisted.internet import endpoints
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers

from .tunnels import ConnectTunnel, SOCKS5Tunnel, TunnelEndpoint, basicCredentials
from .uri import URI

if TYPE_CHECKING:
    from twisted.internet.interfaces import IStreamClientEndpoint
    from twisted.web.iweb import IAgentEndpointFactory, IPolicyForHTTPS

__all__ = ["Proxy", "chooseProxy", "proxiesOfEnvironment"]

_schemes = {b"http": 80, b"https": 443, b"socks5": 1080, b"socks5h": 1080}


def proxiesOfEnvironment() -> dict[str, str]:
    """
    Returns: the proxies that ``http_proxy``, ``https_proxy``, ``all_proxy`` and ``no_proxy`` name.
        ``HTTP_PROXY`` is not looked at in a CGI program, where it comes from the client
        (CVE-2016-1000111).
    """
    from urllib.request import getproxies_environment

    return dict(getproxies_environment())


def chooseProxy(proxies: Mapping[str, str], uri: URI) -> str | None:
    """
    Args: proxies: by scheme, or by ``all``; ``no`` has the hosts that need none, with commas.
    Returns: the proxy for ``uri``, or None.
    """
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # it is there

    found = proxies.get(uri.scheme.decode("ascii")) or proxies.get("all")
    host = uri.host.decode("ascii")
    if not found or proxy_bypass_environment(f"{host}:{uri.port}", dict(proxies)):
        return None
    return found


class Proxy:
    """
    One proxy.

    Args: url: ``http://user:password@host:3128``; ``https``, ``socks5`` and ``socks5h`` as well.
        Names of hosts are always left to a SOCKS proxy. Without a scheme it is ``http``.
    Raises: SchemeNotSupported.
    """

    def __init__(self, url: str) -> None:
        whole = url.encode("ascii")
        if b"://" not in whole:
            whole = b"http://" + whole
        scheme, _, rest = whole.partition(b"://")
        place = rest.split(b"/")[0]
        user, at, netloc = place.rpartition(b"@")
        scheme = scheme.lower()
        if scheme not in _schemes:
            raise SchemeNotSupported(f"a proxy cannot be reached by {scheme!r}: {netloc!r}")
        self.uri = URI.fromBytes(scheme + b"://" + netloc, _schemes[scheme])
        self._credentials: tuple[bytes, bytes] | None = None
        if at:
            name, _, password = user.partition(b":")
            self._credentials = (unquote_to_bytes(name), unquote_to_bytes(password))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.uri.toBytes().decode('ascii')}>"

    @property
    def isSOCKS(self) -> bool:
        """Whether it makes connections and knows nothing of HTTP."""
        return self.uri.scheme.startswith(b"socks")

    @property
    def key(self) -> Hashable:
        """Says who it is, and who we are to it."""
        return (self.uri.toBytes(), self._credentials)

    def headers(self) -> Headers:
        """Returns: what is for the proxy alone."""
        headers = Headers()
        if self._credentials is not None:
            headers.addRawHeader(b"Proxy-Authorization", basicCredentials(*self._credentials))
        return headers

    def endpoint(self, direct: IAgentEndpointFactory) -> IStreamClientEndpoint:
        """
        Args: direct: connects without a proxy.
        Returns: what connects to this one.
        """
        if not self.isSOCKS:
            return direct.endpointForURI(self.uri)
        uri = self.uri
        return direct.endpointForURI(
            URI(b"http", uri.netloc, uri.host, uri.port, b"", b"", b"", b"")
        )

    def endpointThrough(
        self, reactor: Any, direct: IAgentEndpointFactory, policy: IPolicyForHTTPS, uri: URI
    ) -> IStreamClientEndpoint:
        """Returns: what connects to the host of ``uri`` through this, with TLS for ``https``."""

        def makeTunnel() -> ConnectTunnel | SOCKS5Tunnel:
            if self.isSOCKS:
                return SOCKS5Tunnel(uri.host, uri.port, self._credentials)
            return ConnectTunnel(uri.host, uri.port, self.headers())

        through = TunnelEndpoint(reactor, self.endpoint(direct), makeTunnel)
        return secured(through, policy, uri)


def secured(
    endpoint: IStreamClientEndpoint, policy: IPolicyForHTTPS, uri: URI
) -> IStreamClientEndpoint:
    """Returns: ``endpoint``, with TLS over it if ``uri`` wants that."""
    if uri.scheme != b"https":
        return endpoint
    creator = policy.creatorForNetloc(uri.host, uri.port)
    wrapped: IStreamClientEndpoint = endpoints.wrapClientTLS(creator, endpoint)
    return wrapped
