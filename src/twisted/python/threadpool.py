"""
A pool of threads for calls that would block the reactor.

Programs seldom make one: the reactor has one (``reactor.getThreadPool()``), and
`twisted.internet.threads.deferToThread` uses it.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread, current_thread
from typing import TYPE_CHECKING, Any

from twisted._threads import pool as _pool
from twisted._threads._pool import _logException
from twisted.python import context
from twisted.python.failure import Failure, _quiet

if TYPE_CHECKING:
    from typing import TypedDict

    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

    class _State(TypedDict):
        min: int
        max: int


__all__ = ["ThreadPool", "WorkerStop"]

#: Kept for programs that import it; the pool ends its threads by other means.
WorkerStop = object()


class _QueueView:
    """What is left of the queue that pools had once: its length."""

    def __init__(self, pool: ThreadPool) -> None:
        self._pool = pool

    def qsize(self) -> int:
        return int(self._pool._team.statistics().backloggedWorkCount)


class ThreadPool:
    """
    Some threads, and calls that wait for one of them.

    A thread is added for each call that finds none free, up to a number; they stay until the
    pool is stopped.

    Attributes:
        min: how many threads there are at least while the pool runs.
        max: how many at most.
        name: goes into the names of the threads, or None.
        threads: the threads.
        started: whether the pool runs.
        joined: whether it was stopped and its threads are gone.
        threadFactory: makes a thread; `threading.Thread`.
    """

    min = 5
    max = 20
    joined = False
    started = False
    name: str | None = None

    threadFactory = Thread
    # A door for tests: makes what the calls are given to.
    _pool = staticmethod(_pool)

    def __init__(self, minthreads: int = 5, maxthreads: int = 20, name: str | None = None) -> None:
        """
        Make a pool; no thread runs before `start`.

        Args:
            minthreads: how many threads to keep at least.
            maxthreads: how many to have at most.
            name: goes into the names of the threads.
        Raises: AssertionError if these numbers make no sense together.
        """
        _checkSizes(minthreads, maxthreads)
        self.min = minthreads
        self.max = maxthreads
        if name is not None:
            self.name = name
        self.threads: list[Thread] = []
        self._number = 0
        self._makeTeam()

    def _makeTeam(self) -> None:
        self._team: Any = self._pool(self._limit, self._makeThread)

    def _limit(self) -> int:
        return self.max if self.started else 0

    def _makeThread(self, **kw: Any) -> Thread:
        number, self._number = self._number, self._number + 1
        thread: Thread = self.threadFactory(
            name=f"PoolThread-{self.name or id(self)}-{number}", **kw
        )
        self.threads.append(thread)
        return thread

    # How it stands

    @property
    def workers(self) -> int:
        """How many threads there are."""
        statistics = self._team.statistics()
        return int(statistics.idleWorkerCount + statistics.busyWorkerCount)

    @property
    def working(self) -> list[None]:
        """As long as there are threads at work."""
        return [None] * self._team.statistics().busyWorkerCount

    @property
    def waiters(self) -> list[None]:
        """As long as there are threads that wait for a call."""
        return [None] * self._team.statistics().idleWorkerCount

    @property
    def q(self) -> _QueueView:
        """Has one method, ``qsize()``: how many calls wait for a thread."""
        return _QueueView(self)

    _queue = q

    def dumpStats(self) -> None:
        """Log how many calls and threads there are."""
        from twisted.python import log

        idle, busy, waiting = self._team.statistics()
        log.msg(f"thread pool {self.name}: {waiting} calls wait, {idle} threads wait, {busy} work")

    # Beginning and end

    def start(self) -> None:
        """Start the threads, and with them the calls that were made before."""
        self.joined = False
        self.started = True
        self.adjustPoolsize()
        waiting = self._team.statistics().backloggedWorkCount
        if waiting:
            self._team.grow(waiting)

    def stop(self) -> None:
        """Take no more calls, wait for those that were made, and end the threads."""
        self.joined = True
        self.started = False
        self._team.quit()
        for thread in self.threads:
            thread.join()

    def adjustPoolsize(self, minthreads: int | None = None, maxthreads: int | None = None) -> None:
        """
        Set other numbers of threads; None leaves one as it is.

        Raises: AssertionError if they make no sense together.
        """
        minthreads = self.min if minthreads is None else minthreads
        maxthreads = self.max if maxthreads is None else maxthreads
        _checkSizes(minthreads, maxthreads)
        self.min = minthreads
        self.max = maxthreads
        if not self.started:
            return
        now = self.workers
        if now > maxthreads:
            self._team.shrink(now - maxthreads)
        elif now < minthreads:
            self._team.grow(minthreads - now)

    def startAWorker(self) -> None:
        """Add a thread, if there may be one more."""
        self._team.grow(1)

    def stopAWorker(self) -> None:
        """End a thread when it has nothing to do."""
        self._team.shrink(1)

    @staticmethod
    def currentThread() -> Thread:
        """Deprecated: `threading.current_thread`."""
        import warnings

        warnings.warn(
            "twisted.python.threadpool.ThreadPool.currentThread was deprecated in "
            "Twisted 22.1.0; please use threading.current_thread instead",
            DeprecationWarning,
            stacklevel=2,
        )
        return current_thread()

    def __getstate__(self) -> _State:
        return {"min": self.min, "max": self.max}

    def __setstate__(self, state: _State) -> None:
        ThreadPool.__init__(self, state["min"], state["max"])

    # Calls

    def callInThread(self, func: Callable[_P, object], *args: _P.args, **kw: _P.kwargs) -> None:
        """
        Call a function in one of the threads. An exception that it raises is logged.

        Args:
            func: called as ``func(*args, **kw)``, in the caller's `twisted.python.context`.
        """
        if self.joined:
            return
        self._team.do(_inContext(_Call(None, func, args, kw)))

    def callInThreadWithCallback(
        self,
        onResult: Callable[[bool, Any], object] | None,
        func: Callable[_P, object],
        *args: _P.args,
        **kw: _P.kwargs,
    ) -> None:
        """
        Call a function in one of the threads, and another one with what it gave.

        Args:
            onResult: called in that same thread, as ``onResult(True, result)`` or
                ``onResult(False, failure)``; None logs an exception and forgets a result.
            func: called as ``func(*args, **kw)``.
        """
        if self.joined:
            return
        self._team.do(_inContext(_Call(onResult, func, args, kw)))


def _checkSizes(minthreads: int, maxthreads: int) -> None:
    if minthreads < 0:
        raise AssertionError(f"a pool cannot have {minthreads} threads at least")
    if minthreads > maxthreads:
        raise AssertionError(
            f"a pool cannot have {minthreads} threads at least and {maxthreads} at most"
        )


class _Call:
    """A call to be made in a thread, and who is to be told."""

    __slots__ = ("args", "func", "keywords", "onResult")

    def __init__(
        self,
        onResult: Callable[[bool, Any], object] | None,
        func: Callable[..., object],
        args: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> None:
        self.onResult = onResult
        self.func: Callable[..., object] = func
        self.args = args
        self.keywords = keywords

    @_quiet
    def __call__(self) -> None:
        onResult = self.onResult
        if onResult is None:
            try:
                self.func(*self.args, **self.keywords)
            except BaseException:
                _logException()
            return
        result: Any
        try:
            result = self.func(*self.args, **self.keywords)
            success = True
        except BaseException as error:
            result = Failure(error)
            success = False
        # The function and its arguments are not kept alive by whoever takes the result.
        del self.func, self.args, self.keywords, self.onResult
        onResult(success, result)


def _inContext(work: _Call) -> Callable[[], object]:
    """Let a call see the values that `twisted.python.context` has here and now."""
    present = context.theContextTracker.currentContext().contexts[-1]
    if present is context.defaultContextDict:
        # Which is where every thread begins.
        return work
    return lambda: context.call(present, work)
