"""Workers of every kind, and the teams that they make."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted._threads import (
    AlreadyQuit,
    IWorker,
    LockWorker,
    Team,
    ThreadWorker,
    createMemoryWorker,
    pool,
)
from twisted._threads._ithreads import IExclusiveWorker

patience = 10  # seconds, for what takes no time at all unless it never comes


class Broken(Exception):
    """What a job of a test raises."""


def startThread(target: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=target)
    thread.start()
    return thread


makers: dict[str, Callable[[], Any]] = {
    "memory": lambda: createMemoryWorker()[0],
    "thread": lambda: ThreadWorker(startThread, SimpleQueue()),
    "lock": lambda: LockWorker(threading.Lock(), threading.local()),
    "team": lambda: Team(createMemoryWorker()[0], lambda: None, list),
    "pool": lambda: pool(lambda: 1),
}


@pytest.mark.parametrize("kind", makers)
def test_whoHasQuitTakesNoJobsAndDoesNotQuitAgain(kind: str) -> None:
    worker = makers[kind]()
    verifyObject(IExclusiveWorker if kind in ("memory", "thread", "lock") else IWorker, worker)
    worker.quit()
    with pytest.raises(AlreadyQuit):
        worker.do(list)
    with pytest.raises(AlreadyQuit):
        worker.quit()


def test_aMemoryWorkerDoesOneJobAtATime() -> None:
    worker, perform = createMemoryWorker()
    seen: list[int] = []
    assert perform() is False
    worker.do(lambda: seen.append(1))
    worker.do(lambda: seen.append(2))
    assert (perform(), seen) == (True, [1])
    worker.quit()
    assert (perform(), perform(), seen) == (True, False, [1, 2])


def test_aThreadWorkerWorksInItsThread() -> None:
    seen: list[Any] = []
    threads: list[threading.Thread] = []
    worker = ThreadWorker(lambda target: threads.append(startThread(target)), SimpleQueue())
    for _ in range(3):
        worker.do(lambda: seen.append(threading.current_thread()))
    worker.quit()
    threads[0].join(patience)
    assert seen == threads * 3


def test_aLockWorkerWorksAtOnceAndUndoesRecursion() -> None:
    lock = threading.Lock()
    worker = LockWorker(lock, threading.local())
    order: list[Any] = []

    def outer() -> None:
        order.append(("outer", lock.locked()))
        worker.do(inner)
        order.append("outer ends")

    def inner() -> None:
        order.append(("inner", lock.locked()))

    worker.do(outer)
    assert order == [("outer", True), "outer ends", ("inner", True)]
    assert not lock.locked()


def test_aLockWorkerLetsGoOfTheLockAfterAnError() -> None:
    lock = threading.Lock()
    worker = LockWorker(lock, threading.local())

    def breaks() -> None:
        raise Broken

    with pytest.raises(Broken):
        worker.do(breaks)
    worker.do(list)
    assert not lock.locked()


class MemoryTeam:
    """A Team in one thread, which works when a test says so."""

    def __init__(self, limit: int = 100) -> None:
        coordinator, self._coordinate = createMemoryWorker()
        self.performers: list[Callable[[], bool]] = []
        self.workers: list[Any] = []
        self.limit = limit
        self.errors: list[Any] = []
        self.team = Team(coordinator, self._create, lambda: self.errors.append("logged"))

    def _create(self) -> Any:
        if len(self.workers) >= self.limit:
            return None
        worker, perform = createMemoryWorker()
        self.workers.append(worker)
        self.performers.append(perform)
        return worker

    def coordinate(self) -> None:
        while self._coordinate():
            pass

    def work(self) -> None:
        for _ in range(20):
            self.coordinate()
            for perform in self.performers:
                perform()
        self.coordinate()

    def present(self) -> int:
        return sum(not worker._quit.isSet for worker in self.workers)


def test_aTeamMakesWorkersAsItNeedsThem() -> None:
    it = MemoryTeam()
    seen: list[int] = []
    for number in range(3):
        it.team.do(partial(seen.append, number))
    it.coordinate()
    assert tuple(it.team.statistics()) == (0, 3, 0)
    it.work()
    assert sorted(seen) == [0, 1, 2]
    assert tuple(it.team.statistics()) == (3, 0, 0)
    it.team.do(list)
    it.work()
    assert len(it.workers) == 3


def test_jobsWaitWhereNoMoreWorkersMayBeMade() -> None:
    it = MemoryTeam(limit=1)
    seen: list[int] = []
    for number in range(3):
        it.team.do(partial(seen.append, number))
    it.coordinate()
    assert it.team.statistics().backloggedWorkCount == 2
    it.work()
    assert seen == [0, 1, 2]


def test_aTeamGrowsAndShrinks() -> None:
    it = MemoryTeam(limit=5)
    it.team.grow(9)
    it.work()
    assert it.present() == 5
    it.team.shrink(2)
    it.work()
    assert it.present() == 3
    it.team.shrink()
    it.work()
    assert it.present() == 0


def test_busyWorkersLeaveAfterTheirJob() -> None:
    it = MemoryTeam()
    for _ in range(4):
        it.team.do(list)
    it.coordinate()
    it.team.shrink(3)
    it.coordinate()
    assert it.present() == 4
    it.work()
    assert it.present() == 1


def test_anErrorOfAJobIsHandedToTheLog() -> None:
    it = MemoryTeam()
    it.team.do(lambda: 1 // 0)
    it.work()
    assert it.errors == ["logged"]
    assert it.team.statistics().idleWorkerCount == 1


def test_aTeamThatQuitsFinishesItsJobs() -> None:
    it = MemoryTeam(limit=2)
    seen: list[int] = []
    for number in range(4):
        it.team.do(partial(seen.append, number))
    it.team.quit()
    it.work()
    assert sorted(seen) == [0, 1, 2, 3]
    assert it.present() == 0


# The team of threads


def test_aPoolHasAThreadForEachJobUpToItsLimit() -> None:
    gate, started = threading.Event(), threading.Semaphore(0)
    crew = pool(lambda: 3)

    def job() -> None:
        started.release()
        gate.wait(patience)

    for _ in range(5):
        crew.do(job)
    for _ in range(3):
        assert started.acquire(timeout=patience)
    assert tuple(crew.statistics()) == (0, 3, 2)
    gate.set()
    for _ in range(2):
        assert started.acquire(timeout=patience)
    crew.quit()


def test_jobsOfAPoolThatWaitForEachOtherDoNotStarve() -> None:
    crew = pool(lambda: 4)
    meet = threading.Barrier(4)
    met = threading.Semaphore(0)

    def job() -> None:
        meet.wait(patience)
        met.release()

    for _ in range(4):
        crew.do(job)
    for _ in range(4):
        assert met.acquire(timeout=patience)
    crew.quit()


def test_aPoolThatQuitsFinishesItsJobsAndEndsItsThreads() -> None:
    threads: list[threading.Thread] = []
    seen: list[int] = []

    def factory(**kw: Any) -> threading.Thread:
        threads.append(threading.Thread(**kw))
        return threads[-1]

    crew = pool(lambda: 2, factory)
    for number in range(50):
        crew.do(partial(seen.append, number))
    crew.quit()
    for thread in threads:
        thread.join(patience)
    assert sorted(seen) == list(range(50))
    assert not any(thread.is_alive() for thread in threads)
