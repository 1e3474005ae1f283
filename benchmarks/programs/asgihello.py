"""
An application of ASGI that says hello, and uvicorn that serves it.

    python asgihello.py FOLDER

FOLDER gets the access log. It prints its port.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from typing import Any

_head = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/plain"), (b"content-length", b"13")],
}
_body = {"type": "http.response.body", "body": b"hello, world\n"}


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send(_head)
    await send(_body)


def main() -> None:
    import uvicorn  # type: ignore[import-not-found]  # it is in a venv of its own

    ear = socket.create_server(("127.0.0.1", 0), backlog=512)
    logger = logging.getLogger("uvicorn.access")
    logger.addHandler(logging.FileHandler(os.path.join(sys.argv[1], "access.log")))
    logger.setLevel(logging.INFO)
    logger.propagate = False
    config = uvicorn.Config(
        application, loop="uvloop", http="httptools", log_config=None, access_log=True
    )
    print("ready", ear.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[ear])


if __name__ == "__main__":
    main()
