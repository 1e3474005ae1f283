"""Log files that are put aside when they are large, or when the day is over."""

from __future__ import annotations

import os
import pickle
import stat
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from twisted.python.logfile import BaseLogFile, DailyLogFile, LogFile, LogReader


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path)


def contents(folder: str) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(Path(folder).iterdir())}


def test_textAndBytesAreAppended(folder: str) -> None:
    log = LogFile("log", folder)
    log.write("caf\xe9 ")
    log.write(b"\xff")
    log.write("\udcfe")
    log.close()
    assert log.closed
    again = LogFile("log", folder)
    assert again.size == 8
    again.write("!")
    again.flush()
    assert contents(folder) == {"log": b"caf\xc3\xa9 \xff\xfe!"}
    again.close()


def test_aLargeLogIsPutAside(folder: str) -> None:
    log = LogFile("log", folder, rotateLength=10)
    for each in ("123", "4567890", "a" * 11, "", "b"):
        log.write(each)
    assert contents(folder) == {"log": b"b", "log.1": b"a" * 11, "log.2": b"1234567890"}
    assert log.listLogs() == [1, 2]
    log.rotate()
    assert log.listLogs() == [1, 2, 3]
    log.close()


@pytest.mark.parametrize("length", [0, None])
def test_withoutALengthItIsNeverPutAsideOfItself(folder: str, length: Any) -> None:
    log = LogFile("log", folder, rotateLength=length)
    log.write("x" * 2_000_000)
    log.write("x")
    assert os.listdir(folder) == ["log"]
    log.close()


def test_noMoreThanSoManyAreKept(folder: str) -> None:
    log = LogFile("log", folder, rotateLength=1, maxRotatedFiles=2)
    for each in "abcde":
        log.write(each)
    assert contents(folder) == {"log": b"e", "log.1": b"d", "log.2": b"c"}
    log.close()


def test_filesOfAnotherSchemeAreLeftAlone(folder: str) -> None:
    for name in ("log.0", "log.01", "log.x", "log.1.gz", "other.1", "log.\u0663"):
        (Path(folder) / name).touch()
    log = LogFile("log", folder)
    assert log.listLogs() == []
    log.rotate()
    assert log.listLogs() == [1]
    log.close()


def test_whatWasPutAsideIsRead(folder: str) -> None:
    log = LogFile("log", folder)
    log.write("old 1\nold 2\n")
    log.rotate()
    log.write("new\n")
    old = log.getLog(1)
    assert (old.readLines(1), old.readLines(), old.readLines()) == (["old 1\n"], ["old 2\n"], [])
    old.close()
    now = log.getCurrentLog()
    assert (now.readLines(0), now.readLines()) == ([], ["new\n"])
    now.close()
    with pytest.raises(ValueError):
        log.getLog(2)
    with pytest.raises(TypeError):
        log.getLog("1")  # type: ignore[arg-type]
    log.close()


def test_aReaderStandsBytesThatAreNoText(folder: str) -> None:
    (Path(folder) / "x").write_bytes(b"\xff\n")
    reader = LogReader(os.path.join(folder, "x"))
    assert reader.readLines() == ["\udcff\n"]
    reader.close()


def test_permissionsAreKeptWhenItIsPutAside(folder: str) -> None:
    (Path(folder) / "log").touch()
    os.chmod(os.path.join(folder, "log"), 0o604)
    log = LogFile("log", folder)
    log.write("x")
    log.rotate()
    assert stat.S_IMODE(os.stat(log.path).st_mode) == 0o604
    log.close()


def test_permissionsAreThereFromTheStart(folder: str) -> None:
    log = LogFile("log", folder, defaultMode=0o600)
    assert stat.S_IMODE(os.stat(log.path).st_mode) == 0o600
    log.close()


