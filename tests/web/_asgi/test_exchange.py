"""What an application of ASGI is told of requests, and what becomes of its responses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from twisted.internet.testing import EventLoggingObserver
from twisted.logger import globalLogPublisher
from twisted.web._asgi.exchange import Exchange
from twisted.web.asgi import ClientDisconnected

from .running import Talk, inLoop, turns

get = b"GET /a%20b/c?x=1&y=%20 HTTP/1.1\r\nHost: a.example\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n"


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


class Application:
    """Does what it is given; knows nothing of lifespans."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.scopes: list[Any] = []
        self.errors: list[BaseException] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise ValueError("no lifespan here")
        self.scopes.append(scope)
        try:
            await self.answer(receive, send)
        except BaseException as error:
            self.errors.append(error)
            raise


async def hello(receive: Any, send: Any) -> None:
    await send(start(200, (b"content-type", b"text/plain")))
    await send(body(b"hello"))


@inLoop
async def test_theScopeSaysWhatWasAskedFor() -> None:
    application = Application(hello)
    await Talk(application).hear(get)
    (scope,) = application.scopes
    assert scope["type"] == "http"
    assert scope["method"] == "GET"
    assert scope["http_version"] == "1.1"
    assert scope["scheme"] == "http"
    assert scope["path"] == "/a b/c"
    assert scope["raw_path"] == b"/a%20b/c"
    assert scope["query_string"] == b"x=1&y=%20"
    assert scope["root_path"] == ""
    assert scope["headers"] == [(b"host", b"a.example"), (b"x-two", b"1"), (b"x-two", b"2")]
    assert scope["client"] == ("192.168.1.1", 54321)


@inLoop
async def test_anApplicationBelowAnotherResourceKnowsWhere() -> None:
    application = Application(hello)
    await Talk(application, mount=b"app").hear(get.replace(b"/a%20b/c", b"/app/x"))
    (scope,) = application.scopes
    assert (scope["root_path"], scope["path"]) == ("/app", "/app/x")


@inLoop
async def test_aWholeBodyHasItsLength() -> None:
    said = await Talk(Application(hello)).hear(get)
    head, _, rest = said.partition(b"\r\n\r\n")
    assert b"Content-Length: 5" in head.split(b"\r\n")
    assert b"Content-Type: text/plain" in head.split(b"\r\n")
    assert rest == b"hello"


@inLoop
async def test_requestsFollowEachOther() -> None:
    talk = Talk(Application(hello))
    assert (await talk.hear(get + get)).count(b"hello") == 2
    assert (await talk.hear(get)).count(b"hello") == 1


@inLoop
async def test_aBodyInPartsIsSentInPartsAndWaitsForRoom() -> None:
    sent: list[int] = []

    async def answer(receive: Any, send: Any) -> None:
        await send(start())
        for number in range(4):
            await send(body(b"part", True))
            sent.append(number)
        await send(body(b""))

    talk = Talk(Application(answer))
    talk.channel.pauseProducing()
    said = await talk.hear(get)
    assert sent == []
    assert said.endswith(b"4\r\npart\r\n")
    talk.channel.resumeProducing()
    await turns()
    assert talk.said() == b"4\r\npart\r\n" * 3 + b"0\r\n\r\n"
    assert sent == [0, 1, 2, 3]


@inLoop
async def test_headHasNoBody() -> None:
    said = await Talk(Application(hello)).hear(get.replace(b"GET", b"HEAD"))
    assert b"Content-Length: 5\r\n" in said
    assert said.endswith(b"\r\n\r\n")


async def readAll(receive: Any) -> tuple[bytes, int]:
    data, count = b"", 0
    while True:
        message = await receive()
        assert message["type"] == "http.request"
        data += message["body"]
        count += 1
        if not message["more_body"]:
            return data, count


async def echo(receive: Any, send: Any) -> None:
    data, count = await readAll(receive)
    await send(start())
    await send(body(b"%d in %d" % (len(data), count)))


def post(data: bytes, length: int | None = None) -> bytes:
    size = len(data) if length is None else length
    return b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + data


@inLoop
async def test_aBodyThatWasReceivedIsGivenInParts() -> None:
    talk = Talk(Application(echo))
    assert (await talk.hear(post(b"x" * 150_000))).endswith(b"150000 in 3")


@inLoop
async def test_aBodyIsGivenWhileItComes() -> None:
    seen: list[bytes] = []

    async def answer(receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            seen.append(message["body"])
            more = message["more_body"]
        await send(start())
        await send(body(b"done"))

    talk = Talk(Application(answer), streaming=True)
    await talk.hear(post(b"one", 6))
    assert seen == [b"one"]
    said = await talk.hear(b"two")
    assert b"".join(seen) == b"onetwo"
    assert said.endswith(b"done")
    assert (await talk.hear(post(b"abc"))).endswith(b"done")


@inLoop
async def test_aClientWaitsForAnApplicationThatIsSlow() -> None:
    go = asyncio.Event()

    async def answer(receive: Any, send: Any) -> None:
        await go.wait()
        await echo(receive, send)

    talk = Talk(Application(answer), streaming=True)
    await talk.hear(post(b"x" * (Exchange.maxAsideBytes + 1), 100_000))
    assert talk.transport.producerState == "paused"
    talk.reactor.advance(1000)
    assert not talk.transport.disconnecting
    go.set()
    await turns()
    assert talk.transport.producerState == "producing"
    said = await talk.hear(b"x" * (100_000 - Exchange.maxAsideBytes - 1))
    assert b"100000 in" in said


@inLoop
async def test_aResponseBeforeTheEndOfTheRequestIsTheLastOne() -> None:
    talk = Talk(Application(hello), streaming=True)
    said = await talk.hear(post(b"x", 1000))
    assert said.endswith(b"hello")
    assert talk.transport.disconnecting
    assert await talk.hear(b"x" * 999 + get) == b""


@inLoop
async def test_disconnectsAreHeardAndNothingMoreIsSent() -> None:
    heard: list[Any] = []

    async def answer(receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"part", True))
        heard.append((await receive())["type"])
        heard.append((await receive())["type"])
        await send(body(b"more", True))

    application = Application(answer)
    talk = Talk(application)
    await talk.hear(get)
    await talk.leave()
    assert heard == ["http.request", "http.disconnect"]
    assert [type(error) for error in application.errors] == [ClientDisconnected]


