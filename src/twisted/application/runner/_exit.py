"""
Ending a process with a status that says why.

Source of the numbers: sysexits.h of BSD.
"""

from __future__ import annotations

from sys import exit as sysexit
from sys import stderr, stdout
from typing import Any, NoReturn

from constantly import ValueConstant, Values  # type: ignore[import-untyped]  # has no types

__all__ = ["ExitStatus", "exit"]


class ExitStatus(Values):  # type: ignore[misc]  # constantly has no types
    """
    Exit statuses that other programs know.
    """

    EX_OK = ValueConstant(0)
    EX_USAGE = ValueConstant(64)
    EX_DATAERR = ValueConstant(65)
    EX_NOINPUT = ValueConstant(66)
    EX_NOUSER = ValueConstant(67)
    EX_NOHOST = ValueConstant(68)
    EX_UNAVAILABLE = ValueConstant(69)
    EX_SOFTWARE = ValueConstant(70)
    EX_OSERR = ValueConstant(71)
    EX_OSFILE = ValueConstant(72)
    EX_CANTCREAT = ValueConstant(73)
    EX_IOERR = ValueConstant(74)
    EX_TEMPFAIL = ValueConstant(75)
    EX_PROTOCOL = ValueConstant(76)
    EX_NOPERM = ValueConstant(77)
    EX_CONFIG = ValueConstant(78)


def exit(status: Any, message: str | None = None) -> NoReturn:
    """
    End the process.

    Args:
        status: a number or one of `ExitStatus`.
        message: a last word: on standard output if the status is 0, on standard error otherwise.
    """
    number: int = status if isinstance(status, int) else status.value
    if message:
        file = stderr if number else stdout
        file.write(message + "\n")
        file.flush()
    sysexit(number)
