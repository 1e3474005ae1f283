"""
Tables for people: drawn on a terminal, plain columns anywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

__all__ = ["showTable"]


def showTable(columns: Sequence[str], rows: Sequence[Sequence[str]], file: TextIO) -> None:
    """
    Print a table.

    Args:
        columns: the headings.
        rows: for each row, a text for each column.
        file: where it goes; a terminal gets colours and lines that fit its width.
    """
    if file.isatty():
        _draw(columns, rows, file)
        return
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip(), file=file)


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]], file: TextIO) -> None:
    # Only a terminal pays for loading rich.
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, style="cyan" if index == 0 else "", overflow="fold")
    for row in rows:
        # Text, since the markup of rich would read a bracket in an address as its own.
        table.add_row(*map(Text, row))
    Console(file=file).print(table)
