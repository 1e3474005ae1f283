"""
What a type checker makes of Deferreds.

The functions hold for mypy, by ``assert_type``; run, they hold too.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from typing_extensions import assert_type

from twisted.internet.defer import (
    Deferred,
    DeferredLock,
    DeferredQueue,
    ensureDeferred,
    gatherResults,
    inlineCallbacks,
    maybeDeferred,
    race,
    succeed,
)
from twisted.python.failure import Failure


def outcome(deferred: Deferred[Any]) -> Any:
    """Take the result or the Failure of a Deferred that has one."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got[0]


def toText(number: int) -> str:
    return str(number)


def toTextLater(number: int, base: int = 10) -> Deferred[str]:
    return succeed(str(number))


def maybeText(number: int) -> str | Failure:
    return str(number)


def mend(failure: Failure) -> bool:
    return True


async def coroutine() -> int:
    return 1


@inlineCallbacks
def generator(number: int) -> Generator[Deferred[Any], Any, str]:
    yield succeed(number)
    return str(number)


def test_callbacksGiveTheNextType() -> None:
    assert_type(succeed(1), Deferred[int])
    assert_type(succeed(1).addCallback(toText), Deferred[str])
    assert_type(succeed(1).addCallback(maybeText), Deferred[str])
    assert_type(succeed(1).addCallback(toTextLater), Deferred[str])
    assert_type(succeed(1).addCallback(toTextLater, base=16), Deferred[str])
    assert_type(succeed(1).addErrback(mend), Deferred[int | bool])
    assert_type(succeed(1).addCallbacks(toText, mend), Deferred[str | bool])
    assert outcome(succeed(1).addCallback(toText)) == "1"


def test_coroutinesGiveTheirType() -> None:
    assert_type(ensureDeferred(coroutine()), Deferred[int])
    assert_type(Deferred.fromCoroutine(coroutine()), Deferred[int])
    assert_type(generator(1), Deferred[str])
    assert outcome(ensureDeferred(coroutine())) == 1
    assert outcome(generator(1)) == "1"


def test_combinationsGiveTheirType() -> None:
    assert_type(maybeDeferred(toText, 1), Deferred[str])
    assert_type(maybeDeferred(toTextLater, 1), Deferred[str])
    assert_type(maybeDeferred(coroutine), Deferred[int])
    assert_type(gatherResults([succeed(1)]), Deferred[list[int]])
    assert_type(race([succeed(1)]), Deferred[tuple[int, int]])
    assert outcome(maybeDeferred(coroutine)) == 1


def test_locksGiveTheTypeOfTheWork() -> None:
    lock = DeferredLock()
    assert_type(lock.run(toTextLater, 1), Deferred[str])
    assert_type(lock.run(coroutine), Deferred[int])
    assert_type(lock.run(toText, 1), Deferred[str])
    queue: DeferredQueue[int] = DeferredQueue()
    queue.put(1)
    assert_type(queue.get(), Deferred[int])
    assert outcome(lock.run(coroutine)) == 1


async def awaits() -> None:
    assert_type(await succeed(1), int)
    async with DeferredLock() as lock:
        assert_type(lock, DeferredLock)


def test_awaitingGivesTheResultsType() -> None:
    assert outcome(ensureDeferred(awaits())) is None
