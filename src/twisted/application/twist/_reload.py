"""
``twist reload``: have a running site read its file again, and change what differs.
"""

from __future__ import annotations

import argparse
from typing import Any

from .commandtable import commands
from .parser import Parser
from .reaching import addSite, asking, printed

__all__ = ["run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status: 2 where the file is wrong, 1 where something could not start; nothing
        has changed then.
    """
    parser = Parser(prog="twist reload", description=commands["reload"].help)
    addSite(parser, positional=True)
    parser.add_argument("--json", action="store_true", help="Print it for programs.")
    given = parser.parse(words, argparse.Namespace())

    def reload(site: Any) -> int:
        changes = site.ask("reload")
        if given.json:
            print(printed(changes))
            return 0
        for line in changes["lines"]:
            print(line)
        if not changes["lines"]:
            print("Nothing differs.")
        return 0

    return asking(given, reload)
