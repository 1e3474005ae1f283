"""
The C library's ``posix_spawn``, with what `os.posix_spawn` leaves out.

That cannot change the directory, and closes every descriptor from a number on since Python 3.13
only: before, each open one has to be listed and named, which was a third of all that we do for a
child. The C library of GNU has both since 2.34. The functions are those of posix_spawn(3), and what
they are given is opaque: so much room that no system's structures are larger.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

__all__ = ["isThere", "spawn"]

_Room = ctypes.c_char * 1024
_allSignals = b"\xff" * 128  # a sigset_t, the largest of which has 1,024 bits
_resetsSignals, _leadsSession = 0x04, 0x80  # POSIX_SPAWN_SETSIGDEF and _SETSID, in <spawn.h>
_mostKept = 64
"""How many sets of descriptors are kept ready: as many as children that are often alive at once."""


class _Functions:
    """
    The functions that we call. Each returns an error number, 0 for none.

    Raises: AttributeError where the C library does not have one.
    """

    def __init__(self) -> None:
        self._library = ctypes.CDLL(None)
        number, text, place = ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p
        actions, attributes = "posix_spawn_file_actions_", "posix_spawnattr_"
        self.begin = self._find(actions + "init", place)
        self.end = self._find(actions + "destroy", place)
        self.duplicate = self._find(actions + "adddup2", place, number, number)
        self.closeFrom = self._find(actions + "addclosefrom_np", place, number)
        self.changeDirectory = self._find(actions + "addchdir_np", place, text)
        self.open = self._find(actions + "addopen", place, number, text, number, ctypes.c_uint)
        self.makeAttributes = self._find(attributes + "init", place)
        self.setFlags = self._find(attributes + "setflags", place, ctypes.c_short)
        self.resetSignals = self._find(attributes + "setsigdefault", place, place)
        self.spawn = self._find("posix_spawnp", place, text, place, place, place, place)

    def _find(self, name: str, *kinds: Any) -> Any:
        function = getattr(self._library, name)
        function.argtypes, function.restype = kinds, ctypes.c_int
        return function


@lru_cache(maxsize=1)
def _functions() -> _Functions | None:
    if not sys.platform.startswith("linux"):
        return None  # the numbers of the flags are those of Linux
    try:
        return _Functions()
    except (AttributeError, OSError):
        return None


def isThere() -> bool:
    """Whether this C library has all that `spawn` needs."""
    return _functions() is not None


class _Actions:
    """What a child does before it executes its program, for as many children as want the same."""

    def __init__(
        self, fds: tuple[int, ...], directory: bytes | None, terminal: bytes | None
    ) -> None:
        functions = _functions()
        assert functions is not None
        self._room = _Room()
        self._end = functions.end
        self.place = place = ctypes.addressof(self._room)
        _check(functions.begin(place))
        for wanted, ours in enumerate(fds):
            _check(functions.duplicate(place, ours, wanted))
        if terminal is not None:
            # A leader of a session gets the first terminal that it opens as its controlling one.
            _check(functions.open(place, len(fds), terminal, os.O_RDWR, 0))
        _check(functions.closeFrom(place, len(fds)))
        if directory is not None:
            _check(functions.changeDirectory(place, directory))

    def __del__(self) -> None:
        self._end(self.place)


_actions = lru_cache(maxsize=_mostKept)(_Actions)


class _Attributes:
    """How a child begins: with the default for each signal, and maybe as leader of a session."""

    def __init__(self, leadsSession: bool) -> None:
        functions = _functions()
        assert functions is not None
        self._room = _Room()
        self.place = place = ctypes.addressof(self._room)
        _check(functions.makeAttributes(place))
        _check(functions.setFlags(place, _resetsSignals | (_leadsSession if leadsSession else 0)))
        _check(functions.resetSignals(place, _allSignals))


_attributes = lru_cache(maxsize=2)(_Attributes)


def spawn(
    executable: bytes,
    args: Sequence[bytes],
    env: Mapping[bytes, bytes],
    fds: tuple[int, ...],
    directory: bytes | None,
    terminal: bytes | None,
) -> int:
    """
    Start a program, where `isThere`. No text has a NUL in it.

    Args:
        executable: its path, or a name that is looked for in PATH.
        env: its environment.
        fds: our descriptors that become the child's 0, 1, ...; each is larger than those.
        directory: that it starts in; None for ours.
        terminal: the name of what becomes its controlling terminal, in a session of its own.
    Returns: the number of its process.
    Raises: OSError if there can be no such process.
    """
    functions = _functions()
    assert functions is not None
    sys.audit("os.posix_spawn", executable, args, env)
    argv = (ctypes.c_char_p * (len(args) + 1))(*args)
    envp = (ctypes.c_char_p * (len(env) + 1))(*[b"%b=%b" % each for each in env.items()])
    pid = ctypes.c_int()
    actions = _actions(fds, directory, terminal)  # ours to hold, whatever leaves the cache
    begun = functions.spawn(
        ctypes.addressof(pid),
        executable,
        actions.place,
        _attributes(terminal is not None).place,
        ctypes.addressof(argv),
        ctypes.addressof(envp),
    )
    _check(begun)
    return pid.value


def _check(number: int) -> None:
    if number:
        raise OSError(number, os.strerror(number))
