"""
Many descriptors behind one of the loop's watchers.

uvloop makes seven system calls for each descriptor that it begins to watch and leaves again: libuv
tries it on epoll first, and makes sure that it does not block. For a child process, with three
pipes and a pidfd, that was a tenth of all that it costs us. Here an epoll instance of our own has
one call for each, and the loop watches that instance. On other loops, and without epoll, the loop's
own methods serve as they are.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from typing import Any, Protocol
from weakref import ReferenceType, WeakKeyDictionary, ref

from .sockets import isOfUvloop

__all__ = ["Nest", "WatchesReaders", "readersOf"]


class WatchesReaders(Protocol):
    """What loops and nests have."""

    def add_reader(self, fd: int, onReady: Callable[[], object], /) -> object:
        """Call ``onReady`` whenever there is something to read. One callback for a descriptor."""

    def remove_reader(self, fd: int, /) -> object:
        """Watch it no more."""


class Nest:
    """
    Descriptors whose reading is watched by one epoll instance, and that by the loop.

    Args:
        loop: calls us in its turns.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[], object]] = {}
        loop.add_reader(self._epoll.fileno(), self._turn)

    def add_reader(self, fd: int, onReady: Callable[[], object], /) -> None:
        """
        Call ``onReady`` whenever there is something to read.

        Raises: PermissionError for a file that is always ready, as it is for epoll.
        """
        try:
            self._epoll.register(fd, select.EPOLLIN)
        except FileExistsError:
            pass  # it has a new callback
        self._callbacks[fd] = onReady

    def remove_reader(self, fd: int, /) -> None:
        """Watch it no more; does nothing if it was not watched."""
        if self._callbacks.pop(fd, None) is not None:
            try:
                self._epoll.unregister(fd)
            except OSError:
                pass  # it was closed, and has left by itself

    def _turn(self) -> None:
        callbacks = self._callbacks
        ready = [(fd, callbacks.get(fd)) for fd, _ in self._epoll.poll(0)]
        for fd, onReady in ready:
            # The one before may have closed it, and something else may have that number by now.
            if onReady is not None and callbacks.get(fd) is onReady:
                onReady()


# The loop alone keeps its nest, which closes with it.
_nests: WeakKeyDictionary[Any, ReferenceType[Nest]] = WeakKeyDictionary()


def readersOf(loop: asyncio.AbstractEventLoop) -> WatchesReaders:
    """By whom to have reading watched on a loop: by its nest, or by the loop itself."""
    known = _nests.get(loop)
    nest = None if known is None else known()
    if nest is not None:
        return nest
    if not isOfUvloop(loop) or not hasattr(select, "epoll"):
        return loop
    nest = Nest(loop)
    _nests[loop] = ref(nest)
    return nest
