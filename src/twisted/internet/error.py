"""
What can go wrong, or merely end, in the event engine.

::

    ConnectError                       an attempt to connect failed; osError has the number
      ConnectBindError                   our own address could not be used
      UnknownHostError, NoRouteError, ConnectionRefusedError, TCPTimedOutError,
      BadFileError, ServiceNameUnknownError, SSLError
      UserError                          somebody here gave it up
        TimeoutError                       since it took too long
    ConnectionClosed                   a connection has ended
      ConnectionDone                     in order
        ProcessDone                        a program ended with status 0
      ConnectionLost                     not in order
        ConnectionAborted                  by our abortConnection
        ConnectionFdescWentAway, FileDescriptorOverrun
        ProcessTerminated                  a program ended otherwise
    BindError
      CannotListenError                which interface, port, and what the system said
    ReactorNotRunning, ReactorAlreadyRunning, ReactorNotRestartable: misuse of a reactor

An error's text is what its class says in ``MESSAGE``, then a colon and the arguments, if any. That
of a few is read by published programs, and by the people who search their logs: it stays.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress


def _sentence(message: str, *details: object) -> str:
    """Join what a class says and what it was given to ``Message: a b.``"""
    said = " ".join(str(detail) for detail in details)
    return f"{message}: {said}." if details else f"{message}."


class _Described:
    """Mixed in before an exception class: the text starts with the class's ``MESSAGE``."""

    MESSAGE: str
    args: tuple[object, ...]

    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *self.args)


# Binding and listening


class BindError(_Described, Exception):
    """A socket could not be bound to its address."""

    MESSAGE = "Binding to an address failed"


class CannotListenError(BindError):
    """
    A port could not be opened.

    Attributes:
        interface: the address that was to be bound; ``""`` is every one.
        port: the port number, or the path of a UNIX socket.
        socketError: what the operating system said.
    """

    def __init__(
        self, interface: str, port: int | str | bytes | None, socketError: BaseException
    ) -> None:
        super().__init__(interface, port, socketError)
        self.interface = interface
        self.port = port
        self.socketError = socketError

    def __str__(self) -> str:
        where = self.interface or "any"
        port = os.fsdecode(self.port) if isinstance(self.port, bytes) else self.port
        return f"Cannot listen on {where}:{port}: {self.socketError}."


class MulticastJoinError(Exception):
    """A multicast group could not be joined or left."""


class MessageLengthError(_Described, Exception):
    """A datagram is longer than the system can send."""

    MESSAGE = "The message is too long to be sent"


class DNSLookupError(_Described, OSError):
    """A host name has no address, or nobody could tell."""

    MESSAGE = "DNS lookup failed"

    # OSError splits (number, text) off its arguments; the text needs all of them.
    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *self.args)


class ConnectInProgressError(Exception):
    """An attempt to connect is under way already."""


# Attempts to connect


class ConnectError(Exception):
    """
    An attempt to connect failed.

    Attributes:
        osError: the error number of the operating system, or None.
    """

    MESSAGE = "An error occurred while connecting"

    def __init__(self, osError: object = None, string: object = "") -> None:
        super().__init__(string)
        self.osError = osError

    def __str__(self) -> str:
        text = self.MESSAGE
        if self.osError is not None:
            text = f"{text}: {self.osError}"
        if self.args and self.args[0]:
            text = f"{text}: {self.args[0]}"
        return f"{text}."


class ConnectBindError(ConnectError):
    """The local address for an outgoing connection could not be used."""

    MESSAGE = "Couldn't bind"


class UnknownHostError(ConnectError):
    """The host name could not be resolved."""

    MESSAGE = "The host name is not known"


class NoRouteError(ConnectError):
    """The network has no way there."""

    MESSAGE = "There is no route to that host"


class ConnectionRefusedError(ConnectError):
    """Nobody listens there, or a firewall says so."""

    MESSAGE = "Connection was refused by other side"


