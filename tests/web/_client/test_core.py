"""What a client makes of what comes: the parser of responses."""

from __future__ import annotations

import os
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._client.core import HeadReader
from twisted.web._client.heads import framing, parseStatus
from twisted.web._newclient import (
    HTTPClientParser,
    ParseError,
    PotentialDataLoss,
    Request,
    ResponseDone,
    ResponseFailed,
)
from twisted.web.http_headers import Headers

from .talking import Talk, response

times = int(os.environ.get("TORSION_EXAMPLES", "1"))
"""How many times as many examples as usual."""

refused = {
    "CVE-2022-24801: a signed length": response(b"Content-Length: +1", body=b"a"),
    "a negative length": response(b"Content-Length: -1"),
    "a length in hexadecimal": response(b"Content-Length: 0x1", body=b"a"),
    "a length with an underscore": response(b"Content-Length: 1_0", body=b"a" * 10),
    "a length with other digits": response(b"Content-Length: \xd9\xa1", body=b"a"),
    "a length of nothing": response(b"Content-Length: "),
    "a length that is a float": response(b"Content-Length: 1.0", body=b"a"),
    "a length beyond all sizes": response(b"Content-Length: " + b"9" * 19),
    "two different lengths": response(b"Content-Length: 1", b"Content-Length: 2", body=b"ab"),
    "a list of different lengths": response(b"Content-Length: 1, 2", body=b"ab"),
    "a length and half of one": response(b"Content-Length: 1,", body=b"a"),
    "a coding nobody knows": response(b"Transfer-Encoding: xchunked"),
    "a coding that was none once": response(b"Transfer-Encoding: identity"),
    "two codings": response(b"Transfer-Encoding: gzip, chunked"),
    "two headers of codings": response(
        b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"
    ),
    "chunks twice": response(b"Transfer-Encoding: chunked, chunked"),
    "a coding with a form feed": response(b"Transfer-Encoding: \x0cchunked"),
    "a space before the colon": response(b"Content-Length : 1", body=b"a"),
    "a tab before the colon": response(b"Content-Length\t: 1", body=b"a"),
    "a space in a name": response(b"Content Length: 1", body=b"a"),
    "a header without a name": response(b": 1"),
    "a header without a colon": response(b"Content-Length"),
    "a first header that goes on from nowhere": response(b" Content-Length: 1", body=b"a"),
    "NUL in a name": response(b"X\0: 1"),
    "NUL in a value": response(b"X: a\0b"),
    "CR in a value": response(b"X: a\rContent-Length: 5"),
    "LF in a value": response(b"X: a\nContent-Length: 5"),
    "a line that ends in LF": response(b"X: a\nContent-Length: 0", b"Y: b"),
    "CR before a line that ends in LF": b"HTTP/1.1 200 OK\nX: a\r\n\n",
    "CR CR LF": response(b"X: a\r\r\nContent-Length: 0"),
    "no version": b"200 OK\r\n\r\n",
    "another protocol": b"ICY 200 OK\r\n\r\n",
    "another case": b"http/1.1 200 OK\r\n\r\n",
    "HTTP/2": b"HTTP/2 200 OK\r\n\r\n",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\n\r\n",
    "a version with a sign": b"HTTP/+1.1 200 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status with a sign": b"HTTP/1.1 +20 OK\r\n\r\n",
    "a status below 100": b"HTTP/1.1 099 OK\r\n\r\n",
    "two spaces before the status": b"HTTP/1.1  200 OK\r\n\r\n",
    "a tab before the status": b"HTTP/1.1\t200 OK\r\n\r\n",
    "a space before all": b" HTTP/1.1 200 OK\r\n\r\n",
    "an empty line before all": b"\r\nHTTP/1.1 200 OK\r\n\r\n",
    "CR in the phrase": b"HTTP/1.1 200 O\rK\r\n\r\n",
    "NUL in the phrase": b"HTTP/1.1 200 O\0K\r\n\r\n",
    "another protocol from here on": b"HTTP/1.1 101 Yes\r\nUpgrade: x\r\n\r\n",
}

