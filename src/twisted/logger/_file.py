"""Writing events to files, as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from zope.interface import implementer

from twisted.python.compat import ioType

from ._format import formatEventAsClassicLogText, formatTime, timeFormatRFC3339
from ._interfaces import ILogObserver, LogEvent


@implementer(ILogObserver)
class FileLogObserver:
    """
    Writes what a function makes of each event to a file, and flushes it.

    Args:
        outFile: a file open for writing; bytes in UTF-8 are written to a binary one.
        formatEvent: makes text of an event; None or "" for nothing to write.
    """

    def __init__(self, outFile: IO[Any], formatEvent: Callable[[LogEvent], str | None]) -> None:
        self._encoding = "utf-8" if ioType(outFile) is bytes else None
        self._outFile = outFile
        self.formatEvent = formatEvent

    def __call__(self, event: LogEvent) -> None:
        text = self.formatEvent(event)
        if not text:
            return
        # One write for one event: what several threads log is not mixed within a line. Text that
        # is no Unicode, such as half a surrogate pair, is written as its escapes.
        encoding = self._encoding
        try:
            self._outFile.write(text.encode(encoding) if encoding else text)
        except UnicodeEncodeError:
            escaped = text.encode("ascii", "backslashreplace")
            self._outFile.write(escaped if encoding else escaped.decode("ascii"))
        self._outFile.flush()


def textFileLogObserver(
    outFile: IO[Any], timeFormat: str | None = timeFormatRFC3339
) -> FileLogObserver:
    """
    Make an observer that writes events as people read them, one line or more each.

    Args:
        outFile: a file open for writing.
        timeFormat: as `formatTime` has it; None for no time.
    """
    show = _clock(timeFormat)

    def textOf(event: LogEvent) -> str | None:
        return formatEventAsClassicLogText(event, formatTime=show)

    return FileLogObserver(outFile, textOf)


def _clock(timeFormat: str | None) -> Callable[[float | None], str]:
    """
    Make a function that shows times in one format.

    It remembers the latest second, since events come in bursts and strftime costs as much as all
    the rest of writing one. (A format with microseconds is not remembered.)
    """
    if timeFormat is None or "%f" in timeFormat:
        return lambda when: formatTime(when, timeFormat)
    latest: tuple[float | None, str] = (None, "")

    def show(when: float | None) -> str:
        nonlocal latest
        if when is None:
            return formatTime(when, timeFormat)
        second, text = latest
        # Not int(), which rounds times before the epoch the wrong way.
        if when // 1 != second:
            text = formatTime(when, timeFormat)
            latest = (when // 1, text)
        return text

    return show
