"""A child at a pseudo-terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet import fdesc
from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import IProcessTransport
from twisted.internet.main import CONNECTION_DONE
from twisted.python.failure import Failure

from .base import _BaseProcess
from .starting import Child, start

__all__ = ["PTYProcess"]


@implementer(IProcessTransport)
class PTYProcess(FileDescriptor, _BaseProcess):
    """
    A child that has a terminal for its input, output and errors, in a session of its own.

    All that it writes comes as from descriptor 1. Closing the transport hangs the terminal up.
    """

    status = -1
    pid = None

    def __init__(
        self,
        reactor: Any,
        executable: str | bytes,
        args: Sequence[str | bytes],
        environment: Mapping[Any, Any],
        path: str | bytes | None,
        proto: Any,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: Any = None,
    ) -> None:
        """Start it. The arguments are those of ``spawnProcess``, and so are the errors."""
        FileDescriptor.__init__(self, reactor)
        _BaseProcess.__init__(self, proto)
        given = isinstance(usePTY, (tuple, list))
        master, slave = usePTY[:2] if given else os.openpty()
        try:
            name = usePTY[2] if given else os.ttyname(slave)
            fds = {0: slave, 1: slave, 2: slave}
            child = Child(executable, args, environment, path, uid, gid, fds, name)
            self.pid = start(child, getattr(reactor, "_neverUseSpawn", False))
        except BaseException:
            if not given:
                os.close(master)
                os.close(slave)
            raise
        os.close(slave)  # or there would never be an end
        os.set_inheritable(master, False)
        fdesc.setNonBlocking(master)
        self.fd = master
        self.connected = 1
        self.startReading()
        self._begin()

    __repr__ = _BaseProcess.__repr__

    def fileno(self) -> int:
        """Our end of the terminal; -1 once it is closed."""
        return self.fd

    def doRead(self) -> Any:
        """Read, and hand on what came. Returns: None, or why it ended."""
        return fdesc.readFromFD(self.fd, self._received)

    def _received(self, data: bytes) -> None:
        self.proto.childDataReceived(1, data)

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """Write what the terminal takes now. Returns: how many bytes, or why none ever will."""
        return fdesc.writeToFD(self.fd, data)

    def _postLoseConnection(self) -> None:
        # Here and now, rather than by giving the reactor a reason to do it.
        self.connectionLost(Failure(CONNECTION_DONE))

    def connectionLost(self, reason: Failure) -> None:
        """The terminal was hung up, by the child's end or by us."""
        if self.fd == -1:
            return
        FileDescriptor.connectionLost(self, reason)
        fd, self.fd = self.fd, -1
        os.close(fd)
        self.lostProcess += 1
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol of the end, if the child has exited and the terminal is closed."""
        if self.lostProcess == 2:
            _BaseProcess.maybeCallProcessEnded(self)

    # There is one way in and out, which stays open

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """
        Write to the terminal.

        Args:
            childFD: 0.
        Raises: NotImplementedError for another.
        """
        if childFD != 0:
            raise NotImplementedError(f"a terminal is written to at 0, not at {childFD!r}")
        self.write(data)

    def closeChildFD(self, descriptor: int) -> None:
        """Raises: NotImplementedError."""
        raise NotImplementedError("a terminal cannot be closed for one descriptor of its child")

    def closeStdin(self) -> None:
        """Do nothing: a terminal has no half that could be closed."""

    def closeStdout(self) -> None:
        """Do nothing: a terminal has no half that could be closed."""

    def closeStderr(self) -> None:
        """Do nothing: a terminal has no half that could be closed."""
