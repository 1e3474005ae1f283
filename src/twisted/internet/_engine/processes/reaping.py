"""
Learning that a child has exited, and collecting its status.

Where the kernel has them (Linux 5.3), each child is watched by a pidfd of its own: that needs no
signal handler, works in every thread and before the reactor runs, and costs nothing for children
that somebody else started. Elsewhere there is SIGCHLD: handled only while there are children, and
always handed on to the handler that was there before. ``waitpid`` is called for our children by
their numbers only, so that those of `subprocess` and others are left alone.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

from twisted.python.failure import Failure

from ..core import log
from ..nesting import readersOf

__all__ = [
    "reapAllProcesses",
    "reapProcessHandlers",
    "registerReapProcessHandler",
    "unregisterReapProcessHandler",
    "watchChild",
]

reapProcessHandlers: dict[int, Any] = {}
"""Our children that have not been reaped: what is told of the end of each process number."""

_watches: dict[int, Any] = {}


def _handlers() -> dict[int, Any]:
    # There are tests which put another dictionary in its place.
    import twisted.internet.process as face

    return face.reapProcessHandlers


def reapAllProcesses() -> None:
    """Reap every child that is registered and has exited."""
    for process in list(_handlers().values()):
        process.reapProcess()


def registerReapProcessHandler(pid: int, process: Any) -> None:
    """
    Have a child reaped.

    Args:
        pid: its number.
        process: ``process.processEnded(status)`` is called, at once if it has exited already;
            until then ``process.reapProcess()`` is, whenever it may have exited.
    Raises: RuntimeError if somebody is registered for that child.
    """
    if pid in _handlers():
        raise RuntimeError(f"child {pid!r} is registered already, for {_handlers()[pid]!r}")
    try:
        reaped, status = os.waitpid(pid, os.WNOHANG)
    except BaseException:
        log.failure("Failed to look after child {pid!r}", failure=Failure(), pid=pid)
        return
    if reaped:
        process.processEnded(status)
    else:
        watchChild(pid, process)


def watchChild(pid: int, process: Any) -> None:
    """
    Call ``process.reapProcess`` when a child has exited, in a later turn of the loop.

    Args:
        process: its ``reactor``, or the global one, does it.
    """
    _handlers()[pid] = process
    reactor = getattr(process, "reactor", None)
    if reactor is None:
        from twisted.internet import reactor
    loop = getattr(reactor, "_asyncioEventloop", None)
    if loop is None:
        return  # a double of a reactor: whoever made it reaps
    try:
        _watches[pid] = PidfdWatch(loop, pid, process.reapProcess)
    except (AttributeError, OSError):
        # No such call, not allowed, out of descriptors, or somebody reaped it already.
        _watches[pid] = SignalWatch(loop, pid, process.reapProcess)


def unregisterReapProcessHandler(pid: int, process: Any) -> None:
    """
    Undo `registerReapProcessHandler`.

    Raises: RuntimeError if that ``process`` is not registered for that child.
    """
    handlers = _handlers()
    if handlers.get(pid, _nobody) is not process:
        raise RuntimeError(f"{process!r} is not registered for child {pid!r}")
    del handlers[pid]
    watch = _watches.pop(pid, None)
    if watch is not None:
        watch.stop()


_nobody = object()


class PidfdWatch:
    """
    One child that is watched by its pidfd.

    Raises: OSError where there can be none.
    """

    __slots__ = ("_fd", "_loop", "_readers")

    def __init__(self, loop: Any, pid: int, onExit: Callable[[], object]) -> None:
        self._loop, self._readers = loop, readersOf(loop)
        self._fd = os.pidfd_open(pid)
        try:
            self._readers.add_reader(self._fd, onExit)
        except BaseException:
            os.close(self._fd)
            raise

    def stop(self) -> None:
        if not self._loop.is_closed():
            self._readers.remove_reader(self._fd)
        os.close(self._fd)


class SignalWatch:
    """One of the children that are looked after whenever a SIGCHLD comes."""

    _all: set[SignalWatch] = set()
    _former: Any = None
    _installed = False
    secondsBetweenLooks = 0.05
    """How often we look where no signal can be had, which is outside of the main thread."""

    def __init__(self, loop: Any, pid: int, onExit: Callable[[], object]) -> None:
        self._loop, self._onExit = loop, onExit
        self._pending = loop.call_soon(self._look)  # it may have exited before we listened
        SignalWatch._all.add(self)
        self._listens = SignalWatch._install()

    def _look(self) -> None:
        if self not in SignalWatch._all:
            return
        if not self._listens:
            self._pending = self._loop.call_later(self.secondsBetweenLooks, self._look)
        self._onExit()

    def stop(self) -> None:
        SignalWatch._all.discard(self)
        self._pending.cancel()
        if not SignalWatch._all:
            SignalWatch._uninstall()

    @classmethod
    def _install(cls) -> bool:
        """Returns: whether signals can be listened for."""
        if not cls._installed:
            try:
                cls._former = signal.signal(signal.SIGCHLD, cls._signalled)
            except ValueError:
                return False
            cls._installed = True
        return True

    @classmethod
    def _uninstall(cls) -> None:
        if not cls._installed or signal.getsignal(signal.SIGCHLD) != cls._signalled:
            return  # whoever took our place may call us: we stay, and then do nothing
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL if cls._former is None else cls._former)
        except ValueError:
            return  # not in this thread
        cls._installed = False

    @classmethod
    def _signalled(cls, number: int, frame: FrameType | None) -> None:
        for watch in list(cls._all):
            if not watch._loop.is_closed():
                watch._loop.call_soon_threadsafe(watch._look)
        if callable(cls._former):
            cls._former(number, frame)
