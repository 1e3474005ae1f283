"""What becomes of clients that ask for more than they may."""

from __future__ import annotations

from typing import Any

import pytest
from hpack import Decoder
from hyperframe.frame import Frame, HeadersFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.web._h2.peer import Writer, get, post, preface
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._http.limits import Peers, peerOf
from twisted.web.limits import Limits
from twisted.web.resource import Resource
from twisted.web.server import Site


class Echo(Resource):
    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        return b"hello"

    def render_POST(self, request: Any) -> bytes:
        return b"%d bytes" % len(request.content.read())


class Transport(StringTransport):
    """One that can say that it sends no more."""

    saidAll = False
    negotiatedProtocol: bytes | None = None

    def loseWriteConnection(self) -> None:
        self.saidAll = True


class World:
    """A site, its clock, and its clients."""

    def __init__(self, **limits: Any) -> None:
        self.clock = Clock()
        self.site = Site(Echo(), reactor=self.clock, limits=Limits(**limits))
        self.lines: list[Any] = []
        self.site.log = self.lines.append  # type: ignore[assignment,method-assign]  # the log

    def connect(self, host: str = "192.0.2.1", http2: bool = False) -> Client:
        return Client(self, host, http2)


class Client:
    def __init__(self, world: World, host: str, http2: bool) -> None:
        self.world = world
        self.transport = Transport(peerAddress=IPv4Address("TCP", host, 4000))
        self.transport.negotiatedProtocol = b"h2" if http2 else None
        self.channel = world.site.buildProtocol(self.transport.getPeer())
        self.channel.makeConnection(self.transport)

    def say(self, *parts: bytes) -> bytes:
        for part in parts:
            self.channel.dataReceived(part)
        self.world.clock.advance(0)
        return self.heard()

    def heard(self) -> bytes:
        said: bytes = self.transport.value()
        self.transport.clear()
        return said

    def leave(self) -> None:
        self.channel.connectionLost(Failure(ConnectionDone()))


request = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"


def send(length: int, extra: bytes = b"") -> bytes:
    return b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%b\r\n" % (length, extra)


def code(said: bytes) -> int:
    assert said.startswith(b"HTTP/1.1 "), said
    return int(said[9:12])


refused: dict[str, tuple[dict[str, Any], bytes, int]] = {
    "a long first line": ({"headBytes": 100}, b"GET /" + b"x" * 200, 414),
    "a long first line that is whole": (
        {"headBytes": 100},
        b"GET /" + b"x" * 200 + b" HTTP/1.1\r\n\r\n",
        414,
    ),
    "long headers": ({"headBytes": 100}, request[:-2] + b"X: " + b"x" * 100, 431),
    "long headers that are whole": (
        {"headBytes": 100},
        request[:-2] + b"X: " + b"x" * 100 + b"\r\n\r\n",
        431,
    ),
    "many headers": ({"headers": 3}, request[:-2] + b"X: y\r\n" * 3 + b"\r\n", 431),
    "a long body": ({"bodyBytes": 10}, send(11), 413),
    "a long body in chunks": (
        {"bodyBytes": 10},
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"6\r\nabcdef\r\n5\r\nabcde",
        413,
    ),
    "a long body that asks first": ({"bodyBytes": 10}, send(11, b"Expect: 100-continue\r\n"), 413),
}


@pytest.mark.parametrize(("limits", "stream", "wanted"), refused.values(), ids=list(refused))
@pytest.mark.parametrize("step", [1, 10_000])
def test_tooMuchIsRefusedAndTheReasonSaid(
    limits: dict[str, Any], stream: bytes, wanted: int, step: int
) -> None:
    client = World(**limits).connect()
    said = b"".join(client.say(stream[at : at + step]) for at in range(0, len(stream), step))
    assert code(said) == wanted
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"Connection: close" in head.split(b"\r\n")
    assert b"Content-Length: %d" % len(body) in head.split(b"\r\n")
    assert client.transport.saidAll
    assert client.say(b"x" * 100, request) == b""


