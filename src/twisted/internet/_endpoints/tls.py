"""
Endpoints with TLS.

OpenSSL is a heavy guest: nothing here imports it before a TLS connection or port is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint

from .face import onFace
from .wrapping import _WrapperEndpoint, connectWith

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import (
        IListeningPort,
        IOpenSSLClientConnectionCreator,
        IOpenSSLContextFactory,
        IOpenSSLServerConnectionCreator,
        IProtocol,
        IProtocolFactory,
        IReactorSSL,
        IReactorTime,
    )

__all__ = [
    "SSL4ClientEndpoint",
    "SSL4ServerEndpoint",
    "_TLSServerEndpoint",
    "wrapClientTLS",
    "wrapServerTLS",
]


def _layer(*args: Any) -> Any:  # Any: the class itself costs an import of OpenSSL
    return onFace("TLSMemoryBIOFactory")(*args)


# A name of this module, as it always was one: put None here to act as without OpenSSL.
TLSMemoryBIOFactory: Callable[..., Any] | None = _layer


@implementer(IStreamServerEndpoint)
class SSL4ServerEndpoint:
    """A TCP port that speaks TLS from the first byte."""

    def __init__(
        self,
        reactor: IReactorSSL,
        port: int,
        sslContextFactory: IOpenSSLServerConnectionCreator | IOpenSSLContextFactory,
        backlog: int = 50,
        interface: str = "",
    ) -> None:
        """
        Args:
            port: the port number; 0 lets the system choose.
            sslContextFactory: says which certificate to show, and the like;
                `twisted.internet.ssl.CertificateOptions` as a rule.
            backlog: how many connections may wait to be accepted.
            interface: the local address to bind.
        """
        self._reactor = reactor
        self._port = port
        self._sslContextFactory = sslContextFactory
        self._backlog = backlog
        self._interface = interface

    def __repr__(self) -> str:
        return f"<SSL4ServerEndpoint {self._interface or '*'} port {self._port}>"

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen; fails with `CannotListenError` where the port cannot be had."""
        return execute(
            self._reactor.listenSSL,
            self._port,
            protocolFactory,
            contextFactory=self._sslContextFactory,  # type: ignore[arg-type]  # takes old ones too
            backlog=self._backlog,
            interface=self._interface,
        )


@implementer(IStreamClientEndpoint)
class SSL4ClientEndpoint:
    """A TCP server that speaks TLS from the first byte."""

    def __init__(
        self,
        reactor: IReactorSSL,
        host: str,
        port: int,
        sslContextFactory: IOpenSSLClientConnectionCreator | IOpenSSLContextFactory,
        timeout: float = 30,
        bindAddress: str | tuple[bytes | str, int] | None = None,
    ) -> None:
        """
        Args:
            sslContextFactory: says whom to trust. `twisted.internet.ssl.optionsForClientTLS`
                makes one that checks the server's name; most others do not.
            timeout: seconds for the attempt.
            bindAddress: the local address and port to connect from.
        """
        self._reactor = reactor
        self._host = host
        self._port = port
        self._sslContextFactory = sslContextFactory
        self._timeout = timeout
        self._bindAddress = bindAddress

    def __repr__(self) -> str:
        return f"<SSL4ClientEndpoint {self._host}:{self._port}>"

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; see `IStreamClientEndpoint.connect`. Does not wait for the handshake."""
        return connectWith(
            protocolFactory,
            lambda factory: self._reactor.connectSSL(
                self._host,
                self._port,
                factory,
                self._sslContextFactory,  # type: ignore[arg-type]  # takes old ones too
                timeout=self._timeout,
                bindAddress=self._bindAddress,  # type: ignore[arg-type]  # takes text too
            ),
        )


@implementer(IStreamServerEndpoint)
class _TLSServerEndpoint:
    """TLS over what another server endpoint takes in."""

    def __init__(
        self,
        endpoint: IStreamServerEndpoint,
        connectionCreator: IOpenSSLServerConnectionCreator,
        clock: IReactorTime | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.connectionCreator = connectionCreator
        self.clock = clock

    def __repr__(self) -> str:
        return f"<TLS over {self.endpoint!r}>"

    def listen(self, factory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen as the endpoint below does; ``factory`` speaks inside TLS."""
        layer = _layer(self.connectionCreator, False, factory, self.clock)
        return self.endpoint.listen(layer)


def wrapClientTLS(
    connectionCreator: IOpenSSLClientConnectionCreator,
    wrappedEndpoint: IStreamClientEndpoint,
    clock: IReactorTime | None = None,
) -> _WrapperEndpoint:
    """
    Put TLS over a client endpoint.

    Args:
        connectionCreator: whom to trust; made by `twisted.internet.ssl.optionsForClientTLS`.
        wrappedEndpoint: what carries the encrypted bytes.
        clock: times the layer's writes; by default the installed reactor.
    Returns: an endpoint whose ``connect`` gives the user's protocol, connected through TLS.
        It does not wait for the handshake.
    Raises: NotImplementedError where pyOpenSSL is not installed.
    """
    if TLSMemoryBIOFactory is None or onFace("TLSMemoryBIOFactory") is None:
        raise NotImplementedError("OpenSSL not available: TLS needs `pip install torsion[tls]`")
    return _WrapperEndpoint(
        wrappedEndpoint,
        lambda protocolFactory: _layer(connectionCreator, True, protocolFactory, clock),
    )


def wrapServerTLS(
    connectionCreator: IOpenSSLServerConnectionCreator,
    wrappedEndpoint: IStreamServerEndpoint,
    clock: IReactorTime | None = None,
) -> _TLSServerEndpoint:
    """
    Put TLS over a server endpoint.

    Args:
        connectionCreator: which certificate to show.
        wrappedEndpoint: what takes the encrypted bytes in.
        clock: times the layer's writes; by default the installed reactor.
    """
    return _TLSServerEndpoint(wrappedEndpoint, connectionCreator, clock)
