"""
A host name to connect to, by whichever of its addresses answers first (RFC 8305).

The life of one ``connect``::

    looking up --> racing --> connected
         |            |
         +------------+-----> failed, or cancelled

Laws of the race (RFC 8305 sections 4 and 5):

- The address that the resolver names first is tried first; after it, the families take
  turns, each in the resolver's order.
- The next attempt begins when the attempt delay is over or when an attempt has failed,
  whichever comes first. Attempts that have begun go on meanwhile.
- No more than a bounded number of addresses is tried: who answers for a name can list
  thousands, at no cost to himself.
- The first that connects wins, and all others are given up. Only when none is left, at work
  or untried, has the whole failed; its error is that of the attempt that failed last.

Left out: the look-up is one question, so there is no resolution delay (section 3); and what
was found is not kept, as that is the resolver's business.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from socket import SOCK_STREAM, getaddrinfo
from typing import TYPE_CHECKING, Any, ClassVar
from warnings import warn

from zope.interface import implementer

from twisted.internet._resolver import HostResolution, _deliver
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from .face import onFace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from twisted.internet._resolver import AddressInfo
    from twisted.internet.interfaces import (
        Binding,
        IAddress,
        IDelayedCall,
        IHostResolution,
        IProtocol,
        IProtocolFactory,
    )
    from twisted.python.failure import Failure

__all__ = ["HostnameEndpoint", "_SimpleHostnameResolver"]

_log = Logger()

mostTold = 10
"""Addresses that an error names; all of them are in its ``attempts``."""


@implementer(IStreamClientEndpoint)
class HostnameEndpoint:
    """
    The place of a TCP server that is known by name.

    All addresses of the name are tried, IPv6 and IPv4, each a little after the one before;
    the first that answers wins. An address literal will do for a name. A name that cannot be
    one is only complained of by `connect`.
    """

    maxAddresses = 128  # of one name that are tried; the rest count as not there

    _getaddrinfo: ClassVar[Callable[..., Sequence[AddressInfo]]] = staticmethod(getaddrinfo)
    _deferToThread: ClassVar[Callable[..., Deferred[Any]]] = staticmethod(deferToThread)  # type: ignore[arg-type]  # mypy cannot keep its parameters
    _DEFAULT_ATTEMPT_DELAY: ClassVar[float] = 0.3

    def __init__(
        self,
        reactor: Any,  # Any: IReactorTCP, IReactorTime and IReactorPluggableNameResolver in one
        host: str | bytes,
        port: int,
        timeout: float = 30,
        bindAddress: Binding | bytes | str | tuple[bytes | str, int] | None = None,
        attemptDelay: float | None = None,
    ) -> None:
        """
        Args:
            host: the name. Text may be international, also in its ASCII form (RFC 5890).
            port: the port number.
            timeout: seconds for each attempt.
            bindAddress: the local address to connect from, with a port or without.
            attemptDelay: seconds between one attempt and the next; 0.3 by default. RFC 8305
                recommends 0.25, and no less than 0.1.
        """
        self._reactor = reactor
        if not IReactorPluggableNameResolver.providedBy(reactor):
            _warnOfOldReactor(reactor)
        self._badHostname, self._hostBytes, self._hostText = self._hostAsBytesAndText(host)
        self._port = port
        self._timeout = timeout
        self._bindAddress = _readBinding(bindAddress)
        self._attemptDelay = self._DEFAULT_ATTEMPT_DELAY if attemptDelay is None else attemptDelay

    @staticmethod
    def _hostAsBytesAndText(host: str | bytes) -> tuple[bool, bytes, str]:
        """As `_readHost`; Scrapy's tests ask it of the class."""
        return _readHost(host)

    def __repr__(self) -> str:
        host = self._hostBytes.decode("ascii")
        if ":" in host:
            host = f"[{host}]"
        return f"<HostnameEndpoint {host}:{self._port}>"

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """
        Connect to whichever address answers first.

        Returns: a Deferred of the connected protocol. It fails with `DNSLookupError` for a
            name without addresses, with ValueError for one that no host can have, and with
            the last attempt's error where all have failed; that error names each address and
            why it failed, and its ``attempts`` has the endpoints and errors. Cancelling it gives
            up whatever is under way and fails it with `ConnectingCancelledError`.
        """
        if self._badHostname:
            return fail(ValueError(f"invalid hostname: {self._hostText}"))
        race = _Race(self, protocolFactory)
        self._resolver().resolveHostName(race, self._hostText, portNumber=self._port)
        return race.result

    def _resolver(self) -> IHostnameResolver:
        # Asked for at each connect: a resolver may be installed after the endpoint was made.
        if IReactorPluggableNameResolver.providedBy(self._reactor):
            resolver: IHostnameResolver = self._reactor.nameResolver
            return resolver
        return _SimpleHostnameResolver(self._fallbackNameResolution)

    def _fallbackNameResolution(self, host: str, port: int) -> Deferred[Sequence[AddressInfo]]:
        return self._deferToThread(self._getaddrinfo, host, port, 0, SOCK_STREAM)

    def _endpointFor(self, address: IAddress) -> IStreamClientEndpoint | None:
        """Make the endpoint of one address; None for a kind of address not known here."""
        if isinstance(address, IPv6Address):
            kind, host = "TCP6ClientEndpoint", address.host
            if address.scopeID and "%" not in host:
                host = f"{host}%{address.scopeID}"  # a link-local address means nothing without
        elif isinstance(address, IPv4Address):
            kind, host = "TCP4ClientEndpoint", address.host
        else:
            return None
        endpoint: IStreamClientEndpoint = onFace(kind)(
            self._reactor, host, address.port, self._timeout, self._bindAddress
        )
        return endpoint


