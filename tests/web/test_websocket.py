"""WebSockets on connections of HTTP: how they begin, are kept, and end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web._ws.test_frames import masked
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._ws.client import _Handshake, _request, _uriOf
from twisted.web._ws.frames import Conversation
from twisted.web._ws.wire import WebSocketWire
from twisted.web.resource import Resource
from twisted.web.server import Site
from twisted.web.websocket import (
    ConnectionRejected,
    WebSocketClientEndpoint,
    WebSocketResource,
)

ask = (
    b"GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n"
    b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Told:
    """A protocol, and its factory, that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self.transport: Any = None

    def buildProtocol(self, request: Any) -> Told:
        return self

    def negotiationStarted(self, transport: Any) -> None:
        self.transport = transport
        self.said.append("started")

    def negotiationFinished(self) -> None:
        self.said.append("finished")

    def textMessageReceived(self, message: str) -> None:
        self.said.append(message)

    def bytesMessageReceived(self, data: bytes) -> None:
        self.said.append(data)

    def pongReceived(self, payload: bytes) -> None:
        self.said.append(("pong", payload))

    def connectionLost(self, reason: Failure) -> None:
        self.said.append(reason.type)


class Server:
    """A site with a WebSocket, on a transport in memory."""

    def __init__(self, first: bytes = ask, kind: Any = WebSocketResource, **attributes: Any):
        self.told = Told()
        self.clock = Clock()
        self.resource = kind(self.told)
        for name, value in attributes.items():
            setattr(self.resource, name, value)
        root = Resource()
        root.putChild(b"ws", self.resource)
        self.site = Site(root, reactor=self.clock)
        self.lines: list[Any] = []
        self.site.log = self.lines.append  # type: ignore[assignment,method-assign]  # the log
        self.channel = self.site.buildProtocol(None)
        self.transport = StringTransport()
        self.channel.makeConnection(self.transport)
        self.hear(first)
        self.head, _, self.rest = self.transport.value().partition(b"\r\n\r\n")
        self.transport.clear()

    def hear(self, data: bytes) -> None:
        self.channel.dataReceived(data)

    def sent(self) -> list[Any]:
        data = self.transport.value()
        self.transport.clear()
        return [tuple(each) for each in Conversation(True).receive(data)[0]]


def test_aConnectionBecomesAWebSocket() -> None:
    server = Server()
    lines = server.head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 101 Switching Protocols"
    # The example of RFC 6455, section 1.3.
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in lines
    assert b"Connection: Upgrade" in lines
    assert server.told.said == ["started", "finished"]
    assert [line.code for line in server.lines] == [101]


def test_whatFollowsTheRequestAtOnceIsNotLost() -> None:
    server = Server(ask + masked(0x81, b"early"))
    assert server.told.said[-1] == "early"


refused = {
    "another version": ask.replace(b"13", b"8"),
    "no key": ask.replace(b"Sec-WebSocket-Key", b"X"),
    "two keys": ask.replace(
        b"Upgrade: web", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nUpgrade: web"
    ),
    "a key of 15 bytes": ask.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhlIHNhbXBsZSBub25j"),
    "a key that is none": ask.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"dGhlIHNhbXBsZSBub25jZQ!!"),
    "no upgrade": ask.replace(b"Upgrade: websocket", b"X: y"),
    "another upgrade": ask.replace(b"Upgrade: websocket", b"Upgrade: h2c"),
    "no connection": ask.replace(b"keep-alive, Upgrade", b"keep-alive"),
}


@pytest.mark.parametrize("wrong", refused.values(), ids=list(refused))
def test_aRequestForNoWebSocketIsAnswered400(wrong: bytes) -> None:
    server = Server(wrong)
    assert server.head.startswith(b"HTTP/1.1 400 ")
    assert server.told.said == []


def test_pagesOfOthersMayBeRefused() -> None:
    origins = {b"https://a.example"}
    bad = ask.replace(b"Host", b"Origin: https://b.example\r\nHost")
    good = ask.replace(b"Host", b"Origin: https://a.example\r\nHost")
    assert Server(bad, allowedOrigins=origins).head.startswith(b"HTTP/1.1 403 ")
    assert Server(good, allowedOrigins=origins).head.startswith(b"HTTP/1.1 101 ")
    assert Server(ask, allowedOrigins=origins).head.startswith(b"HTTP/1.1 101 ")


