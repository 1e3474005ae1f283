"""Dictionaries in folders, and that nothing is lost when their process is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.persisted import killedwriter
from twisted.persisted import dirdbm
from twisted.persisted.dirdbm import DirDBM, Shelf


@pytest.fixture
def db(tmp_path: Path) -> DirDBM:
    return dirdbm.open(str(tmp_path / "db"))


def test_itIsADictionary(db: DirDBM) -> None:
    db[b"a"] = b"1"
    db[b"b/../.."] = b"\x00\xff"
    db[b"a"] = b"2"
    assert db[b"a"] == b"2"
    assert sorted(db.keys()) == sorted(db) == [b"a", b"b/../.."]
    assert dict(db.items()) == {b"a": b"2", b"b/../..": b"\x00\xff"}
    assert sorted(db.values()) == [b"\x00\xff", b"2"]
    assert len(db) == 2
    assert b"a" in db
    assert db.has_key(b"a")
    assert b"c" not in db
    assert (db.get(b"c"), db.get(b"c", 7), db.get(b"a")) == (None, 7, b"2")
    assert (db.setdefault(b"a", b"x"), db.setdefault(b"d", b"y")) == (b"2", b"y")
    db.update({b"e": b"z"})
    del db[b"a"]
    assert sorted(db) == [b"b/../..", b"d", b"e"]
    db.close()
    db.clear()
    assert len(db) == 0


def test_whatIsNotThereIsAKeyError(db: DirDBM) -> None:
    for ask in (db.__getitem__, db.__delitem__, db.getModificationTime):
        with pytest.raises(KeyError, match="missing"):
            ask(b"missing")


@pytest.mark.parametrize("key", ["text", 3, None, bytearray(b"x")])
def test_aKeyThatIsNotBytesIsATypeError(db: DirDBM, key: Any) -> None:
    for ask in (db.__getitem__, db.__delitem__, db.__contains__, db.has_key):
        with pytest.raises(TypeError, match="keys are bytes"):
            ask(key)
    with pytest.raises(TypeError, match="keys are bytes"):
        db[key] = b"x"


def test_aValueThatIsNotBytesIsATypeErrorAndLeavesTheOldOne(db: DirDBM) -> None:
    db[b"k"] = b"old"
    with pytest.raises(TypeError, match="values are bytes, not str"):
        db[b"k"] = "new"
    assert db[b"k"] == b"old"


def test_namesOfFilesAreThoseOfOtherImplementations(db: DirDBM, tmp_path: Path) -> None:
    for key in (b"a", b"\xff" * 5 + b"/..", b"\n\n????"):
        db[key] = b"x"
    names = {"YQ==_", "------8vLi4=_", "Cgo-Pz8-_"}
    assert set(os.listdir(tmp_path / "db")) == names


def test_theEmptyKeyIsAKey(db: DirDBM) -> None:
    db[b""] = b"nothing"
    assert db.items() == [(b"", b"nothing")]
    assert DirDBM(db.dname)[b""] == b"nothing"


@given(st.binary(max_size=183), st.binary(max_size=50))
def test_anyKeyComesBackAndStaysInTheFolder(key: bytes, value: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as outer:
        db = DirDBM(os.path.join(outer, "db"))
        db[key] = value
        assert db.items() == [(key, value)]
        assert os.listdir(outer) == ["db"]
        del db[key]
        assert os.listdir(db.dname) == []


def test_aKeyTooLongForANameIsAnOSErrorAndLeavesNothing(db: DirDBM) -> None:
    with pytest.raises(OSError, match="too long"):
        db[b"x" * 300] = b"y"
    assert os.listdir(db.dname) == []
    assert db.get(b"x" * 300) is None


def test_otherFilesInTheFolderAreNoKeys(db: DirDBM, tmp_path: Path) -> None:
    db[b"a"] = b"1"
    for name in ("README.txt", "x", "YQ==", "\udcff"):
        (tmp_path / "db" / name).touch()
    assert db.keys() == [b"a"]


def test_aFailedWriteLeavesTheOldValueAndNoDraft(
    db: DirDBM, monkeypatch: pytest.MonkeyPatch
) -> None:
    db[b"k"] = b"old"

    def full(descriptor: int, data: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        db[b"k"] = b"new"
    assert db.items() == [(b"k", b"old")]
    assert len(os.listdir(db.dname)) == 1


def test_aCopyHoldsTheSameAndNothingElse(db: DirDBM, tmp_path: Path) -> None:
    db[b"a"] = b"1"
    other = DirDBM(str(tmp_path / "other"))
    other[b"stale"] = b"x"
    copy = db.copyTo(str(tmp_path / "other"))
    assert copy.items() == db.items() == [(b"a", b"1")]
    assert type(copy) is DirDBM


def test_aCopyOntoItselfIsRefusedAndLosesNothing(db: DirDBM) -> None:
    db[b"a"] = b"1"
    with pytest.raises(ValueError, match="to be copied"):
        db.copyTo(os.path.join(db.dname, "..", "db"))
    assert db.items() == [(b"a", b"1")]


def test_aPathMayBeBytesAndKeepsItsMode(tmp_path: Path) -> None:
    db = DirDBM(os.fsencode(tmp_path / "db"))
    db[b"a"] = b"1"
    assert db.dname == os.fsencode(tmp_path / "db")
    assert DirDBM(str(tmp_path / "db"))[b"a"] == b"1"


def test_aFileIsNoFolder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        DirDBM(str(tmp_path / "file"))


def test_theTimeOfAValueIsThatOfItsFile(db: DirDBM) -> None:
    db[b"k"] = b"v"
    os.utime(os.path.join(db.dname, os.listdir(db.dname)[0]), (5, 1234567))
    assert db.getModificationTime(b"k") == 1234567


def test_whatAnInterruptedProcessLeftIsTidiedUp(tmp_path: Path) -> None:
    folder = tmp_path / "db"
    db = DirDBM(str(folder))
    db[b"both"] = b"correct"
    both, lone = os.fsdecode(db._encode(b"both")), os.fsdecode(db._encode(b"lone"))
    (folder / f"{both}.rpl").write_bytes(b"wrong")
    (folder / f"{lone}.rpl").write_bytes(b"rescued")
    (folder / f"{lone}.new").write_bytes(b"half")
    assert dict(DirDBM(str(folder)).items()) == {b"both": b"correct", b"lone": b"rescued"}
    assert len(os.listdir(folder)) == 2


def test_aShelfHoldsObjects(tmp_path: Path) -> None:
    shelf = Shelf(str(tmp_path / "shelf"))
    shelf[b"a"] = [1, {"x": None}]
    assert shelf[b"a"] == [1, {"x": None}]
    assert shelf.items() == [(b"a", [1, {"x": None}])]
    copy = shelf.copyTo(str(tmp_path / "copy"))
    assert type(copy) is Shelf
    assert copy[b"a"] == [1, {"x": None}]
    with pytest.raises(TypeError):
        shelf["a"] = 1  # type: ignore[index]  # this is the point


before = {b"old": b"value", b"both": b"correct"}
outcomes: dict[str, tuple[dict[bytes, bytes], ...]] = {
    "add": (before, {**before, b"new": b"n" * 9000}),
    "replace": (before, {**before, b"old": b"changed" * 2000}),
    "remove": (before, {b"both": b"correct"}),
    "clear": (before, {b"old": b"value"}, {b"both": b"correct"}, {}),
    "copy": (before,),
    "reopen": (before, {**before, b"lone": b"left by another"}),
}


def _killedAfter(folder: str, change: str, steps: int) -> bool:
    """Run the writer in a fork of this process. Returns: whether it came to its end."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            with open(os.devnull, "w") as sys.stdout:
                killedwriter.main(folder, change, str(steps))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == 9
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a fork of itself")
@pytest.mark.parametrize("change", list(outcomes))
def test_aKillBetweenAnyTwoStepsLosesNothing(change: str, tmp_path: Path) -> None:
    """Every value is the old or the new one, whole, at whatever step the writer was killed."""
    seen: list[dict[bytes, bytes]] = []
    for steps in range(2000):
        folder = str(tmp_path / f"db{steps}")
        db = DirDBM(folder)
        for key, value in before.items():
            db[key] = value
        whole = _killedAfter(folder, change, steps)
        seen.append(dict(DirDBM(folder).items()))
        assert seen[-1] in outcomes[change]
        # Opening it took away whatever was not finished.
        assert len(os.listdir(folder)) == len(seen[-1])
        if whole:
            break
    assert whole
    assert steps > 5
    if change != "copy":
        assert seen[0] in (before, outcomes["reopen"][1])
        assert seen[-1] == outcomes[change][-1]
