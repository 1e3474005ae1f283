"""What children with pipes and children with a terminal have in common."""

from __future__ import annotations

import os
import signal
from typing import Any

from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.python.failure import Failure

from ..core import log, logUnhandled
from . import reaping

__all__ = ["_BaseProcess"]


class _BaseProcess:
    """
    One child, from its start until its protocol has heard of its end.

    Attributes:
        proto: the protocol; None once it has heard all.
        pid: number of the process; None once it was reaped.
        status: the system's status word, when it was reaped.
        lostProcess: what has ended of that which must end before ``processEnded`` is called.
    """

    proto: Any = None
    pid: int | None = None
    status: int | None = None
    lostProcess = 0

    def __init__(self, protocol: Any) -> None:
        self.proto = protocol

    def __repr__(self) -> str:
        return f"<{type(self).__name__} pid={self.pid} status={self.status}>"

    def _begin(self) -> None:
        """The child runs: tell the protocol, and have it reaped."""
        pid = self.pid
        assert pid is not None
        reaping.watchChild(pid, self)
        try:
            self.proto.makeConnection(self)
        except BaseException:
            logUnhandled(f"makeConnection of {self.proto!r}")

    # Ends

    def reapProcess(self) -> None:
        """See whether the child has exited. This never waits."""
        pid: Any = self.pid  # without one, waitpid says what is wrong
        try:
            reaped, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            # Somebody else reaped it, or SIGCHLD is ignored: all we know is that it is gone.
            reaped, status = pid, None
        except BaseException:
            log.failure("Failed to reap child {pid!r}", failure=Failure(), pid=pid)
            return
        if reaped:
            if pid in reaping._handlers():
                reaping.unregisterReapProcessHandler(pid, self)
            self.processEnded(status)

    def processEnded(self, status: int | None) -> None:
        """
        The child was reaped; its pipes may hold more.

        Args:
            status: the system's status word; None if nobody knows it.
        """
        self.lostProcess += 1
        self.pid = None
        self.status = status
        self._callProcessExited(self._getReason(status))
        self.maybeCallProcessEnded()

    def _callProcessExited(self, reason: Failure) -> None:
        exited = getattr(self.proto, "processExited", None)
        if exited is None:
            return
        try:
            exited(reason)
        except BaseException:
            logUnhandled(f"processExited of {self.proto!r}")

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol of the end, if it has exited and this was not told before."""
        proto = self.proto
        if not self.lostProcess or proto is None:
            return
        self.proto = None
        try:
            proto.processEnded(self._getReason(self.status))
        except BaseException:
            logUnhandled(f"processEnded of {proto!r}")

    def _getReason(self, status: int | None) -> Failure:
        if status is None:
            return Failure(ProcessTerminated())
        exitCode = ended = None
        if os.WIFEXITED(status):
            exitCode = os.WEXITSTATUS(status)
        else:
            ended = os.WTERMSIG(status)
        if exitCode == 0:
            return Failure(ProcessDone(status))
        return Failure(ProcessTerminated(exitCode, ended, status))

    # Signals

    def signalProcess(self, signalID: str | int) -> None:
        """
        Send a signal to the child.

        Args:
            signalID: a number, or a name such as ``"TERM"`` (``"SIGTERM"`` is as good).
        Raises:
            ProcessExitedAlready: there is no such process any more.
            ValueError: there is no such signal.
            OSError: this was not allowed.
        """
        if self.pid is None:
            raise ProcessExitedAlready()
        number = _signalNumber(signalID)
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            raise ProcessExitedAlready() from None


def _signalNumber(signalID: str | int) -> int:
    if not isinstance(signalID, str):
        return signalID
    name = signalID if signalID.startswith("SIG") else f"SIG{signalID}"
    try:
        return signal.Signals[name]
    except KeyError:
        known = ", ".join(sorted(each.name[3:] for each in signal.Signals))
        raise ValueError(f"there is no signal {signalID!r}, but: {known}") from None
