"""How much of what costs us and brings nothing a peer may do: a bucket of tokens."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Budget"]


class Budget:
    """
    A bucket of tokens that fills with time.

    Args:
        burst: tokens that it holds, and begins with.
        rate: tokens a second that come back.
        seconds: the clock.
    """

    def __init__(self, burst: float, rate: float, seconds: Callable[[], float]) -> None:
        self.burst, self.rate, self._seconds = burst, rate, seconds
        self.left = burst
        self.since = seconds()

    def take(self, count: float = 1) -> bool:
        """
        Take tokens; a clock that was set back gives none and takes none.

        Returns: whether there were enough.
        """
        now = self._seconds()
        passed, self.since = max(0.0, now - self.since), now
        self.left = min(self.burst, self.left + passed * self.rate)
        if self.left < count:
            return False
        self.left -= count
        return True

    def giveBack(self, count: float) -> None:
        """Something useful was done: so many tokens are there again."""
        self.left = min(self.burst, self.left + count)
