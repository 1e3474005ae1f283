"""
Events in the JSON of the OpenTelemetry protocol, one line each.

Each line is a whole ``LogsData`` message, as the OTLP File Exporter specification has it, so that
a collector (``otlpjsonfile`` receiver) takes the file as it is. Identifiers of traces come from
`currentTrace`, or from the OpenTelemetry API where the program uses that; both hold for the code
that runs now, through coroutines and callbacks, as context variables do.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from time import time
from typing import Any, Final, NamedTuple, TextIO

from twisted.python.reflect import qual, safe_str

from ._constants import NamedConstant
from ._file import FileLogObserver
from ._format import formatEvent
from ._interfaces import LogEvent
from ._levels import LogLevel

#: SeverityNumber of the OpenTelemetry log data model.
_severities: Final[dict[NamedConstant | None, tuple[int, str]]] = {
    LogLevel.debug: (5, "DEBUG"),
    LogLevel.info: (9, "INFO"),
    LogLevel.warn: (13, "WARN"),
    LogLevel.error: (17, "ERROR"),
    LogLevel.critical: (21, "FATAL"),
}

#: Levels of lists and dictionaries within an attribute; deeper ones are written as text.
deepestAttribute: Final = 6

_hexadecimal: Final = frozenset("0123456789abcdef")


class Trace(NamedTuple):
    """
    What an event is part of.

    Attributes:
        traceId: 32 digits, lower-case hexadecimal.
        spanId: 16 digits, lower-case hexadecimal.
        sampled: is the trace recorded?
    """

    traceId: str
    spanId: str
    sampled: bool = True

    @classmethod
    def fromTraceparent(cls, header: str) -> Trace | None:
        """
        Read what an HTTP request says it is part of.

        Args:
            header: the value of the ``traceparent`` field.
        Returns: None if it is not as W3C Trace Context section 3.2 demands.
        """
        version, *parts = header.strip(" \t").split("-")
        # Versions to come may add parts behind; 00 has these three, ff is no version.
        if not _isHex(version, 2) or version == "ff" or len(parts) < 3:
            return None
        traceId, spanId, flags, *rest = parts
        if version == "00" and rest:
            return None
        if not (_isHex(traceId, 32) and _isHex(spanId, 16) and _isHex(flags, 2)):
            return None
        if not traceId.strip("0") or not spanId.strip("0"):
            return None
        return cls(traceId, spanId, bool(int(flags, 16) & 1))


#: What the running code is part of; set by whoever takes requests in.
currentTrace: ContextVar[Trace | None] = ContextVar("twisted.logger.currentTrace", default=None)


def _isHex(text: str, digits: int) -> bool:
    return len(text) == digits and _hexadecimal.issuperset(text)


def _traceNow() -> Trace | None:
    trace = currentTrace.get()
    if trace is not None:
        return trace
    # Never imported for this: a program that has spans has it already.
    telemetry: Any = sys.modules.get("opentelemetry.trace")
    if telemetry is None:
        return None
    try:
        span = telemetry.get_current_span().get_span_context()
        if not span.is_valid:
            return None
        flags = int(span.trace_flags)
        return Trace(f"{span.trace_id:032x}", f"{span.span_id:016x}", bool(flags & 1))
    except Exception:
        return None


def otlpLogObserver(
    outFile: TextIO, resource: Mapping[str, object] | None = None
) -> FileLogObserver:
    """
    Make an observer that writes events for an OpenTelemetry collector.

    Args:
        outFile: a file open for writing.
        resource: attributes of the program; if None, ``service.name`` from OTEL_SERVICE_NAME,
            and ``process.pid``.
    """
    if resource is None:
        name = os.environ.get("OTEL_SERVICE_NAME") or "unknown_service:twisted"
        resource = {"service.name": name, "process.pid": os.getpid()}
    speaker = {"attributes": _attributes(resource, 0)}

    def line(event: LogEvent) -> str:
        scope = {
            "scope": {"name": safe_str(event.get("log_namespace", ""))},
            "logRecords": [_record(event)],
        }
        message = {"resourceLogs": [{"resource": speaker, "scopeLogs": [scope]}]}
        return json.dumps(message, separators=(",", ":")) + "\n"

    return FileLogObserver(outFile, line)


def _record(event: LogEvent) -> dict[str, Any]:
    now = time()
    severity, name = _severities.get(event.get("log_level"), (0, ""))
    record: dict[str, Any] = {
        "timeUnixNano": _nanoseconds(event.get("log_time"), now),
        "observedTimeUnixNano": _nanoseconds(now, now),
        "severityNumber": severity,
        "severityText": name,
        "body": {"stringValue": formatEvent(event)},
        "attributes": _attributes(_tellable(event), 0),
    }
    trace = _traceNow()
    if trace is not None:
        record.update(traceId=trace.traceId, spanId=trace.spanId, flags=int(trace.sampled))
    return record


def _nanoseconds(when: object, otherwise: float) -> str:
    """Protocol Buffers' JSON has 64-bit numbers as text."""
    if not isinstance(when, (int, float)) or not 0 <= when < 1 << 33:
        when = otherwise
    return str(int(when * 1_000_000) * 1000)


def _tellable(event: LogEvent) -> dict[str, object]:
    """What is said of an event beside its text: the caller's own keys, template and exception."""
    told: dict[str, object] = {}
    for key, value in event.items():
        name = safe_str(key)
        if not name.startswith("log_"):
            told[name] = value
    if event.get("log_format"):
        told["log_format"] = event["log_format"]
    if event.get("log_system") is not None:
        told["log_system"] = event["log_system"]
    failure = event.get("log_failure")
    if failure is not None:
        told.update(_exceptionOf(failure))
    return told


def _exceptionOf(failure: Any) -> dict[str, object]:
    """The names are those of the OpenTelemetry conventions for exceptions."""
    try:
        return {
            "exception.type": qual(failure.type),
            "exception.message": failure.getErrorMessage(),
            "exception.stacktrace": failure.getTraceback(),
        }
    except Exception:
        return {"exception.message": safe_str(failure)}


def _attributes(values: Mapping[str, object], depth: int) -> list[dict[str, Any]]:
    return [
        {"key": safe_str(key), "value": _anyValue(value, depth)} for key, value in values.items()
    ]


def _anyValue(value: object, depth: int) -> dict[str, Any]:
    """A value as the ``AnyValue`` message; what that has no kind for is text."""
    if value is None:
        return {}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
        return {"intValue": str(int(value))}
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else _named(value)}
    if isinstance(value, bytes):
        from base64 import b64encode

        return {"bytesValue": b64encode(value).decode("ascii")}
    if depth < deepestAttribute:
        if isinstance(value, dict):
            return {"kvlistValue": {"values": _attributes(value, depth + 1)}}
        if isinstance(value, (list, tuple)):
            return {"arrayValue": {"values": [_anyValue(held, depth + 1) for held in value]}}
    return {"stringValue": safe_str(value)}


def _named(value: float) -> str:
    """Protocol Buffers' JSON names the numbers that JSON has no way to write."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
