"""Bounds on the number of connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet._wrapping import ProtocolWrapper, WrappingFactory
from twisted.internet.protocol import ServerFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IAddress


class LimitTotalConnectionsFactory(ServerFactory[Any]):
    """
    A factory for at most so many connections at a time.

    Attributes:
        connectionCount: how many there are, those with an overflow protocol included.
        connectionLimit: how many there may be, or None for any number.
        overflowProtocol: makes the protocol for those that are too many, to tell them so; None
            closes them without a word.
    """

    connectionCount: int = 0
    connectionLimit: int | None = None
    overflowProtocol: Callable[[], Any] | None = None

    def buildProtocol(self, addr: IAddress | None) -> ProtocolWrapper | None:
        """Build a protocol, or an overflow protocol, or none."""
        full = self.connectionLimit is not None and self.connectionCount >= self.connectionLimit
        make = self.overflowProtocol if full else self.protocol
        if make is None:
            return None
        inner = make()
        inner.factory = self
        self.connectionCount += 1
        return ProtocolWrapper(self, inner)  # type: ignore[arg-type]  # it registers likewise

    def registerProtocol(self, p: ProtocolWrapper) -> None:
        """Nothing to do: it was counted when it was built."""

    def unregisterProtocol(self, p: ProtocolWrapper) -> None:
        """A connection is lost."""
        self.connectionCount -= 1


def _hostOf(address: Any) -> Any:
    """What connections of one peer have in common: a host, a path, or the address itself."""
    for attribute in ("host", "name"):
        if hasattr(address, attribute):
            return getattr(address, attribute)
    return address[0] if isinstance(address, tuple) else address


class LimitConnectionsByPeer(WrappingFactory[Any]):
    """
    A factory for at most so many connections from one host at a time.

    Attributes:
        maxConnectionsPerPeer: how many there may be.
        peerConnections: how many there are, by host.
    """

    maxConnectionsPerPeer: int = 5
    peerConnections: dict[Any, int]

    def startFactory(self) -> None:
        """Begin to count."""
        self.peerConnections = {}

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Build a protocol, or none if its peer has enough connections."""
        host = _hostOf(addr)
        count = self.peerConnections.get(host, 0)
        if count >= self.maxConnectionsPerPeer:
            return None
        built = WrappingFactory.buildProtocol(self, addr)
        if built is not None:
            self.peerConnections[host] = count + 1
        return built

    def unregisterProtocol(self, p: Any) -> None:
        """A connection is lost."""
        WrappingFactory.unregisterProtocol(self, p)
        host = _hostOf(p.getPeer())
        left = self.peerConnections.get(host, 0) - 1
        if left > 0:
            self.peerConnections[host] = left
        else:
            self.peerConnections.pop(host, None)
