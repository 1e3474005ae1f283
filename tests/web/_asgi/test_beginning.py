"""Tasks that begin at once are tasks like all others."""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
from contextvars import ContextVar
from typing import Any

import pytest

from twisted.web._asgi.beginning import begin

from .running import Talk, inLoop, turns

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="tasks begin later there")
number: ContextVar[int] = ContextVar("number", default=0)


@inLoop
async def test_theFirstStepIsTakenAtOnceByTheTaskItself() -> None:
    seen: list[Any] = []

    async def body() -> None:
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    outside = asyncio.current_task()
    task = begin(body(), asyncio.get_running_loop())
    assert seen == [task]
    assert asyncio.current_task() is outside
    await task
    assert seen == [task, task]


@inLoop
async def test_whatWasWaitedForComesWhereverItWasWaitedFor() -> None:
    loop = asyncio.get_running_loop()
    already: asyncio.Future[str] = loop.create_future()
    later: asyncio.Future[str] = loop.create_future()
    got = []

    async def body() -> None:
        got.append(await already)
        got.append(await later)

    task = begin(body(), loop)
    already.set_result("before the task's turn")
    await turns(3)
    later.set_result("after it")
    await task
    assert got == ["before the task's turn", "after it"]


@inLoop
async def test_allStepsHaveOneContextThatIsTheirOwn() -> None:
    seen = []

    async def body() -> None:
        number.set(number.get() + 1)
        await asyncio.sleep(0)
        seen.append(number.get())

    number.set(5)
    await begin(body(), asyncio.get_running_loop())
    assert (seen, number.get()) == ([6], 5)


@pytest.mark.parametrize("wait", [0, 3])
def test_aTaskThatIsCancelledHearsOfItWhereItWaits(wait: int) -> None:
    heard = []

    async def body() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise

    async def main() -> None:
        task = begin(body(), asyncio.get_running_loop())
        await turns(wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert heard == ["cancelled"]


@inLoop
async def test_aFailureOfTheFirstStepIsTheTasks() -> None:
    async def body() -> None:
        raise LookupError("at once")

    with pytest.raises(LookupError, match="at once"):
        await begin(body(), asyncio.get_running_loop())


@inLoop
async def test_itsCoroutineCanBeLookedAt() -> None:
    async def body() -> None:
        await asyncio.sleep(0)

    task = begin(body(), asyncio.get_running_loop())
    coroutine: Any = task.get_coro()
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_SUSPENDED
    await task


@inLoop
async def test_groupsOfTasksAndTimeoutsWorkFromTheFirstStepOn() -> None:
    anyio = pytest.importorskip("anyio")
    done = []

    async def body() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 0)
            done.append("group")
        with anyio.move_on_after(0.001):
            await anyio.sleep_forever()
        done.append("timeout")

    await begin(body(), asyncio.get_running_loop())
    assert done == ["group", "timeout"]


@inLoop
async def test_anAnswerAtOnceIsWrittenWhileTheRequestIsReceived() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here"})

    talk = Talk(application)
    await talk.hear(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")  # also waits for the lifespan
    talk.channel.dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert talk.said().endswith(b"\r\n\r\nhere")


@inLoop
async def test_noRequestIsLeftToTheGarbageCollector() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here"})

    talk = Talk(application)
    get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    await talk.hear(get, get)
    gc.collect()
    gc.disable()
    try:
        await talk.hear(get, get)
        assert gc.collect() < 20  # the loop's own, if any
    finally:
        gc.enable()


post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
expecting = post.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")


@pytest.mark.parametrize("head", [post, chunked, expecting], ids=["length", "chunks", "expected"])
@pytest.mark.parametrize("isThere", [True, False])
def test_anAnswerThatDoesNotWaitForTheBodyIsInItsPlace(head: bytes, isThere: bool) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b"no"})

    body = b"5\r\nhello\r\n0\r\n\r\n" if head is chunked else b"hello"

    async def main() -> None:
        talk = Talk(application, streaming=True)
        await talk.hear(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")  # also waits for the lifespan
        # Without its body, a request is the last one of its connection.
        rest = body + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" if isThere else b""
        talk.channel.dataReceived(head + rest)
        await turns()
        said = talk.said().removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 401 ")
        assert said.endswith(b"no")
        assert said.count(b"HTTP/1.1 401 ") == (2 if isThere else 1)
        assert talk.transport.disconnecting is not isThere

    asyncio.run(main())
