"""
Coroutines: ``ensureDeferred`` and ``Deferred.fromCoroutine``.

A driver sends results into a coroutine and looks at what comes out: a Deferred, or an asyncio
Future, which are waited for; or a bare None, which is how asyncio's own code lets others run,
and after which the driver comes back in the loop's next turn.

asyncio's libraries ask `asyncio.current_task` who is running, cancel that, and count how often
they did. So while a coroutine of ours runs under an asyncio loop, its driver *is* the current
task, and has what those libraries use of one. (The generators of ``inlineCallbacks`` cannot use
``await``, and are spared the cost.)
"""

from __future__ import annotations

import asyncio
import asyncio.tasks
from asyncio.events import _get_running_loop
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from types import CoroutineType, GeneratorType
from typing import Any, TypeVar

from twisted.python.failure import Failure

from .deferred import Deferred, _enqueue, _maySleep, _special, _waiting, _walk
from .errors import CancelledError, NotACoroutineError
from .generators import (
    Driver,
    GeneratorDeferred,
    _DefGen_Return,
    _failureOf,
    _finish,
    _ownCode,
)

_T = TypeVar("_T")


def _exchange(loop: Any, task: Any) -> Any:
    """What Python has from 3.12 on: make a task the current one, and give the one before."""
    before = _currentTasks.get(loop)
    if task is None:
        _currentTasks.pop(loop, None)
    else:
        _currentTasks[loop] = task
    return before


_currentTasks: Any = getattr(asyncio.tasks, "_current_tasks", None)
_swapTask: Callable[[Any, Any], Any] = getattr(asyncio.tasks, "_swap_current_task", _exchange)


