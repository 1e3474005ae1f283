"""From the reactor into threads, and back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, overload

from twisted.internet import defer
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    from twisted.internet.interfaces import IReactorFromThreads
    from twisted.python.threadpool import ThreadPool

    _P = ParamSpec("_P")

__all__ = [
    "blockingCallFromThread",
    "callMultipleInThread",
    "deferToThread",
    "deferToThreadPool",
]

_R = TypeVar("_R")


def deferToThreadPool(
    reactor: IReactorFromThreads,
    threadpool: ThreadPool,
    f: Callable[_P, _R],
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> defer.Deferred[_R]:
    """
    Call a function in a thread of a pool.

    Args:
        reactor: fires the Deferred, in its own thread.
        threadpool: has the threads.
        f: called as ``f(*args, **kwargs)``.
    Returns: a Deferred of what it gives. A call that has begun cannot be cancelled.
    """
    deferred: defer.Deferred[_R] = defer.Deferred()

    def onResult(success: bool, result: Any) -> None:
        reactor.callFromThread(_fire, deferred, result)

    threadpool.callInThreadWithCallback(onResult, f, *args, **kwargs)
    return deferred


def _fire(deferred: defer.Deferred[Any], result: Any) -> None:
    # A Failure given to callback starts the errbacks.
    deferred.callback(result)


def deferToThread(f: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> defer.Deferred[_R]:
    """
    Call a function in a thread of the reactor's pool.

    Args:
        f: called as ``f(*args, **kwargs)``.
    Returns: a Deferred of what it gives.
    """
    from twisted.internet import reactor as theReactor

    reactor: Any = theReactor
    return deferToThreadPool(reactor, reactor.getThreadPool(), f, *args, **kwargs)


def callMultipleInThread(
    tupleList: Iterable[tuple[Callable[..., object], Iterable[Any], dict[str, Any]]],
) -> None:
    """
    Make a number of calls one after another, all in one thread of the reactor's pool.

    Args:
        tupleList: what to call: function, arguments, keyword arguments.
    """
    from twisted.internet import reactor as theReactor

    reactor: Any = theReactor
    reactor.callInThread(_callAll, list(tupleList))


def _callAll(
    calls: list[tuple[Callable[..., object], Iterable[Any], dict[str, Any]]],
) -> None:
    for function, args, keywords in calls:
        function(*args, **keywords)


@overload
def blockingCallFromThread(
    reactor: IReactorFromThreads,
    f: Callable[_P, defer.Deferred[_R]],
    *a: _P.args,
    **kw: _P.kwargs,
) -> _R: ...


@overload
def blockingCallFromThread(
    reactor: IReactorFromThreads,
    f: Callable[_P, Coroutine[Any, Any, _R]],
    *a: _P.args,
    **kw: _P.kwargs,
) -> _R: ...


@overload
def blockingCallFromThread(
    reactor: IReactorFromThreads, f: Callable[_P, _R], *a: _P.args, **kw: _P.kwargs
) -> _R: ...


def blockingCallFromThread(reactor: Any, f: Any, *a: Any, **kw: Any) -> Any:
    """
    Call a function in the reactor's thread, and wait for its result in this one.

    Must not be called in the reactor's thread: it would wait for itself.

    Args:
        reactor: whose thread.
        f: called as ``f(*a, **kw)``; a Deferred or a coroutine that it gives is waited for.
    Returns: what it gave. Raises what it raised.
    """
    answer: SimpleQueue[Any] = SimpleQueue()

    def call() -> None:
        defer.maybeDeferred(f, *a, **kw).addBoth(answer.put)

    reactor.callFromThread(call)
    result = answer.get()
    if isinstance(result, Failure):
        result.raiseException()
    return result
