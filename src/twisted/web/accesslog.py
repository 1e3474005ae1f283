"""
Access logs as JSON lines: one object for each request, for programs to read.

    from twisted.web.accesslog import jsonLogFormatter
    site = server.Site(resource, logPath="access.json", logFormatter=jsonLogFormatter)

===========  =====================================================================
key          value
===========  =====================================================================
``time``     when the response was complete: ``2026-11-23T08:30:00.125Z``
``client``   the address of the client; null where there is none, as on UNIX sockets
``method``   ``GET``
``target``   what was asked for, with its query
``version``  ``HTTP/1.1``
``status``   the code of the response
``bytes``    of the body that was sent
``seconds``  from the request's head to the end of the response, where that was measured
``referer``  where the link was that was followed, if it is said
``agent``    what the client says it is, if it does
``trace``    the id of the trace, or else that of the request, if the client sent one
===========  =====================================================================

The time is measured for requests of a factory that `timedRequest` made.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timezone
from json import JSONEncoder
from typing import Any

from zope.interface import implementer, provider

from twisted.web.iweb import IAccessLogFormatter

__all__ = ["JSONLogFormatter", "jsonLogFormatter", "timedRequest"]

_encode = JSONEncoder(separators=(",", ":"), check_circular=False).encode
# https://www.w3.org/TR/trace-context/#traceparent-header: version, trace, parent, flags.
_traceparent = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_requestId = re.compile(rb"[0-9A-Za-z+/=_.:-]{1,128}")


def _text(field: bytes) -> str:
    return field.decode("utf-8", "backslashreplace")


def _trace(fields: Any) -> str | None:
    parent = fields.get(b"Traceparent")
    if parent:
        found = _traceparent.match(parent[0])
        if found is not None:
            return _text(found[1])
    given = fields.get(b"X-Request-Id")
    if given and _requestId.fullmatch(given[0]) is not None:
        return _text(given[0])
    return None


@implementer(IAccessLogFormatter)
class JSONLogFormatter:
    """
    Makes the lines.

    Args:
        seconds: gives the time, in seconds since 1970.
        monotonic: gives the time that `timedRequest` measures with.
    """

    def __init__(
        self,
        seconds: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._monotonic = monotonic

    def __call__(self, timestamp: str, request: Any) -> str:
        """
        Args:
            timestamp: of no use here: it has no fractions.
            request: complete.
        Returns: a JSON object in one line, in ASCII.
        """
        # The table behind the headers knows names in one spelling, and saves a copy of each list.
        fields: Any = request.requestHeaders._rawHeaders
        now = datetime.fromtimestamp(self._seconds(), timezone.utc)
        line: dict[str, Any] = {
            "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "client": getattr(request.client, "host", None),
            "method": _text(request.method),
            "target": _text(request.uri),
            "version": _text(request.clientproto),
            "status": request.code,
            "bytes": request.sentLength,
        }
        began = getattr(request, "began", None)
        if began is not None:
            line["seconds"] = round(self._monotonic() - began, 6)
        for key, name in ((b"Referer", "referer"), (b"User-Agent", "agent")):
            values = fields.get(key)
            if values:
                line[name] = _text(values[0])
        trace = _trace(fields)
        if trace is not None:
            line["trace"] = trace
        return _encode(line)


_default = JSONLogFormatter()


@provider(IAccessLogFormatter)
def jsonLogFormatter(timestamp: str, request: Any) -> str:
    """
    A line of JSON.

    Args:
        timestamp: the time, which is told more exactly than this.
        request: complete.
    """
    return _default(timestamp, request)


def timedRequest(
    requestFactory: Any = None, monotonic: Callable[[], float] = time.monotonic
) -> type[Any]:
    """
    Make a class of requests that know when they began.

    Args:
        requestFactory: the class to derive from; that of `twisted.web.server` if None.
        monotonic: gives the time.
    Returns: for ``Site(requestFactory=...)``; each request has it as ``began``.
    """
    if requestFactory is None:
        from twisted.web.server import Request as requestFactory

    class TimedRequest(requestFactory):  # type: ignore[misc]  # known at run time
        """A request that knows when it began."""

        def __init__(self, *args: Any, **kw: Any) -> None:
            self.began = monotonic()
            super().__init__(*args, **kw)

    return TimedRequest
