"""
Events as text, for people.

Law: nothing here raises, whatever an event holds (`formatWithCall` and `formatTime`, which do one
step only, excepted). An event that cannot be shown becomes a line that says so, with as much of
it as can be shown. Exceptions that are no `Exception` pass: a Ctrl-C that arrives in a
``__str__`` is meant for the program.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from ._interfaces import LogEvent
from ._template import fill

#: RFC 3339 section 5.6, but for the colon in the offset, which strftime has no way to say.
timeFormatRFC3339: Final = "%Y-%m-%dT%H:%M:%S%z"


def formatEvent(event: LogEvent) -> str:
    """
    Fill an event's fields in its format.

    Fields are those of `str.format`, named by the event's keys, and may be called:
    ``{connection.peer()}``. An event that was flattened is shown as it was at that time.

    Returns: the text, which is empty where there is no format; where the format cannot be filled
        in, words that say so.
    """
    try:
        template = event.get("log_format")
        if template is None:
            return ""
        if isinstance(template, bytes):
            template = template.decode("utf-8")
        elif not isinstance(template, str):
            raise TypeError(f"Log format must be str, not {template!r}")
        if "log_flattened" in event:
            from ._flatten import flatFormat

            return flatFormat(template, event["log_flattened"])
        return formatWithCall(template, event)
    except Exception as error:
        return formatUnformattableEvent(event, error)


def formatWithCall(formatString: str, mapping: dict[str, Any]) -> str:
    """
    Do what `str.format_map` does, and call the fields that end with ``()``.

    Raises: whatever a field's look-up, call or formatting raises, and ValueError for a format
        that is none.
    """
    if "()" in formatString:
        return fill(formatString, mapping)
    return formatString.format_map(mapping)


def formatUnformattableEvent(event: LogEvent, error: BaseException) -> str:
    """
    Say that an event cannot be shown, and show what can be.

    Args:
        event: the event.
        error: what went wrong.
    """
    try:
        return f"Unable to format event {event!r}: {error}"
    except Exception as worse:
        from twisted.python.reflect import safe_repr

        known = ", ".join(
            f"{safe_repr(key)} = {safe_repr(value)}" for key, value in _itemsOf(event)
        )
        return (
            f"MESSAGE LOST: unformattable object logged: {safe_repr(error)}\n"
            f"Recoverable data: {known}\n"
            f"Exception during formatting:\n{_account(worse)}"
        )


def _itemsOf(event: object) -> list[tuple[Any, Any]]:
    try:
        return list(event.items())  # type: ignore[attr-defined]  # whoever it is, it may fail
    except Exception:
        return [("event", event)]


def _account(error: BaseException) -> str:
    import traceback

    from twisted.python.reflect import safe_repr

    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception:
        return safe_repr(error)


def formatTime(
    when: float | None, timeFormat: str | None = timeFormatRFC3339, default: str = "-"
) -> str:
    """
    Show a time in the local time zone, as the system knows it at that time.

    Args:
        when: seconds since the epoch, or None.
        timeFormat: as `time.strftime` has it, and ``%f`` for six digits of microseconds; or None.
        default: what is given back where either of them is None.
    Raises: OverflowError, OSError, ValueError for a time that the platform has no calendar for,
        TypeError for one that is no number.
    """
    if when is None or timeFormat is None:
        return default
    if "%f" not in timeFormat:
        return time.strftime(timeFormat, time.localtime(when))
    seconds, micros = divmod(round(when * 1_000_000), 1_000_000)
    # Cut at "%%", so that the f of "%%f" is left alone.
    parts = timeFormat.split("%%")
    return time.strftime(
        "%%".join(part.replace("%f", f"{micros:06}") for part in parts), time.localtime(seconds)
    )


def formatEventAsClassicLogText(
    event: LogEvent, formatTime: Callable[[float | None], str] = formatTime
) -> str | None:
    r"""
    Show an event as log files do: time, ``[system]``, text, traceback.

    Lines after the first are indented with a tab, so that no text can pass for a second event.

    Args:
        event: the event.
        formatTime: shows the event's ``log_time``.
    Returns: text that ends with "\n"; None for an event that has nothing to say.
    """
    text = eventAsText(event, formatTime=formatTime)
    if not text:
        return None
    if "\n" in text:
        text = text.replace("\n", "\n\t")
    return text + "\n"


def eventAsText(
    event: LogEvent,
    includeTraceback: bool = True,
    includeTimestamp: bool = True,
    includeSystem: bool = True,
    formatTime: Callable[[float | None], str] = formatTime,
) -> str:
    """
    Show an event, with what is wanted around its text.

    Args:
        event: the event.
        includeTraceback: add the traceback of the event's ``log_failure``, on its own lines.
        includeTimestamp: begin with the time.
        includeSystem: then say who speaks: ``[log_system]``, else ``[namespace#level]``.
        formatTime: shows the event's ``log_time``.
    Returns: the text; empty for an event that has nothing to say.
    """
    text = textAndTraceback(event) if includeTraceback else formatEvent(event)
    if not text:
        return text
    if includeSystem:
        text = f"[{systemOf(event)}] {text}"
    if includeTimestamp:
        text = f"{_timeOf(event, formatTime)} {text}"
    return text


def textAndTraceback(event: LogEvent) -> str:
    """An event's text, and the traceback of its ``log_failure`` on the lines after it."""
    text = formatEvent(event)
    if "log_failure" in event:
        text = f"{text}\n{_tracebackOf(event['log_failure'])}"
    return text


def systemOf(event: LogEvent) -> str:
    """Who speaks in an event."""
    system = event.get("log_system")
    if system is not None:
        try:
            return str(system)
        except Exception:
            return "UNFORMATTABLE"
    level = event.get("log_level")
    try:
        name = "-" if level is None else getattr(level, "name", level)
        return f"{event.get('log_namespace', '-')}#{name}"
    except Exception:
        return "UNFORMATTABLE"


def _timeOf(event: LogEvent, show: Callable[[float | None], str]) -> str:
    try:
        return show(event.get("log_time"))
    except Exception as error:
        return f"(no time: {type(error).__name__})"


def _tracebackOf(failure: Any) -> str:
    try:
        return str(failure.getTraceback())
    except Exception as error:
        return f"(UNABLE TO OBTAIN TRACEBACK FROM EVENT):{_wordsOf(error)}"


def _wordsOf(error: Exception) -> str:
    from twisted.python.reflect import safe_str

    return safe_str(error)
