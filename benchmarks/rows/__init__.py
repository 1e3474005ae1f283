"""The rows of the table, a module for each area."""

from __future__ import annotations

from importlib import import_module

from .model import Bar, Row

__all__ = ["Bar", "Row", "rows", "selected"]

areas = (
    "engine",
    "deferreds",
    "tls",
    "network",
    "protocols",
    "ground",
    "trial",
    "application",
    "web",
    "webserver",
    "webclient",
    "webtemplate",
    "spread",
)
rows: tuple[Row, ...] = tuple(
    row for area in areas for row in import_module(f"{__name__}.{area}").rows
)


def selected(words: list[str]) -> list[Row]:
    """
    Rows by their keys.

    Args:
        words: each selects the row of that key, or else all whose key or title has it in it.
            None at all selects every row.
    Raises: ValueError for a word that selects nothing.
    """
    if not words:
        return list(rows)
    wanted: set[str] = set()
    for word in words:
        found = {row.key for row in rows if row.key == word} or {
            row.key for row in rows if word.lower() in f"{row.key} {row.title}".lower()
        }
        if not found:
            raise ValueError(f"no row for {word!r}; there are {', '.join(r.key for r in rows)}")
        wanted |= found
    return [row for row in rows if row.key in wanted]
