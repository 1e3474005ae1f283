"""What a server of HTTP/2 makes of right and wrong streams of frames."""

from __future__ import annotations

import itertools
import os
import random
from typing import Any

import pytest
from h2.errors import ErrorCodes
from hpack import Encoder
from hyperframe.frame import (
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    WindowUpdateFrame,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web._h2.windows import Window

from .peer import Later, Peer, Writer, get, post, preface

times = int(os.environ.get("TORSION_EXAMPLES", "1"))
calm = ErrorCodes.ENHANCE_YOUR_CALM


# Requests


def test_aRequestIsAnswered() -> None:
    peer = Peer()
    head, body, end = peer.say(peer.headers(1, get)).heard()
    assert (b":status", b"200") in head.fields
    assert (body.data, end.data, "END_STREAM" in end.flags) == (b"GET / ", b"", True)


def test_manyRequestsAreAnsweredOnOneConnection() -> None:
    peer = Peer()
    for number in range(1, 400, 2):
        frames = peer.say(peer.headers(number, get)).heard()
        assert [frame.stream_id for frame in frames] == [number] * 3
        assert frames[0].fields[0] == (b":status", b"200")


def test_theSameRequestTwiceIsNotTheSameObject() -> None:
    peer = Peer()
    block = [*get, (b"x-one", b"1")]
    peer.say(peer.headers(1, block), peer.headers(3, block), peer.headers(5, block))
    peer.requests[1].requestHeaders.setRawHeaders(b"x-one", [b"changed"])
    peer.say(peer.headers(7, block))
    values = [each.requestHeaders.getRawHeaders(b"x-one") for each in peer.requests]
    assert values == [[b"1"], [b"changed"], [b"1"], [b"1"]]


def test_whatWasRememberedOfABlockIsForgottenWhenTheTableChanges() -> None:
    peer = Peer()
    peer.say(peer.headers(1, [*get, (b"x", b"a")]), peer.headers(3, [*get, (b"x", b"a")]))
    peer.say(peer.headers(5, [*get, (b"x", b"b")]), peer.headers(7, [*get, (b"x", b"a")]))
    assert [each.getHeader(b"x") for each in peer.requests] == [b"a", b"a", b"b", b"a"]


def test_aBodyThatComesInPiecesIsOne() -> None:
    peer = Peer()
    peer.say(peer.headers(1, post, end=False), peer.data(1, b"one "), peer.data(1, b"two", True))
    assert peer.heard()[1].data == b"POST / one two"


def test_cookiesThatComeApartAreJoined() -> None:
    peer = Peer()
    peer.say(peer.headers(1, [*get, (b"cookie", b"a=1"), (b"cookie", b"b=2")]))
    assert peer.requests[0].received_cookies == {b"a": b"1", b"b": b"2"}


def test_trailersOfARequestAreKept() -> None:
    peer = Peer(Later)
    peer.say(
        peer.headers(1, post, end=False), peer.data(1, b"x"), peer.headers(1, [(b"sum", b"1")])
    )
    assert peer.requests[0].channel.trailers == {b"Sum": [b"1"]}


def test_trailersOfAResponseEndIt() -> None:
    peer = Peer(Later)
    peer.say(peer.headers(1, get))
    peer.requests[0].write(b"body")
    peer.requests[0].channel.sendTrailers([(b"Grpc-Status", b"0")])
    peer.requests[0].finish()
    peer.clock.advance(0)
    _, body, last = peer.heard()
    assert (body.data, last.fields) == (b"body", [(b"grpc-status", b"0")])
    assert "END_STREAM" in last.flags


def test_halfOfAResponseThatIsBrokenOffIsResetAndTold() -> None:
    peer = Peer(Later)
    peer.say(peer.headers(1, get), peer.headers(3, get))
    broken, other = peer.requests
    told: list[Any] = []
    broken.notifyFinish().addErrback(told.append)
    broken.write(b"half")
    peer.clock.advance(0)
    broken.channel.breakOff()
    assert resets(peer) == [(1, ErrorCodes.INTERNAL_ERROR)]
    assert len(told) == 1
    other.finish()
    peer.clock.advance(0)
    assert [frame.stream_id for frame in peer.heard()] == [3, 3]


def test_aConnectionThatIsClosedIsNobodysProducerAnyMore() -> None:
    peer = Peer()
    peer.transport.registerProducer(peer.server, True)
    peer.server.pauseProducing()
    peer.say(peer.ping())
    peer.server.loseConnection()
    kinds = [type(frame) for frame in peer.heard()]
    assert kinds == [PingFrame, GoAwayFrame]
    assert (peer.transport.producer, peer.transport.disconnecting) == (None, True)


def answeredEarly(peer: Peer, *numbers: int) -> None:
    """Begin requests, and answer them before they are whole."""
    for number in numbers:
        peer.say(peer.headers(number, post, end=False))
        stream = peer.server.streams[number]
        stream.writeHeaders(b"", b"413", b"", [])
        stream.loseConnection()
        peer.clock.advance(0)


def resets(peer: Peer) -> list[tuple[int, int]]:
    return [
        (frame.stream_id, frame.error_code)
        for frame in peer.heard()
        if isinstance(frame, RstStreamFrame)
    ]


def test_aResponseBeforeTheEndOfTheBodyStopsTheBodyAfterAWhile() -> None:
    peer = Peer(Later)
    answeredEarly(peer, 1)
    peer.say(peer.data(1, b"x" * 10_000))
    assert resets(peer) == []
    peer.clock.advance(1)
    assert resets(peer) == []
    peer.clock.advance(1)
    assert resets(peer) == [(1, ErrorCodes.NO_ERROR)]
    peer.say(peer.data(1, b"x"), peer.headers(3, get))
    assert peer.ended() is None
    peer.clock.advance(10)
    assert resets(peer) == []


def test_aBodyThatGoesOnInSmallPiecesIsNoFloodUpToItsWindow() -> None:
    peer = Peer(Later)
    answeredEarly(peer, 1)
    for _ in range(6553):
        peer.say(peer.data(1, b"x" * 10))
    assert peer.ended() is None
    peer.say(peer.data(1, b"x" * 10))
    assert peer.ended() == ErrorCodes.FLOW_CONTROL_ERROR


def test_aBodyThatEndsAfterItsResponseNeedsNoStop() -> None:
    peer = Peer(Later)
    answeredEarly(peer, 1, 3)
    peer.say(peer.data(1, b"x", True), peer.reset(3))
    peer.clock.advance(1)
    peer.clock.advance(1)
    assert resets(peer) == []


def test_bodiesThatGoOnAfterTheirResponsesAreFew() -> None:
    peer = Peer(Later)
    most = peer.server._core.maxUnread
    answeredEarly(peer, *range(1, 2 * most + 5, 2))
    assert resets(peer) == [(1, ErrorCodes.NO_ERROR), (3, ErrorCodes.NO_ERROR)]


def test_whatBelongsToConnectionsIsNotSent() -> None:
    peer = Peer(Later)
    peer.say(peer.headers(1, get))
    request = peer.requests[0]
    for name in (b"Connection", b"Transfer-Encoding", b"Keep-Alive", b"Upgrade"):
        request.setHeader(name, b"x")
    request.setHeader(b"X-Mine", b"y")
    request.finish()
    assert peer.heard()[0].fields == [(b":status", b"200"), (b"x-mine", b"y")]


# Windows


def test_nothingIsSentBeyondTheWindowOfThePeer() -> None:
    peer = Peer(Later)
    peer.say(peer.settings(window=10), peer.headers(1, get))
    peer.requests[0].write(b"x" * 25)
    peer.requests[0].finish()
    peer.clock.advance(0)
    sent = [frame for frame in peer.heard() if isinstance(frame, DataFrame)]
    assert [len(frame.data) for frame in sent] == [10]
    peer.say(peer.window(1, 100))
    assert [len(frame.data) for frame in peer.heard()] == [15, 0]


def test_aSmallerWindowThanIsInUseStopsAStream() -> None:
    peer = Peer(Later)
    peer.say(peer.headers(1, get))
    peer.requests[0].write(b"x" * 100)
    peer.clock.advance(0)
    peer.say(peer.settings(window=50))
    peer.requests[0].write(b"y")
    peer.clock.advance(0)
    peer.heard()
    peer.say(peer.window(1, 50))
    assert peer.heard() == []
    peer.say(peer.window(1, 1))
    assert [frame.data for frame in peer.heard()] == [b"y"]


def test_aLongBodyGetsItsWindowsEnlarged() -> None:
    peer = Peer()
    peer.say(peer.settings(window=2**24), peer.window(0, 2**24), peer.headers(1, post, end=False))
    peer.heard()
    sent = 0
    left = {0: 65535, 1: 65535}
    while sent < 3_000_000:
        size = min(16384, *left.values())
        assert size, "the windows were not opened"
        peer.say(peer.data(1, b"x" * size))
        sent += size
        for number in left:
            left[number] -= size
        for frame in peer.heard():
            assert isinstance(frame, WindowUpdateFrame)
            left[frame.stream_id] += frame.window_increment
    peer.say(peer.data(1, b"", True))
    assert sum(len(f.data) for f in peer.heard() if isinstance(f, DataFrame)) == sent + 7


def test_aRequestThatPausesItsBodyHoldsOneWindowOfIt() -> None:
    class Pausing(Later):
        def __init__(self, channel: Any, queued: object = False) -> None:
            super().__init__(channel, queued)
            channel.pauseProducing()

    peer = Peer(Pausing)
    peer.say(peer.headers(1, post, end=False))
    for _ in range(3):
        peer.say(peer.data(1, b"x" * 16384))
    peer.say(peer.data(1, b"x" * 16383))
    assert peer.heard() == []
    peer.say(peer.data(1, b"x"))
    assert peer.ended() == ErrorCodes.FLOW_CONTROL_ERROR


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 5000)), max_size=200),
    st.integers(1, 4000),
    st.integers(4000, 20000),
)
@settings(deadline=None, max_examples=100 * times)
def test_aWindowNeverGivesMoreThanItsFullSize(
    steps: list[tuple[bool, int]], granted: int, full: int
) -> None:
    window = Window(granted, full)
    may = granted
    for takes, size in steps:
        if takes:
            allowed = window.take(size)
            assert allowed == (size <= may)
            may -= size if allowed else 0
        else:
            may += window.release(min(size, window.held))
        assert may == window.left
        assert may + window.held <= full


