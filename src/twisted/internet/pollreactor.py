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


def install() -> None:
    """Make this the reactor of the process. Raises: ReactorAlreadyInstalledError."""
    installReactor(PollReactor())
