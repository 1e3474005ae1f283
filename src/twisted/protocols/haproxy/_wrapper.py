"""The protocol around the protocol, which takes the header off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet._wrapping import ProtocolWrapper, WrappingFactory
from twisted.internet.endpoints import _WrapperServerEndpoint
from twisted.logger import Logger

from ._exceptions import InvalidProxyHeader
from ._v1parser import V1Parser
from ._v2parser import V2Parser

if TYPE_CHECKING:
    from twisted.internet.interfaces import IStreamServerEndpoint

    from ._info import ProxyInfo

_log = Logger("twisted.protocols.haproxy")


def parserFor(beginning: bytes) -> V1Parser | V2Parser | None:
    """
    Tell the version of a header by its first bytes.

    Returns: a new parser; None where there are too few bytes to know.
    Raises: InvalidProxyHeader.
    """
    if not beginning:
        return None
    for kind in (V1Parser, V2Parser):
        # The versions differ in their first byte.
        if beginning[:1] == kind.prefix[:1]:
            return kind()
    raise InvalidProxyHeader(f"{beginning[:12]!r} begins no PROXY header")


class HAProxyProtocolWrapper(ProtocolWrapper):
    """
    Reads the header, and then passes everything on.

    Until the header has come, peer and host are those of the connection itself. Bytes that are
    no header end the connection.
    """

    _parser: V1Parser | V2Parser | None = None
    _proxyInfo: ProxyInfo | None = None
    _refused = False

    def dataReceived(self, data: bytes) -> None:
        """Pass bytes up, from the header's end on."""
        if self._proxyInfo is not None:
            self.wrappedProtocol.dataReceived(data)
            return
        if self._refused:
            return
        try:
            if self._parser is None:
                self._parser = parserFor(data)
                if self._parser is None:
                    return
            self._proxyInfo, rest = self._parser.feed(data)
        except InvalidProxyHeader as error:
            self._refused = True
            self._parser = None
            _log.warn(
                "Closing the connection from {peer}, which sent no PROXY header: {error}",
                peer=self.transport.getPeer(),
                error=error,
            )
            self.loseConnection()
            return
        if self._proxyInfo is not None:
            self._parser = None
            if rest:
                self.wrappedProtocol.dataReceived(rest)

    def getPeer(self) -> Any:
        """Tell the client's address, if the header gave one."""
        if self._proxyInfo is not None and self._proxyInfo.source is not None:
            return self._proxyInfo.source
        return self.transport.getPeer()

    def getHost(self) -> Any:
        """Tell the address that the client connected to, if the header gave one."""
        if self._proxyInfo is not None and self._proxyInfo.destination is not None:
            return self._proxyInfo.destination
        return self.transport.getHost()


class HAProxyWrappingFactory(WrappingFactory[HAProxyProtocolWrapper]):
    """Builds protocols that begin with a PROXY header."""

    protocol = HAProxyProtocolWrapper


def proxyEndpoint(wrappedEndpoint: IStreamServerEndpoint) -> _WrapperServerEndpoint:
    """
    Listen where a load balancer connects that speaks the PROXY protocol.

    Args:
        wrappedEndpoint: where to listen. Nobody else should be able to connect there.
    Returns: an endpoint whose connections have the client's address as their peer.
    """
    return _WrapperServerEndpoint(wrappedEndpoint, HAProxyWrappingFactory)
