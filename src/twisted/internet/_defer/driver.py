"""
What runs coroutines: those of ``inlineCallbacks``, of ``ensureDeferred`` and of ``yield``.

A driver sends results into one generator or coroutine and looks at what comes out:

- A Deferred that has its result: that is sent in at once, in a loop.
- A Deferred that has none yet: the driver goes to sleep in its queue (see `deferred`).
- An asyncio Future, or a Task: the driver asks it for a call when it is done.
- A bare None out of a coroutine, which is how asyncio's own code lets others run: the driver
  comes back in the loop's next turn.

asyncio's libraries ask `asyncio.current_task` who is running, cancel that, and count how often
they did. So while a coroutine of ours runs under an asyncio loop, its driver *is* the current
task, and has what those libraries use of one. Generators of ``inlineCallbacks`` cannot use
``await``, and are spared the cost.
"""

from __future__ import annotations

import asyncio
import asyncio.tasks
from asyncio.events import _get_running_loop
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from functools import wraps
from types import CoroutineType, GeneratorType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from twisted.python.failure import Failure

from .deferred import Deferred, _enqueue, _special, _waiting, _walk, _whereNow
from .errors import CancelledError, NotACoroutineError

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

_T = TypeVar("_T")

_currentTask = asyncio.current_task
_enterTask = asyncio.tasks._enter_task
_leaveTask = asyncio.tasks._leave_task


def _leaveAndEnter(loop: Any, task: Any) -> Any:
    """Python before 3.12 knows to enter and to leave only."""
    before = _currentTask(loop)
    if before is not None:
        _leaveTask(loop, before)
    if task is not None:
        _enterTask(loop, task)
    return before


_swapTask: Callable[[Any, Any], Any] = getattr(asyncio.tasks, "_swap_current_task", _leaveAndEnter)


class _DefGen_Return(BaseException):
    """Carries the value of `returnValue` out of a generator."""

    def __init__(self, value: object) -> None:
        self.value = value


# What a generator often yields that nobody needs to look at.
_plain = frozenset({type(None), bool, bytes, dict, float, int, list, set, str, tuple})


def _failureOf(error: BaseException) -> Failure:
    """Make a Failure of what came out of a coroutine, from the coroutine's own frame on."""
    traceback = error.__traceback__
    while (
        traceback is not None
        and traceback.tb_next is not None
        and traceback.tb_frame.f_code in _ownCode
    ):
        traceback = traceback.tb_next
    error.__traceback__ = traceback
    return Failure(error, None, traceback, Deferred.debug)


