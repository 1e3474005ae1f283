"""What becomes of a request to a server behind the site when one of both sides goes away."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._site.tree import RouteTree
from twisted.web._site.upstream import UpstreamResource
from twisted.web._site.values import Upstream
from twisted.web.client import ResponseDone
from twisted.web.http_headers import Headers

from .serving import Served, parse


class _Response:
    """The head of an answer, whose body the test sends."""

    code, phrase = 200, b"OK"

    def __init__(self, length: Any = "unknown", **headers: str) -> None:
        self.length = length
        self.headers = Headers()
        for name, value in headers.items():
            self.headers.setRawHeaders(name.replace("_", "-"), [value])
        self.transport = StringTransport()

    def deliverBody(self, protocol: Any) -> None:
        self.body = protocol
        protocol.makeConnection(self.transport)


class _Agent:
    """Keeps what it was asked; the test answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, bytes, Headers, Any]] = []
        self.cancelled = 0
        self.answering: Deferred[Any] = Deferred(self._cancel)

    def _cancel(self, _: object) -> None:
        self.cancelled += 1

    def request(self, method: bytes, url: bytes, headers: Headers, body: Any) -> Deferred[Any]:
        self.asked.append((method, url, headers, body))
        return self.answering


class Stage:
    """A site before a server that is the test's."""

    def __init__(self, options: str = "") -> None:
        self.served = Served(f'path = "."\n{options}')
        self.agent = _Agent()
        upstream = Upstream("http", "behind.example", 80, "/base")
        made = UpstreamResource(upstream, False, 10.0, self.served.reactor, self.agent)
        self.served.site.resource = RouteTree({(b"api",): made})

    def ask(self, *headers: str, peer: str = "192.0.2.1") -> Any:
        self.channel, self.transport = self.served.connect(peer)
        lines = ["GET /api/x?y HTTP/1.1", "Host: site.example", *headers]
        self.channel.dataReceived("\r\n".join(lines).encode() + b"\r\n\r\n")
        return self.agent.asked[-1]

    @property
    def answer(self) -> Any:
        return parse(self.transport.value())


def test_theOtherServerIsToldWhoAsksBehindATrustedProxy() -> None:
    stage = Stage('trusted-proxies = "10.0.0.0/8"')
    said = ("X-Forwarded-For: 6.6.6.6, 198.51.100.1", "X-Forwarded-Proto: https")
    method, url, headers, body = stage.ask(*said, peer="10.0.0.1")
    assert (method, url, body) == (b"GET", b"http://behind.example/base/x?y", None)
    assert headers.getRawHeaders("x-forwarded-for") == ["6.6.6.6, 198.51.100.1"]
    assert headers.getRawHeaders("x-forwarded-proto") == ["https"]
    assert headers.getRawHeaders("host") == ["behind.example"]


def test_anAnswerIsGivenOnNoFasterThanTheClientTakesIt() -> None:
    stage = Stage()
    stage.ask()
    response = _Response(5, X_A="b", Location="http://behind.example/base/z", Server="other")
    stage.agent.answering.callback(response)
    response.body.dataReceived(b"he")
    stage.channel.pauseProducing()
    assert response.transport.producerState == "paused"
    stage.channel.resumeProducing()
    assert response.transport.producerState == "producing"
    response.body.dataReceived(b"llo")
    response.body.connectionLost(Failure(ResponseDone()))
    assert (stage.answer.code, stage.answer.body) == (200, b"hello")
    assert stage.answer.headers["x-a"] == "b"
    assert stage.answer.headers["location"] == "/api/z"
    assert stage.answer.headers["server"] != "other"
    assert not stage.transport.disconnecting


def test_halfAnAnswerDoesNotLookLikeAWholeOne() -> None:
    stage = Stage()
    stage.ask()
    response = _Response()
    stage.agent.answering.callback(response)
    response.body.dataReceived(b"half")
    response.body.connectionLost(Failure(ConnectionDone()))
    assert stage.transport.value().endswith(b"4\r\nhalf\r\n")
    assert stage.transport.disconnecting


def test_aClientThatLeavesEndsTheQuestion() -> None:
    stage = Stage()
    stage.ask()
    stage.channel.connectionLost(Failure(ConnectionDone()))
    assert stage.agent.cancelled == 1
    assert stage.served.reactor.getDelayedCalls() == [
        call for call in stage.served.reactor.getDelayedCalls() if call.getTime() <= 1
    ]


def test_aClientThatLeavesDuringAnAnswerEndsThat() -> None:
    stage = Stage()
    stage.ask()
    response = _Response()
    stage.agent.answering.callback(response)
    response.body.dataReceived(b"half")
    stage.channel.connectionLost(Failure(ConnectionDone()))
    assert response.transport.producerState == "stopped" or response.transport.disconnecting


def test_aServerThatIsSilentIsGivenUp() -> None:
    stage = Stage()
    stage.ask()
    stage.served.reactor.advance(10)
    assert stage.agent.cancelled == 1
    assert stage.answer.code == 504


@pytest.mark.parametrize("error", [ConnectionRefusedError("no"), ValueError("?"), CancelledError()])
def test_aServerThatCannotBeAskedIsABadGateway(error: Exception) -> None:
    stage = Stage()
    stage.ask()
    stage.agent.answering.errback(Failure(error))
    assert stage.answer.code == 502
    assert b"behind.example" not in stage.answer.body
