"""Framing and small protocols."""

from __future__ import annotations

from ..measuring import Inside
from .model import Bar, Row


def _row(key: str, title: str, unit: str, what: str, size: int, bar: float) -> Row:
    return Row(key, title, unit, Inside(what, size=size, program="protocols"), (Bar(bar),))


rows: tuple[Row, ...] = (
    _row("netstrings", "netstrings echoed, 64 B, 20 in flight", "strings/s", "netstrings", 20, 2.0),
    _row("int32", "Int32 strings echoed, 64 B, 20 in flight", "strings/s", "int32", 20, 2.0),
    _row("amp", "AMP calls, 100 outstanding, both ends", "calls/s", "amp", 100, 2.5),
    _row("forward", "a port forwarded, 4 connections", "MB/s", "forward", 4, 1.8),
    _row("ftp", "FTP RETR of 100 MB", "MB/s", "ftp", 0, 1.5),
)
