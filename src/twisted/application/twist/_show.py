"""
``twist show``: a configuration as it is understood, with defaults and without secrets.

Values stand as the files have them, so that a reference stays a reference; defaults are comments.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from typing import Any

from .commandtable import commands
from .parser import Parser, addFile

__all__ = ["run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(prog="twist show", description=commands["show"].help)
    addFile(parser)
    given = parser.parse(words, argparse.Namespace())
    from twisted.application._config.source import Source

    from .commands import readPlan

    plan = readPlan(given.file, None)
    for name in plan.files:
        if len(plan.files) > 1:
            print(f"# {os.path.relpath(name)}\n")
        for line in _lines(Source.fromFile(name).data):
            print(line)
    return 0


def _lines(data: Mapping[str, Any]) -> Iterator[str]:
    from twisted.application._config.catalogue import allTypes
    from twisted.application._config.logins import CredTable
    from twisted.application._config.options import describe, maskedTable
    from twisted.application._config.plans import ServiceSettings, SiteSettings
    from twisted.application._config.toml import keyText, valueText

    if "site" in data:
        yield "[site]"
        yield from _table(data["site"], describe(SiteSettings))
    for name, table in data.get("cred", {}).items():
        yield f"[cred.{keyText(name)}]"
        yield from _table(maskedTable(CredTable, table), describe(CredTable))
    types = allTypes()
    for name, table in data.get("services", {}).items():
        yield f"[services.{keyText(name)}]"
        yield f"type = {valueText(table['type'])}"
        settings = types[table["type"]].settings
        rest = {key: each for key, each in table.items() if key != "type"}
        yield from _table(
            maskedTable(settings, rest), (*describe(settings), *describe(ServiceSettings))
        )


def _table(table: Mapping[str, Any], options: Any) -> Iterator[str]:
    """The keys that are given, then the others as comments with their defaults."""
    from twisted.application._config.toml import keyText, valueText

    for key, value in table.items():
        yield f"{keyText(key)} = {valueText(value)}"
    for each in options:
        if each.key not in table and each.shownDefault:
            yield f"# {each.key} = {each.shownDefault}"
    yield ""
