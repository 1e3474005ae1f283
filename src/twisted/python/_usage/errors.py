"""What the person at the command line got wrong."""

from __future__ import annotations

__all__ = ["UsageError"]


class UsageError(Exception):
    """The command line makes no sense; the message is meant for the person who typed it."""