class GeneratorDriver:
    """
    Runs a generator of ``inlineCallbacks``, and fires a Deferred with what it returns.

    Attributes:
        deferred: the one to fire.
        waiting: what is waited for now: a Deferred, an asyncio Future, or None.
    """

    __slots__ = ("__weakref__", "_coroutine", "_run", "deferred", "waiting")

    deferred: Deferred[Any]

    def __init__(self, generator: Any, run: Callable[..., Any]) -> None:
        self._coroutine = generator
        self._run = run
        self.waiting: Any = None
        self.deferred = Deferred(self)

    def start(self) -> Deferred[Any]:
        """Run up to the first thing that is not there yet."""
        deferred = self.deferred
        following = self.resume(None)
        if following is not None:
            _walk(following)
        return deferred

    def passCancel(self) -> Deferred[Any] | None:
        """
        Cancel what is waited for. The generator may catch the error and go on.

        Returns: the Deferred that the caller is to cancel in our place, or None.
        """
        waiting = self.waiting
        if isinstance(waiting, Deferred):
            return waiting
        if waiting is not None:
            waiting.cancel()
        return None

    def __call__(self, deferred: Deferred[Any]) -> None:
        """As `passCancel`, for whoever calls the canceller of a Deferred by hand."""
        waiting = self.passCancel()
        if waiting is not None:
            waiting.cancel()

    def resume(self, result: Any) -> Deferred[Any] | None:
        """
        Go on with a result or a Failure, until there is something to wait for.

        Returns: the Deferred that is to be taken through its queue next: our own, if it has a
            result now that somebody waits for, or the one we wait for; or None.
        """
        self.waiting = None
        run = self._run
        send = self._coroutine.send
        try:
            while True:
                if type(result) in _special and isinstance(result, Failure):
                    got = run(result.throwExceptionIntoGenerator, self._coroutine)
                else:
                    got = run(send, result)
                kind = type(got)
                # Something that is here already goes straight back in.
                if kind in _plain:
                    result = got
                    continue
                if kind not in _special:
                    if kind is CoroutineType or isinstance(got, Coroutine):
                        got = _drive(got)
                    elif asyncio.isfuture(got):
                        return self.waitFor(got)
                    else:
                        result = got
                        continue
                elif isinstance(got, Failure):
                    result = got
                    continue
                if not got.called:
                    self.waiting = got
                    _enqueue(got, self)
                    return None
                if got.paused or got._runningCallbacks or got._callbacks is not None:
                    return self.waitFor(got)
                result = got.result
                got.result = None
                if got._debugInfo is not None:
                    got._debugInfo.failResult = None
        except StopIteration as stop:
            result = stop.value
        except _DefGen_Return as gone:
            _warnOfFarReturn(gone.__traceback__, self._coroutine)
            result = gone.value
        except BaseException as error:
            result = self._failed(error)
        return self._finish(result)

    def waitFor(self, awaited: Any) -> Deferred[Any] | None:
        """Go to sleep in the queue of a Deferred, or until an asyncio Future is done."""
        self.waiting = awaited
        if type(awaited) in _special:
            _enqueue(awaited, self)
            return awaited if awaited.called else None
        if getattr(awaited, "_asyncio_future_blocking", None):
            awaited._asyncio_future_blocking = False
        awaited.add_done_callback(self._wakeUp)
        return None

    def _wakeUp(self, future: Any) -> None:
        result: Any
        try:
            result = future.result()
        except BaseException as error:
            result = Failure(error)
        following = self.resume(result)
        if following is not None:
            _walk(following)

    def _failed(self, error: BaseException) -> Failure:
        return _failureOf(error)

    def _finish(self, result: Any) -> Deferred[Any] | None:
        deferred = self.deferred
        # Nothing of the generator's is to be kept alive by its end.
        del self._coroutine, self._run, self.deferred
        if deferred.called:
            # Somebody else fired it, which is their mistake to find.
            return None
        deferred.called = True
        deferred._canceller = None
        deferred.result = result
        if deferred._debugInfo is not None and deferred.debug:
            deferred._debugInfo.invoker = _whereNow()
        if deferred._callbacks is None and type(result) not in _special:
            return None
        return deferred


class CoroutineDriver(GeneratorDriver):
    """
    Runs a coroutine, and is the current task to asyncio's eyes meanwhile.

    The methods in the second half are those of `asyncio.Task` that libraries call on it.
    """

    # Few coroutines are cancelled or watched: these become attributes of those alone.
    _asked = False
    _mustCancel = False
    _cancelRequests = 0
    _message: Any = None
    _whenDone: list[tuple[Any, Any]] | None = None

    def resume(self, result: Any) -> Deferred[Any] | None:
        self.waiting = None
        loop = _get_running_loop()
        if loop is None:
            return self._step(result, None)
        before = _swapTask(loop, self)
        try:
            return self._step(result, loop)
        finally:
            _swapTask(loop, before)

    def _step(self, result: Any, loop: Any) -> Deferred[Any] | None:
        run = self._run
        send = self._coroutine.send
        while True:
            if self._mustCancel:
                result = self._cancellation(result)
            try:
                if type(result) in _special and isinstance(result, Failure):
                    got = run(result.throwExceptionIntoGenerator, self._coroutine)
                else:
                    got = run(send, result)
            except StopIteration as stop:
                result = stop.value
                break
            except _DefGen_Return as gone:
                result = gone.value
                break
            except BaseException as error:
                result = self._failed(error)
                break
            if type(got) in _special:
                if isinstance(got, Failure):
                    result = got
                    continue
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
        return self._finish(result)

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
        return GeneratorDriver.passCancel(self)

    def _finish(self, result: Any) -> Deferred[Any] | None:
        watchers = self._whenDone
        coroutine = self._coroutine
        deferred = self.deferred
        following = GeneratorDriver._finish(self, result)
        # asyncio's debuggers look at both after the end.
        self._coroutine, self.deferred = coroutine, deferred
        if watchers is not None:
            loop = _get_running_loop()
            for callback, context in watchers:
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


