"""A worker that is a thread, and one that works under a lock in the thread of its caller."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from zope.interface import implementer

from ._convenience import Quit
from ._ithreads import IExclusiveWorker

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    class SimpleQueue(Protocol):
        """The part of a queue that a worker needs."""

        def put(self, item: Any) -> None: ...

        def get(self) -> Any: ...


class SimpleLock(Protocol):
    """The part of a lock that a worker needs."""

    def acquire(self) -> bool: ...

    def release(self) -> None: ...


# In the queue, the end of all jobs.
_noMore: Any = object()


@implementer(IExclusiveWorker)
class ThreadWorker:
    """Does its jobs in one thread, which it starts."""

    def __init__(
        self, startThread: Callable[[Callable[[], object]], object], queue: SimpleQueue
    ) -> None:
        """
        Start the thread.

        Args:
            startThread: called with what the thread is to run.
            queue: carries the jobs there; its ``get`` waits for one.
        """
        self._quit = Quit()
        self._jobs = queue

        def work() -> None:
            while True:
                job = queue.get()
                if job is _noMore:
                    return
                job()

        startThread(work)

    def do(self, task: Callable[[], object]) -> None:
        self._quit.check()
        self._jobs.put(task)

    def quit(self) -> None:
        self._quit.set()
        self._jobs.put(_noMore)


@implementer(IExclusiveWorker)
class LockWorker:
    """
    Does a job at once, in the thread that brings it, under a lock.

    A job that comes out of a job is done after that, still under the lock.
    """

    def __init__(self, lock: SimpleLock, local: threading.local) -> None:
        """
        Make one.

        Args:
            lock: held while a job is done.
            local: where each thread keeps what it does now.
        """
        self._quit = Quit()
        self._lock: SimpleLock | None = lock
        self._local = local

    def do(self, task: Callable[[], object]) -> None:
        lock = self._lock
        # In this order: whoever quits sets the flag before the lock goes.
        self._quit.check()
        inHand: deque[Callable[[], object]] | None = getattr(self._local, "inHand", None)
        if inHand is not None:
            inHand.append(task)
            return
        assert lock is not None
        self._local.inHand = inHand = deque((task,))
        lock.acquire()
        try:
            while inHand:
                inHand.popleft()()
        finally:
            self._local.inHand = None
            lock.release()

    def quit(self) -> None:
        self._quit.set()
        self._lock = None
