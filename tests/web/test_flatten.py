"""Flattening: from what a page is made of to its bytes."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Generator
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface import directlyProvides, implementer

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.python.failure import Failure
from twisted.web._flatten import BUFFER_SIZE, MAX_DEPTH
from twisted.web.error import FlattenerError, UnfilledSlot, UnsupportedType
from twisted.web.iweb import IRenderable
from twisted.web.template import (
    CDATA,
    CharRef,
    Comment,
    Element,
    Tag,
    TagLoader,
    flatten,
    flattenString,
    renderer,
    slot,
    tags,
)


def outcome(deferred: Deferred[Any]) -> Any:
    found: list[Any] = []
    deferred.addBoth(found.append)
    assert found, "it still waits"
    return found[0]


def flat(root: Any, request: Any = None) -> bytes:
    found = outcome(flattenString(request, root))
    if isinstance(found, Failure):
        found.raiseException()
    assert isinstance(found, bytes)
    return found


def wrong(root: Any) -> FlattenerError:
    with pytest.raises(FlattenerError) as caught:
        flat(root)
    return caught.value


class Text(str):
    def __str__(self) -> str:
        return "not this"


async def soon(value: Any) -> Any:
    return value


class TestWhatCanStandInAPage:
    @pytest.mark.parametrize(
        ("root", "wanted"),
        [
            pytest.param("a<b>&\"c'", b"a&lt;b&gt;&amp;\"c'", id="text"),
            pytest.param("\N{SNOWMAN}<", b"\xe2\x98\x83&lt;", id="notASCII"),
            pytest.param(Text("<"), b"&lt;", id="subclassOfText"),
            pytest.param(b"<\xff>", b"&lt;\xff&gt;", id="bytesThatAreNoUTF8"),
            pytest.param([b"\xe2", b"\x98\x83"], b"\xe2\x98\x83", id="bytesInParts"),
            pytest.param(["a", ("b", ["c"])], b"abc", id="lists"),
            pytest.param((str(each) for each in range(3)), b"012", id="generator"),
            pytest.param(tags.br, b"<br />", id="void"),
            pytest.param(tags.br("x"), b"<br>x</br>", id="voidWithChildren"),
            pytest.param(tags.p, b"<p></p>", id="empty"),
            pytest.param(tags.p("<"), b"<p>&lt;</p>", id="tag"),
            pytest.param(tags.p("a", tags.b("c"), "d"), b"<p>a<b>c</b>d</p>", id="tags"),
            pytest.param(Tag(b"p", {b"id": b"x"}), b'<p id="x"></p>', id="namesInBytes"),
            pytest.param(tags.transparent("a", id="b"), b"a", id="transparent"),
            pytest.param(Comment("x-->y-"), b"<!--x--&gt;y- -->", id="comment"),
            pytest.param(CDATA("<a]]>b"), b"<![CDATA[<a]]]]><![CDATA[>b]]>", id="section"),
            pytest.param(CharRef(9731), b"&#9731;", id="character"),
            pytest.param(slot("s", "d<"), b"d&lt;", id="default"),
            pytest.param(succeed(tags.b("x")), b"<b>x</b>", id="Deferred"),
            pytest.param(succeed(succeed("x")), b"x", id="DeferredOfDeferred"),
        ],
    )
    def test_itBecomesBytes(self, root: Any, wanted: bytes) -> None:
        assert flat(root) == wanted

    def test_coroutinesRun(self) -> None:
        async def text() -> Any:
            return [await succeed("a"), soon(tags.b("c"))]

        assert flat(tags.p(text())) == b"<p>a<b>c</b></p>"

    def test_asyncioFuturesAreAwaited(self) -> None:
        async def main() -> bytes:
            future: Any = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(future.set_result, "later")
            return await flattenString(None, tags.p(future)).asFuture(asyncio.get_running_loop())

        assert asyncio.run(main()) == b"<p>later</p>"

    def test_aDeferredMayStandInAPageTwice(self) -> None:
        waiting: Deferred[str] = Deferred()
        page = flattenString(None, [waiting, "-", waiting])
        waiting.callback("x")
        assert outcome(page) == b"x-x"
        assert outcome(waiting) == "x"

    @pytest.mark.parametrize("thing", [None, 3, True, {"a"}, iter("a"), Tag, tags])
    def test_otherThingsAreRefused(self, thing: Any) -> None:
        error = wrong(tags.p(thing))
        assert isinstance(error._exception, UnsupportedType)


class TestQuoting:
    def test_aValueIsQuotedForItsQuotes(self) -> None:
        assert flat(tags.a(href="<>&\"'")) == b'<a href="&lt;&gt;&amp;&quot;\'"></a>'

    @pytest.mark.parametrize(
        "wrap",
        [
            pytest.param(lambda it: it, id="text"),
            pytest.param(lambda it: it.encode(), id="bytes"),
            pytest.param(lambda it: [it], id="list"),
            pytest.param(succeed, id="Deferred"),
            pytest.param(soon, id="coroutine"),
            pytest.param(lambda it: slot("none", it), id="slot"),
            pytest.param(lambda it: tags.transparent(it), id="transparent"),
            pytest.param(lambda it: Element(TagLoader(it)), id="element"),
            pytest.param(lambda it: (each for each in it), id="generator"),
        ],
    )
    def test_howItComesThereDoesNotMatter(self, wrap: Callable[[str], Any]) -> None:
        assert flat(tags.a(href=wrap('<"&'))) == b'<a href="&lt;&quot;&amp;"></a>'

    def test_aTagInAValueIsQuotedOnceMore(self) -> None:
        inner = tags.a("<", href='"')
        quoted = b"&lt;a href=&quot;&amp;quot;&quot;&gt;&amp;lt;&lt;/a&gt;"
        assert flat(tags.a(href=inner)) == b'<a href="' + quoted + b'"></a>'

    def test_aTagInAValueMayWait(self) -> None:
        waiting: Deferred[str] = Deferred()
        page = flattenString(None, tags.a("z", href=["x", tags.b(waiting)], id="y"))
        waiting.callback("<")
        assert outcome(page) == b'<a href="x&lt;b&gt;&amp;lt;&lt;/b&gt;" id="y">z</a>'

    @pytest.mark.parametrize(
        "text", ["", ">", "->", "-->", "--!>", "a-->b", "a--!>b", "-", "--", "a--", "<!--", "--!"]
    )
    def test_aCommentEndsWhereItEnds(self, text: str) -> None:
        class Reader(HTMLParser):
            comments = 0
            text = ""

            def handle_comment(self, data: str) -> None:
                self.comments += 1

            def handle_data(self, data: str) -> None:
                self.text += data

        reader = Reader()
        reader.feed(flat([Comment(text), "after"]).decode())
        reader.close()
        assert (reader.comments, reader.text) == (1, "after")

    @pytest.mark.parametrize("name", ["a b", 'a"', "a>", "a/", "a=b", "a\n", "a\0", "<"])
    def test_aNameThatEndsBeforeItsEndIsRefused(self, name: str) -> None:
        assert isinstance(wrong(Tag(name))._exception, ValueError)
        assert isinstance(wrong(tags.p(**{name: "x"}))._exception, ValueError)
        assert isinstance(wrong(tags.p(**{name: ["x"]}))._exception, ValueError)

    def test_namesAreASCII(self) -> None:
        assert isinstance(wrong(Tag("\N{SNOWMAN}"))._exception, UnicodeEncodeError)
        assert isinstance(wrong(tags.p(**{"\N{SNOWMAN}": ""}))._exception, UnicodeEncodeError)

    @pytest.mark.parametrize("root", ["\udcff", tags.p("\ud800"), tags.p(id="\udc80")])
    def test_loneSurrogatesAreRefused(self, root: Any) -> None:
        assert isinstance(wrong(root)._exception, UnicodeEncodeError)

    pieces = st.recursive(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.builds(lambda it: tags.p(it), inner),
            st.builds(lambda it, value: tags.a(it, title=value), inner, st.text("<>&\"'ab")),
            st.builds(succeed, inner),
        ),
        max_leaves=12,
    )

    @given(pieces)
    def test_aReaderOfHTMLFindsTheTextThatWasPutIn(self, root: Any) -> None:
        def text(it: Any) -> str:
            if isinstance(it, str):
                return it
            if isinstance(it, Deferred):
                return text(it.result)
            if isinstance(it, Tag):
                return text(it.children)
            return "".join(map(text, it))

        class Reader(HTMLParser):
            def __init__(self) -> None:
                super().__init__()
                self.text, self.tags = "", set[str]()

            def handle_data(self, data: str) -> None:
                self.text += data

            def handle_starttag(self, tag: str, attrs: Any) -> None:
                self.tags.add(tag)

        reader = Reader()
        reader.feed(flat(root).decode())
        reader.close()
        assert reader.text == text(root)
        assert reader.tags <= {"p", "a"}


class TestSlots:
    def test_theNearestTagFillsThem(self) -> None:
        page = tags.div(
            tags.p(slot("s")).fillSlots(s="inner"), slot("s"), tags.p(slot("t"), id=slot("s"))
        ).fillSlots(s="outer", t="t")
        assert flat(page) == b'<div><p>inner</p>outer<p id="outer">t</p></div>'

    def test_whatFillsOneMayHaveSlots(self) -> None:
        assert flat(tags.p(slot("a")).fillSlots(a=tags.b(slot("b")), b="x")) == b"<p><b>x</b></p>"

    def test_aTagFillsTheSlotsOfItsAttributes(self) -> None:
        assert flat(tags.a(href=slot("h")).fillSlots(h='"')) == b'<a href="&quot;"></a>'

    def test_whatFollowsTheTagIsNotFilledByIt(self) -> None:
        error = wrong([tags.p(slot("s")).fillSlots(s="x"), slot("s")])
        assert isinstance(error._exception, UnfilledSlot)

    def test_aSlotThatFillsItselfIsAnError(self) -> None:
        error = wrong(tags.p(slot("s")).fillSlots(s=slot("s")))
        assert isinstance(error._exception, RecursionError)


class Greeting(Element):
    loader = TagLoader(tags.p("Hello, ", tags.b(render="name", class_="n")))

    @renderer
    def name(self, request: Any, tag: Tag) -> Any:
        return tag(request)


class TestRendering:
    def test_aRendererGetsTheRequestAndACopyOfTheTag(self) -> None:
        element = Greeting()
        for _ in range(2):
            assert flat(element, "you") == b'<p>Hello, <b class="n">you</b></p>'

    def test_whatARendererGivesBackIsRenderedByTheSameElement(self) -> None:
        class Two(Greeting):
            loader = TagLoader(tags.transparent(render="outer"))

            @renderer
            def outer(self, request: Any, tag: Tag) -> Any:
                return [tags.i(render="name"), Greeting()]

        assert flat(Two(), "you") == b'<i>you</i><p>Hello, <b class="n">you</b></p>'

    def test_aRendererFillsSlots(self) -> None:
        class Rows(Element):
            loader = TagLoader(tags.ul(tags.li(slot("n"), render="rows")))

            @renderer
            def rows(self, request: Any, tag: Tag) -> Any:
                for number in range(3):
                    yield tag.clone().fillSlots(n=str(number))

        assert flat(Rows()) == b"<ul><li>0</li><li>1</li><li>2</li></ul>"

    def test_aRendererMayBeACoroutine(self) -> None:
        class Slow(Element):
            loader = TagLoader(tags.p(render="text"))

            @renderer
            async def text(self, request: Any, tag: Tag) -> Any:
                return tag(await succeed("x"))

        assert flat(Slow()) == b"<p>x</p>"

    def test_anObjectMayProvideTheInterfaceItself(self) -> None:
        class Thing:
            def render(self, request: Any) -> Any:
                return "x"

        thing = Thing()
        directlyProvides(thing, IRenderable)
        assert flat(thing) == b"x"

    def test_aRendererOutsideOfAnElementIsAnError(self) -> None:
        error = wrong(tags.p(render="name"))
        assert isinstance(error._exception, ValueError)
        assert "IRenderable" in str(error)


class TestWriting:
    def written(self, root: Any) -> list[bytes]:
        parts: list[bytes] = []
        outcome(flatten(None, root, parts.append))
        return parts

    def test_aSmallPageIsWrittenAtOnce(self) -> None:
        assert self.written([tags.p("a"), "b", "c"]) == [b"<p>a</p>bc"]

    def test_aLargePageIsWrittenInParts(self) -> None:
        parts = self.written([[each] * BUFFER_SIZE for each in "xyz"])
        assert parts == [each * BUFFER_SIZE for each in (b"x", b"y", b"z")]

    def test_anEndlessPageIsNotCollected(self) -> None:
        class Enough(Exception):
            pass

        sizes: list[int] = []

        def write(data: bytes) -> None:
            sizes.append(len(data))
            if len(sizes) == 3:
                raise Enough

        def endless() -> Generator[Any, None, None]:
            while True:
                yield tags.p("x" * 1000)

        failure = outcome(flatten(None, endless(), write))
        assert failure.check(Enough)
        assert max(sizes) < BUFFER_SIZE + 2000

    def test_whatIsThereIsWrittenBeforeThePageWaits(self) -> None:
        parts: list[bytes] = []
        waiting: Deferred[str] = Deferred()
        page = flatten(None, ["a", tags.p("b", waiting), "d"], parts.append)
        assert parts == [b"a<p>b"]
        waiting.callback("c")
        assert parts == [b"a<p>b", b"c</p>d"]
        assert outcome(page) is None

    @pytest.mark.parametrize("count", [1, 20_000])
    def test_howManyDeferredsThereAreDoesNotMatter(self, count: int) -> None:
        assert flat([succeed("x") for _ in range(count)]) == b"x" * count

    def test_howDeepThingsStandInEachOtherDoesNotMatter(self) -> None:
        root: Any = "x"
        for _ in range(10_000):
            root = [root]
        assert flat(root) == b"x"

    def test_aPageInItselfIsAnErrorWithFewRoots(self) -> None:
        root: list[Any] = []
        root.append(root)
        error = wrong(root)
        assert isinstance(error._exception, RecursionError)
        assert str(MAX_DEPTH) in str(error)
        assert len(error._roots) < 100


class TestErrors:
    def test_theThingsAroundItAreNamed(self) -> None:
        def broken() -> Generator[Any, None, None]:
            yield "fine"
            raise KeyError("why")

        parts = broken()
        outer = tags.div(inner := tags.p("text", parts))
        error = wrong(outer)
        assert error._roots == [outer, inner, parts]
        assert isinstance(error._exception, KeyError)
        assert isinstance(error.__cause__, KeyError)
        assert "in broken" in str(error)

    def test_anErrorThatComesLaterIsNamedToo(self) -> None:
        waiting: Deferred[str] = Deferred()
        page = flattenString(None, outer := tags.p(waiting))
        waiting.errback(KeyError("why"))
        error = outcome(page).value
        assert error._roots == [outer, waiting]
        assert isinstance(error._exception, KeyError)
        # The Deferred keeps its failure.
        assert outcome(waiting).check(KeyError)

    def test_aFailureThatIsThereIsAnError(self) -> None:
        failing: Deferred[Any] = fail(KeyError("why"))
        assert isinstance(wrong(failing)._exception, KeyError)
        failing.addErrback(lambda _: None)

    def test_aCoroutineThatFailsIsNotLoggedBesides(self) -> None:
        async def broken() -> None:
            raise KeyError("why")

        assert isinstance(wrong(tags.p(broken()))._exception, KeyError)
        gc.collect()

    def test_whatWriteRaisesIsNoErrorOfThePage(self) -> None:
        def write(data: bytes) -> None:
            raise OSError("gone")

        assert outcome(flatten(None, ["a", succeed("b")], write)).check(OSError)
        assert outcome(flatten(None, "a", write)).check(OSError)

    def test_cancellingAPageCancelsWhatItWaitsFor(self) -> None:
        cancelled: list[Any] = []
        waiting: Deferred[str] = Deferred(cancelled.append)
        page = flattenString(None, tags.p(waiting))
        page.cancel()
        assert cancelled == [waiting]
        assert isinstance(outcome(page).value._exception, CancelledError)
        assert outcome(waiting).check(CancelledError)

    def test_anInterruptPasses(self) -> None:
        @implementer(IRenderable)
        class Interrupting:
            def lookupRenderMethod(self, name: str) -> Any:
                return None

            def render(self, request: Any) -> Any:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            flattenString(None, Interrupting())
