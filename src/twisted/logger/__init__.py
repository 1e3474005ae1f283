"""
Structured logging: an event is a dictionary, its text is made when somebody shows it.

The face of the rooms in this package. What a program needs to log is made at once; what it needs
to write, filter or read logs is made when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._buffer import LimitedHistoryLogObserver as LimitedHistoryLogObserver
from ._format import eventAsText as eventAsText
from ._format import formatEvent as formatEvent
from ._format import formatEventAsClassicLogText as formatEventAsClassicLogText
from ._format import formatTime as formatTime
from ._format import timeFormatRFC3339 as timeFormatRFC3339
from ._global import LogBeginner as LogBeginner
from ._global import globalLogBeginner as globalLogBeginner
from ._interfaces import ILogObserver as ILogObserver
from ._interfaces import LogEvent as LogEvent
from ._levels import InvalidLogLevelError as InvalidLogLevelError
from ._levels import LogLevel as LogLevel
from ._logger import Logger as Logger
from ._logger import Operation as Operation
from ._logger import _loggerFor as _loggerFor
from ._observer import LogPublisher as LogPublisher
from ._observer import globalLogPublisher as globalLogPublisher

if TYPE_CHECKING:
    from ._flatten import extractField as extractField
    from ._io import LoggingFile as LoggingFile

# Public name -> the room that is opened for it.
_later = {
    "LoggingFile": "_io",
    "extractField": "_flatten",
}


def __getattr__(name: str) -> object:
    room = _later.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    thing = getattr(import_module(f"{__name__}.{room}"), name)
    globals()[name] = thing
    return thing


def __dir__() -> list[str]:
    return sorted({*globals(), *_later})