@implementer(IResolutionReceiver)
class _Race:
    """One ``connect`` of a `HostnameEndpoint`, from the look-up to its end."""

    def __init__(self, endpoint: HostnameEndpoint, protocolFactory: IProtocolFactory) -> None:
        self.result: Deferred[Any] = Deferred(self._cancelled)
        self._endpoint = endpoint
        self._protocolFactory = protocolFactory
        self._resolution: IHostResolution | None = None
        self._found: list[IAddress] = []
        self._untried: deque[IStreamClientEndpoint] = deque()
        self._running: list[Deferred[IProtocol]] = []
        self._failed: list[tuple[IStreamClientEndpoint, Failure]] = []
        self._timer: IDelayedCall | None = None
        self._starting = False
        self._over = False

    # The look-up.

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        self._resolution = resolutionInProgress

    def addressResolved(self, address: IAddress) -> None:
        self._found.append(address)

    def resolutionComplete(self) -> None:
        self._resolution = None
        if self._over:
            return
        endpoints = map(self._endpoint._endpointFor, interleaved(self._found))
        known = (endpoint for endpoint in endpoints if endpoint is not None)
        self._untried.extend(islice(known, self._endpoint.maxAddresses))
        if self._untried:
            self._startNext()
        else:
            self._end()
            name = self._endpoint._hostText
            self.result.errback(DNSLookupError(f"no results for hostname lookup: {name}"))

    # The race.

    def _startNext(self) -> None:
        self._starting = True
        while self._untried and not self._over:
            endpoint = self._untried.popleft()
            self._setTimer()
            attempt = endpoint.connect(self._protocolFactory)
            self._running.append(attempt)
            attempt.addCallbacks(
                self._attemptWon,
                self._attemptFailed,
                callbackArgs=(attempt,),
                errbackArgs=(attempt, endpoint),
            )
            if attempt in self._running:
                break  # at work; the timer or its failure starts the next one
        self._starting = False
        self._checkLost()

    def _setTimer(self) -> None:
        self._stopTimer()
        if self._untried:
            self._timer = self._endpoint._reactor.callLater(
                self._endpoint._attemptDelay, self._timeForNext
            )

    def _stopTimer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _timeForNext(self) -> None:
        self._timer = None
        self._startNext()

    def _attemptWon(self, protocol: IProtocol, attempt: Deferred[IProtocol]) -> None:
        self._running.remove(attempt)
        if not self._over:
            self._end()
            self.result.callback(protocol)

    def _attemptFailed(
        self, failure: Failure, attempt: Deferred[IProtocol], endpoint: IStreamClientEndpoint
    ) -> None:
        self._running.remove(attempt)
        if self._over:
            return
        self._failed.append((endpoint, failure))
        if not self._starting:
            self._startNext()

    def _checkLost(self) -> None:
        if self._over or self._running or self._untried:
            return
        self._end()
        _, last = self._failed[-1]
        attempts = tuple((endpoint, failure.value) for endpoint, failure in self._failed)
        last.value.attempts = attempts  # type: ignore[attr-defined]  # for whoever wants to know
        if isinstance(last.value, ConnectError) and len(attempts) > 1:
            _tellAll(last.value, attempts)
        self.result.errback(last)

    # The end.

    def _end(self) -> None:
        """Nothing more is wanted: stop whatever is under way. Its outcome is not heard."""
        self._over = True
        self._stopTimer()
        for attempt in self._running[:]:
            attempt.cancel()

    def _cancelled(self, deferred: Deferred[Any]) -> None:
        self._end()
        resolution, self._resolution = self._resolution, None
        if resolution is not None:
            try:
                resolution.cancel()
            except NotImplementedError:
                pass  # what it finds is not looked at
        endpoint = self._endpoint
        address = HostnameAddress(endpoint._hostBytes, endpoint._port)
        deferred.errback(ConnectingCancelledError(address))


