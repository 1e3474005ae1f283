"""The standard input and output of this process, as a connection that is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from zope.interface import implementer

from twisted.internet.defer import Deferred, execute
from twisted.internet.error import NoProtocol
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.stdio import PipeAddress, StandardIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IProtocolFactory

__all__ = ["StandardIOEndpoint"]


@implementer(IStreamServerEndpoint)
class StandardIOEndpoint:
    """Standard input and output; to listen takes the one connection that there is."""

    _stdio: ClassVar[Callable[..., Any]] = StandardIO

    def __init__(self, reactor: Any) -> None:  # Any: IReactorFDSet and IReactorTime in one
        self._reactor = reactor

    def __repr__(self) -> str:
        return "<StandardIOEndpoint>"

    def listen(self, stdioProtocolFactory: IProtocolFactory) -> Deferred[Any]:
        """Give the factory's protocol the connection; a Deferred of its transport."""

        def connect() -> Any:
            protocol = stdioProtocolFactory.buildProtocol(PipeAddress())
            if protocol is None:
                raise NoProtocol(f"{stdioProtocolFactory!r} built no protocol for stdio")
            return self._stdio(protocol, reactor=self._reactor)

        return execute(connect)