@inLoop
async def test_afterTheResponseReceiveSaysThatItIsOver() -> None:
    heard: list[Any] = []

    async def answer(receive: Any, send: Any) -> None:
        await hello(receive, send)
        heard.append(await receive())

    await Talk(Application(answer)).hear(get)
    assert heard == [{"type": "http.disconnect"}]


def logged() -> EventLoggingObserver:
    observer = EventLoggingObserver()
    globalLogPublisher.addObserver(observer)
    return observer


async def raising(receive: Any, send: Any) -> None:
    raise ValueError("boom")


async def raisingAfterStart(receive: Any, send: Any) -> None:
    await send(start(200, (b"x-mine", b"1"), (b"content-length", b"77")))
    raise ValueError("boom")


async def nothing(receive: Any, send: Any) -> None:
    await receive()


async def bodyFirst(receive: Any, send: Any) -> None:
    await send(body(b"x"))


async def startTwice(receive: Any, send: Any) -> None:
    await send(start())
    await send(start())


async def unknown(receive: Any, send: Any) -> None:
    await send({"type": "http.response.wishes"})


@pytest.mark.parametrize(
    "wrong", [raising, raisingAfterStart, nothing, bodyFirst, startTwice, unknown]
)
def test_anApplicationThatFailsIsAnswered500AndLogged(wrong: Any) -> None:
    async def run() -> None:
        observer = logged()
        try:
            said = await Talk(Application(wrong)).hear(get)
        finally:
            globalLogPublisher.removeObserver(observer)
        assert said.startswith(b"HTTP/1.1 500 ")
        assert b"x-mine" not in said.lower()
        assert any("log_failure" in event for event in observer)

    asyncio.run(run())


@inLoop
async def test_aResponseThatFailsHalfWayIsCutOff() -> None:
    async def answer(receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"half", True))
        raise ValueError("boom")

    observer = logged()
    try:
        talk = Talk(Application(answer))
        said = await talk.hear(get)
    finally:
        globalLogPublisher.removeObserver(observer)
    assert said.endswith(b"4\r\nhalf\r\n")
    assert talk.transport.disconnecting
    assert any("log_failure" in event for event in observer)


@inLoop
async def test_lineBreaksInHeadersSplitNoResponse() -> None:
    async def answer(receive: Any, send: Any) -> None:
        await send(start(200, (b"x-a", b"1\r\nX-B: 2"), (b"x-c", b"1\nX-D: 2")))
        await send(body(b""))

    lines = (await Talk(Application(answer)).hear(get)).split(b"\r\n")
    assert not any(line.startswith((b"X-B", b"X-D")) for line in lines)
    assert b"X-A: 1 X-B: 2" in lines


# The lifespan


class Living:
    """An application that knows lifespans."""

    def __init__(self, answers: str = "complete") -> None:
        self.said: list[str] = []
        self.go = asyncio.Event()
        self.answers = answers

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.said.append(scope["state"]["name"])
            await hello(receive, send)
            return
        self.said.append((await receive())["type"])
        scope["state"]["name"] = "kept"
        await self.go.wait()
        await send({"type": "lifespan.startup." + self.answers, "message": "no"})
        self.said.append((await receive())["type"])
        await send({"type": "lifespan.shutdown.complete"})


@inLoop
async def test_requestsWaitUntilTheApplicationHasBegun() -> None:
    application = Living()
    talk = Talk(application)
    assert await talk.hear(get) == b""
    assert application.said == ["lifespan.startup"]
    application.go.set()
    await turns()
    assert talk.said().endswith(b"hello")
    assert application.said == ["lifespan.startup", "kept"]
    lifespan: Any = talk.resource._lifespan
    done = lifespan.stop()
    await asyncio.sleep(0.001)
    assert application.said[-1] == "lifespan.shutdown"
    assert done.called


@inLoop
async def test_anApplicationThatCannotBeginIsAnswered503() -> None:
    application = Living("failed")
    application.go.set()
    talk = Talk(application)
    assert (await talk.hear(get)).startswith(b"HTTP/1.1 503 ")
    assert "kept" not in application.said


@inLoop
async def test_theReactorTellsTheApplication() -> None:
    application = Living()
    talk = Talk(application)
    for call, args, keywords in talk.reactor.whenRunningHooks:
        call(*args, **keywords)
    await turns()
    assert application.said == ["lifespan.startup"]
    assert "shutdown" in talk.reactor.triggers["during"]
