"""Ports: where they listen, whom they serve, and how they end."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from tests.support import drive
from tests.support.streams import Maker, Recorder, eventually, loggedFailures, turns
from twisted.internet import error
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IListeningPort
from twisted.internet.tcp import Port, makeBinding
from twisted.logger import globalLogPublisher


def call(port: Any) -> socket.socket:
    """Connect to a port by a plain socket."""
    address = port.getHost()
    return socket.create_connection((address.host, address.port), timeout=5)


def test_aPortListensBeforeTheReactorRuns(eachReactor: Any) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    assert IListeningPort.providedBy(port)
    assert isinstance(port, Port)
    assert factory.told == ["start"]
    with call(port):
        eventually(eachReactor, lambda: factory.made and factory.made[0].events)
    eventually(eachReactor, lambda: factory.made[0].lost)


def test_theAddressHasTheRealNumber(eachReactor: Any) -> None:
    four = eachReactor.listenTCP(0, Maker(), interface="127.0.0.1")
    six = eachReactor.listenTCP(0, Maker(), interface="::1")
    assert four.getHost() == IPv4Address("TCP", "127.0.0.1", four.socket.getsockname()[1])
    assert six.getHost() == IPv6Address("TCP", "::1", six.socket.getsockname()[1])
    assert four._realPortNumber == four.getHost().port


@pytest.mark.parametrize("form", ["number", "pair", "binding"])
def test_theWaysToSayWhere(reactor: Any, form: str) -> None:
    where: Any = {
        "number": 0,
        "pair": ("127.0.0.1", 0),
        "binding": makeBinding("127.0.0.1", 0, reusePort=True),
    }[form]
    port = reactor.listenTCP(where, Maker(), interface="127.0.0.1")
    assert port.getHost().host == "127.0.0.1"


def test_waysThatContradictEachOtherAreRefused(reactor: Any) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.2"):
        reactor.listenTCP(("127.0.0.2", 0), Maker(), interface="127.0.0.1")


def test_twoMayShareAPortThatBothAskToShare(reactor: Any) -> None:
    first = reactor.listenTCP(makeBinding("127.0.0.1", 0, reusePort=True), Maker())
    number = first.getHost().port
    second = reactor.listenTCP(makeBinding("127.0.0.1", number, reusePort=True), Maker())
    assert second.getHost() == first.getHost()


def test_anAddressInUseIsCannotListenErrorWithTheSystemsWords(eachReactor: Any) -> None:
    first = eachReactor.listenTCP(0, Maker(), interface="127.0.0.1")
    number = first.getHost().port
    factory = Maker()
    with pytest.raises(error.CannotListenError) as caught:
        eachReactor.listenTCP(number, factory, interface="127.0.0.1")
    assert caught.value.interface == "127.0.0.1"
    assert caught.value.port == number
    assert "already in use" in str(caught.value)
    assert str(number) in str(caught.value)
    assert factory.told == []


@pytest.mark.parametrize(
    ("number", "interface"), [(65536, ""), (-1, ""), (0, "192.0.2.1"), (0, "2001:db8::1")]
)
def test_whatCannotBeBoundIsCannotListenError(reactor: Any, number: int, interface: str) -> None:
    with pytest.raises(error.CannotListenError):
        reactor.listenTCP(number, Maker(), interface=interface)


def test_stopListeningFiresWhenAllIsClosed(eachReactor: Any) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    address = port.getHost()
    assert drive(eachReactor, port.stopListening) is None
    assert factory.told == ["start", "stop"]
    assert port.fileno() == -1
    assert port.disconnected
    with pytest.raises(OSError):
        socket.create_connection((address.host, address.port), timeout=5)


def test_stopListeningTwiceIsOnce(eachReactor: Any) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    first = port.stopListening()
    assert port.stopListening() is first
    drive(eachReactor, lambda: first)
    assert port.stopListening() is None
    assert factory.told == ["start", "stop"]


def test_aPortListensAgain(eachReactor: Any) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    drive(eachReactor, port.stopListening)
    port.startListening()
    with call(port):
        eventually(eachReactor, lambda: factory.made)
    assert factory.told == ["start", "stop", "start"]


def test_acceptedConnectionsSurviveTheirPort(eachReactor: Any) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    with call(port) as peer:
        eventually(eachReactor, lambda: factory.made and factory.made[0].events)
        drive(eachReactor, port.stopListening)
        peer.sendall(b"still there?")
        eventually(eachReactor, lambda: factory.made[0].received)
        factory.made[0].transport.write(b"yes")
        turns(eachReactor)
        assert peer.recv(10) == b"yes"


@pytest.mark.parametrize("turnsBefore", range(5))
def test_noConnectionIsLostWhileAPortDoesNotRead(eachReactor: Any, turnsBefore: int) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    loop = eachReactor._asyncioEventloop
    with call(port), call(port), call(port):
        # asyncio's loops connect what they accepted some turns later: stop in each of them.
        for _ in range(turnsBefore):
            loop.call_soon(loop.stop)
            loop.run_forever()
        port.stopReading()
        port.stopReading()
        turns(eachReactor)
        accepted = len(factory.made)
        assert accepted <= 3
        with call(port):
            turns(eachReactor)
            assert len(factory.made) == accepted
            assert port.getHost().port, "it keeps its socket"
            port.startReading()
            eventually(eachReactor, lambda: len(factory.made) == 4)
    drive(eachReactor, port.stopListening)
    assert eachReactor.getDelayedCalls() == []


@pytest.mark.parametrize("turnsBefore", range(5))
def test_whatWasAcceptedIsServedThoughThePortStopsListening(
    eachReactor: Any, turnsBefore: int
) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    loop = eachReactor._asyncioEventloop
    with call(port) as client:
        for _ in range(turnsBefore):
            loop.call_soon(loop.stop)
            loop.run_forever()
        drive(eachReactor, port.stopListening)
        turns(eachReactor)
        # Before the first turn it was in the system's queue still: what waits there is refused.
        assert [made.events for made in factory.made] == [["made"]] * bool(turnsBefore)
        if turnsBefore:
            client.sendall(b"still there?")
            eventually(eachReactor, lambda: factory.made[0].received)


def test_aPortThatDoesNotReadListensAgainAndReads(eachReactor: Any) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    port.stopReading()
    port.startReading()
    port.stopReading()
    drive(eachReactor, port.stopListening)
    port.startListening()
    with call(port):
        eventually(eachReactor, lambda: factory.made)
    port._pause()
    port._pausedBy.reset(0)
    with call(port):
        eventually(eachReactor, lambda: len(factory.made) == 2)


def test_anErrorInStopFactoryIsTheDeferredsFailure(eachReactor: Any) -> None:
    class Failing(Maker):
        def doStop(self) -> None:
            raise ZeroDivisionError

    port = eachReactor.listenTCP(0, Failing(), interface="127.0.0.1")
    with pytest.raises(ZeroDivisionError):
        drive(eachReactor, port.stopListening)
    assert port.fileno() == -1


def test_aPortMayBeStoppedFromItsOwnBuildProtocol(eachReactor: Any) -> None:
    stopped: list[Any] = []

    class Once(Maker):
        def buildProtocol(self, addr: Any) -> Any:
            port.stopListening().addCallback(stopped.append)
            return super().buildProtocol(addr)

    factory = Once()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    with call(port):
        eventually(eachReactor, lambda: stopped and factory.made[0].events)
    eventually(eachReactor, lambda: factory.made[0].lost)
    assert factory.made[0].events == ["made", "lost"]


def test_aFactoryThatBuildsNothingClosesTheConnection(eachReactor: Any) -> None:
    factory = Maker(lambda: None)
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    with call(port) as peer:
        eventually(eachReactor, lambda: factory.made)
        turns(eachReactor)
        with pytest.raises(ConnectionError):
            if peer.recv(1) == b"":
                raise ConnectionResetError
    assert not eachReactor._streams


def test_anErrorInBuildProtocolIsLoggedAndThePortGoesOn(eachReactor: Any) -> None:
    makers: list[Any] = [lambda: 1 / 0, Recorder]
    factory = Maker(lambda: makers.pop(0)())
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    with loggedFailures() as logged, call(port):
        eventually(eachReactor, lambda: logged)
    with call(port):
        eventually(eachReactor, lambda: factory.made)
    assert [type(each.value) for each in logged] == [ZeroDivisionError]


def test_aCallerWhoHasGoneBeforeItIsAcceptedTroublesNobody(eachReactor: Any) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    with loggedFailures() as failures:
        with call(port) as gone:
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        turns(eachReactor)
        # asyncio's loops know who it was, since they ask when they accept; uvloop asks too late.
        assert all(isinstance(each, IPv4Address) for each in factory.addresses)
        assert all(made.events == ["made", "lost"] for made in factory.made)
        with call(port):
            eventually(eachReactor, lambda: factory.made and factory.made[-1].events == ["made"])
    assert failures == []


def test_buildProtocolIsGivenThePeersAddress(eachReactor: Any) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    with call(port) as peer:
        eventually(eachReactor, lambda: factory.made and factory.made[0].events)
        assert factory.addresses == [IPv4Address("TCP", *peer.getsockname())]
        transport = factory.made[0].transport
        assert transport.getPeer() == factory.addresses[0]
        assert transport.getHost() == port.getHost()
        assert transport.client == peer.getsockname()
        assert transport.hostname == "127.0.0.1"
        assert transport.server is port


def test_connectionsAreNumberedForTheLog(eachReactor: Any) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")
    with call(port), call(port):
        eventually(eachReactor, lambda: len(factory.made) == 2)
        turns(eachReactor)
        names = [each.transport.logstr for each in factory.made]
    assert names == ["Recorder,0,127.0.0.1", "Recorder,1,127.0.0.1"]


def test_theLogTellsOfTheBeginningAndTheEnd(eachReactor: Any) -> None:
    said: list[str] = []

    def observe(event: Any) -> None:
        said.extend(event.get("message", ()))

    globalLogPublisher.addObserver(observe)
    try:
        port = eachReactor.listenTCP(0, Maker(), interface="127.0.0.1")
        number = port.getHost().port
        drive(eachReactor, port.stopListening)
    finally:
        globalLogPublisher.removeObserver(observe)
    assert f"Maker starting on {number}" in said
    assert f"(TCP Port {number} Closed)" in said


def test_theReprSaysWhereAndForWhom(eachReactor: Any) -> None:
    port = eachReactor.listenTCP(0, Maker(), interface="127.0.0.1")
    assert str(port.getHost().port) in repr(port)
    assert "Maker" in repr(port)
    drive(eachReactor, port.stopListening)
    assert "not listening" in repr(port)


def test_aPortHasNoPeer(reactor: Any) -> None:
    with pytest.raises(NotImplementedError):
        reactor.listenTCP(0, Maker(), interface="127.0.0.1").getPeer()


def test_noDescriptorIsLeftByConnectionsThatWere(eachReactor: Any) -> None:
    factory = Maker()
    port = eachReactor.listenTCP(0, factory, interface="127.0.0.1")

    def serve(count: int) -> None:
        seen = len(factory.made)
        peers = [call(port) for _ in range(count)]
        eventually(eachReactor, lambda: len(factory.made) == seen + count)
        for peer in peers:
            peer.close()
        eventually(eachReactor, lambda: all(each.lost for each in factory.made))

    serve(5)
    turns(eachReactor)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        serve(40)
    turns(eachReactor)
    assert len(os.listdir("/proc/self/fd")) <= before
    assert not eachReactor._streams


def script(body: str, *arguments: object) -> dict[str, str]:
    """Run a program in a process; what it printed as ``key value`` lines."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(body), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


