"""What a row of the table is, and the bars that it has to reach."""

from __future__ import annotations

from dataclasses import dataclass

from ..measuring import Measure

__all__ = ["Bar", "Row"]


@dataclass(frozen=True)
class Bar:
    """
    What Torsion has to reach.

    Attributes:
        limit: a ratio; or a figure in the row's unit.
        against: the contestant whose figure Torsion's is divided by; None: the figure itself.
        atMost: whether the limit must not be exceeded, instead of being reached.
    """

    limit: float
    against: str | None = "twisted"
    atMost: bool = False

    def isReached(self, found: float) -> bool:
        """Args: found: the ratio, or the figure."""
        return found <= self.limit if self.atMost else found >= self.limit

    def __str__(self) -> str:
        sign = "≤" if self.atMost else "≥"
        if self.against is None:
            return f"{sign} {self.limit:,.0f}"
        return f"{sign} {self.limit:g} x {self.against}"


@dataclass(frozen=True)
class Row:
    """
    Attributes:
        key: its name for ``-k``.
        title: its name in the table.
        unit: of its figures.
        measure: what is done.
        bars: what Torsion has to reach.
    """

    key: str
    title: str
    unit: str
    measure: Measure
    bars: tuple[Bar, ...] = ()
