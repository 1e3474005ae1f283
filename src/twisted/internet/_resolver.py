"""
Host names to addresses.

Two generations of interface meet here. `IResolverSimple` answers with one IPv4 address in a
Deferred; `IHostnameResolver` tells a receiver of every address, of either family. The two
adapters, `SimpleResolverComplexifier` and `ComplexResolverSimplifier`, lead from each to the
other, so that a reactor can always offer both.

`GAIResolver` asks the operating system in a thread pool. The engine's own resolver, which has
threads for that alone, stands in `twisted.internet._engine.lookups`.
"""

from __future__ import annotations

from socket import (
    AF_INET,
    AF_INET6,
    AF_UNSPEC,
    AI_NUMERICHOST,
    SOCK_DGRAM,
    SOCK_STREAM,
    AddressFamily,
    gaierror,
    getaddrinfo,
)
from typing import TYPE_CHECKING, Any, TypeAlias

from zope.interface import implementer

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IReactorThreads,
    IResolutionReceiver,
    IResolverSimple,
)
from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Literal

    from twisted.python.failure import Failure
    from twisted.python.threadpool import ThreadPool

    AddressTypes: TypeAlias = Sequence[type[IAddress]] | None

__all__ = [
    "ComplexResolverSimplifier",
    "FirstOneWins",
    "GAIResolver",
    "HostResolution",
    "SimpleResolverComplexifier",
    "firstAddress",
]

# One row of what getaddrinfo gives: family, socket type, protocol, canonical name, address.
AddressInfo: TypeAlias = "tuple[int, int, int, str, tuple[Any, ...]]"

_log = Logger()

_addressClasses = {AF_INET: IPv4Address, AF_INET6: IPv6Address}
_socketTypes = {"TCP": SOCK_STREAM, "UDP": SOCK_DGRAM}
_semantics: dict[int, Literal["TCP", "UDP"]] = {SOCK_STREAM: "TCP", SOCK_DGRAM: "UDP"}


def _familyFor(addressTypes: AddressTypes) -> AddressFamily:
    """
    Find the ``AF_`` constant that asks for exactly the wanted address classes.

    Raises: ValueError where none of them is an Internet address.
    """
    if addressTypes is None:
        return AF_UNSPEC
    wanted = [family for family, kind in _addressClasses.items() if kind in addressTypes]
    if not wanted:
        raise ValueError(
            f"host names have IPv4Address and IPv6Address addresses; {addressTypes!r} is neither"
        )
    return wanted[0] if len(wanted) == 1 else AF_UNSPEC


def _socketTypeFor(transportSemantics: str) -> int:
    """Find the ``SOCK_`` constant for ``"TCP"`` or ``"UDP"``; ValueError for anything else."""
    try:
        return _socketTypes[transportSemantics]
    except KeyError:
        raise ValueError(
            f'transportSemantics is "TCP" or "UDP", not {transportSemantics!r}'
        ) from None


def _asciiName(hostName: str) -> str:
    """
    Encode an international name by IDNA; ASCII passes as it is.

    Raises: UnicodeError for a name that IDNA does not allow.
    """
    if hostName.isascii():
        return hostName
    from twisted.internet._idna import _idnaBytes

    return _idnaBytes(hostName).decode("ascii")


def _deliver(rows: Iterable[AddressInfo], receiver: IResolutionReceiver) -> None:
    """Hand the Internet addresses among ``rows`` on, in their order, and say that it is all."""
    for family, socketType, _protocol, _canonicalName, socketAddress in rows:
        addressClass = _addressClasses.get(family)  # type: ignore[call-overload]  # an int will do
        semantics = _semantics.get(socketType)
        if addressClass is not None and semantics is not None:
            receiver.addressResolved(addressClass(semantics, *socketAddress))
    receiver.resolutionComplete()


