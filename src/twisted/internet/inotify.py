"""
Changes in the file system, as Linux tells of them (inotify(7)).

::

    def changed(watch, path, mask):
        print(path, humanReadableMask(mask))

    notifier = INotify()
    notifier.startReading()
    notifier.watch(FilePath("/etc"), callbacks=[changed])

Three things are hard about inotify, and are dealt with here. A directory that is made may be filled
before it is watched: what is in it by then is told of as created, so that now and then something
is told of twice. A watched directory that is moved within watched ones keeps its number, but its
events have its new path. And when events come faster than they are read, the system drops some:
every callback is told `IN_Q_OVERFLOW` then, with the path that it watches, and has to look itself.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable
from errno import EBADF
from typing import TYPE_CHECKING, Any, Final

from twisted.internet import fdesc
from twisted.internet.abstract import FileDescriptor
from twisted.python import _inotify
from twisted.python._inotify import INotifyError
from twisted.python.filepath import FilePath

if TYPE_CHECKING:
    from twisted.python.failure import Failure

# Kinds of events
IN_ACCESS = 0x1
IN_MODIFY = 0x2
IN_ATTRIB = 0x4
IN_CLOSE_WRITE = 0x8
IN_CLOSE_NOWRITE = 0x10
IN_OPEN = 0x20
IN_MOVED_FROM = 0x40
IN_MOVED_TO = 0x80
IN_CREATE = 0x100
IN_DELETE = 0x200
IN_DELETE_SELF = 0x400
IN_MOVE_SELF = 0x800
IN_UNMOUNT = 0x2000
IN_Q_OVERFLOW = 0x4000
IN_IGNORED = 0x8000

# How to watch
IN_ONLYDIR = 0x1000000
IN_DONT_FOLLOW = 0x2000000
IN_MASK_ADD = 0x20000000
IN_ISDIR = 0x40000000
IN_ONESHOT = 0x80000000

# Several kinds together
IN_CLOSE = IN_CLOSE_WRITE | IN_CLOSE_NOWRITE
IN_MOVED = IN_MOVED_FROM | IN_MOVED_TO
IN_CHANGED = IN_MODIFY | IN_ATTRIB
IN_WATCH_MASK = (
    IN_MODIFY
    | IN_ATTRIB
    | IN_CREATE
    | IN_DELETE
    | IN_DELETE_SELF
    | IN_MOVE_SELF
    | IN_UNMOUNT
    | IN_MOVED_FROM
    | IN_MOVED_TO
)

_FLAG_TO_HUMAN: Final = [
    (IN_ACCESS, "access"),
    (IN_MODIFY, "modify"),
    (IN_ATTRIB, "attrib"),
    (IN_CLOSE_WRITE, "close_write"),
    (IN_CLOSE_NOWRITE, "close_nowrite"),
    (IN_OPEN, "open"),
    (IN_MOVED_FROM, "moved_from"),
    (IN_MOVED_TO, "moved_to"),
    (IN_CREATE, "create"),
    (IN_DELETE, "delete"),
    (IN_DELETE_SELF, "delete_self"),
    (IN_MOVE_SELF, "move_self"),
    (IN_UNMOUNT, "unmount"),
    (IN_Q_OVERFLOW, "queue_overflow"),
    (IN_IGNORED, "ignored"),
    (IN_ONLYDIR, "only_dir"),
    (IN_DONT_FOLLOW, "dont_follow"),
    (IN_MASK_ADD, "mask_add"),
    (IN_ISDIR, "is_dir"),
    (IN_ONESHOT, "one_shot"),
]

# What comes before the name in each event: watch, kinds, cookie of a move, bytes of name.
_head: Final = struct.Struct("=iIII")

_Callback = Callable[["_Watch", "FilePath[bytes]", int], Any]


def humanReadableMask(mask: int) -> list[str]:
    """Give the names of the kinds of events in a mask."""
    return [name for flag, name in _FLAG_TO_HUMAN if flag & mask]


class _Watch:
    """
    What is watched, and who wants to know.

    Attributes:
        path: the path, in bytes.
        mask: the kinds of events that were asked of the system.
        autoAdd: whether directories that appear in it are watched too.
        callbacks: are called with this, the path that an event is about, and its kinds.
    """

    def __init__(
        self, path: FilePath[bytes], mask: int, autoAdd: bool, callbacks: Iterable[_Callback] | None
    ) -> None:
        self.path = path
        self.mask = mask
        self.autoAdd = autoAdd
        self.callbacks: list[_Callback] = list(callbacks or ())

    def __repr__(self) -> str:
        return f"<_Watch {self.path.path!r} for {', '.join(humanReadableMask(self.mask))}>"

    def _notify(self, path: FilePath[bytes], events: int) -> None:
        for callback in self.callbacks:
            try:
                callback(self, path, events)
            except Exception:
                from twisted.logger import Logger

                Logger(namespace=__name__).failure(
                    "while {callback!r} was told of {path}", callback=callback, path=path
                )


class INotify(FileDescriptor):
    """
    Watches files and directories.

    Call `startReading` for it to begin. When the last thing that it watches was deleted, it ends;
    `loseConnection` ends it at any time.

    Attributes:
        readBytes: how much is read in one turn of the reactor, at most.
    """

    _inotify: Any = _inotify

    readBytes = 64 * 1024

    def __init__(self, reactor: Any = None) -> None:
        """
        Args:
            reactor: an ``IReactorFDSet``, or None for the global one.
        Raises: INotifyError if the system grants no descriptor.
        """
        FileDescriptor.__init__(self, reactor)
        self._fd: int = self._inotify.init()
        fdesc.setNonBlocking(self._fd)
        fdesc._setCloseOnExec(self._fd)
        self.connected = 1
        # There is nothing to write, so there is nothing to wait for at the end.
        self._writeDisconnected = True
        self._watchpoints: dict[int, _Watch] = {}
        self._watchpaths: dict[FilePath[bytes], int] = {}

    def fileno(self) -> int:
        """Give the descriptor; -1 once it is closed."""
        return self._fd

    def logPrefix(self) -> str:
        """Name it for the log."""
        return "INotify"

    def connectionLost(self, reason: Failure) -> None:
        """It is at its end: close the descriptor, and forget what was watched."""
        FileDescriptor.connectionLost(self, reason)
        descriptor, self._fd = self._fd, -1
        self._watchpoints.clear()
        self._watchpaths.clear()
        if descriptor < 0:
            return
        try:
            _closeOurs(descriptor)
        except OSError as error:
            from twisted.logger import Logger

            # What was wanted is so, though somebody else did it: no failure.
            Logger(namespace=__name__).warn(
                "descriptor {descriptor} of inotify could not be closed: {error}",
                descriptor=descriptor,
                error=error,
            )

    # Watching

    def watch(
        self,
        path: FilePath[Any],
        mask: int = IN_WATCH_MASK,
        autoAdd: bool = False,
        callbacks: Iterable[_Callback] | None = None,
        recursive: bool = False,
    ) -> int | None:
        """
        Watch a file or a directory. What is watched already stays as it is.

        Args:
            path: where it is.
            mask: the kinds of events that are wanted; `IN_DELETE_SELF` is always among them, and
                `IN_CREATE` with ``autoAdd``.
            autoAdd: watch, in the same way, directories that are made, or moved, into it.
            callbacks: are called with a watch, the path that an event is about, and its kinds.
            recursive: watch all directories below it as well. Links are not followed.
        Returns: the system's number of the watch, or None with ``recursive``.
        Raises: INotifyError if the system refuses; nothing is watched of a path that is not there.
        """
        wanted = mask | IN_DELETE_SELF | (IN_CREATE if autoAdd else 0)
        template = _Watch(path.asBytesMode(), wanted, autoAdd, callbacks)
        if not recursive:
            return self._add(template.path, template)
        self._addTree(template.path, template)
        return None

    def ignore(self, path: FilePath[Any]) -> None:
        """
        Watch a path no longer.

        Raises: KeyError if it is not watched.
        """
        given = path.asBytesMode()
        if given not in self._watchpaths:
            raise KeyError(f"{path!r} is not watched")
        number = self._watchpaths[given]
        self._forget(number)
        self._inotify.remove(self._fd, number)

    def _isWatched(self, path: FilePath[Any]) -> bool:
        return path.asBytesMode() in self._watchpaths

    def _add(self, path: FilePath[bytes], like: _Watch) -> int:
        known = self._watchpaths.get(path)
        if known is not None:
            return known
        number: int = self._inotify.add(self._fd, path, like.mask)
        before = self._watchpoints.get(number)
        if before is not None:
            # Another path to the same thing, or its new one: the system has one watch for it.
            self._watchpaths.pop(before.path, None)
        self._watchpaths[path] = number
        self._watchpoints[number] = _Watch(path, like.mask, like.autoAdd, like.callbacks)
        return number

    def _addTree(self, top: FilePath[bytes], like: _Watch) -> list[FilePath[bytes]]:
        """Watch a path, and all directories below it. Returns: all that is below it."""
        self._add(top, like)
        below: list[FilePath[bytes]] = []
        waiting = [top]
        while waiting:
            for child, isDirectory in _childrenOf(waiting.pop()):
                below.append(child)
                if isDirectory:
                    try:
                        self._add(child, like)
                    except INotifyError:
                        # It was there a moment ago; if something is amiss, its parent tells.
                        continue
                    waiting.append(child)
        return below

    def _forget(self, number: int) -> None:
        watch = self._watchpoints.pop(number, None)
        if watch is not None and self._watchpaths.get(watch.path) == number:
            del self._watchpaths[watch.path]

    # Events

    def doRead(self) -> Any:
        """Read events, and tell of them."""
        try:
            data = os.read(self._fd, self.readBytes)
        except BlockingIOError:
            return None
        except OSError as error:
            return error
        at = 0
        moving: dict[int, FilePath[bytes]] = {}
        while at < len(data):
            number, events, cookie, length = _head.unpack_from(data, at)
            at += _head.size + length
            name = data[at - length : at].rstrip(b"\0")
            if events & IN_Q_OVERFLOW:
                self._overflowed()
            else:
                self._happened(number, events, cookie, name, moving)
        return None

    def _happened(
        self, number: int, events: int, cookie: int, name: bytes, moving: dict[int, FilePath[bytes]]
    ) -> None:
        watch = self._watchpoints.get(number)
        if watch is None:
            # It was ignored since.
            return
        path = watch.path.child(name) if name else watch.path
        if events & IN_MOVED_FROM:
            moving[cookie] = path
        elif events & IN_MOVED_TO and cookie in moving:
            self._moved(moving.pop(cookie), path)
        if events & (IN_DELETE_SELF | IN_IGNORED):
            # Callbacks find that it is so; they may watch it anew.
            self._forget(number)
        if events & IN_DELETE_SELF and not self._watchpoints:
            self.loseConnection()
        if not events & IN_IGNORED:
            watch._notify(path, events)
        if watch.autoAdd and events & IN_ISDIR and events & (IN_CREATE | IN_MOVED_TO):
            self._appeared(watch, path)

    def _moved(self, old: FilePath[bytes], new: FilePath[bytes]) -> None:
        """What is watched at or below the one path is at or below the other from now on."""
        start = old.path
        for path, number in list(self._watchpaths.items()):
            if path.path == start or path.path.startswith(start + b"/"):
                del self._watchpaths[path]
                path = FilePath(new.path + path.path[len(start) :])
                self._watchpaths[path] = number
                self._watchpoints[number].path = path

    def _appeared(self, watch: _Watch, path: FilePath[bytes]) -> None:
        """Watch a new directory, and tell of what was put in it before that."""
        if self._isWatched(path):
            return
        try:
            below = self._addTree(path, watch)
        except INotifyError:
            # It is gone again, of which its parent's watch tells; or the user has no more watches.
            if path.exists():
                from twisted.logger import Logger

                Logger(namespace=__name__).failure("{path} cannot be watched", path=path)
            return
        for child in below:
            watch._notify(child, IN_CREATE | (IN_ISDIR if child.isdir() else 0))

    def _overflowed(self) -> None:
        for watch in list(self._watchpoints.values()):
            watch._notify(watch.path, IN_Q_OVERFLOW)


def _closeOurs(descriptor: int) -> None:
    """
    Close a descriptor, unless somebody closed it before and the system gave its number to another.

    Raises: OSError (EBADF) in that case.
    """
    try:
        kind = os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        # Either it is closed, which os.close will say, or there is no /proc to ask.
        kind = "anon_inode:inotify"
    if "inotify" not in kind:
        raise OSError(EBADF, os.strerror(EBADF))
    os.close(descriptor)


def _childrenOf(path: FilePath[bytes]) -> list[tuple[FilePath[bytes], bool]]:
    """Give what is in a directory, and whether it is one itself; nothing where there is none."""
    try:
        with os.scandir(path.path) as entries:
            return [
                (path.child(entry.name), entry.is_dir(follow_symlinks=False)) for entry in entries
            ]
    except OSError:
        return []


__all__ = [
    "IN_ACCESS",
    "IN_ATTRIB",
    "IN_CHANGED",
    "IN_CLOSE",
    "IN_CLOSE_NOWRITE",
    "IN_CLOSE_WRITE",
    "IN_CREATE",
    "IN_DELETE",
    "IN_DELETE_SELF",
    "IN_DONT_FOLLOW",
    "IN_IGNORED",
    "IN_ISDIR",
    "IN_MASK_ADD",
    "IN_MODIFY",
    "IN_MOVED",
    "IN_MOVED_FROM",
    "IN_MOVED_TO",
    "IN_MOVE_SELF",
    "IN_ONESHOT",
    "IN_ONLYDIR",
    "IN_OPEN",
    "IN_Q_OVERFLOW",
    "IN_UNMOUNT",
    "IN_WATCH_MASK",
    "INotify",
    "INotifyError",
    "humanReadableMask",
]
