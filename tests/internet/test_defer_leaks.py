"""
Deferreds leave nothing behind: not an object, not a cycle for the collector, not a byte that grows.

The ordinary run takes some thousands; for a million of them:

    TORSION_LEAK_DEFERREDS=1000000 python -m pytest --timeout 999 tests/internet/test_defer_leaks.py
"""

from __future__ import annotations

import asyncio
import gc
import os
import tracemalloc
from collections.abc import Callable, Generator
from typing import Any

import pytest

from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredLock,
    ensureDeferred,
    gatherResults,
    inlineCallbacks,
    race,
    succeed,
)
from twisted.python.failure import Failure

howMany = int(os.environ.get("TORSION_LEAK_DEFERREDS", "20000"))


class Broken(Exception):
    """What callbacks here raise."""


def broken(_: Any) -> None:
    raise Broken


def handled(failure: Failure) -> None:
    failure.trap(Broken, CancelledError)


def fired() -> None:
    deferred: Deferred[Any] = Deferred()
    deferred.addCallback(lambda result: result).addCallback(lambda result: result)
    deferred.callback(1)


def failed() -> None:
    deferred: Deferred[Any] = Deferred()
    deferred.addCallback(broken).addErrback(handled)
    deferred.callback(1)
    other: Deferred[Any] = Deferred()
    other.addErrback(handled)
    other.errback(Broken())


def cancelled() -> None:
    deferred: Deferred[Any] = Deferred(lambda _: None)
    deferred.addErrback(handled)
    deferred.cancel()


def chained() -> None:
    inner: Deferred[Any] = Deferred()
    outer: Deferred[Any] = Deferred()
    outer.addCallback(lambda _: inner)
    outer.callback(None)
    last: Deferred[Any] = Deferred()
    outer.chainDeferred(last)
    inner.callback(1)


def awaited() -> None:
    async def run(waits: Deferred[Any]) -> Any:
        await succeed(1)
        return await waits

    waits: Deferred[Any] = Deferred()
    ensureDeferred(run(waits))
    waits.callback(1)


def awaitedInVain() -> None:
    async def run(waits: Deferred[Any]) -> Any:
        return await waits

    waits: Deferred[Any] = Deferred()
    running = ensureDeferred(run(waits))
    running.addErrback(handled)
    running.cancel()


def yielded() -> None:
    @inlineCallbacks
    def run(waits: Deferred[Any]) -> Generator[Any, Any, Any]:
        try:
            yield waits
        except Broken:
            yield succeed(2)

    waits: Deferred[Any] = Deferred()
    run(waits)
    waits.errback(Broken())


def gathered() -> None:
    three: list[Deferred[Any]] = [Deferred() for _ in range(3)]
    gatherResults(three)
    for deferred in three:
        deferred.callback(None)


def raced() -> None:
    two: list[Deferred[Any]] = [Deferred(), Deferred()]
    race(two)
    two[0].callback(1)


def locked() -> None:
    lock = DeferredLock()
    waits: Deferred[Any] = Deferred()
    lock.run(lambda: waits)
    lock.run(lambda: None)
    waits.callback(None)


loop = asyncio.new_event_loop()


def inTask() -> None:
    async def run() -> Any:
        waits: Deferred[Any] = Deferred()
        asyncio.get_running_loop().call_soon(waits.callback, 1)
        return await waits

    loop.run_until_complete(run())


# How many of the million each is given: those that turn a loop cost much more than the others.
shares: dict[Callable[[], None], int] = {
    fired: 5,
    failed: 3,
    cancelled: 3,
    chained: 3,
    awaited: 3,
    awaitedInVain: 2,
    yielded: 2,
    gathered: 1,
    raced: 1,
    locked: 1,
    inTask: 1,
}


@pytest.fixture(scope="module", autouse=True)
def closeTheLoop() -> Any:
    yield
    loop.close()


@pytest.mark.parametrize("use", shares, ids=lambda use: use.__name__)
def test_nothingIsLeftToTheCollector(use: Callable[[], None]) -> None:
    for _ in range(10):
        use()
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            use()
        found = gc.collect()
    finally:
        gc.enable()
    # A loop and its tasks make a cycle here and there; Deferreds do not.
    allowed = 100 if use in (inTask, raced) else 5
    assert found <= allowed


@pytest.mark.parametrize("use", shares, ids=lambda use: use.__name__)
def test_memoryDoesNotGrow(use: Callable[[], None]) -> None:
    count = howMany * shares[use] // sum(shares.values())
    for _ in range(200):
        use()
    gc.collect()
    objects = len(gc.get_objects())
    tracemalloc.start()
    try:
        for _ in range(100):
            use()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(count):
            use()
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(gc.get_objects()) - objects < 100
    assert after - before < 20_000
