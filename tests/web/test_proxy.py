"""Handing requests on: what goes to the other server, and what comes back of it."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from typing import Any

import pytest

from tests.support import drive
from twisted.internet import error
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import (
    MemoryReactorClock,
    StringTransport,
    StringTransportWithDisconnection,
)
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.web import http, proxy, resource, server

from .serving import Answer, asking, fetch, get, parse


class Between:
    """A reverse proxy, with a client on one side and another server on the other, in memory."""

    def __init__(self, request: bytes | None = None, path: bytes = b"/base") -> None:
        self.reactor: Any = MemoryReactorClock()
        root = proxy.ReverseProxyResource("upstream.example", 8081, path, self.reactor)
        site = server.Site(root, reactor=Clock())
        self.channel = site.buildProtocol(None)
        self.wire = StringTransportWithDisconnection()
        self.wire.protocol = self.channel
        self.channel.makeConnection(self.wire)
        self.channel.dataReceived(get(b"/a?b") if request is None else request)

    def connect(self) -> Any:
        """The other server accepts the connection."""
        self.factory = self.reactor.tcpClients[-1][2]
        self.client = self.factory.buildProtocol(None)
        self.far = StringTransportWithDisconnection()
        self.far.protocol = self.client
        self.client.makeConnection(self.far)
        return self

    @property
    def sent(self) -> bytes:
        """What the other server got."""
        value: bytes = self.far.value()
        return value

    def says(self, *parts: bytes, close: bool = True) -> Answer:
        """The other server answers; returns what the client got."""
        for part in parts:
            if self.far.connected:
                self.client.dataReceived(part)
        if close and self.far.connected:
            self.far.loseConnection()
        return parse(self.wire.value())


def headersOf(sent: bytes) -> dict[bytes, bytes]:
    return {name.lower(): value for name, value in parse(b"x 0 x" + sent[3:]).headers.items()}


# To the other server


def test_theRequestIsHandedOn() -> None:
    between = Between(get(b"/a%20b/c?d=%20", b"X-A: 1", b"X-A: 2")).connect()
    assert between.reactor.tcpClients[0][:2] == ("upstream.example", 8081)
    assert between.sent.startswith(b"GET /base/a%20b/c?d=%20 HTTP/1.0\r\n")
    headers = headersOf(between.sent)
    assert headers[b"host"] == b"upstream.example:8081"
    assert headers[b"x-a"] == b"1, 2"
    assert headers[b"connection"] == b"close"


def test_whatIsAboutTheConnectionIsNotHandedOn() -> None:
    asked = get(
        b"/",
        b"Connection: close, X-Mine",
        b"X-Mine: 1",
        b"Keep-Alive: 300",
        b"Proxy-Connection: x",
        b"TE: trailers",
        b"Trailer: X",
        b"Upgrade: websocket",
        b"X-Other: 2",
    )
    headers = headersOf(Between(asked).connect().sent)
    assert set(headers) == {b"host", b"connection", b"x-other"}


def test_chunksBecomeALength() -> None:
    """One body, said in one way: or two servers could read it differently."""
    asked = get(b"/", b"Transfer-Encoding: chunked", method=b"POST")
    sent = Between(asked + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").connect().sent
    headers = headersOf(sent)
    assert headers[b"content-length"] == b"5"
    assert b"transfer-encoding" not in headers
    assert sent.endswith(b"\r\n\r\nabcde")


def test_cookiesAreJoinedAsCookies() -> None:
    headers = headersOf(Between(get(b"/", b"Cookie: a=1", b"Cookie: b=2")).connect().sent)
    assert headers[b"cookie"] == b"a=1; b=2"


@pytest.mark.parametrize(
    ("host", "port", "named"),
    [("a.example", 80, b"a.example"), ("::1", 8080, b"[::1]:8080"), ("::1", 80, b"[::1]")],
)
def test_theHostIsThatOfTheOtherServer(host: str, port: int, named: bytes) -> None:
    reactor: Any = MemoryReactorClock()
    site = server.Site(proxy.ReverseProxyResource(host, port, b"", reactor), reactor=Clock())
    channel = site.buildProtocol(None)
    channel.makeConnection(StringTransport())
    channel.dataReceived(get(b"/"))
    factory = reactor.tcpClients[0][2]
    assert factory.headers[b"host"] == named
    assert factory.rest == b"/"


# Back to the client


def test_theAnswerIsHandedOn() -> None:
    between = Between().connect()
    answer = between.says(
        b"HTTP/1.1 404 Nothing\r\nX-A: 1\r\nX-A: 2\r\nServer: other\r\n",
        b"Content-Type: text/x\r\nContent-Length: 5\r\n\r\nhel",
        b"lo",
    )
    assert (answer.code, answer.body) == (404, b"hello")
    assert answer.headers[b"x-a"] == b"1, 2"
    assert answer.headers[b"server"] == b"other"
    assert answer.headers[b"content-type"] == b"text/x"
    assert not between.far.connected


def test_aBodyWithoutALengthEndsWithItsConnection() -> None:
    answer = Between().connect().says(b"HTTP/1.0 200 OK\r\n\r\nhel", b"lo")
    assert answer.body == b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
    assert answer.headers[b"transfer-encoding"] == b"chunked"


def test_chunksOfTheOtherServerAreUnderstood() -> None:
    answer = (
        Between()
        .connect()
        .says(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n",
            b"5\r\nhello\r\n",
            b"0\r\n\r\n",
            close=False,
        )
    )
    assert answer.body == b"5\r\nhello\r\n0\r\n\r\n"
    assert b"content-length" not in answer.headers


def test_whatIsAboutTheOtherConnectionIsNotHandedOn() -> None:
    answer = (
        Between()
        .connect()
        .says(
            b"HTTP/1.1 200 OK\r\nX-Mine: 1\r\nConnection: x-mine, X-Later\r\nX-Later: 2\r\n"
            b"Keep-Alive: 5\r\nTrailer: X\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n"
        )
    )
    assert set(answer.headers) == {b"server", b"date", b"content-length"}


@pytest.mark.parametrize(
    ("method", "head"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        (b"GET", b"HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n"),
        (b"GET", b"HTTP/1.1 204 Nothing\r\n\r\n"),
    ],
)
def test_anAnswerWithoutABodyEndsWithItsHeaders(method: bytes, head: bytes) -> None:
    between = Between(get(b"/", method=method) + get(b"/next")).connect()
    answer = between.says(head, close=False)
    assert answer.body == b""
    # The next request of the client is on its way.
    assert len(between.reactor.tcpClients) == 2


nonsense = {
    "nothing": b"",
    "no status": b"hello\r\n",
    "half of a status": b"HTTP/1.1 20",
    "a status of letters": b"HTTP/1.1 abc OK\r\n\r\n",
    "a status with a sign": b"HTTP/1.1 +20 OK\r\n\r\n",
    "a status on its way": b"HTTP/1.1 101 Switching\r\n\r\n",
    "another protocol": b"SSH-2.0-x\r\n",
    "an endless line": b"HTTP/1.1 200 " + b"x" * 200_000,
    "a length of letters": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "two codings": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "a chunk that is none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 600 + b"\r\n",
    "a name that is none": b"HTTP/1.1 200 OK\r\nX Y: 1\r\n\r\n",
    "no body where one was said": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
}


@pytest.mark.parametrize("said", nonsense.values(), ids=nonsense)
@pytest.mark.parametrize("bytewise", [False, True])
def test_nonsenseIsABadGateway(said: bytes, bytewise: bool) -> None:
    step = 1 if bytewise and len(said) < 5000 else 4096
    between = Between().connect()
    answer = between.says(*[said[at : at + step] for at in range(0, len(said), step)])
    assert answer.code == http.BAD_GATEWAY
    assert not between.far.connected
    assert between.wire.connected


@pytest.mark.parametrize("head", [b"Content-Length: 9", b"Transfer-Encoding: chunked"])
def test_anAnswerThatBreaksOffBreaksOffForTheClient(head: bytes) -> None:
    body = b"5\r\nhello\r\n" if b"chunked" in head else b"hello"
    between = Between().connect()
    between.says(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body)
    assert not between.wire.connected
    assert not between.wire.value().endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("why", "code"),
    [
        (error.ConnectionRefusedError(), http.BAD_GATEWAY),
        (error.DNSLookupError(), http.BAD_GATEWAY),
        (error.TimeoutError(), http.GATEWAY_TIMEOUT),
    ],
)
def test_aServerThatCannotBeReachedIsTold(why: Exception, code: int) -> None:
    between = Between()
    between.reactor.tcpClients[0][2].clientConnectionFailed(None, Failure(why))
    assert parse(between.wire.value()).code == code


def test_aServerThatSaysNothingTakesTooLong() -> None:
    between = Between().connect()
    between.reactor.advance(proxy.ProxyClient.answerTimeout - 1)
    assert between.wire.value() == b""
    between.reactor.advance(2)
    assert parse(between.wire.value()).code == http.GATEWAY_TIMEOUT
    assert not between.far.connected
    assert not between.reactor.getDelayedCalls()


def test_eachPartOfAnAnswerHasItsTime() -> None:
    between = Between().connect()
    between.says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello", close=False)
    between.reactor.advance(proxy.ProxyClient.answerTimeout - 1)
    between.says(b"more", close=False)
    between.reactor.advance(proxy.ProxyClient.answerTimeout - 1)
    assert between.wire.connected
    between.reactor.advance(2)
    assert not between.wire.connected


def test_aClientThatLeavesEndsTheRequestToTheOther() -> None:
    between = Between().connect()
    between.says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello", close=False)
    between.wire.loseConnection()
    assert not between.far.connected
    assert not between.reactor.getDelayedCalls()
    late = Between()
    late.wire.loseConnection()
    late.reactor.tcpClients[0][2].clientConnectionFailed(None, Failure(error.ConnectError()))


def test_theOtherServerWaitsForASlowClient() -> None:
    between = Between().connect()
    between.says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello", close=False)
    between.channel.pauseProducing()
    assert between.far.producerState == "paused"
    between.channel.resumeProducing()
    assert between.far.producerState == "producing"


# A proxy for clients


def asked(uri: bytes, *fields: bytes) -> tuple[Any, bytes]:
    """What a proxy does for a request: where it connects to, and what the client got."""
    reactor: Any = MemoryReactorClock()

    channel: Any = proxy.Proxy()
    channel.requestFactory = partial(proxy.ProxyRequest, reactor=reactor)
    channel.callLater = reactor.callLater
    wire = StringTransport()
    channel.makeConnection(wire)
    channel.dataReceived(get(uri, *fields))
    return reactor.tcpClients, wire.value()


@pytest.mark.parametrize(
    ("uri", "host", "port", "rest"),
    [
        (b"http://b.example/x?y#z", "b.example", 80, b"/x?y#z"),
        (b"http://b.example:8080", "b.example", 8080, b"/"),
        (b"http://[::1]:81/x;p", "::1", 81, b"/x;p"),
        (b"http://ada:secret@b.example/", "b.example", 80, b"/"),
    ],
)
def test_aProxyGoesWhereTheClientSays(uri: bytes, host: str, port: int, rest: bytes) -> None:
    [(toHost, toPort, factory, *_)], _ = asked(uri)
    assert (toHost, toPort, factory.rest) == (host, port, rest)
    # What the target names counts, not what the header says.
    assert factory.headers[b"host"] == uri.split(b"/")[2].rpartition(b"@")[2]


@pytest.mark.parametrize(
    "uri",
    [b"/x", b"ftp://b.example/", b"http:///x", b"http://b.example:x/", b"http://b:99999/", b"*"],
)
def test_aProxyRefusesWhatItCannotReach(uri: bytes) -> None:
    clients, told = asked(uri)
    assert clients == []
    assert told.startswith(b"HTTP/1.1 400 ")


# Over real sockets


class Upstream(resource.Resource):
    """Echoes bodies, and sends large answers."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        return request.uri if request.uri != b"/big" else big

    def render_POST(self, request: Any) -> bytes:
        data: bytes = request.content.read()
        return data


