"""Whom to trust: the policies for HTTPS."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.web.iweb import IPolicyForHTTPS

if TYPE_CHECKING:
    from twisted.internet.interfaces import IOpenSSLClientConnectionCreator

__all__ = ["BrowserLikePolicyForHTTPS", "HostnameCachingHTTPSPolicy", "WebClientContextFactory"]


def _ssl() -> Any:  # Any: a module, which costs an import of OpenSSL
    """Raises: NotImplementedError where pyOpenSSL is not installed."""
    try:
        from twisted.internet import ssl
    except ImportError:
        raise NotImplementedError(
            "HTTPS needs pyOpenSSL: install torsion[tls], and it will work"
        ) from None
    return ssl


@implementer(IPolicyForHTTPS)
class BrowserLikePolicyForHTTPS:
    """
    Trusts as a browser does: the certificate must be valid for the name in the URI.

    Args: trustRoot: the authorities that count; by default those of the system.
    """

    def __init__(self, trustRoot: Any = None) -> None:
        self._trustRoot = trustRoot

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        """
        Args: hostname: the certificate must be for it; in ASCII.
        Raises: NotImplementedError where pyOpenSSL is not installed.
        """
        creator: IOpenSSLClientConnectionCreator = _ssl().optionsForClientTLS(
            hostname.decode("ascii"), trustRoot=self._trustRoot
        )
        return creator


@implementer(IPolicyForHTTPS)
class HostnameCachingHTTPSPolicy:
    """
    Remembers what another policy said, so that connections to one host share their settings.

    Args:
        policyforHTTPS: asked for each host that is new.
        cacheSize: hosts that are remembered; the one that was not used for longest makes room.
    """

    def __init__(self, policyforHTTPS: IPolicyForHTTPS, cacheSize: int = 20) -> None:
        self._policyForHTTPS = policyforHTTPS
        self._cacheSize = cacheSize
        self._cache: OrderedDict[str, IOpenSSLClientConnectionCreator] = OrderedDict()

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        """As that of the other policy, asked once for each name, whatever the port."""
        host = hostname.decode("ascii")
        creator = self._cache.get(host)
        if creator is None:
            creator = self._policyForHTTPS.creatorForNetloc(hostname, port)
            self._cache[host] = creator
            if len(self._cache) > self._cacheSize:
                self._cache.popitem(last=False)
        else:
            self._cache.move_to_end(host)
        return creator


class WebClientContextFactory:
    """Deprecated: trusts the system's authorities, and looks at no name."""

    def _getCertificateOptions(self, hostname: bytes, port: int) -> Any:
        ssl = _ssl()
        return ssl.CertificateOptions(trustRoot=ssl.platformTrust())

    def getContext(self, hostname: bytes, port: int) -> Any:
        """Returns: a context of pyOpenSSL."""
        return self._getCertificateOptions(hostname, port).getContext()


class _ContextFactoryWithContext:
    """Gives the context that it was given."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def getContext(self) -> Any:
        """Returns: it."""
        return self._context


@implementer(IPolicyForHTTPS)
class _DeprecatedToCurrentPolicyForHTTPS:
    """A policy around what was one before there were policies: ``getContext(hostname, port)``."""

    def __init__(self, webContextFactory: Any) -> None:
        self._webContextFactory = webContextFactory

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
        """Returns: a factory of the one context."""
        return _ContextFactoryWithContext(self._webContextFactory.getContext(hostname, port))