class CoroutineDriver(Driver):
    """
    Runs a coroutine, and is the current task to asyncio's eyes meanwhile.

    The methods in the second half are those of `asyncio.Task` that libraries call on it.

    Attributes:
        deferred: is given what the coroutine returns.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_coroutine",
        "_mustCancel",
        "_run",
        "deferred",
        "waiting",
    )

    # Few coroutines are cancelled or watched: these become attributes of those alone.
    _asked = False
    _cancelRequests = 0
    _message: Any = None
    _whenDone: list[tuple[Any, Any]] | None = None

    def __init__(self, coroutine: Any) -> None:
        self._coroutine = coroutine
        self._run = copy_context().run
        self.waiting = None
        self._mustCancel = False
        self.deferred: Deferred[Any] = Deferred(self)

    def resume(self, result: Any) -> Deferred[Any] | None:
        self.waiting = None
        run = self._run
        coroutine = self._coroutine
        send = coroutine.send
        loop = _get_running_loop()
        before = _swapTask(loop, self) if loop is not None else None
        try:
            while True:
                if self._mustCancel:
                    result = self._cancellation(result)
                if (
                    result is None
                    or type(result) not in _special
                    or not isinstance(result, Failure)
                ):
                    got = run(send, result)
                else:
                    got = run(result.throwExceptionIntoGenerator, coroutine)
                if type(got) in _waiting:
                    if not got.called and not self._mustCancel:
                        self.waiting = got
                        if got._callbacks is None:
                            got._callbacks = self
                        else:
                            _enqueue(got, self)
                        return None
                    if (
                        not got.called
                        or got.paused
                        or got._runningCallbacks
                        or got._callbacks is not None
                    ):
                        following = self.waitFor(got)
                        if self._mustCancel:
                            got.cancel()
                        return following
                    result = got.result
                    got.result = None
                    if got._debugInfo is not None:
                        got._debugInfo.failResult = None
                elif got is None:
                    if loop is not None:
                        loop.call_soon(self._wakeUpFromTurn)
                        return None
                    result = None
                elif getattr(got, "_asyncio_future_blocking", None) is not None:
                    self.waitFor(got)
                    if self._mustCancel and got.cancel(msg=self._message):
                        self._mustCancel = False
                    return None
                else:
                    result = got
        except StopIteration as stop:
            result = stop.value
        except _DefGen_Return as gone:
            result = gone.value
        except BaseException as error:
            result = self._failed(error)
        finally:
            if loop is not None:
                _swapTask(loop, before)
        return self._end(result)

    def _failed(self, error: BaseException) -> Failure:
        failure = _failureOf(error)
        if self._asked and isinstance(error, asyncio.CancelledError):
            # Our caller cancelled in the words of a Deferred, and is answered in them.
            own = CancelledError()
            own.__cause__ = error
            return Failure(own, None, failure.tb)
        return failure

    def _wakeUpFromTurn(self) -> None:
        following = self.resume(None)
        if following is not None:
            _walk(following)

    def _cancellation(self, result: Any) -> Any:
        """What to send in when asyncio's kind of cancelling is due."""
        self._mustCancel = False
        if isinstance(result, Failure) and not result.check(CancelledError, asyncio.CancelledError):
            return result
        if self._message is None:
            return Failure._withoutTraceback(asyncio.CancelledError())
        return Failure._withoutTraceback(asyncio.CancelledError(self._message))

    def passCancel(self) -> Deferred[Any] | None:
        self._asked = True
        if self.waiting is None:
            # It runs now, or comes back in the loop's next turn.
            self._mustCancel = True
        return Driver.passCancel(self)

    def __call__(self, deferred: Deferred[Any]) -> None:
        """As `passCancel`, for whoever calls the canceller of a Deferred by hand."""
        waiting = self.passCancel()
        if waiting is not None:
            waiting.cancel()

    def _end(self, result: Any) -> Deferred[Any] | None:
        following = _finish(self.deferred, result)
        if self._whenDone is not None:
            loop = _get_running_loop()
            for callback, context in self._whenDone:
                if loop is not None:
                    loop.call_soon(callback, self, context=context)
        return following

    # As a task

    def cancel(self, msg: Any = None) -> bool:
        """Throw `asyncio.CancelledError` in where the coroutine waits."""
        if self.done():
            return False
        self._cancelRequests += 1
        self._message = msg
        waiting = self.waiting
        if isinstance(waiting, Deferred):
            self._mustCancel = True
            loop = _get_running_loop()
            if loop is None:
                waiting.cancel()
            else:
                # Callers of Task.cancel do not expect the coroutine to run before it returns.
                loop.call_soon(self._cancelSoon, waiting)
        elif waiting is None or not waiting.cancel(msg=msg):
            self._mustCancel = True
        return True

    def _cancelSoon(self, waiting: Deferred[Any]) -> None:
        if self._mustCancel and self.waiting is waiting:
            waiting.cancel()

    def cancelling(self) -> int:
        return self._cancelRequests

    def uncancel(self) -> int:
        if self._cancelRequests > 0:
            self._cancelRequests -= 1
            if self._cancelRequests == 0:
                self._mustCancel = False
        return self._cancelRequests

    def done(self) -> bool:
        return self.deferred.called

    def cancelled(self) -> bool:
        result = getattr(self.deferred, "result", None)
        return isinstance(result, Failure) and bool(
            result.check(CancelledError, asyncio.CancelledError)
        )

    def result(self) -> Any:
        if not self.done():
            raise asyncio.InvalidStateError("The coroutine is still running.")
        result = self.deferred.result
        if isinstance(result, Failure):
            result.raiseException()
        return result

    def exception(self) -> BaseException | None:
        if not self.done():
            raise asyncio.InvalidStateError("The coroutine is still running.")
        result = self.deferred.result
        return result.value if isinstance(result, Failure) else None

    def add_done_callback(self, fn: Callable[[Any], object], *, context: Any = None) -> None:
        if self.done():
            self.get_loop().call_soon(fn, self, context=context)
            return
        if self._whenDone is None:
            self._whenDone = []
        self._whenDone.append((fn, context))

    def remove_done_callback(self, fn: Callable[[Any], object]) -> int:
        watchers = self._whenDone or []
        kept = [watcher for watcher in watchers if watcher[0] != fn]
        self._whenDone = kept
        return len(watchers) - len(kept)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def get_coro(self) -> Any:
        return self._coroutine

    def get_context(self) -> Context:
        return self._run.__self__  # type: ignore[attr-defined, no-any-return]  # a bound method

    def get_name(self) -> str:
        return f"Deferred-{id(self):x}"

    def set_name(self, value: object) -> None:
        """A name has no place here."""

    def get_stack(self, *, limit: int | None = None) -> list[Any]:
        frame = getattr(self._coroutine, "cr_frame", None)
        return [] if frame is None else [frame]

    @property
    def _loop(self) -> asyncio.AbstractEventLoop | None:
        # anyio looks here for the loop of its worker threads.
        return _get_running_loop()

    @property
    def _fut_waiter(self) -> Any:
        # anyio asks whether what is waited for can still be cancelled.
        return self.waiting

    @property
    def _must_cancel(self) -> bool:
        return self._mustCancel

    def __repr__(self) -> str:
        name = getattr(self._coroutine, "__qualname__", "coroutine")
        return f"<coroutine {name} driven for a Deferred, waiting on {self.waiting!r}>"


_ownCode.add(CoroutineDriver.resume.__code__)
_maySleep(CoroutineDriver)


def _drive(coroutine: Any) -> Deferred[Any]:
    kind = type(coroutine)
    if kind is CoroutineType or (kind is not GeneratorType and isinstance(coroutine, Coroutine)):
        driver = CoroutineDriver(coroutine)
        deferred = driver.deferred
        following = driver.resume(None)
    elif kind is GeneratorType:
        generator = GeneratorDeferred(coroutine)
        deferred = generator
        following = generator.resume(None)
    else:
        raise NotACoroutineError(f"{coroutine!r} is not a coroutine")
    if following is not None:
        _walk(following)
    return deferred


# Deferred.fromCoroutine is this room's, since the drivers stand upon Deferred.
Deferred._drive = staticmethod(_drive)


def ensureDeferred(
    coro: Coroutine[Any, Any, _T] | Generator[Any, Any, _T] | Deferred[_T],
) -> Deferred[_T]:
    """
    Start a coroutine as `Deferred.fromCoroutine` does, and let a Deferred pass.

    Raises: NotACoroutineError for anything else.
    """
    if isinstance(coro, Deferred):
        return coro
    try:
        return _drive(coro)
    except NotACoroutineError:
        raise NotACoroutineError(f"{coro!r} is not a coroutine or a Deferred") from None
