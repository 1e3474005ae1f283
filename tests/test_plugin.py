"""Plugins that are found by what they provide, from caches that spare the imports."""

from __future__ import annotations

import importlib
import itertools
import json
import os
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from zope.interface import Interface, implementer, provider

from twisted import plugin
from twisted.logger import globalLogPublisher
from twisted.plugin import CachedPlugin, IPlugin, getCache, getPlugins, pluginPackagePaths
from twisted.python.components import registerAdapter

_numbers = itertools.count()


class IThing(Interface):
    """What the plugins of these tests provide."""


class ISpecialThing(IThing):
    """A thing of a special kind."""


class IOther(Interface):
    """What none of them provides of itself."""


SOURCE = '''
"""Things."""
from zope.interface import provider
from twisted.plugin import IPlugin
from tests.test_plugin import IThing, ISpecialThing
@provider(IPlugin, ISpecialThing)
class Special:
    """A special one."""
@provider(IPlugin, IThing)
class Plain:
    pass
@provider(IThing)
class NoPlugin:
    pass
'''


class Package:
    """A plugin package made for one test."""

    def __init__(self, root: Path) -> None:
        self.name = f"pluginpackage{next(_numbers)}"
        self.folder = root / self.name
        self.folder.mkdir()
        self.write("__init__", "")
        self.cache = self.folder / "dropin.cache"

    def write(self, module: str, source: str) -> Path:
        path = self.folder / f"{module}.py"
        path.write_text(textwrap.dedent(source))
        return path

    def load(self) -> ModuleType:
        importlib.invalidate_caches()
        return importlib.import_module(self.name)

    def forget(self) -> None:
        """Forget what was imported, as a new process would not know it."""
        for name in [each for each in sys.modules if each.startswith(self.name)]:
            del sys.modules[name]

    def imported(self) -> set[str]:
        prefix = self.name + "."
        return {each[len(prefix) :] for each in sys.modules if each.startswith(prefix)}

    def find(self, interface: Any) -> list[str]:
        return sorted(each.__name__ for each in getPlugins(interface, self.load()))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = Package(tmp_path)
    made.write("things", SOURCE)
    yield made
    made.forget()


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def test_pluginsAreFoundByWhatTheyProvide(package: Package) -> None:
    for _ in range(3):
        assert package.find(IThing) == ["Plain", "Special"]
        assert package.find(ISpecialThing) == ["Special"]
        assert package.find(IOther) == []
        assert package.find(IPlugin) == ["Plain", "Special"]
        package.forget()


def test_aWarmCacheImportsOnlyWhatIsWanted(package: Package) -> None:
    package.write("boring", "from twisted.plugin import IPlugin")
    package.find(IThing)
    package.forget()
    assert package.find(IOther) == []
    assert package.imported() == set()
    assert package.find(ISpecialThing) == ["Special"]
    assert package.imported() == {"things"}


def test_theCacheTellsOfEachPlugin(package: Package) -> None:
    for _ in range(2):
        dropin = getCache(package.load())["things"]
        assert (dropin.moduleName, dropin.description) == (f"{package.name}.things", "Things.")
        special = next(each for each in dropin.plugins if each.name == "Special")
        assert special.dropin is dropin
        assert special.description == "A special one."
        assert special.provided == [IPlugin, ISpecialThing]
        assert repr(special) == (
            f"<CachedPlugin 'Special'/'{package.name}.things' (provides 'IPlugin, ISpecialThing')>"
        )
        assert special.load() is sys.modules[dropin.moduleName].Special
        assert special.getComponent(IOther, None, "none") == "none"
        package.forget()


def test_anAdapterFromWhatIsProvidedIsUsed(package: Package) -> None:
    class IAdapted(Interface):
        pass

    @implementer(IAdapted)
    class Adapted:
        def __init__(self, original: Any) -> None:
            self.__name__ = f"adapted {original.__name__}"

    registerAdapter(Adapted, ISpecialThing, IAdapted)
    assert package.find(IAdapted) == ["adapted Special"]
    package.forget()
    assert package.find(IAdapted) == ["adapted Special"]


