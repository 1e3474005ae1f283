"""Which event loop a reactor runs on."""

from __future__ import annotations

import asyncio
import selectors

__all__ = ["currentLoop", "fastestLoop", "selectorLoop"]


def fastestLoop() -> asyncio.AbstractEventLoop:
    """A new uvloop, or the loop of the standard library where uvloop does not run."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def selectorLoop(name: str) -> asyncio.AbstractEventLoop:
    """
    A new loop of the standard library.

    Args:
        name: of the class in `selectors`, such as ``SelectSelector``.
    Raises: ImportError where the system does not have that call.
    """
    kind = getattr(selectors, name, None)
    if kind is None:
        raise ImportError(f"this system has no selectors.{name}: install another reactor")
    return asyncio.SelectorEventLoop(kind())


def currentLoop() -> asyncio.AbstractEventLoop:
    """The running loop, or the one that was set for this thread, or a new one of the policy."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        pass
    try:
        loop = asyncio.get_event_loop_policy().get_event_loop()
        if not loop.is_closed():
            return loop
    except RuntimeError:
        pass
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop
