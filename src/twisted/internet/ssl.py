"""
TLS: what to show, whom to trust, what to speak.

A server shows a certificate, from one PEM file with the key in it::

    identity = ssl.PrivateCertificate.loadPEM(pem)
    reactor.listenSSL(4433, factory, identity.options())

A client says whom it means to talk to, and the platform says whom to believe::

    reactor.connectSSL("example.com", 443, factory, ssl.optionsForClientTLS("example.com"))

Either side can start TLS on a connection that is open: ``transport.startTLS(...)`` with the
same two arguments. This module needs the extra ``tls``: ``pip install torsion[tls]``.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from twisted._faces import handOn

from ._engine.secure import Client as Client
from ._engine.secure import Connector as Connector
from ._engine.secure import Port as Port
from ._engine.secure import Server as Server
from ._sslverify import Certificate as Certificate
from ._sslverify import CertificateRequest as CertificateRequest
from ._sslverify import DistinguishedName as DistinguishedName
from ._sslverify import KeyPair as KeyPair
from ._sslverify import OpenSSLAcceptableCiphers as AcceptableCiphers
from ._sslverify import OpenSSLCertificateOptions as CertificateOptions
from ._sslverify import OpenSSLDefaultPaths as OpenSSLDefaultPaths
from ._sslverify import OpenSSLDiffieHellmanParameters as DiffieHellmanParameters
from ._sslverify import PrivateCertificate as PrivateCertificate
from ._sslverify import TLSVersion as TLSVersion
from ._sslverify import optionsForClientTLS as optionsForClientTLS
from ._sslverify import platformTrust as platformTrust
from ._sslverify import trustRootFromCertificates as trustRootFromCertificates
from ._tls.contexts import ClientContextFactory as ClientContextFactory
from ._tls.contexts import ContextFactory as ContextFactory
from ._tls.contexts import DefaultOpenSSLContextFactory as DefaultOpenSSLContextFactory

if TYPE_CHECKING:
    from ._sslverify import VerificationError as VerificationError

DN = DistinguishedName

supported = True
"""Whether TLS can be used at all; without pyOpenSSL this module cannot even be imported."""


def protocolNegotiationMechanisms() -> Any:
    """Tell by which extensions of TLS a protocol can be agreed on: it is always ALPN."""
    _warn("protocolNegotiationMechanisms")
    return _support().ALPN


@lru_cache(maxsize=1)
def _support() -> Any:
    from constantly import FlagConstant, Flags  # type: ignore[import-untyped]  # it has none

    class ProtocolNegotiationSupport(Flags):  # type: ignore[misc]  # constantly has no types
        """The extensions of TLS by which a protocol can be agreed on."""

        NOSUPPORT = FlagConstant(0)
        NPN = FlagConstant(1)
        ALPN = FlagConstant(2)

    return ProtocolNegotiationSupport


def _warn(name: str, instead: str = "") -> None:
    warnings.warn(
        f"twisted.internet.ssl.{name} was deprecated in Twisted 26.10.0{instead}",
        DeprecationWarning,
        stacklevel=3,
    )


def __getattr__(name: str) -> Any:
    if name == "VerificationError":
        # With it comes a package that servers need not pay for.
        from ._tls.proofs import VerificationError

        return VerificationError
    if name == "SSL":
        from OpenSSL import SSL

        return SSL
    if name != "ProtocolNegotiationSupport":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _warn(
        name,
        ": All supported TLS backends provide ALPN. There is no need to check for support.",
    )
    return _support()


handOn(
    __name__,
    Client,
    ClientContextFactory,
    Connector,
    ContextFactory,
    DefaultOpenSSLContextFactory,
    Port,
    Server,
)

__all__ = [
    "AcceptableCiphers",
    "Certificate",
    "CertificateOptions",
    "CertificateRequest",
    "Client",
    "ClientContextFactory",
    "Connector",
    "ContextFactory",
    "DN",
    "DefaultOpenSSLContextFactory",
    "DiffieHellmanParameters",
    "DistinguishedName",
    "KeyPair",
    "OpenSSLDefaultPaths",
    "Port",
    "PrivateCertificate",
    "Server",
    "TLSVersion",
    "VerificationError",
    "optionsForClientTLS",
    "platformTrust",
    "protocolNegotiationMechanisms",
    "supported",
    "trustRootFromCertificates",
]
