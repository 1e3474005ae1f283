"""A file whose lines become events."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import UnsupportedOperation
from typing import TYPE_CHECKING, NoReturn

from ._constants import NamedConstant
from ._levels import LogLevel

if TYPE_CHECKING:
    from ._logger import Logger


class LoggingFile:
    """
    Looks like a text file open for writing; each line that is written is logged.

    Args:
        logger: logs the lines, as ``log_io`` of an event each.
        level: on which level.
        encoding: how bytes that are written are read; the interpreter's default if None.
    """

    def __init__(
        self,
        logger: Logger,
        level: NamedConstant = LogLevel.info,
        encoding: str | None = None,
    ) -> None:
        self.level = level
        self.log = logger
        self._encoding = encoding or sys.getdefaultencoding()
        self._buffer = ""
        self._closed = False

    @property
    def closed(self) -> bool:
        """Has `close` been called?"""
        return self._closed

    @property
    def encoding(self) -> str:
        """How bytes are read."""
        return self._encoding

    @property
    def mode(self) -> str:
        """Always "w"."""
        return "w"

    @property
    def newlines(self) -> None:
        """Always None: no line end has been read."""

    @property
    def name(self) -> str:
        """Something to show in the place of a path."""
        return f"<{type(self).__name__} {self.log.namespace}#{self.level.name}>"

    def close(self) -> None:
        """Take no more. What has no line end yet stays unlogged."""
        self._closed = True

    def flush(self) -> None:
        """Do nothing: a line is logged when it ends."""

    def fileno(self) -> NoReturn:
        """There is no descriptor. Raises: OSError."""
        self._refuse()

    def isatty(self) -> bool:
        """Always false."""
        return False

    def write(self, message: str | bytes) -> int:
        """
        Log each line that ends here; keep what follows the last line end.

        Returns: the length of what was given.
        Raises: ValueError after `close`.
        """
        if self._closed:
            raise ValueError(f"{self.name} is closed: nothing can be written to it")
        size = len(message)
        if isinstance(message, bytes):
            message = message.decode(self._encoding, "backslashreplace")
        *lines, self._buffer = (self._buffer + message).split("\n")
        for line in lines:
            self.log.emit(self.level, format="{log_io}", log_io=line)
        return size

    def writelines(self, lines: Iterable[str | bytes]) -> None:
        """Write one after the other; no line ends are added."""
        for line in lines:
            self.write(line)

    def _refuse(self, *args: object) -> NoReturn:
        """It cannot be read and has no position. Raises: OSError."""
        raise UnsupportedOperation(f"{self.name} can only be written to")

    read = next = readline = readlines = xreadlines = seek = tell = truncate = _refuse
