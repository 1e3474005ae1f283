"""What asyncio has in the place of a Deferred, for comparison."""

from __future__ import annotations

import asyncio

from harness import Rates, Watch, runAsyncio


async def futures(seconds: float, count: int) -> Rates:
    """A Task awaits futures that have their result."""
    make = asyncio.get_running_loop().create_future
    counted = 0
    watch = Watch()
    while not counted or watch.seconds() < seconds:
        for at in range(count):
            future = make()
            future.set_result(at)
            await future
        counted += count
    return watch.rates(counted)


runAsyncio({"awaitReady": futures})
