"""Our ends of the pipes to a child: the reactor watches them, and they tell its transport."""

from __future__ import annotations

import fcntl
import os
import select
from typing import Any

from zope.interface import implementer

from twisted.internet import fdesc
from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import IReadWriteDescriptor
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.python.failure import Failure

__all__ = ["ProcessReader", "ProcessWriter"]


class _Pipe(FileDescriptor):
    """
    One end of one pipe.

    Attributes:
        proc: the child's transport.
        name: the number that the descriptor has in the child.
        fd: the descriptor; -1 once it is closed.
    """

    def __init__(self, reactor: Any, proc: Any, name: int, fileno: int) -> None:
        super().__init__(reactor)
        fdesc.setNonBlocking(fileno)
        self.proc, self.name, self.fd = proc, name, fileno

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} of {self.proc!r}>"

    def fileno(self) -> int:
        """The descriptor; -1 once it is closed."""
        return self.fd

    def _postLoseConnection(self) -> None:
        # Here and now, rather than by giving the reactor a reason to do it.
        self.connectionLost(Failure(CONNECTION_DONE))

    def connectionLost(self, reason: Failure) -> None:
        """Close it and tell the child's transport; does nothing the second time."""
        if self.fd == -1:
            return
        super().connectionLost(reason)  # while there is a descriptor to stop watching
        fd, self.fd = self.fd, -1
        os.close(fd)
        self.proc.childConnectionLost(self.name, reason)


@implementer(IReadWriteDescriptor)
class ProcessReader(_Pipe):
    """The end of a pipe that a child writes to."""

    connected = True
    _writeDisconnected = True  # so there is nothing that `loseConnection` would wait for
    bytesAtOnce = 65536
    """Bytes that one `doRead` takes; as many as a pipe holds, unless told otherwise."""

    def __init__(self, reactor: Any, proc: Any, name: int, fileno: int) -> None:
        super().__init__(reactor, proc, name, fileno)
        self.startReading()

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """Nothing can be written here; the reactor asks only while this is being closed."""
        return 0 if not data else CONNECTION_LOST

    def doRead(self) -> Any:
        """Read, and hand on what came. Returns: None, or why it ended."""
        try:
            data = os.read(self.fd, self.bytesAtOnce)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return CONNECTION_LOST
        if not data:
            return CONNECTION_DONE
        self.dataReceived(data)
        return None

    def dataReceived(self, data: bytes) -> None:
        """The child wrote this."""
        self.proc.childDataReceived(self.name, data)


@implementer(IReadWriteDescriptor)
class ProcessWriter(_Pipe):
    """
    The end of a pipe that a child reads from.

    Attributes:
        enableReadHack: whether we watch it for reading: there is nothing to read, but that is how
            the system tells that the child closed its end, while we have nothing to write.
    """

    connected = 1
    enableReadHack = False
    ic = 0

    def __init__(
        self, reactor: Any, proc: Any, name: int, fileno: int, forceReadHack: bool = False
    ) -> None:
        super().__init__(reactor, proc, name, fileno)
        # What can be read as well would have things to read, and no end.
        if forceReadHack or fcntl.fcntl(fileno, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
            self.enableReadHack = True
            self.startReading()

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """Write what the pipe takes now. Returns: how many bytes, or why none ever will."""
        count = fdesc.writeToFD(self.fd, data)
        if self.enableReadHack and self.connected and not self.disconnecting:
            self.startReading()
        return count

    def doRead(self) -> Any:
        """Something happened to the other end. Returns: None, or why it ended."""
        if not self.enableReadHack:
            self.stopReading()
            return None
        poll = select.poll()
        poll.register(self.fd, 0)
        if poll.poll(0):
            return CONNECTION_LOST
        # Not an end: where this is no way to learn of one, do not spin on it.
        self.stopReading()
        return None
