"""
Listening sockets, and the connections that they accept.

The socket is ours: made, bound and put to listen in `Port.startListening`, so that errors are
raised there and the port is known before the loop runs. The loop gets duplicates to accept from
(`accepting`). A loop that closes one on its own (libuv does so when ``accept`` fails, out of
descriptors for instance) has not cost us the listener: `Port` hears of it, logs it, and hands out
another duplicate after `Port.pauseSeconds`.

Connections that would take the last descriptors of the process are not accepted at all for a
while: they wait in the system's queue (``backlog``) instead of being refused. See
`StreamPort.lookForDescriptors`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import defer, error
from twisted.internet.abstract import isIPv6Address
from twisted.internet.interfaces import IAddress, IListeningPort, ILoggingContext, _Binding
from twisted.python.failure import Failure

from .accepting import Acceptors
from .addresses import socketAddress
from .core import log
from .ports import BasePort
from .reserve import _NullFileDescriptorReservation
from .sockets import adoptedStream, boundName, descriptorLimit, driveToEnd, listenBinding
from .streams import Connection

if TYPE_CHECKING:
    from .reactor import Reactor

__all__ = ["Port", "Server", "StreamPort"]


class Server(Connection):
    """A connection that was accepted by a `StreamPort`."""

    __slots__ = ("server",)

    def __init__(self, port: StreamPort) -> None:
        # measured: one is made for each accepted connection; super().__init__ costs a frame.
        self.reactor = port.reactor
        self.server = port
        self._stream = self._sink = port.waitingStream
        self._peer = None
        self.protocol = None
        self.connected = self.disconnecting = self.disconnected = 0

    # measured: benchmarks/ "accept rate"
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        port = self.server
        self._stream = transport
        name = transport.get_extra_info("peername")
        peer = self._peer = port.peerAddress(name)
        if not port.connected or (name is None and port.addressFamily != socket.AF_UNIX):
            # The port has closed; or the caller has, and nobody knows any more who it was.
            transport.abort()  # type: ignore[attr-defined]  # a stream's
            return
        try:
            protocol = port.factory.buildProtocol(port._buildAddr(peer))
        except BaseException:
            log.failure("Unhandled error in buildProtocol of {factory!r}", factory=port.factory)
            protocol = None
        if protocol is None:
            transport.abort()  # type: ignore[attr-defined]  # a stream's
            return
        self._begin(transport, protocol)
        if len(port.reactor._streams) >= port.watchfulFrom:
            port.lookForDescriptors(self.fileno())

    def _hostIfKnown(self) -> IAddress | None:
        found = super()._hostIfKnown()
        return self.server.getHost() if found is None else found

    def _addressOf(self, name: Any) -> Any:
        # Nearly all connections of a port came to the same address.
        known = self.server.hosts
        address = known.get(name)
        if address is None:
            address = super()._addressOf(name)
            if len(known) < self.server.mostHosts:
                known[name] = address
        return address

    @property
    def sessionno(self) -> int:  # type: ignore[override]  # counted only when somebody asks
        """A number for this connection, unique for its port."""
        number = self.__dict__.get("sessionno")
        if number is None:
            port = self.server
            number = self.__dict__["sessionno"] = port.sessionno
            port.sessionno += 1
        return int(number)

    @property
    def client(self) -> Any:
        """The peer's address as a tuple of host and port, or the path of a UNIX socket."""
        peer = self._peer
        return (peer.host, peer.port) if hasattr(peer, "host") else peer.name

    @property
    def hostname(self) -> str:
        """The peer's host, as digits."""
        return getattr(self._peer, "host", "")

    @property
    def logstr(self) -> str:  # type: ignore[override]  # made only when somebody logs
        """What log lines about this connection begin with."""
        return f"{self._protocolName()},{self.sessionno},{self.hostname}"

    def __repr__(self) -> str:
        number = getattr(self.server, "_realPortNumber", None)
        return f"<{self._protocolName()} #{self.sessionno} on {number}>"


