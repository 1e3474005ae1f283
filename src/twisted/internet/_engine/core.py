"""
What every room of the engine stands on: the loop, and one way to call what a user gave us.

A reactor is the sum of its rooms. Each room is a class that provides one interface
(`timers.Timers` is ``IReactorTime``, `threads.Threads` is ``IReactorThreads``, ...) and keeps
its own state; `reactor.Reactor` inherits them all. Inheritance instead of delegation because
``callLater`` and ``callFromThread`` are hot, and one more frame would cost a tenth of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

__all__ = ["Core", "log", "logUnhandled"]

log = Logger("twisted.internet.reactor")


def logUnhandled(where: str) -> None:
    """
    Log the exception that is being handled: it came out of a callback that nobody waits for.

    Args:
        where: what was being called, in words.
    """
    log.failure("Unhandled error in {where}", failure=Failure(), where=where)


class Core:
    """The loop, as published programs know it: ``reactor._asyncioEventloop``."""

    _asyncioEventloop: asyncio.AbstractEventLoop

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asyncioEventloop = loop

    def _callLogged(
        self, function: Callable[..., object], args: tuple[Any, ...], kw: dict[str, Any]
    ) -> None:
        # BaseException, for SystemExit in a callback must not tear the loop down half-way:
        # programs end by reactor.stop().
        try:
            function(*args, **kw)
        except BaseException:
            logUnhandled(f"a scheduled call of {function!r}")
