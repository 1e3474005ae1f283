"""
A server that has one answer to everything, in a process of its own, for clients to be measured by.

    python httpanswers.py

prints its port. It looks at nothing of a request but where it ends, and so costs next to nothing.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import Any

host = "127.0.0.1"
lifeSeconds = 600
body = b"x" * 1024
answer = (
    b"HTTP/1.1 200 OK\r\nServer: answers\r\nContent-Type: text/plain\r\n"
    b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
)


class Answers:
    """
    The server, started.

    Attributes:
        port: where it listens.
    """

    def __init__(self) -> None:
        self._child = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE)
        assert self._child.stdout is not None
        self.port = int(self._child.stdout.readline())

    def end(self) -> None:
        """Stop it."""
        self._child.kill()
        self._child.wait()


class _Answering(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self._write = transport.write
        self._kept = b""

    def data_received(self, data: bytes) -> None:
        if self._kept:
            data = self._kept + data
        if data.endswith(b"\r\n\r\n"):
            self._kept = b""
            self._write(answer * data.count(b"\r\n\r\n"))
        else:
            self._kept = data


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answering, host, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    signal.alarm(lifeSeconds)
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    asyncio.run(_serve())
