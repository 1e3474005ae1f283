"""What a request has of its body, and how its response begins."""

from __future__ import annotations

import io
from typing import Any

import pytest

from twisted.internet.protocol import connectionDone
from twisted.web import http

from .talking import Talk

get = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
post = b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc"


class Keeping(http.Request):
    """Is kept, and says what it is told to."""

    said: tuple[bytes, ...] = (b"one", b"two")
    length: bytes | None = b"6"
    status = 200

    def process(self) -> None:
        self.channel.heard.append(self)
        self.setResponseCode(self.status)
        if self.length is not None:
            self.setHeader(b"content-length", self.length)
        for each in self.said:
            self.write(each)
        self.finish()


class Waiting(http.Request):
    """Is kept, and answers later."""

    def process(self) -> None:
        self.channel.heard.append(self)


# The body of a request


def heardBy(stream: bytes) -> Any:
    return Talk(Waiting).hear(stream).heard[0]


def test_aRequestWithoutABodyHasAnEmptyFile() -> None:
    request = heardBy(get)
    assert request.content.read() == b""
    assert request.content.seek(0, 2) == 0
    assert request.content is request.content


def test_whatAProgramPutsIntoAnEmptyBodyStays() -> None:
    request = heardBy(get)
    request.content.write(b"mine")
    request.content.seek(0)
    assert request.content.read() == b"mine"


def test_aProgramMayGiveARequestAnotherBody() -> None:
    request = heardBy(get)
    other = request.content = io.BytesIO(b"other")
    assert request.content is other


def test_aBodyIsReadFromItsBeginning() -> None:
    assert heardBy(post).content.read() == b"abc"


def test_beforeItsHeadersThereIsNoBody() -> None:
    channel = Talk().channel
    assert http.Request(channel, False).content is None
    assert http.Request.content is None


@pytest.mark.parametrize("stream", [get, post])
def test_theBodyIsClosedWithTheResponse(stream: bytes) -> None:
    request = heardBy(stream)
    body = request.content
    request.finish()
    assert body.closed


@pytest.mark.parametrize("stream", [get, post])
def test_theBodyIsClosedWithTheConnection(stream: bytes) -> None:
    talk = Talk(Waiting).hear(stream)
    request: Any = talk.heard[0]
    body = request.content
    talk.channel.connectionLost(connectionDone)
    assert body.closed


# The beginning of a response


class OfOwnWords(http.HTTPChannel):
    """Has its own way to write."""

    def write(self, data: bytes) -> None:
        super().write(b"<" + data + b">")


def test_theHeadComesBeforeTheBody() -> None:
    head, body = Talk(Keeping).hear(get).said.split(b"\r\n\r\n")
    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b"onetwo")


def test_aChannelThatWritesInItsOwnWayIsAskedForAllOfTheBody() -> None:
    talk = Talk(Keeping, OfOwnWords())
    assert talk.hear(get).said.endswith(b"\r\n\r\n<one><two>")


def test_whoHasNoLengthSendsChunksFromTheFirst() -> None:
    class Chunked(Keeping):
        length = None

    assert Talk(Chunked).hear(get).said.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("stream", "status"), [(get.replace(b"GET", b"HEAD"), 200), (get, 204), (get, 304)]
)
def test_whereNoBodyMayBeNoneIsSent(stream: bytes, status: int) -> None:
    class Bodyless(Keeping):
        pass

    Bodyless.status = status
    talk = Talk(Bodyless).hear(stream)
    assert talk.said.endswith(b"\r\n\r\n")
    request: Any = talk.heard[0]
    assert request.sentLength == 0


def test_whatWasSentIsCounted() -> None:
    request: Any = Talk(Keeping).hear(get).heard[0]
    assert request.sentLength == len(b"onetwo")
