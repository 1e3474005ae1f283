"""
Contexts for tests of TLS, with a certificate that nobody should trust.
"""

from __future__ import annotations

import os
from typing import Any

from OpenSSL import SSL
from zope.interface import implementer

from twisted.internet import ssl
from twisted.internet.interfaces import IOpenSSLContextFactory

#: The path of a file with a key and a certificate for ``localhost``. Both are public.
certPath: str = os.path.join(os.path.dirname(os.path.abspath(__file__)), "server.pem")


class ClientTLSContext(ssl.ClientContextFactory):
    """Makes contexts for clients that verify nothing."""

    isClient = 1


@implementer(IOpenSSLContextFactory)
class ServerTLSContext:
    """
    Makes contexts for servers.

    Attributes:
        filename: the path of a file with a key and a certificate.
    """

    isClient = 0

    def __init__(self, filename: str | bytes = certPath, method: int | None = None) -> None:
        """
        Args:
            method: one of pyOpenSSL's; None for any version of TLS.
        """
        self.filename = filename
        self._method = SSL.TLS_METHOD if method is None else method

    def getContext(self) -> Any:
        """Make a context."""
        context = SSL.Context(self._method)
        context.use_certificate_file(os.fsdecode(self.filename))
        context.use_privatekey_file(os.fsdecode(self.filename))
        return context


__all__ = ["ClientTLSContext", "ServerTLSContext", "certPath"]
