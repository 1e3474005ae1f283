"""The PROXY protocol: both versions of its header, the wrapper and the endpoint."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import drive
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint, serverFromString
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.protocols.haproxy import proxyEndpoint
from twisted.protocols.haproxy._exceptions import InvalidProxyHeader
from twisted.protocols.haproxy._parser import unparseEndpoint
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory

signature = b"\r\n\r\n\0\r\nQUIT\n"
inet = bytes([1, 2, 3, 4, 5, 6, 7, 8]) + struct.pack("!HH", 80, 443)
inet6 = b"\0" * 15 + b"\1" + b"\xfe\x80" + b"\0" * 13 + b"\2" + struct.pack("!HH", 80, 443)
paths = b"/a".ljust(108, b"\0") + b"\0b".ljust(108, b"\0")


def v2(command: int, family: int, data: bytes, version: int = 2) -> bytes:
    return signature + bytes([version << 4 | command, family]) + struct.pack("!H", len(data)) + data


class Inner(Protocol):
    def __init__(self) -> None:
        self.received: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        self.received.append(data)


def connected() -> tuple[Any, Any, StringTransport]:
    factory: Any = HAProxyWrappingFactory(Factory.forProtocol(Inner))
    wrapper = factory.buildProtocol(None)
    transport = StringTransport()
    wrapper.makeConnection(transport)
    return wrapper, wrapper.wrappedProtocol, transport


def ip4(kind: Any = "TCP") -> list[Any]:
    return [IPv4Address(kind, "1.2.3.4", 80), IPv4Address(kind, "5.6.7.8", 443)]


def ip6(kind: Any = "TCP") -> list[Any]:
    hosts = "0:0:0:0:0:0:0:1", "fe80:0:0:0:0:0:0:2"
    return [IPv6Address(kind, host, port) for host, port in zip(hosts, (80, 443), strict=True)]


unixPaths = [UNIXAddress(b"/a"), UNIXAddress(b"\0b")]
good = {
    "v1 tcp4": (b"PROXY TCP4 1.2.3.4 5.6.7.8 80 443\r\n", ip4()),
    "v1 tcp6": (
        b"PROXY TCP6 ::1 fe80::2 0 65535\r\n",
        [IPv6Address("TCP", "::1", 0), IPv6Address("TCP", "fe80::2", 65535)],
    ),
    "v1 unknown": (b"PROXY UNKNOWN\r\n", None),
    "v1 unknown with words": (b"PROXY UNKNOWN " + b"f" * 91 + b"\r\n", None),
    "v2 tcp4": (v2(1, 0x11, inet), ip4()),
    "v2 udp4": (v2(1, 0x12, inet), ip4("UDP")),
    "v2 tcp6": (v2(1, 0x21, inet6), ip6()),
    "v2 udp6": (v2(1, 0x22, inet6), ip6("UDP")),
    "v2 unix": (v2(1, 0x31, paths), unixPaths),
    "v2 unix datagrams": (v2(1, 0x32, paths), unixPaths),
    "v2 local": (v2(0, 0x11, inet), None),
    "v2 local without addresses": (v2(0, 0, b""), None),
    "v2 unspecified": (v2(1, 0, b""), None),
    "v2 of no protocol": (v2(1, 0x10, inet), None),
    "v2 with extensions": (v2(1, 0x11, inet + b"\4\0\3abc"), ip4()),
    "v2 with the most": (v2(1, 0x11, inet.ljust(65535, b"\0")), ip4()),
}


def check(wrapper: Any, inner: Inner, transport: StringTransport, wanted: Any) -> None:
    addresses = wanted or [transport.getPeer(), transport.getHost()]
    assert [wrapper.getPeer(), wrapper.getHost()] == addresses
    mine: Any = inner.transport
    assert [mine.getPeer(), mine.getHost()] == addresses
    assert not transport.disconnecting


@pytest.mark.parametrize(("header", "wanted"), good.values(), ids=list(good))
def test_aHeaderTellsTheAddressesHoweverItIsCut(header: bytes, wanted: Any) -> None:
    wire = header + b"PROXY is not read twice\r\n"
    for at in range(0, len(header) + 3, max(1, len(header) // 200)):
        wrapper, inner, transport = connected()
        wrapper.dataReceived(wire[:at])
        wrapper.dataReceived(wire[at:])
        assert b"".join(inner.received) == wire[len(header) :]
        check(wrapper, inner, transport, wanted)
    wrapper, inner, transport = connected()
    for at in range(min(len(header), 300)):
        wrapper.dataReceived(header[at : at + 1])
    if header[300:]:
        wrapper.dataReceived(header[300:])
    assert inner.received == []
    check(wrapper, inner, transport, wanted)


bad = {
    "another protocol": b"GET / HTTP/1.1\r\n",
    "nearly": b"PROXX",
    "in small": b"proxy TCP4 1.2.3.4 5.6.7.8 80 443\r\n",
    "nothing named": b"PROXY\r\n",
    "two blanks": b"PROXY  TCP4 1.2.3.4 5.6.7.8 80 443\r\n",
    "udp": b"PROXY UDP4 1.2.3.4 5.6.7.8 80 443\r\n",
    "no address": b"PROXY TCP4\r\n",
    "one port": b"PROXY TCP4 1.2.3.4 5.6.7.8 80\r\n",
    "three ports": b"PROXY TCP4 1.2.3.4 5.6.7.8 80 443 1\r\n",
    "the other family": b"PROXY TCP4 ::1 ::2 80 443\r\n",
    "the other family 6": b"PROXY TCP6 1.2.3.4 5.6.7.8 80 443\r\n",
    "no number": b"PROXY TCP4 999.2.3.4 5.6.7.8 80 443\r\n",
    "a name": b"PROXY TCP4 localhost 5.6.7.8 80 443\r\n",
    "a nul": b"PROXY TCP4 1.2.3.4\0 5.6.7.8 80 443\r\n",
    "not ascii": b"PROXY TCP4 \xff 5.6.7.8 80 443\r\n",
    "a large port": b"PROXY TCP4 1.2.3.4 5.6.7.8 65536 443\r\n",
    "a signed port": b"PROXY TCP4 1.2.3.4 5.6.7.8 +80 443\r\n",
    "a negative port": b"PROXY TCP4 1.2.3.4 5.6.7.8 -1 443\r\n",
    "an underscore": b"PROXY TCP4 1.2.3.4 5.6.7.8 8_0 443\r\n",
    "bare lf": b"PROXY TCP4 1.2.3.4 5.6.7.8 80 443\n\r\n",
    "one byte too long": b"PROXY UNKNOWN " + b"f" * 92 + b"\r\n",
    "endless": b"PROXY UNKNOWN " + b"f" * 92,
    "version 1": v2(1, 0x11, inet, version=1),
    "version 3": v2(1, 0x11, inet, version=3),
    "command 2": v2(2, 0x11, inet),
    "family 4": v2(1, 0x41, inet),
    "protocol 3": v2(1, 0x13, inet),
    "a byte missing": v2(1, 0x11, inet[:-1]),
    "ip4 as ip6": v2(1, 0x21, inet),
    "ip6 as unix": v2(1, 0x31, inet6),
    "another signature": b"\r\n\r\n\1",
}


@pytest.mark.parametrize("wire", bad.values(), ids=list(bad))
def test_whatIsNoHeaderEndsTheConnectionAndReachesNobody(wire: bytes) -> None:
    for pieces in ([wire], [wire[at : at + 1] for at in range(len(wire))]):
        wrapper, inner, transport = connected()
        for piece in pieces:
            wrapper.dataReceived(piece)
        wrapper.dataReceived(good["v1 tcp4"][0])
        assert transport.disconnecting
        assert inner.received == []


@given(st.lists(st.binary(max_size=50), max_size=6), st.booleans())
def test_randomBytesAreAHeaderOrRefused(pieces: list[bytes], signed: bool) -> None:
    wrapper, _, transport = connected()
    if signed:
        wrapper.dataReceived(signature)
    for piece in pieces:
        wrapper.dataReceived(piece)
    parser = wrapper._parser
    assert parser is None or len(parser.buffer) < 16 + 65535
    assert transport.disconnecting == wrapper._refused


def test_theParsersCanBeUsedAlone() -> None:
    from twisted.protocols.haproxy._v1parser import V1Parser
    from twisted.protocols.haproxy._v2parser import V2Parser

    assert V1Parser().feed(b"PROXY UNKNOWN\r\nx") == (V1Parser.parse(b"PROXY UNKNOWN"), b"x")
    assert V2Parser().feed(b"\r\n") == (None, None)
    for parse in (V1Parser.parse, V2Parser.parse):
        with pytest.raises(InvalidProxyHeader):
            parse(b"")


@pytest.mark.parametrize(
    ("description", "inside"),
    [
        ("haproxy:tcp:8080:interface=127.0.0.1", (8080, 50, "127.0.0.1")),
        (r"haproxy:tcp:8080:interface=\:\:1", (8080, 50, "::1")),
        ("haproxy:haproxy:tcp:1", (1, 50, "")),
    ],
)
def test_theDescriptionGoesBeforeAnyOther(description: str, inside: Any) -> None:
    reactor = MemoryReactor()
    endpoint = serverFromString(reactor, description)
    endpoint.listen(Factory.forProtocol(Inner))
    port, factory, backlog, interface = reactor.tcpServers[0]
    assert (port, backlog, interface) == inside
    assert isinstance(factory, HAProxyWrappingFactory)


def test_aDescriptionOfNothingIsRefused() -> None:
    with pytest.raises(ValueError):
        serverFromString(MemoryReactor(), "haproxy:")


def test_partsOfADescriptionAreWrittenAsTheyWereRead() -> None:
    assert unparseEndpoint(["a:b", "c=d", "\\"], {"z": ":", "=": "x"}) == (
        r"a\:b:c\=d:\\:\==x:z=\:"
    )


def test_overARealConnectionThePeerIsTheClient(reactor: Any) -> None:
    async def go() -> Any:
        told: Deferred[Any] = Deferred()

        class Telling(Protocol):
            transport: Any

            def dataReceived(self, data: bytes) -> None:
                told.callback((data, self.transport.getPeer()))
                self.transport.loseConnection()

        endpoint = proxyEndpoint(TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1"))
        port: Any = await endpoint.listen(Factory.forProtocol(Telling))
        with socket.create_connection(("127.0.0.1", port.getHost().port)) as client:
            client.sendall(good["v1 tcp4"][0] + b"hello")
            result = await told
        await port.stopListening()
        return result

    assert drive(reactor, go) == (b"hello", ip4()[0])


def test_curlIsUnderstood(reactor: Any) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not here: apt-get install curl")

    async def go() -> Any:
        told: Deferred[Any] = Deferred()

        class Telling(Protocol):
            transport: Any

            def dataReceived(self, data: bytes) -> None:
                told.callback((data, self.transport.getPeer()))
                self.transport.write(b"HTTP/1.0 204 No Content\r\n\r\n")
                self.transport.loseConnection()

        endpoint = proxyEndpoint(TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1"))
        port: Any = await endpoint.listen(Factory.forProtocol(Telling))
        url = f"http://127.0.0.1:{port.getHost().port}/"
        options = ["-s", "--noproxy", "*", "--haproxy-protocol", "--max-time", "5"]
        process = subprocess.Popen([str(curl), *options, url])
        result = await told
        while process.poll() is None:
            await deferLater(reactor, 0.01)
        await port.stopListening()
        return *result, process.returncode

    request, peer, status = drive(reactor, go)
    assert request.startswith(b"GET / HTTP/1.1\r\n")
    assert peer.host == "127.0.0.1" and peer.port > 0
    assert status == 0