def test_aProducerIsPausedWhenEnoughWaitsThoughTheWindowIsEndless() -> None:
    class Producer:
        said: list[str] = []

        def pauseProducing(self) -> None:
            self.said.append("pause")

        def resumeProducing(self) -> None:
            self.said.append("resume")

        def stopProducing(self) -> None:
            self.said.append("stop")

    peer = Peer(Later)
    peer.say(peer.settings(window=2**31 - 1), peer.window(0, 2**30), peer.headers(1, get))
    producer = Producer()
    request = peer.requests[0]
    request.registerProducer(producer, True)
    request.write(b"x" * 100_000)
    assert producer.said == []
    request.write(b"x" * 100_000)
    assert producer.said == ["pause"]
    peer.clock.advance(0)
    assert producer.said == ["pause", "resume"]
    peer.say(peer.reset(1))
    assert producer.said == ["pause", "resume", "stop"]


# What breaks a rule


def fields(*extra: tuple[bytes, bytes], without: bytes = b"") -> list[tuple[bytes, bytes]]:
    return [each for each in get if each[0] != without] + list(extra)


badRequests = {
    "no method": fields(without=b":method"),
    "no path": fields(without=b":path"),
    "no scheme": fields(without=b":scheme"),
    "an empty path": [*fields(without=b":path"), (b":path", b"")],
    "a path that is none": [*fields(without=b":path"), (b":path", b"x")],
    "a space in the path": [*fields(without=b":path"), (b":path", b"/ HTTP/1.1")],
    "CR LF in the path": [*fields(without=b":path"), (b":path", b"/\r\nX: y")],
    "a method that is none": [*fields(without=b":method"), (b":method", b"GE T")],
    "two paths": [*get, (b":path", b"/two")],
    "a field with a colon nobody knows": [*get, (b":other", b"x")],
    "a field of responses": [*get, (b":status", b"200")],
    "a pseudo-header after others": [(b"x", b"y"), *get],
    "a name with capitals": [*get, (b"X-Capital", b"1")],
    "a name with a space": [*get, (b"a b", b"1")],
    "a name with a colon": [*get, (b"a:b", b"1")],
    "no name": [*get, (b"", b"1")],
    "CR LF in a value": [*get, (b"x", b"a\r\nContent-Length: 5")],
    "LF in a value": [*get, (b"x", b"a\nb")],
    "NUL in a value": [*get, (b"x", b"a\0b")],
    "a space before a value": [*get, (b"x", b" a")],
    "connection": [*get, (b"connection", b"close")],
    "transfer-encoding": [*get, (b"transfer-encoding", b"chunked")],
    "upgrade": [*get, (b"upgrade", b"h2c")],
    "te": [*get, (b"te", b"gzip")],
    "two hosts": [*get, (b"host", b"b.example")],
    "a length that is none": [*get, (b"content-length", b"+1")],
    "two lengths": [*get, (b"content-length", b"1"), (b"content-length", b"1")],
    "a length without a body": [*get, (b"content-length", b"1")],
    "CONNECT with a path": [*fields(without=b":method"), (b":method", b"CONNECT")],
}


