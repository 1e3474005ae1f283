"""
A file goes to a peer by the system's own copying (``sendfile``), past our memory.

The loop's transport knows nothing of it, so the laws of order are held here:

1. It begins only while the loop has nothing of ours to send. What was written in this turn goes
   first, in the same segments where it can.
2. What is written meanwhile waits above the stream, and follows.
3. Where the socket has to be waited for, that is done by a duplicate of its descriptor, for the
   loop keeps the original. The duplicate is closed before anybody is told of the end, for as long
   as one of the two is open the peer sees no end of the stream.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Any

from .streams import Connection, _Above, _Pushed

__all__ = ["FileSending", "canSendFiles"]

_messageGoesOn = getattr(socket, "MSG_MORE", 0)
# What file systems say that cannot do this; there is always the way by our memory.
_cannot = (errno.EINVAL, errno.ENOSYS, errno.EOVERFLOW, errno.ESPIPE, errno.ENOTSUP)


def canSendFiles(transport: object) -> bool:
    """
    Whether `FileSending` can be used on a transport now: a plain stream of ours, in the clear,
    with nothing that waits to be sent.
    """
    if not (isinstance(transport, Connection) and hasattr(os, "sendfile")):
        return False
    if not transport.connected or transport.disconnecting or transport.TLS:
        return False
    below: Any = transport._stream
    if type(below) is _Pushed:
        below = below.below
    if hasattr(below, "below"):
        return False
    # Quick to ask, and 0 for all that is sent.
    return not below.get_write_buffer_size() and below.get_extra_info("socket") is not None


class _Held(_Above):
    """Keeps what is written while a file is on its way."""

    def __init__(self, below: Any) -> None:
        super().__init__(below)
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.parts.append(data)

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.parts)) + int(self.below.get_write_buffer_size())


class FileSending:
    """
    Sends a part of a file. It is an IPushProducer, so that a consumer can stop it.

    Attributes:
        mostAtOnce: bytes that are sent in one turn of the loop, so that others get theirs.
        sent: bytes of the file that were sent.

    Args:
        connection: one that `canSendFiles` said yes to.
        source: the descriptor of the file; it must stay open until the end.
        offset, size: the part.
        ended: called once at the end with how many bytes are missing, since the file is shorter,
            or cannot be sent like this. It is not called after `stopProducing`.
    """

    mostAtOnce = 1 << 20

    def __init__(
        self,
        connection: Connection,
        source: int,
        offset: int,
        size: int,
        ended: Callable[[int], object],
    ) -> None:
        self._connection = connection
        self._source = source
        self._offset = offset
        self._left = size
        self._ended: Callable[[int], object] | None = ended
        self._held: _Held | None = None
        self.sent = 0

    def start(self) -> bool:
        """Begin. Returns: whether that was all; ``ended`` has been called then."""
        connection = self._connection
        self._head = self._takeWritten()
        self._fileno = connection.fileno()
        return self._step()

    def _takeWritten(self) -> bytes:
        """What was written in this turn and waits for its end."""
        connection = self._connection
        if type(connection._sink) is list:
            parts, connection._sink = connection._sink, []
        elif type(connection._stream) is _Pushed:
            pushed = connection._stream
            parts, pushed._parts = pushed._parts, []
            pushed._written = 0
        else:
            return b""
        return b"".join(parts)

    # measured: benchmarks/ "static-1m"
    def _step(self) -> bool:
        """Send what there is room for. Returns: whether that was all."""
        try:
            if self._head:
                self._sendHead()
            room = self.mostAtOnce
            while self._left and room:
                sent = os.sendfile(self._fileno, self._source, self._offset, min(self._left, room))
                if not sent:
                    break
                self.sent += sent
                self._offset += sent
                self._left -= sent
                room -= sent
            else:
                if self._left:
                    self._watch()
                    return False
        except BlockingIOError:
            self._watch()
            return False
        except OSError as error:
            if error.errno not in _cannot:
                # The peer has gone, which the loop is about to notice, too.
                self.stopProducing()
                self._connection.abortConnection()
                return False
        self._close()
        # Whoever is told knows us, and we need not know it any more.
        ended, self._ended = self._ended, None
        if ended is not None:
            ended(self._left)
        return True

    def _watch(self) -> None:
        """Go on when there is room. Until now nobody else could write; who does so has to wait."""
        if self._held is None:
            connection = self._connection
            self._held = _Held(connection._stream)
            connection._standOn(self._held)
            self._fileno = os.dup(self._fileno)
            connection.reactor._asyncioEventloop.add_writer(self._fileno, self._turn)

    def _turn(self) -> None:
        try:
            self._step()
        except BaseException:
            # Whoever is told of the end may fail; the loop is not to hear of that.
            self._connection._fail("the end of a file")

    def _sendHead(self) -> None:
        # Told its kind, it asks the system nothing; it is only there for its `send`.
        view = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, self._fileno)
        try:
            while self._head:
                sent = view.send(self._head, _messageGoesOn if self._left else 0)
                self._head = self._head[sent:]
        finally:
            view.detach()

    def _close(self) -> None:
        """Let go of the socket, and let what waits follow."""
        held, self._held = self._held, None
        if held is None:
            return
        connection = self._connection
        connection.reactor._asyncioEventloop.remove_writer(self._fileno)
        os.close(self._fileno)
        if connection._stream is held:
            connection._standBackOn(held.below)
            for part in (self._head, *held.parts):
                if part:
                    held.below.write(part)

    # What a consumer says

    def pauseProducing(self) -> None:
        """Nothing: the socket itself says when there is no room."""

    def resumeProducing(self) -> None:
        """Nothing."""

    def stopProducing(self) -> None:
        """Send no more."""
        self._left = 0
        self._head = b""
        self._ended = None
        self._close()