def test_whatCannotBeChangedIsWrittenToAllTheSame(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(path: Any, mode: int) -> None:
        raise PermissionError(1, "not yours")

    monkeypatch.setattr(os, "chmod", refuse)
    log = LogFile("log", str(tmp_path), defaultMode=0o600)
    log.write("x")
    log.close()
    assert (tmp_path / "log").read_bytes() == b"x"


def test_whatIsNoFileKeepsItsPermissions(monkeypatch: pytest.MonkeyPatch) -> None:
    changed: list[Any] = []
    monkeypatch.setattr(os, "chmod", lambda *change: changed.append(change))
    log = LogFile("null", "/dev", defaultMode=0o555)
    log.write("x")
    assert (log.path, changed) == ("/dev/null", [])
    log.close()


def test_whereTheFolderDoesNotAllowItWritingGoesOn(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = LogFile("log", folder, rotateLength=1)
    log.write("a")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    log.write("b")
    monkeypatch.undo()

    def refuse(source: str, target: str) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(os, "rename", refuse)
    log.write("c")
    assert contents(folder) == {"log": b"abc"}
    log.close()


def test_aLogThatWasMovedAwayIsOpenedAnew(folder: str) -> None:
    log = LogFile("log", folder)
    log.write("one")
    os.rename(log.path, log.path + ".moved")
    log.reopen()
    log.write("two")
    assert contents(folder) == {"log": b"two", "log.moved": b"one"}
    assert log.size == 3
    log.close()


def test_theWholePathWillDo(folder: str) -> None:
    log = LogFile.fromFullPath(os.path.join(folder, "log"), 5, maxRotatedFiles=1)
    assert (log.name, log.directory, log.rotateLength, log.maxRotatedFiles) == ("log", folder, 5, 1)
    log.close()


def test_aFolderThatIsMissingIsAnError(folder: str) -> None:
    with pytest.raises(FileNotFoundError):
        LogFile("log", os.path.join(folder, "nothing"))


def test_aPickledLogIsOpenedAgain(folder: str) -> None:
    log = LogFile("log", folder, 100)
    log.write("a")
    again = pickle.loads(pickle.dumps(log))
    again.write("b")
    log.write("c")
    assert contents(folder) == {"log": b"abc"}
    assert again.rotateLength == 100
    again.close()
    log.close()


def test_linesOfSeveralThreadsAreNotMixed(folder: str) -> None:
    log = LogFile("log", folder, rotateLength=500)

    def writeMany(name: str) -> None:
        for _ in range(200):
            log.write(name * 9 + "\n")

    threads = [threading.Thread(target=writeMany, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    lines = b"".join(contents(folder).values()).splitlines()
    assert sorted(lines) == sorted(name * 9 for name in (b"a", b"b", b"c") for _ in range(200))


def test_aSubclassSaysWhenToRotate(folder: str) -> None:
    log = BaseLogFile("log", folder)
    with pytest.raises(NotImplementedError):
        log.shouldRotate()
    with pytest.raises(NotImplementedError):
        log.rotate()
    log.close()


class Clocked(DailyLogFile):
    """A daily log whose day is that of its own clock, in UTC."""

    now = 0.0

    def _openFile(self) -> None:
        super()._openFile()
        self.lastDate = self.toDate()

    def toDate(self, *args: float) -> tuple[int, ...]:
        return tuple(time.gmtime(*(args or (self.now,)))[:3])


DAY = 86_400


def test_theLogOfADayIsPutAsideUnderItsDate(folder: str) -> None:
    log = Clocked("log", folder)
    for now, text in [(0, "a"), (DAY - 1, "b"), (DAY, "c"), (2 * DAY, ""), (2 * DAY + 5, "d")]:
        log.now = now
        log.write(text)
    assert contents(folder) == {"log": b"d", "log.1970_1_1": b"ab", "log.1970_1_2": b"c"}
    for day in (0, (1970, 1, 1)):
        reader = log.getLog(day)
        assert reader.readLines() == ["ab"]
        reader.close()
    reader = log.getLog(2 * DAY)
    assert reader.readLines() == ["d"]
    reader.close()
    with pytest.raises(ValueError):
        log.getLog(9 * DAY)
    log.close()


def test_aClockThatIsPutBackRotatesNothing(folder: str) -> None:
    log = Clocked("log", folder)
    log.now = 3 * DAY
    log.write("a")
    log.now = DAY
    log.write("b")
    log.now = 3 * DAY + 1
    log.write("c")
    assert contents(folder) == {"log": b"abc", "log.1970_1_1": b""}
    log.close()


def test_whatWasPutAsideBeforeIsNotOverwritten(folder: str) -> None:
    log = Clocked("log", folder)
    log.write("new")
    (Path(folder) / "log.1970_1_1").write_bytes(b"precious")
    log.rotate()
    assert contents(folder) == {"log": b"new", "log.1970_1_1": b"precious"}
    log.close()


def test_daysAreThoseOfTheLocalZone(folder: str) -> None:
    log = DailyLogFile("log", folder)
    noon = time.mktime((2000, 2, 29, 12, 0, 0, 0, 0, -1))
    assert tuple(log.toDate(noon)) == (2000, 2, 29)
    assert log.suffix(noon) == log.suffix((2000, 2, 29)) == "2000_2_29"
    assert tuple(log.toDate()) == time.localtime()[:3]
    log.close()
