"""
One timed call for all who wait equally long, such as the connections of a server.

Each would have a call of its own, of some 300 bytes. Here each has a place in a dictionary, in the
order in which their times come: whoever was heard of goes to the end.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Any

from .core import logUnhandled

__all__ = ["Vigil"]


class Vigil:
    """
    Tells those who were quiet for a while.

    Attributes:
        seconds: the while.

    Args:
        seconds: as above.
        tell: called with each who was quiet. It is watched no more.
        callLater: a reactor's; what it returns says ``called`` and ``cancelled``.
        over: called when nobody is watched any more; this vigil is not used again then.
    """

    __slots__ = ("_call", "_callLater", "_dues", "_over", "_tell", "seconds")

    def __init__(
        self,
        seconds: float,
        tell: Callable[[Any], object],
        callLater: Callable[..., Any],
        over: Callable[[], object],
    ) -> None:
        self.seconds = seconds
        self._tell = tell
        self._callLater = callLater
        self._over = over
        self._dues: dict[Any, float] = {}
        self._call = callLater(seconds, self._look)

    # measured: benchmarks/ "hello"
    def watch(self, who: Any) -> None:
        """Wait for somebody to be quiet, from now on. Args: who: one who is watched, or another."""
        dues = self._dues
        if who in dues:
            del dues[who]
        dues[who] = monotonic() + self.seconds
        # Trial, for one, cancels all that a test has left behind.
        if self._call.cancelled:
            self._call = self._callLater(self.seconds, self._look)

    def forget(self, who: Any) -> None:
        """Wait for somebody no more."""
        if self._dues.pop(who, None) is None:
            return
        # While it looks, its call was called: it sees by itself that nobody is left.
        if not self._dues and not self._call.called:
            if not self._call.cancelled:
                self._call.cancel()
            self._over()

    def _look(self) -> None:
        now = monotonic()
        quiet = []
        for who, due in self._dues.items():
            if due > now:
                break
            quiet.append(who)
        for who in quiet:
            # What another one was told may have changed it.
            if self._dues.get(who, inf) <= now:
                del self._dues[who]
                self._tellOf(who)
        if self._dues:
            first = next(iter(self._dues.values()))
            self._call = self._callLater(max(0, first - monotonic()), self._look)
        else:
            self._over()

    def _tellOf(self, who: Any) -> None:
        try:
            self._tell(who)
        except BaseException:
            logUnhandled(f"the time-out of {who!r}")
