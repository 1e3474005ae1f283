"""What a worker is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zope.interface import Interface

if TYPE_CHECKING:
    from collections.abc import Callable


class AlreadyQuit(Exception):
    """A job was given to a worker that has quit, or it was told to quit twice."""


class IWorker(Interface):
    """Does jobs, in some thread, at some time."""

    def do(task: Callable[[], object]) -> None:
        """
        Take a job. It may be done before this returns, later, or in another thread.

        Args:
            task: what to call.
        Raises: AlreadyQuit after `quit`.
        """

    def quit() -> None:
        """
        Take no more jobs, and let go of what they need; those that were taken are still done.

        Raises: AlreadyQuit the second time.
        """


class IExclusiveWorker(IWorker):
    """A worker that does one job at a time, in the order in which they came."""
