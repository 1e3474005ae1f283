"""
`FilePath`: a place in the file system of this machine.

Two laws hold here. A path is absolute and normal from the start, so that a change of the working
directory does not move it. And what the system told about the place is kept until this object
changes it or `changed` is called; one question to the system answers `exists`, `isfile` and
`getsize`.
"""

from __future__ import annotations

import errno
import os
import stat
from base64 import urlsafe_b64encode as armor
from collections.abc import Sequence
from os import urandom as randomBytes
from typing import IO, TYPE_CHECKING, Any, AnyStr, cast

from zope.interface import implementer

from twisted.python._filepath.abstract import AbstractFilePath, FileMode, IFilePath
from twisted.python._filepath.errors import InsecurePath, LinkError
from twisted.python._filepath.modes import FileName, OtherAnyStr, asBytes, asText, inModeOf

if TYPE_CHECKING:
    from twisted.python._filepath.permissions import Permissions

__all__ = ["FilePath"]

_onWindows = os.name == "nt"

_createExclusively = os.O_EXCL | os.O_CREAT | os.O_RDWR | getattr(os, "O_BINARY", 0)

# Windows answers to these in every directory, whatever their case and extension.
_windowsDevices = frozenset(
    (
        *("con", "prn", "aux", "nul", "conin$", "conout$"),
        *(f"{kind}{digit}" for kind in ("com", "lpt") for digit in "0123456789\xb9\xb2\xb3"),
    )
)


def _sepsOf(path: AnyStr) -> tuple[AnyStr, ...]:
    """Give what separates segments here, in the mode of a path."""
    return tuple(inModeOf(path, sep) for sep in (os.sep, os.altsep) if sep)


def _refuseSpecialNames(name: FileName) -> None:
    """Refuse a name that means something else than a file of that name."""
    text = asText(name)
    if "\0" in text:
        raise InsecurePath(f"{name!r} holds a NUL, which no file name may")
    if not _onWindows:
        return
    if ":" in text:
        raise InsecurePath(f"{name!r} holds a colon: it names a drive or a stream of a file")
    for segment in text.replace("/", "\\").split("\\"):
        if segment.partition(".")[0].rstrip(" ").lower() in _windowsDevices:
            raise InsecurePath(f"{name!r} names a device of Windows")


def _liesBelow(path: AnyStr, directory: AnyStr) -> bool:
    """Tell whether a normal path is a directory's own or one below it."""
    if path == directory:
        return True
    sep = inModeOf(directory, os.sep)
    return path.startswith(directory if directory.endswith(sep) else directory + sep)


