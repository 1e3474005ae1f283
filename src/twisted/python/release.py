"""Commands of the shell, for those who put a release together."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["CommandFailed", "DirectoryDoesntExist", "DirectoryExists", "runChdirSafe", "sh"]

_T = TypeVar("_T")


class DirectoryExists(OSError):
    """There is a directory where there should be none."""


class DirectoryDoesntExist(OSError):
    """There is no directory where there should be one."""


class CommandFailed(OSError):
    """A command ended with another status than 0."""


def sh(command: str, null: bool = True, prompt: bool = False) -> None:
    """
    Run a command in the shell.

    Args:
        command: the command, which the shell interprets: never build it from what others say.
        null: whether to throw its output away.
        prompt: whether to ask the person at the terminal before.
    Raises: CommandFailed if it ends with another status than 0.
    """
    import subprocess

    print("$", command)
    if prompt and input("run it? [Y/n] ").strip().lower() not in ("", "y", "yes"):
        return
    output = subprocess.DEVNULL if null else None
    status = subprocess.run(command, shell=True, stdout=output, check=False).returncode
    if status:
        raise CommandFailed(f"{command!r} ended with status {status}")


def runChdirSafe(f: Callable[..., _T], *args: Any, **kw: Any) -> _T:
    """Call a function, and be in the same directory as before when it is done."""
    before = os.path.abspath(".")
    try:
        return f(*args, **kw)
    finally:
        os.chdir(before)
