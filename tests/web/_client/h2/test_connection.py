"""What a client makes of right and wrong servers of HTTP/2."""

from __future__ import annotations

import itertools
import os
import random
from typing import Any

import pytest
from h2.errors import ErrorCodes
from hpack import Encoder
from hyperframe.frame import DataFrame, GoAwayFrame, HeadersFrame, PingFrame, SettingsFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.streams import loggedFailures
from tests.web._h2.peer import Fields, Writer
from twisted.internet.defer import CancelledError
from twisted.internet.error import ConnectionDone, ConnectionLost, TimeoutError
from twisted.python.failure import Failure
from twisted.web._client.errors import ConnectionAborted, StreamReset
from twisted.web._h2.faults import ConnectionFault, StreamFault
from twisted.web._newclient import (
    RequestGenerationFailed,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
    WrongBodyLength,
)
from twisted.web.client import readBody
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH

from .talking import Producing, Talk, Whole, ok

times = int(os.environ.get("TORSION_EXAMPLES", "1"))
calm = ErrorCodes.ENHANCE_YOUR_CALM
w = Writer


# Requests


def sentFields(talk: Talk) -> list[tuple[bytes, bytes]]:
    frame: Any = talk.heard()[0]
    assert isinstance(frame, HeadersFrame)
    fields: list[tuple[bytes, bytes]] = frame.fields  # type: ignore[attr-defined]  # ours
    return fields


def test_aConnectionBeginsWithPrefaceAndSettingsAndWantsNoPush() -> None:
    talk = Talk(greet=False)
    first, window = talk.heard()
    assert isinstance(first, SettingsFrame)
    assert first.settings[SettingsFrame.ENABLE_PUSH] == 0
    assert first.settings[SettingsFrame.INITIAL_WINDOW_SIZE] == 1048576
    assert window.window_increment + 65535 == 16777216


def test_aRequestBecomesFields() -> None:
    talk = Talk()
    headers = Headers({"Host": [" a.example:81 "], "X-One": ["1", " 2\t"], "Accept": ["*/*"]})
    talk.ask(headers=headers)
    assert sentFields(talk) == [
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":path", b"/"),
        (b":authority", b"a.example:81"),
        (b"x-one", b"1"),
        (b"x-one", b"2"),
        (b"accept", b"*/*"),
    ]


def test_whatConcernsConnectionsIsNotSent() -> None:
    talk = Talk()
    headers = Headers(
        {
            "Host": ["a.example"],
            "Connection": ["close, X-Hop"],
            "X-Hop": ["1"],
            "Keep-Alive": ["5"],
            "Transfer-Encoding": ["chunked"],
            "Content-Length": ["7"],
            "Upgrade": ["h2c"],
            "Proxy-Connection": ["close"],
            "TE": ["gzip, trailers"],
        }
    )
    talk.ask(headers=headers)
    names = [each for each in sentFields(talk) if each[0][:1] != b":"]
    assert names == [(b"te", b"trailers")]


@pytest.mark.parametrize(
    ("method", "producer", "wanted"),
    [
        (b"GET", None, []),
        (b"POST", None, [b"0"]),
        (b"POST", Whole(b"abc"), [b"3"]),
        (b"POST", Producing(UNKNOWN_LENGTH), []),
    ],
)
def test_theLengthOfABodyIsSaidWhereItIsKnown(
    method: bytes, producer: Any, wanted: list[bytes]
) -> None:
    talk = Talk()
    talk.ask(method, producer)
    assert [value for name, value in sentFields(talk) if name == b"content-length"] == wanted


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": ["a", "b"]},
        {"X": ["y"]},
        {"Host": ["a b"]},
    ],
)
def test_aRequestThatIsNoneIsNotSentAndHarmsNoOther(headers: Any) -> None:
    talk = Talk()
    other = talk.ask()
    talk.heard()
    asked = talk.ask(headers=Headers(headers))
    assert asked.kind is RequestGenerationFailed
    assert talk.heard() == []
    talk.say(talk.headers(1, ok))
    assert other.kind is ResponseDone


@pytest.mark.parametrize("bad", [(b"X", b"a\r\nb"), (b"X", b"a\0"), (b"X\r\nY", b"a")])
def test_aLineBreakInAFieldIsNotSent(bad: tuple[bytes, bytes]) -> None:
    talk = Talk()
    headers = Headers({"Host": ["a"]})
    headers._rawHeaders[bad[0]] = [bad[1]]
    assert talk.ask(headers=headers).kind is RequestGenerationFailed
    assert talk.heard() == []


# Responses


