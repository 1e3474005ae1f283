"""
Reading zip archives in steps, so that a large one does not hold up everything else.

`unzipIterChunky` unpacks one piece at each turn of a loop that its caller makes.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import IO, TypeVar, cast

__all__ = [
    "DIR_BIT",
    "ChunkingZipFile",
    "DeflatedZipFileEntry",
    "ZipFileEntry",
    "countFileChunks",
    "countZipFileChunks",
    "unzipIterChunky",
]

DIR_BIT = 16
"""What marks a directory in the external attributes that MS-DOS gave to an entry."""

_Entry = TypeVar("_Entry", bound="_FileEntry")

# The local file header of APPNOTE 4.3.7: signature, then flags at 2 and compression at 3, and
# at the end the lengths of the name and of the extra field, which follow it.
_localHeader = struct.Struct("<4s5H3L2H")
_localSignature = b"PK\x03\x04"
_nameIsUtf8 = 0x800
_isEncrypted = 0x1


class ChunkingZipFile(zipfile.ZipFile):
    """An archive whose files can be read piece by piece."""

    def readfile(self, name: str) -> ZipFileEntry | DeflatedZipFileEntry:
        """
        Open a file in the archive.

        Raises:
            KeyError: if there is none of that name.
            RuntimeError: if the archive is closed, or not open for reading.
            zipfile.BadZipFile: if the archive is damaged, or made in a way that is not known.
        """
        if self.mode not in ("r", "a"):
            raise RuntimeError(f"an archive that is open for {self.mode!r} cannot be read")
        if self.fp is None:
            raise RuntimeError("the archive is closed")
        info = self.getinfo(name)
        self._goToContent(info)
        if info.compress_type == zipfile.ZIP_STORED:
            return ZipFileEntry(self, info.compress_size)
        if info.compress_type == zipfile.ZIP_DEFLATED:
            return DeflatedZipFileEntry(self, info.compress_size)
        raise zipfile.BadZipFile(
            f"{name!r} is packed by method {info.compress_type}; only 0 and 8 are known"
        )

    def _goToContent(self, info: zipfile.ZipInfo) -> None:
        """Leave the file at the first byte of an entry, having checked what precedes it."""
        file = cast("IO[bytes]", self.fp)
        file.seek(info.header_offset)
        header = file.read(_localHeader.size)
        if len(header) < _localHeader.size or not header.startswith(_localSignature):
            raise zipfile.BadZipFile(f"there is no header where {info.filename!r} should begin")
        fields = _localHeader.unpack(header)
        name = file.read(fields[-2])
        file.seek(fields[-1], os.SEEK_CUR)
        if name.decode("utf-8" if fields[2] & _nameIsUtf8 else "cp437") != info.orig_filename:
            raise zipfile.BadZipFile(
                f"the directory of the archive says {info.orig_filename!r} where its header "
                f"says {name!r}"
            )
        if fields[2] & _isEncrypted:
            raise zipfile.BadZipFile(f"{info.filename!r} is encrypted, which is not supported")


class _FileEntry:
    """
    A file in an archive, open for reading.

    Attributes:
        closed: whether `close` was called.
        finished: 1 once all of it was read.
    """

    def __init__(self, chunkingZipFile: ChunkingZipFile, length: int) -> None:
        """
        Args:
            chunkingZipFile: the archive, at the first byte of the file.
            length: how many bytes it takes there.
        """
        self.chunkingZipFile = chunkingZipFile
        self.fp = cast("IO[bytes]", chunkingZipFile.fp)
        self.length = length
        self.finished = 0
        self.closed = False
        # Others may read from the same archive in between.
        self._at = self.fp.tell()
        self._left = length
        self._told = 0

    def _take(self, count: int) -> bytes:
        """Take up to so many bytes as they are in the archive; none at the end of the file."""
        self.fp.seek(self._at)
        data = self.fp.read(min(count, self._left))
        self._at += len(data)
        self._left -= len(data)
        return data

    def read(self, n: int | None = None) -> bytes:
        """
        Read bytes.

        Args:
            n: how many at most; all that are left if None or negative.
        """
        raise NotImplementedError

    def isatty(self) -> bool:
        """Tell that this is no terminal."""
        return False

    def close(self) -> None:
        """Let go of the file; the archive stays open."""
        self.closed = True
        self.finished = 1

    def tell(self) -> int:
        """Give how many bytes were read so far."""
        return self._told

    def readline(self) -> bytes:
        """Read up to the end of a line, or of the file."""
        line = bytearray()
        while byte := self.read(1):
            line += byte
            if byte == b"\n":
                break
        return bytes(line)

    def readlines(self) -> list[bytes]:
        """Read all lines that are left."""
        return list(self)

    def __iter__(self: _Entry) -> _Entry:
        return self

    def xreadlines(self: _Entry) -> _Entry:
        """Give the lines one by one."""
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__

    def __enter__(self: _Entry) -> _Entry:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class ZipFileEntry(_FileEntry):
    """A file that lies in the archive as it is."""

    def read(self, n: int | None = None) -> bytes:
        """
        Read bytes.

        Args:
            n: how many at most; all that are left if None or negative.
        """
        if self.finished:
            return b""
        data = self._take(self._left if n is None or n < 0 else n)
        if not data and n != 0:
            self.finished = 1
        self._told += len(data)
        return data


class DeflatedZipFileEntry(_FileEntry):
    """A file that is deflated in the archive."""

    # How many packed bytes are taken at a time.
    chunkBytes = 4096

    def __init__(self, chunkingZipFile: ChunkingZipFile, length: int) -> None:
        """
        Args:
            chunkingZipFile: the archive, at the first byte of the file.
            length: how many bytes it takes there.
        """
        super().__init__(chunkingZipFile, length)
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)

    def read(self, n: int | None = None) -> bytes:
        """
        Read bytes, unpacking no more than is asked for.

        Args:
            n: how many at most; all that are left if None or negative.
        Raises: zipfile.BadZipFile if they cannot be unpacked.
        """
        everything = n is None or n < 0
        wanted = 0 if n is None else n
        made = bytearray()
        while not self.finished and (everything or len(made) < wanted):
            packed = self._inflate.unconsumed_tail or self._take(self.chunkBytes)
            if not packed:
                made += self._inflate.flush()
                self.finished = 1
                break
            try:
                # zlib takes 0 for no limit.
                limit = 0 if everything else wanted - len(made)
                made += self._inflate.decompress(packed, limit)
            except zlib.error as error:
                raise zipfile.BadZipFile(f"a deflated file is damaged: {error}") from error
            if self._inflate.eof:
                self.finished = 1
        self._told += len(made)
        return bytes(made)


def countFileChunks(zipinfo: zipfile.ZipInfo, chunksize: int) -> int:
    """Give how many steps a file takes; one at least, for an empty one is made too."""
    return max(1, -(-zipinfo.file_size // chunksize))


def countZipFileChunks(filename: str, chunksize: int) -> int:
    """Give how many steps the files of an archive take together."""
    with ChunkingZipFile(filename) as archive:
        return sum(countFileChunks(info, chunksize) for info in archive.infolist())


def unzipIterChunky(
    filename: str, directory: str = ".", overwrite: int = 0, chunksize: int = 4096
) -> Iterator[int]:
    """
    Unpack an archive in steps.

    Args:
        filename: the archive.
        directory: where to unpack it; made if it is not there.
        overwrite: whether to replace what is there already.
        chunksize: how many bytes to write at each step.
    Returns: an iterator that makes a step and gives how many are left, until that is 0.
    Raises:
        twisted.python.filepath.InsecurePath: if the archive would write outside the directory.
        zipfile.BadZipFile: if it is damaged.
    """
    with ChunkingZipFile(filename) as archive:
        infos = archive.infolist()
        targets = [_targetOf(info, directory) for info in infos]
        left = sum(countFileChunks(info, chunksize) for info in infos)
        os.makedirs(directory, exist_ok=True)
        for info, target in zip(infos, targets, strict=True):
            steps = countFileChunks(info, chunksize)
            if _isDirectory(info):
                os.makedirs(target, exist_ok=True)
            elif overwrite or not os.path.exists(target):
                for _ in _unpack(archive, info, target, steps, chunksize):
                    left -= 1
                    yield left
                continue
            left -= steps
            yield left


def _isDirectory(info: zipfile.ZipInfo) -> bool:
    """Tell whether an entry stands for a directory."""
    return info.is_dir() or bool(info.external_attr & DIR_BIT)


def _targetOf(info: zipfile.ZipInfo, directory: str) -> str:
    """Give where an entry is unpacked to, which is below the directory, whatever it is called."""
    from twisted.python.filepath import FilePath

    return FilePath(directory).preauthChild(info.filename).path


def _unpack(
    archive: ChunkingZipFile, info: zipfile.ZipInfo, target: str, steps: int, chunksize: int
) -> Iterator[None]:
    """Write one file, a piece at each turn."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with archive.readfile(info.filename) as source, open(target, "wb") as file:
        for _ in range(steps):
            file.write(source.read(chunksize))
            yield
