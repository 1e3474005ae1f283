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
from time import perf_counter

import uvloop

lifeSeconds = 600
pairsPerTurn = 500
callsPerBurst = 5000
jobsAtWork = 10
delays = random.Random(1).choices(range(30, 3000), k=4096)


def nothing(*_: object) -> None:
    pass


async def setAndCancel(seconds: float, outstanding: int) -> float:
    later = asyncio.get_running_loop().call_later
    for at in range(outstanding):
        later(delays[at % 4096] + at / outstanding, nothing)
    counted = 0
    begun = perf_counter()
    while (gone := perf_counter() - begun) < seconds:
        for delay in delays[:pairsPerTurn]:
            later(delay, nothing).cancel()
        counted += pairsPerTurn
        await asyncio.sleep(0)
    return counted / gone


async def replaceOldest(seconds: float, outstanding: int) -> float:
    later = asyncio.get_running_loop().call_later
    waiting = [later(delays[at % 4096] + at / outstanding, nothing) for at in range(outstanding)]
    place = counted = 0
    begun = perf_counter()
    while (gone := perf_counter() - begun) < seconds:
        for delay in delays[:pairsPerTurn]:
            waiting[place].cancel()
            waiting[place] = later(delay, nothing)
            place = (place + 1) % outstanding
        counted += pairsPerTurn
        await asyncio.sleep(0)
    return counted / gone


async def fromThread(seconds: float, _: int) -> float:
    loop = asyncio.get_running_loop()
    rate: asyncio.Future[float] = loop.create_future()
    ran = threading.Event()

    def ask() -> None:
        counted = 0
        begun = perf_counter()
        while (gone := perf_counter() - begun) < seconds:
            ran.clear()
            for _ in range(callsPerBurst - 1):
                loop.call_soon_threadsafe(nothing)
            loop.call_soon_threadsafe(ran.set)
            ran.wait()
            counted += callsPerBurst
        loop.call_soon_threadsafe(rate.set_result, counted / gone)

    threading.Thread(target=ask, daemon=True).start()
    return await rate


async def toThread(seconds: float, _: int) -> float:
    loop = asyncio.get_running_loop()
    counted = 0
    begun = perf_counter()

    async def work() -> None:
        nonlocal counted
        while perf_counter() - begun < seconds:
            await loop.run_in_executor(None, nothing)
            counted += 1

    await asyncio.gather(*[work() for _ in range(jobsAtWork)])
    return counted / (perf_counter() - begun)


measures: dict[str, Callable[[float, int], Awaitable[float]]] = {
    "timersAtOnce": setAndCancel,
    "timersRenewed": replaceOldest,
    "callFromThread": fromThread,
    "deferToThread": toThread,
}


async def main() -> None:
    what, seconds, size = sys.argv[1:]
    print(await measures[what](float(seconds), int(size)), flush=True)


signal.alarm(lifeSeconds)
uvloop.install()
asyncio.run(main())