allowed: dict[str, tuple[dict[str, Any], bytes]] = {
    "all the bytes of a head": ({"headBytes": len(request) - 4}, request),
    "all the headers": ({"headers": 2}, request[:-2] + b"X: y\r\n\r\n"),
    "all of a body": ({"bodyBytes": 10}, send(10) + b"x" * 10),
    "all of a body in chunks": (
        {"bodyBytes": 10},
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"6\r\nabcdef\r\n4\r\nabcd\r\n0\r\n\r\n",
    ),
}


@pytest.mark.parametrize(("limits", "stream"), allowed.values(), ids=list(allowed))
@pytest.mark.parametrize("step", [1, 10_000])
def test_whatIsJustAllowedIsAnswered(limits: dict[str, Any], stream: bytes, step: int) -> None:
    client = World(**limits).connect()
    said = b"".join(client.say(stream[at : at + step]) for at in range(0, len(stream), step))
    assert code(said) == 200
    assert not client.transport.disconnecting


def test_otherMistakesAreAnswered400() -> None:
    assert code(World().connect().say(b"nonsense\r\n\r\n")) == 400


def test_aHeadThatDripsIsTimedOut() -> None:
    world = World(headSeconds=10)
    client = world.connect()
    for at in range(9):
        assert client.say(request[at : at + 1]) == b""
        world.clock.advance(1)
    world.clock.advance(1)
    assert code(client.heard()) == 408
    world.clock.advance(2)
    assert client.transport.disconnected


def test_aHeadInTimeIsNotTimedOut() -> None:
    world = World(headSeconds=10, bodySeconds=10)
    client = world.connect()
    for _ in range(5):
        client.say(request[:5])
        world.clock.advance(9)
        assert code(client.say(request[5:])) == 200
    assert not client.transport.disconnecting


def test_aBodyThatDripsIsTimedOut() -> None:
    world = World(bodySeconds=10)
    client = world.connect()
    client.say(send(100))
    for _ in range(9):
        assert client.say(b"x") == b""
        world.clock.advance(1)
    world.clock.advance(1)
    assert code(client.heard()) == 408


def test_connectionsOfOneAddressAreCounted() -> None:
    world = World(connectionsPerPeer=2)
    first, second, third = (world.connect() for _ in range(3))
    assert code(third.heard()) == 503
    assert third.say(request) == b""
    assert code(first.say(request)) == 200
    assert code(second.say(request)) == 200
    assert code(world.connect("192.0.2.2").say(request)) == 200
    third.leave()
    first.leave()
    assert code(world.connect().say(request)) == 200
    assert code(world.connect().heard()) == 503


def test_connectionsOfHTTP2AreCountedToTheirEnd() -> None:
    world = World(connectionsPerPeer=1)
    first = world.connect(http2=True)
    first.say(preface, Writer().settings())
    assert code(world.connect().heard()) == 503
    first.leave()
    assert code(world.connect().say(request)) == 200


def test_requestsOfOneAddressAreCounted() -> None:
    world = World(requestsPerSecond=2, requestBurst=4)
    client = world.connect()
    assert [code(client.say(request)) for _ in range(4)] == [200] * 4
    said = client.say(request)
    assert code(said) == 429
    assert b"Retry-After: 10" in said
    assert code(world.connect().say(request)) == 429
    assert code(world.connect("192.0.2.2").say(request)) == 200
    world.clock.advance(0.5)
    assert code(world.connect().say(request)) == 200


def test_refusalsOverHTTP2AreResponses() -> None:
    world = World(requestsPerSecond=1, requestBurst=3, bodyBytes=5)
    client = world.connect(http2=True)
    writer = Writer()
    said = client.say(
        preface,
        writer.settings(),
        writer.headers(1, [*post, (b"content-length", b"6")], end=False),
        writer.headers(3, post, end=False) + writer.data(3, b"x" * 6),
        writer.headers(5, post, end=False) + writer.data(5, b"x" * 5, True),
        writer.headers(7, get),
    )
    assert statuses(said) == {1: b"413", 3: b"413", 5: b"200", 7: b"429"}


