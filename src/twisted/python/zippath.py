"""
Paths inside a zip archive, which can be asked what a `FilePath` can be asked.

Directories of an archive need no entry of their own: they are there because something lies in
them. Entries whose names would lead out of the archive (``..``, an absolute path) are not listed.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any, AnyStr, Generic, TypeVar, cast

from zope.interface import implementer

from twisted.python.filepath import (
    AbstractFilePath,
    FilePath,
    IFilePath,
    OtherAnyStr,
    UnlistableError,
    _coerceToFilesystemEncoding,
)

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

__all__ = ["ZIP_PATH_SEP", "ZipArchive", "ZipPath"]

ZIP_PATH_SEP = "/"
"""What separates segments inside an archive, on every system."""

_ArchiveStr = TypeVar("_ArchiveStr", str, bytes)


@implementer(IFilePath)
class ZipPath(AbstractFilePath[AnyStr], Generic[AnyStr, _ArchiveStr]):
    """
    A place in an archive, whether or not anything is there.

    Attributes:
        archive: the `ZipArchive`.
        pathInArchive: where in it, with slashes, in the mode of the last segment that was given.
        path: as if the archive were a directory of the file system.
    """

    path: AnyStr
    pathInArchive: AnyStr
    _archive: ZipArchive[_ArchiveStr]

    def __init__(self, archive: ZipArchive[_ArchiveStr], pathInArchive: AnyStr) -> None:
        """
        Args:
            archive: where to look.
            pathInArchive: segments with slashes between them; ``..`` means nothing special.
        """
        self._archive = archive
        self.pathInArchive = pathInArchive
        sep = _coerceToFilesystemEncoding(pathInArchive, os.sep)
        start: AnyStr = _coerceToFilesystemEncoding(pathInArchive, archive.path)
        self.path = start + sep + pathInArchive.replace(self._slash, sep)

    @property
    def archive(self) -> ZipArchive[_ArchiveStr]:
        """The `ZipArchive` that this is a place in."""
        return self._archive

    @property
    def _slash(self) -> AnyStr:
        return _coerceToFilesystemEncoding(self.pathInArchive, ZIP_PATH_SEP)

    @property
    def _name(self) -> str:
        """The name of the entry, as the archive knows it."""
        return _coerceToFilesystemEncoding("", self.pathInArchive)

    def __repr__(self) -> str:
        start = os.path.abspath(_coerceToFilesystemEncoding("", self.archive.path))
        inside = self._name.replace(ZIP_PATH_SEP, os.sep)
        shown: str | bytes = start + os.sep + inside
        if isinstance(self.path, bytes):
            shown = os.fsencode(shown)
        return f"ZipPath({shown!r})"

    # Two places are the same if they are at one path in one archive.

    @property
    def _key(self) -> tuple[object, ...]:
        return (self.archive.path, self.pathInArchive)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ZipPath):
            return NotImplemented
        return self._key == other._key

    def __ne__(self, other: object) -> bool:
        if not isinstance(other, ZipPath):
            return NotImplemented
        return self._key != other._key

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, ZipPath):
            return NotImplemented
        return self._key < other._key

    def __le__(self, other: object) -> bool:
        if not isinstance(other, ZipPath):
            return NotImplemented
        return self._key <= other._key

    def __gt__(self, other: object) -> bool:
        if not isinstance(other, ZipPath):
            return NotImplemented
        return self._key > other._key

    def __ge__(self, other: object) -> bool:
        if not isinstance(other, ZipPath):
            return NotImplemented
        return self._key >= other._key

    __hash__ = AbstractFilePath.__hash__

    # From one place to another.

    @property
    def sep(self) -> AnyStr:
        """What separates segments of ``path``, in its mode."""
        return _coerceToFilesystemEncoding(self.path, os.sep)

    def child(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr, _ArchiveStr]:
        """Go one segment down; nothing that is named in an archive leads out of it."""
        slash = _coerceToFilesystemEncoding(path, ZIP_PATH_SEP)
        here = _coerceToFilesystemEncoding(path, self.pathInArchive)
        return ZipPath(self.archive, here + slash + path if here else path)

    def descendant(self, segments: Sequence[OtherAnyStr]) -> ZipPath[OtherAnyStr, _ArchiveStr]:
        """Go down by several segments, each one as by `child`."""
        return cast("ZipPath[OtherAnyStr, _ArchiveStr]", super().descendant(segments))

    def sibling(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr, _ArchiveStr]:
        """Go to another name in the same directory."""
        return self.parent().child(path)

    def parent(self) -> ZipPath[Any, _ArchiveStr]:
        """Go one segment up; the archive is its own parent."""
        above, slash, _ = self.pathInArchive.rpartition(self._slash)
        return ZipPath(self.archive, above) if slash else self.archive

    def basename(self) -> AnyStr:
        """Give the last segment."""
        return self.pathInArchive.rpartition(self._slash)[2]

    def dirname(self) -> Any:
        """Give the path of the directory that this lies in."""
        return self.parent().path

    def splitext(self) -> tuple[AnyStr, AnyStr]:
        """Give the path without its extension, and the extension with its dot."""
        return os.path.splitext(self.path)

    # What is there.

    def _entry(self) -> ZipInfo:
        """Give what the archive's directory says. Raises: KeyError for what is no file."""
        return self.archive.zipfile.getinfo(self._name)

    def exists(self) -> bool:
        """Tell whether a file or a directory is here."""
        return self.isdir() or self.isfile()

    def isdir(self) -> bool:
        """Tell whether anything lies below this path."""
        return self._name in self.archive.childmap

    def isfile(self) -> bool:
        """Tell whether a file is here."""
        return not self.isdir() and self._name in self.archive.zipfile.NameToInfo

    def islink(self) -> bool:
        """Tell that this is no link: none is followed in an archive."""
        return False

    def listdir(self) -> list[AnyStr]:
        """
        Give the names of what lies one segment down.

        Raises: UnlistableError if this is no directory.
        """
        names = self.archive.childmap.get(self._name)
        if names is None:
            code = errno.ENOTDIR if self.isfile() else errno.ENOENT
            raise UnlistableError(OSError(code, os.strerror(code), self.path))
        return [_coerceToFilesystemEncoding(self.path, name) for name in names]

    def getsize(self) -> int:
        """Give the size of the file in bytes, once it is unpacked. Raises: KeyError."""
        return self._entry().file_size

    def getModificationTime(self) -> float:
        """
        Give the time of the last write in seconds since the epoch.

        An archive has local times without a zone, in steps of two seconds.
        """
        return time.mktime((*self._entry().date_time, 0, 0, -1))

    def getStatusChangeTime(self) -> float:
        """Give the time of the last write: an archive knows no other."""
        return self.getModificationTime()

    def getAccessTime(self) -> float:
        """Give the time of the last read of the archive."""
        return self.archive.getAccessTime()

    def changed(self) -> None:
        """Do nothing: what is in an archive does not change."""

    def open(self, mode: Any = "r") -> IO[bytes]:
        """
        Open the file for reading.

        Args:
            mode: ``"r"``, with or without a ``b``; an archive is not written to.
        Raises:
            KeyError: if there is no file.
            ValueError: for another mode.
        """
        if mode.replace("b", "") != "r":
            raise ValueError(f"files in an archive are open for reading only, not for {mode!r}")
        return self.archive.zipfile.open(self._name)


