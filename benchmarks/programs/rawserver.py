"""
The same echo server as an asyncio protocol on uvloop, with nothing in between.

    python rawserver.py PROTOCOL TRANSPORT [asyncio]

The words are those of ``server.py``; the third puts asyncio's own loop in the place of uvloop.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import ssl
import sys
from typing import cast

import uvloop

lifeSeconds = 600


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class LineEcho(Echo):
    """Splits lines as plainly as it can be done, with a bound on what is kept."""

    rest = b""
    mostBytes = 16384

    def data_received(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        if len(self.rest) > self.mostBytes:
            self.transport.close()
        for line in lines:
            self.lineReceived(line)

    def lineReceived(self, line: bytes) -> None:
        self.transport.write(line + b"\r\n")


async def serve(protocol: str, transport: str) -> None:
    """Listen, say where, and go on for ever."""
    loop = asyncio.get_running_loop()
    kind, _, path = transport.partition(":")
    make = {"bytes": Echo, "lines": LineEcho}[protocol]
    if kind == "unix":
        await loop.create_unix_server(make, path)
        port = 0
    else:
        context = None
        if kind == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(path)
        server = await loop.create_server(make, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
    print("ready", port, flush=True)
    await asyncio.Event().wait()


def main() -> None:
    signal.alarm(lifeSeconds)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    protocol, transport, *loop = sys.argv[1:]
    if loop != ["asyncio"]:
        uvloop.install()
    asyncio.run(serve(protocol, transport))


main()