@pytest.mark.parametrize("bad", badRequests.values(), ids=list(badRequests))
def test_aRequestThatIsNoneIsResetAndOthersGoOn(bad: list[tuple[bytes, bytes]]) -> None:
    peer = Peer()
    first = peer.say(peer.headers(1, bad)).heard()
    assert [type(frame) for frame in first] == [RstStreamFrame]
    assert first[0].error_code == ErrorCodes.PROTOCOL_ERROR
    assert peer.requests == []
    peer.say(peer.headers(3, get))
    assert [each.uri for each in peer.requests] == [b"/"]


@pytest.mark.parametrize("sent", [b"12", b"1234"])
def test_aBodyOfAnotherLengthIsReset(sent: bytes) -> None:
    peer = Peer()
    peer.say(peer.headers(1, [*post, (b"content-length", b"3")], end=False))
    peer.say(peer.data(1, sent, True))
    assert [type(frame) for frame in peer.heard()] == [RstStreamFrame]
    assert peer.requests == []


w = Writer
broken = {
    "no preface": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "a frame beyond all sizes": preface + b"\x01\x00\x00\x00\x00\x00\x00\x00\x01",
    "a body on stream 0": preface + b"\0\0\1\0\0\0\0\0\0x",
    "a body before its request": preface + w().data(1, b"x"),
    "a body on a stream of ours": preface + w().headers(1, get) + w().data(2, b"x"),
    "fields on a stream of ours": preface + w().headers(2, get),
    "a reset before its request": preface + w().reset(1),
    "a window before its stream": preface + w().window(1, 5),
    "a window of nothing": preface + b"\0\0\4\x08\0\0\0\0\0\0\0\0\0",
    "a window too large": preface + w().window(0, 2**31 - 1),
    "a window of 3 bytes": preface + b"\0\0\3\x08\0\0\0\0\0\0\0\0",
    "a ping of 7 bytes": preface + b"\0\0\7\6\0\0\0\0\0" + b"1234567",
    "a ping on a stream": preface + b"\0\0\x08\6\0\0\0\0\1" + b"12345678",
    "settings of 5 bytes": preface + b"\0\0\5\4\0\0\0\0\0" + b"12345",
    "an answer to settings with settings": preface + b"\0\0\6\4\1\0\0\0\0" + b"\0\1\0\0\0\0",
    "a push switch of 2": preface + w().settings(push=2),
    "a frame size too small": preface + w().settings(frame=100),
    "an initial window too large": preface + b"\0\0\6\4\0\0\0\0\0" + b"\0\4\x80\0\0\0",
    "a push": preface + b"\0\0\4\5\4\0\0\0\1" + b"\0\0\0\2",
    "a goaway of 4 bytes": preface + b"\0\0\4\7\0\0\0\0\0" + b"1234",
    "a priority of 4 bytes": preface + b"\0\0\4\2\0\0\0\0\1" + b"1234",
    "a stream that depends on itself": preface + b"\0\0\5\2\0\0\0\0\1" + b"\0\0\0\1\5",
    "a continuation of nothing": preface + w().continuation(1, b"\x82"),
    "a block that is interrupted": preface + w().openHeaders(1, b"\x82") + w().ping(),
    "a block that goes on elsewhere": preface
    + w().openHeaders(1, b"\x82")
    + w().continuation(3, b"\x84", True),
    "padding beyond the frame": preface + b"\0\0\2\1\x0c\0\0\0\1" + b"\x05\x82",
    "a reference beyond the table": preface + b"\0\0\1\1\5\0\0\0\1" + b"\xfe",
    "a block that is cut off": preface + b"\0\0\2\1\5\0\0\0\1" + b"\x40\x0a",
}


