"""Failures as pages, for those who develop a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.python.reflect import fullyQualifiedName
from twisted.web._element import Element, renderer
from twisted.web._flatten import flattenString
from twisted.web._template_util import TagLoader, XMLString

if TYPE_CHECKING:
    from twisted.python.failure import Failure
    from twisted.web._flatten import Flattenable
    from twisted.web._stan import Tag
    from twisted.web.iweb import IRequest, ITemplateLoader

__all__ = ["FailureElement", "formatFailure"]

_template = """\
<div xmlns:t="http://twistedmatrix.com/ns/twisted.web.template/0.1" class="failure">
<style type="text/css">
.failure { font-family: sans-serif; max-width: 70em; }
.failure .error { background: #fbe3e4; border-left: 0.4em solid #c0392b; padding: 0.6em; }
.failure .location { color: #444; margin: 0.8em 0 0.2em; }
.failure .snippet { background: #f6f6f6; overflow-x: auto; padding: 0.3em; }
.failure .snippet p { margin: 0; }
.failure .snippet p.snippetHighlightLine { background: #ffeaa7; }
.failure .lineno { color: #888; display: inline-block; text-align: right; width: 4em; }
.failure .code { white-space: pre; }
</style>
<p class="error"><b t:render="type" />: <span t:render="value" /></p>
<p>The calls that led there, the last one at the end:</p>
<ol t:render="traceback">
<li t:render="frames">
<p class="location"><b class="function" t:render="function" />, \
line <span t:render="lineNumber" /> of <code t:render="filename" /></p>
<div class="snippet" t:render="source"><p t:render="sourceLines">\
<span class="lineno" t:render="lineNumber" /> <code class="code" t:render="sourceLine" />\
</p></div>
</li>
</ol>
<p class="error"><b t:render="type" />: <span t:render="value" /></p>
</div>
"""


class _SourceLineElement(Element):
    """A line of a program, and its number."""

    def __init__(self, loader: ITemplateLoader | None, number: int, source: str) -> None:
        super().__init__(loader)
        self.number, self.source = number, source

    @renderer
    def sourceLine(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """The line. Two blanks become one and one that does not break, so that all are seen."""
        return tag(self.source.replace("  ", " \N{NO-BREAK SPACE}"))

    @renderer
    def lineNumber(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """Its number."""
        return tag(str(self.number))


class _SourceFragmentElement(Element):
    """The lines around that of a frame."""

    def __init__(self, loader: ITemplateLoader | None, frame: Any) -> None:
        super().__init__(loader)
        self.frame = frame

    @renderer
    def sourceLines(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """The tag once for each line, with a class that marks the line itself."""
        import linecache

        _, filename, number, *_ = self.frame
        lines: list[Flattenable] = []
        for each in (number - 1, number, number + 1):
            kind = "snippetHighlightLine" if each == number else "snippetLine"
            source = linecache.getline(filename, each).rstrip("\r\n")
            loader = TagLoader(tag.clone()(class_=kind))
            lines.append(_SourceLineElement(loader, each, source))
        return lines


class _FrameElement(Element):
    """One call: function, file and line, with the lines around it."""

    def __init__(self, loader: ITemplateLoader | None, frame: Any) -> None:
        super().__init__(loader)
        self.frame = frame

    @renderer
    def filename(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """The file."""
        return tag(self.frame[1])

    @renderer
    def lineNumber(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """The number of the line."""
        return tag(str(self.frame[2]))

    @renderer
    def function(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """The name of the function."""
        return tag(self.frame[0])

    @renderer
    def source(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """The lines."""
        return _SourceFragmentElement(TagLoader(tag), self.frame)


class _StackElement(Element):
    """Calls, from the outside in."""

    def __init__(self, loader: ITemplateLoader | None, stackFrames: Any) -> None:
        super().__init__(loader)
        self.stackFrames = stackFrames

    @renderer
    def frames(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """The tag once for each call."""
        return [_FrameElement(TagLoader(tag.clone()), frame) for frame in self.stackFrames]


class FailureElement(Element):
    """
    Shows a failure: what it is, and the calls that led to it, with lines of their source.

    Attributes:
        failure: it.
        loader: of a template, which may be replaced.
    """

    loader: ITemplateLoader | None = XMLString(_template)
    failure: Failure

    def __init__(self, failure: Failure, loader: ITemplateLoader | None = None) -> None:
        super().__init__(loader)
        self.failure = failure

    @renderer
    def type(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """The class of the exception."""
        return tag(fullyQualifiedName(self.failure.type))

    @renderer
    def value(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """What the exception says."""
        return tag(_said(self.failure.value))

    @renderer
    def traceback(self, request: IRequest | None, tag: Tag) -> Flattenable:
        """The calls."""
        return _StackElement(TagLoader(tag), self.failure.frames)


def _said(value: object) -> str:
    """An exception as text that can be encoded, whatever its ``__str__`` does."""
    from twisted.python.reflect import safe_str

    return safe_str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def formatFailure(myFailure: Failure) -> bytes:
    """
    Show a failure as HTML.

    Returns: ASCII, for a page of any encoding.
    Raises: twisted.web.error.FlattenerError if it cannot be shown.
    """
    shown: list[bytes] = []
    problems: list[Failure] = []
    flattenString(None, FailureElement(myFailure)).addCallbacks(shown.append, problems.append)
    if problems:
        problems[0].raiseException()
    return shown[0].decode("utf-8").encode("ascii", "xmlcharrefreplace")
