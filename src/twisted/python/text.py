"""
Small helpers with text: wrapping, splitting, showing nested data.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

__all__ = [
    "endsInNewline",
    "greedyWrap",
    "isMultiline",
    "removeLeadingBlanks",
    "removeLeadingTrailingBlanks",
    "splitQuoted",
    "strFile",
    "stringyString",
    "wordWrap",
]


def isMultiline(s: str) -> bool:
    """
    Whether there is a line end anywhere.
    """
    return "\n" in s


def endsInNewline(s: str) -> bool:
    """
    Whether the last thing is a line end.
    """
    return s.endswith("\n")


def greedyWrap(inString: str, width: int = 80) -> list[str]:
    """
    Break text into lines, each with as many words as fit.

    Args:
        inString: the text. Blank lines part its paragraphs; other line ends are spaces.
        width: the most characters of a line; a longer word has a line of its own.
    Returns: the lines. After each paragraph that a blank line ends, and after the last one of
        several, there is an empty one.
    """
    paragraphs = [part.split() for part in re.split(r"\n\n+", inString)]
    lines: list[str] = []
    for words in filter(None, paragraphs):
        line = ""
        for word in words:
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
        if len(paragraphs) > 1:
            lines.append("")
    return lines


wordWrap = greedyWrap


def removeLeadingBlanks(lines: Iterable[str]) -> list[str]:
    """
    Drop the blank lines before the first that is not.
    """
    kept: list[str] = []
    for line in lines:
        if kept or line.strip():
            kept.append(line)
    return kept


def removeLeadingTrailingBlanks(s: str) -> str:
    """
    Drop the blank lines at both ends of a text; it then ends with one line end.
    """
    fromTop = removeLeadingBlanks(s.split("\n"))
    return "\n".join(removeLeadingBlanks(fromTop[::-1])[::-1]) + "\n"


# The quotation must begin a word; it runs to the next mark of its kind that ends one.
_piece = re.compile(r"""(?:^|(?<=\s))(["'])(.*?)\1(?=\s|$)|(\S+)""", re.DOTALL)


def splitQuoted(s: str) -> list[str]:
    """
    Split text at white space, but not inside of quotation marks, which are left out.
    """
    return [match[2] if match[1] else match[3] for match in _piece.finditer(s)]


def strFile(p: str, f: TextIO, caseSensitive: bool = True) -> bool:
    """
    Whether a text is somewhere in what is left of a file.

    Args:
        p: the text.
        f: the file, read to where the text is, in small pieces.
        caseSensitive: whether upper and lower case differ.
    """
    wanted = p if caseSensitive else p.lower()
    window = ""
    while True:
        piece = f.read(4096)
        window += piece if caseSensitive else piece.lower()
        if wanted in window:
            return True
        if not piece:
            return False
        # A match may begin in this piece and end in the next one.
        window = window[-max(len(wanted) - 1, 1) :]


def stringyString(object: object, indentation: str = "") -> str:
    """
    Show nested lists, tuples and dictionaries, with one line for each thing in them.

    Args:
        object: what to show.
        indentation: what every line begins with.
    """
    if isinstance(object, dict):
        opening, closing = "{", "}"
        pieces = []
        for key, value in object.items():
            shown = stringyString(value, indentation + "   ")
            if isMultiline(shown):
                if endsInNewline(shown):
                    shown = shown[:-1]
                pieces.append(f"{indentation} {key}:\n{shown}")
            else:
                # Only the first line's indentation is known to be there already.
                pieces.append(f"{indentation} {key}: {shown[len(indentation) + 3 :]}")
    elif isinstance(object, (list, tuple)):
        opening, closing = ("(", ")") if isinstance(object, tuple) else ("[", "]")
        pieces = [stringyString(inner, indentation + " ").rstrip("\n") + "," for inner in object]
    else:
        text = "\n".join(indentation + line for line in str(object).split("\n"))
        return text + "\n" if isMultiline(text) else text
    # The opening bracket takes the place of the last space of the first line's indentation.
    inside = "\n".join(pieces)[len(indentation) + 1 :]
    shown = f"{indentation}{opening}{inside}{closing}"
    return shown + "\n" if isMultiline(shown) else shown
