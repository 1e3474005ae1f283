"""Paths inside an archive."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.python.filepath import IFilePath, UnlistableError
from twisted.python.zippath import ZipArchive, ZipPath


@pytest.fixture
def archive(tmp_path: Path) -> ZipArchive[str]:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(zipfile.ZipInfo("top.txt", (2001, 2, 4, 4, 6, 8)), "hello")
        made.writestr("dir/inner/leaf", "leaf")
        made.writestr("dir/other", "")
        made.writestr(zipfile.ZipInfo("empty/"), "")
        for evil in ("../out", "/abs", "dir/../../out", "dir//twice", "./dot"):
            made.writestr(evil, "evil")
    return ZipArchive(str(path))


def test_itProvidesItsInterface(archive: ZipArchive[str]) -> None:
    assert verifyObject(IFilePath, archive)
    assert verifyObject(IFilePath, archive.child("x"))


@pytest.mark.parametrize(
    "way, kind",
    [
        ([], "dir"),
        (["dir"], "dir"),
        (["dir", "inner"], "dir"),
        (["empty"], "dir"),
        (["top.txt"], "file"),
        (["dir", "inner", "leaf"], "file"),
        (["nothing"], ""),
        (["top.txt", "x"], ""),
        ([".."], ""),
    ],
)
def test_filesAndDirectoriesAreTold(archive: ZipArchive[str], way: list[str], kind: str) -> None:
    path = archive.descendant(way)
    assert path.isdir() == (kind == "dir")
    assert path.isfile() == (kind == "file")
    assert path.exists() == (kind != "")
    assert not path.islink()


def test_entriesThatWouldLeadOutAreNotListed(archive: ZipArchive[str]) -> None:
    assert sorted(archive.listdir()) == ["dir", "empty", "top.txt"]
    assert sorted(archive.child("dir").listdir()) == ["inner", "other"]
    assert archive.child("empty").listdir() == []
    walked = [path.pathInArchive for path in archive.walk()]
    assert sorted(walked) == sorted(
        ["", "top.txt", "dir", "dir/inner", "dir/inner/leaf", "dir/other", "empty"]
    )


def test_dotsMeanNothingSpecial(archive: ZipArchive[str]) -> None:
    path = archive.child("dir").child("..").child("top.txt")
    assert path.path.endswith(os.path.join("dir", "..", "top.txt"))
    assert not path.exists()


def test_whatIsNoDirectoryCannotBeListed(archive: ZipArchive[str]) -> None:
    for name in ("top.txt", "nothing"):
        with pytest.raises(UnlistableError):
            archive.child(name).children()


@pytest.mark.parametrize("mode", ["r", "rb"])
def test_filesAreRead(archive: ZipArchive[str], mode: Any) -> None:
    with archive.child("top.txt").open(mode) as file:
        assert file.read() == b"hello"
    assert archive.child("dir").child("inner").child("leaf").getContent() == b"leaf"
    with pytest.raises(KeyError):
        archive.child("nothing").open()
    with pytest.raises(ValueError):
        archive.child("top.txt").open("w")


def test_sizeAndTimesAreThoseOfTheEntry(archive: ZipArchive[str]) -> None:
    top = archive.child("top.txt")
    assert top.getsize() == 5
    assert time.localtime(top.getModificationTime())[:6] == (2001, 2, 4, 4, 6, 8)
    assert top.getStatusChangeTime() == top.getModificationTime()
    assert top.getAccessTime() == os.stat(archive.path).st_atime
    assert archive.getModificationTime() == os.stat(archive.path).st_mtime
    assert archive.getStatusChangeTime() == os.stat(archive.path).st_ctime


def test_oneMovesAbout(archive: ZipArchive[str]) -> None:
    leaf = archive.child("dir").child("inner").child("leaf")
    assert leaf.basename() == "leaf"
    assert leaf.parent() == archive.child("dir").child("inner")
    assert leaf.dirname() == archive.path + "/dir/inner"
    assert leaf.sibling("x").pathInArchive == "dir/inner/x"
    assert leaf.segmentsFrom(archive) == ["dir", "inner", "leaf"]
    assert list(leaf.parents())[-1] is archive
    assert archive.parent() is archive
    assert archive.child("top.txt").splitext() == (archive.path + "/top", ".txt")


def test_theLastSegmentDecidesTheMode(archive: ZipArchive[str]) -> None:
    data: Any = archive.child(b"dir")
    assert data.path == os.fsencode(archive.path) + b"/dir"
    assert set(data.listdir()) == {b"inner", b"other"}
    assert data.child("other").path == archive.path + "/dir/other"
    bytesArchive = ZipArchive(os.fsencode(archive.path))
    assert set(bytesArchive.listdir()) == {b"dir", b"empty", b"top.txt"}
    assert (data.sep, archive.sep) == (b"/", "/")


def test_theyAreComparedByPathAndArchive(archive: ZipArchive[str]) -> None:
    again = ZipArchive(archive.path)
    assert again == archive and again.child("a") == archive.child("a")
    assert archive.child("a") != archive.child("b")
    assert archive.child("a") < archive.child("b") <= archive.child("b")
    assert archive.child("b") > archive.child("a") >= archive.child("a")
    assert archive.child("a") != "a"
    assert len({archive.child("a"), again.child("a")}) == 1


def test_reprGivesTheWholePath(archive: ZipArchive[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(os.path.dirname(archive.path))
    relative = ZipArchive(os.path.basename(archive.path))
    assert repr(relative) == f"ZipArchive({archive.path!r})"
    assert repr(relative.child("dir").child("x")) == f"ZipPath({archive.path + '/dir/x'!r})"
    assert ZipPath(relative, "dir/x") == relative.child("dir").child("x")


def test_whatIsNoArchiveIsRefused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no archive")
    with pytest.raises(zipfile.BadZipFile):
        ZipArchive(str(tmp_path / "x"))
    with pytest.raises(FileNotFoundError):
        ZipArchive(str(tmp_path / "y"))
