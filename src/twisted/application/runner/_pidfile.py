"""
Files that hold the number of a running process.
"""

from __future__ import annotations

import errno
from os import getpid, kill
from os import name as systemName
from types import TracebackType
from typing import Any

from zope.interface import Interface, implementer

from twisted.logger import Logger
from twisted.python.filepath import FilePath

__all__ = [
    "AlreadyRunningError",
    "IPIDFile",
    "InvalidPIDFileError",
    "NoPIDFound",
    "NonePIDFile",
    "PIDFile",
    "StalePIDFileError",
    "nonePIDFile",
]


class IPIDFile(Interface):
    """
    A file with the number of a process; a context within which that number is this process's.
    """

    def read() -> int:
        """
        Raises: NoPIDFound if there is no such file; InvalidPIDFileError if no number is in it.
        """

    def writeRunningPID() -> None:
        """
        Put this process's number into the file.
        """

    def remove() -> None:
        """
        Remove the file.
        """

    def isRunning() -> bool:
        """
        Returns: whether the process of that number runs; False if there is no file.
        Raises: StalePIDFileError if there is a file and no such process.
        """

    def __enter__() -> Any:
        """
        Write the file.

        Raises: AlreadyRunningError if a process of the file's number runs.
        """

    def __exit__(
        excType: type[BaseException] | None,
        excValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        """
        Remove the file.
        """


class AlreadyRunningError(Exception):
    """
    The process that wrote the file is still running.
    """


class InvalidPIDFileError(Exception):
    """
    There is something other than a number in the file.
    """


class StalePIDFileError(Exception):
    """
    The process that wrote the file has gone without removing it.
    """


class NoPIDFound(Exception):
    """
    There is no file.
    """


@implementer(IPIDFile)
class PIDFile:
    """
    A file with the number of a process in decimal digits, and a line end.

    Args:
        filePath: where it is.
    """

    _log = Logger()

    def __init__(self, filePath: FilePath[Any]) -> None:
        self.filePath = filePath

    @staticmethod
    def _format(pid: int) -> bytes:
        return f"{int(pid)}\n".encode("ascii")

    def read(self) -> int:
        text = b""
        try:
            with self.filePath.open() as file:
                # A number is short; whatever else is in the file need not be read.
                text = file.readline(64).rstrip(b"\r\n")
        except OSError as error:
            if error.errno == errno.ENOENT:
                raise NoPIDFound("PID file does not exist") from error
            raise
        if not text.isdigit():
            raise InvalidPIDFileError(f"non-integer PID value in PID file: {text!r}")
        return int(text)

    def _write(self, pid: int) -> None:
        self.filePath.setContent(self._format(pid))

    def writeRunningPID(self) -> None:
        self._write(getpid())

    def remove(self) -> None:
        self.filePath.remove()

    def isRunning(self) -> bool:
        if systemName != "posix":
            raise NotImplementedError(f"isRunning is not implemented on {systemName}")
        try:
            pid = self.read()
        except NoPIDFound:
            return False
        try:
            kill(pid, 0)
        except OSError as error:
            if error.errno == errno.ESRCH:
                raise StalePIDFileError("PID file refers to non-existing process") from error
            if error.errno != errno.EPERM:
                raise
            # It runs, and belongs to someone else.
        return True

    def __enter__(self) -> PIDFile:
        try:
            if self.isRunning():
                raise AlreadyRunningError(f"the process of {self.filePath.path} is running")
        except StalePIDFileError:
            self._log.info("{file} was left over and is replaced", file=self.filePath.path)
        self.writeRunningPID()
        return self

    def __exit__(
        self,
        excType: type[BaseException] | None,
        excValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()


@implementer(IPIDFile)
class NonePIDFile:
    """
    Stands for no file at all.
    """

    def read(self) -> int:
        raise NoPIDFound("PID file does not exist")

    def _write(self, pid: int) -> None:
        raise OSError(errno.EPERM, "there is no file to write a process's number to")

    def writeRunningPID(self) -> None:
        self._write(0)

    def remove(self) -> None:
        raise OSError(errno.ENOENT, "there is no file to remove")

    def isRunning(self) -> bool:
        return False

    def __enter__(self) -> NonePIDFile:
        return self

    def __exit__(
        self,
        excType: type[BaseException] | None,
        excValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing was written."""


nonePIDFile = NonePIDFile()
