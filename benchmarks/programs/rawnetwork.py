"""The nearest things that asyncio on uvloop has to what ``network.py`` measures."""

from __future__ import annotations

import asyncio
from typing import Any

from datagramload import DatagramLoad, warmSeconds
from harness import Rates, Watch, runAsyncio

host = "127.0.0.1"
program = "/bin/true"
atWork = 4


async def echo(seconds: float, flight: int) -> Rates:
    class Echo(asyncio.DatagramProtocol):
        counted = 0
        transport: Any

        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            self.counted += 1
            self.transport.sendto(data, addr)

    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(Echo, (host, 0))
    load = DatagramLoad(host, transport.get_extra_info("sockname")[1], flight)
    await asyncio.sleep(warmSeconds)
    watch, before = Watch(), server.counted
    await asyncio.sleep(seconds)
    rates = watch.rates(server.counted - before)
    load.end()
    return rates


async def spawn(seconds: float, _: int) -> Rates:
    counted = 0
    watch = Watch()

    async def work() -> None:
        nonlocal counted
        while watch.seconds() < seconds:
            pipe = asyncio.subprocess.PIPE
            child = await asyncio.create_subprocess_exec(
                program, stdin=pipe, stdout=pipe, stderr=pipe
            )
            await child.communicate()
            counted += 1

    await asyncio.gather(*(work() for _job in range(atWork)))
    return watch.rates(counted)


runAsyncio({"datagrams": echo, "processes": spawn})