@pytest.mark.parametrize("stream", broken.values(), ids=list(broken))
@pytest.mark.parametrize("step", [0, 1], ids=["whole", "byte by byte"])
def test_whatBreaksARuleOfTheConnectionEndsIt(stream: bytes, step: int) -> None:
    peer = Peer(Later, greet=False)
    for at in range(0, len(stream), step or len(stream)):
        peer.say(stream[at : at + (step or len(stream))])
    assert peer.ended() not in (None, ErrorCodes.NO_ERROR)
    assert peer.transport.disconnecting


# What makes us work for nothing


def test_CVE_2023_44487_streamsThatAreResetAtOnceAreNotServedAndEndTheConnection() -> None:
    peer = Peer()
    burst = peer.server._resetTokenBurst
    for number in range(1, 2 * burst + 1, 2):
        peer.say(peer.headers(number, get) + peer.reset(number))
    assert (peer.ended(), peer.requests) == (None, [])
    peer.say(peer.headers(2 * burst + 1, get) + peer.reset(2 * burst + 1))
    assert peer.ended() == calm


def test_CVE_2025_8671_streamsThatWeAreMadeToResetCountToo() -> None:
    peer = Peer(Later)
    for number in range(1, 2 * peer.server._resetTokenBurst + 3, 2):
        peer.say(peer.headers(number, get) + peer.data(number, b"more"))
    assert peer.ended() == calm


