"""
The nearest things that asyncio on uvloop has to what ``inside.py`` measures.

    python rawinside.py WHAT SECONDS SIZE
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from time import perf_counter, process_time

import uvloop

Rates = tuple[float, float]
lifeSeconds = 600
pairsPerTurn = 500
callsPerBurst = 5000
jobsAtWork = 10
delays = random.Random(1).choices(range(30, 3000), k=4096)


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


async def setAndCancel(seconds: float, outstanding: int) -> Rates:
    later = asyncio.get_running_loop().call_later
    for at in range(outstanding):
        later(delays[at % 4096] + at / outstanding, nothing)
    counted = 0
    watch = Watch()
    while watch.seconds() < seconds:
        for delay in delays[:pairsPerTurn]:
            later(delay, nothing).cancel()
        counted += pairsPerTurn
        await asyncio.sleep(0)
    return watch.rates(counted)


async def replaceOldest(seconds: float, outstanding: int) -> Rates:
    later = asyncio.get_running_loop().call_later
    waiting = [later(delays[at % 4096] + at / outstanding, nothing) for at in range(outstanding)]
    place = counted = 0
    watch = Watch()
    while watch.seconds() < seconds:
        for delay in delays[:pairsPerTurn]:
            waiting[place].cancel()
            waiting[place] = later(delay, nothing)
            place = (place + 1) % outstanding
        counted += pairsPerTurn
        await asyncio.sleep(0)
    return watch.rates(counted)


async def fromThread(seconds: float, _: int) -> Rates:
    loop = asyncio.get_running_loop()
    rate: asyncio.Future[Rates] = loop.create_future()
    ran = threading.Event()

    def ask() -> None:
        counted = 0
        watch = Watch()
        while watch.seconds() < seconds:
            ran.clear()
            for _ in range(callsPerBurst - 1):
                loop.call_soon_threadsafe(nothing)
            loop.call_soon_threadsafe(ran.set)
            ran.wait()
            counted += callsPerBurst
        loop.call_soon_threadsafe(rate.set_result, watch.rates(counted))

    threading.Thread(target=ask, daemon=True).start()
    return await rate


async def toThread(seconds: float, _: int) -> Rates:
    loop = asyncio.get_running_loop()
    counted = 0
    watch = Watch()

    async def work() -> None:
        nonlocal counted
        while watch.seconds() < seconds:
            await loop.run_in_executor(None, nothing)
            counted += 1

    await asyncio.gather(*[work() for _ in range(jobsAtWork)])
    return watch.rates(counted)


measures: dict[str, Callable[[float, int], Awaitable[Rates]]] = {
    "timersAtOnce": setAndCancel,
    "timersRenewed": replaceOldest,
    "callFromThread": fromThread,
    "deferToThread": toThread,
}


async def main() -> None:
    what, seconds, size = sys.argv[1:]
    print(*await measures[what](float(seconds), int(size)), flush=True)


signal.alarm(lifeSeconds)
uvloop.install()
asyncio.run(main())
