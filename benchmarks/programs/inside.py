"""
What costs inside one process, for the Twisted API, the same on Torsion and on genuine Twisted.

    python inside.py WHAT SECONDS SIZE [REACTOR]

WHAT is a name in `measures`; SIZE a number that it knows the meaning of. Prints two numbers: how
many a second, and how many a second of the processor.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
from collections.abc import Callable, Generator
from importlib import import_module
from time import perf_counter, process_time
from typing import Any

Rates = tuple[float, float]
"""How many a second: of the wall, and of the processor."""
Done = Callable[[Rates], None]
"""Told the rates when a measurement is over."""
lifeSeconds = 600
pairsPerTurn = 500
callsPerBurst = 5000
jobsAtWork = 10
delays = random.Random(1).choices(range(30, 3000), k=4096)
"""Seconds that timers are set for, the same in every process: none is to come."""


def nothing(*_: object) -> None:
    pass


def unchanged(result: object) -> object:
    return result


class Watch:
    """Runs from when it is made, on the wall's clock and on that of the processor."""

    def __init__(self) -> None:
        self._wall, self._processor = perf_counter(), process_time()

    def seconds(self) -> float:
        """Gone by, on the wall."""
        return perf_counter() - self._wall

    def rates(self, count: int) -> Rates:
        """How many a second of each, if it was ``count`` by now."""
        processor = process_time() - self._processor
        return count / max(self.seconds(), 1e-9), count / max(processor, 1e-9)


# Inside the reactor: each gets the reactor and calls done(rates)


def setAndCancel(reactor: Any, seconds: float, outstanding: int, done: Done) -> None:
    """A timer is set and cancelled at once, while ``outstanding`` others wait."""
    for at in range(outstanding):
        reactor.callLater(delays[at % 4096] + at / outstanding, nothing)

    def pairs() -> int:
        later = reactor.callLater
        for delay in delays[:pairsPerTurn]:
            later(delay, nothing).cancel()
        return pairsPerTurn

    everyTurn(reactor, seconds, pairs, done)


def replaceOldest(reactor: Any, seconds: float, outstanding: int, done: Done) -> None:
    """``outstanding`` timers wait, as timeouts of connections do; they are renewed in turn."""
    waiting = [
        reactor.callLater(delays[at % 4096] + at / outstanding, nothing)
        for at in range(outstanding)
    ]
    place = 0

    def pairs() -> int:
        nonlocal place
        later = reactor.callLater
        for delay in delays[:pairsPerTurn]:
            waiting[place].cancel()
            waiting[place] = later(delay, nothing)
            place = (place + 1) % outstanding
        return pairsPerTurn

    everyTurn(reactor, seconds, pairs, done)


def everyTurn(reactor: Any, seconds: float, work: Callable[[], int], done: Done) -> None:
    """Do ``work`` once in each turn of the reactor; its answer is how much that was."""
    counted = 0

    def turn(watch: Watch) -> None:
        nonlocal counted
        counted += work()
        if watch.seconds() < seconds:
            reactor.callLater(0, turn, watch)
        else:
            done(watch.rates(counted))

    def begin() -> None:
        turn(Watch())

    # What was set above is sorted in before the first turn is timed.
    reactor.callLater(0.05, begin)


def fromThread(reactor: Any, seconds: float, _: int, done: Done) -> None:
    """Another thread has the reactor call something, in bursts that are waited for."""
    ran = threading.Event()

    def ask() -> None:
        counted = 0
        watch = Watch()
        while watch.seconds() < seconds:
            ran.clear()
            for _ in range(callsPerBurst - 1):
                reactor.callFromThread(nothing)
            reactor.callFromThread(ran.set)
            ran.wait()
            counted += callsPerBurst
        reactor.callFromThread(done, watch.rates(counted))

    threading.Thread(target=ask, daemon=True).start()


def toThread(reactor: Any, seconds: float, _: int, done: Done) -> None:
    """A few jobs are at work in threads at any time; each that is done is followed by another."""
    from twisted.internet.threads import deferToThread

    counted = 0
    stopped = False
    watch = Watch()

    def again(_: object = None) -> None:
        nonlocal counted, stopped
        counted += 1
        if watch.seconds() < seconds:
            deferToThread(nothing).addCallback(again)
        elif not stopped:
            stopped = True
            done(watch.rates(counted))

    for _job in range(jobsAtWork):
        again()


# Without a reactor


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


def repeated(work: Callable[[], object], seconds: float, each: int) -> Rates:
    """The rates of what ``work`` does ``each`` times."""
    work()
    counted = 0
    watch = Watch()
    while not counted or watch.seconds() < seconds:
        work()
        counted += each
    return watch.rates(counted)


inReactor: dict[str, Callable[[Any, float, int, Done], None]] = {
    "timersAtOnce": setAndCancel,
    "timersRenewed": replaceOldest,
    "callFromThread": fromThread,
    "deferToThread": toThread,
}
alone: dict[str, Callable[[float, int], Rates]] = {
    "deferred": callbacks,
    "yieldReady": readyYields,
    "yieldWaiting": waitingYields,
}
measures = {**inReactor, **alone}


def main() -> None:
    signal.alarm(lifeSeconds)
    what, seconds, size, *reactors = sys.argv[1:]
    for name in reactors:
        import_module(f"twisted.internet.{name}").install()
    if what in alone:
        print(*alone[what](float(seconds), int(size)))
        return
    from twisted.internet import reactor as installed

    reactor: Any = installed

    def done(rates: Rates) -> None:
        print(*rates, flush=True)
        reactor.stop()

    reactor.callWhenRunning(inReactor[what], reactor, float(seconds), int(size), done)
    reactor.run()


main()
