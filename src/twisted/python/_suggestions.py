"""
The known word that somebody meant who mistyped it.

Whatever refuses a name that a person wrote (an option, a kind of endpoint, a key of a file) can
say which one was probably meant, and all say the same for the same slip.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["didYouMean", "nearest"]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """
    Find the known word that ``word`` is most likely a slip for.

    One slip is allowed in a word of up to four letters, two in a longer one; upper and lower
    case are alike. Words of very different lengths are not compared at all, so that a long text
    from a stranger costs nothing.
    """
    limit = 1 if len(word) <= 4 else 2
    given = word.lower()
    counted = ((_slips(given, each.lower()), each) for each in known)
    best = min((pair for pair in counted if pair[0] <= limit), default=None)
    return None if best is None else best[1]


def didYouMean(given: str, known: Iterable[str], prefix: str = "") -> str:
    """
    Suggest what was meant, as the end of a message.

    Args:
        given: what was typed, and is not known.
        known: what might have been typed.
        prefix: what stands before it where it is typed, such as ``--``.
    Returns: words that begin with a semicolon, or nothing where nothing known is close.
    """
    close = nearest(given, known)
    return "" if close is None else f"; did you mean {prefix}{close}?"


def _slips(one: str, other: str) -> int:
    """Count the letters put in, left out, changed, or swapped with their neighbour."""
    if abs(len(one) - len(other)) > 2:
        return 3  # more than ever counts
    beforeLast: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, theirs in enumerate(other, 1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                least = min(least, beforeLast[j - 2] + 1)
            row.append(least)
        beforeLast, last = last, row
    return last[-1]
