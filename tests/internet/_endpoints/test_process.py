"""A child process as something to connect to."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet import endpoints
from twisted.internet.address import _ProcessAddress
from twisted.internet.endpoints import ProcessEndpoint, StandardErrorBehavior
from twisted.internet.error import ConnectionDone, ConnectionLost, ProcessDone, ProcessTerminated
from twisted.internet.interfaces import IConsumer, IProcessTransport, IPushProducer, ITransport
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure


class Talker(Protocol):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def connectionMade(self) -> None:
        self.told.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.told.append(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.told.append(reason)


class Talkers(Factory):
    """Builds talkers, and keeps the address it was given."""

    def buildProtocol(self, addr: Any) -> Talker:
        self.addr = addr
        return Talker()


class Child:
    """A process transport that keeps each call, by name."""

    pid = 4711

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.secret = "not for everybody"

    def __getattr__(self, name: str) -> Any:
        return lambda *args: self.calls.append((name, args))


class Spawning:
    """A reactor that starts nothing."""

    def __init__(self) -> None:
        self.child = Child()

    def spawnProcess(self, processProtocol: Any, *args: Any, **kwargs: Any) -> Child:
        self.processProtocol, self.args, self.kwargs = processProtocol, args, kwargs
        processProtocol.makeConnection(self.child)
        return self.child


def connect(**kwargs: Any) -> tuple[Spawning, Talkers, Any]:
    reactor, factory, outcomes = Spawning(), Talkers(), list[Any]()
    endpoint = ProcessEndpoint(reactor, "/bin/true", **kwargs)  # type: ignore[arg-type]
    endpoint.connect(factory).addBoth(outcomes.append)
    return reactor, factory, outcomes[0]


def test_theProtocolIsConnectedAtOnce() -> None:
    reactor, factory, protocol = connect()
    assert protocol.told == ["made"]
    assert isinstance(factory.addr, _ProcessAddress)
    assert protocol.transport is reactor.processProtocol.transport


def test_whatTheEndpointKnowsGoesToSpawnProcess() -> None:
    given = {
        "args": ["true", "-x"],
        "env": {"A": "b"},
        "path": "/",
        "uid": 1,
        "gid": 2,
        "usePTY": True,
        "childFDs": {0: "w"},
    }
    reactor, _, _ = connect(**given)
    assert reactor.kwargs == {"executable": "/bin/true", **given}


def test_whatSpawnProcessRaisesIsTheFailure() -> None:
    class Refusing(Spawning):
        def spawnProcess(self, *args: Any, **kwargs: Any) -> Any:
            raise OSError("no such program")

    outcomes: list[Any] = []
    endpoint = ProcessEndpoint(Refusing(), "/bin/true")  # type: ignore[arg-type]
    endpoint.connect(Talkers()).addBoth(outcomes.append)
    assert outcomes[0].check(OSError)


def test_aSpawnProcessPutOnTheEndpointIsUsed() -> None:
    endpoint: Any = ProcessEndpoint(Spawning(), "/bin/true")  # type: ignore[arg-type]
    used: list[Any] = []
    endpoint._spawnProcess = lambda protocol, **kwargs: used.append(kwargs["executable"])
    endpoint.connect(Talkers())
    assert used == ["/bin/true"]


def test_standardOutputIsTheStream() -> None:
    reactor, _, protocol = connect()
    reactor.processProtocol.childDataReceived(1, b"out")
    reactor.processProtocol.childDataReceived(3, b"elsewhere")
    assert protocol.told == ["made", b"out"]


@pytest.mark.parametrize(
    ("flag", "logged"), [(StandardErrorBehavior.LOG, [b"oops"]), (StandardErrorBehavior.DROP, [])]
)
def test_standardErrorIsLoggedOrDropped(flag: Any, logged: list[bytes]) -> None:
    events: list[Any] = []
    reactor, _, protocol = connect(errFlag=flag)
    globalLogPublisher.addObserver(events.append)
    try:
        reactor.processProtocol.childDataReceived(2, b"oops")
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert [event["data"] for event in events] == logged
    assert all(event["protocol"] is protocol for event in events)
    assert protocol.told == ["made"]


def test_aProcessThatEndsWellClosesTheConnectionInOrder() -> None:
    reactor, _, protocol = connect()
    reactor.processProtocol.processEnded(Failure(ProcessDone(0)))
    assert protocol.told[-1].check(ConnectionDone) is ConnectionDone


@pytest.mark.parametrize(
    "end",
    [ProcessTerminated(1), ProcessTerminated(signal=9), ConnectionLost("broken"), OSError("gone")],
)
def test_theProtocolLearnsHowItsProcessFailed(end: Exception) -> None:
    """treq's tests look at the signal that ended their server."""
    reactor, _, protocol = connect()
    reactor.processProtocol.processEnded(Failure(end))
    assert protocol.told[-1].value is end


def test_theTransportShowsTheInterfacesAndNoMore() -> None:
    _, _, protocol = connect()
    transport = protocol.transport
    for interface in (IConsumer, IPushProducer, ITransport, IProcessTransport):
        assert verifyObject(interface, transport)
    assert transport.pid == 4711
    with pytest.raises(AttributeError):
        _ = transport.secret


CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("write", (b"x",)),
    ("writeSequence", ([b"x"],)),
    ("writeToChild", (3, b"x")),
    ("loseConnection", ()),
    ("closeStdin", ()),
    ("closeStdout", ()),
    ("closeStderr", ()),
    ("closeChildFD", (3,)),
    ("signalProcess", ("TERM",)),
    ("getHost", ()),
    ("getPeer", ()),
    ("registerProducer", ("P", True)),
    ("unregisterProducer", ()),
    ("pauseProducing", ()),
    ("resumeProducing", ()),
    ("stopProducing", ()),
]


@pytest.mark.parametrize(("name", "args"), CALLS)
def test_eachCallGoesToTheProcess(name: str, args: tuple[Any, ...]) -> None:
    reactor, _, protocol = connect()
    getattr(protocol.transport, name)(*args)
    assert reactor.child.calls == [(name, args)]


def test_theStreamProtocolIsWhereProgramsLookForIt() -> None:
    reactor, _, protocol = connect()
    outer = reactor.processProtocol
    assert isinstance(outer, endpoints._WrapIProtocol)
    assert (outer.protocol, outer.executable) == (protocol, "/bin/true")
