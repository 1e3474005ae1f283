"""The beginning and the end of an application (ASGI, lifespan protocol)."""

from __future__ import annotations

import asyncio
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from .scope import Application, Message
from .waiting import Gate

__all__ = ["Lifespan"]


class Lifespan:
    """
    Tells an application that its site begins and ends.

    Attributes:
        state: what the application keeps for its requests.
        failed: whether it said that it cannot begin.
        loop: on which it runs.
        shutdownSeconds: that it may take to end.

    Args:
        application: it may know nothing of this, and raise something.
        loop: of asyncio.
    """

    shutdownSeconds = 30.0
    _log = Logger(namespace="twisted.web.asgi")

    def __init__(self, application: Application, loop: asyncio.AbstractEventLoop) -> None:
        self.state: dict[str, Any] = {}
        self.failed = False
        self._application = application
        self.loop = loop
        self._ready = Gate(loop, False)
        self._stopping = Gate(loop, False)
        self._task: asyncio.Task[None] | None = None
        self._asked = False

    @property
    def isReady(self) -> bool:
        """Whether requests can be given to the application."""
        return self._ready.isOpen

    def start(self) -> None:
        """Tell the application that requests will come."""
        if self._task is None:
            self._task = self.loop.create_task(self._run())

    async def ready(self) -> None:
        """Wait until the application has begun."""
        await self._ready.passed()

    def stop(self) -> Deferred[None] | None:
        """
        Tell the application that no more requests come.

        Returns: fires when it has ended.
        """
        if self._task is None or self._task.done():
            return None
        self._stopping.open()
        return Deferred.fromCoroutine(self._end())

    async def _end(self) -> None:
        assert self._task is not None
        await asyncio.wait([self._task], timeout=self.shutdownSeconds)
        if not self._task.done():
            self._log.warn("The application takes too long to end, and is cancelled")
            self._task.cancel()

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._application(scope, self._receive, self._send)
        except Exception as error:
            if self._asked and self.isReady:
                self._log.failure("An application failed at its end")
            else:
                # Many know nothing of it, and say so by raising something.
                self._log.debug("No lifespan: {error!r}", error=error)
        finally:
            self._ready.open()

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "lifespan.startup"}
        await self._stopping.passed()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self._ready.open()
        elif kind in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
            self.failed = kind == "lifespan.startup.failed"
            self._log.error(
                "An application said {kind}: {why}", kind=kind, why=message.get("message", "")
            )
            self._ready.open()
        elif kind != "lifespan.shutdown.complete":
            raise ValueError(f"an application sent {kind!r}, which is no message of a lifespan")
