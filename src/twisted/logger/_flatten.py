"""
Keeping what an event's format needs, for when its objects are gone.

A flattened event carries, beside its format, the text of each field and the value that was found
for it, so that it can be written as JSON, read in another program, and shown there as here.
A key names the field as the format has it, ``name!conversion:spec``, with ``/2`` and so on after
it for a field that comes again; the value is kept under the key with an empty conversion.
"""

from __future__ import annotations

from collections import defaultdict
from string import Formatter
from typing import Any

from ._interfaces import LogEvent
from ._template import converted, fill, lookUp

aFormatter = Formatter()


class KeyFlattener:
    """Makes keys for the fields of one format, in their order."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, int] = defaultdict(int)

    def flatKey(self, fieldName: str, formatSpec: str | None, conversion: str | None) -> str:
        """
        Make the key of the next field.

        Args:
            fieldName: what stands before ``!`` and ``:``.
            formatSpec: what stands after ``:``, if anything.
            conversion: the letter after ``!``, if any.
        """
        key = f"{fieldName}!{conversion or ''}:{formatSpec or ''}"
        self._seen[key] += 1
        times = self._seen[key]
        return key if times == 1 else f"{key}/{times}"


def flattenEvent(event: LogEvent) -> None:
    """
    Add to an event, under ``log_flattened``, what its format needs.

    Nothing is added to an event that has no fields, nor to one whose fields cannot be filled in:
    showing it says what is wrong with it. An event that was flattened before is left alone.
    """
    if "log_flattened" in event or event.get("log_format") is None:
        return
    try:
        flattened = flattenedFields(event)
    except Exception:
        return
    if flattened:
        event["log_flattened"] = flattened


def flattenedFields(event: LogEvent) -> dict[str, Any]:
    """Look up each field of an event's format once. Raises what that raises."""
    keys = KeyFlattener()
    flattened: dict[str, Any] = {}
    for _, name, spec, conversion in aFormatter.parse(_templateOf(event["log_format"])):
        if name is None:
            continue
        value = lookUp(name, event)
        wanted = converted(value, conversion)
        text = format(wanted, fill(spec, event, 1)) if spec else str(wanted)
        flattened[keys.flatKey(name, spec, conversion or "s")] = text
        flattened[keys.flatKey(name, spec, None)] = value
    return flattened


def flatFormat(template: str, flattened: dict[str, Any]) -> str:
    """
    Show a format with fields that were kept.

    Raises: KeyError for a field that was not.
    """
    keys = KeyFlattener()
    pieces = []
    for literal, name, spec, conversion in aFormatter.parse(template):
        pieces.append(literal)
        if name is not None:
            pieces.append(str(flattened[keys.flatKey(name, spec, conversion or "s")]))
            # The value took a number of its own when it was kept.
            keys.flatKey(name, spec, None)
    return "".join(pieces)


def extractField(field: str, event: LogEvent) -> Any:
    """
    Get the value of a field of an event's format, whether the event has been kept or is fresh.

    Args:
        field: the field as the format has it, without braces; with a conversion (``!s``) its
            text is meant.
        event: the event, which is not changed.
    Raises: KeyError if the format has no such field.
    """
    ((_, name, spec, conversion),) = aFormatter.parse("{" + field + "}")
    assert name is not None
    key = KeyFlattener().flatKey(name, spec, conversion)
    flattened = event.get("log_flattened")
    if flattened is None:
        if event.get("log_format") is None:
            raise KeyError(key)
        flattened = flattenedFields(event)
    return flattened[key]


def _templateOf(logFormat: object) -> str:
    return logFormat.decode("utf-8") if isinstance(logFormat, bytes) else str(logFormat)
