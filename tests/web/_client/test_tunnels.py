"""Ways through proxies, and which of them is for whom."""

from __future__ import annotations

import os
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone, TimeoutError
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._client.proxies import Proxy, chooseProxy, proxiesOfEnvironment
from twisted.web.client import (
    URI,
    ConnectTunnel,
    ProxyAgent,
    ProxyingAgent,
    SOCKS5Tunnel,
    TunnelEndpoint,
    TunnelRefused,
)
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers

from .talking import Body, failureOf


class Proxied:
    """A connection to a proxy in memory, and what goes through it."""

    def __init__(self, makeTunnel: Any) -> None:
        self.clock = Clock()
        self.transport = StringTransport(lenient=True)
        self.inner = Body()
        endpoint = TunnelEndpoint(self.clock, self, makeTunnel)  # type: ignore[arg-type]  # connects, and no more
        factory: Factory[Any] = Factory.forProtocol(lambda: self.inner)
        self.got: list[Any] = []
        self.result: Deferred[Any] = endpoint.connect(factory)
        self.result.addCallbacks(self.got.append, lambda reason: self.got.append(reason.value))

    def connect(self, factory: Any) -> Deferred[Any]:
        self.outside = factory.buildProtocol(None)
        self.outside.makeConnection(self.transport)
        return succeed(self.outside)

    def hear(self, *parts: bytes) -> Proxied:
        for part in parts:
            self.outside.dataReceived(part)
        return self

    @property
    def said(self) -> bytes:
        value: bytes = self.transport.value()
        self.transport.clear()
        return value


def connect(host: bytes = b"a.example", port: int = 443) -> Proxied:
    headers = Headers({b"Proxy-Authorization": [b"Basic x"]})
    return Proxied(lambda: ConnectTunnel(host, port, headers))


def test_aTunnelIsAskedForByConnect() -> None:
    proxied = connect()
    assert proxied.said == (
        b"CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic x\r\n"
        b"Host: a.example:443\r\n\r\n"
    )
    proxied.hear(b"HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\nabc")
    assert proxied.got == [proxied.inner]
    proxied.hear(b"def")
    assert proxied.inner.data == b"abcdef"
    assert proxied.clock.getDelayedCalls() == []
    proxied.outside.connectionLost(Failure(ConnectionDone()))
    assert proxied.inner.ended is ConnectionDone


def test_anAddressOfIPv6StandsInBrackets() -> None:
    assert connect(b"::1").said.startswith(b"CONNECT [::1]:443 HTTP/1.1\r\n")


@pytest.mark.parametrize("host", [b"a\r\nX: y", b"a b", b"a\0"])
def test_aHostThatEndsTheLineIsRefused(host: bytes) -> None:
    with pytest.raises(ValueError, match="Invalid"):
        ConnectTunnel(host, 443)


refusals = {
    "no": (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403),
    "who are you": (b"HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n", 407),
    "a redirect": (b"HTTP/1.1 302 There\r\nLocation: http://b.example/\r\n\r\n", 302),
    "a line without end": (b"HTTP/1.1 200 " + b"a" * 20_000, None),
}


@pytest.mark.parametrize(("data", "code"), refusals.values(), ids=refusals.keys())
def test_aProxyThatRefusesIsTold(data: bytes, code: int | None) -> None:
    proxied = connect().hear(data)
    assert isinstance(proxied.got[0], TunnelRefused)
    assert proxied.got[0].code == code
    assert proxied.transport.disconnected
    proxied.hear(b"more")
    assert proxied.inner.data == b""


def test_aProxyThatSaysNothingIsGivenUp() -> None:
    proxied = connect()
    proxied.clock.advance(31)
    assert isinstance(proxied.got[0], TimeoutError)
    assert proxied.transport.disconnected


def test_aProxyThatGoesAwayIsToldOnce() -> None:
    proxied = connect()
    proxied.outside.connectionLost(Failure(ConnectionDone()))
    assert isinstance(proxied.got[0], ConnectionDone)
    assert proxied.clock.getDelayedCalls() == []


def test_cancellingLeavesTheProxy() -> None:
    proxied = connect()
    proxied.result.cancel()
    assert proxied.transport.disconnected
    proxied.outside.connectionLost(Failure(ConnectionDone()))
    assert proxied.clock.getDelayedCalls() == []


