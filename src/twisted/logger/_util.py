"""Showing the way that an event took."""

from __future__ import annotations

from collections.abc import Iterable


def formatTrace(trace: Iterable[tuple[object, object]]) -> str:
    """
    Draw a tree of who handed an event to whom.

    Args:
        trace: the ``log_trace`` of an event: pairs of the one who gave and the one who got.
    Returns: a line for each of them, those further down indented.
    """
    depths: dict[int, int] = {}
    lines: list[str] = []
    for giver, taker in trace:
        if id(giver) not in depths:
            depths[id(giver)] = 0
            lines.append(f"{_title(giver)}\n")
        depth = depths[id(taker)] = depths[id(giver)] + 1
        lines.append(f"{'  ' * depth}-> {_title(taker)}\n")
    return "".join(lines)


def _title(observer: object) -> str:
    name = getattr(observer, "name", None)
    return f"{observer}" if name is None else f"{observer} ({name})"
