"""
Locks that are held by processes and seen in the file system.

A lock is a symbolic link that leads nowhere: its target is the number of the process that holds
it. To make a link is one step that only one process can do, and who holds the lock can be read
even where that process has died without letting go.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable

__all__ = ["FilesystemLock", "isLocked"]

_onWindows = os.name == "nt"


def unique() -> str:
    """Give a string of digits that differs from one call to the next."""
    return str(time.time_ns() // 1_000_000)


# Looked up here at each use, so that a program may replace them.
kill: Callable[[int, int], object] | None
readlink: Callable[[str], str]
rmlink: Callable[[str], object]
symlink: Callable[[str, str], object]
if _onWindows:

    def _makeFile(value: str, filename: str) -> None:
        """Make a file that holds the value: most users there may not make links."""
        with open(filename, "x", encoding="ascii") as file:
            file.write(value)

    def _readFile(filename: str) -> str:
        """Read what `_makeFile` wrote."""
        with open(filename, encoding="ascii") as file:
            return file.read()

    # Signal 0 would end the process there, so a lock is held for as long as it is seen.
    kill, readlink, rmlink, symlink = None, _readFile, os.remove, _makeFile
else:
    kill, readlink, rmlink, symlink = os.kill, os.readlink, os.remove, os.symlink


class FilesystemLock:
    """
    A lock that one process at a time can hold.

    Attributes:
        name: the path of the lock.
        locked: whether it is held through this very object.
        clean: whether the process that held it before let go of it as it should. None until
            the lock was obtained.
    """

    clean: bool | None = None
    locked: bool = False

    def __init__(self, name: str) -> None:
        self.name = name

    def lock(self) -> bool:
        """
        Take the lock if it is free, or if the process that held it is no more.

        Returns: whether it is ours now.
        Raises:
            OSError: if the lock can be neither made nor read, or its holder not be looked for.
            ValueError: if a link of that name is no lock.
        """
        clean = True
        while not self._make():
            holder = self._holder()
            if holder is None:
                continue
            if not _isGone(holder):
                return False
            if self._clearAway(holder):
                clean = False
        self.locked = True
        self.clean = clean
        return True

    def unlock(self) -> None:
        """
        Let go of the lock.

        Raises:
            ValueError: if another process holds it.
            OSError: if nobody does.
        """
        holder = _asPid(self.name, readlink(self.name))
        if holder != os.getpid():
            raise ValueError(f"the lock {self.name!r} is held by process {holder}, not by us")
        rmlink(self.name)
        self.locked = False

    def _make(self) -> bool:
        """Make the lock, or tell that there is one already."""
        try:
            symlink(str(os.getpid()), self.name)
        except FileExistsError:
            return False
        return True

    def _holder(self) -> int | None:
        """Tell which process holds the lock, or None where it was released meanwhile."""
        try:
            target = readlink(self.name)
        except OSError as error:
            if error.errno == errno.ENOENT:
                return None
            raise
        return _asPid(self.name, target)

    def _clearAway(self, holder: int) -> bool:
        """
        Remove the lock that a process left behind, or tell that somebody else did.

        It is renamed before it is removed. Of two processes that find it at the same time, the
        slower one would else remove the new lock of the quicker one.
        """
        name = os.fsdecode(self.name)
        aside = f"{name}.{os.getpid()}.{unique()}"
        try:
            os.rename(name, aside)
            target = readlink(aside)
            if _asPid(aside, target) == holder:
                rmlink(aside)
                return True
        except FileNotFoundError:
            return False
        try:
            # It is the quicker one's; give it back, unless a third has made another.
            symlink(target, name)
        except FileExistsError:
            pass
        rmlink(aside)
        return False


def isLocked(name: str) -> bool:
    """
    Tell whether a process holds the lock of that name.

    A lock that was left behind by a process that is no more is cleared away on the way.
    """
    lock = FilesystemLock(name)
    if not lock.lock():
        return True
    lock.unlock()
    return False


def _asPid(name: str, target: str) -> int:
    """Read the number of a process from what a link leads to."""
    try:
        return int(target)
    except ValueError:
        raise ValueError(
            f"{name!r} is no lock: it leads to {target!r}, not to the number of a process"
        ) from None


def _isGone(pid: int) -> bool:
    """Tell whether there is no process of that number, as far as we can see."""
    if kill is None:
        return False
    try:
        kill(pid, 0)
    except OSError as error:
        if error.errno == errno.ESRCH:
            return True
        raise
    return False
