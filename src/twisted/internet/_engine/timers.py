"""
Timed calls.

One binary heap of our own and one timer of the loop, instead of a loop timer for each call: a
uvloop timer costs an allocation, a libuv handle and a close callback, where a heap entry costs
a tuple. It also gives an exact order, which the millisecond timers of libuv do not, and serves
every loop alike.

The laws:

1. An entry of the heap is ``(when, number, call)``. It counts only while ``call._queued`` is its
   ``when``; entries that were overtaken by an earlier `DelayedCall.reset` or by a cancel stay
   until they come to the top, or until they are more than half of the heap.
2. A call that is put off keeps its entry and is queued anew when that comes to the top.
3. The heap runs on the monotonic clock, so that a step of the wall clock neither hurries nor
   starves anybody. ``getTime`` answers in ``reactor.seconds()``, which is wall-clock time because
   programs use it for dates.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import count
from math import ceil, inf
from typing import Any

from zope.interface import implementer

from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from .core import Core, logUnhandled

__all__ = ["DelayedCall", "TimedCall", "Timers"]

_monotonic = time.monotonic


@implementer(IDelayedCall)
class DelayedCall:
    """
    A call that waits for its time.

    ``reactor.callLater`` and ``Clock.callLater`` return one; programs do not make their own.

    Args:
        time: when to call, on the clock of ``seconds``.
        func: what to call, with ``args`` and ``kw``.
        cancel: told of this call when it is cancelled.
        reset: told of this call when it was moved to an earlier time.
        seconds: the clock, in seconds.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "args",
        "called",
        "cancelled",
        "canceller",
        "delayed_time",
        "func",
        "kw",
        "resetter",
        "seconds",
        "time",
    )

    debug = False
    """Whether calls made from now on remember the stack that made them, for ``repr``."""
    creator: list[str] | None = None

    def __init__(
        self,
        time: float,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kw: dict[str, Any],
        cancel: Callable[[DelayedCall], object],
        reset: Callable[[DelayedCall], object],
        seconds: Callable[[], float] = time.time,
    ) -> None:
        self.time = time
        self.func = func
        self.args = args
        self.kw = kw
        self.canceller = cancel
        self.resetter = reset
        self.seconds = seconds
        self.called = 0
        self.cancelled = 0
        self.delayed_time = 0.0
        if self.debug:
            self._rememberCreator()

    def _rememberCreator(self) -> None:
        import traceback

        self.creator = traceback.format_stack()[:-2]

    def getTime(self) -> float:
        """When the call is due, in seconds of ``reactor.seconds()``."""
        return self.time + self.delayed_time

    def active(self) -> bool:
        """Whether the call is still to come."""
        return not (self.called or self.cancelled)

    def _requireActive(self) -> None:
        if self.cancelled:
            raise AlreadyCancelled
        if self.called:
            raise AlreadyCalled

    def cancel(self) -> None:
        """
        Call it off.

        Raises: AlreadyCancelled, AlreadyCalled.
        """
        self._requireActive()
        self.canceller(self)
        self.cancelled = 1
        self._release()

    def _release(self) -> None:
        # What the caller handed over must not live as long as somebody holds this object; in
        # debug mode the repr still wants to name it.
        if not self.debug:
            del self.func, self.args, self.kw

    def reset(self, secondsFromNow: float) -> None:
        """
        Start the wait anew.

        Args:
            secondsFromNow: seconds from now until the call.
        Raises: AlreadyCancelled, AlreadyCalled.
        """
        self._requireActive()
        self._moveTo(self.seconds() + secondsFromNow)

    def delay(self, secondsLater: float) -> None:
        """
        Put the call off.

        Args:
            secondsLater: seconds to add to the wait; negative ones bring the call forward.
        Raises: AlreadyCancelled, AlreadyCalled.
        """
        self._requireActive()
        self._moveTo(self.getTime() + secondsLater)

    def _moveTo(self, when: float) -> None:
        if when < self.time:
            self.delayed_time = 0.0
            self.time = when
            self.resetter(self)
        else:
            self.delayed_time = when - self.time

    def activate_delay(self) -> None:
        """Make the time that was put off the time of the call; for whoever keeps the queue."""
        self.time += self.delayed_time
        self.delayed_time = 0.0

    def __le__(self, other: object) -> bool:
        if not isinstance(other, DelayedCall):
            return NotImplemented
        return self.time <= other.time

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, DelayedCall):
            return NotImplemented
        return self.time < other.time

    def __repr__(self) -> str:
        """State and call in one line, for logs and for the reports of tests."""
        head = (
            f"<DelayedCall {id(self):#x} [{self.getTime() - self.seconds()}s] "
            f"called={self.called} cancelled={self.cancelled}"
        )
        if hasattr(self, "func"):
            name = getattr(self.func, "__qualname__", None) or repr(self.func)
            given = [repr(each) for each in self.args]
            given += [f"{key}={value!r}" for key, value in self.kw.items()]
            head += f" {name}({', '.join(given)})"
        if self.creator is not None:
            head += "\n\ntraceback at creation: \n\n" + "    ".join(self.creator)
        return head + ">"


