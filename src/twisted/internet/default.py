"""Which reactor a process gets that installed none."""

from __future__ import annotations

from .epollreactor import install as install

__all__ = ["install"]
