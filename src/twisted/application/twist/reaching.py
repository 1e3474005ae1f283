"""
How commands reach a site that runs: which one is meant, and what is said where it does not answer.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

from twisted.application._control.client import Asking, NotUp, WasNotDone
from twisted.application._control.paths import controlPath

from .parser import addFile, defaultFile

__all__ = ["addSite", "asking", "printed", "siteFile"]


def addSite(parser: argparse.ArgumentParser, *, positional: bool) -> None:
    """
    Add what says which site is meant.

    Args:
        parser: the parser of a command.
        positional: whether its file may be given as a word; otherwise by --site only.
    """
    if positional:
        addFile(parser)
    parser.add_argument(
        "--site",
        metavar="FILE",
        help=f"The configuration file of the site that is meant (default: {defaultFile}).",
    )


def siteFile(given: argparse.Namespace) -> str:
    """
    Returns: the file of the site that is meant.
    """
    return str(given.site or getattr(given, "file", None) or defaultFile)


def asking(given: argparse.Namespace, use: Callable[[Asking], int]) -> int:
    """
    Reach a site, and say why where that cannot be.

    Args:
        given: what `addSite` has read.
        use: does the rest; gives the exit status.
    Returns: the exit status: 1 where the site does not answer or refuses, 2 where that is for a
        mistake in its file.
    """
    file = siteFile(given)
    path = controlPath(file)
    if path is None:
        return _say(f"the file says control = false: {file} cannot be reached when it is up")
    try:
        with Asking(path) as site:
            return use(site)
    except NotUp as error:
        if not os.path.exists(file):
            return _say(f"there is no {file}; say which site is meant: --site FILE")
        return _say(f"{file} is not up ({error}). Start it with: twist up {file}")
    except WasNotDone as error:
        for line in error.lines:
            print(line if error.inFile else f"twist: {line}", file=sys.stderr)
        if error.inFile:
            count = len(error.lines)
            mistakes = "One mistake" if count == 1 else f"{count} mistakes"
            print(f"{mistakes}; nothing was changed.", file=sys.stderr)
        return 2 if error.inFile else 1


def _say(text: str) -> int:
    print(f"twist: {text}", file=sys.stderr)
    return 1


def printed(value: Any) -> str:
    """
    Returns: what programs read: JSON.
    """
    import json

    return json.dumps(value, indent=2, sort_keys=True)
