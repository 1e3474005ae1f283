"""Endpoints over real sockets, on each kind of loop."""

from __future__ import annotations

import os
import pathlib
import socket
from typing import Any

import pytest

from tests.support import drive
from twisted.internet import endpoints
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import (
    CannotListenError,
    ConnectError,
    ConnectingCancelledError,
    ConnectionRefusedError,
    DNSLookupError,
    NoProtocol,
)
from twisted.internet.protocol import Factory, Protocol

hasIPv6 = socket.has_ipv6 and os.path.exists("/proc/net/if_inet6")


class Echo(Protocol):
    """Sends everything back."""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)


class Asker(Protocol):
    """Asks, and fires Deferreds with the answer and with the end."""

    speaksTo: Any = None

    def __init__(self) -> None:
        self.heard = b""
        self.answered: Deferred[bytes] = Deferred()
        self.lost: Deferred[Any] = Deferred()

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(b"question")

    def dataReceived(self, data: bytes) -> None:
        self.heard += data
        if self.heard == b"question":
            self.answered.callback(self.heard)

    def connectionLost(self, reason: Any = None) -> None:
        if not self.answered.called:
            self.answered.errback(reason)
        self.lost.callback(reason.value)


class Counted(Factory):
    """Keeps the protocols it has built."""

    noisy = False

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol
        self.built: list[Any] = []

    def buildProtocol(self, addr: Any) -> Any:
        self.built.append(super().buildProtocol(addr))
        return self.built[-1]


async def exchange(server: Any, clientFor: Any) -> Any:
    """Listen, connect, ask, hear the answer, and end both sides. Gives the client's protocol."""
    port = await server.listen(Counted(Echo))
    try:
        client = clientFor(port.getHost())
        protocol = await client.connect(Factory.forProtocol(Asker))
        assert await protocol.answered == b"question"
        protocol.speaksTo = getattr(protocol.transport, "protocol", None)
        protocol.transport.loseConnection()
        await protocol.lost
    finally:
        await port.stopListening()
    return protocol


def test_TCP4(eachReactor: Any) -> None:
    async def scenario() -> None:
        server = endpoints.TCP4ServerEndpoint(eachReactor, 0, interface="127.0.0.1")

        def clientFor(address: Any) -> Any:
            assert isinstance(address, IPv4Address)
            return endpoints.TCP4ClientEndpoint(eachReactor, "127.0.0.1", address.port)

        protocol = await exchange(server, clientFor)
        # No layer of ours stays between the transport and the protocol.
        assert protocol.speaksTo is protocol

    drive(eachReactor, scenario)


@pytest.mark.skipif(not hasIPv6, reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["::1", "localhost"])
def test_TCP6(eachReactor: Any, host: str) -> None:
    if host == "localhost":
        try:
            socket.getaddrinfo(host, 0, socket.AF_INET6)
        except socket.gaierror:
            pytest.skip("localhost has no IPv6 address here")

    async def scenario() -> None:
        server = endpoints.TCP6ServerEndpoint(eachReactor, 0, interface="::1")

        def clientFor(address: Any) -> Any:
            assert isinstance(address, IPv6Address)
            return endpoints.TCP6ClientEndpoint(eachReactor, host, address.port)

        await exchange(server, clientFor)

    drive(eachReactor, scenario)


def test_UNIX(eachReactor: Any, tmp_path: pathlib.Path) -> None:
    path = endpoints.quoteStringArgument(str(tmp_path / "a:socket"))

    async def scenario() -> None:
        server = endpoints.serverFromString(eachReactor, f"unix:{path}:mode=600")

        def clientFor(address: Any) -> Any:
            assert isinstance(address, UNIXAddress)
            return endpoints.clientFromString(eachReactor, f"unix:{path}:lockfile=1")

        await exchange(server, clientFor)

    drive(eachReactor, scenario)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    """The quoted paths of a certificate, its key, and their directory."""
    from twisted.internet._tls.selfsigned import selfSignedCertificate

    folder = tmp_path_factory.mktemp("certificates")
    made = selfSignedCertificate(["localhost"], folder)
    certificate, key, directory = map(endpoints.quoteStringArgument, (*made, str(folder)))
    return certificate, key, directory


