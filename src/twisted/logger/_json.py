"""
Events as JSON, and back.

A file of them is a sequence of records: a separator (RFC 7464: U+001E), an object, a line end; so
that a reader finds its way again after a record that was cut short. Without a separator each
line is a record.

What comes back: plain values; bytes as text (each byte the character of that number); a level as
the level; a failure as a `Failure` that has type, words and places of the original. Anything else
becomes ``{"unpersistable": true}``, but its text is kept, since an event is flattened first. No
name that stands in a record is ever looked up or imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final

from twisted.python.failure import Failure
from twisted.python.reflect import qual

from ._constants import NamedConstant
from ._file import FileLogObserver
from ._flatten import flattenEvent
from ._interfaces import LogEvent
from ._levels import InvalidLogLevelError, LogLevel, allLevels
from ._logger import Logger

log = Logger()

# These name, in records, what an object stands for. Upstream's numbers, for its files.
_levelId: Final = "02e59486-f24d-46ad-8224-3acdf2a5732a"
_failureId: Final = "e76887e2-20ed-49bf-a8f8-ba25cc586f2d"
_idKey: Final = "__class_uuid__"

_unpersistable: Final = {"unpersistable": True}

#: RFC 7464 section 2.2.
_recordSeparator: Final = "\x1e"

#: Bytes of the longest record that is read. A longer one is skipped, and logged as cut short.
largestRecord = 16 * 1024 * 1024


def eventAsJSON(event: LogEvent) -> str:
    """
    Make a line of JSON of an event.

    Returns: text in ASCII without a line end.
    """
    kept = event.copy()
    flattenEvent(kept)
    try:
        return json.dumps(kept, default=_simplified, skipkeys=True)
    except Exception:
        # A value that holds itself, is nested deeper than the encoder goes, or is a number of
        # more digits than Python writes.
        return json.dumps(_pruned(kept, ()), default=_simplified, skipkeys=True)


#: Levels of lists and dictionaries that are written of an event that cannot be written whole.
_deepest: Final = 24


def _pruned(value: object, around: tuple[object, ...]) -> object:
    """Copy a value without what holds itself, stands too deep or cannot be written."""
    if not isinstance(value, (dict, list, tuple)):
        return value if _canBeWritten(value) else _unpersistable
    if len(around) == _deepest or any(value is outer for outer in around):
        return _unpersistable
    around = (*around, value)
    if isinstance(value, dict):
        return {
            key: _pruned(held, around)
            for key, held in tuple(value.items())
            if _canBeWritten({key: None})
        }
    return [_pruned(held, around) for held in tuple(value)]


def _canBeWritten(value: object) -> bool:
    try:
        json.dumps(value, default=_simplified, skipkeys=True)
    except Exception:
        return False
    return True


def _simplified(thing: object) -> object:
    """Say in JSON's terms what is none of its own."""
    if isinstance(thing, bytes):
        return thing.decode("latin-1")
    if isinstance(thing, NamedConstant) and thing in allLevels:
        return {"name": thing.name, _idKey: _levelId}
    if isinstance(thing, Failure):
        try:
            return _failureState(thing)
        except Exception:
            return _unpersistable
    return _unpersistable


def _failureState(failure: Failure) -> dict[str, Any]:
    state = dict(failure.__getstate__())
    kind = state.get("type")
    state["type"] = {
        "__module__": str(getattr(kind, "__module__", "")),
        "__name__": str(getattr(kind, "__name__", kind)),
    }
    # Beside upstream's keys: the exception itself is not kept, but what it said is.
    state["message"] = failure.getErrorMessage()
    state[_idKey] = _failureId
    return state


def eventFromJSON(eventText: str) -> LogEvent:
    """
    Make an event of the JSON that `eventAsJSON` made.

    Raises: ValueError if it is no JSON, or not an object.
    """
    event = json.loads(eventText, object_hook=_revived)
    if not isinstance(event, dict):
        raise ValueError(f"an event is a JSON object, not {eventText[:80]!r}")
    return event


