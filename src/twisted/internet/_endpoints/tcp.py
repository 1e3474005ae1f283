"""TCP endpoints, over IPv4 and IPv6."""

from __future__ import annotations

from socket import AF_INET6, SOCK_STREAM, gaierror, getaddrinfo
from typing import TYPE_CHECKING, Any, ClassVar, cast

from zope.interface import implementer

from twisted.internet._resolver import firstAddress
from twisted.internet.abstract import isIPv6Address
from twisted.internet.address import HostnameAddress, IPv6Address
from twisted.internet.defer import CancelledError, Deferred, execute
from twisted.internet.error import ConnectingCancelledError, DNSLookupError
from twisted.internet.interfaces import (
    IReactorPluggableNameResolver,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
)
from twisted.internet.threads import deferToThread

from .wrapping import connectWith

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet._resolver import AddressInfo
    from twisted.internet.interfaces import (
        Binding,
        IListeningPort,
        IProtocol,
        IProtocolFactory,
        IReactorTCP,
    )
    from twisted.python.failure import Failure

__all__ = [
    "TCP4ClientEndpoint",
    "TCP4ServerEndpoint",
    "TCP6ClientEndpoint",
    "TCP6ServerEndpoint",
]


@implementer(IStreamServerEndpoint)
class _TCPServerEndpoint:
    """A TCP port to listen at."""

    def __init__(self, reactor: IReactorTCP, port: int, backlog: int, interface: str) -> None:
        """
        Args:
            port: the port number; 0 lets the system choose.
            backlog: how many connections may wait to be accepted.
            interface: the local address to bind.
        """
        self._reactor = reactor
        self._port = port
        self._backlog = backlog
        self._interface = interface

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._interface or '*'} port {self._port}>"

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen; fails with `CannotListenError` where the port cannot be had."""
        return execute(
            self._reactor.listenTCP,
            self._port,
            protocolFactory,
            backlog=self._backlog,
            interface=self._interface,
        )


class TCP4ServerEndpoint(_TCPServerEndpoint):
    """A TCP port on IPv4."""

    def __init__(
        self, reactor: IReactorTCP, port: int, backlog: int = 50, interface: str = ""
    ) -> None:
        super().__init__(reactor, port, backlog, interface)


class TCP6ServerEndpoint(_TCPServerEndpoint):
    """A TCP port on IPv6; on most systems ``::`` takes IPv4 connections as well."""

    def __init__(
        self, reactor: IReactorTCP, port: int, backlog: int = 50, interface: str = "::"
    ) -> None:
        super().__init__(reactor, port, backlog, interface)


class _TCPClientEndpoint:
    """The place of a TCP server."""

    def __init__(
        self,
        reactor: IReactorTCP,
        host: str,
        port: int,
        timeout: float = 30,
        bindAddress: Binding | str | tuple[bytes | str, int] | None = None,
    ) -> None:
        """
        Args:
            timeout: seconds for one attempt, not counting the look-up of a name.
            bindAddress: the local address and port to connect from.
        """
        self._reactor = reactor
        self._host = host
        self._port = port
        self._timeout = timeout
        self._bindAddress = bindAddress

    def __repr__(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"<{type(self).__name__} {host}:{self._port}>"

    def _connectTo(self, host: str, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        # The reactor takes every form of binding; its interface names the common one.
        binding = cast("tuple[str, int] | None", self._bindAddress)
        return connectWith(
            protocolFactory,
            lambda factory: self._reactor.connectTCP(
                host, self._port, factory, timeout=self._timeout, bindAddress=binding
            ),
        )


@implementer(IStreamClientEndpoint)
class TCP4ClientEndpoint(_TCPClientEndpoint):
    """A TCP server with an IPv4 address. A host name is looked up for one by the reactor."""

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; see `IStreamClientEndpoint.connect`."""
        return self._connectTo(self._host, protocolFactory)


@implementer(IStreamClientEndpoint)
class TCP6ClientEndpoint(_TCPClientEndpoint):
    """
    A TCP server with an IPv6 address. A host name is looked up for IPv6 addresses only, of
    which the first one counts; `HostnameEndpoint` tries them all.
    """

    _getaddrinfo: ClassVar[Callable[..., Sequence[AddressInfo]]] = staticmethod(getaddrinfo)
    _deferToThread: ClassVar[Callable[..., Deferred[Any]]] = staticmethod(deferToThread)  # type: ignore[arg-type]  # mypy cannot keep its parameters

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; fails with `DNSLookupError` for a name that has no IPv6 address."""
        if isIPv6Address(self._host):
            return self._connectTo(self._host, protocolFactory)
        looking: Deferred[Any] = self._nameResolution(self._host)
        connecting: Deferred[Any] = looking.addCallbacks(self._firstHost, self._notFound)
        return connecting.addCallback(self._connectTo, protocolFactory)

    def _nameResolution(self, host: str) -> Deferred[Sequence[AddressInfo]]:
        """Find rows as getaddrinfo gives them."""
        replaced = self._deferToThread is not deferToThread
        if not replaced and IReactorPluggableNameResolver.providedBy(self._reactor):
            resolver = IReactorPluggableNameResolver(self._reactor).nameResolver
            return firstAddress(resolver, host, IPv6Address).addCallback(
                lambda found: [(AF_INET6, SOCK_STREAM, 0, "", (found, 0, 0, 0))]
            )
        return self._deferToThread(self._getaddrinfo, host, 0, AF_INET6)

    def _firstHost(self, rows: Sequence[AddressInfo]) -> str:
        if not rows:
            raise DNSLookupError(f"{self._host!r} has no IPv6 address")
        return str(rows[0][4][0])

    def _notFound(self, failure: Failure) -> Failure:
        if failure.check(CancelledError):
            host = self._host.encode("ascii", "backslashreplace")
            raise ConnectingCancelledError(HostnameAddress(host, self._port))
        if failure.check(gaierror):
            raise DNSLookupError(f"{self._host!r} has no IPv6 address: {failure.value}")
        return failure
