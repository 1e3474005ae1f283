"""
The program of a worker: reads from one pipe what it is to do, and does it.

It is run by its path, in a new interpreter.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    # The folder of a program comes first where imports look, and this one is full of modules.
    _here = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0]) == _here:
        del sys.path[0]

from twisted.python.log import startLoggingWithObserver, textFromEventDict
from twisted.trial._dist import _WORKER_AMP_STDIN, _WORKER_AMP_STDOUT
from twisted.trial._dist.options import WorkerOptions

if TYPE_CHECKING:
    from collections.abc import Callable

#: Bytes that are read at once, at most.
_readBytes = 1 << 16

#: Characters of a line of the log that are sent at once: at four bytes each they fit in a box.
_lineCharacters = 1 << 14


class WorkerLogObserver:
    """
    Sends what is logged to the run.

    Args:
        protocol: an AMP.
    """

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol

    def emit(self, eventDict: dict[str, Any]) -> None:
        """Send an event, if it has any words."""
        from twisted.trial._dist.managercommands import TestWrite
        from twisted.trial._dist.stream import chunk

        text = textFromEventDict(eventDict)
        for part in chunk(text or "", _lineCharacters):
            sent = self.protocol.callRemote(TestWrite, out=part)
            if sent is not None:
                # Nobody is left to tell it.
                sent.addErrback(lambda ignored: None)


class _Pipe:
    """
    What AMP writes to: a file, at once, since the loop of the worker is not an event loop.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.disconnecting = False

    def write(self, data: bytes) -> None:
        """Write and flush."""
        self._stream.write(data)
        self._stream.flush()

    def writeSequence(self, pieces: Any) -> None:
        """Write several pieces."""
        self.write(b"".join(pieces))

    def loseConnection(self) -> None:
        """Read nothing more."""
        self.disconnecting = True

    def getPeer(self) -> str:
        """There is no address."""
        return "the run"

    def getHost(self) -> str:
        """There is no address."""
        return "a worker"


def _read(stream: Any) -> bytes:
    """
    Wait for bytes; none at the end of the file.
    """
    read: Callable[[int], bytes] = getattr(stream, "read1", None) or stream.read
    while True:
        try:
            return read(_readBytes)
        except OSError as e:
            if e.args[0] != errno.EINTR:
                raise


def main(_fdopen: Callable[..., Any] = os.fdopen) -> None:
    """
    Read commands from one pipe and answer over the other, until the first one is closed.

    Args:
        _fdopen: opens the pipes.
    """
    config = WorkerOptions()
    config.parseOptions()
    # The reactor may be one that the options name: it must not be imported before.
    from twisted.internet.error import ConnectionDone
    from twisted.python.failure import Failure
    from twisted.trial._dist.worker import WorkerProtocol

    orders = _fdopen(_WORKER_AMP_STDIN, "rb")
    pipe = _Pipe(_fdopen(_WORKER_AMP_STDOUT, "wb"))
    protocol = WorkerProtocol(bool(config["force-gc"]))
    protocol.makeConnection(pipe)
    startLoggingWithObserver(WorkerLogObserver(protocol).emit, False)
    while not pipe.disconnecting:
        data = _read(orders)
        if not data:
            break
        protocol.dataReceived(data)
    protocol.connectionLost(Failure(ConnectionDone()))
    if config.tracer is not None:
        sys.settrace(None)
        results = config.tracer.results()
        results.write_results(show_missing=True, summary=False, coverdir=config.coverdir().path)


def _program() -> None:
    """
    Run, and shut the reactor down as at the end of any run of tests.
    """
    main()
    if "twisted.internet.reactor" in sys.modules:
        from twisted.trial._suites import _shutDown

        _shutDown()


if __name__ == "__main__":
    _program()
