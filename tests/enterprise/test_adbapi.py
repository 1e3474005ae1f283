"""Blocking drivers of databases, asked from threads."""

from __future__ import annotations

import pickle
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support import drive
from tests.support.postgres import postgres
from twisted.enterprise import adbapi
from twisted.internet import defer
from twisted.internet.defer import gatherResults
from twisted.logger import globalLogPublisher


class Driver(ModuleType):
    """A module of DB-API, whose connections do as they are told and remember what was asked."""

    threadsafety = 1

    def __init__(self) -> None:
        super().__init__("driverOfATest")
        self.made: list[Link] = []
        self.refuses: Exception | None = None

    def connect(self, *args: Any, **kw: Any) -> Link:
        if self.refuses is not None:
            raise self.refuses
        self.made.append(Link(args, kw))
        return self.made[-1]


class Link:
    """A connection, and what happened to it and to its cursors."""

    def __init__(self, args: Any, kw: Any) -> None:
        self.given = (args, kw)
        self.thread = threading.get_ident()
        self.calls: list[str] = []
        self.threads: set[int] = set()
        self.dead = False

    def note(self, call: str) -> None:
        self.calls.append(call)
        self.threads.add(threading.get_ident())
        if self.dead:
            raise OSError("the server has gone away")

    def cursor(self) -> Cursor:
        self.note("cursor")
        return Cursor(self)

    def commit(self) -> None:
        self.note("commit")

    def rollback(self) -> None:
        self.note("rollback")

    def close(self) -> None:
        self.note("close")


class Cursor:
    def __init__(self, link: Link) -> None:
        self._link = link

    def execute(self, text: str) -> None:
        self._link.note(text)

    def fetchall(self) -> list[Any]:
        return [(1,)]

    def close(self) -> None:
        self._link.note("close cursor")


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    made = Driver()
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


@pytest.fixture
def events() -> Iterator[list[Any]]:
    seen: list[Any] = []
    globalLogPublisher.addObserver(seen.append)
    yield seen
    globalLogPublisher.removeObserver(seen.append)


def asked(
    reactor: Any, ask: Callable[[adbapi.ConnectionPool], Any], name: str, *args: Any, **kw: Any
) -> Any:
    """What a coroutine function has for a result, given a pool that is closed after it."""
    pool = adbapi.ConnectionPool(name, *args, cp_reactor=reactor, **kw)

    async def main() -> Any:
        try:
            return await ask(pool)
        finally:
            pool.close()

    return drive(reactor, main)


# Real databases


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, Any]]:
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    with postgres() as where:
        yield where


