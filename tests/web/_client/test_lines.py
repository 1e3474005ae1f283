"""Parsers of programs that read the head of a response line by line, as Scrapy's does."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.testing import StringTransport
from twisted.web._newclient import HTTP11ClientProtocol, HTTPClientParser, Request
from twisted.web.http_headers import Headers

from .talking import failureOf, response


class Lenient(HTTPClientParser):
    """Passes over lines without a colon."""

    def lineReceived(self, line: bytes) -> None:
        if not line or b":" in line or line[:1] in b" \t":
            super().lineReceived(line)


class ByHand(HTTPClientParser):
    """Has the whole of the method itself, and knows the attributes that it works with."""

    def lineReceived(self, line: bytes) -> None:
        assert self.state == "HEADER"
        if line[:1] in (b" ", b"\t"):
            assert self._partialHeader is not None
            self._partialHeader.append(line)
            return
        if self._partialHeader is not None:
            name, colon, value = b"".join(self._partialHeader).partition(b":")
            if colon:
                self.headerReceived(name, value.strip())
        self._partialHeader = [line]
        if not line:
            self.allHeadersReceived()


def ask(kind: type[HTTPClientParser], *pieces: bytes) -> Any:
    protocol = HTTP11ClientProtocol()
    protocol.makeConnection(StringTransport())
    asked = protocol.request(
        Request(b"GET", b"/", Headers({b"Host": [b"h"]}), None, persistent=True)
    )
    assert protocol._parser is not None
    protocol._parser.__class__ = kind
    for piece in pieces:
        protocol.dataReceived(piece)
    error = failureOf(asked)
    return error if error is not None else asked.result


bad = response(
    b"Content-Length: 5",
    b"X-Folded: one",
    b"\ttwo",
    b"<meta name='x' />",
    b"X-After: works",
    b"X-After: twice",
    body=b"Works",
)


@pytest.mark.parametrize("kind", [Lenient, ByHand])
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_aParserThatReplacesLineReceivedReadsTheHeaders(kind: Any, step: int) -> None:
    got = ask(kind, *(bad[at : at + step] for at in range(0, len(bad), step)))
    assert got.code == 200 and got.length == 5
    assert got.headers.getRawHeaders(b"x-after") == [b"works", b"twice"]
    assert [value.split() for value in got.headers.getRawHeaders(b"x-folded")] == [[b"one", b"two"]]
    assert not got.headers.hasHeader(b"Content-Length")


def test_interimResponsesAreReadByLinesToo() -> None:
    got = ask(Lenient, response(status=b"HTTP/1.1 100 Go on") + bad)
    assert got.code == 200 and got.headers.getRawHeaders(b"X-After") == [b"works", b"twice"]


@pytest.mark.parametrize("fields", [[b"A: b\nC: d"], [b"A: b\rC: d"], [b"A: \0"], [b"A: b"] * 1001])
def test_whatNoLineMayHoldIsRefusedThereToo(fields: list[bytes]) -> None:
    assert "ParseError" in str(ask(Lenient, response(*fields)))
