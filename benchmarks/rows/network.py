"""Datagrams, processes and other descriptors."""

from __future__ import annotations

from ..measuring import Inside
from .model import Bar, Row

rows: tuple[Row, ...] = (
    Row(
        "udp",
        "UDP echo, 64 B, one on its way",
        "messages/s",
        Inside("datagrams", size=1, raw=True, program="network"),
        (Bar(1.15), Bar(0.95, "uvloop")),
    ),
    Row(
        "udp-flight",
        "the same, 20 on their way",
        "messages/s",
        Inside("datagrams", size=20, raw=True, program="network"),
        (Bar(1.15), Bar(0.95, "uvloop")),
    ),
    Row(
        "processes",
        "a program starts and exits, 4 at a time",
        "programs/s",
        Inside("processes", raw=True, program="network"),
        (Bar(1.2),),
    ),
)
