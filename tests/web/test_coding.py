"""Which bodies are compressed, how, and what clients are told of it."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import brotli  # type: ignore[import-untyped]  # it has no annotations
import pytest
import zstandard

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web.coding import ContentEncoderFactory, acceptedCoding
from twisted.web.resource import EncodingResourceWrapper, Resource
from twisted.web.server import NOT_DONE_YET, Site

page = b"<p>the same again and again</p>" * 100

decoders: dict[bytes, Any] = {
    b"gzip": gzip.decompress,
    b"br": brotli.decompress,
    b"zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}

chosen = {
    "what is offered first, of equals": (b"gzip, br, zstd", b"zstd"),
    "what the client likes best": (b"gzip, br;q=0.5, zstd;q=0.1", b"gzip"),
    "what has no weight of 0": (b"zstd;q=0, br;q=0.0, gzip;q=0.001", b"gzip"),
    "anything": (b"*", b"zstd"),
    "anything else": (b"zstd;q=0, *;q=0.5", b"br"),
    "nothing, if it likes that better": (b"gzip;q=0.5, identity;q=1", None),
    "gzip by its old name": (b"x-gzip", b"gzip"),
    "in capitals": (b"GZIP;Q=0.5", b"gzip"),
    "nothing that is offered": (b"deflate", None),
    "nothing": (b"", None),
    "a weight that is none": (b"gzip;q=high", b"gzip"),
}


@pytest.mark.parametrize(("accepted", "wanted"), chosen.values(), ids=list(chosen))
def test_theCodingIs(accepted: bytes, wanted: bytes | None) -> None:
    assert acceptedCoding([accepted], (b"zstd", b"br", b"gzip")) == wanted


def test_aCodingThatIsNotKnownIsRefused() -> None:
    with pytest.raises(ValueError, match="deflate"):
        ContentEncoderFactory([b"deflate"])


class Page(Resource):
    isLeaf = True

    def __init__(self, body: bytes = page, code: int = 200, **headers: bytes) -> None:
        super().__init__()
        self.body, self.code, self.headers = body, code, headers

    def render_GET(self, request: Any) -> Any:
        request.setResponseCode(self.code)
        for name, value in self.headers.items():
            request.setHeader(name.replace("_", "-"), value)
        if request.setETag(b'"state"'):
            return b""
        return self.body


def fetch(
    resource: Resource, accepted: bytes = b"gzip", method: bytes = b"GET", extra: bytes = b""
) -> tuple[bytes, dict[bytes, bytes], bytes]:
    """Status, headers, and body."""
    wrapped = EncodingResourceWrapper(resource, [ContentEncoderFactory()])
    channel = Site(wrapped, reactor=Clock()).buildProtocol(None)
    transport = StringTransport()
    channel.makeConnection(transport)
    accepting = b"Accept-Encoding: " + accepted + b"\r\n" if accepted else b""
    channel.dataReceived(method + b" / HTTP/1.1\r\nHost: a\r\n" + accepting + extra + b"\r\n")
    head, _, body = transport.value().partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    fields = dict(line.split(b": ", 1) for line in lines[1:])
    if fields.get(b"Transfer-Encoding") == b"chunked" and body:
        whole = b""
        while not body.startswith(b"0\r\n"):
            size, _, body = body.partition(b"\r\n")
            whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]
        body = whole
    return lines[0].split(b" ")[1], fields, body


@pytest.mark.parametrize("coding", decoders)
def test_aPageIsSmallerOnItsWayAndTheSameAfterIt(coding: bytes) -> None:
    _, fields, body = fetch(Page(), coding)
    assert fields[b"Content-Encoding"] == coding
    assert b"Content-Length" not in fields
    assert len(body) < len(page) // 5
    assert decoders[coding](body) == page


def test_cachesAreToldThatOthersMayGetSomethingElse() -> None:
    assert fetch(Page())[1][b"Vary"] == b"Accept-Encoding"
    assert fetch(Page(), b"")[1][b"Vary"] == b"Accept-Encoding"
    assert fetch(Page(vary=b"Cookie, accept-encoding"))[1][b"Vary"] == b"Cookie, accept-encoding"
    assert b"Vary" not in fetch(Page(content_type=b"image/png"))[1]


asTheyAre = {
    "a picture": Page(content_type=b"image/png"),
    "what is compressed already": Page(content_encoding=b"br"),
    "a part": Page(code=206),
    "what must stay as it is": Page(cache_control=b"public, No-Transform"),
    "a short one": Page(body=b"short", content_length=b"5"),
}


@pytest.mark.parametrize("resource", asTheyAre.values(), ids=list(asTheyAre))
def test_someBodiesGoOutAsTheyAre(resource: Page) -> None:
    _, fields, body = fetch(resource)
    assert body == resource.body
    assert fields.get(b"Content-Encoding") == resource.headers.get("content_encoding")


def test_whoAcceptsNothingGetsThePage() -> None:
    assert fetch(Page(), b"")[2] == page
    assert fetch(Page(), b"gzip;q=0")[2] == page


def test_headSaysWhatGetWouldSay() -> None:
    _, fields, body = fetch(Page(), method=b"HEAD")
    assert (fields[b"Content-Encoding"], body) == (b"gzip", b"")


def test_tagsAreWeakAndStillRecognised() -> None:
    _, fields, _ = fetch(Page())
    assert fields[b"ETag"] == b'W/"state"'
    code, fields, body = fetch(Page(), extra=b'If-None-Match: W/"state"\r\n')
    assert (code, body) == (b"304", b"")
    assert b"Content-Encoding" not in fields


def test_eventsAreNotHeldBack() -> None:
    class Events(Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> int:
            request.setHeader("content-type", "text/event-stream")
            request.write(b"data: 1\n\n")
            self.request = request
            return NOT_DONE_YET

    wrapped = EncodingResourceWrapper(Events(), [ContentEncoderFactory([b"gzip"])])
    channel = Site(wrapped, reactor=Clock()).buildProtocol(None)
    transport = StringTransport()
    channel.makeConnection(transport)
    channel.dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
    chunks = transport.value().partition(b"\r\n\r\n")[2]
    size, _, rest = chunks.partition(b"\r\n")
    seen = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(rest[: int(size, 16)])
    assert seen == b"data: 1\n\n"
