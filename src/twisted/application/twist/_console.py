"""
``twist console``: a Python prompt with the reactor running and a running site at hand.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from .commandtable import commands
from .names import reactorNames
from .parser import Parser, oneOf
from .reaching import addSite, siteFile

__all__ = ["handyNames", "run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status: 1 if lines that came from a file or a pipe had raised.
    """
    parser = Parser(prog="twist console", description=commands["console"].help)
    addSite(parser, positional=True)
    parser.add_argument(
        "--reactor",
        metavar="NAME",
        type=oneOf(reactorNames, "reactor"),
        default="default",
        help="The event loop (default: default).",
    )
    given = parser.parse(words, argparse.Namespace())
    from twisted.application._config.mistakes import Mistake, Mistakes
    from twisted.application._control.paths import controlPath
    from twisted.application._control.remote import RemoteSite

    from .prompt import Prompt
    from .running import CannotChooseReactor, chooseReactor

    try:
        reactor = chooseReactor(given.reactor)
    except CannotChooseReactor as error:
        raise Mistakes([Mistake("--reactor", str(error))]) from None
    file = siteFile(given)
    path = controlPath(file)
    site = None
    said = f"No site: {file} is not up."
    if path is not None and os.path.exists(path):
        site = RemoteSite(path, reactor, file)
        said = f"site is {file}: try  await site.status()"
    prompt = Prompt(reactor, handyNames(site), lambda: _stop(reactor), banner(said))
    _interrupting(reactor, prompt)
    reactor.callWhenRunning(prompt.start)
    # exit() closes what it was read from.
    people = sys.stdin.isatty()
    reactor.run()
    return 1 if prompt.failed and not people else 0


def banner(said: str) -> str:
    """
    Returns: what a prompt says first.
    """
    python = sys.version.split()[0]
    return (
        f"Python {python}; the reactor runs, and a line may await Deferreds and asyncio's "
        f"awaitables.\n{said}. Ctrl-D ends the prompt."
    )


def handyNames(site: Any) -> dict[str, Any]:
    """
    Returns: what can be used at a prompt without an import.
    """
    from twisted.internet import defer, task

    return {"site": site, "defer": defer, "task": task, "Deferred": defer.Deferred}


def _stop(reactor: Any) -> None:
    if reactor.running:
        reactor.stop()


def _interrupting(reactor: Any, prompt: Any) -> None:
    """Ctrl-C ends what a line waits for, and not the prompt."""

    def handle(*_: Any) -> None:
        reactor.callFromThread(prompt.interrupt)

    reactor.sigInt = handle
