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

from twisted.application._site.connections import Connection, Connections
from twisted.application._site.listening import ListeningService
from twisted.internet.defer import Deferred
from twisted.logger import LogLevel
from twisted.web._http.channel import HTTPChannel
from twisted.web._ws.frames import GOING_AWAY

__all__ = ["WebService", "letGo"]


def letGo(connections: Connections, *, now: bool) -> list[Connection]:
    """
    Keep no connection of HTTP for another request, and tell WebSockets that the server goes away.

    Args:
        connections: of a service.
        now: whether connections that nobody waits for, and WebSockets, are closed at once.
    Returns: those that are closing.
    """
    closing: list[Connection] = []
    for connection in list(connections._open):
        protocol = _behind(connection.transport)
        code: tuple[int, ...] = ()
        if isinstance(protocol, HTTPChannel):
            protocol.persistent = 0
            idle = not protocol.requests
        elif hasattr(protocol, "closeReason"):
            idle, code = True, (GOING_AWAY,)
        else:
            # A connection of HTTP/2 has streams, of which the idle one has none.
            idle = getattr(protocol, "streams", None) == {}
        if now and idle:
            protocol.loseConnection(*code)
            closing.append(connection)
    return closing


def _behind(transport: Any) -> Any:
    """The protocol of a connection, behind those that stand in between."""
    protocol: Any = getattr(transport, "protocol", None)
    while getattr(protocol, "wrappedProtocol", None) is not None:
        protocol = protocol.wrappedProtocol
    protocol = getattr(protocol, "_channel", protocol)
    return getattr(protocol, "_heir", None) or protocol


class WebService(ListeningService):
    """
    A site that listens.

    Args:
        listens: its addresses.
        factory: the site.
        reactor: what listens.
        lifespans: ASGI applications that are told when it starts and stops.
    Attributes:
        closeSeconds: that a client may take to agree to the end of a connection where nothing
            happened, when the service stops. Without TLS none is asked.
    """

    closeSeconds = 1.0
    connectionLevel = LogLevel.debug  # the access log tells of visitors

    def __init__(
        self, listens: Sequence[Any], factory: Any, reactor: Any, lifespans: Sequence[Any] = ()
    ) -> None:
        super().__init__(listens, factory, reactor)
        self._lifespans = tuple(lifespans)
        self._alive: list[Any] = []

    def privilegedStartService(self) -> None:
        """Listen early, unless applications are to be told before the first request."""
        if not self._lifespans:
            super().privilegedStartService()

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
        # A successor that has taken the ports over goes on with the connections.
        last = bool(self.bound)
        await super().stopService()
        closing = letGo(self.connections, now=last)
        if closing:
            self._reactor.callLater(self.closeSeconds, self._abort, closing)
        alive, self._alive = self._alive, []
        for each in reversed(alive):
            await each.shutdown()

    def _abort(self, closing: list[Connection]) -> None:
        """End connections whose clients do not see that they were closed."""
        for each in closing:
            if each.transport is not None:
                each.transport.abortConnection()
