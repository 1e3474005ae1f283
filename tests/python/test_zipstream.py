"""Archives that are read and unpacked in steps."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from twisted.python.filepath import InsecurePath
from twisted.python.zipstream import (
    DIR_BIT,
    ChunkingZipFile,
    countFileChunks,
    countZipFileChunks,
    unzipIterChunky,
)

CONTENT = b"one\ntwo\n" + b"x" * 20_000 + b"\nend"


@pytest.fixture(params=[zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    name = str(tmp_path / "all.zip")
    with zipfile.ZipFile(name, "w", request.param) as archive:
        archive.writestr("content", CONTENT)
        archive.writestr("dir/inner", b"inner")
        archive.writestr("empty", b"")
        archive.writestr(zipfile.ZipInfo("made/"), b"")
    return name


@pytest.mark.parametrize("size", [1, 7, 4096, 100_000])
def test_whatIsReadInPiecesIsTheContent(path: str, size: int) -> None:
    with ChunkingZipFile(path) as archive, archive.readfile("content") as file:
        pieces = list(iter(lambda: file.read(size), b""))
        assert max(map(len, pieces)) <= size
        assert b"".join(pieces) == CONTENT
        assert file.tell() == len(CONTENT)
        assert file.finished


@pytest.mark.parametrize("count", [None, -1])
def test_everythingIsReadAtOnce(path: str, count: int | None) -> None:
    with ChunkingZipFile(path) as archive:
        assert archive.readfile("content").read(count) == CONTENT
        assert archive.readfile("empty").read(count) == b""
        assert archive.readfile("content").read(0) == b""


def test_twoFilesAreReadInTurns(path: str) -> None:
    with ChunkingZipFile(path) as archive:
        one, other = archive.readfile("content"), archive.readfile("dir/inner")
        assert (one.read(3), other.read(3), one.read(3), other.read()) == (
            b"one",
            b"inn",
            b"\ntw",
            b"er",
        )


def test_linesAreRead(path: str) -> None:
    with ChunkingZipFile(path) as archive:
        file = archive.readfile("content")
        assert (file.readline(), next(file)) == (b"one\n", b"two\n")
        assert [len(line) for line in file.xreadlines()] == [20_001, 3]
        assert file.readline() == b""
        assert len(archive.readfile("content").readlines()) == 4
        assert not file.isatty()
        assert not file.closed
        file.close()
        assert file.closed and file.read() == b""


def test_anArchiveThatIsNotOpenForReadingIsRefused(path: str, tmp_path: Path) -> None:
    archive = ChunkingZipFile(path)
    archive.close()
    with pytest.raises(RuntimeError):
        archive.readfile("content")
    with ChunkingZipFile(str(tmp_path / "new.zip"), "w") as new, pytest.raises(RuntimeError):
        new.readfile("content")
    with ChunkingZipFile(path) as again, pytest.raises(KeyError):
        again.readfile("nothing")


def damaged(path: str, at: int, data: bytes) -> ChunkingZipFile:
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)
    return ChunkingZipFile(path)


@pytest.mark.parametrize(
    "at, data", [(0, b"0000"), (30, b"C"), (6, b"\x01")], ids=["signature", "name", "encrypted"]
)
def test_aHeaderThatIsWrongIsRefusedAndTheOthersAreFine(path: str, at: int, data: bytes) -> None:
    with damaged(path, at, data) as archive:
        with pytest.raises(zipfile.BadZipFile):
            archive.readfile("content")
        assert archive.readfile("dir/inner").read() == b"inner"


def test_damagedContentIsRefused(tmp_path: Path) -> None:
    name = str(tmp_path / "x.zip")
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("content", CONTENT)
    archive = damaged(name, 30 + len("content"), b"\xff" * 8)
    with archive, pytest.raises(zipfile.BadZipFile):
        archive.readfile("content").read()


def test_otherCompressionsAreRefused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_BZIP2) as made:
        made.writestr("content", CONTENT)
    archive = ChunkingZipFile(str(tmp_path / "x.zip"))
    with archive, pytest.raises(zipfile.BadZipFile, match="12"):
        archive.readfile("content")


@pytest.mark.parametrize("size, wanted", [(0, 1), (1, 1), (10, 1), (11, 2), (100, 10)])
def test_stepsAreCounted(size: int, wanted: int) -> None:
    info = zipfile.ZipInfo("x")
    info.file_size = size
    assert countFileChunks(info, 10) == wanted


def test_unpackingCountsDownToNothing(path: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    steps = list(unzipIterChunky(path, str(target), chunksize=4096))
    assert steps == list(range(countZipFileChunks(path, 4096) - 1, -1, -1))
    assert (target / "content").read_bytes() == CONTENT
    assert (target / "dir" / "inner").read_bytes() == b"inner"
    assert (target / "empty").read_bytes() == b""
    assert (target / "made").is_dir()


def test_whatIsThereIsReplacedOnlyWhereAsked(path: str, tmp_path: Path) -> None:
    (tmp_path / "content").write_bytes(b"mine")
    assert list(unzipIterChunky(path, str(tmp_path)))[-1] == 0
    assert (tmp_path / "content").read_bytes() == b"mine"
    assert list(unzipIterChunky(path, str(tmp_path), overwrite=1))[-1] == 0
    assert (tmp_path / "content").read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "dir/../../out", "../target2/x"])
def test_nothingIsUnpackedOutsideTheDirectory(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as made:
        made.writestr("fine", b"")
        made.writestr(name, b"evil")
    target = tmp_path / "target"
    with pytest.raises(InsecurePath):
        list(unzipIterChunky(str(tmp_path / "x.zip"), str(target)))
    assert sorted(os.listdir(tmp_path)) == ["x.zip"]


def test_directoriesOfMsDosAreDirectories(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as made:
        info = zipfile.ZipInfo("folder")
        info.external_attr = DIR_BIT
        made.writestr(info, b"")
    list(unzipIterChunky(str(tmp_path / "x.zip"), str(tmp_path / "out")))
    assert (tmp_path / "out" / "folder").is_dir()
