"""
What every kind of path has in common, whether it lies in a directory or in an archive.

`IFilePath` is the contract. `AbstractFilePath` makes the convenient methods out of the few that
each kind brings itself.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import IO, Any, AnyStr, Generic, Literal, TypeVar

from zope.interface import Attribute, Interface

from twisted.python._filepath.errors import LinkError, UnlistableError
from twisted.python._filepath.modes import OtherAnyStr

__all__ = ["AbstractFilePath", "FileMode", "IFilePath"]

FileMode = Literal["r", "w", "a", "r+", "w+", "a+"]
"""How a path may be opened; always for bytes."""

_Self = TypeVar("_Self", bound="AbstractFilePath[Any]")


class IFilePath(Interface):
    """
    A place in something that is shaped like a file system.

    An implementer may keep what it learnt about the place until `changed` is called.
    """

    # Said here, not by the face: the identity of an interface holds its module.
    __module__ = "twisted.python.filepath"

    sep = Attribute("What separates the segments of the path, in the path's own mode.")

    def child(name):  # type: ignore[no-untyped-def]
        """
        Go one segment down.

        Raises: `InsecurePath` if the name is not one plain segment below this path.
        """

    def open(mode="r"):  # type: ignore[no-untyped-def]
        """Open the file for bytes, whether or not the mode says ``b``."""

    def changed():  # type: ignore[no-untyped-def]
        """Forget what is known about the place: somebody else may have changed it."""

    def getsize():  # type: ignore[no-untyped-def]
        """Give the size of the file in bytes. Raises: OSError if there is none."""

    def getModificationTime():  # type: ignore[no-untyped-def]
        """Give the time of the last write in seconds since the epoch, a float."""

    def getStatusChangeTime():  # type: ignore[no-untyped-def]
        """Give the time of the last change of status in seconds since the epoch, a float."""

    def getAccessTime():  # type: ignore[no-untyped-def]
        """Give the time of the last read in seconds since the epoch, a float."""

    def exists():  # type: ignore[no-untyped-def]
        """Tell whether there is anything at this place."""

    def isdir():  # type: ignore[no-untyped-def]
        """Tell whether there is a directory, or a link to one, at this place."""

    def isfile():  # type: ignore[no-untyped-def]
        """Tell whether there is a regular file, or a link to one, at this place."""

    def children():  # type: ignore[no-untyped-def]
        """
        Give a list of what lies one segment down.

        Raises: `UnlistableError` if this is no directory.
        """

    def basename():  # type: ignore[no-untyped-def]
        """Give the last segment."""

    def parent():  # type: ignore[no-untyped-def]
        """Go one segment up; the root is its own parent."""

    def sibling(name):  # type: ignore[no-untyped-def]
        """Go to another name in the same directory, as by ``parent().child(name)``."""


class AbstractFilePath(Generic[AnyStr]):
    """
    The methods of a path that follow from other methods.

    A subclass brings ``path``, `listdir`, `child`, `parent`, `open`, `basename`, `isdir` and the
    three ``get...Time`` methods.

    Attributes:
        path: the whole path, text or bytes.
    """

    Selfish = _Self

    path: AnyStr

    # What each kind of path brings itself; the contract is told at `IFilePath`.

    def listdir(self) -> list[AnyStr]:
        """Give the names of what lies one segment down, or raise OSError."""
        raise NotImplementedError

    def child(self, path: OtherAnyStr) -> AbstractFilePath[OtherAnyStr]:
        """Go one segment down."""
        raise NotImplementedError

    def parent(self) -> AbstractFilePath[AnyStr]:
        """Go one segment up."""
        raise NotImplementedError

    def open(self, mode: FileMode = "r") -> IO[bytes]:
        """Open the file for bytes."""
        raise NotImplementedError

    def basename(self) -> AnyStr:
        """Give the last segment."""
        raise NotImplementedError

    def isdir(self) -> bool:
        """Tell whether this is a directory."""
        raise NotImplementedError

    def getAccessTime(self) -> float:
        """Give the time of the last read."""
        raise NotImplementedError

    def getModificationTime(self) -> float:
        """Give the time of the last write."""
        raise NotImplementedError

    def getStatusChangeTime(self) -> float:
        """Give the time of the last change of status."""
        raise NotImplementedError

    # What follows from that.

    def getContent(self) -> bytes:
        """Read the whole file."""
        with self.open() as file:
            return file.read()

    def parents(self: _Self) -> Iterator[_Self]:
        """Go up, segment by segment, from the directory of this path to the root."""
        path: AbstractFilePath[Any] = self
        above = path.parent()
        while above != path:
            yield above  # type: ignore[misc]  # every kind of path has parents of its own kind
            path, above = above, above.parent()

    def children(self: _Self) -> Iterable[_Self]:
        """
        List what lies one segment down.

        Returns: a list of paths, in no particular order.
        Raises:
            UnlistableError: if this does not exist or is no directory.
            OSError: if the system does not let us look.
        """
        try:
            names = self.listdir()
        except OSError as error:
            if _saysNoDirectory(error):
                raise UnlistableError(error) from error
            raise
        return [self.child(name) for name in names]  # type: ignore[misc]  # as in parents()

    def walk(self: _Self, descend: Callable[[_Self], bool] | None = None) -> Iterator[_Self]:
        """
        Visit this path and everything below it, each directory before what it holds.

        Args:
            descend: asked about each path below this one; where it answers False, that path is
                given but not entered. All are entered if it is None.
        Raises: LinkError if a link leads back to a directory that it was reached through.
        """
        yield self
        if not self.isdir():
            return
        # One entry for each directory between here and where we are: what is left to visit in
        # it, and what tells it apart. An explicit stack bears any depth.
        way: list[tuple[Iterator[_Self], Hashable]] = [
            (iter(self.children()), self._walkIdentity())
        ]
        while way:
            for path in way[-1][0]:
                yield path
                if not path.isdir() or not (descend is None or descend(path)):
                    continue
                identity = path._walkIdentity()
                if identity is not None and any(identity == known for _, known in way):
                    raise LinkError(f"{path!r} leads back to a directory that it lies in")
                way.append((iter(path.children()), identity))
                break
            else:
                way.pop()

    def _walkIdentity(self) -> Hashable:
        """Tell this directory from every other one, or None where there are no links."""
        return None

    def sibling(self, path: OtherAnyStr) -> AbstractFilePath[OtherAnyStr]:
        """
        Go to another name in the same directory.

        Raises: InsecurePath if the name leads out of that directory.
        """
        return self.parent().child(path)

    def descendant(self, segments: Sequence[OtherAnyStr]) -> AbstractFilePath[OtherAnyStr]:
        """
        Go down by several segments, each one as by `child`.

        Raises: InsecurePath if a segment leads out of the directory before it.
        """
        path: AbstractFilePath[Any] = self
        for name in segments:
            path = path.child(name)
        return path

    def segmentsFrom(self: _Self, ancestor: _Self) -> list[AnyStr]:
        """
        Tell by which segments one gets from a directory above to this path.

        Raises: ValueError if this path does not lie below that one.
        """
        segments: list[Any] = []
        path: AbstractFilePath[Any] = self
        above = path.parent()
        while above != path:
            segments.append(path.basename())
            if above == ancestor:
                segments.reverse()
                return segments
            path, above = above, above.parent()
        raise ValueError(f"{self!r} does not lie below {ancestor!r}")

    def __hash__(self) -> int:
        # Not the hash of the string alone: a dictionary may well have both as keys.
        return hash((AbstractFilePath, self.path))

    def getmtime(self) -> int:
        """Give `getModificationTime` in whole seconds."""
        return int(self.getModificationTime())

    def getatime(self) -> int:
        """Give `getAccessTime` in whole seconds."""
        return int(self.getAccessTime())

    def getctime(self) -> int:
        """Give `getStatusChangeTime` in whole seconds."""
        return int(self.getStatusChangeTime())


_notListable = frozenset((errno.ENOENT, errno.ENOTDIR))

# Of Windows: ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, ERROR_INVALID_NAME, ERROR_DIRECTORY.
_notListableOnWindows = frozenset((2, 3, 123, 267))


def _saysNoDirectory(error: OSError) -> bool:
    """Tell 'there is no such directory' from trouble, which must not pass for an empty one."""
    if error.errno in _notListable:
        return True
    return getattr(error, "winerror", None) in _notListableOnWindows
