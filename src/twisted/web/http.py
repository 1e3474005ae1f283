"""
HTTP as a server speaks it: channels, requests, and what their messages are made of.

`HTTPFactory` makes an `HTTPChannel` for each connection, and that a `Request` for each request.
Most programs use `twisted.web.server.Site` and resources, which stand on these.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from twisted._faces import handOn
from twisted.python.deprecate import deprecatedModuleAttribute
from twisted.python.versions import Version
from twisted.web._http.channel import HTTPChannel, _NothingToPause
from twisted.web._http.coding import (
    PotentialDataLoss,
    _ChunkedTransferDecoder,
    _DataLoss,
    _IdentityTransferDecoder,
    _MalformedChunkedDataError,
    fromChunk,
    maxChunkSizeLineLength,
    toChunk,
)
from twisted.web._http.dates import (
    datetimeToLogString,
    datetimeToString,
    monthname,
    monthname_lower,
    stringToDatetime,
    timegm,
    weekdayname,
    weekdayname_lower,
)
from twisted.web._http.factory import (
    HTTPFactory,
    _GenericHTTPChannelProtocol,
)
from twisted.web._http.factory import (
    _genericHTTPChannelProtocolFactory as _genericHTTPChannelProtocolFactory,
)
from twisted.web._http.factory import (
    _MinimalLogFile as _MinimalLogFile,
)
from twisted.web._http.forms import parse_qs, urlparse
from twisted.web._http.logs import _escape as _escape
from twisted.web._http.logs import combinedLogFormatter, proxiedLogFormatter
from twisted.web._http.oldclient import HTTPClient
from twisted.web._http.request import (
    CACHED,
    NO_BODY_CODES,
    Request,
)
from twisted.web._http.request import (
    _IDeprecatedHTTPChannelToRequestInterface as _IDeprecatedHTTPChannelToRequestInterface,
)
from twisted.web._responses import (
    ACCEPTED,
    BAD_GATEWAY,
    BAD_REQUEST,
    CONFLICT,
    CREATED,
    EXPECTATION_FAILED,
    FORBIDDEN,
    FOUND,
    GATEWAY_TIMEOUT,
    GONE,
    HTTP_VERSION_NOT_SUPPORTED,
    IM_A_TEAPOT,
    INSUFFICIENT_STORAGE_SPACE,
    INTERNAL_SERVER_ERROR,
    LENGTH_REQUIRED,
    MOVED_PERMANENTLY,
    MULTI_STATUS,
    MULTIPLE_CHOICE,
    NO_CONTENT,
    NON_AUTHORITATIVE_INFORMATION,
    NOT_ACCEPTABLE,
    NOT_ALLOWED,
    NOT_EXTENDED,
    NOT_FOUND,
    NOT_IMPLEMENTED,
    NOT_MODIFIED,
    OK,
    PARTIAL_CONTENT,
    PAYMENT_REQUIRED,
    PERMANENT_REDIRECT,
    PRECONDITION_FAILED,
    PROXY_AUTH_REQUIRED,
    REQUEST_ENTITY_TOO_LARGE,
    REQUEST_TIMEOUT,
    REQUEST_URI_TOO_LONG,
    REQUESTED_RANGE_NOT_SATISFIABLE,
    RESET_CONTENT,
    RESPONSES,
    SEE_OTHER,
    SERVICE_UNAVAILABLE,
    SWITCHING,
    TEMPORARY_REDIRECT,
    UNAUTHORIZED,
    UNSUPPORTED_MEDIA_TYPE,
    USE_PROXY,
)
from twisted.web.http_headers import (
    _sanitizeLinearWhitespace as _sanitizeLinearWhitespace,
)

__all__ = [
    "ACCEPTED",
    "BAD_GATEWAY",
    "BAD_REQUEST",
    "CACHED",
    "CONFLICT",
    "CREATED",
    "EXPECTATION_FAILED",
    "FORBIDDEN",
    "FOUND",
    "GATEWAY_TIMEOUT",
    "GONE",
    "H2_ENABLED",
    "HTTP_VERSION_NOT_SUPPORTED",
    "IM_A_TEAPOT",
    "INSUFFICIENT_STORAGE_SPACE",
    "INTERNAL_SERVER_ERROR",
    "LENGTH_REQUIRED",
    "MOVED_PERMANENTLY",
    "MULTIPLE_CHOICE",
    "MULTI_STATUS",
    "NON_AUTHORITATIVE_INFORMATION",
    "NOT_ACCEPTABLE",
    "NOT_ALLOWED",
    "NOT_EXTENDED",
    "NOT_FOUND",
    "NOT_IMPLEMENTED",
    "NOT_MODIFIED",
    "NO_BODY_CODES",
    "NO_CONTENT",
    "OK",
    "PARTIAL_CONTENT",
    "PAYMENT_REQUIRED",
    "PERMANENT_REDIRECT",
    "PRECONDITION_FAILED",
    "PROXY_AUTH_REQUIRED",
    "REQUESTED_RANGE_NOT_SATISFIABLE",
    "REQUEST_ENTITY_TOO_LARGE",
    "REQUEST_TIMEOUT",
    "REQUEST_URI_TOO_LONG",
    "RESET_CONTENT",
    "RESPONSES",
    "SEE_OTHER",
    "SERVICE_UNAVAILABLE",
    "SWITCHING",
    "TEMPORARY_REDIRECT",
    "UNAUTHORIZED",
    "UNSUPPORTED_MEDIA_TYPE",
    "USE_PROXY",
    "HTTPChannel",
    "HTTPClient",
    "HTTPFactory",
    "PotentialDataLoss",
    "Request",
    "StringTransport",
    "combinedLogFormatter",
    "datetimeToLogString",
    "datetimeToString",
    "fromChunk",
    "maxChunkSizeLineLength",
    "monthname",
    "monthname_lower",
    "parseContentRange",
    "parse_qs",
    "protocol_version",
    "proxiedLogFormatter",
    "responses",
    "stringToDatetime",
    "timegm",
    "toChunk",
    "urlparse",
    "weekdayname",
    "weekdayname_lower",
]

protocol_version = "HTTP/1.1"
responses = RESPONSES
_NoPushProducer = _NothingToPause


def _hasHTTP2() -> bool:
    from importlib.util import find_spec

    return all(find_spec(name) for name in ("h2", "priority"))


H2_ENABLED = _hasHTTP2()


def parseContentRange(header: str) -> tuple[int, int, int | None]:
    """
    Args: header: the value of ``Content-Range``, in bytes: ``bytes 0-499/1234``.
    Returns: first and last byte, and how many there are in all, or None for ``*``.
    Raises: ValueError for anything else.
    """
    kind, _, rest = header.strip().partition(" ")
    if kind.lower() != "bytes":
        raise ValueError(f"the range {header!r:.60} is not one of bytes")
    span, _, size = rest.partition("/")
    first, _, last = span.partition("-")
    return int(first), int(last), None if size == "*" else int(size)


class StringTransport:
    """Takes what is written, as one piece."""

    def __init__(self) -> None:
        self.s = BytesIO()

    def writeSequence(self, seq: Any) -> None:
        """Take several pieces."""
        self.s.write(b"".join(seq))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.s, name)


handOn(
    __name__,
    HTTPChannel,
    HTTPClient,
    HTTPFactory,
    PotentialDataLoss,
    Request,
    _ChunkedTransferDecoder,
    _DataLoss,
    _GenericHTTPChannelProtocol,
    _IdentityTransferDecoder,
    _MalformedChunkedDataError,
    combinedLogFormatter,
    datetimeToLogString,
    datetimeToString,
    fromChunk,
    parse_qs,
    proxiedLogFormatter,
    stringToDatetime,
    timegm,
    toChunk,
    urlparse,
)

deprecatedModuleAttribute(
    Version("Twisted", 24, 7, 0),
    "Use twisted.web.client.Agent instead.",
    __name__,
    "HTTPClient",
)
