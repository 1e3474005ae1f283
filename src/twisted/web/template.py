"""
Pages from templates.

A template is XML, read by `XMLString` or `XMLFile`, or tags put together in Python. An `Element`
joins it with the methods that fill it; `renderElement` answers a request with it, and
`flattenString` makes it a string. All text is quoted on its way into the page. Whatever stands in
a page may be a Deferred or a coroutine: what comes before it is sent meanwhile.
"""

from __future__ import annotations

from twisted._faces import handOn
from twisted.web._element import Element, renderer
from twisted.web._flatten import Flattenable, flatten, flattenString
from twisted.web._stan import CDATA, CharRef, Comment, Tag, slot
from twisted.web._template_util import (
    TEMPLATE_NAMESPACE,
    VALID_HTML_TAG_NAMES,
    TagLoader,
    XMLFile,
    XMLString,
    renderElement,
    tags,
)

__all__ = [
    "CDATA",
    "TEMPLATE_NAMESPACE",
    "VALID_HTML_TAG_NAMES",
    "CharRef",
    "Comment",
    "Element",
    "Flattenable",
    "Tag",
    "TagLoader",
    "XMLFile",
    "XMLString",
    "flatten",
    "flattenString",
    "renderElement",
    "renderer",
    "slot",
    "tags",
]

handOn(
    __name__,
    CDATA,
    CharRef,
    Comment,
    Element,
    Tag,
    TagLoader,
    XMLFile,
    XMLString,
    flatten,
    flattenString,
    renderElement,
    slot,
)
