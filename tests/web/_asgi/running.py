"""A site that is an application of ASGI, on a transport in memory and a loop of asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.web.asgi import ASGIResource, StreamingRequest
from twisted.web.resource import Resource
from twisted.web.server import Site

__all__ = ["Talk", "inLoop", "turns"]


def inLoop(body: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test that is a coroutine."""

    def run() -> None:
        asyncio.run(body())

    run.__name__ = body.__name__
    return run


async def turns(count: int = 8) -> None:
    """Let the loop turn so often."""
    for _ in range(count):
        await asyncio.sleep(0)


class Talk:
    """
    One connection.

    Args:
        application: of ASGI.
        mount: the name below which it stands; None for the whole site.
        streaming: whether bodies are given while they come.
    """

    def __init__(
        self,
        application: Callable[..., Awaitable[None]],
        mount: bytes | None = None,
        streaming: bool = False,
    ) -> None:
        self.reactor = MemoryReactorClock()
        self.resource = ASGIResource(application, reactor=self.reactor)
        root: Any = self.resource
        if mount is not None:
            root = Resource()
            root.putChild(mount, self.resource)
        kind = StreamingRequest if streaming else None
        self.site = Site(root, requestFactory=kind, reactor=self.reactor)
        self.channel = self.site.buildProtocol(None)
        self.transport = StringTransport()
        self.channel.makeConnection(self.transport)

    async def hear(self, *parts: bytes) -> bytes:
        """Send, and return what came back since the last time."""
        for part in parts:
            self.channel.dataReceived(part)
            await turns()
        return self.said()

    def said(self) -> bytes:
        value: bytes = self.transport.value()
        self.transport.clear()
        return value

    async def leave(self) -> None:
        """The client closes the connection."""
        self.channel.connectionLost(Failure(ConnectionDone()))
        await turns()
