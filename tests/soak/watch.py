"""What is looked at while a soak runs, and what must be gone in the end."""

from __future__ import annotations

import gc
import os
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from twisted.internet._engine.streams import Connection
from twisted.logger import globalLogPublisher
from twisted.protocols.tls import TLSMemoryBIOProtocol

from .clients import Client
from .servers import Echo

watched = (Connection, TLSMemoryBIOProtocol, Client, Echo)
"""Of these nothing may be left when all connections are over."""


class Sight(NamedTuple):
    """The process at one moment; `bytes` is what it holds of the machine's memory."""

    descriptors: int
    delayedCalls: int
    bytes: int

    @classmethod
    def take(cls, reactor: Any) -> Sight:
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
        return cls(
            len(os.listdir("/proc/self/fd")),
            len(reactor.getDelayedCalls()),
            pages * os.sysconf("SC_PAGE_SIZE"),
        )

    def __str__(self) -> str:
        return (
            f"{self.descriptors} descriptors, {self.delayedCalls} delayed calls, "
            f"{self.bytes / 1e6:.1f} MB"
        )


class ErrorsSeen:
    """Everything that was logged as a failure, or told to the loop's handler of exceptions."""

    def __init__(self, reactor: Any) -> None:
        self.seen: Counter[str] = Counter()
        self._loop = reactor._asyncioEventloop
        globalLogPublisher.addObserver(self._observe)
        self._former = self._loop.get_exception_handler()
        self._loop.set_exception_handler(self._fromLoop)

    def _observe(self, event: Any) -> None:
        failure = event.get("log_failure")
        if failure is not None:
            self.seen[f"{failure.type.__name__}: {failure.getErrorMessage()}"] += 1
            if sum(self.seen.values()) < 4:
                failure.printTraceback()

    def _fromLoop(self, loop: Any, context: dict[str, Any]) -> None:
        self.seen[f"{context.get('message')}: {context.get('exception')!r}"] += 1

    def close(self) -> None:
        gc.collect()  # Deferreds that failed unheard say so when they go
        globalLogPublisher.removeObserver(self._observe)
        self._loop.set_exception_handler(self._former)


def leftovers() -> Counter[str]:
    """Count what is still alive of what is `watched`."""
    gc.collect()
    return Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, watched))


def growth(sights: list[Sight]) -> tuple[float, float]:
    """
    How much memory the second half of a soak used, beside the first after its warm-up.

    Returns: bytes on the average of the second quarter, and of the last.
    """
    quarter = max(1, len(sights) // 4)
    second, last = sights[quarter : 2 * quarter] or sights, sights[-quarter:]
    return (
        sum(sight.bytes for sight in second) / len(second),
        sum(sight.bytes for sight in last) / len(last),
    )


def certificateIn(folder: Path) -> Any:
    """A certificate for localhost with its key, of our own making."""
    from twisted.internet._tls.selfsigned import selfSignedCertificate
    from twisted.internet.ssl import PrivateCertificate

    paths = selfSignedCertificate(["localhost"], folder)
    return PrivateCertificate.loadPEM(b"".join(Path(path).read_bytes() for path in paths))
