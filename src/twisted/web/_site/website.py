"""
The factory of connections, as the settings of a service want it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from twisted.web._http.factory import _GenericHTTPChannelProtocol
from twisted.web._http.limits import LimitedChannel, Limits, Peers
from twisted.web.server import Site

from .requests import isTrustedHost, requestClass

if TYPE_CHECKING:
    from .settings import WebSettings

__all__ = ["ConfiguredSite", "makeSite"]


class _NoLog:
    """An access log that nobody keeps."""

    def write(self, data: str) -> None:
        """Drop a line."""


class _ButProxies(Peers):
    """
    Counts what each client does, but not the proxies that are trusted: many come by them.

    Args:
        limits, seconds: as for `Peers`.
        proxies: their networks.
    """

    def __init__(
        self, limits: Limits, seconds: Callable[[], float], proxies: Iterable[Any]
    ) -> None:
        super().__init__(limits, seconds)
        self._proxies = tuple(proxies)

    def connected(self, peer: str | None) -> bool:
        return self._isProxy(peer) or super().connected(peer)

    def asked(self, peer: str | None) -> bool:
        return self._isProxy(peer) or super().asked(peer)

    def _isProxy(self, peer: str | None) -> bool:
        return bool(self._proxies) and peer is not None and isTrustedHost(peer, self._proxies)


def _negotiatingChannel(site: Any) -> _GenericHTTPChannelProtocol:
    return _GenericHTTPChannelProtocol(site.plainChannel())


class ConfiguredSite(Site):
    """
    A site as a file has it.

    Attributes:
        keepsLog: whether requests are noted anywhere.
        peers: counts what each client does.
    """

    protocol = _negotiatingChannel
    keepsLog = True
    peers: Any = None

    def startFactory(self) -> None:
        """Open the access log."""
        super().startFactory()
        if not self.keepsLog:
            self.logFile = _NoLog()

    def log(self, request: Any) -> None:
        """Note a request that was answered."""
        if self.keepsLog:
            super().log(request)

    def plainChannel(self) -> LimitedChannel:
        """Returns: a channel of HTTP/1 that keeps to the limits."""
        assert self.limits is not None
        return LimitedChannel(self.limits, self.peers)

    def buildPlainProtocol(self, addr: Any) -> LimitedChannel:
        """Returns: a channel for a connection without TLS, where no version is negotiated."""
        channel: Any = self.plainChannel()
        channel.factory = channel.site = self
        channel.requestFactory = self.requestFactory
        channel.callLater = self.reactor.callLater
        channel.timeOut = self.timeOut
        return channel  # type: ignore[no-any-return]  # it is known above


def makeSite(settings: WebSettings, resource: Any, reactor: Any) -> ConfiguredSite:
    """
    Make the factory.

    Args:
        settings: of the service.
        resource: where paths begin.
        reactor: gives the time.
    """
    streams = bool(getattr(resource, "streamsBody", False))
    request: Any = requestClass(
        settings.headers, settings.trustedProxies, settings.compress, streams
    )
    log = settings.accessLog
    formatter: Any = None
    if log.format == "json":
        from twisted.web.accesslog import JSONLogFormatter, timedRequest

        formatter = JSONLogFormatter(reactor.seconds)
        request = timedRequest(request)
    site = ConfiguredSite(
        resource,
        request,
        logPath=log.file if isinstance(log.file, str) else None,
        timeout=settings.limits.idle,
        logFormatter=formatter,
        reactor=reactor,
        limits=settings.limits.numbers(),
    )
    site.keepsLog = log.file is not False
    assert site.limits is not None
    site.peers = _ButProxies(site.limits, reactor.seconds, settings.trustedProxies)
    site.displayTracebacks = settings.displayTracebacks
    return site