@implementer(IFilePath)
class FilePath(AbstractFilePath[AnyStr]):
    """
    A place in the file system, whether or not anything is there.

    Attributes:
        path: the absolute path, in the mode (text or bytes) that it was given in.
        alwaysCreate: whether `open` must make a new file and refuses one that exists.
    """

    path: AnyStr
    alwaysCreate: bool
    _statinfo: os.stat_result | None = None
    _chunkSize = 2**16

    def __init__(self, path: AnyStr, alwaysCreate: bool = False) -> None:
        """
        Args:
            path: a path, relative to the present working directory if not absolute.
            alwaysCreate: the attribute of that name.
        """
        self.path = os.path.abspath(path)
        self.alwaysCreate = alwaysCreate

    def __repr__(self) -> str:
        return f"FilePath({self.path!r})"

    # Identity and order: those of the paths. Whatever is no path may have its own opinion.

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FilePath):
            return NotImplemented
        return bool(self.path == other.path)

    def __ne__(self, other: object) -> bool:
        if not isinstance(other, FilePath):
            return NotImplemented
        return bool(self.path != other.path)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, FilePath):
            return NotImplemented
        return bool(self.path < other.path)

    def __le__(self, other: object) -> bool:
        if not isinstance(other, FilePath):
            return NotImplemented
        return bool(self.path <= other.path)

    def __gt__(self, other: object) -> bool:
        if not isinstance(other, FilePath):
            return NotImplemented
        return bool(self.path > other.path)

    def __ge__(self, other: object) -> bool:
        if not isinstance(other, FilePath):
            return NotImplemented
        return bool(self.path >= other.path)

    __hash__ = AbstractFilePath.__hash__

    def __getstate__(self) -> dict[str, object]:
        """Leave out what the system told: it is stale wherever the state is read."""
        state = dict(self.__dict__)
        state.pop("_statinfo", None)
        return state

    # From one place to another. Every new path comes from clonePath.

    def clonePath(self, path: OtherAnyStr, alwaysCreate: bool = False) -> FilePath[OtherAnyStr]:
        """Make another path; a subclass overrides this to make its own kind."""
        return FilePath(path)

    @property
    def sep(self) -> AnyStr:
        """What separates segments, in the mode of this path."""
        return inModeOf(self.path, os.sep)

    def _asBytesPath(self, encoding: str | None = None) -> bytes:
        """Give the path as bytes."""
        return asBytes(self.path, encoding)

    def _asTextPath(self, encoding: str | None = None) -> str:
        """Give the path as text."""
        return asText(self.path, encoding)

    def _getPathAsSameTypeAs(self, pattern: OtherAnyStr) -> OtherAnyStr:
        """Give the path in the mode of another string."""
        return inModeOf(pattern, self.path)

    def asBytesMode(self, encoding: str | None = None) -> FilePath[bytes]:
        """
        Give this path in bytes mode, the very same object if it is in it already.

        Args:
            encoding: what to encode with; the file system's own if None.
        Raises: UnicodeError if that encoding cannot say the path.
        """
        if isinstance(self.path, bytes):
            return self
        return self.clonePath(self._asBytesPath(encoding))

    def asTextMode(self, encoding: str | None = None) -> FilePath[str]:
        """
        Give this path in text mode, the very same object if it is in it already.

        Args:
            encoding: what to decode with; the file system's own if None.
        Raises: UnicodeError if the path is not in that encoding.
        """
        if isinstance(self.path, str):
            return self
        return self.clonePath(self._asTextPath(encoding))

    def child(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """
        Go one segment down.

        Raises: InsecurePath if the name, once normal, is more than one segment, is the parent,
            or is one that the system takes for something else.
        """
        _refuseSpecialNames(path)
        name: OtherAnyStr = os.path.normpath(path)
        if any(sep in name for sep in _sepsOf(name)):
            raise InsecurePath(f"{path!r} is not one segment: it holds a directory separator")
        here = self._getPathAsSameTypeAs(name)
        there: OtherAnyStr = os.path.abspath(os.path.join(here, name))
        if not _liesBelow(there, here):
            raise InsecurePath(f"{path!r} leads out of {here!r}")
        return self.clonePath(there)

    def preauthChild(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """
        Go down by a path that may have several segments.

        Raises: InsecurePath if it leads out of this directory.
        """
        _refuseSpecialNames(path)
        here = self._getPathAsSameTypeAs(path)
        there: OtherAnyStr = os.path.abspath(os.path.join(here, os.path.normpath(path)))
        if not _liesBelow(there, here):
            raise InsecurePath(f"{path!r} leads out of {here!r}")
        return self.clonePath(there)

    def childSearchPreauth(self, *paths: OtherAnyStr) -> FilePath[OtherAnyStr] | None:
        """
        Find the first of several paths below this one that exists.

        The paths are trusted: nothing keeps them from leading out of this directory.

        Returns: that path, or None if none exists.
        """
        for path in paths:
            there = os.path.join(self._getPathAsSameTypeAs(path), path)
            if os.path.exists(there):
                return self.clonePath(there)
        return None

    def siblingExtension(self, ext: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """Give the path that has something more at its end, such as ``.html``."""
        return self.clonePath(self._getPathAsSameTypeAs(ext) + ext)

    def siblingExtensionSearch(self, *exts: OtherAnyStr) -> FilePath[OtherAnyStr] | None:
        """
        Find the first of several endings with which this path exists.

        Args:
            exts: endings such as ``.html``; an empty one stands for the path itself, and ``*``
                for every ending that begins with a dot.
        Returns: that path, or None if none exists.
        """
        for ext in exts:
            path = self._getPathAsSameTypeAs(ext)
            if asText(ext) == "*":
                found = self._glob(path, inModeOf(ext, ".*"))
                if found:
                    return self.clonePath(found[0])
            elif not ext:
                if self.exists():
                    return self.clonePath(path)
            elif os.path.exists(path + ext):
                return self.clonePath(path + ext)
        return None

    def globChildren(self, pattern: OtherAnyStr) -> list[FilePath[OtherAnyStr]]:
        """List what lies below this path and matches a pattern in the manner of a shell."""
        here = self._getPathAsSameTypeAs(pattern)
        found = self._glob(os.path.join(here, inModeOf(pattern, "")), pattern)
        return [self.clonePath(path) for path in found]

    @staticmethod
    def _glob(start: OtherAnyStr, pattern: OtherAnyStr) -> list[OtherAnyStr]:
        """Match a pattern behind a start that is taken literally."""
        import glob

        return glob.glob(glob.escape(start) + pattern)

    def temporarySibling(self, extension: OtherAnyStr | None = None) -> FilePath[Any]:
        """
        Give a path beside this one, with a name that nobody can guess.

        Args:
            extension: the end of the name; also decides the mode of the path.
        """
        end: Any = inModeOf(self.path, "") if extension is None else extension
        secret = inModeOf(end, armor(randomBytes(12)).decode("ascii"))
        return self.sibling(secret + inModeOf(end, self.basename()) + end)

    def sibling(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """
        Go to another name in the same directory.

        Raises: InsecurePath if the name leads out of that directory.
        """
        return self.parent().child(path)

    def descendant(self, segments: Sequence[OtherAnyStr]) -> FilePath[OtherAnyStr]:
        """
        Go down by several segments, each one as by `child`.

        Raises: InsecurePath if a segment leads out of the directory before it.
        """
        return cast("FilePath[OtherAnyStr]", super().descendant(segments))

    def parent(self) -> FilePath[AnyStr]:
        """Go to the directory that this path lies in; the root is its own parent."""
        return self.clonePath(self.dirname())

    def dirname(self) -> AnyStr:
        """Give the path of the directory that this path lies in."""
        return os.path.dirname(self.path)

    def basename(self) -> AnyStr:
        """Give the last segment of the path."""
        return os.path.basename(self.path)

    def splitext(self) -> tuple[AnyStr, AnyStr]:
        """Give the path without its extension, and the extension with its dot."""
        return os.path.splitext(self.path)

    def isabs(self) -> bool:
        """Tell whether the path is absolute, which it is."""
        return os.path.isabs(self.path)

    def realpath(self) -> FilePath[AnyStr]:
        """
        Follow the symbolic link at this place, and those that it leads to.

        Returns: this very path if there is no link here.
        Raises: LinkError if the links form a circle.
        """
        if not self.islink():
            return self
        real = os.path.realpath(self.path)
        if os.path.islink(real):
            raise LinkError(f"the links from {self.path!r} form a circle")
        return self.clonePath(real)

    def _walkIdentity(self) -> tuple[object, ...]:
        """Tell a directory by its device and number; Windows has no link-proof number."""
        info = os.stat(self.path)
        return (info.st_dev, info.st_ino) if info.st_ino else (os.path.realpath(self.path),)

    # What is there.

    def restat(self, reraise: bool = True) -> None:
        """
        Ask the system again about this place.

        Args:
            reraise: whether to raise when there is nothing, or nothing that we may see.
        Raises: OSError if so.
        """
        try:
            self._statinfo = os.stat(self.path)
        except (OSError, ValueError):
            # A ValueError says that the path holds what no path can, so nothing is there.
            self._statinfo = None
            if reraise:
                raise

    def changed(self) -> None:
        """Forget what the system told about this place."""
        self._statinfo = None

    def _info(self) -> os.stat_result:
        """Give what the system tells about this place, or raise OSError."""
        if self._statinfo is None:
            self.restat()
        return cast(os.stat_result, self._statinfo)

    def _kind(self) -> int:
        """Give the type bits of the mode of what is here; 0, which is no type, for nothing."""
        if self._statinfo is None:
            self.restat(False)
        return 0 if self._statinfo is None else stat.S_IFMT(self._statinfo.st_mode)

    def exists(self) -> bool:
        """Tell whether anything is here; a link that leads nowhere is nothing."""
        if self._statinfo is None:
            self.restat(False)
        return self._statinfo is not None

    def isdir(self) -> bool:
        """Tell whether a directory, or a link to one, is here."""
        return self._kind() == stat.S_IFDIR

    def isfile(self) -> bool:
        """Tell whether a regular file, or a link to one, is here."""
        return self._kind() == stat.S_IFREG

    def isBlockDevice(self) -> bool:
        """Tell whether a block device is here."""
        return self._kind() == stat.S_IFBLK

    def isSocket(self) -> bool:
        """Tell whether a UNIX socket is here."""
        return self._kind() == stat.S_IFSOCK

    def islink(self) -> bool:
        """Tell whether a symbolic link is here, asking the system each time."""
        return os.path.islink(self.path)

    def getsize(self) -> int:
        """Give the size of the file in bytes. Raises: OSError if there is none."""
        return self._info().st_size

    def getModificationTime(self) -> float:
        """Give the time of the last write in seconds since the epoch."""
        return float(self._info().st_mtime)

    def getStatusChangeTime(self) -> float:
        """Give the time of the last change of status in seconds since the epoch."""
        return float(self._info().st_ctime)

    def getAccessTime(self) -> float:
        """Give the time of the last read in seconds since the epoch."""
        return float(self._info().st_atime)

    def _posixInfo(self) -> os.stat_result:
        """Give what is only meaningful on POSIX."""
        if _onWindows:
            raise NotImplementedError("Windows has no such number for a file")
        return self._info()

    def getInodeNumber(self) -> int:
        """Give the number of the file within its device. Not on Windows."""
        return self._posixInfo().st_ino

    def getDevice(self) -> int:
        """Give the number of the device that the file is on. Not on Windows."""
        return self._posixInfo().st_dev

    def getNumberOfHardLinks(self) -> int:
        """Give the number of names that the file has. Not on Windows."""
        return self._posixInfo().st_nlink

    def getUserID(self) -> int:
        """Give the numeric owner of the file. Not on Windows."""
        return self._posixInfo().st_uid

    def getGroupID(self) -> int:
        """Give the numeric group of the file. Not on Windows."""
        return self._posixInfo().st_gid

    def getPermissions(self) -> Permissions:
        """Give what the owner, the group and everybody else may do with the file."""
        from twisted.python._filepath.permissions import Permissions

        return Permissions(stat.S_IMODE(self._info().st_mode))

    def listdir(self) -> list[AnyStr]:
        """Give the names of what lies in this directory, or raise OSError."""
        return os.listdir(self.path)

    # Reading and writing.

    def requireCreate(self, val: bool = True) -> None:
        """Set ``alwaysCreate``."""
        self.alwaysCreate = val

    def open(self, mode: FileMode = "r") -> IO[bytes]:
        """
        Open the file for bytes.

        Args:
            mode: as for the built-in ``open``; any ``b`` in it is understood.
        Raises: OSError; with ``alwaysCreate`` also when the file exists.
        """
        if self.alwaysCreate:
            if "a" in mode:
                raise AssertionError("a file that must be new cannot be appended to")
            return self.create()
        return cast("IO[bytes]", open(self.path, mode.replace("b", "") + "b"))

    def create(self) -> IO[bytes]:
        """
        Make a new file, open for reading and writing.

        Raises: FileExistsError if anything is here, be it a link that leads nowhere.
        """
        descriptor = os.open(self.path, _createExclusively, 0o666)
        self.changed()
        return cast("IO[bytes]", os.fdopen(descriptor, "w+b"))

    def touch(self) -> None:
        """Set the times of the file to now, making an empty one if there is none."""
        try:
            os.utime(self.path)
        except FileNotFoundError:
            self.open("a").close()
        self.changed()

    def setContent(self, content: bytes, ext: FileName = ".new") -> None:
        """
        Replace the content of the file as one step: a reader finds the old or the new one whole.

        That holds after a crash of the machine too: the new content is on the disk before its name
        is.

        Args:
            content: what the file is to hold.
            ext: the end of the name that the new content has until then. Whoever finds such a
                file knows that a writer was interrupted.
        """
        draft: FilePath[Any] = self.temporarySibling(cast(Any, ext))
        # Nobody can have put a link of ours there to have us write elsewhere.
        draft.requireCreate(True)
        try:
            with draft.open("w") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft.path, inModeOf(draft.path, self.path))
        except BaseException:
            _removeIfThere(draft.path)
            raise
        self.changed()

    # Changing the tree.

    def chmod(self, mode: int) -> None:
        """Set the permission bits, given as in ``0o640``."""
        os.chmod(self.path, mode)
        self.changed()

    def createDirectory(self) -> None:
        """Make a directory here. Raises: OSError if anything is here, or no parent is."""
        os.mkdir(self.path)
        self.changed()

    def makedirs(self, ignoreExistingDirectory: bool = False) -> None:
        """
        Make a directory here, and those above it that are missing.

        Args:
            ignoreExistingDirectory: whether a directory that is here already will do.
        Raises: OSError if anything else is here, or if the system refuses.
        """
        try:
            os.makedirs(self.path)
        except FileExistsError:
            if not (ignoreExistingDirectory and os.path.isdir(self.path)):
                raise
        finally:
            self.changed()

    def linkTo(self, linkFilePath: FilePath[Any]) -> None:
        """Make a symbolic link at another path that leads to this one."""
        os.symlink(self.path, inModeOf(self.path, linkFilePath.path))
        linkFilePath.changed()

    def remove(self) -> None:
        """
        Remove what is here: a directory with all that it holds, of a link only the link.

        Raises: OSError if nothing is here, or if the system refuses.
        """
        if os.path.isdir(self.path) and not self.islink():
            import shutil

            # Proof against somebody who puts a link in the place of a directory meanwhile.
            shutil.rmtree(self.path)
        else:
            os.remove(self.path)
        self.changed()

    def copyTo(self, destination: FilePath[Any], followLinks: bool = True) -> None:
        """
        Copy the file, or the directory with all that it holds, to another path.

        Permissions and times are not copied. A file at the other path is overwritten; what a
        directory there holds besides stays.

        Args:
            destination: where the copy is to be, not in which directory.
            followLinks: whether to copy what links lead to instead of the links.
        Raises:
            OSError: if nothing is here, or if the system refuses.
            NotImplementedError: for what is neither file, directory nor link.
        """
        if not followLinks and self.islink():
            os.symlink(os.readlink(self.path), inModeOf(self.path, destination.path))
            destination.changed()
        elif self.isfile():
            self._copyFileTo(destination)
        elif self.isdir():
            self._copyDirectoryTo(destination, followLinks)
        elif not self.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.path)
        else:
            raise NotImplementedError(
                f"{self.path!r} is neither a file nor a directory; no other kind can be copied"
            )

    def _copyFileTo(self, destination: FilePath[Any]) -> None:
        """Copy the bytes of this file, a bounded number at a time."""
        with destination.open("w") as target, self.open() as source:
            while chunk := source.read(self._chunkSize):
                target.write(chunk)
        destination.changed()

    def _copyDirectoryTo(self, destination: FilePath[Any], followLinks: bool) -> None:
        """Copy this directory, refusing to copy it into itself, which would not end."""
        there = inModeOf(self.path, destination.path)
        if _liesBelow(os.path.realpath(there), os.path.realpath(self.path)):
            raise OSError(errno.EINVAL, "a directory cannot be copied into itself", there)
        if not destination.exists():
            destination.createDirectory()
        for name in self.listdir():
            self.child(name).copyTo(destination.child(name), followLinks)

    def moveTo(self, destination: FilePath[Any], followLinks: bool = True) -> None:
        """
        Give what is here another path, in one step where both are on one file system.

        Args:
            destination: the new path, not the directory to move into.
            followLinks: whether to take along what links lead to, instead of the links, where
                it has to be copied to another file system.
        Raises: OSError if nothing is here, or if the system refuses.
        """
        try:
            os.rename(self.path, inModeOf(self.path, destination.path))
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._moveByCopyTo(destination, followLinks)
        self.changed()
        destination.changed()

    def _moveByCopyTo(self, destination: FilePath[Any], followLinks: bool) -> None:
        """Move to another file system: nothing is removed here before all of it is there."""
        draft: FilePath[Any] = destination.temporarySibling()
        try:
            self.copyTo(draft, followLinks)
            os.rename(draft.path, inModeOf(draft.path, destination.path))
        except BaseException:
            if draft.islink() or os.path.lexists(draft.path):
                draft.remove()
            raise
        self.remove()


def _removeIfThere(path: FileName) -> None:
    """Remove a file that may or may not have been made."""
    try:
        os.remove(path)
    except OSError:
        pass
