"""WebSockets of applications of ASGI."""

from __future__ import annotations

from typing import Any

from tests.web._ws.test_frames import masked
from twisted.web._asgi.socket import Socket
from twisted.web._ws.frames import Conversation
from twisted.web.asgi import ClientDisconnected

from .running import Talk, inLoop, turns

ask = (
    b"GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: chat, other\r\n\r\n"
)


class Application:
    def __init__(self, *sends: Any, reads: int = 0) -> None:
        self.sends, self.reads = sends, reads
        self.heard: list[Any] = []
        self.scope: Any = None
        self.error: BaseException | None = None
        self.receive: Any = None
        self.send: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise ValueError
        self.scope, self.receive, self.send = scope, receive, send
        try:
            self.heard.append(await receive())
            for each in self.sends:
                await send(each)
            for _ in range(self.reads):
                self.heard.append(await receive())
        except BaseException as error:
            self.error = error
            raise


accept = {"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-mine", b"1")]}


def frames(data: bytes) -> list[Any]:
    return [tuple(each) for each in Conversation(True).receive(data)[0]]


@inLoop
async def test_aWebSocketIsAccepted() -> None:
    application = Application(accept, reads=5)
    said = await Talk(application).hear(ask)
    lines = said.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 101 Switching Protocols"
    assert {b"Sec-WebSocket-Protocol: chat", b"X-Mine: 1"} <= set(lines)
    assert application.heard == [{"type": "websocket.connect"}]
    assert application.scope["subprotocols"] == ["chat", "other"]
    assert (application.scope["scheme"], application.scope["path"]) == ("ws", "/ws")


@inLoop
async def test_messagesGoBothWays() -> None:
    application = Application(
        accept,
        {"type": "websocket.send", "text": "ü"},
        {"type": "websocket.send", "bytes": b"b"},
        reads=9,
    )
    talk = Talk(application)
    said = await talk.hear(ask)
    assert frames(said.partition(b"\r\n\r\n")[2]) == [(1, "ü"), (2, b"b")]
    await talk.hear(masked(0x81, b"text"), masked(0x82, b"bytes"))
    assert application.heard[1:] == [
        {"type": "websocket.receive", "text": "text"},
        {"type": "websocket.receive", "bytes": b"bytes"},
    ]


@inLoop
async def test_theCodeOfACloseIsTold() -> None:
    application = Application(accept, reads=1)
    talk = Talk(application)
    await talk.hear(ask, masked(0x88, b"\x0f\xa1why"))
    await talk.leave()
    assert application.heard[1:] == [
        {"type": "websocket.disconnect", "code": 4001, "reason": "why"}
    ]


@inLoop
async def test_aConnectionThatBreaksHasTheCode1006() -> None:
    application = Application(accept, reads=1)
    talk = Talk(application)
    await talk.hear(ask)
    await talk.leave()
    assert application.heard[1:] == [{"type": "websocket.disconnect", "code": 1006}]


@inLoop
async def test_aCloseIsSentWithItsCode() -> None:
    talk = Talk(Application(accept, {"type": "websocket.close", "code": 4002, "reason": "enough"}))
    said = await talk.hear(ask)
    assert frames(said.partition(b"\r\n\r\n")[2]) == [(8, (4002, "enough"))]


@inLoop
async def test_anApplicationThatReturnsCloses() -> None:
    said = await Talk(Application(accept)).hear(ask)
    assert frames(said.partition(b"\r\n\r\n")[2]) == [(8, (1000, ""))]


@inLoop
async def test_aCloseInThePlaceOfAnAcceptIsARefusal() -> None:
    assert (await Talk(Application({"type": "websocket.close"})).hear(ask)).startswith(
        b"HTTP/1.1 403 "
    )
    assert (await Talk(Application()).hear(ask)).startswith(b"HTTP/1.1 403 ")


@inLoop
async def test_aRefusalMayBeAResponse() -> None:
    said = await Talk(
        Application(
            {"type": "websocket.http.response.start", "status": 418, "headers": [(b"x", b"y")]},
            {"type": "websocket.http.response.body", "body": b"tea"},
        )
    ).hear(ask)
    assert said.startswith(b"HTTP/1.1 418 ")
    assert b"tea" in said


@inLoop
async def test_anApplicationThatFailsBeforeIsAnswered500() -> None:
    said = await Talk(Application({"type": "websocket.send", "text": "early"})).hear(ask)
    assert said.startswith(b"HTTP/1.1 500 ")


@inLoop
async def test_anApplicationThatFailsLaterClosesWith1011() -> None:
    said = await Talk(Application(accept, {"type": "nonsense"})).hear(ask)
    assert frames(said.partition(b"\r\n\r\n")[2])[0][1][0] == 1011


@inLoop
async def test_sendingToNobodySaysSo() -> None:
    application = Application(accept, reads=1)
    talk = Talk(application)
    await talk.hear(ask)
    await talk.leave()
    try:
        await application.send({"type": "websocket.send", "text": "x"})
    except ClientDisconnected as error:
        assert "closed" in str(error)
    else:
        raise AssertionError("it was sent")


@inLoop
async def test_aClientWaitsForAnApplicationThatDoesNotRead() -> None:
    class Slow(Application):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                raise ValueError
            self.receive = receive
            await receive()
            await send({"type": "websocket.accept"})
            await talk.reactor.waiting

    class Waiting:
        def __await__(self) -> Any:
            import asyncio

            return asyncio.sleep(3600).__await__()

    application = Slow()
    talk: Any = Talk(application)
    talk.reactor.waiting = Waiting()
    await talk.hear(ask)
    for _ in range(Socket.maxAsideMessages + 1):
        talk.channel.dataReceived(masked(0x81, b"x"))
    assert talk.transport.producerState == "paused"
    for _ in range(Socket.maxAsideMessages + 1):
        await application.receive()
    await turns()
    assert talk.transport.producerState == "producing"


@inLoop
async def test_anApplicationWaitsForRoom() -> None:
    application = Application(accept, reads=1)
    talk = Talk(application)
    await talk.hear(ask)
    sent: list[int] = []

    async def sendAll() -> None:
        for number in range(3):
            await application.send({"type": "websocket.send", "text": "x"})
            sent.append(number)

    import asyncio

    producer: Any = talk.transport.producer
    producer.pauseProducing()
    task = asyncio.ensure_future(sendAll())
    await turns()
    assert sent == []
    producer.resumeProducing()
    await turns()
    assert sent == [0, 1, 2]
    await task
