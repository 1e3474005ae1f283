"""SOCKS: requests cut anywhere, hosts by name, and clients that mean harm."""

from __future__ import annotations

import struct
from socket import inet_aton
from typing import Any

import pytest

from tests.protocols._framing.splits import everyCut, feed
from twisted.internet import defer
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionRefusedError, DNSLookupError
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.protocols import socks
from twisted.python.failure import Failure

done = Failure(ConnectionDone())
refused = struct.pack("!BBH", 0, 91, 0) + bytes(4)


class Reactor(MemoryReactorClock):
    """Knows one name."""

    def resolve(self, name: Any, timeout: Any = 10) -> Any:
        if name == b"example.com":
            return defer.succeed("93.184.216.34")
        return defer.fail(DNSLookupError(name))


def started() -> tuple[Any, Any]:
    reactor = Reactor()
    factory = socks.SOCKSv4Factory(None)
    factory.reactor = reactor
    server = factory.buildProtocol(None)
    server.makeConnection(StringTransport())
    return server, reactor


def request(code: int, port: int, ip: str, user: bytes = b"me", host: bytes = b"") -> bytes:
    name = host + b"\0" if host else b""
    return struct.pack("!BBH", 4, code, port) + inet_aton(ip) + user + b"\0" + name


def connected(reactor: Any) -> Any:
    """The connection that was asked for."""
    host, port, factory = reactor.tcpClients[0][:3]
    outgoing = factory.buildProtocol(None)
    outgoing.makeConnection(StringTransport(peerAddress=IPv4Address("TCP", host, port)))
    return outgoing


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        (request(1, 80, "1.2.3.4"), ("1.2.3.4", 80)),
        (request(1, 80, "0.0.0.1", host=b"example.com"), ("93.184.216.34", 80)),
    ],
)
def test_aRequestCutAnywhereConnectsAndRelays(asked: bytes, where: tuple[str, int]) -> None:
    for parts in everyCut(asked):
        server, reactor = started()
        feed(server, parts)
        assert reactor.tcpClients[0][:2] == where
        outgoing = connected(reactor)
        answer = struct.pack("!BBH", 0, 90, where[1]) + inet_aton(where[0])
        assert server.transport.value() == answer
        server.transport.clear()
        server.dataReceived(b"there")
        outgoing.dataReceived(b"and back")
        assert outgoing.transport.value() == b"there"
        assert server.transport.value() == b"and back"


def test_bytesBehindTheRequestAreRelayedWhenThatIsPossible() -> None:
    server, reactor = started()
    server.dataReceived(request(1, 80, "1.2.3.4") + b"early")
    server.dataReceived(b" bird")
    assert connected(reactor).transport.value() == b"early bird"


def test_theEndOfOneConnectionClosesTheOther() -> None:
    server, reactor = started()
    server.dataReceived(request(1, 80, "1.2.3.4"))
    outgoing = connected(reactor)
    outgoing.connectionLost(done)
    assert server.transport.disconnecting
    server.connectionLost(done)
    assert outgoing.transport.disconnecting


@pytest.mark.parametrize(
    "asked",
    [
        b"\x05\x01\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00",
        request(3, 80, "1.2.3.4"),
        request(0, 80, "1.2.3.4"),
        request(1, 80, "0.0.0.9", host=b"unknown.example"),
        request(1, 80, "0.0.0.9", host=b"\xff"),
        request(1, 80, "1.2.3.4", user=b"u" * 2000),
        b"\x04\x01\x00\x50\x00\x00\x00\x01u\x00" + b"h" * 2000,
    ],
)
def test_anythingElseIsRefusedAndClosed(asked: bytes) -> None:
    server, reactor = started()
    for at in range(0, len(asked), 100):
        if not server.transport.disconnecting:
            server.dataReceived(asked[at : at + 100])
    assert server.transport.disconnecting
    assert server.transport.value() == refused
    assert reactor.tcpClients == []
    assert len(server.buf) <= server.maxRequestBytes + 100


def test_whoMayNotIsRefused() -> None:
    server, reactor = started()
    server.authorize = lambda code, host, port, user: user != b"me"
    server.dataReceived(request(1, 80, "1.2.3.4"))
    assert (server.transport.value(), reactor.tcpClients) == (refused, [])


def test_aPlaceThatCannotBeReachedIsRefused() -> None:
    server, reactor = started()
    server.dataReceived(request(1, 80, "1.2.3.4"))
    factory = reactor.tcpClients[0][2]
    factory.clientConnectionFailed(None, Failure(ConnectionRefusedError()))
    reactor.advance(0)
    assert server.transport.value() == refused
    assert server.transport.disconnecting


def bound(peer: str) -> tuple[Any, Any]:
    server, reactor = started()
    server.dataReceived(request(2, 80, "1.2.3.4"))
    port, factory = reactor.tcpServers[0][:2]
    assert (port, server.transport.value()[:2]) == (0, b"\0\x5a")
    server.transport.clear()
    return server, factory.buildProtocol(IPv4Address("TCP", peer, 5))


def test_aConnectionFromThePlaceNamedIsAcceptedOnce() -> None:
    server, incoming = bound("1.2.3.4")
    assert server.transport.value() == struct.pack("!BBH", 0, 90, 0) + bytes(4)
    incoming.makeConnection(StringTransport())
    server.transport.clear()
    incoming.dataReceived(b"in")
    server.dataReceived(b"out")
    assert (server.transport.value(), incoming.transport.value()) == (b"in", b"out")
    assert server._listening is None
    incoming.connectionLost(done)
    assert server.transport.disconnecting


def test_aConnectionFromElsewhereIsRefused() -> None:
    server, incoming = bound("6.6.6.6")
    assert incoming is None
    assert server.transport.value() == refused


def test_whatIsRelayedCanBeWrittenIntoAFile(tmp_path: Any) -> None:
    server, reactor = started()
    server.logging = str(tmp_path / "socks.log")
    server.dataReceived(request(1, 80, "1.2.3.4"))
    outgoing = connected(reactor)
    server.dataReceived(b"there")
    outgoing.dataReceived(b"back")
    lines = (tmp_path / "socks.log").read_text().splitlines()
    assert [line.rsplit(" ", 1)[1] for line in lines] == ["b'there'", "b'back'"]
    assert "-> 1.2.3.4:80" in lines[0] and "1.2.3.4:80 ->" in lines[1]
