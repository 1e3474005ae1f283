"""
What a listener does when the process is out of descriptors.

One descriptor is held back, so that a listening socket which the loop gave up under EMFILE can be
handed to it again. Messages are held back too while that goes on, for a log may want a
descriptor of its own.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

from zope.interface import Interface, implementer

from twisted.logger import ILogObserver, Logger, LogPublisher

from .core import log

__all__ = [
    "_BuffersLogs",
    "_FileDescriptorReservation",
    "_IFileDescriptorReservation",
    "_NullFileDescriptorReservation",
    "outOfDescriptors",
]


def outOfDescriptors(error: OSError) -> bool:
    """Whether this is the process's (EMFILE) or the system's (ENFILE) want of descriptors."""
    return error.errno in (errno.EMFILE, errno.ENFILE)


class _Closeable(Protocol):
    def close(self) -> Any: ...


class _IFileDescriptorReservation(Interface):
    """A descriptor held back; as a context manager it is free for the time of the block."""

    def reserve() -> None:
        """Hold one back, unless one is held already. Being out of them is logged."""

    def available() -> bool:
        """Whether one is held."""

    def __enter__() -> object:
        """Free it. Raises RuntimeError if none is held."""

    def __exit__(
        excType: type[BaseException] | None,
        excValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        """Hold one back again; an error in that is logged."""


@implementer(_IFileDescriptorReservation)
class _FileDescriptorReservation:
    """
    Args:
        fileFactory: opens something that has a descriptor.
    """

    def __init__(self, fileFactory: Callable[[], _Closeable]) -> None:
        self._fileFactory = fileFactory
        self._held: _Closeable | None = None

    def available(self) -> bool:
        return self._held is not None

    def reserve(self) -> None:
        if self._held is not None:
            return
        try:
            self._held = self._fileFactory()
        except OSError as error:
            if error.errno != errno.EMFILE:
                raise
            log.failure("could not hold a descriptor back")

    def release(self) -> None:
        """
        Free the descriptor for good.

        Raises: RuntimeError if none is held.
        """
        held, self._held = self._held, None
        if held is None:
            raise RuntimeError("no descriptor is held back that could be freed: call reserve()")
        held.close()

    def __enter__(self) -> _FileDescriptorReservation:
        self.release()
        return self

    def __exit__(
        self,
        excType: type[BaseException] | None,
        excValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.reserve()
        except Exception:
            log.failure("could not hold a descriptor back again")


@implementer(_IFileDescriptorReservation)
class _NullFileDescriptorReservation:
    """Holds nothing back, where accepting cannot run out of descriptors."""

    def available(self) -> bool:
        return False

    def reserve(self) -> None:
        """Nothing to hold."""

    def __enter__(self) -> _NullFileDescriptorReservation:
        return self

    def __exit__(
        self,
        excType: type[BaseException] | None,
        excValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass


class _BuffersLogs:
    """
    Keeps messages during a block, and hands them on after it.

    Args:
        namespace: of the logger that the block is given.
        observer: gets the events after the block.
    """

    def __init__(self, namespace: str, observer: ILogObserver) -> None:
        self.namespace = namespace
        self.observer = observer
        self._events: list[Any] = []

    def __enter__(self) -> Logger:
        publisher = LogPublisher()
        publisher.addObserver(self._events.append)
        return Logger(self.namespace, observer=publisher)

    def __exit__(
        self,
        excType: type[BaseException] | None,
        excValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        events, self._events = self._events, []
        for event in events:
            self.observer(event)


def openNothing() -> _Closeable:
    """Something that costs one descriptor."""
    return open(os.devnull, "rb")
