"""
Timed calls.

A queue of our own and one timer of the loop, instead of a loop timer for each call: a uvloop
timer costs an allocation, a libuv handle and a close callback. It also gives an exact order,
which the millisecond timers of libuv do not, and serves every loop alike.

Most timed calls are time-outs, and most time-outs are cancelled long before their time. So calls
of a later second only lie in a bucket, which costs no sorting, and leave it without a trace; the
calls of this second are in a heap, and calls without a delay in a bucket of their own, which the
loop is asked to see to in its next turn. The laws:

0. A call without a delay is in ``_soon``, whose order is that of making and so that of time. Calls
   of the heap that were due before one of them come before it. One that is cancelled or brought
   forward stays there, and is passed by.
1. A call with a delay that is due before ``_horizon``, a whole second, is in the heap; any other
   is in the bucket of its second. When the clock reaches the horizon, the buckets before the next
   one go to the heap.
2. The heap holds times, and a dictionary the call of each time. No two calls share a time: where
   they would, the later one gets the next number that a float can hold. So calls for the same
   time run in the order of their making, and the heap holds nothing that a garbage collector
   visits.
3. A time without a call is stale: its call was cancelled or moved. It stays until it comes to the
   top, or until most of the heap is stale.
4. A call that is put off keeps its place, and is queued anew when the turn comes to that.
5. The queue runs on the monotonic clock, so that a step of the wall clock neither hurries nor
   starves anybody. ``getTime`` answers in ``reactor.seconds()``, which is wall-clock time because
   programs use it for dates.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from functools import partial
from heapq import heapify, heappop, heappush
from math import ceil, inf, nextafter
from operator import attrgetter
from typing import Any

from zope.interface import implementer

from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from .core import Core, logUnhandled
from .vigils import Vigil

__all__ = ["DelayedCall", "TimedCall", "Timers"]

_monotonic = time.monotonic
_dueOf = attrgetter("_due")
# What stands in the place of a function and arguments that are not needed any more.
_letGo: Any = None
_new = object.__new__
# Whether calls remember their makers. `DelayedCall.debug` says so; but to look there takes a tenth
# of the time of making one.
_debugging = False
# Most calls have none; each would have a dictionary of its own to say so.
_noKeywords: dict[str, Any] = {}


class _Debugged(type):
    """The class of a class whose ``debug`` is set by programs, and followed by `_debugging`."""

    def __setattr__(cls, name: str, value: Any) -> None:
        global _debugging
        super().__setattr__(name, value)
        if name == "debug":
            _debugging = bool(value)


@implementer(IDelayedCall)
class DelayedCall(metaclass=_Debugged):
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

    # What is here is what the calls of a reactor have too, of which there may be many; the rest
    # goes to the dictionary.
    __slots__ = ("__dict__", "__weakref__", "args", "called", "cancelled", "func", "kw")

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
        if _debugging:
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
        if getattr(self, "func", None) is not None:
            name = getattr(self.func, "__qualname__", None) or repr(self.func)
            given = [repr(each) for each in self.args]
            given += [f"{key}={value!r}" for key, value in self.kw.items()]
            head += f" {name}({', '.join(given)})"
        if self.creator is not None:
            head += "\n\ntraceback at creation: \n\n" + "    ".join(self.creator)
        return head + ">"


class TimedCall(DelayedCall):
    """A `DelayedCall` of a reactor, due at ``_due``; it lies in ``_bucket``, or at ``_queued``."""

    __slots__ = ("_bucket", "_due", "_queued", "_timers")

    # `Timers.callLater` makes these, and sets what is here.
    _bucket: dict[TimedCall, None] | None
    _due: float
    _queued: float
    _timers: Timers

    @property
    def time(self) -> float:  # type: ignore[override]  # the queue has the monotonic time instead
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
        bucket = self._bucket
        if bucket is not None:
            del bucket[self]
        else:
            self._timers._forget(self._queued)
        if not self.debug:
            # Setting is much faster than deleting.
            self.func = self.args = self.kw = _letGo

    def reset(self, secondsFromNow: float) -> None:
        if self.cancelled or self.called:
            self._requireActive()
        self._due = when = _monotonic() + secondsFromNow
        if when < self._queued:
            self._timers._hasten(self)

    def delay(self, secondsLater: float) -> None:
        self._requireActive()
        self._due += secondsLater
        if self._due < self._queued:
            self._timers._hasten(self)

    def activate_delay(self) -> None:
        """Nothing to do: the queue takes a call up anew by itself."""


class _SoonBucket(dict[TimedCall, None]):
    """Stands for ``_soon``, where a call that leaves stays to be passed by."""

    def __delitem__(self, call: TimedCall) -> None:
        call._bucket = None


_soonBucket = _SoonBucket()


@implementer(IReactorTime)
class Timers(Core):
    """``IReactorTime``: the queue and the one loop timer that wakes it."""

    stalePerCompaction = 64
    """Stale times that may lie in the heap before it is looked at whether they are most of it."""
    longestSleepSeconds = 86400.0
    """Loop timers are not set further ahead than this: libuv counts milliseconds in an integer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._times: list[float] = []
        self._calls: dict[float, TimedCall] = {}
        self._stale = 0
        self._soon: list[TimedCall] = []
        self._atOnce: list[TimedCall] = []
        self._soonAsked = False
        self._buckets: dict[float, dict[TimedCall, None]] = {}
        self._bucketSeconds: list[float] = []
        self._horizon = _monotonic() // 1 + 1
        self._wakeAt = inf
        self._waker: asyncio.Handle | None = None
        self._vigils: dict[tuple[float, Callable[[Any], object]], Vigil] = {}

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
            raise AssertionError(f"callLater() was given {delay!r}: it takes zero seconds or more")
        due = _monotonic() + delay
        # As an __init__ of TimedCall would, without the call of it.
        # (measured: benchmarks/ "timers" and "soon")
        call: TimedCall = _new(TimedCall)
        call._due = call._queued = due
        call.func = callable
        call.args = args
        call.kw = kw or _noKeywords
        call._timers = self
        call.called = call.cancelled = 0
        if _debugging:
            call._rememberCreator()
        if not delay:
            self._soon.append(call)
            call._bucket = _soonBucket
            if not self._soonAsked:
                self._askForSoon()
        elif due < self._horizon and due not in self._calls and due >= self._wakeAt:
            # What `_pushNear` does where nothing else is to be seen to: most calls again.
            call._bucket = None
            self._calls[due] = call
            heappush(self._times, due)
        elif due < self._horizon:
            self._pushNear(call)
        else:
            # Here once more what `_putFar` does where the bucket stands already: most calls.
            bucket = self._buckets.get(due // 1)
            if bucket is None:
                self._putFar(call)
            else:
                bucket[call] = None
                call._bucket = bucket
        return call

    def _vigil(self, seconds: float, tell: Callable[[Any], object]) -> Vigil | None:
        """
        Returns: what watches all who are to be told, if they are quiet for that long; None where
            somebody has put another `callLater` in the place of ours.
        """
        if "callLater" in self.__dict__:
            return None
        key = (seconds, tell)
        vigil = self._vigils.get(key)
        if vigil is None:
            over = partial(self._vigils.pop, key, None)
            vigil = self._vigils[key] = Vigil(seconds, tell, self.callLater, over)
        return vigil

    def getDelayedCalls(self) -> list[TimedCall]:
        """The calls that are still to come, in no order."""
        pending = list(self._calls.values())
        for soon in (self._atOnce, self._soon):
            pending += [call for call in soon if call.active() and call._bucket is _soonBucket]
        for bucket in self._buckets.values():
            pending += bucket
        return pending

    def _putFar(self, call: TimedCall) -> None:
        due = call._queued = call._due
        second = due // 1 if due < inf else sys.float_info.max
        bucket = self._buckets.get(second)
        if bucket is None:
            bucket = self._buckets[second] = {}
            heappush(self._bucketSeconds, second)
            if second < self._wakeAt:
                self._wake(second)
        bucket[call] = None
        call._bucket = bucket

    def _pushNear(self, call: TimedCall) -> None:
        calls = self._calls
        due = call._due
        while due in calls:
            due = nextafter(due, inf)
        call._due = call._queued = due
        call._bucket = None
        calls[due] = call
        heappush(self._times, due)
        if due < self._wakeAt:
            self._wake(due)

    def _queue(self, call: TimedCall) -> None:
        if call._due < self._horizon:
            self._pushNear(call)
        else:
            self._putFar(call)

    def _hasten(self, call: TimedCall) -> None:
        bucket = call._bucket
        if bucket is None:
            self._forget(call._queued)
        else:
            del bucket[call]
        self._queue(call)

    def _forget(self, due: float) -> None:
        del self._calls[due]
        self._stale = stale = self._stale + 1
        if stale > self.stalePerCompaction and stale * 2 > len(self._times):
            # In place: `_runDue` may be in the middle of this very list.
            self._times[:] = self._calls
            heapify(self._times)
            self._stale = 0

    # Waking

    def _wake(self, when: float) -> None:
        if self._waker is not None:
            self._waker.cancel()
        self._wakeAt = when
        loop = self._asyncioEventloop
        delay = when - _monotonic()
        if delay <= 0:
            self._waker = loop.call_soon(self._runDue)
        else:
            # libuv counts whole milliseconds and would wake us too early, to spin until the time.
            delay = ceil(min(delay, self.longestSleepSeconds) * 1000) / 1000
            self._waker = loop.call_later(delay, self._runDue)

    def runUntilCurrent(self) -> None:
        """Run the calls that are due, now. The loop does so by itself."""
        if self._waker is not None:
            self._waker.cancel()
        self._runDue()

    def timeout(self) -> float | None:
        """Seconds until the next call is due; None if there is none."""
        pending = self.getDelayedCalls()
        return max(0.0, min(call._due for call in pending) - _monotonic()) if pending else None

    def _runDue(self) -> None:
        self._waker = None
        if self._soon:
            # Some of them may be older than what is due now.
            self._runSoon()
        # Calls that are made meanwhile wait for the next turn, so that I/O gets its own.
        self._wakeAt = -inf
        try:
            now = _monotonic()
            if now >= self._horizon:
                self._advanceTo(now // 1 + 1)
            self._runUntil(now)
        finally:
            self._wakeAt = inf
            if self._times:
                self._wake(self._times[0])
            elif self._bucketSeconds:
                self._wake(self._bucketSeconds[0])

    def _runUntil(self, now: float) -> None:
        times, calls = self._times, self._calls
        debug = TimedCall.debug
        while times and times[0] <= now:
            due = heappop(times)
            call = calls.pop(due, None)
            if call is None:
                self._stale -= 1
            elif call._due > due:
                self._queue(call)
            else:
                # As in `_runSoon`: a method for both would add a tenth to either.
                call.called = 1
                try:
                    if call.kw:
                        call.func(*call.args, **call.kw)
                    else:
                        call.func(*call.args)
                except BaseException:
                    logUnhandled(f"the timed call {call.func!r}")
                if not debug:
                    call.func = call.args = call.kw = _letGo

    def _runSoon(self) -> None:
        self._soonAsked = False
        if self._atOnce:
            # A call of these runs the queue by hand.
            return
        batch = self._atOnce = self._soon
        self._soon = []
        now = _monotonic()
        if now >= self._horizon:
            self._advanceTo(now // 1 + 1)
        times = self._times
        debug = TimedCall.debug
        try:
            for call in batch:
                due = call._queued
                if times and times[0] <= due:
                    self._runUntil(due)
                if call.cancelled or call._bucket is not _soonBucket:
                    continue
                if call._due > due:
                    self._queue(call)
                    continue
                call.called = 1
                try:
                    if call.kw:
                        call.func(*call.args, **call.kw)
                    else:
                        call.func(*call.args)
                except BaseException:
                    logUnhandled(f"the timed call {call.func!r}")
                if not debug:
                    call.func = call.args = call.kw = _letGo
        except BaseException:
            # An interrupt came between two of them: the rest come in the next turn.
            self._soon = [call for call in batch if call.active()] + self._soon
            self._askForSoon()
            raise
        finally:
            self._atOnce = []

    def _askForSoon(self) -> None:
        if not self._soonAsked:
            self._soonAsked = True
            self._asyncioEventloop.call_soon(self._runSoon)

    def _advanceTo(self, horizon: float) -> None:
        self._horizon = horizon
        while self._bucketSeconds and self._bucketSeconds[0] < horizon:
            bucket = self._buckets.pop(heappop(self._bucketSeconds))
            # Sorted for the calls of the same time, which keep the order of their making.
            for call in sorted(bucket, key=_dueOf):
                self._queue(call)
