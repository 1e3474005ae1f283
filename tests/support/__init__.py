"""What tests share: running a reactor until something is done, within a bound."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Callable
from typing import Any

from twisted.internet import defer

__all__ = ["drive", "named", "openDescriptors"]


def drive(reactor: Any, function: Callable[..., Any], *args: Any, timeout: float = 10) -> Any:
    """
    Run a reactor until what a function starts has a result.

    Args:
        reactor: one that does not run; it can be used again afterwards.
        function: called with ``args`` inside the running reactor; gives a Deferred, a coroutine
            or a plain result.
        timeout: seconds until this gives up with an AssertionError.
    Returns: the result; an error is raised.
    """
    outcome: list[Any] = []

    def finish(result: Any) -> None:
        outcome.append(result)
        if limit.active():
            limit.cancel()
        reactor.crash()

    def begin() -> None:
        defer.maybeDeferred(function, *args).addBoth(finish)

    limit = reactor.callLater(timeout, reactor.crash)
    reactor.callWhenRunning(begin)
    reactor.run(installSignalHandlers=False)
    if not outcome:
        raise AssertionError(f"{function!r} had no result after {timeout} s")
    result = outcome[0]
    if hasattr(result, "raiseException"):
        result.raiseException()
    return result


def named(thing: object) -> str:
    """
    What a case of a test is called: without addresses, for every process has its own, and all that
    share a run must call their tests alike.
    """
    return re.sub(r" at 0x[0-9a-f]+", "", repr(thing))[:60]


def openDescriptors() -> set[str]:
    """
    The numbers of this process's open files, when what nobody uses any more has gone.

    Failures that were logged keep the frames that they came through, and so do what tests before
    this one logged: later there may be fewer.
    """
    gc.collect()
    return set(os.listdir("/proc/self/fd"))
