"""
Which line of a TOML text each key and value stands on.

The standard reader gives values without places. This one gives places without values: it walks
a text that the standard reader has found to be right, so it need not judge, only count. What it
holds, tested against the standard reader: every key and every item of every list has a place.

The grammar is TOML 1.0 (https://toml.io/en/v1.0.0); line ends inside inline tables, which later
versions permit, are walked over too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from .mistakes import Path
from .toml import loads

__all__ = ["Place", "locate"]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
# A number, date or word ends where a list, table, comment or line does.
_SCALAR = re.compile(r"[^,\]}#\n\r]*")
_STRINGS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}',
        r"'''.*?'{3,5}(?!')",
        r'"(?:[^"\\\n]|\\.)*"',
        r"'[^'\n]*'",
    )
)


class Place(NamedTuple):
    """
    Where a key stands, and where its value begins; lines and columns count from 1.

    For an item of a list both are the item's own.
    """

    line: int
    column: int
    width: int
    valueLine: int
    valueColumn: int
    valueWidth: int


def locate(text: str) -> dict[Path, Place]:
    """
    Find the place of each key and list item.

    Args:
        text: a whole TOML document that `tomllib` reads without complaint.
    Returns: from path, such as ``("services", "echo", "listen", 0)``, to place.
    """
    walker = _Walker(text)
    walker.document()
    return walker.places


class _Walker:
    """
    A position in the text and the table that keys are put into.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lineStarts = [0] + [match.end() for match in re.finditer("\n", text)]
        # How many tables each [[header]] has opened so far.
        self._opened: dict[Path, int] = {}
        self.places: dict[Path, Place] = {}

    def document(self) -> None:
        table: Path = ()
        while True:
            self._skip(_BLANK)
            if self._at >= len(self._text):
                return
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        start = self._at
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        names = self._key()
        self._skip(_SPACE)
        self._at += 2 if many else 1
        table: Path = ()
        for index, (name, _, _) in enumerate(names):
            table = (*table, name)
            last = index == len(names) - 1
            if last and many:
                self._note(table, start, self._at, start, self._at)
                self._opened[table] = self._opened.get(table, 0) + 1
            elif last or table not in self.places:
                self._note(table, start, self._at, start, self._at)
            if table in self._opened:
                # Below a list of tables a plain name means its latest one.
                table = (*table, self._opened[table] - 1)
                if last and many:
                    self._note(table, start, self._at, start, self._at)
        return table

    def _pair(self, table: Path) -> None:
        names = self._key()
        self._skip(_SPACE)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        path = table
        for name, _, _ in names:
            path = (*path, name)
        start = self._at
        self._value(path)
        for end in range(1, len(names) + 1):
            part = (*table, *(name for name, _, _ in names[:end]))
            if part not in self.places:
                _, keyStart, keyEnd = names[end - 1]
                self._note(part, keyStart, keyEnd, start, self._at)

    def _key(self) -> list[tuple[str, int, int]]:
        """One dotted key: each part's name, and where it begins and ends."""
        names = []
        while True:
            self._skip(_SPACE)
            start = self._at
            bare = _BARE.match(self._text, start)
            if bare is not None:
                self._at = bare.end()
                name = bare.group()
            else:
                name = _unquoted(self._quoted())
            names.append((name, start, self._at))
            mark = self._at
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                self._at = mark
                return names
            self._at += 1

    def _value(self, path: Path) -> None:
        first = self._text[self._at : self._at + 1]
        if first in ('"', "'"):
            self._quoted()
        elif first == "[":
            self._items(path)
        elif first == "{":
            self._inlineTable(path)
        else:
            found = _SCALAR.match(self._text, self._at)
            assert found is not None
            self._at += len(found.group().rstrip())

    def _items(self, path: Path) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self._closes("]"):
                return
            start = self._at
            self._value((*path, index))
            self._note((*path, index), start, self._at, start, self._at)
            index += 1

    def _inlineTable(self, path: Path) -> None:
        self._at += 1
        while True:
            self._skip(_BLANK)
            if self._closes("}"):
                return
            self._pair(path)

    def _closes(self, bracket: str) -> bool:
        """Step over a comma; then say whether the list or table ends here."""
        if self._text.startswith(",", self._at):
            self._at += 1
            self._skip(_BLANK)
        if self._text.startswith(bracket, self._at):
            self._at += 1
            return True
        return False

    def _quoted(self) -> str:
        for pattern in _STRINGS:
            found = pattern.match(self._text, self._at)
            if found is not None:
                self._at = found.end()
                return found.group()
        raise ValueError(f"no key or text at offset {self._at}")

    def _skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self._text, self._at)
        assert found is not None
        self._at = found.end()

    def _note(self, path: Path, start: int, end: int, valueStart: int, valueEnd: int) -> None:
        self.places[path] = Place(
            *self._spot(start), end - start, *self._spot(valueStart), valueEnd - valueStart
        )

    def _spot(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._lineStarts, offset)
        return line, offset - self._lineStarts[line - 1] + 1


def _unquoted(literal: str) -> str:
    if literal.startswith("'"):
        return literal[1:-1]
    if "\\" not in literal:
        return literal[1:-1]
    (name,) = loads(f"{literal} = 0")
    return name
