"""
Connections that are kept for the next request.

What the pool keeps need not speak HTTP/1.1: it has a ``state``, which is ``"QUIESCENT"`` while it
can take a request, ``request(request)``, ``abort()``, and a transport. Which protocol is made for
a new connection is `HTTPConnectionPool._factory`'s choice.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred, gatherResults, succeed
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure

from .connection import HTTP11ClientProtocol
from .errors import RequestNotSent, RequestTransmissionFailed, ResponseNeverReceived

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IDelayedCall, IStreamClientEndpoint
    from twisted.web.iweb import IBodyProducer

    from .h2.sharing import Sharing
    from .request import Request
    from .response import Response

__all__ = ["HTTPConnectionPool"]

_Connection = Any  # Any: an HTTP11ClientProtocol, or what behaves like one
_mayRepeat = frozenset((b"GET", b"HEAD", b"OPTIONS", b"DELETE", b"TRACE"))
_nothingCame = (RequestNotSent, RequestTransmissionFailed, ResponseNeverReceived)


class _HTTP11ClientFactory(Factory):
    """
    Makes the protocols of new connections.

    Args:
        quiescentCallback: called with each when it is free again.
        metadata: where they lead, for people to read.
    """

    noisy = False

    def __init__(self, quiescentCallback: Callable[[Any], object], metadata: str) -> None:
        self._quiescentCallback = quiescentCallback
        self._metadata = metadata

    def __repr__(self) -> str:
        return f"<{type(self).__name__} to {self._metadata}>"

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:
        """Returns: a protocol for one connection."""
        return HTTP11ClientProtocol(self._quiescentCallback)


class _RetryingHTTP11ClientProtocol:
    """
    A connection that was kept: it may have been closed by the other side just now.

    A request that changes nothing there, or nothing more when it comes twice, is sent once more, by
    a new connection, if nothing at all came back by this one (RFC 9110, section 9.2.2).

    Args:
        clientProtocol: the connection.
        newConnection: makes another to the same place.
    """

    def __init__(
        self, clientProtocol: _Connection, newConnection: Callable[[], Deferred[_Connection]]
    ) -> None:
        self._clientProtocol = clientProtocol
        self._newConnection = newConnection

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._clientProtocol!r}>"

    def _shouldRetry(
        self, method: bytes, exception: BaseException, bodyProducer: IBodyProducer | None
    ) -> bool:
        """A body that was sent in part cannot be produced again."""
        if method not in _mayRepeat or bodyProducer is not None:
            return False
        if not isinstance(exception, _nothingCame):
            return False
        if isinstance(exception, ResponseNeverReceived):
            return not any(reason.check(CancelledError) for reason in exception.reasons)
        return True

    def request(self, request: Request) -> Deferred[Response]:
        """As that of the connection."""

        def failed(reason: Failure) -> Any:
            if self._shouldRetry(request.method, reason.value, request.bodyProducer):
                return self._newConnection().addCallback(lambda other: other.request(request))
            return reason

        answer: Deferred[Response] = self._clientProtocol.request(request)
        return answer.addErrback(failed)


def _leadsByTLS(key: Hashable) -> bool:
    """Whether connections of a key are encrypted, as agents make keys."""
    return isinstance(key, tuple) and b"https" in key


def _sharing() -> Callable[[HTTPConnectionPool], Sharing]:
    """Raises: NotImplementedError where HTTP/2 is not installed."""
    try:
        from .h2.sharing import Sharing
    except ImportError:
        raise NotImplementedError(
            "HTTP/2 needs h2: install torsion[http2], and it will work"
        ) from None
    return Sharing


class HTTPConnectionPool:
    """
    Keeps connections, so that the next request to the same place need not wait for one.

    Args:
        reactor: an IReactorTime.
        persistent: whether connections are kept at all.

    Attributes:
        maxPersistentPerHost: free connections that are kept for one place; the one that was free
            for longest makes room. How many are at work is not limited.
        cachedConnectionTimeout: seconds that a connection is kept without being used.
        leadSeconds: a server that says how long it keeps a connection is taken at its word, less
            this many seconds: a request should not meet its goodbye.
        persistent: whether connections are kept at all.
        retryAutomatically: whether a request that a kept connection lost is sent once more, if it
            may be.
        http2: whether servers that are reached by TLS are offered HTTP/2 (by ALPN, RFC 7301). One
            connection takes all requests to such a place then.
    """

    _factory: Any = _HTTP11ClientFactory
    maxPersistentPerHost = 2
    cachedConnectionTimeout: float = 240
    leadSeconds: float = 1
    retryAutomatically = True
    http2 = False
    persistent: bool
    _shared: Sharing | None = None
    _log = Logger()

    def __init__(self, reactor: Any, persistent: bool = True) -> None:
        self._reactor = reactor
        self.persistent = persistent
        self._connections: dict[Hashable, list[_Connection]] = {}
        self._timeouts: dict[_Connection, IDelayedCall] = {}

    def __repr__(self) -> str:
        free = sum(map(len, self._connections.values()))
        if self._shared is not None:
            free += self._shared.free
        return f"<{type(self).__name__}: {free} free, to {len(self._connections)} places>"

    def getConnection(
        self, key: Hashable, endpoint: IStreamClientEndpoint
    ) -> Deferred[HTTP11ClientProtocol]:
        """
        Args:
            key: says where a connection leads: those of one key are interchangeable.
            endpoint: connects to there.
        Returns: fires with a connection that was kept, or with a new one; fails as ``endpoint``
            does.
        Raises: NotImplementedError for `http2` where it is not installed.
        """
        if self.http2 and self.persistent and _leadsByTLS(key):
            if self._shared is None:
                self._shared = _sharing()(self)
            return self._shared.getConnection(key, endpoint)
        return self._keptOrNew(key, endpoint)

    def _keptOrNew(
        self, key: Hashable, endpoint: IStreamClientEndpoint
    ) -> Deferred[HTTP11ClientProtocol]:
        kept = self._connections.get(key)
        while kept:
            connection = kept.pop(0)
            self._timeouts.pop(connection).cancel()
            if connection.state != "QUIESCENT":
                continue
            if self.retryAutomatically:
                connection = _RetryingHTTP11ClientProtocol(
                    connection, lambda: self._newConnection(key, endpoint)
                )
            return succeed(connection)
        return self._newConnection(key, endpoint)

    def _newConnection(
        self, key: Hashable, endpoint: IStreamClientEndpoint
    ) -> Deferred[HTTP11ClientProtocol]:
        connecting: Any = endpoint.connect(self._factoryFor(key, endpoint))
        return connecting  # type: ignore[no-any-return]  # the factory knows what it makes

    def _factoryFor(self, key: Hashable, endpoint: IStreamClientEndpoint) -> Any:
        def free(connection: _Connection) -> None:
            self._putConnection(key, connection)

        return self._factory(free, repr(endpoint))

    @staticmethod
    def _isRepeatable(method: bytes) -> bool:
        """Whether a request may come twice (RFC 9110, section 9.2.2)."""
        return method in _mayRepeat

    def _removeConnection(self, key: Hashable, connection: _Connection) -> None:
        """Close a connection that was kept."""
        connection.transport.loseConnection()
        self._forget(key, connection)

    def _forget(self, key: Hashable, connection: _Connection) -> None:
        kept = self._connections[key]
        kept.remove(connection)
        del self._timeouts[connection]

    def _putConnection(self, key: Hashable, connection: _Connection) -> None:
        """Keep a connection that is free now."""
        if connection.state != "QUIESCENT":
            try:
                raise RuntimeError("BUG: Non-quiescent protocol added to connection pool.")
            except RuntimeError:
                self._log.failure("A connection that is not free was to be kept")
            return
        kept = self._connections.setdefault(key, [])
        if len(kept) >= self.maxPersistentPerHost:
            oldest = kept[0]
            self._timeouts[oldest].cancel()
            self._removeConnection(key, oldest)
        kept.append(connection)
        seconds = self.cachedConnectionTimeout
        said = getattr(connection, "keepAliveSeconds", None)
        if said is not None and said - self.leadSeconds < seconds:
            seconds = max(0.0, said - self.leadSeconds)
        self._timeouts[connection] = self._reactor.callLater(
            seconds, self._removeConnection, key, connection
        )

    def closeCachedConnections(self) -> Deferred[None]:
        """
        Close all connections that are free.

        Returns: fires when they are closed.
        """
        connections, self._connections = self._connections, {}
        timeouts, self._timeouts = self._timeouts, {}
        for timeout in timeouts.values():
            timeout.cancel()
        closing = [each.abort() for kept in connections.values() for each in kept]
        if self._shared is not None:
            closing += self._shared.close()
        return gatherResults(closing).addCallback(lambda _: None)
