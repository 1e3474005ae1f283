"""What can go wrong with a Deferred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twisted.python.failure import Failure


class AlreadyCalledError(Exception):
    """
    A Deferred was fired a second time.

    With debugging on, its words say where the Deferred was made and where it was fired before.
    """


class CancelledError(Exception):
    """A Deferred was cancelled before it had a result."""


class TimeoutError(Exception):
    """What was waited for did not come in time."""


class NotACoroutineError(TypeError):
    """A coroutine, or a generator that acts as one, was wanted."""


class FirstError(Exception):
    """
    The first error of a group whose members were waited for together.

    Attributes:
        subFailure: the Failure of that member.
        index: its place in the group, from 0.
    """

    subFailure: Failure
    index: int

    def __init__(self, failure: Failure, index: int) -> None:
        Exception.__init__(self, failure, index)
        self.subFailure = failure
        self.index = index

    def __repr__(self) -> str:
        return f"FirstError[#{self.index}, {self.subFailure.value!r}]"

    def __str__(self) -> str:
        return f"FirstError[#{self.index}, {self.subFailure}]"

    def _key(self) -> tuple[int, Failure]:
        return (self.index, self.subFailure)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, FirstError) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return self._key() != other._key() if isinstance(other, FirstError) else NotImplemented

    # An order among failures means nothing beyond their place, but the API has one.

    def __lt__(self, other: object) -> bool:
        return self.index < other.index if isinstance(other, FirstError) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.index <= other.index if isinstance(other, FirstError) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.index > other.index if isinstance(other, FirstError) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.index >= other.index if isinstance(other, FirstError) else NotImplemented

    __hash__ = Exception.__hash__


class FailureGroup(Exception):
    """
    Every one of a group failed.

    Attributes:
        failures: one Failure each, in the order in which they came.
    """

    def __init__(self, failures: Sequence[Any]) -> None:
        super().__init__(failures)
        self.failures = failures


class AlreadyTryingToLockError(Exception):
    """A lock was asked for while it was being waited for already."""


class QueueOverflow(Exception):
    """An object was put into a queue that is full."""


class QueueUnderflow(Exception):
    """Too many ask a queue for an object already."""
