"""The pool of threads behind ``deferToThread``."""

from __future__ import annotations

import gc
import pickle
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from twisted.logger import globalLogPublisher
from twisted.python import context
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

patience = 10  # seconds, for what takes no time at all unless it never comes


class Broken(Exception):
    """What a call of a test raises."""


@pytest.fixture
def pool() -> Iterator[ThreadPool]:
    made = ThreadPool(0, 4, "test")
    made.start()
    yield made
    if made.started:
        made.stop()


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def result(pool: ThreadPool, function: Any, *args: Any, **kw: Any) -> Any:
    """Call something in the pool, and wait for what ``onResult`` is told."""
    told: list[Any] = []
    done = threading.Event()

    def onResult(success: bool, value: Any) -> None:
        told.append((success, value))
        done.set()

    pool.callInThreadWithCallback(onResult, function, *args, **kw)
    assert done.wait(patience)
    return told[0]


def test_noThreadRunsBeforeTheStart() -> None:
    pool = ThreadPool(3, 7)
    assert (pool.min, pool.max, pool.threads, pool.started, pool.workers) == (3, 7, [], False, 0)
    pool.start()
    assert (len(pool.threads), pool.workers, pool.started) == (3, 3, True)
    pool.stop()
    assert (pool.workers, pool.joined) == (0, True)
    assert not any(thread.is_alive() for thread in pool.threads)


def test_numbersThatMakeNoSenseAreRefused() -> None:
    for low, high in ((5, 2), (-1, 2)):
        with pytest.raises(AssertionError):
            ThreadPool(low, high)
        with pytest.raises(AssertionError):
            ThreadPool(0, 1).adjustPoolsize(low, high)


def test_callsMadeBeforeTheStartAreMadeThen() -> None:
    pool = ThreadPool(0, 2)
    seen: list[int] = []
    for number in range(5):
        pool.callInThread(seen.append, number)
    assert pool.q.qsize() == pool._queue.qsize() == 5
    pool.start()
    pool.stop()
    assert sorted(seen) == [0, 1, 2, 3, 4]


def test_aResultAndAnErrorAreTold(pool: ThreadPool) -> None:
    def breaks() -> None:
        raise Broken("x")

    assert result(pool, lambda a, b: a + b, 1, b=2) == (True, 3)
    success, failure = result(pool, breaks)
    assert success is False
    assert isinstance(failure, Failure)
    assert failure.type is Broken
    assert "breaks" in [frame[0] for frame in failure.frames]


def test_theCallAndItsAnswerAreInOneThreadWithTheNameOfThePool(pool: ThreadPool) -> None:
    threads: list[str] = []
    done = threading.Event()

    def onResult(success: bool, value: str) -> None:
        threads.extend((value, threading.current_thread().name))
        done.set()

    pool.callInThreadWithCallback(onResult, lambda: threading.current_thread().name)
    assert done.wait(patience)
    assert threads[0] == threads[1]
    assert threads[0].startswith("PoolThread-test-")


def test_errorsThatNobodyIsToldAreLogged(pool: ThreadPool, logged: list[dict[str, Any]]) -> None:
    def breaks(*_: object) -> None:
        raise Broken

    pool.callInThread(breaks)
    pool.callInThreadWithCallback(breaks, list)
    pool.stop()
    failures = [event["failure"] for event in logged if event.get("isError")]
    assert [failure.type for failure in failures] == [Broken] * 2
    assert [frame[0] for frame in failures[0].frames] == ["breaks"]


def test_theContextOfTheCallerIsCarried(pool: ThreadPool) -> None:
    answer: Any = context.call({"who": "me"}, result, pool, context.get, "who")
    assert answer == (True, "me")
    assert result(pool, context.get, "who") == (True, None)


def test_whatACallKnewIsLetGoBeforeTheAnswer(pool: ThreadPool) -> None:
    class Thing:
        pass

    thing = Thing()
    reference = weakref.ref(thing)
    gate, done = threading.Event(), threading.Event()
    alive: list[Any] = []

    def onResult(success: bool, value: object) -> None:
        gate.wait(patience)
        gc.collect()
        alive.append(reference())
        done.set()

    pool.callInThreadWithCallback(onResult, lambda *_: None, thing)
    del thing
    gate.set()
    assert done.wait(patience)
    assert alive == [None]


def test_threadsAreAddedWhileAllAreBusy(pool: ThreadPool) -> None:
    gate, started = threading.Event(), threading.Semaphore(0)

    def work() -> None:
        started.release()
        gate.wait(patience)

    for _ in range(6):
        pool.callInThread(work)
    for _ in range(4):
        assert started.acquire(timeout=patience)
    assert (pool.workers, len(pool.working), len(pool.waiters)) == (4, 4, 0)
    assert pool.q.qsize() == 2
    gate.set()
    pool.stop()
    assert started.acquire(timeout=patience)


def test_theSizeCanBeAdjusted(pool: ThreadPool) -> None:
    pool.adjustPoolsize(3, 5)
    assert (pool.min, pool.max, pool.workers) == (3, 5, 3)
    pool.startAWorker()
    assert pool.workers == 4
    pool.stopAWorker()
    assert pool.workers == 3
    pool.adjustPoolsize(0, 2)
    assert pool.workers == 2
    pool.stop()
    pool.adjustPoolsize(2)
    assert pool.workers == 0


def test_afterTheEndCallsAreForgotten(pool: ThreadPool) -> None:
    pool.stop()
    pool.callInThread(pytest.fail, "called after the end")
    pool.callInThreadWithCallback(None, pytest.fail, "called after the end")
    assert pool.q.qsize() == 0


def test_stoppingWaitsForAThreadThatIsBusy(pool: ThreadPool) -> None:
    started, gate = threading.Event(), threading.Event()
    seen: list[str] = []

    def work() -> None:
        started.set()
        gate.wait(patience)
        seen.append("done")

    pool.callInThread(work)
    assert started.wait(patience)
    threading.Timer(0.01, gate.set).start()
    pool.stop()
    assert seen == ["done"]


def test_aPicklesItsSizes() -> None:
    copy = pickle.loads(pickle.dumps(ThreadPool(7, 20)))
    assert (copy.min, copy.max, copy.threads) == (7, 20, [])


def test_statisticsAreLogged(pool: ThreadPool, logged: list[dict[str, Any]]) -> None:
    pool.dumpStats()
    assert "0 calls wait, 0 threads wait, 0 work" in logged[0]["log_text"]
