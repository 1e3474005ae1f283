"""
Descriptors passed over UNIX sockets (SCM_RIGHTS).

The loops' transports know nothing of them, so a connection that passes some does its own
``sendmsg`` or ``recvmsg`` on a duplicate of its socket's descriptor, which the loop watches. The
loop's transport stays below, idle in that direction, and owns the connection's end. A connection
that passes none pays nothing.
"""

from __future__ import annotations

import array
import asyncio
import os
import socket
from typing import Any

from twisted.internet import error
from twisted.internet.interfaces import IFileDescriptorReceiver
from twisted.python.failure import Failure

from .core import log
from .sockets import isOfUvloop, leaveToLoop
from .streams import Connection, _Above, _notYet

__all__ = ["DescriptorPassing"]

maxReadBytes = 65536
maxDescriptorsWaiting = 64
"""Descriptors that may wait to be sent before a push producer is paused."""
maxDescriptorsPerRead = 64
maxDescriptorsPerMessage = 64
"""Descriptors sent with one byte run; Linux refuses more than 253 (SCM_MAX_FD)."""


def _duplicateSocket(connection: Connection) -> socket.socket:
    return socket.socket(fileno=os.dup(connection.fileno()))


class DescriptorPassing(Connection):
    """``IUNIXTransport``, for a UNIX `Connection`."""

    __slots__ = ()

    _sender: _Sender | None = None
    _receiver: _Receiver | None = None

    def sendFileDescriptor(self, descriptor: int) -> None:
        """
        Send a duplicate of a descriptor, together with the next bytes that are written.

        Args:
            descriptor: may be closed as soon as this returns.
        """
        if not self.connected:
            return
        if self._sender is None:
            self._sender = _Sender(self, self._stream)
            self._standOn(self._sender)
        self._sender.queueDescriptor(os.dup(descriptor))

    def _begin(self, loopTransport: Any, protocol: Any) -> None:
        if not IFileDescriptorReceiver.providedBy(protocol):
            super()._begin(loopTransport, protocol)
        elif isOfUvloop(loopTransport):
            _Again(self, loopTransport, protocol)
        else:
            super()._begin(loopTransport, protocol)
            # In the next turn: the loop's transport begins to read after this one, but is not
            # heard before what stands in the queue now.
            self.reactor._asyncioEventloop.call_soon(self._takeOverReading)

    def _takeOverReading(self) -> None:
        if self.connected and not self.disconnecting and self._receiver is None:
            self._bottom().pause_reading()
            self._receiver = _Receiver(self)
            if not self._readPaused:
                self._receiver.resume()

    def _pauseLoop(self) -> None:
        if self._receiver is not None:
            self._receiver.pause()
        else:
            super()._pauseLoop()

    def _resumeLoop(self) -> None:
        if self._receiver is not None:
            self._receiver.resume()
        else:
            super()._resumeLoop()

    def _closeWhenFree(self) -> None:
        sender = self._sender
        if sender is not None and self.connected and sender.get_write_buffer_size():
            sender.closeWhenSent = True
        elif sender is not None and self.connected and sender.hasDescriptors():
            # They travel with bytes, and none are to come.
            self.connectionLost(Failure(error.FileDescriptorOverrun()))
        else:
            super()._closeWhenFree()

    def _lose(self, reason: Failure) -> None:
        sender, self._sender = self._sender, None
        receiver, self._receiver = self._receiver, None
        if sender is not None:
            sender.end()
        if receiver is not None:
            receiver.end()
        super()._lose(reason)


class _Again(asyncio.Protocol):
    """
    Gives a connection a transport of uvloop's that has not read yet, in place of one that will.

    uvloop begins to read when ``connection_made`` has returned, and hears of what has come before
    anything else has a turn; what it reads has lost its descriptors. So its transport is dropped,
    and another one made around a duplicate of the socket in such a way that a callback of ours
    stands right behind its ``connection_made`` in the loop's queue.
    """

    def __init__(self, connection: DescriptorPassing, before: Any, protocol: Any) -> None:
        self._connection = connection
        self._protocol = protocol
        loop = connection.reactor._asyncioEventloop
        self._socket = socket.socket(fileno=os.dup(before.get_extra_info("socket").fileno()))
        self._socket.setblocking(False)
        before.set_protocol(asyncio.Protocol())
        before.abort()
        connection._stream = _notYet
        self._connecting = loop.connect_accepted_socket(lambda: self, self._socket)
        self._connecting.send(None).add_done_callback(self._connected)
        loop.call_soon(connection._takeOverReading)

    def connection_made(self, transport: Any) -> None:
        connection = self._connection
        transport.set_protocol(connection)
        if connection._reason is None:
            super(DescriptorPassing, connection)._begin(transport, self._protocol)
        else:
            transport.abort()  # it was aborted in the turn between

    def _connected(self, _: object) -> None:
        try:
            self._connecting.send(None)
        except StopIteration as done:
            leaveToLoop(done.value[0], self._socket)


