"""A clock that goes only when it is told to, for tests."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet._engine.timers import DelayedCall
from twisted.internet.interfaces import IReactorTime

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall


def _due(call: DelayedCall) -> float:
    return call.getTime()


@implementer(IReactorTime)
class Clock:
    """
    Time for tests.

    Attributes:
        rightNow: the present, in seconds.
        calls: the calls that wait, those due first in front.
    """

    rightNow = 0.0

    def __init__(self) -> None:
        self.calls: list[DelayedCall] = []

    def seconds(self) -> float:
        """The present, in seconds from when the clock was made."""
        return self.rightNow

    def callLater(
        self, delay: float, callable: Callable[..., Any], *args: object, **kw: object
    ) -> IDelayedCall:
        """
        Call a function when the clock has gone on by ``delay`` seconds.

        Those due at the same time are called in the order in which they were asked for.
        """
        call = DelayedCall(
            self.seconds() + delay,
            callable,
            args,
            kw,
            self.calls.remove,
            self._moved,
            self.seconds,
        )
        insort(self.calls, call, key=_due)
        return call

    def getDelayedCalls(self) -> list[DelayedCall]:
        """The calls that wait."""
        return self.calls

    def advance(self, amount: float) -> None:
        """
        Let time go on, and make the calls that are due by then.

        Args:
            amount: seconds.
        Raises: whatever a call raises; those that come after it wait for the next `advance`.
        """
        self.rightNow += amount
        calls = self.calls
        while True:
            # A call that was delayed keeps its place until somebody looks.
            calls.sort(key=_due)
            if not calls or calls[0].getTime() > self.seconds():
                return
            while calls and calls[0].getTime() <= self.seconds():
                call = calls.pop(0)
                call.called = 1
                call.func(*call.args, **call.kw)

    def pump(self, timings: Iterable[float]) -> None:
        """Call `advance` with one amount after another."""
        for amount in timings:
            self.advance(amount)

    def _moved(self, call: DelayedCall) -> None:
        self.calls.sort(key=_due)
