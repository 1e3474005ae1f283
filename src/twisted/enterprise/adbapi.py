"""
Databases whose drivers block (DB-API 2.0, PEP 249), asked from threads: results come as Deferreds.

A driver's connections are mostly bound to the thread that made them, so each thread of a pool has
one of its own, from its first query until the pool is closed. What is done with a connection is one
transaction: committed if the function that did it returns, rolled back if it raises.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet import defer
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python import reflect
from twisted.python._suggestions import didYouMean
from twisted.python.threadpool import ThreadPool

if TYPE_CHECKING:
    from typing import Concatenate

    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

__all__ = ["Connection", "ConnectionLost", "ConnectionPool", "Transaction"]

_R = TypeVar("_R")
_log = Logger()


class ConnectionLost(Exception):
    """The database had closed the connection, which was given up: ask once more."""


class Connection:
    """
    A driver's connection, as functions that run in a thread of a pool have it.

    All that is not below is the driver's own: ``cursor()``, ``commit()`` and whatever else it has.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        """Take the connection of this thread; a new one, if it has none."""
        self._pool = pool
        self._connection: Any = None
        self.reconnect()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def close(self) -> None:
        """Do nothing: the connection is the pool's, and the next query of this thread has it."""

    def rollback(self) -> None:
        """
        Undo what was done since the last commit.

        Raises: ConnectionLost if the pool has ``cp_reconnect``, and the connection turned out to be
            dead; the thread's next query makes a new one.
        """
        if not self._pool.reconnect:
            self._connection.rollback()
        elif not self._isAlive():
            self._pool.disconnect(self._connection)
            raise ConnectionLost("the database had closed this connection; ask again")

    def _isAlive(self) -> bool:
        try:
            self._connection.rollback()
            cursor = self._connection.cursor()
            cursor.execute(self._pool.good_sql)
            cursor.close()
            self._connection.commit()
        except Exception:
            if self._pool.noisy:
                _log.failure("{pool} has lost a connection", pool=self._pool)
            return False
        return True

    def reconnect(self) -> None:
        """Give up the connection, if there is one, and take a new one."""
        if self._connection is not None:
            self._pool.disconnect(self._connection)
            self._connection = None
        self._connection = self._pool.connect()


class Transaction:
    """
    A driver's cursor, as an interaction has it: ``execute``, ``fetchall``, ``rowcount`` and so on.

    It is of no use after the interaction, nor outside of its thread.
    """

    _cursor: Any = None

    def __init__(self, pool: ConnectionPool, connection: Any) -> None:
        """Open a cursor of a `Connection`."""
        self._pool = pool
        self._connection = connection
        self.reopen()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def close(self) -> None:
        """Close the cursor."""
        cursor, self._cursor = self._cursor, None
        cursor.close()

    def reconnect(self) -> None:
        """Give up the connection, and with it the cursor, and take a new connection."""
        self._connection.reconnect()
        self._cursor = None

    def reopen(self) -> None:
        """
        Open a new cursor, in the place of the one that there may be.

        Where the driver refuses, and the pool has ``cp_reconnect``, that is tried once more with a
        new connection.
        """
        if self._cursor is not None:
            self.close()
        try:
            self._cursor = self._connection.cursor()
        except Exception:
            if not self._pool.reconnect:
                raise
            if self._pool.noisy:
                _log.failure("{pool} has no cursor, and connects anew", pool=self._pool)
            self.reconnect()
            self._cursor = self._connection.cursor()


