"""Templates from XML, elements, and pages as responses."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.sax import SAXParseException

import pytest
from zope.interface.verify import verifyObject

from tests.support.failures import failuresLogged
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.python.filepath import FilePath
from twisted.web.error import MissingRenderMethod, MissingTemplateLoader, UnexposedMethodError
from twisted.web.iweb import IRenderable, ITemplateLoader
from twisted.web.server import NOT_DONE_YET
from twisted.web.template import (
    CDATA,
    Comment,
    Element,
    Tag,
    TagLoader,
    XMLFile,
    XMLString,
    flattenString,
    renderElement,
    renderer,
    slot,
    tags,
)

T = 'xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1"'


def flat(root: Any) -> bytes:
    found: list[Any] = []
    flattenString(None, root).addBoth(found.append)
    assert isinstance(found[0], bytes), found[0]
    return found[0]


def only(text: str | bytes) -> Any:
    (root,) = XMLString(text).load()
    return root


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "<p>a</p>",
            "<p><!-- a --><b></b> c</p>",
            "<p><![CDATA[a<b]]></p>",
            '<p xmlns="urn:a" xmlns:b="urn:b"><b:c b:d="e" f="g"></b:c><h xmlns="urn:h"></h></p>',
            '<a:p xmlns:a="urn:a" xmlns:b="urn:a"><b:c></b:c></a:p>',
            '<p xml:lang="de">\N{SNOWMAN}</p>',
            "<!-- before --><p></p><!-- after -->",
        ],
    )
    def test_whatTheTemplateDoesNotKnowStaysAsItIs(self, text: str) -> None:
        assert flat(Element(XMLString(text))) == text.encode()
        assert flat(Element(XMLString(text.encode()))) == text.encode()

    def test_tagsKnowWhereTheyComeFrom(self) -> None:
        p = only("<p>\n  <b/></p>")
        assert (p.lineNumber, p.columnNumber, p.filename) == (1, 0, None)
        assert (p.children[1].lineNumber, p.children[1].columnNumber) == (2, 2)

    def test_textIsOnePiece(self) -> None:
        assert only("<p>a\r\n&amp; b&#33;</p>").children == ["a\n& b!"]

    def test_commentsAndSectionsAreThings(self) -> None:
        comment, section = only("<p><!--a--><![CDATA[b]]></p>").children
        assert isinstance(comment, Comment)
        assert isinstance(section, CDATA)
        assert (comment.data, section.data) == ("a", "b")

    def test_renderersSlotsAndAttributes(self) -> None:
        p = only(
            f'<p {T} t:render="news" id="a"><t:slot name="s"/>'
            '<t:slot name="d" default="e">x</t:slot>'
            '<t:attr name="href">f<t:slot name="g"/></t:attr><t:transparent t:render="h"/></p>'
        )
        assert (p.tagName, p.render, p.attributes["id"]) == ("p", "news", "a")
        first, second, transparent = p.children
        assert isinstance(first, slot)
        assert (first.name, first.default, second.default) == ("s", None, "e")
        assert (transparent.tagName, transparent.render) == ("", "h")
        href = p.attributes["href"]
        assert (href.tagName, href.children[0], href.children[1].name) == ("", "f", "g")

    def test_anyPrefixWillDo(self) -> None:
        text = f'<x:transparent {T.replace(":t", ":x")}><p x:render="n"/></x:transparent>'
        assert only(text).children[0].render == "n"

    def test_thePrefixMayBeDeclaredAnew(self) -> None:
        p = only(f'<p {T}><b xmlns:t="urn:other"><t:slot name="a"/></b><t:slot name="c"/></p>')
        assert isinstance(p.children[0].children[0], Tag)
        assert isinstance(p.children[1], slot)

    @pytest.mark.parametrize(
        "text",
        [
            f"<p {T}><t:attr>x</t:attr></p>",
            f'<t:attr {T} name="a">x</t:attr>',
            f'<p {T}><t:slot name="s"><t:attr name="a">x</t:attr></t:slot></p>',
        ],
    )
    def test_anAttributeHasANameAndATag(self, text: str) -> None:
        with pytest.raises(AssertionError, match="t:attr"):
            XMLString(text)

    @pytest.mark.parametrize(
        "text", ["", "<p", "<p></q>", "<p>&nbsp;</p>", "<a:p/>", "<p b:c=''/>"]
    )
    def test_whatIsNoXMLIsRefusedWithItsPlace(self, text: str) -> None:
        with pytest.raises(SAXParseException) as caught:
            XMLString(text)
        assert caught.value.getLineNumber() == 1

    def test_whatIsNoTextIsRefused(self) -> None:
        with pytest.raises(TypeError, match="int"):
            XMLString(5)  # type: ignore[arg-type]  # the mistake

    def test_textIsTextWhateverItDeclares(self) -> None:
        text = '<?xml version="1.0" encoding="iso-8859-1"?><p>\N{SNOWMAN}</p>'
        assert only(text).children == ["\N{SNOWMAN}"]
        declared = '<?xml version="1.0" encoding="iso-8859-1"?><p>\xe9</p>'
        assert only(declared.encode("latin-1")).children == ["\xe9"]

    def test_otherFilesAreNotRead(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("secret")
        text = f'<!DOCTYPE p [<!ENTITY x SYSTEM "{secret.as_uri()}">]><p>&x;</p>'
        assert flat(XMLString(text).load()) == b"<p></p>"

    def test_entitiesDoNotExplode(self) -> None:
        """CVE-2013-1664 and its kin: a billion laughs."""
        entities = '<!ENTITY e0 "ha">' + "".join(
            f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 12)
        )
        with pytest.raises(SAXParseException):
            XMLString(f"<!DOCTYPE p [{entities}]><p>&e11;</p>")


class TestFiles:
    def test_aFileIsReadWhenItIsNeeded(self, tmp_path: Path) -> None:
        path = tmp_path / "page.xml"
        loader = XMLFile(FilePath(str(path)))
        path.write_text("<p>a</p>")
        first = loader.load()
        path.unlink()
        assert loader.load() is first
        assert first[0].filename == str(path)  # type: ignore[union-attr]  # a tag
        assert flat(first) == b"<p>a</p>"

    def test_namesAndOpenFilesAreTakenWithAWarning(self, tmp_path: Path) -> None:
        path = tmp_path / "page.xml"
        path.write_text("<p>a</p>")
        for given in (str(path), io.StringIO("<p>a</p>"), io.BytesIO(b"<p>a</p>")):
            with pytest.warns(DeprecationWarning, match="Pass a FilePath") as warned:
                loader = XMLFile(given)  # type: ignore[arg-type]  # deprecated
            assert warned[0].filename == __file__
            assert flat(loader.load()) == b"<p>a</p>"

    def test_itShowsItsFile(self) -> None:
        assert repr(XMLFile(FilePath("/a"))) == "<XMLFile of FilePath('/a')>"

    @pytest.mark.parametrize(
        "loader", [TagLoader(tags.p), XMLString("<p/>"), XMLFile(FilePath("/none"))]
    )
    def test_allLoadersProvideTheInterface(self, loader: object) -> None:
        assert verifyObject(ITemplateLoader, loader)


class TestElements:
    def test_itProvidesTheInterface(self) -> None:
        assert verifyObject(IRenderable, Element())

    def test_onlyMarkedMethodsAreFound(self) -> None:
        class Page(Element):
            @renderer
            def news(self, request: Any, tag: Tag) -> Any:
                return "n"

            def secret(self, request: Any, tag: Tag) -> Any:
                return "s"

        page = Page()
        assert page.lookupRenderMethod("news")(None, tags.p) == "n"
        for name in ("secret", "loader", "none"):
            with pytest.raises(MissingRenderMethod):
                page.lookupRenderMethod(name)
            with pytest.raises(UnexposedMethodError):
                renderer.get(page, name)
            assert renderer.get(page, name, None) is None

    def test_withoutALoaderItCannotBeRendered(self) -> None:
        with pytest.raises(MissingTemplateLoader):
            Element().render(None)

    def test_aLoaderIsTheClassesOrItsOwn(self) -> None:
        class Page(Element):
            loader = TagLoader("class")

        assert flat(Page()) == b"class"
        assert flat(Page(TagLoader("own"))) == b"own"


class Site:
    displayTracebacks = False


class Request:
    """What `renderElement` needs of one."""

    def __init__(self) -> None:
        self.site: Any = Site()
        self.written = b""
        self.finished = 0
        self.ending: Deferred[None] = Deferred()

    def notifyFinish(self) -> Deferred[None]:
        return self.ending

    def write(self, data: bytes) -> None:
        self.written += data

    def finish(self) -> None:
        self.finished += 1


class Broken(Element):
    loader = XMLString(f'<p {T}>a<b t:render="missing"/></p>')


class TestResponses:
    @pytest.mark.parametrize(
        ("options", "wanted"),
        [
            ({}, b"<!DOCTYPE html>\n<p></p>"),
            ({"doctype": b"<!DOCTYPE x>"}, b"<!DOCTYPE x>\n<p></p>"),
            ({"doctype": None}, b"<p></p>"),
        ],
    )
    def test_aPageIsWrittenAndTheRequestFinished(self, options: Any, wanted: bytes) -> None:
        request: Any = Request()
        page = Element(TagLoader(tags.p))
        assert renderElement(request, page, **options) is NOT_DONE_YET
        assert (request.written, request.finished) == (wanted, 1)

    def test_aPageThatWaitsIsFinishedLater(self) -> None:
        request: Any = Request()
        waiting: Deferred[str] = Deferred()
        renderElement(request, Element(TagLoader(tags.p("a", waiting))), None)
        assert (request.written, request.finished) == (b"<p>a", 0)
        waiting.callback("b")
        assert (request.written, request.finished) == (b"<p>ab</p>", 1)

    def test_aPageForNobodyIsNotRendered(self, logged: list[Any]) -> None:
        request: Any = Request()
        cancelled: list[Any] = []
        waiting: Deferred[str] = Deferred(cancelled.append)
        renderElement(request, Element(TagLoader(tags.p("a", waiting))), None)
        request.ending.errback(ConnectionDone())
        assert cancelled == [waiting]
        assert (request.written, request.finished, logged) == (b"<p>a", 0, [])
        waiting.addErrback(lambda _: None)

    def test_anErrorIsLoggedAndSaid(self, logged: list[Any]) -> None:
        request: Any = Request()
        renderElement(request, Broken(), None)
        assert b"An error occurred" in request.written
        assert b"missing" not in request.written
        assert request.finished == 1
        (event,) = logged
        assert event["log_failure"].value._exception.renderName == "missing"

    def test_aSiteThatShowsTracebacksShowsIt(self, logged: list[Any]) -> None:
        request: Any = Request()
        request.site.displayTracebacks = True
        renderElement(request, Broken(), None)
        assert b"&#39;missing&#39;" in request.written or b"'missing'" in request.written
        assert request.finished == 1
        assert len(logged) == 1

    def test_anErrorInShowingAnErrorDoesNotKeepTheRequest(self, logged: list[Any]) -> None:
        class Worse(Broken):
            def __init__(self, failure: Failure) -> None:
                super().__init__()

        request: Any = Request()
        request.site.displayTracebacks = True
        renderElement(request, Broken(), None, Worse)
        assert request.finished == 1
        assert len(logged) == 2


@pytest.fixture
def logged() -> Any:
    with failuresLogged() as events:
        yield events
