"""
From what users hand over to a connection for each transport.

There have been three generations: objects that make connections (`IOpenSSLClientConnectionCreator`,
`IOpenSSLServerConnectionCreator`), objects that declare `IOpenSSLContextFactory` and make
contexts, and objects that merely have a ``getContext``. `connectionMaker` makes one thing of all.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
)

from .negotiation import acceptableTo, offer, selectForFactory
from .openssl import SSL

if TYPE_CHECKING:
    from .layer import TLSMemoryBIOProtocol

    Maker = Callable[[TLSMemoryBIOProtocol], SSL.Connection]


class LegacyContextFactoryWarning(Warning):
    """A context factory does not declare what it is, so that mistakes show late."""


def connectionMaker(creator: Any, isClient: bool) -> Maker:
    """
    Make the function that gives each TLS protocol its connection, ready to shake hands.

    Args:
        creator: of any of the three generations.
        isClient: whether the connections begin the handshake.
    Raises:
        TypeError: for what is none of them.
        Exception: whatever ``getContext`` raises; it is called once here, so that a missing key
            shows when a port is opened, not when the first client comes.
    """
    make = _makerOf(creator, isClient)

    def prepared(tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        connection = make(tlsProtocol)
        _rememberProtocol(connection, tlsProtocol)
        if isClient:
            protocols = acceptableTo(tlsProtocol)
            if protocols:
                offer(connection, protocols)
            connection.set_connect_state()
        else:
            connection.set_accept_state()
        return connection

    return prepared


def _rememberProtocol(connection: SSL.Connection, tlsProtocol: TLSMemoryBIOProtocol) -> None:
    """Callbacks of a context find the protocol here, unless its owner keeps something else."""
    kept = getattr(connection, "get_app_data", None)
    if kept is None or kept() is None:
        connection.set_app_data(tlsProtocol)


def _makerOf(creator: Any, isClient: bool) -> Maker:
    if isClient:
        if IOpenSSLClientConnectionCreator.providedBy(creator):
            return lambda tlsProtocol: creator.clientConnectionForTLS(tlsProtocol)
    elif IOpenSSLServerConnectionCreator.providedBy(creator):
        return lambda tlsProtocol: creator.serverConnectionForTLS(tlsProtocol)
    if not IOpenSSLContextFactory.providedBy(creator):
        side = "Client" if isClient else "Server"
        warnings.warn(
            f"{creator!r} does not explicitly provide any OpenSSL connection-creator {side} "
            f"interface; neither IOpenSSL{side}ConnectionCreator, nor IOpenSSLContextFactory.",
            LegacyContextFactoryWarning,
            # The caller of the factory's constructor.
            stacklevel=4,
        )
        if not hasattr(creator, "getContext"):
            raise TypeError(f"{creator!r} does not even have a `getContext` method")
        if not isinstance(creator.getContext(), SSL.Context):
            raise TypeError(f"{creator!r}'s `getContext` method doesn't return a `Context`")
    else:
        creator.getContext()
    return _overContexts(creator, isClient)


def _overContexts(creator: Any, isClient: bool) -> Maker:
    def make(tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        # Asked every time: its certificate may have been renewed.
        context = creator.getContext()
        if not isClient:
            selectForFactory(context, tlsProtocol)
        return SSL.Connection(context, None)

    return make
