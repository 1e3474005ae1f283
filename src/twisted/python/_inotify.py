"""
Linux's inotify(7), as the C library offers it.

Raises ImportError where it does not.
"""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.python.filepath import FilePath

__all__ = ["INotifyError", "add", "init", "initializeModule", "libc", "remove"]


class INotifyError(Exception):
    """The system refused; the message says what, and why."""


def _refused(what: str) -> INotifyError:
    number = ctypes.get_errno()
    return INotifyError(f"{what}: {os.strerror(number) if number else 'no reason is known'}")


def init() -> int:
    """
    Open a descriptor to read events from.

    Raises: INotifyError, as where the user has too many of them already.
    """
    descriptor: int = libc.inotify_init()
    if descriptor < 0:
        raise _refused("inotify cannot be used")
    return descriptor


def add(fd: int, path: FilePath[Any], mask: int) -> int:
    """
    Watch a path.

    Args:
        fd: what `init` gave.
        path: a file or a directory.
        mask: the sum of the kinds of events that are wanted.
    Returns: the number that the events will have.
    Raises: INotifyError, as where there is no such path, or the user watches too many.
    """
    ctypes.set_errno(0)
    number: int = libc.inotify_add_watch(fd, path.asBytesMode().path, mask)
    if number < 0:
        raise _refused(f"{path!r} cannot be watched")
    return number


def remove(fd: int, wd: int) -> None:
    """
    Watch a path no longer.

    Args:
        fd: what `init` gave.
        wd: what `add` gave. It does not matter if the system has dropped it by itself.
    """
    libc.inotify_rm_watch(fd, wd)


def initializeModule(libc: Any) -> None:
    """
    Tell `ctypes` of the types of the functions that are used here.

    Args:
        libc: the C library.
    Raises: ImportError if it lacks one of them.
    """
    functions = {
        "inotify_init": [],
        "inotify_rm_watch": [ctypes.c_int, ctypes.c_int],
        "inotify_add_watch": [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32],
    }
    missing = [name for name in functions if not hasattr(libc, name)]
    if missing:
        raise ImportError(f"this system's C library has no {', '.join(missing)}")
    for name, types in functions.items():
        function = getattr(libc, name)
        function.argtypes = types
        function.restype = ctypes.c_int


try:
    libc: Any = ctypes.CDLL(None, use_errno=True)
except (OSError, TypeError) as error:
    raise ImportError("this system has no C library to ask for inotify") from error
initializeModule(libc)
