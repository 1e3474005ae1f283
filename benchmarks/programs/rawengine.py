"""The nearest things that asyncio on uvloop has to what ``engine.py`` measures."""

from __future__ import annotations

import asyncio
import threading

from harness import Rates, Watch, delays, nothing, runAsyncio

pairsPerTurn = 500
callsPerBurst = 5000
jobsAtWork = 10


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


runAsyncio(
    {
        "timersAtOnce": setAndCancel,
        "timersRenewed": replaceOldest,
        "callFromThread": fromThread,
        "deferToThread": toThread,
    }
)