chunks = b"Transfer-Encoding: chunked"
broken = {
    "a signed chunk": response(chunks, body=b"+1\r\na\r\n0\r\n\r\n"),
    "a negative chunk": response(chunks, body=b"-1\r\na\r\n0\r\n\r\n"),
    "a chunk with 0x": response(chunks, body=b"0x1\r\na\r\n0\r\n\r\n"),
    "a chunk with an underscore": response(chunks, body=b"1_0\r\n" + b"a" * 16 + b"\r\n0\r\n\r\n"),
    "a chunk without a size": response(chunks, body=b"\r\na\r\n0\r\n\r\n"),
    "a chunk with a space first": response(chunks, body=b" 1\r\na\r\n0\r\n\r\n"),
    "a chunk beyond all sizes": response(chunks, body=b"f" * 17 + b"\r\n"),
    "a chunk that ends in LF": response(chunks, body=b"1\na\r\n0\r\n\r\n"),
    "LF in an extension": response(chunks, body=b"1;a\nb\r\na\r\n0\r\n\r\n"),
    "CR in an extension": response(chunks, body=b"1;a\rb\r\na\r\n0\r\n\r\n"),
    "an extension without end": response(chunks, body=b"1;" + b"a" * 2000),
    "a chunk longer than its size": response(chunks, body=b"1\r\nabc\r\n0\r\n\r\n"),
    "trailers without end": response(chunks, body=b"0\r\n" + b"A: b\r\n" * 4000),
}


@pytest.mark.parametrize("data", refused.values(), ids=refused.keys())
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_whatCouldBeReadInTwoWaysIsRefused(data: bytes, size: int) -> None:
    talk = Talk()
    talk.ask()
    talk.hear(*(data[at : at + size] for at in range(0, len(data), size)))
    assert talk.response is None
    assert talk.failure is not None
    assert talk.failure.check(ResponseFailed)
    assert issubclass(talk.reasons[0], ParseError)
    assert talk.closed
    assert talk.freed == 0


@pytest.mark.parametrize("data", broken.values(), ids=broken.keys())
@pytest.mark.parametrize("size", [1, 10_000])
def test_aBodyInBrokenChunksEndsInAnError(data: bytes, size: int) -> None:
    talk = Talk()
    talk.ask()
    talk.hear(*(data[at : at + size] for at in range(0, len(data), size)))
    assert talk.closed
    assert talk.freed == 0
    assert talk.body.ended is ResponseFailed


taken = {
    "a length": (response(b"Content-Length: 3", body=b"abc"), b"abc", ResponseDone),
    "a length of zero": (response(b"Content-Length: 0"), b"", ResponseDone),
    "a length twice": (
        response(b"Content-Length: 3", b"Content-Length: 3", body=b"abc"),
        b"abc",
        ResponseDone,
    ),
    "chunks": (response(chunks, body=b"3\r\nabc\r\n0\r\n\r\n"), b"abc", ResponseDone),
    "chunks in capitals": (
        response(b"Transfer-Encoding: CHUNKED", body=b"3\r\nabc\r\n0\r\n\r\n"),
        b"abc",
        ResponseDone,
    ),
    "chunks with extensions and trailers": (
        response(chunks, body=b'3;a=b;c="d"\r\nabc\r\n00;x\r\nA: b\r\n\r\n'),
        b"abc",
        ResponseDone,
    ),
    "chunks and a length, which does not count": (
        response(b"Content-Length: 100", chunks, body=b"3\r\nabc\r\n0\r\n\r\n"),
        b"abc",
        ResponseDone,
    ),
    "no length": (response(body=b"abc"), b"abc", PotentialDataLoss),
    "no phrase": (
        response(b"Content-Length: 1", status=b"HTTP/1.1 200", body=b"a"),
        b"a",
        ResponseDone,
    ),
    "lines that end in LF": (
        b"HTTP/1.1 200 OK\nContent-Length: 1\nX: y\n\na",
        b"a",
        ResponseDone,
    ),
    "no headers, and LF": (b"HTTP/1.0 200 OK\n\na", b"a", PotentialDataLoss),
    "something before it": (
        response(b"Link: </a>; rel=preload", status=b"HTTP/1.1 103 Early Hints")
        + response(status=b"HTTP/1.1 100 Continue")
        + response(b"Content-Length: 1", body=b"a"),
        b"a",
        ResponseDone,
    ),
    "no content": (response(status=b"HTTP/1.1 204 No"), b"", ResponseDone),
    "not modified, with the length of what is not sent": (
        response(b"Content-Length: 100", status=b"HTTP/1.1 304 Same"),
        b"",
        ResponseDone,
    ),
}


@pytest.mark.parametrize(("data", "body", "end"), taken.values(), ids=taken.keys())
def test_whatIsRightIsTaken(data: bytes, body: bytes, end: type[Exception]) -> None:
    talk = Talk()
    talk.ask()
    talk.hear(data)
    if end is PotentialDataLoss:
        talk.end()
    assert talk.body.data == body
    assert talk.body.ended is end


