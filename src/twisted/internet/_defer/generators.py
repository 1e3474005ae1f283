"""
Generators that wait: ``inlineCallbacks``.

The Deferred that such a function gives is its own driver: it sends results into the generator
and looks at what comes out.

- A Deferred that has its result: that is sent in at once, in a loop.
- A Deferred that has none yet: ours goes to sleep in its queue (see `deferred`).
- A coroutine is started, and then is a Deferred.
- An asyncio Future, or a Task: we ask it for a call when it is done.
- A Failure is raised inside; anything else comes back as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import copy_context
from functools import wraps
from types import CodeType, CoroutineType, GeneratorType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from twisted.python.failure import Failure

from . import deferred as _deferredModule
from .debug import _whereNow
from .deferred import (
    _DEFERRED_SUBCLASSES,
    Deferred,
    _enqueue,
    _maySleep,
    _special,
    _walk,
)
from .errors import CancelledError

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

_T = TypeVar("_T")

# What a generator often yields that nobody needs to look at.
_plain = frozenset({type(None), bool, bytes, dict, float, int, list, set, str, tuple})

# Code whose frames stand between us and the user's in a traceback.
_ownCode: set[CodeType] = {Failure.throwExceptionIntoGenerator.__code__}


class _DefGen_Return(BaseException):
    """Carries the value of `returnValue` out of a generator."""

    def __init__(self, value: object) -> None:
        self.value = value


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


class Driver:
    """What drivers of generators and of coroutines share: how they wait."""

    __slots__ = ()

    #: What is waited for now: a Deferred, an asyncio Future, or None.
    waiting: Any

    def resume(self, result: Any) -> Deferred[Any] | None:
        """
        Go on with a result or a Failure, until there is something to wait for.

        Returns: the Deferred that is to be taken through its queue next: our own, if it has a
            result now that somebody waits for, or the one we wait for; or None.
        """
        raise NotImplementedError

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
            result = self._errorOf(error)
        following = self.resume(result)
        if following is not None:
            _walk(following)

    def _errorOf(self, error: BaseException) -> Failure:
        return Failure(error)

    def passCancel(self) -> Deferred[Any] | None:
        """
        Cancel what is waited for. The generator or coroutine may catch the error and go on.

        Returns: the Deferred that the caller is to cancel in our place, or None.
        """
        waiting = self.waiting
        if isinstance(waiting, Deferred):
            return waiting
        if waiting is not None:
            waiting.cancel()
        return None


def _finish(deferred: Deferred[Any], result: Any) -> Deferred[Any] | None:
    """Give a Deferred the result of its generator; tell whether it is to go on by that."""
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


class GeneratorDeferred(Driver, Deferred[Any]):
    """The Deferred of a generator, which it runs. To its users it is a Deferred, no more."""

    __slots__ = ("_generator", "_run", "waiting")

    _generator: Any
    _run: Any

    def __init__(self, generator: Any) -> None:
        # As Deferred.__init__, without the call: this is made for every call of a generator.
        self.called = self._runningCallbacks = False
        self.paused = 0
        self._callbacks = self._chainedTo = self._debugInfo = self._canceller = None
        self.waiting = None
        self._generator = generator
        self._run = copy_context().run
        if _deferredModule._debugging:
            self._rememberCreator()

    def resume(self, result: Any) -> Deferred[Any] | None:
        self.waiting = None
        run = self._run
        send = self._generator.send
        try:
            while True:
                if (
                    result is None
                    or type(result) not in _special
                    or not isinstance(result, Failure)
                ):
                    got = run(send, result)
                else:
                    got = run(result.throwExceptionIntoGenerator, self._generator)
                kind = type(got)
                if kind is not Deferred and kind is not GeneratorDeferred:
                    # Something that is here already goes straight back in.
                    if kind in _plain:
                        result = got
                        continue
                    if kind not in _special:
                        if kind is CoroutineType or isinstance(got, Coroutine):
                            got = Deferred._drive(got)
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
                    if got._callbacks is None:
                        got._callbacks = self
                    else:
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
            _warnOfFarReturn(gone.__traceback__, self._generator)
            result = gone.value
        except BaseException as error:
            result = _failureOf(error)
        # Nothing of the generator's is to be kept alive by its end.
        self._generator = self._run = None
        return _finish(self, result)

    def _cancelNow(self) -> Deferred[Any] | None:
        return self.passCancel()

    def _errorOf(self, error: BaseException) -> Failure:
        if not isinstance(error, asyncio.CancelledError):
            return Failure(error)
        # Generators catch the errors of Deferreds; asyncio's is not even an Exception.
        own = CancelledError()
        own.__cause__ = error
        return Failure(own)

    def __repr__(self) -> str:
        if self.waiting is None:
            return Deferred.__repr__(self)
        other = self.waiting
        return f"<Deferred at 0x{id(self):x} waiting on {type(other).__name__} at 0x{id(other):x}>"


# Users see a Deferred, whatever they look with.
GeneratorDeferred.__name__ = GeneratorDeferred.__qualname__ = "Deferred"
_DEFERRED_SUBCLASSES.remove(GeneratorDeferred)
_maySleep(GeneratorDeferred)
_ownCode.update((GeneratorDeferred.resume.__code__, Driver._wakeUp.__code__))


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
        deferred = GeneratorDeferred(generator)
        following = deferred.resume(None)
        if following is not None:
            _walk(following)
        return deferred

    return unwindGenerator
