"""
Servers of others that say hello, each with its access log in a file.

    python webpeers.py uvicorn|aiohttp|granian FOLDER

FOLDER gets the access log. It prints its port. uvicorn and granian run the application of
asgihello.py, on uvloop and in one worker process; aiohttp its own kind of handler, on uvloop too.
"""

# mypy: disable-error-code="import-not-found,untyped-decorator"
# The servers are in a venv of their own.

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
from typing import Any


def _logTo(name: str, folder: str) -> logging.Logger:
    logger = logging.getLogger(name)
    logger.addHandler(logging.FileHandler(os.path.join(folder, "access.log")))
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return logger


def _listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0), backlog=512)


def uvicornServes(folder: str) -> None:
    import uvicorn
    from asgihello import application

    ear = _listening()
    _logTo("uvicorn.access", folder)
    config = uvicorn.Config(
        application, loop="uvloop", http="httptools", log_config=None, access_log=True
    )
    print("ready", ear.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[ear])


def aiohttpServes(folder: str) -> None:
    import uvloop
    from aiohttp import web

    async def hello(request: Any) -> Any:
        return web.Response(body=b"hello, world\n", content_type="text/plain")

    async def serve() -> None:
        application = web.Application()
        application.router.add_get("/", hello)
        runner = web.AppRunner(application, access_log=_logTo("aiohttp.access", folder))
        await runner.setup()
        ear = _listening()
        await web.SockSite(runner, ear).start()
        print("ready", ear.getsockname()[1], flush=True)
        await asyncio.Event().wait()

    uvloop.run(serve())


def granianServes(folder: str) -> None:
    from granian import Granian

    with _listening() as ear:
        port = ear.getsockname()[1]
    log = os.path.join(folder, "access.log")
    shape: dict[str, Any] = {
        "version": 1,
        "handlers": {"file": {"class": "logging.FileHandler", "filename": log}},
        "loggers": {"granian.access": {"handlers": ["file"], "level": "INFO", "propagate": False}},
    }
    server = Granian(
        "asgihello:application",
        address="127.0.0.1",
        port=port,
        interface="asgi",
        workers=1,
        loop="uvloop",
        log_access=True,
        log_dictconfig=shape,
    )
    threading.Thread(target=_tellWhenThere, args=(port,), daemon=True).start()
    server.serve()


def _tellWhenThere(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            threading.Event().wait(0.02)
        else:
            print("ready", port, flush=True)
            return


servers = {"uvicorn": uvicornServes, "aiohttp": aiohttpServes, "granian": granianServes}
if __name__ == "__main__":
    servers[sys.argv[1]](sys.argv[2])
