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
    Row(
        "agent-tls",
        "Agent with a pool over TLS, HTTP/1.1, 32 at a time (raw: aiohttp)",
        "requests/s",
        Inside("encrypted", size=32, raw=True, program="webclient"),
        (Bar(2.0),),
    ),
    Row(
        "agent-h2",
        "the same by HTTP/2 (raw: httpx; genuine Twisted: by HTTP/1.1)",
        "requests/s",
        Inside("multiplexed", size=32, raw=True, program="webclient"),
        (Bar(2.0), Bar(2.0, "uvloop")),
    ),
    Row(
        "agent-h2-one",
        "the same, one at a time",
        "requests/s",
        Inside("multiplexed", size=1, raw=True, program="webclient"),
        (Bar(2.0, "uvloop"),),
    ),
)
