"""Access logs as JSON: one object a line, whatever a client sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.web.accesslog import JSONLogFormatter, jsonLogFormatter, timedRequest
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAccessLogFormatter
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site


class Finished:
    """A request that is complete."""

    client: Any = IPv4Address("TCP", "192.0.2.7", 1)
    method = b"GET"
    uri = b"/a?b"
    clientproto = b"HTTP/1.1"
    code = 200
    sentLength = 12

    def __init__(self, **headers: bytes) -> None:
        self.requestHeaders = Headers()
        for name, value in headers.items():
            self.requestHeaders.setRawHeaders(name.replace("_", "-"), [value])


def _line(request: Any) -> dict[str, Any]:
    line = JSONLogFormatter(lambda: 1_800_000_000.125)("", request)
    assert "\n" not in line and line.isascii()
    read: dict[str, Any] = json.loads(line)
    return read


def test_aLineHasWhatWasAskedAndAnswered() -> None:
    assert _line(Finished(referer=b"http://x/", user_agent=b"curl")) == {
        "time": "2027-01-15T08:00:00.125Z",
        "client": "192.0.2.7",
        "method": "GET",
        "target": "/a?b",
        "version": "HTTP/1.1",
        "status": 200,
        "bytes": 12,
        "referer": "http://x/",
        "agent": "curl",
    }


def test_whatIsNotThereIsNotSaid() -> None:
    request = Finished()
    request.client = UNIXAddress(b"/x")
    assert _line(request)["client"] is None
    assert not {"referer", "agent", "trace", "seconds"} & set(_line(request))


_TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("parent", "given", "wanted"),
    [
        (b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", b"r1", _TRACE),
        (b"00-00000000000000000000000000000000-b7ad6b7169203331-01", b"r1", "r1"),
        (b"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", b"r1", "r1"),
        (b"nonsense", b"a b", None),
        (b"nonsense", b"x" * 129, None),
        (b"", b"5f2c-9", "5f2c-9"),
    ],
)
def test_theTraceIsTheOneThatTheClientSent(parent: bytes, given: bytes, wanted: str | None) -> None:
    line = _line(Finished(traceparent=parent, x_request_id=given))
    assert line.get("trace") == wanted


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_noRequestBreaksALine(uri: bytes, agent: bytes) -> None:
    request = Finished(user_agent=agent)
    request.uri = uri
    assert isinstance(_line(request)["target"], str)


def test_aSiteWritesALineForEachRequestWithItsSeconds() -> None:
    clock = MemoryReactorClock()
    lines: list[str] = []
    waiting: list[Any] = []

    class Slow(Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> int:
            waiting.append(request)
            return NOT_DONE_YET

    class Log:
        def write(self, data: str) -> None:
            lines.append(data)

    site = Site(
        Slow(),
        timedRequest(monotonic=clock.seconds),
        logFormatter=JSONLogFormatter(clock.seconds, clock.seconds),
        reactor=clock,
    )
    site.startFactory()
    site.logFile = Log()
    channel = site.buildProtocol(None)
    channel.makeConnection(StringTransport())
    channel.dataReceived(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
    clock.advance(0.25)
    waiting[0].write(b"four")
    waiting[0].finish()
    (line,) = lines
    assert line.endswith("}\n")
    assert {"target": "/x", "seconds": 0.25, "bytes": 4}.items() <= json.loads(line).items()
    channel.connectionLost(None)
    site.stopFactory()


def test_aLineIsInTheFileAtOnceAndThoseOfABusyTurnAtItsEnd(tmp_path: Path) -> None:
    clock = MemoryReactorClock()
    path = tmp_path / "log"
    site = Site(
        Resource(),
        logPath=path,
        reactor=clock,
        logFormatter=lambda timestamp, request: request.uri.decode(),
    )
    site.startFactory()

    def log(uri: bytes) -> str:
        finished: Any = Finished()
        finished.uri = uri
        site.log(finished)
        return path.read_text()

    assert log(b"/a") == "/a\n"
    assert log(b"/b") == log(b"/c") == "/a\n"
    clock.advance(0)
    assert path.read_text() == "/a\n/b\n/c\n"
    assert log(b"/d") == "/a\n/b\n/c\n/d\n"
    site.stopFactory()
    assert clock.getDelayedCalls() == []


def test_theFormattersAreWhatSitesWant() -> None:
    assert IAccessLogFormatter.providedBy(jsonLogFormatter)
    assert IAccessLogFormatter.providedBy(JSONLogFormatter())
    finished: Any = Finished()
    assert json.loads(jsonLogFormatter("", finished))["status"] == 200
