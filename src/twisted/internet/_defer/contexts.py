"""
Context variables for plain callbacks, for those who ask.

A coroutine keeps its context variables (PEP 567) by itself; a callback runs in the context of
whoever fires its Deferred, and programs count on that. `setCallbackContext` lets each callback
run in the context in which it was added instead. It exchanges the methods that add callbacks,
so it costs nothing while it is off.
"""

from __future__ import annotations

from contextvars import copy_context
from functools import partial
from typing import Any

from .deferred import Deferred

_plain: dict[str, Any] = {
    name: Deferred.__dict__[name] for name in ("addCallbacks", "addCallback", "addErrback")
}


def _bound(function: Any) -> Any:
    return None if function is None else partial(copy_context().run, function)


def _addCallbacks(
    self: Deferred[Any], callback: Any, errback: Any = None, *args: Any, **kwargs: Any
) -> Any:
    return _plain["addCallbacks"](self, _bound(callback), _bound(errback), *args, **kwargs)


def _addCallback(self: Deferred[Any], callback: Any, *args: Any, **kwargs: Any) -> Any:
    return _plain["addCallback"](self, _bound(callback), *args, **kwargs)


def _addErrback(self: Deferred[Any], errback: Any, *args: Any, **kwargs: Any) -> Any:
    return _plain["addErrback"](self, _bound(errback), *args, **kwargs)


_inContext: dict[str, Any] = {
    "addCallbacks": _addCallbacks,
    "addCallback": _addCallback,
    "addErrback": _addErrback,
}


def setCallbackContext(on: bool) -> None:
    """
    Say in which context callbacks run that are added from now on.

    Args:
        on: true for the context variables of where the callback was added; false, as at first,
            for those of where the Deferred is fired.
    """
    for name, method in (_inContext if on else _plain).items():
        setattr(Deferred, name, method)


def getCallbackContext() -> bool:
    """Tell what `setCallbackContext` was last told."""
    return Deferred.__dict__["addCallback"] is _addCallback
