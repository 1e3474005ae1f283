"""A client of HTTP/2 that sends what it is told to, right or wrong, and reads what comes."""

from __future__ import annotations

from typing import Any, cast

from hpack import Decoder, Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web import http
from twisted.web._http2 import H2Connection

preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

Fields = list[tuple[bytes, bytes]]

get: Fields = [
    (b":method", b"GET"),
    (b":scheme", b"https"),
    (b":authority", b"a.example"),
    (b":path", b"/"),
]
post: Fields = [(b":method", b"POST"), *get[1:]]


class Writer:
    """Makes frames; the table of HPACK is that of one connection."""

    def __init__(self) -> None:
        self.encoder = Encoder()

    def headers(self, streamID: int, fields: Fields, *flags: str, end: bool = True) -> bytes:
        frame = HeadersFrame(streamID, self.encoder.encode(fields))
        frame.flags.add("END_HEADERS")
        if end:
            frame.flags.add("END_STREAM")
        for flag in flags:
            frame.flags.add(flag)
        return frame.serialize()

    def openHeaders(self, streamID: int, block: bytes) -> bytes:
        return HeadersFrame(streamID, block).serialize()

    def continuation(self, streamID: int, block: bytes, end: bool = False) -> bytes:
        return ContinuationFrame(streamID, block, flags=["END_HEADERS"] if end else []).serialize()

    def data(self, streamID: int, data: bytes, end: bool = False) -> bytes:
        return DataFrame(streamID, data, flags=["END_STREAM"] if end else []).serialize()

    def settings(self, **settings: int) -> bytes:
        numbers = {"table": 1, "push": 2, "streams": 3, "window": 4, "frame": 5, "list": 6}
        return SettingsFrame(
            0, settings={numbers[name]: value for name, value in settings.items()}
        ).serialize()

    def window(self, streamID: int, more: int) -> bytes:
        return WindowUpdateFrame(streamID, more).serialize()

    def reset(self, streamID: int, code: int = 8) -> bytes:
        return RstStreamFrame(streamID, code).serialize()

    def ping(self) -> bytes:
        return PingFrame(0, b"12345678").serialize()

    def priority(self, streamID: int, dependsOn: int = 0, weight: int = 15) -> bytes:
        return PriorityFrame(streamID, dependsOn, weight).serialize()

    def goAway(self, code: int = 0) -> bytes:
        return GoAwayFrame(0, 0, code).serialize()


class Answer(http.Request):
    """Keeps itself in its factory's list, and says what came."""

    def process(self) -> None:
        self.channel.factory.append(self)
        body = b"%b %b %b" % (self.method, self.uri, self.content.read())
        self.setHeader(b"content-length", b"%d" % len(body))
        self.write(body)
        self.finish()


class Later(http.Request):
    """Is answered by the test."""

    def process(self) -> None:
        self.channel.factory.append(self)


class Peer(Writer):
    """
    One connection.

    Attributes:
        requests: those that were made, when they came.
        clock: of the server.
    """

    def __init__(self, requestFactory: Any = Answer, greet: bool = True) -> None:
        super().__init__()
        self.requests: list[Any] = []
        self.clock = Clock()
        self.transport = StringTransport()
        self.server = cast(Any, H2Connection(self.clock))
        self.server.callLater = self.clock.callLater
        self.server.requestFactory = requestFactory
        self.server.factory = _Kept(self.requests)
        self.server.timeOut = 60
        self.server.makeConnection(self.transport)
        self._decoder = Decoder()
        self._raw = b""
        if greet:
            self.say(preface, self.settings())
            self.heard()

    def say(self, *parts: bytes) -> Peer:
        """Send, and let a turn of the reactor pass."""
        for part in parts:
            self.server.dataReceived(part)
        self.clock.advance(0)
        return self

    def heard(self) -> list[Any]:
        """Returns: the frames that came since the last call; fields are decoded."""
        self._raw += self.transport.value()
        self.transport.clear()
        found: list[Any] = []
        while len(self._raw) >= 9:
            frame: Any
            frame, length = Frame.parse_frame_header(memoryview(self._raw[:9]))
            if len(self._raw) < 9 + length:
                break
            frame.parse_body(memoryview(self._raw[9 : 9 + length]))
            self._raw = self._raw[9 + length :]
            if isinstance(frame, HeadersFrame) and "END_HEADERS" in frame.flags:
                cast(Any, frame).fields = list(self._decoder.decode(frame.data, raw=True))
            found.append(frame)
        return found

    def ended(self) -> int | None:
        """Returns: the code that the server closed with, or None."""
        for frame in self.heard():
            if isinstance(frame, GoAwayFrame):
                return int(frame.error_code)
        return None


class _Kept(list[Any]):
    """What requests take for their factory: it keeps no log."""

    def __init__(self, kept: list[Any]) -> None:
        super().__init__()
        self.append = kept.append  # type: ignore[method-assign]  # the test's list

    def log(self, request: object) -> None:
        pass