storm = """
    import resource, socket, sys, time
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
    storm = []
    for _ in range(400):
        storm.append(socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20))
    time.sleep(0.5)
    for each in storm:
        each.close()
    late = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20)
    late.sendall(b"hello")
    print("answer", late.recv(10).decode())
"""
"""The peers of the next test: 400 that stay for a while, then one that wants an answer."""


@pytest.mark.parametrize("kind", ["epollreactor", "selectreactor"])
def test_aStormBeyondTheLimitOfDescriptorsIsSurvived(kind: str) -> None:
    """More peers than descriptors: logged once, the listener lives, later clients are served."""
    said = script(
        """
        import importlib, resource, socket, sys, threading, time
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        importlib.import_module("twisted.internet." + sys.argv[1]).install()
        from twisted.internet import reactor, protocol
        from twisted.internet._engine.listeners import StreamPort
        from twisted.logger import globalLogPublisher
        StreamPort.pauseSeconds = 0.05
        logged = []
        globalLogPublisher.addObserver(
            lambda event: logged.append(event)
            if "descriptors" in event.get("log_format", "") else None
        )
        class Echo(protocol.Protocol):
            def dataReceived(self, data):
                self.transport.write(data)
        port = reactor.listenTCP(
            0, protocol.Factory.forProtocol(Echo), backlog=1000, interface="127.0.0.1"
        )
        import subprocess
        peer = subprocess.Popen(
            [sys.executable, "-c", sys.argv[2], str(port.getHost().port)], stdout=subprocess.PIPE
        )
        def wait():
            print("answer", peer.communicate(timeout=60)[0].decode().split()[-1])
            reactor.callFromThread(reactor.stop)
        reactor.callInThread(wait)
        reactor.run()
        print("logged", len(logged))
        """,
        kind,
        textwrap.dedent(storm),
    )
    assert said == {"answer": "hello", "logged": "1"}


