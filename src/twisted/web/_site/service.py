"""
The service behind the type ``web``.

Three things set it apart from others that listen. Connections may be for HTTP/2, which TLS
negotiates. Clients keep connections for their next request: when the service stops, those that wait
for nothing are closed, and the others after their response, so that no stop waits for them. And
ASGI applications are told of the beginning and the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zope.interface import implementer

from twisted.application._site.connections import Connections, WatchedFactory
from twisted.application._site.listening import ListeningService
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolNegotiationFactory

__all__ = ["WebService"]


@implementer(IProtocolNegotiationFactory)
class _NegotiatingFactory(WatchedFactory):
    """Tells TLS which versions of HTTP the site behind it speaks; without TLS there is one."""

    def acceptableProtocols(self) -> list[bytes]:
        return list(self.factory.acceptableProtocols())

    def buildProtocol(self, addr: Any) -> Any:
        if not self.where.startswith(("TCP ", "UNIX ")):
            return super().buildProtocol(addr)
        made = self.factory.buildPlainProtocol(addr)
        self._connections.watch(made, addr, self.where)
        return made


class _WebConnections(Connections):
    """The connections of a web service, of which some are idle."""

    def watched(self, factory: Any, where: str) -> WatchedFactory:
        return _NegotiatingFactory(factory, self, where)

    def letGo(self) -> None:
        """Close the connections that nobody waits for, and the others after their response."""
        for connection in list(self._open):
            channel = _channelOf(connection.transport)
            if channel is None:
                continue
            # Of HTTP/2 these are streams; a connection without any is idle.
            busy = getattr(channel, "streams", None) or getattr(channel, "requests", None)
            channel.persistent = 0
            if not busy:
                channel.loseConnection()


def _channelOf(transport: Any) -> Any:
    """The channel of a connection, behind what has negotiated its version."""
    protocol = getattr(transport, "protocol", None)
    protocol = getattr(transport, "wrappedProtocol", None) or protocol
    return getattr(protocol, "_channel", protocol)


class WebService(ListeningService):
    """
    A site that listens.

    Args:
        listens: its addresses.
        factory: the site.
        reactor: what listens.
        lifespans: ASGI applications that are told when it starts and stops.
    """

    def __init__(
        self, listens: Sequence[Any], factory: Any, reactor: Any, lifespans: Sequence[Any] = ()
    ) -> None:
        super().__init__(listens, factory, reactor)
        self.connections = _WebConnections("service", reactor.seconds)
        self._lifespans = tuple(lifespans)
        self._alive: list[Any] = []

    def startService(self) -> Deferred[None]:
        """
        Start the applications, and listen.

        Returns: fires when all have started; fails if one cannot.
        """
        return Deferred.fromCoroutine(self._start())

    async def _start(self) -> None:
        for each in self._lifespans:
            await each.startup()
            self._alive.append(each)
        await super().startService()

    def stopService(self) -> Deferred[None]:
        """
        Stop to listen, let go of the connections, and stop the applications.

        Returns: fires when all is done.
        """
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        await super().stopService()
        self.connections.letGo()  # type: ignore[attr-defined]  # those of this class
        alive, self._alive = self._alive, []
        for each in reversed(alive):
            await each.shutdown()
