"""An application as a resource of a site."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.web._ws.handshake import keyOf
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET, Request

from .exchange import Exchange
from .lifespan import Lifespan
from .scope import Application
from .socket import Socket

__all__ = ["ASGIResource", "StreamingRequest"]


@implementer(IResource)
class ASGIResource:
    """
    Has an application answer all that is below this place of a site.

    Where it stands is the ``root_path`` of its requests. It is told when the reactor begins to run
    and when it stops, by the lifespan protocol; requests wait until it is ready.

    Attributes:
        application: by ASGI 3: Starlette, FastAPI, Django and others make one.

    Args:
        application: as the attribute.
        reactor: the one that runs; None for the installed one.
    """

    isLeaf = True
    streamsBody = True
    server: Any = None

    def __init__(self, application: Application, reactor: Any = None) -> None:
        if reactor is None:
            from twisted.internet import reactor
        self.application = application
        self._reactor: Any = reactor
        self._lifespan: Lifespan | None = None
        self._atWork: set[Any] = set()
        reactor.callWhenRunning(self._begin)

    def _begin(self) -> Lifespan:
        lifespan = self._lifespan
        if lifespan is None:
            lifespan = self._lifespan = Lifespan(self.application, self._loop())
            self._reactor.addSystemEventTrigger("during", "shutdown", lifespan.stop)
            lifespan.start()
        return lifespan

    def _loop(self) -> Any:
        loop = getattr(self._reactor, "_asyncioEventloop", None)
        if loop is None:
            import asyncio

            return asyncio.get_running_loop()
        return loop

    def render(self, request: Any) -> int:
        """
        Give a request to the application.

        Returns: NOT_DONE_YET.
        """
        key = keyOf(request) if b"Upgrade" in request.requestHeaders._rawHeaders else None
        if key is not None and hasattr(request.channel, "handOver"):
            self._startSocket(request, key)
        else:
            self._startExchange(request, True)
        return NOT_DONE_YET

    def _startExchange(self, request: Any, isWhole: bool) -> Exchange:
        lifespan = self._lifespan or self._begin()
        loop = lifespan.loop
        exchange = Exchange(self.application, lifespan, request, loop, self._atWork)
        exchange.start(isWhole)
        return exchange

    def _startSocket(self, request: Any, key: bytes) -> None:
        lifespan = self._lifespan or self._begin()
        loop, reactor = lifespan.loop, self._reactor
        Socket(self.application, lifespan, request, key, loop, reactor, self._atWork).start()

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        """Raises: RuntimeError: the application answers for all that is below it."""
        raise RuntimeError("an application has no children: it answers for all that is below it")

    def putChild(self, path: bytes, child: Any) -> None:
        """Raises: RuntimeError: the application answers for all that is below it."""
        raise RuntimeError("an application has no children: it answers for all that is below it")


class StreamingRequest(Request):
    """
    A request whose body is given to the application while it comes, not when it is whole.

    It is for sites that are an `ASGIResource` as a whole:
    ``Site(ASGIResource(application), requestFactory=StreamingRequest)``. Elsewhere it is as any
    other request.
    """

    _exchange: Exchange | None = None
    _streamed: ASGIResource | None = None

    def gotLength(self, length: int | None) -> None:
        """
        The headers are there: begin, if there is a body to wait for.

        Args: length: its bytes; None where it is not said.
        """
        channel = self.channel
        resource = getattr(channel.site, "resource", None)
        if length == 0 or not isinstance(resource, ASGIResource):
            super().gotLength(length)
            return
        self.method, self.uri, self.clientproto = channel._command, channel._path, channel._version
        self.path = self.uri.partition(b"?")[0]
        self._streamed = resource
        self.args = {}
        self.process()

    def render(self, resrc: Any) -> None:
        """Have a resource answer."""
        if self._streamed is not None and resrc is self._streamed:
            self._exchange = resrc._startExchange(self, False)
        else:
            super().render(resrc)

    def handleContentChunk(self, data: bytes) -> None:
        """A part of the body came."""
        if self._exchange is None:
            super().handleContentChunk(data)
        else:
            self._exchange.feed(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """All of the request is there."""
        if self._exchange is None:
            super().requestReceived(command, path, version)
        else:
            self._exchange.feedEnd()
