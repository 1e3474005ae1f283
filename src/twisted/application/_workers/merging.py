"""
One answer made of those of all workers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["mergedEntries", "mergedRow", "mergedServices"]

_sums = ("open", "total", "received", "sent", "errors")


def mergedServices(names: Iterable[str], answers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Put together how services are doing.

    Args:
        names: the services, in the order that is wanted.
        answers: what each worker's ``status`` gave.
    Returns: a row for each service that a worker has.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for answer in answers:
        for row in answer["services"]:
            rows.setdefault(row["name"], []).append(row)
    return [mergedRow(rows[name]) for name in names if name in rows]


def mergedRow(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """
    Put together how one service is doing in several workers.

    Returns: a row with sums of what is counted, and, where the workers differ, how many are in
        which state.
    """
    merged = dict(rows[0])
    states = [row["state"] for row in rows]
    if len(set(states)) > 1:
        counts = {state: states.count(state) for state in states}
        merged["state"] = ", ".join(f"{count} {state}" for state, count in counts.items())
    merged["since"] = min(row["since"] for row in rows)
    merged["restarts"] = sum(row["restarts"] for row in rows)
    merged["problem"] = next((row["problem"] for row in rows if row["problem"]), "")
    merged["addresses"] = next((row["addresses"] for row in rows if row["addresses"]), [])
    for key in _sums:
        if key in merged:
            merged[key] = sum(row.get(key, 0) for row in rows)
    return merged


def mergedEntries(journals: Iterable[list[Any]], count: int) -> list[Any]:
    """
    Returns: the latest messages of several processes, by their time, the oldest first.
    """
    entries = [entry for journal in journals for entry in journal]
    entries.sort(key=lambda entry: float(entry["time"]))
    return entries[-count:] if count > 0 else []
