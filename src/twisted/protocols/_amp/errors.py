"""
What can go wrong in AMP.

::

    AmpError
        NoEmptyBoxes, InvalidSignature, IncompatibleVersions, OnlyOneTLS   our caller's mistake
        BadLocalReturn                                                     a responder's mistake
        TooLong                                                            ours or the peer's
        MalformedAmpBox, UnhandledCommand                                  the peer's mistake
        RemoteAmpError
            UnknownRemoteError                                             told by the peer
    ProtocolSwitched                                                       too late for AMP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.python.failure import Failure

UNKNOWN_ERROR_CODE = b"UNKNOWN"
UNHANDLED_ERROR_CODE = b"UNHANDLED"


class AmpError(Exception):
    """Base of the errors of AMP."""


class ProtocolSwitched(Exception):
    """The connection speaks another protocol by now, or is about to: no box can be sent."""


class OnlyOneTLS(AmpError):
    """TLS was started on this connection already."""


class NoEmptyBoxes(AmpError):
    """A box says neither what it asks nor what it answers."""


class InvalidSignature(AmpError):
    """Arguments are missing from a command, or it has none of that name."""


class MalformedAmpBox(AmpError):
    """What came is no box, is larger than a box may be, or answers nothing that was asked."""


class UnhandledCommand(AmpError):
    """The peer has no responder for a command."""


class IncompatibleVersions(AmpError):
    """The peer speaks another version of something."""


class TooLong(AmpError):
    """
    A key or value does not fit into a box.

    Attributes:
        isKey: whether it is a key; a value otherwise.
        isLocal: whether we were to send it; else the peer did.
        value: the string itself; None where it was not received.
        keyName: for a value, its key.
    """

    isKey: bool
    isLocal: bool
    value: bytes | None
    keyName: bytes | None

    def __init__(
        self, isKey: bool, isLocal: bool, value: bytes | None, keyName: bytes | None = None
    ) -> None:
        AmpError.__init__(self)
        self.isKey = isKey
        self.isLocal = isLocal
        self.value = value
        self.keyName = keyName

    def __repr__(self) -> str:
        side = "local" if self.isLocal else "remote"
        what = "key" if self.isKey else "value"
        name = "" if self.keyName is None else f" {self.keyName!r}"
        size = "" if self.value is None else f": {len(self.value)} bytes"
        return f"{side} {what}{name} does not fit into a box{size}"

    __str__ = __repr__


class BadLocalReturn(AmpError):
    """
    A responder returned something that its command cannot send.

    Attributes:
        message: which responder, and what it returned.
        enclosed: the failure to serialize it.
    """

    def __init__(self, message: str, enclosed: Failure) -> None:
        AmpError.__init__(self)
        self.message = message
        self.enclosed = enclosed

    def __repr__(self) -> str:
        return f"{self.message} ({self.enclosed.getBriefTraceback()})"

    __str__ = __repr__


class RemoteAmpError(AmpError):
    """
    An error with a code, as it goes over the wire. A responder may raise one itself.

    Attributes:
        errorCode: the code, as bytes.
        description: words for a person.
        fatal: whether the connection is closed after it was sent.
        local: where the error arose on this side, the failure.
    """

    def __init__(
        self, errorCode: bytes, description: Any, fatal: bool = False, local: Failure | None = None
    ) -> None:
        code = errorCode.decode("ascii", "backslashreplace")
        if local is None:
            here = words = ""
        else:
            here, words = " (local)", "\n" + local.getBriefTraceback()
        AmpError.__init__(self, f"Code<{code}>{here}: {description}{words}")
        self.local = local
        self.errorCode = errorCode
        self.description = description
        self.fatal = fatal


class UnknownRemoteError(RemoteAmpError):
    """The peer tells of an error that the command does not list."""

    def __init__(self, description: Any) -> None:
        RemoteAmpError.__init__(self, UNKNOWN_ERROR_CODE, description)


# Codes that any command may be answered with.
PROTOCOL_ERRORS: dict[bytes, type[AmpError]] = {UNHANDLED_ERROR_CODE: UnhandledCommand}
