"""
A door with a guard: another service behind limits on connections, silence and speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zope.interface import alsoProvides

from twisted.application._config.nesting import Inner, Nested
from twisted.application._config.options import option
from twisted.application._site.listening import Listening, ListeningService
from twisted.internet.interfaces import IProtocolNegotiationFactory

__all__ = ["LimitedSettings"]


@dataclass(frozen=True)
class LimitedSettings(Listening):
    """Serve as another service does, within limits."""

    service: Inner = option(  # noqa: RUF009  # declares a field
        help="The service behind the door: its type, or a table with its type and options.",
        kind=Nested(),
        example='{ type = "echo" }',
    )
    connections: int | None = option(
        help="How many connections may be open at once; more are closed as they come.",
        default=None,
        minimum=1,
        example="1000",
    )
    connectionsPerAddress: int | None = option(
        help="How many of these one address may have.", default=None, minimum=1, example="10"
    )
    idle: float | None = option(
        help="Seconds after which a connection without any traffic is closed.",
        default=None,
        minimum=0.1,
        maximum=86400,
        example="300",
    )
    bytesIn: int | None = option(
        help="Bytes per second that all connections together may send here.",
        default=None,
        minimum=1,
        example="1000000",
    )
    bytesOut: int | None = option(
        help="Bytes per second that all connections together are sent.",
        default=None,
        minimum=1,
        example="1000000",
    )

    @property
    def urlScheme(self) -> str:
        """That of the service behind the door."""
        return str(getattr(self.service.settings, "urlScheme", ""))

    def makeFactory(self) -> Any:
        return self._guarded(self.service.makeFactory())

    def makeService(self, reactor: Any) -> Any:
        """
        Returns: the service behind the door, which listens at the door: it may have more to start
            and to stop than what serves connections.
        """
        inner = self.service.settings.makeService(reactor)
        if not isinstance(inner, ListeningService):
            return super().makeService(reactor)
        inner.behind(self.listen, self._guarded)
        return inner

    def _guarded(self, factory: Any) -> Any:
        """Returns: a factory around another one, which keeps to the limits."""
        from twisted.protocols.policies import (
            LimitConnectionsByPeer,
            ThrottlingFactory,
            TimeoutFactory,
        )

        served = factory
        if self.idle is not None:
            factory = TimeoutFactory(factory, self.idle)
        if self.connectionsPerAddress is not None:
            factory = LimitConnectionsByPeer(factory)
            factory.maxConnectionsPerPeer = self.connectionsPerAddress
        if (self.connections, self.bytesIn, self.bytesOut) != (None, None, None):
            most = self.connections or (1 << 62)
            factory = ThrottlingFactory(factory, most, self.bytesIn, self.bytesOut)
        if IProtocolNegotiationFactory.providedBy(served):
            # TLS negotiates what the service behind the door speaks.
            factory.acceptableProtocols = served.acceptableProtocols
            alsoProvides(factory, IProtocolNegotiationFactory)
        return factory
