"""What is published is kept on disk until it changes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.defer import succeed
from twisted.spread import banana, jelly, pb, publish

from .conversing import Wire


class News(publish.Publishable):
    text = "first"

    def getStateToPublish(self) -> Any:
        return {"text": self.text}


class Read(publish.RemotePublished):
    text: str
    wasActivated = 0

    def activated(self) -> None:
        self.wasActivated += 1


pb.setUnjellyableForClass(News, Read)


class Root(pb.Root):
    def __init__(self, name: str = "news") -> None:
        self.news = News(name)

    def remote_news(self) -> Any:
        return self.news


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")


def fetch(root: Root) -> Any:
    wire = Wire(root)
    news = wire.call("news")
    wire.pump()
    asked = sum(b"getStateToPublish" in said for _, said in wire.said)
    wire.lose()
    return news, asked


def test_theStateIsAskedForOnceForEachStamp() -> None:
    root = Root()
    first, asked = fetch(root)
    assert (first.text, first.isActivated, first.wasActivated, asked) == ("first", 1, 1, 1)
    again, asked = fetch(root)
    assert (again.text, again.isActivated, again._wasCleanWhenLoaded, asked) == ("first", 1, 1, 0)
    root.news.text = "second"
    root.news.timestamp += 1
    changed, asked = fetch(root)
    assert (changed.text, changed._wasCleanWhenLoaded, asked) == ("second", 0, 1)


def test_aNameFromTheOtherSideLeadsNowhereElse() -> None:
    fetch(Root("../../evil\0/x"))
    assert os.listdir(".") == ["None-None-.._.._evil__x.pub"]
    assert os.listdir("..") == ["in"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage",
        banana.encode(5),
        banana.encode(jelly.jelly([1])),
        banana.encode([b"x", [b"os.system", [b"None"]]]),
    ],
)
def test_aFileThatMakesNoSenseIsAsGoodAsNone(content: bytes) -> None:
    Path("None-None-news.pub").write_bytes(content)
    news, asked = fetch(Root())
    assert (news.text, asked) == ("first", 1)


def test_whoWaitsIsToldWhenTheStateIsThere() -> None:
    wire = Wire(Root())
    told: list[Any] = []
    called = wire.root.callRemote("news")
    publish.whenReady(called).addCallback(told.append)
    wire.pump()
    (news,) = told
    assert news.text == "first"
    publish.whenReady(succeed(news)).addCallback(told.append)
    assert told == [news, news]
    wire.lose()


def test_aPublishableSaysWhatItPublishes() -> None:
    with pytest.raises(NotImplementedError):
        publish.Publishable("x").view_getStateToPublish(None)
