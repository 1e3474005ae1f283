"""Strings with their length in front of them, and a mixin that reads them by states."""

from __future__ import annotations

from struct import Struct, calcsize
from struct import error as StructError
from sys import maxsize
from typing import Any

from twisted.internet import protocol
from twisted.logger import Logger

from .pausing import _PauseableMixin

_log = Logger("twisted.protocols.basic")


class StringTooLongError(AssertionError):
    """A string is to be sent whose length does not fit into the prefix."""


class _Remaining:
    """The attribute ``recvd`` of `IntNStringReceiver`: a view of its buffer, to read and set."""

    def __get__(self, receiver: IntNStringReceiver | None, kind: type | None = None) -> Any:
        if receiver is None:
            return self
        return bytes(receiver._unread[receiver._readUpTo :])

    def __set__(self, receiver: IntNStringReceiver, value: bytes) -> None:
        receiver._unread = value
        receiver._readUpTo = 0
        receiver._enough = 0


# To make one of these takes longer than to write or read a length.
_forms: dict[str, Struct] = {}


def _form(structFormat: str) -> Struct:
    """How a length is written."""
    form = _forms[structFormat] = Struct(structFormat)
    return form


class IntNStringReceiver(protocol.Protocol, _PauseableMixin):
    """
    Receives and sends strings, each with its length in front of it.

    Subclasses say how the length is written.

    Attributes:
        structFormat: its format, as in the ``struct`` module.
        prefixLength: how many bytes that makes.
        MAX_LENGTH: bytes that a string may have, the length not counted.
        recvd: what has come in and was not delivered. May be set while delivering.
    """

    MAX_LENGTH: int = 99999
    structFormat: str
    prefixLength: int
    recvd: Any = _Remaining()
    transport: Any

    _unread: bytes | bytearray = b""
    _readUpTo: int = 0
    _delivering: bool = False
    # With fewer bytes in the buffer there is nothing to be done.
    _enough: int = 0
    # Bytes to come that belong to a string that is too long.
    _toSkip: int = 0

    def makeConnection(self, transport: Any) -> None:
        """Begin to receive."""
        # What is read for each string is read faster as an attribute of the instance.
        self._unread = self._unread
        self._readUpTo = self._toSkip = self._enough = 0
        self._delivering = False
        self.paused = self.paused
        protocol.Protocol.makeConnection(self, transport)

    def stringReceived(self, string: bytes) -> None:
        """Override: a string came in."""
        raise NotImplementedError(f"{self.__class__.__name__} has no stringReceived")

    def lengthLimitExceeded(self, length: int) -> None:
        """
        A string longer than ``MAX_LENGTH`` is announced. Closes the connection.

        An override that does not close will not get the string; what follows it is received.

        Args:
            length: its length in bytes.
        """
        self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        """Call `stringReceived` for each string that is whole now."""
        if self._toSkip:
            skipped = min(self._toSkip, len(data))
            self._toSkip -= skipped
            data = data[skipped:]
        kept = self._unread
        if self._delivering:
            self._unread = bytes(kept[self._readUpTo :]) + data
            self._readUpTo = 0
            return
        if kept:
            if self.paused or len(kept) + len(data) < self._enough:
                if type(kept) is not bytearray:
                    kept = self._unread = bytearray(kept)
                kept += data
                return
            data = bytes(kept) + data
        self._deliver(data)

    def _deliver(self, data: bytes) -> None:
        size = self.prefixLength
        read = (_forms.get(self.structFormat) or _form(self.structFormat)).unpack_from
        end = 0
        self._unread, self._enough = data, 0
        self._delivering = True
        try:
            while not self.paused:
                begin = end + size
                if len(data) < begin:
                    break
                (length,) = read(data, end)
                if length > self.MAX_LENGTH:
                    self._readUpTo = end
                    self.lengthLimitExceeded(length)
                    if self._unread is data:
                        data, end = self._without(data, begin, length), 0
                        self._unread, self._readUpTo = data, 0
                else:
                    whole = begin + length
                    if len(data) < whole:
                        self._enough = whole - end
                        break
                    end = self._readUpTo = whole
                    self.stringReceived(data[begin:whole])
                if self._unread is not data:
                    # Somebody set recvd, or fed us while being fed.
                    data, end = bytes(self._unread), self._readUpTo
                    self._unread = data
        finally:
            # Also where stringReceived raised: what it was given was delivered.
            left = self._unread
            self._unread = left[self._readUpTo :] if self._readUpTo < len(left) else b""
            self._readUpTo = 0
            self._delivering = False

    def _without(self, data: bytes, begin: int, length: int) -> bytes:
        """Leave a string that is too long out, and what is still to come of it."""
        if getattr(self.transport, "disconnecting", False):
            # Nobody is there to be answered: leave all out.
            self._toSkip = maxsize
            return b""
        here = min(length, len(data) - begin)
        self._toSkip = length - here
        return data[begin + here :]

    def sendString(self, string: bytes) -> None:
        """
        Send a string.

        Raises: StringTooLongError where the prefix cannot hold its length.
        """
        form = _forms.get(self.structFormat) or _form(self.structFormat)
        try:
            prefix = form.pack(len(string))
        except StructError:
            raise StringTooLongError(
                f"{len(string)} bytes are to be sent, and a prefix of {self.prefixLength} bytes "
                f"can announce {(1 << (8 * self.prefixLength)) - 1} at most"
            ) from None
        self.transport.write(prefix + string)


class Int32StringReceiver(IntNStringReceiver):
    """Strings whose length comes in four bytes, in network order."""

    structFormat = "!I"
    prefixLength = calcsize(structFormat)


class Int16StringReceiver(IntNStringReceiver):
    """Strings whose length comes in two bytes, in network order."""

    structFormat = "!H"
    prefixLength = calcsize(structFormat)


class Int8StringReceiver(IntNStringReceiver):
    """Strings whose length comes in one byte."""

    structFormat = "!B"
    prefixLength = calcsize(structFormat)


class StatefulStringProtocol:
    """
    Mixed into a string receiver: each string goes to the method for the present state.

    In state ``"greeted"`` that is ``proto_greeted(string)``. It returns the name of the next
    state, or None to stay. In the state ``"done"`` the connection is closed.

    Attributes:
        state: the present state.
    """

    state: str = "init"
    transport: Any

    def stringReceived(self, string: bytes) -> None:
        """Call the method for the present state, and go where it says."""
        method = getattr(self, f"proto_{self.state}", None)
        if method is None:
            _log.warn(
                "A string came in the state {state!r}, for which there is no method",
                state=self.state,
            )
            return
        self.state = method(string) or self.state
        if self.state == "done":
            self.transport.loseConnection()
