"""Locks, semaphores and queues for code that waits with Deferreds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .combine import maybeDeferred
from .deferred import Deferred
from .errors import QueueOverflow, QueueUnderflow
from .simple import succeed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from typing import Literal, overload

    from typing_extensions import ParamSpec, Self

    _P = ParamSpec("_P")

_T = TypeVar("_T")


class _ConcurrencyPrimitive(ABC):
    """
    What a lock and a semaphore share: those who wait, in the order in which they came.

    Attributes:
        waiting: a Deferred for each of them.
    """

    def __init__(self) -> None:
        self.waiting: list[Deferred[Any]] = []

    @abstractmethod
    def _isFree(self) -> bool: ...

    @abstractmethod
    def _take(self) -> None: ...

    @abstractmethod
    def _giveBack(self) -> None:
        """Undo `_take`; raise AssertionError where there is nothing to undo."""

    def acquire(self) -> Deferred[Self]:
        """
        Ask for it.

        Returns: a Deferred that fires with this object when the caller has it. Cancelling it
            leaves the line; when it has fired, cancelling does nothing.
        """
        if self._isFree():
            self._take()
            return succeed(self)
        mine: Deferred[Self] = Deferred(self.waiting.remove)
        self.waiting.append(mine)
        return mine

    def release(self) -> None:
        """
        Give it back, to the first in the line if there is one.

        Raises: AssertionError if nobody has it.
        """
        self._giveBack()
        if self.waiting:
            self._take()
            self.waiting.pop(0).callback(self)

    if TYPE_CHECKING:

        @overload
        def run(
            self, /, f: Callable[_P, Deferred[_T]], *args: _P.args, **kwargs: _P.kwargs
        ) -> Deferred[_T]: ...

        @overload
        def run(
            self,
            /,
            f: Callable[_P, Coroutine[Any, Any, _T]],
            *args: _P.args,
            **kwargs: _P.kwargs,
        ) -> Deferred[_T]: ...

        @overload
        def run(
            self, /, f: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
        ) -> Deferred[_T]: ...

    def run(self, /, f: Any, *args: Any, **kwargs: Any) -> Any:
        """
        Call a function while holding this.

        Args:
            f: called as ``f(*args, **kwargs)`` when this is had; it may give a Deferred or a
                coroutine, which is waited for before this is released.
        Returns: a Deferred of what ``f`` gave.
        """

        def release(result: Any) -> Any:
            self.release()
            return result

        def begin(_: object) -> Any:
            return maybeDeferred(f, *args, **kwargs).addBoth(release)

        return self.acquire().addCallback(begin)

    def __aenter__(self) -> Deferred[Self]:
        """For ``async with``."""
        return self.acquire()

    def __aexit__(
        self,
        __exc_type: type[BaseException] | None,
        __exc_value: BaseException | None,
        __traceback: TracebackType | None,
    ) -> Deferred[Literal[False]]:
        self.release()
        return succeed(False)


class DeferredLock(_ConcurrencyPrimitive):
    """
    A lock that one at a time may have.

    Attributes:
        locked: whether somebody has it.
    """

    locked = False

    def _isFree(self) -> bool:
        return not self.locked

    def _take(self) -> None:
        self.locked = True

    def _giveBack(self) -> None:
        if not self.locked:
            raise AssertionError("This lock is released while nobody has it.")
        self.locked = False


class DeferredSemaphore(_ConcurrencyPrimitive):
    """
    A lock that a number at a time may have.

    Attributes:
        limit: how many.
        tokens: how many more may have it now.
    """

    tokens: int
    limit: int

    def __init__(self, tokens: int) -> None:
        """
        Make one.

        Args:
            tokens: how many at a time may have it; at least one.
        Raises: ValueError for fewer.
        """
        if tokens < 1:
            raise ValueError(f"a semaphore wants one token or more; {tokens} would block forever")
        super().__init__()
        self.limit = self.tokens = tokens

    def _isFree(self) -> bool:
        return self.tokens > 0

    def _take(self) -> None:
        self.tokens -= 1

    def _giveBack(self) -> None:
        if self.tokens >= self.limit:
            raise AssertionError(
                f"This semaphore is released more often than acquired; it has {self.limit} tokens."
            )
        self.tokens += 1


class DeferredQueue(Generic[_T]):
    """
    A queue of objects, and of those who wait for them.

    Attributes:
        size: how many objects it may hold, or None for any number.
        backlog: how many may wait for one, or None for any number.
        pending: the objects.
        waiting: the Deferreds of those who wait.
    """

    size: int | None
    backlog: int | None

    def __init__(self, size: int | None = None, backlog: int | None = None) -> None:
        self.size = size
        self.backlog = backlog
        self.pending: list[_T] = []
        self.waiting: list[Deferred[_T]] = []

    def put(self, obj: _T) -> None:
        """
        Give an object to the first who waits, or keep it.

        Raises: QueueOverflow if it is full.
        """
        if not self.waiting:
            if self.size is not None and len(self.pending) >= self.size:
                raise QueueOverflow
            self.pending.append(obj)
            return
        first = self.waiting.pop(0)
        first.callback(obj)

    def get(self) -> Deferred[_T]:
        """
        Ask for an object.

        Returns: a Deferred of it. Cancelling it leaves the line.
        Raises: QueueUnderflow if too many wait already.
        """
        line = self.waiting
        if not self.pending:
            if self.backlog is not None and len(line) >= self.backlog:
                raise QueueUnderflow
            mine: Deferred[_T] = Deferred(line.remove)
            line.append(mine)
            return mine
        return succeed(self.pending.pop(0))
