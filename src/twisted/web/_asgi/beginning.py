"""
A task of asyncio that begins at once, not in the loop's next turn.

Most requests of most applications are answered by their first step. When that is taken while the
request is being received, the answer leaves as one of any other resource does: nothing is timed and
scheduled in between, and a turn with many requests sends each answer as soon as it is there.
"""

from __future__ import annotations

import sys
from asyncio import Task
from collections.abc import Coroutine
from contextvars import Context, copy_context
from typing import Any

from twisted.internet._defer.coroutines import _swapTask

__all__ = ["begin"]


class _Begun(Coroutine[Any, Any, None]):
    """A coroutine whose first step was taken before its task knew: it tells what came of it."""

    __slots__ = ("__weakref__", "_coroutine", "_failed", "_got", "_isOver", "_isTold")

    def __init__(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._coroutine = coroutine
        self._isTold = self._isOver = False
        self._got: Any = None
        self._failed: BaseException | None = None

    def step(self, context: Context) -> None:
        """Take the first step."""
        try:
            self._got = context.run(self._coroutine.send, None)
        except StopIteration:
            # That one would be kept by its own traceback until a garbage collection.
            self._isOver = True
        except BaseException as failed:  # it is the task's business
            self._failed = failed

    def send(self, value: Any) -> Any:
        if self._isTold:
            return self._coroutine.send(value)
        self._isTold = True
        if self._isOver:
            raise StopIteration
        got, self._got = self._got, None
        failed, self._failed = self._failed, None
        if failed is not None:
            try:
                raise failed
            finally:
                del failed
        return got

    def throw(self, *error: Any) -> Any:
        self._isTold = True
        self._got = None
        return self._coroutine.throw(*error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Any:
        raise TypeError("this is for a task")

    def __getattr__(self, name: str) -> Any:
        # Who looks into tasks asks their coroutines for ``cr_frame`` and the like.
        return getattr(self._coroutine, name)


def begin(coroutine: Coroutine[Any, Any, None], loop: Any) -> Task[None]:
    """
    Run a coroutine to where it first waits, as the current task.

    Args: loop: of asyncio, running.
    Returns: the task, which does the rest.
    """
    if sys.version_info < (3, 11):  # tasks have contexts of their own, which nobody can give
        task: Task[None] = loop.create_task(coroutine)
        return task
    context = copy_context()
    begun = _Begun(coroutine)
    task = loop.create_task(begun, context=context)
    before = _swapTask(loop, task)
    try:
        begun.step(context)
    finally:
        _swapTask(loop, before)
    return task