def test_aResponseIsGivenAsByHTTP1() -> None:
    talk = Talk()
    asked = talk.ask()
    fields = [(b":status", b"404"), (b"content-length", b"5"), (b"x-a", b"1"), (b"x-a", b"2")]
    talk.say(talk.headers(1, fields, end=False), talk.data(1, b"he"), talk.data(1, b"llo", True))
    response = asked.response
    assert (response.version, response.code, response.phrase) == (
        (b"HTTP", 2, 0),
        404,
        b"Not Found",
    )
    assert list(response.headers.getAllRawHeaders()) == [(b"X-A", [b"1", b"2"])]
    assert (response.length, asked.body.data, asked.kind) == (5, b"hello", ResponseDone)
    assert talk.told == ["busy", "idle"]
    assert repr(talk.connection).endswith("QUIESCENT: 0 at work, 0 waiting, 1 answered>")


def test_responsesComeInAnyOrder() -> None:
    talk = Talk()
    asked = [talk.ask() for _ in range(5)]
    assert talk.requests() == [1, 3, 5, 7, 9]
    for number in (7, 1, 9, 5, 3):
        talk.say(talk.headers(number, ok, end=False), talk.data(number, b"%d" % number, True))
    assert [each.body.data for each in asked] == [b"1", b"3", b"5", b"7", b"9"]


def test_interimResponsesAreSkippedAndTrailersKept() -> None:
    talk = Talk()
    asked = talk.ask()
    talk.say(
        talk.headers(1, [(b":status", b"103"), (b"link", b"x")], end=False),
        talk.headers(1, ok, end=False),
        talk.data(1, b"body"),
    )
    talk.say(talk.headers(1, [(b"sum", b"1")]))
    assert asked.response.code == 200
    assert asked.response.trailers.getRawHeaders(b"Sum") == [b"1"]
    assert (asked.body.data, asked.kind) == (b"body", ResponseDone)


def test_toHEADTheLengthIsNewsAndNoBodyComes() -> None:
    talk = Talk()
    asked = talk.ask(b"HEAD")
    talk.say(talk.headers(1, [*ok, (b"content-length", b"99")]))
    assert asked.response.headers.getRawHeaders(b"content-length") == [b"99"]
    assert (asked.response.length, asked.kind) == (0, ResponseDone)


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_anEmptyFrameMayEndWhatHasNoBody(method: bytes) -> None:
    talk = Talk()
    asked = talk.ask(method)
    code = b"204" if method == b"GET" else b"200"
    talk.say(talk.headers(1, [(b":status", code)], end=False), talk.data(1, b"", True))
    assert (asked.response.length, asked.body.data, asked.kind) == (0, b"", ResponseDone)


bad: dict[str, list[tuple[bytes, bytes]]] = {
    "no status": [(b"x", b"y")],
    "a status that is none": [(b":status", b"2000")],
    "a status with a sign": [(b":status", b"+20")],
    "two of them": [*ok, *ok],
    "a status after others": [(b"x", b"y"), *ok],
    "a field of requests": [*ok, (b":path", b"/")],
    "another protocol": [(b":status", b"101")],
    "an upper case name": [*ok, (b"X-Y", b"1")],
    "a name that is none": [*ok, (b"x y", b"1")],
    "CR LF in a value": [*ok, (b"x", b"a\r\nSet-Cookie: b")],
    "NUL in a value": [*ok, (b"x", b"a\0b")],
    "a space around a value": [*ok, (b"x", b" a")],
    "connection": [*ok, (b"connection", b"close")],
    "keep-alive": [*ok, (b"keep-alive", b"timeout=5")],
    "transfer-encoding": [*ok, (b"transfer-encoding", b"chunked")],
    "upgrade": [*ok, (b"upgrade", b"h2c")],
    "two lengths": [*ok, (b"content-length", b"0"), (b"content-length", b"0")],
    "a signed length": [*ok, (b"content-length", b"+0")],
    "a length without a body": [*ok, (b"content-length", b"3")],
    "an interim response at the end": [(b":status", b"103")],
    "too many fields": [*ok, *[(b"x", b"")] * 1000],
}


@pytest.mark.parametrize("fields", bad.values(), ids=list(bad))
def test_aResponseThatIsNoneFailsItsRequestAlone(fields: Fields) -> None:
    talk = Talk()
    asked, other = talk.ask(), talk.ask()
    talk.heard()
    talk.say(talk.headers(1, fields))
    assert talk.resets() == [(1, ErrorCodes.PROTOCOL_ERROR)]
    assert (asked.kind, asked.reasons) == (ResponseNeverReceived, [StreamFault])
    talk.say(talk.headers(3, ok))
    assert other.kind is ResponseDone


bodies = {
    "too short": ([*ok, (b"content-length", b"3")], b"ab", "GET"),
    "too long": ([*ok, (b"content-length", b"3")], b"abcd", "GET"),
    "to HEAD": (ok, b"abc", "HEAD"),
    "of 204": ([(b":status", b"204")], b"abc", "GET"),
    "of 304": ([(b":status", b"304"), (b"content-length", b"3")], b"abc", "GET"),
}


