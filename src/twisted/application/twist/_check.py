"""
``twist check``: read a configuration file, and say all that is wrong with it.
"""

from __future__ import annotations

import argparse
import sys

from .commandtable import commands
from .parser import Parser, addFile
from .tables import showTable

__all__ = ["run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(prog="twist check", description=commands["check"].help)
    addFile(parser)
    given = parser.parse(words, argparse.Namespace())
    from .commands import readPlan

    plan = readPlan(given.file, None)
    rows = []
    for service in plan.services:
        listens = getattr(service.settings, "listen", ())
        where = [f"{each.transport} {each.words}" for each in listens] or [""]
        rows += [(service.name, service.type, each) for each in where]
    showTable(("service", "type", "listens on"), rows, sys.stdout)
    print(f"\n{given.file} is right. Run it with: twist up {given.file}")
    return 0
