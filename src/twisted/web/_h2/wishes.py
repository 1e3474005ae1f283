"""
The order in which a server's streams send, where clients say what they want first.

Without such wishes each has its turn. They are those of RFC 7540, which RFC 9113 leaves to whoever
still heeds them, and browsers that speak nothing newer send them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from priority.priority import (
    DuplicateStreamError,
    MissingStreamError,
    PriorityError,
    PriorityTree,
)

from .shell import Shell

if TYPE_CHECKING:
    from .core import Core
    from .exchange import Exchange

__all__ = ["ByWishes"]


class ByWishes(Shell):
    """
    Attributes:
        streams: those that are not over, by number.
        priority: the tree in which peers say what they want first; it is only asked when they do.
    """

    # Streams of which a wish is kept: the tree is walked by recursion.
    _mostPrioritised = 250
    _byPriority = False

    def __init__(self, reactor: Any, core: Core) -> None:
        super().__init__(reactor, core)
        self.streams: dict[int, Any] = {}
        self.priority = PriorityTree(self._mostPrioritised)

    def _prioritised(self, streamID: int, dependsOn: int, weight: int, exclusive: bool) -> None:
        if not self._byPriority:
            self._byPriority = True
            for known in self.streams.values():
                self._insert(known)
            for ready in self._ready:
                if ready._isInTree:
                    self.priority.unblock(ready.streamID)
            self._ready = deque(ready for ready in self._ready if not ready._isInTree)
        try:
            try:
                self.priority.reprioritize(streamID, dependsOn or None, weight, exclusive)
            except MissingStreamError:
                self.priority.insert_stream(streamID, dependsOn or None, weight, exclusive)
                self.priority.block(streamID)
        except PriorityError as why:
            # They are wishes (RFC 9113, section 5.3.2), and those that make no sense are not heard.
            self._log.debug("Did not heed a priority: {why}", why=str(why))

    def _insert(self, stream: Any) -> None:
        """Give a stream its place in the tree, where it has one: else it takes its turn."""
        try:
            self.priority.insert_stream(stream.streamID)
        except DuplicateStreamError:
            pass  # it came with a wish
        except PriorityError:
            return  # the tree is full
        self.priority.block(stream.streamID)
        stream._isInTree = True

    def _join(self, stream: Any) -> None:
        """A stream has begun."""
        if self._byPriority:
            self._insert(stream)

    def _leaveTree(self, stream: Any) -> None:
        if stream._isInTree:
            stream._isInTree = False
            self.priority.remove_stream(stream.streamID)

    def _enqueue(self, stream: Any) -> None:
        if stream._isInTree:
            self.priority.unblock(stream.streamID)
        else:
            super()._enqueue(stream)

    def _wasSent(self, stream: Any, hasMore: bool) -> None:
        if not stream._isInTree:
            super()._wasSent(stream, hasMore)
        elif not hasMore:
            stream._isReady = False
            self.priority.block(stream.streamID)

    def _nextStream(self) -> Exchange | None:
        stream = super()._nextStream()
        if stream is not None or not self._byPriority:
            return stream
        while True:
            try:
                streamID = next(self.priority)
            except PriorityError:
                return None
            found: Exchange | None = self.streams.get(streamID)
            if found is not None and found._isReady:
                return found
            self.priority.block(streamID)

    def _hasReady(self) -> bool:
        return bool(self._ready) or self._byPriority
