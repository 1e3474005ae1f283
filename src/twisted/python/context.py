"""
Values that travel down the call stack without being passed along.

`call` runs a function with some values set, and `get` finds them anywhere below that call,
in the same thread. Each thread starts with nothing but the defaults.
"""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")
    Context = dict[Any, Any]

__all__ = [
    "ContextTracker",
    "Speaker",
    "ThreadedContextTracker",
    "call",
    "defaultContextDict",
    "get",
    "installContextTracker",
    "setDefault",
    "speaker",
    "theContextTracker",
]

#: The values that hold where no `call` has set another.
defaultContextDict: dict[Any, Any] = {}

#: Set one default: ``setDefault(key, value)``.
setDefault = defaultContextDict.__setitem__


class Speaker:
    """
    In whose name the reactor's thread runs, for as long as it calls somebody's protocol.

    A context would cost each read a microsecond; to set one attribute costs a hundredth of that,
    and whoever logs looks here when no context says otherwise.

    Attributes:
        who: has ``logPrefix()``; None between two such calls.
    """

    __slots__ = ("who",)

    def __init__(self) -> None:
        self.who: Any = None


speaker = Speaker()


class ContextTracker:
    """
    A stack of contexts for one thread.

    Attributes:
        contexts: the contexts of the calls that are running, outermost first. Each one is
            complete: it has what was around it, and its own values on top.
    """

    def __init__(self) -> None:
        self.contexts: list[Context] = [defaultContextDict]

    def callWithContext(
        self,
        newContext: Mapping[Any, Any],
        func: Callable[P, R],
        *args: P.args,
        **kw: P.kwargs,
    ) -> R:
        """Give the result of the function, called with these values set on top."""
        stack = self.contexts
        stack.append({**stack[-1], **newContext})
        try:
            return func(*args, **kw)
        finally:
            stack.pop()

    def getContext(self, key: object, default: Any = None) -> Any:
        """The innermost value for a key."""
        return self.contexts[-1].get(key, default)


class ThreadedContextTracker:
    """
    One `ContextTracker` for each thread that asks.
    """

    def __init__(self) -> None:
        self.storage = local()

    def currentContext(self) -> ContextTracker:
        """The tracker of the calling thread."""
        own: dict[str, ContextTracker] = self.storage.__dict__
        if "tracker" not in own:
            own["tracker"] = ContextTracker()
        return own["tracker"]

    def callWithContext(
        self, ctx: Mapping[Any, Any], func: Callable[P, R], *args: P.args, **kw: P.kwargs
    ) -> R:
        """As `ContextTracker.callWithContext`, in the calling thread."""
        return self.currentContext().callWithContext(ctx, func, *args, **kw)

    def getContext(self, key: object, default: Any = None) -> Any:
        """As `ContextTracker.getContext`, in the calling thread."""
        return self.currentContext().getContext(key, default)


theContextTracker: ThreadedContextTracker

if TYPE_CHECKING:

    def call(ctx: Mapping[Any, Any], func: Callable[P, R], *args: P.args, **kw: P.kwargs) -> R: ...

    def get(key: object, default: Any = None) -> Any: ...


def installContextTracker(ctr: ThreadedContextTracker) -> None:
    """
    Make `call` and `get` go to another tracker from now on.
    """
    global theContextTracker, call, get
    theContextTracker = ctr
    call = ctr.callWithContext
    get = ctr.getContext


installContextTracker(ThreadedContextTracker())
