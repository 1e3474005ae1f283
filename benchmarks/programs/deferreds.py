"""What Deferreds cost, the same on Torsion and on genuine Twisted."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from time import perf_counter
from typing import Any

from harness import Done, Rates, Watch, everyTurn, nothing, repeated, runTwisted


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


def generatorCalls(seconds: float, _: int) -> Rates:
    """Call a generator function that yields once and returns."""
    from twisted.internet.defer import Deferred, inlineCallbacks, succeed

    @inlineCallbacks
    def run() -> Generator[Deferred[int], Any, int]:
        answer: int = yield succeed(1)
        return answer

    def calls() -> None:
        for _ in range(1000):
            run()

    return repeated(calls, seconds, 1000)


def readyAwaits(seconds: float, count: int) -> Rates:
    """A coroutine awaits ``count`` Deferreds that have fired."""
    from twisted.internet.defer import ensureDeferred, succeed

    async def run() -> None:
        for at in range(count):
            await succeed(at)

    return repeated(lambda: ensureDeferred(run()), seconds, count)


def gathered(seconds: float, count: int) -> Rates:
    """Wait for ``count`` Deferreds together, and fire them."""
    from twisted.internet.defer import Deferred, gatherResults

    def once() -> None:
        waiting: list[Deferred[int]] = [Deferred() for _ in range(count)]
        gatherResults(waiting)
        for deferred in waiting:
            deferred.callback(1)

    return repeated(once, seconds, 1)


def trapped(seconds: float, _: int) -> Rates:
    """A Deferred fails, and its errback traps the error."""
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    class Broken(Exception):
        pass

    def trap(failure: Failure) -> None:
        failure.trap(Broken)

    def several() -> None:
        for _ in range(1000):
            deferred: Deferred[None] = Deferred()
            deferred.addErrback(trap)
            deferred.errback(Broken())

    return repeated(several, seconds, 1000)


def callsSoon(reactor: Any, seconds: float, count: int, done: Done) -> None:
    """``count`` calls without a delay in each turn."""

    def calls() -> int:
        later = reactor.callLater
        for _ in range(count):
            later(0, nothing)
        return count

    everyTurn(reactor, seconds, calls, done)


def timersFired(reactor: Any, seconds: float, count: int, done: Done) -> None:
    """``count`` timers, due within 5 ms in no order, are set and fire; and then again."""
    delays = [(at * 7919 % count) / count * 0.005 for at in range(count)]
    watch = Watch()
    counted = 0

    def again() -> None:
        nonlocal counted
        if counted and watch.seconds() >= seconds:
            done(watch.rates(counted))
            return
        counted += count
        later = reactor.callLater
        for delay in delays:
            later(delay, nothing)
        later(0.006, again)

    again()


def cooperation(reactor: Any, seconds: float, count: int, done: Done) -> None:
    """A Cooperator takes steps of ``count`` iterators in turn."""
    from twisted.internet.defer import Deferred, gatherResults
    from twisted.internet.task import Cooperator

    each = 20_000
    watch = Watch()
    counted = 0

    def steps() -> Iterator[None]:
        for _ in range(each):
            yield None

    def again(_: object = None) -> None:
        nonlocal counted
        if counted and watch.seconds() >= seconds:
            done(watch.rates(counted))
            return
        counted += count * each
        cooperator = Cooperator()
        waiting: list[Deferred[Any]] = [cooperator.coiterate(steps()) for _ in range(count)]
        gatherResults(waiting).addCallback(again)

    again()


def ticks(seconds: float, _: int) -> Rates:
    """A looping call on a clock that is moved by hand."""
    from twisted.internet.task import Clock, LoopingCall

    clock = Clock()
    loop = LoopingCall(nothing)
    loop.clock = clock
    loop.start(1.0)

    def advance() -> None:
        for _ in range(1000):
            clock.advance(1)

    return repeated(advance, seconds, 1000)


def ticksOfTheReactor(reactor: Any, seconds: float, _: int, done: Done) -> None:
    """A looping call in each turn of the reactor."""
    from twisted.internet.task import LoopingCall

    counted = 0
    watch = Watch()
    end = perf_counter() + seconds

    def tick() -> None:
        nonlocal counted
        counted += 1
        if perf_counter() >= end:
            stop()
            done(watch.rates(counted))

    loop = LoopingCall(tick)
    stop: Callable[[], object] = loop.stop
    loop.start(0)


runTwisted(
    alone={
        "deferred": callbacks,
        "yieldReady": readyYields,
        "yieldWaiting": waitingYields,
        "generatorCalls": generatorCalls,
        "awaitReady": readyAwaits,
        "gathered": gathered,
        "trapped": trapped,
        "ticks": ticks,
    },
    inReactor={
        "callsSoon": callsSoon,
        "timersFired": timersFired,
        "cooperation": cooperation,
        "ticksOfTheReactor": ticksOfTheReactor,
    },
)
