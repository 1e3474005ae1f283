"""The reactor: the sum of the engine's rooms over one asyncio loop."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from zope.interface import implementer

from twisted.internet.error import ConnectionLost, UnsupportedAddressFamily
from twisted.internet.interfaces import (
    IListeningPort,
    IReactorCore,
    IReactorSocket,
    IReactorSSL,
    IReactorTCP2,
    IReactorUNIX,
    _Binding,
    _ISupportsExitSignalCapturing,
)
from twisted.python.failure import Failure

from .connectors import Connector
from .core import logUnhandled
from .datagrams.reactor import Datagrams
from .descriptors import Descriptors
from .listeners import Port
from .loops import fastestLoop
from .processes.room import Processes
from .reserve import _FileDescriptorReservation, openNothing
from .resolving import Resolving
from .streams import Connection
from .threads import Threads
from .timers import Timers

__all__ = ["Reactor"]


@implementer(
    IReactorCore,
    IReactorTCP2,
    IReactorSSL,
    IReactorUNIX,
    IReactorSocket,
    _ISupportsExitSignalCapturing,
)
class Reactor(Timers, Threads, Resolving, Descriptors, Datagrams, Processes):
    """
    Everything that a program asks of the event engine.

    Args:
        loop: the asyncio loop to run on; a new one of `_makeLoop` if None. It may be running.
    """

    installed = False
    flushAfterEOFSeconds = 30.0
    """Seconds that a peer which has closed its side is given to take what was written to it."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        super().__init__(self._makeLoop() if loop is None else loop)
        self._streams: dict[Connection, None] = {}  # less than a set
        self._ports: set[Any] = set()
        self._reservation = _FileDescriptorReservation(openNothing)

    def _makeLoop(self) -> asyncio.AbstractEventLoop:
        return fastestLoop()

    # TCP

    def listenTCP(
        self,
        port: int | tuple[str, int] | _Binding,
        factory: Any,
        backlog: int = 50,
        interface: str | None = "",
    ) -> IListeningPort:
        """
        Accept TCP connections.

        Args:
            port: number (0 lets the system choose: see ``getHost().port`` of what is
                returned), pair of interface and number, or what ``tcp.makeBinding`` gave.
            factory: makes a protocol for each connection.
            backlog: connections that may wait in the system's queue.
            interface: literal address; empty for all of IPv4, ``::`` for all of IPv6.
        Returns: the port, listening.
        Raises: CannotListenError.
        """
        listening = Port(port, factory, backlog, interface, self)
        listening.startListening()
        return listening

    def connectTCP(
        self,
        host: str,
        port: int | str,
        factory: Any,
        timeout: float | None = 30,
        bindAddress: tuple[str, int] | _Binding | None = None,
    ) -> Connector:
        """
        Open a TCP connection.

        Args:
            host: a name or a literal address.
            port: a number, or a service's name.
            factory: makes the protocol, and is told how it goes.
            timeout: seconds that this may take.
            bindAddress: (host, port) or binding to connect from.
        Returns: the connector, connecting.
        """
        connector = Connector(host, port, factory, timeout, bindAddress, self)
        connector.connect()
        return connector

    # TLS

    def listenSSL(
        self,
        port: int,
        factory: Any,
        contextFactory: Any,
        backlog: int = 50,
        interface: str = "",
    ) -> IListeningPort:
        """
        Accept TLS connections; else as `listenTCP`.

        Args:
            contextFactory: such as ``ssl.CertificateOptions(...)``.
        """
        from twisted.internet._tls.layer import TLSMemoryBIOFactory

        wrapped = TLSMemoryBIOFactory(contextFactory, False, factory)
        # Looked up on ourselves: programs put a method of their own there.
        listening: Any = self.listenTCP(port, wrapped, backlog, interface)
        listening._type = "TLS"
        return listening  # type: ignore[no-any-return]  # an IListeningPort

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float | None = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> Connector:
        """
        Open a TLS connection; else as `connectTCP`.

        Args:
            contextFactory: such as ``ssl.optionsForClientTLS(hostname)``.
        """
        from twisted.internet._tls.layer import TLSMemoryBIOFactory

        wrapped = TLSMemoryBIOFactory(contextFactory, True, factory)
        return self.connectTCP(host, port, wrapped, timeout, bindAddress)

    # UNIX

    def listenUNIX(
        self, address: Any, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: Any = 0
    ) -> IListeningPort:
        """
        Accept connections on a UNIX socket.

        Args:
            address: path, or abstract name (begins with a NUL character).
            factory: makes a protocol for each connection.
            backlog: connections that may wait in the system's queue.
            mode: permissions of the file.
            wantPID: whether to hold a lock beside it, by which a left-over socket is known.
        Returns: the port, listening.
        Raises: CannotListenError.
        """
        from .unix import UNIXPort

        listening = UNIXPort(address, factory, backlog, mode, self, wantPID)
        listening.startListening()
        return listening

    def connectUNIX(
        self, address: Any, factory: Any, timeout: float | None = 30, checkPID: Any = 0
    ) -> Any:
        """
        Open a connection to a UNIX socket.

        Args:
            address: path or abstract name.
            factory: makes the protocol, and is told how it goes.
            timeout: seconds that this may take.
            checkPID: whether to look at the lock beside it first.
        Returns: the connector, connecting.
        """
        from .unix import UNIXConnector

        connector = UNIXConnector(address, factory, timeout, self, checkPID)
        connector.connect()
        return connector

    # Sockets of others

    def adoptStreamPort(
        self, fileDescriptor: int, addressFamily: int, factory: Any
    ) -> IListeningPort:
        """
        Accept from a socket that listens already.

        Args:
            fileDescriptor: duplicated; yours to close.
            addressFamily: AF_INET, AF_INET6 or AF_UNIX.
            factory: makes a protocol for each connection.
        Raises: UnsupportedAddressFamily.
        """
        listening: Any
        if addressFamily in (socket.AF_INET, socket.AF_INET6):
            listening = Port._fromListeningDescriptor(self, fileDescriptor, addressFamily, factory)
        elif addressFamily == getattr(socket, "AF_UNIX", None):
            from .unix import UNIXPort

            listening = UNIXPort._fromListeningDescriptor(
                self, fileDescriptor, addressFamily, factory
            )
        else:
            raise UnsupportedAddressFamily(addressFamily)
        listening.startListening()
        return listening  # type: ignore[no-any-return]  # one of two classes

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """
        Serve a connection that somebody else accepted.

        Args:
            fileDescriptor: duplicated; yours to close.
            addressFamily: AF_INET, AF_INET6 or AF_UNIX.
            factory: makes its protocol.
        Raises: UnsupportedAddressFamily.
        """
        from .adopting import adoptConnection

        return adoptConnection(self, fileDescriptor, addressFamily, factory)

    # All that is open

    def _forgetPort(self, port: Any) -> None:
        """A port is closed; without any there is nothing to hold a descriptor back for."""
        self._ports.discard(port)
        if not self._ports and self._reservation.available():
            self._reservation.release()

    def removeAll(self) -> list[Any]:
        """
        Stop reading and writing everything but what the reactor itself needs.

        Returns: the descriptors, ports and connections that were read or written; each has
            ``connectionLost``. A connection that is paused, or whose peer has closed its side, is
            not among them unless something waits to be sent.
        """
        return super().removeAll() + list(self._ports) + [s for s in self._streams if s.isBusy()]

    def removeReader(self, reader: Any) -> None:
        """Stop reading a descriptor, or a connection; does nothing for anything else."""
        if reader in self._streams:
            reader.pauseProducing()
        else:
            super().removeReader(reader)

    def getReaders(self) -> list[Any]:
        """What is watched for reading: descriptors, listening ports and connections."""
        reading = [each for each in self._streams if each.isReading()]
        return super().getReaders() + list(self._ports) + reading

    def disconnectAll(self) -> None:
        """Lose every connection and close every port now."""
        removed = self.removeAll()
        quiet = [each for each in self._streams if each not in removed]
        for each in [*removed, *quiet]:
            try:
                each.connectionLost(Failure(ConnectionLost()))
            except BaseException:
                logUnhandled(f"connectionLost of {each!r}")
