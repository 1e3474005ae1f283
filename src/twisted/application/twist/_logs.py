"""
``twist logs``: the latest messages of a running site, and, with -f, what follows.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from .commandtable import commands
from .parser import Parser
from .reaching import addSite, asking

__all__ = ["entryLine", "run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(prog="twist logs", description=commands["logs"].help)
    parser.add_argument(
        "name", metavar="NAME", nargs="?", default="", help="Only messages of this service."
    )
    parser.add_argument("--follow", "-f", action="store_true", help="Go on until Ctrl-C.")
    parser.add_argument(
        "--count",
        "-n",
        metavar="NUMBER",
        type=int,
        default=50,
        help="How many of the latest messages to begin with (default: 50).",
    )
    parser.add_argument("--json", action="store_true", help="Print a line of JSON for each.")
    addSite(parser, positional=False)
    given = parser.parse(words, argparse.Namespace())

    def show(site: Any) -> int:
        if given.follow:
            # First, so that nothing is lost in between.
            site.ask("follow")
        for entry in site.ask("logs", count=given.count, name=given.name):
            print(entryLine(entry, given.json))
        sys.stdout.flush()
        for entry in site.entries() if given.follow else ():
            if given.name in ("", entry["service"]):
                print(entryLine(entry, given.json), flush=True)
        return 0

    return asking(given, show)


def entryLine(entry: Any, asJSON: bool) -> str:
    """
    Returns: a message as a line, its own line breaks set in.
    """
    if asJSON:
        return json.dumps(entry, sort_keys=True)
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry["time"] or time.time()))
    level = "" if entry["level"] == "info" else f"{entry['level']}: "
    text = entry["text"].rstrip("\n").replace("\n", "\n    ")
    return f"{when} [{entry['service']}] {level}{text}"
