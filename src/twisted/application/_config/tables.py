"""
Kinds of values that are tables, or that have a word in place of the whole value.
"""

from __future__ import annotations

from typing import Any

from .kinds import WRONG, FilePath, Kind, Report, tableFromText
from .mistakes import Path
from .options import describe, maskedTable, readOptions, tableSchema

__all__ = ["PathOrFalse", "TableOf"]


class TableOf(Kind):
    """
    A table of options.

    Args:
        settings: the class that declares them.
        main: the key that a value without a table stands for.
    """

    short = "table"

    def __init__(self, settings: type, main: str) -> None:
        self.settings = settings
        self.main = main
        self.tables = {main: settings}

    @property
    def words(self) -> str:  # type: ignore[override]  # worked out when it is needed
        declared = next(each for each in describe(self.settings) if each.key == self.main)
        return f"a table, or {declared.kind.words}"

    def read(self, value: object, path: Path, report: Report) -> Any:
        preset: dict[str, Any] = {}
        if not isinstance(value, dict):
            declared = next(each for each in describe(self.settings) if each.key == self.main)
            preset[declared.name] = declared.kind.read(value, path, report)
            if preset[declared.name] is WRONG:
                return WRONG
            value = {}
        of = f"the table {path[-1]!r}" if path else "this table"
        made: Any = readOptions(self.settings, value, path, report, of=of, preset=preset)
        return WRONG if made is None else made

    def fromText(self, text: str) -> object:
        return tableFromText(text)

    def schema(self) -> dict[str, Any]:
        declared = next(each for each in describe(self.settings) if each.key == self.main)
        return {"anyOf": [declared.kind.schema(), tableSchema(self.settings)]}

    def masked(self, value: object) -> object:
        return maskedTable(self.settings, value) if isinstance(value, dict) else value

    def show(self, value: Any) -> str:
        """The keys that differ from their defaults; the main one at least."""
        shown = [
            f"{each.key} = {each.kind.show(getattr(value, each.name))}"
            for each in describe(self.settings)
            if each.key == self.main or getattr(value, each.name) != each.default
        ]
        return "{ " + ", ".join(shown) + " }" if len(shown) > 1 else shown[0].split(" = ", 1)[1]


class PathOrFalse(FilePath):
    """
    The path of a file, or false for none.
    """

    words = "the path of a file, in quotes, or false"

    def read(self, value: object, path: Path, report: Report) -> Any:
        return False if value is False else super().read(value, path, report)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, {"const": False}]}
