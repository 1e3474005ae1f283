"""
What all datagram sockets share: from `startListening` to `stopListening`, and reading.

The socket is ours from end to end, and the loop only watches it: uvloop's own UDP transports turn
each address into a tuple by a slower way than ``recvfrom`` does.

Three laws hold here:

- Reading goes on until nothing is left, for ``epoll`` costs more than ``recvfrom``; but one turn of
  the loop takes `DatagramSocket.maxDatagrams` and `DatagramSocket.maxThroughput` bytes at most, so
  that timers and other sockets have their turn while somebody floods us.
- What a protocol raises is logged, and the socket lives on. So it does when the network tells of an
  error: anybody can send such a message, and it must not close a server.
- After ``stopListening`` or ``pauseProducing``, the protocol hears of no further datagram: not even
  of one that the same turn could have read.
"""

from __future__ import annotations

import errno
import socket
from typing import Any

from zope.interface import implementer

from twisted.internet import defer, error
from twisted.internet.interfaces import IListeningPort, ILoggingContext, ISystemHandle
from twisted.python.context import speaker
from twisted.python.failure import Failure

from ..core import log, logUnhandled
from ..ports import BasePort

__all__ = ["DatagramSocket", "_sockErrReadIgnore", "_sockErrReadRefuse"]

_sockErrReadIgnore = [errno.EAGAIN, errno.EINTR, errno.EWOULDBLOCK]
_sockErrReadRefuse = [errno.ECONNREFUSED]

# What ICMP can tell a connected socket, other than that nobody listens there. The kernel
# forgets each as it tells it, so that going on is no endless loop.
_fromTheNetwork = {
    getattr(errno, name)
    for name in (
        "EACCES",
        "EHOSTDOWN",
        "EHOSTUNREACH",
        "EMSGSIZE",
        "ENETDOWN",
        "ENETUNREACH",
        "ENONET",
        "ENOPROTOOPT",
        "EOPNOTSUPP",
        "EPROTO",
    )
    if hasattr(errno, name)
}