def test_aHeadThatGoesOnInTheNextLineIsJoined() -> None:
    talk = Talk()
    talk.ask()
    talk.hear(response(b"X: a", b"  b", b"\tc", b"Content-Length: 0"))
    assert talk.response.headers.getRawHeaders(b"x") == [b"a  b\tc"]


def test_theLengthThatHeadAsksForIsAHeader() -> None:
    talk = Talk()
    talk.ask(b"HEAD")
    talk.hear(response(b"Content-Length: 5"))
    assert talk.response.headers.getRawHeaders(b"content-length") == [b"5"]
    assert (talk.response.length, talk.body.ended) == (0, ResponseDone)


@pytest.mark.parametrize("cut", [1, 10, 41])
def test_aTruncatedBodyEndsInAnError(cut: int) -> None:
    whole = response(b"Content-Length: 50", body=b"a" * 50)
    talk = Talk()
    talk.ask()
    talk.hear(whole[:-cut]).end()
    assert talk.body.data == b"a" * (50 - cut)
    assert talk.body.ended is ResponseFailed


# Bounds


class Small(HeadReader):
    """Reads heads that are not large."""

    maxLineBytes = 100
    maxHeadBytes = 1000
    maxHeaders = 10

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._begin()

    def allHeadersReceived(self) -> None:
        self.seen.append("head")

    def lineLengthExceeded(self, line: bytes) -> None:
        self.seen.append("too long")


bounds = {
    "a line at the bound": (b"X: " + b"a" * 97 + b"\r\n\r\n", "head"),
    "a line beyond the bound": (b"X: " + b"a" * 98 + b"\r\n\r\n", "too long"),
    "a line without end": (b"X: " + b"a" * 300, "too long"),
    "as many headers as there may be": (b"X: a\r\n" * 10 + b"\r\n", "head"),
    "a header too many": (b"X: a\r\n" * 11 + b"\r\n", "error"),
    "a head beyond the bound": ((b"X: " + b"a" * 95 + b"\r\n") * 11 + b"\r\n", "error"),
    "a head without end": ((b"X: " + b"a" * 95 + b"\r\n") * 11, "error"),
}


@pytest.mark.parametrize(("head", "end"), bounds.values(), ids=bounds.keys())
@pytest.mark.parametrize("size", [1, 5000])
def test_headsAreBounded(head: bytes, end: str, size: int) -> None:
    reader = Small()
    data = b"HTTP/1.1 200 OK\r\n" + head
    try:
        for at in range(0, len(data), size):
            reader.feed(data[at : at + size])
    except ParseError:
        reader.seen.append("error")
    assert reader.seen == [end]


@pytest.mark.parametrize("data", [b"X" * 17_000, response(b"X: " + b"a" * 17_000)])
def test_aLineThatIsTooLongClosesTheConnectionAndIsLogged(data: bytes) -> None:
    from twisted.logger import globalLogPublisher

    seen: list[Any] = []
    globalLogPublisher.addObserver(seen.append)
    try:
        talk = Talk()
        talk.ask()
        talk.hear(data)
    finally:
        globalLogPublisher.removeObserver(seen.append)
    assert talk.closed
    assert [event["most"] for event in seen if "most" in event] == [16384]
    talk.end()
    assert talk.failure.check(ResponseFailed)


def test_aFirstLineWithoutEndIsNotKept() -> None:
    reader = Small()
    for _ in range(200):
        reader.feed(b"x")
    assert reader.seen == ["too long"]


def test_aServerCannotSpeakForEverBeforeItsResponse() -> None:
    talk = Talk()
    talk.ask()
    talk.hear(response(status=b"HTTP/1.1 102 Wait") * 101)
    assert talk.reasons == [ParseError]


