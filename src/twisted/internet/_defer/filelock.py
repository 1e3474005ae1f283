"""A lock that is a file, waited for with a Deferred."""

from __future__ import annotations

from typing import Any

from twisted.python.lockfile import FilesystemLock

from .deferred import Deferred
from .errors import AlreadyTryingToLockError, TimeoutError
from .simple import fail


class DeferredFilesystemLock(FilesystemLock):
    """A `FilesystemLock` that can be waited for."""

    #: Seconds between two attempts.
    _interval = 1
    _tryLockCall: Any = None
    _timeoutCall: Any = None

    def __init__(self, name: str, scheduler: Any = None) -> None:
        """
        Make one; nothing is locked yet.

        Args:
            name: the path of the file.
            scheduler: what provides `IReactorTime`; None is the reactor.
        """
        self._lockedDeferred: Deferred[None] | None = None
        FilesystemLock.__init__(self, name)
        if scheduler is None:
            from twisted.internet import reactor

            scheduler = reactor
        self._scheduler = scheduler

    def deferUntilLocked(self, timeout: float | None = None) -> Deferred[None]:
        """
        Try until the lock is ours.

        Args:
            timeout: seconds after which to give up; None never does.
        Returns: a Deferred that fires with None when the lock is ours, and fails with
            `TimeoutError` or, if this object is trying already, `AlreadyTryingToLockError`.
            Cancelling it gives up.
        """
        if self._lockedDeferred is not None:
            return fail(AlreadyTryingToLockError(f"{self.name} is being waited for already"))
        waiting: Deferred[None] = Deferred(lambda _: self._stopTrying())
        self._lockedDeferred = waiting
        if timeout is not None:
            self._timeoutCall = self._scheduler.callLater(timeout, self._giveUp, timeout)
        self._attempt()
        return waiting

    def _attempt(self) -> None:
        self._tryLockCall = None
        waiting = self._lockedDeferred
        if waiting is None:
            return
        try:
            locked = self.lock()
        except BaseException:
            self._stopTrying()
            waiting.errback()
            return
        if locked:
            self._stopTrying()
            waiting.callback(None)
        else:
            self._tryLockCall = self._scheduler.callLater(self._interval, self._attempt)

    def _giveUp(self, timeout: float) -> None:
        self._timeoutCall = None
        waiting = self._lockedDeferred
        if waiting is None:
            return
        self._stopTrying()
        waiting.errback(TimeoutError(f"{self.name} was not to be had within {timeout} seconds"))

    def _stopTrying(self) -> None:
        self._lockedDeferred = None
        for call in (self._tryLockCall, self._timeoutCall):
            if call is not None and call.active():
                call.cancel()
        self._tryLockCall = self._timeoutCall = None
