"""
The Deferred: a result that is not there yet, and what is to be done with it.

How it works. A Deferred holds a queue of entries. An entry is

- a function alone: a callback without further arguments, which is what most are;
- a *step*, a tuple ``(callback, errback, args, keywords, errbackArgs, errbackKeywords)``, in
  which a function that is None lets the result pass;
- a *waiter*: another Deferred, which takes the result over, since one of its own callbacks gave
  this one back; or a *sleeper*, a suspended coroutine for example, whose method
  ``resume(result)`` takes the result, and may give back a Deferred that is to go on now. The
  classes of these are in ``_waiting``.

Most Deferreds have one entry for all of their life, so the queue is None, one entry alone, or a
list of entries. `_advance` takes one Deferred through its queue; when it meets a waiter or a
woken sleeper whose own queue is to go on, it stops there and says which, and `_walk` goes there
first and comes back. That is all of the control flow: nothing here calls itself, so a chain of
a hundred thousand Deferreds or coroutines needs no more of the stack than two.

This is the hottest code there is. What was measured is in ``benchmarks/``; the debug switch is
looked at once when a Deferred is made and once when it is fired.
"""

from __future__ import annotations

import warnings
from asyncio import AbstractEventLoop, Future, current_task
from asyncio.events import _get_running_loop
from collections.abc import Callable, Coroutine, Generator, Mapping
from types import FunctionType, MethodType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Protocol,
    TypeVar,
    cast,
    overload,
)

from twisted.python import failure as _failureModule
from twisted.python.failure import Failure, _caught, _failureClasses, _hold

from .debug import DebugInfo, _whereNow
from .errors import AlreadyCalledError, CancelledError, TimeoutError

if TYPE_CHECKING:
    from typing import Concatenate

    from typing_extensions import ParamSpec

    from twisted.internet.interfaces import IReactorTime

    _P = ParamSpec("_P")

_T = TypeVar("_T")
_U = TypeVar("_U")
_V = TypeVar("_V")

# Whether Deferreds are to remember where they are made. `Deferred.debug` says so; but to look there
# takes a tenth of the time of making one, so this follows it: `setDebugging` sets both, and who
# sets the attribute alone is heard when the next Deferred is fired.
_debugging = False

_NO_RESULT: Any = object()
_noKeywords: dict[str, Any] = {}
_nothing: Any = None

#: Each class of Deferred there is.
_DEFERRED_SUBCLASSES: list[type[Deferred[Any]]] = []

# The classes of results that need more than to be handed on: Failures and Deferreds. One look
# into a set tells both, for half of the price of two isinstance.
_special: set[type] = _failureModule._specialResults


# The classes of those who wait in a queue with no function: Deferreds and sleepers; and of all
# entries that are not functions alone.
_waiting: set[type] = set()
_notPlain: set[type] = {tuple}
# Those among them that sleep, and wait for nothing else.
_sleepers: set[type] = set()


def _mayWait(kind: type) -> None:
    """Make a class known that waits in queues."""
    _waiting.add(kind)
    _notPlain.add(kind)


def _maySleep(kind: type) -> None:
    """Make a class known that waits in queues and has a method ``resume``."""
    _mayWait(kind)
    _sleepers.add(kind)


class Sleeper(Protocol):
    """What may wait in a Deferred's queue beside functions and Deferreds."""

    def resume(self, result: Any) -> Deferred[Any] | None: ...