def _tellAll(
    error: ConnectError, attempts: Sequence[tuple[IStreamClientEndpoint, BaseException]]
) -> None:
    """Put every address that was tried, and why it failed, into the words of an error."""
    told = [f"{endpoint}: {cause}" for endpoint, cause in attempts[:mostTold]]
    if len(attempts) > mostTold:
        told.append(f"and {len(attempts) - mostTold} more")
    # Its own reason stands in the list now.
    error.args = ("; ".join(["each address was tried", *told]),)


def interleaved(addresses: Iterable[IAddress]) -> list[IAddress]:
    """
    Let the families take turns, the first address's family first (RFC 8305 section 4).

    Within a family the order is kept; an address that comes twice counts once.
    """
    families: dict[type, deque[IAddress]] = {}
    for address in dict.fromkeys(addresses):
        families.setdefault(type(address), deque()).append(address)
    turns = deque(families.values())
    mixed = []
    while turns:
        family = turns.popleft()
        mixed.append(family.popleft())
        if family:
            turns.append(family)
    return mixed


@implementer(IHostnameResolver)
class _SimpleHostnameResolver:
    """Serves `IHostnameResolver` from a function that gives rows as getaddrinfo does."""

    def __init__(
        self, nameResolution: Callable[[str, int], Deferred[Sequence[AddressInfo]]]
    ) -> None:
        self._nameResolution = nameResolution

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def notFound(failure: Failure) -> list[AddressInfo]:
            _log.failure(
                "while looking {name} up with {callable}",
                failure,
                name=hostName,
                callable=self._nameResolution,
                isError=1,  # the mark of the older log, looked for in events of this kind
            )
            return []

        looking: Deferred[Any] = self._nameResolution(hostName, portNumber)
        looking.addErrback(notFound).addCallback(_deliver, resolutionReceiver)
        return resolution


def _readHost(host: str | bytes) -> tuple[bool, bytes, str]:
    """
    Find both forms of a host name.

    Returns: whether it is bad; the name as the wire has it, and as people write it. A bad
        name is escaped in both, so that it can be shown.
    """
    from twisted.internet._idna import _idnaBytes, _idnaText

    try:
        plain = host.decode("ascii") if isinstance(host, bytes) else host
        if isIPAddress(plain) or isIPv6Address(plain):
            return False, plain.encode("ascii"), plain
        if isinstance(host, bytes):
            return False, host, _idnaText(host)
        from unicodedata import normalize

        text = normalize("NFC", host)
        return False, _idnaBytes(text), text
    except UnicodeError:
        return _readOddHost(host)


def _readOddHost(host: str | bytes) -> tuple[bool, bytes, str]:
    # IDNA allows no underscore, yet people name containers and local machines with it, and
    # resolvers know them.
    shown = (
        host.decode("ascii", "backslashreplace")
        if isinstance(host, bytes)
        else host.encode("ascii", "backslashreplace").decode("ascii")
    )
    labels = shown.removesuffix(".").split(".")
    allowed = all(
        0 < len(label) < 64 and label.replace("-", "").replace("_", "").isalnum()
        for label in labels
    )
    return not (allowed and len(shown) < 254), shown.encode("ascii"), shown


def _readBinding(
    bindAddress: Binding | bytes | str | tuple[bytes | str, int] | None,
) -> Binding | tuple[str, int] | None:
    if isinstance(bindAddress, (bytes, str)):
        bindAddress = (bindAddress, 0)
    if isinstance(bindAddress, tuple):
        host, port = bindAddress
        return (host.decode("ascii") if isinstance(host, bytes) else host), port
    return bindAddress


def _warnOfOldReactor(reactor: object) -> None:
    kind = type(reactor)
    warn(
        "Passing HostnameEndpoint a reactor that does not provide IReactorPluggableNameResolver"
        f" ({kind.__module__}.{kind.__qualname__}) was deprecated in Twisted 17.5.0; please use"
        " a reactor that provides IReactorPluggableNameResolver instead",
        DeprecationWarning,
        stacklevel=3,
    )
