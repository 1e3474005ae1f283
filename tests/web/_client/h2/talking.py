"""A server of HTTP/2 in memory, right or wrong, and what a client makes of it."""

from __future__ import annotations

from typing import Any, cast

from hpack import Decoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    RstStreamFrame,
    WindowUpdateFrame,
)
from zope.interface import alsoProvides

from tests.web._client.talking import Body
from tests.web._h2.peer import Fields, Writer, preface
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import INegotiated
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._client.h2.connection import H2ClientConnection
from twisted.web._newclient import Request
from twisted.web.client import Agent, HTTPConnectionPool, readBody
from twisted.web.http_headers import Headers

ok: Fields = [(b":status", b"200")]


class Listener(Writer):
    """The other end of a transport: reads what a client writes."""

    def __init__(self, transport: Any) -> None:
        super().__init__()
        self.transport = transport
        self.greeted = False
        self._decoder = Decoder()
        self._raw = b""

    def heard(self) -> list[Any]:
        """Returns: the frames that came since the last call; fields are decoded."""
        self._raw += self.transport.value()
        self.transport.clear()
        if not self.greeted and self._raw:
            assert self._raw.startswith(preface)
            self._raw = self._raw[len(preface) :]
            self.greeted = True
        found: list[Any] = []
        while len(self._raw) >= 9:
            frame: Any
            frame, length = Frame.parse_frame_header(memoryview(self._raw[:9]))
            if len(self._raw) < 9 + length:
                break
            frame.parse_body(memoryview(self._raw[9 : 9 + length]))
            self._raw = self._raw[9 + length :]
            if isinstance(frame, HeadersFrame) and "END_HEADERS" in frame.flags:
                frame.fields = list(self._decoder.decode(frame.data, raw=True))  # type: ignore[attr-defined]  # ours
            assert not isinstance(frame, ContinuationFrame)
            found.append(frame)
        return found

    def requests(self) -> list[int]:
        """Returns: the streams that were begun since."""
        return [frame.stream_id for frame in self.heard() if isinstance(frame, HeadersFrame)]

    def resets(self) -> list[tuple[int, int]]:
        return [
            (frame.stream_id, frame.error_code)
            for frame in self.heard()
            if isinstance(frame, RstStreamFrame)
        ]

    def windows(self) -> dict[int, int]:
        """Returns: by how much each window was enlarged since; 0 is that of the connection."""
        given: dict[int, int] = {}
        for frame in self.heard():
            if isinstance(frame, WindowUpdateFrame):
                given[frame.stream_id] = given.get(frame.stream_id, 0) + frame.window_increment
        return given

    def uploaded(self) -> dict[int, bytes]:
        bodies: dict[int, bytes] = {}
        for frame in self.heard():
            if isinstance(frame, DataFrame):
                bodies[frame.stream_id] = bodies.get(frame.stream_id, b"") + frame.data
        return bodies

    def ended(self) -> int | None:
        """Returns: the code that the client closed with, or None."""
        for frame in self.heard():
            if isinstance(frame, GoAwayFrame):
                return int(frame.error_code)
        return None

    def goAwayAfter(self, last: int, code: int = 0) -> bytes:
        return GoAwayFrame(0, last, code).serialize()


class Asked:
    """
    What becomes of one request.

    Attributes:
        response, failure: one of them, in the end.
        body: gets the body.
    """

    def __init__(self, answer: Deferred[Any], deliver: bool = True) -> None:
        self.response: Any = None
        self.failure: Any = None
        self.body = Body()
        self.answer = answer
        self._deliver = deliver
        answer.addCallbacks(self._answered, self._failed)

    def _answered(self, response: Any) -> None:
        self.response = response
        if self._deliver:
            response.deliverBody(self.body)

    def _failed(self, reason: Failure) -> None:
        self.failure = reason

    @property
    def kind(self) -> type[BaseException] | None:
        """What the request, or else its body, has failed with or ended by."""
        return self.failure.type if self.failure is not None else self.body.ended

    @property
    def reasons(self) -> list[type[BaseException]]:
        failure = self.failure or self.body.reason
        assert failure is not None
        return [reason.type for reason in failure.value.reasons]


class Talk(Listener):
    """
    One connection.

    Attributes: told: what its owner was told.
    """

    def __init__(self, greet: bool = True) -> None:
        super().__init__(StringTransport(lenient=True))
        self.told: list[str] = []
        self.clock = Clock()
        self.connection = H2ClientConnection(cast(Any, self), self.clock)
        self.connection.makeConnection(self.transport)
        if greet:
            self.say(self.settings())
            self.heard()

    def connectionBusy(self, connection: Any) -> None:
        self.told.append("busy")

    def connectionIdle(self, connection: Any) -> None:
        assert connection.state == "QUIESCENT"
        self.told.append("idle")

    def connectionRetired(self, connection: Any) -> None:
        self.told.append("retired")

    def ask(
        self,
        method: bytes = b"GET",
        producer: Any = None,
        deliver: bool = True,
        headers: Headers | None = None,
    ) -> Asked:
        headers = Headers({b"Host": [b"a.example"]}) if headers is None else headers
        request = Request(method, b"/", headers, producer, persistent=True)
        return Asked(self.connection.request(request), deliver)

    def say(self, *parts: bytes) -> Talk:
        """Let the client have ``parts``, and a turn of the reactor."""
        for part in parts:
            self.connection.dataReceived(part)
        self.clock.advance(0)
        return self

    def end(self, reason: BaseException | None = None) -> Talk:
        """The connection is lost."""
        self.connection.connectionLost(Failure(reason or ConnectionDone()))
        return self

    @property
    def closed(self) -> bool:
        return bool(self.transport.disconnecting)


