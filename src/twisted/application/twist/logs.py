"""
Where the log of ``twist`` goes, and how it looks.
"""

from __future__ import annotations

import re
import sys
from typing import Any, Final, TextIO

__all__ = ["notToldBefore", "startLogging"]

_REACTOR: Final = "twisted.internet.reactor"
_PORT: Final = re.compile(r"^[^\n]* starting on \S+$|^\(\w+ Port \S+ Closed\)$")


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
    told = [] if level == "debug" else [notToldBefore]
    observer = FilteringLogObserver(logFormats[form](stream), [*told, wanted])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
    return stream


def notToldBefore(event: dict[str, Any]) -> Any:
    """
    Leave out what the reactor says of ports and signals, where it is no warning.

    The site tells of both, by the names of its services.
    """
    from twisted.logger import LogLevel, PredicateResult

    if event.get("log_level") is not LogLevel.info:
        return PredicateResult.maybe
    namespace = event.get("log_namespace")
    about = namespace == "log_legacy" and _PORT.search(str(event.get("log_text", "")))
    return PredicateResult.no if about or namespace == _REACTOR else PredicateResult.maybe


def _open(file: str) -> TextIO:
    if file == "-":
        return sys.stdout
    if file == "+":
        return sys.stderr
    return open(file, "a", encoding="utf-8")
