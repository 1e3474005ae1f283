"""``startTLS`` of transports. Published tests look for this module before they try it."""

from __future__ import annotations

from ._engine.starttls import startTLS

__all__ = ["startTLS"]
