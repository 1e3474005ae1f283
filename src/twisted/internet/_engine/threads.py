"""
Calls into the loop from threads, and out of it into a pool of them.

The loop has a thread-safe queue, but each call through it costs a handle, a copy of a context and
perhaps a system call. So calls lie in a queue of our own, and the loop is asked for a turn by the
first one only. The order of steps is the law: a thread puts its call into the queue, then looks
whether a turn was asked for; the turn takes that mark away first, and then looks into the queue.
So a call is seen by the turn that is due, or asks for another one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IReactorThreads

from .core import logUnhandled
from .lifecycle import Lifecycle

if TYPE_CHECKING:
    from twisted.python.threadpool import ThreadPool

    from .events import _SystemEventID

__all__ = ["Threads"]

isCallable = callable  # the API has parameters of that name


@implementer(IReactorThreads)
class Threads(Lifecycle):
    """``IReactorThreads``: a queue into the loop, and a pool of threads made when first used."""

    threadpool: ThreadPool | None = None
    threadpoolShutdownID: _SystemEventID | None = None
    _threadpoolStartupID: _SystemEventID | None = None
    _poolSize = 10

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # First, for a loop may run already, and others know it.
        self._fromThreads: deque[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]
        self._fromThreads = deque()
        self._threadsAsked = False
        self._context: Context = copy_context()
        super().__init__(loop)

    def _reallyStartRunning(self) -> None:
        super()._reallyStartRunning()
        # What threads have called sees the context variables of whoever started the reactor, and
        # not those of a thread, which are nobody's but its own.
        self._context = copy_context()

    def callFromThread(  # type: ignore[override]  # the name of f is the API's
        self, f: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> None:
        """
        Call something in the reactor's thread, from any thread or signal handler.

        Args:
            f: called with ``args`` and ``kwargs`` in the order of these calls, in a coming turn.
                What it raises is logged.
        """
        if not isCallable(f):
            raise AssertionError(f"{f!r} cannot be called")
        self._fromThreads.append((f, args, kwargs))
        if not self._threadsAsked:
            self._wakeForThreads()

    def _wakeForThreads(self) -> None:
        self._threadsAsked = True
        try:
            self._asyncioEventloop.call_soon_threadsafe(
                self._callAllFromThreads, context=self._context.copy()
            )
        except BaseException:
            # The loop is closed. Whoever asks next is to be told so, too.
            self._threadsAsked = False
            raise

    def _callAllFromThreads(self) -> None:
        self._threadsAsked = False
        calls = self._fromThreads
        try:
            # Those that come meanwhile wait for the next turn, so that I/O gets its own.
            for _ in range(len(calls)):
                f, args, kwargs = calls.popleft()
                try:
                    if kwargs:
                        f(*args, **kwargs)
                    else:
                        f(*args)
                except BaseException:
                    logUnhandled(f"a scheduled call of {f!r}")
        finally:
            if calls and not self._threadsAsked:
                # An interrupt came between two of them.
                self._wakeForThreads()

    def wakeUp(self) -> None:
        """Let the loop take another turn, from any thread."""
        self._asyncioEventloop.call_soon_threadsafe(_nothing)

    def getThreadPool(self) -> ThreadPool:
        """The pool of this reactor. It is started with the reactor and stopped with it."""
        if self.threadpool is None:
            self._makeThreadPool()
        assert self.threadpool is not None
        return self.threadpool

    def _makeThreadPool(self) -> None:
        from twisted.python.threadpool import ThreadPool

        self.usingThreads = True
        self.threadpool = ThreadPool(0, self._poolSize, "twisted.internet.reactor")
        self._threadpoolStartupID = self.callWhenRunning(self.threadpool.start)
        self.threadpoolShutdownID = self.addSystemEventTrigger(
            "during", "shutdown", self._stopThreadPool
        )

    def _stopThreadPool(self) -> None:
        pool = self.threadpool
        if pool is None:
            return
        for triggerID in (self._threadpoolStartupID, self.threadpoolShutdownID):
            if triggerID is None:
                continue
            try:
                self.removeSystemEventTrigger(triggerID)
            except ValueError:
                pass  # it has been called
        self._threadpoolStartupID = None
        self.threadpoolShutdownID = None
        pool.stop()
        self.threadpool = None

    def callInThread(  # type: ignore[override]  # so is that of _callable
        self, _callable: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> None:
        """
        Call something in a thread of the pool; what it raises is logged, what it returns dropped.

        Args:
            _callable: called with ``args`` and ``kwargs``.
        """
        self.getThreadPool().callInThread(_callable, *args, **kwargs)

    def suggestThreadPoolSize(self, size: int) -> None:
        """
        Set the most threads that the pool may have.

        Args:
            size: threads. Lowering it lets threads end as they become idle.
        """
        self._poolSize = size
        if size == 0 and self.threadpool is None:
            return
        self.getThreadPool().adjustPoolsize(maxthreads=size)


def _nothing() -> None:
    pass
