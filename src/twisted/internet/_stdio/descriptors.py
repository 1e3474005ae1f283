"""
The two descriptors of a `StandardIO`: one that is read, one that is written.

Neither is ever closed here. They are this process's standard input and output: another file
that is opened later would get the number, and ``print`` would write into it.
"""

from __future__ import annotations

import os
import select
import stat
from typing import TYPE_CHECKING, Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from .transport import StandardIO

__all__ = ["Reader", "Writer"]


class _End(FileDescriptor):
    """One descriptor, not blocking for as long as it is ours."""

    name = ""  # what childConnectionLost calls it

    def __init__(self, owner: StandardIO, descriptor: int, reactor: Any) -> None:
        super().__init__(reactor)
        self._owner = owner
        self._descriptor = descriptor
        # The flag belongs to the open file, which a shell may share with us: give it back.
        self._wasBlocking = os.get_blocking(descriptor)
        os.set_blocking(descriptor, False)
        self.connected = 1

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of descriptor {self._descriptor}>"

    def fileno(self) -> int:
        return self._descriptor

    def release(self) -> None:
        """Stop watching the descriptor, and leave it as it was found. Safe to call again."""
        self.stopReading()
        self.stopWriting()
        self.connected = 0
        self.disconnected = 1
        if self._wasBlocking:
            self._wasBlocking = False
            try:
                os.set_blocking(self._descriptor, True)
            except OSError:
                pass  # closed by somebody else

    def connectionLost(self, reason: Failure) -> None:
        if self.disconnected:
            return
        producer, self.producer = self.producer, None
        self.release()
        if producer is not None:
            producer.stopProducing()
        self._owner.childConnectionLost(self.name, reason)


class Reader(_End):
    """What is read: a pipe, a file or a terminal."""

    name = "read"
    _writeDisconnected = True  # so there is nothing that `loseConnection` would wait for

    def doRead(self) -> Exception | None:
        try:
            data = os.read(self._descriptor, self.bufferSize)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return CONNECTION_LOST
        if not data:
            return CONNECTION_DONE
        self._owner.childDataReceived(self.name, data)
        return None


class Writer(_End):
    """
    What is written.

    The writing end of a pipe is watched for reading as well: nothing can ever be read from it,
    so that it becomes ready only when the reader is gone.
    """

    name = "write"

    def __init__(self, owner: StandardIO, descriptor: int, reactor: Any) -> None:
        import fcntl  # not everywhere, and this module can be imported everywhere

        super().__init__(owner, descriptor, reactor)
        self._kind = os.fstat(descriptor).st_mode
        access = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE
        if stat.S_ISFIFO(self._kind) and access == os.O_WRONLY:
            self.startReading()

    def doRead(self) -> Exception | None:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        gone = any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))
        return CONNECTION_LOST if gone else None

    def writeSomeData(self, data: bytes) -> int | Exception:
        try:
            return os.write(self._descriptor, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            return CONNECTION_LOST

    def isWaiting(self) -> bool:
        """Is something written that is not sent yet?"""
        return self._tempDataLen > 0 or len(self.dataBuffer) > self.offset

    def tellReader(self) -> None:
        """
        Let whoever reads the other end see that it ends here.

        A pipe is exchanged for the null device, which closes it, yet keeps the number taken.
        """
        if stat.S_ISFIFO(self._kind):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._descriptor)
            os.close(null)
        elif stat.S_ISSOCK(self._kind):
            import socket

            with socket.socket(fileno=os.dup(self._descriptor)) as shared:
                try:
                    shared.shutdown(socket.SHUT_WR)
                except OSError:
                    pass  # it is not connected any more
