"""Headers that come again and again, as those of most clients do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.web import http
from twisted.web._http import heads

from .talking import Talk


class Keeping(http.Request):
    """Changes its own headers, and keeps them."""

    def process(self) -> None:
        self.channel.heard.append(self.requestHeaders)
        self.requestHeaders.addRawHeader(b"Via", b"1.1 here")
        self.requestHeaders._rawHeaders[b"Host"].append(b"elsewhere")
        self.setHeader(b"content-length", b"0")
        self.finish()


request = b"GET / HTTP/1.1\r\nHost: a.example\r\nAccept: text/html\r\n\r\n"


def test_whatARequestMakesOfItsHeadersIsItsOwn() -> None:
    talk = Talk(Keeping).hear(request * 3)
    known: list[Any] = talk.heard
    assert [list(each.getAllRawHeaders()) for each in known] == [
        [
            (b"Host", [b"a.example", b"elsewhere"]),
            (b"Accept", [b"text/html"]),
            (b"Via", [b"1.1 here"]),
        ]
    ] * 3


def test_theBoundOfHeadersHoldsForThoseThatCameBefore() -> None:
    talk = Talk().hear(request)
    talk.channel.maxHeaders = 1
    talk.hear(request)
    assert talk.said.count(b"200 OK") == 1
    assert talk.said.endswith(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert talk.closed


@pytest.mark.parametrize("name", ["Authorization", "Cookie", "Proxy-Authorization", "cOOkie"])
def test_whatIsSecretIsNotKept(name: str) -> None:
    block = f"Host: a.example\r\n{name}: letmein".encode()
    heads.requestFields(block, 10)
    assert not [each for each in heads._repeated if b"letmein" in each]


def test_whatIsKeptIsBounded() -> None:
    for number in range(1000):
        heads.requestFields(b"X-Number: %d" % number, 10)
    heads.requestFields(b"X-Long: " + b"x" * 5000, 10)
    assert len(heads._repeated) <= 256
    assert max(map(len, heads._repeated)) <= 2048


@given(
    st.lists(st.tuples(st.sampled_from([b"A", b"b", b"C-d"]), st.binary(max_size=3)), max_size=5)
)
def test_onceAndAgainAreTheSame(lines: list[tuple[bytes, bytes]]) -> None:
    block = b"\r\n".join(b"%b: %b" % each for each in lines)
    try:
        once = heads.parseFields(block, 4)
    except heads.BadRequest as refused:
        for _ in range(2):
            with pytest.raises(type(refused)):
                heads.requestFields(block, 4)
    else:
        assert [heads.requestFields(block, 4) for _ in range(2)] == [(once, 0)] * 2


# The first lines


@pytest.mark.parametrize("target", [b"/", b"/?token=secret", b"/" + b"a" * 300])
def test_aLineThatComesAgainIsReadAsBefore(target: bytes) -> None:
    line = b"GET %b HTTP/1.1" % target
    expected = (b"GET", target, b"HTTP/1.1")
    assert [heads.requestLine(line) for _ in range(3)] == [expected] * 3


def test_linesWithAQueryAreNotKept() -> None:
    heads.requestLine(b"GET /?token=secret HTTP/1.1")
    assert not any(b"?" in line for line in heads._lines)


def test_howManyLinesAreKeptIsBounded() -> None:
    for number in range(3000):
        heads.requestLine(b"GET /%d HTTP/1.1" % number)
    assert len(heads._lines) <= 1024


def test_aLineThatWasRefusedIsRefusedAgain() -> None:
    for _ in range(2):
        with pytest.raises(heads.BadRequest):
            heads.requestLine(b"GET /")
