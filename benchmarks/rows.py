"""The rows of the table, with the bar that each has to reach."""

from __future__ import annotations

from dataclasses import dataclass

from .measuring import Exchange, Idle, Import, Inside, Measure, Storm

__all__ = ["Bar", "Row", "rows", "selected"]


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


rows = (
    Row(
        "ping-pong",
        "TCP echo, 64 B, 50 connections",
        "messages/s",
        Exchange(),
        (Bar(2.3), Bar(0.9, "uvloop")),
    ),
    Row("flight", "the same, 20 in flight", "messages/s", Exchange(flight=20), (Bar(2.0),)),
    Row(
        "64k",
        "TCP echo, 64 KiB, 10 connections",
        "messages/s",
        Exchange(connections=10, size=65536),
        (Bar(1.8),),
    ),
    Row("unix", "UNIX echo, 64 B", "messages/s", Exchange(transport="unix"), (Bar(2.5),)),
    Row("lines", "LineReceiver echo, 64 B", "lines/s", Exchange("lines"), (Bar(2.5),)),
    Row(
        "lines-flight",
        "the same, 20 in flight",
        "lines/s",
        Exchange("lines", flight=20),
        (Bar(2.5),),
    ),
    Row("accept", "connect, echo, close", "connections/s", Storm(), (Bar(1.4),)),
    Row("memory", "an idle connection", "bytes", Idle(), (Bar(2000, None, atMost=True),)),
    Row("tls", "TLS echo, 64 B", "messages/s", Exchange(transport="tls"), (Bar(1.4),)),
    Row(
        "timers",
        "callLater and cancel, each of 100,000 in turn",
        "pairs/s",
        Inside("timersRenewed", sizeFrom="timers", raw=True),
        (Bar(3.0),),
    ),
    Row(
        "timers-at-once",
        "callLater, cancelled at once, beside 100,000",
        "pairs/s",
        Inside("timersAtOnce", sizeFrom="timers", raw=True),
    ),
    Row(
        "callFromThread",
        "callFromThread",
        "calls/s",
        Inside("callFromThread", raw=True),
        (Bar(5.0),),
    ),
    Row("deferToThread", "deferToThread, 10 at work", "jobs/s", Inside("deferToThread", raw=True)),
    Row("deferred", "Deferred, one callback", "Deferreds/s", Inside("deferred", 1), (Bar(2.0),)),
    Row("deferred-five", "Deferred, five callbacks", "Deferreds/s", Inside("deferred", 5)),
    Row("yield", "inlineCallbacks, fired Deferreds", "yields/s", Inside("yieldReady", 1000)),
    Row(
        "yield-waiting",
        "inlineCallbacks, Deferreds to come",
        "yields/s",
        Inside("yieldWaiting", 1000),
    ),
    Row("import", "import twisted.internet.reactor", "ms", Import(), (Bar(0.6, atMost=True),)),
)


def selected(words: list[str]) -> list[Row]:
    """
    Rows by their keys.

    Args:
        words: each selects the row of that key, or else all whose key or title has it in it.
            None at all selects every row.
    Raises: ValueError for a word that selects nothing.
    """
    if not words:
        return list(rows)
    wanted: set[str] = set()
    for word in words:
        found = {row.key for row in rows if row.key == word} or {
            row.key for row in rows if word.lower() in f"{row.key} {row.title}".lower()
        }
        if not found:
            raise ValueError(f"no row for {word!r}; there are {', '.join(r.key for r in rows)}")
        wanted |= found
    return [row for row in rows if row.key in wanted]
