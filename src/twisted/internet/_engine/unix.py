"""UNIX stream sockets: files in a folder, or names that begin with a NUL byte on Linux."""

from __future__ import annotations

import os
import socket
import stat
from typing import Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet.address import UNIXAddress
from twisted.internet.interfaces import IAddress, IUNIXTransport

from .connectors import BaseConnector, StreamClient
from .core import log
from .listeners import Port, Server, StreamPort, _installedReactor
from .passing import DescriptorPassing
from .sockets import adoptedStream

__all__ = ["UNIXClient", "UNIXConnector", "UNIXPort", "UNIXServer"]


def _path(address: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> str:
    return os.fsdecode(address)


class _NoTCPOptions:
    """Protocols set TCP options without asking what they run on; here they mean nothing."""

    def getTcpNoDelay(self) -> bool:
        """Nothing is ever delayed here."""
        return False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Args: enabled: not heeded."""


@implementer(IUNIXTransport)
class UNIXServer(_NoTCPOptions, DescriptorPassing, Server):
    """A connection that was accepted by a `UNIXPort`."""

    def getHost(self) -> UNIXAddress:  # type: ignore[override]  # not of TCP
        return UNIXAddress(self.server.port)  # type: ignore[attr-defined]  # a UNIXPort

    @property
    def hostname(self) -> str:
        """The path that it was accepted on, for want of a peer's host."""
        return str(self.server.port)  # type: ignore[attr-defined]  # a UNIXPort

    def __repr__(self) -> str:
        where = self.server.port  # type: ignore[attr-defined]  # a UNIXPort
        return f"<{self._protocolName()} #{self.sessionno} on {where}>"


class UNIXPort(Port):
    """
    A UNIX socket that listens.

    Args:
        fileName: the path; a text that begins with a NUL character is an abstract name.
        factory: makes a protocol for each connection.
        backlog: connections that may wait in the system's queue.
        mode: the file's permissions.
        reactor: the reactor, or None for the installed one.
        wantPID: whether a lock beside the socket says who listens, so that the socket which a
            killed process left behind is taken over, and that of a living one is not.
    """

    transport = UNIXServer
    addressFamily = socket.AF_UNIX
    lockFile: Any = None
    _inode: tuple[int, int] | None = None

    def __init__(
        self,
        fileName: str | bytes | os.PathLike[str],
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        reactor: Any = None,
        wantPID: bool | int = 0,
    ) -> None:
        StreamPort.__init__(self, factory, backlog, reactor or _installedReactor())
        self.port: str = _path(fileName)  # type: ignore[assignment]  # a path here
        self.mode = mode
        self.wantPID = wantPID
        self.peerAddress = lambda name: UNIXAddress(name or None)

    @property
    def _isAbstract(self) -> bool:
        return self.port.startswith("\0")

    def _bind(self) -> socket.socket:
        if self.wantPID and not self._isAbstract:
            self._lock()
        listening = None
        try:
            listening = self.createInternetSocket()
            listening.bind(self.port)
            if not self._isAbstract:
                # Before listen(), so that nobody connects past the permissions.
                os.chmod(self.port, self.mode)
            listening.listen(self.backlog)
        except OSError as problem:
            if listening is not None:
                listening.close()
            self._unlock()
            raise error.CannotListenError("", self.port, problem) from problem
        if not self._isAbstract:
            status = os.stat(self.port)
            self._inode = (status.st_dev, status.st_ino)
        return listening

    def _lock(self) -> None:
        from twisted.python import lockfile

        self.lockFile = lockfile.FilesystemLock(self.port + ".lock")
        if not self.lockFile.lock():
            self.lockFile = None
            raise error.CannotListenError(
                "", self.port, OSError("Cannot acquire lock: another process listens there")
            )
        if not self.lockFile.clean:
            try:
                # Its owner is gone: so is whoever listened.
                if stat.S_ISSOCK(os.stat(self.port).st_mode):
                    os.remove(self.port)
            except OSError:
                pass  # bind() says it better

    def _unlock(self) -> None:
        lockFile, self.lockFile = self.lockFile, None
        if lockFile is not None:
            lockFile.unlock()

    @classmethod
    def _fromListeningDescriptor(
        cls, reactor: Any, fd: int, addressFamily: int, factory: Any
    ) -> UNIXPort:
        listening = adoptedStream(fd, addressFamily)
        name = listening.getsockname()
        port = cls(name, factory, reactor=reactor)
        port._adopt(listening)
        return port

    def _adopt(self, listening: socket.socket) -> None:
        self.socket = listening

    def _closed(self) -> None:
        if self._inode is not None:
            self._removeFile(self._inode)
            self._inode = None
        self._unlock()
        self._say(f"(UNIX Port {repr(self.port) if self._isAbstract else self.port} Closed)")

    def _removeFile(self, inode: tuple[int, int]) -> None:
        try:
            status = os.stat(self.port)
            # Somebody else may have put theirs in its place.
            if (status.st_dev, status.st_ino) == inode:
                os.remove(self.port)
        except FileNotFoundError:
            pass
        except OSError:
            log.failure("could not remove {path!r}", path=self.port)

    def _describe(self) -> str:
        return repr(self.port)

    def getHost(self) -> IAddress:
        return UNIXAddress(self.port)

    def __repr__(self) -> str:
        factory = type(self.factory)
        where = f"on {self._describe()}" if self.connected else "(not listening)"
        return f"<{factory.__module__}.{factory.__name__} {where}>"


@implementer(IUNIXTransport)
class UNIXClient(_NoTCPOptions, DescriptorPassing, StreamClient):
    """A UNIX client. Made by its `UNIXConnector`."""

    addressFamily = socket.AF_UNIX

    def __init__(
        self,
        filename: str | bytes | os.PathLike[str],
        connector: BaseConnector,
        reactor: Any = None,
        checkPID: bool | int = 0,
    ) -> None:
        self._path = _path(filename)
        self._checkPID = checkPID
        super().__init__(connector, reactor)

    def resolveAddress(self) -> None:
        if self._checkPID:
            from twisted.python import lockfile

            if not lockfile.isLocked(self._path + ".lock"):
                raise error.BadFileError(f"nobody holds {self._path + '.lock'}: nobody listens")
        self._connectTo(self._path)

    def _peerOf(self, transport: Any) -> UNIXAddress:
        return UNIXAddress(self._path)

    def getPeer(self) -> UNIXAddress:  # type: ignore[override]  # not of TCP
        return UNIXAddress(self._path)

    def getHost(self) -> UNIXAddress:  # type: ignore[override]  # not of TCP
        return UNIXAddress(None)


class UNIXConnector(BaseConnector):
    """
    Connects a factory over a UNIX socket.

    Args:
        address: the path, or an abstract name.
        factory: makes the protocol, and is told how it goes.
        timeout: seconds that a try may take.
        reactor: the reactor.
        checkPID: whether to look first, by the lock beside the socket, if somebody listens.
    """

    def __init__(
        self, address: Any, factory: Any, timeout: float | None, reactor: Any, checkPID: bool | int
    ) -> None:
        super().__init__(factory, timeout, reactor)
        self.address = address
        self.checkPID = checkPID

    def _makeTransport(self) -> UNIXClient:
        return UNIXClient(self.address, self, self.reactor, self.checkPID)

    def getDestination(self) -> IAddress:
        """The address of the other side."""
        return UNIXAddress(self.address)
