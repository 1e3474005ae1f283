"""
A program that changes a `DirDBM` and kills itself after a given number of steps.

    python killedwriter.py FOLDER CHANGE STEPS

A step is the call of one function of C, or its return: every system call lies between two of them,
for `DirDBM` makes its changes by the plain calls of ``os``. Prints "whole" if it came to its end.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from twisted.persisted.dirdbm import DirDBM


def copied(db: DirDBM) -> None:
    db.copyTo(db.dname + "-copy")


changes: dict[str, Callable[[DirDBM], object]] = {
    "add": lambda db: db.__setitem__(b"new", b"n" * 9000),
    "replace": lambda db: db.__setitem__(b"old", b"changed" * 2000),
    "remove": lambda db: db.__delitem__(b"old"),
    "clear": lambda db: db.clear(),
    "copy": copied,
    "reopen": lambda db: DirDBM(db.dname),
}


def dieAfter(steps: int) -> None:
    left = steps

    def step(frame: object, event: str, argument: Any) -> None:
        nonlocal left
        if event in ("c_call", "c_return"):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(step)


def main(folder: str, change: str, steps: str) -> None:
    db = DirDBM(folder)
    if change == "reopen":
        for name in ("Ym90aA==_.rpl", "bG9uZQ==_.rpl", "b2xk_.new"):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(b"left by another")
    dieAfter(int(steps))
    changes[change](db)
    sys.setprofile(None)
    print("whole")


if __name__ == "__main__":
    main(*sys.argv[1:])
