"""Deferreds and asyncio, each inside the other."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

import pytest

from tests.support import drive
from twisted.internet import defer
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, inlineCallbacks
from twisted.internet.task import Clock, deferLater


class Broken(Exception):
    """What a coroutine of a test raises."""


def soon(result: Any = None) -> Deferred[Any]:
    """A Deferred that the running loop fires in its next turn."""
    deferred: Deferred[Any] = Deferred()
    asyncio.get_running_loop().call_soon(deferred.callback, result)
    return deferred


# A Deferred in an asyncio Task


def test_aTaskAwaitsADeferred() -> None:
    async def main() -> list[Any]:
        return [await soon(1), await defer.succeed(2), await asyncio.create_task(inner())]

    async def inner() -> Any:
        return await soon(3)

    assert asyncio.run(main()) == [1, 2, 3]


def test_cancellingATaskReachesWhatOurCoroutineAwaits() -> None:
    asked: list[Any] = []
    ended: list[Any] = []

    async def ours() -> None:
        try:
            await Deferred(asked.append)
        except CancelledError:
            ended.append("cleaned up")
            raise

    async def main() -> None:
        async def wait() -> None:
            await ensureDeferred(ours())

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)

    asyncio.run(main())
    assert len(asked) == 1
    assert ended == ["cleaned up"]


def test_aTaskGetsTheErrorOfADeferred() -> None:
    async def main() -> None:
        deferred: Deferred[None] = Deferred()
        asyncio.get_running_loop().call_soon(deferred.errback, Broken("x"))
        await deferred

    with pytest.raises(Broken):
        asyncio.run(main())


def test_cancellingATaskCancelsTheDeferred() -> None:
    asked: list[Any] = []

    async def main() -> None:
        waits: Deferred[None] = Deferred(asked.append)

        async def wait() -> None:
            await waits

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        assert asked == [waits]

    asyncio.run(main())


def test_gatherAndWaitForTakeDeferreds() -> None:
    async def main() -> Any:
        async def wait(result: Any) -> Any:
            return await soon(result)

        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(wrapped(Deferred()), 0.01)
        return await asyncio.gather(wait(1), wait(2))

    async def wrapped(deferred: Deferred[Any]) -> Any:
        return await deferred

    assert asyncio.run(main()) == [1, 2]


def test_ourCoroutineInsideATask() -> None:
    async def main() -> Any:
        task = asyncio.current_task()
        result = await ensureDeferred(ours())
        assert asyncio.current_task() is task
        return result

    async def ours() -> Any:
        await asyncio.sleep(0)
        return await soon("through both")

    assert asyncio.run(main()) == "through both"


# asyncio in our coroutines


def test_ourCoroutineAwaitsWhateverATaskWould() -> None:
    async def main() -> Any:
        return await ensureDeferred(ours())

    async def answers(result: Any) -> Any:
        await asyncio.sleep(0)
        return result

    async def ours() -> list[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        loop.call_soon(future.set_result, 1)
        event = asyncio.Event()
        loop.call_soon(event.set)
        done: asyncio.Future[int] = loop.create_future()
        done.set_result(4)
        return [
            await future,
            await asyncio.create_task(answers(2)),
            await answers(3),
            await done,
            await event.wait(),
            await asyncio.wait_for(answers(5), 5),
            await asyncio.gather(answers(6), answers(7)),
            await soon(8),
        ]

    assert asyncio.run(main()) == [1, 2, 3, 4, True, 5, [6, 7], 8]


def test_anErrorOfAFutureIsRaisedWhereItIsAwaited() -> None:
    async def main() -> Any:
        return await ensureDeferred(ours())

    async def ours() -> str:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_exception, Broken())
        try:
            await future
        except Broken:
            return "caught"
        return "not raised"

    assert asyncio.run(main()) == "caught"


def test_inlineCallbacksWaitsForAFuture() -> None:
    @inlineCallbacks
    def ours(future: Any) -> Generator[Any, Any, int]:
        result: int = yield future
        return result + 1

    async def main() -> Any:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, 1)
        return await ours(future)

    assert asyncio.run(main()) == 2


def test_aGeneratorIsCancelledInTheWordsOfDeferreds() -> None:
    @inlineCallbacks
    def ours(future: Any) -> Generator[Any, Any, None]:
        try:
            yield future
        except CancelledError as error:
            seen.append(type(error.__cause__))
            raise

    async def main() -> None:
        clock = Clock()
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        running = ours(future)
        running.addTimeout(1, clock)
        clock.advance(1)
        assert future.cancelled()
        with pytest.raises(defer.TimeoutError):
            await running

    seen: list[Any] = []
    asyncio.run(main())
    assert seen == [asyncio.CancelledError]


def test_cancellingOursCancelsTheFutureAndIsToldInOurWords() -> None:
    async def main() -> None:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        seen: list[Any] = []

        async def ours() -> None:
            try:
                await future
            except BaseException as error:
                seen.append(type(error))
                raise

        running = ensureDeferred(ours())
        running.cancel()
        with pytest.raises(CancelledError):
            await running
        assert future.cancelled()
        assert seen == [asyncio.CancelledError]

    asyncio.run(main())


def test_aTurnOfTheLoopCanBeCancelledToo() -> None:
    async def main() -> None:
        async def ours() -> None:
            await asyncio.sleep(0)
            raise AssertionError("not reached")

        running = ensureDeferred(ours())
        running.cancel()
        with pytest.raises(CancelledError):
            await running

    asyncio.run(main())


def test_theCurrentTaskIsTheCoroutineThatRuns() -> None:
    seen: list[Any] = []

    async def ours() -> None:
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    async def main() -> None:
        mine = asyncio.current_task()
        await ensureDeferred(ours())
        assert asyncio.current_task() is mine
        assert seen[0] is seen[1] is not mine
        assert seen[0].done()

    asyncio.run(main())


# What came with Python 3.11 is looked up late: the type checker looks with the eyes of 3.10.
since311: Any = asyncio


@pytest.mark.skipif(not hasattr(asyncio, "timeout"), reason="Python 3.11 has asyncio.timeout")
def test_asynciosTimeoutsEndTheWaitForADeferred() -> None:
    asked: list[Any] = []

    async def ours() -> str:
        try:
            async with since311.timeout(0.01):
                await Deferred(asked.append)
        except asyncio.TimeoutError:
            return f"timed out, {len(asked)} asked"
        return "not timed out"

    async def main() -> str:
        return await ensureDeferred(ours())

    assert asyncio.run(main()) == "timed out, 1 asked"


@pytest.mark.skipif(not hasattr(asyncio, "TaskGroup"), reason="Python 3.11 has TaskGroup")
def test_aTaskGroupInOurCoroutine() -> None:
    async def ours() -> list[Any]:
        async with since311.TaskGroup() as group:
            tasks = [group.create_task(waits(n)) for n in range(3)]
        results = [task.result() for task in tasks]
        with pytest.raises(Exception, match="unhandled errors in a TaskGroup"):
            async with since311.TaskGroup() as group:
                group.create_task(breaks())
                await Deferred()
        return results

    async def waits(n: int) -> int:
        return await soon(n)  # type: ignore[no-any-return]

    async def breaks() -> None:
        await asyncio.sleep(0)
        raise Broken

    async def main() -> Any:
        return await ensureDeferred(ours())

    assert asyncio.run(main()) == [0, 1, 2]


# Changing the form


def test_asFutureAndBack() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert await soon(1).asFuture(loop) == 1
        assert await Deferred.fromFuture(soon(2).asFuture(loop)) == 2
        with pytest.raises(Broken):
            await defer.fail(Broken()).asFuture(loop)
        with pytest.raises(RuntimeError):
            await defer.fail(StopIteration()).asFuture(loop)

    asyncio.run(main())


def test_cancellingAFutureCancelsItsDeferred() -> None:
    async def main() -> None:
        asked: list[Any] = []
        deferred: Deferred[None] = Deferred(asked.append)
        future = deferred.asFuture(asyncio.get_running_loop())
        future.cancel()
        await asyncio.sleep(0)
        assert asked == [deferred]

    asyncio.run(main())


def test_cancellingADeferredCancelsItsFuture() -> None:
    async def main() -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        deferred = Deferred.fromFuture(future)
        deferred.cancel()
        assert future.cancelled()
        with pytest.raises(asyncio.CancelledError):
            await deferred

    asyncio.run(main())


def test_aTaskThatRefusesToBeCancelledGivesItsResult() -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            pass
        return "still here"

    async def main() -> str:
        deferred = Deferred.fromFuture(asyncio.create_task(stubborn()))
        await asyncio.sleep(0)
        deferred.cancel()
        return await deferred

    assert asyncio.run(main()) == "still here"


# Under a reactor


def test_asyncioRunsInAReactor(eachReactor: Any) -> None:
    async def ours() -> list[Any]:
        await asyncio.sleep(0.001)
        later = deferLater(eachReactor, 0.001, lambda: "later")
        return [await later, await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2))]

    assert drive(eachReactor, ours) == ["later", [1, 2]]


def test_anyioTaskGroupsRunInAReactor(reactor: Any) -> None:
    anyio = pytest.importorskip("anyio")

    async def ours() -> list[Any]:
        seen: list[Any] = []

        async def child(n: int) -> None:
            await anyio.sleep(0.001 * n)
            seen.append(await deferLater(reactor, 0, lambda: n))

        async with anyio.create_task_group() as group:
            for n in range(3):
                group.start_soon(child, n)
        with anyio.move_on_after(0.01) as scope:
            await Deferred()
        seen.append(scope.cancelled_caught)
        with anyio.fail_after(5):
            await anyio.to_thread.run_sync(seen.append, "thread")
        return seen

    assert drive(reactor, ours) == [0, 1, 2, True, "thread"]


def test_httpxRunsInAReactor(reactor: Any) -> None:
    httpx = pytest.importorskip("httpx")

    async def serve(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        await writer.drain()
        writer.close()

    async def ours() -> str:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/", timeout=5)
        server.close()
        return str(answer.text)

    assert drive(reactor, ours) == "hello"