def _revived(found: dict[str, Any]) -> Any:
    named = found.get(_idKey)
    if not isinstance(named, str):
        return found
    named = named.lower()
    if named == _levelId:
        try:
            return LogLevel.levelWithName(found.get("name", ""))
        except (InvalidLogLevelError, TypeError):
            return None
    if named == _failureId and isinstance(found.get("type"), dict):
        return _failureFrom(found)
    return found


class KeptFailure(Failure):
    """
    What was kept of a failure.

    Its exception's class may not exist in this program, so one is made up that has its name, and
    classes are compared by their names.
    """

    def check(self, *errorTypes: Any) -> Any:
        """Find the first of some exception classes whose name the error's class or a base has."""
        for error in errorTypes:
            if (qual(error) if isinstance(error, type) else error) in self.parents:
                return error
        return None


def _failureFrom(state: dict[str, Any]) -> Failure:
    """Make a failure of what was kept of one."""
    state = {key: value for key, value in state.items() if key != _idKey}
    names = state["type"]
    kind = type(
        str(names.get("__name__", "Exception")),
        (Exception,),
        {"__module__": str(names.get("__module__", ""))},
    )
    value = state.get("value")
    message = state.pop("message", value)
    state["type"] = kind
    state["value"] = kind(message)
    failure = KeptFailure.__new__(KeptFailure)
    failure.__setstate__(state)
    return failure


def jsonFileLogObserver(
    outFile: IO[Any], recordSeparator: str = _recordSeparator
) -> FileLogObserver:
    """
    Make an observer that writes events as records of JSON.

    Args:
        outFile: a file open for writing.
        recordSeparator: stands before each record.
    """
    return FileLogObserver(outFile, lambda event: f"{recordSeparator}{eventAsJSON(event)}\n")


def eventsFromJSONLogFile(
    inFile: IO[Any], recordSeparator: str | None = None, bufferSize: int = 4096
) -> Iterable[LogEvent]:
    """
    Read the events of a file that `jsonFileLogObserver` wrote.

    A record that cannot be read is skipped, and an event on the error level is logged for it.

    Args:
        inFile: a file open for reading, text or bytes.
        recordSeparator: what stands before each record, "" for nothing; None to see from the
            file's first character which of U+001E and "" it is.
        bufferSize: how many bytes or characters are read at a time.
    """
    begin = b""
    if recordSeparator is None:
        begin = _asBytes(inFile.read(1))
        recordSeparator = _recordSeparator if begin == b"\x1e" else ""
    separator = recordSeparator.encode("utf-8")
    for record in _records(inFile, separator or b"\n", begin, bufferSize):
        event = _eventFromRecord(record, mustEnd=bool(separator))
        if event is not None:
            yield event


def _records(inFile: IO[Any], separator: bytes, begin: bytes, size: int) -> Iterator[bytes]:
    """Cut a file at its separators. Each byte is looked at once, however it comes in pieces."""
    held = bytearray(begin)
    searched = 0
    while True:
        chunk = _asBytes(inFile.read(size))
        held += chunk
        while (end := held.find(separator, searched)) >= 0:
            yield bytes(held[:end])
            del held[: end + len(separator)]
            searched = 0
        if not chunk:
            yield bytes(held)
            return
        if len(held) > largestRecord:
            # What is left of it is no JSON, and will be said to be cut short.
            del held[largestRecord // 2 :]
        searched = max(0, len(held) - len(separator) + 1)


def _asBytes(data: str | bytes) -> bytes:
    return data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data


def _eventFromRecord(record: bytes, mustEnd: bool) -> LogEvent | None:
    if not record or record == b"\n":
        return None
    if mustEnd and not record.endswith(b"\n"):
        log.error("Unable to read truncated JSON record: {record!r}", record=record)
        return None
    try:
        text = record.decode("utf-8")
    except UnicodeDecodeError:
        log.error("Unable to decode UTF-8 for JSON record: {record!r}", record=record)
        return None
    try:
        return eventFromJSON(text)
    except (ValueError, RecursionError):
        log.error("Unable to read JSON record: {record!r}", record=record)
        return None