idle = {
    "CVE-2019-9512: pings": lambda w, n: w.ping(),
    "CVE-2019-9515: settings": lambda w, n: w.settings(),
    "CVE-2019-9518: bodies of nothing": lambda w, n: w.data(1, b""),
    "CVE-2019-9513: priorities": lambda w, n: w.priority(1 + 2 * (n % 50)),
    "windows by one byte": lambda w, n: w.window(0, 1),
    "frames that nobody knows": lambda w, n: b"\0\0\0\x99\0\0\0\0\1",
    "resets of what is over": lambda w, n: w.reset(3),
    "CVE-2019-9514: bodies of what is over": lambda w, n: w.data(3, b""),
}


@pytest.mark.parametrize("make", idle.values(), ids=list(idle))
def test_framesThatBringNothingEndTheConnection(make: Any) -> None:
    peer = Peer(Later)
    peer.say(peer.headers(1, post, end=False), peer.headers(3, post, end=False), peer.reset(3))
    most = peer.server._core.idleFrames + 2
    for number in range(most):
        if peer.transport.disconnecting:
            break
        peer.server.dataReceived(make(peer, number))
    assert peer.ended() == calm


def test_someSuchFramesASecondAreForgiven() -> None:
    peer = Peer()
    for _ in range(30):
        peer.say(*[peer.ping()] * 90)
        peer.clock.advance(1)
    answers = peer.heard()
    assert len(answers) == 30 * 90
    assert all(isinstance(frame, PingFrame) for frame in answers)