big = os.urandom(3_000_000)


def test_aReverseProxyServesAnotherServer(eachReactor: Any) -> None:
    reactor = eachReactor

    async def run() -> Any:
        behind = reactor.listenTCP(
            0, server.Site(Upstream(), reactor=reactor), interface="127.0.0.1"
        )
        root = proxy.ReverseProxyResource("127.0.0.1", behind.getHost().port, b"", reactor)
        front = reactor.listenTCP(0, server.Site(root, reactor=reactor), interface="127.0.0.1")
        port = front.getHost().port

        def client() -> list[Any]:
            url = f"http://127.0.0.1:{port}"
            curl = subprocess.run(["curl", "-sf", url + "/big"], capture_output=True).stdout
            return [
                fetch(port, "/a/b?c")[2],
                fetch(port, "/", "POST", body=big)[2],
                fetch(port, "/big")[2],
                curl,
            ]

        try:
            return await deferToThreadPool(reactor, reactor.getThreadPool(), client)
        finally:
            await front.stopListening()
            await behind.stopListening()

    assert drive(reactor, run, timeout=30) == [b"/a/b?c", big, big, big]


def test_aServerThatRefusesIsABadGateway(reactor: Any) -> None:
    import socket

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        root = proxy.ReverseProxyResource("127.0.0.1", unused.getsockname()[1], b"", reactor)
        assert asking(reactor, root, fetch)[0] == http.BAD_GATEWAY


def test_theChannelOfAReverseProxyKnowsItsServer() -> None:
    class Site(Factory):
        host, port = "b.example", 81

    made: Any = MemoryReactorClock()
    channel: Any = proxy.ReverseProxy()
    channel.factory = Site()
    channel.callLater = made.callLater
    channel.requestFactory = partial(proxy.ReverseProxyRequest, reactor=made)
    channel.makeConnection(StringTransport())
    channel.dataReceived(get(b"/x?y"))
    [(host, port, factory, *_)] = made.tcpClients
    assert (host, port, factory.rest) == ("b.example", 81, b"/x?y")
    assert isinstance(factory.buildProtocol(None), Protocol)
