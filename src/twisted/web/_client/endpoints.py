"""Where to connect for a URI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import endpoints
from twisted.web.error import SchemeNotSupported
from twisted.web.iweb import IAgentEndpointFactory

from .policies import BrowserLikePolicyForHTTPS, HostnameCachingHTTPSPolicy

if TYPE_CHECKING:
    from twisted.internet.interfaces import IStreamClientEndpoint
    from twisted.web.iweb import IPolicyForHTTPS

    from .uri import URI

__all__ = ["_StandardEndpointFactory"]

# These say the same each time, so that what they said can be used again.
_constant = (BrowserLikePolicyForHTTPS, HostnameCachingHTTPSPolicy)


@implementer(IAgentEndpointFactory)
class _StandardEndpointFactory:
    """
    Connects to the host of a URI, with TLS for ``https``.

    Args:
        reactor: has the names resolved, and connects.
        contextFactory: the policy for HTTPS.
        connectTimeout: seconds for each attempt, or None for the endpoint's own.
        bindAddress: the address to connect from, or None.

    Attributes:
        mostRemembered: endpoints that are kept for the next request to the same place: making one
            for TLS takes longer than a request does.
    """

    mostRemembered = 100

    def __init__(
        self,
        reactor: Any,
        contextFactory: IPolicyForHTTPS,
        connectTimeout: float | None,
        bindAddress: Any,
    ) -> None:
        self._reactor = reactor
        self._policyForHTTPS = contextFactory
        self._connectTimeout = connectTimeout
        self._bindAddress = bindAddress
        self._remembered: dict[tuple[bytes, bytes, int], IStreamClientEndpoint] = {}

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        """
        Raises:
            SchemeNotSupported: for anything but ``http`` and ``https``.
            ValueError: for a host that is not ASCII.
        """
        key = (uri.scheme, uri.host, uri.port)
        found = self._remembered.get(key)
        if found is not None:
            return found
        endpoint = self._endpointTo(uri)
        if uri.scheme == b"http" or type(self._policyForHTTPS) in _constant:
            if len(self._remembered) >= self.mostRemembered:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[key] = endpoint
        return endpoint

    def _endpointTo(self, uri: URI) -> IStreamClientEndpoint:
        try:
            host = uri.host.decode("ascii")
        except UnicodeDecodeError:
            raise ValueError(
                f"The host of the provided URI ({uri.host!r}) contains non-ASCII octets, "
                "it should be ASCII decodable."
            ) from None
        settings: dict[str, Any] = {"bindAddress": self._bindAddress}
        if self._connectTimeout is not None:
            settings["timeout"] = self._connectTimeout
        # By the module: programs replace the name there.
        endpoint = endpoints.HostnameEndpoint(self._reactor, host, uri.port, **settings)
        if uri.scheme == b"http":
            return endpoint
        if uri.scheme == b"https":
            creator = self._policyForHTTPS.creatorForNetloc(uri.host, uri.port)
            secured: IStreamClientEndpoint = endpoints.wrapClientTLS(creator, endpoint)
            return secured
        raise SchemeNotSupported(f"Unsupported scheme: {uri.scheme!r}")
