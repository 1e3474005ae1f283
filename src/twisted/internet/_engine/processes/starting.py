"""
How a child starts. There are three ways, and the first one that can do what is asked is taken:

- ``posix_spawn`` of the C library (`spawning`), which does not copy the tables of our memory: a
  parent of a gigabyte starts children as fast as a small one. It cannot change the user.
- ``posix_spawn`` of Python, where the C library lacks something, and for a child that is given
  other descriptors than the first ones. It cannot change the directory either.
- ``fork``, which can do everything. It is also taken when another way fails, since only a child
  of ours can say on its own standard error why the program could not be executed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from . import spawning
from .descriptors import _getFileActions, descriptorStates

__all__ = ["Child", "start"]

_close = getattr(os, "POSIX_SPAWN_CLOSE", 1)
_dup2 = getattr(os, "POSIX_SPAWN_DUP2", 2)
_equalsSign = ord("=")


class Child:
    """
    What a child shall be. Texts become bytes here, while its maker can be told what is wrong.

    Attributes:
        fds: its descriptors, and which of ours each one is.
        terminal: the name of the terminal that is to be its controlling one, at descriptor 0.
        prepare: called in the child when it has its descriptors, if any.
    Raises: TypeError for what is no text, ValueError for what no program can be given.
    """

    def __init__(
        self,
        executable: str | bytes,
        args: Sequence[str | bytes],
        env: Mapping[Any, Any],
        path: str | bytes | None,
        uid: int | None,
        gid: int | None,
        fds: Mapping[int, int],
        terminal: str | bytes | None = None,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        if isinstance(args, (str, bytes)):
            raise TypeError(f"args are a sequence of arguments, not the one text {args!r}")
        (self.executable,) = _encoded("executable", (executable,))
        # No program can have no name at all.
        self.args = _encoded("args", args) or [self.executable]
        self.env = _variables(env)
        self.path = None if path is None else _encoded("path", (path,))[0]
        self.uid, self.gid = uid, gid
        self.fds = fds
        self.terminal = None if terminal is None else os.fsencode(terminal)
        self.prepare = prepare

    @property
    def changesUser(self) -> bool:
        """Whether it runs as another user or group."""
        return self.uid is not None or self.gid is not None


def _encoded(what: str, texts: Iterable[str | bytes]) -> list[bytes]:
    encoded = []
    for text in texts:
        word = text if type(text) is bytes else os.fsencode(text)
        if 0 in word:
            raise ValueError(f"{what}: {text!r} has a NUL in it, which no program can be given")
        encoded.append(word)
    return encoded


def _variables(env: Mapping[Any, Any]) -> Mapping[bytes, bytes]:
    if env is os.environ:
        # It keeps bytes that were checked; by way of its methods each would be decoded and encoded
        # again, which took a fifth of all that Python does for a child.
        known = getattr(env, "_data", None)
        if isinstance(known, dict):
            return known
    names = _encoded("env", env.keys())
    for name in names:
        if not name or _equalsSign in name[1:]:
            raise ValueError(f"env: {name!r} is no name of a variable: it is empty, or has a '='")
    return dict(zip(names, _encoded("env", env.values()), strict=True))


def start(child: Child, forkOnly: bool = False) -> int:
    """
    Start a child.

    Args:
        forkOnly: whether only ``fork`` will do.
    Returns: the number of its process.
    Raises: OSError if there can be no process.
    """
    if not forkOnly and not child.changesUser and child.prepare is None:
        for way in (_spawn, _spawnByNames):
            pid = way(child)
            if pid is not None:
                return pid
    return _fork(child)


# posix_spawn


def _spawn(child: Child) -> int | None:
    """Returns: the process, or None where this way is no way."""
    fds = tuple([child.fds.get(wanted, -1) for wanted in range(len(child.fds))])
    # None of ours may have a number of the child's, which one of them is given before it.
    if min(fds, default=len(fds)) < len(fds) or not spawning.isThere():
        return None
    try:
        return spawning.spawn(
            child.executable, child.args, child.env, fds, child.path, child.terminal
        )
    except OSError:
        return None


def _spawnByNames(child: Child) -> int | None:
    """As `_spawn`, by the names of all descriptors that are open."""
    if child.path is not None or child.terminal is not None or not hasattr(os, "posix_spawnp"):
        return None
    try:
        return os.posix_spawnp(
            child.executable,
            child.args,
            child.env,
            file_actions=_getFileActions(descriptorStates(), child.fds, _close, _dup2),
            setsigdef=_resettable(),
        )
    except (OSError, NotImplementedError):
        return None


def _resettable() -> list[int]:
    """The signals that can be handled or ignored; a child starts with the default for each."""
    fixed = (signal.SIGKILL, signal.SIGSTOP)
    return [number for number in signal.valid_signals() if number not in fixed]


# fork


def _fork(child: Child) -> int:
    import gc
    import warnings

    _importForChild()
    steps = _getFileActions(descriptorStates(), child.fds, _close, _dup2)
    collects = gc.isenabled()
    # Garbage of ours must not be collected, and thereby be closed and flushed, in the child.
    gc.disable()
    try:
        with warnings.catch_warnings():
            # What Python warns of (threads, since 3.12) we know: the child soon executes.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
            if pid == 0:
                _becomeProgram(child, steps)
    finally:
        if collects:
            gc.enable()
    return pid


def _importForChild() -> None:
    """Import what a child needs: one of our threads may be importing it when we fork."""
    import fcntl
    import grp
    import pwd
    import termios
    import traceback

    from twisted.python import util

    _ = fcntl, grp, pwd, termios, traceback, util


def _becomeProgram(child: Child, steps: list[Any]) -> NoReturn:
    """In the child: execute the program, or tell why not and exit with 1."""
    try:
        sys.settrace(None)
        _takeDescriptors(child, steps)
        for number in _resettable():
            if signal.getsignal(number) is signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        if child.prepare is not None:
            child.prepare()
        if child.path is not None:
            os.chdir(child.path)
        if child.changesUser:
            _changeUser(child.uid, child.gid)
        os.execvpe(os.fsdecode(child.executable), child.args, child.env)
    except BaseException:
        _tellWhy(child)
    finally:
        os._exit(1)


def _takeDescriptors(child: Child, steps: list[Any]) -> None:
    if child.terminal is not None:
        import fcntl
        import termios

        os.setsid()
        fcntl.ioctl(child.fds[0], termios.TIOCSCTTY, 0)
    for step in steps:
        if step[0] == _close:
            try:
                os.close(step[1])
            except OSError:
                pass  # closed since the steps were decided
        else:
            os.dup2(step[1], step[2])


def _changeUser(uid: int | None, gid: int | None) -> None:
    uid = os.geteuid() if uid is None else uid
    gid = os.getegid() if gid is None else gid
    try:
        # Whoever gave up root for a while takes it back, to give it up for good.
        os.setuid(0)
        os.setgid(0)
    except PermissionError:
        pass
    if uid == os.getuid():
        os.setgid(gid)
    else:
        from twisted.python.util import switchUID

        switchUID(uid, gid)


def _tellWhy(child: Child) -> None:
    import traceback

    text = (
        f"Upon execvpe of {os.fsdecode(child.executable)!r} with the arguments "
        f"{[os.fsdecode(each) for each in child.args]!r}:\n"
        f"{traceback.format_exc()}"
    )
    left = memoryview(text.encode("utf-8", "backslashreplace"))
    try:
        while left:
            left = left[os.write(2, left) :]
    except OSError:
        pass  # it has no standard error; the exit code has to do
