"""What Deferreds cost, the same on Torsion and on genuine Twisted."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from harness import Rates, repeated, runTwisted


def unchanged(result: object) -> object:
    return result


def callbacks(seconds: float, count: int) -> Rates:
    """Make a Deferred, give it ``count`` callbacks, and fire it."""
    from twisted.internet.defer import Deferred

    def one() -> None:
        for _ in range(1000):
            deferred: Deferred[object] = Deferred()
            deferred.addCallback(unchanged)
            deferred.callback(None)

    def several() -> None:
        for _ in range(1000):
            deferred: Deferred[object] = Deferred()
            for _ in range(count):
                deferred.addCallback(unchanged)
            deferred.callback(None)

    return repeated(one if count == 1 else several, seconds, 1000)


def readyYields(seconds: float, count: int) -> Rates:
    """A generator yields ``count`` Deferreds that have fired."""
    from twisted.internet.defer import Deferred, inlineCallbacks, succeed

    @inlineCallbacks
    def run() -> Generator[Deferred[int], Any, None]:
        for at in range(count):
            yield succeed(at)

    return repeated(run, seconds, count)


def waitingYields(seconds: float, count: int) -> Rates:
    """A generator yields ``count`` Deferreds that fire afterwards."""
    from twisted.internet.defer import Deferred, inlineCallbacks

    waiting: list[Deferred[int]] = []

    @inlineCallbacks
    def run() -> Generator[Deferred[int], Any, None]:
        for _ in range(count):
            deferred: Deferred[int] = Deferred()
            waiting.append(deferred)
            yield deferred

    def once() -> None:
        run()
        for at in range(count):
            waiting.pop().callback(at)

    return repeated(once, seconds, count)


runTwisted(alone={"deferred": callbacks, "yieldReady": readyYields, "yieldWaiting": waitingYields})
