"""
``twist up``: run the services of a configuration file.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .commandtable import commands
from .parser import Parser, addFile, addRunningFlags

if TYPE_CHECKING:
    from twisted.application._config.site import SitePlan

__all__ = ["run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(prog="twist up", description=commands["up"].help)
    addFile(parser)
    addRunningFlags(parser)
    parser.add_argument(
        "--console",
        action="store_true",
        help="Give a Python prompt inside the running site; the end of it is the end of the site.",
    )
    given = parser.parse(words, argparse.Namespace())
    from .commands import readPlan, runPlan

    def read() -> SitePlan:
        return readPlan(given.file, given.grace)

    return runPlan(read(), given, given.file, read)
