"""The reactor's room for datagrams. The sockets' rooms are opened when first used."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.error import UnsupportedAddressFamily, UnsupportedSocketType
from twisted.internet.interfaces import IReactorMulticast, IReactorUDP, IReactorUNIXDatagram

from ..core import Core

if TYPE_CHECKING:
    from .multicast import MulticastPort
    from .udp import Port
    from .unix import DatagramPort

__all__ = ["Datagrams"]

_nameLengths: dict[int, int] = {socket.AF_INET: 2, socket.AF_INET6: 4}
"""Items of a socket's name in the families that can be adopted."""


@implementer(IReactorUDP, IReactorMulticast, IReactorUNIXDatagram)
class Datagrams(Core):
    """UDP, groups of hosts, UNIX datagrams, and datagram sockets that exist already."""

    def listenUDP(
        self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192
    ) -> Port:
        """
        Take and send datagrams over UDP.

        Args:
            port: number; 0 lets the system choose: see ``getHost().port`` of what is returned.
            protocol: takes the datagrams; what is returned is its transport.
            interface: literal address; empty for all of IPv4, ``::`` for all of IPv6.
            maxPacketSize: bytes of a datagram that are read; the rest of it is lost.
        Returns: the port, listening.
        Raises: CannotListenError, InvalidAddressError.
        """
        from .udp import Port

        made = Port(port, protocol, interface, maxPacketSize, self)
        made.startListening()
        return made

    def listenMulticast(
        self,
        port: int,
        protocol: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        listenMultiple: bool = False,
    ) -> MulticastPort:
        """
        As `listenUDP`; the transport can join groups of hosts.

        Args:
            listenMultiple: whether others of this machine may listen on the same port.
        """
        from .multicast import MulticastPort

        made = MulticastPort(port, protocol, interface, maxPacketSize, self, listenMultiple)
        made.startListening()
        return made

    def listenUNIXDatagram(
        self, address: Any, protocol: Any, maxPacketSize: int = 8192, mode: int = 0o666
    ) -> DatagramPort:
        """
        Take datagrams at a UNIX socket.

        Args:
            address: path, or abstract name (begins with a NUL character).
            protocol: takes the datagrams.
            maxPacketSize: bytes of a datagram that are read; the rest of it is lost.
            mode: permissions of the file.
        Returns: the port, listening.
        Raises: CannotListenError.
        """
        from .unix import DatagramPort

        made = DatagramPort(address, protocol, maxPacketSize, mode, self)
        made.startListening()
        return made

    def connectUNIXDatagram(
        self,
        address: Any,
        protocol: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        bindAddress: Any = None,
    ) -> Any:
        """
        Send datagrams to a UNIX socket, and take what it answers.

        Args:
            address: the path or abstract name of the peer.
            protocol: a ``ConnectedDatagramProtocol``; hears of it if this fails.
            maxPacketSize: bytes of a datagram that are read; the rest of it is lost.
            mode: permissions of our own file.
            bindAddress: our own path or abstract name, without which no answer can come.
        Returns: the port, connected unless the protocol was told otherwise.
        Raises: TypeError for a protocol that takes datagrams from everybody.
        """
        from twisted.internet.protocol import ConnectedDatagramProtocol

        from .unix import ConnectedDatagramPort

        if not isinstance(protocol, ConnectedDatagramProtocol):
            raise TypeError(f"a ConnectedDatagramProtocol is wanted here, not {protocol!r}")
        made = ConnectedDatagramPort(address, protocol, maxPacketSize, mode, bindAddress, self)
        made.startListening()
        return made

    def adoptDatagramPort(
        self, fileDescriptor: int, addressFamily: int, protocol: Any, maxPacketSize: int = 8192
    ) -> Port:
        """
        Serve a datagram socket that is bound already.

        Args:
            fileDescriptor: duplicated; yours to close.
            addressFamily: AF_INET or AF_INET6.
            protocol: takes the datagrams.
            maxPacketSize: bytes of a datagram that are read; the rest of it is lost.
        Raises: UnsupportedAddressFamily, also if the socket is of another; UnsupportedSocketType
            for a stream; OSError for what is no socket.
        """
        from .udp import Port

        if addressFamily not in _nameLengths:
            raise UnsupportedAddressFamily(addressFamily)
        given = socket.fromfd(fileDescriptor, addressFamily, socket.SOCK_DGRAM)
        try:
            kind = given.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
            if kind != socket.SOCK_DGRAM:
                raise UnsupportedSocketType(kind)
            # Its name tells its family; the one that was said tells how addresses are written.
            name = given.getsockname()
            if not isinstance(name, tuple) or len(name) != _nameLengths[addressFamily]:
                raise UnsupportedAddressFamily(addressFamily)
            given.setblocking(False)
            made = Port._fromBoundSocket(self, given, protocol, maxPacketSize)
        except BaseException:
            given.close()
            raise
        made.startListening()
        return made
