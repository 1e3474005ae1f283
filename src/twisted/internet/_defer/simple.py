"""Deferreds that have their result already, and small functions around them."""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.python.failure import Failure

from . import deferred as _deferredModule
from .deferred import Deferred, _setDebugging, _special

_T = TypeVar("_T")

_new = object.__new__


def logError(err: Failure) -> Failure:
    """Log a Failure, and give it back. For use as an errback."""
    from twisted.logger import Logger

    Logger(namespace="twisted.internet.defer").failure("", err)
    return err


def succeed(result: _T) -> Deferred[_T]:
    """Make a Deferred that has its result already."""
    made: Deferred[_T]
    if _deferredModule._debugging or type(result) in _special:
        made = Deferred()
        made.callback(result)
        return made
    # As Deferred.__init__ and `Deferred.callback`, without the calls.
    made = _new(Deferred)
    made.called = True
    made._runningCallbacks = False
    made.paused = 0
    made._callbacks = made._chainedTo = made._debugInfo = made._canceller = None
    made.result = result
    return made


def fail(result: Failure | BaseException | None = None) -> Deferred[Any]:
    """
    Make a Deferred that has failed already.

    Args:
        result: as for `Deferred.errback`.
    """
    made: Deferred[Any] = Deferred()
    made.errback(result)
    return made


def setDebugging(on: bool) -> None:
    """
    Say whether Deferreds made from now on remember where they were made and fired.

    It makes them many times slower.
    """
    Deferred.debug = bool(on)
    _setDebugging(bool(on))


def getDebugging() -> bool:
    """Tell what `setDebugging` was last told."""
    return Deferred.debug
