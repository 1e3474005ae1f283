"""What a peer did wrong, and how far that reaches (RFC 9113, section 5.4)."""

from __future__ import annotations

from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError

__all__ = ["ConnectionFault", "StreamFault"]


class ConnectionFault(ProtocolError):
    """
    The whole connection ends.

    Args:
        why: a sentence for the log.
        code: what the peer is told.
    """

    def __init__(self, why: str, code: ErrorCodes = ErrorCodes.PROTOCOL_ERROR) -> None:
        super().__init__(why)
        self.error_code = code


class StreamFault(ProtocolError):
    """One stream ends. Args: as `ConnectionFault`."""

    def __init__(self, why: str, code: ErrorCodes = ErrorCodes.PROTOCOL_ERROR) -> None:
        super().__init__(why)
        self.error_code = code
