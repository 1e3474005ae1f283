"""
Which request goes by which connection, where one takes many.

The first request to a place makes a connection, and those that come meanwhile wait for it: all have
it then, or all fail. A place that turns out to speak HTTP/1.1 is treated as one for a while.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.web._client.errors import (
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseNeverReceived,
    StreamReset,
)

from .connection import H2ClientConnection
from .negotiating import NegotiatingFactory

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IStreamClientEndpoint
    from twisted.web._client.pool import HTTPConnectionPool
    from twisted.web._client.request import Request
    from twisted.web._client.response import Response

__all__ = ["Sharing"]


class Attempt:
    """
    One connection that is being made, and who waits for it.

    Args: sharing, place, endpoint: whose it is, and where it leads.
    """

    def __init__(self, sharing: Sharing, place: Place, endpoint: IStreamClientEndpoint) -> None:
        self._sharing, self._place, self._endpoint = sharing, place, endpoint
        self.waiting: dict[Deferred[Any], None] = {}
        self._connecting: Deferred[Any] | None = None
        # Connections for those who must have one each.
        self._instead: dict[Deferred[Any], Deferred[Any]] = {}

    def join(self) -> Deferred[Any]:
        """Returns: fires with a connection, fails as all others do."""
        waiter: Deferred[Any] = Deferred(self._left)
        self.waiting[waiter] = None
        return waiter

    def _left(self, waiter: Deferred[Any]) -> None:
        """Nobody who is left alone has the connection made."""
        self.waiting.pop(waiter, None)
        other = self._instead.get(waiter)
        if other is not None:
            other.cancel()
        elif not self.waiting and self._connecting is not None:
            self._connecting.cancel()

    def start(self) -> None:
        """Connect."""
        sharing, place = self._sharing, self._place
        factory = NegotiatingFactory(
            sharing.pool._factoryFor(place.key, self._endpoint).buildProtocol,
            lambda: H2ClientConnection(sharing, sharing.pool._reactor),
            repr(self._endpoint),
        )
        try:
            connecting: Deferred[Any] = self._endpoint.connect(factory)
        except BaseException:
            self._end()
            sharing.tidy(place)
            raise
        self._connecting = connecting
        connecting.addCallback(lambda negotiating: negotiating.settled)
        connecting.addCallbacks(self._made, self._failed)

    def _end(self) -> list[Deferred[Any]]:
        self._place.attempts.remove(self)
        waiting, self.waiting = self.waiting, {}
        return list(waiting)

    def _failed(self, reason: Failure) -> None:
        waiting = self._end()
        self._sharing.tidy(self._place)
        for waiter in waiting:
            if not waiter.called:  # whoever was told before it may have cancelled it
                waiter.errback(reason)

    def _made(self, connection: Any) -> None:
        waiting = self._end()
        if isinstance(connection, H2ClientConnection):
            self._sharing.add(self._place, connection)
            for waiter in waiting:
                if not waiter.called:
                    shared = self._sharing.shared(self._place, self._endpoint, connection)
                    waiter.callback(shared)
            if connection.state == "QUIESCENT":
                self._sharing.connectionIdle(connection)
            return
        self._sharing.speaksOne(self._place)
        isTaken = False
        for waiter in waiting:
            if waiter.called:
                continue
            if not isTaken:
                isTaken = True
                waiter.callback(connection)
            else:
                other = self._sharing.pool._newConnection(self._place.key, self._endpoint)
                self._instead[waiter] = other
                other.addCallbacks(waiter.callback, waiter.errback)
        if not isTaken:
            connection.abort()


class Place:
    """
    Where connections of one key lead.

    Attributes:
        connections: that take requests.
        attempts: to make more.
        oneUntil: seconds on the clock, until which nobody asks again whether it speaks HTTP/2.
    """

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.connections: list[H2ClientConnection] = []
        self.attempts: list[Attempt] = []
        self.oneUntil: float | None = None


class SharedConnection:
    """
    What a pool gives for one request: a connection, and another where that one fails it.

    A request of which the server says that it did not look at it is sent again, whatever it is, if
    its body was not begun; one that was lost with a connection that has served before, if it may
    come twice (RFC 9110, section 9.2.2), and nothing at all came back.

    Args: sharing, place, endpoint, connection: which one, and how to get another.
    """

    def __init__(
        self,
        sharing: Sharing,
        place: Place,
        endpoint: IStreamClientEndpoint,
        connection: H2ClientConnection,
    ) -> None:
        self._sharing, self._place, self._endpoint = sharing, place, endpoint
        self._connection = connection

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._connection!r}>"

    def request(self, request: Request, tries: int = 1) -> Deferred[Response]:
        """As that of the connection. Args: tries: how many there are with this one."""
        connection = self._connection
        hasServed, before = connection.answered > 0, connection.lookedAt
        answer = connection.request(request)

        def failed(reason: Failure) -> Any:
            # A server that takes a few requests from each connection takes this one in the end.
            goesOn = connection.isRetired and connection.lookedAt > before
            next = 1 if goesOn else tries + 1
            if next > self._sharing.mostTries or not self._mayRepeat(
                request, reason.value, hasServed and tries == 1
            ):
                return reason
            another = self._sharing.getConnection(self._place.key, self._endpoint)

            def again(other: Any) -> Any:
                if isinstance(other, SharedConnection):
                    return other.request(request, next)
                return other.request(request)

            return another.addCallback(again)

        return answer.addErrback(failed)

    def _mayRepeat(self, request: Request, why: BaseException, hasServed: bool) -> bool:
        pool = self._sharing.pool
        if not pool.retryAutomatically:
            return False
        if isinstance(why, RequestNotSent):
            return True
        if request.bodyProducer is not None:
            return False
        if not isinstance(why, (ResponseNeverReceived, RequestTransmissionFailed)):
            return False
        causes = [reason.value for reason in why.reasons]
        if any(isinstance(cause, StreamReset) for cause in causes):
            return all(getattr(cause, "isUnprocessed", False) for cause in causes)
        isLost = any(isinstance(cause, (ConnectionLost, ConnectionDone)) for cause in causes)
        return hasServed and isLost and pool._isRepeatable(request.method)


class Sharing:
    """
    The connections of HTTP/2 of one pool.

    Attributes:
        mostTries: how often a request is sent that servers do not look at.
        mostWaiting: requests that wait for one connection to be made; more make another one.
        mostPlaces: that are remembered to speak HTTP/1.1.
        oneSeconds: for how long.

    Args: pool: whose settings count.
    """

    mostTries = 3
    mostWaiting = 1000
    mostPlaces = 1000
    oneSeconds: float = 600

    def __init__(self, pool: HTTPConnectionPool) -> None:
        self.pool = pool
        self._places: dict[Hashable, Place] = {}
        self._whose: dict[H2ClientConnection, Place] = {}
        self._idleSince: dict[H2ClientConnection, float] = {}
        self._timers: dict[H2ClientConnection, IDelayedCall] = {}

    @property
    def free(self) -> int:
        """How many connections have nothing to do."""
        return len(self._idleSince)

    def getConnection(self, key: Hashable, endpoint: IStreamClientEndpoint) -> Deferred[Any]:
        """As that of the pool."""
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = Place(key)
            self._forgetOldest()
        for connection in place.connections:
            if connection.hasRoom:
                return succeed(self.shared(place, endpoint, connection))
        if place.oneUntil is not None and self.pool._reactor.seconds() < place.oneUntil:
            return self.pool._keptOrNew(key, endpoint)
        for attempt in place.attempts:
            if len(attempt.waiting) < self.mostWaiting:
                return attempt.join()
        attempt = Attempt(self, place, endpoint)
        place.attempts.append(attempt)
        waiter = attempt.join()
        attempt.start()
        return waiter

    def shared(
        self, place: Place, endpoint: IStreamClientEndpoint, connection: H2ClientConnection
    ) -> SharedConnection:
        """Returns: ``connection`` for one request."""
        return SharedConnection(self, place, endpoint, connection)

    # What there is

    def add(self, place: Place, connection: H2ClientConnection) -> None:
        """A connection is made."""
        place.oneUntil = None
        if connection.state != "QUIESCENT":
            return  # it was lost at once, and says so to those who ask
        place.connections.append(connection)
        self._whose[connection] = place

    def speaksOne(self, place: Place) -> None:
        """A place does not speak HTTP/2."""
        place.oneUntil = self.pool._reactor.seconds() + self.oneSeconds

    def tidy(self, place: Place) -> None:
        """Forget a place of which nothing is known."""
        if not place.connections and not place.attempts and place.oneUntil is None:
            self._places.pop(place.key, None)

    def _forgetOldest(self) -> None:
        if len(self._places) > self.mostPlaces:
            for place in list(self._places.values()):
                if place.oneUntil is not None:
                    place.oneUntil = None
                    self.tidy(place)
                    return

    # What connections say

    def connectionBusy(self, connection: H2ClientConnection) -> None:
        """It has a request."""
        self._idleSince.pop(connection, None)

    def connectionIdle(self, connection: H2ClientConnection) -> None:
        """It has none: it is kept for a while, unless there is another."""
        place = self._whose.get(connection)
        if place is None:
            return
        if len(place.connections) > 1:
            connection.loseConnection()
            return
        self._idleSince[connection] = self.pool._reactor.seconds()
        if connection not in self._timers:
            self._closeAfter(connection, self.pool.cachedConnectionTimeout)

    def _closeAfter(self, connection: H2ClientConnection, seconds: float) -> None:
        self._timers[connection] = self.pool._reactor.callLater(
            seconds, self._closeIfIdle, connection
        )

    def _closeIfIdle(self, connection: H2ClientConnection) -> None:
        """A timer is not set back with each request: it looks how long nothing happened."""
        del self._timers[connection]
        since = self._idleSince.get(connection)
        if since is None:
            return
        left = since + self.pool.cachedConnectionTimeout - self.pool._reactor.seconds()
        if left <= 0:
            connection.loseConnection()
        else:
            self._closeAfter(connection, left)

    def connectionRetired(self, connection: H2ClientConnection) -> None:
        """It takes no more requests."""
        self._idleSince.pop(connection, None)
        timer = self._timers.pop(connection, None)
        if timer is not None:
            timer.cancel()
        place = self._whose.pop(connection, None)
        if place is not None:
            place.connections.remove(connection)
            self.tidy(place)

    def close(self) -> list[Deferred[None]]:
        """
        Close the connections that have nothing to do.

        Returns: Deferreds that fire when they are closed.
        """
        return [connection.abort() for connection in list(self._idleSince)]
