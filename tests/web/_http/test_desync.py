"""
What servers and proxies were found to disagree about, where a request ends and the next begins.

Each line is a trick of the HTTP Garden, a collection of such findings (CVE-2022-24801 and its kin
in other servers); requests that are none are refused, and nothing behind them is read.
"""

from __future__ import annotations

import pytest

from .talking import Talk, refusal

_next = b"GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n"


def _post(*fields: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST /a HTTP/1.1", b"Host: a.example", *fields, b"", body])


def _chunked(body: bytes) -> bytes:
    return _post(b"Transfer-Encoding: chunked", body=body)


_lengths = {
    "sign and underscore": b"+1_0",
    "plus nothing": b"+0",
    "hexadecimal": b"0x10",
    "letters behind": b"1Z",
    "words behind": b"1abc",
    "minus": b"-48",
    "nothing": b"",
    "spaces": b"  ",
    "an exponent": b"1e1",
    "a fraction": b"1.0",
    "two in one": b"5 5",
}
_codings = {
    "a comma before": b",chunked",
    "a comma behind": b"chunked,",
    "twice in one": b"chunked, chunked",
    "a vertical tab": b"\x0bchunked",
    "quotes": b'"chunked"',
    "a parameter": b"chunked;a=b",
    "something before": b"x, chunked",
    "nothing": b"",
}
_noName = b'"(),/;<=>?@[\\]{} \t\x00\x01\x1f\x7f\x80\x85\xa0\xc0\xef\xff'

heads = {
    **{f"length: {why}": _post(b"Content-Length: " + each) for why, each in _lengths.items()},
    **{f"coding: {why}": _post(b"Transfer-Encoding: " + each) for why, each in _codings.items()},
    **{
        f"coding and length: {why}": _post(
            b"Transfer-Encoding: " + each, b"Content-Length: 5", body=b"0\r\n\r\n"
        )
        for why, each in {**_codings, "as it should be": b"chunked"}.items()
    },
    **{
        f"byte {byte:02x} {where} a name": _post(name % byte + b": 5")
        for byte in _noName
        for where, name in (("in", b"Content%cLength"), ("behind", b"Content-Length%c"))
    },
    "no length, then one": _post(b"Content-Length: ", b"Content-Length: 40", body=_next),
    "two lengths": _post(b"Content-Length: 0", b"Content-Length: 40", body=_next),
    "a length that is none, and chunks": _post(
        b"Content-Length: many", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"
    ),
    "chunks twice": _post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "no name and no value": _post(b":", b"Content-Length: 5"),
    "a name over two lines": _post(b"Transfer-", b"Encoding: chunked", b"Content-Length: 5"),
    "a space for the colon": _post(b"Content-Length 10", body=b"0123456789"),
    "white space before the first header": b"GET / HTTP/1.1\r\n\tContent-Length: 1\r\n\r\nX",
    "a value that begins with the end": _post(b"Useless:\n\nGET /smuggled HTTP/1.1"),
    "a header behind CR": _post(b"Visible: 1\rContent-Length: 5"),
    "CR where a header begins": _post(b"\rZGET /smuggled: HTTP/1.1"),
    "NUL behind a value": _post(b"Name: value\0"),
    "NUL in the host": b"GET / HTTP/1.1\r\nHost: a.example\0.b.example\r\n\r\n",
    "NUL and LF": _post(b"Name: t\n\0st"),
    "LF at the end of each line": b"GET / HTTP/1.1\nHost: a.example\n\n",
    "LF at the end of the first line": b"GET / HTTP/1.1\nHost: a.example\r\n\r\n",
    "LF within the first line": b"GET /\nHTTP/1.1\r\n\r\n",
    "a version that begins well": b"GET / HTTP/1.12\r\n\r\n",
    "a version of many digits": b"GET / HTTP/4294967297.1\r\n\r\n",
    "a version of dots": b"GET / HTTP/....1.1.\r\n\r\n",
    "a method that begins well": b'GET=":<>(e),[T];?" / HTTP/1.1\r\n\r\n',
    "a method of NUL": b"\0 / HTTP/1.1\r\n\r\n",
}

chunks = {
    "a length for a size": b"0x2_e\r\n\r\n" + _next,
    "an underscore": b"0_2d\r\n\r\n" + _next,
    "minus and hexadecimal": b"-0x0\r\n\r\n",
    "spaces before": b"     0\r\n\r\n",
    "a tab before": b"\t0\r\n\r\n",
    "words behind": b"1and nobody looks\r\nZ\r\n0\r\n\r\n",
    "a letter": b"Z\r\nZZ\r\nZZZ\r\n\r\n",
    "two CR before an extension": b"2\r\r;a\r\n02\r\n2d\r\n0\r\n\r\n",
    "CR before an extension": b"5 \r;ABCD\r\n34\r\nE\r\n0\r\n\r\n",
    "no size at all": b"\r\n\r\n",
    "an empty line before the last one": b"1\r\nZ\r\n\r\n0\r\n\r\n",
    "an empty line for the last one": b"1\r\nZ\r\n\r\n\r\n",
    "LF behind the last size": b"0\n\r\n" + b"x" * 2000,
    "LF behind a chunk": b"a\r\n0123456789\n0\r\n\r\n",
    "CR and another byte behind a chunk": b"1\r\nZ\rX0\r\n\r\n",
    "two bytes behind a chunk": b"1\r\nZXX0\r\n\r\n",
}


@pytest.mark.parametrize(
    "stream",
    [*heads.values(), *map(_chunked, chunks.values())],
    ids=[*heads, *(f"chunk: {why}" for why in chunks)],
)
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_whatServersReadInSeveralWaysIsRefused(stream: bytes, step: int) -> None:
    sent = stream + _next
    talk = Talk().hear(*(sent[at : at + step] for at in range(0, len(sent), step)))
    assert (talk.said, talk.closed, talk.heard) == (refusal, True, [])


taken = {
    # Leading zeros are decimal: not the octal of C.
    "zeros before a length": (_post(b"Content-Length: 0010", body=b"0123456789"), b"0123456789"),
    "a body of GET": (_post(b"Content-Length: 3", body=b"abc").replace(b"POST", b"GET"), b"abc"),
    "each byte that a name may have": (
        _post(b"!#$%&'*+.^_`|~09-azAZ: x", b"Content-Length: 1", body=b"a"),
        b"a",
    ),
    "zeros before a size": (_chunked(b"0001\r\na\r\n000\r\n\r\n"), b"a"),
    "a size of letters": (_chunked(b"A\r\n0123456789\r\n0\r\n\r\n"), b"0123456789"),
    "a request in a chunk": (
        _chunked(b"%x\r\n%b\r\n0\r\n\r\n" % (len(_next), _next)),
        _next,
    ),
    "a request for a trailer": (_chunked(b"0\r\nX:GET /smuggled HTTP/1.1\r\n\r\n"), b""),
    "a chunk's end in a chunk": (_chunked(b"7\r\n0\r\n\r\nab\r\n0\r\n\r\n"), b"0\r\n\r\nab"),
}


@pytest.mark.parametrize(("stream", "body"), taken.values(), ids=list(taken))
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_whatHasOneMeaningIsTakenByIt(stream: bytes, body: bytes, step: int) -> None:
    sent = stream + _next
    talk = Talk().hear(*(sent[at : at + step] for at in range(0, len(sent), step)))
    assert [each[1:3] for each in talk.heard] == [(b"/a", body), (b"/smuggled", b"")]


@pytest.mark.parametrize("rest", [b"\0", b"X", b"0\r\n\r\n"])
def test_whatFollowsABodyIsARequestOrRefused(rest: bytes) -> None:
    talk = Talk().hear(_chunked(b"0\r\n\r\n") + rest + b"\r\n\r\n" + _next)
    assert [each[1] for each in talk.heard] == [b"/a"]
    assert talk.said.endswith(refusal) and talk.closed


def test_whoEndsLinesByLFAloneIsToldAtOnce() -> None:
    talk = Talk().hear(b"GET / HTTP/1.1\nHost: a.example\n\n")
    assert (talk.said, talk.closed) == (refusal, True)
