"""
A message as it comes in, without input or output: bytes in, calls of its own methods out.

::

    STATUS --first line--> HEADER --empty line--> BODY --its end--> DONE
       ^                      |                                      ^
       +--- 1xx, read on -----+------------ no body -----------------+

Laws:

- The same bytes give the same calls, wherever they were cut.
- The first line says how lines end: with CR LF, as they should, or with LF (RFC 9112, section 2.2,
  lets a client take that). A message that does it both ways is refused, for one reader would
  see a line where the next one sees none.
- All that is kept is bounded: a line by `maxLineBytes`, a head by `maxHeadBytes` and `maxHeaders`,
  and what may come before the response by `maxInterim`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from twisted.web._http.coding import _ChunkedTransferDecoder, _IdentityTransferDecoder
from twisted.web.http_headers import Headers

from .errors import ParseError
from .heads import chunked, framing, parseHeader, wantsClose

__all__ = [
    "BODY",
    "CONNECTION_CONTROL_HEADERS",
    "DONE",
    "HEADER",
    "STATUS",
    "HeadReader",
    "decoderFor",
]

STATUS = "STATUS"
HEADER = "HEADER"
BODY = "BODY"
DONE = "DONE"

_ofHead = (STATUS, HEADER)
_bareLF = re.compile(rb"(?<!\r)\n").search

CONNECTION_CONTROL_HEADERS = {
    b"content-length",
    b"connection",
    b"keep-alive",
    b"te",
    b"trailers",
    b"transfer-encoding",
    b"upgrade",
    b"proxy-connection",
}
"""Fields that concern one connection, not the one who asked."""

_controlNames = tuple(
    b"-".join([word.capitalize() for word in name.split(b"-")]) if name != b"te" else b"TE"
    for name in sorted(CONNECTION_CONTROL_HEADERS)
)


class HeadReader:
    """
    Reads a head and hands the body to a decoder.

    Attributes:
        state: what comes next.
        headers: the fields that came, without those in `connHeaders`.
        connHeaders: the fields that concern the connection.
        bodyDecoder: takes the body, once there is one.
    """

    maxLineBytes = 16384
    maxHeadBytes = 262144
    maxHeaders = 1000
    maxInterim = 100

    state = STATUS
    bodyDecoder: Any = None  # a decoder of twisted.web._http.coding, or one like it
    headers: Headers
    connHeaders: Headers
    _crlf = True
    _after: tuple[bytes | bytearray, int] = (b"", 0)

    def _begin(self) -> None:
        """Make ready for the first line."""
        self.headers = Headers()
        self.connHeaders = Headers()
        self.state = STATUS
        self._kept = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> None:
        """
        Take the next bytes.

        Raises: ParseError for what is no message, and whatever the methods below raise.
        """
        if self.state == BODY:
            if self.bodyDecoder is not None:
                self.bodyDecoder.dataReceived(data)
            return
        source: bytes | bytearray = data
        if self._kept:
            self._kept += data
            source = self._kept
        at = 0
        while self.state in _ofHead:
            read = self._readStatus if self.state == STATUS else self._readFields
            end = read(source, at)
            if end < 0:
                self._keep(source, at)
                return
            at = end
        self._dropKept()
        if self.state == BODY and at < len(source) and self.bodyDecoder is not None:
            self.bodyDecoder.dataReceived(bytes(source[at:]))

    def _keep(self, source: bytes | bytearray, at: int) -> None:
        """More must come first: keep what there is from ``at``, and know what was looked at."""
        kept = self._kept
        if source is kept:
            del kept[:at]
        else:
            kept += source[at:]
        # The end of a head may be cut in its middle: the three bytes before, CR LF CR, are looked
        # at again.
        self._searched = max(0, len(kept) - 3)

    def _dropKept(self) -> None:
        self._after = (b"", 0)
        if self._kept:
            self._kept = bytearray()

    def clearLineBuffer(self) -> bytes:
        """Returns: what has come after the head; this takes it away."""
        source, end = self._after
        self._after = (b"", 0)
        return bytes(source[end:])

    # Each of these gets all that there is and where it begins; it returns where the next one does,
    # or -1 where more must come first.

    def _readStatus(self, source: bytes | bytearray, at: int) -> int:
        end = source.find(b"\n", at + self._searched)
        if end < 0:
            if len(source) - at > self.maxLineBytes + 1:
                return self._tooLong(source)
            return -1
        self._searched = 0
        line = bytes(source[at:end])
        self._crlf = line[-1:] == b"\r"
        if self._crlf:
            line = line[:-1]
        if len(line) > self.maxLineBytes:
            return self._tooLong(source)
        self.statusReceived(line)
        self.state = HEADER
        return end + 1

    def _readFields(self, source: bytes | bytearray, at: int) -> int:
        stop = b"\r\n\r\n" if self._crlf else b"\n\n"
        lineEnd = len(stop) // 2
        if source[at : at + lineEnd] == stop[:lineEnd]:
            block, end = b"", at + lineEnd
        else:
            found = source.find(stop, at + self._searched)
            end = found + len(stop)
            if found < 0:
                return self._checkGrowth(source, at)
            block = bytes(source[at:found])
            if len(block) > self.maxLineBytes and not self._isBounded(block):
                return self._tooLong(source)
        if not self._crlf:
            if b"\r" in block:
                raise ParseError("some lines end in LF alone, some do not", block[:1000])
            block = block.replace(b"\n", b"\r\n")
        self._searched = 0
        self._after = (source, end)
        self._takeBlock(block)
        if self.state == HEADER:
            self.state = DONE
        return end

    def _isBounded(self, block: bytes) -> bool:
        """Whether no line is too long. Raises: ParseError if all of the head is."""
        if len(block) > self.maxHeadBytes:
            raise ParseError(f"the head has more than {self.maxHeadBytes} bytes", block[:100])
        return max(map(len, block.splitlines())) <= self.maxLineBytes

    def _checkGrowth(self, source: bytes | bytearray, at: int) -> int:
        """More must come first: not without end, and not if we wait for what cannot come."""
        bare = _bareLF(source, at + self._searched) if self._crlf else None
        if bare is not None:
            first = max(at, bare.start() - 50)
            raise ParseError("a line ends in LF alone", bytes(source[first : bare.end()]))
        size = len(source) - at
        if size > self.maxHeadBytes:
            raise ParseError(
                f"the head has more than {self.maxHeadBytes} bytes", bytes(source[at : at + 100])
            )
        if size > self.maxLineBytes + 1:
            lastLine = len(source) - source.rfind(b"\n") - 1
            if lastLine > self.maxLineBytes + 1:
                return self._tooLong(source)
        return -1

    def _tooLong(self, source: bytes | bytearray) -> int:
        self.state = DONE
        self.lineLengthExceeded(b"")
        return len(source)

    def _takeBlock(self, block: bytes) -> None:
        """Read the lines between the first and the empty one, CR LF between them."""
        if block:
            self._takeFields(parseHeader(block, self.maxHeaders))
        self.allHeadersReceived()

    def _takeFields(self, fields: dict[bytes, list[bytes]]) -> None:
        """Part the fields into those for the one who asked and those for the connection."""
        if not fields:
            return
        control = {}
        for name in _controlNames:
            if name in fields and self.isConnectionControlHeader(name.lower()):
                control[name] = fields.pop(name)
        self.headers._rawHeaders.update(fields)
        if control:
            self.connHeaders._rawHeaders.update(control)

    # What happens, in the order in which it does.

    def statusReceived(self, status: bytes) -> None:
        """The first line has come."""

    def isConnectionControlHeader(self, name: bytes) -> bool:
        """Args: name: in lower case. Returns: whether it concerns the connection alone."""
        return name in CONNECTION_CONTROL_HEADERS

    def allHeadersReceived(self) -> None:
        """The head is complete."""

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line has more than `maxLineBytes`; nothing more will be read."""


def decoderFor(
    version: tuple[bytes, int, int],
    fields: Headers,
    take: Callable[[bytes], object],
    finish: Callable[[bytes], object],
) -> tuple[int | None, Any, bool]:
    """
    What the fields of a response say about its body.

    Args:
        version: of the response.
        fields: those that concern the connection.
        take: given the body.
        finish: given what follows it.
    Returns: the bytes of the body, or None if that is not known; what decodes it, or None if it
        is empty; whether the connection may be used after it.
    Raises: BadFraming.
    """
    raw = fields._rawHeaders
    size = framing(raw)
    close = wantsClose(version, raw)
    if size == chunked:
        return None, _ChunkedTransferDecoder(take, finish), not close
    if size is None:
        return None, _IdentityTransferDecoder(None, take, finish), False
    if size == 0:
        return 0, None, not close
    return size, _IdentityTransferDecoder(size, take, finish), not close
