"""
Shaping traffic with hierarchical token buckets.

A bucket holds at most so much, and runs dry at a constant rate: what is added to it goes
through, and what does not fit has to wait. A bucket may stand in another one, so that a bound
for each connection and a bound for all of them together hold at the same time. A filter finds
the bucket for a connection: one for each peer, one for each port of ours, or whatever.

A server is shaped by wrapping what its factory has as ``protocol``::

    factory.protocol = ShapedProtocolFactory(factory.protocol, FilterByHost())
"""

from __future__ import annotations

from time import time
from typing import Any

from zope.interface import Interface, implementer

from twisted.protocols import pcp


class Bucket:
    """
    One bucket.

    Attributes:
        maxburst: bytes that it holds, or None for any number. To be set in a subclass.
        rate: bytes a second by which it runs dry, or None for at once.
        content: bytes that are in it.
        lastDrip: when that was true.
        parentBucket: the bucket that it stands in, or None.
    """

    maxburst: int | None = None
    rate: float | None = None
    _refcount: int = 0

    def __init__(self, parentBucket: Bucket | None = None) -> None:
        self.content: float = 0
        self.parentBucket = parentBucket
        self.lastDrip = time()

    def add(self, amount: int) -> int:
        """
        Put in as much as fits, here and in all the buckets around.

        Returns: how much that was.
        """
        self.drip()
        if self.maxburst is not None:
            amount = max(0, min(amount, int(self.maxburst - self.content)))
        if self.parentBucket is not None:
            amount = self.parentBucket.add(amount)
        self.content += amount
        return amount

    def drip(self) -> bool:
        """
        Let run out what has run out since the last time.

        Returns: whether it is empty now.
        """
        if self.parentBucket is not None:
            self.parentBucket.drip()
        now = time()
        if self.rate is None:
            self.content = 0
        else:
            self.content = max(0, self.content - (now - self.lastDrip) * self.rate)
        self.lastDrip = now
        return self.content == 0


class IBucketFilter(Interface):
    """Finds the bucket that something goes through."""

    def getBucketFor(*somethings: Any, **some_kw: Any) -> Bucket:
        """Give the bucket for a connection, or for whatever else the filter knows about."""


@implementer(IBucketFilter)
class HierarchicalBucketFilter:
    """
    Keeps a bucket for each key, and finds the key.

    Attributes:
        bucketFactory: makes a bucket, in the bucket that the parent filter finds.
        sweepInterval: seconds after which empty buckets that nobody uses are dropped; None
            for never.
        buckets: the buckets by their keys.
        parentFilter: finds the buckets around ours, or None.
    """

    bucketFactory: Any = Bucket
    sweepInterval: float | None = None

    def __init__(self, parentFilter: Any = None) -> None:
        self.buckets: dict[Any, Bucket] = {}
        self.parentFilter = parentFilter
        self.lastSweep = time()

    def getBucketFor(self, *a: Any, **kw: Any) -> Bucket:
        """Give the bucket, making it where need be."""
        if self.sweepInterval is not None and time() - self.lastSweep > self.sweepInterval:
            self.sweep()
        key = self.getBucketKey(*a, **kw)
        bucket = self.buckets.get(key)
        if bucket is None:
            around = None
            if self.parentFilter is not None:
                around = self.parentFilter.getBucketFor(self, *a, **kw)
            bucket = self.buckets[key] = self.bucketFactory(around)
        return bucket

    def getBucketKey(self, *a: Any, **kw: Any) -> Any:
        """Override: give the key, from the arguments of `getBucketFor`."""
        raise NotImplementedError(f"{self.__class__.__name__} has no getBucketKey")

    def sweep(self) -> None:
        """Drop the empty buckets that nobody uses."""
        for key, bucket in list(self.buckets.items()):
            if bucket.drip() and not bucket._refcount:
                del self.buckets[key]
        self.lastSweep = time()


class _ByTransport(HierarchicalBucketFilter):
    """Looks at the transport, also as the parent of a filter, which gives itself first."""

    def getBucketFor(self, *a: Any, **kw: Any) -> Bucket:
        return HierarchicalBucketFilter.getBucketFor(self, *a[-1:], **kw)


class FilterByHost(_ByTransport):
    """A bucket for each peer."""

    sweepInterval = 60 * 20

    def getBucketKey(self, transport: Any) -> Any:
        """Give the peer's host."""
        peer = transport.getPeer()
        return getattr(peer, "host", peer)


class FilterByServer(_ByTransport):
    """A bucket for each port of ours."""

    sweepInterval = None

    def getBucketKey(self, transport: Any) -> Any:
        """Give our port's number."""
        host = transport.getHost()
        return getattr(host, "port", host)


class ShapedConsumer(pcp.ProducerConsumerProxy):
    """
    Passes on only what fits into a bucket.

    Attributes:
        bucket: the bucket.
    """

    iAmStreaming = False

    def __init__(self, consumer: Any, bucket: Bucket) -> None:
        pcp.ProducerConsumerProxy.__init__(self, consumer)
        self.bucket = bucket
        self.bucket._refcount += 1

    def _writeSomeData(self, data: Any) -> int:
        fitting = self.bucket.add(len(data))
        return pcp.ProducerConsumerProxy._writeSomeData(self, data[:fitting]) if fitting else 0

    def stopProducing(self) -> None:
        """Pass nothing on any more, and let the bucket go."""
        pcp.ProducerConsumerProxy.stopProducing(self)
        self.bucket._refcount -= 1


class ShapedTransport(ShapedConsumer):
    """A transport around a transport, whose writes are shaped. All else is passed through."""

    iAmStreaming = False

    def __getattr__(self, name: str) -> Any:
        consumer = self.__dict__.get("consumer")
        if consumer is None:
            raise AttributeError(f"{self.__class__.__name__!r} object has no attribute {name!r}")
        return getattr(consumer, name)


class ShapedProtocolFactory:
    """Makes protocols whose transports are shaped. Stands where a protocol class does."""

    def __init__(self, protoClass: Any, bucketFilter: Any) -> None:
        """
        Args:
            protoClass: makes the protocols.
            bucketFilter: finds the bucket for each one's transport.
        """
        self.protocol = protoClass
        self.bucketFilter = bucketFilter

    def __call__(self, *a: Any, **kw: Any) -> Any:
        """Make a protocol."""
        made = self.protocol(*a, **kw)
        connect = made.makeConnection

        def makeConnection(transport: Any) -> None:
            connect(ShapedTransport(transport, self.bucketFilter.getBucketFor(transport)))

        made.makeConnection = makeConnection
        return made


__all__ = [
    "Bucket",
    "FilterByHost",
    "FilterByServer",
    "HierarchicalBucketFilter",
    "IBucketFilter",
    "ShapedConsumer",
    "ShapedProtocolFactory",
    "ShapedTransport",
]
