"""An application of Starlette, with what it does by groups of tasks: over sockets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.serving import asking, fetch
from twisted.logger import capturedLogs
from twisted.web.asgi import ASGIResource, StreamingRequest
from twisted.web.server import Site

pytest.importorskip("starlette", reason="starlette is not installed")

ended: list[str] = []


def _application() -> Any:
    import asyncio

    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.concurrency import run_in_threadpool
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
    from starlette.routing import Route, WebSocketRoute

    async def stamp(request: Any, callNext: Any) -> Any:
        response = await callNext(request)
        response.headers["X-Stamped"] = request.url.path
        return response

    async def echo(request: Any) -> Any:
        return JSONResponse({"came": (await request.body()).decode(), "of": request.method})

    async def parts(request: Any) -> Any:
        async def produced() -> Any:
            for number in range(5):
                await asyncio.sleep(0)
                yield f"{number}\n" * 2000

        return StreamingResponse(produced(), media_type="text/plain")

    async def later(request: Any) -> Any:
        word = await asyncio.wait_for(run_in_threadpool(lambda: "from a thread"), 5)
        return PlainTextResponse(word, background=BackgroundTask(ended.append, "background"))

    async def broken(request: Any) -> Any:
        raise LookupError("nowhere")

    async def socket(connection: Any) -> None:
        await connection.accept()
        async for message in connection.iter_text():
            await connection.send_text(message.upper())

    return Starlette(
        routes=[
            Route("/echo", echo, methods=["POST"]),
            Route("/parts", parts),
            Route("/later", later),
            Route("/broken", broken),
            WebSocketRoute("/ws", socket),
        ],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=stamp)],
    )


@pytest.fixture(params=[True, False], ids=["streaming", "whole"])
def site(request: pytest.FixtureRequest, reactor: Any) -> Site:
    kind = StreamingRequest if request.param else None
    return Site(ASGIResource(_application(), reactor), requestFactory=kind, reactor=reactor)


def test_itsResponsesAreWhole(reactor: Any, site: Site) -> None:
    ended.clear()

    def client(port: int) -> list[Any]:
        return [
            fetch(port, "/echo", "POST", body=b"so it goes"),
            fetch(port, "/echo", "POST", body=b"x" * 300_000),
            fetch(port, "/parts"),
            fetch(port, "/later"),
            fetch(port, "/nowhere"),
        ]

    echoed, large, parts, later, nowhere = asking(reactor, None, client, site)
    assert json.loads(echoed[2]) == {"came": "so it goes", "of": "POST"}
    assert (echoed[0], echoed[1]["x-stamped"]) == (200, "/echo")
    assert len(json.loads(large[2])["came"]) == 300_000
    assert parts[2] == b"".join(b"%d\n" % number * 2000 for number in range(5))
    assert (later[2], ended) == (b"from a thread", ["background"])
    assert nowhere[0] == 404


def test_itsFailureIsAnAnswerAndIsLogged(reactor: Any, site: Site) -> None:
    with capturedLogs() as events:
        code, _, _ = asking(reactor, None, lambda port: fetch(port, "/broken"), site)
    assert code == 500
    failures = [event["log_failure"] for event in events if "log_failure" in event]
    assert [failure.type for failure in failures] == [LookupError]


def test_itsWebSocketsSpeak(reactor: Any, site: Site) -> None:
    connect = pytest.importorskip("websockets.sync.client").connect

    def client(port: int) -> list[Any]:
        with connect(f"ws://127.0.0.1:{port}/ws") as connection:
            connection.send("hello")
            connection.send("so it goes " * 100)
            return [connection.recv(10), connection.recv(10)]

    assert asking(reactor, None, client, site) == ["HELLO", "SO IT GOES " * 100]