@pytest.mark.parametrize(("fields", "data", "method"), bodies.values(), ids=list(bodies))
def test_aBodyThatCannotBeFailsItsRequestAlone(fields: Fields, data: bytes, method: str) -> None:
    talk = Talk()
    asked, other = talk.ask(method.encode()), talk.ask()
    talk.heard()
    talk.say(talk.headers(1, fields, end=False), talk.data(1, data, True))
    assert talk.resets() == [(1, ErrorCodes.PROTOCOL_ERROR)]
    assert (asked.kind, asked.reasons[0]) == (ResponseFailed, StreamFault)
    assert asked.body.reason.value.response is asked.response
    talk.say(talk.headers(3, ok))
    assert other.kind is ResponseDone


def test_aBodyBeforeItsResponseAndFieldsBeforeItsEndFailIt() -> None:
    talk = Talk()
    first, second = talk.ask(), talk.ask()
    talk.heard()
    talk.say(talk.data(1, b"x"), talk.headers(3, ok, end=False), talk.headers(3, ok, end=False))
    assert talk.resets() == [(1, ErrorCodes.PROTOCOL_ERROR), (3, ErrorCodes.PROTOCOL_ERROR)]
    assert (first.kind, second.kind) == (ResponseNeverReceived, ResponseFailed)


# What breaks a rule of the connection


broken: dict[str, bytes] = {
    "HTTP/1": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "no settings at first": w().ping(),
    "an answer to settings at first": b"\0\0\0\4\1\0\0\0\0",
}
broken |= {
    name: w().settings() + stream
    for name, stream in {
        "a response to no request": w().headers(99, ok),
        "a response on a stream of the server": w().headers(2, ok),
        "a body on stream 0": b"\0\0\1\0\0\0\0\0\0x",
        "a body to no request": w().data(99, b"x"),
        "a push": b"\0\0\4\5\4\0\0\0\1" + b"\0\0\0\2",
        "settings that allow pushing": w().settings(push=1),
        "a reset of no request": w().reset(99),
        "a window of no request": w().window(99, 5),
        "a window of nothing": b"\0\0\4\x08\0\0\0\0\0\0\0\0\0",
        "a window too large": w().window(0, 2**31 - 1),
        "a ping of 7 bytes": b"\0\0\7\6\0\0\0\0\0" + b"1234567",
        "settings of 5 bytes": b"\0\0\5\4\0\0\0\0\0" + b"12345",
        "a frame size too small": w().settings(frame=100),
        "an initial window too large": b"\0\0\6\4\0\0\0\0\0" + b"\0\4\x80\0\0\0",
        "a frame that is too large": b"\1\0\0\0\0\0\0\0\1",
        "a goaway of 4 bytes": b"\0\0\4\7\0\0\0\0\0" + b"1234",
        "a continuation of nothing": w().continuation(1, b"\x88"),
        "a block that is interrupted": w().openHeaders(1, b"\x88") + w().ping(),
        "padding beyond the frame": b"\0\0\2\1\x0c\0\0\0\1" + b"\x05\x88",
        "a reference beyond the table": b"\0\0\1\1\5\0\0\0\1" + b"\xfe",
        "a block that is cut off": b"\0\0\2\1\5\0\0\0\1" + b"\x40\x0a",
    }.items()
}


@pytest.mark.parametrize("stream", broken.values(), ids=list(broken))
@pytest.mark.parametrize("step", [0, 1], ids=["whole", "byte by byte"])
def test_whatBreaksARuleOfTheConnectionEndsIt(stream: bytes, step: int) -> None:
    talk = Talk(greet=False)
    asked = talk.ask()
    for at in range(0, len(stream), step or len(stream)):
        talk.say(stream[at : at + (step or len(stream))])
    assert talk.ended() not in (None, ErrorCodes.NO_ERROR)
    assert talk.closed
    assert (asked.kind, asked.reasons) == (ResponseNeverReceived, [ConnectionFault])
    assert talk.told[-1] == "retired"
    talk.end()
    assert talk.ask().kind is RequestNotSent


def test_whatCameWholeBeforeAFaultIsGiven() -> None:
    talk = Talk()
    asked, other = talk.ask(), talk.ask()
    talk.say(talk.headers(1, ok) + b"\0\0\4\5\4\0\0\0\1" + b"\0\0\0\2")
    assert (asked.kind, other.kind) == (ResponseDone, ResponseNeverReceived)
    assert talk.closed


# What makes us work for nothing


idle = {
    "CVE-2019-9512: pings": lambda t, n: t.ping(),
    "CVE-2019-9515: settings": lambda t, n: t.settings(),
    "CVE-2019-9518: bodies of nothing": lambda t, n: t.data(1, b""),
    "CVE-2019-9513: priorities": lambda t, n: t.priority(1),
    "windows by one byte": lambda t, n: t.window(0, 1),
    "frames that nobody knows": lambda t, n: b"\0\0\0\x99\0\0\0\0\1",
    "goings that are none": lambda t, n: t.goAwayAfter(99),
    "resets of what is over": lambda t, n: t.reset(3),
    "answers to what was reset": lambda t, n: t.headers(3, ok, end=False),
    "bodies of nothing of what was reset": lambda t, n: t.data(3, b""),
}


