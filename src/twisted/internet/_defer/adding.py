"""
What stands between a function and the queue that it is added to, for those who ask.

Some want each callback to run in the context where it was added, or to know which was slow. While
they do, the methods of `Deferred` that add functions are exchanged for ones that hand every
function to each of these *wrappers* first; while nobody does, there is nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .deferred import Deferred

#: Given a Deferred, a function that is added to it, and whether it is an errback; gives what is
#: added in its place.
Wrapper = Callable[[Deferred[Any], Callable[..., Any], bool], Callable[..., Any]]

_wrappers: list[Wrapper] = []
_plain: dict[str, Any] = {
    name: Deferred.__dict__[name] for name in ("addCallbacks", "addCallback", "addErrback")
}


def _wrapped(deferred: Deferred[Any], function: Any, isErrback: bool) -> Any:
    if callable(function):
        for wrapper in _wrappers:
            function = wrapper(deferred, function, isErrback)
    return function


def _addCallbacks(
    self: Deferred[Any], callback: Any, errback: Any = None, *args: Any, **kwargs: Any
) -> Any:
    callback, errback = _wrapped(self, callback, False), _wrapped(self, errback, True)
    return _plain["addCallbacks"](self, callback, errback, *args, **kwargs)


def _addCallback(self: Deferred[Any], callback: Any, *args: Any, **kwargs: Any) -> Any:
    return _plain["addCallback"](self, _wrapped(self, callback, False), *args, **kwargs)


def _addErrback(self: Deferred[Any], errback: Any, *args: Any, **kwargs: Any) -> Any:
    return _plain["addErrback"](self, _wrapped(self, errback, True), *args, **kwargs)


_watchful: dict[str, Any] = {
    "addCallbacks": _addCallbacks,
    "addCallback": _addCallback,
    "addErrback": _addErrback,
}


def setWrapper(wrapper: Wrapper, on: bool) -> None:
    """
    Have functions that are added from now on pass through a wrapper, or pass it by.

    Args:
        wrapper: see `Wrapper`.
        on: whether.
    """
    if wrapper in _wrappers:
        _wrappers.remove(wrapper)
    if on:
        _wrappers.append(wrapper)
    for name, method in (_watchful if _wrappers else _plain).items():
        setattr(Deferred, name, method)


def hasWrapper(wrapper: Wrapper) -> bool:
    """Tell what `setWrapper` was last told of this one."""
    return wrapper in _wrappers