_ownCode = {
    GeneratorDriver.resume.__code__,
    GeneratorDriver._wakeUp.__code__,
    CoroutineDriver._step.__code__,
    Failure.throwExceptionIntoGenerator.__code__,
}


def _warnOfFarReturn(traceback: TracebackType | None, generator: Any) -> None:
    """Warn if `returnValue` was called by a function that the generator called."""
    # First our own frame, then the generator's, then that of returnValue.
    frames = []
    while traceback is not None:
        if traceback.tb_frame.f_code not in _ownCode:
            frames.append(traceback)
        traceback = traceback.tb_next
    if len(frames) < 3:
        return
    import warnings

    culprit = frames[-2]
    warnings.warn_explicit(
        f"returnValue() in {culprit.tb_frame.f_code.co_name!r} causing "
        f"{generator.__name__!r} to exit: returnValue should only be invoked by functions "
        "decorated with inlineCallbacks",
        DeprecationWarning,
        culprit.tb_frame.f_code.co_filename,
        culprit.tb_lineno,
    )


def returnValue(val: object) -> NoReturn:
    """
    Deprecated: leave an `inlineCallbacks` generator with a value. Use ``return``.
    """
    import warnings

    warnings.warn(
        "twisted.internet.defer.returnValue was deprecated in Twisted 24.7.0; "
        "please use standard return statement instead",
        DeprecationWarning,
        stacklevel=2,
    )
    raise _DefGen_Return(val)


def _drive(coroutine: Any) -> Deferred[Any]:
    kind = type(coroutine)
    if kind is CoroutineType or (
        isinstance(coroutine, Coroutine) and not isinstance(coroutine, GeneratorType)
    ):
        return CoroutineDriver(coroutine, copy_context().run).start()
    if isinstance(coroutine, GeneratorType):
        return GeneratorDriver(coroutine, copy_context().run).start()
    raise NotACoroutineError(f"{coroutine!r} is not a coroutine")


_waiting.update((GeneratorDriver, CoroutineDriver))

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


def inlineCallbacks(
    f: Callable[_P, Generator[Any, Any, _T]],
) -> Callable[_P, Deferred[_T]]:
    """
    Let a generator function wait with ``yield``; calling it gives a Deferred.

    In the generator, ``result = yield something`` waits for a Deferred, a coroutine or an
    asyncio Future, and gives its result, or raises its error there. Anything else comes back
    as it is. The Deferred's result is what the generator returns. Cancelling it cancels what
    the generator waits for.

    Args:
        f: the generator function.
    """

    @wraps(f)
    def unwindGenerator(*args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]:
        try:
            generator = f(*args, **kwargs)
        except _DefGen_Return:
            raise TypeError(
                f"inlineCallbacks wants {f!r} to be a generator function; "
                "it called returnValue and never yields"
            ) from None
        if type(generator) is not GeneratorType:
            raise TypeError(
                f"inlineCallbacks wants {f!r} to be a generator function; it gave {generator!r}"
            )
        return GeneratorDriver(generator, copy_context().run).start()

    return unwindGenerator
