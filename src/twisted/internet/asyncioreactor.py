"""The reactor on an asyncio loop of the caller's, which may be running."""

from __future__ import annotations

import asyncio

from ._engine.loops import currentLoop
from ._engine.reactor import Reactor
from .main import installReactor

__all__ = ["AsyncioSelectorReactor", "install"]


class AsyncioSelectorReactor(Reactor):
    """
    A reactor on any asyncio loop.

    On a loop that runs, call ``startRunning()``; on any other, ``run()``.

    Args:
        eventloop: the loop; the running or current one if None.
    Raises: TypeError for a loop that cannot watch descriptors, such as Windows' proactor loop.
    """

    def __init__(self, eventloop: asyncio.AbstractEventLoop | None = None) -> None:
        loop = currentLoop() if eventloop is None else eventloop
        proactor = getattr(asyncio, "ProactorEventLoop", None)
        if proactor is not None and isinstance(loop, proactor):
            raise TypeError(
                f"{loop!r} cannot watch descriptors: set a SelectorEventLoop before installing"
            )
        super().__init__(loop)

    def iterate(self, timeout: float = 0.0) -> None:
        """
        Turn the loop by hand.

        Args:
            timeout: seconds to go on turning it; 0 for one turn.
        Raises: RuntimeError from inside the running loop.
        """
        super().iterate(timeout)


def install(eventloop: asyncio.AbstractEventLoop | None = None) -> None:
    """
    Make this the reactor of the process.

    Args:
        eventloop: the loop; the running or current one if None.
    Raises: ReactorAlreadyInstalledError.
    """
    installReactor(AsyncioSelectorReactor(eventloop))
