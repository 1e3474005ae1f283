"""
``twist up``: run the services of a configuration file.
"""

from __future__ import annotations

import argparse

from .commandtable import commands
from .parser import Parser, addFile, addRunningFlags

__all__ = ["run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(prog="twist up", description=commands["up"].help)
    addFile(parser)
    addRunningFlags(parser)
    given = parser.parse(words, argparse.Namespace())
    from .commands import readPlan, runPlan

    return runPlan(readPlan(given.file, given.grace), given)
