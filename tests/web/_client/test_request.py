"""How a request is written, and what is not written at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web._http.heads import parseFields, parseRequestLine
from twisted.web._newclient import (
    BadHeaders,
    ChunkedEncoder,
    ExcessWrite,
    LengthEnforcingConsumer,
    Request,
    WrongBodyLength,
)
from twisted.web.client import Agent
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH

from .talking import failureOf
from .test_connection import Producer


def written(request: Request) -> bytes:
    """Returns: what a request writes before its body."""
    transport = StringTransport()
    request.writeTo(transport)
    value: bytes = transport.value()
    return value


def host(**more: Any) -> Headers:
    headers = Headers({b"Host": [b"a.example"]})
    for name, values in more.items():
        headers.setRawHeaders(name.replace("_", "-"), values)
    return headers


bad = [b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b"\x7f", b"\x80", b"\xff", b"\x1b"]


@pytest.mark.parametrize("byte", bad)
def test_aMethodOrTargetThatEndsTheLineIsRefused(byte: bytes) -> None:
    """CVE-2019-12387."""
    with pytest.raises(ValueError, match=r"^Invalid method"):
        Request(b"GE" + byte + b"T", b"/", host(), None)
    with pytest.raises(ValueError, match=r"^Invalid URI"):
        Request(b"GET", b"/a" + byte + b"b", host(), None)
    with pytest.raises(ValueError, match=r"^Invalid method"):
        Agent(Clock()).request(b"GET" + byte, b"http://a.example/")
    with pytest.raises(ValueError, match=r"^Invalid URI"):
        Agent(Clock()).request(b"GET", b"http://a" + byte + b".example/")


@pytest.mark.parametrize("byte", bad)
def test_whatIsPutInLaterIsLookedAtTooBeforeAByteIsSent(byte: bytes) -> None:
    transport = StringTransport()
    request = Request(b"GET", b"/", host(), None)
    request.uri = b"/a" + byte + b"b"
    with pytest.raises(ValueError, match=r"^Invalid URI"):
        request.writeTo(transport)
    request = Request(b"GET", b"/", host(), None)
    request.method = b"GET" + byte
    with pytest.raises(ValueError, match=r"^Invalid method"):
        request.writeTo(transport)
    assert transport.value() == b""


@given(st.binary(max_size=12), st.binary(max_size=12))
def test_aHeaderIsOneLineOrNotSent(name: bytes, value: bytes) -> None:
    request = Request(b"GET", b"/", host(), None)
    request.headers._rawHeaders[b"X-" + name] = [value]
    try:
        data = written(request)
    except ValueError:
        return
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") == 5
    assert data.endswith(b"\r\n\r\n")


@given(
    st.sampled_from([b"GET", b"POST", b"X-Y"]),
    st.text("abcXYZ/?&=%;", max_size=20),
    st.lists(st.tuples(st.sampled_from(["A", "B", "c-d"]), st.text(max_size=10)), max_size=5),
    st.booleans(),
)
def test_whatIsWrittenAServerReads(
    method: bytes, target: str, fields: list[tuple[str, str]], persistent: bool
) -> None:
    headers = host()
    for name, value in fields:
        headers.addRawHeader(name, value.replace("\0", ""))
    request = Request(method, b"/" + target.encode(), headers, None, persistent)
    first, _, rest = written(request).partition(b"\r\n")
    assert parseRequestLine(first) == (method, b"/" + target.encode(), b"HTTP/1.1")
    read = parseFields(rest[: -len(b"\r\n\r\n")], 100)
    assert (b"Connection" in read) == (not persistent)
    assert (b"Content-Length" in read) == (method == b"POST")
    for field, sent in headers.getAllRawHeaders():
        assert read[field] == [value.strip(b" \t") for value in sent]


framings = [
    (None, b"GET", {}, []),
    (None, b"GET", {"content_length": ["5"]}, []),
    (None, b"DELETE", {"content_length": ["0"]}, [b"Content-Length: 0"]),
    (None, b"GET", {"transfer_encoding": ["chunked"]}, []),
    (None, b"POST", {"content_length": ["5"]}, [b"Content-Length: 0"]),
    (3, b"POST", {"content_length": ["5"]}, [b"Content-Length: 3"]),
    (3, b"PUT", {"transfer_encoding": ["chunked"]}, [b"Content-Length: 3"]),
    (UNKNOWN_LENGTH, b"PUT", {"content_length": ["5"]}, [b"Transfer-Encoding: chunked"]),
]


@pytest.mark.parametrize(("length", "method", "fields", "wanted"), framings)
def test_theLengthOfABodyIsSaidOnceAndByUs(
    length: Any, method: bytes, fields: dict[str, list[str]], wanted: list[bytes]
) -> None:
    producer: Any = None if length is None else Producer(length)
    lines = written(Request(method, b"/", host(**fields), producer)).split(b"\r\n")
    said = [line for line in lines if line.startswith((b"Content-Length", b"Transfer-Encoding"))]
    assert said == wanted


@pytest.mark.parametrize("hosts", [[], ["a.example", "b.example"]])
def test_aRequestHasOneHost(hosts: list[str]) -> None:
    headers = Headers({"Host": hosts}) if hosts else Headers()
    with pytest.raises(BadHeaders):
        written(Request(b"GET", b"/", headers, None))


def test_aBodyInChunksHasNoEmptyOneBeforeTheLast() -> None:
    transport = StringTransport()
    encoder = ChunkedEncoder(transport)
    encoder.registerProducer(Producer(), True)
    for data in (b"abc", b"", b"d" * 17):
        encoder.write(data)
    encoder.unregisterProducer()
    assert transport.value() == b"3\r\nabc\r\n11\r\n" + b"d" * 17 + b"\r\n0\r\n\r\n"
    with pytest.raises(ExcessWrite):
        encoder.write(b"e")


def test_aByteTooMuchIsNotWritten() -> None:
    transport = StringTransport()
    producer = Producer(3)
    done = Request(b"POST", b"/", host(), producer).writeTo(transport)
    producer.consumer.write(b"ab")
    transport.clear()
    producer.consumer.write(b"cd")
    assert transport.value() == b""
    assert producer.stopped
    failure = failureOf(done)
    assert failure is not None
    assert failure.check(WrongBodyLength)
    with pytest.raises(ExcessWrite):
        producer.consumer.write(b"e")


def test_tooLittleIsAnError() -> None:
    producer = Producer(3)
    done = Request(b"POST", b"/", host(), producer).writeTo(StringTransport())
    producer.consumer.write(b"ab")
    producer.done.callback(None)
    failure = failureOf(done)
    assert failure is not None
    assert failure.check(WrongBodyLength)
    assert isinstance(producer.consumer, LengthEnforcingConsumer)


def test_cancellingABodyCancelsItsProducer() -> None:
    cancelled: list[object] = []
    producer = Producer(3)
    producer.done._canceller = cancelled.append
    done = Request(b"POST", b"/", host(), producer).writeTo(StringTransport())
    failureOf(done)
    done.cancel()
    assert len(cancelled) == 1


class Withholding(Headers):
    """Keeps its Host to itself, as one of klein's tests does."""

    def getAllRawHeaders(self) -> Any:
        return ((name, values) for name, values in super().getAllRawHeaders() if name != b"Host")


def test_aClassOfHeadersDecidesWhatIsWritten() -> None:
    headers = Withholding({b"Host": [b"a.example"], b"X": [b"1"]})
    assert written(Request(b"GET", b"/", headers, None, persistent=True)) == (
        b"GET / HTTP/1.1\r\nX: 1\r\n\r\n"
    )