def test_fiveThousandConnectionsAreHeldAndEchoStillAnswers() -> None:
    resource = pytest.importorskip("resource")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < 11000:
        pytest.skip(f"the hard limit of descriptors is {hard}; this test needs 11000")
    said = script(
        """
        import resource, socket
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (11000, limit))
        from twisted.internet import reactor, protocol
        class Echo(protocol.Protocol):
            def connectionMade(self):
                self.factory.count += 1
            def dataReceived(self, data):
                self.transport.write(data)
        factory = protocol.Factory.forProtocol(Echo)
        factory.count = 0
        port = reactor.listenTCP(0, factory, backlog=5000, interface="127.0.0.1")
        held = []
        def more():
            # No more at once than the system's queue holds: connecting blocks here.
            for _ in range(100 if factory.count == len(held) else 0):
                peer = socket.create_connection(("127.0.0.1", port.getHost().port))
                held.append(peer)
            if len(held) < 5000:
                reactor.callLater(0, more)
            else:
                reactor.callLater(0, wait)
        def wait():
            if factory.count < 5000:
                reactor.callLater(0.01, wait)
                return
            print("held", len(reactor._streams))
            for peer in held[::500]:
                peer.sendall(b"x")
            reactor.callLater(0.2, read)
        def read():
            print("answers", b"".join(peer.recv(1) for peer in held[::500]).decode())
            reactor.stop()
        reactor.callWhenRunning(more)
        reactor.run()
        """
    )
    assert said == {"held": "5000", "answers": "x" * 10}
