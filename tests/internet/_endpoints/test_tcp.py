"""TCP and UNIX endpoints in memory: what they ask of the reactor, and look-ups for IPv6."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet import endpoints, threads
from twisted.internet.address import HostnameAddress, IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import (
    CannotListenError,
    ConnectError,
    ConnectingCancelledError,
    DNSLookupError,
)
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock, RaisingMemoryReactor

from .test_hostname import Resolver, v4, v6


def outcomeOf(deferred: Deferred[Any]) -> list[Any]:
    outcomes: list[Any] = []
    deferred.addBoth(outcomes.append)
    return outcomes


SERVERS: list[tuple[Any, dict[str, Any], str, tuple[Any, ...]]] = [
    (endpoints.TCP4ServerEndpoint, {"port": 80}, "tcpServers", (80, 50, "")),
    (
        endpoints.TCP4ServerEndpoint,
        {"port": 80, "backlog": 5, "interface": "127.0.0.1"},
        "tcpServers",
        (80, 5, "127.0.0.1"),
    ),
    (endpoints.TCP6ServerEndpoint, {"port": 80}, "tcpServers", (80, 50, "::")),
    (endpoints.UNIXServerEndpoint, {"address": "/s"}, "unixServers", ("/s", 50, 0o666, 0)),
    (
        endpoints.SSL4ServerEndpoint,
        {"port": 443, "sslContextFactory": "C"},
        "sslServers",
        (443, "C", 50, ""),
    ),
]


@pytest.mark.parametrize(("kind", "kwargs", "kept", "call"), SERVERS)
def test_aServerListens(kind: Any, kwargs: Any, kept: str, call: tuple[Any, ...]) -> None:
    reactor, factory = MemoryReactorClock(), Factory()
    endpoint = kind(reactor, **kwargs)
    assert verifyObject(IStreamServerEndpoint, endpoint)
    (port,) = outcomeOf(endpoint.listen(factory))
    assert port.getHost() is not None
    ((first, given, *rest),) = getattr(reactor, kept)
    assert (first, *rest) == call
    assert given is factory


@pytest.mark.parametrize(("kind", "kwargs", "kept", "call"), SERVERS)
def test_aPortThatCannotBeHadIsAFailure(kind: Any, kwargs: Any, kept: str, call: Any) -> None:
    error = CannotListenError("", 80, OSError(98, "in use"))
    reactor = RaisingMemoryReactor(listenException=error)
    (failure,) = outcomeOf(kind(reactor, **kwargs).listen(Factory()))
    assert failure.value is error


CLIENTS: list[tuple[Any, dict[str, Any], str, tuple[Any, ...]]] = [
    (
        endpoints.TCP4ClientEndpoint,
        {"host": "h", "port": 80},
        "tcpClients",
        ("h", 80, 30, None),
    ),
    (
        endpoints.TCP6ClientEndpoint,
        {"host": "::1", "port": 80, "timeout": 3, "bindAddress": ("::1", 4)},
        "tcpClients",
        ("::1", 80, 3, ("::1", 4)),
    ),
    (
        endpoints.UNIXClientEndpoint,
        {"path": "/s", "timeout": 3, "checkPID": 1},
        "unixClients",
        ("/s", 3, 1),
    ),
    (
        endpoints.SSL4ClientEndpoint,
        {"host": "h", "port": 443, "sslContextFactory": "C"},
        "sslClients",
        ("h", 443, "C", 30, None),
    ),
]


@pytest.mark.parametrize(("kind", "kwargs", "kept", "call"), CLIENTS)
def test_aClientConnects(kind: Any, kwargs: Any, kept: str, call: tuple[Any, ...]) -> None:
    reactor, factory = MemoryReactorClock(), Factory()
    endpoint = kind(reactor, **kwargs)
    assert verifyObject(IStreamClientEndpoint, endpoint)
    assert outcomeOf(endpoint.connect(factory)) == []
    ((*given,),) = getattr(reactor, kept)
    wrapping = [each for each in given if isinstance(each, endpoints._WrappingFactory)]
    assert wrapping[0]._wrappedFactory is factory
    assert tuple(each for each in given if each is not wrapping[0]) == call


@pytest.mark.parametrize(("kind", "kwargs", "kept", "call"), CLIENTS)
def test_whatConnectingRaisesIsAFailure(kind: Any, kwargs: Any, kept: str, call: Any) -> None:
    error = ConnectError(string="no")
    reactor = RaisingMemoryReactor(connectException=error)
    (failure,) = outcomeOf(kind(reactor, **kwargs).connect(Factory()))
    assert failure.value is error


def test_aMethodReplacedOnTheReactorIsUsed() -> None:
    reactor: Any = MemoryReactorClock()
    endpoint = endpoints.TCP4ClientEndpoint(reactor, "h", 80)
    calls: list[Any] = []
    reactor.connectTCP = lambda *args, **kwargs: calls.append(args)
    endpoint.connect(Factory())
    assert calls[0][:2] == ("h", 80)


@pytest.fixture
def named() -> tuple[MemoryReactorClock, Resolver, Any]:
    """A reactor whose names are answered by hand, and an endpoint with a name."""
    reactor, resolver = MemoryReactorClock(), Resolver()
    reactor.installNameResolver(resolver)
    return reactor, resolver, endpoints.TCP6ClientEndpoint(reactor, "host.example", 80)


def test_aNameIsLookedUpForIPv6(named: Any) -> None:
    reactor, resolver, endpoint = named
    outcomes = outcomeOf(endpoint.connect(Factory()))
    assert resolver.asked == [("host.example", 0, [IPv6Address], "TCP")]
    resolver.answer([v6(1), v6(2)])
    assert reactor.tcpClients[0][:2] == ("2001:db8::1", 80)
    assert outcomes == []


def test_aNameWithoutIPv6AddressIsALookupError(named: Any) -> None:
    _, resolver, endpoint = named
    outcomes = outcomeOf(endpoint.connect(Factory()))
    resolver.answer([])
    assert outcomes[0].check(DNSLookupError)


def test_theLookupCanBeCancelled(named: Any) -> None:
    reactor, resolver, endpoint = named
    connecting = endpoint.connect(Factory())
    outcomes = outcomeOf(connecting)
    connecting.cancel()
    assert outcomes[0].check(ConnectingCancelledError)
    assert outcomes[0].value.address == HostnameAddress(b"host.example", 80)
    assert resolver.question.cancelled
    resolver.answer([v6(1), v4(1)])
    assert reactor.tcpClients == []


def test_theAttemptAfterTheLookupCanBeCancelled(named: Any) -> None:
    reactor, resolver, endpoint = named
    connecting = endpoint.connect(Factory())
    outcomes = outcomeOf(connecting)
    resolver.answer([v6(1)])
    connecting.cancel()
    assert outcomes[0].check(ConnectingCancelledError)
    assert outcomes[0].value.address == IPv6Address("TCP", "2001:db8::1", 80)
    assert reactor.connectors[0].stoppedConnecting


def test_whatIsPutInPlaceOfTheThreadIsUsed(named: Any) -> None:
    reactor, resolver, endpoint = named
    assert endpoint._deferToThread is threads.deferToThread
    calls: list[Any] = []

    def inThread(*args: Any) -> Deferred[Any]:
        calls.append(args)
        return succeed([(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::5", 0, 0, 0))])

    endpoint._deferToThread = inThread
    endpoint.connect(Factory())
    assert calls == [(socket.getaddrinfo, "host.example", 0, socket.AF_INET6)]
    assert resolver.asked == []
    assert reactor.tcpClients[0][0] == "::5"


@pytest.mark.parametrize("rows", [[], socket.gaierror(-2, "unknown")])
def test_theThreadMayFindNothing(named: Any, rows: Any) -> None:
    _, _, endpoint = named
    looking: Deferred[Any] = Deferred()
    endpoint._deferToThread = lambda *args: looking
    outcomes = outcomeOf(endpoint.connect(Factory()))
    looking.callback(rows) if isinstance(rows, list) else looking.errback(rows)
    assert outcomes[0].check(DNSLookupError)
    assert "host.example" in str(outcomes[0].value)


SHOWN = [
    (endpoints.TCP4ServerEndpoint(None, 80), "<TCP4ServerEndpoint * port 80>"),  # type: ignore[arg-type]
    (endpoints.TCP6ClientEndpoint(None, "::1", 80), "<TCP6ClientEndpoint [::1]:80>"),  # type: ignore[arg-type]
    (endpoints.UNIXServerEndpoint(None, "/s"), "<UNIXServerEndpoint '/s' mode 666>"),  # type: ignore[arg-type]
    (endpoints.UNIXClientEndpoint(None, "/s"), "<UNIXClientEndpoint '/s'>"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("endpoint", "text"), SHOWN)
def test_anEndpointShowsWhereItLeads(endpoint: object, text: str) -> None:
    assert repr(endpoint) == text
