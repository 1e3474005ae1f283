"""
Log files that are put aside when they are large, or when the day is over.

They are files to write to, as far as a log needs one: `LogFile` rotates by size, `DailyLogFile` by
date. What is written is UTF-8 where it is text. Rotation is done by renaming, within a call of
`write`; where the folder does not allow it, writing simply goes on.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Sequence
from typing import IO, Any, TypeVar

__all__ = ["BaseLogFile", "DailyLogFile", "LogFile", "LogReader"]

_Log = TypeVar("_Log", bound="BaseLogFile")


class BaseLogFile:
    """
    A log file; when it is to be rotated, and how, a subclass says.

    Attributes:
        name: its name.
        directory: the folder that it lies in.
        path: both together.
        defaultMode: its permissions; those of the file that was there, if any, unless they
            were given.
        closed: whether `close` was called.
    """

    # The methods that one thread at a time may be in. They hold `_lock`.
    synchronized = ["write", "rotate"]

    closed: bool

    def __init__(self, name: str, directory: str, defaultMode: int | None = None) -> None:
        """
        Args:
            name: see the class.
            directory: see the class.
            defaultMode: see the class.
        Raises: OSError if the file cannot be opened.
        """
        self.name = name
        self.directory = directory
        self.path = os.path.join(directory, name)
        if defaultMode is None:
            try:
                defaultMode = stat.S_IMODE(os.stat(self.path).st_mode)
            except FileNotFoundError:
                pass
        self.defaultMode = defaultMode
        # Held again within itself: a write may rotate.
        self._lock = threading.RLock()
        self._openFile()

    @classmethod
    def fromFullPath(cls: type[_Log], filename: str, *args: Any, **kwargs: Any) -> _Log:
        """
        Open a log file by its whole path.

        Args:
            filename: the path.
            args: what the class takes behind name and folder.
            kwargs: the same, by keyword.
        """
        path = os.path.abspath(filename)
        return cls(os.path.basename(path), os.path.dirname(path), *args, **kwargs)

    def shouldRotate(self) -> bool:
        """Tell whether it is time to rotate."""
        raise NotImplementedError

    def rotate(self) -> None:
        """Put what is written so far aside, and begin anew."""
        raise NotImplementedError

    def _openFile(self) -> None:
        """Open the file to write at its end, and give it its permissions."""
        self.closed = False
        # Appended to, so that what two processes write does not end up at one place.
        self._file: IO[bytes] = open(  # noqa: SIM115  # it is ours until close()
            self.path, "a+b", buffering=0, opener=self._openWithMode
        )
        # What is no file, such as /dev/null, is everybody's.
        ordinary = stat.S_ISREG(os.fstat(self._file.fileno()).st_mode)
        if self.defaultMode is not None and ordinary:
            try:
                os.chmod(self.path, self.defaultMode)
            except OSError:
                # It is another user's, or no file at all; we may write to it all the same.
                pass

    def _openWithMode(self, path: str, flags: int) -> int:
        """Let a new file have its permissions from the start."""
        return os.open(path, flags, 0o666 if self.defaultMode is None else self.defaultMode)

    def write(self, data: str | bytes) -> None:
        """
        Write to the log, having rotated it where that is due.

        Args:
            data: bytes, or text, which is written as UTF-8.
        """
        with self._lock:
            if self.shouldRotate():
                self.flush()
                self.rotate()
            if isinstance(data, str):
                data = data.encode("utf-8", "surrogateescape")
            self._file.write(data)

    def flush(self) -> None:
        """Let the system have what was written."""
        self._file.flush()

    def close(self) -> None:
        """Close the file; nothing can be written from then on."""
        self.closed = True
        self._file.close()

    def reopen(self) -> None:
        """Open the file anew, after somebody else (such as logrotate) moved it away."""
        with self._lock:
            self.close()
            self._openFile()

    def getCurrentLog(self) -> LogReader:
        """Open the log, as it is now, for reading."""
        return LogReader(self.path)

    def _putAside(self, path: str) -> bool:
        """Rename the file and open a new one, or tell that it cannot be done."""
        self._file.close()
        try:
            os.rename(self.path, path)
        except OSError:
            return False
        finally:
            self._openFile()
        return True

    def _canRotate(self) -> bool:
        """Tell whether the folder and the file let themselves be changed."""
        return os.access(self.directory, os.W_OK) and os.access(self.path, os.W_OK)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process: the open file and the lock."""
        state = dict(self.__dict__)
        state.pop("_file", None)
        state.pop("_lock", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open the file again, in the process that now has the log."""
        self.__dict__.update(state)
        self._lock = threading.RLock()
        self._openFile()


class LogFile(BaseLogFile):
    """
    A log file that is rotated when it is large.

    What is put aside has a number behind its name, ``.1`` the newest.

    Attributes:
        rotateLength: from how many bytes on it is rotated; never of itself if 0.
        maxRotatedFiles: how many files that were put aside are kept; all of them if None.
        size: how many bytes it has.
    """

    def __init__(
        self,
        name: str,
        directory: str,
        rotateLength: int = 1000000,
        defaultMode: int | None = None,
        maxRotatedFiles: int | None = None,
    ) -> None:
        """
        Args:
            name: see `BaseLogFile`.
            directory: see `BaseLogFile`.
            rotateLength: see the class.
            defaultMode: see `BaseLogFile`.
            maxRotatedFiles: see the class.
        """
        super().__init__(name, directory, defaultMode)
        self.rotateLength = rotateLength
        self.maxRotatedFiles = maxRotatedFiles

    def _openFile(self) -> None:
        super()._openFile()
        self.size = self._file.tell() if self._file.seekable() else 0

    def shouldRotate(self) -> bool:
        """Tell whether there are as many bytes as there may be."""
        return bool(self.rotateLength) and self.size >= self.rotateLength

    def write(self, data: str | bytes) -> None:
        """
        Write to the log, having rotated it where that is due.

        Args:
            data: bytes, or text, which is written as UTF-8.
        """
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogateescape")
        with self._lock:
            super().write(data)
            self.size += len(data)

    def rotate(self) -> None:
        """Put what is written so far aside as number 1, the one that has it as 2, and so on."""
        with self._lock:
            if not self._canRotate():
                return
            for number in sorted(self.listLogs(), reverse=True):
                if self.maxRotatedFiles is not None and number >= self.maxRotatedFiles:
                    os.remove(self._numbered(number))
                else:
                    os.rename(self._numbered(number), self._numbered(number + 1))
            self._putAside(self._numbered(1))

    def _numbered(self, number: int) -> str:
        """Give the path of a file that was put aside."""
        return f"{self.path}.{number}"

    def listLogs(self) -> list[int]:
        """Give the numbers of what was put aside, the newest first."""
        prefix = os.path.basename(self.path) + "."
        numbers = []
        for name in os.listdir(self.directory or "."):
            number = name[len(prefix) :]
            # Not those of another program's scheme, such as .0 or .01.
            isOurs = number.isascii() and number.isdecimal() and not number.startswith("0")
            if name.startswith(prefix) and isOurs:
                numbers.append(int(number))
        return sorted(numbers)

    def getLog(self, identifier: int) -> LogReader:
        """
        Open what was put aside, for reading.

        Args:
            identifier: its number.
        Raises: ValueError if there is none of that number.
        """
        path = f"{self.path}.{identifier:d}" if isinstance(identifier, int) else None
        if path is None:
            raise TypeError(f"a log is asked for by its number, not by {identifier!r}")
        if not os.path.exists(path):
            raise ValueError(f"there is no log {path!r}")
        return LogReader(path)


class DailyLogFile(BaseLogFile):
    """
    A log file that is rotated when the day is over.

    What is put aside has the date behind its name, such as ``.2026_11_3``.

    Attributes:
        lastDate: the day that its content is of, as year, month and day.
    """

    lastDate: Sequence[int]

    def _openFile(self) -> None:
        super()._openFile()
        self.lastDate = self.toDate(os.stat(self.path).st_mtime)

    def shouldRotate(self) -> bool:
        """Tell whether today is a later day than that of the content."""
        return tuple(self.toDate()) > tuple(self.lastDate)

    def toDate(self, *args: float) -> Sequence[int]:
        """
        Give the year, the month and the day of a time, in the local time zone.

        Args:
            args: seconds since the epoch; now if left out.
        """
        return time.localtime(*args)[:3]

    def suffix(self, tupledate: float | Sequence[int]) -> str:
        """
        Give what stands behind the name of a file that was put aside.

        Args:
            tupledate: the day, or seconds since the epoch.
        """
        day = self.toDate(tupledate) if isinstance(tupledate, (int, float)) else tupledate
        return "_".join(map(str, day))

    def getLog(self, identifier: float | Sequence[int]) -> LogReader:
        """
        Open the log of a day, for reading.

        Args:
            identifier: the day, or seconds since the epoch.
        Raises: ValueError if there is none of that day.
        """
        if self.suffix(identifier) == self.suffix(self.lastDate):
            return self.getCurrentLog()
        path = f"{self.path}.{self.suffix(identifier)}"
        if not os.path.exists(path):
            raise ValueError(f"there is no log {path!r}")
        return LogReader(path)

    def write(self, data: str | bytes) -> None:
        """
        Write to the log, having rotated it where that is due.

        Args:
            data: bytes, or text, which is written as UTF-8.
        """
        with self._lock:
            super().write(data)
            # A clock that was put back does not make the content older than it is.
            self.lastDate = max(tuple(self.lastDate), tuple(self.toDate()))

    def rotate(self) -> None:
        """Put what is written so far aside under its date, unless there is such a file."""
        with self._lock:
            path = f"{self.path}.{self.suffix(self.lastDate)}"
            if self._canRotate() and not os.path.exists(path):
                self._putAside(path)


class LogReader:
    """
    A log file that is read line by line.

    Attributes:
        name: its path.
    """

    def __init__(self, name: str) -> None:
        """
        Args:
            name: see the class.
        Raises: OSError if it cannot be opened.
        """
        self.name = name
        self._file: IO[str] = open(  # noqa: SIM115  # it is ours until close()
            name, encoding="utf-8", errors="surrogateescape"
        )

    def readLines(self, lines: int = 10) -> list[str]:
        """
        Read the next lines.

        Args:
            lines: how many at most.
        Returns: the lines with their ends; fewer, or none, at the end of the file.
        """
        found = []
        for _ in range(lines):
            line = self._file.readline()
            if not line:
                break
            found.append(line)
        return found

    def close(self) -> None:
        """Close the file."""
        self._file.close()
