"""
TLS on data connections: up to version 1.2.

With TLS 1.3 a server sends tickets after the handshake. A client that only sends a file does not
read them, and when it closes with bytes unread, the system tells us by a reset, which throws away
the end of the file that was on its way to us. OpenSSL can be told to send no tickets, but pyOpenSSL
cannot tell it so. lftp 4.9 with GnuTLS loses ends of files that way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet._tls.creators import connectionMaker
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator

if TYPE_CHECKING:
    from OpenSSL.SSL import Connection


@implementer(IOpenSSLServerConnectionCreator)
class DataConnectionCreator:
    """Makes connections as a factory's context does, for data."""

    def __init__(self, contextFactory: Any) -> None:
        self._make = connectionMaker(contextFactory, False)

    def serverConnectionForTLS(self, tlsProtocol: Any) -> Connection:
        """See `IOpenSSLServerConnectionCreator`."""
        from OpenSSL import SSL

        connection: Connection = self._make(tlsProtocol)
        connection.set_options(SSL.OP_NO_TLSv1_3)
        return connection
