"""`HostnameEndpoint`: names, the look-up, and the race of RFC 8305."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface import implementer

from twisted.internet import endpoints
from twisted.internet._endpoints.hostname import interleaved
from twisted.internet._resolver import HostResolution
from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure


def v4(last: int) -> IPv4Address:
    return IPv4Address("TCP", f"192.0.2.{last}", 80)


def v6(last: int, scopeID: int = 0) -> IPv6Address:
    return IPv6Address("TCP", f"2001:db8::{last}", 80, 0, scopeID)


@implementer(IHostResolution)
class Question:
    """A look-up of `Resolver`."""

    name = "host.example"
    cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


@implementer(IHostnameResolver)
class Resolver:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.question = Question()

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        self.asked.append((hostName, portNumber, addressTypes, transportSemantics))
        self.receiver = resolutionReceiver
        resolutionReceiver.resolutionBegan(self.question)
        return self.question

    def answer(self, addresses: Sequence[Any]) -> None:
        for address in addresses:
            self.receiver.addressResolved(address)
        self.receiver.resolutionComplete()


class Trial:
    """One ``connect`` by the name of host.example, and what came of it."""

    def __init__(self, *addresses: Any, **kwargs: Any) -> None:
        self.reactor = MemoryReactorClock()
        self.resolver = Resolver()
        self.reactor.installNameResolver(self.resolver)
        self.endpoint = endpoints.HostnameEndpoint(self.reactor, "host.example", 80, **kwargs)
        self.outcomes: list[Any] = []
        self.connecting = self.endpoint.connect(Factory.forProtocol(Protocol))
        self.connecting.addBoth(self.outcomes.append)
        if addresses:
            self.resolver.answer(addresses)

    @property
    def tried(self) -> list[str]:
        return [client[0] for client in self.reactor.tcpClients]

    def connect(self, index: int) -> Any:
        protocol = self.reactor.tcpClients[index][2].buildProtocol(None)
        protocol.makeConnection(StringTransport())
        return protocol

    def fail(self, index: int, text: str = "refused") -> ConnectError:
        error = ConnectError(string=text)
        connector = self.reactor.connectors[index]
        self.reactor.tcpClients[index][2].clientConnectionFailed(connector, Failure(error))
        return error


def test_theNameIsLookedUpForTheWantedPort() -> None:
    trial = Trial()
    assert trial.resolver.asked == [("host.example", 80, None, "TCP")]
    assert trial.tried == []


def test_theAttemptsComeOneDelayAfterTheOther() -> None:
    trial = Trial(v6(1), v4(1), v6(2))
    assert trial.tried == ["2001:db8::1"]
    trial.reactor.advance(0.29)
    assert len(trial.tried) == 1
    trial.reactor.advance(0.02)
    assert trial.tried == ["2001:db8::1", "192.0.2.1"]
    trial.reactor.advance(0.3)
    assert trial.tried == ["2001:db8::1", "192.0.2.1", "2001:db8::2"]
    assert trial.reactor.getDelayedCalls() == []


def test_theDelayCanBeChosen() -> None:
    trial = Trial(v4(1), v4(2), attemptDelay=5)
    trial.reactor.advance(4.9)
    assert len(trial.tried) == 1
    trial.reactor.advance(0.2)
    assert len(trial.tried) == 2


def test_aFailedAttemptMakesTheNextBeginAtOnce() -> None:
    trial = Trial(v6(1), v4(1))
    trial.fail(0)
    assert trial.tried == ["2001:db8::1", "192.0.2.1"]
    assert trial.reactor.getDelayedCalls() == []


def test_aFailureStartsTheDelayAnew() -> None:
    trial = Trial(v4(1), v4(2), v4(3))
    trial.reactor.advance(0.2)
    trial.fail(0)
    trial.reactor.advance(0.2)
    assert len(trial.tried) == 2
    trial.reactor.advance(0.2)
    assert len(trial.tried) == 3


def test_theFirstToConnectWinsAndAllElseIsStopped() -> None:
    trial = Trial(v6(1), v4(1), v6(2))
    trial.reactor.advance(0.3)
    trial.connect(1)
    assert isinstance(trial.outcomes[0], Protocol)
    assert [each.stoppedConnecting for each in trial.reactor.connectors] == [True, False]
    assert trial.reactor.getDelayedCalls() == []
    trial.reactor.advance(10)
    assert len(trial.tried) == 2


def test_anEarlierAttemptMayStillWin() -> None:
    trial = Trial(v6(1), v4(1))
    trial.reactor.advance(0.3)
    trial.connect(0)
    assert isinstance(trial.outcomes[0], Protocol)
    assert trial.reactor.connectors[1].stoppedConnecting


def test_whenAllHaveFailedTheLastErrorTellsOfAll() -> None:
    trial = Trial(v6(1), v4(1))
    trial.reactor.advance(0.3)
    second = trial.fail(1, "second")
    assert trial.outcomes == []
    first = trial.fail(0, "first")
    assert trial.outcomes[0].value is first
    error: Any = first
    assert [cause for _, cause in error.attempts] == [second, first]
    assert "192.0.2.1" in repr(error.attempts[0][0])
    for part in ("192.0.2.1", "[2001:db8::1]", "first", "second"):
        assert str(error).count(part) == 1


def test_attemptsThatFailAtOnceAreNoRecursion() -> None:
    class Raising(MemoryReactorClock):
        def connectTCP(self, *args: Any, **kwargs: Any) -> Any:
            raise ConnectError(string="no network")

    reactor = Raising()
    resolver = Resolver()
    reactor.installNameResolver(resolver)
    outcomes: list[Any] = []
    endpoint = endpoints.HostnameEndpoint(reactor, "host.example", 80)
    endpoint.maxAddresses = 3000
    endpoint.connect(Factory()).addBoth(outcomes.append)
    resolver.answer([IPv4Address("TCP", f"10.0.{n >> 8}.{n & 255}", 80) for n in range(3000)])
    assert len(outcomes[0].value.attempts) == 3000
    assert "and 2990 more" in str(outcomes[0].value)
    assert reactor.getDelayedCalls() == []


def test_noMoreThanTheLimitOfAddressesIsTried() -> None:
    many = [IPv4Address("TCP", f"10.0.{n >> 8}.{n & 255}", 80) for n in range(500)]
    trial = Trial(*many, attemptDelay=0.001)
    trial.reactor.pump([0.001] * 600)
    assert len(trial.tried) == endpoints.HostnameEndpoint.maxAddresses == 128


def test_aNameWithoutAddressesIsALookupError() -> None:
    trial = Trial()
    trial.resolver.answer([])
    assert trial.outcomes[0].check(DNSLookupError)
    assert "host.example" in str(trial.outcomes[0].value)


def test_strangeAddressesArePassedOver() -> None:
    trial = Trial(object(), v4(1))
    assert trial.tried == ["192.0.2.1"]


def test_aLinkLocalAddressKeepsItsScope() -> None:
    trial = Trial(v6(1, scopeID=3))
    assert trial.tried == ["2001:db8::1%3"]


def test_timeoutAndBindAddressAreForEachAttempt() -> None:
    trial = Trial(v4(1), timeout=7, bindAddress=b"127.0.0.1")
    assert trial.reactor.tcpClients[0][3:] == (7, ("127.0.0.1", 0))


def assertCancelled(trial: Trial) -> None:
    assert len(trial.outcomes) == 1
    assert trial.outcomes[0].check(ConnectingCancelledError)
    assert trial.outcomes[0].value.address == HostnameAddress(b"host.example", 80)
    assert trial.reactor.getDelayedCalls() == []


def test_cancellingDuringTheLookupGivesItUp() -> None:
    trial = Trial()
    trial.connecting.cancel()
    assertCancelled(trial)
    assert trial.resolver.question.cancelled
    trial.resolver.answer([v4(1)])
    assert trial.tried == []


def test_cancellingALookupThatCannotBeInterruptedIsFine() -> None:
    trial = Trial()
    trial.resolver.receiver.resolutionBegan(HostResolution("host.example"))
    trial.connecting.cancel()
    assertCancelled(trial)


def test_cancellingDuringTheRaceStopsEveryAttempt() -> None:
    trial = Trial(v6(1), v4(1), v6(2))
    trial.reactor.advance(0.3)
    trial.connecting.cancel()
    assertCancelled(trial)
    assert all(each.stoppedConnecting for each in trial.reactor.connectors)
    trial.fail(0)
    trial.reactor.advance(10)
    assert len(trial.tried) == 2
    assert len(trial.outcomes) == 1


def test_aResolverInstalledLaterIsUsed() -> None:
    reactor = MemoryReactorClock()
    endpoint = endpoints.HostnameEndpoint(reactor, "host.example", 80)
    resolver = Resolver()
    reactor.installNameResolver(resolver)
    endpoint.connect(Factory())
    assert resolver.asked


def test_anEndpointReplacedOnTheFaceIsUsed() -> None:
    with mock.patch("twisted.internet.endpoints.TCP4ClientEndpoint") as replaced:
        Trial(v4(1))
    assert replaced.call_args.args[1:3] == ("192.0.2.1", 80)


def test_aReactorWithoutNameResolverIsWarnedOf() -> None:
    with pytest.warns(DeprecationWarning, match="IReactorPluggableNameResolver"):
        endpoints.HostnameEndpoint(object(), "host.example", 80)


NAMES = [
    ("example.com", b"example.com", "example.com", "example.com"),
    (b"example.com", b"example.com", "example.com", "example.com"),
    ("bücher.ch", b"xn--bcher-kva.ch", "bücher.ch", "xn--bcher-kva.ch"),
    ("bu\u0308cher.ch", b"xn--bcher-kva.ch", "bücher.ch", "xn--bcher-kva.ch"),
    (b"xn--bcher-kva.ch", b"xn--bcher-kva.ch", "bücher.ch", "xn--bcher-kva.ch"),
    ("127.0.0.1", b"127.0.0.1", "127.0.0.1", "127.0.0.1"),
    (b"::1", b"::1", "::1", "[::1]"),
    ("fe80::1%lo", b"fe80::1%lo", "fe80::1%lo", "[fe80::1%lo]"),
    ("my_service.local", b"my_service.local", "my_service.local", "my_service.local"),
]


@pytest.mark.parametrize(("host", "octets", "text", "shown"), NAMES)
def test_aNameHasTwoForms(host: str | bytes, octets: bytes, text: str, shown: str) -> None:
    endpoint = endpoints.HostnameEndpoint(MemoryReactorClock(), host, 80)
    assert (endpoint._hostBytes, endpoint._hostText) == (octets, text)
    assert not endpoint._badHostname
    assert repr(endpoint) == f"<HostnameEndpoint {shown}:80>"


@pytest.mark.parametrize(
    "host", [b"\xff", "\u2ff0x", "", "a..b", ".a", "a b", "x" * 64, "a." * 127 + "ab", "a\0b"]
)
def test_aBadNameIsComplainedOfByConnect(host: str | bytes) -> None:
    reactor = MemoryReactorClock()
    endpoint = endpoints.HostnameEndpoint(reactor, host, 80)
    outcomes: list[Any] = []
    endpoint.connect(Factory()).addBoth(outcomes.append)
    assert outcomes[0].check(ValueError)
    assert endpoint._hostText in str(outcomes[0].value)
    assert reactor.tcpClients == []


BINDINGS = [
    (None, None),
    ("127.0.0.1", ("127.0.0.1", 0)),
    (b"127.0.0.1", ("127.0.0.1", 0)),
    ((b"127.0.0.1", 5), ("127.0.0.1", 5)),
    (("127.0.0.1", 5), ("127.0.0.1", 5)),
]


@pytest.mark.parametrize(("given", "kept"), BINDINGS)
def test_theLocalAddressIsReadInEveryForm(given: Any, kept: Any) -> None:
    endpoint = endpoints.HostnameEndpoint(
        MemoryReactorClock(), "host.example", 80, bindAddress=given
    )
    assert endpoint._bindAddress == kept


def test_theFamiliesTakeTurns() -> None:
    assert interleaved([v6(1), v6(2), v6(3), v4(1), v4(2)]) == [
        *(v6(1), v4(1), v6(2), v4(2), v6(3)),
    ]


@given(st.lists(st.one_of(st.builds(v4, st.integers(1, 9)), st.builds(v6, st.integers(1, 9)))))
def test_interleavingKeepsEachFamilysOrderAndLosesNothing(addresses: list[Any]) -> None:
    mixed = interleaved(addresses)
    unique = list(dict.fromkeys(addresses))
    assert sorted(map(repr, mixed)) == sorted(map(repr, unique))
    for family in (IPv4Address, IPv6Address):
        assert [each for each in mixed if isinstance(each, family)] == [
            each for each in unique if isinstance(each, family)
        ]
    assert mixed[:1] == unique[:1]


steps = st.one_of(
    st.tuples(st.just("advance"), st.sampled_from([0.1, 0.3, 1.0])),
    st.tuples(st.just("fail"), st.integers(0, 5)),
    st.tuples(st.just("connect"), st.integers(0, 5)),
    st.tuples(st.just("cancel"), st.just(0)),
)


@given(st.integers(1, 6), st.lists(steps, max_size=20))
def test_everyRaceEndsOnceAndLeavesNothingBehind(count: int, taken: list[Any]) -> None:
    trial = Trial(*(v4(last) if last % 2 else v6(last) for last in range(1, count + 1)))
    settled: set[int] = set()
    for step, number in taken:
        atWork = [
            index
            for index in range(len(trial.tried))
            if index not in settled and not trial.reactor.connectors[index].stoppedConnecting
        ]
        if step == "advance":
            trial.reactor.advance(number)
        elif step == "cancel":
            trial.connecting.cancel()
        elif number in atWork:
            settled.add(number)
            trial.fail(number) if step == "fail" else trial.connect(number)
    assert len(trial.outcomes) <= 1
    running = [
        index
        for index, connector in enumerate(trial.reactor.connectors)
        if index not in settled and not connector.stoppedConnecting
    ]
    if trial.outcomes:
        assert running == []
        assert trial.reactor.getDelayedCalls() == []
    else:
        # Undecided: somebody is at work, and a timer waits for each address but the last.
        assert running
        assert len(trial.reactor.getDelayedCalls()) == (len(trial.tried) < count)
    if not trial.outcomes:
        trial.connecting.cancel()
        assertCancelled(trial)
