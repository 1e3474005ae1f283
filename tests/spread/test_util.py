"""Pages, and objects here that are called as if they were elsewhere."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from zope.interface import Interface, implementer
from zope.interface.verify import verifyObject

from twisted.internet.interfaces import IConsumer
from twisted.spread import pb, util

from .conversing import Wire


class Library(pb.Root):
    pager: Any = None

    def __init__(self) -> None:
        self.done: list[Any] = []

    def finished(self, *args: Any, **kw: Any) -> None:
        self.done.append((args, kw))

    def remote_string(self, collector: Any, size: int) -> None:
        self.pager = util.StringPager(collector, b"abcdef" * 4, size, self.finished, 1, two=2)

    def remote_file(self, collector: Any, size: int) -> None:
        self.pager = util.FilePager(collector, BytesIO(b"x" * size), self.finished)

    def remote_fail(self, collector: Any) -> None:
        raise pb.Error("no pages")


def read(wire: Wire, method: str, *args: Any) -> Any:
    """Call a method that answers in pages; the transport asks for them one by one."""
    found: list[Any] = []
    util.getAllPages(wire.root, method, *args).addBoth(found.append)
    wire.pump()
    for _ in range(50):
        if wire.server.transport.producer is None:
            break
        wire.server.transport.producer.resumeProducing()
        wire.pump()
    return found[0]


@pytest.fixture
def wire() -> Any:
    made = Wire(Library())
    yield made
    made.lose()


@pytest.mark.parametrize("size", [1, 7, 24, 25])
def test_aStringIsReadInPages(wire: Wire, size: int) -> None:
    pages = read(wire, "string", size)
    assert b"".join(pages) == b"abcdef" * 4
    assert {len(page) for page in pages[:-1]} <= {size}
    assert wire.server.localObjectForID("root").done == [((1,), {"two": 2})]
    assert wire.server.transport.producer is None


@pytest.mark.parametrize("size", [0, 1, 16384, 100_000])
def test_aFileIsReadInPages(wire: Wire, size: int) -> None:
    assert b"".join(read(wire, "file", size)) == b"x" * size
    library = wire.server.localObjectForID("root")
    assert library.done == [((), {})]
    assert library.pager.chunks == []
    assert verifyObject(IConsumer, library.pager)


def test_pagesThatAreRefusedAreAnError(wire: Wire) -> None:
    reason = read(wire, "fail")
    assert reason.type == b"twisted.spread.pb.Error"


def test_aLostConnectionEndsPaging(wire: Wire) -> None:
    util.getAllPages(wire.root, "string", 5).addErrback(lambda _: None)
    wire.pump()
    producer = wire.server.transport.producer
    producer.pauseProducing()
    producer.stopProducing()
    assert wire.server.pageProducers == []


def test_aPagerSaysWhatItsPagesAre(wire: Wire) -> None:
    pager = util.Pager.__new__(util.Pager)
    with pytest.raises(NotImplementedError):
        pager.nextPage()


class Near(util.LocalAsRemote):
    reportAllTracebacks = 0

    def sync_add(self, a: int, b: int) -> int:
        return a + b

    def async_later(self, value: int) -> int:
        return value

    def async_fail(self) -> None:
        raise ValueError("no")


def test_objectsHereAreCalledAsThoseElsewhere() -> None:
    near = Near()
    found: list[Any] = []
    assert near.callRemote("add", 1, b=2) == 3
    near.remoteMethod("later")(5).addCallback(found.append)
    near.callRemote("fail").addErrback(lambda reason: found.append(reason.type))
    near.callRemote("nothing").addErrback(lambda reason: found.append(reason.type))
    assert found == [5, ValueError, AttributeError]


class IDoor(Interface):
    def open() -> str:
        """Open it."""


@implementer(IDoor)
class Door:
    def open(self) -> str:
        return "open"

    def breakIn(self) -> str:
        return "broken"


def test_onlyMethodsOfTheInterfaceAreForwarded() -> None:
    found: list[Any] = []
    door = util.LocalAsyncForwarder(Door(), IDoor)
    strict = util.LocalAsyncForwarder(Door(), IDoor, 1)
    door.callRemote("open").addCallback(found.append)
    door.callRemote("breakIn").addCallback(found.append)
    strict.callRemote("breakIn").addErrback(lambda reason: found.append(reason.type))
    assert found == ["open", None, NotImplementedError]
    with pytest.raises(AssertionError):
        util.LocalAsyncForwarder(object(), IDoor)
