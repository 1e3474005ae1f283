"""
Python source as HTML, with a span for each kind of token.

The class of a span is ``py-src-`` and the kind: ``keyword``, ``identifier`` (what is being
defined), ``parameter``, ``variable``, ``string``, ``number``, ``comment``, ``op``, and the names
that ``tokenize`` has for the others.
"""

from __future__ import annotations

import keyword
import re
import sys
import tokenize
from collections.abc import Callable
from html import escape
from typing import IO, Any

__all__ = ["HTMLWriter", "SmallerHTMLWriter", "TokenPrinter", "filter", "main"]

_Write = Callable[..., object]

_backslash = re.compile(r"[ \t\f]*\\\r?\n")


class TokenPrinter:
    """
    Tells of each token what it is, and gives back the space between tokens.

    Attributes:
        currentLine: the line of the source that was reached, from 1 on.
        currentCol: the column in it, from 0 on.
        lastIdentifier: 1 behind ``def`` or ``class``; the next name is what is defined.
        parameters: 1 between the name of what is defined and the end of its parentheses.
        encoding: that of the source.
    """

    currentCol = 0
    currentLine = 1
    lastIdentifier = 0
    parameters = 0
    encoding = "utf-8"

    def __init__(self, writer: _Write) -> None:
        """
        Args:
            writer: called with bytes and what they are, or with bytes alone for space.
        """
        self.writer = writer
        self._depth = 0
        self._line = ""

    def printtoken(
        self,
        type: int,
        token: str,
        sCoordinates: tuple[int, int],
        eCoordinates: tuple[int, int],
        line: str,
    ) -> None:
        """
        Take the next token, as ``tokenize`` gives it.

        Args:
            type: its number.
            token: its text.
            sCoordinates: the line and column that it begins at.
            eCoordinates: the line and column that it ends at.
            line: the line that it is on.
        """
        if type == tokenize.ENCODING:
            self.encoding = token
            return
        startLine, startColumn = sCoordinates
        if self.currentLine < startLine:
            if token:
                self._writeContinuation(startLine - self.currentLine)
            self.currentLine, self.currentCol = startLine, 0
        self._line = line
        between = line[self.currentCol : startColumn] if startColumn > self.currentCol else ""
        if between:
            self.writer(between.encode(self.encoding))
        self.writer(token.encode(self.encoding), self._kindOf(type, token))
        self.currentLine, self.currentCol = eCoordinates
        if token.endswith("\n"):
            self.currentLine, self.currentCol = startLine + 1, 0

    def _writeContinuation(self, count: int) -> None:
        """Give back the ends of lines that go on behind a backslash: no token tells of them."""
        found = _backslash.match(self._line, self.currentCol)
        first = found.group() if found else "\\\n"
        self.writer((first + "\\\n" * (count - 1)).encode(self.encoding))

    def _kindOf(self, type: int, token: str) -> str:
        """Say what a token is."""
        if type == tokenize.NAME:
            return self._kindOfName(token)
        if type == tokenize.OP and self.parameters:
            self._depth += (token in "([{") - (token in ")]}")
            if self._depth <= 0 and token != "(":
                self.parameters = self._depth = 0
        kind = tokenize.tok_name[type].lower()
        # Since Python 3.12 an f-string is several tokens.
        return "string" if kind.startswith(("fstring", "tstring")) else kind

    def _kindOfName(self, token: str) -> str:
        """Say what a name is."""
        if keyword.iskeyword(token):
            self.lastIdentifier = int(token in ("def", "class"))
            return "keyword"
        if self.lastIdentifier:
            self.lastIdentifier = 0
            self.parameters = 1
            return "identifier"
        return "parameter" if self.parameters else "variable"


class HTMLWriter:
    """Writes tokens as HTML."""

    # Kinds that get no span.
    noSpan: list[str] = []

    def __init__(self, writer: _Write) -> None:
        """
        Args:
            writer: called with bytes of HTML.
        """
        self.writer = writer

    def write(self, token: bytes, type: str | None = None) -> None:
        """
        Write a token.

        Args:
            token: its text.
            type: what it is; None for space.
        """
        text = escape(token.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if type is None or type in self.noSpan:
            self.writer(text)
        else:
            self.writer(b'<span class="py-src-' + type.encode("ascii") + b'">' + text + b"</span>")


class SmallerHTMLWriter(HTMLWriter):
    """Writes tokens as HTML, without spans for those that a reader does not look for."""

    noSpan = ["endmarker", "indent", "dedent", "op", "newline", "nl"]


def filter(inp: IO[bytes], out: IO[bytes], writer: Callable[[_Write], Any] = HTMLWriter) -> None:
    """
    Write Python source as HTML.

    Args:
        inp: where to read it from.
        out: where to write to.
        writer: `HTMLWriter`, or a class like it.
    """
    out.write(b"<pre>")
    printer = TokenPrinter(writer(out.write).write)
    try:
        for token in tokenize.tokenize(inp.readline):
            printer.printtoken(*token)
    except (tokenize.TokenError, SyntaxError):
        # What is not whole is shown as far as it goes.
        pass
    out.write(b"</pre>\n")


def main() -> None:
    """Write the file that is named on the command line to the standard output."""
    with open(sys.argv[1], "rb") as file:
        filter(file, sys.stdout.buffer)
    sys.stdout.flush()
