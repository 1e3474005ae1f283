"""
In which order services start: each after those that it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["ranks"]


def ranks(after: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """
    Put names into ranks: what is in one rank waits for the ranks before it only.

    Args:
        after: for each name, those that come before it; others than keys count as there already.
    Returns: the ranks, each in the order of ``after``. What is in a circle is in the last one: to
        refuse circles is the part of whoever reads the file.
    """
    found: list[list[str]] = []
    placed: set[str] = set()
    waiting = list(after)
    while waiting:
        rank = [
            name
            for name in waiting
            if all(each in placed or each not in after for each in after[name])
        ]
        rank = rank or waiting
        found.append(rank)
        placed.update(rank)
        waiting = [name for name in waiting if name not in placed]
    return found
