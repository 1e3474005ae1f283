"""
Long work in small steps, so that everything else goes on.

A `Cooperator` has a number of iterators and takes a step of each in turn, for a slice of time at
most, then lets the reactor run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

_T = TypeVar("_T")

_ended: Any = object()


class SchedulerError(Exception):
    """Something about a Cooperator or one of its tasks went wrong."""


class SchedulerStopped(SchedulerError):
    """The Cooperator was stopped before the task was done."""


class TaskFinished(SchedulerError):
    """The task is over, and what was asked of it cannot be done any more."""


class TaskDone(TaskFinished):
    """The task is over: its iterator came to its end."""


class TaskStopped(TaskFinished):
    """The task is over: it was stopped."""


class TaskFailed(TaskFinished):
    """The task is over: its iterator raised an exception."""


class NotPaused(SchedulerError):
    """The task was told to resume more often than to pause."""


class CooperativeTask(Generic[_T]):
    """
    One iterator of a `Cooperator`, as `Cooperator.cooperate` gives it.

    A step that yields a Deferred pauses the task until that has a result.
    """

    def __init__(self, iterator: Iterator[_T], cooperator: Cooperator) -> None:
        self._iterator = iterator
        self._cooperator = cooperator
        self._deferreds: list[Deferred[Iterator[_T]]] = []
        self._pauseCount = 0
        self._completionState: SchedulerError | None = None
        self._completionResult: Iterator[_T] | Failure | None = None
        cooperator._addTask(self)

    def whenDone(self) -> Deferred[Iterator[_T]]:
        """
        Wait for the end.

        Returns: a new Deferred for each call. It fires with the iterator when that came to its
            end, and fails with what it raised, with `TaskStopped` or with `SchedulerStopped`.
        """
        deferred: Deferred[Iterator[_T]] = Deferred()
        if self._completionState is None:
            self._deferreds.append(deferred)
        else:
            result: Any = self._completionResult
            deferred.callback(result)
        return deferred

    def pause(self) -> None:
        """
        Take no steps until `resume`; each pause wants one of its own.

        Raises: TaskFinished if the task is over.
        """
        self._checkFinish()
        self._pauseCount += 1
        if self._pauseCount == 1:
            self._cooperator._removeTask(self)

    def resume(self) -> None:
        """
        Take back one `pause`.

        Raises: NotPaused if there is none.
        """
        if not self._pauseCount:
            raise NotPaused()
        self._pauseCount -= 1
        if not self._pauseCount and self._completionState is None:
            self._cooperator._addTask(self)

    def stop(self) -> None:
        """
        Take no more steps at all.

        Raises: TaskFinished if the task is over already.
        """
        self._checkFinish()
        self._completeWith(TaskStopped(), Failure._withoutTraceback(TaskStopped()))

    def _checkFinish(self) -> None:
        if self._completionState is not None:
            raise self._completionState

    def _completeWith(self, state: SchedulerError, result: Iterator[_T] | Failure) -> None:
        if self._completionState is not None:
            # The iterator stopped its own task in its last step.
            return
        self._completionState = state
        self._completionResult = result
        if not self._pauseCount:
            self._cooperator._removeTask(self)
        waiting, self._deferreds = self._deferreds, []
        for deferred in waiting:
            told: Any = result
            deferred.callback(told)

    def _stepped(self, result: Any) -> None:
        """Look at the end of the iterator, or at a Deferred that it gave."""
        if result is _ended:
            self._completeWith(TaskDone(), self._iterator)
            return
        if self._completionState is None:
            self.pause()
        result.addCallbacks(self._goOn, self._stepFailed)

    def _goOn(self, _: object) -> None:
        if self._pauseCount:
            self.resume()

    def _stepFailed(self, failure: Failure) -> None:
        if self._completionState is None:
            self._completeWith(TaskFailed(), failure)


class _Timer:
    """Tells when a slice of time is over."""

    #: Seconds that may be worked before the reactor runs again.
    MAX_SLICE = 0.01

    def __init__(self) -> None:
        self.end = time.monotonic() + self.MAX_SLICE

    def __call__(self) -> bool:
        return time.monotonic() >= self.end


def _defaultScheduler(work: Callable[[], None]) -> Any:
    from twisted.internet import reactor

    soon: Any = reactor
    return soon.callLater(0, work)


class Cooperator:
    """Takes steps of several iterators in turn."""

    def __init__(
        self,
        terminationPredicateFactory: Callable[[], Callable[[], bool]] = _Timer,
        scheduler: Callable[[Callable[[], None]], Any] = _defaultScheduler,
        started: bool = True,
    ) -> None:
        """
        Make one.

        Args:
            terminationPredicateFactory: called at the begin of each slice; what it returns is
                called after each step, and true ends the slice. By default a slice is 10 ms.
            scheduler: called with a function that is to be called soon; returns something with
                a ``cancel`` method. By default the reactor's next turn.
            started: false waits for `start`.
        """
        self._tasks: list[CooperativeTask[Any]] = []
        self._place = 0  # of the task whose turn it is; it stays where it is when tasks come and go
        self._terminationPredicateFactory = terminationPredicateFactory
        self._scheduler = scheduler
        self._delayedCall: Any = None
        self._stopped = False
        self._started = started

    def coiterate(
        self, iterator: Iterator[_T], doneDeferred: Deferred[Iterator[_T]] | None = None
    ) -> Deferred[Iterator[_T]]:
        """
        Take an iterator on.

        Args:
            iterator: the work. A Deferred that it yields is waited for.
            doneDeferred: fired at the end, as `CooperativeTask.whenDone` says; None makes one.
        Returns: that Deferred.
        """
        if doneDeferred is None:
            doneDeferred = Deferred()
        CooperativeTask(iterator, self).whenDone().chainDeferred(doneDeferred)
        return doneDeferred

    def cooperate(self, iterator: Iterator[_T]) -> CooperativeTask[_T]:
        """Take an iterator on, and give the task for it, which can be paused and stopped."""
        return CooperativeTask(iterator, self)

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._started and not self._stopped

    def start(self) -> None:
        """Begin, also after `stop`."""
        self._stopped = False
        self._started = True
        self._reschedule()

    def stop(self) -> None:
        """End all tasks with `SchedulerStopped`, and take on no more."""
        self._stopped = True
        for task in tuple(self._tasks):
            if task._completionState is None:
                self._refuse(task)
        self._tasks.clear()
        self._reschedule()

    def _refuse(self, task: CooperativeTask[Any]) -> None:
        task._completeWith(SchedulerStopped(), Failure._withoutTraceback(SchedulerStopped()))

    def _addTask(self, task: CooperativeTask[Any]) -> None:
        self._tasks.append(task)
        if self._stopped:
            self._refuse(task)
        else:
            self._reschedule()

    def _removeTask(self, task: CooperativeTask[Any]) -> None:
        try:
            self._tasks.remove(task)
        except ValueError:
            return
        if not self._tasks:
            self._reschedule()

    def _reschedule(self) -> None:
        """Have a call planned if there is something to do, and none if there is not."""
        if self._tasks and self.running:
            if self._delayedCall is None:
                self._delayedCall = self._scheduler(self._tick)
        elif self._delayedCall is not None:
            self._delayedCall.cancel()
            self._delayedCall = None

    def _tick(self) -> None:
        self._delayedCall = None
        tasks = self._tasks
        enough = self._terminationPredicateFactory()
        # The usual timer is looked at here: to call it would take as long as all else.
        end = enough.end if type(enough) is _Timer else None
        now = time.monotonic
        while tasks and not self._stopped:
            place = self._place
            if place >= len(tasks):
                place = 0
            task = tasks[place]
            self._place = place + 1
            try:
                result = next(task._iterator, _ended)
            except BaseException as error:
                task._completeWith(TaskFailed(), Failure(error))
            else:
                if result is not None and (result is _ended or isinstance(result, Deferred)):
                    task._stepped(result)
            if enough() if end is None else now() >= end:
                break
            if not tasks:
                self._place = 0
        self._reschedule()


_theCooperator = Cooperator()


def _shared() -> Cooperator:
    # By way of the face, where tests of programs put another one that their clock drives.
    import twisted.internet.task as face

    return face._theCooperator


def coiterate(iterator: Iterator[_T]) -> Deferred[Iterator[_T]]:
    """`Cooperator.coiterate` of one Cooperator that everybody shares."""
    return _shared().coiterate(iterator)


def cooperate(iterator: Iterator[_T]) -> CooperativeTask[_T]:
    """`Cooperator.cooperate` of one Cooperator that everybody shares."""
    return _shared().cooperate(iterator)
