"""Bodies: from a file into a request, from a response into memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any
from warnings import warn

from zope.interface import implementer

from twisted.internet import task
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.web._http.coding import PotentialDataLoss
from twisted.web.error import Error
from twisted.web.iweb import UNKNOWN_LENGTH, IBodyProducer

from .errors import ResponseDone

if TYPE_CHECKING:
    from twisted.internet.interfaces import IConsumer
    from twisted.python.failure import Failure
    from twisted.web.iweb import IResponse

__all__ = ["FileBodyProducer", "PartialDownloadError", "readBody"]


class PartialDownloadError(Error):
    """
    A body ended with its connection: whether it is whole nobody knows.

    Attributes:
        response: what there is of it.
    """


@implementer(IBodyProducer)
class FileBodyProducer:
    """
    Reads a file as the body of a request, a piece at a time, and closes it at the end.

    Args:
        inputFile: open for reading in binary. If it can ``seek`` and ``tell``, the length of the
            rest of it is sent before it.
        cooperator: reads in turn with others; by default the global one.
        readSize: bytes of a piece.
    """

    def __init__(self, inputFile: IO[bytes], cooperator: Any = task, readSize: int = 2**16) -> None:
        self._inputFile = inputFile
        self._cooperate = cooperator.cooperate
        self._readSize = readSize
        self._task: Any = None
        self.length: Any = self._determineLength(inputFile)

    def _determineLength(self, fObj: Any) -> Any:
        try:
            seek, tell = fObj.seek, fObj.tell
        except AttributeError:
            return UNKNOWN_LENGTH
        here = tell()
        seek(0, os.SEEK_END)
        end = tell()
        seek(here, os.SEEK_SET)
        return end - here

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        """
        Begin to write.

        Args: consumer: given the contents.
        Returns: fires at the end of the file, fails if reading does, and never does either after
            `stopProducing` or when it was cancelled.
        """
        self._task = self._cooperate(self._writeloop(consumer))
        ended: Deferred[Any] = self._task.whenDone()
        done: Deferred[Any] = ended.addCallbacks(lambda _: None, self._failed)
        return done

    def _failed(self, reason: Failure) -> Any:
        if reason.check(CancelledError):
            self.stopProducing()
        elif not reason.check(task.TaskStopped):
            return reason
        return Deferred()  # whoever stopped us does not want to hear of it

    def _writeloop(self, consumer: IConsumer) -> Iterator[None]:
        while True:
            data = self._inputFile.read(self._readSize)
            if not data:
                self._inputFile.close()
                return
            consumer.write(data)
            yield None

    def pauseProducing(self) -> None:
        """Read nothing until `resumeProducing`."""
        self._task.pause()

    def resumeProducing(self) -> None:
        """Read on."""
        self._task.resume()

    def stopProducing(self) -> None:
        """Read nothing more, and close the file."""
        self._inputFile.close()
        if self._task is not None:
            try:
                self._task.stop()
            except task.TaskFinished:
                pass  # it has come to its end already


class _ReadBodyProtocol(Protocol):
    """
    Keeps a body until it is whole.

    Args:
        status: of the response.
        message: its phrase.
        deferred: gets the body.
    """

    def __init__(self, status: int, message: bytes, deferred: Deferred[bytes]) -> None:
        self.deferred = deferred
        self.status = status
        self.message = message
        self.dataBuffer: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        """A part of it."""
        self.dataBuffer.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Its end."""
        buffer = self.dataBuffer
        if isinstance(reason.value, ResponseDone):
            self.deferred.callback(buffer[0] if len(buffer) == 1 else b"".join(buffer))
        elif reason.check(PotentialDataLoss):
            self.deferred.errback(PartialDownloadError(self.status, self.message, b"".join(buffer)))
        else:
            self.deferred.errback(reason)


def readBody(response: IResponse) -> Deferred[bytes]:
    """
    Get all of a body.

    Returns: fires with it. It fails with `PartialDownloadError` if the end of the connection is all
        that ended it, and otherwise with what went wrong. Cancelling it closes the connection.
    """

    def abort(_: object) -> None:
        closeNow = aborter()
        if closeNow is not None:
            closeNow()

    def aborter() -> Callable[[], object] | None:
        return getattr(protocol.transport, "abortConnection", None)

    body: Deferred[bytes] = Deferred(abort)
    protocol = _ReadBodyProtocol(response.code, response.phrase, body)
    response.deliverBody(protocol)
    if protocol.transport is not None and aborter() is None:
        warn(
            "readBody() cannot be cancelled here: the transport has no abortConnection()",
            DeprecationWarning,
            stacklevel=2,
        )
    return body
