"""Keeping the latest events for whoever comes later."""

from __future__ import annotations

from collections import deque

from zope.interface import implementer

from ._interfaces import ILogObserver, LogEvent, Observer

_defaultSize = 64 * 1024


@implementer(ILogObserver)
class LimitedHistoryLogObserver:
    """
    Keeps the latest events, up to a number of them, and forgets the oldest beyond that.

    Args:
        size: how many events are kept; None for as many as come.
    """

    def __init__(self, size: int | None = _defaultSize) -> None:
        self._buffer: deque[LogEvent] = deque(maxlen=size)

    def __call__(self, event: LogEvent) -> None:
        self._buffer.append(event)

    def replayTo(self, otherObserver: Observer) -> None:
        """Tell another observer of what is kept, oldest first. It stays kept."""
        # A copy: what the other one does may well be logged, and come in here.
        for event in tuple(self._buffer):
            otherObserver(event)
