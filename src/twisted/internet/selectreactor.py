"""The reactor on the standard library's event loop, over the ``select`` system call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from ._engine.loops import selectorLoop
from ._engine.reactor import Reactor
from .main import installReactor

__all__ = ["SelectReactor", "install", "win32select"]


def win32select(
    r: Iterable[Any], w: Iterable[Any], e: object, timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """
    ``select.select`` as Windows needs it, which fails there where it is given nothing to watch.

    Args:
        r, w: what may be ready to be read or written: sockets, or whatever has a ``fileno``.
        e: not looked at: Windows tells of nothing there that ``w`` does not tell.
        timeout: seconds to wait at most; more than half a second is cut to that, for Ctrl-C is
            not heard in between.
    Returns: what is ready to be read, what to be written, and nothing.
    """
    import select
    from time import sleep

    readers, writers = list(r), list(w)
    seconds = 0.5 if timeout is None else min(timeout, 0.5)
    if not readers and not writers:
        sleep(max(0.0, seconds))
        return [], [], []
    readable, writable, failed = select.select(readers, writers, writers, seconds)
    return readable, [*writable, *(each for each in failed if each not in writable)], []


class SelectReactor(Reactor):
    """A reactor on a stock asyncio loop."""

    def _makeLoop(self) -> asyncio.AbstractEventLoop:
        return selectorLoop("SelectSelector")

    def doIteration(self, timeout: float | None) -> None:
        """
        Turn the loop by hand.

        Args:
            timeout: seconds to go on turning it; 0 or None for one turn.
        """
        super().doIteration(timeout)

    doSelect = doIteration


def install() -> None:
    """Make this the reactor of the process. Raises: ReactorAlreadyInstalledError."""
    installReactor(SelectReactor())
