"""The client of memcached: in memory, and with a real one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import drive
from twisted.internet.defer import TimeoutError
from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock, deferLater
from twisted.internet.testing import StringTransport
from twisted.protocols import memcache
from twisted.python.failure import Failure

Call = Callable[[memcache.MemCacheProtocol], Any]


def connected() -> tuple[memcache.MemCacheProtocol, StringTransport, Clock]:
    client: Any = memcache.MemCacheProtocol()
    transport, clock = StringTransport(), Clock()
    client.callLater = clock.callLater
    client.makeConnection(transport)
    return client, transport, clock


def outcome(deferred: Any) -> list[Any]:
    results: list[Any] = []
    deferred.addBoth(results.append)
    return results


calls: list[tuple[Call, bytes, bytes, Any]] = [
    (lambda c: c.get(b"k"), b"get k", b"VALUE k 7 3\r\nabc\r\nEND", (7, b"abc")),
    (lambda c: c.get(b"k"), b"get k", b"VALUE k 0 5\r\n\r\nEND\r\nEND", (0, b"\r\nEND")),
    (lambda c: c.get(b"k"), b"get k", b"VALUE k 0 0\r\n\r\nEND", (0, b"")),
    (lambda c: c.get(b"k"), b"get k", b"END", (0, None)),
    (lambda c: c.get(b"k", True), b"gets k", b"VALUE k 0 1 99\r\na\r\nEND", (0, b"99", b"a")),
    (lambda c: c.get(b"k", True), b"gets k", b"END", (0, b"", None)),
    (
        lambda c: c.getMultiple([b"a", b"b"]),
        b"get a b",
        b"VALUE b 0 1\r\nx\r\nEND",
        {b"a": (0, None), b"b": (0, b"x")},
    ),
    (lambda c: c.set(b"k", b"a\r\n", 3, 9), b"set k 3 9 3\r\na\r\n", b"STORED", True),
    (lambda c: c.add(b"k", b""), b"add k 0 0 0\r\n", b"NOT_STORED", False),
    (lambda c: c.replace(b"k", b""), b"replace k 0 0 0\r\n", b"NOT STORED", False),
    (lambda c: c.append(b"k", b"a"), b"append k 0 0 1\r\na", b"STORED", True),
    (lambda c: c.prepend(b"k", b"a"), b"prepend k 0 0 1\r\na", b"STORED", True),
    (lambda c: c.checkAndSet(b"k", b"a", b"5"), b"cas k 0 0 1 5\r\na", b"EXISTS", False),
    (lambda c: c.checkAndSet(b"k", b"a", b"5"), b"cas k 0 0 1 5\r\na", b"NOT_FOUND", False),
    (lambda c: c.increment(b"k", 2), b"incr k 2", b"12", 12),
    (lambda c: c.decrement(b"k"), b"decr k 1", b"0  ", 0),
    (lambda c: c.increment(b"k"), b"incr k 1", b"NOT_FOUND", False),
    (lambda c: c.delete(b"k"), b"delete k", b"DELETED", True),
    (lambda c: c.delete(b"k"), b"delete k", b"NOT FOUND", False),
    (lambda c: c.stats(), b"stats", b"STAT a b c\r\nSTAT d e\r\nEND", {b"a": b"b c", b"d": b"e"}),
    (lambda c: c.stats(b"slabs"), b"stats slabs", b"END", {}),
    (lambda c: c.version(), b"version", b"VERSION 1.6.18 x", b"1.6.18 x"),
    (lambda c: c.flushAll(), b"flush_all", b"OK", True),
]
ids = [f"{sent[:12]!r} {answer[:9]!r}" for _, sent, answer, _ in calls]


@pytest.mark.parametrize(("call", "sent", "answer", "result"), calls, ids=ids)
def test_aCallIsSentAndItsAnswerReadHoweverItIsCut(
    call: Call, sent: bytes, answer: bytes, result: Any
) -> None:
    answer += b"\r\n"
    cuts: list[list[bytes]] = [[answer[at : at + 1] for at in range(len(answer))]]
    cuts += [[answer[:at], answer[at:]] for at in range(len(answer))]
    for pieces in cuts:
        client, transport, clock = connected()
        results = outcome(call(client))
        assert transport.value() == sent + b"\r\n"
        for piece in pieces:
            client.dataReceived(piece)
        assert results == [result]
        assert clock.getDelayedCalls() == []


def test_manyCallsAtOnceAreAnsweredInTheirOrder() -> None:
    client, transport, _ = connected()
    results = [outcome(call(client)) for call, _, _, _ in calls]
    assert transport.value() == b"".join(sent + b"\r\n" for _, sent, _, _ in calls)
    client.dataReceived(b"".join(answer + b"\r\n" for _, _, answer, _ in calls))
    assert [result for (result,) in results] == [result for _, _, _, result in calls]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"ERROR", memcache.NoSuchCommand),
        (b"CLIENT_ERROR no good", memcache.ClientError),
        (b"SERVER_ERROR out of memory", memcache.ServerError),
        (b"SERVER_ERROR", memcache.ServerError),
    ],
)
def test_theServersErrorsFailTheCall(answer: bytes, kind: Any) -> None:
    for call, *_ in calls:
        client, _, _ = connected()
        results = outcome(call(client))
        client.dataReceived(answer + b"\r\n")
        assert results[0].type is kind


@pytest.mark.parametrize(
    "key",
    [b"", b"a b", b"a\r\nflush_all", b"a\0", b"a\n", b"a\t", b"\x7f", b"a" * 251, "text", 1, None],
)
def test_aKeyThatWouldBeMoreThanAKeyIsRefused(key: Any) -> None:
    """CR, LF, NUL and blanks in arguments begin other arguments and commands."""
    client, transport, _ = connected()
    refused = [
        client.get(key),
        client.getMultiple([b"a", key]),
        client.set(key, b""),
        client.add(key, b""),
        client.replace(key, b""),
        client.append(key, b""),
        client.prepend(key, b""),
        client.checkAndSet(key, b"", b"1"),
        client.increment(key),
        client.decrement(key),
        client.delete(key),
    ]
    assert {outcome(deferred)[0].type for deferred in refused} == {memcache.ClientError}
    assert transport.value() == b""


def test_otherArgumentsAreRefusedToo() -> None:
    client, transport, _ = connected()
    anything: Any = client
    refused = [
        anything.set(b"k", "text"),
        anything.set(b"k", b"", flags=b"0 0 5"),
        anything.set(b"k", b"", expireTime="1"),
        anything.set(b"k", b"", flags=-1),
        anything.checkAndSet(b"k", b"", b"1 noreply"),
        anything.checkAndSet(b"k", b"", b"1\r\nx"),
        anything.increment(b"k", -1),
        anything.increment(b"k", "1"),
        anything.stats(b"a\r\nflush_all"),
        anything.stats(b""),
        anything.getMultiple([]),
    ]
    assert {outcome(deferred)[0].type for deferred in refused} == {memcache.ClientError}
    assert transport.value() == b""


def test_theLongestKeyIsSent() -> None:
    client, transport, _ = connected()
    client.get(b"k" * 250).addErrback(lambda _: None)
    assert len(transport.value()) == 256


@pytest.mark.parametrize(
    "answer",
    [
        b"VALUE other 0 1\r\n",
        b"VALUE k 0 -1\r\n",
        b"VALUE k 0 x\r\n",
        b"VALUE k 0 0x1\r\n",
        b"VALUE k 0\r\n",
        b"VALUE k 0 1 2\r\n",
        b"VALUE k 0 2147483648\r\n",
        b"VALUE k 0 1\r\nabc\r\nEND\r\n",
        b"VALUE\r\n",
        b"STAT a b\r\n",
        b"STORED\r\n",
        b"DELETED\r\n",
        b"VERSION 1\r\n",
        b"OK\r\n",
        b"12\r\n",
        b"-1\r\n",
        b"stored\r\n",
        b"__class__\r\n",
        b"\r\n",
        b"\0\r\n",
    ],
)
def test_anAnswerThatIsNoneEndsIt(answer: bytes) -> None:
    client, _, _ = connected()
    results = outcome(client.get(b"k"))
    with pytest.raises(RuntimeError):
        client.dataReceived(answer)
    client.connectionLost(Failure(ConnectionDone()))
    assert results[0].check(ConnectionDone)


def test_anAnswerToNothingEndsIt() -> None:
    for answer in (b"STORED\r\n", b"12\r\n", b"END\r\n"):
        with pytest.raises(RuntimeError, match="nothing was asked"):
            connected()[0].dataReceived(answer)


@pytest.mark.parametrize("beyond", [False, True])
def test_aValueAndStatisticsHaveBounds(beyond: bool) -> None:
    client, _, _ = connected()
    client.maxValueBytes, client.maxStatistics = 4, 2
    value = outcome(client.get(b"k"))
    client.stats().addErrback(lambda _: None)
    size = 4 + beyond
    wire = b"VALUE k 0 %d\r\n" % size + b"x" * size + b"\r\nEND\r\n"
    many = b"".join(b"STAT %d x\r\n" % at for at in range(2 + beyond))
    if beyond:
        with pytest.raises(RuntimeError, match="maxValueBytes"):
            client.dataReceived(wire)
        client, _, _ = connected()
        client.maxStatistics = 2
        client.stats().addErrback(lambda _: None)
        with pytest.raises(RuntimeError):
            client.dataReceived(many)
    else:
        client.dataReceived(wire + many)
        assert value == [(0, b"xxxx")]


def test_anEndlessLineEndsTheConnection() -> None:
    client, transport, _ = connected()
    client.get(b"k").addErrback(lambda _: None)
    client.dataReceived(b"x" * 20_000)
    assert transport.disconnecting


@given(st.lists(st.binary(max_size=40)))
def test_randomBytesAreAnAnswerOrRefused(pieces: list[bytes]) -> None:
    client, _, _ = connected()
    for call, *_ in calls[:6]:
        call(client).addErrback(lambda _: None)
    try:
        for piece in pieces:
            client.dataReceived(piece)
    except RuntimeError:
        pass


def test_aSilentServerIsLeft() -> None:
    client, transport, clock = connected()
    first = outcome(client.get(b"a"))
    clock.advance(59)
    second = outcome(client.get(b"b"))
    clock.advance(1)
    assert [results[0].type for results in (first, second)] == [TimeoutError] * 2
    assert transport.disconnecting
    assert outcome(client.get(b"c"))[0].check(RuntimeError)


def test_aLostConnectionFailsWhatWaitsAndWhatComesLater() -> None:
    client, _, clock = connected()
    results = outcome(client.get(b"a"))
    client.connectionLost(Failure(ConnectionDone()))
    assert results[0].check(ConnectionDone)
    assert outcome(client.set(b"a", b"b"))[0].check(RuntimeError)
    assert clock.getDelayedCalls() == []


@pytest.fixture
def memcached(tmp_path: Any) -> Iterator[str]:
    """The path of the socket of a real server."""
    program = shutil.which("memcached")
    if program is None:
        pytest.skip("memcached is not here: apt-get install memcached")
    path = str(tmp_path / "socket")
    process = subprocess.Popen([program, "-s", path, "-u", "root", "-m", "16"])
    try:
        yield path
    finally:
        process.terminate()
        process.wait(10)


def test_aRealServerUnderstandsEverything(reactor: Any, memcached: str) -> None:
    async def connect() -> Any:
        for _ in range(100):
            try:
                return await connectProtocol(
                    UNIXClientEndpoint(reactor, memcached), memcache.MemCacheProtocol()
                )
            except Exception:
                await deferLater(reactor, 0.05)
        raise AssertionError("memcached did not begin to listen within 5 s")

    async def go() -> None:
        client = await connect()
        large = b"\r\nEND\r\n" * 100_000
        assert await client.set(b"k", b"10", flags=5)
        assert await client.get(b"k") == (5, b"10")
        assert not await client.add(b"k", b"")
        assert await client.replace(b"k", b"20")
        assert await client.increment(b"k", 5) == 25
        assert await client.decrement(b"k") == 24
        assert await client.append(b"k", b"x") and await client.prepend(b"k", b"y")
        _, identifier, value = await client.get(b"k", withIdentifier=True)
        assert value == b"y24x"
        assert await client.checkAndSet(b"k", b"1", identifier)
        assert not await client.checkAndSet(b"k", b"2", identifier)
        assert await client.set(b"large", large)
        assert await client.getMultiple([b"k", b"large", b"none"]) == {
            b"k": (0, b"1"),
            b"large": (0, large),
            b"none": (0, None),
        }
        with pytest.raises(memcache.ClientError):
            await client.increment(b"large")
        with pytest.raises(memcache.ServerError):
            await client.set(b"too-large", b"x" * 2_000_000)
        assert await client.delete(b"k") and not await client.delete(b"k")
        assert not await client.increment(b"k")
        assert b"pid" in await client.stats()
        assert b"." in await client.version()
        assert await client.flushAll()
        assert await client.get(b"large") == (0, None)
        client.transport.loseConnection()

    drive(reactor, go, timeout=30)