class TCPTimedOutError(ConnectError):
    """The operating system waited long enough."""

    MESSAGE = "TCP connection timed out"


class BadFileError(ConnectError):
    """The path of a UNIX socket leads to no socket."""

    MESSAGE = "The file is not a usable UNIX socket"


class ServiceNameUnknownError(ConnectError):
    """A port was given as a service name that the system does not know."""

    MESSAGE = "No service of that name has a port"


class UserError(ConnectError):
    """The attempt was given up on this side, by ``stopConnecting`` or ``disconnect``."""

    MESSAGE = "The attempt was given up by this side"


class TimeoutError(UserError):
    """The time that this side allowed for the attempt is over."""

    MESSAGE = "User timeout caused connection failure"


class SSLError(ConnectError):
    """TLS could not be set up."""

    MESSAGE = "TLS failed"


class VerifyError(Exception):
    """A certificate could not be verified."""

    MESSAGE = "The certificate could not be verified"


class PeerVerifyError(VerifyError):
    """The peer's certificate is not to be trusted."""

    MESSAGE = "The certificate of the peer could not be verified"


class CertificateError(Exception):
    """A certificate does not belong to the peer that showed it."""

    MESSAGE = "The certificate does not fit the peer"


class ConnectingCancelledError(Exception):
    """
    The Deferred of an endpoint's ``connect`` was cancelled.

    Attributes:
        address: the address that was being aimed at.
    """

    def __init__(self, address: IAddress) -> None:
        super().__init__(address)
        self.address = address


class NoProtocol(Exception):
    """A factory's ``buildProtocol`` gave None, so that the new connection was closed."""


errnoMapping: dict[int, type[ConnectError]] = {
    errno.ENETUNREACH: NoRouteError,
    errno.ECONNREFUSED: ConnectionRefusedError,
    errno.ETIMEDOUT: TCPTimedOutError,
}
for _windowsName, _class in (
    ("WSAENETUNREACH", NoRouteError),
    ("WSAECONNREFUSED", ConnectionRefusedError),
):
    _number = getattr(errno, _windowsName, None)
    if _number is not None:
        errnoMapping[_number] = _class
del _windowsName, _class, _number


def getConnectError(e: object) -> ConnectError:
    """
    Make our kind of error from what the operating system said about a connection.

    Args:
        e: an OSError, or anything else that holds a number and a text.
    Returns: an error of the class that `errnoMapping` has for the number, or of
        `UnknownHostError` for a failed name lookup. What holds no such pair becomes the text
        of a plain `ConnectError`.
    """
    pair: Any = e.args if isinstance(e, BaseException) else e
    try:
        number, text = pair
    except (TypeError, ValueError):
        return ConnectError(string=e)
    if isinstance(e, socket.gaierror):
        return UnknownHostError(number, text)
    return errnoMapping.get(number, ConnectError)(number, text)


# Ends of connections


class ConnectionClosed(Exception):
    """A connection has ended, in whichever way."""


class ConnectionLost(_Described, ConnectionClosed):
    """A connection has ended otherwise than by being closed in order."""

    MESSAGE = "The connection was lost, not closed in order"


class ConnectionAborted(ConnectionLost):
    """This side dropped the connection at once, by ``abortConnection``."""

    MESSAGE = "This side dropped the connection by abortConnection"


class ConnectionDone(_Described, ConnectionClosed):
    """One side has closed the connection, in order."""

    MESSAGE = "Connection was closed cleanly"


class FileDescriptorOverrun(ConnectionLost):
    """
    More descriptors were given to ``IUNIXTransport.sendFileDescriptor`` than bytes to ``write``.

    A descriptor can only travel along with at least one byte.
    """

    MESSAGE = "A file descriptor was to be sent without a byte to go with it"


class ConnectionFdescWentAway(ConnectionLost):
    """The file descriptor was closed behind our back."""

    MESSAGE = "Uh"


# Calls that are due later


class AlreadyCalled(_Described, ValueError):
    """A call is to be changed that has happened already."""

    MESSAGE = "The call has happened already"


