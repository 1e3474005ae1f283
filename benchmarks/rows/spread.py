"""Perspective Broker."""

from __future__ import annotations

from ..measuring import Inside
from .model import Bar, Row


def _inside(what: str, size: int = 0) -> Inside:
    return Inside(what, size, program="spread")


rows = (
    Row("pb-small", "PB: a number there and back", "calls/s", _inside("small"), (Bar(1.5),)),
    Row("pb-mixed", "PB: a dictionary there and back", "calls/s", _inside("mixed"), (Bar(2.0),)),
    Row(
        "pb-large",
        "PB: 100 dictionaries there and back",
        "dictionaries/s",
        _inside("large", 100),
        (Bar(2.5),),
    ),
    Row(
        "pb-long",
        "PB: 500,000 bytes there and back",
        "calls/s",
        _inside("long", 500_000),
        (Bar(1.5),),
    ),
)
