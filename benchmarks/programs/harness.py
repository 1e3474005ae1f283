"""
What every program here that measures inside one process stands on.

A program of an area is run as

    python AREA.py WHAT SECONDS SIZE [REACTOR]

WHAT is a name in its table; SIZE a number that it knows the meaning of; REACTOR the module of one
to install first. It prints two numbers: how many a second, and how many a second of the processor.
"""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from time import perf_counter, process_time
from typing import Any

Rates = tuple[float, float]
"""How many a second: of the wall, and of the processor."""
Done = Callable[[Rates], None]
"""Told the rates when a measurement is over."""
Alone = Callable[[float, int], Rates]
"""Measures without a reactor: told for how many seconds, and the size."""
InReactor = Callable[[Any, float, int, Done], None]
"""Measures in a running reactor: told that, the seconds, the size, and whom to tell."""
InLoop = Callable[[float, int], Awaitable[Rates]]
"""Measures in a running asyncio loop."""
lifeSeconds = 600
delays = random.Random(1).choices(range(30, 3000), k=4096)
"""Seconds that timers are set for, the same in every process: none is to come."""


def nothing(*_: object) -> None:
    pass


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


def repeated(work: Callable[[], object], seconds: float, each: int) -> Rates:
    """The rates of what ``work`` does ``each`` times."""
    work()
    counted = 0
    watch = Watch()
    while not counted or watch.seconds() < seconds:
        work()
        counted += each
    return watch.rates(counted)


def runTwisted(
    alone: Mapping[str, Alone] | None = None, inReactor: Mapping[str, InReactor] | None = None
) -> None:
    """Measure what the command line asks for, and print its rates."""
    signal.alarm(lifeSeconds)
    what, seconds, size, *reactors = sys.argv[1:]
    for name in reactors:
        import_module(f"twisted.internet.{name}").install()
    if alone and what in alone:
        print(*alone[what](float(seconds), int(size)))
        return
    from twisted.internet import reactor as installed

    reactor: Any = installed

    def done(rates: Rates) -> None:
        print(*rates, flush=True)
        reactor.stop()

    work = (inReactor or {})[what]
    reactor.callWhenRunning(work, reactor, float(seconds), int(size), done)
    reactor.run()


def runAsyncio(measures: Mapping[str, InLoop]) -> None:
    """The same in a loop of uvloop's, without Twisted's API."""
    import asyncio

    import uvloop

    async def main() -> None:
        what, seconds, size = sys.argv[1:]
        print(*await measures[what](float(seconds), int(size)), flush=True)

    signal.alarm(lifeSeconds)
    uvloop.install()
    asyncio.run(main())
