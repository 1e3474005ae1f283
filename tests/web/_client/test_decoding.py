"""Bodies that were made smaller, and those that are bombs."""

from __future__ import annotations

import gzip
import os
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet.defer import succeed
from twisted.internet.testing import StringTransport
from twisted.web.client import (
    ContentDecoderAgent,
    GzipDecoder,
    PotentialDataLoss,
    Response,
    ResponseDone,
    ResponseFailed,
    TooMuchDecoded,
    readBody,
)
from twisted.web.http_headers import Headers

from .talking import Body, failureOf


class Decoding:
    """A response in gzip, and who gets it."""

    def __init__(self, kind: type[GzipDecoder] = GzipDecoder, body: Body | None = None) -> None:
        self.transport = StringTransport(lenient=True)
        self.response = Response((b"HTTP", 1, 1), 200, b"OK", Headers(), self.transport)
        self.body = Body() if body is None else body
        kind(self.response).deliverBody(self.body)

    def hear(self, *parts: bytes) -> Decoding:
        """As a connection: what is wrong with a part ends the body."""
        from twisted.python.failure import Failure

        for part in parts:
            try:
                self.response._bodyDataReceived(part)
            except ResponseFailed:
                self.response._bodyDataFinished(Failure())
                return self
        return self

    def end(self) -> Decoding:
        self.response._bodyDataFinished()
        return self


def test_aBodyIsGivenOnAsItWas() -> None:
    data = os.urandom(1000) * 300
    found = Decoding().hear(gzip.compress(data)).end()
    assert found.body.data == data
    assert found.body.ended is ResponseDone
    assert max(map(len, found.body.pieces)) <= GzipDecoder.maxPieceBytes


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.binary(max_size=300).map(lambda data: data * 30), min_size=1, max_size=3),
    st.integers(1, 100),
    st.booleans(),
)
def test_anySplitAndAnyNumberOfFilesGiveTheSame(files: list[bytes], size: int, zeros: bool) -> None:
    data = (b"\0\0" if zeros else b"").join(map(gzip.compress, files))
    found = Decoding().hear(*(data[at : at + size] for at in range(0, len(data), size))).end()
    assert found.body.data == b"".join(files)
    assert found.body.ended is ResponseDone


def test_whatFollowsTheLastFileIsNotKept() -> None:
    found = Decoding().hear(gzip.compress(b"abc", mtime=0) + b"garbage", *[b"x" * 1000] * 100).end()
    assert found.body.data == b"abc"
    assert found.body.ended is ResponseDone


def test_anEmptyBodyIsEmpty() -> None:
    assert Decoding().end().body.data == b""