@pytest.mark.parametrize(
    "change, wanted, records",
    [
        (lambda package: package.write("more", SOURCE.replace("Special:", "Extra:")), 4, 2),
        (
            lambda package: package.write(
                "things", SOURCE.replace("(IThing)", "(IThing, IPlugin)")
            ),
            3,
            1,
        ),
        (lambda package: (package.folder / "things.py").unlink(), 0, 0),
    ],
    ids=["added", "changed", "removed"],
)
def test_changesAreNoticed(
    package: Package, change: Callable[[Package], object], wanted: int, records: int
) -> None:
    assert len(package.find(IThing)) == 2
    package.forget()
    change(package)
    assert len(package.find(IThing)) == wanted
    package.forget()
    assert len(package.find(IThing)) == wanted
    assert len(json.loads(package.cache.read_text())["dropins"]) == records


def test_anOlderFileOfTheSameNameIsAChangeToo(package: Package) -> None:
    package.find(IThing)
    package.forget()
    path = package.write("things", SOURCE.replace("Plain", "Older"))
    os.utime(path, (1, 1))
    assert package.find(IThing) == ["Older", "Special"]


def test_aChangeOfWhatAnInterfaceExtendsIsNoticed(package: Package) -> None:
    package.write("ifaces", "from zope.interface import Interface\nclass IA(Interface): pass")
    package.write(
        "uses",
        f"""
        from zope.interface import provider
        from twisted.plugin import IPlugin
        from {package.name}.ifaces import IA
        @provider(IPlugin, IA)
        class Uses: pass
        """,
    )
    assert package.find(IOther) == []
    package.forget()
    package.write("ifaces", "from tests.test_plugin import IOther\nclass IA(IOther): pass")
    assert package.find(IOther) == ["Uses"]


def test_packagesAreModulesOfPluginsToo(package: Package) -> None:
    (package.folder / "inner").mkdir()
    (package.folder / "inner" / "__init__.py").write_text(SOURCE)
    (package.folder / "folder").mkdir()
    (package.folder / "not-a-name.py").write_text("1/0")
    (package.folder / ".hidden.py").write_text("1/0")
    assert len(package.find(IThing)) == 4
    assert set(getCache(package.load())) == {"things", "inner"}


@pytest.mark.parametrize(
    "fault", ["1/0", "syntax error", "raise SystemExit(3)", "import nosuchmodule"]
)
def test_aBrokenModuleIsLoggedAndTheOthersAreFound(
    package: Package, fault: str, logged: list[Any]
) -> None:
    package.write("abroken", fault)
    assert package.find(IThing) == ["Plain", "Special"]
    (event,) = [each for each in logged if "log_failure" in each]
    assert event["name"] == f"{package.name}.abroken"


def test_aPluginThatCannotBeLoadedIsLoggedAndTheOthersAreFound(
    package: Package, logged: list[Any]
) -> None:
    package.find(IThing)
    content = package.cache.read_text().replace('"Plain"', '"Gone"')
    package.cache.write_text(content)
    package.forget()
    assert package.find(IThing) == ["Special"]
    assert len([each for each in logged if "log_failure" in each]) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\x80\x04\x95pickle",
        b"null",
        b"[]",
        b'{"format": 2, "dropins": {}}',
        b'{"format": 1, "dropins": []}',
        b'{"format": 1, "dropins": {"things": {}}}',
        b'{"format": 1, "dropins": {"things": null}}',
        b'{"format": 1, "dropins": {"things": {"moduleName": "x", "description": 1, '
        b'"plugins": [], "basis": []}}}',
        b"[" * 100_000,
    ],
)
def test_aDamagedOrForeignCacheIsMadeAnew(package: Package, content: bytes) -> None:
    package.cache.write_bytes(content)
    assert package.find(IThing) == ["Plain", "Special"]
    assert "things" in json.loads(package.cache.read_text())["dropins"]


def test_theCacheIsNotWrittenWhenNothingChanged(package: Package) -> None:
    package.find(IThing)
    before = package.cache.stat()
    package.forget()
    package.find(IThing)
    assert package.cache.stat().st_ino == before.st_ino
    assert sorted(
        each.name for each in package.folder.iterdir() if each.name.startswith("dropin")
    ) == ["dropin.cache"]


