"""An application by ASGI, without a framework: counts by WebSocket, and tells a body's length."""

import asyncio


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(scope, receive, send)
    elif scope["type"] == "websocket":
        await count(receive, send)
    else:
        await measure(scope, receive, send)


async def lifespan(scope, receive, send):
    await receive()
    scope["state"]["name"] = "application"
    await send({"type": "lifespan.startup.complete"})
    await receive()
    print("the application has ended", flush=True)
    await send({"type": "lifespan.shutdown.complete"})


async def count(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    for number in range(3):
        await send({"type": "websocket.send", "text": str(number)})
        await asyncio.sleep(0.01)


async def measure(scope, receive, send):
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for part in (scope["state"]["name"], f": {length} bytes", f" for {scope['path']}\n"):
        await send({"type": "http.response.body", "body": part.encode(), "more_body": True})
    await send({"type": "http.response.body"})