@implementer(IListeningPort, ILoggingContext)
class StreamPort(BasePort):
    """
    What TCP and UNIX ports share; those say which socket.

    Args:
        factory: makes a protocol for each connection.
        backlog: connections that may wait in the system's queue.
        reactor: whose loop accepts.
    """

    transport: type[Server] = Server
    sessionno = 0
    deferred: defer.Deferred[None] | None = None
    _readingStopped = False
    addressFamily: int = 0
    socketType: int = socket.SOCK_STREAM

    pauseSeconds = 1.0
    """Seconds without accepting after the process ran out of descriptors."""
    logAgainSeconds = 60.0
    """Seconds for which nothing more is said of such pauses, once one was logged."""
    spareDescriptors = 16
    """Descriptors that accepting leaves to the rest of the program."""
    mostHosts = 64
    """Addresses of this side that connections share; each has its own beyond."""

    def __init__(self, factory: Any, backlog: int, reactor: Reactor) -> None:
        from .streams import _notYet

        super().__init__(reactor)
        self.factory = factory
        self.backlog = backlog
        self.waitingStream = _notYet
        self.peerAddress: Callable[[Any], Any] = socketAddress
        self.socket: Any = None
        self.hosts: dict[Any, Any] = {}
        self._acceptors: Acceptors | None = None
        self._pausedBy: Any = None
        self._logAgainAt = 0.0
        self.watchfulFrom = descriptorLimit() // 2

    # Said by the kinds of port

    def _bind(self) -> socket.socket:
        """A bound socket; raises CannotListenError."""
        raise NotImplementedError

    def _describe(self) -> str:
        """Where this listens, in words."""
        raise NotImplementedError

    def _getLogPrefix(self, factory: Any) -> str:
        if ILoggingContext.providedBy(factory):
            return str(factory.logPrefix())
        return type(factory).__name__

    def _buildAddr(self, address: Any) -> Any:
        return address

    def _adopt(self, listening: socket.socket) -> None:
        """Take a socket that is bound already, and remember what it is called."""
        self.socket = listening

    def _closed(self) -> None:
        """The socket is closed; clean up what it left."""

    # Listening

    def startListening(self) -> None:
        """
        Bind, and accept from now on.

        Raises: CannotListenError with the address and the system's words.
        """
        if self.socket is None:
            self._adopt(self._bind())
        self._say(f"{self._getLogPrefix(self.factory)} starting on {self._describe()}")
        self.factory.doStart()
        self.connected = 1
        self.disconnected = self.disconnecting = 0
        self._readingStopped = False
        self.reactor._ports.add(self)
        self.reactor._reservation.reserve()
        self._accept()

    def _accept(self) -> None:
        loop = self.reactor._asyncioEventloop
        most = self.acceptedTogether
        self._acceptors = Acceptors(loop, self.socket, self._serve, self._loopGaveUp, most)

    @property
    def acceptedTogether(self) -> int:
        """How many connections one turn of the loop may take, as the factory wants it, or 1."""
        wanted = getattr(self.factory, "acceptedTogether", 1)
        # Doubles of factories have something for each name.
        return wanted if isinstance(wanted, int) else 1

    def _serve(self, duplicate: socket.socket) -> Any:
        loop = self.reactor._asyncioEventloop
        if duplicate.family == socket.AF_UNIX:
            serving = _serveUNIX(loop, self._makeServer, duplicate, self.backlog)
        else:
            serving = loop.create_server(self._makeServer, sock=duplicate, backlog=self.backlog)
        return driveToEnd(serving)

    def _makeServer(self) -> Server:
        acceptors = self._acceptors
        if acceptors is not None:
            acceptors.untilCounted -= 1
            if acceptors.untilCounted < 0:
                acceptors.count()
        return self.transport(self)

    def stopReading(self) -> None:
        """
        Accept no more for now: callers wait in the system's queue.

        What was accepted already is served.
        """
        self._readingStopped = True
        self._stopAccepting()

    def startReading(self) -> None:
        """Accept again after `stopReading`."""
        self._readingStopped = False
        if self._acceptors is None and self._pausedBy is None:
            self._resume()

    def _stopAccepting(self) -> None:
        acceptors, self._acceptors = self._acceptors, None
        if acceptors is not None:
            acceptors.close(taken=bool(self.connected))

    def _say(self, message: str) -> None:
        # By the older log, whose events carry the text as ``message``: observers look for it there.
        from twisted.python import log as legacy

        legacy.msg(message)

    # Out of descriptors

    def lookForDescriptors(self, descriptor: int) -> None:
        """
        Called for each connection once there are many: see whether descriptors run out.

        Args:
            descriptor: the connection's. The lowest are given first, so that a high number says
                how many are open.
        """
        limit = descriptorLimit()
        self.watchfulFrom = limit // 2
        if descriptor + self.spareDescriptors >= limit:
            self._pause()

    def _loopGaveUp(self) -> None:
        if self._acceptors is not None and self.connected:
            self._pause()

    def _pause(self) -> None:
        if self._pausedBy is not None:
            return
        self._pausedBy = self.reactor.callLater(self.pauseSeconds, self._resume)
        self._stopAccepting()
        now = self.reactor.seconds()
        if now >= self._logAgainAt:
            self._logAgainAt = now + self.logAgainSeconds
            self._logOutOfDescriptors()

    def _logOutOfDescriptors(self) -> None:
        reservation = self.reactor._reservation
        # A log may want a descriptor: to open its next file, or to import what formats it.
        with reservation if reservation.available() else _NullFileDescriptorReservation():
            log.error(
                "Port {where}: out of file descriptors ({limit} may be open): not accepting for "
                "{seconds} s at a time, until some are closed; raise the limit (ulimit -n) or "
                "close idle connections",
                where=self._describe(),
                limit=descriptorLimit(),
                seconds=self.pauseSeconds,
            )

    def _resume(self) -> None:
        self._pausedBy = None
        if not self.connected or self.disconnecting or self._readingStopped:
            return
        try:
            probe = os.dup(self.socket.fileno())
            os.close(probe)
            if probe + self.spareDescriptors >= descriptorLimit():
                raise OSError
            self._accept()
        except OSError:
            self._pausedBy = self.reactor.callLater(self.pauseSeconds, self._resume)

    # The end

    def stopListening(self, connDone: Failure | None = None) -> defer.Deferred[None] | None:
        """
        Stop accepting; connections that were accepted go on.

        Returns: fires when the socket is closed and the factory was told.
        """
        self.disconnecting = 1
        if self.connected:
            if self.deferred is None:
                self.deferred = defer.Deferred()
                self._stopAccepting()
                loop = self.reactor._asyncioEventloop
                reason = connDone or Failure(error.ConnectionDone())
                if isinstance(loop, asyncio.SelectorEventLoop):
                    # In two turns: what was accepted in this one is connected by then.
                    loop.call_soon(loop.call_soon, self.connectionLost, reason)
                else:
                    # Whoever connects from now on is refused, also in this program.
                    loop.call_soon(self.connectionLost, reason)
            return self.deferred
        return None

    def loseConnection(self, connDone: Failure | None = None) -> defer.Deferred[None] | None:  # type: ignore[override]  # of a port it tells when
        """`stopListening`, for what closes every transport alike."""
        return self.stopListening(connDone)

    def connectionLost(self, reason: Failure) -> None:
        """
        Close the socket now.

        Args:
            reason: ConnectionDone after `stopListening`, or why the reactor ended it.
        Raises: what the factory's ``doStop`` raises, unless `stopListening` was asked first,
            whose Deferred gets it.
        """
        if not self.connected:
            return
        self.connected = 0
        self.disconnected = 1
        self._stopAccepting()
        self.reactor._forgetPort(self)
        if self._pausedBy is not None:
            self._pausedBy.cancel()
            self._pausedBy = None
        self.socket.close()
        self.socket = None
        self._closed()
        deferred, self.deferred = self.deferred, None
        try:
            self.factory.doStop()
        except BaseException:
            if deferred is None:
                raise
            deferred.errback(Failure())
            return
        if deferred is not None:
            deferred.callback(None)

    # Showing

    def getHost(self) -> IAddress:
        """Where this listens."""
        return socketAddress(self.socket.getsockname())

    def getPeer(self) -> IAddress:
        """A listening port has no peer. Raises: NotImplementedError."""
        raise NotImplementedError("a listening port has no other side")

    def fileno(self) -> int:
        """The descriptor of the listening socket, or -1."""
        return -1 if self.socket is None else int(self.socket.fileno())

    def logPrefix(self) -> str:
        """What log lines about this port begin with."""
        return f"{self._getLogPrefix(self.factory)} (Port)"

    def __repr__(self) -> str:
        name = type(self)
        factory = type(self.factory)
        where = f"on {self._describe()}" if self.connected else "(not listening)"
        return (
            f"<<class '{name.__module__}.{name.__qualname__}'> of "
            f"<class '{factory.__module__}.{factory.__qualname__}'> {where}>"
        )