def test_aFolderThatCannotBeWrittenIsToleratedAndLoggedOnce(
    package: Package, logged: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refuse(path: Any, flags: int, *more: Any) -> int:
        if str(path).startswith(str(package.cache)):
            raise PermissionError(13, "no", path)
        return real(path, flags, *more)

    monkeypatch.setattr(os, "open", refuse)
    for _ in range(2):
        assert package.find(IThing) == ["Plain", "Special"]
        package.forget()
    (event,) = [each for each in logged if each.get("path") == str(package.cache)]
    assert event["errno"] == 13


def test_aDraftIsNotLeftBehind(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Any, target: Any) -> None:
        raise OSError(5, "broken")

    monkeypatch.setattr(os, "replace", refuse)
    package.find(IThing)
    assert sorted(each.name for each in package.folder.iterdir()) == ["__init__.py", "things.py"]


def test_whatIsNoFolderIsSkipped(package: Package, tmp_path: Path) -> None:
    module = package.load()
    (tmp_path / "file").touch()
    module.__path__.append(str(tmp_path / "nothing"))
    module.__path__.append(str(tmp_path / "file" / "below"))
    assert package.find(IThing) == ["Plain", "Special"]


def test_ofTwoModulesOfOneNameTheFirstCounts(package: Package, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "things.py").write_text(SOURCE.replace("Plain", "Shadowed"))
    (more / "others.py").write_text(SOURCE.replace("Plain", "Further"))
    package.load().__path__.append(str(more))
    assert package.find(IThing) == ["Further", "Plain", "Special", "Special"]


def test_whatIsShadowedForUsStaysInTheCacheForOthers(package: Package, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    (more / "things.py").write_text(SOURCE)
    module = package.load()
    module.__path__[:] = [str(more)]
    package.find(IThing)
    before = (more / "dropin.cache").read_text()
    package.forget()
    package.load().__path__.append(str(more))
    package.find(IThing)
    assert (more / "dropin.cache").read_text() == before


def test_pluginsInAnArchiveAreFound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"zippedplugins{next(_numbers)}"
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}/things.py", SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path / "all.zip"))
    found = list(getPlugins(IThing, importlib.import_module(name)))
    assert [each.__name__ for each in found] == ["Special", "Plain"]  # type: ignore[attr-defined]


def test_otherFoldersOnThePathCanBringPlugins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, package = tmp_path / "ours", tmp_path / "package"
    for each in (ours, package):
        (each / "some" / "plugins").mkdir(parents=True)
    (package / "some" / "plugins" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(ours), str(package), str(tmp_path / "nothing")])
    assert pluginPackagePaths("some.plugins") == [
        str(ours / "some" / "plugins"),
        str(tmp_path / "nothing" / "some" / "plugins"),
    ]


def test_theUsualPackageReachesIntoOtherFolders(tmp_path: Path) -> None:
    folder = tmp_path / "twisted" / "plugins"
    folder.mkdir(parents=True)
    (folder / "mine_plugin.py").write_text(SOURCE)
    script = (
        "from tests.test_plugin import IThing; from twisted.plugin import getPlugins;"
        "print(sorted(each.__name__ for each in getPlugins(IThing)))"
    )
    path = [str(tmp_path), os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])]
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "['Plain', 'Special']\n"


def test_whatIsMadeByHandBehavesTheSame() -> None:
    @provider(IPlugin, ISpecialThing)
    class Mine:
        pass

    dropin = plugin.CachedDropin(__name__, None)
    made = CachedPlugin(dropin, "SOURCE", None, [ISpecialThing])
    assert dropin.plugins == [made]
    assert made.provided == [ISpecialThing]
    assert IThing(made) is SOURCE  # type: ignore[comparison-overlap]


def test_theModuleIsCheapToImport() -> None:
    heavy = {"json", "pickle", "twisted.logger", "twisted.python.filepath"}
    script = f"import sys, twisted.plugin; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


def test_theOldSpellingIsThere() -> None:
    assert plugin.getPlugIns is plugin.getPlugins


def test_processesThatStartAtOnceAllFindEverything(package: Package) -> None:
    for number in range(5):
        package.write(f"many{number}", SOURCE)
    code = textwrap.dedent(
        f"""
        import sys
        sys.path[:0] = {[str(package.folder.parent), *sys.path]!r}
        from tests.test_plugin import IThing
        from twisted.plugin import getPlugins
        import {package.name}
        print("ready", flush=True)
        sys.stdin.read()
        for _ in range(3):
            print(len(list(getPlugins(IThing, {package.name}))), flush=True)
        """
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    # They have imported what they need, and now begin together.
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    for process in started:
        with process:
            assert process.stdout is not None
            assert process.stdout.read().split() == ["12", "12", "12"]
    assert set(json.loads(package.cache.read_bytes())["dropins"]) >= {"many0", "many4"}
    assert [path.name for path in package.folder.glob("dropin.cache*")] == ["dropin.cache"]