def test_aDownloadByTinyWindowsIsNoFlood() -> None:
    peer = Peer(Later)
    peer.say(peer.settings(window=1), peer.headers(1, get))
    peer.requests[0].write(b"x" * 5000)
    for _ in range(4999):
        peer.say(peer.window(1, 1))
    assert peer.ended() is None


def test_CVE_2024_27316_aBlockInManyFramesEndsTheConnection() -> None:
    peer = Peer()
    peer.say(peer.openHeaders(1, Encoder().encode(get)))
    for _ in range(8):
        peer.say(peer.continuation(1, b""))
    assert peer.ended() == calm


def test_aBlockThatIsTooLongEndsTheConnection() -> None:
    peer = Peer()
    peer.say(peer.openHeaders(1, b"\x82"))
    for _ in range(3):
        peer.say(peer.continuation(1, b"\x00" * 16384))
    assert peer.ended() == calm


def test_CVE_2016_6581_aSmallBlockThatBecomesALargeOneEndsTheConnection() -> None:
    peer = Peer()
    bomb = [*get, *[(b"x-bomb", b"a" * 3000)] * 100]
    frame = peer.headers(1, bomb)
    assert len(frame) < 4000
    peer.say(frame)
    assert (peer.ended(), peer.requests) == (calm, [])


def test_aTableThatPeersWantLargeIsNotKeptLarge() -> None:
    peer = Peer()
    peer.say(peer.settings(table=2**31 - 1), peer.headers(1, get))
    assert peer.server._core._writer._encoder.header_table_size == 4096


def test_prioritiesInALongChainExhaustNoStack() -> None:
    peer = Peer()
    for number in range(1, 2400, 2):
        peer.server.dataReceived(peer.priority(number + 2, number))
        peer.clock.advance(0.1)
    peer.say(peer.headers(1989, get), peer.headers(2401, get))
    bodies = [frame.data for frame in peer.heard() if isinstance(frame, DataFrame)]
    assert bodies == [b"GET / ", b"GET / ", b"", b""]


def test_aCircleOfPrioritiesIsNotFollowed() -> None:
    peer = Peer()
    peer.say(peer.priority(3, 1), peer.priority(5, 3), peer.priority(1, 5), peer.priority(3, 5))
    peer.say(peer.headers(1, get) + peer.headers(3, get) + peer.headers(5, get))
    bodies = [frame for frame in peer.heard() if isinstance(frame, DataFrame)]
    assert len(bodies) == 6


def test_tooManyRequestsAtATimeAreRefusedAndMayBeTriedAgain() -> None:
    peer = Peer(Later)
    most = peer.server._core.maxStreams
    for number in range(1, 2 * most + 3, 2):
        peer.say(peer.headers(number, get))
    (refusal,) = peer.heard()
    assert refusal.error_code == ErrorCodes.REFUSED_STREAM
    assert len(peer.requests) == most


def test_aHeadWithTooManyFieldsIsAnswered431() -> None:
    peer = Peer()
    peer.say(peer.headers(1, [*get, *[(b"x-%d" % number, b"1") for number in range(500)]]))
    answer, body, _ = peer.heard()
    assert answer.fields[0] == (b":status", b"431")
    assert body.data == b"The head of a request has at most 16384 bytes and 500 fields here.\n"
    peer.say(peer.headers(3, get))
    assert len(peer.requests) == 1