def bomb(size: int = 200_000_000) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1_000_000)
    return b"".join(packing.compress(zeros) for _ in range(size // 1_000_000)) + packing.flush()


def test_aBombEndsWithinItsBounds() -> None:
    packed = bomb(50_000_000)
    sizes: list[int] = []

    class Counting(Body):
        def dataReceived(self, data: bytes) -> None:
            sizes.append(len(data))

    found = Decoding(body=Counting()).hear(packed)
    assert found.body.ended is ResponseFailed
    assert found.body.reason is not None
    reason = found.body.reason.value.reasons[0]
    assert reason.check(TooMuchDecoded)
    assert sum(sizes) <= GzipDecoder.alwaysBytes + 300_000
    assert max(sizes) <= GzipDecoder.maxPieceBytes
    assert reason.value.limit < reason.value.got


class Bounded(GzipDecoder):
    maxOutputBytes = 1000
    maxRatio = 10_000


@pytest.mark.parametrize(("size", "whole"), [(1000, True), (1001, False)])
def test_theSizeOfABodyIsBounded(size: int, whole: bool) -> None:
    found = Decoding(Bounded).hear(gzip.compress(os.urandom(size)))
    if whole:
        assert len(found.end().body.data) == size
    else:
        assert found.body.ended is ResponseFailed


class Steep(GzipDecoder):
    maxRatio = 10
    alwaysBytes = 1000


@pytest.mark.parametrize(("size", "whole"), [(1000, True), (1500, False)])
def test_theRatioOfABodyIsBoundedWhereItIsLarge(size: int, whole: bool) -> None:
    found = Decoding(Steep).hear(gzip.compress(bytes(size)))
    assert (found.body.ended is None) == whole


@pytest.mark.parametrize("data", [b"no gzip", gzip.compress(b"abc", mtime=0)[:-8] + b"\0" * 8])
def test_whatIsNoGzipIsAnError(data: bytes) -> None:
    found = Decoding().hear(data)
    assert found.body.reason is not None
    assert found.body.reason.value.reasons[0].check(zlib.error)
    found.response._state = "CONNECTED"  # and nothing more is heard of it
    found.response._bodyProtocol.dataReceived(b"more") if found.response._bodyProtocol else None


class Pausing(Body):
    """Takes a piece at a time."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.transport.pauseProducing()


def test_whoPausesGetsNothingMeanwhile() -> None:
    data = os.urandom(1000) * 300
    found = Decoding(body=Pausing()).hear(gzip.compress(data))
    assert len(found.body.pieces) == 1
    assert found.transport.producerState == "paused"
    found.end()
    assert found.body.ended is None
    for count in range(2, 6):
        found.body.transport.resumeProducing()  # type: ignore[union-attr]  # there is one
        assert len(found.body.pieces) == count
    while found.body.ended is None:
        found.body.transport.resumeProducing()  # type: ignore[union-attr]  # there is one
    assert found.body.data == data


def test_aBombThatShowsWhenSomebodyGoesOnEndsTheConnection() -> None:
    found = Decoding(body=Pausing()).hear(bomb(50_000_000))
    for _ in range(1000):
        found.body.transport.resumeProducing()  # type: ignore[union-attr]  # there is one
    assert found.transport.disconnecting
    found.end()
    assert found.body.ended is ResponseFailed
    assert len(found.body.data) < 10_000_000


class Site:
    """Answers what it is told, with the codings it is told."""

    def __init__(self, body: bytes, *codings: bytes) -> None:
        self.fields = Headers({b"Content-Encoding": list(codings)} if codings else {})
        self.body = body
        self.accepted: Any = None

    def request(
        self, method: bytes, uri: bytes, headers: Headers | None = None, bodyProducer: Any = None
    ) -> Any:
        assert headers is not None
        self.accepted = headers.getRawHeaders(b"accept-encoding")
        found = Response((b"HTTP", 1, 1), 200, b"OK", self.fields, StringTransport(lenient=True))
        found._bodyDataReceived(self.body)
        found._bodyDataFinished()
        return succeed(found)


twice = gzip.compress(gzip.compress(b"abc", mtime=0))
codings = {
    "none": (b"abc", (), None),
    "gzip": (gzip.compress(b"abc", mtime=0), (b"gzip",), None),
    "in capitals": (gzip.compress(b"abc", mtime=0), (b"GZIP",), None),
    "twice": (twice, (b"gzip, gzip",), None),
    "in two headers": (twice, (b"gzip", b"gzip"), None),
    "what nobody knows is left": (gzip.compress(b"abc", mtime=0), (b"what, gzip",), [b"what"]),
    "and so is what is behind it": (b"abc", (b"gzip, what",), [b"gzip, what"]),
}


@pytest.mark.parametrize(("data", "given", "left"), codings.values(), ids=codings.keys())
def test_codingsAreTakenAwayAsFarAsTheyAreKnown(data: bytes, given: Any, left: Any) -> None:
    site = Site(data, *given)
    agent = ContentDecoderAgent(site, [(b"gzip", GzipDecoder)])  # type: ignore[arg-type]  # as much of one as it needs
    got: list[Any] = []
    agent.request(b"GET", b"http://a.example/").addCallback(got.append)
    assert site.accepted == [b"gzip"]
    assert got[0].headers.getRawHeaders(b"content-encoding") == left
    bodies: list[bytes] = []
    readBody(got[0]).addCallback(bodies.append)
    assert bodies == [b"abc"]


def test_codingsAreNotTakenAwayWithoutEnd() -> None:
    data = b"abc"
    for _ in range(7):
        data = gzip.compress(data)
    agent = ContentDecoderAgent(Site(data, b"gzip," * 6 + b"gzip"), [(b"gzip", GzipDecoder)])  # type: ignore[arg-type]  # see above
    got: list[Any] = []
    agent.request(b"GET", b"http://a.example/").addCallback(got.append)
    assert got[0].headers.getRawHeaders(b"content-encoding") == [b"gzip,gzip"]
    bodies: list[bytes] = []
    readBody(got[0]).addCallback(bodies.append)
    assert bodies and gzip.decompress(gzip.decompress(bodies[0])) == b"abc"


def test_theEndOfADecodedBodyIsThatOfTheBody() -> None:
    from twisted.python.failure import Failure

    found = Decoding().hear(gzip.compress(b"abc", mtime=0))
    found.response._bodyDataFinished(Failure(PotentialDataLoss()))
    assert found.body.data == b"abc"
    assert found.body.ended is PotentialDataLoss


def test_cancellingADecodedBodyClosesTheConnection() -> None:
    transport = StringTransport(lenient=True)
    reading = readBody(GzipDecoder(Response((b"HTTP", 1, 1), 200, b"OK", Headers(), transport)))
    reading.cancel()
    failureOf(reading)
    assert transport.disconnected