socksTargets = [
    (b"a.example", b"\x03\x09a.example"),
    (b"1.2.3.4", b"\x01\x01\x02\x03\x04"),
    (b"::1", b"\x04" + bytes(15) + b"\x01"),
]


@pytest.mark.parametrize(("host", "address"), socksTargets)
def test_SOCKSLeavesNamesToTheProxy(host: bytes, address: bytes) -> None:
    proxied = Proxied(lambda: SOCKS5Tunnel(host, 443))
    assert proxied.said == b"\x05\x01\x00"
    proxied.hear(b"\x05\x00")
    assert proxied.said == b"\x05\x01\x00" + address + b"\x01\xbb"
    proxied.hear(b"\x05\x00\x00\x01" + bytes(6) + b"abc")
    assert proxied.inner.data == b"abc"


@given(st.lists(st.integers(0, 100), max_size=5))
def test_SOCKSAnswersMayComeInAnyPieces(cuts: list[int]) -> None:
    data = b"\x05\x02" + b"\x01\x00" + b"\x05\x00\x00\x03\x05proxy\x00\x50" + b"abc"
    at = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    tunnel = SOCKS5Tunnel(b"a.example", 80, (b"user", b"word"))
    assert tunnel.begin() == b"\x05\x02\x00\x02"
    said, rest = b"", b""
    for begin, end in zip(at, at[1:], strict=False):  # noqa: RUF007  # pairwise reads no better here
        if tunnel.isOpen:
            rest += data[begin:end]
        else:
            said += tunnel.feed(data[begin:end])
    assert said == b"\x01\x04user\x04word" + b"\x05\x01\x00\x03\x09a.example\x00\x50"
    assert tunnel.rest + rest == b"abc"


socksRefusals = {
    "a name is wanted": (b"\x05\xff", None),
    "a name is wanted that was not offered": (b"\x05\x02", None),
    "another version": (b"\x04\x00", None),
    "HTTP": (b"HTTP/1.1 400 Bad\r\n\r\n", None),
    "refused": (b"\x05\x00\x05\x05\x00\x01" + bytes(6), 5),
    "an unknown reason": (b"\x05\x00\x05\x63\x00\x01" + bytes(6), 0x63),
    "an unknown kind of address": (b"\x05\x00\x05\x00\x00\x09" + bytes(6), None),
}


@pytest.mark.parametrize(("data", "code"), socksRefusals.values(), ids=socksRefusals.keys())
def test_aSOCKSProxyThatRefusesIsTold(data: bytes, code: int | None) -> None:
    proxied = Proxied(lambda: SOCKS5Tunnel(b"a.example", 80)).hear(data)
    assert isinstance(proxied.got[0], TunnelRefused)
    assert proxied.got[0].code == code


def test_aWrongPasswordIsTold() -> None:
    proxied = Proxied(lambda: SOCKS5Tunnel(b"a", 80, (b"u", b"p"))).hear(b"\x05\x02\x01\x01")
    assert isinstance(proxied.got[0], TunnelRefused)


@pytest.mark.parametrize("host", [b"", b"a" * 256])
def test_SOCKSCannotSayEverything(host: bytes) -> None:
    with pytest.raises(ValueError, match="255"):
        SOCKS5Tunnel(host, 80)


@given(st.binary(max_size=60))
def test_whateverASOCKSProxySaysIsAnAnswerOrAnError(data: bytes) -> None:
    tunnel = SOCKS5Tunnel(b"a", 80)
    try:
        tunnel.feed(data)
    except TunnelRefused:
        assert not tunnel.isOpen


proxies = {"http": "http://p:3128", "https": "http://s:3128", "no": "localhost,.b.example,c:81"}
chosen = [
    (b"http://a.example/", "http://p:3128"),
    (b"https://a.example/", "http://s:3128"),
    (b"http://localhost/", None),
    (b"http://localhost:8080/", None),
    (b"http://x.b.example/", None),
    (b"http://c:81/", None),
    (b"http://c/", "http://p:3128"),
]


@pytest.mark.parametrize(("uri", "proxy"), chosen)
def test_whichProxyIsForWhom(uri: bytes, proxy: str | None) -> None:
    assert chooseProxy(proxies, URI.fromBytes(uri)) == proxy


def test_oneProxyMayBeForAll() -> None:
    assert chooseProxy({"all": "socks5://p"}, URI.fromBytes(b"https://a/")) == "socks5://p"
    assert chooseProxy({"all": "socks5://p", "no": "*"}, URI.fromBytes(b"https://a/")) is None


