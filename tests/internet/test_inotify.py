"""What inotify tells of, and what becomes of watches when things move or go."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.python.filepath import FilePath
from twisted.python.runtime import platform

if not platform.supportsINotify():
    pytest.skip("needs Linux's inotify", allow_module_level=True)

from twisted.internet import inotify
from twisted.python import _inotify


class Watching(Clock):
    """A clock that is all that an `INotify` needs of a reactor, if one reads by hand."""

    def addReader(self, reader: object) -> None: ...

    removeReader = addWriter = removeWriter = addReader


class Told(list[tuple[str, list[str]]]):
    """What a callback was told: paths within a directory, and kinds of events."""

    def __init__(self, top: Path) -> None:
        self.top = top

    def __call__(self, watch: Any, path: FilePath[bytes], mask: int) -> None:
        relative = os.path.relpath(os.fsdecode(path.path), self.top)
        self.append((relative, inotify.humanReadableMask(mask)))


@pytest.fixture
def notifier() -> Iterator[inotify.INotify]:
    clock = Watching()
    it = inotify.INotify(clock)
    yield it
    it.loseConnection()
    clock.advance(0)
    assert it.fileno() == -1


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_changesAreToldOfWithTheirPath(
    notifier: inotify.INotify, told: Told, tmp_path: Path
) -> None:
    assert notifier.doRead() is None
    number = notifier.watch(FilePath(str(tmp_path)), callbacks=[told])
    assert number is not None
    assert notifier.watch(FilePath(str(tmp_path))) == number
    (tmp_path / "\u1010\udcff").write_bytes(b"x")
    (tmp_path / "d").mkdir()
    notifier.doRead()
    assert told == [
        ("\u1010\udcff", ["create"]),
        ("\u1010\udcff", ["modify"]),
        ("d", ["create", "is_dir"]),
    ]


def test_aNewDirectoryIsWatchedAndWhatIsInItIsToldOf(
    notifier: inotify.INotify, told: Told, tmp_path: Path
) -> None:
    notifier.watch(FilePath(str(tmp_path)), mask=0, autoAdd=True, callbacks=[told])
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "early").touch()
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    notifier.doRead()
    (tmp_path / "a" / "b" / "late").touch()
    notifier.doRead()
    names = [name for name, kinds in told]
    assert names.count("a") == 1
    assert {"a", "a/b", "a/b/early", "a/loop", "a/b/late"} == set(names)
    assert not any("loop/" in name for name in names)


def test_aMovedDirectoryHasItsNewPath(
    notifier: inotify.INotify, told: Told, tmp_path: Path
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    notifier.watch(FilePath(str(tmp_path)), recursive=True, autoAdd=True, callbacks=[told])
    (tmp_path / "a").rename(tmp_path / "z")
    notifier.doRead()
    told.clear()
    (tmp_path / "z" / "b" / "file").touch()
    notifier.doRead()
    assert told[0] == ("z/b/file", ["create"])
    notifier.ignore(FilePath(str(tmp_path / "z" / "b")))
    with pytest.raises(KeyError):
        notifier.ignore(FilePath(str(tmp_path / "a" / "b")))


def test_aCallbackThatRaisesIsLoggedAndTheOthersAreTold(
    notifier: inotify.INotify, told: Told, tmp_path: Path
) -> None:
    def broken(*event: object) -> None:
        raise LookupError("broken")

    notifier.watch(FilePath(str(tmp_path)), callbacks=[broken, told])
    with capturedLogs() as captured:
        (tmp_path / "x").touch()
        (tmp_path / "y").touch()
        notifier.doRead()
    assert [name for name, kinds in told if kinds == ["create"]] == ["x", "y"]
    assert {event["log_failure"].type for event in captured} == {LookupError}


def test_whatIsNotThereIsAnErrorThatSaysSo(notifier: inotify.INotify, tmp_path: Path) -> None:
    with pytest.raises(inotify.INotifyError, match=r"gone.* cannot be watched: No such file"):
        notifier.watch(FilePath(str(tmp_path / "gone")))
    with pytest.raises(KeyError):
        notifier.ignore(FilePath(str(tmp_path / "gone")))


def test_whenTheLastWatchedThingIsDeletedItEnds(
    notifier: inotify.INotify, told: Told, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    notifier.watch(FilePath(str(tmp_path / "a")), mask=0, callbacks=[told])
    (tmp_path / "a").rmdir()
    notifier.doRead()
    assert told == [("a", ["delete_self"])]
    notifier.reactor.advance(0)
    assert not notifier.connected
    assert notifier.fileno() == -1


def test_lostEventsAreToldOf(
    notifier: inotify.INotify, told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notifier.watch(FilePath(str(tmp_path)), callbacks=[told])
    overflow = struct.pack("=iIII", -1, inotify.IN_Q_OVERFLOW, 0, 0)
    monkeypatch.setattr(os, "read", lambda descriptor, size: overflow)
    notifier.doRead()
    assert told == [(".", ["queue_overflow"])]


def test_eventsOfWhatIsIgnoredAreDropped(
    notifier: inotify.INotify, told: Told, tmp_path: Path
) -> None:
    notifier.watch(FilePath(str(tmp_path)), callbacks=[told])
    (tmp_path / "x").touch()
    notifier.ignore(FilePath(str(tmp_path)))
    notifier.doRead()
    assert told == []


def test_anotherDescriptorWithItsNumberIsNotClosed(tmp_path: Path) -> None:
    clock = Watching()
    it = inotify.INotify(clock)
    number = it.fileno()
    os.close(number)
    with open(tmp_path / "other", "w") as file:
        os.dup2(file.fileno(), number)
        with capturedLogs() as captured:
            it.loseConnection()
            clock.advance(0)
        os.fstat(number)
        if number != file.fileno():
            os.close(number)
    assert [(event["descriptor"], type(event["error"])) for event in captured] == [
        (number, OSError)
    ]


def test_namesOfKindsAreReadable() -> None:
    mask = inotify.IN_CREATE | inotify.IN_ISDIR
    assert inotify.humanReadableMask(mask) == ["create", "is_dir"]
    assert inotify.humanReadableMask(0) == []


def test_aLibraryWithoutInotifyIsAnImportError() -> None:
    with pytest.raises(ImportError, match="inotify_add_watch"):
        _inotify.initializeModule(object())


def test_whatTheSystemRefusesSaysWhy(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def inotify_init(self) -> int:
            return -1

    monkeypatch.setattr(_inotify, "libc", Refusing())
    with pytest.raises(_inotify.INotifyError, match="cannot be used"):
        _inotify.init()