class AlreadyCancelled(_Described, ValueError):
    """A call is to be changed that was cancelled before."""

    MESSAGE = "The call was cancelled before"


# Programs


class ProcessDone(ConnectionDone):
    """
    A program ended with exit code 0.

    Attributes:
        exitCode: 0.
        signal: None.
        status: the status word of the operating system.
    """

    MESSAGE = "The program ended without an error"

    def __init__(self, status: int | None) -> None:
        super().__init__("exit code 0")
        self.exitCode = 0
        self.signal: int | None = None
        self.status = status


class ProcessTerminated(ConnectionLost):
    """
    A program ended with another exit code, or by a signal.

    Attributes:
        exitCode: the exit code, or None where a signal ended it.
        signal: the number of that signal, or None.
        status: the status word of the operating system.
    """

    MESSAGE = "The program ended with an error"

    def __init__(
        self, exitCode: int | None = None, signal: int | None = None, status: int | None = None
    ) -> None:
        if exitCode is not None:
            how = f"exit code {exitCode}"
        elif signal is not None:
            how = f"signal {signal}"
        else:
            how = "of unknown kind"
        super().__init__(how)
        self.exitCode = exitCode
        self.signal = signal
        self.status = status


class ProcessExitedAlready(Exception):
    """A signal is to be sent to a program that has ended."""


# Misuse


class NotConnectingError(_Described, RuntimeError):
    """A connector is to stop connecting, which it is not doing."""

    MESSAGE = "The connector has no attempt under way that could be stopped"


class NotListeningError(_Described, RuntimeError):
    """A port is to stop listening, which it is not doing."""

    MESSAGE = "The port does not listen and cannot be stopped"


class ReactorNotRunning(RuntimeError):
    """A reactor is to stop, but does not run."""


class ReactorNotRestartable(RuntimeError):
    """A reactor is to run that was stopped before."""


class ReactorAlreadyRunning(RuntimeError):
    """A reactor is to run that runs already."""


class ReactorAlreadyInstalledError(AssertionError):
    """A reactor is to be installed, but there is one."""


class AlreadyListened(Exception):
    """A place can be listened at only once, and was."""


class InvalidAddressError(ValueError):
    """
    An address is of no use here.

    Attributes:
        address: the address.
        message: what is wrong with it.
    """

    def __init__(self, address: object, message: str) -> None:
        super().__init__(address, message)
        self.address = address
        self.message = message


class UnsupportedAddressFamily(Exception):
    """A socket is of an address family that the reactor does not know."""


class UnsupportedSocketType(Exception):
    """A socket is of a type that the reactor does not know."""


__all__ = [
    "AlreadyCalled",
    "AlreadyCancelled",
    "AlreadyListened",
    "BadFileError",
    "BindError",
    "CannotListenError",
    "CertificateError",
    "ConnectBindError",
    "ConnectError",
    "ConnectInProgressError",
    "ConnectingCancelledError",
    "ConnectionAborted",
    "ConnectionClosed",
    "ConnectionDone",
    "ConnectionFdescWentAway",
    "ConnectionLost",
    "ConnectionRefusedError",
    "DNSLookupError",
    "FileDescriptorOverrun",
    "InvalidAddressError",
    "MessageLengthError",
    "MulticastJoinError",
    "NoProtocol",
    "NoRouteError",
    "NotConnectingError",
    "NotListeningError",
    "PeerVerifyError",
    "ProcessDone",
    "ProcessExitedAlready",
    "ProcessTerminated",
    "ReactorAlreadyInstalledError",
    "ReactorAlreadyRunning",
    "ReactorNotRestartable",
    "ReactorNotRunning",
    "SSLError",
    "ServiceNameUnknownError",
    "TCPTimedOutError",
    "TimeoutError",
    "UnknownHostError",
    "UnsupportedAddressFamily",
    "UnsupportedSocketType",
    "UserError",
    "VerifyError",
    "errnoMapping",
    "getConnectError",
]
