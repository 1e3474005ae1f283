"""
What writes files into responses.

A file is read in steps, whenever there is room for one. The short ways out of that are in
`twisted.web._static.sending`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

from zope.interface import implementer

from twisted.internet.interfaces import IPullProducer
from twisted.logger import Logger

from .sending import sendQuickly, sendsAtOnce

__all__ = [
    "MultipleRangeStaticProducer",
    "NoRangeStaticProducer",
    "SingleRangeStaticProducer",
    "StaticProducer",
]

_log = Logger(namespace="twisted.web.static")


@implementer(IPullProducer)
class StaticProducer:
    """
    Writes a file, or parts of it, into a response, and finishes that.

    Attributes:
        bufferSize: bytes that are read at once.
        request: the response goes here; None after the end.
        fileObject: what is read, and closed at the end.

    Args: request, fileObject: as the attributes.
    """

    bufferSize = 65536
    request: Any
    fileObject: IO[bytes]

    def __init__(self, request: Any, fileObject: IO[bytes]) -> None:
        self.request = request
        self.fileObject = fileObject

    def start(self) -> None:
        """
        Override: begin.

        Raises: NotImplementedError.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how it begins")

    def resumeProducing(self) -> None:
        """
        Override: write the next part.

        Raises: NotImplementedError.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it writes")

    def stopProducing(self) -> None:
        """Close the file, and write no more."""
        self.fileObject.close()
        self.request = None

    def _end(self, *, missing: int = 0) -> None:
        """
        All is written.

        Args: missing: bytes that were promised and are not there: the file became shorter
            meanwhile. All that can be done then is to end the connection.
        """
        self.request.unregisterProducer()
        self._complete(missing)

    def _complete(self, missing: int) -> None:
        request = self.request
        if missing:
            _log.error(
                "{file!r} ended {missing} bytes too early", file=self.fileObject, missing=missing
            )
            request.loseConnection()
        else:
            request.finish()
        self.stopProducing()


class NoRangeStaticProducer(StaticProducer):
    """Writes all of a file."""

    # Bytes that the header promises, which are written even if the file becomes longer meanwhile:
    # what exceeds them would be taken for the next response. None: whatever there is.
    _left: int | None = None

    def start(self) -> None:
        """Begin."""
        size = self._left
        mine = type(self) is NoRangeStaticProducer
        if size is None or not (mine and sendQuickly(self, 0, size)):
            self.request.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """Write the next part."""
        if self.request is None:
            return
        left = self._left
        data = self.fileObject.read(self.bufferSize if left is None else min(left, self.bufferSize))
        if data:
            if left is not None:
                self._left = left - len(data)
            # Written at last, since that may end everything.
            self.request.write(data)
        else:
            self._end(missing=left or 0)


class SingleRangeStaticProducer(StaticProducer):
    """
    Writes one part of a file.

    Args:
        request, fileObject: as of `StaticProducer`.
        offset, size: where it begins, and its bytes.
    """

    def __init__(self, request: Any, fileObject: IO[bytes], offset: int, size: int) -> None:
        super().__init__(request, fileObject)
        self.offset, self.size = offset, size
        self.bytesWritten = 0

    def start(self) -> None:
        """Begin."""
        self.bytesWritten = 0
        mine = type(self) is SingleRangeStaticProducer
        if not (mine and sendQuickly(self, self.offset, self.size)):
            self.fileObject.seek(self.offset)
            self.request.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """Write the next part; the end is told with the last one."""
        if self.request is None:
            return
        data = self.fileObject.read(min(self.bufferSize, self.size - self.bytesWritten))
        if data:
            self.bytesWritten += len(data)
            self.request.write(data)
        missing = self.size - self.bytesWritten
        if self.request is not None and (not data or not missing):
            self._end(missing=missing)


class MultipleRangeStaticProducer(StaticProducer):
    """
    Writes several parts of a file, with something before each.

    Args:
        request, fileObject: as of `StaticProducer`.
        rangeInfo: for each part what is before it, where it begins, and its bytes.
    """

    def __init__(
        self, request: Any, fileObject: IO[bytes], rangeInfo: Sequence[tuple[bytes, int, int]]
    ) -> None:
        super().__init__(request, fileObject)
        self.rangeInfo = rangeInfo

    def start(self) -> None:
        """Begin."""
        self._parts = iter(self.rangeInfo)
        self._left = 0
        self._over = False
        size = sum(len(before) + size for before, _, size in self.rangeInfo)
        if sendsAtOnce(self, size):
            pieces, missing = self._nextPieces()
            self.request.write(b"".join(pieces))
            self._complete(missing)
        else:
            self.request.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """Write the next parts, up to `bufferSize`, as one."""
        if self.request is None:
            return
        pieces, missing = self._nextPieces()
        if pieces:
            self.request.write(b"".join(pieces))
        if self.request is not None and (self._over or missing):
            self._end(missing=missing)

    def _nextPieces(self) -> tuple[list[bytes], int]:
        """Returns: what is next, and how many bytes of it are not in the file."""
        pieces: list[bytes] = []
        room = self.bufferSize
        while room > 0:
            if not self._left:
                part = next(self._parts, None)
                if part is None:
                    self._over = True
                    break
                before, offset, self._left = part
                pieces.append(before)
                room -= len(before)
                self.fileObject.seek(offset)
            data = self.fileObject.read(max(0, min(room, self._left)))
            if not data and self._left and room > 0:
                return pieces, self._left
            pieces.append(data)
            self._left -= len(data)
            room -= len(data)
        return pieces, 0