class Deferred(Generic[_T]):
    """
    A result that is not there yet.

    Functions are added with `addCallback` and its kin. When somebody fires the Deferred with
    `callback` or `errback` they are called in turn, each with what the one before it returned;
    an exception, or a `Failure` that was returned, goes to the next errback. One that returns
    another Deferred makes this one wait for it. Functions that are added later are called at
    once.

    It can be awaited, in a coroutine that `ensureDeferred` or `inlineCallbacks` drives and in
    an asyncio Task alike.

    Attributes:
        called: whether it was fired.
        paused: how many times more it was paused than unpaused.
        result: what the last callback gave; there is no such attribute before it was fired.
        debug: whether to remember where it was made and fired. See `setDebugging`.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_callbacks",
        "_canceller",
        "_chainedTo",
        "_debugInfo",
        "_runningCallbacks",
        "called",
        "paused",
        "result",
    )

    called: bool
    paused: int
    result: Any
    debug = False
    _callbacks: Any
    _canceller: Callable[[Deferred[Any]], object] | None
    _chainedTo: Deferred[Any] | None
    _debugInfo: DebugInfo | None
    _runningCallbacks: bool
    # Not in the slots: seldom set.
    _suppressAlreadyCalled = False

    # Set by the driver, which stands upon this room.
    _drive: ClassVar[Callable[[Any], Deferred[Any]]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _DEFERRED_SUBCLASSES.append(cls)
        _special.add(cls)
        _mayWait(cls)

    def __init__(self, canceller: Callable[[Deferred[Any]], object] | None = None) -> None:
        """
        Make one that waits to be fired.

        Args:
            canceller: called with this Deferred by `cancel`. It should stop the work, and may
                fire the Deferred; if it does not, it fails with `CancelledError`.
        """
        # `succeed` and `GeneratorDeferred` set the same, without calling this.
        self.called = self._runningCallbacks = False
        self.paused = 0
        self._callbacks = self._chainedTo = self._debugInfo = None
        self._canceller = canceller
        if _debugging:
            self._rememberCreator()

    def _rememberCreator(self) -> None:
        if not self.debug:
            _setDebugging(False)
            return
        self._debugInfo = info = DebugInfo()
        info.creator = _whereNow()

    # Adding functions

    @overload
    def addCallbacks(
        self,
        callback: Callable[..., Deferred[_U]],
        errback: Callable[..., Deferred[_V]],
        callbackArgs: tuple[Any, ...] = ...,
        callbackKeywords: Mapping[str, Any] = ...,
        errbackArgs: tuple[Any, ...] = ...,
        errbackKeywords: Mapping[str, Any] = ...,
    ) -> Deferred[_U | _V]: ...

    @overload
    def addCallbacks(
        self,
        callback: Callable[..., Deferred[_U]],
        errback: Callable[..., _V],
        callbackArgs: tuple[Any, ...] = ...,
        callbackKeywords: Mapping[str, Any] = ...,
        errbackArgs: tuple[Any, ...] = ...,
        errbackKeywords: Mapping[str, Any] = ...,
    ) -> Deferred[_U | _V]: ...

    @overload
    def addCallbacks(
        self,
        callback: Callable[..., _U],
        errback: Callable[..., Deferred[_V]],
        callbackArgs: tuple[Any, ...] = ...,
        callbackKeywords: Mapping[str, Any] = ...,
        errbackArgs: tuple[Any, ...] = ...,
        errbackKeywords: Mapping[str, Any] = ...,
    ) -> Deferred[_U | _V]: ...

    @overload
    def addCallbacks(
        self,
        callback: Callable[..., _U],
        errback: Callable[..., _V],
        callbackArgs: tuple[Any, ...] = ...,
        callbackKeywords: Mapping[str, Any] = ...,
        errbackArgs: tuple[Any, ...] = ...,
        errbackKeywords: Mapping[str, Any] = ...,
    ) -> Deferred[_U | _V]: ...

    @overload
    def addCallbacks(
        self,
        callback: Callable[..., _U],
        errback: None = None,
        callbackArgs: tuple[Any, ...] = ...,
        callbackKeywords: Mapping[str, Any] = ...,
        errbackArgs: tuple[Any, ...] = ...,
        errbackKeywords: Mapping[str, Any] = ...,
    ) -> Deferred[_U]: ...

    def addCallbacks(
        self,
        callback: Any,
        errback: Any = None,
        callbackArgs: Any = (),
        callbackKeywords: Any = _noKeywords,
        errbackArgs: Any = (),
        errbackKeywords: Any = _noKeywords,
    ) -> Any:
        """
        Add a function for a result, and one beside it for an error.

        Args:
            callback: called as ``callback(result, *callbackArgs, **callbackKeywords)``.
            errback: called as ``errback(failure, *errbackArgs, **errbackKeywords)``, with an
                error that came before, not with one of ``callback``. None hands it on.
        Returns: this Deferred.
        """
        entry = (
            callback,
            errback,
            callbackArgs,
            callbackKeywords,
            errbackArgs,
            errbackKeywords,
        )
        queue = self._callbacks
        if queue is None:
            self._callbacks = entry
        elif type(queue) is list:
            queue.append(entry)
        else:
            self._callbacks = [queue, entry]
        if self.called:
            _walk(self)
        return self

    @overload
    def addCallback(
        self,
        callback: Callable[Concatenate[_T, _P], Deferred[_U]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_U]: ...

    @overload
    def addCallback(
        self,
        callback: Callable[Concatenate[_T, _P], _U | Failure],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_U]: ...

    @overload
    def addCallback(
        self,
        callback: Callable[Concatenate[_T, _P], _U],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_U]: ...

    def addCallback(self, callback: Any, *args: Any, **kwargs: Any) -> Any:
        """
        Add a function for a result; an error passes it by.

        Args:
            callback: called as ``callback(result, *args, **kwargs)``.
        Returns: this Deferred.
        """
        if args or kwargs:
            callback = (callback, None, args, kwargs, None, None)
        queue = self._callbacks
        if queue is None:
            self._callbacks = callback
        elif type(queue) is list:
            queue.append(callback)
        else:
            self._callbacks = [queue, callback]
        if self.called:
            _walk(self)
        return self

    @overload
    def addErrback(
        self,
        errback: Callable[Concatenate[Failure, _P], Deferred[_U]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_T | _U]: ...

    @overload
    def addErrback(
        self,
        errback: Callable[Concatenate[Failure, _P], _U | Failure],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_T | _U]: ...

    @overload
    def addErrback(
        self,
        errback: Callable[Concatenate[Failure, _P], _U],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_T | _U]: ...

    def addErrback(self, errback: Any, *args: Any, **kwargs: Any) -> Any:
        """
        Add a function for an error; a result passes it by.

        Args:
            errback: called as ``errback(failure, *args, **kwargs)``.
        Returns: this Deferred.
        """
        queue = self._callbacks
        if queue is None:
            self._callbacks = (None, errback, None, None, args, kwargs)
        elif type(queue) is list:
            queue.append((None, errback, None, None, args, kwargs))
        else:
            self._callbacks = [queue, (None, errback, None, None, args, kwargs)]
        if self.called:
            _walk(self)
        return self

    @overload
    def addBoth(
        self,
        callback: Callable[Concatenate[_T | Failure, _P], Deferred[_U]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_U]: ...

    @overload
    def addBoth(
        self,
        callback: Callable[Concatenate[_T | Failure, _P], _U | Failure],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_U]: ...

    @overload
    def addBoth(
        self,
        callback: Callable[Concatenate[Any, _P], _U],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_U]: ...

    def addBoth(self, callback: Any, *args: Any, **kwargs: Any) -> Any:
        """
        Add one function for a result and an error alike.

        Args:
            callback: called as ``callback(resultOrFailure, *args, **kwargs)``.
        Returns: this Deferred.
        """
        return self.addCallbacks(callback, callback, args, kwargs, args, kwargs)

    def chainDeferred(self, d: Deferred[_T]) -> Deferred[None]:
        """
        Fire another Deferred with what this one comes to.

        Nothing is left for functions that are added to this one afterwards: they get None.

        Args:
            d: the one to fire.
        Returns: this Deferred.
        """
        d._chainedTo = self
        return self.addCallbacks(d.callback, d.errback)

    # Firing

    def callback(self, result: _T | Failure) -> None:
        """
        Fire with a result.

        Raises: AlreadyCalledError if it was fired before.
        """
        if self.called:
            self._calledAgain()
            return
        self.called = True
        self._canceller = None
        self.result = result
        if self.debug or self.paused:
            self._fireWithCare()
            return
        if type(result) in _special:
            _walk(self)
            return
        self._chainedTo = None
        queue = self._callbacks
        if queue is None:
            return
        kind = type(queue)
        if kind is list:
            following = _advance(self)
            if following is not None:
                _goOn(self, following)
            return
        # One entry alone, and a plain result: most Deferreds end here.
        self._callbacks = None
        self._runningCallbacks = True
        following = None
        function = queue
        try:
            if kind is FunctionType or kind is MethodType:
                result = function(result)
            elif kind is tuple:
                function, _, args, keywords, _, _ = queue
                if function is not None:
                    if keywords:
                        result = function(result, *(args or ()), **keywords)
                    elif args:
                        result = function(result, *args)
                    else:
                        result = function(result)
            elif kind in _waiting:
                self.result = None
                if kind in _sleepers and queue.waiting is self:
                    following = queue.resume(result)
                else:
                    following = _handOver(self, queue, result)
                result = _nothing
            else:
                result = function(result)
        except BaseException as error:
            result = _caught(error, self.debug)
        self.result = result
        self._runningCallbacks = False
        if result is not None and type(result) in _special:
            _settle(self, function)
            _walk(self)
        elif following is not None:
            _goOn(self, following)
        elif self._callbacks is not None:
            _walk(self)

    def errback(self, fail: Failure | BaseException | None = None) -> None:
        """
        Fire with an error.

        Args:
            fail: a Failure or an exception; None takes the exception being handled now.
        Raises:
            AlreadyCalledError: if it was fired before.
            NoCurrentExceptionError: if nothing was given, and no exception is being handled.
        """
        if fail is None:
            fail = Failure(captureVars=self.debug)
        elif type(fail) not in _failureClasses:
            fail = (
                _hold(fail, fail.__traceback__)
                if isinstance(fail, BaseException)
                else Failure(fail)
            )
        if self.called:
            self._calledAgain()
            return
        self.called = True
        self._canceller = None
        self.result = fail
        if self.debug:
            self._fireWithCare()
        elif self.paused:
            return
        elif type(self._callbacks) is tuple:
            self._failStep()
        else:
            following = _advance(self)
            if following is not None:
                _goOn(self, following)

    def _failStep(self) -> None:
        """Take a Failure through one step alone, as most that fail have: `_advance` made short."""
        _, function, _, _, args, keywords = self._callbacks
        if function is not None:
            self._chainedTo = self._callbacks = None
            self._runningCallbacks = True
            try:
                if keywords:
                    result = function(self.result, *(args or ()), **keywords)
                elif args:
                    result = function(self.result, *args)
                else:
                    result = function(self.result)
            except BaseException as error:
                result = _caught(error, self.debug)
            self.result = result
            self._runningCallbacks = False
            if self._callbacks is None and (result is None or type(result) not in _special):
                return
            _settle(self, function)
        _walk(self)

    def _calledAgain(self) -> None:
        if self._suppressAlreadyCalled:
            # It was cancelled over the head of whoever is to fire it, who may do so once.
            self._suppressAlreadyCalled = False
            return
        if self.debug:
            if self._debugInfo is None:
                self._debugInfo = DebugInfo()
            raise AlreadyCalledError(
                "This Deferred has its result already.\n" + self._debugInfo._getDebugTracebacks()
            )
        raise AlreadyCalledError

    def _fireWithCare(self) -> None:
        if self.debug:
            if self._debugInfo is None:
                self._debugInfo = DebugInfo()
            self._debugInfo.invoker = _whereNow()
            _setDebugging(True)
        _walk(self)

    # Holding on and giving up

    def pause(self) -> None:
        """Call no more functions until `unpause`; each pause wants one of its own."""
        self.paused = self.paused + 1

    def unpause(self) -> None:
        """Take back one `pause`, and go on if it was the last."""
        self.paused = self.paused - 1
        if not self.paused and self.called:
            _walk(self)

    def cancel(self) -> None:
        """
        Give the result up, if it is not there yet.

        Calls the canceller. If there is none, or it does not fire this Deferred, it fails with
        `CancelledError`. If it was fired and waits for another Deferred that a callback gave,
        that one is cancelled. Otherwise nothing happens.
        """
        # Down the chain of those who wait for each other, to the one that can be cancelled.
        here: Deferred[Any] | None = self
        mark: Deferred[Any] | None = None
        steps, turn = 0, 1
        while here is not None:
            following: Deferred[Any] | None = None
            if here.called:
                following = here.result if isinstance(here.result, Deferred) else None
            else:
                following = here._cancelNow()
            if following is mark:
                # The end, or a circle, in which everybody waits for everybody.
                return
            steps += 1
            if steps == turn:
                mark, steps, turn = here, 0, turn * 2
            here = following
            if here is not None and type(here).cancel is not Deferred.cancel:
                here.cancel()
                return

    def _cancelNow(self) -> Deferred[Any] | None:
        """Give up what has no result yet; tell which Deferred is to be cancelled instead."""
        canceller: Any = self._canceller
        if canceller is None:
            self._suppressAlreadyCalled = True
        elif hasattr(canceller, "passCancel"):
            # A coroutine may catch the error, and come to a result after all.
            following: Deferred[Any] | None = canceller.passCancel()
            return following
        else:
            canceller(self)
        if not self.called:
            self.errback(Failure._withoutTraceback(CancelledError()))
        return None

    def addTimeout(
        self,
        timeout: float,
        clock: IReactorTime,
        onTimeoutCancel: Callable[[Any, float], Any] | None = None,
    ) -> Deferred[_T]:
        """
        Cancel this Deferred unless it has a result in time.

        The result is in time if it reaches this place in the queue: work that functions added
        before this one still wait for counts, what comes after does not.

        Args:
            timeout: seconds from now.
            clock: what to measure them with, the reactor for example.
            onTimeoutCancel: called with the result or Failure that cancelling led to and the
                seconds; what it returns takes the place of both. By default a
                `CancelledError` becomes a `TimeoutError`.
        Returns: this Deferred.
        """
        timedOut = False

        def timeItOut() -> None:
            nonlocal timedOut
            timedOut = True
            self.cancel()

        delayedCall = clock.callLater(timeout, timeItOut)

        def inTime(value: Any) -> Any:
            if timedOut:
                return (onTimeoutCancel or _cancelledToTimedOutError)(value, timeout)
            if delayedCall.active():
                delayedCall.cancel()
            return value

        return self.addBoth(inTime)

    # Coroutines and asyncio

    def __await__(self) -> Generator[Any, Any, _T]:
        if self.called and not self.paused:
            result: Any = self.result
            if type(result) not in _special:
                return result  # type: ignore[no-any-return]  # the type of what was fired
            if isinstance(result, Failure):
                if self._debugInfo is not None:
                    self._debugInfo.failResult = None
                result.raiseException()
        loop = _get_running_loop()
        if loop is not None:
            task: Any = current_task(loop)
            if task is not None and type(task) not in _waiting:
                # An asyncio Task runs here, not a coroutine of ours.
                return (yield from self.asFuture(loop).__await__())
        result = yield self
        # Whoever awaits it again meanwhile finds it.
        self.result = result
        return result  # type: ignore[no-any-return]  # the type of what was fired

    def __iter__(self) -> Generator[Deferred[_T], Any, _T]:
        """For ``yield from``, which a generator that acts as a coroutine may use."""
        if self.called and not self.paused:
            result: Any = self.result
            if type(result) not in _special:
                return result  # type: ignore[no-any-return]  # the type of what was fired
            if isinstance(result, Failure):
                if self._debugInfo is not None:
                    self._debugInfo.failResult = None
                result.raiseException()
        result = yield self
        self.result = result
        return result  # type: ignore[no-any-return]  # the type of what was fired

    def asFuture(self, loop: AbstractEventLoop) -> Future[_T]:
        """
        Give this Deferred the form of an asyncio Future.

        Its result goes into the Future; functions that are added afterwards get None. If the
        Future is cancelled, so is the Deferred.

        Args:
            loop: the event loop that the Future is for.
        """
        future: Future[_T] = loop.create_future()

        def cancelled(future: Future[_T]) -> None:
            if future.cancelled():
                self.cancel()

        def succeeded(result: _T) -> None:
            if not future.done():
                future.set_result(result)

        def failed(failure: Failure) -> None:
            if future.done():
                return
            error: BaseException = failure.value
            if isinstance(error, StopIteration):
                # asyncio refuses this one in a Future.
                error = RuntimeError("a Deferred failed with StopIteration")
                error.__cause__ = failure.value
            future.set_exception(error.with_traceback(failure.tb))

        future.add_done_callback(cancelled)
        self.addCallbacks(succeeded, failed)
        return future

    @classmethod
    def fromFuture(cls, future: Future[_T]) -> Deferred[_T]:
        """
        Give an asyncio Future or Task the form of a Deferred.

        Cancelling the Deferred cancels the Future.
        """

        made: Deferred[_T] = cls(_FutureCanceller(future))

        def done(future: Future[_T]) -> None:
            if made.called:
                return
            try:
                result = future.result()
            except BaseException as error:
                made.errback(_caughtFrom(error))
            else:
                made.callback(result)

        future.add_done_callback(done)
        return made

    @classmethod
    def fromCoroutine(
        cls,
        coro: Coroutine[Any, Any, _T] | Generator[Any, Any, _T],
    ) -> Deferred[_T]:
        """
        Start a coroutine, and give its result as a Deferred.

        It runs now, up to its first ``await`` of something that is not there yet. Cancelling
        the Deferred cancels what it awaits.

        Args:
            coro: a coroutine, or a generator that uses ``yield from`` like one.
        Raises: NotACoroutineError for anything else.
        """
        return cls._drive(coro)

    # Looking at it

    @property
    def callbacks(self) -> list[Any]:
        """Deprecated: what is in the queue, as pairs of (function, arguments, keywords)."""
        warnings.warn(
            "twisted.internet.defer.Deferred.callbacks was deprecated in Twisted 25.5.0",
            DeprecationWarning,
            stacklevel=2,
        )
        queue = self._callbacks
        entries = queue if type(queue) is list else [] if queue is None else [queue]
        shown = []
        for entry in entries:
            if type(entry) in _waiting:
                step: tuple[Any, ...] = (entry, entry, (), {}, (), {})
            else:
                step = entry if type(entry) is tuple else (entry, None, (), {}, (), {})
            shown.append(
                (
                    (step[0] or passthru, step[2] or (), step[3] or {}),
                    (step[1] or _failthru, step[4] or (), step[5] or {}),
                )
            )
        return shown

    def __repr__(self) -> str:
        place = f"{type(self).__name__} at 0x{id(self):x}"
        other = self._chainedTo
        if other is None:
            other = getattr(self._canceller, "waiting", None)
        if other is not None:
            return f"<{place} waiting on {type(other).__name__} at 0x{id(other):x}>"
        result = getattr(self, "result", _NO_RESULT)
        if result is _NO_RESULT:
            return f"<{place}>"
        return f"<{place} current result: {result!r}>"

    # Names that some programs reach for.

    def _runCallbacks(self) -> None:
        _walk(self)

    def _startRunCallbacks(self, result: object) -> None:
        self.callback(cast(Any, result))


_DEFERRED_SUBCLASSES.append(Deferred)
_special.add(Deferred)
_mayWait(Deferred)
_failureModule._quiet(Deferred.__await__)
_failureModule._quiet(Deferred.__iter__)


def _setDebugging(on: bool) -> None:
    global _debugging
    _debugging = on


def _caughtFrom(error: BaseException) -> Failure:
    """As `_caught`, for an error that came by no callback."""
    traceback = error.__traceback__
    if traceback is not None and traceback.tb_next is not None:
        error.__traceback__ = traceback.tb_next
    return Failure(error)


def _warnOfCircle(function: Any) -> None:
    code = getattr(function, "__code__", None)
    lines = [line for _, _, line in code.co_lines() if line] if code is not None else [1]
    warnings.warn_explicit(
        "Callback returned the Deferred it was attached to; it will wait for itself forever.",
        category=DeprecationWarning,
        filename=code.co_filename if code is not None else "<unknown>",
        lineno=max(lines),
        module=getattr(function, "__module__", None),
    )


def _settle(current: Deferred[Any], function: Any) -> bool:
    """
    Look at a result that is a Deferred: take what it has, or wait for it.

    Returns: whether ``current`` waits now.
    """
    inner = current.result
    if not isinstance(inner, Deferred):
        return False
    if inner is current:
        try:
            _warnOfCircle(function)
        except DeprecationWarning as warning:
            # Somebody asked for warnings to be errors.
            current.result = Failure(warning)
            return False
    result = inner.result if inner.called and not inner.paused else _NO_RESULT
    if result is _NO_RESULT or type(result) in _waiting:
        current.paused = current.paused + 1
        current._chainedTo = inner
        _enqueue(inner, current)
        return True
    inner.result = None
    if inner._debugInfo is not None:
        inner._debugInfo.failResult = None
    current.result = result
    return False


def _enqueue(deferred: Deferred[Any], waits: Any) -> None:
    """Put a waiter or a sleeper into a queue."""
    queue = deferred._callbacks
    if queue is None:
        deferred._callbacks = waits
    elif type(queue) is list:
        queue.append(waits)
    else:
        deferred._callbacks = [queue, waits]


def _advance(current: Deferred[Any]) -> Deferred[Any] | None:
    """
    Take a Deferred that was fired as far through its queue as it goes.

    Returns: the Deferred that is to go on first, before the rest of this one's queue; or None.
    """
    current._chainedTo = None
    following: Deferred[Any] | None = None
    result = current.result
    special = _special
    failed = type(result) in special and isinstance(result, Failure)
    current._runningCallbacks = True
    while following is None:
        queue = current._callbacks
        if queue is None or current.paused:
            break
        if type(queue) is list:
            # Entries that are added meanwhile go to the end of this very list.
            entries: Any = iter(queue)
        else:
            current._callbacks = None
            entries = (queue,)
        for entry in entries:
            kind = type(entry)
            # Functions and methods are told apart by themselves: most entries are, and to ask the
            # set takes as long as all of the rest here.
            if kind is FunctionType or kind is MethodType or kind not in _notPlain:
                if failed:
                    continue
                function = entry
                try:
                    result = entry(result)
                except BaseException as error:
                    current.result = result = _caught(error, current.debug)
                    failed = True
                    if current.paused:
                        break
                    continue
            elif kind is tuple:
                if failed:
                    _, function, _, _, args, keywords = entry
                else:
                    function, _, args, keywords, _, _ = entry
                if function is None:
                    continue
                try:
                    if keywords:
                        result = function(result, *(args or ()), **keywords)
                    elif args:
                        result = function(result, *args)
                    else:
                        result = function(result)
                except BaseException as error:
                    current.result = result = _caught(error, current.debug)
                    failed = True
                    if current.paused:
                        break
                    continue
            else:
                current.result = None
                if current._debugInfo is not None:
                    current._debugInfo.failResult = None
                following = _handOver(current, entry, result)
                current.result = result = None
                failed = False
                if following is not None or current.paused:
                    break
                continue
            current.result = result
            if result is None or type(result) not in special:
                failed = False
            elif _settle(current, function):
                failed = False
                break
            else:
                result = current.result
                failed = isinstance(result, Failure)
            if current.paused:
                break
        else:
            if type(queue) is list:
                current._callbacks = None
            continue
        if type(queue) is list:
            left = entries.__length_hint__()
            if left:
                del queue[:-left]
            else:
                current._callbacks = None
    current._runningCallbacks = False
    if failed:
        if current._callbacks is None:
            info = current._debugInfo
            if info is None:
                current._debugInfo = info = DebugInfo()
            info.failResult = result
    elif current._debugInfo is not None:
        current._debugInfo.failResult = None
    return following


def _handOver(giver: Deferred[Any], waits: Any, result: Any) -> Deferred[Any] | None:
    """Give a result to a waiter or a sleeper, and tell which Deferred is to go on by that."""
    # A Deferred is a waiter, unless it has a generator that sleeps.
    if getattr(waits, "waiting", None) is giver:
        following: Deferred[Any] | None = waits.resume(result)
        return following
    waits.result = result
    waits.paused = waits.paused - 1
    waits._chainedTo = None
    return None if waits.paused else waits


def _walk(deferred: Deferred[Any]) -> None:
    """Take a Deferred through its queue, unless it is held up or on its way already."""
    if deferred._runningCallbacks or deferred.paused:
        return
    following = _advance(deferred)
    if following is not None:
        _goOn(deferred, following)


def _goOn(deferred: Deferred[Any], following: Deferred[Any] | None) -> None:
    """Take all those through their queues that come to their turn by each other."""
    unfinished = [deferred] if deferred._callbacks is not None else []
    while following is not None:
        here = following
        following = None
        if not here._runningCallbacks and not here.paused:
            following = _advance(here)
        if following is not None:
            if here._callbacks is not None:
                unfinished.append(here)
        elif unfinished:
            following = unfinished.pop()


class _FutureCanceller:
    """Cancels a Future and leaves it to that to fire the Deferred, a moment later."""

    __slots__ = ("_future",)

    def __init__(self, future: Future[Any]) -> None:
        self._future = future

    def passCancel(self) -> None:
        self._future.cancel()

    def __call__(self, deferred: Deferred[Any]) -> None:
        self._future.cancel()


def passthru(arg: _T) -> _T:
    """Give back what came."""
    return arg


def _failthru(arg: Failure) -> Failure:
    """Give back the Failure that came."""
    return arg


def _cancelledToTimedOutError(value: Any, timeout: float) -> Any:
    if isinstance(value, Failure):
        value.trap(CancelledError)
        raise TimeoutError(timeout, "Deferred")
    return value
