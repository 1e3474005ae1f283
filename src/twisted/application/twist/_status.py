"""
``twist status``: how every service of a running site is doing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from typing import Any

from .commandtable import commands
from .parser import Parser
from .reaching import addSite, asking, printed
from .tables import showTable

__all__ = ["run", "shownBytes", "shownSince", "showStatus"]

_COLUMNS = (
    "service",
    "type",
    "state",
    "listens on",
    "open",
    "in all",
    "received",
    "sent",
    "errors",
    "since",
)


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(prog="twist status", description=commands["status"].help)
    addSite(parser, positional=True)
    parser.add_argument("--json", action="store_true", help="Print it for programs.")
    given = parser.parse(words, argparse.Namespace())

    def show(site: Any) -> int:
        status = site.ask("status")
        if given.json:
            print(printed(status))
        else:
            showStatus(status)
        return 0

    return asking(given, show)


def showStatus(status: Any) -> None:
    """
    Print what the operation of that name gave.
    """
    now = time.time()
    print(f"{status['site']}: process {status['pid']}, since {shownSince(status['since'], now)}\n")
    rows = [row for service in status["services"] for row in _rows(service, now)]
    showTable(_COLUMNS, rows, sys.stdout)
    if status["workers"]:
        print()
        showTable(
            ("worker", "process", "state", "open", "restarts", "since"),
            [_workerRow(each, now) for each in status["workers"]],
            sys.stdout,
        )
    problems = [each for each in status["services"] if each["problem"]]
    if problems:
        print()
    for each in problems:
        print(f"{each['name']}: {each['problem']}")


def _rows(service: Any, now: float) -> Iterator[tuple[str, ...]]:
    """A row for the service and its first address, and one for each other address."""
    counts = [str(service.get(key, "")) for key in ("open", "total")]
    sizes = [shownBytes(service[key]) if key in service else "" for key in ("received", "sent")]
    errors = str(service.get("errors", ""))
    first, *others = [f"{each['by']} {each['at']}" for each in service["addresses"]] or [""]
    state = service["state"]
    if service["restarts"]:
        state += f" (again {service['restarts']}x)"
    since = shownSince(service["since"], now)
    yield (service["name"], service["type"], state, first, *counts, *sizes, errors, since)
    for each in others:
        yield ("", "", "", each, *[""] * 6)


def _workerRow(worker: Any, now: float) -> tuple[str, ...]:
    return (
        str(worker["number"]),
        str(worker["pid"] or ""),
        worker["state"],
        str(worker["open"]),
        str(worker["restarts"]),
        shownSince(worker["since"], now),
    )


def shownBytes(count: int) -> str:
    """
    Returns: an amount as a person reads it: ``"1.5 kB"``.
    """
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def shownSince(then: float, now: float) -> str:
    """
    Returns: a time of today as such, and an earlier one with its day.
    """
    begun = time.localtime(then)
    sameDay = begun[:3] == time.localtime(now)[:3]
    return time.strftime("%H:%M:%S" if sameDay else "%Y-%m-%d %H:%M", begun)
