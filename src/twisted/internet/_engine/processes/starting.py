"""
How a child starts. There are three ways, and the first one that can do what is asked is taken:

- ``posix_spawn``, which does not copy the tables of our memory: a parent of a gigabyte starts
  children as fast as a small one. It cannot change directory or user.
- `subprocess`, whose start in C is nearly as fast, for a child with another directory; and where
  many descriptors are open, for it closes all of them with one call, and ``posix_spawn`` has to be
  told of each, before Python 3.13 (with 5,000 open, a start and an end took 2 ms this way and
  10 ms that way).
- ``fork``, which can do everything. It is also taken when another way fails, since only a child
  of ours can say on its own standard error why the program could not be executed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from .descriptors import _getFileActions, descriptorStates, firstFree

__all__ = ["Child", "start"]

_close = getattr(os, "POSIX_SPAWN_CLOSE", 1)
_dup2 = getattr(os, "POSIX_SPAWN_DUP2", 2)
_closeFrom = getattr(
    os, "POSIX_SPAWN_CLOSEFROM", None
)  # since Python 3.13, where the system has it

_manyDescriptors = 128  # open ones, from which on naming them takes longer than `subprocess` does


class Child:
    """
    What a child shall be.

    Attributes:
        fds: its descriptors, and which of ours each one is.
        terminal: the name of the terminal that is to be its controlling one, at descriptor 0.
        prepare: called in the child when it has its descriptors, if any.
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
        self.executable, self.env, self.path = executable, env, path
        # No program can have no name at all.
        self.args = tuple(args) or (executable,)
        self.uid, self.gid = uid, gid
        self.fds = fds
        self.terminal = terminal
        self.prepare = prepare

    @property
    def changesUser(self) -> bool:
        """Whether it runs as another user or group."""
        return self.uid is not None or self.gid is not None


def start(child: Child, forkOnly: bool = False) -> int:
    """
    Start a child.

    Args:
        forkOnly: whether only ``fork`` will do.
    Returns: the number of its process.
    Raises: OSError if there can be no process.
    """
    if not forkOnly and not child.changesUser and child.prepare is None:
        pid = None
        # Each of our descriptors has the lowest number that was free.
        manyAreOpen = not _isPlain(child) and max(child.fds.values(), default=0) >= _manyDescriptors
        if manyAreOpen or child.path is not None:
            pid = _startByLibrary(child)
        if pid is None and child.path is None:
            pid = _spawn(child)
        if pid is not None:
            return pid
    return _fork(child)


# posix_spawn


def _spawn(child: Child) -> int | None:
    """Returns: the process, or None where this way is no way."""
    if not hasattr(os, "posix_spawnp"):
        return None
    steps: list[Any]
    if _isPlain(child):
        steps = [(_dup2, ours, wanted) for wanted, ours in child.fds.items()]
        steps.append((_closeFrom, len(child.fds)))
    else:
        states = descriptorStates()
        steps = list(_getFileActions(states, child.fds, _close, _dup2))
    options: dict[str, Any] = {}
    if child.terminal is not None:
        # A leader of a session gets the first terminal that it opens as its controlling one.
        if not sys.platform.startswith("linux"):
            return None
        free = firstFree({fd for fd, _ in states} | {*child.fds, *child.fds.values()})
        opening = (os.POSIX_SPAWN_OPEN, free, child.terminal, os.O_RDWR, 0)
        steps = [opening, (_close, free), *steps]
        options["setsid"] = True
    try:
        return os.posix_spawnp(
            child.executable,
            child.args,
            _encoded(child.env),
            file_actions=steps,
            setsigdef=_resettable(),
            **options,
        )
    except (OSError, NotImplementedError):
        return None


def _isPlain(child: Child) -> bool:
    """
    Whether a child can be given its descriptors without a list of those that are open.

    That is so where they are the first ones, none of ours is among those, and the system closes the
    others by itself. To list them takes a twentieth of a start.
    """
    count = len(child.fds)
    return (
        _closeFrom is not None
        and child.terminal is None
        and max(child.fds, default=-1) == count - 1
        and min(child.fds.values(), default=count) >= count
    )


def _encoded(env: Mapping[Any, Any]) -> Mapping[Any, Any]:
    # Our own environment keeps its bytes here. By way of its methods each of them would be
    # decoded and encoded again, which took a fifth of all that Python does for a child.
    return getattr(env, "_data", env) if env is os.environ else env


def _resettable() -> list[int]:
    """The signals that can be handled or ignored; a child starts with the default for each."""
    global _signals
    if not _signals:
        fixed = (signal.SIGKILL, signal.SIGSTOP)
        _signals = [number for number in signal.valid_signals() if number not in fixed]
    return _signals


_signals: list[int] = []


# subprocess


def _startByLibrary(child: Child) -> int | None:
    """Returns: the process, or None where this way is no way."""
    if set(child.fds) != {0, 1, 2} or child.terminal is not None or _signalsIgnored():
        return None
    import subprocess

    try:
        made = subprocess.Popen(
            child.args,
            executable=child.executable,
            stdin=child.fds[0],
            stdout=child.fds[1],
            stderr=child.fds[2],
            cwd=child.path,
            env=child.env,
            close_fds=True,
        )
    except (OSError, ValueError, IndexError):
        return None
    made.returncode = 0  # it is not for subprocess to reap it
    return made.pid


def _signalsIgnored() -> bool:
    """Whether signals are ignored that `subprocess` would let a child ignore as well."""
    # SIGXFZ is of other systems than those of typing's stubs.
    restored = {signal.SIGPIPE, getattr(signal, "SIGXFSZ", None), getattr(signal, "SIGXFZ", None)}
    return any(
        signal.getsignal(number) is signal.SIG_IGN
        for number in _resettable()
        if number not in restored
    )


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
        os.execvpe(child.executable, child.args, child.env)
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
        f"Upon execvpe of {child.executable!r} with the arguments {list(child.args)!r}:\n"
        f"{traceback.format_exc()}"
    )
    left = memoryview(text.encode("utf-8", "backslashreplace"))
    try:
        while left:
            left = left[os.write(2, left) :]
    except OSError:
        pass  # it has no standard error; the exit code has to do
