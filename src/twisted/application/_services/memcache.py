"""
A watch on a memcached: it is asked for its version from time to time, and the log tells when it
no longer answers, and when it does again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twisted.application._config.options import option
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from .portforward import hostAndPortIn

__all__ = ["MemcacheCheck", "MemcacheSettings"]

_log = Logger()


class MemcacheCheck(Service):
    """
    The watch.

    Args:
        host, port: the memcached.
        every: seconds between two questions.
        patience: seconds in which it has to answer.
        reactor: connects, and measures the time.
    Attributes:
        version: what it answered last; None while it does not answer.
        lastError: why it does not, or None.
    """

    version: str | None = None
    lastError: Any = None

    def __init__(self, host: str, port: int, every: float, patience: float, reactor: Any) -> None:
        from twisted.internet.task import LoopingCall

        self._place = host, port
        self._every = every
        self._patience = patience
        self._reactor = reactor
        self._asking: Any = LoopingCall(self.ask)
        self._asking.clock = reactor
        self._known: bool | None = None

    def __repr__(self) -> str:
        host, port = self._place
        return f"<memcache check of {host}:{port}: {self.version or self.lastError}>"

    def startService(self) -> None:
        Service.startService(self)
        self._asking.start(self._every)

    def stopService(self) -> None:
        Service.stopService(self)
        if self._asking.running:
            self._asking.stop()

    def ask(self) -> Deferred[None]:
        """
        Ask once.

        Returns: a Deferred that fires when there is an answer, or will be none.
        """
        from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
        from twisted.protocols.memcache import MemCacheProtocol

        client = MemCacheProtocol(timeOut=int(self._patience) or 1)
        client.callLater = self._reactor.callLater  # type: ignore[method-assign]  # as documented
        endpoint = HostnameEndpoint(self._reactor, *self._place, timeout=self._patience)
        connecting: Deferred[Any] = connectProtocol(endpoint, client)

        def connected(_: Any) -> Deferred[Any]:
            return client.version().addBoth(close)

        def close(result: Any) -> Any:
            client.transport.loseConnection()
            return result

        return connecting.addCallback(connected).addCallbacks(self._answered, self._failed)

    def _answered(self, version: bytes) -> None:
        self.version, self.lastError = version.decode("ascii", "replace"), None
        if self._known is not True:
            self._known = True
            _log.info("{check!r} answers", check=self)

    def _failed(self, failure: Any) -> None:
        self.version, self.lastError = None, failure.value
        if self._known is not False:
            self._known = False
            _log.error("{check!r} does not answer", check=self)


@dataclass(frozen=True)
class MemcacheSettings:
    """Watch a memcached, and log when it does not answer."""

    server: str = option(
        help="The memcached: a host and a port, with a colon between.",
        default="127.0.0.1:11211",
        example='"cache.example.com:11211"',
    )
    every: float = option(
        help="Seconds between two questions.", default=30.0, minimum=1, maximum=86400
    )
    patience: float = option(
        help="Seconds in which it has to answer.", default=5.0, minimum=1, maximum=600
    )

    def __post_init__(self) -> None:
        hostAndPortIn(self.server, "server")

    def makeService(self, reactor: Any) -> MemcacheCheck:
        host, port = hostAndPortIn(self.server, "server")
        return MemcacheCheck(host, port, self.every, self.patience, reactor)
