"""Netstrings."""

from __future__ import annotations

from typing import Any

from twisted.internet import protocol

# Nearly all strings are short, and to find their length here is faster than to read it.
_shortLengths = {b"%d" % length: length for length in range(1000)}


class NetstringParseError(ValueError):
    """What came in is not a netstring."""


class IncompleteNetstring(Exception):
    """What came in is the beginning of a netstring."""


class NetstringReceiver(protocol.Protocol):
    """
    Receives and sends netstrings: ``5:hello,``.

    Source: D. J. Bernstein's description, https://cr.yp.to/proto/netstrings.txt. Leading zeros
    are refused, as that asks for. Whoever sends anything else is cut off.

    Attributes:
        MAX_LENGTH: bytes that a string may have.
        brokenPeer: 1 once the peer has sent something else.
    """

    MAX_LENGTH: int = 99999
    brokenPeer: int = 0
    _buffer: bytes | bytearray = b""
    _delivering: bool = False
    # With fewer bytes in the buffer there is nothing to be done.
    _enough: int = 0
    transport: Any

    def makeConnection(self, transport: Any) -> None:
        """Begin with an empty buffer."""
        protocol.Protocol.makeConnection(self, transport)
        self._buffer = b""
        self._enough = 0
        self.brokenPeer = 0

    def sendString(self, string: bytes) -> None:
        """Send a netstring."""
        self.transport.write(b"%d:%b," % (len(string), string))

    def dataReceived(self, data: bytes) -> None:
        """Call `stringReceived` for each string that is whole now."""
        if self.brokenPeer:
            return
        kept = self._buffer
        if kept:
            if self._delivering or len(kept) + len(data) < self._enough:
                if type(kept) is not bytearray:
                    kept = self._buffer = bytearray(kept)
                kept += data
                return
            data = bytes(kept) + data
        elif self._delivering:
            self._buffer = data
            return
        self._delivering = True
        try:
            while data:
                self._buffer = b""
                unread = self._deliver(data)
                # A method may have fed us meanwhile.
                data = unread + self._buffer if self._buffer else b""
            self._buffer = unread
        except NetstringParseError:
            self.brokenPeer = 1
            self.transport.loseConnection()
        finally:
            self._delivering = False

    def _deliver(self, data: bytes) -> bytes:
        """Deliver what is whole; return the rest. Raises NetstringParseError."""
        start, size = 0, len(data)
        limit = mostDigits = -1
        while start < size:
            if limit != self.MAX_LENGTH:  # which a method may have changed meanwhile
                limit = self.MAX_LENGTH
                mostDigits = len(str(limit))
            colon = data.find(b":", start, start + mostDigits + 1)
            if colon < 0:
                # Refuse at once what cannot become a length, however it goes on.
                self._length(data[start:])
                self._enough = 0
                break
            digits = data[start:colon]
            length = _shortLengths.get(digits, limit)
            if length >= limit:
                length = self._length(digits)
            end = colon + 1 + length
            if end >= size:
                self._enough = end + 1 - start
                break
            if data[end] != 44:  # a comma
                raise NetstringParseError(f"a string ends with {data[end : end + 1]!r}, not b','")
            start = end + 1
            self.stringReceived(data[colon + 1 : end])
        return data[start:]

    def _length(self, digits: bytes) -> int:
        """Read a length, or what there is of it. Raises NetstringParseError."""
        wellFormed = digits.isdigit() and (digits[0] != 48 or len(digits) == 1)
        if not wellFormed or len(digits) > len(str(self.MAX_LENGTH)):
            raise NetstringParseError(f"{digits[:20]!r} is not the length of a netstring")
        length = int(digits)
        if length > self.MAX_LENGTH:
            raise NetstringParseError(f"{length} bytes announced; {self.MAX_LENGTH} are the most")
        return length

    def stringReceived(self, string: bytes) -> None:
        """Override: a string came in."""
        raise NotImplementedError(f"{self.__class__.__name__} has no stringReceived")