@pytest.fixture(params=["sqlite3", "psycopg2"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, ...]:
    """A driver, its arguments, and how it writes a parameter."""
    if request.param == "sqlite3":
        return "sqlite3", {"database": str(tmp_path / "data")}, "?"
    return "psycopg2", request.getfixturevalue("server"), "%s"


def test_rowsComeAsADeferred(reactor: Any, database: Any) -> None:
    name, where, mark = database

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        await pool.runOperation("drop table if exists things")
        made = await pool.runOperation("create table things (number int, name text)")
        insert = f"insert into things values ({mark}, {mark})"
        await pool.runOperation(insert, (1, "ärgerlich"))
        await pool.runOperation(insert, (2, "two"))
        return made, await pool.runQuery("select * from things order by number")

    made, rows = asked(reactor, ask, name, **where)

    assert made is None
    assert [tuple(each) for each in rows] == [(1, "ärgerlich"), (2, "two")]


def test_anInteractionIsOneTransaction(reactor: Any, database: Any) -> None:
    name, where, mark = database

    def fill(transaction: Any, numbers: list[int], *, fail: bool) -> int:
        for number in numbers:
            transaction.execute(f"insert into numbers values ({mark})", (number,))
        if fail:
            raise KeyError("half-way")
        return len(numbers)

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        await pool.runOperation("drop table if exists numbers")
        await pool.runOperation("create table numbers (number int)")
        count = await pool.runInteraction(fill, [1, 2], fail=False)
        with pytest.raises(KeyError, match="half-way"):
            await pool.runInteraction(fill, [3, 4], fail=True)
        rows = await pool.runQuery("select number from numbers order by number")
        return count, [number for (number,) in rows]

    assert asked(reactor, ask, name, **where) == (2, [1, 2])


def test_aConnectionIsTheDriversOwn(reactor: Any, database: Any) -> None:
    name, where, _ = database

    def look(connection: Any, word: str) -> Any:
        connection.close()  # which is the pool's to do
        cursor = connection.cursor()
        cursor.execute("select 3")
        return word, cursor.fetchone()[0]

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        return await pool.runWithConnection(look, "three")

    assert asked(reactor, ask, name, **where) == ("three", 3)


def test_whatTheDatabaseRefusesIsTheDriversError(reactor: Any, database: Any) -> None:
    name, where, _ = database

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        with pytest.raises(pool.dbapi.Error):
            await pool.runQuery("selecx 1")
        return await pool.runQuery("select 1")  # the connection is as good as before

    assert [tuple(each) for each in asked(reactor, ask, name, **where)] == [(1,)]


def test_manyQueriesAtOnceHaveNoMoreConnectionsThanAllowed(reactor: Any, server: Any) -> None:
    async def ask(pool: adbapi.ConnectionPool) -> Any:
        busy = [pool.runQuery("select pg_sleep(0.01), %s", (number,)) for number in range(30)]
        rows = await gatherResults(busy)
        return [row[0][1] for row in rows], len(pool.connections)

    numbers, connections = asked(reactor, ask, "psycopg2", cp_min=0, cp_max=4, **server)

    assert numbers == list(range(30))
    assert 1 <= connections <= 4


def test_aConnectionThatTheServerEndedIsReplaced(reactor: Any, server: Any) -> None:
    def end(transaction: Any) -> None:
        transaction.execute("select pg_terminate_backend(pg_backend_pid())")

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        with pytest.raises(pool.dbapi.Error):
            await pool.runInteraction(end)
        return await pool.runQuery("select 5")

    assert asked(reactor, ask, "psycopg2", cp_max=1, cp_reconnect=True, **server) == [(5,)]


def test_eachConnectionIsClosedByItsOwnThread(
    reactor: Any, tmp_path: Path, events: list[Any]
) -> None:
    # sqlite3 refuses all others.
    async def ask(pool: adbapi.ConnectionPool) -> Any:
        busy = [pool.runQuery("select 1") for _ in range(9)]
        await gatherResults(busy)
        return pool, list(pool.connections.values())

    pool, connections = asked(reactor, ask, "sqlite3", str(tmp_path / "data"))

    assert not pool.connections
    assert not [each for each in events if "log_failure" in each]
    for each in connections:
        with pytest.raises(sqlite3.ProgrammingError):
            each.total_changes  # noqa: B018 - what is asked is whether it is open


# Pools


def test_whatIsAskedBeforeTheReactorRunsWaitsForIt(reactor: Any, driver: Driver) -> None:
    pool = adbapi.ConnectionPool(driver.__name__, cp_reactor=reactor)
    waiting = pool.runQuery("select 1")
    assert not waiting.called and not driver.made

    assert drive(reactor, lambda: waiting) == [(1,)]
    pool.close()


def test_theEndOfTheReactorClosesConnections(reactor: Any, driver: Driver) -> None:
    pool = adbapi.ConnectionPool(driver.__name__, cp_reactor=reactor)

    async def main() -> None:
        await pool.runQuery("select 1")
        assert pool.running
        reactor.stop()

    drive(reactor, main)

    assert not pool.running
    assert driver.made[0].calls[-1] == "close"


def test_aPoolIsClosedOnceAndCanBeStartedAgain(reactor: Any, driver: Driver) -> None:
    async def ask(pool: adbapi.ConnectionPool) -> Any:
        await pool.runQuery("select 1")
        pool.close()
        pool.close()
        assert driver.made[0].calls.count("close") == 1
        with pytest.raises(RuntimeError, match=r"closed: call its start\(\)"):
            await pool.runQuery("select 1")
        pool.start()
        pool.start()
        return await pool.runQuery("select 1")

    assert asked(reactor, ask, driver.__name__) == [(1,)]
    assert len(driver.made) == 2


def test_aPoolWorksWithWhateverRunsItsCallsInstead(reactor: Any, driver: Driver) -> None:
    class AtOnce:
        """Runs calls where they are made, as tests like it."""

        def start(self) -> None:
            pass

        stop = start

        def callInThreadWithCallback(self, onResult: Any, func: Any, *args: Any) -> None:
            onResult(True, func(*args))

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        pool.threadpool.stop()
        instead: Any = AtOnce()
        pool.threadpool = instead
        pool.close()
        pool.start()
        assert pool.threadpool is instead
        return await pool.runQuery("select 1")

    assert asked(reactor, ask, driver.__name__) == [(1,)]


def test_aPoolThatNeverRanCanBeClosed(reactor: Any, driver: Driver) -> None:
    pool = adbapi.ConnectionPool(driver.__name__, cp_reactor=reactor)
    pool.close()
    drive(reactor, lambda: None)
    assert not pool.running


def test_settingsArePrefixedAndAllElseIsTheDrivers(reactor: Any, driver: Driver) -> None:
    opened: list[Any] = []

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        await pool.runQuery("select 1")
        names = [each.name for each in pool.threadpool.threads]
        return pool.min, pool.max, pool.noisy, names[0].startswith("PoolThread-stock-")

    settings = {"cp_name": "stock", "cp_min": 1, "cp_max": 2, "cp_openfun": opened.append}

    found = asked(reactor, ask, driver.__name__, "here", user="me", **settings)

    assert found == (1, 2, False, True)
    assert driver.made[0].given == (("here",), {"user": "me"})
    assert opened == driver.made


def test_fewerConnectionsAtMostAreFewerAtLeast(reactor: Any, driver: Driver) -> None:
    assert adbapi.ConnectionPool(driver.__name__, cp_reactor=reactor, cp_max=1).min == 1


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"cp_mx": 9}, TypeError, "no setting 'cp_mx'.*cp_max"),
        ({"cp_max": 0}, ValueError, "at most one"),
        ({"cp_min": -1}, ValueError, "at least none"),
    ],
)
def test_settingsOfNoUseAreRefused(
    reactor: Any, driver: Driver, settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        adbapi.ConnectionPool(driver.__name__, cp_reactor=reactor, **settings)


def test_aDriverThatIsNotThereIsToldAtOnce(reactor: Any) -> None:
    with pytest.raises(ImportError, match="no_such_driver"):
        adbapi.ConnectionPool("no_such_driver", cp_reactor=reactor)


def test_aCoroutineFunctionIsRefused(reactor: Any, driver: Driver) -> None:
    async def interaction(transaction: Any) -> None:
        raise AssertionError("nobody awaits this")

    pool = adbapi.ConnectionPool(driver.__name__, cp_reactor=reactor)
    with pytest.raises(TypeError, match="coroutine function"):
        pool.runInteraction(interaction)
    pool.close()


def test_aPoolSurvivesAPickle(reactor: Any, driver: Driver, monkeypatch: Any) -> None:
    from twisted import internet

    monkeypatch.setattr(internet, "reactor", reactor, raising=False)
    pool = adbapi.ConnectionPool(driver.__name__, "here", cp_max=4, user="me")

    again = pickle.loads(pickle.dumps(pool))

    assert (again.connargs, again.connkw, again.max) == (("here",), {"user": "me"}, 4)
    for each in (pool, again):
        each.close()


def test_passwordsAreNotLogged(reactor: Any, driver: Driver, events: list[Any]) -> None:
    async def ask(pool: adbapi.ConnectionPool) -> Any:
        await pool.runQuery("select 1")

    asked(reactor, ask, driver.__name__, password="secret", cp_noisy=True)

    noise = [each for each in events if each.get("log_namespace") == "twisted.enterprise.adbapi"]
    assert len(noise) == 2
    assert "secret" not in repr(noise)


# What goes wrong


def test_whoCannotConnectIsToldWhy(reactor: Any, driver: Driver) -> None:
    driver.refuses = ConnectionRefusedError("nobody there")

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        with pytest.raises(ConnectionRefusedError, match="nobody there"):
            await pool.runQuery("select 1")
        driver.refuses = None
        return await pool.runQuery("select 1")

    assert asked(reactor, ask, driver.__name__) == [(1,)]


def test_aConnectionThatCannotBeSetUpIsClosed(reactor: Any, driver: Driver) -> None:
    def refuse(connection: Any) -> None:
        raise ValueError("no such schema")

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        with pytest.raises(ValueError, match="no such schema"):
            await pool.runQuery("select 1")
        return dict(pool.connections)

    assert asked(reactor, ask, driver.__name__, cp_openfun=refuse) == {}
    assert driver.made[0].calls == ["close"]


def test_aRollbackThatFailsIsLoggedAndTheFirstErrorTold(
    reactor: Any, driver: Driver, events: list[Any]
) -> None:
    def fail(connection: Any) -> None:
        driver.made[0].dead = True
        raise KeyError("first")

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        with pytest.raises(KeyError, match="first"):
            await pool.runWithConnection(fail)

    asked(reactor, ask, driver.__name__)

    failures = [each["log_failure"] for each in events if "log_failure" in each]
    assert [each.type for each in failures] == [OSError, OSError]  # and it cannot be closed


def test_aDeadConnectionStaysWhereNobodyAskedForAnother(reactor: Any, driver: Driver) -> None:
    async def ask(pool: adbapi.ConnectionPool) -> Any:
        await pool.runQuery("select 1")
        driver.made[0].dead = True
        for _ in range(2):
            with pytest.raises(OSError, match="gone away"):
                await pool.runQuery("select 1")

    asked(reactor, ask, driver.__name__, cp_max=1)

    assert len(driver.made) == 1


def test_aDeadConnectionIsReplacedWhenItHasNoCursor(reactor: Any, driver: Driver) -> None:
    async def ask(pool: adbapi.ConnectionPool) -> Any:
        await pool.runQuery("select 1")
        driver.made[0].dead = True
        return await pool.runQuery("select 1")

    assert asked(reactor, ask, driver.__name__, cp_max=1, cp_reconnect=True) == [(1,)]
    assert len(driver.made) == 2


def test_aConnectionThatDiesInATransactionIsReplacedForTheNext(
    reactor: Any, driver: Driver
) -> None:
    def kill(transaction: Any) -> None:
        driver.made[0].dead = True
        transaction.execute("update")

    async def ask(pool: adbapi.ConnectionPool) -> Any:
        with pytest.raises(OSError, match="gone away"):
            await pool.runInteraction(kill)
        assert not pool.connections
        return await pool.runQuery("select 1")

    assert asked(reactor, ask, driver.__name__, cp_max=1, cp_reconnect=True) == [(1,)]
    assert len(driver.made) == 2


def test_aDeadConnectionIsAskedByTheQueryOfThePool(reactor: Any, driver: Driver) -> None:
    async def ask(pool: adbapi.ConnectionPool) -> Any:
        with pytest.raises(KeyError):
            await pool.runInteraction(lambda transaction: {}["no such thing"])

    asked(reactor, ask, driver.__name__, cp_reconnect=True, cp_good_sql="select 'well'")

    calls = driver.made[0].calls
    assert calls[calls.index("rollback") :] == [
        "rollback",
        "cursor",
        "select 'well'",
        "close cursor",
        "commit",
        "close",
    ]


def test_aConnectionIsGivenUpInItsOwnThreadOnly(reactor: Any, driver: Driver) -> None:
    async def ask(pool: adbapi.ConnectionPool) -> Any:
        await pool.runQuery("select 1")
        with pytest.raises(ValueError, match="not the connection of this thread"):
            pool.disconnect(driver.made[0])
        await pool.runWithConnection(lambda connection: connection.reconnect())

    asked(reactor, ask, driver.__name__, cp_max=1)

    assert len(driver.made) == 2
    assert all(each.threads == {each.thread} for each in driver.made)


def test_programsMayRunQueriesInThreadsOfTheirOwn(reactor: Any, driver: Driver) -> None:
    # As the doubles of Synapse's tests do.
    pool = adbapi.ConnectionPool(driver.__name__, cp_reactor=reactor)
    assert pool._runInteraction(pool._runQuery, "select 1") == [(1,)]
    assert pool._runWithConnection(lambda connection, word: word, "hello") == "hello"
    assert list(pool.connections) == [threading.get_ident()]
    pool.close()
    assert driver.made[0].calls[-1] == "close"
    assert isinstance(pool.runQuery("select 1").addErrback(lambda _: None), defer.Deferred)
