"""Datagram sockets from start to stop, and how much one turn of the loop reads."""

from __future__ import annotations

import errno
import os
import weakref
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.support import drive, openDescriptors
from tests.support.streams import eventually, loggedFailures, turns
from twisted.internet import defer, error
from twisted.internet.interfaces import IListeningPort, IPushProducer, ISystemHandle, IUDPTransport
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.udp import Port
from twisted.python import log

from .support import Recorder, ScriptedSocket, plainSocket


def listen(reactor: Any, protocol: Any = None, **options: Any) -> tuple[Any, Any]:
    protocol = Recorder() if protocol is None else protocol
    return reactor.listenUDP(0, protocol, "127.0.0.1", **options), protocol


def feed(port: Any, *datagrams: bytes) -> None:
    """Send to a port; on loopback a datagram is in the receiver's buffer when this returns."""
    with plainSocket() as source:
        for datagram in datagrams:
            source.sendto(datagram, ("127.0.0.1", port.getHost().port))


class Test_startAndStop:
    def test_aPortProvidesWhatTheApiSays(self, reactor: Any) -> None:
        port, _ = listen(reactor)
        for interface in (IListeningPort, IUDPTransport, ISystemHandle, IPushProducer):
            assert verifyObject(interface, port)
        assert port.getHandle() is port.socket
        assert port.fileno() == port.socket.fileno()

    def test_aProtocolIsStartedWithItsTransport(self, reactor: Any) -> None:
        port, protocol = listen(reactor)
        assert protocol.transport is port
        assert protocol.events == ["start"]
        assert protocol.numPorts == 1
        assert port in reactor.getReaders()
        assert port in reactor.removeAll()

    def test_stoppingClosesAfterwardsAndTellsTheProtocol(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor)

        def stop() -> Any:
            done = port.stopListening()
            assert protocol.events == ["start"]
            assert port.stopListening() is done
            return done

        assert drive(eachReactor, stop) is None
        assert protocol.events == ["start", "stop"]
        assert protocol.transport is None
        assert protocol.numPorts == 0
        assert (port.fileno(), port.connected, port.disconnected) == (-1, 0, 1)
        assert port not in eachReactor.getReaders()
        assert port.stopListening() is None

    def test_stoppingInStartProtocolIsNotReentrant(self, eachReactor: Any) -> None:
        events: list[str] = []

        class Hasty(DatagramProtocol):
            noisy = False

            def startProtocol(self) -> None:
                self.transport.stopListening()
                events.append("started")

            def stopProtocol(self) -> None:
                events.append("stopped")

        listen(eachReactor, Hasty())
        eventually(eachReactor, lambda: "stopped" in events)
        assert events == ["started", "stopped"]

    def test_aPortListensAgain(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor)
        port.connect("127.0.0.1", 9)
        drive(eachReactor, port.stopListening)
        port.startListening()
        # Connected was the socket that is gone.
        port.write(b"again", ("127.0.0.1", port.getHost().port))
        eventually(eachReactor, lambda: protocol.datagrams == [b"again"])
        assert protocol.events == ["start", "stop", "start"]

    @pytest.mark.skipif(
        not os.path.isdir("/proc/self/fd"), reason="descriptors are listed by /proc"
    )
    def test_twoPortsOfOneProtocolAreRefusedAndLeaveNothingBehind(self, reactor: Any) -> None:
        port, protocol = listen(reactor)
        before = openDescriptors()
        with pytest.raises(AssertionError):
            listen(reactor, protocol)
        assert openDescriptors() <= before
        assert [each for each in reactor.getReaders() if isinstance(each, Port)] == [port]

    @pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no list of descriptors")
    def test_portsThatWereStoppedLeaveNothingBehind(self, eachReactor: Any) -> None:
        drive(eachReactor, lambda: None)  # what the reactor opens when first run
        before = openDescriptors()
        stopped: list[weakref.ref[Any]] = []
        for _ in range(300):
            port, _protocol = listen(eachReactor)
            stopped.append(weakref.ref(port))
            drive(eachReactor, port.stopListening)
        del port, _protocol
        assert openDescriptors() <= before
        assert [each for each in stopped if each() is not None] == []
        assert not eachReactor._ports

    def test_theReactorEndsWhatIsOpen(self, reactor: Any) -> None:
        port, protocol = listen(reactor)
        reactor.disconnectAll()
        assert protocol.events == ["start", "stop"]
        assert port.socket is None

    def test_whatStopProtocolRaisesIsLoggedAndGiven(self, reactor: Any) -> None:
        class Broken(DatagramProtocol):
            noisy = False

            def stopProtocol(self) -> None:
                raise KeyError("mine")

        port, _ = listen(reactor, Broken())
        with loggedFailures() as failures, pytest.raises(KeyError):
            drive(reactor, port.stopListening)
        assert [failure.type for failure in failures] == [KeyError]

    def test_theEndOfTheReactorIsTheEndOfItsPorts(self, eachReactor: Any) -> None:
        _, protocol = listen(eachReactor)
        eachReactor.callWhenRunning(eachReactor.stop)
        eachReactor.run(installSignalHandlers=False)
        assert protocol.events == ["start", "stop"]

    def test_aPortThatListensIsNotStartedAgain(self, reactor: Any) -> None:
        port, protocol = listen(reactor)
        with pytest.raises(error.AlreadyListened):
            port.startListening()
        port.stopListening()
        with pytest.raises(error.AlreadyListened):
            port.startListening()
        eventually(reactor, lambda: protocol.events == ["start", "stop"])

    def test_losingTheConnectionIsStopping(self, reactor: Any) -> None:
        port, protocol = listen(reactor)
        port.loseConnection()
        eventually(reactor, lambda: protocol.events == ["start", "stop"])

    def test_startAndStopAreLogged(self, reactor: Any) -> None:
        class Named(DatagramProtocol):
            noisy = False

            def logPrefix(self) -> str:
                return "Sonar"

        lines: list[str] = []
        observe = lambda event: lines.append("".join(event["message"]))  # noqa: E731
        log.addObserver(observe)
        try:
            port, _ = listen(reactor, Named())
            number = port.getHost().port
            drive(reactor, port.stopListening)
        finally:
            log.removeObserver(observe)
        assert f"Sonar starting on {number}" in lines
        assert f"(UDP Port {number} Closed)" in lines
        assert port.logPrefix() == "Sonar (UDP)"

    @pytest.mark.parametrize("call", ["getHost", "getBroadcastAllowed"])
    def test_aClosedPortSaysSo(self, reactor: Any, call: str) -> None:
        port, _ = listen(reactor)
        drive(reactor, port.stopListening)
        with pytest.raises(error.NotListeningError):
            getattr(port, call)()
        with pytest.raises(error.NotListeningError):
            port.write(b"late", ("127.0.0.1", 9))
        assert repr(port).endswith("not connected>")


