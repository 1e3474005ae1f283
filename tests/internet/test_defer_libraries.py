"""asyncio's libraries, unchanged, inside a Torsion program: in coroutines and in services."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import drive
from tests.support.postgres import postgres
from twisted.application.service import MultiService, Service
from twisted.internet import defer, task
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.endpoints import clientFromString, connectProtocol, serverFromString
from twisted.internet.protocol import Factory, Protocol


class Pages(Protocol):
    """Speaks enough of HTTP/1.1 for a client: every request is answered with its own first line."""

    def connectionMade(self) -> None:
        self._seen = b""

    def dataReceived(self, data: bytes) -> None:
        self._seen += data
        while b"\r\n\r\n" in self._seen:
            head, _, self._seen = self._seen.partition(b"\r\n\r\n")
            first = head.split(b"\r\n")[0]
            if first.startswith(b"GET /never"):
                return
            assert self.transport is not None
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(first))
            self.transport.write(first)


async def serving(reactor: Any, factory: Any) -> Any:
    endpoint = serverFromString(reactor, "tcp:0:interface=127.0.0.1")
    return await endpoint.listen(factory)


def client(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed")


# httpx


def test_anHttpxClientAsksAServerOfTheSameReactor(eachReactor: Any) -> None:
    httpx = client("httpx")

    async def main() -> list[str]:
        port = await serving(eachReactor, Factory.forProtocol(Pages))
        address = f"http://127.0.0.1:{port.getHost().port}"
        async with httpx.AsyncClient(trust_env=False) as session:
            answers = [(await session.get(f"{address}/{number}")).text for number in range(3)]
            several = [ensureDeferred(session.get(f"{address}/at-once-{at}")) for at in range(5)]
            answers += [answer.text for answer in await defer.gatherResults(several)]
        await port.stopListening()
        return answers

    wanted = [f"GET /{number} HTTP/1.1" for number in range(3)]
    wanted += [f"GET /at-once-{at} HTTP/1.1" for at in range(5)]
    assert drive(eachReactor, main) == wanted


def test_anHttpxRequestThatIsTooSlowEndsInItsOwnTimeout(reactor: Any) -> None:
    httpx = client("httpx")

    async def main() -> None:
        port = await serving(reactor, Factory.forProtocol(Pages))
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=0.05) as session:
                await session.get(f"http://127.0.0.1:{port.getHost().port}/never")
        finally:
            await port.stopListening()

    with pytest.raises(httpx.ReadTimeout):
        drive(reactor, main)


def test_cancellingTheDeferredCancelsAnHttpxRequest(reactor: Any) -> None:
    httpx = client("httpx")

    async def ask(url: str) -> None:
        async with httpx.AsyncClient(trust_env=False) as session:
            await session.get(url)

    async def main() -> None:
        port = await serving(reactor, Factory.forProtocol(Pages))
        asking = ensureDeferred(ask(f"http://127.0.0.1:{port.getHost().port}/never"))
        await task.deferLater(reactor, 0.05)
        asking.cancel()
        try:
            await asking
        finally:
            await port.stopListening()

    with pytest.raises(CancelledError):
        drive(reactor, main)


# aiohttp


def test_anAiohttpClientAsksAServerOfTheSameReactor(eachReactor: Any) -> None:
    aiohttp = client("aiohttp")

    async def main() -> list[str]:
        port = await serving(eachReactor, Factory.forProtocol(Pages))
        answers = []
        async with aiohttp.ClientSession() as session:
            for number in range(3):
                url = f"http://127.0.0.1:{port.getHost().port}/{number}"
                async with session.get(url) as response:
                    answers.append(await response.text())
        await port.stopListening()
        return answers

    assert drive(eachReactor, main) == [f"GET /{number} HTTP/1.1" for number in range(3)]


def test_anAiohttpRequestThatIsTooSlowEndsInItsOwnTimeout(reactor: Any) -> None:
    aiohttp = client("aiohttp")

    async def main() -> None:
        port = await serving(reactor, Factory.forProtocol(Pages))
        try:
            limit = aiohttp.ClientTimeout(total=0.05)
            async with aiohttp.ClientSession(timeout=limit) as session:
                await session.get(f"http://127.0.0.1:{port.getHost().port}/never")
        finally:
            await port.stopListening()

    with pytest.raises(asyncio.TimeoutError):
        drive(reactor, main)


# anyio


class Workers(Service):
    """Has a group of tasks for as long as it runs, and is done when all of them are."""

    def __init__(self, work: Callable[[int], Any]) -> None:
        self._work = work
        self.running_: Deferred[Any] | None = None

    def startService(self) -> None:
        super().startService()
        self.running_ = ensureDeferred(self._run())

    def stopService(self) -> Deferred[Any] | None:
        super().stopService()
        running = self.running_
        assert running is not None
        running.cancel()
        return running.addErrback(lambda failure: failure.trap(CancelledError) and None)

    async def _run(self) -> None:
        import anyio

        async with anyio.create_task_group() as group:
            for number in range(3):
                group.start_soon(self._work, number)


def test_aServiceHasAnAnyioTaskGroup(eachReactor: Any) -> None:
    anyio = client("anyio")
    came: list[str] = []

    async def work(number: int) -> None:
        try:
            while True:
                await anyio.sleep(0.005)
                came.append(f"tick {number}")
                await task.deferLater(eachReactor, 0.001)
        finally:
            came.append(f"end {number}")

    async def main() -> None:
        parent = MultiService()
        Workers(work).setServiceParent(parent)
        parent.startService()
        while len(came) < 9:
            await task.deferLater(eachReactor, 0.01)
        await parent.stopService()
        ended = len(came)
        await task.deferLater(eachReactor, 0.03)
        assert len(came) == ended

    drive(eachReactor, main)
    assert {f"tick {number}" for number in range(3)} <= set(came)
    assert sorted(came[-3:]) == ["end 0", "end 1", "end 2"]


def test_anErrorInAnAnyioTaskGroupEndsTheOthersAndIsTold(reactor: Any) -> None:
    anyio = client("anyio")
    ended: list[str] = []

    async def waits() -> None:
        try:
            await Deferred()
        finally:
            ended.append("waits")

    async def fails() -> None:
        await anyio.sleep(0)
        raise KeyError("mine")

    async def main() -> str:
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(waits)
                group.start_soon(fails)
        except BaseException as error:
            return repr(getattr(error, "exceptions", error))
        return "no error"

    assert "KeyError('mine')" in drive(reactor, main)
    assert ended == ["waits"]


def test_anyiosTimeLimitsEndTheWaitForADeferred(reactor: Any) -> None:
    anyio = client("anyio")
    asked: list[Any] = []

    async def main() -> bool:
        with anyio.move_on_after(0.01) as scope:
            await Deferred(asked.append)
        return bool(scope.cancelled_caught)

    assert drive(reactor, main)
    assert len(asked) == 1


# asyncpg


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, Any]]:
    """What asyncpg needs to reach a PostgreSQL server of our own."""
    client("asyncpg")
    with postgres() as where:
        yield where


def test_asyncpgAsksARealDatabase(eachReactor: Any, database: dict[str, Any]) -> None:
    asyncpg = client("asyncpg")

    async def main() -> Any:
        connection = await asyncpg.connect(**database)
        await connection.execute("create temporary table things (number int, name text)")
        async with connection.transaction():
            rows = [(at, f"thing {at}") for at in range(100)]
            await connection.executemany("insert into things values ($1, $2)", rows)
            names = [
                row["name"]
                async for row in connection.cursor("select name from things where number < 3")
            ]
        count = await connection.fetchval("select count(*) from things")
        await connection.close()
        return names, count

    assert drive(eachReactor, main) == (["thing 0", "thing 1", "thing 2"], 100)


def test_aPoolOfAsyncpgServesManyCoroutinesAtOnce(reactor: Any, database: dict[str, Any]) -> None:
    asyncpg = client("asyncpg")

    async def main() -> Any:
        async with asyncpg.create_pool(**database, min_size=2, max_size=3) as pool:
            asked = [ensureDeferred(pool.fetchval("select $1::int * 2", at)) for at in range(20)]
            return await defer.gatherResults(asked)

    assert drive(reactor, main) == [at * 2 for at in range(20)]


def test_cancellingTheDeferredCancelsAQuery(reactor: Any, database: dict[str, Any]) -> None:
    asyncpg = client("asyncpg")

    async def main() -> Any:
        connection = await asyncpg.connect(**database)
        asked = ensureDeferred(connection.execute("select pg_sleep(30)"))
        asked.addTimeout(0.1, reactor)
        with pytest.raises(defer.TimeoutError):
            await asked
        # The connection is as good as before: the server was told.
        answer = await connection.fetchval("select 7")
        await connection.close()
        return answer

    assert drive(reactor, main) == 7


def test_aListenerOfAsyncpgIsCalledInTheReactor(reactor: Any, database: dict[str, Any]) -> None:
    asyncpg = client("asyncpg")

    async def main() -> Any:
        heard: Deferred[Any] = Deferred()
        connection = await asyncpg.connect(**database)
        await connection.add_listener("news", lambda *about: heard.callback(about[-1]))
        await connection.execute("notify news, 'it works'")
        told = await heard
        await connection.close()
        return told

    assert drive(reactor, main) == "it works"


# A Torsion endpoint where asyncio runs the program


def test_endpointsWorkInsideAsyncioRun() -> None:
    from twisted.internet.asyncioreactor import AsyncioSelectorReactor

    class Shout(Protocol):
        def dataReceived(self, data: bytes) -> None:
            assert self.transport is not None
            self.transport.write(data.upper())

    class Listens(Protocol):
        def __init__(self) -> None:
            self.heard: Deferred[bytes] = Deferred()

        def connectionMade(self) -> None:
            assert self.transport is not None
            self.transport.write(b"from a protocol")

        def dataReceived(self, data: bytes) -> None:
            self.heard.callback(data)

    async def main() -> list[bytes]:
        reactor: Any = AsyncioSelectorReactor(asyncio.get_running_loop())
        reactor.startRunning(installSignalHandlers=False)
        port = await serving(reactor, Factory.forProtocol(Shout))
        number = port.getHost().port
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        writer.write(b"from a stream")
        answers = [await reader.read(100)]
        writer.close()
        endpoint = clientFromString(reactor, f"tcp:127.0.0.1:{number}")
        listens = await connectProtocol(endpoint, Listens())
        answers.append(await asyncio.wait_for(listens.heard.asFuture(reactor._asyncioEventloop), 5))
        listens.transport.loseConnection()
        async with asyncio.Lock():
            await port.stopListening()
        stopped: Deferred[None] = Deferred()
        reactor.addSystemEventTrigger("after", "shutdown", stopped.callback, None)
        reactor.stop()
        await stopped
        return answers

    assert asyncio.run(asyncio.wait_for(main(), 20)) == [b"FROM A STREAM", b"FROM A PROTOCOL"]
