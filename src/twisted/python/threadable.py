"""
Small helpers around threads: which one runs the reactor, and classes with a lock of their own.
"""

from __future__ import annotations

import threading
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DummyLock",
    "XLock",
    "getThreadID",
    "init",
    "ioThread",
    "isInIOThread",
    "registerAsIOThread",
    "synchronize",
    "threaded",
]

#: The identity of the thread that runs the reactor, once it does.
ioThread: int | None = None

#: Whether locks are real ones. They are, always: kept for programs that ask.
threaded = True


class DummyLock:
    """
    What stood for a lock in a program that had no threads; kept since pickles name it.
    """

    def __reduce__(self) -> tuple[Callable[[], Any], tuple[()]]:
        return (unpickle_lock, ())


class XLock:
    """
    A lock that its holder may take again, and that survives pickling (as a free one).
    """

    # threading.RLock makes the fastest kind that there is, which cannot be a base class.
    def __init__(self) -> None:
        lock = threading.RLock()
        self.acquire = lock.acquire
        self.release = lock.release

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *excInfo: object) -> None:
        self.release()

    def __reduce__(self) -> tuple[Callable[[], Any], tuple[()]]:
        return (unpickle_lock, ())


def unpickle_lock() -> XLock:
    """
    Make the lock that a pickled lock becomes.
    """
    return XLock()


# Held while an object gets its own lock, which happens at the first use of the object.
_making = threading.Lock()


def _lockOf(instance: Any) -> XLock:
    lock: XLock | None = getattr(instance, "_threadable_lock", None)
    if lock is None:
        with _making:
            lock = getattr(instance, "_threadable_lock", None)
            if lock is None:
                lock = instance._threadable_lock = XLock()
    return lock


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _lockOf(self):
            return method(self, *args, **kwargs)

    return guarded


def synchronize(*klasses: type) -> None:
    """
    Let one thread at a time into the methods that each class lists in ``synchronized``.

    The lock is the instance's own, and one that its holder may take again: the methods may
    call each other.
    """
    for klass in klasses:
        for name in getattr(klass, "synchronized", ()):
            setattr(klass, name, _guarded(klass.__dict__[name]))


def init(with_threads: int = 1) -> None:
    """
    Threads are always on: a call with a true value changes nothing.

    Raises: RuntimeError if asked to turn them off.
    """
    if not with_threads:
        raise RuntimeError("Cannot uninitialize threads")


getThreadID = threading.get_ident


def isInIOThread() -> bool:
    """
    Whether the calling thread is the one that runs the reactor.
    """
    return ioThread == getThreadID()


def registerAsIOThread() -> None:
    """
    Note that the calling thread is the one that runs the reactor.
    """
    global ioThread
    ioThread = getThreadID()
