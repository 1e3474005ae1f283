"""TLS and endpoints."""

from __future__ import annotations

from ..measuring import Exchange, Inside
from .model import Bar, Row

rows: tuple[Row, ...] = (
    Row(
        "tls-echo",
        "TLS echo, 64 B, one at a time",
        "messages/s",
        Exchange(transport="tls"),
        (Bar(1.6), Bar(1.0, "asyncio")),
    ),
    Row(
        "tls-bulk",
        "TLS echo, 64 KiB, both ends, no Nagle",
        "bytes/s",
        Inside("bulk", 65536, program="tls"),
        (Bar(1.2),),
    ),
    Row(
        "handshakes",
        "TLS handshakes, both ends",
        "handshakes/s",
        Inside("handshakes", 20, program="tls"),
        (Bar(1.4),),
    ),
    Row(
        "connects",
        "client connects",
        "connects/s",
        Inside("connects", 20, program="tls"),
        (Bar(2.0),),
    ),
)
