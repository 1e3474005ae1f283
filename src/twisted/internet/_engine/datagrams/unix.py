"""UNIX datagram sockets: files in a folder, or names that begin with a NUL byte on Linux."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING, Any

from zope.interface import implementer, implementer_only

from twisted.internet import error
from twisted.internet.address import UNIXAddress
from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableDescriptor,
    ILoggingContext,
    IPushProducer,
    IReadWriteDescriptor,
    ITransport,
    IUNIXDatagramConnectedTransport,
    IUNIXDatagramTransport,
)
from twisted.python.failure import Failure

from ..core import logUnhandled
from .udp import Port

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ConnectedDatagramPort", "DatagramPort"]


@implementer(IUNIXDatagramTransport)
class DatagramPort(Port):
    """
    A UNIX datagram socket that takes from everybody.

    Its file is left behind when it is closed: who made a name for others to find, removes it.

    Args:
        addr: the path; one that begins with a NUL character is an abstract name.
        proto: takes the datagrams.
        maxPacketSize: bytes of a datagram that are read; the rest of it is lost.
        mode: the file's permissions.
        reactor: the reactor, or None for the installed one.
    """

    addressFamily = socket.AF_UNIX

    def __init__(
        self,
        addr: str | bytes | None,
        proto: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        reactor: Any = None,
    ) -> None:
        super().__init__(None, proto, "", maxPacketSize, reactor)
        self.port = addr
        self.mode = mode

    def _setAddressFamily(self) -> None:
        """There is one only."""

    def _bind(self) -> socket.socket:
        bound = self.createInternetSocket()
        try:
            self._name(bound, self.port)
        except OSError as problem:
            bound.close()
            raise error.CannotListenError("", self.port, problem) from problem
        return bound

    def _name(self, bound: socket.socket, path: str | bytes) -> None:
        bound.bind(path)
        if path[:1] not in ("\0", b"\0"):
            os.chmod(path, self.mode)

    def _begin(self, bound: socket.socket) -> None:
        # Not Port's, which asks for a number.
        super(Port, self)._begin(bound)

    def connect(self, host: str, port: int) -> None:
        """There is `ConnectedDatagramPort` for that. Raises: RuntimeError."""
        raise RuntimeError("a UNIX datagram port is connected from its start, or never")

    def write(self, datagram: bytes, address: Any) -> Any:  # type: ignore[override]  # a path
        """
        Send one datagram; it is dropped where the receiver has no room for it.

        Args:
            datagram: bytes; a text is sent as UTF-8.
            address: the path or abstract name of the receiver's socket.
        Returns: bytes sent; None if it was dropped.
        Raises: MessageLengthError; OSError, such as FileNotFoundError.
        """
        if isinstance(datagram, str):
            datagram = datagram.encode()
        try:
            return self._listening().sendto(datagram, address)
        except OSError as problem:
            return self._writeFailed(problem)

    def _writeFailed(self, problem: OSError) -> None:
        if problem.errno in (errno.EAGAIN, errno.EWOULDBLOCK):
            return
        if problem.errno == errno.ECONNREFUSED and self._connectedAddr is None:
            raise problem
        super()._writeFailed(problem)

    def getHost(self) -> UNIXAddress:
        """Where this listens. Raises: NotListeningError."""
        return UNIXAddress(self._listening().getsockname())

    def _describe(self) -> str:
        return repr(self.port)

    def _describeClosed(self) -> str:
        return f"(Port {self.port!r} Closed)"

    def __repr__(self) -> str:
        name = type(self.protocol)
        where = f"on {self.port!r}" if self.connected else "(not listening)"
        return f"<{name.__module__}.{name.__name__} {where}>"


@implementer_only(
    IConsumer,
    IHalfCloseableDescriptor,
    ILoggingContext,
    IPushProducer,
    IReadWriteDescriptor,
    ITransport,
    IUNIXDatagramConnectedTransport,
)
class ConnectedDatagramPort(DatagramPort):
    """
    A UNIX datagram socket with one peer.

    Args:
        addr: the peer's path or abstract name.
        proto: a ``ConnectedDatagramProtocol``.
        maxPacketSize: bytes of a datagram that are read; the rest of it is lost.
        mode: permissions of our own socket's file.
        bindAddress: our own path or abstract name, without which no answer can come.
        reactor: the reactor, or None for the installed one.
    """

    def __init__(
        self,
        addr: str | bytes | None,
        proto: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        bindAddress: str | bytes | None = None,
        reactor: Any = None,
    ) -> None:
        super().__init__(bindAddress, proto, maxPacketSize, mode, reactor)
        self.remoteaddr = addr

    def startListening(self) -> None:
        """Bind and connect; the protocol's ``connectionFailed`` is told if that is refused."""
        self._allowStart()
        try:
            made = self._bind()
            try:
                made.connect(self.remoteaddr)  # type: ignore[arg-type]  # None is an error too
            except BaseException:
                made.close()
                raise
        except Exception:
            self.connectionFailed(Failure())
            return
        self._connectedAddr = self.remoteaddr
        self._begin(made)

    def _name(self, bound: socket.socket, path: str | bytes | None) -> None:
        if path is not None:
            super()._name(bound, path)

    def connectionFailed(self, reason: Failure) -> None:
        """There is no connection: close, and tell the protocol."""
        self.stopListening()
        try:
            self.protocol.connectionFailed(reason)
        except BaseException:
            logUnhandled(f"connectionFailed of {self.protocol!r}")

    def _begin(self, bound: socket.socket) -> None:
        super()._begin(bound)
        self._hasPlainNames = False

    def _deliver(self, datagram: bytes, sender: Any) -> None:
        self.protocol.datagramReceived(datagram)

    def write(self, data: bytes) -> Any:  # type: ignore[override]  # to the peer
        """
        Send one datagram; it is dropped where the peer has no room for it.

        Returns: bytes sent; None if it was dropped, or the peer is gone: the protocol's
            ``connectionRefused`` is told of that.
        Raises: MessageLengthError; OSError.
        """
        if isinstance(data, str):
            data = data.encode()
        try:
            return self._listening().send(data)
        except OSError as problem:
            return self._writeFailed(problem)

    def writeSequence(self, seq: Iterable[bytes], addr: Any = None) -> None:
        """Send the pieces as one datagram."""
        self.write(b"".join(seq))

    def getPeer(self) -> UNIXAddress:
        """Whom this sends to."""
        return UNIXAddress(self.remoteaddr)
