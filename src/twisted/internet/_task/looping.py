"""
Calling a function again and again.

The calls lie on a grid: the time of the start and whole intervals from there. A call that took
too long, or came late, does not move the grid, so there is no drift; the ticks that went by
meanwhile are skipped, and `LoopingCall.withCount` tells how many.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Coroutine
from math import floor
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from typing_extensions import Self

#: Seconds, and part of an interval, by which a call may come early and still count as that tick's:
#: clocks are rounded, and two clocks do not agree to the microsecond.
_earlySeconds = 0.001
_earlyPart = 0.001


class _LateReactor:
    """Stands for the reactor until it is needed: making a LoopingCall must not install one."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        from twisted.internet import reactor

        instance.clock = reactor
        return reactor


class LoopingCall:
    """
    Calls a function at regular times.

    Attributes:
        f, a, kw: the function and its arguments.
        running: whether it was started and not stopped.
        interval: seconds between two calls, or None before the first start.
        starttime: when it was started, on its clock.
        call: the `IDelayedCall` for the next call, or None.
        clock: what provides `IReactorTime`; the reactor unless something else is put here.
    """

    f: Callable[..., object]
    a: tuple[Any, ...]
    kw: dict[str, Any]
    clock: Any = _LateReactor()
    call: Any = None
    running = False
    # None before the first start; whatever computes with them comes after it.
    interval: Any = None
    starttime: Any = None
    _deferred: Deferred[Self] | None = None
    _runAtStart = False
    _realLastTime: float | None = None

    def __init__(self, f: Callable[..., object], *a: object, **kw: object) -> None:
        """
        Make one; nothing is called before `start`.

        Args:
            f: called as ``f(*a, **kw)``. The next call waits for a Deferred or a coroutine that
                it gives.
        """
        self.f = f
        self.a = a
        self.kw = kw

    @classmethod
    def withCount(cls, countCallable: Callable[[int], object]) -> Self:
        """
        Make one whose function is told how many ticks have come since its last call.

        Args:
            countCallable: called with that number: 1 where everything is in time, more where
                ticks were missed.
        """
        made: Self

        def counter() -> object:
            return made._callWithCount(countCallable)

        made = cls(counter)
        return made

    @property
    def deferred(self) -> Deferred[Self] | None:
        """Deprecated: what `start` returned."""
        warnings.warn(
            "twisted.internet.task.LoopingCall.deferred was deprecated in Twisted 16.0.0; "
            "please use the deferred returned by start() instead",
            DeprecationWarning,
            stacklevel=2,
        )
        return self._deferred

    def start(self, interval: float, now: bool = True) -> Deferred[Self]:
        """
        Begin.

        Args:
            interval: seconds; 0 calls once in each turn of the reactor.
            now: call at once as well.
        Returns: a Deferred that fires with this object after `stop`, or with the error that
            ended it.
        Raises:
            ValueError: if the interval is negative.
            AssertionError: if it is running already.
        """
        if self.running:
            raise AssertionError(f"{self!r} is running already.")
        if interval < 0:
            raise ValueError(f"an interval of {interval} seconds; it must be 0 or more")
        self.running = True
        # It may be over before this returns, and the attribute gone.
        deferred: Deferred[Self] = Deferred()
        self._deferred = deferred
        self.starttime = self.clock.seconds()
        self.interval = interval
        self._runAtStart = now
        self._realLastTime = None
        if now:
            self()
        else:
            self._scheduleFrom(self.starttime)
        return deferred

    def stop(self) -> None:
        """
        Call no more.

        Raises: AssertionError if it is not running.
        """
        if not self.running:
            raise AssertionError(f"{self!r} is to be stopped and does not run.")
        self.running = False
        if self.call is not None:
            self.call.cancel()
            self.call = None
            self._end(self)

    def reset(self) -> None:
        """
        Let the grid begin anew now; the next call is one interval away.

        Raises: AssertionError if it is not running.
        """
        if not self.running:
            raise AssertionError(f"{self!r} is to be reset and does not run.")
        if self.call is not None:
            self.call.cancel()
            self.call = None
            self.starttime = self.clock.seconds()
            self._scheduleFrom(self.starttime)

    def __call__(self) -> None:
        """Call the function, and see to the next call."""
        self.call = None
        try:
            result = self.f(*self.a, **self.kw)
        except BaseException:
            self._failed(Failure())
            return
        if result is None:
            # Nearly always; what may have to be waited for is looked at more closely.
            self._succeeded(None)
        elif isinstance(result, Failure):
            self._failed(result)
        elif isinstance(result, (Deferred, Coroutine)):
            ensureDeferred(result).addCallbacks(self._succeeded, self._failed)
        else:
            self._succeeded(result)

    def _succeeded(self, result: object) -> None:
        if self.running:
            self._scheduleFrom(self.clock.seconds())
        else:
            self._end(self)

    def _failed(self, failure: Failure) -> None:
        self.running = False
        self._end(failure)

    def _end(self, result: Any) -> None:
        deferred, self._deferred = self._deferred, None
        if deferred is not None:
            deferred.callback(result)

    def _ticksUntil(self, when: float) -> int:
        """How many ticks of the grid have come by a time, that of the start not counted."""
        interval = self.interval
        early = interval * _earlyPart
        if early > _earlySeconds:
            early = _earlySeconds
        ticks: int = floor((when - self.starttime + early) / interval)
        return ticks

    def _scheduleFrom(self, when: float) -> None:
        """Plan the call of the first tick after a time."""
        interval = self.interval
        delay = 0.0
        if interval:
            tick = (self._ticksUntil(when) + 1) * interval + self.starttime
            if tick > when:
                delay = tick - when
        self.call = self.clock.callLater(delay, self)

    def _callWithCount(self, countCallable: Callable[[int], object]) -> object:
        now = self.clock.seconds()
        if not self.interval:
            self._realLastTime = now
            return countCallable(1)
        last = self._realLastTime
        # The call of the start stands for one tick too.
        before = self._ticksUntil(last) if last is not None else -int(self._runAtStart)
        count = self._ticksUntil(now) - before
        if count <= 0:
            return None
        self._realLastTime = now
        return countCallable(count)

    def __repr__(self) -> str:
        name = getattr(self.f, "__qualname__", None) or getattr(self.f, "__name__", None)
        if name is None:
            from twisted.python import reflect

            name = reflect.safe_repr(self.f)
        return f"LoopingCall<{self.interval}>({name}, *{self.a!r}, **{self.kw!r})"
