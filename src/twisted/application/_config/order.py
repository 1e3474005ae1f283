"""
Which service starts before which: what is wrong with the names that ``after`` lists.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from .mistakes import Path, suggestion

__all__ = ["wrongOrder"]


def wrongOrder(
    after: Mapping[str, tuple[str, ...]], known: Mapping[str, object]
) -> Iterator[tuple[Path, str]]:
    """
    Find names that mean nothing, and services that wait for each other in a circle.

    Args:
        after: for each service that could be read, the names it waits for.
        known: all services that the file has, also those with mistakes in them.
    Returns: for each mistake, the path below ``services`` and what is wrong.
    """
    for name, names in after.items():
        for each in names:
            if each not in known:
                others = [other for other in known if other not in (name, *names)]
                yield (name, "after"), f"there is no service {each!r}. {suggestion(each, others)}"
    told: set[str] = set()
    for name in after:
        circle = _circleFrom(name, after, told)
        if circle:
            told.update(circle)
            waits = ", which waits for ".join(map(repr, (*circle, circle[0])))
            yield (name, "after"), f"no service of this circle could ever start: {waits}."


def _circleFrom(
    start: str, after: Mapping[str, tuple[str, ...]], told: Container[str]
) -> list[str]:
    """
    Returns: the services of a shortest circle through one, beginning with it; empty for none.
    """
    cameFrom: dict[str, str] = {}
    layer = [start]
    while layer and start not in told:
        following = []
        for name in layer:
            for each in after.get(name, ()):
                if each == start:
                    circle = [name]
                    while circle[0] != start:
                        circle.insert(0, cameFrom[circle[0]])
                    return circle
                if each not in cameFrom:
                    cameFrom[each] = name
                    following.append(each)
        layer = following
    return []
