"""
Small helpers for plain file descriptors.
"""

from __future__ import annotations

import os
from errno import EAGAIN, EINTR
from typing import TYPE_CHECKING

from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.error import ConnectionClosed

# Bytes taken by one `readFromFD`.
_readSize = 8192


def setNonBlocking(fd: int) -> None:
    """Have reads and writes of a descriptor return at once, with what is possible."""
    os.set_blocking(fd, False)


def setBlocking(fd: int) -> None:
    """Have reads and writes of a descriptor wait."""
    os.set_blocking(fd, True)


def _setCloseOnExec(fd: int) -> None:
    """Keep a descriptor from the programs that this process turns into."""
    os.set_inheritable(fd, False)


def _unsetCloseOnExec(fd: int) -> None:
    """Undo `_setCloseOnExec`."""
    os.set_inheritable(fd, True)


def readFromFD(fd: int, callback: Callable[[bytes], object]) -> ConnectionClosed | None:
    """
    Read once from a non-blocking descriptor.

    Args:
        fd: the descriptor.
        callback: called with what was read, unless that is nothing.
    Returns: None, or the reason for an end: what ``IReadDescriptor.doRead`` is to return.
    """
    try:
        data = os.read(fd, _readSize)
    except OSError as wrong:
        return None if wrong.errno in (EAGAIN, EINTR) else CONNECTION_LOST
    if not data:
        return CONNECTION_DONE
    callback(data)
    return None


def writeToFD(fd: int, data: bytes) -> int | ConnectionClosed:
    """
    Write once to a non-blocking descriptor.

    Returns: how many bytes went out, which may be 0; or the reason for an end.
    """
    try:
        return os.write(fd, data)
    except OSError as wrong:
        return 0 if wrong.errno in (EAGAIN, EINTR) else CONNECTION_LOST


__all__ = ["readFromFD", "setBlocking", "setNonBlocking", "writeToFD"]
