"""Waiting for several Deferreds, and making one of whatever a function gives."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from types import CoroutineType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from twisted.python.failure import Failure

from .deferred import Deferred, _noKeywords
from .errors import FailureGroup, FirstError
from .simple import fail, succeed

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

_T = TypeVar("_T")

SUCCESS = True
FAILURE = False

_DeferredListResultItemT = tuple[bool, _T]
_DeferredListResultListT = list[tuple[bool, _T]]
_DeferredListSingleResultT = tuple[_T, int]


@overload
def maybeDeferred(
    f: Callable[_P, Deferred[_T]], *args: _P.args, **kwargs: _P.kwargs
) -> Deferred[_T]: ...


@overload
def maybeDeferred(
    f: Callable[_P, Coroutine[Any, Any, _T]], *args: _P.args, **kwargs: _P.kwargs
) -> Deferred[_T]: ...


@overload
def maybeDeferred(
    f: Callable[_P, Deferred[_T] | _T], *args: _P.args, **kwargs: _P.kwargs
) -> Deferred[_T]: ...


@overload
def maybeDeferred(f: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]: ...


def maybeDeferred(f: Any, *args: Any, **kwargs: Any) -> Any:
    """
    Call a function, and give a Deferred whatever it does.

    Args:
        f: called as ``f(*args, **kwargs)``. A Deferred that it returns passes; a coroutine is
            started; an exception or a Failure makes one that has failed; anything else, one
            that has that as its result.
    """
    try:
        result = f(*args, **kwargs)
    except BaseException as error:
        traceback = error.__traceback__
        inner = traceback.tb_next if traceback is not None else None
        return fail(Failure(error, None, inner or traceback, Deferred.debug))
    if isinstance(result, Deferred):
        return result
    if isinstance(result, Failure):
        return fail(result)
    if type(result) is CoroutineType or _isCoroutine(result):
        return Deferred.fromCoroutine(result)
    return succeed(result)


def _isCoroutine(thing: object) -> bool:
    # Generators have the same methods; they are results like any other.
    return isinstance(thing, Coroutine) and hasattr(thing, "__await__")


def execute(callable: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]:
    """
    Call a function, and give a Deferred that has its result, or its exception, already.
    """
    try:
        result = callable(*args, **kwargs)
    except BaseException:
        return fail()
    return succeed(result)


class DeferredList(Deferred[Any]):
    """
    Waits for a list of Deferreds.

    Fires with a list of ``(success, result)``, one for each in their order, where a result is a
    Failure if success is false. The flags let it fire sooner. The Deferreds keep their results,
    for functions that are added to them later.
    """

    fireOnOneCallback = False
    fireOnOneErrback = False

    def __init__(
        self,
        deferredList: Iterable[Deferred[Any]],
        fireOnOneCallback: bool = False,
        fireOnOneErrback: bool = False,
        consumeErrors: bool = False,
    ) -> None:
        """
        Begin to wait.

        Args:
            deferredList: what to wait for. If it is empty this fires at once with an empty
                list, but for ``fireOnOneCallback``, with which it never does.
            fireOnOneCallback: fire with ``(result, index)`` at the first success.
            fireOnOneErrback: fail with `FirstError` at the first error.
            consumeErrors: turn the errors of the Deferreds into None once they are noted.
        """
        self._deferredList = list(deferredList)
        self.resultList: list[Any] = [None] * len(self._deferredList)
        Deferred.__init__(self)
        if not self._deferredList and not fireOnOneCallback:
            self.callback(self.resultList)
        # These must be there before a Deferred that has its result already calls back.
        self.fireOnOneCallback = fireOnOneCallback
        self.fireOnOneErrback = fireOnOneErrback
        self.consumeErrors = consumeErrors
        self.finishedCount = 0
        done = self._cbDeferred
        for index, deferred in enumerate(self._deferredList):
            deferred.addCallbacks(
                done, done, (index, SUCCESS), _noKeywords, (index, FAILURE), _noKeywords
            )

    def _cbDeferred(self, result: Any, index: int, succeeded: bool) -> Any:
        self.resultList[index] = (succeeded, result)
        self.finishedCount += 1
        if not self.called:
            if succeeded and self.fireOnOneCallback:
                self.callback((result, index))
            elif not succeeded and self.fireOnOneErrback:
                self.errback(Failure._withoutTraceback(FirstError(result, index)))
            elif self.finishedCount == len(self.resultList):
                self.callback(self.resultList)
        return None if self.consumeErrors and not succeeded else result

    def cancel(self) -> None:
        """Cancel each of the Deferreds, unless this fired already."""
        if self.called:
            return
        for deferred in self._deferredList:
            try:
                deferred.cancel()
            except BaseException:
                from twisted.logger import Logger

                Logger(namespace="twisted.internet.defer").failure(
                    "A canceller raised an exception; the others of the list are still called."
                )


def gatherResults(
    deferredList: Iterable[Deferred[_T]], consumeErrors: bool = False
) -> Deferred[list[_T]]:
    """
    Wait for all of some Deferreds.

    Args:
        deferredList: what to wait for.
        consumeErrors: turn their errors into None once the first one is told.
    Returns: a Deferred of the list of results, or of the `FirstError`, as soon as there is one.
        Cancelling it cancels all of them.
    """
    made: Deferred[Any] = DeferredList(
        deferredList, fireOnOneErrback=True, consumeErrors=consumeErrors
    )
    return made.addCallback(_resultsAlone)


def _resultsAlone(results: list[tuple[bool, Any]]) -> list[Any]:
    return [result for _, result in results]


def race(ds: Sequence[Deferred[_T]]) -> Deferred[tuple[int, _T]]:
    """
    Take the first of some Deferreds to succeed, and cancel the others.

    Args:
        ds: the contestants.
    Returns: a Deferred of ``(index, result)`` of the winner, or of a `FailureGroup` when all
        have failed. Cancelling it cancels all of them.
    """
    contestants = list(ds)
    winner: int | None = None
    failures: list[Failure] = []

    def cancelAll(_: Deferred[Any]) -> None:
        for contestant in contestants:
            contestant.cancel()

    final: Deferred[tuple[int, _T]] = Deferred(cancelAll)

    def succeeded(result: _T, index: int) -> None:
        nonlocal winner
        if winner is not None:
            return
        winner = index
        for other in contestants:
            if other is not contestants[index]:
                other.cancel()
        final.callback((index, result))

    def failed(failure: Failure) -> None:
        failures.append(failure)
        if winner is None and len(failures) == len(contestants):
            final.errback(Failure._withoutTraceback(FailureGroup(failures)))

    for index, contestant in enumerate(contestants):
        contestant.addCallbacks(succeeded, failed, callbackArgs=(index,))
    return final
