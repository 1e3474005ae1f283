"""
Groups of hosts: RFC 1112 for IPv4, RFC 3493 section 5.2 for IPv6.

IPv4 names an interface by one of its addresses, IPv6 by its number. Here each family takes what it
knows, and IPv6 also takes the interface's name, an address with a zone, and on Linux any of the
interface's addresses.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import defer
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.address import IPv6Address
from twisted.internet.error import DNSLookupError, MulticastJoinError
from twisted.internet.interfaces import IMulticastTransport, IResolutionReceiver
from twisted.python.failure import Failure

from .udp import Port

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["MulticastMixin", "MulticastPort"]

_interfaceTable = "/proc/net/if_inet6"


class _Options:
    """One family's socket options for groups."""

    __slots__ = ("drop", "hops", "interface", "join", "level", "loop")

    def __init__(
        self, level: int, join: int, drop: int, hops: int, loop: int, interface: int
    ) -> None:
        self.level = level
        self.join = join
        self.drop = drop
        self.hops = hops
        self.loop = loop
        self.interface = interface


_options: dict[int, _Options] = {
    socket.AF_INET: _Options(
        socket.IPPROTO_IP,
        socket.IP_ADD_MEMBERSHIP,
        socket.IP_DROP_MEMBERSHIP,
        socket.IP_MULTICAST_TTL,
        socket.IP_MULTICAST_LOOP,
        socket.IP_MULTICAST_IF,
    ),
    socket.AF_INET6: _Options(
        socket.IPPROTO_IPV6,
        socket.IPV6_JOIN_GROUP,
        socket.IPV6_LEAVE_GROUP,
        socket.IPV6_MULTICAST_HOPS,
        socket.IPV6_MULTICAST_LOOP,
        socket.IPV6_MULTICAST_IF,
    ),
}


def _literal(family: int, address: str) -> bytes:
    """An address as the system wants it. Raises: MulticastJoinError for one of another family."""
    try:
        return socket.inet_pton(family, address.partition("%")[0])
    except OSError:
        wanted = "IPv6" if family == socket.AF_INET6 else "IPv4"
        raise MulticastJoinError(f"{address!r} is no {wanted} address") from None


def interfaceNumber(interface: int | str) -> int:
    """
    The number that IPv6 knows an interface by.

    Args:
        interface: its number, its name, or one of its addresses; empty for the system's choice.
    Raises: OSError for an interface that does not exist.
    """
    if isinstance(interface, int):
        return interface
    if interface in ("", "::"):
        return 0
    if interface.isdigit():
        return int(interface)
    address, _, zone = interface.partition("%")
    if zone:
        return int(zone) if zone.isdigit() else socket.if_nametoindex(zone)
    if not isIPv6Address(address):
        return socket.if_nametoindex(address)
    return _numberByAddress(address)


def _numberByAddress(address: str) -> int:
    wanted = socket.inet_pton(socket.AF_INET6, address).hex()
    try:
        with open(_interfaceTable, encoding="ascii") as table:
            for line in table:
                found, number, *_ = line.split()
                if found == wanted:
                    return int(number, 16)
    except OSError:
        return 0  # no such table on this system, which then chooses itself
    raise OSError(f"no interface has the address {address}")


