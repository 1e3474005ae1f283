"""Watching what a piece of code logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from zope.interface import implementer

from ._interfaces import ILogObserver, LogEvent
from ._observer import globalLogPublisher


@contextmanager
def capturedLogs() -> Iterator[Sequence[LogEvent]]:
    """
    Collect what is logged, by whomever, while the body of a ``with`` runs.

    Returns: a context manager for the sequence that the events are added to.
    """
    events: list[LogEvent] = []

    @implementer(ILogObserver)
    def collect(event: LogEvent) -> None:
        events.append(event)

    globalLogPublisher.addObserver(collect)
    try:
        yield events
    finally:
        globalLogPublisher.removeObserver(collect)