class ConnectionPool:
    """
    Connections to one database, as many as are needed at the same time and no more than a limit.

    A pool runs while the reactor does. What is asked before waits for that; at the end, what was
    begun is finished, and each connection is closed by the thread that has it.

    Attributes:
        min, max: how many threads, and thus connections, there are at least and at most.
        name: goes into the names of the threads and into logs.
        noisy: whether connecting and disconnecting is logged.
        openfun: called with each new connection of the driver, in its thread: for settings.
        reconnect: whether a dead connection is noticed, and replaced.
        good_sql: a query that every database answers, by which that is noticed.
        running: whether queries are answered now.
        connections: the driver's connections, by what ``threadID()`` says of their threads.
        threadpool: the threads.
        dbapi: the driver's module.
        connectionFactory, transactionFactory: make what functions and interactions are given.
    """

    CP_ARGS = ["min", "max", "name", "noisy", "openfun", "reconnect", "good_sql"]

    min = 3
    max = 5
    name: str | None = None
    noisy = False
    openfun: Callable[[Any], object] | None = None
    reconnect = False
    good_sql = "select 1"
    running = False
    startID: Any = None
    shutdownID: Any = None
    _closed = False

    connectionFactory: Callable[..., Any] = Connection
    transactionFactory: Callable[..., Any] = Transaction

    def __init__(self, dbapiName: str, *connargs: Any, **connkw: Any) -> None:
        """
        Make a pool. No thread is started, and nobody is connected to, before the reactor runs.

        Args:
            dbapiName: the name of the driver's module, such as ``"sqlite3"`` or ``"psycopg2"``.
            connargs, connkw: for its ``connect``; but ``cp_`` before the name of one of the
                attributes above (``cp_max=10``) is for the pool, and ``cp_reactor`` is the reactor
                to use in the place of the global one.
        Raises:
            ImportError: there is no such module.
            TypeError: there is no such setting of a pool.
            ValueError: the numbers of threads make no sense.
        """
        reactor = connkw.pop("cp_reactor", None)
        if reactor is None:
            from twisted.internet import reactor
        self._reactor: Any = reactor
        self.dbapiName = dbapiName
        self.dbapi: Any = _driver(dbapiName)
        self._takeSettings(connkw)
        self.connargs, self.connkw = connargs, connkw
        self.connections: dict[Any, Any] = {}
        self.threadID: Callable[[], Any] = threading.get_ident
        self.threadpool = self._makeThreads()
        self.startID = self._reactor.callWhenRunning(self._start)

    def _takeSettings(self, given: dict[str, Any]) -> None:
        for key in [each for each in given if each.startswith("cp_")]:
            if key[3:] not in self.CP_ARGS:
                known = [f"cp_{each}" for each in [*self.CP_ARGS, "reactor"]]
                raise TypeError(f"a pool has no setting {key!r}{didYouMean(key, known)}")
            setattr(self, key[3:], given.pop(key))
        if self.min < 0 or self.max < 1:
            raise ValueError(
                f"a pool of {self.min} (cp_min) to {self.max} (cp_max) connections cannot be: "
                "at least none, and at most one or more"
            )
        self.min = min(self.min, self.max)

    def _makeThreads(self) -> ThreadPool:
        made = ThreadPool(self.min, self.max, self.name)
        made.threadFactory = partial(_Thread, self._threadEnds)  # type: ignore[assignment]
        return made

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name or self.dbapiName}>"

    # Beginning and end

    def _start(self) -> None:
        self.startID = None
        self.start()

    def start(self) -> None:
        """Answer queries. The reactor calls this when it starts; call it after `close`."""
        if self.running:
            return
        # Tests put a pool without threads in its place, which has no such attribute.
        if getattr(self.threadpool, "joined", False):
            self.threadpool = self._makeThreads()
        self._closed = False
        self.threadpool.start()
        self.shutdownID = self._reactor.addSystemEventTrigger("during", "shutdown", self.finalClose)
        self.running = True

    def close(self) -> None:
        """
        Finish what was begun, and close every connection. This waits for queries that run.

        What is asked from now on fails, until `start` is called.
        """
        for name in ("startID", "shutdownID"):
            trigger = getattr(self, name)
            setattr(self, name, None)
            if trigger is not None:
                self._reactor.removeSystemEventTrigger(trigger)
        self.finalClose()

    def finalClose(self) -> None:
        """As `close`: called when the reactor stops."""
        self.shutdownID = None
        self.running = False
        if self._closed:
            return
        self._closed = True
        self.threadpool.stop()
        # Those of threads that were none of ours.
        for thread in list(self.connections):
            self._closeOf(thread)

    def _threadEnds(self) -> None:
        self._closeOf(self.threadID())

    def _closeOf(self, thread: Any) -> None:
        connection = self.connections.pop(thread, None)
        if connection is not None:
            self._close(connection)

    def _close(self, connection: Any) -> None:
        if self.noisy:
            _log.info("{pool} closes a connection", pool=self)
        try:
            connection.close()
        except Exception:
            _log.failure("{pool} could not close a connection", pool=self)

    # Connections: called in the threads

    def connect(self) -> Any:
        """
        Give the driver's connection of this thread; make it, if there is none yet.

        Raises: whatever the driver, or ``openfun``, raises.
        """
        thread = self.threadID()
        connection = self.connections.get(thread)
        if connection is not None:
            return connection
        if self.noisy:
            _log.info("{pool} connects", pool=self)  # not with what: there are passwords in it
        connection = self.dbapi.connect(*self.connargs, **self.connkw)
        if self.openfun is not None:
            try:
                self.openfun(connection)
            except BaseException:
                self._close(connection)
                raise
        self.connections[thread] = connection
        return connection

    def disconnect(self, conn: Any) -> None:
        """
        Close the driver's connection of this thread, so that the next query makes a new one.

        Raises: ValueError if it is of another thread.
        """
        thread = self.threadID()
        if conn is None or self.connections.get(thread) is not conn:
            raise ValueError(f"{conn!r} is not the connection of this thread: leave it to its own")
        self._closeOf(thread)

    # What programs ask

    def runWithConnection(
        self, func: Callable[Concatenate[Any, _P], _R], *args: _P.args, **kw: _P.kwargs
    ) -> defer.Deferred[_R]:
        """
        Call a function with a connection, in a thread, as one transaction.

        Args:
            func: called as ``func(connection, *args, **kw)``, with a `Connection`.
        Returns: a Deferred of what it returns, or of what it raised.
        """
        return self._inThread(self._runWithConnection, func, args, kw)

    def runInteraction(
        self, interaction: Callable[Concatenate[Any, _P], _R], *args: _P.args, **kw: _P.kwargs
    ) -> defer.Deferred[_R]:
        """
        Call a function with a cursor, in a thread, as one transaction.

        Args:
            interaction: called as ``interaction(transaction, *args, **kw)``, with a `Transaction`.
        Returns: a Deferred of what it returns, or of what it raised.
        """
        return self._inThread(self._runInteraction, interaction, args, kw)

    def runQuery(self, *args: Any, **kw: Any) -> defer.Deferred[Any]:
        """
        Ask for rows.

        Args: those of the driver's ``execute``: mostly a text, and a sequence of parameters.
        Returns: a Deferred of a list of rows.
        """
        return self.runInteraction(self._runQuery, *args, **kw)

    def runOperation(self, *args: Any, **kw: Any) -> defer.Deferred[None]:
        """
        Do what has no rows for an answer.

        Args: as those of `runQuery`.
        Returns: a Deferred of None.
        """
        return self.runInteraction(self._runOperation, *args, **kw)

    def _inThread(
        self, run: Callable[..., Any], func: Any, args: tuple[Any, ...], kw: dict[str, Any]
    ) -> defer.Deferred[Any]:
        if inspect.iscoroutinefunction(func):
            raise TypeError(
                f"{func!r} is a coroutine function, but runs in a thread, where nobody awaits it: "
                "give an ordinary function"
            )
        if self._closed:
            return defer.fail(
                RuntimeError(f"{self!r} was closed: call its start() before the next query")
            )
        return deferToThreadPool(self._reactor, self.threadpool, run, func, *args, **kw)

    # The same in the threads, where published programs call it, too

    def _runWithConnection(self, func: Callable[..., _R], *args: Any, **kw: Any) -> _R:
        connection = self.connectionFactory(self)
        try:
            result = func(connection, *args, **kw)
            connection.commit()
        except BaseException:
            self._rollBack(connection)
            raise
        return result

    def _runInteraction(self, interaction: Callable[..., _R], *args: Any, **kw: Any) -> _R:
        connection = self.connectionFactory(self)
        transaction = self.transactionFactory(self, connection)
        try:
            result = interaction(transaction, *args, **kw)
            transaction.close()
            connection.commit()
        except BaseException:
            self._rollBack(connection)
            raise
        return result

    def _rollBack(self, connection: Any) -> None:
        try:
            connection.rollback()
        except BaseException:
            # What went wrong before is told; this is what came of it.
            _log.failure("{pool} could not roll back", pool=self)

    def _runQuery(self, trans: Any, *args: Any, **kw: Any) -> Any:
        trans.execute(*args, **kw)
        return trans.fetchall()

    def _runOperation(self, trans: Any, *args: Any, **kw: Any) -> None:
        trans.execute(*args, **kw)

    # Being written to a file and read back

    def __getstate__(self) -> dict[str, Any]:
        names = ("min", "max", "noisy", "reconnect", "good_sql", "connargs", "connkw")
        return {"dbapiName": self.dbapiName, **{name: getattr(self, name) for name in names}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state
        ConnectionPool.__init__(self, self.dbapiName, *self.connargs, **self.connkw)


class _Thread(threading.Thread):
    """A thread that closes what it had when it ends, for many drivers allow that to nobody else."""

    def __init__(self, atEnd: Callable[[], object], **kw: Any) -> None:
        super().__init__(**kw)
        self._atEnd = atEnd

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._atEnd()


def _driver(name: str) -> Any:
    module = reflect.namedModule(name)
    if getattr(module, "threadsafety", 1) == 0:
        _log.warn("{name} says that its module may not be used by several threads", name=name)
    return module