def test_theTimeForAByteDoesNotGrowWithTheHead() -> None:
    def seconds(count: int) -> float:
        reader = HeadReader()
        reader._begin()
        reader.feed(b"HTTP/1.1 200 OK\r\n" + b"X-Header: something\r\n" * (count // 21))
        begin = time.process_time()
        for _ in range(3000):
            reader.feed(b"Y")
        return time.process_time() - begin

    few = min(seconds(1000) for _ in range(3))
    many = min(seconds(200_000) for _ in range(3))
    assert many < few * 20


# Every split, and everything that could come


def events(parts: list[bytes], method: bytes = b"GET", lost: bool = True) -> Any:
    """What a parser makes of ``parts``: head, body and end; or that it is an error."""
    heard: list[Any] = []
    body = bytearray()
    request = Request(method, b"/", Headers({b"Host": [b"a.example"]}), None)
    parser = HTTPClientParser(request, lambda rest: heard.append(("rest", len(rest) >= 0)))
    transport = StringTransport(lenient=True)
    parser.makeConnection(transport)

    def head(found: Any) -> None:
        fields = sorted(found.headers.getAllRawHeaders())
        heard.append(("head", found.version, found.code, found.phrase, fields, found.length))
        found._bodyDataReceived = body.extend
        found._bodyDataFinished = lambda reason=None: heard.append(
            ("end", None if reason is None else reason.type)
        )
        if parser.bodyDecoder is not None:
            parser.bodyDecoder.dataCallback = body.extend

    parser._responseDeferred.addCallbacks(head, lambda reason: heard.append(reason.type))
    try:
        for part in parts:
            if parser.state == "DONE":
                break
            parser.dataReceived(part)
    except ParseError:
        return [*heard, "refused"]
    except ValueError as error:  # the decoder of chunks
        return [*heard, type(error).__name__]
    closed = transport.disconnecting
    if lost:
        parser.connectionLost(Failure(ConnectionDone()))
    return [*heard, bytes(body), closed]


names = st.sampled_from([b"X", b"Set-Cookie", b"Connection", b"Date", b"X-Long-Name", b"TE"])
values = st.binary(max_size=30).map(
    lambda value: bytes(byte for byte in value if byte not in b"\r\n\0").strip(b" \t")
)


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    """Responses as they may be."""
    body = draw(st.binary(max_size=60))
    fields = [
        name + b": " + value for name, value in draw(st.lists(st.tuples(names, values), max_size=4))
    ]
    way = draw(st.sampled_from(["length", "chunks", "end"]))
    if way == "length":
        fields.append(b"Content-Length: %d" % len(body))
    elif way == "chunks":
        fields.append(chunks)
        size = draw(st.integers(1, 20))
        parts = [body[at : at + size] for at in range(0, len(body), size)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    fields = draw(st.permutations(fields))
    early = draw(st.sampled_from([b"", response(b"A: b", status=b"HTTP/1.1 103 Hints")]))
    status = draw(st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.0 404 No", b"HTTP/1.1 204 No"]))
    whole = response(*fields, body=body, status=status)
    head, _, rest = whole.partition(b"\r\n\r\n")
    if draw(st.booleans()):
        whole = head.replace(b"\r\n", b"\n") + b"\n\n" + rest
        early = early.replace(b"\r\n", b"\n")
    return early + whole


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[begin:end] for begin, end in pairwise(at)]


@settings(max_examples=200 * times, deadline=None)
@given(responses(), st.lists(st.integers(0, 10_000), max_size=8))
def test_anySplitGivesTheSameEvents(data: bytes, cuts: list[int]) -> None:
    whole = events([data])
    assert events(pieces(data, cuts)) == whole
    assert events([data[at : at + 1] for at in range(len(data))]) == whole


mutations = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.sampled_from([b"", b"\r", b"\n", b"\0", b" ", b":", b";", b"-", b"0", b"\xff", b"\r\n"]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=400 * times, deadline=None)
@given(responses(), mutations, st.lists(st.integers(0, 10_000), max_size=4))
@example(b"HTTP/1.1 200 OK\r\nA: b\n\r\n\r\n", [(0, b"", 0)], [])
@example(b"HTTP/1.1 200 OK\n\r\n\n", [(0, b"", 0)], [3])
def test_aMutatedStreamGivesAnAnswerOrAnError(
    data: bytes, changes: list[tuple[int, bytes, int]], cuts: list[int]
) -> None:
    for at, put, gone in changes:
        at %= len(data) + 1
        data = data[:at] + put + data[at + gone :]
    whole = events([data])
    assert whole
    assert events(pieces(data, cuts)) == whole


@given(st.binary(max_size=40))
def test_aFirstLineIsReadOrRefused(line: bytes) -> None:
    try:
        version, code, phrase = parseStatus(line)
    except ParseError as error:
        assert error.data == line
    else:
        assert version[:2] == (b"HTTP", 1)
        assert 100 <= code <= 999
        assert line.startswith(b"HTTP/1.")
        assert line.endswith(phrase)


@given(
    st.lists(st.sampled_from([b"0", b"1", b"01", b"1,1", b"1 , 01", b" ", b"+1", b""]), max_size=3)
)
def test_aLengthIsOneNumberOrRefused(lengths: list[bytes]) -> None:
    given = [part.strip() for value in lengths for part in value.split(b",")]
    good = bool(given) and all(part.isdigit() for part in given)
    try:
        found = framing({b"Content-Length": lengths} if lengths else {})
    except ValueError:
        assert not good or len({int(part) for part in given}) > 1
    else:
        assert found == (int(given[0]) if given else None)
