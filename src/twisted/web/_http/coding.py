"""
Where the body of a message ends: transfer codings, without any input or output.

A decoder is given bytes as they come, and gives the body's on. What follows the body goes to
``finishCallback``. All that a decoder keeps of its input is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["PotentialDataLoss", "fromChunk", "maxChunkSizeLineLength", "toChunk"]

maxChunkSizeLineLength = 1024
"""Bytes that the line with the size of a chunk, and its extensions, may have."""


class _DataLoss(Exception):
    """A message ended before its end."""


class PotentialDataLoss(Exception):
    """A message ended with its connection, which it may do; whether it is whole nobody knows."""


class _MalformedChunkedDataError(ValueError):
    """What came is no chunk."""


def toChunk(data: bytes) -> tuple[bytes, ...]:
    """Returns: ``data`` as one chunk, in pieces to be written one after the other."""
    return (b"%x" % len(data), b"\r\n", data, b"\r\n")


def fromChunk(data: bytes) -> tuple[bytes, bytes]:
    """
    Returns: the contents of the chunk that ``data`` begins with, and what follows it.
    Raises: ValueError for what is no whole chunk.
    """
    line, _, rest = data.partition(b"\r\n")
    size = _sizeOf(line)
    if rest[size : size + 2] != b"\r\n":
        raise ValueError(f"a chunk of {size} bytes does not end with CR LF there")
    return rest[:size], rest[size + 2 :]


_isSizeLine = re.compile(
    # Extensions (RFC 9112, section 7.1.1): what is visible, or white space; no backslash, which
    # parsers disagree about.
    rb"([0-9A-Fa-f]+)[ \t]*(?:;[\t \x21-\x5b\x5d-\x7e\x80-\xff]*)?"
).fullmatch
_mostSizeDigits = 16


def _sizeOf(line: bytes) -> int:
    found = _isSizeLine(line)
    if found is None or len(found[1]) > _mostSizeDigits:
        raise _MalformedChunkedDataError(f"a chunk begins with {line!r:.60}, which is no size")
    return int(found[1], 16)


class _IdentityTransferDecoder:
    """
    Takes a body as it is.

    Args:
        contentLength: its bytes; None if it goes on until the connection ends.
        dataCallback: given the body, as it comes.
        finishCallback: given what follows it.
    """

    def __init__(
        self,
        contentLength: int | None,
        dataCallback: Callable[[bytes], object],
        finishCallback: Callable[[bytes], object],
    ) -> None:
        self.contentLength = contentLength
        # Both are let go of at the end: they know the channel, which knows us.
        self.dataCallback: Callable[[bytes], object] | None = dataCallback
        self.finishCallback: Callable[[bytes], object] | None = finishCallback

    def dataReceived(self, data: bytes) -> None:
        """Raises: RuntimeError after the end."""
        take, finish = self.dataCallback, self.finishCallback
        if take is None or finish is None:
            raise RuntimeError("a body was given more after its end")
        left = self.contentLength
        if left is None:
            take(data)
        elif len(data) < left:
            self.contentLength = left - len(data)
            take(data)
        else:
            self.contentLength = 0
            self.dataCallback = self.finishCallback = None
            take(data[:left])
            finish(data[left:])

    def noMoreData(self) -> None:
        """
        The connection has ended.

        Raises:
            PotentialDataLoss: if only that could say where the body ends.
            _DataLoss: if some of the body is missing.
        """
        finish = self.finishCallback
        if finish is None:
            return
        self.dataCallback = self.finishCallback = None
        if self.contentLength is None:
            finish(b"")
            raise PotentialDataLoss()
        if self.contentLength:
            raise _DataLoss(f"{self.contentLength} bytes of a body are missing")


class _ChunkedTransferDecoder:
    """
    Takes a body in chunks (RFC 9112, section 7.1).

    Args:
        dataCallback: given the body, as it comes.
        finishCallback: given what follows it.

    Attributes:
        state: what comes next: CHUNK_LENGTH, BODY, CRLF, TRAILER, or FINISHED.
    """

    state = "CHUNK_LENGTH"
    _maxTrailerHeadersSize = 2**14

    def __init__(
        self,
        dataCallback: Callable[[bytes], object],
        finishCallback: Callable[[bytes], object],
    ) -> None:
        self.dataCallback = dataCallback
        self.finishCallback = finishCallback
        self.length = 0
        self._buffer = b""
        self._trailerHeaders: list[bytes] = []
        self._trailerBytes = 0

    def dataReceived(self, data: bytes) -> None:
        """
        Raises:
            _MalformedChunkedDataError: for what is no chunk.
            RuntimeError: after the end.
        """
        if not data:
            return
        if self.state == "FINISHED":
            raise RuntimeError("a body in chunks was given more after its end")
        data = self._buffer + data
        self._buffer = b""
        at = 0
        while at < len(data) and self.state != "FINISHED":
            after = self._steps[self.state](self, data, at)
            if after is None:
                self._buffer = data[at:]
                return
            at = after
        if self.state == "FINISHED":
            self.finishCallback(data[at:])

    # Each step gets all that there is and where it begins; it returns where the next one does, or
    # None where more must come first.

    def _readLength(self, data: bytes, at: int) -> int | None:
        end = data.find(b"\r\n", at, at + maxChunkSizeLineLength + 2)
        if end < 0:
            if len(data) - at > maxChunkSizeLineLength:
                raise _MalformedChunkedDataError(
                    f"the size of a chunk takes more than {maxChunkSizeLineLength} bytes"
                )
            return None
        self.length = _sizeOf(data[at:end])
        self.state = "BODY" if self.length else "TRAILER"
        return end + 2

    def _readBody(self, data: bytes, at: int) -> int:
        part = data[at : at + self.length]
        self.length -= len(part)
        if not self.length:
            self.state = "CRLF"
        self.dataCallback(part)
        return at + len(part)

    def _readEnd(self, data: bytes, at: int) -> int | None:
        if data[at : at + 2] == b"\r\n":
            self.state = "CHUNK_LENGTH"
            return at + 2
        if data[at:] == b"\r":
            return None
        raise _MalformedChunkedDataError(f"a chunk is followed by {data[at : at + 2]!r}")

    def _readTrailer(self, data: bytes, at: int) -> int | None:
        end = data.find(b"\r\n", at)
        size = (len(data) if end < 0 else end) - at
        if self._trailerBytes + size >= self._maxTrailerHeadersSize:
            raise _MalformedChunkedDataError(
                f"the trailers have more than {self._maxTrailerHeadersSize} bytes"
            )
        if end < 0:
            return None
        if size:
            self._trailerHeaders.append(data[at:end])
            self._trailerBytes += size + 2
        else:
            self.state = "FINISHED"
        return end + 2

    _steps = {
        "CHUNK_LENGTH": _readLength,
        "BODY": _readBody,
        "CRLF": _readEnd,
        "TRAILER": _readTrailer,
    }

    def noMoreData(self) -> None:
        """The connection has ended. Raises: _DataLoss before the end of the last chunk."""
        if self.state != "FINISHED":
            raise _DataLoss(
                f"Chunked decoder in {self.state!r} state, still expecting more data "
                "to get to 'FINISHED' state."
            )
