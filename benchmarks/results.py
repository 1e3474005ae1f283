"""What was measured, and what it says."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

from .measuring import Sample
from .rows import Bar, Row

__all__ = ["Result"]


@dataclass
class Result:
    """
    The samples of one row.

    A ratio is the median of those of the single rounds: two contestants that were measured one
    after the other saw the same machine, whoever else was at work on it.

    Attributes:
        clock: the attribute of the samples that counts: ``wall`` or ``processor``.
        samples: of each contestant, one a round.
    """

    row: Row
    clock: str = "wall"
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def add(self, key: str, sample: Sample) -> None:
        """One more round of a contestant."""
        self.samples.setdefault(key, []).append(sample)

    def figure(self, key: str) -> float | None:
        """The median of a contestant, in the unit of the row."""
        found = self._values(key)
        return statistics.median(found) if found else None

    def _values(self, key: str) -> list[float]:
        return [getattr(sample, self.clock) for sample in self.samples.get(key, ())]

    def _ratios(self, against: str, of: str) -> list[float]:
        pairs = zip(self._values(of), self._values(against), strict=False)
        return [ours / theirs for ours, theirs in pairs if theirs]

    def ratio(self, against: str, of: str = "torsion") -> float | None:
        """How many times the figure of ``against`` that of ``of`` is."""
        ratios = self._ratios(against, of)
        return statistics.median(ratios) if ratios else None

    def noise(self, against: str, of: str = "torsion") -> float | None:
        """How far the middle half of the ratios lies apart, as a part of their median."""
        ratios = self._ratios(against, of)
        if len(ratios) < 4:
            return None
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return (high - low) / middle

    def found(self, bar: Bar) -> float | None:
        """What a bar is held against; None where it was not measured."""
        return self.figure("torsion") if bar.against is None else self.ratio(bar.against)

    def verdict(self, bar: Bar) -> bool | None:
        """Whether a bar is reached; None where it was not measured."""
        found = self.found(bar)
        return None if found is None else bar.isReached(found)

    def asJSON(self) -> dict[str, Any]:
        """For programs: every sample and what follows from them."""
        row = self.row
        return {
            "row": row.key,
            "title": row.title,
            "unit": row.unit,
            "figures": {key: self.figure(key) for key in self.samples},
            "ratios": {
                key: {"ratio": self.ratio(key), "noise": self.noise(key)}
                for key in self.samples
                if key != "torsion"
            },
            "bars": [
                {
                    "bar": str(bar),
                    "limit": bar.limit,
                    "against": bar.against,
                    "atMost": bar.atMost,
                    "found": self.found(bar),
                    "reached": self.verdict(bar),
                }
                for bar in row.bars
            ],
            "samples": {
                key: [vars(sample) for sample in found] for key, found in self.samples.items()
            },
        }
