"""
Lines.

Two laws hold for both receivers. What is delivered does not depend on how the bytes were cut on
their way. And what is kept of an unfinished line is never more than ``MAX_LENGTH`` and its
delimiter, and costs time in proportion to its bytes, also when they come one by one.

Nearly all reads of nearly all programs are one whole line, or a few; these are delivered by the
shortest way that measurement found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import protocol

from .pausing import _PauseableMixin

if TYPE_CHECKING:
    from collections.abc import Iterator

# From this many bytes on, an unfinished line is kept in an array that grows in place. Below,
# joining anew for each arrival is cheaper.
_growFrom = 1024

# The usual delimiter. What a class has for one is compared by identity: it is cheaper than to
# look at its last byte each time.
_crlf = b"\r\n"
_lineFeed = 10


def _kept(unfinished: bytes) -> bytes | bytearray:
    return unfinished if len(unfinished) < _growFrom else bytearray(unfinished)


def _grown(kept: bytearray, data: bytes, delimiter: bytes, limit: int) -> bytes:
    """Add to a long unfinished line in place. Returns: all of it, or nothing if it goes on."""
    start = max(0, len(kept) - len(delimiter) + 1)
    kept += data
    if kept.find(delimiter, start) < 0 and len(kept) < limit + len(delimiter):
        return b""
    return bytes(kept)


class LineOnlyReceiver(protocol.Protocol):
    """
    Receives lines, and nothing else.

    Attributes:
        delimiter: what ends a line.
        MAX_LENGTH: bytes that a line may have, the delimiter not counted.
    """

    delimiter: bytes = _crlf
    MAX_LENGTH: int = 16384
    _buffer: bytes | bytearray = b""
    _skipping: bool = False
    transport: Any

    def dataReceived(self, data: bytes) -> Any:
        """Call `lineReceived` for each line that is whole now."""
        kept = self._buffer
        delimiter, limit, transport = self.delimiter, self.MAX_LENGTH, self.transport
        if kept:
            if isinstance(kept, bytearray):
                data = _grown(kept, data, delimiter, limit)
                if not data:
                    return None
            else:
                data = kept + data
        if not self._skipping:
            # Nearly always all of it is one line. That is so where the delimiter ends it, and
            # not even the delimiter's last byte comes before (which is faster to tell).
            line = data.removesuffix(delimiter)
            last = _lineFeed if delimiter is _crlf else delimiter[-1]
            if line is not data and line.find(last) < 0 and len(line) <= limit:
                self._buffer = b""
                if not transport.disconnecting:
                    self.lineReceived(line)
                return None
        lines = data.split(delimiter)
        rest = self._buffer = lines.pop()
        if self._skipping and lines:
            # The end of a line that was reported as too long.
            del lines[0]
            self._skipping = False
        for line in lines:
            if transport.disconnecting:
                # Nobody is there to be answered.
                return None
            if len(line) > limit and len(line) > self.MAX_LENGTH:
                why = self.lineLengthExceeded(line)
                if why or transport.disconnecting:
                    return why
            else:
                self.lineReceived(line)
        if rest and (self._skipping or len(rest) >= limit or len(rest) >= _growFrom):
            return self._keep(rest)
        return None

    def _keep(self, unfinished: bytes) -> Any:
        """Keep the beginning of a line, unless the line is too long already."""
        delimiter = self.delimiter
        excess = len(unfinished) - self.MAX_LENGTH
        # A line of just the allowed length may be followed by a part of its delimiter.
        tooLong = excess >= len(delimiter) or (
            excess > 0 and not delimiter.startswith(unfinished[-excess:])
        )
        if not self._skipping and not tooLong:
            self._buffer = _kept(unfinished)
            return None
        # All that is worth keeping is what may be a part of the delimiter.
        tail = len(delimiter) - 1
        self._buffer = unfinished[-tail:] if tail else b""
        if self._skipping:
            return None
        self._skipping = True
        return self.lineLengthExceeded(unfinished)

    def lineReceived(self, line: bytes) -> Any:
        """
        Override: a line came in.

        Args:
            line: the line, without its delimiter.
        """
        raise NotImplementedError(f"{self.__class__.__name__} has no lineReceived")

    def sendLine(self, line: bytes) -> Any:
        """Send a line, and the delimiter after it."""
        return self.transport.write(line + self.delimiter)

    def lineLengthExceeded(self, line: bytes) -> Any:
        """
        A line is longer than ``MAX_LENGTH``. Closes the connection.

        An override that does not close is not told of the rest of that line; the next line
        is received again.

        Args:
            line: the line, as far as it has come.
        """
        return self.transport.loseConnection()


class _Nowhere:
    """Stands for a transport where there is none yet."""

    disconnecting = False


_nowhere = _Nowhere()


class LineReceiver(protocol.Protocol, _PauseableMixin):
    """
    Receives lines, and, in between, bytes of any kind.

    It begins in line mode, where `lineReceived` is called. After `setRawMode` all that follows
    goes to `rawDataReceived`, until `setLineMode`. Both may be called while receiving, and take
    effect on the very next byte.

    Attributes:
        delimiter: what ends a line.
        MAX_LENGTH: bytes that a line may have, the delimiter not counted.
        line_mode: 1 in line mode, 0 in raw mode.
    """

    delimiter: bytes = _crlf
    MAX_LENGTH: int = 16384
    line_mode: int = 1
    transport: Any

    # What has come and was not delivered. While lines are being delivered, it follows after
    # those that are still waiting.
    _buffer: bytes | bytearray = b""
    # The lines that are waiting, and what separated them.
    _waiting: tuple[Iterator[bytes], bytes] | None = None
    _busyReceiving: bool = False
    # How many lines are split off at a time; -1 is all. After lines had to be put back it is
    # few: a peer that has us pause, or change modes, with each line would otherwise have all
    # that follow split again each time.
    _linesAtOnce: int = -1
    _fewLines = 8

    def makeConnection(self, transport: Any) -> None:
        """Begin to receive."""
        # What is read for each line is read faster as an attribute of the instance.
        self._buffer = self._buffer
        self._busyReceiving = False
        self.paused = self.paused
        self.line_mode = self.line_mode
        protocol.Protocol.makeConnection(self, transport)

    def clearLineBuffer(self) -> bytes:
        """Take what has come in and was not delivered; it will not be."""
        rest, self._buffer = bytes(self._buffer), b""
        if self._waiting is not None:
            lines, delimiter = self._waiting
            rest = delimiter.join([*lines, rest])
        return rest

    def dataReceived(self, data: bytes) -> Any:
        """
        Deliver what is whole now.

        Called from within a delivery, it puts the bytes after those that are to be delivered.

        Returns: whatever true value a method returned; receiving ends there.
        """
        kept = self._buffer
        if self._busyReceiving:
            self._buffer = kept + data
            return None
        if self.paused or not self.line_mode:
            self._buffer = kept + data
            return self._deliver([])
        delimiter = self.delimiter
        if kept:
            if isinstance(kept, bytearray):
                data = _grown(kept, data, delimiter, self.MAX_LENGTH)
            else:
                data = kept + data
        if not data:
            return None
        # As above: nearly always all of it is one line.
        line = data.removesuffix(delimiter)
        last = _lineFeed if delimiter is _crlf else delimiter[-1]
        if line is data or line.find(last) >= 0 or len(line) > self.MAX_LENGTH:
            return self._deliverFrom(data)
        self._buffer = b""
        self._busyReceiving = True
        try:
            why = self.lineReceived(line)
        finally:
            self._busyReceiving = False
        # What is there now was put back by that method.
        return self._deliver([]) if self._buffer and not why else why

    def _deliverFrom(self, data: bytes) -> Any:
        """Deliver what is whole: no line, a line and more, or many."""
        lines = data.split(self.delimiter, self._linesAtOnce)
        rest = self._buffer = lines.pop()
        if lines:
            return self._deliver(lines)
        if len(rest) >= self.MAX_LENGTH or len(rest) >= _growFrom:
            return self._keep(rest)
        return None

    def _deliver(self, lines: list[bytes]) -> Any:
        """Deliver lines, and then what follows them in the buffer, in whichever mode."""
        self._busyReceiving = True
        try:
            while True:
                if lines:
                    why = self._deliverLines(lines)
                    if why or (self.transport is not None and self.transport.disconnecting):
                        return why
                data = bytes(self._buffer)
                if self.paused or not data:
                    return None
                if self.line_mode:
                    lines = data.split(self.delimiter, self._linesAtOnce)
                    self._buffer = lines.pop()
                    if not lines:
                        return self._keep(data)
                else:
                    lines, self._buffer = [], b""
                    why = self.rawDataReceived(data)
                    if why:
                        return why
        finally:
            self._busyReceiving = False

    def _deliverLines(self, lines: list[bytes]) -> Any:
        """Deliver whole lines; those that are not delivered go back before the buffer."""
        delimiter, limit = self.delimiter, self.MAX_LENGTH
        transport = self.transport if self.transport is not None else _nowhere
        waiting = iter(lines)
        self._waiting = (waiting, delimiter)
        try:
            for line in waiting:
                if len(line) > limit and len(line) > self.MAX_LENGTH:
                    return self.lineLengthExceeded(delimiter.join([line, self.clearLineBuffer()]))
                why = self.lineReceived(line)
                if why or transport.disconnecting:
                    return why
                if self.paused or not self.line_mode or self.delimiter is not delimiter:
                    break
        finally:
            self._waiting = None
            left = [*waiting]
            if left:
                left.append(bytes(self._buffer))
                self._buffer = delimiter.join(left)
            self._linesAtOnce = self._fewLines if left else -1
        return None

    def _keep(self, unfinished: bytes) -> Any:
        """Keep the beginning of a line, unless the line is too long already."""
        if len(unfinished) >= self.MAX_LENGTH + len(self.delimiter):
            self._buffer = b""
            return self.lineLengthExceeded(unfinished)
        self._buffer = _kept(unfinished)
        return None

    def setLineMode(self, extra: bytes = b"") -> Any:
        """
        Receive lines from here on.

        Args:
            extra: bytes that were received in raw mode and belong to the lines.
        """
        self.line_mode = 1
        if extra:
            return self.dataReceived(extra)
        return None

    def setRawMode(self) -> None:
        """Receive bytes as they come from here on."""
        self.line_mode = 0

    def rawDataReceived(self, data: bytes) -> Any:
        """
        Override: bytes came in while in raw mode.

        What is beyond their end goes back by ``setLineMode(rest)``.
        """
        raise NotImplementedError(f"{self.__class__.__name__} has no rawDataReceived")

    def lineReceived(self, line: bytes) -> Any:
        """
        Override: a line came in.

        Args:
            line: the line, without its delimiter.
        """
        raise NotImplementedError(f"{self.__class__.__name__} has no lineReceived")

    def sendLine(self, line: bytes) -> Any:
        """Send a line, and the delimiter after it."""
        return self.transport.write(line + self.delimiter)

    def lineLengthExceeded(self, line: bytes) -> Any:
        """
        A line is longer than ``MAX_LENGTH``. Closes the connection.

        Args:
            line: that line and all that has come after it; it will not be delivered, unless
                an override gives a part of it to `setLineMode`.
        """
        return self.transport.loseConnection()