@pytest.mark.parametrize("make", idle.values(), ids=list(idle))
def test_framesThatBringNothingEndTheConnection(make: Any) -> None:
    talk = Talk()
    talk.ask()
    talk.ask().answer.cancel()
    talk.say(talk.headers(1, ok, end=False))
    talk.heard()
    for number in range(talk.connection._core.idleFrames + 3):
        if talk.closed:
            break
        talk.say(make(talk, number))
    assert talk.ended() == calm


def test_interimResponsesWithoutEndFailTheirRequest() -> None:
    talk = Talk()
    asked = talk.ask()
    for _ in range(101):
        talk.say(talk.headers(1, [(b":status", b"103")], end=False))
    assert (asked.kind, asked.reasons) == (ResponseFailed, [StreamFault])


def test_manyRightResponsesWithHintsAreNoFlood() -> None:
    talk = Talk()
    for number in range(1, 4001, 2):
        asked = talk.ask()
        talk.say(
            talk.headers(number, [(b":status", b"103")], end=False),
            talk.headers(number, ok),
            talk.window(0, 1),
        )
        assert asked.kind is ResponseDone
    assert not talk.closed


def test_CVE_2024_27316_aBlockInManyFramesEndsTheConnection() -> None:
    talk = Talk()
    talk.ask()
    talk.say(talk.openHeaders(1, b""), *[talk.continuation(1, b"\x88")] * 20)
    assert talk.ended() == calm


def test_CVE_2016_6581_aSmallBlockThatBecomesALargeOneEndsTheConnection() -> None:
    talk = Talk()
    talk.ask()
    encoder = Encoder()
    block = encoder.encode([*ok, (b"x", b"y" * 4000)]) + b"\xbe" * 70
    talk.say(talk.openHeaders(1, block[:9000]), talk.continuation(1, block[9000:], True))
    assert talk.ended() == calm


def test_whoReadsNoAnswersIsCut() -> None:
    talk = Talk()
    talk.connection.pauseProducing()
    for _ in range(6000):
        talk.clock.advance(0.01)
        talk.say(talk.ping())
    assert talk.transport.disconnected


# Windows, inwards


def test_aLongBodyGetsItsWindowsEnlarged() -> None:
    talk = Talk()
    asked = talk.ask()
    talk.say(talk.headers(1, ok, end=False))
    talk.heard()
    given = {0: 16777216, 1: 1048576}
    for _ in range(2000):
        talk.say(talk.data(1, b"x" * 16384))
        for streamID, more in talk.windows().items():
            given[streamID] += more
        assert all(
            0 < window - len(asked.body.data) <= full
            for window, full in zip(given.values(), (16777216, 1048576), strict=True)
        )
    assert not talk.closed


def test_aReaderThatPausesGetsNoMoreThanOneWindowAndHoldsUpNobody() -> None:
    talk = Talk()
    paused = talk.ask()
    other = talk.ask()
    talk.say(talk.headers(1, ok, end=False), talk.headers(3, ok, end=False))
    paused.body.transport.pauseProducing()  # type: ignore[union-attr]  # there is one
    talk.heard()
    for _ in range(64):
        talk.say(talk.data(1, b"x" * 16384))
    assert 1 not in talk.windows()
    assert paused.body.data == b""
    for _ in range(2000):
        talk.say(talk.data(3, b"y" * 16384))
    assert len(other.body.data) == 2000 * 16384
    paused.body.transport.resumeProducing()  # type: ignore[union-attr]  # as before
    assert len(paused.body.data) == 1048576
    assert talk.windows()[1] == 524288
    paused.body.transport.pauseProducing()  # type: ignore[union-attr]  # as before
    for _ in range(65):
        talk.say(talk.data(1, b"x" * 16384))
    assert talk.resets() == [(1, ErrorCodes.FLOW_CONTROL_ERROR)]
    assert (paused.kind, paused.reasons[0]) == (ResponseFailed, StreamFault)


def test_aBodyThatNobodyWantsYetWaitsAtTheServer() -> None:
    talk = Talk()
    asked = talk.ask(deliver=False)
    talk.say(talk.headers(1, ok, end=False), *[talk.data(1, b"x" * 16384)] * 64)
    assert 1 not in talk.windows()
    asked.response.deliverBody(asked.body)
    assert len(asked.body.data) == 1048576
    assert talk.windows() == {1: 524288}


def test_aBodyThatIsWholeIsGivenAfterTheConnectionIsGone() -> None:
    talk = Talk()
    asked = talk.ask(deliver=False)
    talk.say(talk.headers(1, ok, end=False), talk.data(1, b"body", True))
    assert talk.connection.state == "QUIESCENT"
    talk.end()
    asked.response.deliverBody(asked.body)
    assert (asked.body.data, asked.kind) == (b"body", ResponseDone)


