"""Tags are plain objects, called to fill them."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.web.template import CDATA, CharRef, Comment, Tag, slot, tags


def test_callingATagAddsToIt() -> None:
    tag = Tag("p")("one", class_="note")("two", id="a")
    assert tag.children == ["one", "two"]
    assert tag.attributes == {"class": "note", "id": "a"}


def test_aRendererIsNoAttribute() -> None:
    tag = tags.p(render="news")
    assert tag.render == "news"
    assert tag.attributes == {}
    with pytest.raises(TypeError, match="must be str"):
        tags.p(render=b"news")


def test_clearLeavesTheAttributes() -> None:
    tag = tags.p("text", id="a")
    assert tag.clear() is tag
    assert (tag.children, tag.attributes) == ([], {"id": "a"})


def test_whatIsGivenIsKept() -> None:
    attributes: dict[str, Any] = {}
    children: list[Any] = []
    tag = Tag("p", attributes, children, "news", "page.xml", 1, 2)
    assert tag.attributes is attributes
    assert tag.children is children
    assert (tag.render, tag.filename, tag.lineNumber, tag.columnNumber) == (
        "news",
        "page.xml",
        1,
        2,
    )


class TestCloning:
    def test_aCloneHasTagsAndListsOfItsOwn(self) -> None:
        inner, row = tags.em("x"), ["cell", tags.b]
        tag = tags.p(inner, row, slot("s"), ("a", tags.i), href=[tags.u]).fillSlots(s=tags.q)
        clone = tag.clone()
        assert repr(clone) == repr(tag).replace("('a', Tag('i'))", "['a', Tag('i')]")
        assert clone.children[0] is not inner
        assert clone.children[1] is not row
        assert clone.children[1][1] is not row[1]
        assert clone.children[2] is tag.children[2]
        assert clone.attributes["href"][0] is not tag.attributes["href"][0]
        assert clone.slotData is not None and tag.slotData is not None
        assert clone.slotData["s"] is not tag.slotData["s"]

    def test_aShallowCloneSharesWhatIsInIt(self) -> None:
        inner = tags.em("x")
        tag = tags.p(inner, href="h").fillSlots(s="t")
        clone = tag.clone(deep=False)
        clone.children.append("more")
        clone.attributes["id"] = "a"
        clone.fillSlots(s="u")
        assert clone.children[0] is inner
        assert (tag.children, tag.attributes, tag.slotData) == ([inner], {"href": "h"}, {"s": "t"})

    def test_howDeepATemplateIsDoesNotMatter(self) -> None:
        tag = Tag("a")
        for _ in range(5000):
            tag = Tag("a", children=[tag])
        depth, clone = 0, tag.clone()
        while clone.children:
            depth, clone = depth + 1, clone.children[0]
        assert depth == 5000

    def test_aSubclassAndWhatItKeepsAreCopied(self) -> None:
        class Own(Tag):
            pass

        tag = Own("p")
        tag.note = "kept"  # type: ignore[attr-defined]  # an attribute of its own
        clone = tag.clone()
        assert type(clone) is Own
        assert vars(clone) == vars(tag)

    def test_sharingAGeneratorIsWarnedOfWhereItIsDone(self) -> None:
        tag = tags.p(str(each) for each in range(3))
        with pytest.warns(DeprecationWarning, match="generator") as warned:
            tag.clone()
        assert warned[0].filename == __file__

    def test_sharingACoroutineIsWarnedOf(self) -> None:
        async def text() -> str:
            return "x"

        coroutine = text()
        with pytest.warns(DeprecationWarning, match="coroutine"):
            tags.p(tags.b(coroutine)).clone()
        coroutine.close()


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        (tags.p, "Tag('p')"),
        (tags.p("a", b="c"), "Tag('p', attributes={'b': 'c'}, children=['a'])"),
        (CDATA("a"), "CDATA('a')"),
        (Comment("a"), "Comment('a')"),
        (CharRef(9731), "CharRef(9731)"),
    ],
    ids=lambda given: given if isinstance(given, str) else type(given).__name__,
)
def test_allShowWhatTheyAre(thing: object, shown: str) -> None:
    assert repr(thing) == shown


def test_aSlotShowsItsNameAndDefault() -> None:
    assert repr(slot("s", "d")).startswith("slot(name='s', children=[], default='d'")


class TestTags:
    def test_eachIsNew(self) -> None:
        assert tags.p is not tags.p

    def test_keywordsHaveAnUnderscore(self) -> None:
        assert tags.del_.tagName == "del"

    def test_aTransparentTagHasNoName(self) -> None:
        assert tags.transparent.tagName == ""

    @pytest.mark.parametrize("name", ["xmp", "blink", "__wrapped__"])
    def test_whatHTMLDoesNotHaveIsNotThere(self, name: str) -> None:
        with pytest.raises(AttributeError, match="no tag"):
            getattr(tags, name)
