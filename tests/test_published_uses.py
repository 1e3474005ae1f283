"""
Private names that published programs import, touch or replace: they stay where they are.

Names of floors that are not built yet come with those floors.
"""

from __future__ import annotations

import copy
import importlib
import pickle
import sys
import unittest
from typing import Any, cast
from unittest import mock

import attr
import pytest

from tests.support.streams import Maker, eventually
from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase, TestCase

importedNames = {
    "twisted.internet._sslverify": [
        "ClientTLSOptions",
        "OpenSSLCertificateAuthorities",
        "OpenSSLCertificateOptions",
        "TLSVersion",
        "Certificate",
        "trustRootFromCertificates",
        "_defaultCurveName",
    ],
    "twisted.internet._idna": ["_idnaBytes", "_idnaText"],
    "twisted.internet._resolver": ["GAIResolver", "SimpleResolverComplexifier", "HostResolution"],
    "twisted.internet.endpoints": [
        "_WrapIProtocol",
        "_parse",
        "_WrapperEndpoint",
        "_WrappingProtocol",
    ],
    "twisted.internet.address": ["_ProcessAddress"],
    "twisted.internet.base": ["_ThreePhaseEvent", "_SystemEventID"],
    "twisted.internet.utils": ["_EverythingGetter"],
    "twisted.internet.defer": ["_failthru"],
    "twisted.internet.protocol": ["_InstanceFactory"],
    "twisted.internet.fdesc": ["_setCloseOnExec"],
    "twisted.internet.tcp": [
        "_resolveIPv6",
        "_NUMERIC_ONLY",
        "Port",
        "Client",
        "Connector",
        "Server",
        "Connection",
    ],
    "twisted.trial.reporter": ["_AdaptedReporter"],
    "twisted._version": ["__version__"],
    "twisted.protocols.tls": ["_get_default_clock"],
    "twisted.test.proto_helpers": ["StringTransport", "MemoryReactor"],
    "twisted.test.iosim": ["connectedServerAndClient", "FakeTransport", "IOPump"],
}