class MulticastMixin:
    """What a UDP port of either family can do with groups."""

    addressFamily: int
    reactor: Any
    socket: Any

    @property
    def _group(self) -> _Options:
        return _options[self.addressFamily]

    # Resolving

    def _resolved(self, host: str) -> defer.Deferred[str]:
        """A numeric address as it is, and a name's address, of the family where that is IPv6."""
        if isIPAddress(host) or isIPv6Address(host):
            return defer.succeed(host)
        if self.addressFamily == socket.AF_INET:
            found: defer.Deferred[str] = self.reactor.resolve(host)
            return found
        receiver = _First(host)
        self.reactor.nameResolver.resolveHostName(receiver, host, addressTypes=[IPv6Address])
        return receiver.found

    # Joining and leaving

    def joinGroup(self, addr: str, interface: str | int = "") -> defer.Deferred[None]:
        """
        Hear what is sent to a group.

        Args:
            addr: the group's address, or a name for it.
            interface: where to hear it, by its address, or for IPv6 also by number or name; empty
                for the system's choice.
        Returns: fails with MulticastJoinError, whose arguments are group, interface, and the
            system's number and words; or with DNSLookupError.
        """
        return self._changeMembership(self._group.join, addr, interface)

    def leaveGroup(self, addr: str, interface: str | int = "") -> defer.Deferred[None]:
        """Hear no more of a group; the arguments and the result are those of `joinGroup`."""
        return self._changeMembership(self._group.drop, addr, interface)

    @defer.inlineCallbacks
    def _changeMembership(
        self, option: int, addr: str, interface: str | int
    ) -> Generator[defer.Deferred[str], str, None]:
        group = yield self._resolved(addr)
        if self.addressFamily == socket.AF_INET:
            interface = yield self._resolved(str(interface) or "0.0.0.0")
        pack = _pack6 if self.addressFamily == socket.AF_INET6 else _pack4
        try:
            self.socket.setsockopt(self._group.level, option, pack(group, interface))
        except OSError as problem:
            raise MulticastJoinError(group, interface, *problem.args) from problem

    # The interface of what is sent

    def getOutgoingInterface(self) -> str | int:
        """Where datagrams to groups leave: an IPv4 address, or the number that IPv6 uses."""
        group = self._group
        if self.addressFamily == socket.AF_INET6:
            return int(self.socket.getsockopt(group.level, group.interface))
        return socket.inet_ntoa(self.socket.getsockopt(group.level, group.interface, 4))

    @defer.inlineCallbacks
    def setOutgoingInterface(self, addr: str | int) -> Generator[defer.Deferred[str], str, int]:
        """
        Say where datagrams to groups leave.

        Args:
            addr: the interface's IPv4 address, or a name for it; its number or name for IPv6.
        Returns: 1; or fails with OSError, or MulticastJoinError for an address of another family.
        """
        value: bytes | int
        if self.addressFamily == socket.AF_INET6:
            value = interfaceNumber(addr)
        else:
            value = _literal(socket.AF_INET, (yield self._resolved(str(addr))))
        self.socket.setsockopt(self._group.level, self._group.interface, value)
        return 1

    # How far, and whether back

    def getLoopbackMode(self) -> bool:
        """Tell whether datagrams to groups come back to this machine, as they do at first."""
        return bool(self.socket.getsockopt(self._group.level, self._group.loop))

    def setLoopbackMode(self, mode: bool | int) -> None:
        """Have datagrams to groups come back to this machine, or not."""
        self._setSmall(self._group.loop, int(bool(mode)))

    def getTTL(self) -> int:
        """Tell how many networks a datagram to a group may pass; 1, our own, at first."""
        return int(self.socket.getsockopt(self._group.level, self._group.hops))

    def setTTL(self, ttl: int) -> None:
        """
        Say how many networks a datagram to a group may pass.

        Raises: ValueError for what is not in 0 to 255.
        """
        if not 0 <= ttl <= 255:
            raise ValueError(f"a time to live is a number in 0 to 255, not {ttl!r}")
        self._setSmall(self._group.hops, ttl)

    def _setSmall(self, option: int, value: int) -> None:
        # IPv4's are one byte on BSD; IPv6's are an int everywhere.
        if self.addressFamily == socket.AF_INET6:
            self.socket.setsockopt(self._group.level, option, value)
        else:
            self.socket.setsockopt(self._group.level, option, struct.pack("B", value))


def _pack4(group: str, interface: str | int) -> bytes:
    return _literal(socket.AF_INET, group) + _literal(socket.AF_INET, str(interface))


def _pack6(group: str, interface: str | int) -> bytes:
    if isinstance(interface, str) and isIPAddress(interface):
        raise MulticastJoinError(f"{interface!r} is an IPv4 address, and names no interface here")
    # A zone says on which link a link-local group is.
    chosen = interface if interface != "" else group.partition("%")[2]
    return _literal(socket.AF_INET6, group) + struct.pack("@I", interfaceNumber(chosen))


@implementer(IResolutionReceiver)
class _First:
    """Takes the first address that a name has."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: defer.Deferred[str] = defer.Deferred()

    def resolutionBegan(self, resolutionInProgress: Any) -> None:
        """Nobody asks how far it is."""

    def addressResolved(self, address: Any) -> None:
        if not self.found.called:
            self.found.callback(address.host)

    def resolutionComplete(self) -> None:
        if not self.found.called:
            self.found.errback(Failure(DNSLookupError(self.name)))


@implementer(IMulticastTransport)
class MulticastPort(MulticastMixin, Port):
    """
    A UDP port that can join groups.

    Args:
        port, proto, interface, maxPacketSize, reactor: as for `Port`.
        listenMultiple: whether others of this machine may listen on the same port and address; each
            of them hears what is sent to a group.
    """

    def __init__(
        self,
        port: int,
        proto: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        reactor: Any = None,
        listenMultiple: bool = False,
    ) -> None:
        super().__init__(port, proto, interface, maxPacketSize, reactor)
        self.listenMultiple = listenMultiple

    def createInternetSocket(self) -> socket.socket:
        made = super().createInternetSocket()
        if self.listenMultiple:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if hasattr(socket, "SO_REUSEPORT"):
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return made
