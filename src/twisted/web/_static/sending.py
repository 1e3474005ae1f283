"""
The short ways of a file into a response: at once if it is small, and by the system itself if the
response goes out as it is, over TCP and in the clear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet._engine.filesending import FileSending, canSendFiles
from twisted.web import server
from twisted.web._http.channel import HTTPChannel
from twisted.web._http.request import Request

if TYPE_CHECKING:
    from .producers import StaticProducer

__all__ = ["sendQuickly", "sendsAtOnce"]

_server: Any = server.Request


def sendsAtOnce(producer: StaticProducer, size: int) -> bool:
    """Whether so few bytes are written without waiting to be asked for them."""
    return size < producer.bufferSize and isinstance(producer.request, Request)


def sendQuickly(producer: StaticProducer, offset: int, size: int) -> bool:
    """
    Send a part of a file, if there is a short way.

    Args:
        producer: knows the file and the request, and completes that.
        offset, size: the part.
    Returns: whether there is; otherwise nothing has been done.
    """
    request = producer.request
    if not isinstance(request, Request):
        return False
    if sendsAtOnce(producer, size):
        file = producer.fileObject
        if offset:
            file.seek(offset)
        data = file.read(size)
        request.write(data)
        producer._complete(size - len(data))
        return True
    if not _goesOutAsItIs(request):
        return False
    return _sendBySystem(producer, request, offset, size)


def _goesOutAsItIs(request: Any) -> bool:
    """Whether what is written to a request is sent as it is, by a connection of our own."""
    return (
        type(request).write is _server.write
        and "write" not in request.__dict__
        and request._encoder is None
        and not request.startedWriting
        and not request._inFakeHead
        and type(request.channel) is HTTPChannel
        and b"Content-Length" in request.responseHeaders._rawHeaders
        and canSendFiles(request.channel.transport)
    )


def _sendBySystem(producer: StaticProducer, request: Any, offset: int, size: int) -> bool:
    try:
        source = producer.fileObject.fileno()
    except (AttributeError, OSError):
        return False  # it only looks like a file
    request.write(b"")

    def ended(missing: int) -> None:
        request.sentLength += sending.sent
        if request.producer is not None:
            request.unregisterProducer()
        if missing and not sending.sent:
            # A file system that knows nothing of this.
            producer.fileObject.seek(offset)
            request.registerProducer(producer, False)
        else:
            producer._complete(missing)

    sending = FileSending(request.channel.transport, source, offset, size, ended)
    if not sending.start() and request.channel is not None:
        request.registerProducer(_Sender(sending, producer), True)
    return True


class _Sender:
    """What the channel knows: it stops the sending, and closes the file."""

    def __init__(self, sending: FileSending, producer: StaticProducer) -> None:
        self._sending, self._producer = sending, producer
        self.pauseProducing = sending.pauseProducing
        self.resumeProducing = sending.resumeProducing

    def stopProducing(self) -> None:
        self._sending.stopProducing()
        self._producer.stopProducing()