def test_somebodyWhoReadsNoAnswersIsCut() -> None:
    peer = Peer()
    peer.server.pauseProducing()
    for _ in range(5000):
        peer.server.dataReceived(peer.ping())
        peer.clock.advance(0.1)
        if peer.transport.disconnected:
            break
    assert peer.transport.disconnected


def test_aPeerThatSaysNothingIsTimedOutThenCut() -> None:
    peer = Peer(Later)
    peer.say(peer.headers(1, get))
    told: list[Any] = []
    waiting: Deferred[None] = peer.requests[0].notifyFinish()
    waiting.addBoth(told.append)
    peer.clock.advance(60)
    assert peer.ended() == ErrorCodes.PROTOCOL_ERROR
    assert isinstance(told[0], Failure)
    assert not peer.transport.disconnected
    peer.clock.advance(15)
    assert peer.transport.disconnected


# Any split, any noise


def conversation() -> bytes:
    w = Writer()
    return b"".join(
        [
            preface,
            w.settings(window=100, frame=16384),
            w.headers(1, [*get, (b"user-agent", b"test")]),
            w.priority(3, 0, 7),
            w.headers(3, [*post, (b"content-length", b"6")], end=False),
            w.ping(),
            w.data(3, b"abc"),
            w.headers(5, get, end=False),
            w.data(3, b"def", True),
            w.window(0, 100),
            w.headers(5, [(b"trailer", b"yes")]),
            w.headers(7, get) + w.reset(7),
            w.window(3, 1000),
        ]
    )


def outcome(*parts: bytes) -> list[tuple[int, bytes]]:
    peer = Peer(greet=False)
    for part in parts:
        peer.server.dataReceived(part)
    peer.clock.advance(0)
    return sorted(
        (frame.stream_id, getattr(frame, "data", b""))
        for frame in peer.heard()
        if isinstance(frame, (DataFrame, PingFrame))
    )


@given(st.lists(st.integers(0, len(conversation())), max_size=12))
@settings(deadline=None, max_examples=60 * times)
def test_howAStreamIsCutDoesNotMatter(cuts: list[int]) -> None:
    whole = conversation()
    # The stream that is reset at once is only seen by who gets both frames apart.
    kept = whole[: whole.rindex(Writer().window(3, 1000))]
    at = [0, *sorted(cuts), len(kept)]
    parts = [kept[begin:end] for begin, end in itertools.pairwise(at) if begin < end]
    wanted = [each for each in outcome(kept) if each[0] != 7]
    assert [each for each in outcome(*parts) if each[0] != 7] == wanted


def test_noiseGivesAnAnswerOrACloseAndNoException() -> None:
    source = random.Random(9)
    whole = conversation()
    for _ in range(400 * times):
        noisy = bytearray(whole)
        for _ in range(source.randrange(1, 6)):
            at = source.randrange(24, len(noisy))
            kind = source.randrange(3)
            if kind == 0:
                noisy[at] = source.randrange(256)
            elif kind == 1:
                del noisy[at : at + source.randrange(1, 20)]
            else:
                noisy[at:at] = source.randbytes(source.randrange(1, 12))
        peer = Peer(greet=False)
        peer.say(bytes(noisy))
        peer.clock.advance(60)
        assert peer.transport.disconnecting
        frames = peer.heard()
        assert isinstance(frames[-1], GoAwayFrame), frames
        assert sum(isinstance(frame, GoAwayFrame) for frame in frames) == 1


def test_answersAreEncodedForTheTableOfThePeer() -> None:
    peer = Peer(Later)
    peer.say(peer.settings(table=0), peer.headers(1, get), peer.headers(3, get))
    for request in peer.requests:
        request.setHeader(b"x-long", b"v" * 100)
        request.setHeader(b"set-cookie", b"secret")
        request.finish()
    heads: list[Any] = [frame for frame in peer.heard() if isinstance(frame, HeadersFrame)]
    assert [(b"x-long", b"v" * 100) in head.fields for head in heads] == [True, True]
