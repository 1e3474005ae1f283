"""
Where templates come from, and how a page of them becomes the response to a request.

The names of `twisted.web.util` are found here too, for programs that look for them here.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.logger import Logger
from twisted.web._flatten import flatten
from twisted.web._stan import CDATA, Comment, Tag, slot
from twisted.web.iweb import ITemplateLoader

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure
    from twisted.python.filepath import FilePath
    from twisted.web._element import Element
    from twisted.web._flatten import Flattenable
    from twisted.web.iweb import IRenderable, IRequest

__all__ = [
    "TEMPLATE_NAMESPACE",
    "VALID_HTML_TAG_NAMES",
    "TagLoader",
    "XMLFile",
    "XMLString",
    "renderElement",
    "tags",
]

TEMPLATE_NAMESPACE = "http://twistedmatrix.com/ns/twisted.web.template/0.1"
"""The XML namespace of what a template asks for: ``t:render``, ``t:slot``, ``t:attr``, ..."""

NOT_DONE_YET = 1
"""That of `twisted.web.server`, which is above this room."""

_moduleLog = Logger()

_XMLNS = "xmlns"


class _TemplateReader:
    """
    Reads XML into tags, with the names as they were written.

    It follows the declarations of namespaces itself, to know which prefix is the template's: the
    parser would put addresses for prefixes, and they could not all be put back.
    """

    def __init__(self, filename: str | None, encoding: str | None) -> None:
        from xml.parsers.expat import ParserCreate

        self.filename = filename
        self.document: list[Any] = []
        self._into: Any = self.document
        self._open: list[tuple[Any, bool]] = []
        self._prefixes: list[dict[str, str]] = [
            {"xml": "http://www.w3.org/XML/1998/namespace", "": ""}
        ]
        self._section: list[str] | None = None
        self._parser = parser = ParserCreate(encoding)
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = self._comment
        parser.StartCdataSectionHandler = self._startSection
        parser.EndCdataSectionHandler = self._endSection

    def read(self, text: bytes) -> list[Any]:
        """Returns: the roots of a template. Raises: xml.sax.SAXParseException."""
        from xml.parsers.expat import ExpatError, errors

        try:
            self._parser.Parse(text, True)
        except ExpatError as error:
            code = errors.messages.get(error.code, str(error))
            raise self._wrong(code, error.lineno, error.offset) from None
        return self.document

    def _wrong(self, message: str, line: int, column: int) -> Exception:
        from xml.sax import SAXParseException
        from xml.sax.xmlreader import Locator

        place = Locator()
        for name, value in (
            ("getSystemId", self.filename),
            ("getLineNumber", line),
            ("getColumnNumber", column),
        ):
            setattr(place, name, lambda value=value: value)
        return SAXParseException(message, None, place)

    def _here(self) -> tuple[str | None, int, int]:
        return self.filename, self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber

    def _split(self, name: str) -> tuple[bool, str]:
        """Whether a name is the template's, and it without its prefix."""
        prefix, colon, local = name.rpartition(":")
        if not colon and not self._prefixes[-1][""]:
            return False, name
        try:
            return self._prefixes[-1][prefix] == TEMPLATE_NAMESPACE, local
        except KeyError:
            _, line, column = self._here()
            raise self._wrong("unbound prefix", line, column) from None

    # What the parser calls

    def _start(self, name: str, flat: list[str]) -> None:
        given = list(zip(flat[::2], flat[1::2], strict=True))
        self._declare(given)
        attributes: dict[str, Any] = {}
        render = None
        for key, value in given:
            if key == _XMLNS or key.startswith("xmlns:"):
                if value != TEMPLATE_NAMESPACE:
                    attributes[key] = value
                continue
            ours, local = self._split(key) if ":" in key else (False, key)
            if ours and local == "render":
                render = value
            else:
                attributes[key] = value

        ours, local = self._split(name)
        if not ours:
            self._enter(Tag(name, attributes, [], render, *self._here()))
        elif local == "transparent":
            self._enter(Tag("", attributes, [], render, *self._here()))
        elif local == "slot":
            named = attributes["name"]
            self._enter(slot(named, attributes.get("default"), *self._here()))
        elif local == "attr":
            self._enterAttribute(attributes, render)
        else:
            self._enter(Tag(local, attributes, [], render, *self._here()))

    def _declare(self, given: list[tuple[str, str]]) -> None:
        prefixes = self._prefixes[-1]
        for key, value in given:
            if key == _XMLNS or key.startswith("xmlns:"):
                if prefixes is self._prefixes[-1]:
                    prefixes = dict(prefixes)
                prefixes[key[6:]] = value
        self._prefixes.append(prefixes)

    def _enter(self, made: Any) -> None:
        self._into.append(made)
        self._open.append((self._into, False))
        self._into = made.children

    def _enterAttribute(self, attributes: dict[str, Any], render: str | None) -> None:
        """``t:attr``: what stands in it is the value of an attribute of the tag around it."""
        named = attributes.get("name")
        if named is None:
            raise AssertionError("<t:attr> has no name: which attribute of the tag around it?")
        holder = self._holder()
        made = Tag("", {}, [], render, *self._here())
        holder.attributes[named] = made
        self._open.append((self._into, True))
        self._into = made.children

    def _holder(self) -> Tag:
        """The tag that is open."""
        if self._open:
            siblings, _ = self._open[-1]
            holder = siblings[-1] if siblings else None
            if isinstance(holder, Tag) and holder.children is self._into:
                return holder
        raise AssertionError("<t:attr> does not stand in a tag whose attribute it could be")

    def _end(self, name: str) -> None:
        self._into, _ = self._open.pop()
        self._prefixes.pop()

    def _text(self, text: str) -> None:
        if self._section is not None:
            self._section.append(text)
        else:
            self._into.append(text)

    def _comment(self, text: str) -> None:
        self._into.append(Comment(text))

    def _startSection(self) -> None:
        self._section = []

    def _endSection(self) -> None:
        self._into.append(CDATA("".join(self._section or ())))
        self._section = None


