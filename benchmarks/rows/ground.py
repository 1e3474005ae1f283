"""Logging, files and options."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from ..contestants import Contestant, programs
from ..measuring import Inside, Measure, Plan, Sample
from ..processes import Cores, Running
from ..workshop import Workshop
from .model import Bar, Row


@dataclass(frozen=True)
class Cost(Inside):
    """Nanoseconds of one, where `Inside` says how many there are in a second."""

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        rates = super().sample(contestant, workshop, cores, plan)
        if rates is None:
            return None
        return Sample(1e9 / rates.wall, 1e9 / rates.processor, disturbed=rates.disturbed)


@dataclass(frozen=True)
class ImportOf(Measure):
    """
    Milliseconds of the import of a module in a fresh process: the median of several.

    Attributes:
        module: its name.
    """

    module: str

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        if contestant.kind != "twisted" or contestant.reactor:
            return None
        python = workshop.genuinePython if contestant.key == "twisted" else workshop.python
        times = []
        for number in range(plan.imports + 1):
            with Running([python, str(programs / "importing.py"), self.module], cores.server) as it:
                took = [float(word) for word in it.line()]
            if number:  # the first may have to compile
                times.append(took)
        wall, processor = map(statistics.median, zip(*times, strict=True))
        return Sample(wall, processor)


rows: tuple[Row, ...] = (
    Row(
        "log-unseen",
        "Logger event, one observer that does nothing",
        "events/s",
        Inside("unseen", program="ground"),
        (Bar(2.0),),
    ),
    Row(
        "log-written",
        "Logger event to a text file",
        "events/s",
        Inside("written", program="ground"),
        (Bar(1.5),),
    ),
    Row(
        "log-below",
        "Logger event below the level in force, over its look-up",
        "ns",
        Cost("below", program="ground"),
        (Bar(300.0, against=None, atMost=True),),
    ),
    Row(
        "import-logger",
        "import twisted.logger",
        "ms",
        ImportOf("twisted.logger"),
        (Bar(0.6, atMost=True),),
    ),
)
