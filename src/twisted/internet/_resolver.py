"""
Host names to addresses.

Two generations of interface meet here. `IResolverSimple` answers with one IPv4 address in a
Deferred; `IHostnameResolver` tells a receiver of every address, of either family. The two
adapters, `SimpleResolverComplexifier` and `ComplexResolverSimplifier`, lead from each to the
other, so that a reactor can always offer both.

Two resolvers ask the operating system. `GAIResolver` runs ``getaddrinfo`` in a thread pool.
`LoopResolver`, the engine's own, lets the event loop run it, which needs no thread pool of
ours, can be given up, and never has more than a bounded number of look-ups at work.
"""

from __future__ import annotations

from collections import deque
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
    from asyncio import AbstractEventLoop, Task
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
    "LoopResolver",
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


@implementer(IHostResolution)
class _Lookup:
    """One question to the loop: waiting for its turn, at work, or over."""

    def __init__(
        self,
        resolver: LoopResolver,
        receiver: IResolutionReceiver,
        name: str,
        question: tuple[str, int, int, int],
    ) -> None:
        self.name = name
        self._resolver = resolver
        self._receiver: IResolutionReceiver | None = receiver
        self._question = question
        self._task: Task[Sequence[AddressInfo]] | None = None

    def start(self, loop: AbstractEventLoop) -> None:
        """Ask. Whatever happens, the resolver hears `LoopResolver._finished` once."""
        name, port, family, socketType = self._question
        asking = loop.getaddrinfo(name, port, family=family, type=socketType)
        self._task = loop.create_task(asking)
        self._task.add_done_callback(self._answered)

    def cancel(self) -> None:
        """Give the look-up up: nothing more is found, and the receiver is told so at once."""
        if self._task is None:
            self._resolver._forget(self)
        else:
            self._task.cancel()
        self._report([])

    def _answered(self, task: Task[Sequence[AddressInfo]]) -> None:
        self._resolver._finished()
        if task.cancelled():
            self._report([])
            return
        error = task.exception()
        if error is None:
            self._report(task.result())
            return
        # A name that nobody knows, or that cannot be one, has no address. All else is strange.
        if not isinstance(error, (gaierror, UnicodeError)):
            from twisted.python.failure import Failure

            _log.failure("while looking {name} up", Failure(error), name=self.name)
        self._report([])

    def _report(self, rows: Sequence[AddressInfo]) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is None:
            return
        try:
            _deliver(rows, receiver)
        except Exception:
            _log.failure("while telling {receiver} of {name}", receiver=receiver, name=self.name)


class LoopResolver(GAIResolver):
    """
    Looks names up through the event loop of a reactor.

    An address literal is answered before `resolveHostName` returns, with no look-up at all.
    Any other name goes to the loop's ``getaddrinfo``; names beyond `maxLookups` wait for
    their turn in the order in which they came. Where the reactor has no such loop, or where
    ``_getaddrinfo`` was replaced, the thread pool does the work as in `GAIResolver`.
    """

    maxLookups = 32  # at work at one time; a slow name server shall not fill a thread pool

    def __init__(self, reactor: IReactorThreads) -> None:
        """
        Args:
            reactor: its ``_asyncioEventloop`` is looked at when a name comes, not before.
        """
        super().__init__(reactor)
        self._running = 0
        self._waiting: deque[_Lookup] = deque()

    def __repr__(self) -> str:
        return f"<LoopResolver running={self._running} waiting={len(self._waiting)}>"

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: AddressTypes = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        family = _familyFor(addressTypes)
        socketType = _socketTypeFor(transportSemantics)
        known = _literalAddress(hostName, portNumber, socketType)
        if known is not None:
            resolution = HostResolution(hostName)
            resolutionReceiver.resolutionBegan(resolution)
            _deliver((row for row in known if family in (AF_UNSPEC, row[0])), resolutionReceiver)
            return resolution
        loop = getattr(self._reactor, "_asyncioEventloop", None)
        if loop is None or self._getaddrinfo is not getaddrinfo:
            return super().resolveHostName(
                resolutionReceiver, hostName, portNumber, addressTypes, transportSemantics
            )
        try:
            name = _asciiName(hostName)
        except UnicodeError:
            name = ""  # which no name server knows
        question = (name, portNumber, family, socketType)
        lookup = _Lookup(self, resolutionReceiver, hostName, question)
        resolutionReceiver.resolutionBegan(lookup)
        if not name:
            lookup._report([])
        elif lookup._receiver is not None:  # else the receiver gave it up at once
            self._waiting.append(lookup)
            self._startWaiting()
        return lookup

    def _startWaiting(self) -> None:
        loop: AbstractEventLoop = self._reactor._asyncioEventloop  # type: ignore[attr-defined]  # looked for above
        while self._waiting and self._running < self.maxLookups:
            self._waiting.popleft().start(loop)
            self._running += 1

    def _finished(self) -> None:
        self._running -= 1
        self._startWaiting()

    def _forget(self, lookup: _Lookup) -> None:
        try:
            self._waiting.remove(lookup)
        except ValueError:
            pass  # never queued


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
