"""Plugins that installed distributions declare."""

from __future__ import annotations

import importlib
import itertools
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.test_plugin import ISpecialThing, IThing
from twisted import _entrypoints
from twisted.logger import capturedLogs
from twisted.plugin import getCache, getPlugins

_numbers = itertools.count()

ONE = """
from zope.interface import provider
from twisted.plugin import IPlugin
from tests.test_plugin import IThing, ISpecialThing
@provider(IPlugin, ISpecialThing)
class Special:
    "A special one."
@provider(IPlugin, IThing)
class Plain:
    class Nested:
        pass
provider(IPlugin, IThing)(Plain.Nested)
class NoPlugin:
    pass
"""


class Site:
    """A folder of installed distributions on ``sys.path``, and a plugin package of its own."""

    def __init__(self, root: Path) -> None:
        number = next(_numbers)
        self.root = root
        self.package = f"declaredpackage{number}"
        self.module = f"declaredmodule{number}"
        (root / self.package).mkdir()
        (root / self.package / "__init__.py").touch()
        self.cache = root / self.package / "dropin.cache"
        self.write(self.module, ONE)

    def write(self, module: str, source: str) -> None:
        (self.root / f"{module}.py").write_text(source)

    def install(self, name: str, *values: str, group: str | None = None) -> None:
        folder = self.root / f"{name}-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        lines = [f"[{group or self.package}]", *(f"e{i} = {v}" for i, v in enumerate(values))]
        (folder / "entry_points.txt").write_text("\n".join(lines))

    def load(self) -> ModuleType:
        importlib.invalidate_caches()
        return importlib.import_module(self.package)

    def find(self, interface: Any = IThing) -> list[str]:
        return [each.__name__ for each in getPlugins(interface, self.load())]

    def forget(self) -> None:
        for name in [n for n in sys.modules if n.startswith((self.package, self.module))]:
            del sys.modules[name]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.syspath_prepend(str(tmp_path))
    return Site(tmp_path)


def test_aDeclaredModuleBringsAllItsPlugins(site: Site) -> None:
    site.install("shop", site.module)
    assert site.find() == ["Special", "Plain"]
    assert site.find(ISpecialThing) == ["Special"]


def test_aDeclaredNameBringsOnePlugin(site: Site) -> None:
    site.install("shop", f"{site.module}:Plain", f"{site.module} : Plain.Nested [extra]")
    assert site.find() == ["Plain", "Nested"]
    (plugin,) = getCache(site.load())[f"{site.module}:Plain"].plugins
    assert plugin.name == "Plain"


def test_otherGroupsAreOthersBusiness(site: Site) -> None:
    site.install("shop", site.module, group="console_scripts")
    assert site.find() == []


def test_whatIsNotWantedIsNotImportedOnceItIsKnown(site: Site) -> None:
    site.install("shop", f"{site.module}:Plain")
    assert site.find() == ["Plain"]
    site.forget()
    assert site.find(ISpecialThing) == []
    assert site.module not in sys.modules
    assert site.find() == ["Plain"]


def test_distributionsAreNotReadAgainWhileTheirFolderIsUnchanged(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("shop", site.module)
    site.find()
    before = site.cache.read_bytes()

    def again(**_: object) -> None:
        raise AssertionError("the distributions are read again")

    monkeypatch.setattr("importlib.metadata.distributions", again)
    assert site.find(ISpecialThing) == ["Special"]
    assert site.cache.read_bytes() == before


def test_whatIsInstalledAndRemovedIsNoticed(site: Site) -> None:
    site.install("shop", f"{site.module}:Plain")
    assert site.find() == ["Plain"]
    site.install("till", f"{site.module}:Special")
    assert sorted(site.find()) == ["Plain", "Special"]
    (site.root / "shop-1.dist-info").rename(site.root / "gone")
    assert site.find() == ["Special"]


def test_aChangeOfTheModuleIsNoticed(site: Site) -> None:
    site.install("shop", site.module)
    site.find()
    site.forget()
    site.write(site.module, ONE + "Again = Plain\n# longer, so that it is another file\n")
    assert site.find() == ["Special", "Plain", "Plain"]


@pytest.mark.parametrize(
    "value", ["no.such.module", "{module}:Missing", "{module}:NoPlugin", "{module}:", ":", "..", ""]
)
def test_aBrokenDeclarationIsLoggedAndTheOthersAreFound(site: Site, value: str) -> None:
    site.install("bad", value.format(module=f"{site.module}"))
    site.install("good", f"{site.module}:Plain")
    with capturedLogs() as captured:
        found = site.find()
    assert "Plain" in found
    if value not in ("{module}:", ""):
        assert captured


@pytest.mark.parametrize(
    "kept",
    [
        b"{}",
        b'{"format": 1, "dropins": {}, "installed": 3, "declared": []}',
        b'{"format": 1, "installed": {"%(root)s": {"stamp": 1, "declared": {"a": [4]}}}}',
        b'{"format": 1, "dropins": {}, "declared": {"x": {"basis": []}}}',
        b'{"format": 1, "dropins"',
    ],
)
def test_aDamagedCacheIsMadeAnew(site: Site, kept: bytes) -> None:
    site.install("shop", site.module)
    site.cache.write_bytes(kept.replace(b"%(root)s", str(site.root).encode()))
    assert site.find() == ["Special", "Plain"]
    assert json.loads(site.cache.read_bytes())["declared"]


def test_whatLiesInThePackageAndIsDeclaredIsFoundOnce(site: Site) -> None:
    site.write(f"{site.package}/inside", ONE)
    site.install("shop", f"{site.package}.inside")
    assert site.find() == ["Special", "Plain"]


def test_ofADistributionThatIsInstalledTwiceTheFirstCounts(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "later"
    other.mkdir()
    first, later = Site.__new__(Site), Site.__new__(Site)
    first.root, later.root = tmp_path, other
    first.install("shop", "first", group="g")
    later.install("shop", "later", group="g")
    later.install("till", "till", group="g")
    values, keep = _entrypoints.declared("g", {}, [str(tmp_path), str(other), "/nonexistent"])
    assert values == ["first", "till"]
    assert _entrypoints.declared("g", json.loads(json.dumps(keep)), list(keep)) == (values, keep)


def test_withoutDistributionsNothingThatReadsThemIsImported(tmp_path: Path) -> None:
    code = (
        "import sys; from twisted._entrypoints import declared\n"
        f"assert declared('g', {{}}, [{str(tmp_path)!r}]) == ([], {{}})\n"
        "assert 'importlib.metadata' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
