"""The ways to write a log that a program offers by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TextIO

from ._interfaces import ILogObserver


def _auto(outFile: TextIO) -> ILogObserver:
    """For a person where one looks on, else as text."""
    if not outFile.isatty():
        return _text(outFile)
    from ._terminal import terminalLogObserver

    return terminalLogObserver(outFile)


def _text(outFile: TextIO) -> ILogObserver:
    """The classic lines: time, who speaks, text."""
    from ._file import textFileLogObserver

    return textFileLogObserver(outFile)


def _json(outFile: TextIO) -> ILogObserver:
    """Records that `eventsFromJSONLogFile` reads back."""
    from ._json import jsonFileLogObserver

    return jsonFileLogObserver(outFile)


def _otlp(outFile: TextIO) -> ILogObserver:
    """Lines for an OpenTelemetry collector."""
    from ._otlp import otlpLogObserver

    return otlpLogObserver(outFile)


#: Name -> makes an observer that writes to an open text file.
logFormats: Final[dict[str, Callable[[TextIO], ILogObserver]]] = {
    "auto": _auto,
    "text": _text,
    "json": _json,
    "otlp": _otlp,
}
