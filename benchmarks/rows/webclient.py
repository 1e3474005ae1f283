"""Requests of a client."""

from __future__ import annotations

from .model import Row

rows: tuple[Row, ...] = ()
