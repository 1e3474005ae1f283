"""
A reactor of its own for each test: made, installed, run for as long as the test waits, looked
into for what the test has left, and closed.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import contextmanager
from inspect import isawaitable
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import TimeoutError
from twisted.logger import Logger

from . import _synctest, util

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twisted.python.failure import Failure

_log = Logger()
_name = "twisted.internet.reactor"
_missing: Any = object()


@contextmanager
def installed(reactor: Any) -> Iterator[None]:
    """
    Make a reactor the one that ``from twisted.internet import reactor`` gives, for a while.
    """
    import twisted.internet as package

    places = [(sys.modules, _name), (vars(package), "reactor")]
    before = [place.get(name, _missing) for place, name in places]
    for place, name in places:
        place[name] = reactor
    try:
        yield
    finally:
        for (place, name), old in zip(places, before, strict=True):
            if old is _missing:
                del place[name]
            else:
                place[name] = old


def makeReactor(jumps: bool = False) -> Any:
    """
    Make a reactor on a loop of its own.

    Args:
        jumps: whether its time passes at once when nothing else can happen.
    """
    if jumps:
        from ._autojump import JumpingReactor

        made: Any = JumpingReactor()
    else:
        from twisted.internet.epollreactor import EPollReactor

        made = EPollReactor()
    made._asyncioEventloop.set_exception_handler(_logLoopError)
    return made


def _logLoopError(loop: object, context: dict[str, Any]) -> None:
    """
    Log what asyncio complains of, so that it counts as an error of the test.
    """
    error = context.get("exception")
    if error is None:
        _log.error("asyncio: {message}", message=context.get("message"))
        return
    from twisted.python.failure import Failure

    _log.failure("asyncio: {message}", Failure(error), message=context.get("message"))


class _Course:
    """
    One thing that a reactor runs for.

    Args:
        reactor: runs until it is done.
        start: called with no arguments in the running reactor; gives a plain value, a Deferred
            or an awaitable.
        seconds: how long it may take, in real time.
    """

    def __init__(self, reactor: Any, start: Callable[[], Any], seconds: float) -> None:
        self._reactor = reactor
        self._start = start
        self._seconds = seconds
        self._task: asyncio.Task[Any] | None = None
        self._trouble: BaseException | None = None

    async def _wait(self) -> Any:
        result = self._start()
        return await result if isawaitable(result) else result

    def _begin(self) -> None:
        # A task, and not a Deferred alone: asyncio's timeouts and groups want to be in one.
        loop = self._reactor._asyncioEventloop
        self._task = loop.create_task(self._wait())
        self._task.add_done_callback(lambda task: self._reactor.crash())

    def _giveUp(self, trouble: BaseException) -> None:
        if self._task is not None and not self._task.done():
            self._trouble = trouble
            self._task.cancel()

    def _tooLate(self) -> None:
        self._giveUp(TimeoutError(f"still running at {self._seconds} secs"))

    def _stalled(self) -> None:
        from ._autojump import Stalled

        self._giveUp(Stalled("the test waits for something that nothing is left to bring about"))

    def run(self) -> Any:
        """
        Run the reactor until it is done.

        Returns: what came of it.
        Raises: what it failed with; KeyboardInterrupt at Ctrl-C.
        """
        __tracebackhide__ = True
        loop = self._reactor._asyncioEventloop
        limit = self._watch(loop)
        self._reactor.callWhenRunning(self._begin)
        # A KeyboardInterrupt that is raised within a callback would be logged as an error of that,
        # so the reactor handles Ctrl-C; and it is crashed, not stopped, for it may run again.
        self._reactor.stop = self._reactor.crash
        try:
            self._reactor.run(installSignalHandlers=current_thread() is main_thread())
        finally:
            del self._reactor.stop
            limit()
        task = self._task
        if task is None or not task.done():
            if self._reactor._exitSignal is not None:
                raise KeyboardInterrupt()
            raise RuntimeError("the reactor was stopped before the test was through")
        if task.cancelled():
            raise self._trouble or asyncio.CancelledError()
        if self._trouble is not None and task.exception() is None:
            raise self._trouble
        return task.result()

    def _watch(self, loop: Any) -> Callable[[], object]:
        """
        Set the limits. Returns: what takes them away.
        """
        from ._autojump import JumpingLoop

        if not isinstance(loop, JumpingLoop):
            handle: asyncio.TimerHandle = loop.call_later(self._seconds, self._tooLate)
            return handle.cancel
        loop.deadline = time.monotonic() + self._seconds
        loop.tooLate, loop.stalled = self._tooLate, self._stalled

        def forget() -> None:
            loop.deadline = loop.tooLate = loop.stalled = None

        return forget


def runUntilDone(reactor: Any, start: Callable[[], Any], seconds: float) -> Any:
    """
    Run a reactor for as long as something takes.

    Args:
        reactor: a reactor that does not run.
        start: called with no arguments in the running reactor; gives a plain value, a Deferred
            or an awaitable.
        seconds: how long it may take, in real time.
    Returns: what came of it.
    Raises: what it failed with; `twisted.internet.defer.TimeoutError` if it took too long.
    """
    __tracebackhide__ = True
    return _Course(reactor, start, seconds).run()


class _Leftovers:
    """
    A result that keeps what a janitor complains of.
    """

    def __init__(self) -> None:
        self.failures: list[Failure] = []

    def addError(self, test: object, failure: Failure) -> None:
        """Keep it."""
        self.failures.append(failure)


def close(reactor: Any) -> list[BaseException]:
    """
    Close a reactor, when its test is through.

    Returns: what the test has left in it, as `util.DirtyReactorAggregateError`.
    """
    loop = reactor._asyncioEventloop
    result = _Leftovers()
    janitor = util._Janitor(None, result, reactor)
    janitor.postCaseCleanup()
    janitor.postClassCleanup()
    found: list[BaseException] = [failure.value for failure in result.failures]
    tasks = [task for task in asyncio.all_tasks(loop) if not task.done()]
    if tasks:
        found.append(util.DirtyReactorAggregateError([], [repr(task) for task in tasks]))
    for task in tasks:
        task.cancel()
    for _ in range(3):
        # What was cancelled and lost ends in the turns that follow.
        loop.call_soon(loop.stop)
        loop.run_forever()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    return found


@contextmanager
def errorsObserved() -> Iterator[_synctest._LogObserver]:
    """
    Keep the errors that are logged meanwhile.
    """
    observer = _synctest._logObserver
    observer._add()
    try:
        yield observer
    finally:
        observer._remove()