@implementer(IListeningPort, ISystemHandle, ILoggingContext)
class DatagramSocket(BasePort):
    """
    A datagram socket and its protocol.

    Attributes:
        protocol: takes the datagrams.
        maxPacketSize: bytes of a datagram that are read; the system drops the rest of it.
        socket: the socket while it listens, otherwise None.
    """

    addressFamily: int = socket.AF_INET
    socketType: int = socket.SOCK_DGRAM

    maxThroughput = 256 * 1024
    """Bytes that one turn of the loop reads, more or less: the last datagram may exceed it."""
    maxDatagrams = 64
    """Datagrams that one turn of the loop reads."""
    singleReads = 7
    """Turns that read one datagram only, after a turn that found no second one."""

    deferred: defer.Deferred[None] | None = None
    _connectedAddr: Any = None
    _reading = False
    _hasPlainNames = True
    _readingSingly = 0

    def __init__(self, protocol: Any, maxPacketSize: int, reactor: Any) -> None:
        super().__init__(reactor)
        self.protocol = protocol
        self.maxPacketSize = maxPacketSize
        self.socket: Any = None
        self._preexistingSocket: Any = None
        self.setLogStr()

    # Said by the kinds of socket

    def _bind(self) -> socket.socket:
        """A bound socket. Raises: CannotListenError."""
        raise NotImplementedError

    def _describe(self) -> str:
        """Where this listens, in words."""
        raise NotImplementedError

    def _describeClosed(self) -> str:
        """What the log says at the end."""
        raise NotImplementedError

    def _deliver(self, datagram: bytes, sender: Any) -> None:
        """Hand on a datagram whose sender's name is not the one for the protocol."""
        raise NotImplementedError

    # From start to stop

    def startListening(self) -> None:
        """
        Bind, start the protocol, and read from now on. Again after `stopListening`, if wanted.

        Raises: CannotListenError with the address and the system's words; AlreadyListened if it
            does already, or is still being stopped.
        """
        self._allowStart()
        given, self._preexistingSocket = self._preexistingSocket, None
        self._begin(self._bind() if given is None else given)

    def _allowStart(self) -> None:
        if self.socket is not None:
            raise error.AlreadyListened(
                f"{self!r} listens: wait for what stopListening() returns, then start again"
            )

    def _begin(self, bound: socket.socket) -> None:
        self.socket = bound
        self.connected = 1
        self.disconnected = self.disconnecting = 0
        self._hasPlainNames = self.addressFamily != socket.AF_INET6
        self._say(f"{self._protocolName()} starting on {self._describe()}")
        self.reactor._ports.add(self)
        try:
            self.protocol.makeConnection(self)
        except BaseException:
            self._close()
            raise
        self.resumeProducing()

    def stopListening(self) -> defer.Deferred[None] | None:
        """
        Read no more; close soon, but not before this returns.

        Returns: fires when the socket is closed and the protocol was told; None if it does not
            listen.
        """
        if not self.connected:
            return None
        self.disconnecting = 1
        if self.deferred is None:
            self.deferred = defer.Deferred()
            self.stopReading()
            self.reactor._asyncioEventloop.call_soon(self.connectionLost)
        return self.deferred

    def loseConnection(self, _connDone: Any = None) -> None:
        """`stopListening`, for what closes every transport alike."""
        self.stopListening()

    def connectionLost(self, reason: Failure | None = None) -> None:
        """
        Close now.

        Args:
            reason: why; nobody asks.
        """
        if not self.connected:
            return
        self._say(self._describeClosed())
        self._close()
        producer, self.producer = self.producer, None
        deferred, self.deferred = self.deferred, None
        problem = None
        for tell in (self.protocol.doStop, getattr(producer, "stopProducing", None)):
            try:
                if tell is not None:
                    tell()
            except BaseException:
                logUnhandled(f"{tell!r}")
                problem = problem or Failure()
        if deferred is not None:
            if problem is None:
                deferred.callback(None)
            else:
                deferred.errback(problem)

    def _close(self) -> None:
        self.stopReading()
        self.connected = 0
        self.disconnected = 1
        self._connectedAddr = None
        reactor = self.reactor
        reactor._forgetPort(self)
        self.socket.close()
        self.socket = None

    def _listening(self) -> Any:
        if self.socket is None:
            raise error.NotListeningError(f"{self!r} has no socket: call startListening() first")
        return self.socket

    # Being watched

    def startReading(self) -> None:
        """Have the loop tell of datagrams; does nothing when it does already."""
        if self._reading or self.socket is None:
            return
        self._reading = True
        # A program's own doRead (in a subclass, or put in its place) is heeded.
        own = getattr(self.doRead, "__func__", None) is DatagramSocket.doRead
        ready = self._readable if own else self._readableByOther
        self.reactor._asyncioEventloop.add_reader(self.socket.fileno(), ready)

    def stopReading(self) -> None:
        """Have the loop tell of no more datagrams; they wait in the system's buffer."""
        if self._reading:
            self._reading = False
            self.reactor._asyncioEventloop.remove_reader(self.socket.fileno())

    # Reading

    # measured: an echo of 64 bytes takes 4.5 us of system calls and 0.5 us of ours. Where datagrams
    # come one at a time, to ask for a second one costs 1.3 us for nothing, hence singleReads.
    def _readable(self) -> None:
        single = self._readingSingly
        speaker.who = self
        try:
            count = self._read(1 if single else self.maxDatagrams)
        except BaseException as problem:
            self._failed(problem)
            return
        finally:
            speaker.who = None
        if single:
            self._readingSingly = single - 1
        elif count < 2:
            self._readingSingly = self.singleReads

    def _readableByOther(self) -> None:
        speaker.who = self
        try:
            self.doRead()
        except BaseException as problem:
            self._failed(problem)
        finally:
            speaker.who = None

    def _failed(self, problem: BaseException) -> None:
        log.failure(
            "{port!r} is closed, for it cannot be read any more", failure=Failure(), port=self
        )
        self.connectionLost(Failure(problem))

    def doRead(self) -> None:
        """
        Read what is there, within the bounds of one turn.

        Raises: OSError of a kind that reading cannot go on after.
        """
        self._read(self.maxDatagrams)

    def _read(self, most: int) -> int:
        receive = self.socket.recvfrom
        size = self.maxPacketSize
        left = self.maxThroughput
        reading = self._reading
        plain = self._hasPlainNames
        count = 0
        # Stopping and pausing change what self._reading is.
        while count < most and left > 0 and self._reading is reading:
            try:
                datagram, sender = receive(size)
            except OSError as problem:
                self._readFailed(problem)
                break
            count += 1
            left -= len(datagram)
            try:
                if plain:
                    self.protocol.datagramReceived(datagram, sender)
                else:
                    self._deliver(datagram, sender)
            except BaseException:
                logUnhandled(f"datagramReceived of {self.protocol!r}")
        return count

    def _readFailed(self, problem: OSError) -> None:
        if self.socket is None:
            return  # closed by what it received
        number = problem.args[0] if problem.args else None
        if number in _sockErrReadIgnore:
            return
        if number in _sockErrReadRefuse:
            if self._connectedAddr is not None:
                self._refused()
        elif self._connectedAddr is not None and number in _fromTheNetwork:
            log.debug("{port!r}: the network says {problem}", port=self, problem=problem)
        else:
            raise problem

    def _refused(self) -> None:
        try:
            self.protocol.connectionRefused()
        except BaseException:
            logUnhandled(f"connectionRefused of {self.protocol!r}")

    # Showing

    def getHandle(self) -> Any:
        """The socket."""
        return self.socket

    def fileno(self) -> int:
        """The descriptor of the socket, or -1."""
        return -1 if self.socket is None else int(self.socket.fileno())

    def _protocolName(self) -> str:
        if ILoggingContext.providedBy(self.protocol):
            return str(self.protocol.logPrefix())
        return type(self.protocol).__name__

    def setLogStr(self) -> None:
        """Ask the protocol anew what the log calls it."""
        self.logstr = f"{self._protocolName()} (UDP)"

    def logPrefix(self) -> str:
        """What log lines about this socket begin with."""
        return self.logstr

    def _say(self, message: str) -> None:
        # By the older log, whose events carry the text as ``message``: observers look for it there.
        from twisted.python import log as legacy

        legacy.msg(message)