@pytest.mark.parametrize(
    ("module", "name"),
    [(module, name) for module, names in importedNames.items() for name in names],
)
@pytest.mark.filterwarnings("ignore:.*has moved:DeprecationWarning")
def test_aNameThatProgramsImportIsThere(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


def test_idnaOfANameGoesBothWays() -> None:
    from twisted.internet._idna import _idnaBytes, _idnaText

    assert _idnaBytes("ex\xe4mple.com") == b"xn--exmple-cua.com"
    assert _idnaText(b"xn--exmple-cua.com") == "ex\xe4mple.com"


def test_parseTakesADescriptionApart() -> None:
    from twisted.internet.endpoints import _parse

    assert _parse("tcp:80:interface=::1".replace("::1", r"\:\:1")) == (
        ["tcp", "80"],
        {"interface": "::1"},
    )


def test_failthruPassesFailuresOn() -> None:
    from twisted.internet.defer import _failthru
    from twisted.python.failure import Failure

    failure = Failure(ZeroDivisionError())
    assert _failthru(failure) is failure


def test_aThreePhaseEventIsMadeByHand() -> None:
    from twisted.internet.base import _ThreePhaseEvent

    came: list[str] = []
    event = _ThreePhaseEvent()
    event.addTrigger("during", came.append, "fired")
    event.fireEvent()
    assert came == ["fired"]


def test_setCloseOnExecSetsTheFlag() -> None:
    import os

    from twisted.internet.fdesc import _setCloseOnExec

    ours, theirs = os.pipe()
    os.set_inheritable(ours, True)
    _setCloseOnExec(ours)
    assert not os.get_inheritable(ours)
    os.close(ours)
    os.close(theirs)


# Attributes touched


def test_theLoopOfAReactorIsShown(reactor: Any) -> None:
    import asyncio

    assert isinstance(reactor._asyncioEventloop, asyncio.AbstractEventLoop)


def test_theReactorsOwnReadersAreASet(reactor: Any) -> None:
    assert isinstance(reactor._internalReaders, set)


def test_aPortShowsItsRealNumber(reactor: Any) -> None:
    port = reactor.listenTCP(0, Factory(), interface="127.0.0.1")
    assert port._realPortNumber == port.getHost().port


def test_aTransportShowsWhatWaits(eachReactor: Any) -> None:
    server, client = Maker(), Maker()
    port = eachReactor.listenTCP(0, server, interface="127.0.0.1")
    eachReactor.connectTCP("127.0.0.1", port.getHost().port, client)
    eventually(eachReactor, lambda: server.made and client.made)
    transport = client.made[0].transport
    assert (transport._tempDataLen, transport._tempDataBuffer) == (0, [])
    transport.write(b"abc")
    assert transport._tempDataLen == 3


def test_aReconnectingFactoryShowsItsCall() -> None:
    from twisted.internet.protocol import ReconnectingClientFactory
    from twisted.internet.task import Clock

    factory = ReconnectingClientFactory()
    factory.clock = Clock()
    factory.retry(mock.Mock())
    assert factory._callID in factory.clock.getDelayedCalls()


def test_aLoopingCallShowsHowItWasStarted() -> None:
    from twisted.internet.task import Clock, LoopingCall

    looping = LoopingCall(int)
    looping.clock = Clock()
    looping.start(5, now=False)
    assert looping._runAtStart is False
    assert callable(looping._scheduleFrom)
    looping.stop()


def test_endpointsShowWhatTheyWrap() -> None:
    from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS

    inner: Any = HostnameEndpoint(MemoryReactorClock(), "example.com", 443)
    assert inner._hostText == "example.com"
    assert wrapClientTLS(mock.Mock(), inner)._wrappedEndpoint is inner


@pytest.mark.parametrize(
    "address",
    [
        IPv4Address("TCP", "192.0.2.1", 80),
        IPv6Address("TCP", "2001:db8::1", 80),
        HostnameAddress(b"example.com", 80),
        UNIXAddress(b"/run/socket"),
    ],
)
def test_addressesTakeAttributesOfTheirProgram(address: Any) -> None:
    """txtorcon puts a host on a HostnameAddress."""
    same = copy.copy(address)
    address.remark = "mine"
    assert address == same
    assert pickle.loads(pickle.dumps(address)).remark == "mine"


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        (IPv4Address("TCP", "192.0.2.1", 80), ["type", "host", "port"]),
        (
            IPv6Address("TCP", "2001:db8::1", 80, 1, 2),
            ["type", "host", "port", "flowInfo", "scopeID"],
        ),
        (HostnameAddress(b"example.com", 80), ["hostname", "port"]),
        (UNIXAddress(b"/run/socket"), ["name"]),
    ],
)
def test_functionsOfAttrsKnowAddresses(address: Any, fields: list[str]) -> None:
    """Scrapy's resolver evolves the addresses that it keeps."""
    kind = type(address)
    assert attr.has(kind)
    assert [each.name for each in attr.fields(kind)] == fields
    assert list(attr.asdict(address)) == fields
    assert attr.evolve(address) == address and attr.evolve(address) is not address
    if "port" in fields:
        moved = attr.evolve(address, port=0)
        assert (type(moved), moved.port) == (kind, 0)
        assert attr.evolve(moved, port=80) == address


def test_aTestWaitsForADeferredByHand() -> None:
    """Tests of txtorcon call the method that waits."""

    class Waiting(TestCase):
        def runTest(self) -> None:
            from twisted.internet import reactor

            result: Deferred[str] = Deferred()
            cast(Any, reactor).callLater(0, result.callback, "came")
            came: list[str] = []
            self._wait(result.addCallback(came.append))
            self._wait(succeed("there").addCallback(came.append))
            self._wait(fail(ZeroDivisionError()))
            assert came == ["came", "there"]

    result = unittest.TestResult()
    Waiting().run(result)
    assert result.errors == [] and result.failures == [] and result.testsRun == 1


@pytest.mark.parametrize(
    ("host", "read"),
    [
        ("example.com", (False, b"example.com", "example.com")),
        (b"example.com", (False, b"example.com", "example.com")),
        ("\xfc.example", (False, b"xn--tda.example", "\xfc.example")),
        (b"foo_bar.example", (False, b"foo_bar.example", "foo_bar.example")),
        ("[::1]", (True, b"[::1]", "[::1]")),
    ],
)
def test_anEndpointsClassReadsNames(host: Any, read: Any) -> None:
    """Scrapy's tests ask this of the class."""
    from twisted.internet.endpoints import HostnameEndpoint

    assert HostnameEndpoint._hostAsBytesAndText(host) == read


