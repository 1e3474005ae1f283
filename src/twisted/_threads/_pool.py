"""
A team of threads.

What a `Team` does for any kind of worker costs a job a trip through the coordinator before and
after. Threads can share one queue: here a job is one ``put`` and one ``get`` on the
interpreter's own C queue, and two short holds of a lock for the count.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.python.failure import _quiet

from ._convenience import Quit
from ._ithreads import IWorker
from ._team import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable

# In the queue: whoever finds it goes home.
_goHome: Any = object()


def _logException() -> None:
    from twisted.python.log import err

    err()


@implementer(IWorker)
class Crew:
    """
    Threads that take their jobs from one queue. It has the methods of a `Team`.

    The law: there are as many threads as unfinished jobs, or as the limit allows, whichever is
    less; threads that have no job stay. So a job never waits for another one's end while there
    may be more threads, also where the jobs wait for each other.
    """

    def __init__(
        self,
        currentLimit: Callable[[], int],
        threadFactory: Callable[..., Any],
        logException: Callable[[], object],
    ) -> None:
        """
        Make a crew of nobody.

        Args:
            currentLimit: tells how many threads there may be now.
            threadFactory: called as ``threadFactory(target=function)``; makes a thread.
            logException: called while an exception that a job raised is being handled.
        """
        self._quit = Quit()
        self._limit = currentLimit
        self._threadFactory = threadFactory
        self._logException = logException
        self._jobs: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._unfinished = 0

    def statistics(self) -> Statistics:
        """As `Team.statistics`."""
        with self._lock:
            busy = min(self._threads, self._unfinished)
            return Statistics(self._threads - busy, busy, self._unfinished - busy)

    def do(self, task: Callable[[], object]) -> None:
        """As `Team.do`."""
        with self._lock:
            self._quit.check()
            self._unfinished += 1
            hire = self._unfinished > self._threads and self._threads < self._limit()
            if hire:
                self._threads += 1
            # Under the lock, or the job could come behind the last order to go home.
            self._jobs.put(task)
        if hire:
            self._hire()

    def grow(self, n: int) -> None:
        """As `Team.grow`."""
        with self._lock:
            self._quit.check()
            more = min(n, self._limit() - self._threads)
            if more > 0:
                self._threads += more
        for _ in range(more):
            self._hire()

    def shrink(self, n: int | None = None) -> None:
        """As `Team.shrink`; those go first who come to it."""
        with self._lock:
            self._quit.check()
            self._dismiss(self._threads if n is None else min(n, self._threads))

    def quit(self) -> None:
        """As `Team.quit`."""
        with self._lock:
            self._quit.set()
            self._dismiss(self._threads)

    def _dismiss(self, count: int) -> None:
        self._threads -= count
        for _ in range(count):
            self._jobs.put(_goHome)

    def _hire(self) -> None:
        self._threadFactory(target=self._work).start()

    @_quiet
    def _work(self) -> None:
        next = self._jobs.get
        lock = self._lock
        while True:
            job = next()
            if job is _goHome:
                return
            try:
                job()
            except BaseException:
                self._logException()
            # What the job knows must not live on while this thread waits.
            job = _goHome
            with lock:
                self._unfinished -= 1


def pool(
    currentLimit: Callable[[], int], threadFactory: Callable[..., Any] = threading.Thread
) -> Crew:
    """
    Make a team of threads.

    Args:
        currentLimit: tells how many threads there may be now.
        threadFactory: called as ``threadFactory(target=function)``; makes a thread.
    """
    return Crew(currentLimit, threadFactory, _logException)
