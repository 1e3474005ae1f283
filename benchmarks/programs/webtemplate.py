"""What pages from templates cost, the same on Torsion and on genuine Twisted."""

from __future__ import annotations

from typing import Any

from harness import Rates, repeated, runTwisted

namespace = 'xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1"'


def small(seconds: float, _: int) -> Rates:
    """A heading, a renderer, a paragraph."""
    from twisted.web.template import Element, Tag, XMLString, flattenString, renderer

    class Page(Element):
        loader = XMLString(
            f"<html {namespace}><head><title>Hi</title></head><body>"
            '<h1 t:render="name">x</h1><p class="a">Hello, world.</p></body></html>'
        )

        @renderer
        def name(self, request: Any, tag: Tag) -> Tag:
            return tag.clear()("World")

    return repeated(lambda: flattenString(None, Page()), seconds, 1)


def rows(seconds: float, count: int) -> Rates:
    """A table whose row is cloned and its slots filled, ``count`` times."""
    from twisted.web.template import Element, Tag, XMLString, flattenString, renderer

    class Page(Element):
        loader = XMLString(
            f'<table {namespace}><tr t:render="rows" class="row">'
            '<td class="name"><t:slot name="name"/></td>'
            '<td><a><t:attr name="href">/item/<t:slot name="id"/></t:attr>link</a></td>'
            "<td>text</td></tr></table>"
        )

        @renderer
        def rows(self, request: Any, tag: Tag) -> list[Tag]:
            return [tag.clone().fillSlots(name=f"Item & {at}", id=str(at)) for at in range(count)]

    return repeated(lambda: flattenString(None, Page()), seconds, 1)


def table(count: int) -> Any:
    from twisted.web.template import tags

    cells = [str(at) for at in range(10)]
    return tags.table(*[tags.tr(*[tags.td(each) for each in cells]) for _ in range(count // 10)])


def cells(seconds: float, count: int) -> Rates:
    """A table that is there."""
    from twisted.web.template import flattenString

    page = table(count)
    return repeated(lambda: flattenString(None, page), seconds, 1)


def madeCells(seconds: float, count: int) -> Rates:
    """A table that is made each time."""
    from twisted.web.template import flattenString

    return repeated(lambda: flattenString(None, table(count)), seconds, 1)


def texts(seconds: float, count: int) -> Rates:
    """Text in a list."""
    from twisted.web.template import flattenString

    page = ["some text & more"] * count
    return repeated(lambda: flattenString(None, page), seconds, count)


def waiting(seconds: float, count: int) -> Rates:
    """Deferreds that fire while the page waits for them."""
    from twisted.internet.defer import Deferred
    from twisted.web.template import flattenString, tags

    def page() -> None:
        parts: list[Deferred[str]] = [Deferred() for _ in range(count)]
        flattenString(None, tags.p(*parts))
        for each in parts:
            each.callback("x")

    return repeated(page, seconds, count)


def loading(seconds: float, count: int) -> Rates:
    """Read a template."""
    from twisted.web.template import XMLString

    tag = '<p class="a" t:render="b">text<t:slot name="c"/></p>'
    text = f"<div {namespace}>{tag * count}</div>"
    return repeated(lambda: XMLString(text), seconds, 1)


runTwisted(
    alone={
        "small": small,
        "rows": rows,
        "cells": cells,
        "madeCells": madeCells,
        "texts": texts,
        "waiting": waiting,
        "loading": loading,
    },
    inReactor={},
)
