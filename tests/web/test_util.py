"""Redirects, resources that are found later, failures as pages."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure
from twisted.web import _template_util, util
from twisted.web.error import FlattenerError
from twisted.web.resource import Resource
from twisted.web.template import TagLoader, flattenString, tags
from twisted.web.util import (
    DeferredResource,
    FailureElement,
    ParentRedirect,
    Redirect,
    formatFailure,
    redirectTo,
)


class Request:
    """What redirects need of one."""

    def __init__(self, *prepath: bytes) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.location = b""
        self.prepath = list(prepath)
        self.postpath: list[bytes] = []
        self.rendered: list[Any] = []
        self.failed: list[Any] = []

    def setHeader(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def redirect(self, url: bytes) -> None:
        self.location = url

    def prePathURL(self) -> bytes:
        return b"http://host/" + b"/".join(self.prepath)

    def render(self, resource: Any) -> None:
        self.rendered.append(resource)

    def processingFailed(self, reason: Any) -> None:
        self.failed.append(reason)


class TestRedirects:
    def test_headersAndPageLeadThere(self) -> None:
        request: Any = Request()
        page = redirectTo(b"/there?a=b&c=d", request)
        assert request.location == b"/there?a=b&c=d"
        assert request.headers[b"content-type"] == b"text/html; charset=utf-8"
        assert re.findall(rb'(?:URL=|href=")([^"]*)', page) == [b"/there?a=b&amp;c=d"] * 2

    @pytest.mark.parametrize(
        "url",
        [
            b'"><script>alert(1)</script>',
            b"'><img src=x onerror=alert(1)>",
            b"a&quot;><b>",
            b"a\r\nb\0c",
            b"\xff\xfe",
            "\N{SNOWMAN}<b>".encode(),
        ],
    )
    def test_nothingOfTheAddressIsRead(self, url: bytes) -> None:
        """CVE-2024-41810: the address was part of the page as it was."""

        class Reader(HTMLParser):
            def __init__(self) -> None:
                super().__init__()
                self.seen: list[str] = []
                self.href = ""

            def handle_starttag(self, tag: str, attrs: Any) -> None:
                self.seen.append(tag)
                self.href = dict(attrs).get("href", self.href)

        reader = Reader()
        request: Any = Request()
        page = redirectTo(url, request)
        reader.feed(page.decode("ascii"))
        reader.close()
        assert reader.seen == ["html", "head", "meta", "body", "a"]
        assert page.count(b"\r") == page.count(b"\0") == 0
        plain = url.decode("latin-1")
        if plain.isascii() and plain.isprintable():
            assert reader.href == plain
        assert unescape(reader.href).isascii()

    def test_textIsNoAddress(self) -> None:
        request: Any = Request()
        with pytest.raises(TypeError, match="bytes"):
            redirectTo("/there", request)  # type: ignore[arg-type]  # the mistake
        assert not request.location

    def test_aRedirectAnswersForAllBelowIt(self) -> None:
        request: Any = Request()
        redirect = Redirect(b"/there")
        assert redirect.isLeaf
        assert redirect.getChild(b"x", request) is redirect
        assert b"/there" in redirect.render(request)

    @pytest.mark.parametrize(
        ("prepath", "wanted"),
        [
            ([b""], b"http://host/"),
            ([b"a"], b"http://host/"),
            ([b"a?b=c"], b"http://host/"),
            ([b"a", b""], b"http://host/a/"),
            ([b"a", b"b?c=d"], b"http://host/a/"),
        ],
    )
    def test_aParentIsTheFolder(self, prepath: list[bytes], wanted: bytes) -> None:
        request: Any = Request(*prepath)
        ParentRedirect().render(request)
        assert request.location == wanted


class TestDeferredResources:
    def test_theResourceIsRenderedWhenItIsThere(self) -> None:
        waiting: Deferred[Any] = Deferred()
        request, resource = Request(), Resource()
        DeferredResource(waiting).render(request)
        assert request.rendered == []
        waiting.callback(resource)
        assert request.rendered == [resource]

    def test_theRestOfThePathIsFollowed(self) -> None:
        request, root, leaf = Request(), Resource(), Resource()
        root.putChild(b"leaf", leaf)
        request.postpath = [b"leaf"]
        DeferredResource(succeed(root)).render(request)
        assert request.rendered == [leaf]

    def test_aFailureIsTheRequests(self) -> None:
        request = Request()
        DeferredResource(fail(KeyError("why"))).render(request)
        assert request.failed[0].check(KeyError)


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no")


def failureOf(error: Exception) -> Failure:
    def broken() -> None:
        raise error

    try:
        broken()
    except Exception:
        return Failure()
    raise AssertionError


class TestFailures:
    def test_classMessageAndCallsAreShown(self) -> None:
        page = formatFailure(failureOf(KeyError("<why> \N{SNOWMAN}")))
        assert page.isascii()
        assert b"builtins.KeyError" in page
        assert b"&lt;why&gt; &#9731;" in page
        assert b"raise&#160;error" in page or b"raise error" in page
        assert b"snippetHighlightLine" in page
        assert page.count(b"broken") >= 1

    @pytest.mark.parametrize("error", [Unspeakable(), KeyError("\udcff")], ids=["str", "surrogate"])
    def test_whatCannotBeShownDoesNotHideTheRest(self, error: Exception) -> None:
        assert type(error).__name__.encode() in formatFailure(failureOf(error))

    def test_whatIsNoFailureIsAnError(self) -> None:
        with pytest.raises(FlattenerError):
            formatFailure(object())  # type: ignore[arg-type]  # the mistake

    def test_theTemplateMayBeReplaced(self) -> None:
        loader = TagLoader(tags.p(tags.b(render="type"), tags.i(render="value")))
        pages: list[bytes] = []
        flattenString(None, FailureElement(failureOf(KeyError("k")), loader)).addCallback(
            pages.append
        )
        assert pages == [b"<p><b>builtins.KeyError</b><i>'k'</i></p>"]


def test_theOldRoomHasTheSameThings() -> None:
    for name in util.__all__:
        if name != "_PRE":
            assert getattr(_template_util, name) is getattr(util, name)


def test_preQuotes() -> None:
    assert util._PRE("<a>") == "<pre>&lt;a&gt;</pre>"
