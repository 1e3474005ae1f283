"""What a task of asyncio waits for: something to come, and room for something to go."""

from __future__ import annotations

from asyncio import Future
from typing import Any

__all__ = ["ClientDisconnected", "Gate"]


class ClientDisconnected(OSError):
    """The client is gone, and what was to be sent goes nowhere."""


class Gate:
    """
    Open or shut; tasks wait while it is shut.

    Args: loop: of asyncio.
    """

    __slots__ = ("_loop", "_waiting", "isOpen")

    def __init__(self, loop: Any, isOpen: bool) -> None:
        self._loop = loop
        self._waiting: list[Future[None]] = []
        self.isOpen = isOpen

    def open(self) -> None:
        """Let all pass."""
        self.isOpen = True
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    def shut(self) -> None:
        """Let nobody pass."""
        self.isOpen = False

    async def passed(self) -> None:
        """Wait until it is open."""
        while not self.isOpen:
            waiting: Future[None] = self._loop.create_future()
            self._waiting.append(waiting)
            await waiting
