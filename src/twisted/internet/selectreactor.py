"""The reactor on the standard library's event loop, over the ``select`` system call."""

from __future__ import annotations

import asyncio

from ._engine.loops import selectorLoop
from ._engine.reactor import Reactor
from .main import installReactor

__all__ = ["SelectReactor", "install"]


class SelectReactor(Reactor):
    """A reactor on a stock asyncio loop."""

    def _makeLoop(self) -> asyncio.AbstractEventLoop:
        return selectorLoop("SelectSelector")


def install() -> None:
    """Make this the reactor of the process. Raises: ReactorAlreadyInstalledError."""
    installReactor(SelectReactor())
