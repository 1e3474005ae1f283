"""One worker, whose process does not come up."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from twisted.application._workers.worker import Worker
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ProcessTerminated
from twisted.internet.task import Clock
from twisted.python.failure import Failure


class Processes(Clock):
    """
    A reactor whose processes are made up.

    Attributes:
        full: whether the system has no room for another process.
        protocols: those of the processes.
        channels: those of the connections.
    """

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.protocols: list[Any] = []
        self.channels: list[Any] = []

    def spawnProcess(self, protocol: Any, *words: Any, **named: Any) -> Any:
        if self.full:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        self.protocols.append(protocol)
        return type("Process", (), {"pid": 2**22 + 1})

    def adoptStreamConnection(self, descriptor: int, family: int, factory: Any) -> None:
        self.channels.append(factory.buildProtocol(None))


@pytest.fixture
def processes() -> Processes:
    return Processes()


def workerOf(processes: Processes) -> Worker:
    return Worker(1, processes, [], lambda worker: succeed(None), lambda entry: None)


def outcome(result: Deferred[Any]) -> list[Any]:
    found: list[Any] = []
    result.addBoth(found.append)
    return found


def test_aProcessThatCannotBeMadeIsAFailureOfTheStart(processes: Processes) -> None:
    processes.full = True
    worker = workerOf(processes)
    (failure,) = outcome(worker.start())
    assert failure.check(OSError)
    assert worker.pid == 0


def test_aWorkerIsTriedAgainUntilThereIsRoomForItsProcess(processes: Processes) -> None:
    worker = workerOf(processes)
    worker.start()
    processes.channels[0].whenReady.callback(None)
    assert worker.state == "running"
    processes.full = True
    for _ in range(3):
        if processes.protocols:
            processes.protocols.pop().processEnded(Failure(ProcessTerminated()))
        assert worker.state == "waiting to start again"
        assert len(processes.getDelayedCalls()) == 1
        settled = outcome(worker.settled())
        assert settled == [None]
        processes.advance(worker.longestDelaySeconds)
    processes.full = False
    processes.advance(worker.longestDelaySeconds)
    processes.channels[-1].whenReady.callback(None)
    assert worker.state == "running"


def test_theEndOfAProcessThatWasNotReadyIsCountedOnce(processes: Processes) -> None:
    worker = workerOf(processes)
    (failures, protocol) = (outcome(worker.start()), processes.protocols[0])
    channel = processes.channels[0]
    protocol.processEnded(Failure(ProcessTerminated()))
    channel.whenReady.errback(Failure(ValueError()))
    assert len(failures) == 1
    assert len(processes.getDelayedCalls()) == 1
    processes.advance(0)
    assert len(processes.protocols) == 2
    processes.protocols[1].processEnded(Failure(ProcessTerminated()))
    processes.channels[1].whenReady.errback(Failure(ValueError()))
    assert len(processes.getDelayedCalls()) == 1