@implementer(IHostResolution)
class HostResolution:
    """A look-up that cannot be interrupted once it has begun."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        raise NotImplementedError(f"the look-up of {self.name!r} cannot be interrupted")


@implementer(IHostnameResolver)
class GAIResolver:
    """Looks names up by ``getaddrinfo``, in threads of a pool."""

    def __init__(
        self,
        reactor: IReactorThreads,
        getThreadPool: Callable[[], ThreadPool] | None = None,
        getaddrinfo: Callable[..., Sequence[AddressInfo]] = getaddrinfo,
    ) -> None:
        """
        Args:
            reactor: the results come in its thread.
            getThreadPool: gives the pool to use; by default the reactor's own.
            getaddrinfo: works as `socket.getaddrinfo` does.
        """
        self._reactor = reactor
        self._getThreadPool = getThreadPool
        self._getaddrinfo = getaddrinfo

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: AddressTypes = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        from twisted.internet.threads import deferToThreadPool

        family = _familyFor(addressTypes)
        socketType = _socketTypeFor(transportSemantics)
        pool = (
            self._reactor.getThreadPool() if self._getThreadPool is None else self._getThreadPool()
        )

        def look() -> Sequence[AddressInfo]:
            try:
                return self._getaddrinfo(_asciiName(hostName), portNumber, family, socketType)
            except (gaierror, UnicodeError):
                return []

        def unexpected(failure: Failure) -> Sequence[AddressInfo]:
            _log.failure("while looking {name} up", failure, name=hostName)
            return []

        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        looking: Deferred[Sequence[AddressInfo]] = deferToThreadPool(self._reactor, pool, look)
        looking.addErrback(unexpected).addCallback(_deliver, resolutionReceiver)
        return resolution


def _literalAddress(hostName: str, port: int, socketType: int) -> Sequence[AddressInfo] | None:
    """
    Read an address literal, also one with a scope (``fe80::1%eth0``). Never blocks.

    Returns: what getaddrinfo makes of it, or None where ``hostName`` is a name.
    """
    # Every literal ends in a digit, or has a colon; most names are told apart here.
    if ":" not in hostName and not hostName[-1:].isdigit():
        return None
    try:
        return getaddrinfo(hostName, port, AF_UNSPEC, socketType, flags=AI_NUMERICHOST)
    except (gaierror, UnicodeError):
        return None


@implementer(IHostnameResolver)
class SimpleResolverComplexifier:
    """Serves `IHostnameResolver` from a resolver that only finds one IPv4 address."""

    def __init__(self, simpleResolver: IResolverSimple) -> None:
        self._simpleResolver = simpleResolver

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: AddressTypes = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        semantics = _semantics[_socketTypeFor(transportSemantics)]
        name = _asciiName(hostName)
        resolution = HostResolution(name)
        resolutionReceiver.resolutionBegan(resolution)

        def found(address: str) -> None:
            kind = IPv6Address if ":" in address else IPv4Address
            if addressTypes is None or not addressTypes or kind in addressTypes:
                resolutionReceiver.addressResolved(kind(semantics, address, portNumber))

        def notFound(failure: Failure) -> None:
            if failure.check(DNSLookupError) is None:
                _log.failure("while looking {name} up", failure, name=name)

        looking = self._simpleResolver.getHostByName(name)
        looking.addCallback(found).addErrback(notFound)
        looking.addCallback(lambda _: resolutionReceiver.resolutionComplete())
        return resolution


@implementer(IResolutionReceiver)
class FirstOneWins:
    """Fires a Deferred with the first address, as text, or with `DNSLookupError`."""

    def __init__(self, deferred: Deferred[str]) -> None:
        self._deferred = deferred
        self._answered = False
        self._resolution: IHostResolution | None = None

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        self._resolution = resolution

    def addressResolved(self, address: IAddress) -> None:
        if not self._answered:
            self._answered = True
            assert isinstance(address, (IPv4Address, IPv6Address))
            self._deferred.callback(address.host)

    def resolutionComplete(self) -> None:
        if not self._answered:
            self._answered = True
            name = None if self._resolution is None else self._resolution.name
            self._deferred.errback(DNSLookupError(name))

    def _giveUp(self, deferred: Deferred[str]) -> None:
        """Stop the look-up where that can be done; the Deferred's own error follows."""
        self._answered = True
        if self._resolution is not None:
            try:
                self._resolution.cancel()
            except NotImplementedError:
                pass  # its answer comes later, and nobody listens


@implementer(IResolverSimple)
class ComplexResolverSimplifier:
    """Serves `IResolverSimple` from an `IHostnameResolver`, by the first IPv4 address."""

    def __init__(self, nameResolver: IHostnameResolver) -> None:
        self._nameResolver = nameResolver

    def getHostByName(self, name: str, timeouts: Sequence[int] = ()) -> Deferred[str]:
        """
        Find one IPv4 address.

        Args:
            timeouts: not used: the resolver behind has its own.
        Returns: a Deferred of the address as text. It fails with `DNSLookupError`.
            Cancelling it gives the look-up up.
        """
        return firstAddress(self._nameResolver, name, IPv4Address)


def firstAddress(
    resolver: IHostnameResolver, name: str, addressClass: type[IAddress]
) -> Deferred[str]:
    """
    Find one address of a class, as text; see `ComplexResolverSimplifier.getHostByName`.
    """
    result: Deferred[str] = Deferred(lambda deferred: winner._giveUp(deferred))
    winner = FirstOneWins(result)
    resolver.resolveHostName(winner, name, 0, [addressClass])
    return result
