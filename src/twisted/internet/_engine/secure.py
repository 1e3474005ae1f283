"""TCP ports and connectors that speak TLS from the first byte: the factory is wrapped, no more."""

from __future__ import annotations

from typing import Any

from twisted.internet._tls.layer import TLSMemoryBIOFactory

from .connectors import Connector
from .listeners import Port

__all__ = ["TLSConnector", "TLSPort"]


class TLSPort(Port):
    """
    A TLS port.

    Args:
        ctxFactory: such as ``ssl.CertificateOptions(...)``.
        port, factory, backlog, interface, reactor: as for `Port`.
    """

    _type = "TLS"

    def __init__(
        self,
        port: int,
        factory: Any,
        ctxFactory: Any,
        backlog: int = 50,
        interface: str = "",
        reactor: Any = None,
    ) -> None:
        wrapped = TLSMemoryBIOFactory(ctxFactory, False, factory)
        super().__init__(port, wrapped, backlog, interface, reactor)


class TLSConnector(Connector):
    """
    Connects a factory over TLS.

    Args:
        contextFactory: such as ``ssl.optionsForClientTLS(hostname)``.
        host, port, factory, timeout, bindAddress, reactor: as for `Connector`.
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
        wrapped = TLSMemoryBIOFactory(contextFactory, True, factory)
        super().__init__(host, port, wrapped, timeout, bindAddress, reactor)
