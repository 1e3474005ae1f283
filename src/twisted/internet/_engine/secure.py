"""
TCP ports and connectors that speak TLS from the first byte.

What ``reactor.listenSSL`` and ``connectSSL`` make are those of TCP, with a factory that is wrapped.
`Port` and `Connector`, public in ``ssl``, are for who makes them by hand: their connections,
`Server` and `Client`, start TLS before their protocol is told of them, and the protocol has them as
its transport.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import ISSLTransport

from . import connectors, listeners

if TYPE_CHECKING:
    from .connectors import BaseConnector
    from .streams import Connection

__all__ = ["Client", "Connector", "Port", "Server"]


class _Secured:
    """Stands for the protocol until its connection begins: TLS is started before it is told."""

    def __init__(self, protocol: Any, contextFactory: Any) -> None:
        self._protocol = protocol
        self._contextFactory = contextFactory

    def makeConnection(self, connection: Connection) -> None:
        protocol = connection.protocol = self._protocol
        connection.startTLS(self._contextFactory)
        protocol.makeConnection(connection)


@implementer(ISSLTransport)
class Server(listeners.Server):
    """A connection that a `Port` has accepted, with TLS from the first byte."""

    __slots__ = ()

    server: Port

    def _begin(self, loopTransport: Any, protocol: Any) -> None:
        super()._begin(loopTransport, _Secured(protocol, self.server.ctxFactory))

    def getPeerCertificate(self) -> Any:
        """The client's certificate as ``OpenSSL.crypto.X509``; None where it has shown none."""
        return None  # before TLS has begun, which puts its own answer on the instance


class Port(listeners.Port):
    """
    A TCP port whose connections speak TLS.

    Args:
        ctxFactory: such as ``ssl.CertificateOptions(...)``.
        port, factory, backlog, interface, reactor: as for `listeners.Port`.
    """

    _type = "TLS"
    transport = Server

    def __init__(
        self,
        port: int,
        factory: Any,
        ctxFactory: Any,
        backlog: int = 50,
        interface: str = "",
        reactor: Any = None,
    ) -> None:
        self.ctxFactory = ctxFactory
        super().__init__(port, factory, backlog, interface, reactor)


@implementer(ISSLTransport)
class Client(connectors.Client):
    """One try of a `Connector`, and the connection with TLS that comes of it."""

    __slots__ = ("ctxFactory",)

    def __init__(
        self,
        host: str,
        port: int,
        bindAddress: Any,
        ctxFactory: Any,
        connector: BaseConnector,
        reactor: Any = None,
    ) -> None:
        self.ctxFactory = ctxFactory
        super().__init__(host, port, bindAddress, connector, reactor)

    def _begin(self, loopTransport: Any, protocol: Any) -> None:
        super()._begin(loopTransport, _Secured(protocol, self.ctxFactory))

    def getPeerCertificate(self) -> Any:
        """The server's certificate as ``OpenSSL.crypto.X509``; None before it has shown one."""
        return None  # as for `Server`


class Connector(connectors.Connector):
    """
    Connects a factory over TLS.

    Args:
        contextFactory: such as ``ssl.optionsForClientTLS(hostname)``.
        host, port, factory, timeout, bindAddress, reactor: as for `connectors.Connector`.
    """

    def __init__(
        self,
        host: str,
        port: int | str,
        factory: Any,
        contextFactory: Any,
        timeout: float | None,
        bindAddress: Any,
        reactor: Any = None,
    ) -> None:
        self.contextFactory = contextFactory
        super().__init__(host, port, factory, timeout, bindAddress, reactor)

    def _makeTransport(self) -> Client:
        return Client(
            self.host, self.port, self.bindAddress, self.contextFactory, self, self.reactor
        )
