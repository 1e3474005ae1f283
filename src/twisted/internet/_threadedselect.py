"""
The reactor for programs whose main loop belongs to somebody else: a game, a toolkit for windows.

::

    reactor = _threadedselect.install()
    reactor.interleave(callInMainLoop)  # a function of the toolkit's
    toolkit.mainLoop()

Its room is ``_engine.interleaving``, which explains how the two loops share a thread.
"""

from __future__ import annotations

from collections.abc import Callable

from ._engine.interleaving import Interleaved
from .main import installReactor

__all__ = ["ThreadedSelectReactor", "install"]


class ThreadedSelectReactor(Interleaved):
    """A reactor on a stock asyncio loop, with a thread that waits for it."""


def install(
    waker: Callable[[Callable[[], None]], object] | None = None,
) -> ThreadedSelectReactor:
    """
    Make this the reactor of the process.

    Args:
        waker: what ``interleave`` is to take, where it is given none.
    Returns: the reactor.
    Raises: ReactorAlreadyInstalledError.
    """
    reactor = ThreadedSelectReactor(waker)
    installReactor(reactor)
    return reactor