def test_messagesAreSentAndHeard() -> None:
    server = Server()
    server.hear(masked(0x81, b"text") + masked(0x82, b"bytes") + masked(0x89, b"?"))
    assert server.told.said[2:] == ["text", b"bytes"]
    server.told.transport.sendTextMessage("ü")
    server.told.transport.sendBytesMessage(bytearray(b"b"))
    assert server.sent() == [(10, b"?"), (1, "ü"), (2, b"b")]


def test_aFaultClosesAndSaysWhy() -> None:
    server = Server()
    server.hear(b"\x81\x01a")
    ((_, (code, reason)),) = server.sent()
    assert (code, server.transport.disconnecting) == (1002, True)
    assert "mask" in reason
    server.hear(masked(0x81, b"more"))
    assert server.told.said == ["started", "finished"]


def test_aCloseIsAnsweredAndTheServerEndsTheConnection() -> None:
    server = Server()
    server.hear(masked(0x88, b"\x0f\xa1bye"))
    assert server.sent() == [(8, (4001, ""))]
    assert server.transport.disconnecting
    wire = server.told.transport
    assert (wire.closeCode, wire.closeReason) == (4001, "bye")
    server.channel.connectionLost(Failure(ConnectionDone()))
    assert server.told.said[-1] is ConnectionDone
    assert server.clock.getDelayedCalls() == []


def test_weWaitForTheAnswerToOurClose() -> None:
    server = Server()
    server.told.transport.loseConnection(1001)
    server.told.transport.sendTextMessage("dropped")
    assert server.sent() == [(8, (1001, ""))]
    server.hear(masked(0x81, b"late"))
    assert not server.transport.disconnecting
    server.hear(masked(0x88, b"\x03\xe9"))
    assert server.transport.disconnecting
    assert server.sent() == []
    assert server.told.said == ["started", "finished"]


def test_whoNeverAnswersACloseIsCut() -> None:
    server = Server()
    server.told.transport.loseConnection()
    server.clock.advance(WebSocketWire.closeSeconds - 1)
    assert not server.transport.disconnected
    server.clock.advance(1)
    assert server.transport.disconnected


def test_whoTakesNoBytesAfterTheCloseIsCut() -> None:
    server = Server()
    server.hear(masked(0x88, b""))
    server.clock.advance(WebSocketWire.closeSeconds)
    assert server.transport.disconnected


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2000, 5000])
def test_codesThatAreNotToBeSentAreRefused(code: int) -> None:
    with pytest.raises(ValueError, match=str(code)):
        Server().told.transport.loseConnection(code)


def test_whoAnswersNoPingsIsCut() -> None:
    server = Server()
    server.clock.advance(30)
    ((opcode, payload),) = server.sent()
    assert opcode == 9
    server.hear(masked(0x8A, payload))
    assert server.told.said == ["started", "finished"]
    server.clock.advance(30)
    server.clock.advance(29)
    assert not server.transport.disconnected
    server.clock.advance(1)
    assert server.transport.disconnected


def test_theTimeoutsOfHTTPAreOver() -> None:
    class Quiet(WebSocketWire):
        pingSeconds = None

    class Keeping(WebSocketResource):
        wireFactory = Quiet

    server = Server(kind=Keeping)
    server.clock.advance(10_000)
    assert not server.transport.disconnecting


def test_pingsWithoutEndAreAPolicyViolation() -> None:
    server = Server()
    for _ in range(WebSocketWire.pingsAtOnce):
        server.hear(masked(0x89, b""))
    assert len(server.sent()) == WebSocketWire.pingsAtOnce
    server.hear(masked(0x89, b""))
    ((_, (code, _)),) = server.sent()
    assert code == 1008


def test_aLongPingIsRefused() -> None:
    with pytest.raises(ValueError, match="126 bytes"):
        Server().told.transport.ping(b"x" * 126)


deflating = ask.replace(b"Host", b"Sec-WebSocket-Extensions: permessage-deflate\r\nHost")


def test_messagesAreCompressedForWhoeverOffersIt() -> None:
    server = Server(deflating)
    said = b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12"
    assert said in server.head.split(b"\r\n")
    server.told.transport.sendTextMessage("so it goes " * 100)
    assert server.transport.value()[0] == 0xC1
    assert len(server.transport.value()) < 50