def test_aReaderMayPauseBeforeTheEnd() -> None:
    talk = Talk()
    asked = talk.ask()
    talk.say(talk.headers(1, ok, end=False), talk.data(1, b"a"))
    transport: Any = asked.body.transport
    transport.pauseProducing()
    talk.say(talk.data(1, b"b"), talk.data(1, b"c", True))
    assert (asked.body.data, asked.kind) == (b"a", None)
    transport.resumeProducing()
    assert (asked.body.data, asked.kind) == (b"abc", ResponseDone)
    transport.abortConnection()
    talk.clock.advance(1)


# Windows, outwards


def test_aBodyIsSentAsTheServerAllows() -> None:
    talk = Talk()
    talk.say(talk.settings(window=1000))
    talk.heard()
    data = os.urandom(150_000)
    producer = Producing(len(data))
    asked = talk.ask(b"POST", producer)
    producer.consumer.write(data[:100_000])
    assert producer.calls == ["pause"]
    producer.consumer.write(data[100_000:])
    producer.done.callback(None)
    talk.clock.advance(0)
    got = talk.uploaded()[1]
    assert got == data[:1000]
    talk.say(talk.settings(window=0), talk.window(1, 500))
    assert talk.uploaded() == {}  # a window may be less than nothing
    talk.say(talk.window(1, 10_500))
    got += talk.uploaded()[1]
    assert got == data[:11_000]
    talk.say(talk.window(1, 1_000_000))
    got += talk.uploaded()[1]
    assert len(got) == 65535  # that of the connection
    talk.say(talk.window(0, 1_000_000))
    frames = [frame for frame in talk.heard() if isinstance(frame, DataFrame)]
    assert got + b"".join(frame.data for frame in frames) == data
    assert "END_STREAM" in frames[-1].flags
    talk.say(talk.headers(1, ok))
    assert asked.kind is ResponseDone


def test_aProducerIsPausedByTheWindowAndGoesOnWithIt() -> None:
    talk = Talk()
    talk.say(talk.settings(window=10))
    producer = Producing(UNKNOWN_LENGTH)
    talk.ask(b"POST", producer)
    producer.consumer.write(b"x" * 10)
    assert producer.calls == ["pause"]
    talk.clock.advance(0)
    talk.say(talk.window(1, 100))
    assert producer.calls == ["pause", "resume"]
    producer.done.callback(None)
    talk.clock.advance(0)
    assert "END_STREAM" in talk.heard()[-1].flags


def test_twoBodiesTakeTurns() -> None:
    talk = Talk()
    for _ in range(2):
        talk.ask(b"POST", Whole(b"x" * 60_000))
    talk.heard()
    talk.clock.advance(0)
    order = [frame.stream_id for frame in talk.heard() if isinstance(frame, DataFrame)]
    assert order[:4] == [1, 3, 1, 3]


def test_aBodyOfAnotherLengthThanItSaysIsResetAlone() -> None:
    talk = Talk()
    other = talk.ask()
    producer = Producing(5)
    asked = talk.ask(b"POST", producer)
    talk.heard()
    producer.consumer.write(b"abc")
    producer.done.callback(None)
    assert (asked.kind, asked.reasons) == (RequestGenerationFailed, [WrongBodyLength])
    assert talk.resets() == [(3, ErrorCodes.CANCEL)]
    talk.clock.advance(0)
    assert talk.uploaded() == {}
    talk.say(talk.headers(1, ok))
    assert other.kind is ResponseDone


@pytest.mark.parametrize("length", [5, UNKNOWN_LENGTH])
def test_aBodyThatCannotBeMadeIsResetAlone(length: Any) -> None:
    talk = Talk()
    producer = Producing(length)
    asked = talk.ask(b"POST", producer)
    talk.heard()
    producer.done.errback(Failure(ZeroDivisionError()))
    assert (asked.kind, asked.reasons) == (RequestGenerationFailed, [ZeroDivisionError])
    assert talk.resets() == [(1, ErrorCodes.CANCEL)]
    assert talk.told == ["busy", "idle"]


def test_aResponseBeforeTheEndOfTheRequestStopsIt() -> None:
    talk = Talk()
    producer = Producing(1_000_000)
    asked = talk.ask(b"POST", producer)
    producer.consumer.write(b"x" * 100_000)
    talk.clock.advance(0)
    talk.say(talk.headers(1, [(b":status", b"413")], end=False))
    assert asked.response.code == 413
    assert "stop" not in producer.calls  # it may want to hear more
    talk.heard()
    talk.say(talk.data(1, b"too much", True), talk.reset(1, 0))
    assert asked.kind is ResponseDone
    assert producer.calls[-1] == "stop"
    assert talk.resets() == [(1, ErrorCodes.NO_ERROR)]
    talk.say(talk.window(0, 1_000_000))
    assert talk.uploaded() == {}
    assert talk.connection.state == "QUIESCENT"


