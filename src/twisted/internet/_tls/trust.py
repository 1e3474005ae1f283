"""Whom to trust: what decides that a chain of certificates ends well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zope.interface import Interface, implementer

from .openssl import SSL


class IOpenSSLTrustRoot(Interface):
    """
    A source of trust. `Certificate` adapts to it: it then trusts what that certificate signed,
    and itself.
    """

    def _addCACertsToContext(context: SSL.Context) -> None:
        """Add the trusted certificates to a context that is being made."""


@implementer(IOpenSSLTrustRoot)
class OpenSSLCertificateAuthorities:
    """Trust these authorities, and no others."""

    def __init__(self, caCerts: Iterable[Any]) -> None:
        """
        Args:
            caCerts: ``OpenSSL.crypto.X509`` objects.
        """
        self._caCerts = list(caCerts)

    def _addCACertsToContext(self, context: Any) -> None:
        store = context.get_cert_store()
        for certificate in self._caCerts:
            store.add_cert(certificate)


@implementer(IOpenSSLTrustRoot)
class OpenSSLDefaultPaths:
    """
    Trust whom OpenSSL's own configuration trusts.

    That is a file and a directory which were chosen when OpenSSL was built, unless the
    environment has ``SSL_CERT_FILE`` or ``SSL_CERT_DIR``; pyOpenSSL looks in the usual places of
    systems too.
    """

    def _addCACertsToContext(self, context: Any) -> None:
        context.set_default_verify_paths()


def platformTrust() -> Any:
    """
    Trust whom this platform trusts.

    Returns: a value for ``trustRoot``. On Linux it is the distribution's set of authorities.
    """
    return OpenSSLDefaultPaths()