def test_nothingIsCompressedWhereThatIsOff() -> None:
    class Plain(WebSocketWire):
        deflation = None

    class Kind(WebSocketResource):
        wireFactory = Plain

    server = Server(deflating, Kind)
    assert b"Sec-WebSocket-Extensions" not in server.head
    server.told.transport.sendTextMessage("so it goes " * 100)
    assert server.transport.value()[0] == 0x81


def test_messagesAreBounded() -> None:
    server = Server()
    server.told.transport.conversation.maxMessageBytes = 10
    server.hear(masked(0x81, b"x" * 11))
    ((_, (code, _)),) = server.sent()
    assert code == 1009


# Clients


class Client:
    """The client's side of the beginning, on a transport in memory."""

    def __init__(self, url: str = "ws://a.example/chat?x=1") -> None:
        self.told = Told()
        self.clock = Clock()
        self.transport = StringTransport()
        key = b"dGhlIHNhbXBsZSBub25jZQ=="
        self.wire = WebSocketWire(self.told, True, self.clock)
        self.protocol = _Handshake(_request(_uriOf(url), key), key, self.wire, self.clock)
        self.protocol.makeConnection(self.transport)
        self.result: list[Any] = []
        done: Deferred[Any] = self.protocol.done
        done.addBoth(self.result.append)


accept = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def test_aClientAsksForTheRightPlace() -> None:
    lines = Client().transport.value().split(b"\r\n")
    assert lines[:2] == [b"GET /chat?x=1 HTTP/1.1", b"Host: a.example"]


@pytest.mark.parametrize("step", [1, 1000])
def test_aClientTakesWhatFollowsTheAnswer(step: int) -> None:
    client = Client()
    stream = accept + b"\x81\x05hello"
    for at in range(0, len(stream), step):
        data = stream[at : at + step]
        client.protocol.dataReceived(data)
    assert client.told.said == ["started", "finished", "hello"]
    assert client.result == [client.wire]


falseAnswers = {
    "another key": accept.replace(b"s3p", b"s3q"),
    "no key": accept.replace(b"Sec-WebSocket-Accept", b"X"),
    "no upgrade": accept.replace(b"Upgrade: websocket", b"X: y"),
    "an extension that was not offered": accept.replace(
        b"Upgrade: w", b"Sec-WebSocket-Extensions: x-other\r\nUpgrade: w"
    ),
    "a subprotocol that was not offered": accept.replace(
        b"Upgrade: w", b"Sec-WebSocket-Protocol: chat\r\nUpgrade: w"
    ),
    "no HTTP": b"SSH-2.0-x\r\n\r\n",
    "a head without end": b"HTTP/1.1 101 x\r\nX: " + b"a" * 70_000,
    "an answer in two lengths": b"HTTP/1.1 404 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
}


@pytest.mark.parametrize("answer", falseAnswers.values(), ids=list(falseAnswers))
def test_aFalseAnswerIsNotTaken(answer: bytes) -> None:
    client = Client()
    client.protocol.dataReceived(answer)
    assert isinstance(client.result[0], Failure)
    assert client.transport.disconnected
    client.protocol.connectionLost(Failure(ConnectionDone()))
    assert client.told.said == ["started"]


def test_aRefusalHasTheResponse() -> None:
    client = Client()
    client.protocol.dataReceived(
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"
    )
    failure = client.result[0]
    assert failure.check(ConnectionRejected)
    response = failure.value.response
    assert (response.code, response.phrase, response.length) == (404, b"Not Found", 4)
    assert failure.value == ConnectionRejected(response)
    assert client.transport.disconnecting


def test_aServerThatSaysNothingIsGivenUp() -> None:
    client = Client()
    client.clock.advance(30)
    assert client.transport.disconnected
    assert isinstance(client.result[0], Failure)


@pytest.mark.parametrize(
    "url", ["ftp://a/", "a.example", "ws://a/ HTTP/1.1\r\nX: y", "ws://a/\n", "ws://a b/"]
)
def test_anURLThatIsNoneIsRefused(url: str) -> None:
    with pytest.raises(ValueError, match="WebSocket"):
        _uriOf(url)


def test_endpointsOfTheSamePlaceAreEqual() -> None:
    class Never:
        def endpointForURI(self, uri: Any) -> Any:
            raise NotImplementedError

    factory: Any = Never()
    one = WebSocketClientEndpoint(factory, "ws://a/")
    two = WebSocketClientEndpoint(factory, "ws://a/")
    other = WebSocketClientEndpoint(factory, "ws://b/")
    assert (one == two, one == other, hash(one) == hash(two)) == (True, False, True)