# How many at a time


def test_moreRequestsThanTheServerTakesWaitInOrder() -> None:
    talk = Talk()
    talk.say(talk.settings(streams=2))
    talk.heard()
    asked = [talk.ask() for _ in range(5)]
    assert talk.requests() == [1, 3]
    assert "2 at work, 3 waiting" in repr(talk.connection)
    talk.say(talk.headers(3, ok))
    assert talk.requests() == [5]
    asked[3].answer.cancel()
    assert asked[3].kind is ResponseNeverReceived
    talk.say(talk.settings(streams=3))
    assert talk.requests() == [7]
    for number in (1, 5, 7):
        talk.say(talk.headers(number, ok))
    kinds = [each.kind for each in asked]
    assert kinds == [ResponseDone] * 3 + [ResponseNeverReceived, ResponseDone]


def test_aServerThatTakesAnyNumberIsNotGivenAnyNumber() -> None:
    talk = Talk()
    talk.say(talk.settings(streams=2**31 - 1))
    talk.heard()
    for _ in range(300):
        talk.ask()
    assert len(talk.requests()) == 256


def test_beforeItSaysHowManyItTakesThereAreAHundred() -> None:
    talk = Talk(greet=False)
    asked = [talk.ask() for _ in range(150)]
    assert len(talk.requests()) == 100
    talk.say(talk.settings())
    assert asked[0].kind is None


def test_theNumberOfThoseWhoWaitIsBounded() -> None:
    talk = Talk()
    talk.say(talk.settings(streams=1))
    talk.connection.maxWaiting = 3
    asked = [talk.ask() for _ in range(5)]
    assert [each.kind for each in asked] == [None] * 4 + [RequestNotSent]
    assert not talk.connection.hasRoom


def test_whileTheTransportIsFullNothingBegins() -> None:
    talk = Talk()
    talk.connection.pauseProducing()
    asked = talk.ask()
    assert talk.heard() == []
    talk.connection.resumeProducing()
    assert talk.requests() == [1]
    assert asked.kind is None


# Who has enough


def test_cancellingEndsOneStreamAndNoOther() -> None:
    talk = Talk()
    asked, other = talk.ask(), talk.ask()
    talk.heard()
    asked.answer.cancel()
    assert (asked.kind, asked.reasons) == (ResponseNeverReceived, [CancelledError])
    assert talk.resets() == [(1, ErrorCodes.CANCEL)]
    talk.say(talk.headers(1, ok, end=False), *[talk.data(1, b"x" * 16384)] * 64)
    talk.say(talk.data(1, b"", True), talk.headers(3, ok))
    assert (other.kind, talk.closed) == (ResponseDone, False)


def test_whatWasCancelledMayComeUpToItsWindowAndNoFurther() -> None:
    talk = Talk()
    talk.ask().answer.cancel()
    talk.say(*[talk.data(1, b"x" * 16384)] * 65)
    assert talk.ended() == ErrorCodes.FLOW_CONTROL_ERROR


def test_cancellingWhileTheBodyIsMadeCancelsThat() -> None:
    talk = Talk()
    producer = Producing(5)
    asked = talk.ask(b"POST", producer)
    talk.heard()
    asked.answer.cancel()
    assert (asked.kind, asked.reasons) == (RequestGenerationFailed, [CancelledError])
    assert talk.resets() == [(1, ErrorCodes.CANCEL)]


@pytest.mark.parametrize("way", ["loseConnection", "abortConnection", "stopProducing"])
def test_aReaderThatHasEnoughEndsItsStream(way: str) -> None:
    talk = Talk()
    asked, other = talk.ask(), talk.ask()
    talk.say(talk.headers(1, ok, end=False), talk.data(1, b"a"))
    talk.heard()
    getattr(asked.body.transport, way)()
    assert talk.resets() == [(1, ErrorCodes.CANCEL)]
    assert asked.kind is None  # not before this returns
    talk.say(talk.data(1, b"b"), talk.headers(3, ok))
    assert [asked.kind, other.kind] == [ResponseFailed, ResponseDone]
    assert asked.body.data == b"a"


def test_cancellingReadBodyIsACancelledError() -> None:
    talk = Talk()
    asked = talk.ask(deliver=False)
    talk.say(talk.headers(1, ok, end=False))
    talk.heard()
    body = readBody(asked.response)
    failed: list[Any] = []
    body.addErrback(failed.append)
    body.cancel()
    assert failed[0].type is CancelledError
    assert talk.resets() == [(1, ErrorCodes.CANCEL)]
    talk.clock.advance(0)


def test_aReaderThatRaisesEndsItsStreamAlone() -> None:
    talk = Talk()
    asked, other = talk.ask(), talk.ask()
    talk.say(talk.headers(1, ok, end=False))
    asked.body.dataReceived = lambda data: 1 / 0  # type: ignore[method-assign,assignment]  # that is the point
    talk.heard()
    talk.say(talk.data(1, b"x"), talk.headers(3, ok))
    assert (asked.kind, asked.reasons[0]) == (ResponseFailed, ZeroDivisionError)
    assert other.kind is ResponseDone