class Port(StreamPort):
    """
    A TCP port.

    Args:
        port: number (0 lets the system choose), pair of interface and number, or binding.
        factory: makes a protocol for each connection.
        backlog: connections that may wait in the system's queue.
        interface: literal address to listen on; empty for all of IPv4, ``::`` for all of IPv6.
        reactor: the reactor, or None for the installed one.
    """

    addressFamily: int = socket.AF_INET
    _type = "TCP"
    _realPortNumber: int | None = None

    def __init__(
        self,
        port: int | tuple[str, int] | _Binding,
        factory: Any,
        backlog: int = 50,
        interface: str | None = "",
        reactor: Any = None,
    ) -> None:
        super().__init__(factory, backlog, reactor or _installedReactor())
        binding = self._binding = listenBinding(port, interface)
        self.port = binding._port
        self.interface = binding._address or ""
        if isIPv6Address(self.interface):
            self.addressFamily = socket.AF_INET6

    def _bind(self) -> socket.socket:
        listening = None
        try:
            listening = self.createInternetSocket()
            listening.bind(boundName(self.addressFamily, self.interface, self.port))
            listening.listen(self.backlog)
        except (OSError, OverflowError) as problem:
            if listening is not None:
                listening.close()
            raise error.CannotListenError(self.interface, self.port, problem) from problem
        return listening

    @classmethod
    def _fromListeningDescriptor(
        cls, reactor: Any, fd: int, addressFamily: int, factory: Any
    ) -> Port:
        listening = adoptedStream(fd, addressFamily)
        name = listening.getsockname()
        port = cls(name[1], factory, interface=name[0], reactor=reactor)
        port.addressFamily = addressFamily
        port._adopt(listening)
        return port

    def _adopt(self, listening: socket.socket) -> None:
        super()._adopt(listening)
        self._realPortNumber = listening.getsockname()[1]

    def _closed(self) -> None:
        self._say(f"({self._type} Port {self._realPortNumber} Closed)")
        self._realPortNumber = None

    def _describe(self) -> str:
        return str(self._realPortNumber)


def _installedReactor() -> Any:
    from twisted.internet import reactor

    return reactor


def _serveUNIX(loop: Any, make: Any, listening: socket.socket, backlog: int) -> Any:
    """
    ``create_unix_server``, which must leave the file alone.

    From Python 3.13 on, loops remove it when they stop accepting; here that is no end of the port.
    """
    if isinstance(loop, asyncio.SelectorEventLoop):
        return loop.create_server(make, sock=listening, backlog=backlog)
    if sys.version_info < (3, 13):
        return loop.create_unix_server(make, sock=listening, backlog=backlog)
    return loop.create_unix_server(make, sock=listening, backlog=backlog, cleanup_socket=False)
