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
    from ._capture import capturedLogs as capturedLogs
    from ._file import FileLogObserver as FileLogObserver
    from ._file import textFileLogObserver as textFileLogObserver
    from ._filter import FilteringLogObserver as FilteringLogObserver
    from ._filter import ILogFilterPredicate as ILogFilterPredicate
    from ._filter import LogLevelFilterPredicate as LogLevelFilterPredicate
    from ._filter import PredicateResult as PredicateResult
    from ._flatten import extractField as extractField
    from ._io import LoggingFile as LoggingFile
    from ._json import eventAsJSON as eventAsJSON
    from ._json import eventFromJSON as eventFromJSON
    from ._json import eventsFromJSONLogFile as eventsFromJSONLogFile
    from ._json import jsonFileLogObserver as jsonFileLogObserver
    from ._legacy import LegacyLogObserverWrapper as LegacyLogObserverWrapper
    from ._stdlib import STDLibLogObserver as STDLibLogObserver

__all__ = [
    "FileLogObserver",
    "FilteringLogObserver",
    "ILogFilterPredicate",
    "ILogObserver",
    "InvalidLogLevelError",
    "LegacyLogObserverWrapper",
    "LimitedHistoryLogObserver",
    "LogBeginner",
    "LogEvent",
    "LogLevel",
    "LogLevelFilterPredicate",
    "LogPublisher",
    "Logger",
    "LoggingFile",
    "Operation",
    "PredicateResult",
    "STDLibLogObserver",
    "_loggerFor",
    "capturedLogs",
    "eventAsJSON",
    "eventAsText",
    "eventFromJSON",
    "eventsFromJSONLogFile",
    "extractField",
    "formatEvent",
    "formatEventAsClassicLogText",
    "formatTime",
    "globalLogBeginner",
    "globalLogPublisher",
    "jsonFileLogObserver",
    "textFileLogObserver",
    "timeFormatRFC3339",
]

# Public name -> the room that is opened for it.
_later = {
    "capturedLogs": "_capture",
    "FileLogObserver": "_file",
    "textFileLogObserver": "_file",
    "FilteringLogObserver": "_filter",
    "ILogFilterPredicate": "_filter",
    "LogLevelFilterPredicate": "_filter",
    "PredicateResult": "_filter",
    "extractField": "_flatten",
    "LoggingFile": "_io",
    "eventAsJSON": "_json",
    "eventFromJSON": "_json",
    "eventsFromJSONLogFile": "_json",
    "jsonFileLogObserver": "_json",
    "LegacyLogObserverWrapper": "_legacy",
    "STDLibLogObserver": "_stdlib",
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
