"""Calls into the loop from threads, and out of it into a pool of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IReactorThreads

from .lifecycle import Lifecycle

if TYPE_CHECKING:
    from twisted.python.threadpool import ThreadPool

    from .events import _SystemEventID

__all__ = ["Threads"]

isCallable = callable  # the API has parameters of that name


@implementer(IReactorThreads)
class Threads(Lifecycle):
    """``IReactorThreads``: the loop's own thread-safe queue, and a pool made when first used."""

    threadpool: ThreadPool | None = None
    threadpoolShutdownID: _SystemEventID | None = None
    _threadpoolStartupID: _SystemEventID | None = None
    _poolSize = 10

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)

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
        self._asyncioEventloop.call_soon_threadsafe(self._callLogged, f, args, kwargs)

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
