"""
A small parser of XML, and of what looks like HTML.

It is given characters as they come, and calls ``got...`` for what it finds. By default it wants
tags that are well formed; it does not check that they match. With
`XMLParser.beExtremelyLenient` it makes what it can of anything.

How it works. Each state has a method ``do_NAME(byte)``, which takes one character and returns the
name of the next state, or None to stay. ``begin_NAME(byte)`` is called on the way in, with the
character that led there, and ``end_NAME()`` on the way out; either may be missing.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.protocol import Protocol
from twisted.python.reflect import prefixedMethodNames

__all__ = [
    "BEGIN_HANDLER",
    "DO_HANDLER",
    "END_HANDLER",
    "ParseError",
    "XMLParser",
    "identChars",
    "lenientIdentChars",
    "nop",
    "prefixedMethodClassDict",
    "prefixedMethodObjDict",
    "unionlist",
    "zipfndict",
]

identChars = ".-_:"
"""What may be in a name, beside letters and digits."""

lenientIdentChars = identChars + ";+#/%~"
"""What else is let through in names of attributes, and in values without quotes."""

BEGIN_HANDLER = 0
DO_HANDLER = 1
END_HANDLER = 2

# What changes nothing in a state, and is taken at once: what is collected is a list of such pieces,
# so that no text is copied each time that it grows.
_ordinary = {
    "bodydata": re.compile("[^<&]+"),
    "spacebodydata": re.compile("[^<&]+"),
    "attrval": re.compile("[^\"']+"),
    "messyattr": re.compile(r"[^\s>]+"),
    "doctype": re.compile("[^>]+"),
    "cdata": re.compile("[^>]+"),
    "comment": re.compile("[^>]+"),
    "waitforendscript": re.compile("[^<]+"),
}

# What stands for an attribute that has a name only.
_NO_VALUE = "True"

_CDATA = "[CDATA["


def nop(*args: Any, **kw: Any) -> None:
    """Do nothing."""


def unionlist(*args: Iterable[Any]) -> Any:
    """Returns: everything that is in one of them, once."""
    return dict.fromkeys(each for some in args for each in some).keys()


def zipfndict(*args: dict[Any, Any], **kw: Any) -> dict[Any, tuple[Any, ...]]:
    """
    Args: kw: ``default``: what stands for a value that is not there; by default, `nop`.
    Returns: for each key, its values in all of them.
    """
    default = kw.get("default", nop)
    return {key: tuple(each.get(key, default) for each in args) for key in unionlist(*args)}


def prefixedMethodClassDict(clazz: type, prefix: str) -> dict[str, Any]:
    """Returns: the methods of a class whose names begin with ``prefix``, without it."""
    return {name: getattr(clazz, prefix + name) for name in prefixedMethodNames(clazz, prefix)}


def prefixedMethodObjDict(obj: object, prefix: str) -> dict[str, Any]:
    """Returns: the methods of an object whose names begin with ``prefix``, without it."""
    return {name: getattr(obj, prefix + name) for name in prefixedMethodNames(type(obj), prefix)}


class ParseError(Exception):
    """
    What came is not XML.

    Attributes:
        filename, line, col: where.
        message: why.
    """

    def __init__(self, filename: str, line: int, col: int, message: str) -> None:
        super().__init__(filename, line, col, message)
        self.filename, self.line, self.col, self.message = filename, line, col, message

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}:{self.col}: {self.message}"


class XMLParser(Protocol):
    """
    Override ``got...`` to hear what is found.

    Attributes:
        filename: for errors.
        beExtremelyLenient: whether to go on with what is not XML.
        encodings: what the beginning said about the encoding: UTF-16, or nothing for UTF-8.
        state: the name of the present state.
        tagName, tagAttributes: of the tag that is being read.
        maxNameChars: of a name.
        attrname, attrval: of the attribute that is being read.
    """

    filename = "<xml />"
    beExtremelyLenient: Any = 0
    encodings: list[str] | None = None
    state: str | None = None
    attrname = ""
    attrval = ""
    maxNameChars = 4096

    tagName = ""
    tagAttributes: dict[str, str]
    erefbuf = ""
    erefextra = ""

    _leading = ""
    _closes = False
    _handlers: dict[str, tuple[Callable[[str], Any], Callable[[str], Any], Callable[[], Any]]]

    def connectionMade(self) -> None:
        """Begin a document."""
        self.lineno, self.colno = 1, 0
        self.encodings = []
        self.tagAttributes = {}
        self.endtag = 0
        self.state = "begin"
        self._parts: list[str] = []
        self._decoder: Any = None
        self._handlers = zipfndict(
            prefixedMethodObjDict(self, "begin_"),
            prefixedMethodObjDict(self, "do_"),
            prefixedMethodObjDict(self, "end_"),
        )
        # Who takes the characters of a state himself is given one at a time.
        self._runs = {
            state: run
            for state, run in _ordinary.items()
            if getattr(type(self), "do_" + state) is getattr(XMLParser, "do_" + state)
        }

    def saveMark(self) -> tuple[int, int]:
        """Returns: line and column of the character that is being read, for errors."""
        return self.lineno, self.colno

    def _parseError(self, message: str) -> Any:
        raise ParseError(self.filename, self.lineno, self.colno, message)

    def _taken(self) -> str:
        """What was collected, which is forgotten."""
        taken = "".join(self._parts)
        self._parts = []
        return taken

    def _longer(self, name: str, byte: str) -> str:
        """A name with one more character."""
        if len(name) >= self.maxNameChars:
            self._parseError(f"a name has more than {self.maxNameChars} characters")
        return name + byte

    def dataReceived(self, data: bytes | str) -> None:
        """
        Take a part of the document: text, or bytes of UTF-8 or of UTF-16 with a mark.

        Raises: ParseError; UnicodeDecodeError.
        """
        if isinstance(data, bytes):
            data = self._decoded(data)
        state = self.state or "begin"
        _, do, end = self._handlers[state]
        at, length = 0, len(data)
        while at < length:
            run = self._runs.get(state)
            ordinary = run and run.match(data, at)
            byte = ordinary.group() if ordinary else data[at]
            at += len(byte)
            lines = byte.count("\n")
            if lines:
                self.lineno += lines
                self.colno = len(byte) - byte.rindex("\n") - 1
            else:
                self.colno += len(byte)
            following = do(byte)
            if following is not None and following != state:
                end()
                self.state = state = following
                begin, do, end = self._handlers[state]
                begin(byte)

    def _decoded(self, data: bytes) -> str:
        if self._decoder is None:
            encoding = "utf-8-sig" if data.startswith(BOM_UTF8) else "utf-8"
            if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
                encoding = "utf-16"
                self.encodings = ["UTF-16"]
            self._decoder = getincrementaldecoder(encoding)()
        text: str = self._decoder.decode(data)
        return text

    def connectionLost(self, reason: Any = None) -> None:
        """The document is over: what is open ends here."""
        if self.state is not None:
            _, _, end = self._handlers[self.state]
            end()

    # What is found

    def gotTagStart(self, name: str, attributes: dict[str, str]) -> None:
        """Override: a tag begins. Args: attributes: their values by name; entities stay."""

    def gotTagEnd(self, name: str) -> None:
        """Override: a tag ends."""

    def gotText(self, data: str) -> None:
        """Override: text between tags; it may be empty."""

    def gotComment(self, comment: str) -> None:
        """Override: a comment."""

    def gotCData(self, cdata: str) -> None:
        """Override: a CDATA section."""

    def gotDoctype(self, doctype: str) -> None:
        """Override: a document type, such as ``html``. What comes behind a ``>`` in it is text."""

    def gotEntityReference(self, entityRef: str) -> None:
        """Override: an entity, such as ``amp`` or ``#65``."""

    # Before the first tag

    def do_begin(self, byte: str) -> str | None:
        """The beginning: blanks, and then a tag."""
        if byte == "<":
            return "tagstart"
        if byte.isspace():
            return None
        if not self.beExtremelyLenient:
            self._parseError(f"the first character is {byte!r}: a document begins with '<'")
        self._leading = byte
        return "bodydata"

    # Tags

    def begin_tagstart(self, byte: str) -> None:
        """A ``<`` came."""
        self.tagName = ""
        self.tagAttributes = {}
        self.endtag = 0
        self._closes = False

    def do_tagstart(self, byte: str) -> str | None:
        """The name of a tag, or what else begins with ``<``."""
        if byte.isalnum() or byte in identChars:
            self.tagName = self._longer(self.tagName, byte)
            return "comment" if self.tagName == "!--" else None
        if byte.isspace():
            return self._afterName()
        if byte == ">":
            return self._tagIsOver()
        if byte == "/":
            if self.tagName:
                return "afterslash"
            self.endtag = 1
            return None
        if byte in "!?":
            return self._mark(byte)
        if byte == "[":
            if self.tagName == "!":
                return "expectcdata"
            self._parseError("a '[' is in the name of a tag")
        if not self.beExtremelyLenient:
            self._parseError(f"{byte!r} is in the name of a tag")
        self._parts = ["</" if self.endtag else "<", self.tagName]
        return "unentity"

    def _afterName(self) -> str:
        if not self.tagName:
            self._parseError("a blank comes before the name of a tag")
        if self.endtag:
            self._closes = True
            return "waitforgt"
        if self.tagName.startswith("!"):
            return "doctype" if self.tagName.upper() == "!DOCTYPE" else "waitforgt"
        return "attrs"

    def _mark(self, byte: str) -> str | None:
        """What ``!`` and ``?`` begin; within a name they mean nothing."""
        if self.tagName:
            if not self.beExtremelyLenient:
                self._parseError(f"{byte!r} is in the name of a tag")
            return None
        self.tagName = byte
        return "waitforgt" if byte == "?" else None

    def _tagIsOver(self) -> str:
        """A ``>`` came at the end of a tag."""
        if self.endtag:
            self.gotTagEnd(self.tagName)
            return "bodydata"
        self.gotTagStart(self.tagName, self.tagAttributes)
        return self.maybeBodyData()

    def _emptyTagIsOver(self) -> str:
        """A tag that has nothing in it."""
        self.gotTagStart(self.tagName, self.tagAttributes)
        self.gotTagEnd(self.tagName)
        return "bodydata"

    def maybeBodyData(self) -> str:
        """Returns: the state behind a tag: that of scripts, which are no XML, if it is lenient."""
        isScript = self.tagName == "script" and "src" not in self.tagAttributes
        return "waitforendscript" if self.beExtremelyLenient and isScript else "bodydata"

    def begin_afterslash(self, byte: str) -> None:
        """A ``/`` came in a tag."""

    def do_afterslash(self, byte: str) -> str | None:
        """The end of a tag that has nothing in it."""
        if byte == ">":
            return self._emptyTagIsOver()
        if not self.beExtremelyLenient:
            self._parseError("only '>' comes behind the '/' of a tag")
        self._emptyTagIsOver()
        return "waitforgt"

    def do_waitforgt(self, byte: str) -> str | None:
        """What means nothing, up to a ``>``; or the blanks at the end of ``</tag >``."""
        if byte == ">":
            if self._closes:
                self.gotTagEnd(self.tagName)
            self._closes = False
            return "bodydata"
        if not byte.isspace():
            self._closes = False
        return None

    # Attributes

    def do_attrs(self, byte: str) -> str | None:
        """Between attributes."""
        if byte.isalnum() or byte in identChars:
            return "attrname"
        if byte.isspace():
            return None
        if byte == ">":
            return self._tagIsOver()
        if byte == "/":
            return "afterslash"
        if not self.beExtremelyLenient:
            self._parseError(f"{byte!r} comes where an attribute would")
        return "attrname" if byte in lenientIdentChars else None

    def _hasNoValue(self) -> None:
        self.tagAttributes[self.attrname] = _NO_VALUE

    def begin_attrname(self, byte: str) -> None:
        """The first character of a name."""
        self.attrname = byte

    def do_attrname(self, byte: str) -> str | None:
        """The name of an attribute."""
        if byte.isalnum() or byte in identChars:
            self.attrname = self._longer(self.attrname, byte)
            return None
        if byte == "=":
            return "beforeattrval"
        if byte.isspace():
            return "beforeeq"
        if not self.beExtremelyLenient:
            self._parseError(f"{byte!r} comes behind the name {self.attrname!r} of an attribute")
        if byte in "\"'":
            return "attrval"
        if byte in lenientIdentChars:
            self.attrname = self._longer(self.attrname, byte)
        elif byte == ">":
            if self.attrname.endswith("/"):
                self.attrname = self.attrname[:-1]
                self._hasNoValue()
                return self._emptyTagIsOver()
            self._hasNoValue()
            return self._tagIsOver()
        return None

    def begin_beforeeq(self, byte: str) -> None:
        """A blank came behind a name."""
        self._closes = False

    def do_beforeeq(self, byte: str) -> str | None:
        """Between a name and a ``=``."""
        if byte == "=":
            return "beforeattrval"
        if byte.isspace():
            return None
        if not self.beExtremelyLenient:
            self._parseError(f"the attribute {self.attrname!r} has no value")
        if byte.isalnum() or byte in identChars:
            self._hasNoValue()
            return "attrname"
        if byte == ">":
            self._hasNoValue()
            return self._emptyTagIsOver() if self._closes else self._tagIsOver()
        self._closes = byte == "/"
        return None

    def do_beforeattrval(self, byte: str) -> str | None:
        """Between a ``=`` and a value."""
        if byte in "\"'":
            return "attrval"
        if byte.isspace():
            return None
        if not self.beExtremelyLenient:
            self._parseError(f"a value begins with {byte!r}: it has quotes around it")
        if byte.isalnum() or byte in lenientIdentChars:
            return "messyattr"
        if byte == ">":
            self._hasNoValue()
            return self._tagIsOver()
        return None

    def begin_attrval(self, byte: str) -> None:
        """A quote came."""
        self.quotetype = byte
        self._parts = []

    def do_attrval(self, byte: str) -> str | None:
        """A value in quotes."""
        if byte == self.quotetype:
            return "attrs"
        self._parts.append(byte)
        return None

    def end_attrval(self) -> None:
        """The value is there."""
        self.tagAttributes[self.attrname] = self._taken()
        self.attrname = self.attrval = ""

    def begin_messyattr(self, byte: str) -> None:
        """The first character of a value without quotes."""
        self.attrval = byte

    def do_messyattr(self, byte: str) -> str | None:
        """A value without quotes."""
        if byte.isspace():
            return "attrs"
        if byte != ">":
            self.attrval += byte
            return None
        empty = self.attrval.endswith("/")
        self.attrval = self.attrval[:-1] if empty else self.attrval
        self.tagAttributes[self.attrname] = self.attrval
        return self._emptyTagIsOver() if empty else self._tagIsOver()

    def end_messyattr(self) -> None:
        """The value is there."""
        if self.attrval:
            self.tagAttributes[self.attrname] = self.attrval

    # Document types, sections and comments

    def begin_doctype(self, byte: str) -> None:
        """A ``<!DOCTYPE`` came."""
        self._parts = []

    def do_doctype(self, byte: str) -> str | None:
        """A document type."""
        if byte == ">":
            return "bodydata"
        self._parts.append(byte if self._parts else byte.lstrip())
        return None

    def end_doctype(self) -> None:
        """It is over."""
        self.gotDoctype(self._taken())

    def begin_expectcdata(self, byte: str) -> None:
        """A ``<![`` came."""
        self._head = byte
        self._parts = []

    def do_expectcdata(self, byte: str) -> str | None:
        """The head of a CDATA section."""
        self._head += byte
        if self._head == _CDATA:
            return "cdata"
        if _CDATA.startswith(self._head):
            return None
        if not self.beExtremelyLenient:
            self._parseError(f"'<!{self._head}' begins no CDATA section")
        self._closes = False
        return "waitforgt"

    def _endsWith(self, end: str) -> bool:
        """Whether what was collected ends with ``end``; if so, that is taken away."""
        tail = "".join(self._parts[-len(end) :])
        if not tail.endswith(end):
            return False
        self._parts[-len(end) :] = [tail[: -len(end)]]
        return True

    def do_cdata(self, byte: str) -> str | None:
        """A CDATA section."""
        self._parts.append(byte)
        return "bodydata" if byte == ">" and self._endsWith("]]>") else None

    def end_cdata(self) -> None:
        """It is over."""
        self.gotCData(self._taken())

    def begin_comment(self, byte: str) -> None:
        """A ``<!--`` came."""
        self._parts = []

    def do_comment(self, byte: str) -> str | None:
        """A comment."""
        self._parts.append(byte)
        if byte == ">" and self._endsWith("-->"):
            self.gotComment(self._taken())
            return "bodydata"
        return None

    # Text

    def begin_bodydata(self, byte: str) -> None:
        """Text begins, behind ``byte``."""
        self._parts, self._leading = [self._leading], ""

    def do_bodydata(self, byte: str) -> str | None:
        """Text."""
        if byte == "<":
            return "tagstart"
        if byte == "&":
            return "entityref"
        self._parts.append(byte)
        return None

    def end_bodydata(self) -> None:
        """It is over."""
        self.gotText(self._taken())

    def begin_spacebodydata(self, byte: str) -> None:
        """Text goes on with what was taken for an entity."""
        self._parts, self.erefextra = [self.erefextra], ""

    do_spacebodydata = do_bodydata
    end_spacebodydata = end_bodydata

    def begin_unentity(self, byte: str) -> None:
        """A ``<`` that begins no tag is text."""
        self._parts.append(byte)

    def do_unentity(self, byte: str) -> str:
        """What follows it is text too."""
        self._parts.append(byte)
        return "bodydata"

    def end_unentity(self) -> None:
        """It is over."""
        self.gotText(self._taken())

    def begin_entityref(self, byte: str) -> None:
        """A ``&`` came."""
        self.erefbuf = self.erefextra = ""

    def do_entityref(self, byte: str) -> str | None:
        """The name of an entity."""
        if byte == ";":
            return "bodydata"
        if not byte.isspace() and byte != "<":
            self.erefbuf = self._longer(self.erefbuf, byte)
            return None
        if not self.beExtremelyLenient:
            self._parseError(f"the entity '&{self.erefbuf}' has no ';' at its end")
        # A lone ampersand stands for itself, and what follows it is text.
        if self.erefbuf != "amp":
            self.erefextra = self.erefbuf
        self.erefbuf = "amp"
        if byte == "<":
            return "tagstart"
        self.erefextra += byte
        return "spacebodydata"

    def end_entityref(self) -> None:
        """It is over."""
        self.gotEntityReference(self.erefbuf)

    # Scripts, where nothing but their end tag is read

    def do_waitforendscript(self, byte: str) -> str | None:
        """The text of a script."""
        if byte == "<":
            return "waitscriptendtag"
        self._parts.append(byte)
        return None

    def begin_waitscriptendtag(self, byte: str) -> None:
        """A ``<`` came in a script."""
        self._seen = byte

    def do_waitscriptendtag(self, byte: str) -> str | None:
        """What may be ``</script>``; if it is not, it is script."""
        wanted = "</script"
        if byte.isspace() and self._seen[-1:].isspace():
            return None
        self._seen += byte
        seen = self._seen.lower()
        if seen == wanted[: len(seen)] or (seen.startswith(wanted) and byte.isspace()):
            return None
        if byte == ">" and seen.startswith(wanted):
            self.gotText(self._taken())
            self.gotTagEnd(self.tagName)
            return "bodydata"
        kept, self._seen = self._seen, byte
        if byte == "<":
            self._parts.append(kept[:-1])
            return None
        self._parts.append(kept)
        return "waitforendscript"
