"""The table: for a terminal, for Markdown, for programs."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .contestants import Contestant
from .measuring import Plan
from .results import Result
from .workshop import genuineVersion

__all__ = ["asJSON", "asMarkdown", "machine", "showTable"]

absent = "-"


def machine() -> dict[str, Any]:
    """What it was measured on and with."""
    from twisted import torsion_version

    try:
        uvloop = version("uvloop")
    except PackageNotFoundError:
        uvloop = absent
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "load average": os.getloadavg()[0],
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "Torsion": str(torsion_version),
        "Twisted": genuineVersion,
        "uvloop": uvloop,
    }


def _figure(value: float | None) -> str:
    if value is None:
        return absent
    if value >= 1_000_000:
        return f"{value / 1_000_000:.2f} M"
    if value >= 10_000:
        return f"{value / 1000:.1f} k"
    return f"{value:,.0f}"


def _ratio(result: Result, against: str) -> str:
    ratio, noise = result.ratio(against), result.noise(against)
    if ratio is None:
        return absent
    return f"{ratio:.2f}" + ("" if noise is None else f" ±{noise / 2:.0%}")


def _bars(result: Result) -> str:
    return "\n".join(map(str, result.row.bars)) or absent


def _measured(results: Sequence[Result], contestants: Sequence[Contestant]) -> list[Contestant]:
    """Those of whom there is a figure: the others need no column."""
    found = {key for result in results for key in result.samples}
    return [contestant for contestant in contestants if contestant.key in found]


def _isCompared(contestant: Contestant) -> bool:
    """Whether Torsion's figures by theirs have a column."""
    return contestant.key in ("twisted", "uvloop") or contestant.kind == "peer"


def _word(reached: bool | None) -> str:
    return {True: "reached", False: "missed", None: "not measured"}[reached]


def showTable(
    console: Console, results: Sequence[Result], contestants: Sequence[Contestant]
) -> None:
    """
    Print the table.

    Args:
        contestants: whose columns to show, in order, where anything of theirs was measured.
    """
    contestants = _measured(results, contestants)
    keys = [contestant.key for contestant in contestants]
    clocks = " and ".join(sorted({result.clock for result in results})) + " time"
    table = Table(title=f"Medians, by {clocks}; a ratio is Torsion's figure by theirs")
    table.add_column("what")
    for contestant in contestants:
        table.add_column(contestant.title, justify="right")
    against = [contestant.key for contestant in contestants if _isCompared(contestant)]
    for key in against:
        table.add_column(f"by {key}", justify="right")
    table.add_column("bar")
    table.add_column("verdict")
    for result in results:
        verdict = Text()
        for bar in result.row.bars:
            reached = result.verdict(bar)
            style = {True: "green", False: "bold red", None: "dim"}[reached]
            verdict.append(_word(reached) + "\n", style=style)
        verdict.rstrip()
        table.add_row(
            f"{result.row.title}, {result.row.unit}",
            *(_figure(result.figure(key)) for key in keys),
            *(_ratio(result, key) for key in against),
            _bars(result),
            verdict,
        )
    console.print(table)
    for remark in _remarks(results):
        console.print(remark)


def _remarks(results: Sequence[Result]) -> list[str]:
    """Where something else than the server was measured too."""
    said, starved = [], []
    for result in results:
        for key, samples in result.samples.items():
            pairs = [sorted((sample.wall, sample.processor)) for sample in samples]
            share = statistics.median(low / high if high else 1.0 for low, high in pairs)
            busy = [sample.loadBusy for sample in samples if sample.loadBusy is not None]
            if busy and statistics.median(busy) > 0.9 and share < 0.95:
                said.append(f"{result.row.key}: {key} waited for the load")
            elif result.clock == "wall" and share < 0.8:
                starved.append(f"{result.row.key} ({key})")
    if starved:
        said.append(
            "Others had the processor for more than a fifth of the time, so --processor-time may "
            f"tell more: {', '.join(starved)}"
        )
    return said


def asMarkdown(results: Sequence[Result], contestants: Sequence[Contestant], plan: Plan) -> str:
    """The table for a README, with a line about where it was measured."""
    contestants = _measured(results, contestants)
    keys = [contestant.key for contestant in contestants]
    against = [contestant.key for contestant in contestants if _isCompared(contestant)]
    heads = ["", *(c.title for c in contestants), *(f"by {key}" for key in against), "bar", ""]
    lines = [" | ".join(heads), "|".join(["---", *["---:"] * (len(heads) - 3), "---", "---"])]
    for result in results:
        lines.append(
            " | ".join(
                [
                    f"{result.row.title}, {result.row.unit}",
                    *(_figure(result.figure(key)) for key in keys),
                    *(_ratio(result, key) for key in against),
                    _bars(result).replace("\n", "; "),
                    ", ".join(_word(result.verdict(bar)) for bar in result.row.bars) or absent,
                ]
            )
        )
    here = machine()
    rounds = max((len(s) for r in results for s in r.samples.values()), default=0)
    clocks = " and ".join(sorted({result.clock for result in results}))
    where = (
        f"Medians of {rounds} interleaved rounds of {plan.seconds:g} s by {clocks} time, "
        f"on {here['cores']} cores ({here['processor']}, {here['system']}), {here['Python']}, "
        f"Twisted {here['Twisted']}, "
        f"uvloop {here['uvloop']}."
    )
    return "\n".join(
        [*(f"| {line} |" if i != 1 else f"|{line}|" for i, line in enumerate(lines)), "", where]
    )


def asJSON(results: Sequence[Result], plan: Plan, rounds: int) -> str:
    """Everything."""
    whole = {
        "machine": machine(),
        "rounds": rounds,
        "plan": vars(plan),
        "results": [result.asJSON() for result in results],
    }
    return json.dumps(whole, indent=1)
