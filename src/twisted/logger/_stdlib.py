"""Handing events on to the standard library's logging."""

from __future__ import annotations

import logging
import sys
from types import FrameType
from typing import Any, Final

from zope.interface import implementer

from ._constants import NamedConstant
from ._format import formatEvent
from ._interfaces import ILogObserver, LogEvent
from ._levels import LogLevel

_severities: Final[dict[NamedConstant, int]] = {
    LogLevel.debug: logging.DEBUG,
    LogLevel.info: logging.INFO,
    LogLevel.warn: logging.WARNING,
    LogLevel.error: logging.ERROR,
    LogLevel.critical: logging.CRITICAL,
}

# Modules that stand between who logs and who observes: no line of theirs says where an event is
# from. (The older log's msg is guarded by a lock of twisted.python.threadable.)
_between: Final = frozenset(
    f"{__package__}.{room}" for room in ("_logger", "_observer", "_filter", "_legacy", "_stdlib")
) | {"twisted.python.log", "twisted.python.context", "twisted.python.threadable"}

# The depth that means "whoever called the observer".
_nearest = 4


class StringifiableFromEvent:
    """
    Stands for an event's text until somebody asks for it.

    Args:
        event: the event; it is copied, since a later observer may change it.
    """

    def __init__(self, event: LogEvent) -> None:
        self.event = event.copy()

    def __str__(self) -> str:
        return formatEvent(self.event)

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8")


@implementer(ILogObserver)
class STDLibLogObserver:
    """
    Makes a record of the `logging` module of each event.

    A record's place is that of the code that logged: beginning as far up as ``stackDepth`` says,
    the first that is not the logger's own. Its message is the event's text, its ``exc_info`` that
    of the event's ``log_failure``.

    Args:
        name: of the logger that gets the records.
        stackDepth: 4 for the caller of the observer, one more for each caller above that.
    """

    defaultStackDepth = _nearest

    def __init__(self, name: str = "twisted", stackDepth: int = defaultStackDepth) -> None:
        self.logger = logging.getLogger(name)
        self.stackDepth = stackDepth

    def __call__(self, event: LogEvent) -> None:
        level = _severities.get(event.get("log_level"), logging.INFO)  # type: ignore[arg-type]
        logger = self.logger
        if not logger.isEnabledFor(level):
            return
        code, line = _place(sys._getframe(1), self.stackDepth - _nearest)
        record = logger.makeRecord(
            logger.name,
            level,
            code.co_filename,
            line,
            StringifiableFromEvent(event),
            (),
            _excInfo(event.get("log_failure")),
            code.co_name,
        )
        logger.handle(record)


def _place(frame: FrameType, above: int) -> tuple[Any, int]:
    """Find the code and line that logged; the outermost where the stack ends before."""
    while frame.f_back is not None:
        if above > 0:
            above -= 1
        elif frame.f_globals.get("__name__") not in _between:
            break
        frame = frame.f_back
    return frame.f_code, frame.f_lineno


def _excInfo(failure: Any) -> Any:
    if failure is None:
        return None
    try:
        return failure.type, failure.value, failure.getTracebackObject()
    except Exception:
        return None
