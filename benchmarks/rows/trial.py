"""The test runner."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from ..contestants import Contestant, programs
from ..measuring import Measure, Plan, Sample
from ..processes import Cores, Running
from ..workshop import Workshop
from .model import Bar, Row


@dataclass(frozen=True)
class Suite(Measure):
    """
    Milliseconds of a whole run of the command ``trial``, from the first import on: the median of
    several fresh processes.

    Attributes:
        kind: a name in ``programs/trialsuite.py``.
        count: how many tests there are.
    """

    kind: str
    count: int = 2000

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        if contestant.kind != "twisted" or contestant.reactor:
            return None
        python = workshop.genuinePython if contestant.key == "twisted" else workshop.python
        words = [python, str(programs / "trialsuite.py"), self.kind, str(self.count)]
        times = []
        for number in range(plan.imports + 1):
            with Running(words, cores.server) as process:
                took = [float(word) for word in process.line(10.0)]
            if number:  # the first may have to compile
                times.append(took)
        wall, processor = map(statistics.median, zip(*times, strict=True))
        return Sample(wall, processor)


bar = Bar(0.7, atMost=True)

rows: tuple[Row, ...] = (
    Row("trial-plain", "trial, 2,000 synchronous tests", "ms", Suite("plain"), (bar,)),
    Row("trial-deferred", "trial, 2,000 tests with fired Deferreds", "ms", Suite("fired"), (bar,)),
    Row("trial-waiting", "trial, 2,000 tests that wait a turn", "ms", Suite("later"), (bar,)),
)
