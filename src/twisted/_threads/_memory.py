"""A worker that keeps its jobs until somebody else does them, for tests."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from zope.interface import implementer

from ._convenience import Quit
from ._ithreads import IExclusiveWorker

if TYPE_CHECKING:
    from collections.abc import Callable


@implementer(IExclusiveWorker)
class MemoryWorker:
    """Keeps its jobs in a list. See `createMemoryWorker`."""

    def __init__(self) -> None:
        self._quit = Quit()
        self._jobs: deque[Callable[[], object]] = deque()

    def do(self, task: Callable[[], object]) -> None:
        self._quit.check()
        self._jobs.append(task)

    def quit(self) -> None:
        self._quit.set()

    def _doOne(self) -> bool:
        if not self._jobs:
            return False
        self._jobs.popleft()()
        return True


def createMemoryWorker() -> tuple[MemoryWorker, Callable[[], bool]]:
    """
    Make a worker that does nothing by itself.

    Returns: the worker, and a function that does its next job and tells whether there was one.
    """
    worker = MemoryWorker()
    return worker, worker._doOne
