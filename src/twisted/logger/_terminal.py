"""
Events for a person at a terminal: aligned, coloured, short.

    12:04:33.120 info   net.tcp               a connection from 192.0.2.7

What peers send finds its way into logs, so characters that would move the cursor, change colours
or turn the direction of writing are shown as escapes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, TextIO

from ._constants import NamedConstant
from ._file import FileLogObserver
from ._format import formatTime, textAndTraceback
from ._interfaces import LogEvent
from ._levels import LogLevel

#: Columns for who speaks. Of a longer name the end is shown, which tells more.
systemColumns: Final = 24

_names: Final[dict[NamedConstant | None, str]] = {
    LogLevel.debug: "debug",
    LogLevel.info: "info",
    LogLevel.warn: "warn",
    LogLevel.error: "error",
    LogLevel.critical: "crit",
}
_levelColumns: Final = max(map(len, _names.values()))

# Parameters of ECMA-48's SGR sequence.
_colours: Final[dict[NamedConstant | None, str]] = {
    LogLevel.debug: "2",
    LogLevel.info: "32",
    LogLevel.warn: "33",
    LogLevel.error: "31",
    LogLevel.critical: "1;37;41",
}
_faint: Final = "2"
_system: Final = "36"

# C0 and C1 controls but for the line end and the tab; marks, embeddings, overrides and isolates
# that turn the direction of writing (Unicode Standard Annex 9).
_dangerous: Final = {
    code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    for code in (
        *(code for code in range(0x20) if code not in (0x09, 0x0A)),
        *range(0x7F, 0xA0),
        0x061C,
        0x200E,
        0x200F,
        *range(0x2028, 0x202F),
        *range(0x2066, 0x206A),
    )
}


def harmless(text: str) -> str:
    """Show as escapes what a terminal would obey."""
    return text if text.isprintable() else text.translate(_dangerous)


def wantsColour(outFile: TextIO, environ: Mapping[str, str]) -> bool:
    """
    Should colours be used?

    Never where NO_COLOR is set to anything (no-color.org), always where FORCE_COLOR is, otherwise
    on a terminal that is not a dumb one.
    """
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return environ.get("TERM") != "dumb" and outFile.isatty()


def terminalLogObserver(
    outFile: TextIO, environ: Mapping[str, str] = os.environ
) -> FileLogObserver:
    """
    Make an observer that writes events for a person.

    Args:
        outFile: the terminal, or another text file, which gets the same without colours.
        environ: where wishes about colours are looked up.
    """
    paint = _paint if wantsColour(outFile, environ) else _leave

    def lines(event: LogEvent) -> str | None:
        text = harmless(textAndTraceback(event)).rstrip("\n")
        if not text:
            return None
        level = event.get("log_level")
        when = _time(event.get("log_time"))
        head = (
            f"{paint(_faint, when)} "
            f"{paint(_colours.get(level, _faint), _names.get(level, '-').ljust(_levelColumns))}  "
            f"{paint(_system, _shortened(event).ljust(systemColumns))} "
        )
        first, *rest = text.split("\n")
        indent = " " * (len(when) + _levelColumns + systemColumns + 4)
        return "\n".join([head + first, *(indent + paint(_faint, line) for line in rest)]) + "\n"

    return FileLogObserver(outFile, lines)


def _paint(colour: str, text: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def _leave(colour: str, text: str) -> str:
    return text


def _time(when: object) -> str:
    if not isinstance(when, (int, float)):
        return "--:--:--.---"
    try:
        return formatTime(when, "%H:%M:%S.%f")[:-3]
    except (OverflowError, OSError, ValueError):
        return "--:--:--.---"


def _shortened(event: LogEvent) -> str:
    system = event.get("log_system")
    if system is None or system == "-":
        system = event.get("log_namespace", "-")
    try:
        text = harmless(str(system).replace("\n", " "))
    except Exception:
        text = "UNFORMATTABLE"
    return text if len(text) <= systemColumns else f"…{text[1 - systemColumns :]}"