def test_theEnvironmentIsReadAndHTTP_PROXYIsNotInCGI() -> None:
    """CVE-2016-1000111."""
    given = {"http_proxy": "http://p:1", "https_proxy": "http://s:2", "no_proxy": "a"}
    with mock.patch.dict(os.environ, given, clear=True):
        assert proxiesOfEnvironment() == {"http": "http://p:1", "https": "http://s:2", "no": "a"}
    cgi = {"HTTP_PROXY": "http://evil:1", "REQUEST_METHOD": "GET"}
    with mock.patch.dict(os.environ, cgi, clear=True):
        assert proxiesOfEnvironment() == {}


urls = [
    ("http://p:3128", (b"http", b"p", 3128), None),
    ("p:3128", (b"http", b"p", 3128), None),
    ("https://p", (b"https", b"p", 443), None),
    ("http://p/", (b"http", b"p", 80), None),
    ("SOCKS5://p", (b"socks5", b"p", 1080), None),
    ("http://u:p%40ss@p:1", (b"http", b"p", 1), b"Basic dTpwQHNz"),
    ("http://[::1]:3128", (b"http", b"::1", 3128), None),
]


@pytest.mark.parametrize(("url", "place", "credentials"), urls)
def test_theURLOfAProxy(url: str, place: Any, credentials: bytes | None) -> None:
    proxy = Proxy(url)
    assert (proxy.uri.scheme, proxy.uri.host, proxy.uri.port) == place
    found = proxy.headers().getRawHeaders(b"proxy-authorization")
    assert found == (None if credentials is None else [credentials])
    assert "ss@" not in repr(proxy)


def test_aProxyThatCannotBeReachedIsRefusedAtOnce() -> None:
    with pytest.raises(SchemeNotSupported):
        ProxyingAgent(Clock(), proxies={"http": "gopher://p"})


class Places:
    """Connects to nobody, and keeps who was wanted."""

    def __init__(self) -> None:
        self.wanted: list[tuple[bytes, int]] = []
        self.transport = StringTransport(lenient=True)

    def endpointForURI(self, uri: URI) -> Any:
        self.wanted.append((uri.host, uri.port))
        return self

    def connect(self, factory: Any) -> Deferred[Any]:
        protocol = factory.buildProtocol(None)
        protocol.makeConnection(self.transport)
        return succeed(protocol)


def test_aProxyGetsTheWholeURIAndItsOwnPassword() -> None:
    agent = ProxyingAgent(Clock(), proxies={"http": "http://u:p@proxy:3128"})
    places = Places()
    agent._endpointFactory = places  # type: ignore[assignment]  # as much of one as it needs
    agent.request(b"GET", b"http://a.example:81/b?c", Headers({b"X": [b"y"]}))
    assert places.wanted == [(b"proxy", 3128)]
    assert places.transport.value() == (
        b"GET http://a.example:81/b?c HTTP/1.1\r\nConnection: close\r\nX: y\r\n"
        b"Proxy-Authorization: Basic dTpw\r\nHost: a.example:81\r\n\r\n"
    )


def test_whoIsBehindATunnelDoesNotGetThePassword() -> None:
    agent = ProxyingAgent(Clock(), proxies={"all": "http://u:p@proxy:3128"})
    places = Places()
    agent._endpointFactory = places  # type: ignore[assignment]  # as much of one as it needs
    failureOf(agent.request(b"GET", b"https://a.example/secret"))
    said = places.transport.value()
    assert said.startswith(b"CONNECT a.example:443 HTTP/1.1\r\n")
    assert b"secret" not in said


def test_withoutAProxyTheServerIsAsked() -> None:
    agent = ProxyingAgent(Clock(), proxies={"https": "http://proxy:3128"})
    places = Places()
    agent._endpointFactory = places  # type: ignore[assignment]  # as much of one as it needs
    agent.request(b"GET", b"http://a.example/b")
    assert places.wanted == [(b"a.example", 80)]
    assert places.transport.value().startswith(b"GET /b HTTP/1.1\r\n")


def test_aProxyAgentOpensATunnelForTLS() -> None:
    places = Places()
    agent = ProxyAgent(places, Clock())  # type: ignore[arg-type]  # connects, and no more
    failureOf(agent.request(b"GET", b"https://a.example/secret"))
    assert places.transport.value().startswith(b"CONNECT a.example:443 HTTP/1.1\r\n")
    assert b"secret" not in places.transport.value()