class TimedCall(DelayedCall):
    """A `DelayedCall` of a reactor; ``_queued`` is the ``when`` of its one valid heap entry."""

    __slots__ = ("_due", "_queued", "_timers")

    # measured: this with `Timers.callLater` and `cancel` is what benchmarks/ calls "timers";
    # super().__init__ alone would add a tenth.
    def __init__(
        self,
        due: float,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kw: dict[str, Any],
        timers: Timers,
    ) -> None:
        self._due = self._queued = due
        self.func = func
        self.args = args
        self.kw = kw
        self._timers = timers
        self.called = self.cancelled = 0
        if self.debug:
            self._rememberCreator()

    @property
    def time(self) -> float:  # type: ignore[override]  # the heap keeps the monotonic time instead
        """When the call is due, in seconds of the wall clock."""
        return self.getTime()

    @property
    def seconds(self) -> Callable[[], float]:  # type: ignore[override]  # one for all, not each
        """The clock of the reactor."""
        return self._timers.seconds

    def getTime(self) -> float:
        return self._timers.seconds() + (self._due - _monotonic())

    def cancel(self) -> None:
        if self.cancelled or self.called:
            self._requireActive()
        self.cancelled = 1
        if not self.debug:
            del self.func, self.args, self.kw
        self._timers._forget()

    def reset(self, secondsFromNow: float) -> None:
        self._requireActive()
        self._moveTo(_monotonic() + secondsFromNow)

    def delay(self, secondsLater: float) -> None:
        self._requireActive()
        self._moveTo(self._due + secondsLater)

    def _moveTo(self, when: float) -> None:
        self._due = when
        if when < self._queued:
            self._timers._hasten(self)

    def activate_delay(self) -> None:
        """Nothing to do: the heap queues a call anew by itself."""


@implementer(IReactorTime)
class Timers(Core):
    """``IReactorTime``: the heap and the one loop timer that wakes it."""

    stalePerCompaction = 64
    """Entries that may lie dead in the heap before it is looked at whether they are most of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._heap: list[tuple[float, int, TimedCall]] = []
        self._nextNumber = count().__next__
        self._stale = 0
        self._wakeAt = inf
        self._waker: asyncio.Handle | None = None

    def seconds(self) -> float:
        """The present time: seconds since the epoch."""
        return time.time()

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: Any, **kw: Any
    ) -> TimedCall:
        """
        Call something after a while.

        Args:
            delay: seconds, not negative. Zero means: in the next turn of the loop.
            callable: what to call with ``args`` and ``kw``.
        Returns: the pending call, which can be cancelled and moved.
        """
        if not delay >= 0:
            raise AssertionError(f"{delay} is not greater than or equal to 0 seconds")
        due = _monotonic() + delay
        call = TimedCall(due, callable, args, kw, self)
        heappush(self._heap, (due, self._nextNumber(), call))
        if due < self._wakeAt:
            self._wake(due, delay)
        return call

    def getDelayedCalls(self) -> list[TimedCall]:
        """The calls that are still to come, in no order."""
        return [
            call
            for when, _, call in self._heap
            if call._queued == when and not (call.cancelled or call.called)
        ]

    def _wake(self, when: float, delay: float) -> None:
        if self._waker is not None:
            self._waker.cancel()
        self._wakeAt = when
        loop = self._asyncioEventloop
        if delay <= 0:
            self._waker = loop.call_soon(self._runDue)
        else:
            # libuv counts whole milliseconds and would wake us too early, to spin until the time.
            self._waker = loop.call_later(ceil(delay * 1000) / 1000, self._runDue)

    def _runDue(self) -> None:
        self._waker = None
        # Calls that are made meanwhile wait for the next turn, so that I/O gets its own.
        self._wakeAt = -inf
        heap = self._heap
        now = _monotonic()
        try:
            while heap and heap[0][0] <= now:
                when, _, call = heappop(heap)
                if call.cancelled or call._queued != when:
                    self._stale -= 1
                elif call._due > when:
                    call._queued = call._due
                    heappush(heap, (call._due, self._nextNumber(), call))
                else:
                    self._run(call)
        finally:
            self._wakeAt = inf
            if heap:
                due = heap[0][0]
                self._wake(due, due - _monotonic())

    def _run(self, call: TimedCall) -> None:
        call.called = 1
        try:
            call.func(*call.args, **call.kw)
        except BaseException:
            logUnhandled(f"the timed call {call.func!r}")
        if not call.debug:
            del call.func, call.args, call.kw

    def _hasten(self, call: TimedCall) -> None:
        self._stale += 1
        due = call._queued = call._due
        heappush(self._heap, (due, self._nextNumber(), call))
        if due < self._wakeAt:
            self._wake(due, due - _monotonic())

    def _forget(self) -> None:
        self._stale = stale = self._stale + 1
        if stale > self.stalePerCompaction and stale * 2 > len(self._heap):
            self._compact()

    def _compact(self) -> None:
        # In place: `_runDue` may be in the middle of this very list.
        self._heap[:] = [
            entry for entry in self._heap if not entry[2].cancelled and entry[2]._queued == entry[0]
        ]
        heapify(self._heap)
        self._stale = 0
