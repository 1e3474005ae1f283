"""The command: what to measure, for how long, and where the figures go."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from . import report
from .contestants import Contestant, contestants
from .measuring import Plan, Sample
from .processes import ChildFailed, Cores, chooseCores
from .results import Result
from .rows import Row, rows, selected
from .workshop import Workshop, WorkshopError

__all__ = ["main", "measureAll"]

mostDisturbed = 0.1
"""The share of a sample that others may have before it is repeated."""
epilog = """\
rows:
""" + "\n".join(f"  {row.key:16} {row.title}, {row.unit}" for row in rows)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure Torsion side by side with genuine Twisted, asyncio on uvloop, Torsion "
        "on a stock asyncio loop, and a server in C.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    plan = Plan()
    parser.add_argument(
        "-k",
        dest="rows",
        action="append",
        default=[],
        metavar="ROW",
        help="only this row, by its key or a part of it; may be given again",
    )
    parser.add_argument(
        "-c",
        "--contestants",
        default=",".join(c.key for c in contestants),
        metavar="A,B",
        help="only these (default: %(default)s)",
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=5,
        metavar="N",
        help="samples of each contestant, in turn (default: %(default)s)",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=plan.seconds,
        metavar="S",
        help="of each sample (default: %(default)s)",
    )
    parser.add_argument(
        "--retries",
        type=int,
        default=2,
        metavar="N",
        help="repetitions of a sample while others use the same cores (default: %(default)s)",
    )
    parser.add_argument(
        "--processor-time",
        dest="clock",
        action="store_const",
        const="processor",
        default="wall",
        help="count by the processor time of what is measured, not by the wall's: for a machine "
        "that others use too, and for servers that the load cannot keep busy",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write a table there")
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 when a bar is missed or was not measured"
    )
    return parser.parse_args(words)


def measureAll(
    chosen: Sequence[Row],
    who: Sequence[Contestant],
    workshop: Workshop,
    cores: Cores,
    plan: Plan,
    rounds: int,
    clock: str = "wall",
    retries: int = 0,
    step: Callable[[str], object] = str,
) -> list[Result]:
    """
    Measure some rows, round by round, each contestant in its turn.

    Args:
        clock: what `Result` is to count by.
        retries: how often to repeat a sample that others on the machine disturbed; the least
            disturbed one counts.
        step: told before each sample what is about to be measured.
    Raises: ChildFailed.
    """
    results = []
    for row in chosen:
        result = Result(row, clock)
        for _ in range(rounds):
            for contestant in who:
                step(f"{row.key}: {contestant.title}")
                sample = _undisturbed(
                    partial(row.measure.sample, contestant, workshop, cores, plan), retries
                )
                if sample is not None:
                    result.add(contestant.key, sample)
        results.append(result)
    return results


def _undisturbed(sample: Callable[[], Sample | None], retries: int) -> Sample | None:
    """The first sample that others left alone, or the one that they disturbed least."""
    best = sample()
    while retries and best is not None and best.disturbed > mostDisturbed:
        retries -= 1
        again = sample()
        if again is not None and again.disturbed < best.disturbed:
            best = again
    return best


def _contestants(words: str) -> list[Contestant]:
    wanted = [word.strip() for word in words.split(",")]
    known = {contestant.key for contestant in contestants}
    for word in wanted:
        if word not in known:
            raise ValueError(f"nobody is called {word!r}; there are {', '.join(sorted(known))}")
    return [contestant for contestant in contestants if contestant.key in wanted]


def _measureWithProgress(
    console: Console,
    chosen: list[Row],
    who: list[Contestant],
    workshop: Workshop,
    plan: Plan,
    given: argparse.Namespace,
) -> list[Result]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        refresh_per_second=1,  # it runs on the cores that are measured
    ) as progress:
        task = progress.add_task("", total=len(chosen) * len(who) * given.rounds)

        def step(words: str) -> None:
            progress.update(task, description=words)
            progress.advance(task)

        return measureAll(
            chosen,
            who,
            workshop,
            chooseCores(),
            plan,
            given.rounds,
            clock=given.clock,
            retries=given.retries,
            step=step,
        )


def main(words: Sequence[str] | None = None) -> int:
    """
    Measure and report.

    Args:
        words: the arguments; those of the process where None.
    Returns: the exit status: 2 for a mistake in the arguments, 1 when something could not be
        made or measured, or when ``--check`` was given and a bar is not reached.
    """
    given = _arguments(words)
    progress = Console(stderr=True)
    try:
        chosen, who = selected(given.rows), _contestants(given.contestants)
    except ValueError as error:
        progress.print(f"[red]{error}[/red]")
        return 2
    plan = Plan(seconds=given.seconds)
    workshop = Workshop(say=progress.print)
    try:
        workshop.prepare(genuine=any(each.key == "twisted" for each in who))
        results = _measureWithProgress(progress, chosen, who, workshop, plan, given)
    except (WorkshopError, ChildFailed) as error:
        progress.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    toPerson = Console()
    report.showTable(toPerson if toPerson.is_terminal else Console(width=170), results, who)
    if given.json:
        given.json.write_text(report.asJSON(results, plan, given.rounds) + "\n")
    if given.markdown:
        given.markdown.write_text(report.asMarkdown(results, who, plan) + "\n")
    missed = any(not result.verdict(bar) for result in results for bar in result.row.bars)
    return 1 if given.check and missed else 0
