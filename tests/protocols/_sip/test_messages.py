"""SIP's messages and addresses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.protocols import sip


def read(*pieces: Any, **limits: int) -> list[Any]:
    found: list[Any] = []
    parser = sip.MessagesParser(found.append)
    vars(parser).update(limits)
    for piece in pieces:
        parser.dataReceived(piece)
    parser.dataDone()
    return found


invite = (
    b"INVITE sip:joe@a.example SIP/2.0\r\nv: SIP/2.0/UDP b.example\r\nSubject: one\r\n"
    b"  two\r\nt: <sip:joe@a.example>\r\nl: 4\r\n\r\na\r\n\xff"
)
ok = b"SIP/2.0 200 OK now\r\nVia: x\r\nContent-Length: 0\r\n\r\n"


def check(messages: list[Any]) -> None:
    request, response = messages
    assert (request.method, request.uri.toString()) == ("INVITE", "sip:joe@a.example")
    assert request.headers == {
        "via": ["SIP/2.0/UDP b.example"],
        "subject": ["onetwo"],
        "to": ["<sip:joe@a.example>"],
        "content-length": ["4"],
    }
    assert request.body.encode("utf-8", "surrogateescape") == b"a\r\n\xff"
    assert (response.code, response.phrase, response.body) == (200, "OK now", "")


def test_messagesAreReadHoweverTheyAreCut() -> None:
    wire = b"\r\n\r\n" + invite + ok
    for at in range(len(wire)):
        check(read(wire[:at], wire[at:]))
    check(read(*[wire[at : at + 1] for at in range(len(wire))]))


def test_aMessageIsWrittenAsItIsRead() -> None:
    message = sip.Request("INVITE", "sip:a@b;ttl=1?c=d")
    for name, value in (("CSEQ", "1 INVITE"), ("i", "5"), ("www-authenticate", "x"), ("l", "2")):
        message.addHeader(name, value)
    message.bodyDataReceived("hi")
    assert message.toString() == (
        "INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\nCall-ID: 5\r\nWWW-Authenticate: x\r\n"
        "Content-Length: 2\r\n\r\nhi"
    )
    [again] = read(message.toString())
    assert again.toString() == message.toString()


def test_withoutALengthTheBodyEndsWithTheDatagram() -> None:
    [message] = read(b"INVITE sip:a SIP/2.0\r\n\r\nall ", b"of it")
    assert (message.body, message.finished) == ("all of it", 1)


@pytest.mark.parametrize(
    "wire",
    [
        b"FOO\r\n\r\n",
        b"INVITE sip:a SIP/1.0\r\n\r\n",
        b"INVITE http:a SIP/2.0\r\n\r\n",
        b"INVITE sip:a:99999 SIP/2.0\r\n\r\n",
        b"IN\0VITE sip:a SIP/2.0\r\n\r\n",
        b"SIP/2.0 abc OK\r\n\r\n",
        b"SIP/2.0 -20 OK\r\n\r\n",
        b"SIP/2.0 2000 OK\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\nbad\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\n: x\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\n folded: first\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\na: b\rc\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\na: b\nc\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\na: b\0c\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\nl: -5\r\n\r\nabcde",
        b"INVITE sip:a SIP/2.0\r\nl: 0x1\r\n\r\na",
        b"INVITE sip:a SIP/2.0\r\nl: 2147483648\r\n\r\na",
        b"INVITE sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nab",
        b"INVITE sip:a SIP/2.0\r\nl: 5\r\n\r\nabcd",
        b"INVITE sip:a SIP/2.0\r\nl: 0\r\n",
        b"INVITE sip:a SIP/2.0",
        b"x" * 20_000,
    ],
)
def test_whatIsNoMessageIsDroppedAndTheNextDatagramIsRead(wire: bytes) -> None:
    found: list[Any] = []
    parser = sip.MessagesParser(found.append)
    for _ in range(2):
        parser.dataReceived(wire)
        parser.dataDone()
    assert found == []
    parser.dataReceived(ok)
    parser.dataDone()
    assert len(found) == 1


@pytest.mark.parametrize("beyond", [0, 1])
def test_headersAndBodiesHaveBounds(beyond: int) -> None:
    wanted = 1 - beyond
    head = b"INVITE sip:a SIP/2.0\r\n"
    many = head + b"a: b\r\n" * (3 + beyond) + b"\r\n"
    assert len(read(many, maxHeaders=3)) == wanted
    for length in (b"", b"l: %d\r\n" % (4 + beyond)):
        body = head + length + b"\r\n" + b"x" * (4 + beyond)
        assert len(read(body, maxBodyBytes=4)) == wanted


def test_manySmallMessagesInOneDatagramAreNoTrouble() -> None:
    for one in (b"A sip: SIP/2.0\r\nl:0\r\n\r\n", b"A sip: SIP/2.0\r\nl:1\r\n\r\na"):
        assert len(read(one * 2600)) == 2600


@given(st.lists(st.binary(max_size=60)))
def test_randomBytesAreReadOrDropped(pieces: list[bytes]) -> None:
    for message in read(b"A sip:a SIP/2.0\r\n", *pieces):
        assert message.finished


@pytest.mark.parametrize(
    ("name", "value"),
    [("a", "b\r\nc: d"), ("a", "b\n"), ("a", "b\0"), ("a\r\nb", "c"), ("a:", "b"), ("", "b")],
)
def test_aHeaderCannotBeginAnother(name: str, value: str) -> None:
    with pytest.raises(ValueError):
        sip.Response(200).addHeader(name, value)


@pytest.mark.parametrize(
    "text",
    [
        "sip:example.com",
        "sip:j.doe:secret@big.com;transport=tcp",
        "sip:a@[::1]:5061;user=phone;ttl=3;maddr=1.2.3.4;method=X;tag=t;lr;x=y?a=b&c=d",
        "sip:a;b@c",
    ],
)
def test_aURLIsWrittenAsItIsRead(text: str) -> None:
    assert sip.parseURL(text).toString() == text


@pytest.mark.parametrize("text", ["http:a", "sip", "sip:a:b", "sip:a:70000", "sip:a;ttl=x", ""])
def test_whatIsNoURLIsRefused(text: str) -> None:
    with pytest.raises(ValueError):
        sip.parseURL(text)


def test_anAddressOfAURLShowsNoPassword() -> None:
    assert "secret" not in repr(sip.parseURL("sip:joe:secret@a"))


def test_aViaIsWrittenAsItIsRead() -> None:
    text = "SIP/2.0/UDP [::1]:5061;hidden;ttl=1;branch=b;maddr=m;received=r;rport=9;x;host=evil"
    via = sip.parseViaHeader(text)
    assert (via.host, via.port, via.rport) == ("[::1]", 5061, 9)
    assert via.otherParams == {"x": None, "host": "evil"}
    assert via.toString() == text


@pytest.mark.parametrize(
    "text",
    ["", "x", "SIP/1.0/UDP a", "SIP/2.0 a", "SIP/2.0/UDP a b", "SIP/2.0/UDP a;ttl=x"],
)
def test_whatIsNoViaIsRefused(text: str) -> None:
    with pytest.raises(ValueError):
        sip.parseViaHeader(text)


def test_anAddressHasANameAndParameters() -> None:
    name, url, parameters = sip.parseAddress('"A. B" <sip:a@b;ttl=1>;tag="c";d', clean=1)
    assert (name, url.toString(), parameters) == ("A. B", "sip:a@b", {"tag": "c", "d": ""})
    with pytest.raises(ValueError):
        sip.parseAddress("nobody")