def _readTemplate(text: str | bytes, filename: str | None = None) -> list[Any]:
    """Returns: the roots of a template. Raises: xml.sax.SAXParseException."""
    if isinstance(text, str):
        # Whatever its declaration says: it has been decoded.
        return _TemplateReader(filename, "utf-8").read(text.encode("utf-8"))
    return _TemplateReader(filename, None).read(text)


@implementer(ITemplateLoader)
class TagLoader:
    """
    Loads a template that was made by calling tags.

    Attributes:
        tag: it.
    """

    def __init__(self, tag: Flattenable) -> None:
        self.tag = tag

    def load(self) -> list[Flattenable]:
        """Returns: the tag, in a list."""
        return [self.tag]


@implementer(ITemplateLoader)
class XMLString:
    """
    Loads a template from XML in a string.

    Raises: xml.sax.SAXParseException if it is no XML.
    """

    def __init__(self, s: str | bytes) -> None:
        """Args: s: the XML; bytes are UTF-8, or as they declare."""
        if not isinstance(s, (str, bytes)):
            raise TypeError(f"a template was given as {type(s).__name__}: it is str or bytes")
        self._loadedTemplate = _readTemplate(s)

    def load(self) -> list[Flattenable]:
        """Returns: the roots of the template, the same each time."""
        return self._loadedTemplate


@implementer(ITemplateLoader)
class XMLFile:
    """
    Loads a template from a file with XML, when it is first needed.

    Tags know the file and the line that they come from, and errors in rendering them show these.
    """

    def __init__(self, path: FilePath[Any]) -> None:
        """Args: path: of the file. An open file, or a name, is taken with a warning."""
        from twisted.python.filepath import FilePath

        if not isinstance(path, FilePath):
            import warnings

            warnings.warn(
                "Passing filenames or file objects to XMLFile is deprecated since Twisted 12.1.  "
                "Pass a FilePath instead.",
                DeprecationWarning,
                stacklevel=2,
            )
        self._path: FilePath[Any] | IO[Any] | str = path
        self._loadedTemplate: list[Flattenable] | None = None

    def __repr__(self) -> str:
        return f"<XMLFile of {self._path!r}>"

    def load(self) -> list[Flattenable]:
        """
        Returns: the roots of the template, the same each time.
        Raises: OSError; xml.sax.SAXParseException.
        """
        if self._loadedTemplate is None:
            self._loadedTemplate = self._read()
        return self._loadedTemplate

    def _read(self) -> list[Flattenable]:
        path: Any = self._path
        if hasattr(path, "read"):
            return _readTemplate(path.read(), getattr(path, "name", None))
        name = getattr(path, "path", path)
        with path.open() if hasattr(path, "open") else open(path, "rb") as file:
            text = file.read()
        return _readTemplate(text, name if isinstance(name, str) else name.decode())