class _Receiver:
    """Reads bytes and descriptors for a connection."""

    def __init__(self, connection: DescriptorPassing) -> None:
        self._connection = connection
        self._loop = connection.reactor._asyncioEventloop
        self._socket = _duplicateSocket(connection)

    def resume(self) -> None:
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def pause(self) -> None:
        self._loop.remove_reader(self._socket.fileno())

    def end(self) -> None:
        self.pause()
        self._socket.close()

    def _readable(self) -> None:
        connection = self._connection
        try:
            data, descriptors = self._read()
        except (BlockingIOError, InterruptedError):
            return
        except OSError as problem:
            lost = error.ConnectionLost()
            lost.__cause__ = problem
            connection.connectionLost(Failure(lost))
            return
        for index, descriptor in enumerate(descriptors):
            if not connection.connected:
                _closeAll(descriptors[index:])
                return
            try:
                connection.protocol.fileDescriptorReceived(descriptor)
            except BaseException:
                connection._fail("fileDescriptorReceived")
        if not connection.connected:
            return
        if data:
            connection.data_received(data)
        else:
            self.pause()
            connection.eof_received()

    def _read(self) -> tuple[bytes, list[int]]:
        room = socket.CMSG_SPACE(maxDescriptorsPerRead * array.array("i").itemsize)
        data, ancillary, flags, _ = self._socket.recvmsg(
            maxReadBytes, room, getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        )
        descriptors = array.array("i")
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                whole = len(content) - len(content) % descriptors.itemsize
                descriptors.frombytes(content[:whole])
        if flags & socket.MSG_CTRUNC:
            log.warn(
                "{connection!r} was sent more than {most} descriptors at once: the rest is lost",
                connection=self._connection,
                most=maxDescriptorsPerRead,
            )
        return data, list(descriptors)


class _Sender(_Above):
    """Stands at ``Connection._stream``: writes bytes and descriptors in their order."""

    def __init__(self, connection: DescriptorPassing, below: Any) -> None:
        super().__init__(below)
        self._connection = connection
        self._loop = connection.reactor._asyncioEventloop
        self._socket = _duplicateSocket(connection)
        self._waiting = bytearray()
        self._descriptors: list[int] = []
        self._watching = False
        self.closeWhenSent = False

    def queueDescriptor(self, descriptor: int) -> None:
        self._descriptors.append(descriptor)
        if len(self._descriptors) > maxDescriptorsWaiting:
            self._connection.pause_writing()

    def hasDescriptors(self) -> bool:
        return bool(self._descriptors)

    def write(self, data: bytes) -> None:
        self._waiting += data
        if len(self._waiting) > self._connection.bufferSize:
            self._connection.pause_writing()
        if not self._watching:
            self._watching = True
            self._loop.call_soon(self._start)

    def get_write_buffer_size(self) -> int:
        return len(self._waiting) + int(self.below.get_write_buffer_size())

    def _start(self) -> None:
        if not self._connection.connected:
            return
        if self.below.get_write_buffer_size():
            # What was written before the first descriptor goes first, by the loop's transport.
            self._connection.reactor.callLater(0.002, self._start)
        else:
            self._loop.add_writer(self._socket.fileno(), self._writable)

    def _writable(self) -> None:
        try:
            self._sendSome()
        except (BlockingIOError, InterruptedError):
            return
        except OSError as problem:
            lost = error.ConnectionLost()
            lost.__cause__ = problem
            self._connection.connectionLost(Failure(lost))
            return
        if not self._waiting:
            self._loop.remove_writer(self._socket.fileno())
            self._watching = False
            connection = self._connection
            if self.closeWhenSent:
                self.below.close()
            else:
                connection.resume_writing()

    def _sendSome(self) -> None:
        sending = self._descriptors[:maxDescriptorsPerMessage]
        # More descriptors than one message takes need a byte each to travel with.
        data = self._waiting[:1] if len(self._descriptors) > len(sending) else self._waiting
        ancillary = (
            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", sending))] if sending else []
        )
        sent = self._socket.sendmsg([data], ancillary, getattr(socket, "MSG_DONTWAIT", 0))
        del data, self._waiting[:sent]
        del self._descriptors[: len(sending)]
        _closeAll(sending)

    def end(self) -> None:
        if self._watching:
            self._loop.remove_writer(self._socket.fileno())
        _closeAll(self._descriptors)
        self._descriptors = []
        self._socket.close()


def _closeAll(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        try:
            os.close(descriptor)
        except OSError:
            log.failure("could not close descriptor {fd}", fd=descriptor)
