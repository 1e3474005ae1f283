"""
What can go wrong with a request.

::

    Exception
     +- BadHeaders, WrongBodyLength, ExcessWrite        the caller's mistakes
     +- RequestNotSent                                  the connection is not free for a request
     +- _WrapperException                               has ``reasons``, a list of Failures
     |   +- RequestGenerationFailed                     the body could not be made
     |   +- RequestTransmissionFailed                   the connection was lost on the way out
     |   +- ResponseFailed                              the response did not come to its end
     |       +- ResponseNeverReceived                   nothing of it has come
     +- ParseError                                      what came is no response
     |   +- BadResponseVersion
     |   +- BadFraming (a ValueError too)
     +- ConnectionAborted                               by `HTTP11ClientProtocol.abort`
     +- StreamReset (a ConnectionLost)                  a server of HTTP/2 ended one request
     +- ResponseDone                                    no error: the body is whole
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from twisted.internet.error import ConnectionLost

if TYPE_CHECKING:
    from twisted.python.failure import Failure
    from twisted.web.iweb import IResponse

__all__ = [
    "BadFraming",
    "BadHeaders",
    "BadResponseVersion",
    "ConnectionAborted",
    "ExcessWrite",
    "ParseError",
    "RequestGenerationFailed",
    "RequestNotSent",
    "RequestTransmissionFailed",
    "ResponseDone",
    "ResponseFailed",
    "ResponseNeverReceived",
    "StreamReset",
    "WrongBodyLength",
]


class BadHeaders(Exception):
    """A request needs exactly one ``Host``."""


class ExcessWrite(Exception):
    """The producer of a body wrote more after its end."""


class WrongBodyLength(Exception):
    """The producer of a body wrote more or less than its ``length``."""


class ParseError(Exception):
    """
    What came is no response.

    Attributes:
        data: the part of it that is wrong.
    """

    def __init__(self, reason: str, data: bytes) -> None:
        super().__init__(reason, data)
        self.data = data


class BadResponseVersion(ParseError):
    """A response names another protocol, or none."""


class BadFraming(ParseError, ValueError):
    """Where the body of a response ends could be read in two ways, or in none."""


class _WrapperException(Exception):
    """
    Attributes:
        reasons: the Failures behind it, the first one first.
    """

    def __init__(self, reasons: Sequence[Failure]) -> None:
        super().__init__(reasons)
        self.reasons = reasons


class RequestGenerationFailed(_WrapperException):
    """The body of a request could not be made; the connection is closed."""


class RequestTransmissionFailed(_WrapperException):
    """The connection was lost before all of a request was written."""


class ConnectionAborted(Exception):
    """The connection was closed by `HTTP11ClientProtocol.abort`."""


class StreamReset(ConnectionLost):
    """
    A server of HTTP/2 ended one request, and not the connection, on which others may be at work.

    Attributes:
        code: why, as RFC 9113, section 7, numbers it.
        isUnprocessed: whether the server said that it did nothing at all about the request.
    """

    def __init__(self, code: int, isUnprocessed: bool) -> None:
        did = "not look at the request" if isUnprocessed else "end the request"
        super().__init__(f"the server did {did}: error {code} of HTTP/2")
        self.code = code
        self.isUnprocessed = isUnprocessed


class ResponseDone(Exception):
    """The body of a response is whole. This is what ends a good one."""


class ResponseFailed(_WrapperException):
    """
    A response did not come to its end.

    Attributes:
        reasons: the Failures behind it.
        response: what is known of the response, or None.
    """

    def __init__(self, reasons: Sequence[Failure], response: IResponse | None = None) -> None:
        super().__init__(reasons)
        self.response = response


class ResponseNeverReceived(ResponseFailed):
    """The connection was lost before any of the response had come."""


class RequestNotSent(Exception):
    """The connection was closed already, or busy with another request: nothing was sent."""