# HTML 4 and 5, in the order of the alphabet. `xmp` is left out: what stands in it is not parsed,
# and so could not be quoted.
VALID_HTML_TAG_NAMES = set(
    """
    a abbr acronym address applet area article aside audio b base basefont bdi bdo big blockquote
    body br button canvas caption center cite code col colgroup command datalist dd del details dfn
    dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5
    h6 head header hgroup hr html i iframe img input ins isindex kbd keygen label legend li link map
    mark menu meta meter nav noframes noscript object ol optgroup option output p param pre progress
    q rp rt ruby s samp script section select small source span strike strong style sub summary sup
    table tbody td textarea tfoot th thead time title tr tt u ul var video wbr
    """.split()  # noqa: SIM905  # a hundred quotes less
)
"""The names that `tags` knows."""


class _TagFactory:
    """Makes a new tag whenever the name of one is taken of it."""

    def __getattr__(self, tagName: str) -> Tag:
        if tagName == "transparent":
            return Tag("")
        # A keyword of Python is written with an underscore: ``tags.del_``.
        name = tagName.rstrip("_")
        if name not in VALID_HTML_TAG_NAMES:
            raise AttributeError(f"HTML has no tag {tagName!r}")
        return Tag(name)


tags = _TagFactory()
"""Makes tags: ``tags.p("text", class_="note")``."""


def renderElement(
    request: IRequest,
    element: IRenderable,
    doctype: bytes | None = b"<!DOCTYPE html>",
    _failElement: Callable[[Failure], Element] | None = None,
) -> object:
    """
    Answer a request with a page.

    An error in the page is logged, and said in its place: with a traceback if the site shows
    tracebacks. If the client goes away, what the page waits for is cancelled.

    Args:
        request: it.
        element: the page.
        doctype: the line that comes first; None: there is none.
    Returns: ``NOT_DONE_YET``, for a resource to return.
    """
    if doctype is not None:
        request.write(doctype)
        request.write(b"\n")

    if _failElement is None:
        from twisted.web._failures import FailureElement

        _failElement = FailureElement
    showing = _failElement

    def failed(failure: Failure) -> Any:
        _moduleLog.failure("An error occurred while rendering the response.", failure=failure)
        site = getattr(request, "site", None)
        if site is not None and site.displayTracebacks:
            return flatten(request, showing(failure), request.write).addErrback(failedAgain)
        request.write(
            b'<div style="font-size:800%;background-color:#FFF;color:#F00">'
            b"An error occurred while rendering the response.</div>"
        )
        return None

    def failedAgain(failure: Failure) -> None:
        _moduleLog.failure("An error occurred while rendering the error.", failure=failure)

    rendering = flatten(request, element, request.write)
    if rendering.called:
        rendering.addErrback(failed).addBoth(lambda _: request.finish())
        return NOT_DONE_YET

    # The page waits, and the client may go away meanwhile: then there is nobody to render it for.
    gone: list[Failure] = []

    def lost(reason: Failure) -> None:
        gone.append(reason)
        rendering.cancel()

    def over(result: Any) -> None:
        if not gone:
            request.finish()

    # It is not in the interface, and not every double of a request has it.
    notifyFinish = getattr(request, "notifyFinish", None)
    if notifyFinish is not None:
        notifyFinish().addErrback(lost)
    rendering.addErrback(lambda failure: None if gone else failed(failure)).addBoth(over)
    return NOT_DONE_YET


_ofUtil = {
    "FailureElement": "_failures",
    "_FrameElement": "_failures",
    "_SourceFragmentElement": "_failures",
    "_SourceLineElement": "_failures",
    "_StackElement": "_failures",
    "formatFailure": "_failures",
    "DeferredResource": "_redirects",
    "ParentRedirect": "_redirects",
    "Redirect": "_redirects",
    "redirectTo": "_redirects",
}


def __getattr__(name: str) -> Any:
    room = _ofUtil.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"twisted.web.{room}"), name)
