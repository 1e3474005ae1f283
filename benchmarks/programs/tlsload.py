"""
What ``load.c`` does over TLS, for machines without the headers of OpenSSL.

    python tlsload.py ping tls:PORT bytes CONNECTIONS FLIGHT SIZE WARM SECONDS

It is slower than most servers, which makes all of them look more alike than they are.
"""

from __future__ import annotations

import asyncio
import signal
import ssl
import sys
from time import perf_counter, process_time

import uvloop

lifeSeconds = 600


class Load(asyncio.Protocol):
    """One connection: ``flight`` messages of ``size`` bytes are on their way."""

    counted = 0

    def __init__(self, flight: int, size: int) -> None:
        self.flight, self.size = flight, size
        self.partly = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]  # a stream's
        self.transport.write(b"x" * self.size * self.flight)

    def data_received(self, data: bytes) -> None:
        whole, self.partly = divmod(self.partly + len(data), self.size)
        Load.counted += whole
        if whole:
            self.transport.write(b"x" * self.size * whole)


async def main() -> None:
    target, _, connections, flight, size, warm, seconds = sys.argv[2:]
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    loop = asyncio.get_running_loop()
    port = int(target.partition(":")[2])
    for _ in range(int(connections)):
        await loop.create_connection(
            lambda: Load(int(flight), int(size)), "127.0.0.1", port, ssl=context
        )
    await asyncio.sleep(float(warm))
    print("begin", flush=True)
    Load.counted, begun, processor = 0, perf_counter(), process_time()
    await asyncio.sleep(float(seconds))
    gone = perf_counter() - begun
    print("end", Load.counted, gone, (process_time() - processor) / gone, flush=True)


signal.alarm(lifeSeconds)
uvloop.install()
asyncio.run(main())
