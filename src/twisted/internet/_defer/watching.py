"""
For those who debug: the steps that led to an error, and what was slow.

The steps are kept with the exception itself, which goes from one Deferred to the next where they
wait for each other; so the account of an error that nobody took begins where it was raised, and
ends where it was dropped. Nothing here costs anything while it is off. ``TORSION_DEBUG=1`` in the
environment puts all of it on when `twisted.internet.defer` is imported.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextvars import Context
from functools import partial
from typing import Any

from twisted.python.failure import Failure, _quiet

from .adding import setWrapper
from .coroutines import CoroutineDriver
from .debug import DebugInfo, _noteSteps, _stepsOf
from .deferred import Deferred
from .generators import GeneratorDeferred
from .simple import setDebugging

#: Seconds after which a callback is slow where ``TORSION_DEBUG`` is set, but
#: ``TORSION_SLOW_SECONDS`` is not: asyncio's debug mode has the same.
usualSlowSeconds = 0.1

_recording = False
_slowSeconds: float | None = None


def _described(function: Any) -> str:
    """A function's name, and the place where it begins."""
    while True:
        if isinstance(function, partial):
            inContext = isinstance(getattr(function.func, "__self__", None), Context)
            function = function.args[0] if inContext else function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            break
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(vars(type(function)).get("__call__"), "__code__", None)
    return name if code is None else f"{name} ({code.co_filename}:{code.co_firstlineno})"


def _watch(
    deferred: Deferred[Any], function: Callable[..., Any], isErrback: bool
) -> Callable[..., Any]:
    if isinstance(getattr(function, "__self__", None), Deferred):
        # Another Deferred is fired, whose own functions are watched.
        return function
    info = deferred._debugInfo
    if info is None:
        deferred._debugInfo = info = DebugInfo()
    kind = "errback" if isErrback else "callback"

    @_quiet
    def step(result: Any, *args: Any, **kwargs: Any) -> Any:
        began = time.monotonic()
        try:
            got = function(result, *args, **kwargs)
        except BaseException as error:
            _record(info, result, error, f"{kind} {_described(function)} raised")
            raise
        finally:
            _tellIfSlow(began, function)
        if isinstance(got, Failure):
            _record(info, result, got.value, f"{kind} {_described(function)} handed on")
        elif _recording:
            info.steps = (*info.steps, f"{kind} {_described(function)}")[-info.mostSteps :]
        return got

    return step


def _record(info: DebugInfo, result: Any, error: BaseException, step: str) -> None:
    if not _recording:
        return
    before: tuple[str, ...] = ()
    if isinstance(result, Failure) and result.value is not error:
        before = _stepsOf(result.value)
    _noteSteps(error, (*before, *info.steps, f"{step} {type(error).__name__}"))
    info.steps = ()


def _tellIfSlow(began: float, function: Any) -> None:
    took = time.monotonic() - began
    if _slowSeconds is None or took < _slowSeconds:
        return
    from twisted.logger import Logger

    Logger(namespace="twisted.internet.defer").warn(
        "{name} took {seconds:.3f} seconds, during which nothing else ran",
        name=_described(function),
        seconds=took,
    )


class _Step:
    """Stands for a generator or a coroutine where a function is described."""

    def __init__(self, body: Any) -> None:
        self.__qualname__ = getattr(body, "__qualname__", type(body).__qualname__)
        self.__code__ = getattr(body, "cr_code", None) or getattr(body, "gi_code", None)


def _timed(resume: Callable[..., Any], body: str) -> Callable[..., Any]:
    def timedResume(self: Any, result: Any) -> Any:
        began = time.monotonic()
        step = _Step(getattr(self, body))
        try:
            return resume(self, result)
        finally:
            _tellIfSlow(began, step)

    return timedResume


_drivers: list[tuple[Any, Callable[..., Any], Callable[..., Any]]] = [
    (kind, kind.resume, _timed(kind.resume, body))
    for kind, body in ((GeneratorDeferred, "_generator"), (CoroutineDriver, "_coroutine"))
]


def _exchange() -> None:
    setWrapper(_watch, _recording or _slowSeconds is not None)
    for kind, plain, timed in _drivers:
        kind.resume = plain if _slowSeconds is None else timed


def setStepRecording(on: bool) -> None:
    """
    Say whether the log of an unhandled error tells which callbacks led to it.

    Args:
        on: whether to keep the steps of errors; of functions that are added from now on.
    """
    global _recording
    _recording = bool(on)
    _exchange()


def setSlowCallbackSeconds(seconds: float | None) -> None:
    """
    Have slow callbacks, and slow steps of coroutines, logged with their names, as warnings.

    Args:
        seconds: how long one may take; None, as at first, logs none. It holds for functions
            that are added from now on.
    """
    global _slowSeconds
    _slowSeconds = seconds
    _exchange()


def getSlowCallbackSeconds() -> float | None:
    """Tell what `setSlowCallbackSeconds` was last told."""
    return _slowSeconds


def debugFromEnvironment() -> None:
    """Put on what ``TORSION_DEBUG`` and ``TORSION_SLOW_SECONDS`` ask for."""
    wanted = os.environ.get("TORSION_DEBUG", "") not in ("", "0")
    slow = os.environ.get("TORSION_SLOW_SECONDS", "")
    if wanted:
        setDebugging(True)
        setStepRecording(True)
    if wanted or slow:
        try:
            setSlowCallbackSeconds(float(slow or usualSlowSeconds))
        except ValueError:
            setSlowCallbackSeconds(usualSlowSeconds)
