"""What ``webclient.py`` measures, by aiohttp's and httpx's clients on uvloop."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from harness import Rates, Watch, runAsyncio
from httpanswers import Answers, body, host

warmSeconds = 0.3
headers = {"User-Agent": "benchmark", "Accept": "*/*"}


async def _measure(
    fetch: Callable[[str], Awaitable[bytes]], place: str, seconds: float, atWork: int
) -> Rates:
    uri = f"{place}/some/where?and=more"
    counted = 0
    going = True

    async def ask() -> None:
        nonlocal counted
        while going:
            assert len(await fetch(uri)) == len(body)
            counted += 1

    asking = [asyncio.ensure_future(ask()) for _ in range(atWork)]
    await asyncio.sleep(warmSeconds)
    watch, before = Watch(), counted
    await asyncio.sleep(seconds)
    rates = watch.rates(counted - before)
    going = False
    await asyncio.gather(*asking)
    return rates


async def _byAiohttp(
    place: str, seconds: float, atWork: int, trusted: ssl.SSLContext | bool = True
) -> Rates:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=atWork, ssl=trusted)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def fetch(uri: str) -> bytes:
            async with session.get(uri) as response:
                return await response.read()

        return await _measure(fetch, place, seconds, atWork)


async def pooled(seconds: float, atWork: int) -> Rates:
    server = Answers()
    rates = await _byAiohttp(f"http://{host}:{server.port}", seconds, atWork)
    server.end()
    return rates


async def encrypted(seconds: float, atWork: int) -> Rates:
    """Over TLS, by HTTP/1.1."""
    from tlsanswers import EncryptedAnswers

    server = EncryptedAnswers()
    trusted = ssl.create_default_context(cafile=server.certificate)
    rates = await _byAiohttp(f"https://localhost:{server.port}", seconds, atWork, trusted)
    server.end()
    return rates


async def multiplexed(seconds: float, atWork: int) -> Rates:
    """By HTTP/2, which aiohttp does not speak and httpx does."""
    import httpx
    from tlsanswers import EncryptedAnswers

    server = EncryptedAnswers()
    trusted = ssl.create_default_context(cafile=server.certificate)
    async with httpx.AsyncClient(http2=True, verify=trusted, headers=headers) as client:

        async def fetch(uri: str) -> bytes:
            answer: Any = await client.get(uri)
            assert answer.http_version == "HTTP/2"
            return bytes(answer.content)

        rates = await _measure(fetch, f"https://localhost:{server.port}", seconds, atWork)
    server.end()
    return rates


if __name__ == "__main__":
    runAsyncio({"pooled": pooled, "encrypted": encrypted, "multiplexed": multiplexed})
