"""
The latest messages of a site, and whoever follows them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.logger import (
    ILogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    PredicateResult,
    formatEvent,
)

__all__ = ["Entry", "Journal"]

Entry = dict[str, Any]
"""One message: ``time`` (seconds since the epoch), ``level``, ``from``, ``service``, ``text``."""


@implementer(ILogObserver)
class Journal:
    """
    Remembers the latest messages, as text.

    Args:
        level: the least important level that is kept.
        told: says of an event whether it is wanted, as a log's filter does.
    Attributes:
        maxEntries: how many are kept.
        maxTextCharacters: how much is kept of each.
    """

    maxEntries = 1000
    maxTextCharacters = 8192

    def __init__(self, level: Any = None, told: Callable[[Any], Any] | None = None) -> None:
        self._entries: deque[Entry] = deque(maxlen=self.maxEntries)
        self._followers: list[Callable[[Entry], None]] = []
        self._filter = LogLevelFilterPredicate(level or LogLevel.info)
        self._told = told

    def __call__(self, event: Any) -> None:
        if self._filter(event) is PredicateResult.no:
            return
        if self._told is not None and self._told(event) is PredicateResult.no:
            return
        text = formatEvent(event)
        failure = event.get("log_failure")
        if failure is not None:
            text = f"{text}\n{failure.getTraceback()}"
        level = event.get("log_level")
        namespace = str(event.get("log_namespace") or "")
        self.add(
            {
                "time": event.get("log_time", 0.0),
                "level": level.name if level is not None else "info",
                "from": namespace,
                "service": str(event.get("service") or namespace),
                "text": text[: self.maxTextCharacters],
            }
        )

    def add(self, entry: Entry) -> None:
        """
        Keep one message, and show it to all followers.
        """
        self._entries.append(entry)
        for follower in list(self._followers):
            follower(entry)

    def latest(self, count: int, service: str = "") -> list[Entry]:
        """
        Returns: at most so many messages, the oldest first.

        Args:
            service: only those of this one; all if empty.
        """
        found = [each for each in self._entries if not service or each["service"] == service]
        return found[-count:] if count > 0 else []

    def follow(self, follower: Callable[[Entry], None]) -> Callable[[], None]:
        """
        Show somebody each message from now on. They must not log.

        Returns: what ends that.
        """
        self._followers.append(follower)

        def end() -> None:
            if follower in self._followers:
                self._followers.remove(follower)

        return end