@pytest.mark.parametrize("kind", ["ssl", "tls"])
def test_TLS(
    eachReactor: Any,
    certificates: tuple[str, str, str],
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No reactor is installed here for a layer that was given no clock to fall back on.
    monkeypatch.setattr("twisted.protocols.tls._get_default_clock", lambda: eachReactor)
    certificate, key, directory = certificates
    served = {
        "ssl": f"ssl:0:interface=127.0.0.1:privateKey={key}:certKey={certificate}",
        "tls": f"tls:{directory}:0:interface=127.0.0.1",
    }
    asked = {
        "ssl": f"ssl:localhost:%d:hostname=localhost:caCertsDir={directory}",
        "tls": f"tls:localhost:%d:trustRoots={directory}",
    }

    async def scenario() -> None:
        server = endpoints.serverFromString(eachReactor, served[kind])
        await exchange(
            server,
            lambda address: endpoints.clientFromString(eachReactor, asked[kind] % address.port),
        )

    drive(eachReactor, scenario)


def test_aHostName(eachReactor: Any) -> None:
    async def scenario() -> None:
        server = endpoints.serverFromString(eachReactor, "tcp:0:interface=127.0.0.1")
        # Where localhost is ::1 too, that is refused, and 127.0.0.1 is tried at once.
        await exchange(
            server,
            lambda address: endpoints.HostnameEndpoint(
                eachReactor, "localhost", address.port, attemptDelay=9
            ),
        )

    drive(eachReactor, scenario, timeout=5)


def test_anAdoptedPort(eachReactor: Any) -> None:
    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            fileno = os.dup(listening.fileno())
        server = endpoints.AdoptedStreamServerEndpoint(eachReactor, fileno, socket.AF_INET)
        await exchange(
            server,
            lambda address: endpoints.TCP4ClientEndpoint(eachReactor, "127.0.0.1", address.port),
        )
        with pytest.raises(OSError):
            os.fstat(fileno)

    drive(eachReactor, scenario)


def test_anExistingProtocolIsConnected(eachReactor: Any) -> None:
    async def scenario() -> None:
        server = endpoints.TCP4ServerEndpoint(eachReactor, 0, interface="127.0.0.1")
        port = await server.listen(Counted(Echo))
        client = endpoints.TCP4ClientEndpoint(eachReactor, "127.0.0.1", port.getHost().port)
        protocol = Asker()
        assert await endpoints.connectProtocol(client, protocol) is protocol
        assert await protocol.answered == b"question"
        protocol.transport.loseConnection()  # type: ignore[union-attr]
        await protocol.lost
        await port.stopListening()

    drive(eachReactor, scenario)


def unusedPort() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_aPortWithNobodyRefuses(eachReactor: Any) -> None:
    async def scenario() -> None:
        number = unusedPort()
        with pytest.raises(ConnectionRefusedError):
            await endpoints.TCP4ClientEndpoint(eachReactor, "127.0.0.1", number).connect(Factory())
        with pytest.raises(ConnectError) as raised:
            await endpoints.HostnameEndpoint(eachReactor, "127.0.0.1", number).connect(Factory())
        assert [type(error) for _, error in raised.value.attempts] == [  # type: ignore[attr-defined]
            ConnectionRefusedError
        ]

    drive(eachReactor, scenario)


def test_aNameThatNobodyHasIsALookupError(eachReactor: Any) -> None:
    # "invalid" is reserved: RFC 6761 section 6.4.
    async def scenario() -> None:
        endpoint = endpoints.HostnameEndpoint(eachReactor, "nobody.invalid", 80)
        with pytest.raises(DNSLookupError):
            await endpoint.connect(Factory())

    drive(eachReactor, scenario, timeout=60)


def test_aPortThatIsTakenCannotBeListenedAt(eachReactor: Any) -> None:
    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            number = taken.getsockname()[1]
            server = endpoints.serverFromString(eachReactor, f"tcp:{number}:interface=127.0.0.1")
            with pytest.raises(CannotListenError):
                await server.listen(Factory())

    drive(eachReactor, scenario)


def test_aConnectionForWhichThereIsNoProtocolIsClosed(eachReactor: Any) -> None:
    class Refusing(Factory):
        def buildProtocol(self, addr: Any) -> None:
            return None

    async def scenario() -> None:
        served = Counted(Asker)
        server = endpoints.TCP4ServerEndpoint(eachReactor, 0, interface="127.0.0.1")
        port = await server.listen(served)
        client = endpoints.TCP4ClientEndpoint(eachReactor, "127.0.0.1", port.getHost().port)
        with pytest.raises(NoProtocol):
            await client.connect(Refusing())
        while not served.built:
            turn: Deferred[None] = Deferred()
            eachReactor.callLater(0, turn.callback, None)
            await turn
        await served.built[0].lost
        await port.stopListening()

    drive(eachReactor, scenario)


@pytest.fixture
def fullPort() -> Any:
    """The number of a port that answers nobody: its queue is full and never emptied."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    waiting = []
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(listening.getsockname())
        waiting.append(client)
    yield listening.getsockname()[1]
    for each in (listening, *waiting):
        each.close()


def openSockets() -> set[str]:
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:
            pass
    return {each for each in found if each.startswith("socket:")}


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs a Linux /proc")
@pytest.mark.parametrize("kind", ["tcp", "hostname", "tls", "ssl"])
def test_aCancelledAttemptLeavesNoSocket(
    eachReactor: Any, fullPort: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twisted.protocols.tls._get_default_clock", lambda: eachReactor)
    makers = {
        "tcp": lambda: endpoints.TCP4ClientEndpoint(eachReactor, "127.0.0.1", fullPort),
        "hostname": lambda: endpoints.HostnameEndpoint(eachReactor, "127.0.0.1", fullPort),
        "tls": lambda: endpoints.clientFromString(eachReactor, f"tls:127.0.0.1:{fullPort}"),
        "ssl": lambda: endpoints.clientFromString(eachReactor, f"ssl:127.0.0.1:{fullPort}"),
    }

    async def turns(count: int) -> None:
        for _ in range(count):
            turn: Deferred[None] = Deferred()
            eachReactor.callLater(0, turn.callback, None)
            await turn

    async def scenario() -> None:
        await turns(3)
        before = openSockets()
        connecting: Any = makers[kind]().connect(Factory())  # type: ignore[no-untyped-call]
        await turns(3)
        assert openSockets() != before
        connecting.cancel()
        with pytest.raises(ConnectingCancelledError):
            await connecting
        await turns(5)
        assert openSockets() == before

    drive(eachReactor, scenario)


def test_anAttemptTakesNoLongerThanItsTimeout(eachReactor: Any, fullPort: int) -> None:
    from twisted.internet.error import TimeoutError as TookTooLong

    async def scenario() -> None:
        client = endpoints.clientFromString(eachReactor, f"tcp:127.0.0.1:{fullPort}:timeout=0.05")
        with pytest.raises(TookTooLong):
            await client.connect(Factory())

    drive(eachReactor, scenario)


def test_standardInputAndOutput(eachReactor: Any) -> None:
    from twisted.internet.stdio import StandardIO

    async def scenario() -> None:
        reading, feed = os.pipe()
        drain, writing = os.pipe()

        def connect(protocol: Any, reactor: Any) -> StandardIO:
            return StandardIO(protocol, reading, writing, reactor)

        endpoint: Any = endpoints.serverFromString(eachReactor, "stdio:")
        endpoint._stdio = connect
        transport = await endpoint.listen(Factory.forProtocol(Asker))
        os.write(feed, b"question")
        assert await transport.protocol.answered == b"question"
        protocol = transport.protocol
        transport.loseConnection()
        await protocol.lost
        assert os.read(drain, 100) == b"question"
        for descriptor in (reading, feed, drain, writing):
            os.close(descriptor)

    drive(eachReactor, scenario)
