"""
Log to the log of the system, syslog.

Importing this fails where the system has none.
"""

from __future__ import annotations

import syslog
from collections.abc import Mapping
from typing import Any

from twisted.python import log

__all__ = ["DEFAULT_FACILITY", "DEFAULT_OPTIONS", "SyslogObserver", "startLogging"]

DEFAULT_OPTIONS = 0
DEFAULT_FACILITY = syslog.LOG_USER


class SyslogObserver:
    """Hands events of the log to syslog, a line at a time."""

    # Looked up here, so that a program may put others in their place.
    openlog: Any = staticmethod(syslog.openlog)
    syslog: Any = staticmethod(syslog.syslog)

    def __init__(
        self, prefix: str, options: int = DEFAULT_OPTIONS, facility: int = DEFAULT_FACILITY
    ) -> None:
        """
        Args:
            prefix: what stands before each line, usually the name of the program.
            options: those of ``openlog(3)``, such as ``LOG_PID``.
            facility: what kind of program this is, such as ``LOG_DAEMON``.
        """
        self.openlog(prefix, options, facility)

    def emit(self, eventDict: Mapping[str, Any]) -> None:
        """
        Log an event, each line of it by itself.

        Args:
            eventDict: the event. Its ``syslogPriority`` and ``syslogFacility`` say how to log
                it; LOG_ALERT for errors and LOG_INFO for the rest where they are missing.
        """
        text = log.textFromEventDict(dict(eventDict))
        if text is None:
            return
        usual = syslog.LOG_ALERT if eventDict["isError"] else syslog.LOG_INFO
        priority = int(eventDict.get("syslogPriority", usual))
        priority |= int(eventDict.get("syslogFacility", 0))
        system = eventDict["system"]
        for number, line in enumerate(text.rstrip("\n").split("\n")):
            # A tab shows that it goes on; others may log in between.
            self.syslog(priority, f"[{system}] {'' if number == 0 else chr(9)}{line}")


def startLogging(
    prefix: str = "Twisted",
    options: int = DEFAULT_OPTIONS,
    facility: int = DEFAULT_FACILITY,
    setStdout: int = 1,
) -> None:
    """
    Log to syslog from now on.

    Args:
        prefix: see `SyslogObserver`.
        options: see `SyslogObserver`.
        facility: see `SyslogObserver`.
        setStdout: whether what is printed is logged too.
    """
    log.startLoggingWithObserver(
        SyslogObserver(prefix, options, facility).emit, setStdout=setStdout
    )
