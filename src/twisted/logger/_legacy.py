"""
Between events of this package and those of `twisted.python.log`.

An old event has ``message`` (a tuple of what was said), ``time``, ``system``, ``isError``, and
perhaps ``format`` (for ``%``), ``failure`` and ``why``. Going over, an event keeps all its keys
and gets those of the other kind that it lacks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from zope.interface import implementer

from ._constants import NamedConstant
from ._format import formatEvent
from ._interfaces import ILogObserver, LogEvent, Observer
from ._levels import LogLevel

if TYPE_CHECKING:
    LegacyObserver = Callable[[dict[str, Any]], object]

# The standard library's numbers and names for levels, which old events may carry as logLevel.
# They stand here as facts, so that nobody loads the logging module for them.
_byLogLevel: Final[dict[object, NamedConstant]] = {
    10: LogLevel.debug,
    20: LogLevel.info,
    30: LogLevel.warn,
    40: LogLevel.error,
    50: LogLevel.critical,
    "DEBUG": LogLevel.debug,
    "INFO": LogLevel.info,
    "WARN": LogLevel.warn,
    "WARNING": LogLevel.warn,
    "ERROR": LogLevel.error,
    "CRITICAL": LogLevel.critical,
    "FATAL": LogLevel.critical,
}


@implementer(ILogObserver)
class LegacyLogObserverWrapper:
    """
    Tells an old observer of events, in a copy of each that has what old ones have.

    Args:
        legacyObserver: called with each event.
    """

    def __init__(self, legacyObserver: LegacyObserver) -> None:
        self.legacyObserver = legacyObserver

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.legacyObserver!r})"

    def __call__(self, event: LogEvent) -> None:
        old = event.copy()
        old.setdefault("message", ())
        old.setdefault("time", event.get("log_time"))
        old.setdefault("system", event.get("log_system", "-"))
        if "format" not in old and event.get("log_format") is not None:
            from ._stdlib import StringifiableFromEvent

            # An old observer fills it in with %, which asks for the text only then.
            old["format"] = "%(log_legacy)s"
            old["log_legacy"] = StringifiableFromEvent(event)
            # A field of that name is not what old observers mean by it, and would come first.
            if not isinstance(old["message"], tuple):
                old["message"] = ()
        if "log_failure" in event:
            old.setdefault("failure", event["log_failure"])
            old.setdefault("isError", 1)
            if "why" not in old:
                old["why"] = formatEvent(event)
        elif "isError" not in old:
            level = event.get("log_level")
            old["isError"] = 1 if level is LogLevel.error or level is LogLevel.critical else 0
        self.legacyObserver(old)


def publishToNewObserver(
    observer: Observer,
    eventDict: dict[str, Any],
    textFromEventDict: Callable[[dict[str, Any]], str | None],
) -> None:
    """
    Tell an observer of an old event, which is changed to suit it.

    Args:
        observer: told.
        eventDict: an old event that belongs to the caller.
        textFromEventDict: makes the text of an old event, or None for one that has none.
    """
    new: LogEvent = {"log_time": eventDict["time"], "log_namespace": "log_legacy"}
    if "log_format" not in eventDict:
        text = textFromEventDict(eventDict)
        if text is not None:
            new.update(log_text=text, log_format="{log_text}")
    level = _levelOf(eventDict)
    if level is not None:
        new["log_level"] = level
    if "system" in eventDict:
        new["log_system"] = eventDict["system"]
    for key, value in new.items():
        eventDict.setdefault(key, value)
    observer(eventDict)


def _levelOf(eventDict: dict[str, Any]) -> NamedConstant | None:
    """The level of an old event; None where it names one that there is not."""
    if "logLevel" in eventDict:
        named = eventDict["logLevel"]
        try:
            return _byLogLevel.get(named.upper() if isinstance(named, str) else named)
        except TypeError:
            return None
    return LogLevel.critical if eventDict.get("isError") else LogLevel.info
