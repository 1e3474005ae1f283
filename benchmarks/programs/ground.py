"""What logging costs, the same on Torsion and on genuine Twisted."""

from __future__ import annotations

import tempfile
from typing import Any

from harness import Rates, repeated, runTwisted

perTurn = 1000


def _logger(*observers: Any) -> Any:
    from twisted.logger import Logger, LogPublisher

    return Logger(namespace="shop.orders", observer=LogPublisher(*observers))


def _unseen(event: object) -> None:
    pass


def unseen(seconds: float, size: int) -> Rates:
    """Events go to an observer that does nothing."""
    log = _logger(_unseen)

    def some() -> None:
        for number in range(perTurn):
            log.info("order {number} of {name}", number=number, name="Ida")

    return repeated(some, seconds, perTurn)


def written(seconds: float, size: int) -> Rates:
    """Events are written to a file, as lines of text."""
    from twisted.logger import textFileLogObserver

    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        log = _logger(textFileLogObserver(file))

        def some() -> None:
            file.seek(0)
            for number in range(perTurn):
                log.info("order {number} of {name}", number=number, name="Ida")

        return repeated(some, seconds, perTurn)


def below(seconds: float, size: int) -> Rates:
    """
    Events are below the level that the program logs from.

    What it takes to look the method up, and to go around, is left out.
    """
    from twisted.logger import (
        FilteringLogObserver,
        Logger,
        LogLevel,
        LogLevelFilterPredicate,
        globalLogBeginner,
    )

    level = LogLevelFilterPredicate(defaultLogLevel=LogLevel.info)
    observer = FilteringLogObserver(_unseen, [level])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
    log = Logger(namespace="shop.orders")

    def some() -> None:
        for _ in range(perTurn):
            log.debug("a detail")

    def lookUps() -> None:
        for _ in range(perTurn):
            log.debug  # noqa: B018  # to look it up is the point

    whole, bare = (repeated(each, seconds / 2, perTurn) for each in (some, lookUps))
    wall, processor = (
        1 / max(1 / one - 1 / other, 1e-10) for one, other in zip(whole, bare, strict=True)
    )
    return wall, processor


if __name__ == "__main__":
    runTwisted({"unseen": unseen, "written": written, "below": below})
