"""
Which protocol to speak over a connection: ALPN, RFC 7301.

What is acceptable comes from the factory of the protocols, where it provides
IProtocolNegotiationFactory, or else from the options of the connection. A client offers that
list; a server takes the first of its own list that was offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.interfaces import IProtocolNegotiationFactory

from .openssl import SSL


def acceptableTo(tlsProtocol: object, otherwise: Sequence[bytes] | None = None) -> Sequence[bytes]:
    """What the factory within a TLS protocol's factory accepts, best first."""
    factory = getattr(getattr(tlsProtocol, "factory", None), "wrappedFactory", None)
    if IProtocolNegotiationFactory.providedBy(factory):
        accepted: Sequence[bytes] = factory.acceptableProtocols()
        return accepted
    return otherwise or ()


def offer(connection: SSL.Connection, protocols: Sequence[bytes]) -> None:
    """Have a client's connection offer protocols; none at all is no extension."""
    if protocols:
        connection.set_alpn_protos(list(protocols))


def selectBy(context: SSL.Context, otherwise: Sequence[bytes] | None = None) -> None:
    """
    Have the servers of a context choose.

    One callback serves all connections of the context, whatever their factories accept: the
    TLS protocol stands in each connection's application data. (A context cannot be changed
    once there is a connection of it.)
    """

    def select(connection: SSL.Connection, offered: list[bytes]) -> Any:
        wanted = acceptableTo(connection.get_app_data(), otherwise)
        for protocol in wanted:
            if protocol in offered:
                return protocol
        if not wanted:
            # A server that does not negotiate ignores the extension.
            return SSL.NO_OVERLAPPING_PROTOCOLS
        # Section 3.2: the server must end this with a fatal alert.
        raise SSL.Error([("SSL routines", "", "no application protocol")])

    context.set_alpn_select_callback(select)


def selectForFactory(context: SSL.Context, tlsProtocol: object) -> None:
    """The same for a context that is not ours, and only where its factory negotiates."""
    if not acceptableTo(tlsProtocol):
        return
    try:
        selectBy(context)
    except ValueError:
        # It has connections already: the first of them set this, or its owner chose otherwise.
        pass
