"""Locks, semaphores, queues, and the lock that is a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted.internet import defer
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredFilesystemLock,
    DeferredLock,
    DeferredQueue,
    DeferredSemaphore,
    ensureDeferred,
)
from twisted.internet.task import Clock


class Broken(Exception):
    """What a function of a test raises."""


def outcome(deferred: Deferred[Any]) -> Any:
    """Take the result or the Failure of a Deferred that has one."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got[0]


@pytest.mark.parametrize("make", [DeferredLock, lambda: DeferredSemaphore(1)])
def test_oneAtATimeInTheOrderOfAsking(make: Any) -> None:
    lock = make()
    first, second, third = lock.acquire(), lock.acquire(), lock.acquire()
    assert [d.called for d in (first, second, third)] == [True, False, False]
    assert outcome(first) is lock
    lock.release()
    assert [second.called, third.called] == [True, False]
    lock.release()
    assert third.called
    lock.release()
    with pytest.raises(AssertionError):
        lock.release()


def test_lockedTellsWhetherSomebodyHasIt() -> None:
    lock = DeferredLock()
    assert not lock.locked
    lock.acquire()
    lock.acquire()
    lock.release()
    assert lock.locked
    lock.release()
    assert not lock.locked


def test_tokensTellHowManyMore() -> None:
    semaphore = DeferredSemaphore(3)
    assert (semaphore.tokens, semaphore.limit) == (3, 3)
    semaphore.acquire()
    semaphore.acquire()
    assert semaphore.tokens == 1
    semaphore.release()
    assert semaphore.tokens == 2


@pytest.mark.parametrize("tokens", [0, -1])
def test_aSemaphoreForNobodyIsRefused(tokens: int) -> None:
    with pytest.raises(ValueError, match=str(tokens)):
        DeferredSemaphore(tokens)


def test_whoGivesUpLeavesTheLine() -> None:
    lock = DeferredLock()
    mine = lock.acquire()
    waiting, next = lock.acquire(), lock.acquire()
    waiting.cancel()
    mine.cancel()
    assert outcome(waiting).type is CancelledError
    lock.release()
    assert next.called


def test_runHoldsTheLockUntilTheWorkIsDone() -> None:
    lock = DeferredLock()
    work: Deferred[str] = Deferred()
    results: list[str] = []
    lock.run(lambda a, b: work, 1, b=2).addCallback(results.append)
    assert lock.locked
    assert results == []
    work.callback("done")
    assert results == ["done"]
    assert not lock.locked


def test_runReleasesTheLockAfterAnError() -> None:
    lock = DeferredLock()

    def breaks() -> None:
        raise Broken

    assert outcome(lock.run(breaks)).type is Broken
    assert not lock.locked


def test_asyncWithHoldsTheLock() -> None:
    semaphore = DeferredSemaphore(1)
    seen: list[Any] = []

    async def work() -> None:
        async with semaphore as held:
            seen.append((held is semaphore, semaphore.tokens))
            raise Broken

    assert outcome(ensureDeferred(work())).type is Broken
    assert seen == [(True, 0)]
    assert semaphore.tokens == 1


def test_aQueueKeepsTheOrder() -> None:
    queue: DeferredQueue[int] = DeferredQueue()
    queue.put(1)
    queue.put(2)
    waiting = [queue.get() for _ in range(4)]
    queue.put(3)
    queue.put(4)
    assert [outcome(one) for one in waiting] == [1, 2, 3, 4]


def test_aQueueHasItsBounds() -> None:
    queue: DeferredQueue[int] = DeferredQueue(size=1, backlog=1)
    queue.put(1)
    with pytest.raises(defer.QueueOverflow):
        queue.put(2)
    queue.get()
    waiting = queue.get()
    with pytest.raises(defer.QueueUnderflow):
        queue.get()
    waiting.cancel()
    assert outcome(waiting).type is CancelledError
    queue.put(3)
    assert outcome(queue.get()) == 3


@pytest.mark.parametrize("limits", [{"size": 0}, {"backlog": 0}])
def test_aBoundOfNothingIsABound(limits: dict[str, int]) -> None:
    queue: DeferredQueue[int] = DeferredQueue(**limits)
    with pytest.raises((defer.QueueOverflow, defer.QueueUnderflow)):
        queue.put(1) if "size" in limits else queue.get()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fileLock(tmp_path: Path, clock: Clock) -> DeferredFilesystemLock:
    return DeferredFilesystemLock(str(tmp_path / "lock"), scheduler=clock)


def test_aFreeFileLockIsHadAtOnce(fileLock: DeferredFilesystemLock) -> None:
    assert outcome(fileLock.deferUntilLocked(timeout=1)) is None
    assert fileLock.locked


def test_aFileLockIsHadWhenItComesFree(fileLock: DeferredFilesystemLock, clock: Clock) -> None:
    fileLock.lock()
    waiting = fileLock.deferUntilLocked(timeout=10)
    clock.callLater(2.5, fileLock.unlock)
    clock.pump([1] * 3)
    assert outcome(waiting) is None
    assert clock.getDelayedCalls() == []


def test_aFileLockIsGivenUpInTime(fileLock: DeferredFilesystemLock, clock: Clock) -> None:
    fileLock.lock()
    waiting = fileLock.deferUntilLocked(timeout=5.5)
    clock.pump([1] * 7)
    assert outcome(waiting).type is defer.TimeoutError
    assert clock.getDelayedCalls() == []


def test_aFileLockIsWaitedForOnce(fileLock: DeferredFilesystemLock, clock: Clock) -> None:
    fileLock.lock()
    first = fileLock.deferUntilLocked()
    assert outcome(fileLock.deferUntilLocked()).type is defer.AlreadyTryingToLockError
    fileLock.unlock()
    clock.advance(1)
    assert first.called


def test_waitingForAFileLockCanBeCancelled(fileLock: DeferredFilesystemLock, clock: Clock) -> None:
    fileLock.lock()
    waiting = fileLock.deferUntilLocked(timeout=10)
    waiting.cancel()
    assert outcome(waiting).type is CancelledError
    assert clock.getDelayedCalls() == []
