"""
Folders of this machine as what a user sees.

No path leads out of the root: neither by ``..``, which the server resolves before a shell sees it,
nor by a symbolic link within it, unless ``linksMayLeadOutside`` is set.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from zope.interface import implementer

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python import filepath
from twisted.python.failure import Failure

from .contracts import IFTPShell
from .errors import (
    AnonUserDeniedError,
    FileNotFoundError,
    FTPCmdError,
    IsADirectoryError,
    PermissionDeniedError,
    commandError,
)
from .files import _FileReader, _FileWriter

T = TypeVar("T")
# `list` is a method below.
Members = list[tuple[str, list[Any]]]
Values = list[Any]


def _named(path: Sequence[str]) -> str:
    """Write a path as a client knows it."""
    return "/".join(path) or "/"


def _attempt(path: Sequence[str], do: Callable[..., T], *args: Any) -> Deferred[T]:
    """Do something with files; a system's error becomes the protocol's."""
    try:
        return succeed(do(*args))
    except OSError as error:
        return fail(commandError(error, _named(path)))
    except filepath.InsecurePath:
        return fail(FileNotFoundError(_named(path)))
    except Exception:
        return fail(Failure())


def _userName(number: int) -> str:
    try:
        import pwd

        return pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return str(number)


def _groupName(number: int) -> str:
    try:
        import grp

        return grp.getgrgid(number).gr_name
    except (ImportError, KeyError):
        return str(number)


@implementer(IFTPShell)
class FTPAnonymousShell:
    """
    A folder that can be read, and not changed.

    Attributes:
        filesystemRoot: the folder, a `twisted.python.filepath.FilePath`.
        linksMayLeadOutside: whether a symbolic link to what is not in the folder is followed.
    """

    filesystemRoot: Any
    linksMayLeadOutside: bool = False

    def __init__(self, filesystemRoot: Any) -> None:
        self.filesystemRoot = filesystemRoot

    def _path(self, path: Sequence[str]) -> Any:
        """Find what a path names; override for another place."""
        return self.filesystemRoot.descendant(list(path))

    def _inside(self, path: Sequence[str], whole: bool = True) -> Any:
        """
        Find what a path names, if it is in the root.

        Args:
            whole: whether a link that the path itself names is followed, too.
        """
        found = self._path(path)
        if isinstance(found, filepath.FilePath):
            looked = found if whole or not path else found.parent()
            if not self._isInside(looked):
                raise FileNotFoundError(_named(path))
        return found

    def _isInside(self, file: Any) -> bool:
        """Tell whether a file is in the root, wherever links lead."""
        if self.linksMayLeadOutside:
            return True
        root: str = os.path.realpath(self.filesystemRoot.path)
        real: str = os.path.realpath(file.path)
        return real == root or real.startswith(os.path.join(root, ""))

    # What would change something.

    def makeDirectory(self, path: Sequence[str]) -> Deferred[Any]:
        """Refuse."""
        return fail(AnonUserDeniedError())

    def removeDirectory(self, path: Sequence[str]) -> Deferred[Any]:
        """Refuse."""
        return fail(AnonUserDeniedError())

    def removeFile(self, path: Sequence[str]) -> Deferred[Any]:
        """Refuse."""
        return fail(AnonUserDeniedError())

    def rename(self, fromPath: Sequence[str], toPath: Sequence[str]) -> Deferred[Any]:
        """Refuse."""
        return fail(AnonUserDeniedError())

    def receive(self, path: Sequence[str]) -> Deferred[Any]:
        """Refuse."""
        return fail(AnonUserDeniedError())

    def openForWriting(self, path: Sequence[str]) -> Deferred[Any]:
        """Refuse."""
        return fail(PermissionDeniedError(_named(path)))

    # What reads.

    def openForReading(self, path: Sequence[str]) -> Deferred[Any]:
        """See `IFTPShell.openForReading`."""
        return _attempt(path, self._openForReading, path)

    def _openForReading(self, path: Sequence[str]) -> Any:
        found = self._inside(path)
        if found.isdir():
            raise IsADirectoryError(_named(path))
        file = found.open("r")
        _mustBePlain(file, path)
        return _FileReader(file)

    def access(self, path: Sequence[str]) -> Deferred[Any]:
        """See `IFTPShell.access`."""
        return _attempt(path, self._access, path)

    def _access(self, path: Sequence[str]) -> None:
        # Whoever can list a folder may go into it.
        self._inside(path).listdir()

    def stat(self, path: Sequence[str], keys: Sequence[str] = ()) -> Deferred[list[Any]]:
        """See `IFTPShell.stat`."""
        return _attempt(path, self._stat, path, keys)

    def _stat(self, path: Sequence[str], keys: Sequence[str]) -> Values:
        found = self._inside(path)
        found.restat()
        return self._statNode(found, keys)

    def list(self, path: Sequence[str], keys: Sequence[str] = ()) -> Deferred[Members]:
        """See `IFTPShell.list`."""
        return _attempt(path, self._list, path, keys)

    def _list(self, path: Sequence[str], keys: Sequence[str]) -> Members:
        found = self._inside(path)
        if not found.isdir():
            found.restat()
            return [(found.basename(), self._statNode(found, keys))]
        listed: Members = []
        for name in found.listdir():
            try:
                listed.append((name, self._statMember(found.child(name), keys)))
            except OSError:
                pass  # it went away while we looked
        return listed

    def _statMember(self, member: Any, keys: Sequence[str]) -> Values:
        if not keys:
            return []
        # A link to nowhere, or to where nobody may go, is shown as itself.
        isLink = isinstance(member, filepath.FilePath) and member.islink()
        if isLink and not (member.exists() and self._isInside(member)):
            return self._statNode(_DeadLink(member.path), keys)
        return self._statNode(member, keys)

    def _statNode(self, node: Any, keys: Sequence[str]) -> Values:
        return [getattr(self, f"_stat_{key}")(node) for key in keys]

    def _stat_size(self, node: Any) -> int:
        return int(node.getsize())

    def _stat_permissions(self, node: Any) -> Any:
        return node.getPermissions()

    def _stat_hardlinks(self, node: Any) -> int:
        try:
            return int(node.getNumberOfHardLinks())
        except NotImplementedError:
            return 0

    def _stat_modified(self, node: Any) -> float:
        return float(node.getModificationTime())

    def _stat_owner(self, node: Any) -> str:
        try:
            return _userName(node.getUserID())
        except NotImplementedError:
            return "0"

    def _stat_group(self, node: Any) -> str:
        try:
            return _groupName(node.getGroupID())
        except NotImplementedError:
            return "0"

    def _stat_directory(self, node: Any) -> bool:
        return bool(node.isdir())


class _DeadLink:
    """A symbolic link to nowhere, as it is shown in a listing."""

    def __init__(self, path: Any) -> None:
        self._facts = os.lstat(path)

    def getsize(self) -> int:
        return self._facts.st_size

    def getPermissions(self) -> Any:
        return filepath.Permissions(self._facts.st_mode)

    def getNumberOfHardLinks(self) -> int:
        return self._facts.st_nlink

    def getModificationTime(self) -> float:
        return self._facts.st_mtime

    def getUserID(self) -> int:
        return self._facts.st_uid

    def getGroupID(self) -> int:
        return self._facts.st_gid

    def isdir(self) -> bool:
        return False


def _mustBePlain(file: Any, path: Sequence[str]) -> None:
    """A pipe or a device may never end, or block the reactor for ever."""
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise PermissionDeniedError(_named(path))


def _refuse(number: int) -> NoReturn:
    raise OSError(number, os.strerror(number))


class FTPShell(FTPAnonymousShell):
    """A folder that can be read and changed."""

    def makeDirectory(self, path: Sequence[str]) -> Deferred[Any]:
        """See `IFTPShell.makeDirectory`. Folders on the way are made, too."""
        return _attempt(path, self._makeDirectory, path)

    def _makeDirectory(self, path: Sequence[str]) -> None:
        self._inside(path).makedirs()

    def removeDirectory(self, path: Sequence[str]) -> Deferred[Any]:
        """See `IFTPShell.removeDirectory`."""
        return _attempt(path, self._removeDirectory, path)

    def _removeDirectory(self, path: Sequence[str]) -> None:
        found = self._inside(path, whole=False)
        if not path:
            _refuse(errno.EPERM)
        if found.exists() and (found.islink() or not found.isdir()):
            # `rmdir` says so, too, but not on every system.
            _refuse(errno.ENOTDIR)
        os.rmdir(found.path)

    def removeFile(self, path: Sequence[str]) -> Deferred[Any]:
        """See `IFTPShell.removeFile`. Of a link, it is the link that is removed."""
        return _attempt(path, self._removeFile, path)

    def _removeFile(self, path: Sequence[str]) -> None:
        found = self._inside(path, whole=False)
        if found.isdir() and not found.islink():
            # `unlink` says that this is not permitted, which tells nobody why.
            _refuse(errno.EISDIR)
        os.unlink(found.path)

    def rename(self, fromPath: Sequence[str], toPath: Sequence[str]) -> Deferred[Any]:
        """See `IFTPShell.rename`."""
        return _attempt(fromPath, self._rename, fromPath, toPath)

    def _rename(self, fromPath: Sequence[str], toPath: Sequence[str]) -> None:
        source = self._inside(fromPath, whole=False)
        target = self._inside(toPath, whole=False)
        if not fromPath or not toPath:
            _refuse(errno.EPERM)
        os.rename(source.path, target.path)

    def openForWriting(self, path: Sequence[str]) -> Deferred[Any]:
        """See `IFTPShell.openForWriting`."""
        return _attempt(path, self._openForWriting, path, "wb", 0)

    def openForAppending(self, path: Sequence[str]) -> Deferred[Any]:
        """Open a file to be received; what comes is added to its end."""
        return _attempt(path, self._openForWriting, path, "ab", 0)

    def openForWritingAt(self, path: Sequence[str], offset: int) -> Deferred[Any]:
        """
        Open a file to be received from a byte on; what is before that byte stays.

        It has to have as many bytes already.
        """
        return _attempt(path, self._openForWriting, path, "r+b", offset)

    def _openForWriting(self, path: Sequence[str], mode: str, offset: int) -> Any:
        found = self._inside(path)
        if found.isdir():
            raise IsADirectoryError(_named(path))
        if found.exists() and not found.isfile():
            raise PermissionDeniedError(_named(path))
        file = open(found.path, mode)  # noqa: SIM115  # closed when all has come
        if offset:
            if offset > os.fstat(file.fileno()).st_size:
                file.close()
                raise FTPCmdError(f"{_named(path)} ends before byte {offset}")
            file.seek(offset)
            file.truncate()
        return _FileWriter(file)
