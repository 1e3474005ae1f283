"""
What takes connections out of a listening socket's queue.

The loop accepts from duplicates of the socket. libuv takes one connection a turn from each socket
that it watches: with one duplicate, clients that came together are served in different turns, and
each step of theirs beside another step of the others. That costs a fifth of a TLS handshake, for
what the processor keeps of cryptography's code and tables is replaced between any two steps
(measured: benchmarks/ "handshakes"). So ports of TLS have more duplicates while many clients come
in one turn, and one again when they come one by one: each idle duplicate costs them a system call.
Where nothing is that large, one by one is best: what served the last connection is at hand for the
next.
"""

from __future__ import annotations

import asyncio
import math
import os
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .sockets import descriptorLimit, isOfUvloop

__all__ = ["Acceptors"]

# tcpi_unacked of a listening socket: how many connections wait to be accepted (linux/tcp.h).
_unacked = struct.Struct("24xI")


class _AcceptingSocket(socket.socket):
    """The loop's duplicate of a listening socket; tells its port when the loop closes it."""

    onClose: Callable[[], object] | None = None

    def close(self) -> None:
        super().close()
        onClose, self.onClose = self.onClose, None
        if onClose is not None:
            onClose()


class Acceptors:
    """
    The duplicates of one listening socket that a loop accepts from.

    Args:
        loop: the loop.
        listening: the socket, which stays the caller's.
        serve: has the loop accept from a duplicate, and returns asyncio's server.
        gaveUp: called when the loop closes a duplicate on its own.
        most: how many duplicates there may be, up to `mostSockets`.
    Attributes:
        untilCounted: how many connections are taken before those of some turns are counted; below
            0, `count` is to be called for each.
        mostSockets: the bound of the number of duplicates.
        leastCrowd: no more than one duplicate for fewer connections in a turn.
        betweenCounts: connections that are taken without counting.
        turnsCounted: turns with connections that are counted then.
        calmSeconds: so often it is seen whether fewer duplicates would do, while there are several.
    """

    mostSockets = 16
    leastCrowd = 4
    betweenCounts = 64
    turnsCounted = 4
    calmSeconds = 1.0

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listening: socket.socket,
        serve: Callable[[socket.socket], Any],
        gaveUp: Callable[[], object],
        most: int = 1,
    ) -> None:
        self._loop = loop
        self._listening = listening
        self._serve = serve
        self._gaveUp = gaveUp
        self._open: list[tuple[Any, _AcceptingSocket]] = []
        self._most = min(most, self.mostSockets)
        # Other loops take all that wait.
        self.untilCounted: float = 0 if self._most > 1 and isOfUvloop(loop) else math.inf
        self._turns = self._largest = self._inThisTurn = 0
        self._calming: asyncio.TimerHandle | None = None
        self._add()

    def __len__(self) -> int:
        return len(self._open)

    def _add(self) -> None:
        own = self._listening
        duplicate = _AcceptingSocket(own.family, own.type, own.proto, os.dup(own.fileno()))
        try:
            duplicate.setblocking(False)
            server = self._serve(duplicate)
        except BaseException:
            duplicate.close()
            raise
        duplicate.onClose = self._gaveUp
        self._open.append((server, duplicate))

    def close(self, taken: bool = True) -> None:
        """
        Accept no more. May be called again.

        Args:
            taken: whether connections that asyncio has accepted, and not attached to its server
                yet, are of interest.
        """
        self.untilCounted = math.inf
        if self._calming is not None:
            self._calming.cancel()
            self._calming = None
        loop = self._loop
        if taken and isinstance(loop, asyncio.SelectorEventLoop):
            # asyncio attaches to its server what it has accepted by tasks that stand in the queue
            # now; without a server they would drop it.
            for _, duplicate in self._open:
                loop.remove_reader(duplicate.fileno())
            loop.call_soon(self._keep, 0)
        else:
            self._keep(0)

    def _keep(self, count: int) -> None:
        for server, duplicate in self._open[count:]:
            duplicate.onClose = None
            server.close()
        del self._open[count:]

    # How many there shall be

    def count(self) -> None:
        """A connection was taken."""
        self._inThisTurn += 1
        if self._inThisTurn == 1:
            self._loop.call_soon(self._turnEnded)

    def _turnEnded(self) -> None:
        if not self._open:
            return
        crowd = self._inThisTurn + _waiting(self._listening)
        self._inThisTurn = 0
        self._turns += 1
        self._largest = max(self._largest, crowd)
        if crowd >= max(2 * len(self), self.leastCrowd):
            self._grow(min(crowd, self._most))
        elif self._turns < self.turnsCounted:
            return
        self._turns = 0
        self.untilCounted = self.betweenCounts

    def _grow(self, wanted: int) -> None:
        # The lowest descriptors are given first: beyond half of them, connections need them more.
        most = descriptorLimit() // 2
        with suppress(OSError):
            while len(self) < wanted and self._open[-1][1].fileno() < most:
                self._add()
        if self._calming is None:
            self._calming = self._loop.call_later(self.calmSeconds, self._calm)

    def _calm(self) -> None:
        wanted, self._largest = max(self._largest, 1), 0
        if wanted <= len(self) // 2:
            self._keep(wanted)
        self._calming = None
        if len(self) > 1:
            self._calming = self._loop.call_later(self.calmSeconds, self._calm)


def _waiting(listening: socket.socket) -> int:
    """How many connections wait in a socket's queue, where the system tells; else 0."""
    if sys.platform != "linux" or listening.family == socket.AF_UNIX:
        return 0
    try:
        told = listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _unacked.size)
        waiting: int = _unacked.unpack(told)[0]
    except (OSError, struct.error):
        return 0
    return waiting
