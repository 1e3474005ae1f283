"""What the person at the command line got wrong."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["UsageError", "didYouMean"]


class UsageError(Exception):
    """The command line makes no sense; the message is meant for the person who typed it."""


def didYouMean(given: str, known: Iterable[str], prefix: str = "") -> str:
    """
    Suggest what was meant, as the end of a message.

    Args:
        given: what was typed, and is not known.
        known: what might have been typed.
        prefix: what stands before it on the command line, such as ``--``.
    Returns: words that begin with a semicolon, or nothing where nothing known is close.
    """
    import difflib

    close = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"; did you mean {prefix}{close[0]}?" if close else ""
