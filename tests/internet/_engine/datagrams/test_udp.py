"""UDP ports: where they listen, whom they write to, and what is refused."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest

from tests.support.streams import eventually
from twisted.internet import error
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.udp import Port

from .support import Recorder, ScriptedSocket, plainSocket


def hasIPv6() -> bool:
    try:
        plainSocket(socket.AF_INET6, "::1").close()
    except OSError:
        return False
    return True


def linkLocal() -> str | None:
    """A link-local address of this machine with its zone, if it has one (Linux)."""
    try:
        with open("/proc/net/if_inet6", encoding="ascii") as table:
            rows = [line.split() for line in table]
    except OSError:
        return None
    for digits, _, _, _, flags, name in rows:
        if digits.startswith("fe80") and not int(flags, 16) & 0x40:
            return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(digits)) + "%" + name
    return None


needsIPv6 = pytest.mark.skipif(not hasIPv6(), reason="this machine has no IPv6")
needsLinkLocal = pytest.mark.skipif(
    linkLocal() is None, reason="no interface of this machine has a link-local address"
)

families = pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=needsIPv6)])


def listen(reactor: Any, host: str = "127.0.0.1", number: int = 0) -> tuple[Any, Recorder]:
    protocol = Recorder()
    return reactor.listenUDP(number, protocol, host), protocol


class Test_where:
    def test_ofIPv4(self, reactor: Any) -> None:
        port, _ = listen(reactor)
        host = port.getHost()
        assert host == IPv4Address("UDP", "127.0.0.1", port.socket.getsockname()[1])
        assert repr(port).endswith(f"on {host.port}>")
        assert "Recorder" in str(port)

    @needsIPv6
    def test_ofIPv6(self, reactor: Any) -> None:
        port, _ = listen(reactor, "::1")
        assert port.getHost() == IPv6Address("UDP", "::1", port.socket.getsockname()[1])

    @needsLinkLocal
    def test_ofALinkLocalAddressIsTheZoneToo(self, eachReactor: Any) -> None:
        here = str(linkLocal())
        port, protocol = listen(eachReactor, here)
        host = port.getHost()
        assert host.host == here
        assert host.scopeID == socket.if_nametoindex(here.partition("%")[2])
        # And whom it hears from can be answered: without the zone that would be no address.
        protocol.onDatagram = lambda _: (
            len(protocol.got) < 2 and port.write(b"answer", protocol.got[0][1])
        )
        port.write(b"ask", (here, host.port))
        eventually(eachReactor, lambda: len(protocol.got) == 2)
        assert protocol.got == [(b"ask", (here, host.port)), (b"answer", (here, host.port))]

    @pytest.mark.parametrize("interface", ["", "0.0.0.0"])
    def test_everyAddressOfIPv4(self, reactor: Any, interface: str) -> None:
        port, _ = listen(reactor, interface)
        assert port.getHost().host == "0.0.0.0"

    def test_aPortInUseIsRefusedWithTheReason(self, reactor: Any) -> None:
        first, _ = listen(reactor)
        with pytest.raises(error.CannotListenError) as caught:
            listen(reactor, number=first.getHost().port)
        assert caught.value.interface == "127.0.0.1"
        assert caught.value.port == first.getHost().port
        assert caught.value.socketError.args[0] == errno.EADDRINUSE

    @pytest.mark.parametrize("number", [-1, 65536, 10**9])
    def test_aPortOutOfRangeIsRefused(self, reactor: Any, number: int) -> None:
        with pytest.raises(error.CannotListenError):
            listen(reactor, number=number)

    def test_anAddressOfAnotherMachineIsRefused(self, reactor: Any) -> None:
        with pytest.raises(error.CannotListenError):
            listen(reactor, "203.0.113.5")

    @pytest.mark.parametrize("name", ["localhost", "example.com", "1.2.3", "12७.0.0.1", "a\0b"])
    def test_aNameIsNoInterface(self, reactor: Any, name: str) -> None:
        with pytest.raises(error.InvalidAddressError) as caught:
            listen(reactor, name)
        assert caught.value.address == name


class Test_writing:
    @families
    def test_aDatagramGoesThereAndBack(self, eachReactor: Any, host: str) -> None:
        server, asked = listen(eachReactor, host)
        client, answered = listen(eachReactor, host)
        there = (host, server.getHost().port)
        here = (host, client.getHost().port)
        asked.onDatagram = lambda datagram: server.write(datagram.upper(), asked.got[-1][1])
        assert client.write(b"hello", there) == 5
        eventually(eachReactor, lambda: answered.got)
        assert asked.got == [(b"hello", here)]
        assert answered.got == [(b"HELLO", there)]

    @pytest.mark.parametrize(
        ("given", "wanted"),
        [
            (b"bytes", b"bytes"),
            (bytearray(b"array"), b"array"),
            (memoryview(b"view"), b"view"),
            ("täxt", "täxt".encode()),
            (b"", b""),
        ],
    )
    def test_whatCanBeWritten(self, reactor: Any, given: Any, wanted: bytes) -> None:
        port, _ = listen(reactor)
        with plainSocket() as peer:
            port.write(given, peer.getsockname())
            assert peer.recv(100) == wanted

    def test_whatIsNoBytesIsRefused(self, reactor: Any) -> None:
        port, _ = listen(reactor)
        with pytest.raises(TypeError):
            port.write(5, ("127.0.0.1", 9))

    def test_aSequenceIsOneDatagram(self, reactor: Any) -> None:
        port, _ = listen(reactor)
        with plainSocket() as peer:
            port.writeSequence([b"some", b" ", b"bytes"], peer.getsockname())
            assert peer.recv(100) == b"some bytes"

    def test_theLargestDatagramGoesOutAndOneByteMoreDoesNot(self, reactor: Any) -> None:
        port, _ = listen(reactor)
        with plainSocket() as peer:
            port.write(b"x" * 65507, peer.getsockname())
            assert len(peer.recv(70000)) == 65507
            with pytest.raises(error.MessageLengthError):
                port.write(b"x" * 65508, peer.getsockname())

    @pytest.mark.parametrize(
        ("host", "receiver"),
        [
            ("127.0.0.1", "example.invalid"),
            ("127.0.0.1", "localhost"),
            ("127.0.0.1", ""),
            ("127.0.0.1", "::1"),
            ("127.0.0.1", "127.0.0.1\0"),
            pytest.param("::1", "127.0.0.1", marks=needsIPv6),
            pytest.param("::1", "<broadcast>", marks=needsIPv6),
            pytest.param("::1", "ip6-localhost", marks=needsIPv6),
        ],
    )
    def test_aReceiverMustBeAnAddressOfTheFamily(
        self, reactor: Any, host: str, receiver: str
    ) -> None:
        port, _ = listen(reactor, host)
        for _ in range(2):
            with pytest.raises(error.InvalidAddressError) as caught:
                port.write(b"x", (receiver, 1))
            assert caught.value.address == receiver
        with pytest.raises(error.InvalidAddressError):
            port.connect(receiver, 1)
        # A refused connect leaves it as it was.
        assert port.write(b"x", (host, port.getHost().port)) == 1

    def test_somebodyHasToBeTheReceiver(self, reactor: Any) -> None:
        port, _ = listen(reactor)
        with pytest.raises(AssertionError):
            port.write(b"x")

    def test_broadcastIsForbiddenUntilItIsAllowed(self, reactor: Any) -> None:
        port, _ = listen(reactor, "")
        assert port.getBroadcastAllowed() is False
        with pytest.raises(PermissionError):
            port.write(b"x", ("<broadcast>", 9))
        port.setBroadcastAllowed(True)
        assert port.getBroadcastAllowed() is True
        port.setBroadcastAllowed(False)
        assert port.getBroadcastAllowed() is False

    def test_broadcastReachesWhoListensOnTheWholeNetwork(self, eachReactor: Any) -> None:
        server, asked = listen(eachReactor, "")
        client, _ = listen(eachReactor)
        client.setBroadcastAllowed(True)
        # The broadcast address of the loopback network: nothing leaves this machine.
        client.write(b"anybody?", ("127.255.255.255", server.getHost().port))
        eventually(eachReactor, lambda: asked.got)
        assert asked.got == [(b"anybody?", ("127.0.0.1", client.getHost().port))]


class Test_errorsWhileWriting:
    def port(self, reactor: Any, number: int, connect: bool = False) -> tuple[Any, Recorder]:
        protocol = Recorder()
        port = Port(0, protocol, reactor=reactor)
        port.socket = ScriptedSocket(OSError(number, "as told"))
        if connect:
            port.connect("192.0.2.1", 9)
        return port, protocol

    @pytest.mark.parametrize("connect", [False, True])
    @pytest.mark.parametrize(
        ("number", "raised"),
        [
            (errno.EAGAIN, BlockingIOError),
            (errno.EMSGSIZE, error.MessageLengthError),
            (errno.EPERM, PermissionError),
            (errno.ENETUNREACH, OSError),
            (errno.ENOBUFS, OSError),
        ],
    )
    def test_theWriterHearsOfIt(
        self, reactor: Any, number: int, raised: type[Exception], connect: bool
    ) -> None:
        port, protocol = self.port(reactor, number, connect)
        with pytest.raises(raised):
            port.write(b"x", ("192.0.2.1", 9))
        assert protocol.events == []

    @pytest.mark.parametrize("connect", [False, True])
    def test_aRefusalIsForTheProtocolAndOnlyIfConnected(self, reactor: Any, connect: bool) -> None:
        port, protocol = self.port(reactor, errno.ECONNREFUSED, connect)
        assert port.write(b"x", ("192.0.2.1", 9)) is None
        assert protocol.events == ["refused"] * connect


class Test_connected:
    @families
    def test_onlyThePeerIsHeard(self, eachReactor: Any, host: str) -> None:
        port, protocol = listen(eachReactor, host)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with plainSocket(family, host) as peer, plainSocket(family, host) as stranger:
            number = peer.getsockname()[1]
            port.connect(host, number)
            for given in ((b"a",), (b"b", None), (b"c", (host, number))):
                port.write(*given)
            assert [peer.recv(9) for _ in range(3)] == [b"a", b"b", b"c"]
            stranger.sendto(b"no", (host, port.getHost().port))
            peer.sendto(b"yes", (host, port.getHost().port))
            eventually(eachReactor, lambda: protocol.got)
        assert protocol.got == [(b"yes", (host, number))]

    def test_thereIsOneOnly(self, reactor: Any) -> None:
        port, _ = listen(reactor)
        port.connect("127.0.0.1", 9)
        with pytest.raises(RuntimeError):
            port.connect("127.0.0.1", 9)
        with pytest.raises(AssertionError):
            port.write(b"x", ("127.0.0.1", 10))

    def test_aRefusalIsTold(self, eachReactor: Any) -> None:
        with plainSocket() as gone:
            number = gone.getsockname()[1]
        port, protocol = listen(eachReactor)
        port.connect("127.0.0.1", number)
        port.write(b"anybody?")
        eventually(eachReactor, lambda: "refused" in protocol.events)
        assert port.connected

    def test_aServerIsNotTroubledByClientsThatAreGone(self, eachReactor: Any) -> None:
        with plainSocket() as gone:
            there = gone.getsockname()
        port, protocol = listen(eachReactor)
        for _ in range(5):
            port.write(b"answer", there)
        port.write(b"still here", ("127.0.0.1", port.getHost().port))
        eventually(eachReactor, lambda: protocol.got)
        assert protocol.datagrams == [b"still here"]
        assert "refused" not in protocol.events
