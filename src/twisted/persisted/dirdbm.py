"""
A dictionary in a folder: each key is a file, whose content is the value.

Meant for few and small items that a person may want to look at, back up or mend with a file
manager. One process at a time may write.

What stands under a key survives the end of the process at any moment, and a crash of the machine:
a value is written to a draft beside the file, brought to the disk, and takes the place of the old
one by one step, of which a reader sees the one side or the other. Drafts that nobody finished are
removed when the folder is opened next.

Names of files are the keys in base64, with ``_`` for the line ends that it has after every 57
bytes of key, and ``-`` for ``/``. Their suffixes: ``.new`` is a draft; ``.rpl`` was one of a value
that is replaced, in folders that other implementations wrote: it is finished if its file is gone.
"""

from __future__ import annotations

import builtins
import os
from base64 import decodebytes, encodebytes
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["DirDBM", "Shelf", "open"]

_T = TypeVar("_T")

_draftSuffix = b".new"
_replacingSuffix = b".rpl"

# The empty key has an empty name in base64; no other name in base64 begins so.
_nameOfEmptyKey = b"="


class _HasItems(Protocol):
    def items(self) -> Iterable[tuple[bytes, Any]]: ...


class DirDBM:
    """
    A dictionary of bytes in a folder.

    Attributes:
        dname: the path of the folder, in the mode (text or bytes) that it was given in.
    """

    def __init__(self, name: str | bytes) -> None:
        """
        Open the folder, or make it; what an interrupted process left there is tidied up.

        Args:
            name: its path.
        Raises: OSError if there can be no such folder.
        """
        self.dname: Any = os.path.abspath(name)
        self._folder = os.fsencode(self.dname)
        if not os.path.isdir(self._folder):
            os.mkdir(self._folder)
        else:
            self._recover()

    def _recover(self) -> None:
        for name in os.listdir(self._folder):
            path = os.path.join(self._folder, name)
            if name.endswith(_draftSuffix):
                os.remove(path)
            elif name.endswith(_replacingSuffix):
                file = path[: -len(_replacingSuffix)]
                if os.path.exists(file):
                    os.remove(path)
                else:
                    os.replace(path, file)

    # Names of files

    def _encode(self, k: bytes) -> bytes:
        return encodebytes(k).replace(b"\n", b"_").replace(b"/", b"-") or _nameOfEmptyKey

    def _decode(self, k: bytes) -> bytes:
        if k == _nameOfEmptyKey:
            return b""
        return decodebytes(k.replace(b"_", b"\n").replace(b"-", b"/"))

    def _keyOf(self, name: bytes) -> bytes | None:
        """Give the key of a file, or None for a file that is none of ours."""
        try:
            key = self._decode(name)
        except ValueError:
            return None
        return key if self._encode(key) == name else None

    def _pathOf(self, k: bytes) -> bytes:
        if type(k) is not bytes:
            raise TypeError(f"keys are bytes, not {type(k).__name__}")
        return os.path.join(self._folder, self._encode(k))

    # Files

    def _readFile(self, path: bytes) -> bytes:
        with builtins.open(path, "rb") as file:
            return file.read()

    def _writeFile(self, path: bytes, data: bytes) -> None:
        """Write a new file, and bring it to the disk."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    # The dictionary

    def _valueOf(self, content: bytes) -> Any:
        return content

    def _contentOf(self, value: Any) -> bytes:
        if type(value) is not bytes:
            raise TypeError(f"values are bytes, not {type(value).__name__}")
        return value

    def __len__(self) -> int:
        return len(self.keys())

    def __setitem__(self, k: bytes, v: Any) -> None:
        """
        Raises: TypeError if key or value are not bytes; OSError if it cannot be written, as where
            the key has more than 183 bytes, and its name would be too long. What was
            there before stays then.
        """
        self._store(self._pathOf(k), self._contentOf(v))

    def _store(self, path: bytes, content: bytes) -> None:
        draft = path + _draftSuffix
        try:
            self._writeFile(draft, content)
            os.replace(draft, path)
        except BaseException:
            _removeIfThere(draft)
            raise

    def __getitem__(self, k: bytes) -> Any:
        """
        Raises: KeyError if there is no such key; TypeError if it is not bytes.
        """
        path = self._pathOf(k)
        try:
            content = self._readFile(path)
        except OSError:
            raise KeyError(k) from None
        return self._valueOf(content)

    def __delitem__(self, k: bytes) -> None:
        """
        Raises: KeyError if there is no such key; TypeError if it is not bytes.
        """
        path = self._pathOf(k)
        try:
            os.remove(path)
        except OSError:
            raise KeyError(k) from None

    def keys(self) -> list[bytes]:
        """Give all keys, in no order. Other files in the folder are passed over."""
        found = (self._keyOf(name) for name in os.listdir(self._folder))
        return [key for key in found if key is not None]

    def values(self) -> list[Any]:
        """Give all values, in the order of `keys`."""
        return [self[key] for key in self.keys()]

    def items(self) -> list[tuple[bytes, Any]]:
        """Give all pairs of key and value, in the order of `keys`."""
        return [(key, self[key]) for key in self.keys()]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.keys())

    def __contains__(self, key: bytes) -> bool:
        """
        Raises: TypeError if the key is not bytes.
        """
        return os.path.isfile(self._pathOf(key))

    def has_key(self, key: bytes) -> bool:
        """Tell whether there is a value under a key; an older spelling of ``in``."""
        return key in self

    def get(self, key: bytes, default: _T | None = None) -> Any | _T | None:
        """Give a value, or something else where there is none."""
        try:
            return self[key]
        except KeyError:
            return default

    def setdefault(self, key: bytes, value: Any) -> Any:
        """Give the value that is there, or put one there and give it back."""
        try:
            return self[key]
        except KeyError:
            self[key] = value
            return value

    def update(self, other: _HasItems) -> None:
        """Take over all items of a dictionary."""
        for key, value in other.items():
            self[key] = value

    def clear(self) -> None:
        """Remove all items."""
        for key in self.keys():
            del self[key]

    def copyTo(self, path: str | bytes) -> Self:
        """
        Copy all items to another folder, where nothing else stays.

        Args:
            path: that folder.
        Returns: it, opened.
        Raises: ValueError if it is this one.
        """
        copy = type(self)(path)
        if os.path.samefile(copy._folder, self._folder):
            raise ValueError(f"{path!r} is the folder that is to be copied")
        copy.clear()
        for key in self.keys():
            # As it is: to unpickle what is only passed on would cost, and might fail.
            copy._store(copy._pathOf(key), self._readFile(self._pathOf(key)))
        return copy

    def close(self) -> None:
        """Do nothing: whatever was set is on the disk. Dictionaries of this kind have it."""

    def getModificationTime(self, key: bytes) -> float:
        """
        Tell when a value was set last.

        Returns: seconds since 1970.
        Raises: KeyError if there is no such key; TypeError if it is not bytes.
        """
        try:
            return os.stat(self._pathOf(key)).st_mtime
        except OSError:
            raise KeyError(key) from None


class Shelf(DirDBM):
    """
    A dictionary of objects, which are pickled, in a folder.

    Whoever can write to the folder can run code in the program that reads it: that is what
    pickles are.
    """

    def _valueOf(self, content: bytes) -> Any:
        from pickle import loads

        return loads(content)

    def _contentOf(self, value: Any) -> bytes:
        from pickle import dumps

        return dumps(value)

    def __setitem__(self, k: bytes, v: Any) -> None:
        """
        Raises: as `DirDBM` does; and what `pickle.dumps` raises for what it cannot handle.
        """
        super().__setitem__(k, v)

    def __getitem__(self, k: bytes) -> Any:
        """
        Raises: as `DirDBM` does; and what `pickle.loads` raises for what is damaged.
        """
        return super().__getitem__(k)


def open(file: str | bytes, flag: object = None, mode: object = None) -> DirDBM:
    """
    Open a dictionary in a folder, which is made if need be.

    Args:
        file: the folder's path.
        flag: not used; functions like this one, for databases of other kinds, have it.
        mode: not used either.
    """
    return DirDBM(file)


def _removeIfThere(path: bytes) -> None:
    try:
        os.remove(path)
    except OSError:
        # Nothing was written, or what prevents this prevented that too.
        pass
