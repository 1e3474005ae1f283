"""WebSockets with the library ``websockets``, over sockets: compressed and plain."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tests.support import drive
from tests.web.serving import asking
from twisted.internet.defer import Deferred
from twisted.web._ws.deflating import Deflation
from twisted.web._ws.wire import WebSocketWire
from twisted.web.resource import Resource
from twisted.web.websocket import WebSocketClientEndpoint, WebSocketResource

websockets = pytest.importorskip("websockets")

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
    from websockets.sync.client import connect

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
    from websockets.asyncio.server import serve

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
