"""A child with pipes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IConsumer, IProcessTransport, IPushProducer
from twisted.python.failure import Failure

from ..core import logUnhandled
from .base import _BaseProcess
from .pipes import ProcessReader, ProcessWriter
from .starting import Child, start

__all__ = ["Process"]

_standardFDs: Mapping[int, int | str] = {0: "w", 1: "r", 2: "r"}


@implementer(IProcessTransport, IConsumer, IPushProducer)
class Process(_BaseProcess):
    """
    A child whose descriptors are pipes to us, or descriptors of ours.

    As a consumer it is the child's standard input, as a producer all that it writes.

    Attributes:
        pipes: our ends of the pipes that are open, by the number of the descriptor in the child.
        processReaderFactory, processWriterFactory: what makes them.
    """

    debug = False
    debug_child = False
    status = -1
    processReaderFactory: Any = ProcessReader
    processWriterFactory: Any = ProcessWriter

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
        childFDs: Mapping[int, int | str] | None = None,
    ) -> None:
        """Start it. The arguments are those of ``spawnProcess``, and so are the errors."""
        super().__init__(proto)
        self.reactor = reactor
        self.pipes: dict[int, Any] = {}
        ends = _Ends()
        try:
            ends.open(_standardFDs if childFDs is None else childFDs)
            prepare = None
            if type(self)._setupChild is not Process._setupChild:
                prepare = partial(self._setupChild, fdmap=ends.child)
            child = Child(
                executable, args, environment, path, uid, gid, ends.child, prepare=prepare
            )
            self.pid = start(child, getattr(reactor, "_neverUseSpawn", False))
        except BaseException:
            ends.closeOurs()
            raise
        finally:
            ends.closeChilds()
        for childFD, fd in ends.read.items():
            self.pipes[childFD] = self.processReaderFactory(reactor, self, childFD, fd)
        for childFD, fd in ends.write.items():
            self.pipes[childFD] = self.processWriterFactory(
                reactor, self, childFD, fd, forceReadHack=True
            )
        self._begin()

    def _setupChild(self, fdmap: dict[int, int]) -> None:
        """
        Called in the child before it executes its program; it has its descriptors by then.

        There is nothing left to do here. Buildbot's workers replace this to make each child the
        leader of a group, which makes the child start by ``fork``, the only way that can call it.
        """

    # What its pipes tell

    def childDataReceived(self, name: int, data: bytes) -> None:
        """The child wrote to its descriptor ``name``."""
        self.proto.childDataReceived(name, data)

    def childConnectionLost(self, childFD: int, reason: Failure) -> None:
        """The pipe at the child's descriptor ``childFD`` is closed."""
        self.pipes.pop(childFD, None)
        if self.proto is not None:
            try:
                self.proto.childConnectionLost(childFD)
            except BaseException:
                logUnhandled(f"childConnectionLost of {self.proto!r}")
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """Tell the protocol of the end, if the child has exited and every pipe is closed."""
        if self.pipes:
            return
        if self.lostProcess:
            super().maybeCallProcessEnded()
        elif self.pid is not None:
            # Who closes all pipes mostly exits; this saves a turn.
            self.reapProcess()

    # Writing to it

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """
        Write to one of the child's descriptors.

        Raises: KeyError if we have no pipe to it, or it is closed.
        """
        self.pipes[childFD].write(data)

    def write(self, data: bytes) -> None:
        """Write to the child's standard input, if that is open."""
        if 0 in self.pipes:
            self.pipes[0].write(data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Write all of the pieces to the child's standard input, if that is open."""
        if 0 in self.pipes:
            self.pipes[0].writeSequence(seq)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let a producer feed the child's standard input; it is stopped if that is closed."""
        if 0 in self.pipes:
            self.pipes[0].registerProducer(producer, streaming)
        else:
            producer.stopProducing()

    def unregisterProducer(self) -> None:
        """The producer has finished."""
        if 0 in self.pipes:
            self.pipes[0].unregisterProducer()

    # Reading from it

    def pauseProducing(self) -> None:
        """Read nothing of the child's output for now."""
        for pipe in self._readers():
            pipe.stopReading()

    def resumeProducing(self) -> None:
        """Read on."""
        for pipe in self._readers():
            if not pipe.disconnecting:
                pipe.startReading()

    def stopProducing(self) -> None:
        """Nobody wants to read any more: close the standard pipes."""
        self.loseConnection()

    def _readers(self) -> list[Any]:
        return [each for each in self.pipes.values() if isinstance(each, ProcessReader)]

    # Closing

    def closeChildFD(self, childFD: int) -> None:
        """Close the pipe at one of the child's descriptors, when what was written is sent."""
        if childFD in self.pipes:
            self.pipes[childFD].loseConnection()

    def closeStdin(self) -> None:
        """Close the child's standard input, when what was written is sent."""
        self.closeChildFD(0)

    def closeStdout(self) -> None:
        """Read no more of the child's standard output, and close it."""
        self.closeChildFD(1)

    def closeStderr(self) -> None:
        """Read no more of the child's standard error, and close it."""
        self.closeChildFD(2)

    def loseConnection(self) -> None:
        """Close the three standard pipes. The child goes on, until it notices."""
        self.closeStdin()
        self.closeStderr()
        self.closeStdout()

    # A process has no address

    def getHost(self) -> Any:
        """Raises: NotImplementedError."""
        raise NotImplementedError("a child process has no address")

    def getPeer(self) -> Any:
        """Raises: NotImplementedError."""
        raise NotImplementedError("a child process has no address")


class _Ends:
    """
    The two ends of the pipes of a child that is being made.

    Attributes:
        child: the child's descriptors, and which of ours each one is.
        read, write: our ends.
    """

    def __init__(self) -> None:
        self.child: dict[int, int] = {}
        self.read: dict[int, int] = {}
        self.write: dict[int, int] = {}

    def open(self, childFDs: Mapping[int, int | str]) -> None:
        for childFD, what in childFDs.items():
            if what == "r":
                self.read[childFD], self.child[childFD] = os.pipe()
            elif what == "w":
                self.child[childFD], self.write[childFD] = os.pipe()
            elif isinstance(what, int):
                self.child[childFD] = what
            else:
                raise ValueError(
                    f"childFDs[{childFD!r}] is {what!r}, but should be 'r', 'w' or a descriptor"
                )

    def closeOurs(self) -> None:
        for fd in (*self.read.values(), *self.write.values()):
            os.close(fd)

    def closeChilds(self) -> None:
        for childFD in (*self.read, *self.write):
            os.close(self.child[childFD])
