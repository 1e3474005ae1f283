"""
``twist start``, ``twist stop``, ``twist restart`` and ``twist down``.
"""

from __future__ import annotations

import argparse
from typing import Any

from .commandtable import commands
from .parser import Parser
from .reaching import addSite, asking

__all__ = ["run"]

sharesCommands = True
"""`run` is told which of its commands was given."""


def run(words: list[str], command: str) -> int:
    """
    Run one of these commands.

    Args:
        words: what was given beside its name.
        command: its name.
    Returns: the exit status.
    """
    parser = Parser(prog=f"twist {command}", description=commands[command].help)
    if command == "down":
        addSite(parser, positional=True)
        return asking(parser.parse(words, argparse.Namespace()), _down)
    parser.add_argument("name", metavar="NAME", help="The service.")
    addSite(parser, positional=False)
    given = parser.parse(words, argparse.Namespace())

    def order(site: Any) -> int:
        row = site.ask(command, name=given.name)
        print(f"{row['name']} is {row['state']}")
        return 0

    return asking(given, order)


def _down(site: Any) -> int:
    site.ask("down")
    # It answers up to its end.
    for _ in site.entries():
        pass
    print("stopped")
    return 0
