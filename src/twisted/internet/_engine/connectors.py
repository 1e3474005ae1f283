"""
Connections that we open.

A connector lives as long as its factory wants to connect again and again; a `Client` is one try
and, when that succeeds, the transport. The steps of a try: look the name up, bind, connect, hand
the socket to the loop. Each can fail, and each can be ended by a time-out or by
`Connector.stopConnecting`; `StreamClient.failIfNotConnected` is the one way out of them all.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IAddress, IConnector, _Binding
from twisted.python.failure import Failure

from .addresses import socketAddress
from .core import log
from .sockets import boundName, driveUnderWay, isOfUvloop, leaveToLoop, newSocket, ofPython
from .streams import Connection, _notYet

if TYPE_CHECKING:
    from .reactor import Reactor

__all__ = ["BaseConnector", "Client", "Connector", "StreamClient"]


@implementer(IConnector)
class BaseConnector(ABC):
    """
    Connects a factory; `_makeTransport` says to what.

    ``disconnected`` --connect--> ``connecting`` --buildProtocol--> ``connected``; a failure, a
    loss and `stopConnecting` lead back to ``disconnected``.

    Args:
        factory: makes the protocol, and is told how it goes.
        timeout: seconds that a try may take, or None for no bound but the system's.
        reactor: the reactor.
    """

    timeoutID: Any = None
    factoryStarted = 0

    def __init__(self, factory: Any, timeout: float | None, reactor: Any) -> None:
        self.state = "disconnected"
        self.transport: Any = None
        self.factory = factory
        self.timeout = timeout
        self.reactor = reactor

    @abstractmethod
    def _makeTransport(self) -> Any:
        """Begin a try, which reports to this connector."""

    @abstractmethod
    def getDestination(self) -> IAddress:
        """Where this connects to."""

    def __repr__(self) -> str:
        kind = type(self)
        return (
            f"<{kind.__module__}.{kind.__qualname__} instance at {id(self):#x} "
            f"{self.state} {self.getDestination()}>"
        )

    def connect(self) -> None:
        """
        Try, for the first time or again.

        Raises: RuntimeError while connecting or connected.
        """
        if self.state != "disconnected":
            raise RuntimeError(
                f"this connector is {self.state}: it can connect again once that has ended"
            )
        self.state = "connecting"
        if not self.factoryStarted:
            self.factoryStarted = 1
            self.factory.doStart()
        self.transport = transport = self._makeTransport()
        if self.timeout is not None:
            self.timeoutID = self.reactor.callLater(
                self.timeout, transport.failIfNotConnected, error.TimeoutError()
            )
        self.factory.startedConnecting(self)

    def disconnect(self) -> None:
        """Stop connecting, or lose the connection."""
        if self.state == "connecting":
            self.stopConnecting()
        elif self.state == "connected":
            self.transport.loseConnection()

    def stopConnecting(self) -> None:
        """
        End the try; the factory is told that it failed with UserError.

        Raises: NotConnectingError unless connecting.
        """
        if self.state != "connecting":
            raise error.NotConnectingError(f"this connector is {self.state}")
        self.state = "disconnected"
        self.transport.failIfNotConnected(error.UserError())

    def cancelTimeout(self) -> None:
        """The try is over: no time-out for it any more."""
        timeoutID, self.timeoutID = self.timeoutID, None
        if timeoutID is not None and timeoutID.active():
            timeoutID.cancel()

    def buildProtocol(self, addr: IAddress) -> Any:
        """
        The try succeeded. Called by the transport.

        Args:
            addr: the peer's address.
        Returns: the factory's protocol, or None.
        """
        self.state = "connected"
        self.cancelTimeout()
        return self.factory.buildProtocol(addr)

    def connectionFailed(self, reason: Failure) -> None:
        """The try failed. Called by the transport. Args: reason: why."""
        self.cancelTimeout()
        self.transport = None
        self.state = "disconnected"
        self.factory.clientConnectionFailed(self, reason)
        self._rest()

    def connectionLost(self, reason: Failure) -> None:
        """The connection was lost. Called by the transport. Args: reason: why."""
        self.state = "disconnected"
        self.factory.clientConnectionLost(self, reason)
        self._rest()

    def _rest(self) -> None:
        # The factory may have connected again from its callback.
        if self.state == "disconnected" and self.factoryStarted:
            self.factoryStarted = 0
            self.factory.doStop()


def _isIPv6(host: str | bytes) -> bool:
    # To be refused by the system's parser costs as much as the rest of making a client.
    return (not isinstance(host, str) or ":" in host) and isIPv6Address(host)


class StreamClient(Connection):
    """One try to connect, and the connection that comes of it; the kinds say how."""

    __slots__ = ("_handedOver", "_peerName", "_pending", "connector")

    _isClient = True
    addressFamily: int
    socketType: int = socket.SOCK_STREAM

    def __init__(self, connector: BaseConnector, reactor: Reactor) -> None:
        super().__init__(reactor)
        self.connector: BaseConnector | None = connector
        self._pending: socket.socket | None = None
        self._peerName: Any = None
        self._handedOver = False
        # Bound now, so that where we connect from is known before the loop runs; what goes wrong
        # is told in the next turn all the same.
        problem: error.ConnectError | None = None
        try:
            self._prepare()
        except error.ConnectError as raised:
            problem = raised
        reactor._asyncioEventloop.call_soon(self._guarded, self._start, problem)

    def _start(self, problem: error.ConnectError | None) -> None:
        if problem is not None:
            raise problem
        self.resolveAddress()

    def _prepare(self) -> None:
        try:
            self._pending = self.createInternetSocket()
            self._bindTo(self._pending)
        except (OSError, OverflowError) as problem:
            number = getattr(problem, "errno", None)
            raise error.ConnectBindError(number, str(problem)) from problem

    # Said by the kinds

    def resolveAddress(self) -> None:
        """Find where to connect to, then call `_connectTo`."""
        raise NotImplementedError

    def createInternetSocket(self) -> socket.socket:
        """The socket, not yet bound."""
        return newSocket(self.addressFamily, self.socketType, None, self._worksOnBareSockets())

    def _worksOnBareSockets(self) -> bool:
        return isOfUvloop(self.reactor._asyncioEventloop)

    def _bindTo(self, pending: socket.socket) -> None:
        """Bind before connecting, where that was asked for."""

    # The steps

    def _guarded(self, step: Any, *args: Any) -> None:
        if self.connector is None or self.connected:
            return
        try:
            step(*args)
        except error.ConnectError as problem:
            self.failIfNotConnected(problem)
        except OSError as problem:
            self.failIfNotConnected(error.getConnectError(problem))
        except OverflowError as problem:
            self.failIfNotConnected(problem)  # a port that is out of range
        except BaseException:
            failure = Failure()
            log.failure("Unhandled error while connecting {client!r}", failure, client=self)
            self.failIfNotConnected(failure)

    def _connectTo(self, name: Any) -> None:
        pending = self._pending
        assert pending is not None
        code = pending.connect_ex(name)
        if code == errno.EINPROGRESS:
            # On this machine it is done by now: to ask costs less than to have it watched. Who
            # has a peer is connected, and whom has to be known anyway.
            try:
                self._peerName = pending.getpeername()
                code = 0
            except OSError:
                code = pending.connect_ex(name)
        loop = self.reactor._asyncioEventloop
        if code in (0, errno.EISCONN):
            self._handToLoop()
        elif code in (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR, errno.EALREADY):
            loop.add_writer(pending.fileno(), self._writable, name)
        elif code == errno.EAGAIN:
            # A UNIX listener whose queue is full; there is nothing to watch.
            self.reactor.callLater(0.01, self._guarded, self._connectTo, name)
        else:
            raise OSError(code, os.strerror(code))

    def _writable(self, name: Any) -> None:
        pending = self._pending
        assert pending is not None
        self.reactor._asyncioEventloop.remove_writer(pending.fileno())
        code = pending.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self.failIfNotConnected(error.getConnectError(OSError(code, os.strerror(code))))
        else:
            self._guarded(self._handToLoop)

    def _handToLoop(self) -> None:
        pending = self._pending
        assert pending is not None
        loop = self.reactor._asyncioEventloop
        self._handedOver = True
        giving = loop.connect_accepted_socket(lambda: self, pending)
        if isinstance(pending, socket.socket):
            # asyncio accepts by tasks: who is here first, and aborts, is not shown to a factory.
            loop.call_soon(driveUnderWay, giving, loop, self._notTaken)
        else:
            driveUnderWay(giving, loop, self._notTaken)

    def _notTaken(self, problem: OSError) -> None:
        self.failIfNotConnected(error.getConnectError(problem))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        connector = self.connector
        pending, self._pending = self._pending, None
        if pending is not None:
            leaveToLoop(transport, pending)
        if connector is None:
            # Ended in the very turn in which it succeeded.
            transport.abort()  # type: ignore[attr-defined]  # a stream's
            return
        self._stream = transport
        self._peer = self._peerOf(transport)
        try:
            protocol = connector.buildProtocol(self._peer)
        except BaseException:
            log.failure(
                "Unhandled error in buildProtocol of {factory!r}", factory=connector.factory
            )
            protocol = None
        if protocol is None:
            self._stream = _notYet
            transport.abort()  # type: ignore[attr-defined]  # a stream's
            return
        self._begin(transport, protocol)

    def _begin(self, loopTransport: Any, protocol: Any) -> None:
        connector = self.connector
        super()._begin(loopTransport, protocol)
        if self.connected and getattr(getattr(connector, "factory", None), "tellsNextTurn", False):
            self._deliverNextTurn()

    def _hostIfKnown(self) -> Any:
        pending = self._pending
        if pending is None:
            return super()._hostIfKnown()
        return socketAddress(pending.getsockname())

    def _peerOf(self, transport: asyncio.BaseTransport) -> Any:
        raise NotImplementedError

    @property
    def socket(self) -> Any:
        """The socket, which connects or has connected."""
        if self._pending is None:
            return super().socket
        self._pending = ofPython(self._pending)
        return self._pending

    def failIfNotConnected(self, err: Any) -> None:
        """
        End the try, unless it has succeeded.

        Args:
            err: an exception or Failure for ``clientConnectionFailed``.
        """
        connector = self.connector
        if self.connected or self.disconnected or connector is None:
            return
        self.connector = None
        self.disconnected = 1
        # Once the loop has the socket, it closes it too: `connection_made` finds no connector. To
        # close the descriptor here closes that twice, and by then it may be somebody else's.
        if not self._handedOver:
            pending, self._pending = self._pending, None
            if pending is not None:
                self.reactor._asyncioEventloop.remove_writer(pending.fileno())
                pending.close()
        connector.connectionFailed(err if isinstance(err, Failure) else Failure(err))

    def stopConnecting(self) -> None:
        """End the try with UserError."""
        self.failIfNotConnected(error.UserError())

    def _lostWith(self, reason: Failure) -> None:
        connector, self.connector = self.connector, None
        if connector is None:
            return
        try:
            connector.connectionLost(reason)
        except BaseException:
            log.failure("Unhandled error in clientConnectionLost")

    @property
    def logstr(self) -> str:  # type: ignore[override]  # made only when somebody logs
        """What log lines about this connection begin with."""
        if getattr(self, "protocol", None) is None:
            return "Uninitialized"
        return f"{self._protocolName()},client"

    def __repr__(self) -> str:
        return f"<{type(self)} to {getattr(self, 'addr', self._peer)} at {id(self):x}>"


class Client(StreamClient):
    """A TCP client. Made by its `Connector`."""

    __slots__ = ("addr", "bindAddress", "realAddress")

    addressFamily = socket.AF_INET

    def __init__(
        self,
        host: str,
        port: int,
        bindAddress: _Binding | None,
        connector: BaseConnector,
        reactor: Any = None,
    ) -> None:
        self.addr: tuple[Any, ...] = (host, port)
        self.bindAddress = bindAddress
        self.realAddress: tuple[Any, ...] | None = None
        if _isIPv6(host):
            self.addressFamily = socket.AF_INET6
        super().__init__(connector, reactor)

    def resolveAddress(self) -> None:
        host = self.addr[0]
        if self.addressFamily == socket.AF_INET6 or isIPAddress(host):
            self._resolved(host)
        else:
            found = self.reactor.resolve(host)
            found.addCallbacks(
                lambda address: self._guarded(self._resolved, address), self.failIfNotConnected
            )

    def _resolved(self, address: str) -> None:
        if self.addressFamily != socket.AF_INET6 and _isIPv6(address):
            self.addressFamily = socket.AF_INET6
            pending, self._pending = self._pending, None
            assert pending is not None
            pending.close()
            self._prepare()
        self.realAddress = boundName(self.addressFamily, address, self.addr[1])
        self._connectTo(self.realAddress)

    def _peerOf(self, transport: asyncio.BaseTransport) -> Any:
        # A peer that has gone already has no name any more.
        name = self._peerName or transport.get_extra_info("peername") or self.realAddress
        return socketAddress(name)

    def _bindTo(self, pending: socket.socket) -> None:
        if self.bindAddress is not None:
            pending.bind(
                boundName(pending.family, self.bindAddress._address or "", self.bindAddress._port)
            )

    def createInternetSocket(self) -> socket.socket:
        return newSocket(
            self.addressFamily, self.socketType, self.bindAddress, self._worksOnBareSockets()
        )


class Connector(BaseConnector):
    """
    Connects a factory over TCP.

    Args:
        host: a name or a literal address.
        port: a number, or a service's name from the system's table.
        factory: makes the protocol, and is told how it goes.
        timeout: seconds that a try may take.
        bindAddress: (host, port), host, or binding to connect from; or None.
        reactor: the reactor, or None for the installed one.
    Raises: ServiceNameUnknownError for a name that the table does not have.
    """

    _addressType = "TCP"

    def __init__(
        self,
        host: str,
        port: int | str,
        factory: Any,
        timeout: float | None,
        bindAddress: Any,
        reactor: Any = None,
    ) -> None:
        self.host = host
        if isinstance(port, str):
            try:
                port = socket.getservbyname(port, "tcp")
            except OSError as problem:
                raise error.ServiceNameUnknownError(string=f"{problem} ({port!r})") from problem
        self.port = port
        if isinstance(bindAddress, str):
            bindAddress = (bindAddress, 0)
        if isinstance(bindAddress, tuple):
            bindAddress = _Binding(*bindAddress)
        self.bindAddress = bindAddress
        if reactor is None:
            from twisted.internet import reactor as installed

            reactor = installed
        super().__init__(factory, timeout, reactor)

    def _makeTransport(self) -> Client:
        return Client(self.host, self.port, self.bindAddress, self, self.reactor)

    def getDestination(self) -> IAddress:
        """The address that was asked for, with the name as it was given."""
        from twisted.internet.address import IPv4Address, IPv6Address

        kind = IPv6Address if _isIPv6(self.host) else IPv4Address
        return kind("TCP", self.host, self.port)
