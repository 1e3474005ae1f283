"""Connections that we open: how they come about, fail, end, and begin again."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.support.streams import Maker, Recorder, eventually, loggedFailures, turns
from twisted.internet import defer, error
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IConnector
from twisted.internet.tcp import Client, makeBinding


@pytest.fixture
def listening(eachReactor: Any) -> Any:
    """A port that accepts, with the factory ``accepted``."""
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    port.accepted = factory
    return port


@pytest.fixture
def closedPort() -> Iterator[int]:
    """The number of a port where nobody listens; it is bound, so that nobody else gets it."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def deafPort() -> Iterator[int]:
    """The number of a port whose queue is full: connecting to it takes for ever."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        waiting = []
        for _ in range(3):
            each = socket.socket()
            each.setblocking(False)
            each.connect_ex(deaf.getsockname())
            waiting.append(each)
        yield deaf.getsockname()[1]
        for each in waiting:
            each.close()


def test_theFactoryIsToldInOrder(eachReactor: Any, listening: Any) -> None:
    factory = Maker()
    connector = eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
    isConnector: bool = IConnector.providedBy(connector)
    assert isConnector
    assert connector.state == "connecting"
    assert factory.told == ["start", "connecting"]
    eventually(eachReactor, lambda: factory.made and factory.made[0].events)
    assert connector.state == "connected"
    assert factory.addresses == [listening.getHost()]
    factory.made[0].transport.loseConnection()
    eventually(eachReactor, lambda: "stop" in factory.told)
    assert factory.told == ["start", "connecting", "lost", "stop"]
    assert factory.made[0].events == ["made", "lost"]
    assert connector.state == "disconnected"


def test_aRefusedConnectionIsConnectionRefusedError(eachReactor: Any, closedPort: int) -> None:
    factory = Maker()
    eachReactor.connectTCP("127.0.0.1", closedPort, factory)
    eventually(eachReactor, lambda: factory.reason)
    assert factory.reason is not None
    assert factory.reason.check(error.ConnectionRefusedError)
    assert factory.reason.value.osError == errno.ECONNREFUSED  # type: ignore[attr-defined]
    assert factory.told == ["start", "connecting", "failed", "stop"]


def test_aTimeOutIsTimeoutError(eachReactor: Any, deafPort: int) -> None:
    factory = Maker()
    eachReactor.connectTCP("127.0.0.1", deafPort, factory, timeout=0.01)
    eventually(eachReactor, lambda: factory.reason)
    assert factory.reason is not None
    assert factory.reason.check(error.TimeoutError)


def test_aTimeOutOfNoneIsNone(eachReactor: Any, deafPort: int) -> None:
    factory = Maker()
    connector = eachReactor.connectTCP("127.0.0.1", deafPort, factory, timeout=None)
    assert eachReactor.getDelayedCalls() == []
    connector.stopConnecting()


def test_aConnectionLeavesNoTimeOutBehind(eachReactor: Any, listening: Any) -> None:
    factory = Maker()
    eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
    eventually(eachReactor, lambda: factory.made and factory.made[0].events)
    assert eachReactor.getDelayedCalls() == []


def test_aNameThatDoesNotExistIsDNSLookupError(eachReactor: Any) -> None:
    from zope.interface import implementer

    from twisted.internet.interfaces import IResolverSimple

    @implementer(IResolverSimple)
    class NoNames:
        def getHostByName(self, name: str, timeout: Any = ()) -> defer.Deferred[str]:
            return defer.fail(error.DNSLookupError(f"no {name}"))

    eachReactor.installResolver(NoNames())
    factory = Maker()
    eachReactor.connectTCP("host.invalid", 80, factory)
    eventually(eachReactor, lambda: factory.reason)
    assert factory.reason is not None
    assert factory.reason.check(error.DNSLookupError)
    assert "host.invalid" in str(factory.reason.value)


def test_aNameIsLookedUp(eachReactor: Any, listening: Any) -> None:
    factory = Maker()
    connector = eachReactor.connectTCP("localhost", listening.getHost().port, factory)
    assert connector.getDestination() == IPv4Address("TCP", "localhost", listening.getHost().port)
    eventually(eachReactor, lambda: factory.made and factory.made[0].events)
    assert factory.addresses == [listening.getHost()]


def test_aServiceMayBeNamed(eachReactor: Any) -> None:
    connector = eachReactor.connectTCP("127.0.0.1", "http", Maker())
    assert connector.getDestination().port == 80
    connector.stopConnecting()
    with pytest.raises(error.ServiceNameUnknownError, match="no-such-service"):
        eachReactor.connectTCP("127.0.0.1", "no-such-service", Maker())


@pytest.mark.parametrize("port", [65536, -1])
def test_aPortOutOfRangeIsTheConnectorsFailure(eachReactor: Any, port: int) -> None:
    for host in ("127.0.0.1", "::1"):
        factory = Maker()
        eachReactor.connectTCP(host, port, factory)
        eventually(eachReactor, partial(getattr, factory, "reason"))
        assert factory.made == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENETUNREACH, error.NoRouteError),
        (errno.ECONNREFUSED, error.ConnectionRefusedError),
        (errno.ETIMEDOUT, error.TCPTimedOutError),
        (errno.EINVAL, error.ConnectError),
    ],
)
def test_theSystemsErrorsAreMapped(eachReactor: Any, code: int, kind: type[Exception]) -> None:
    assert isinstance(error.getConnectError(OSError(code, os.strerror(code))), kind)
    factory = Maker()
    connector = eachReactor.connectTCP("127.0.0.1", 9, factory)
    connector.transport._pending = _Refusing(connector.transport._pending, code)
    eventually(eachReactor, lambda: factory.reason)
    assert factory.reason is not None
    assert type(factory.reason.value) is kind


class _Refusing:
    """A socket whose connect fails."""

    def __init__(self, real: socket.socket, code: int) -> None:
        self._real = real
        self._code = code

    def connect_ex(self, name: Any) -> int:
        return self._code

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_stopConnectingIsUserError(eachReactor: Any, deafPort: int) -> None:
    factory = Maker()
    connector = eachReactor.connectTCP("127.0.0.1", deafPort, factory)
    connector.stopConnecting()
    assert factory.reason is not None
    assert factory.reason.check(error.UserError)
    assert factory.told == ["start", "connecting", "failed", "stop"]
    with pytest.raises(error.NotConnectingError):
        connector.stopConnecting()
    turns(eachReactor)
    assert factory.told == ["start", "connecting", "failed", "stop"]


def test_stopConnectingFromStartedConnecting(eachReactor: Any, listening: Any) -> None:
    class Reluctant(Maker):
        def startedConnecting(self, connector: Any) -> None:
            connector.stopConnecting()

    factory = Reluctant()
    eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
    eventually(eachReactor, lambda: factory.reason)
    turns(eachReactor)
    assert factory.told == ["start", "failed", "stop"]
    assert factory.made == []


def test_disconnectStopsConnectingOrLoses(eachReactor: Any, listening: Any) -> None:
    factory = Maker()
    connector = eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
    connector.disconnect()
    assert factory.told[-2:] == ["failed", "stop"]
    connector.connect()
    eventually(eachReactor, lambda: factory.made and factory.made[-1].events)
    connector.disconnect()
    eventually(eachReactor, lambda: factory.made[-1].lost)
    connector.disconnect()


def test_aConnectorConnectsAgainFromClientConnectionLost(eachReactor: Any, listening: Any) -> None:
    factory = Maker()

    def again(connector: Any, reason: Any) -> None:
        if len(factory.made) < 3:
            connector.connect()

    factory.onLost = again
    factory.make = lambda: _Leaving()
    eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
    eventually(eachReactor, lambda: "stop" in factory.told)
    assert factory.told == ["start", *["connecting", "lost"] * 3, "stop"]


class _Leaving(Recorder):
    def connectionMade(self) -> None:
        super().connectionMade()
        self.transport.loseConnection()


def test_aConnectorConnectsAgainFromClientConnectionFailed(
    eachReactor: Any, closedPort: int
) -> None:
    factory = Maker()

    def again(connector: Any, reason: Any) -> None:
        if factory.told.count("failed") < 3:
            connector.connect()

    factory.onFailed = again
    eachReactor.connectTCP("127.0.0.1", closedPort, factory)
    eventually(eachReactor, lambda: "stop" in factory.told)
    assert factory.told == ["start", *["connecting", "failed"] * 3, "stop"]


def test_connectWhileConnectingIsRefused(eachReactor: Any, listening: Any) -> None:
    factory = Maker()
    connector = eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
    with pytest.raises(RuntimeError):
        connector.connect()
    eventually(eachReactor, lambda: factory.made and factory.made[0].events)
    with pytest.raises(RuntimeError):
        connector.connect()


@pytest.mark.parametrize("form", ["pair", "host", "binding"])
def test_bindAddressIsWhereWeConnectFrom(eachReactor: Any, listening: Any, form: str) -> None:
    bound: Any = {
        "pair": ("127.0.0.1", 0),
        "host": "127.0.0.1",
        "binding": makeBinding("127.0.0.1", 0, reuseAddress=True),
    }[form]
    factory = Maker()
    connector = eachReactor.connectTCP(
        "127.0.0.1", listening.getHost().port, factory, bindAddress=bound
    )
    before = connector.transport.getHost() if form == "pair" else None
    eventually(eachReactor, lambda: factory.made and factory.made[0].events)
    host = factory.made[0].transport.getHost()
    assert host.host == "127.0.0.1"
    assert before in (None, host)
    eventually(eachReactor, lambda: listening.accepted.made)
    assert listening.accepted.addresses == [host]


def test_aBindAddressInUseIsConnectBindError(eachReactor: Any, listening: Any) -> None:
    factory = Maker()
    taken = listening.getHost()
    eachReactor.connectTCP(taken.host, taken.port, factory, bindAddress=(taken.host, taken.port))
    eventually(eachReactor, lambda: factory.reason)
    assert factory.reason is not None
    assert factory.reason.check(error.ConnectBindError)


def test_aFactoryThatBuildsNothingEndsTheConnection(eachReactor: Any, listening: Any) -> None:
    factory = Maker(lambda: None)
    eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
    eventually(eachReactor, lambda: "stop" in factory.told)
    assert factory.told[:2] == ["start", "connecting"]
    assert not eachReactor._streams or listening.accepted.made


def test_anErrorInBuildProtocolIsLoggedAndEndsTheConnection(
    eachReactor: Any, listening: Any
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    factory = Maker(fail)
    with loggedFailures() as logged:
        eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
        eventually(eachReactor, lambda: "stop" in factory.told)
    assert [type(each.value) for each in logged] == [ZeroDivisionError]


def test_anErrorInClientConnectionLostIsLogged(eachReactor: Any, listening: Any) -> None:
    factory = Maker(_Leaving)

    def fail(connector: Any, reason: Any) -> None:
        raise ZeroDivisionError

    factory.onLost = fail
    with loggedFailures() as logged:
        eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
        eventually(eachReactor, lambda: logged)
    assert [type(each.value) for each in logged] == [ZeroDivisionError]


def test_anotherSocketThatCannotBeMadeIsTheConnectorsFailure(
    eachReactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the descriptors run out between the two that a name of IPv6 needs."""
    eachReactor.resolve = lambda name, *timeouts: defer.succeed("::1")
    factory = Maker()
    eachReactor.connectTCP("six.example", 1, factory)

    def noMore(client: Any) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Client, "createInternetSocket", noMore)
    eventually(eachReactor, lambda: factory.reason)
    assert factory.reason is not None
    assert factory.reason.check(error.ConnectBindError)
    assert factory.told == ["start", "connecting", "failed", "stop"]


