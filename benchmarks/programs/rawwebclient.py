"""What ``webclient.py`` measures, by aiohttp's client on uvloop."""

from __future__ import annotations

import asyncio

from harness import Rates, Watch, runAsyncio
from httpanswers import Answers, body, host

warmSeconds = 0.3


async def pooled(seconds: float, atWork: int) -> Rates:
    import aiohttp

    server = Answers()
    uri = f"http://{host}:{server.port}/some/where?and=more"
    headers = {"User-Agent": "benchmark", "Accept": "*/*"}
    counted = 0
    going = True

    async def ask(session: aiohttp.ClientSession) -> None:
        nonlocal counted
        while going:
            async with session.get(uri, headers=headers) as response:
                assert len(await response.read()) == len(body)
                counted += 1

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=atWork)) as session:
        asking = [asyncio.ensure_future(ask(session)) for _ in range(atWork)]
        await asyncio.sleep(warmSeconds)
        watch, before = Watch(), counted
        await asyncio.sleep(seconds)
        rates = watch.rates(counted - before)
        going = False
        await asyncio.gather(*asking)
    server.end()
    return rates


if __name__ == "__main__":
    runAsyncio({"pooled": pooled})
