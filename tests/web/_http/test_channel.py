"""What a server makes of what comes, and in which order it answers."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from twisted.internet.task import Clock
from twisted.internet.testing import EventLoggingObserver, StringTransport
from twisted.logger import globalLogPublisher
from twisted.web import http

from .talking import Echo, Talk, refusal

times = int(os.environ.get("TORSION_EXAMPLES", "1"))
"""How many times as many examples as usual."""


def get(target: bytes = b"/", *fields: bytes, body: bytes = b"", method: bytes = b"GET") -> bytes:
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: a.example", *fields, b"", b""]
    return b"\r\n".join(lines) + body


# What is refused


refused = {
    "CVE-2022-24801: a signed length": get(b"/", b"Content-Length: +1", body=b"a"),
    "a negative length": get(b"/", b"Content-Length: -1"),
    "a length in hexadecimal": get(b"/", b"Content-Length: 0x1", body=b"a"),
    "a length with an underscore": get(b"/", b"Content-Length: 1_0", body=b"a" * 10),
    "a length with other digits": get(b"/", b"Content-Length: \xd9\xa1", body=b"a"),
    "a length of nothing": get(b"/", b"Content-Length: "),
    "a list of lengths": get(b"/", b"Content-Length: 1, 1", body=b"a"),
    "a length beyond all sizes": get(b"/", b"Content-Length: " + b"9" * 19),
    "CVE-2020-10108: two lengths": get(b"/", b"Content-Length: 1", b"Content-Length: 1"),
    "CVE-2020-10109: a length and chunks": get(
        b"/", b"Content-Length: 1", b"Transfer-Encoding: chunked"
    ),
    "chunks and a length": get(b"/", b"Transfer-Encoding: chunked", b"Content-Length: 1"),
    "CVE-2020-10109: a coding nobody knows": get(b"/", b"Transfer-Encoding: xchunked"),
    "two codings": get(b"/", b"Transfer-Encoding: gzip, chunked"),
    "two headers of codings": get(
        b"/", b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"
    ),
    "a coding with a form feed": get(b"/", b"Transfer-Encoding: \x0cchunked"),
    "a space before the colon": get(b"/", b"Content-Length : 1", body=b"a"),
    "a tab before the colon": get(b"/", b"Content-Length\t: 1", body=b"a"),
    "a space in the name": get(b"/", b"Content Length: 1", body=b"a"),
    "no name": get(b"/", b": 1"),
    "no colon": get(b"/", b"Content-Length"),
    "a name of other letters": get(b"/", "Contént-Length: 1".encode()),
    "NUL in a name": get(b"/", b"X\0: 1"),
    "NUL in a value": get(b"/", b"X: a\0b"),
    "CR in a value": get(b"/", b"X: a\rContent-Length: 5"),
    "LF in a value": get(b"/", b"X: a\nContent-Length: 5"),
    "LF in the place of CRLF": get(b"/", b"X: a\nY: b"),
    "two hosts": get(b"/", b"Host: b.example"),
    "the first header goes on from nothing": b"GET / HTTP/1.1\r\n X: a\r\n\r\n",
    "two spaces before the target": b"GET  / HTTP/1.1\r\n\r\n",
    "two spaces after the target": b"GET /  HTTP/1.1\r\n\r\n",
    "a space at the end of the line": b"GET / HTTP/1.1 \r\n\r\n",
    "a tab for a space": b"GET\t/ HTTP/1.1\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\n\r\n",
    "NUL in the target": b"GET /\0 HTTP/1.1\r\n\r\n",
    "a method that is none": b"GE(T / HTTP/1.1\r\n\r\n",
    "a version nobody knows": b"GET / HTTP/1.2\r\n\r\n",
    "HTTP/2 in clear": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version in lower case": b"GET / http/1.1\r\n\r\n",
    "no version": b"GET /\r\n",
    "nothing but spaces": b"   \r\n\r\n",
    "TLS to a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


@pytest.mark.parametrize("stream", refused.values(), ids=list(refused))
def test_whatCouldBeReadInTwoWaysIsRefusedAndTheConnectionClosed(stream: bytes) -> None:
    talk = Talk().hear(stream + get(b"/smuggled"))
    assert (talk.said, talk.closed, talk.heard) == (refusal, True, [])


@pytest.mark.parametrize("stream", refused.values(), ids=list(refused))
def test_itIsRefusedByteByByteToo(stream: bytes) -> None:
    talk = Talk().hear(*(stream[at : at + 1] for at in range(len(stream))))
    assert (talk.said, talk.closed, talk.heard) == (refusal, True, [])


badChunks = {
    "a sign": b"+1\r\na\r\n0\r\n\r\n",
    "a minus": b"-1\r\na\r\n0\r\n\r\n",
    "CVE-2022-24801: 0x": b"0x1\r\na\r\n0\r\n\r\n",
    "an underscore": b"1_0\r\n" + b"a" * 16 + b"\r\n0\r\n\r\n",
    "a space before": b" 1\r\na\r\n0\r\n\r\n",
    "no size": b"\r\na\r\n0\r\n\r\n",
    "no digits": b"xyz\r\na\r\n0\r\n\r\n",
    "a size of 2^64": b"10000000000000000\r\na\r\n0\r\n\r\n",
    "CVE-2022-24801: LF in an extension": b"1;a\nb\r\na\r\n0\r\n\r\n",
    "CR in an extension": b"1;a\rb\r\na\r\n0\r\n\r\n",
    "NUL in an extension": b"1;a\0\r\na\r\n0\r\n\r\n",
    "an extension without end": b"1;" + b"x" * 2000 + b"\r\na\r\n0\r\n\r\n",
    "LF alone after the size": b"1\na\r\n0\r\n\r\n" + b"x" * 1100,
    "something after the chunk": b"1\r\nab\r\n0\r\n\r\n",
    "trailers without end": b"0\r\n" + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("body", badChunks.values(), ids=list(badChunks))
def test_aChunkThatIsNoneIsRefused(body: bytes) -> None:
    stream = get(b"/", b"Transfer-Encoding: chunked", body=body)
    talk = Talk().hear(stream + get(b"/smuggled"))
    assert (talk.said, talk.closed, talk.heard) == (refusal, True, [])


def test_theHeadOfARequestIsBounded() -> None:
    fits = get(b"/", b"X: " + b"a" * 16_000)
    assert len(Talk().hear(fits).heard) == 1
    tooLong = get(b"/", b"X: " + b"a" * 16_384)
    assert Talk().hear(tooLong).said == refusal
    endless = Talk()
    for _ in range(17):
        endless.hear(b"a" * 1000)
    assert endless.said == refusal


def test_theNumberOfHeadersIsBounded() -> None:
    few = get(b"/", *(b"X%d: a" % at for at in range(499)))
    assert len(Talk().hear(few).heard) == 1
    many = get(b"/", *(b"X%d: a" % at for at in range(500)))
    assert Talk().hear(many).said == refusal


def test_nothingIsReadAfterARefusal() -> None:
    talk = Talk().hear(b"GET /\r\n", get(b"/later"), get(b"/later"))
    assert (talk.said, talk.heard) == (refusal, [])


# What is taken


def test_aFoldedHeaderIsJoinedByASpace() -> None:
    [heard] = Talk().hear(get(b"/", b"X: a ", b" \t b", b"\tc ")).heard
    assert b"b'X': [b'a b c']" in heard[3]


def test_emptyLinesBeforeARequestDoNotMatter() -> None:
    stream = b"\r\n\r\n" + get() + b"\r\n" + get(b"/b")
    assert [each[1] for each in Talk().hear(stream).heard] == [b"/", b"/b"]
    pieces = [stream[at : at + 1] for at in range(len(stream))]
    assert [each[1] for each in Talk().hear(*pieces).heard] == [b"/", b"/b"]


def test_identityIsNoCoding() -> None:
    stream = get(b"/", b"Transfer-Encoding: identity", b"Content-Length: 2", body=b"ab")
    assert Talk().hear(stream).heard[0][2] == b"ab"


def test_aClientThatWantsToGoOnIsToldSoBeforeTheBody() -> None:
    talk = Talk().hear(get(b"/", b"Expect: 100-continue", b"Content-Length: 1"))
    assert talk.said == b"HTTP/1.1 100 Continue\r\n\r\n"
    talk.hear(b"a")
    assert talk.said.endswith(b"GET / 1")


# The same, however it was cut


names = st.sampled_from([b"Accept", b"X-One", b"x-two", b"Cookie", b"User-Agent"])
values = st.binary(max_size=20).map(
    lambda value: bytes(byte for byte in value if byte not in b"\r\n\0")
)
fields = st.lists(st.tuples(names, values), max_size=5)
bodies = st.one_of(st.none(), st.binary(max_size=40), st.lists(st.binary(min_size=1, max_size=9)))


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    method = draw(st.sampled_from([b"GET", b"POST", b"HEAD", b"DELETE", b"X-ODD"]))
    target = draw(st.sampled_from([b"/", b"/a/b?c=d", b"*", b"http://h/x", b"/%2e%2e/%00"]))
    lines = [b"%b: %b" % field for field in draw(fields)]
    body = draw(bodies)
    if body is None:
        return get(target, *lines, method=method)
    if isinstance(body, bytes):
        lines.append(b"Content-Length: %d" % len(body))
        return get(target, *lines, body=body, method=method)
    lines.append(b"Transfer-Encoding: chunked")
    chunks = b"".join(b"%x;q=1\r\n%b\r\n" % (len(chunk), chunk) for chunk in body)
    return get(target, *lines, body=chunks + b"0\r\nX: y\r\n\r\n", method=method)


streams = st.lists(requests(), min_size=1, max_size=4).map(b"".join)


@settings(max_examples=100 * times, deadline=None)
@given(streams, st.randoms(use_true_random=False))
def test_howItWasCutMakesNoDifference(stream: bytes, dice: random.Random) -> None:
    whole = Talk().hear(stream)
    assert whole.heard and not whole.closed
    cuts = sorted(dice.sample(range(len(stream) + 1), dice.randrange(min(20, len(stream)))))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    cut = Talk().hear(*pieces)
    assert (cut.heard, cut.said) == (whole.heard, whole.said)
    single = Talk().hear(*(stream[at : at + 1] for at in range(len(stream))))
    assert (single.heard, single.said) == (whole.heard, whole.said)


def mutated(stream: bytes, dice: random.Random) -> bytes:
    changed = bytearray(stream)
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(changed) + 1)
        way = dice.randrange(4)
        if way == 0 and at < len(changed):
            changed[at] = dice.randrange(256)
        elif way == 1:
            changed[at : at + dice.randrange(6)] = b""
        elif way == 2:
            changed[at:at] = dice.choice([b"\r", b"\n", b"\r\n", b"\0", b" ", b":", b"-", b"\xff"])
        else:
            changed[at:at] = changed[: dice.randrange(30)]
    return bytes(changed)


@settings(max_examples=200 * times, deadline=None)
@given(streams, st.randoms(use_true_random=False))
@example(b"GET / HTTP/1.1\r\n\r\n", random.Random(1))
def test_whateverComesIsAnsweredOrRefusedAndNothingIsLogged(
    stream: bytes, dice: random.Random
) -> None:
    errors = EventLoggingObserver()
    globalLogPublisher.addObserver(errors)
    try:
        stream = mutated(stream, dice)
        talk = Talk().hear(stream)
        talk.channel.connectionLost(None)
    finally:
        globalLogPublisher.removeObserver(errors)
    assert [event for event in errors if "log_failure" in event] == []
    assert talk.said.startswith(b"HTTP/1.") or not talk.said
    assert talk.closed == (talk.said.endswith(refusal)) or talk.heard


# One after the other


class Held(http.Request):
    """Waits to be told to answer."""

    def process(self) -> None:
        self.channel.factoryOfTest.append(self)

    def answer(self) -> None:
        self.setHeader(b"content-length", b"%d" % len(self.uri))
        self.write(self.uri)
        self.finish()


def heldTalk() -> tuple[Talk, list[Any]]:
    talk = Talk(Held)
    talk.channel.factoryOfTest = waiting = []
    return talk, waiting


def test_requestsAreAnsweredInTheirOrder() -> None:
    """CVE-2024-41671, CVE-2023-46137."""
    talk, waiting = heldTalk()
    talk.hear(b"".join(get(b"/%d" % at) for at in range(5)))
    for at in range(5):
        assert [each.uri for each in waiting] == [b"/%d" % at]
        waiting.pop().answer()
    assert [part[-2:] for part in talk.said.split(b"HTTP/1.1 200 OK")[1:]] == [
        b"/%d" % at for at in range(5)
    ]


def test_whatComesMeanwhileIsBounded() -> None:
    talk, waiting = heldTalk()
    talk.hear(get(b"/first"))
    kept = 0
    while talk.transport.producerState == "producing":
        talk.hear(get(b"/more"))
        kept += len(get(b"/more"))
        assert kept < 20_000
    waiting.pop().answer()
    assert talk.transport.producerState == "producing"


def test_aRequestThatClosesIsTheLast() -> None:
    talk = Talk().hear(get(b"/", b"Connection: Keep-Alive, Close") + get(b"/later"))
    assert [each[1] for each in talk.heard] == [b"/"]
    assert talk.closed
    assert b"Connection: close\r\n" in talk.said


def test_thoseWhoWaitAreToldWhenTheClientGoes() -> None:
    from twisted.internet.error import ConnectionDone
    from twisted.python.failure import Failure

    talk, waiting = heldTalk()
    talk.hear(get())
    reasons: list[Failure] = []
    waiting[0].notifyFinish().addErrback(reasons.append)
    talk.channel.connectionLost(Failure(ConnectionDone()))
    assert [reason.type for reason in reasons] == [ConnectionDone]
    waiting[0].write(b"to nobody")
    with pytest.raises(RuntimeError, match="after the connection was lost"):
        waiting[0].finish()


# In time


def timed(seconds: float = 60) -> tuple[Talk, Clock]:
    clock = Clock()
    talk = Talk.__new__(Talk)
    talk.transport = StringTransport()
    talk.channel = http.HTTPChannel()
    talk.channel.heard = []
    talk.channel.requestFactory = Echo
    talk.channel.timeOut = seconds
    talk.channel.callLater = clock.callLater
    talk.channel.makeConnection(talk.transport)
    return talk, clock


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nX: ", get(b"/", b"Content-Length: 9", body=b"a")]
)
def test_aClientThatFallsSilentIsTimedOut(sent: bytes) -> None:
    talk, clock = timed()
    if sent:
        talk.hear(sent)
    clock.advance(59)
    assert not talk.closed
    clock.advance(1)
    assert talk.closed
    clock.advance(15)
    assert talk.transport.disconnected


def test_aRequestThatIsBeingAnsweredHasNoEnd() -> None:
    talk, clock = timed()
    talk.channel.requestFactory = Held
    talk.channel.factoryOfTest = waiting = []
    talk.hear(get())
    clock.advance(1000)
    assert not talk.closed
    waiting.pop().answer()
    clock.advance(59)
    assert not talk.closed
    clock.advance(1)
    assert talk.closed


def test_aRequestLeavesItToItsProxyWhetherTheyAreTheSame() -> None:
    class Proxy:
        def __init__(self, original: object) -> None:
            self.original = original

        def __eq__(self, other: object) -> bool:
            return self.original is other

        __hash__ = object.__hash__

    one, two = (http.Request(Talk().channel) for _ in range(2))
    assert (one == one, one == two, one == Proxy(one), one != Proxy(one)) == (
        True,
        False,
        True,
        False,
    )