def test_aServerThatHasResetAlreadyHasAnAddressAllTheSame(
    eachReactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handToLoop = Client._handToLoop

    def late(client: Client) -> None:
        accepted = ear.accept()[0]
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        accepted.close()
        handToLoop(client)

    monkeypatch.setattr(Client, "_handToLoop", late)
    factory = Maker()
    with socket.create_server(("127.0.0.1", 0)) as ear:
        number = ear.getsockname()[1]
        eachReactor.connectTCP("127.0.0.1", number, factory)
        eventually(eachReactor, lambda: "stop" in factory.told)
    wanted = IPv4Address("TCP", "127.0.0.1", number)
    assert factory.addresses == [wanted] * len(factory.made)
    assert [each.transport.getPeer() for each in factory.made] == factory.addresses
    assert factory.told[-2:] in (["lost", "stop"], ["failed", "stop"])


def test_theDestinationsOfEachKind(reactor: Any) -> None:
    connectors = [
        reactor.connectTCP("127.0.0.1", 9, Maker()),
        reactor.connectTCP("::1", 9, Maker()),
        reactor.connectUNIX("/nowhere", Maker()),
    ]
    assert [each.getDestination() for each in connectors] == [
        IPv4Address("TCP", "127.0.0.1", 9),
        IPv6Address("TCP", "::1", 9),
        UNIXAddress("/nowhere"),
    ]
    assert "127.0.0.1" in repr(connectors[0])
    for each in connectors:
        each.stopConnecting()


def test_theClientShowsWhereItConnectsTo(eachReactor: Any, listening: Any) -> None:
    factory = Maker()
    port = listening.getHost().port
    connector = eachReactor.connectTCP("127.0.0.1", port, factory)
    assert connector.transport.addr == ("127.0.0.1", port)
    eventually(eachReactor, lambda: factory.made and factory.made[0].events)
    assert connector.transport is factory.made[0].transport
    assert connector.transport.realAddress == ("127.0.0.1", port)
    assert "127.0.0.1" in repr(connector.transport)


def test_noDescriptorIsLeftByConnectionsThatFail(eachReactor: Any, closedPort: int) -> None:
    def connectMany(count: int) -> None:
        factories = [Maker() for _ in range(count)]
        for factory in factories:
            eachReactor.connectTCP("127.0.0.1", closedPort, factory)
        eventually(eachReactor, lambda: all(each.reason for each in factories))

    connectMany(5)
    before = len(os.listdir("/proc/self/fd"))
    connectMany(50)
    assert len(os.listdir("/proc/self/fd")) <= before


def test_whatConnectsIsSeenAsASocketOfPython(eachReactor: Any, listening: Any) -> None:
    factory = Maker()
    connector = eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
    descriptor = connector.transport.fileno()
    seen = connector.transport.socket
    assert isinstance(seen, socket.socket)
    assert seen.family is socket.AF_INET
    assert not seen.getblocking()
    assert descriptor in (-1, seen.fileno())
    eventually(eachReactor, lambda: bool(factory.made and factory.made[0].transport))
    assert factory.made[0].transport is connector.transport
    connector.disconnect()


def test_nothingIsHeldBackToFillPackets(eachReactor: Any, listening: Any) -> None:
    factory = Maker()
    connector = eachReactor.connectTCP("127.0.0.1", listening.getHost().port, factory)
    eventually(eachReactor, lambda: bool(factory.made and listening.accepted.made))
    assert connector.transport.getTcpNoDelay()
    assert listening.accepted.made[0].transport.getTcpNoDelay()
    connector.disconnect()