@pytest.mark.parametrize("base", [TestCase, SynchronousTestCase])
@pytest.mark.parametrize(("method", "passed"), [("test_good", True), ("test_bad", False)])
def test_aCleanupSeesWhetherItsTestPassed(base: Any, method: str, passed: bool) -> None:
    """Buildbot's tests keep what a failed one has left."""
    seen: list[bool] = []

    class Looking(base):  # type: ignore[misc]  # either of two classes
        def setUp(self) -> None:
            self.addCleanup(lambda: seen.append(self._passed))

        def test_good(self) -> None:
            pass

        def test_bad(self) -> None:
            self.fail("as it should")

    Looking(method).run(unittest.TestResult())
    assert seen == [passed]


# Replaced at run time


def test_anotherIDNAIsAskedForHostNames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrapy puts a second opinion behind both directions of IDNA."""
    from twisted.internet import _idna
    from twisted.internet.endpoints import HostnameEndpoint

    monkeypatch.setattr(_idna, "_idnaBytes", lambda text: b"xn--i-7iq.ws")
    assert HostnameEndpoint(MemoryReactorClock(), "i\u2764.ws", 80)._hostBytes == b"xn--i-7iq.ws"


@pytest.mark.parametrize(
    "name", ["connectTCP", "stop", "run", "callFromThread", "resolver", "callLater", "listenTCP"]
)
def test_theReactorTakesAnAssignment(reactor: Any, name: str) -> None:
    stand_in = object()
    setattr(reactor, name, stand_in)
    assert getattr(reactor, name) is stand_in
    delattr(reactor, name)


def test_aReplacedConnectTCPIsWhatEndpointsUse(reactor: Any) -> None:
    from twisted.internet.endpoints import TCP4ClientEndpoint

    reactor.connectTCP = mock.Mock()
    TCP4ClientEndpoint(reactor, "127.0.0.1", 1).connect(Factory.forProtocol(Protocol))
    assert reactor.connectTCP.call_args.args[:2] == ("127.0.0.1", 1)


@pytest.mark.parametrize("name", ["HostnameEndpoint", "clientFromString", "serverFromString"])
def test_namesOfEndpointsArePatchedOnTheFace(name: str) -> None:
    with mock.patch(f"twisted.internet.endpoints.{name}") as patched:
        from twisted.internet import endpoints

        assert getattr(endpoints, name) is patched


def test_methodsOfTheInstalledReactorArePatchedByName() -> None:
    from twisted.internet.main import installReactor

    installed = sys.modules.get("twisted.internet.reactor")
    if installed is None:
        import twisted.internet

        reactor: Any = MemoryReactorClock()
        installReactor(reactor)
    try:
        with mock.patch("twisted.internet.reactor.callLater") as patched:
            from twisted.internet import reactor as found

            found_: Any = found
            found_.callLater(1, int)
        assert patched.called
    finally:
        if installed is None:
            del sys.modules["twisted.internet.reactor"]
            del twisted.internet.reactor


def test_aProxyOfAmpouleAnswersByWhatItForwardsTo() -> None:
    from twisted.protocols import amp

    class Double(amp.Command):
        arguments = [(b"number", amp.Integer())]
        response = [(b"number", amp.Integer())]

    asked: list[int] = []

    def forward(number: int) -> dict[str, int]:
        asked.append(number)
        return {"number": 2 * number}

    answer = amp.AMP()._wrapWithSerialization(forward, Double)
    found: list[Any] = []
    answer(amp.Box(number=b"21")).addCallback(found.append)
    assert asked == [21]
    assert found == [amp.Box(number=b"42")]


def test_theSharedCooperatorMayBeReplaced(monkeypatch: pytest.MonkeyPatch) -> None:
    # Tahoe-LAFS's tests have it driven by a clock.
    from twisted.internet import task

    clock = task.Clock()
    mine = task.Cooperator(scheduler=lambda step: clock.callLater(1, step))
    monkeypatch.setattr(task, "_theCooperator", mine)
    seen: list[int] = []
    for begin in (task.cooperate, task.coiterate):
        begin(seen.append(number) for number in range(3))
    assert seen == []
    clock.pump([1] * 9)
    assert sorted(seen) == [0, 0, 1, 1, 2, 2]
