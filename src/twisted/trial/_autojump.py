"""
A reactor whose time passes at once when nothing else can happen.

Its loop is one of asyncio's, over a selector that is asked to wait only when nothing is ready to
run. It then waits for as long as something real is at work (a thread, a child, bytes on their way
between two sockets); where nothing is, the clock jumps to the next moment for which anybody has
asked, be it with ``reactor.callLater``, ``clock.callLater`` or ``asyncio.sleep``.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import TYPE_CHECKING, Any

from twisted.internet._engine.reactor import Reactor
from twisted.internet.task import Clock
from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twisted.internet.interfaces import IDelayedCall

_log = Logger()


class Stalled(Exception):
    """
    A test waits, and there is nothing left that could ever end its waiting.
    """


class _JumpingSelector(selectors.BaseSelector):
    """
    Lets the clock jump, instead of waiting for the time to pass.

    Attributes:
        loop: the loop that it serves; set once that is made.
        graceSeconds: how long sockets and pipes that are watched may take, in real time, to
            become ready, before the clock jumps.
    """

    graceSeconds = 0.005

    def __init__(self) -> None:
        self._inner = selectors.DefaultSelector()
        self.loop: Any = None

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()

    def close(self) -> None:
        self._inner.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """
        Give what is ready. Where nothing is, and the loop would wait, let it do something.
        """
        ready = self._inner.select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.loop.isBusy():
            return self._inner.select(self.loop.realSecondsLeft())
        # One descriptor is the loop's own, by which threads wake it.
        watchesOthers = len(self._inner.get_map()) > 1
        if watchesOthers:
            ready = self._inner.select(self.graceSeconds)
            if ready:
                return ready
        if self.loop.jumpSoon(timeout):
            return []
        if not watchesOthers and self.loop.stall():
            return []
        return self._inner.select(self.loop.realSecondsLeft())


class JumpingLoop(asyncio.SelectorEventLoop):
    """
    An asyncio loop on the time of a clock.

    Args:
        clock: what tells the time.

    Attributes:
        deadline: when, on the system's monotonic clock, `tooLate` is called; None for never.
        tooLate: called with no arguments when the deadline has passed.
        stalled: called with no arguments when nothing can ever happen any more.
    """

    def __init__(self, clock: Clock) -> None:
        selector = _JumpingSelector()
        self.clock = clock
        self.deadline: float | None = None
        self.tooLate: Callable[[], object] | None = None
        self.stalled: Callable[[], object] | None = None
        self._jobs = 0
        self._reactor: Any = None
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """The present time of the clock, in seconds."""
        return self.clock.seconds()

    def run_in_executor(  # type: ignore[override]  # its own signature needs Python 3.11's *Ts
        self, executor: Any, func: Any, *args: Any
    ) -> Any:
        """Have a thread do something, during which time stands still."""
        future = super().run_in_executor(executor, func, *args)
        self._jobs += 1
        future.add_done_callback(self._jobDone)
        return future

    def _jobDone(self, future: object) -> None:
        self._jobs -= 1

    def isBusy(self) -> bool:
        """Whether threads or children are at work, for which one has to wait."""
        if self._jobs:
            return True
        pool = getattr(self._reactor, "threadpool", None)
        if pool is not None and pool.working:
            return True
        from twisted.internet.process import reapProcessHandlers

        return bool(reapProcessHandlers)

    def realSecondsLeft(self) -> float | None:
        """Until the deadline; None if there is none. A deadline that has passed is dealt with."""
        if self.deadline is None:
            return None
        left = self.deadline - time.monotonic()
        if left <= 0 and self.tooLate is not None:
            self.deadline = None
            self.call_soon(self.tooLate)
            return 0.0
        return max(left, 0.0)

    def jumpSoon(self, timeout: float | None) -> bool:
        """
        Let the clock jump to the next moment that anybody waits for.

        Args:
            timeout: seconds to the next one that asyncio waits for; None if there is none.
        Returns: whether there is such a moment.
        """
        steps = [] if timeout is None else [timeout]
        if self.clock.calls:
            steps.append(min(call.getTime() for call in self.clock.calls) - self.clock.seconds())
        if not steps:
            return False
        # Not right here: what is called may want to find a loop that runs its callbacks.
        self.call_soon(self._jump, max(0.0, min(steps)))
        # Who does nothing but jump would never look at the deadline.
        self.realSecondsLeft()
        return True

    def _jump(self, seconds: float) -> None:
        while True:
            try:
                self.clock.advance(seconds)
            except Exception:
                _log.failure("A call of the clock failed")
                # Those that come after it wait for the next advance.
                seconds = 0.0
            else:
                return

    def stall(self) -> bool:
        """
        Say that nothing can happen any more.

        Returns: whether anybody wanted to know.
        """
        if self.stalled is None:
            return False
        stalled, self.stalled = self.stalled, None
        self.call_soon(stalled)
        return True


class JumpingReactor(Reactor):
    """
    A reactor on the time of a `twisted.internet.task.Clock`, which jumps.

    Attributes:
        clock: the clock. It may be advanced by hand, too.
    """

    def __init__(self) -> None:
        self.clock = Clock()
        loop = JumpingLoop(self.clock)
        super().__init__(loop)
        loop._reactor = self

    def seconds(self) -> float:
        """The present time of the clock."""
        return self.clock.seconds()

    def callLater(  # type: ignore[override]  # the calls are the clock's
        self, delay: float, callable: Callable[..., object], *args: Any, **kw: Any
    ) -> IDelayedCall:
        """Call something when the clock is as far."""
        if not delay >= 0:
            raise AssertionError(f"callLater() was given {delay!r}: it takes zero seconds or more")
        return self.clock.callLater(delay, callable, *args, **kw)

    def getDelayedCalls(self) -> list[Any]:
        """The calls that are still to come, the reactor's and the clock's."""
        return list(self.clock.getDelayedCalls())