class Negotiated(StringTransport):
    """A transport with TLS on which something was chosen."""

    def __init__(self, speaks: bytes | None) -> None:
        super().__init__(lenient=True)
        alsoProvides(self, INegotiated)
        self.negotiatedProtocol = speaks

    def getPeerCertificate(self) -> str:
        return "certificate"


class Place:
    """A server that is connected to in memory, when the test says so."""

    def __init__(self, speaks: bytes | None = b"h2") -> None:
        self.speaks = speaks
        self.waiting: list[tuple[Deferred[Any], Any]] = []
        self.cancelled = 0
        self.transports: list[Any] = []
        self.protocols: list[Any] = []

    def connect(self, factory: Any) -> Deferred[Any]:
        def cancel(_: object) -> None:
            self.cancelled += 1

        connecting: Deferred[Any] = Deferred(cancel)
        self.waiting.append((connecting, factory))
        return connecting

    def open(self, shake: bool = True) -> Listener:
        """Let the oldest attempt succeed. Args: shake: and the handshake of TLS."""
        connecting, factory = self.waiting.pop(0)
        transport: Any = Negotiated(self.speaks)
        built = transport.wrappedProtocol = factory.buildProtocol(None)
        self.transports.append(transport)
        built.makeConnection(transport)
        connecting.callback(built)
        if shake:
            self.shake(built, transport)
        return Listener(transport)

    def shake(self, built: Any, transport: Any) -> None:
        if hasattr(built, "handshakeCompleted"):
            built.handshakeCompleted()
        self.protocols.append(transport.wrappedProtocol)

    def refuse(self, why: BaseException) -> None:
        self.waiting.pop(0)[0].errback(Failure(why))

    def endpointForURI(self, uri: Any) -> Place:
        return self

    def say(self, number: int, *parts: bytes) -> None:
        for part in parts:
            self.protocols[number].dataReceived(part)

    def lose(self, number: int, why: BaseException | None = None) -> None:
        self.protocols[number].connectionLost(Failure(why or ConnectionDone()))


class Web:
    """An agent with a pool, and the place to which all its connections lead."""

    def __init__(self, speaks: bytes | None = b"h2") -> None:
        self.clock = Clock()
        self.place = Place(speaks)
        self.pool = HTTPConnectionPool(self.clock)
        self.pool.http2 = True
        self.agent = Agent.usingEndpointFactory(self.clock, cast(Any, self.place), self.pool)

    def ask(
        self, uri: bytes = b"https://a.example/", method: bytes = b"GET", producer: Any = None
    ) -> list[Any]:
        """Returns: gets the body, or the exception."""
        return self.asking(uri, method, producer)[0]

    def asking(
        self, uri: bytes = b"https://a.example/", method: bytes = b"GET", producer: Any = None
    ) -> tuple[list[Any], Deferred[Any]]:
        got: list[Any] = []
        asked: Deferred[Any] = self.agent.request(method, uri, None, producer)
        asked.addCallback(readBody)
        asked.addCallbacks(got.append, lambda reason: got.append(reason.value))
        return got, asked

    def open(self) -> Listener:
        """Returns: the other end of a new connection of HTTP/2, after its settings."""
        listener = self.place.open()
        self.place.say(-1, listener.settings())
        return listener

    def answer(self, listener: Listener, streamID: int, body: bytes = b"a") -> None:
        number = self.place.transports.index(listener.transport)
        self.place.say(
            number, listener.headers(streamID, ok, end=False), listener.data(streamID, body, True)
        )


class Producing:
    """A body that the test writes."""

    def __init__(self, length: Any) -> None:
        self.length = length
        self.calls: list[str] = []
        self.done: Deferred[None] = Deferred()
        self.consumer: Any = None

    def startProducing(self, consumer: Any) -> Deferred[None]:
        self.consumer = consumer
        return self.done

    def pauseProducing(self) -> None:
        self.calls.append("pause")

    def resumeProducing(self) -> None:
        self.calls.append("resume")

    def stopProducing(self) -> None:
        self.calls.append("stop")


class Whole(Producing):
    """A body that is there at once."""

    def __init__(self, data: bytes) -> None:
        super().__init__(len(data))
        self.data = data

    def startProducing(self, consumer: Any) -> Deferred[None]:
        consumer.write(self.data)
        return succeed(None)
