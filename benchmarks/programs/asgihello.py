"""An application of ASGI that says hello, for whoever serves it."""

from __future__ import annotations

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
