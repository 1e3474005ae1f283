"""
Where the log of ``twist`` goes, and how it looks.
"""

from __future__ import annotations

import sys
from typing import TextIO

__all__ = ["startLogging"]


def startLogging(level: str, form: str, file: str) -> TextIO:
    """
    Begin to write the log.

    Args:
        level: the least important level that is written.
        form: one of `names.formatNames`; "auto" is for people: colourful on a terminal.
        file: a path, "-" for standard output or "+" for standard error.
    Returns: the file that it goes to.
    Raises: OSError if the file cannot be opened for writing.
    """
    from twisted.logger import (
        FilteringLogObserver,
        LogLevel,
        LogLevelFilterPredicate,
        globalLogBeginner,
    )
    from twisted.logger._formats import logFormats

    stream = _open(file)
    wanted = LogLevelFilterPredicate(LogLevel.levelWithName(level))
    if level == "info":
        # The reactor tells of each port and each signal, and so does the site, by its services'
        # names.
        wanted.setLogLevelForNamespace("twisted.internet.reactor", LogLevel.warn)
    observer = FilteringLogObserver(logFormats[form](stream), [wanted])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
    return stream


def _open(file: str) -> TextIO:
    if file == "-":
        return sys.stdout
    if file == "+":
        return sys.stderr
    return open(file, "a", encoding="utf-8")
