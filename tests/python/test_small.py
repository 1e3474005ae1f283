"""Small rooms: locks, patches, random bytes, programs on the path, versions."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path
from typing import Any

import pytest

from twisted.python import randbytes, threadable, versions
from twisted.python.monkey import MonkeyPatcher
from twisted.python.procutils import which


class TestThreadable:
    def test_oneThreadAtATimeIsInASynchronizedMethod(self) -> None:
        class Counter:
            synchronized = ["count"]

            def __init__(self) -> None:
                self.inside = 0
                self.most = 0

            def count(self) -> None:
                self.inside += 1
                self.most = max(self.most, self.inside)
                gate.wait(0.01)
                self.inside -= 1

        gate = threading.Event()
        threadable.synchronize(Counter)
        counter = Counter()
        threads = [threading.Thread(target=counter.count) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (counter.inside, counter.most) == (0, 1)
        assert Counter.count.__name__ == "count"

    def test_theReactorsThreadIsKnown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(threadable, "ioThread", None)
        assert not threadable.isInIOThread()
        threadable.registerAsIOThread()
        seen: list[bool] = []
        thread = threading.Thread(target=lambda: seen.append(threadable.isInIOThread()))
        thread.start()
        thread.join()
        assert threadable.isInIOThread() and seen == [False]
        assert threadable.ioThread == threadable.getThreadID()

    def test_aLockIsPickledAsAFreeOne(self) -> None:
        lock = threadable.XLock()
        with lock, lock:
            copy = pickle.loads(pickle.dumps(lock))
        assert isinstance(copy, threadable.XLock)
        assert copy.acquire(False)
        old = b"ctwisted.python.threadable\nunpickle_lock\np0\n(tp1\nRp2\n."
        assert isinstance(pickle.loads(old), threadable.XLock)
        assert isinstance(pickle.loads(pickle.dumps(threadable.DummyLock())), threadable.XLock)

    def test_threadsCannotBeTurnedOff(self) -> None:
        threadable.init(1)
        with pytest.raises(RuntimeError):
            threadable.init(0)


class Target:
    foo: object = "foo"
    bar: object = "bar"


class TestMonkeyPatcher:
    def test_patchesGoOnAndComeOffTogether(self) -> None:
        target = Target()
        patcher = MonkeyPatcher((target, "foo", 1), (target, "bar", 2))
        patcher.patch()
        assert (target.foo, target.bar) == (1, 2)
        patcher.restore()
        patcher.restore()
        assert (target.foo, target.bar) == ("foo", "bar")

    def test_theLaterPatchOfAnAttributeWinsAndTheFirstValueComesBack(self) -> None:
        target = Target()
        patcher = MonkeyPatcher((target, "foo", 1))
        patcher.addPatch(target, "foo", 2)
        with patcher:
            during = target.foo
        assert during == 2
        assert target.foo == "foo"

    def test_patchesComeOffWhenTheFunctionFails(self) -> None:
        target = Target()
        patcher = MonkeyPatcher((target, "foo", 1))
        assert patcher.runWithPatches(getattr, target, "foo") == 1
        with pytest.raises(ZeroDivisionError):
            patcher.runWithPatches(divmod, 1, 0)
        assert target.foo == "foo"

    def test_thereMustBeSomethingToReplace(self) -> None:
        with pytest.raises(AttributeError):
            MonkeyPatcher((Target(), "nothing", 1)).patch()


class TestRandomBytes:
    @pytest.mark.parametrize("source", [randbytes.secureRandom, randbytes.insecureRandom])
    def test_asManyBytesAsAskedForComeAndNoTwoAlike(self, source: Any) -> None:
        for size in (0, 1, 17, 24):
            assert len(source(size)) == size
        assert source(20) != source(20)

    def test_weakBytesComeOnlyWhereTheyWillDo(self) -> None:
        factory = randbytes.RandomFactory()

        def none(nbytes: int) -> bytes:
            raise randbytes.SourceNotAvailable()

        factory._osUrandom = none  # type: ignore[method-assign]
        with pytest.raises(randbytes.SecureRandomNotAvailable):
            factory.secureRandom(18)
        with pytest.warns(RuntimeWarning, match="non-cryptographically secure"):
            assert len(factory.secureRandom(18, fallback=True)) == 18


class TestWhich:
    @pytest.fixture
    def folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
        folders = [tmp_path / name for name in ("a", "b", "c")]
        for folder in folders:
            folder.mkdir()
        monkeypatch.setenv("PATH", ":".join(map(str, folders)))
        monkeypatch.delenv("PATHEXT", raising=False)
        return folders

    def test_everyPlaceIsGivenInTheOrderOfThePath(self, folders: list[Path]) -> None:
        for folder in (folders[2], folders[0]):
            (folder / "tool").touch(mode=0o700)
        (folders[1] / "tool").touch(mode=0o600)
        assert which("tool") == [str(folders[0] / "tool"), str(folders[2] / "tool")]
        assert which("no such tool") == []

    def test_endingsAreAdded(self, folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATHEXT", ":.EXE")
        (folders[0] / "tool.EXE").touch(mode=0o700)
        assert which("tool") == [str(folders[0] / "tool.EXE")]

    def test_withoutAPathNothingIsFound(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PATH")
        assert which("sh") == []


def test_versionsCompareWithinOnePackage() -> None:
    assert versions.Version("a", 1, 0, 0) < versions.Version("a", 1, 1, 0)
    assert versions.getVersionString(versions.Version("a", 1, 2, 3)) == "a 1.2.3"
    with pytest.raises(TypeError):
        versions.Version("a", 1, 0, 0) < versions.Version("b", 1, 0, 0)  # noqa: B015