class ZipArchive(ZipPath[_ArchiveStr, _ArchiveStr]):
    """
    An archive, and the place at its root.

    Attributes:
        zipfile: the ``zipfile.ZipFile``, open for reading.
        childmap: for each directory, by its path in the archive, the names in it.
    """

    def __init__(self, archivePathname: _ArchiveStr) -> None:
        """
        Args:
            archivePathname: the path of the file.
        Raises:
            OSError: if it cannot be read.
            zipfile.BadZipFile: if it is no archive.
        """
        from zipfile import ZipFile

        self.path = archivePathname
        self.pathInArchive = _coerceToFilesystemEncoding(archivePathname, "")
        self.zipfile: ZipFile = ZipFile(_coerceToFilesystemEncoding("", archivePathname))
        self.childmap: dict[str, dict[str, int]] = {"": {}}
        for name in self.zipfile.namelist():
            self._enter(name)

    def _enter(self, name: str) -> None:
        """Note an entry, and the directories that it lies in."""
        segments = name.split(ZIP_PATH_SEP)
        isDirectory = segments[-1] == ""
        if isDirectory:
            segments.pop()
            self.childmap.setdefault(ZIP_PATH_SEP.join(segments), {})
        if any(segment in ("", ".", "..") for segment in segments):
            return
        directory = ""
        for segment in segments:
            self.childmap.setdefault(directory, {})[segment] = 1
            directory = f"{directory}{ZIP_PATH_SEP}{segment}" if directory else segment

    @property
    def archive(self) -> ZipArchive[_ArchiveStr]:
        """This very archive."""
        return self

    def __repr__(self) -> str:
        return f"ZipArchive({os.path.abspath(self.path)!r})"

    def child(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr, _ArchiveStr]:
        """Go to a name at the root of the archive."""
        return ZipPath(self, path)

    def exists(self) -> bool:
        """Tell whether the archive is still there."""
        return FilePath(self.path).exists()

    def getAccessTime(self) -> float:
        """Give the time of the last read of the archive."""
        return FilePath(self.path).getAccessTime()

    def getModificationTime(self) -> float:
        """Give the time of the last write of the archive."""
        return FilePath(self.path).getModificationTime()

    def getStatusChangeTime(self) -> float:
        """Give the time of the last change of the archive's status."""
        return FilePath(self.path).getStatusChangeTime()
