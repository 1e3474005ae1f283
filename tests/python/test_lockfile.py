"""Locks that processes hold in the file system."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from twisted.python import lockfile
from twisted.python.lockfile import FilesystemLock, isLocked


@pytest.fixture
def name(tmp_path: Path) -> str:
    return str(tmp_path / "lock")


@pytest.fixture
def deadPid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_aLockIsHeldByOne(name: str) -> None:
    one, other = FilesystemLock(name), FilesystemLock(name)
    assert one.lock() and one.locked and one.clean
    assert not other.lock() and not other.locked and other.clean is None
    assert isLocked(name)
    assert os.readlink(name) == str(os.getpid())
    one.unlock()
    assert not one.locked
    assert not isLocked(name)
    assert other.lock() and other.clean


def test_aLockThatWasLeftBehindIsTakenAndSaidToBeUnclean(name: str, deadPid: int) -> None:
    os.symlink(str(deadPid), name)
    lock = FilesystemLock(name)
    assert lock.lock()
    assert lock.locked and lock.clean is False
    assert os.readlink(name) == str(os.getpid())


def test_aLockThatWasLeftBehindIsNotHeld(name: str, deadPid: int) -> None:
    os.symlink(str(deadPid), name)
    assert not isLocked(name)


def test_anotherProcessesLockIsNotReleased(name: str) -> None:
    os.symlink(str(os.getppid()), name)
    with pytest.raises(ValueError, match=str(os.getppid())):
        FilesystemLock(name).unlock()
    assert os.path.lexists(name)


def test_whatIsNotHeldIsNotReleased(name: str) -> None:
    with pytest.raises(FileNotFoundError):
        FilesystemLock(name).unlock()


def test_aLinkThatIsNoLockIsLeftAlone(name: str) -> None:
    os.symlink("somewhere", name)
    with pytest.raises(ValueError, match="somewhere"):
        FilesystemLock(name).lock()
    assert os.readlink(name) == "somewhere"


def test_aFolderThatIsMissingIsAnError(name: str) -> None:
    with pytest.raises(FileNotFoundError):
        FilesystemLock(name + "/below").lock()


def test_aHolderThatMayNotBeLookedForIsAnError(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, signal: int) -> NoReturn:
        raise PermissionError(1, "not yours")

    monkeypatch.setattr(lockfile, "kill", refuse)
    os.symlink("1", name)
    with pytest.raises(PermissionError):
        FilesystemLock(name).lock()


def test_aLockThatIsReleasedMeanwhileIsTaken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def releasedJustThen(path: str) -> str:
        monkeypatch.undo()
        os.remove(path)
        return os.readlink(path)

    monkeypatch.setattr(lockfile, "readlink", releasedJustThen)
    os.symlink(str(os.getpid()), name)
    lock = FilesystemLock(name)
    assert lock.lock() and lock.clean


def test_aLockThatSomebodyElseClearsAwayMeanwhileIsTaken(
    name: str, deadPid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.rename

    def clearedJustThen(source: str, target: str) -> None:
        monkeypatch.undo()
        os.remove(source)
        real(source, target)

    monkeypatch.setattr(os, "rename", clearedJustThen)
    os.symlink(str(deadPid), name)
    lock = FilesystemLock(name)
    assert lock.lock() and lock.clean


def test_theNewLockOfAQuickerProcessIsNotTakenAway(
    name: str, deadPid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.rename

    def somebodyWasQuicker(source: str, target: str) -> None:
        monkeypatch.undo()
        os.remove(source)
        os.symlink(str(os.getppid()), source)
        real(source, target)

    monkeypatch.setattr(os, "rename", somebodyWasQuicker)
    os.symlink(str(deadPid), name)
    assert not FilesystemLock(name).lock()
    assert os.readlink(name) == str(os.getppid())
    assert os.listdir(os.path.dirname(name)) == ["lock"]


def test_aNameMayBeBytes(name: str, deadPid: int) -> None:
    os.symlink(str(deadPid), name)
    lock = FilesystemLock(os.fsencode(name))  # type: ignore[arg-type]
    assert lock.lock() and lock.clean is False
    assert os.listdir(os.path.dirname(name)) == ["lock"]


def test_withoutKillALockHoldsForAsLongAsItIsSeen(
    name: str, deadPid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockfile, "kill", None)
    os.symlink(str(deadPid), name)
    assert not FilesystemLock(name).lock()


def test_uniqueGivesDigits() -> None:
    assert lockfile.unique().isdigit()