# Servers that end what they began


@pytest.mark.parametrize("code", [ErrorCodes.REFUSED_STREAM, ErrorCodes.INTERNAL_ERROR, 0])
def test_aServerMayResetARequest(code: int) -> None:
    talk = Talk()
    asked, other = talk.ask(), talk.ask()
    talk.say(talk.reset(1, code))
    assert (asked.kind, asked.reasons) == (ResponseNeverReceived, [StreamReset])
    why: Any = asked.failure.value.reasons[0].value
    assert isinstance(why, StreamReset) and issubclass(StreamReset, ConnectionLost)
    assert (why.code, why.isUnprocessed) == (code, code == ErrorCodes.REFUSED_STREAM)
    talk.say(talk.headers(3, ok))
    assert other.kind is ResponseDone


def test_aServerMayResetAResponse() -> None:
    talk = Talk()
    asked, unread = talk.ask(), talk.ask(deliver=False)
    for number in (1, 3):
        talk.say(
            talk.headers(number, ok, end=False), talk.data(number, b"half"), talk.reset(number, 2)
        )
    assert (asked.body.data, asked.kind, asked.reasons[0]) == (b"half", ResponseFailed, StreamReset)
    unread.response.deliverBody(unread.body)
    assert (unread.body.data, unread.kind) == (b"half", ResponseFailed)


def test_aServerMayResetWhileTheBodyIsSent() -> None:
    talk = Talk()
    producer = Producing(5)
    asked = talk.ask(b"POST", producer)
    talk.say(talk.reset(1, ErrorCodes.CANCEL))
    assert (asked.kind, asked.reasons) == (RequestTransmissionFailed, [StreamReset])
    assert producer.calls == ["stop"]


def test_aServerThatGoesFinishesWhatItLookedAt() -> None:
    talk = Talk()
    talk.say(talk.settings(streams=3))
    asked = [talk.ask() for _ in range(5)]
    talk.say(talk.goAwayAfter(3))
    assert [each.kind for each in asked] == [
        None,
        None,
        ResponseNeverReceived,
        RequestNotSent,
        RequestNotSent,
    ]
    assert asked[2].failure.value.reasons[0].value.isUnprocessed
    assert talk.told[-1] == "retired"
    assert talk.ask().kind is RequestNotSent
    talk.say(talk.headers(1, ok))
    assert not talk.closed
    talk.say(talk.headers(3, ok))
    assert [each.kind for each in asked[:2]] == [ResponseDone] * 2
    assert (talk.ended(), talk.closed) == (ErrorCodes.NO_ERROR, True)


def test_aServerThatGoesInTwoStepsIsUnderstood() -> None:
    talk = Talk()
    asked = [talk.ask(), talk.ask()]
    talk.say(talk.goAwayAfter(2**31 - 1))
    assert [each.kind for each in asked] == [None, None]
    talk.say(talk.goAwayAfter(1), talk.headers(1, ok))
    assert [each.kind for each in asked] == [ResponseDone, ResponseNeverReceived]
    assert talk.closed


def test_theLossOfTheConnectionIsToldToAll() -> None:
    talk = Talk()
    talk.say(talk.settings(streams=4))
    never, half, sending, hinted, waiting = (
        talk.ask(),
        talk.ask(),
        talk.ask(b"POST", Producing(5)),
        talk.ask(),
        talk.ask(),
    )
    talk.say(talk.headers(3, ok, end=False), talk.data(3, b"half"))
    talk.say(talk.headers(7, [(b":status", b"103")], end=False))
    talk.end()
    assert [each.kind for each in (never, half, sending, hinted, waiting)] == [
        ResponseNeverReceived,
        ResponseFailed,
        RequestTransmissionFailed,
        ResponseFailed,
        RequestNotSent,
    ]
    assert never.reasons == [ConnectionDone]
    assert half.body.reason.value.response is half.response
    assert talk.connection.state == "CONNECTION_LOST"
    assert talk.clock.getDelayedCalls() == []


def test_abortingFailsWhatIsAtWork() -> None:
    talk = Talk()
    asked = talk.ask()
    closed: list[None] = []
    talk.connection.abort().addCallback(closed.append)
    assert (asked.kind, asked.reasons) == (ResponseNeverReceived, [ConnectionAborted])
    assert (talk.ended(), talk.closed, closed) == (ErrorCodes.NO_ERROR, True, [])
    talk.end()
    talk.connection.abort().addCallback(closed.append)
    assert closed == [None, None]


