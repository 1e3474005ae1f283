"""What the head of a response must look like (RFC 9113, section 8.3.2)."""

from __future__ import annotations

import re

from .faults import StreamFault
from .fields import Decoded, Fields, Head, partFields

__all__ = ["ResponseHead", "readResponse"]

_isStatus = re.compile(rb"[1-9][0-9]{2}").fullmatch
_switchingProtocols = 101


class ResponseHead(Head):
    """
    What the fields of a response say.

    Attributes: code: such as 200.
    """

    __slots__ = ("code",)

    def __init__(self, code: int, fields: Fields, size: int, count: int) -> None:
        super().__init__(fields, size, count)
        self.code = code

    def copied(self) -> ResponseHead:
        """Returns: the same, to be changed by somebody else."""
        other = ResponseHead.__new__(ResponseHead)
        self._copyTo(other)
        other.code = self.code
        return other


def readResponse(decoded: Decoded) -> ResponseHead:
    """
    Args: decoded: the fields of a response as they came.
    Returns: what they say.
    Raises: StreamFault for what is no response.
    """
    pseudo, fields, size, count = partFields(decoded)
    status = pseudo.get(b":status", b"")
    if len(pseudo) != 1 or _isStatus(status) is None:
        raise StreamFault(f"a response has the status {status!r:.60}, or other fields with a colon")
    code = int(status)
    if code == _switchingProtocols:
        raise StreamFault("the server wants to speak another protocol, which HTTP/2 does not know")
    return ResponseHead(code, fields, size, count)
