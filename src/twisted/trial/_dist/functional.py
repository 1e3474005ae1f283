"""
Small functions that make functions, and loops that wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred, FirstError, gatherResults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


def fromOptional(default: A, optional: A | None) -> A:
    """
    Give the second, or the first where that is None.
    """
    return default if optional is None else optional


def takeWhile(condition: Callable[[], bool], xs: Iterable[A]) -> Iterator[A]:
    """
    Give things for as long as the condition holds; it is asked before each one is taken.
    """
    things = iter(xs)
    while condition():
        try:
            thing = next(things)
        except StopIteration:
            return
        yield thing


async def sequence(first: Awaitable[Any], second: Awaitable[A]) -> A:
    """
    Wait for one thing, then for another, and give what came of that.
    """
    await first
    return await second


def flip(f: Callable[[A, B], C]) -> Callable[[B, A], C]:
    """
    Make a function that takes its two arguments the other way round.
    """

    def flipped(b: B, a: A) -> C:
        return f(a, b)

    return flipped


def compose(outer: Callable[[B], C], inner: Callable[[A], B]) -> Callable[[A], C]:
    """
    Make a function that calls one, and the other with what that gives.
    """

    def composed(argument: A) -> C:
        return outer(inner(argument))

    return composed


def discardResult(awaitable: Awaitable[Any]) -> Deferred[None]:
    """
    Make a Deferred that fires with None when the other thing is done.
    """

    async def wait() -> None:
        await awaitable

    return Deferred.fromCoroutine(wait())


async def together(deferreds: Sequence[Deferred[Any]]) -> None:
    """
    Wait for several Deferreds at the same time.

    Raises: what the first one failed with, as it is: `gatherResults` wraps it.
    """
    try:
        await gatherResults(deferreds, consumeErrors=True)
    except FirstError as error:
        error.subFailure.raiseException()


async def iterateWhile(predicate: Callable[[A], bool], action: Callable[[], Awaitable[A]]) -> A:
    """
    Do something again and again, and give the first result that the predicate does not hold for.
    """
    while True:
        result = await action()
        if not predicate(result):
            return result


def countingCalls(f: Callable[[int], A]) -> Callable[[], A]:
    """
    Make a function that calls another with the number of calls before this one.
    """
    count = -1

    def counting() -> A:
        nonlocal count
        count += 1
        return f(count)

    return counting
