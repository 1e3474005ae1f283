"""
Tables and mistakes for people: drawn on a terminal, plain text anywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from twisted.application._config.mistakes import Mistake

__all__ = ["showMistakes", "showTable"]


def showTable(
    columns: Sequence[str], rows: Sequence[Sequence[str]], file: TextIO, *, toCopy: bool = False
) -> None:
    """
    Print a table.

    Args:
        columns: the headings.
        rows: for each row, a text for each column.
        file: where it goes; a terminal gets colours and lines that fit its width.
        toCopy: the last column is for copying; where it does not fit beside the others, it gets
            lines of its own and is not broken.
    """
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    if file.isatty():
        _draw(columns, rows, file, widths, toCopy)
        return
    for row in (columns, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip(), file=file)


def _draw(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    file: TextIO,
    widths: Sequence[int],
    toCopy: bool,
) -> None:
    # Only a terminal pays for loading rich.
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=file)
    if toCopy and sum(widths) + len("   ") * (len(widths) - 1) > console.width:
        for row in rows:
            *others, last = row
            console.print(Text("  ".join(others), style="cyan"), soft_wrap=True)
            console.print(Text(f"    {last}"), soft_wrap=True)
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, style="cyan" if index == 0 else "", overflow="fold")
    for row in rows:
        # Text, since the markup of rich would read a bracket in an address as its own.
        table.add_row(*map(Text, row))
    console.print(table)


def showMistakes(found: Sequence[Mistake], file: TextIO) -> None:
    """
    Print what is wrong; on a terminal, places and marks stand out.

    Args:
        found: the mistakes.
        file: where they go.
    """
    if not file.isatty():
        for mistake in found:
            print(mistake, file=file)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=file)
    for mistake in found:
        said, *shown = str(mistake).splitlines()
        text = Text(said)
        text.stylize("bold", 0, len(mistake.where) + 1)
        console.print(text)
        for line, style in zip(shown, ("", "bold red"), strict=False):
            console.print(Text(line, style=style), soft_wrap=True)
        console.print()
