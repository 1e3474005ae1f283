"""
A TOML file as it is read: its text, its data, and the place of every key.
"""

from __future__ import annotations

import os
import re
from typing import Any, Final, NoReturn

from .locate import Place, locate
from .mistakes import Mistake, Mistakes, Path, nearest
from .toml import TOMLDecodeError, loads

__all__ = ["Source", "maxFileBytes"]

maxFileBytes: Final = 1 << 20
"""The most that a configuration may hold, in bytes: anything larger is some other file."""

_POSITION = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)$")
_TWICE = re.compile(r"Cannot declare \((.*)\) twice")
_UNQUOTED = re.compile(r"[A-Za-z/~.:][^#\n]*")


class Source:
    """
    One configuration file.

    Args:
        name: the file's path as the user gave it; mistakes quote it.
        text: what the file holds.
    Attributes:
        data: the tables and values.
    Raises: Mistakes if the text is not TOML.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text.replace("\r\n", "\n")
        self.lines = self.text.split("\n")
        self.data = self._parse()
        self._places: dict[Path, Place] | None = None

    @classmethod
    def fromFile(cls, name: str) -> Source:
        """
        Read a file.

        Raises: Mistakes if it cannot be read, is no text, or is not TOML.
        """
        try:
            with open(name, "rb") as file:
                raw = file.read(maxFileBytes + 1)
        except OSError as error:
            raise Mistakes([Mistake(name, _unreadable(name, error))]) from None
        if len(raw) > maxFileBytes:
            said = f"more than {maxFileBytes} bytes: this does not look like a configuration file"
            raise Mistakes([Mistake(name, said)])
        try:
            # Some editors put a byte-order mark at the start of what they save.
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Mistakes([_notText(name, raw, error)]) from None
        return cls(name, text)

    @property
    def folder(self) -> str:
        """The folder that relative paths in the file start from."""
        return os.path.dirname(self.name)

    def mistake(self, path: Path, text: str, *, atValue: bool = False) -> Mistake:
        """
        Say that something is wrong at a key, or at its value.

        Args:
            path: the keys and list indices that lead there; where the path ends in something that
                is not in the file, its nearest parent that is there is shown.
            text: what is wrong.
            atValue: mark the value instead of the key.
        """
        if self._places is None:
            self._places = locate(self.text)
        while path and path not in self._places:
            path, atValue = path[:-1], False
        if not path:
            return Mistake(self.name, text, 1, 1)
        place = self._places[path]
        if atValue:
            line, column, width = place.valueLine, place.valueColumn, place.valueWidth
        else:
            line, column, width = place.line, place.column, place.width
        return Mistake(self.name, text, line, column, self.lines[line - 1], width)

    def _parse(self) -> dict[str, Any]:
        try:
            return loads(self.text)
        except TOMLDecodeError as error:
            self._notToml(str(error))
        except RecursionError:
            said = "lists or tables are nested too deeply"
            raise Mistakes([Mistake(self.name, said, 1, 1)]) from None
        except ValueError as error:
            # Numbers of thousands of digits, and dates that no calendar has.
            said = f"a value cannot be read: {error}"
            raise Mistakes([Mistake(self.name, said, 1, 1)]) from None

    def _notToml(self, said: str) -> NoReturn:
        found = _POSITION.search(said)
        if found is not None and found[1]:
            line, column = int(found[1]), int(found[2])
        else:
            line = len(self.lines)
            while line > 1 and not self.lines[line - 1].strip():
                line -= 1
            column = len(self.lines[line - 1]) + 1
        words = self._twice(said[: found.start()] if found else said, line)
        source = self.lines[line - 1]
        hint = _hint(words, source, column)
        text = f"this is not TOML: {words[:1].lower()}{words[1:]}.{hint}"
        raise Mistakes([Mistake(self.name, text, line, column, source)]) from None

    def _twice(self, words: str, line: int) -> str:
        """Say of a second table where the first one is."""
        found = _TWICE.match(words)
        if found is None:
            return words
        name = ".".join(re.findall(r"['\"]([^'\"]+)['\"]", found[1]))
        first = next(
            (n for n, text in enumerate(self.lines, 1) if text.strip().startswith(f"[{name}]")),
            line,
        )
        already = f" (first in line {first})" if first < line else ""
        return f"The table [{name}] is written twice{already}"


def _hint(words: str, source: str, column: int) -> str:
    """What a person most likely meant, for the slips that are made most."""
    rest = source[column - 1 :]
    bare = _UNQUOTED.match(rest)
    if words.startswith("Invalid value") and bare:
        if rest.strip() in ("True", "False", "yes", "no", "on", "off"):
            return " Write true or false, in small letters and without quotes."
        return f' Text stands in quotes: "{bare.group().strip()}"'
    if "is written twice" in words:
        return " Give this one another name, or put the two together."
    if words.startswith("Cannot overwrite"):
        return " Each key is written once in a table; take one of the two away."
    if "after a key" in words:
        return ' A line reads: key = value, for instance listen = "tcp:7000"'
    if words.startswith("Expected newline or end of document") and rest[:1] not in ("", "#"):
        return " One line holds one key and its value; several values go into a list: [1, 2]"
    if "array" in words.lower():
        return ' The items of a list are separated by commas and end with a bracket: ["a", "b"]'
    return ""


def _unreadable(name: str, error: OSError) -> str:
    said = f"cannot be read: {error.strerror or error}."
    if isinstance(error, FileNotFoundError):
        folder, wanted = os.path.split(name)
        try:
            others = [other for other in os.listdir(folder or ".") if other.endswith(".toml")]
        except OSError:
            return said
        close = nearest(wanted, others)
        if close is None and len(others) == 1:
            close = others[0]
        if close is not None:
            said += f" Did you mean {os.path.join(folder, close)!r}?"
    elif isinstance(error, IsADirectoryError):
        said += " Name a file in it."
    return said


def _notText(name: str, raw: bytes, error: UnicodeDecodeError) -> Mistake:
    before = raw[: error.start]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    said = (
        f"byte 0x{raw[error.start]:02x} is not UTF-8 text; "
        "save the file as UTF-8 (most editors offer it as 'encoding')"
    )
    return Mistake(name, said, line, column)
