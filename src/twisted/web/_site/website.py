"""
The factory of connections, as the settings of a service want it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import connectionDone
from twisted.web._http.channel import HTTPChannel
from twisted.web._http.factory import _GenericHTTPChannelProtocol
from twisted.web._http.heads import BadRequest
from twisted.web.server import Site

from .requests import requestClass

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from .settings import WebSettings

__all__ = ["ConfiguredSite", "makeSite"]


class _NoLog:
    """An access log that nobody keeps."""

    def write(self, data: str) -> None:
        """Drop a line."""


class SiteChannel(HTTPChannel):
    """
    A channel of HTTP/1 that tells who watches it of the end, also when a WebSocket has taken its
    connection over.

    Attributes:
        heir: what took it over; None before.
        mostBodyBytes: that a request may have after its head.
    """

    heir: Any = None
    mostBodyBytes: int = 1 << 62
    _tooLarge = False

    def allHeadersReceived(self) -> None:
        """Refuse a body that is said to be too large, before it is asked for."""
        if self.length is not None and self.length > self.mostBodyBytes:
            self._tooLarge = True
            raise BadRequest(f"the body has {self.length} bytes; {self.mostBodyBytes} is the most")
        super().allHeadersReceived()

    def refuseBody(self) -> None:
        """Refuse a body that has turned out to be too large."""
        self._tooLarge = True
        self._respondToBadRequestAndDisconnect()

    def _respondToBadRequestAndDisconnect(self) -> None:
        if self._tooLarge:
            # RFC 9110, section 15.5.14.
            answer = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n"
            self.transport.write(answer + b"Content-Length: 0\r\n\r\n")
            self.loseConnection()
        else:
            super()._respondToBadRequestAndDisconnect()

    def handOver(self, heir: Any) -> None:
        """Give the connection to another protocol, and stay in between for the end."""
        watching = self.__dict__.get("connectionLost")
        self.heir = heir
        super().handOver(heir)
        if watching is not None:
            self.connectionLost = watching  # type: ignore[method-assign]  # as it was set before
            if getattr(self.transport, "protocol", None) is heir:
                self.transport.protocol = self

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection has ended."""
        if self.heir is None:
            super().connectionLost(reason)
        else:
            heir, self.heir = self.heir, None
            heir.connectionLost(reason)


class _StayingChannel(_GenericHTTPChannelProtocol):
    """
    A channel whose version is negotiated, which stays between its transport and the one that comes
    of it: the site of services watches the object that it was given.
    """

    def _negotiate(self) -> None:
        transport: Any = self._channel.transport
        super()._negotiate()
        if not isinstance(self._channel, SiteChannel):
            # What came in the place of the first is within the same limits.
            self._channel.factory._limit(self._channel)
        for attribute in ("protocol", "wrappedProtocol"):
            if getattr(transport, attribute, None) is self._channel:
                setattr(transport, attribute, self)


def _negotiatingChannel(site: Any) -> _StayingChannel:
    return _StayingChannel(SiteChannel())


class ConfiguredSite(Site):
    """
    A site whose channels have limits of its own.

    Attributes:
        keepsLog: whether requests are noted anywhere.
    """

    protocol = _negotiatingChannel
    keepsLog = True
    limits: Any = None

    def startFactory(self) -> None:
        """Open the access log."""
        super().startFactory()
        if not self.keepsLog:
            self.logFile = _NoLog()

    def log(self, request: Any) -> None:
        """Note a request that was answered."""
        if self.keepsLog:
            super().log(request)

    def buildProtocol(self, addr: Any) -> Any:
        """Returns: a channel within the limits."""
        made = super().buildProtocol(addr)
        self._limit(made._channel)
        return made

    def buildPlainProtocol(self, addr: Any) -> Any:
        """Returns: a channel for a connection without TLS, where no version is negotiated."""
        channel: Any = SiteChannel()
        channel.factory = channel.site = self
        channel.requestFactory = self.requestFactory
        channel.callLater = self.reactor.callLater
        channel.timeOut = self.timeOut
        self._limit(channel)
        return channel

    def _limit(self, channel: Any) -> None:
        channel.maxHeaders = self.limits.fields
        channel.totalHeadersSize = self.limits.head
        channel.mostBodyBytes = self.limits.body


def makeSite(settings: WebSettings, resource: Any, reactor: Any) -> ConfiguredSite:
    """
    Make the factory.

    Args:
        settings: of the service.
        resource: where paths begin.
        reactor: gives the time.
    """
    request: Any = requestClass(
        settings.headers, settings.trustedProxies, settings.compress, settings.limits.body
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
    )
    site.keepsLog = log.file is not False
    site.limits = settings.limits
    site.displayTracebacks = settings.displayTracebacks
    return site
