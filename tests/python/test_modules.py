"""A view of the modules that can be imported."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import twisted.python
from twisted.python import modules
from twisted.python.filepath import FilePath
from twisted.python.modules import PythonPath, getModule, iterModules, theSystemPath, walkModules
from twisted.python.reflect import ModuleNotFound
from twisted.python.zippath import ZipPath


@pytest.fixture(params=["folder", "archive"])
def entry(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An entry of sys.path with ``modviewed``, ``modviewed.a``, ``modviewed.sub`` and its ``b``."""
    files = {
        "modviewed/__init__.py": "value = 1\n",
        "modviewed/a.py": "other = 2\n",
        "modviewed/notes.txt": "",
        "modviewed/not-a-name.py": "",
        "modviewed/folder/x.py": "",
        "modviewed/sub/__init__.py": "",
        "modviewed/sub/b.py": "",
    }
    path = tmp_path / "entry"
    if request.param == "folder":
        for name, content in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(content)
    else:
        path = tmp_path / "entry.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    monkeypatch.syspath_prepend(str(path))
    yield str(path)
    for name in [each for each in sys.modules if each.startswith("modviewed")]:
        del sys.modules[name]


EVERYTHING = ["modviewed", "modviewed.a", "modviewed.sub", "modviewed.sub.b"]


def test_nothingIsImportedByLooking(entry: str) -> None:
    module = getModule("modviewed")
    assert [each.name for each in module.walkModules()] == EVERYTHING
    assert [each.name for each in module.iterModules()] == ["modviewed.a", "modviewed.sub"]
    assert not module.isLoaded()
    assert "modviewed" not in sys.modules
    with pytest.raises(NotImplementedError):
        next(module.iterAttributes())


def test_itIsTheSameOnceItIsImported(entry: str) -> None:
    assert getModule("modviewed").load().value == 1
    module = getModule("modviewed")
    assert module.isLoaded()
    assert [each.name for each in module.walkModules(importPackages=True)] == EVERYTHING
    assert module.pathEntry.filePath.path == entry


def test_modulesAreFoundByName(entry: str) -> None:
    assert getModule("modviewed")["sub"]["b"] == getModule("modviewed.sub.b")
    assert getModule("modviewed").isPackage()
    assert not getModule("modviewed.a").isPackage()
    assert getModule("modviewed.a").load().other == 2
    for name in ("nosuchmodule", "modviewed.nothing", "nosuchmodule.x", "modviewed.folder", "sys"):
        with pytest.raises(KeyError):
            getModule(name)
        assert name not in theSystemPath


def test_anEntryHoldsItsModules(entry: str) -> None:
    (first, *_) = [each for each in theSystemPath.iterEntries() if each.filePath.path == entry]
    assert [each.name for each in first.iterModules()] == ["modviewed"]
    assert [each.name for each in first.walkModules()] == EVERYTHING
    assert first["modviewed"] == getModule("modviewed")
    assert isinstance(first.filePath, (FilePath, ZipPath))


def test_thePathOfAnImportedPackageCounts(entry: str, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "further.py").touch()
    getModule("modviewed").load().__path__.append(str(tmp_path / "more"))
    names = [each.name for each in getModule("modviewed").iterModules()]
    assert names == ["modviewed.a", "modviewed.sub", "modviewed.further"]
    del sys.modules["modviewed"].__path__
    assert list(getModule("modviewed").iterModules()) == []


def test_attributesAreGivenByName(entry: str) -> None:
    module = getModule("modviewed")
    module.load()
    found = {each.name: each for each in module.iterAttributes()}
    value = found["modviewed.value"]
    assert (value.load(), value.isLoaded(), value.onObject) == (1, True, module)
    assert repr(value) == "PythonAttribute<'modviewed.value'>"
    assert "modviewed.value.bit_length" in [each.name for each in value.iterAttributes()]


def test_whatCannotBeImportedGivesTheDefault(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "modviewed", None)
    module = getModule("modviewed")
    assert not module.isLoaded()
    assert module.load(None) is None
    with pytest.raises(ModuleNotFound):
        module.load()


def test_sourceIsPreferredToWhatWasMadeOfIt(tmp_path: Path) -> None:
    (tmp_path / "both.py").touch()
    (tmp_path / "both.pyc").touch()
    (tmp_path / "only.pyc").touch()
    path = PythonPath([str(tmp_path)], {})
    assert path["both"].filePath.basename() == "both.py"
    assert path["only"].filePath.basename() == "only.pyc"


def test_entriesThatAreNoFoldersHoldNothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no archive")
    path = PythonPath([str(tmp_path / "nothing"), str(tmp_path / "file")], {})
    assert list(path.walkModules()) == []
    assert len(list(path.iterEntries())) == 2


def test_anImporterThatNobodyKnowsIsNoDisaster() -> None:
    path = PythonPath(["some/entry"], {}, [lambda name: object()], {}, lambda name: None)
    (entry,) = path.iterEntries()
    with pytest.raises(KeyError):
        entry["module"]


def test_aModuleFromOffThePathIsGivenWithAWarning() -> None:
    path = PythonPath([], sys.modules, [], {})
    with pytest.warns(UserWarning, match="not in sys.path_importer_cache"):
        assert path[__name__].name == __name__


def test_anotherListInThePlaceOfThePathIsSeen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "lonely.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert [each.name for each in iterModules()] == ["lonely"]
    assert [each.name for each in walkModules()] == ["lonely"]


def test_ofTwoOfOneNameTheFirstCounts(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.py").touch()
    path = PythonPath([str(tmp_path / "one"), str(tmp_path / "two")], {})
    (only,) = path.iterModules()
    assert only.filePath.path == str(tmp_path / "one" / "same.py")


def test_modulesAreComparedByName() -> None:
    one: Any = getModule("twisted.python")
    assert one == getModule("twisted.python") != getModule("twisted")
    assert one != "twisted.python"
    assert len({one, getModule("twisted.python")}) == 1
    assert one.load() is twisted.python
    assert repr(one) == "PythonModule<'twisted.python'>"


def test_iteratingDoesNotGuessTheDepth() -> None:
    with pytest.raises(NotImplementedError):
        iter(getModule("twisted"))
    assert modules.PYTHON_EXTENSIONS == [".py", ".pyc"]
