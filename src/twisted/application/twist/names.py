"""
The words that flags choose from, apart from what they name: help needs no reactor and no log.
"""

from __future__ import annotations

from typing import Final

__all__ = ["formatNames", "levelNames", "reactorNames"]

reactorNames: Final = ("default", "asyncio", "epoll", "kqueue", "poll", "select")
levelNames: Final = ("debug", "info", "warn", "error", "critical")
formatNames: Final = ("auto", "text", "json", "otlp")
