"""Datagrams, processes and other descriptors."""

from __future__ import annotations

from .model import Row

rows: tuple[Row, ...] = ()
