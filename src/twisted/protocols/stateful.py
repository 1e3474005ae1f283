"""
A protocol that reads pieces of known length, each by the method for the present state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    # A method for a state, and how many bytes it wants.
    State = tuple[Callable[[bytes], Any], int]


class StatefulProtocol(protocol.Protocol):
    """
    Reads so and so many bytes, and hands them to a method.

    A state is a pair: a method, and the number of bytes that it wants. The method returns the
    next state, or None to stay in the present one.
    """

    _state: State
    _buffer: bytearray

    def makeConnection(self, transport: Any) -> None:
        """Begin in the initial state."""
        protocol.Protocol.makeConnection(self, transport)
        self._state = self.getInitialState()
        self._buffer = bytearray()

    def getInitialState(self) -> Any:
        """Override: give the first state."""
        raise NotImplementedError(f"{self.__class__.__name__} has no getInitialState")

    def dataReceived(self, data: bytes) -> None:
        """Call the methods for all the pieces that are whole now."""
        buffer = self._buffer
        buffer += data
        done = 0
        try:
            while True:
                method, wanted = self._state
                end = done + wanted
                if len(buffer) < end:
                    break
                piece = bytes(buffer[done:end])
                done = end
                following = method(piece)
                if following:
                    self._state = following
                elif not wanted:
                    # A state that wants nothing and is not left would never be.
                    break
        finally:
            del buffer[:done]


__all__ = ["StatefulProtocol"]
