"""
A reactor beside the event loop of somebody else, such as that of a toolkit for windows.

Two loops cannot both wait in one thread. Here a thread of ours does the waiting, and nothing else:

    program's thread   turn, turn, (its own events)  ... turn
    waiting thread     wait ......................... wait

A turn runs what is ready, and tells how long there is nothing else to do. The thread waits so long,
or until a descriptor is ready, and then asks the program, by the function that it gave us, to have
its own thread take the next turn. Never do both work at the same time.

How long that is, an asyncio loop tells nobody but its selector, when it would wait. So the selector
is ours: in place of waiting it notes the time, and ends the turn.
"""

from __future__ import annotations

import asyncio
import select
import selectors
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .reactor import Reactor

if TYPE_CHECKING:
    from contextvars import Context
    from queue import SimpleQueue
    from threading import Thread

    from typing_extensions import TypeVarTuple, Unpack

    _Given = TypeVarTuple("_Given")

__all__ = ["Interleaved"]

Turn = Callable[[], None]


class _NotWaiting(selectors.BaseSelector):
    """
    A selector that looks, and leaves the waiting to others while `turning`.

    A turn is two rounds of the loop: in the first it does what there is, in the second what came of
    that, and the end of it tells how long there is nothing else.

    Attributes:
        wait: seconds for which there was nothing to do at the end of the last turn; None is ever.
    """

    def __init__(self) -> None:
        kind = getattr(selectors, "EpollSelector", None) or getattr(
            selectors, "KqueueSelector", None
        )
        if kind is None:
            raise ImportError("this system has neither epoll nor kqueue: install another reactor")
        self._real = kind()
        self.turning = False
        self.wait: float | None = 0.0
        self._looked = False
        self.endTurn: Callable[[], object] = bool

    def fileno(self) -> int:
        """What can be read from while any of the descriptors is ready."""
        return int(self._real.fileno())

    def begin(self) -> None:
        """A turn begins."""
        self.turning, self._looked = True, False
        self.wait = 0.0  # for a turn that somebody else ends

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if not self.turning:
            return self._ready(timeout)
        found = self._ready(0)
        if self._looked:
            self.wait = 0.0 if found else timeout
            self.endTurn()
        self._looked = True
        return found

    def _ready(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        found: list[tuple[selectors.SelectorKey, int]] = self._real.select(timeout)
        return found

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key: selectors.SelectorKey = self._real.register(fileobj, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key: selectors.SelectorKey = self._real.unregister(fileobj)
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key: selectors.SelectorKey = self._real.modify(fileobj, events, data)
        return key

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        known: Mapping[Any, selectors.SelectorKey] = self._real.get_map()
        return known

    def close(self) -> None:
        self._real.close()


class _Loop(asyncio.SelectorEventLoop):
    """A loop that wakes the waiting thread when it is given something to do between two turns."""

    def __init__(self, selector: _NotWaiting) -> None:
        self.watched = selector
        self._askedToWake = False
        super().__init__(selector)
        selector.endTurn = self.stop

    def turn(self) -> float | None:
        """Do what is ready. Returns: seconds until there is more; None if that needs an event."""
        self._askedToWake = False
        self.watched.begin()
        try:
            self.run_forever()
        finally:
            self.watched.turning = False
        return self.watched.wait

    def call_soon(
        self,
        callback: Callable[[Unpack[_Given]], object],
        *args: Unpack[_Given],
        context: Context | None = None,
    ) -> asyncio.Handle:
        self._wake()
        return super().call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[_Given]], object],
        *args: Unpack[_Given],
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        self._wake()
        return super().call_at(when, callback, *args, context=context)

    def _wake(self) -> None:
        if not self.watched.turning and not self._askedToWake:
            self._askedToWake = True
            self.call_soon_threadsafe(bool)


class _Waiter:
    """
    The thread that waits.

    Args:
        fd: ends the waiting when it can be read from.
        done: called in that thread after each waiting.
    """

    def __init__(self, fd: int, done: Callable[[], object]) -> None:
        from queue import SimpleQueue

        self._fd, self._done = fd, done
        self._orders: SimpleQueue[tuple[float | None] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def wait(self, seconds: float | None) -> None:
        """Have the thread wait once, with the first order it is started."""
        self._orders.put((seconds,))
        if self._thread is None:
            from threading import Thread

            self._thread = Thread(target=self._obey, name="reactor-waits", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """End the thread, which must not be waiting for descriptors."""
        self._orders.put(None)
        if self._thread is not None:
            self._thread.join()

    def _obey(self) -> None:
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        while (order := self._orders.get()) is not None:
            (seconds,) = order
            # Rounded up by poll() to the next millisecond, so that no turn comes too early.
            poll.poll(None if seconds is None else max(0.0, seconds) * 1000)
            self._done()


class Interleaved(Reactor):
    """
    A reactor whose turns are taken by the loop of somebody else.

    ``run`` works as for every reactor. For another loop there is `interleave`.

    Args:
        waker: what `interleave` is to take, where it is given none.
    """

    _asyncioEventloop: _Loop

    def __init__(self, waker: Callable[[Turn], object] | None = None) -> None:
        super().__init__()
        self._askForTurn = waker
        self._waiter: _Waiter | None = None

    def _makeLoop(self) -> asyncio.AbstractEventLoop:
        return _Loop(_NotWaiting())

    def interleave(
        self, waker: Callable[[Turn], object] | None = None, installSignalHandlers: bool = True
    ) -> None:
        """
        Start, and take turns whenever the other loop has us do so. It goes on until `stop`.

        Args:
            waker: called in another thread, with a function of no arguments. It has the thread in
                which `interleave` was called run that function soon, from that thread's own loop,
                and returns without waiting for it.
            installSignalHandlers: as for `run`.
        Raises: TypeError if no waker is known; what `run` raises.
        """
        waker = waker or self._askForTurn
        if waker is None:
            raise TypeError("interleave() needs a function that has your loop call something")
        self._requireIdleLoop("interleave")
        self.startRunning(installSignalHandlers)
        self._weave(waker)

    def _weave(self, waker: Callable[[Turn], object]) -> None:
        self._mainLoopRuns = True
        loop = self._asyncioEventloop
        self._waiter = _Waiter(loop.watched.fileno(), lambda: waker(self._takeTurn))
        self._waiter.wait(0)

    def _takeTurn(self) -> None:
        waiter = self._waiter
        if waiter is None:
            return  # asked for before, and run after the end
        ended = True
        try:
            seconds = self._asyncioEventloop.turn()
            ended = not self._started
        finally:
            # SystemExit and its like come through the loop: no turn comes after it.
            if ended:
                self._unweave()
        if not ended:
            waiter.wait(seconds)

    def _unweave(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            self._mainLoopRuns = False
            waiter.end()
            self._uninstallHandler()
            self._letTransportsClose()

    def mainLoop(self) -> None:
        """Take the turns here, until somebody stops it; `run` calls this once all is set up."""
        from queue import SimpleQueue

        turns: SimpleQueue[Turn] = SimpleQueue()
        self._weave(turns.put)
        try:
            while self._waiter is not None:
                turns.get()()
        finally:
            if self._waiter is not None:
                # Ended between two turns, by KeyboardInterrupt for one: the thread still waits.
                self._asyncioEventloop.call_soon_threadsafe(bool)
                self._unweave()
