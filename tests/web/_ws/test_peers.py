"""WebSockets with the library ``websockets`` and with a browser, compressed and plain."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support import drive
from tests.web.serving import asking
from twisted.internet.defer import Deferred
from twisted.web._ws.deflating import Deflation
from twisted.web._ws.wire import WebSocketWire
from twisted.web.resource import Resource
from twisted.web.websocket import WebSocketClientEndpoint, WebSocketResource

long = "so it goes, and so it went. " * 200
sent: list[Any] = ["short", long, long, long.encode(), b"\x00\xff", ""]


class Echo:
    """Sends back what comes; as a client, sends all and keeps what comes back."""

    def __init__(self, toSend: list[Any] | None = None) -> None:
        self.toSend = toSend or []
        self.came: list[Any] = []
        self.done: Deferred[list[Any]] = Deferred()

    def buildProtocol(self, _: object) -> Echo:
        return self if self.toSend else Echo()

    def negotiationStarted(self, transport: Any) -> None:
        self.transport = transport

    def negotiationFinished(self) -> None:
        for each in self.toSend:
            self._send(each)

    def _send(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.transport.sendTextMessage(message)
        else:
            self.transport.sendBytesMessage(message)

    def textMessageReceived(self, message: Any) -> None:
        if not self.toSend:
            self._send(message)
            return
        self.came.append(message)
        if len(self.came) == len(self.toSend):
            self.transport.loseConnection()

    bytesMessageReceived = textMessageReceived

    def pongReceived(self, payload: bytes) -> None:
        pass

    def connectionLost(self, reason: Any) -> None:
        self.done.callback(self.came)


class Forgetting(Deflation):
    ourContext = theirContext = False
    theirBits = 10


class ForgettingWire(WebSocketWire):
    deflation = Forgetting()


class PlainWire(WebSocketWire):
    deflation = None


wires = pytest.mark.parametrize("wire", [WebSocketWire, ForgettingWire, PlainWire])


@wires
def test_anotherClientIsUnderstood(reactor: Any, wire: type[WebSocketWire]) -> None:
    connect = pytest.importorskip("websockets.sync.client").connect

    kind = type("Kind", (WebSocketResource,), {"wireFactory": wire})
    root = Resource()
    root.putChild(b"ws", kind(Echo()))

    def client(port: int) -> tuple[list[str], list[Any]]:
        with connect(f"ws://127.0.0.1:{port}/ws") as connection:
            names = [each.name for each in connection.protocol.extensions]
            for each in sent:
                connection.send(each)
            return names, [connection.recv(10) for _ in sent]

    names, came = asking(reactor, root, client)
    assert names == ([] if wire is PlainWire else ["permessage-deflate"])
    assert came == sent


@wires
def test_anotherServerIsUnderstood(reactor: Any, wire: type[WebSocketWire]) -> None:
    serve = pytest.importorskip("websockets.asyncio.server").serve

    ports: list[int] = []
    names: list[list[str]] = []
    ready = threading.Event()
    over = threading.Event()

    async def echo(connection: Any) -> None:
        names.append([each.name for each in connection.protocol.extensions])
        async for message in connection:
            await connection.send(message)

    async def serving() -> None:
        async with serve(echo, "127.0.0.1", 0) as server:
            ports.append(next(iter(server.sockets)).getsockname()[1])
            ready.set()
            await asyncio.to_thread(over.wait, 20)

    thread = threading.Thread(target=asyncio.run, args=(serving(),))
    thread.start()
    try:
        assert ready.wait(10)

        async def ask() -> list[Any]:
            kind: Any = type("Kind", (WebSocketClientEndpoint,), {"wireFactory": wire})
            echo = Echo(sent)
            await kind.new(reactor, f"ws://127.0.0.1:{ports[0]}/").connect(echo)
            return await echo.done

        assert drive(reactor, ask) == sent
    finally:
        over.set()
        thread.join()
    assert names == [[] if wire is PlainWire else ["permessage-deflate"]]


class Page(Resource):
    """A page that has what it sends echoed, and posts what came of it."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.told = ""
        self.isTold = threading.Event()

    def render_GET(self, request: Any) -> bytes:
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        return b"""<!doctype html><title>echo</title><script>
        const seen = [], long = "so it goes, and so it went. ".repeat(200)
        const socket = new WebSocket(`ws://${location.host}/ws`)
        socket.onopen = () => { for (const each of ["short", long, long]) socket.send(each) }
        socket.onmessage = event => {
          seen.push(event.data === long ? "long" : event.data)
          const body = `${seen} by ${socket.extensions}`
          if (seen.length == 3) fetch("/", {method: "POST", body})
        }
        </script>"""

    def render_POST(self, request: Any) -> bytes:
        self.told = request.content.read().decode()
        self.isTold.set()
        return b"thanks"


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_aBrowserIsUnderstood(reactor: Any, tmp_path: Path) -> None:
    root, page = Resource(), Page()
    root.putChild(b"ws", WebSocketResource(Echo()))
    root.putChild(b"", page)

    def client(port: int) -> str:
        words = [
            "chromium",
            "--headless=new",
            # The sandbox wants rights that containers and the user root have not.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--no-proxy-server",
            "--remote-debugging-port=0",  # or it ends when the page is there
            f"--user-data-dir={tmp_path}",
            f"http://127.0.0.1:{port}/",
        ]
        with subprocess.Popen(words, stderr=subprocess.DEVNULL) as browser:
            page.isTold.wait(30)
            browser.terminate()
        return page.told

    told = asking(reactor, root, client, timeout=60)
    assert told.startswith("short,long,long by permessage-deflate")
