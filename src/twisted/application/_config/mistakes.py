"""
What is said of a wrong file or command line.

A `Mistake` is a value: where, what, and what to do. Mistakes are gathered, never raised one by
one, so that a person mends a file in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from twisted.python._suggestions import nearest

__all__ = ["Mistake", "Mistakes", "nearest", "orList", "suggestion"]

Path = tuple["str | int", ...]


class Mistake(NamedTuple):
    """
    One thing that is wrong.

    Args:
        place: the file (or the command line's flag) that has it.
        text: what is wrong, what was expected and what to do, in plain words.
        line: the line, from 1; 0 where there is none.
        column: the column in characters, from 1; 0 where there is none.
        source: the line's text, to show beneath; empty where there is none.
        width: how many characters of it to mark.
    """

    place: str
    text: str
    line: int = 0
    column: int = 0
    source: str = ""
    width: int = 1

    @property
    def where(self) -> str:
        """``file:line:column``, as editors and terminals know to follow."""
        parts = [self.place]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)

    def __str__(self) -> str:
        said = f"{self.where}: {self.text}"
        if not self.source.strip():
            return said
        number = str(self.line)
        gutter = " " * len(number)
        shown, column = _window(self.source, self.column)
        # Tabs stay tabs, so that the mark stands under what it marks whatever their width.
        before = "".join("\t" if c == "\t" else " " for c in shown[: column - 1])
        mark = "^" * max(1, min(self.width, len(shown) - column + 1))
        return f"{said}\n  {number} | {shown}\n  {gutter} | {before}{mark}"


def _window(source: str, column: int, width: int = 72) -> tuple[str, int]:
    """The part of a long line that has the column in it, and where the column is then."""
    if len(source) <= width:
        return source, column
    start = max(0, min(column - width // 2, len(source) - width))
    end = start + width
    shown = source[start:end]
    if start:
        shown = "…" + shown[1:]
    if end < len(source):
        shown = shown[:-1] + "…"
    return shown, column - start


class Mistakes(Exception):
    """
    All that is wrong with a file or a command line; nothing was done.

    Attributes:
        found: every `Mistake`, in the order of the file.
    """

    def __init__(self, found: Iterable[Mistake]) -> None:
        self.found: Sequence[Mistake] = sorted(found, key=lambda m: (m.place, m.line, m.column))
        super().__init__("\n".join(str(mistake) for mistake in self.found))


def suggestion(given: str, names: Iterable[str]) -> str:
    """
    Returns: "Did you mean 'x'?" for a close name, the whole list for none, ready to append.
    """
    names = sorted(names)
    close = nearest(given, names)
    if close is not None:
        return f"Did you mean {close!r}?"
    if not names:
        return ""
    return f"Known: {orList(names, 'and')}."


def orList(words: Iterable[str], joiner: str = "or") -> str:
    """
    Returns: "a", "a or b", "a, b or c".
    """
    words = list(words)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joiner} {words[-1]}"
