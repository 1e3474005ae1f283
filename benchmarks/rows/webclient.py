"""Requests of a client."""

from __future__ import annotations

from ..measuring import Inside
from .model import Bar, Row

rows: tuple[Row, ...] = (
    Row(
        "agent",
        "Agent with a pool, 1 KiB body, 32 at a time (raw: aiohttp)",
        "requests/s",
        Inside("pooled", size=32, raw=True, program="webclient"),
        (Bar(2.0), Bar(1.1, "uvloop")),
    ),
    Row(
        "agent-one",
        "the same, one at a time",
        "requests/s",
        Inside("pooled", size=1, raw=True, program="webclient"),
        (Bar(1.5),),
    ),
)
