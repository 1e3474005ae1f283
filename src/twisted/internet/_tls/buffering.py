"""
Small writes go out together: one TLS record and one write below for many calls of ``write``.

A record costs 22 bytes and some microseconds whatever it holds, and protocols like to write
their lines and headers one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall, IReactorTime


class SmallWrites:
    """
    Gather what is written until the end of the turn, or until it is much.

    While ``held`` is true nothing is scheduled: whoever set it calls `flush` soon. That is how
    the answer to what was just received goes out in the same turn, without a delayed call.

    Attributes:
        MAX_BUFFER_SIZE: bytes that are gathered at the most; the write that goes beyond it is
            handed on together with all before it.
        held: whether somebody else sees to `flush`.
        size: bytes that wait.
    """

    __slots__ = ("_chunks", "_clock", "_scheduled", "_write", "held", "size")

    MAX_BUFFER_SIZE = 64_000

    def __init__(self, write: Callable[[bytes], object], clock: IReactorTime) -> None:
        self._write = write
        self._clock = clock
        self._chunks: list[bytes] = []
        self._scheduled: IDelayedCall | None = None
        self.held = False
        self.size = 0

    def write(self, data: bytes) -> None:
        """Take some bytes, to be handed on in order."""
        self._chunks.append(data)
        self.size += len(data)
        if self.size > self.MAX_BUFFER_SIZE:
            self.flush()
        elif not self.held and self._scheduled is None:
            self._scheduled = self._clock.callLater(0, self._turnEnded)

    def flush(self) -> None:
        """Hand on, as one, whatever waits."""
        chunks = self._chunks
        if chunks:
            self._chunks = []
            self.size = 0
            self._write(chunks[0] if len(chunks) == 1 else b"".join(chunks))

    def close(self) -> None:
        """Forget whatever waits."""
        self._chunks = []
        self.size = 0
        scheduled, self._scheduled = self._scheduled, None
        if scheduled is not None:
            scheduled.cancel()

    def _turnEnded(self) -> None:
        self._scheduled = None
        self.flush()


def toBytes(data: object) -> bytes:
    """
    What a transport sends for what it was given.

    Returns: text as UTF-8; a copy of what can change, such as a bytearray.
    Raises: TypeError for anything else.
    """
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return data.encode("utf-8")
    if isinstance(data, (bytearray, memoryview)):
        return bytes(data)
    raise TypeError(f"a transport sends bytes (or text, as UTF-8), not {type(data).__name__}")
