"""
Descriptors that a program watches itself: ``addReader``, ``addWriter`` and their kin.

The loop tells when a descriptor is ready, and the object does its own reading and writing. What
the loop cannot watch (regular files under epoll) is always ready, as it is for ``select``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet.error import ConnectionDone, ConnectionFdescWentAway
from twisted.internet.interfaces import (
    IHalfCloseableDescriptor,
    IReactorFDSet,
    IReadDescriptor,
    IWriteDescriptor,
)
from twisted.python.failure import Failure

from .core import Core, logUnhandled
from .nesting import readersOf

__all__ = ["Descriptors"]


class _Watch:
    """
    One direction of one descriptor.

    Args:
        isRead: which one. Its ``doRead`` or ``doWrite`` is called while it is in that direction's
            dictionary, and asked for only then.
    """

    __slots__ = ("_alwaysReady", "_descriptors", "_fd", "_isRead", "_remove", "_selectable")

    def __init__(self, descriptors: Descriptors, selectable: Any, isRead: bool) -> None:
        self._descriptors, self._selectable, self._isRead = descriptors, selectable, isRead
        self._fd = int(selectable.fileno())
        self._alwaysReady: asyncio.Handle | None = None

    def startBy(self, add: Callable[..., object], remove: Callable[[int], object]) -> None:
        self._remove = remove
        try:
            add(self._fd, self._ready)
        except PermissionError:
            # EPERM: epoll and kqueue refuse files that never block.
            self._comeAgain()

    def _comeAgain(self) -> None:
        self._alwaysReady = self._descriptors._asyncioEventloop.call_soon(self._again)

    def _again(self) -> None:
        self._comeAgain()
        self._ready()

    def stop(self) -> None:
        if self._alwaysReady is not None:
            self._alwaysReady.cancel()
        else:
            self._remove(self._fd)

    def _ready(self) -> None:
        descriptors, selectable, isRead = self._descriptors, self._selectable, self._isRead
        watches = descriptors._readers if isRead else descriptors._writers
        if selectable not in watches:
            return
        why: object = None
        try:
            # A number that was given to another file must not bring its bytes to this object.
            if selectable.fileno() != -1:
                why = selectable.doRead() if isRead else selectable.doWrite()
                if not why and selectable not in watches:
                    return
            if not why and selectable.fileno() == -1:
                why = ConnectionFdescWentAway("File descriptor closed")
        except BaseException as error:
            logUnhandled(f"{'doRead' if isRead else 'doWrite'} of {selectable!r}")
            why = error
        if why:
            descriptors._disconnectSelectable(selectable, why, isRead)


@implementer(IReactorFDSet)
class Descriptors(Core):
    """``IReactorFDSet`` over the loop's own watchers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._readers: dict[Any, _Watch] = {}
        self._writers: dict[Any, _Watch] = {}
        self._internalReaders: set[Any] = set()

    def addReader(self, reader: IReadDescriptor) -> None:
        """Call ``reader.doRead()`` whenever there is something to read. Adding twice is once."""
        if reader not in self._readers:
            watch = _Watch(self, reader, True)
            loop = readersOf(self._asyncioEventloop)
            watch.startBy(loop.add_reader, loop.remove_reader)
            self._readers[reader] = watch

    def addWriter(self, writer: IWriteDescriptor) -> None:
        """Call ``writer.doWrite()`` whenever there is room to write. Adding twice is once."""
        if writer not in self._writers:
            watch = _Watch(self, writer, False)
            loop = self._asyncioEventloop
            watch.startBy(loop.add_writer, loop.remove_writer)
            self._writers[writer] = watch

    def removeReader(self, reader: IReadDescriptor) -> None:
        """Stop calling ``doRead``; does nothing if it was not added."""
        watch = self._readers.pop(reader, None)
        if watch is not None:
            watch.stop()

    def removeWriter(self, writer: IWriteDescriptor) -> None:
        """Stop calling ``doWrite``; does nothing if it was not added."""
        watch = self._writers.pop(writer, None)
        if watch is not None:
            watch.stop()

    def removeAll(self) -> list[Any]:
        """
        Stop watching everything but what the reactor itself needs.

        Returns: what was watched, each once.
        """
        removed = [each for each in self._readers if each not in self._internalReaders]
        removed += [each for each in self._writers if each not in self._readers]
        for each in removed:
            self.removeReader(each)
            self.removeWriter(each)
        return removed

    def getReaders(self) -> list[Any]:
        """The descriptors whose reading is watched."""
        return list(self._readers)

    def getWriters(self) -> list[Any]:
        """The descriptors whose writing is watched."""
        return list(self._writers)

    def _disconnectSelectable(self, selectable: Any, why: Any, isRead: bool) -> None:
        self.removeReader(selectable)
        failure = why if isinstance(why, Failure) else Failure(why)
        try:
            halfClosed = (
                isRead
                and isinstance(failure.value, ConnectionDone)
                and IHalfCloseableDescriptor.providedBy(selectable)
            )
            if halfClosed:
                selectable.readConnectionLost(failure)
            else:
                self.removeWriter(selectable)
                selectable.connectionLost(failure)
        except BaseException:
            logUnhandled(f"the loss of {selectable!r}")
