"""Which HTTP a server speaks: settled by TLS, before anything is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IHandshakeListener,
    INegotiated,
    IProtocolNegotiationFactory,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web._client.errors import ResponseNeverReceived
from twisted.web._client.handing import stepAside

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress

__all__ = ["NegotiatingFactory"]


@implementer(IProtocolNegotiationFactory)
class NegotiatingFactory(Factory):
    """
    Offers HTTP/2 and HTTP/1.1.

    Args:
        makeOne: makes the protocol for HTTP/1.1; given the address.
        makeTwo: makes the one for HTTP/2.
        metadata: where connections lead, for people to read.
    """

    noisy = False

    def __init__(
        self,
        makeOne: Callable[[IAddress | None], Any],
        makeTwo: Callable[[], Any],
        metadata: str,
    ) -> None:
        self.makeOne = makeOne
        self.makeTwo = makeTwo
        self._metadata = metadata

    def __repr__(self) -> str:
        return f"<{type(self).__name__} to {self._metadata}>"

    def acceptableProtocols(self) -> list[bytes]:
        """Returns: what is offered, best first."""
        return [b"h2", b"http/1.1"]

    def buildProtocol(self, addr: IAddress | None) -> Negotiating:
        """Returns: what waits for the server's choice."""
        return Negotiating(self, addr)


@implementer(IHandshakeListener)
class Negotiating(Protocol):
    """
    Waits for the end of the handshake, and steps aside.

    Attributes: settled: fires with the protocol that was chosen. It fails as a request by HTTP/1.1
        would if the handshake does.
    """

    _chosen: Any = None

    def __init__(self, factory: NegotiatingFactory, addr: IAddress | None) -> None:
        self._factory = factory
        self._addr = addr
        self.settled: Deferred[Any] = Deferred(self._abort)

    def _abort(self, _: object) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.abortConnection()

    def connectionMade(self) -> None:
        """What cannot negotiate speaks HTTP/1.1."""
        if not INegotiated.providedBy(self.transport):
            self._choose(None)

    def handshakeCompleted(self) -> None:
        """The server has chosen."""
        transport: Any = self.transport
        self._choose(transport.negotiatedProtocol)

    def _choose(self, name: bytes | None) -> None:
        if self._chosen is not None or self.settled.called:
            return
        factory = self._factory
        self._chosen = chosen = factory.makeTwo() if name == b"h2" else factory.makeOne(self._addr)
        stepAside(self.transport, self, chosen)
        self.settled.callback(chosen)

    def dataReceived(self, data: bytes) -> None:
        """Hand on; what comes before the handshake is told of comes after it all the same."""
        if self._chosen is None:
            self.handshakeCompleted()
        if self._chosen is not None:
            self._chosen.dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Hand on, or say that nothing was chosen."""
        if self._chosen is not None:
            self._chosen.connectionLost(reason)
        elif not self.settled.called:
            self.settled.errback(Failure(ResponseNeverReceived([reason])))
