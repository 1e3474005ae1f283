"""
A team: some workers, and one coordinator that hands the jobs out.

Everything that a team knows is touched in its coordinator alone, which does one thing at a
time. So a team needs no locks of its own, and can be tested in one thread.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from zope.interface import implementer

from ._convenience import Quit
from ._ithreads import IWorker

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._ithreads import IExclusiveWorker


class Statistics(NamedTuple):
    """How a team stands."""

    idleWorkerCount: int
    busyWorkerCount: int
    backloggedWorkCount: int


@implementer(IWorker)
class Team:
    """Shares jobs out among workers that it makes as it needs them."""

    def __init__(
        self,
        coordinator: IExclusiveWorker,
        createWorker: Callable[[], IWorker | None],
        logException: Callable[[], object],
    ) -> None:
        """
        Make a team of nobody.

        Args:
            coordinator: does the handing out.
            createWorker: makes a worker, or returns None if there may be no more.
            logException: called while an exception that a job raised is being handled.
        """
        self._quit = Quit()
        self._coordinator = coordinator
        self._createWorker = createWorker
        self._logException = logException
        self._idle: list[IWorker] = []
        self._busy = 0
        self._backlog: deque[Callable[[], object]] = deque()
        self._toDismiss = 0
        self._leaving = False

    def statistics(self) -> Statistics:
        """How many workers wait, how many work, and how many jobs wait for a worker."""
        return Statistics(len(self._idle), self._busy, len(self._backlog))

    def do(self, task: Callable[[], object]) -> None:
        """Have a job done by one of the workers."""
        self._quit.check()
        self._coordinator.do(lambda: self._assign(task))

    def grow(self, n: int) -> None:
        """Add a number of workers, as far as more may be made."""
        self._quit.check()

        def add() -> None:
            for _ in range(n):
                worker = self._createWorker()
                if worker is None:
                    return
                self._free(worker)

        self._coordinator.do(add)

    def shrink(self, n: int | None = None) -> None:
        """
        Dismiss workers, those who are at work after their job.

        Args:
            n: how many; None dismisses all.
        """
        self._quit.check()

        def remove() -> None:
            wanted = len(self._idle) + self._busy if n is None else n
            while wanted and self._idle:
                self._idle.pop().quit()
                wanted -= 1
            self._toDismiss += wanted

        self._coordinator.do(remove)

    def quit(self) -> None:
        """Take no more jobs, and dismiss everybody when those that were taken are done."""
        self._quit.set()
        self._coordinator.do(self._leave)

    def _assign(self, task: Callable[[], object]) -> None:
        worker = self._idle.pop() if self._idle else self._createWorker()
        if worker is None:
            self._backlog.append(task)
        else:
            self._employ(worker, task)

    def _employ(self, worker: IWorker, task: Callable[[], object]) -> None:
        self._busy += 1

        def work() -> None:
            try:
                task()
            except BaseException:
                self._logException()
            self._coordinator.do(back)

        def back() -> None:
            self._busy -= 1
            self._free(worker)

        worker.do(work)

    def _free(self, worker: IWorker) -> None:
        """Give a worker who has nothing to do a job, a place, or leave to go."""
        if self._backlog:
            self._employ(worker, self._backlog.popleft())
        elif self._toDismiss:
            self._toDismiss -= 1
            worker.quit()
            self._leaveIfEmpty()
        else:
            self._idle.append(worker)
            if self._leaving:
                self._leave()

    def _leave(self) -> None:
        self._leaving = True
        while self._idle:
            self._idle.pop().quit()
        self._leaveIfEmpty()

    def _leaveIfEmpty(self) -> None:
        if self._leaving and not self._busy and not self._idle:
            self._coordinator.quit()