def test_aBodyThatDripsIsTimedOutOverHTTP2() -> None:
    world = World(bodySeconds=10)
    client, writer = world.connect(http2=True), Writer()
    said = client.say(preface, writer.settings(), writer.headers(1, post, end=False))
    said += client.say(writer.headers(3, post, end=False), writer.data(3, b"x", True))
    for _ in range(9):
        assert client.say(writer.data(1, b"x")) == b""
        world.clock.advance(1)
    world.clock.advance(1)
    assert statuses(said + client.say()) == {1: b"408", 3: b"200"}
    world.clock.advance(60)
    assert client.transport.disconnecting


@pytest.mark.parametrize("split", [False, True], ids=["in one frame", "in two"])
def test_aHeadThatDripsIsTimedOutOverHTTP2(split: bool) -> None:
    world = World(headSeconds=10)
    client, writer = world.connect(http2=True), Writer()
    block = writer.encoder.encode(get)
    head = writer.openHeaders(1, block[:2]) + writer.continuation(1, block[2:], True)
    stream = head if split else writer.headers(1, get)
    client.say(preface, writer.settings())
    # What kind of a frame it is, its fourth byte says.
    for at in range(13):
        assert not client.transport.disconnecting
        client.say(stream[at : at + 1])
        world.clock.advance(1)
    assert client.transport.disconnecting


def test_headsInTimeAreNotTimedOutOverHTTP2() -> None:
    world = World(headSeconds=10)
    client, writer = world.connect(http2=True), Writer()
    client.say(preface, writer.settings())
    for number in range(1, 9, 2):
        stream = writer.headers(number, get)
        client.say(stream[:12])
        world.clock.advance(9)
        client.say(stream[12:])
    assert not client.transport.disconnecting
    world.clock.advance(11)
    assert not client.transport.disconnecting


def statuses(said: bytes) -> dict[int, bytes]:
    """The codes of what a server of HTTP/2 has sent, by stream."""
    decoder = Decoder()
    found: dict[int, bytes] = {}
    while said:
        frame, length = Frame.parse_frame_header(memoryview(said[:9]))
        frame.parse_body(memoryview(said[9 : 9 + length]))
        said = said[9 + length :]
        if isinstance(frame, HeadersFrame):
            fields: Any = dict(decoder.decode(frame.data, raw=True))
            found[frame.stream_id] = fields[b":status"]
    return found


def test_whoIsThePeer() -> None:
    assert peerOf(IPv4Address("TCP", "192.0.2.1", 1)) == "192.0.2.1"
    assert peerOf(IPv6Address("TCP", "2001:db8:0:1::5", 1)) == "2001:db8:0:1::/64"
    assert peerOf(IPv6Address("TCP", "2001:db8:0:1:ffff::5", 1)) == "2001:db8:0:1::/64"
    assert peerOf(IPv6Address("TCP", "fe80::1%eth0", 1)) == "fe80::/64"
    assert peerOf(UNIXAddress(b"/x")) is None


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 2)), max_size=200))
@settings(deadline=None, max_examples=examples(50))
def test_whatIsKeptOfPeersIsBounded(steps: list[tuple[int, float]]) -> None:
    clock = Clock()
    peers = Peers(Limits(requestsPerSecond=1, requestBurst=3), clock.seconds)
    peers.mostKept = 10
    for number, passed in steps:
        clock.advance(passed)
        peers.asked(str(number))
        assert len(peers._tokens) <= 10


@pytest.mark.parametrize("wrong", [-1, "10", True, float("-inf")])
def test_aLimitThatIsNoNumberIsRefused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="bodyBytes"):
        Limits(bodyBytes=wrong)


def test_aHeadWithoutALimitIsRefused() -> None:
    nothing: Any = None
    with pytest.raises(ValueError, match="headBytes"):
        Limits(headBytes=nothing)


def test_aSiteWithoutLimitsCountsNothing() -> None:
    site = Site(Echo(), reactor=Clock())
    channel = site.buildProtocol(None)
    assert (site.limits, site._peers, hasattr(channel, "limits")) == (None, None, False)
