"""Token buckets, and proxies between producers and consumers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols import htb, pcp


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set."""
    time = [0.0]
    monkeypatch.setattr(htb, "time", lambda: time[0])
    return time


class Small(htb.Bucket):
    """A hundred bytes, two a second."""

    maxburst = 100
    rate = 2


def test_aBucketHoldsItsBurstAndRunsDryAtItsRate(now: list[float]) -> None:
    bucket = Small()
    assert bucket.add(1000) == 100
    assert bucket.add(1) == 0
    now[0] = 10
    assert bucket.add(1000) == 20
    now[0] = 59
    assert not bucket.drip()
    now[0] = 60
    assert bucket.drip()


def test_aBucketWithoutLimitsHoldsAnything(now: list[float]) -> None:
    bucket = htb.Bucket()
    assert [bucket.add(10**9), bucket.add(10**9), bucket.drip()] == [10**9, 10**9, True]


def test_aBucketInABucketHoldsNoMoreThanFitsIntoBoth(now: list[float]) -> None:
    parent = Small()
    one, two = Small(parent), Small(parent)
    assert (one.add(90), two.add(90)) == (90, 10)
    parent.rate = 1
    now[0] = 10
    assert one.add(1000) == 10


@given(st.lists(st.tuples(st.integers(0, 200), st.floats(0, 30)), max_size=30))
def test_noMoreGoesThroughThanBurstAndRateAllow(steps: list[tuple[int, float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        time = [0.0]
        patch.setattr(htb, "time", lambda: time[0])
        bucket, through = Small(), 0
        for amount, wait in steps:
            time[0] += wait
            got = bucket.add(amount)
            assert 0 <= got <= amount
            through += got
            assert through <= 100 + 2 * time[0] + 1e-6


def test_bucketsAreFoundByHostAndByPort(now: list[float]) -> None:
    def transport(host: str, port: int) -> Any:
        return StringTransport(
            IPv4Address("TCP", "0.0.0.0", port), IPv4Address("TCP", host, 40000 + port)
        )

    byServer = htb.FilterByServer()
    byHost = htb.FilterByHost(byServer)
    one, again, other = (transport(*where) for where in (("a", 1), ("a", 1), ("b", 2)))
    assert byHost.getBucketFor(one) is byHost.getBucketFor(again)
    assert byHost.getBucketFor(one) is not byHost.getBucketFor(other)
    assert byServer.getBucketFor(one) is byServer.getBucketFor(again)
    assert sorted(byServer.buckets) == [1, 2]
    with pytest.raises(NotImplementedError):
        htb.HierarchicalBucketFilter().getBucketFor(one)


def test_bucketsThatNobodyUsesAreDropped(now: list[float]) -> None:
    class ByName(htb.HierarchicalBucketFilter):
        bucketFactory = Small
        sweepInterval = 60

        def getBucketKey(self, name: str) -> str:
            return name

    filter = ByName()
    filter.getBucketFor("full").add(100)
    filter.getBucketFor("empty")
    used = filter.getBucketFor("used")
    htb.ShapedConsumer(StringTransport(), used)
    now[0] = 30
    filter.sweep()
    assert sorted(filter.buckets) == ["full", "used"]
    now[0] = 91
    filter.getBucketFor("new")
    assert sorted(filter.buckets) == ["new", "used"]


def test_aShapedTransportWritesWhatFitsAndPassesTheRestThrough(now: list[float]) -> None:
    class ByNothing(htb.HierarchicalBucketFilter):
        bucketFactory = Small

        def getBucketKey(self, *a: Any, **kw: Any) -> None:
            return None

    make = htb.ShapedProtocolFactory(Protocol, ByNothing())
    transport: Any = StringTransport()
    protocol: Any = make()
    protocol.makeConnection(transport)
    shaped = protocol.transport
    assert shaped.getPeer() == transport.getPeer()
    assert (transport.producer, transport.streaming) == (shaped, False)
    shaped.write(b"x" * 150)
    assert transport.value() == b""
    shaped.resumeProducing()
    assert len(transport.value()) == 100
    now[0] = 10
    shaped.resumeProducing()
    assert len(transport.value()) == 120
    shaped.stopProducing()
    with pytest.raises(AttributeError):
        _ = shaped.nothing


class Consumer:
    """Keeps what it gets, and what it is told."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.told: list[Any] = []

    def write(self, data: bytes) -> None:
        self.got.append(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self.told.append(("register", streaming))

    def unregisterProducer(self) -> None:
        self.told.append("unregister")

    def finish(self) -> None:
        self.told.append("finish")


class Producer:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        for name in ("pauseProducing", "resumeProducing", "stopProducing"):
            setattr(self, name, lambda name=name: self.told.append(name[:-9]))


both = pytest.mark.parametrize("kind", [pcp.BasicProducerConsumerProxy, pcp.ProducerConsumerProxy])


@both
def test_aPausedProxyHoldsBackAndThenPassesOnAtOnce(kind: Any) -> None:
    consumer = Consumer()
    proxy = kind(consumer)
    proxy.write(b"a")
    proxy.pauseProducing()
    proxy.write(b"b")
    proxy.write(b"c")
    assert consumer.got == [b"a"]
    proxy.resumeProducing()
    assert consumer.got == [b"a", b"bc"]


@both
def test_aPulledProxyAnswersOneForOne(kind: Any) -> None:
    class Pulled(kind):  # type: ignore[misc]
        iAmStreaming = False

    consumer = Consumer()
    proxy = Pulled(consumer)
    assert consumer.told == [("register", False)]
    proxy.write(b"a")
    assert consumer.got == []
    proxy.resumeProducing()
    proxy.resumeProducing()
    proxy.write(b"b")
    proxy.write(b"c")
    assert consumer.got == [b"a", b"b"]


@both
def test_theEndIsPassedOn(kind: Any) -> None:
    consumer, producer = Consumer(), Producer()
    proxy = kind(consumer)
    proxy.registerProducer(producer, True)
    proxy.finish()
    proxy.resumeProducing()
    assert consumer.told == [("register", True), "finish", "unregister"]
    assert producer.told == []


@both
def test_stoppingIsPassedOnAndNothingElseAfter(kind: Any) -> None:
    consumer, producer = Consumer(), Producer()
    proxy = kind(consumer)
    proxy.registerProducer(producer, True)
    proxy.stopProducing()
    proxy.write(b"x")
    assert (consumer.got, producer.told, proxy.stopped) == ([], ["stop"], True)


def test_theProducerIsPausedByAFullBufferAndResumedByAnEmptyOne() -> None:
    consumer, producer = Consumer(), Producer()
    proxy = pcp.ProducerConsumerProxy(consumer)
    proxy.bufferSize = 4
    proxy.registerProducer(producer, True)
    proxy.pauseProducing()
    proxy.write(b"123")
    assert producer.told == []
    proxy.write(b"4")
    assert producer.told == ["pause"]
    proxy.resumeProducing()
    assert (producer.told, consumer.got) == (["pause", "resume"], [b"1234"])


def test_theConsumerHearsOfTheEndWhenAllIsPassedOn() -> None:
    consumer, producer = Consumer(), Producer()
    proxy = pcp.ProducerConsumerProxy(consumer)
    proxy.registerProducer(producer, False)
    assert producer.told == ["resume"]
    proxy.pauseProducing()
    proxy.write(b"x")
    proxy.unregisterProducer()
    assert "unregister" not in consumer.told
    proxy.resumeProducing()
    assert (consumer.got, consumer.told[-1]) == ([b"x"], "unregister")
