"""What is logged with a failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from twisted.logger import globalLogPublisher

__all__ = ["failuresLogged"]


@contextmanager
def failuresLogged() -> Iterator[list[Any]]:
    """Gives: a list that gets each event with a failure meanwhile."""
    events: list[Any] = []

    def observe(event: Any) -> None:
        if "log_failure" in event:
            events.append(event)

    globalLogPublisher.addObserver(observe)
    try:
        yield events
    finally:
        globalLogPublisher.removeObserver(observe)