class Test_reading:
    def test_manyDatagramsAreReadInOneTurn(self, reactor: Any) -> None:
        port, protocol = listen(reactor)
        wanted = [b"%d" % number for number in range(40)]
        feed(port, *wanted)
        port.doRead()
        assert protocol.datagrams == wanted

    def test_oneTurnReadsNoMoreDatagramsThanItsBound(self, reactor: Any) -> None:
        port, protocol = listen(reactor)
        port.maxDatagrams = 5
        feed(port, *[b"x"] * 6)
        port.doRead()
        assert len(protocol.got) == 5
        port.doRead()
        assert len(protocol.got) == 6

    def test_oneTurnReadsNoMoreBytesThanItsBound(self, reactor: Any) -> None:
        port, protocol = listen(reactor)
        port.maxThroughput = 1001
        feed(port, *[b"x" * 500] * 4)
        port.doRead()
        assert len(protocol.got) == 3

    def test_aFloodDoesNotStarveTimers(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor)
        here = ("127.0.0.1", port.getHost().port)

        def more(_: bytes) -> None:
            protocol.got.clear()
            port.write(b"again", here)

        protocol.onDatagram = more
        for _ in range(100):
            port.write(b"first", here)

        def later() -> defer.Deferred[str]:
            done: defer.Deferred[str] = defer.Deferred()
            eachReactor.callLater(0.01, done.callback, "in time")
            return done

        assert drive(eachReactor, later) == "in time"

    def test_datagramsThatComeOneByOneAndThenInABurstAllArrive(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor)
        for number in range(20):
            feed(port, b"lone")
            eventually(eachReactor, lambda: len(protocol.got) > number)  # noqa: B023  # at once
        feed(port, *[b"burst"] * 100)
        eventually(eachReactor, lambda: len(protocol.got) == 120)

    def test_anEmptyDatagramIsADatagram(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor)
        feed(port, b"", b"next")
        eventually(eachReactor, lambda: len(protocol.got) == 2)
        assert protocol.datagrams == [b"", b"next"]

    def test_aDatagramBeyondTheLimitIsCut(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor, maxPacketSize=100)
        feed(port, b"a" * 100, b"b" * 101)
        eventually(eachReactor, lambda: len(protocol.got) == 2)
        assert protocol.datagrams == [b"a" * 100, b"b" * 100]

    def test_aPausedPortReadsNothingUntilItIsResumed(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor)
        protocol.onDatagram = lambda _: port.pauseProducing()
        feed(port, b"1", b"2")
        eventually(eachReactor, lambda: protocol.got)
        turns(eachReactor)
        assert protocol.datagrams == [b"1"]
        port.resumeProducing()
        port.resumeProducing()
        eventually(eachReactor, lambda: len(protocol.got) == 2)

    def test_afterStoppingNothingIsDelivered(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor)
        protocol.onDatagram = lambda _: port.stopListening()
        feed(port, b"1", b"2")
        eventually(eachReactor, lambda: "stop" in protocol.events)
        assert protocol.datagrams == [b"1"]

    def test_resumingAPortThatIsBeingStoppedDoesNothing(self, reactor: Any) -> None:
        port, protocol = listen(reactor)
        port.stopListening()
        port.resumeProducing()
        feed(port, b"late")
        eventually(reactor, lambda: "stop" in protocol.events)
        assert protocol.got == []

    def test_closingInTheMiddleOfReadingEndsTheReading(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor)
        protocol.onDatagram = lambda _: port.connectionLost()
        feed(port, b"1", b"2")
        with loggedFailures() as failures:
            eventually(eachReactor, lambda: "stop" in protocol.events)
        assert protocol.datagrams == [b"1"]
        assert failures == []

    def test_closingWhileItIsReadByHandEndsTheReading(self, reactor: Any) -> None:
        port, protocol = listen(reactor)
        port.pauseProducing()
        protocol.onDatagram = lambda _: port.connectionLost()
        feed(port, b"1", b"2")
        port.doRead()
        assert protocol.datagrams == [b"1"]

    def test_aProtocolThatRaisesIsLoggedAndGetsTheNextDatagram(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor)

        def fail(_: bytes) -> None:
            raise ZeroDivisionError("mine")

        protocol.onDatagram = fail
        with loggedFailures() as failures:
            feed(port, b"1", b"2")
            eventually(eachReactor, lambda: len(protocol.got) == 2)
        assert [failure.type for failure in failures] == [ZeroDivisionError] * 2
        assert port.connected

    def test_whatAProtocolLogsIsInItsName(self, eachReactor: Any) -> None:
        systems: list[str] = []
        observe = lambda event: systems.append(event["system"])  # noqa: E731
        port, protocol = listen(eachReactor)
        protocol.onDatagram = lambda _: log.msg("ping")
        feed(port, b"1")
        log.addObserver(observe)
        try:
            eventually(eachReactor, lambda: systems)
        finally:
            log.removeObserver(observe)
        assert systems == ["Recorder (UDP)"]

    def test_aDoReadOfASubclassIsUsed(self, eachReactor: Any) -> None:
        class Counting(Port):
            turns = 0

            def doRead(self) -> None:
                self.turns += 1
                super().doRead()

        protocol = Recorder()
        port = Counting(0, protocol, "127.0.0.1", reactor=eachReactor)
        port.startListening()
        feed(port, b"1")
        eventually(eachReactor, lambda: protocol.got)
        assert port.turns


