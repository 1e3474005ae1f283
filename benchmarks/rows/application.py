"""Commands and sites."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path

from ..contestants import Contestant, programs
from ..measuring import Measure, Plan, Sample
from ..processes import Cores, Running
from ..workshop import Workshop
from .model import Bar, Row

__all__ = ["rows"]

_welcome = Path(__file__).parent.parent.parent / "examples" / "welcome" / "site.toml"


@dataclass(frozen=True)
class Command(Measure):
    """
    Milliseconds of a command in a fresh process: the median of several.

    Attributes:
        words: the command, for ``programs/commands.py``.
        genuine: whether the genuine Twisted has it.
    """

    words: tuple[str, ...]
    genuine: bool = False

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        known = ("torsion", "twisted") if self.genuine else ("torsion",)
        if contestant.key not in known:
            return None
        python = workshop.genuinePython if contestant.key == "twisted" else workshop.python
        command = [python, str(programs / "commands.py"), *self.words]
        times = []
        for number in range(plan.imports + 1):
            with Running(command, cores.server) as it:
                took = [float(word) for word in it.line()]
            if number:  # the first may have to compile
                times.append(took)
        wall, processor = map(statistics.median, zip(*times, strict=True))
        return Sample(wall, processor)


rows: tuple[Row, ...] = (
    Row(
        "twistd-version",
        "twistd --version",
        "ms",
        Command(("twistd", "--version"), genuine=True),
        (Bar(0.6, atMost=True),),
    ),
    Row(
        "twist-help",
        "twist --help",
        "ms",
        Command(("twist", "--help")),
        (Bar(250.0, against=None, atMost=True),),
    ),
    Row(
        "twist-ready",
        "twist up: the welcome site is ready",
        "ms",
        Command(("ready", str(_welcome))),
        (Bar(500.0, against=None, atMost=True),),
    ),
)
