"""UDP ports."""

from __future__ import annotations

import errno
import socket
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IUDPTransport

from ..addresses import _withZone
from ..listeners import _installedReactor
from ..sockets import boundName
from .listening import DatagramSocket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self

__all__ = ["Port"]

_BROADCAST = "<broadcast>"
"""How the socket module writes 255.255.255.255."""


def _familyOf(host: str) -> int:
    """Raises: InvalidAddressError."""
    if isIPv6Address(host):
        return socket.AF_INET6
    if host == "" or isIPAddress(host):
        return socket.AF_INET
    raise error.InvalidAddressError(host, "is no IPv4 or IPv6 address: resolve names first")


# measured: the same hosts are answered again and again, and a look-up in the cache costs a fifth of
# reading an address.
@lru_cache(4096)
def _allowReceiver(family: int, host: str) -> None:
    """
    See that datagrams can be sent to a host without asking a resolver, which would block.

    Raises: InvalidAddressError.
    """
    given = socket.AF_INET if host == _BROADCAST else _familyOf(host)
    if host == "" or not host:
        raise error.InvalidAddressError(host, "is no address to write to")
    if given != family:
        have, want = ("IPv6", "IPv4") if family == socket.AF_INET else ("IPv4", "IPv6")
        raise error.InvalidAddressError(host, f"is an {have} address, and the port's are {want}")


@implementer(IUDPTransport)
class Port(DatagramSocket):
    """
    A UDP port.

    Args:
        port: number; 0 lets the system choose.
        proto: takes the datagrams.
        interface: literal address to listen on; empty for all of IPv4, ``::`` for all of IPv6.
        maxPacketSize: bytes of a datagram that are read; the rest of it is lost.
        reactor: the reactor, or None for the installed one.
    Raises: InvalidAddressError if the interface is not given by its address.
    """

    _realPortNumber: int | None = None

    def __init__(
        self,
        port: int | None,
        proto: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        reactor: Any = None,
    ) -> None:
        super().__init__(proto, maxPacketSize, reactor or _installedReactor())
        self.port: Any = port
        self.interface = interface
        self._setAddressFamily()

    def _setAddressFamily(self) -> None:
        self.addressFamily = _familyOf(self.interface)

    @classmethod
    def _fromBoundSocket(
        cls, reactor: Any, bound: socket.socket, protocol: Any, maxPacketSize: int
    ) -> Self:
        name = bound.getsockname()
        host = _withZone(name[0], name[3]) if len(name) == 4 else name[0]
        made = cls(name[1], protocol, host, maxPacketSize, reactor)
        made._preexistingSocket = bound
        return made

    # Binding

    def _bind(self) -> socket.socket:
        bound = self.createInternetSocket()
        try:
            bound.bind(boundName(self.addressFamily, self.interface, self.port))
        except (OSError, OverflowError) as problem:
            bound.close()
            raise error.CannotListenError(self.interface, self.port, problem) from problem
        except BaseException:
            bound.close()
            raise
        return bound

    def _begin(self, bound: socket.socket) -> None:
        self._realPortNumber = bound.getsockname()[1]
        super()._begin(bound)

    def _close(self) -> None:
        super()._close()
        self._realPortNumber = None

    # Reading

    def _deliver(self, datagram: bytes, sender: Any) -> None:
        # IPv6 names have four items, and a link-local host means nothing without its zone.
        host = _withZone(sender[0], sender[3]) if sender[3] else sender[0]
        self.protocol.datagramReceived(datagram, (host, sender[1]))

    # Writing

    def connect(self, host: str, port: int) -> None:
        """
        Send to one host and hear from no other; it can be told that nobody listens there.

        Args:
            host: a numeric address.
            port: its number.
        Raises: InvalidAddressError for a name or an address of another family; RuntimeError if
            this was called before.
        """
        if self._connectedAddr is not None:
            raise RuntimeError(
                f"this port is connected to {self._connectedAddr} already, and stays so"
            )
        _allowReceiver(self.addressFamily, host)
        self._listening().connect((host, port))
        self._connectedAddr = (host, port)

    # measured: with `DatagramSocket._readable`, which calls what calls this
    def write(self, datagram: bytes, addr: tuple[str, int] | None = None) -> Any:
        """
        Send one datagram.

        Args:
            datagram: bytes; a text is sent as UTF-8.
            addr: the receiver's numeric address and port; None once connected.
        Returns: bytes sent; None if the system said that earlier datagrams were refused.
        Raises: MessageLengthError for more bytes than the system sends in one piece;
            InvalidAddressError; BlockingIOError if the system's buffer is full: unlike a stream
            this keeps nothing back, and to lose a datagram is the caller's decision.
        """
        try:
            if self._connectedAddr is None and addr is not None:
                _allowReceiver(self.addressFamily, addr[0])
                return self.socket.sendto(datagram, addr)
            self._allowPeer(addr)
            return self.socket.send(datagram)
        except OSError as problem:
            return self._writeFailed(problem)
        except TypeError:
            if isinstance(datagram, str):
                return self.write(datagram.encode(), addr)
            raise
        except AttributeError:
            self._listening()
            raise

    def _allowPeer(self, addr: Any) -> None:
        # AssertionError, for that is what programs have been told so far.
        if self._connectedAddr is None:
            raise AssertionError("no receiver is given, and this port is not connected to one")
        if addr is not None and addr != self._connectedAddr:
            raise AssertionError(f"connected to {self._connectedAddr}: cannot send to {addr}")

    def _writeFailed(self, problem: OSError) -> None:
        if problem.errno == errno.EMSGSIZE:
            raise error.MessageLengthError(
                "the system does not send so many bytes in one datagram"
            ) from problem
        if problem.errno != errno.ECONNREFUSED:
            raise problem
        if self._connectedAddr is not None:
            self._refused()

    def writeSequence(self, seq: Iterable[bytes], addr: Any) -> None:  # type: ignore[override]  # has a receiver
        """Send the pieces as one datagram. See `write`."""
        self.write(b"".join(seq), addr)

    def setBroadcastAllowed(self, enabled: bool) -> None:
        """Allow datagrams to broadcast addresses, or forbid them, as they are at first."""
        self._listening().setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, bool(enabled))

    def getBroadcastAllowed(self) -> bool:
        """Tell whether datagrams to broadcast addresses are allowed."""
        return bool(self._listening().getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST))

    # Showing

    def getHost(self) -> Any:
        """
        Where this listens, as an IPv4Address or IPv6Address.

        Raises: NotListeningError.
        """
        name = self._listening().getsockname()
        if len(name) == 2:
            return IPv4Address("UDP", *name)
        return IPv6Address("UDP", _withZone(name[0], name[3]), *name[1:])

    def _describe(self) -> str:
        return str(self._realPortNumber)

    def _describeClosed(self) -> str:
        return f"(UDP Port {self._realPortNumber} Closed)"

    def __repr__(self) -> str:
        name = type(self.protocol)
        where = (
            f"on {self._realPortNumber}" if self._realPortNumber is not None else "not connected"
        )
        return f"<<class '{name.__module__}.{name.__qualname__}'> {where}>"