class Test_errorsWhileReading:
    """With sockets that raise as told; each list ends the reading."""

    def port(self, reactor: Any, *script: Any) -> tuple[Any, Recorder]:
        protocol = Recorder()
        port = Port(0, protocol, reactor=reactor)
        port.socket = ScriptedSocket(*script)
        return port, protocol

    @pytest.mark.parametrize("number", [errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR])
    def test_nothingThereIsNoError(self, reactor: Any, number: int) -> None:
        port, protocol = self.port(reactor, b"1", OSError(number, "no"), b"2", OSError(number, ""))
        port.doRead()
        assert protocol.datagrams == [b"1"]
        port.doRead()
        assert protocol.datagrams == [b"1", b"2"]

    def test_aRefusalIsToldOnlyToWhoIsConnected(self, reactor: Any) -> None:
        script = (b"1", OSError(errno.ECONNREFUSED, "refused"))
        port, protocol = self.port(reactor, *script)
        port.doRead()
        assert protocol.events == []
        port, protocol = self.port(reactor, *script)
        port.connect("192.0.2.1", 9)
        port.doRead()
        assert protocol.events == ["refused"]
        assert port.socket.connectedTo == ("192.0.2.1", 9)

    @pytest.mark.parametrize("number", [errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EPROTO])
    def test_aRouterCannotCloseAPort(self, reactor: Any, number: int) -> None:
        port, protocol = self.port(
            reactor, OSError(number, "ICMP"), b"1", OSError(errno.EAGAIN, "")
        )
        port.connect("192.0.2.1", 9)
        port.doRead()
        port.doRead()
        assert protocol.datagrams == [b"1"]

    def test_anUnknownErrorIsRaised(self, reactor: Any) -> None:
        port, protocol = self.port(reactor, b"1", OSError(-1337))
        with pytest.raises(OSError):
            port.doRead()
        assert protocol.datagrams == [b"1"]

    def test_aSocketThatCannotBeReadIsClosedAndThatIsLogged(self, eachReactor: Any) -> None:
        port, protocol = listen(eachReactor)
        port.doRead = lambda: 1 / 0
        port.stopReading()
        port.startReading()
        feed(port, b"1")
        with loggedFailures() as failures:
            eventually(eachReactor, lambda: "stop" in protocol.events)
        assert [failure.type for failure in failures] == [ZeroDivisionError]

    def test_aBrokenConnectionRefusedIsLogged(self, reactor: Any) -> None:
        port, protocol = self.port(reactor, OSError(errno.ECONNREFUSED, "refused"))
        port.connect("192.0.2.1", 9)
        protocol.connectionRefused = lambda: 1 / 0  # type: ignore[method-assign,assignment]  # broken on purpose
        with loggedFailures() as failures:
            port.doRead()
        assert [failure.type for failure in failures] == [ZeroDivisionError]
