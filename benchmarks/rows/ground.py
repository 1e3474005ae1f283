"""Logging, files and options."""

from __future__ import annotations

from dataclasses import dataclass

from ..contestants import Contestant
from ..measuring import Fresh, Inside, Plan, Sample
from ..processes import Cores
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
        Fresh("importing.py", ("twisted.logger",)),
        (Bar(0.6, atMost=True),),
    ),
)
