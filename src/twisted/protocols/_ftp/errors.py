"""
What can go wrong.

A server's `FTPCmdError`s know what to reply; a client's `FTPError`s say what came instead of what
was hoped for.

    FTPCmdError                         FTPError
      FileNotFoundError 550.1             ConnectionLost
      PermissionDeniedError 550.2         CommandFailed
      ...                                 BadResponse, UnexpectedResponse, UnexpectedData
"""

from __future__ import annotations

import errno as numbers
from typing import TYPE_CHECKING, Any

from twisted.internet import defer
from twisted.python.failure import Failure

from . import replies

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred


class InvalidPath(Exception):
    """A path that leads out of the root, or has in it what no name may have."""


class FTPCmdError(Exception):
    """
    A command cannot be carried out.

    Attributes:
        errorCode: the key of the reply that says so.
        errorMessage: what its text's ``%s`` stand for.
    """

    errorCode: str = replies.REQ_ACTN_NOT_TAKEN

    def __init__(self, *msg: object) -> None:
        Exception.__init__(self, *msg)
        self.errorMessage = msg

    def response(self) -> str:
        """Write the reply out."""
        return "\r\n".join(replies.replyLines(self.errorCode, *self.errorMessage))


class FileNotFoundError(FTPCmdError):
    """There is no such file or folder."""

    errorCode = replies.FILE_NOT_FOUND


class AnonUserDeniedError(FTPCmdError):
    """Whoever has no name may change nothing."""

    errorCode = replies.ANON_USER_DENIED


class PermissionDeniedError(FTPCmdError):
    """This user may not do that there."""

    errorCode = replies.PERMISSION_DENIED


class IsNotADirectoryError(FTPCmdError):
    """A folder was wanted, and this is something else."""

    errorCode = replies.IS_NOT_A_DIR


class FileExistsError(FTPCmdError):
    """There is something of that name already."""

    errorCode = replies.FILE_EXISTS


class IsADirectoryError(FTPCmdError):
    """A file was wanted, and this is a folder."""

    errorCode = replies.IS_A_DIR


class CmdSyntaxError(FTPCmdError):
    """This is no command."""

    errorCode = replies.SYNTAX_ERR


class CmdArgSyntaxError(FTPCmdError):
    """The command's argument is none."""

    errorCode = replies.SYNTAX_ERR_IN_ARGS


class CmdNotImplementedError(FTPCmdError):
    """The command is not known here."""

    errorCode = replies.CMD_NOT_IMPLMNTD


class CmdNotImplementedForArgError(FTPCmdError):
    """The command is known, but not with this argument."""

    errorCode = replies.CMD_NOT_IMPLMNTD_FOR_PARAM


class PASVIPv6NotImplementedError(FTPCmdError):
    """PASV has no room for an IPv6 address."""

    errorCode = replies.PASV_IPV6_NOT_IMPLEMENTED


class UnsupportedNetworkProtocolError(FTPCmdError):
    """Neither IPv4 nor IPv6."""

    errorCode = replies.UNSUPPORTED_NETWORK_PROTOCOL


class BadCmdSequenceError(FTPCmdError):
    """Another command has to come before this one."""

    errorCode = replies.BAD_CMD_SEQ


class AuthorizationError(FTPCmdError):
    """The name and the password do not go together."""

    errorCode = replies.AUTH_FAILURE


class OptionNotImplementedError(FTPCmdError):
    """OPTS for what has no options here."""

    errorCode = replies.OPTS_NOT_IMPLEMENTED


class ForeignAddressError(FTPCmdError):
    """Data would go to somebody else (RFC 2577 section 3)."""

    errorCode = replies._foreignAddress


class EncryptionNeededError(FTPCmdError):
    """No name and no password is taken before TLS."""

    errorCode = replies._encryptionNeeded


class ProtectionRefusedError(FTPCmdError):
    """PROT with a level that is not on offer."""

    errorCode = replies._protectionRefused


class TransferAbortedError(FTPCmdError):
    """The data connection ended too early."""

    errorCode = replies.CNX_CLOSED_TXFR_ABORTED


class NoDataConnectionError(FTPCmdError):
    """There is no data connection, though one was asked for."""

    errorCode = replies.CANT_OPEN_DATA_CNX


class NoRoomError(FTPCmdError):
    """The disk is full."""

    errorCode = replies.REQ_ACTN_ABRTD_INSUFF_STORAGE


class PortConnectionError(Exception):
    """The data connection did not come about."""


class FTPError(Exception):
    """What a client's Deferreds fail with."""


class ConnectionLost(FTPError):
    """The control connection ended before the answer."""


class CommandFailed(FTPError):
    """The server answered that it did not do it. The lines of the answer are the argument."""


class BadResponse(FTPError):
    """The server answered what is no reply. The lines are the argument."""


class UnexpectedResponse(FTPError):
    """The server answered to what was not asked."""


class UnexpectedData(FTPError):
    """Data came that does not belong there."""


_byNumber: dict[int, type[FTPCmdError]] = {
    numbers.ENOENT: FileNotFoundError,
    numbers.EPERM: PermissionDeniedError,
    numbers.EACCES: PermissionDeniedError,
    numbers.EROFS: PermissionDeniedError,
    numbers.ENOTDIR: IsNotADirectoryError,
    numbers.EEXIST: FileExistsError,
    numbers.EISDIR: IsADirectoryError,
}


def errnoToFailure(e: int, path: str) -> Deferred[Any]:
    """
    Tell a system's error in the protocol's words.

    Args:
        e: the number. One that has no such words leaves the exception that is being handled.
        path: what it was about.
    Returns: a Deferred that has failed.
    """
    kind = _byNumber.get(e)
    return defer.fail(Failure() if kind is None else kind(path))


def commandError(error: OSError, path: str) -> FTPCmdError:
    """
    Tell any system's error in the protocol's words; `errnoToFailure` knows fewer.

    Args:
        error: what was raised.
        path: what it was about, as the client named it.
    """
    number = error.errno or 0
    kind = _byNumber.get(number)
    if kind is not None:
        return kind(path)
    if number in (numbers.ENOSPC, numbers.EDQUOT):
        return NoRoomError()
    return FTPCmdError(f"{path}: {error.strerror}")
