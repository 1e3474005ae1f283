"""The reactor on the standard library's event loop, over the ``poll`` system call."""

from __future__ import annotations

import asyncio

from ._engine.loops import selectorLoop
from ._engine.reactor import Reactor
from .main import installReactor

__all__ = ["PollReactor", "install"]


class PollReactor(Reactor):
    """A reactor on a stock asyncio loop."""

    def _makeLoop(self) -> asyncio.AbstractEventLoop:
        return selectorLoop("PollSelector")

    def doIteration(self, timeout: float | None) -> None:
        """
        Turn the loop by hand.

        Args:
            timeout: seconds to go on turning it; 0 or None for one turn.
        """
        super().doIteration(timeout)

    doPoll = doIteration


def install() -> None:
    """Make this the reactor of the process. Raises: ReactorAlreadyInstalledError."""
    installReactor(PollReactor())
