"""The text that ``--help`` prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.python._usage.options import Options

__all__ = ["docMakeChunks", "synopsisOf", "usageOf"]

# Help that has less room beside the options than this goes below them.
narrowestColumn = 20


def docMakeChunks(optList: Iterable[Mapping[str, Any]], width: int = 80) -> list[str]:
    """
    Lay out the help for several options in two columns.

    Args:
        optList: for each option a mapping of ``long`` and ``short`` (its names, the latter may
            be None), ``doc``, ``optType`` (``"flag"`` or ``"parameter"``), ``default``, and
            ``dispatch`` (a `CoerceParameter` or None).
        width: how many characters a line may have.
    Returns: one string for each option, which ends with a line end.
    """
    rows = [(_nameColumn(option), _helpText(option)) for option in optList]
    start = max((len(names) for names, _ in rows), default=0) + 2
    return [_layOut(names, text, start, width) for names, text in rows]


def _nameColumn(option: Mapping[str, Any]) -> str:
    """Give what is typed for an option, with places for a missing form."""
    forms = []
    if option.get("short"):
        forms.append(f"-{option['short']}")
    if option.get("long"):
        value = "=" if option.get("optType") == "parameter" else ""
        forms.append(f"--{option['long']}{value}")
    indent = "  " if option.get("short") else "      "
    return indent + ", ".join(forms)


def _helpText(option: Mapping[str, Any]) -> str:
    """Say what an option does, what its values are, and which it has if it is not given."""
    parts = [" ".join((option.get("doc") or "").split())]
    if option.get("optType") == "parameter":
        values = getattr(option.get("dispatch"), "doc", "")
        if values:
            stop = "." if parts[0] and parts[0][-1] not in ".!?:" else ""
            parts = [parts[0] + stop, values]
        if option.get("default") is not None:
            parts.append(f"[default: {option['default']}]")
    return " ".join(part for part in parts if part)


def _layOut(left: str, text: str, start: int, width: int) -> str:
    """Set a text beside what it is about, each of its lines beginning at the same column."""
    import textwrap

    if width - start < narrowestColumn:
        body = textwrap.wrap(
            text, max(width, narrowestColumn), initial_indent=" " * 8, subsequent_indent=" " * 8
        )
        return "\n".join([left, *body]) + "\n"
    first, *more = textwrap.wrap(text, width - start) or [""]
    lines = [left.ljust(start) + first, *(" " * start + line for line in more)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def synopsisOf(options: Options) -> str:
    """Give the one line that shows how the command is written."""
    own: str | None = getattr(options, "synopsis", None)
    if options.parent is None:
        if own is None:
            program = os.path.basename(sys.argv[0]).removesuffix(".py")
            own = f"Usage: {program} [options]"
        return own.rstrip()
    own = "[options]" if own is None else own.rstrip()
    return f"{options.parent.getSynopsis()} {options.parent.subCommand} {own}"


def usageOf(options: Options, rows: Sequence[Mapping[str, Any]], width: int | None) -> str:
    """
    Give the whole help of a command but for its synopsis.

    Args:
        options: the command.
        rows: its options, as `docMakeChunks` takes them.
        width: how many characters a line may have; as many as the terminal says if None.
    """
    if width is None:
        width = _terminalWidth()
    sections = ["Options:\n" + "".join(docMakeChunks(rows, width))]
    description = _longDescription(options, width)
    if description:
        sections.append(description)
    subCommands = getattr(options, "subCommands", None)
    if subCommands:
        sections.append("Commands:\n" + "".join(_commandRows(subCommands, width)))
    return "\n".join(sections)


def _terminalWidth() -> int:
    """Give what COLUMNS says, or the width of a punched card."""
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) else 80


def _longDescription(options: Options, width: int) -> str:
    """Give the description of a command; that of the program where it has none."""
    import textwrap

    text: str | None = getattr(options, "longdesc", None)
    if text is None and options.parent is None:
        text = getattr(sys.modules.get("__main__"), "__doc__", None)
    if not text:
        return ""
    # Blank lines part paragraphs, each of which is filled anew.
    paragraphs = textwrap.dedent(text).strip().split("\n\n")
    return "\n\n".join(textwrap.fill(each.strip(), width) for each in paragraphs) + "\n"


def _commandRows(subCommands: Iterable[Sequence[Any]], width: int) -> Iterable[str]:
    """Give a row for each command, by name."""
    rows = sorted((each[0], each[3] or "") for each in subCommands)
    start = max((len(name) for name, _ in rows), default=0) + 10
    for name, text in rows:
        yield _layOut(f"    {name}", " ".join(text.split()), start, width)