def test_closingFlushesWhatATransportThatWasFullDidNotTake() -> None:
    talk = Talk()
    talk.connection.pauseProducing()
    talk.say(talk.ping())
    talk.connection.loseConnection()
    kinds = [type(frame) for frame in talk.heard()]
    assert kinds == [PingFrame, GoAwayFrame]
    assert (talk.transport.producer, talk.closed) == (None, True)


def test_aServerThatSaysNothingIsAskedAndThenGivenUp() -> None:
    talk = Talk()
    asked = talk.ask()
    talk.clock.advance(30)
    talk.heard()
    talk.clock.advance(30)
    pings = [frame for frame in talk.heard() if isinstance(frame, PingFrame)]
    assert len(pings) == 1
    talk.say(b"\0\0\x08\6\1\0\0\0\0" + pings[0].opaque_data)
    for _ in range(20):
        talk.clock.advance(15)
        if any(isinstance(frame, PingFrame) for frame in talk.heard()):
            break
    else:
        raise AssertionError("it was not asked again")
    assert not talk.transport.disconnected
    talk.clock.advance(15)
    assert talk.transport.disconnected
    talk.end()
    assert (asked.kind, asked.reasons) == (ResponseNeverReceived, [TimeoutError])


def test_aConnectionWithoutNumbersLeftIsRetired() -> None:
    talk = Talk()
    talk.connection._core.last = 2**31 - 3
    asked = talk.ask()
    assert talk.told == ["busy", "retired"]
    talk.say(talk.headers(2**31 - 1, ok))
    assert (asked.kind, talk.closed) == (ResponseDone, True)


# Any split, any noise


def conversation(count: int) -> bytes:
    """What a good server says to GET, GET, HEAD, GET, GET."""
    w = Writer()
    return b"".join(
        [
            w.settings(streams=50, window=70_000),
            w.headers(3, [(b":status", b"103"), (b"link", b"</x>")], end=False),
            w.headers(1, [*ok, (b"content-length", b"6"), (b"x-y", b"z")], end=False),
            w.ping(),
            w.data(1, b"abc"),
            w.headers(3, [*ok, (b"x-y", b"z")], end=False),
            w.window(0, 100),
            w.data(1, b"def", True),
            w.data(3, b"body"),
            w.headers(5, [*ok, (b"content-length", b"99")]),
            w.headers(3, [(b"trailer", b"yes")]),
            w.reset(7, 7),
            w.headers(9, [(b":status", b"304"), (b"etag", b'"a"')]),
            w.goAway(),
        ]
    )[:count]


def outcome(*parts: bytes) -> list[Any]:
    talk = Talk(greet=False)
    asked = [talk.ask(method) for method in (b"GET", b"GET", b"HEAD", b"GET", b"GET")]
    for part in parts:
        talk.connection.dataReceived(part)
    return [
        (
            each.kind,
            each.body.data,
            None if each.response is None else list(each.response.headers.getAllRawHeaders()),
        )
        for each in asked
    ]


whole = conversation(10_000)
wantedOutcome = outcome(whole)


def test_theConversationIsAGoodOne() -> None:
    assert [kind for kind, _, _ in wantedOutcome] == [
        ResponseDone,
        ResponseDone,
        ResponseDone,
        ResponseNeverReceived,
        ResponseDone,
    ]


def test_howAStreamIsCutDoesNotMatter() -> None:
    for at in range(1, len(whole)):
        assert outcome(whole[:at], whole[at:]) == wantedOutcome, at


@given(st.lists(st.integers(0, len(whole)), max_size=12))
@settings(deadline=None, max_examples=60 * times)
def test_howOftenAStreamIsCutDoesNotMatter(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(whole)]
    parts = [whole[begin:end] for begin, end in itertools.pairwise(at) if begin < end]
    assert outcome(*parts) == wantedOutcome


def mutated(source: random.Random) -> bytes:
    noisy = bytearray(whole)
    for _ in range(source.randrange(1, 6)):
        at = source.randrange(len(noisy))
        kind = source.randrange(3)
        if kind == 0:
            noisy[at] = source.randrange(256)
        elif kind == 1:
            del noisy[at : at + source.randrange(1, 20)]
        else:
            noisy[at:at] = source.randbytes(source.randrange(1, 12))
    return bytes(noisy)


def test_noiseGivesAResponseOrAnErrorAndNoException() -> None:
    source = random.Random(9)
    with loggedFailures() as failures:
        for _ in range(400 * times):
            talk = Talk(greet=False)
            asked = [talk.ask(method) for method in (b"GET", b"GET", b"HEAD", b"GET", b"GET")]
            noisy = mutated(source)
            cut = source.randrange(len(noisy))
            talk.say(noisy[:cut], noisy[cut:])
            for _ in range(4):  # whoever says no more is asked, and then cut
                talk.clock.advance(30)
            at = talk.connection
            assert talk.closed or talk.transport.disconnected or at.state == "QUIESCENT"
            talk.end()
            assert all(each.kind is not None for each in asked), noisy
            assert talk.clock.getDelayedCalls() == []
    assert failures == []
