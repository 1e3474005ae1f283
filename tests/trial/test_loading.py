"""Finding tests by name, by path, in packages, modules and classes."""

from __future__ import annotations

import sys
import types
import unittest as pyunit
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.trial import reporter, runner
from twisted.trial._asyncrunner import _iterateTests
from twisted.trial.runner import TestLoader as Loader

MODULE = """
from twisted.trial.unittest import SynchronousTestCase

class Second(SynchronousTestCase):
    def test_b(self): pass
    def test_a(self): pass

class First(SynchronousTestCase):
    def test_c(self): pass

class Derived(Second):
    def helper(self): pass
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    files = {
        "here/__init__.py": "",
        "here/test_one.py": MODULE,
        "here/other.py": MODULE,
        "here/test_broken.py": "import nosuchmodule\n",
        "here/test_script.py": "raise SystemExit(3)\n",
        "here/inner/__init__.py": "",
        "here/inner/test_deep.py": MODULE,
        "empty/readme": "",
        "custom.py": MODULE + "def testSuite():\n    return 'a suite'\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [n for n in sys.modules if n.split(".")[0] in ("here", "custom", "empty", "lone")]:
        del sys.modules[name]


def names(suite: Any) -> list[str]:
    return [test.id() for test in _iterateTests(suite)]


ONE = [
    "here.test_one.Derived.test_a",
    "here.test_one.Derived.test_b",
    "here.test_one.First.test_c",
    "here.test_one.Second.test_a",
    "here.test_one.Second.test_b",
]


@pytest.mark.parametrize(
    "name, wanted",
    [
        ("here.test_one", ONE),
        ("here.test_one.First", ["here.test_one.First.test_c"]),
        ("here.test_one.Derived.test_a", ["here.test_one.Derived.test_a"]),
        ("here", ["here.test_broken", *ONE, "here.test_script"]),
        ("nosuchmodule", ["nosuchmodule"]),
        ("here.nothing", ["here.nothing"]),
        ("here.test_one.First.helper", ["here.test_one.First.helper"]),
    ],
)
def test_testsAreFoundByNameAndWhatIsNotFoundIsATestThatFails(
    tree: Path, name: str, wanted: list[str]
) -> None:
    assert names(Loader().loadByName(name)) == wanted


def test_packagesWithinAPackageAreLookedAtIfAsked(tree: Path) -> None:
    found = names(Loader().loadByName("here", recurse=True))
    assert "here.inner.test_deep.First.test_c" in found
    assert not any("other" in name for name in found)


def test_whatCannotBeImportedIsReported(tree: Path) -> None:
    result = reporter.TestResult()
    Loader().loadByName("here").run(result)
    errors = {test.id(): error.type for test, error in result.errors}
    assert errors == {"here.test_broken": ModuleNotFoundError, "here.test_script": SystemExit}


def test_pathsAreLoaded(tree: Path) -> None:
    assert names(Loader().loadByName(f"{tree}/here/test_one.py")) == ONE
    assert len(names(Loader().loadByName(f"{tree}/here/"))) == 7
    (tree / "away").mkdir()
    (tree / "away" / "lone.py").write_text(MODULE)
    assert names(Loader().loadByName(f"{tree}/away/lone.py"))[0] == "lone.Derived.test_a"
    for path, words in [("nothing.py", "doesn't exist"), ("empty", "is not a package directory")]:
        with pytest.raises(ValueError, match=words):
            Loader().findByName(f"{tree}/{path}")
    (tree / "words").write_text("this is no Python")
    with pytest.raises(SyntaxError):
        Loader().findByName(f"{tree}/words")


def test_theFileThatIsNamedIsLoadedEvenIfAnotherHasItsName(tree: Path) -> None:
    (tree / "here.py").write_text(MODULE)
    found = runner.filenameToModule(f"{tree}/here.py")
    assert found.__file__ == f"{tree}/here.py"


def test_whatIsNamedTwiceIsLoadedOnce(tree: Path) -> None:
    loader = Loader()
    twice = ["here.test_one", "here.test_one", f"{tree}/here/test_one.py"]
    assert names(loader.loadByNames(twice)) == ONE
    order = ["here.test_one.Second.test_b", "here.test_one.Second", "here.inner.test_deep.First"]
    assert names(loader.loadByNames(order)) == [
        "here.test_one.Second.test_b",
        "here.test_one.Second.test_a",
        "here.test_one.Second.test_b",
        "here.inner.test_deep.First.test_c",
    ]


def test_theOrderCanBeChosen(tree: Path) -> None:
    loader = Loader(sorter=lambda thing: [-ord(c) for c in runner.name(thing)])
    assert names(loader.loadByName("here.test_one")) == ONE[::-1]
    assert loader != Loader() and Loader() == Loader()


def test_aModuleCanMakeItsSuite(tree: Path) -> None:
    import custom  # type: ignore[import-not-found]

    assert Loader().loadModule(custom) == "a suite"


def test_doctestsAreLoaded() -> None:
    module = types.ModuleType("documented")
    module.__doc__ = ">>> 1 + 1\n3\n"
    module.__doctests__ = [module]  # type: ignore[attr-defined]
    result = reporter.TestResult()
    Loader().loadModule(module).run(result)
    assert (result.testsRun, len(result.failures)) == (1, 1)
    assert names(Loader().loadDoctests("nosuchmodule")) == ["nosuchmodule"]


def test_onlyWhatHoldsTestsIsTaken(tree: Path) -> None:
    loader = Loader()
    import here  # type: ignore[import-not-found]
    from here import test_one

    refusals: list[tuple[Any, Any, type[Exception]]] = [
        (loader.loadClass, "text", TypeError),
        (loader.loadClass, str, ValueError),
        (loader.loadModule, "text", TypeError),
        (loader.loadPackage, test_one, TypeError),
        (loader.loadAnything, "here", TypeError),
    ]
    for load, given, error in refusals:
        with pytest.raises(error):
            load(given)
    suite = pyunit.TestSuite()
    assert loader.loadAnything(suite) is suite
    assert runner.isPackage(here) and not runner.isPackage(test_one)
    assert runner.isPackageDirectory(f"{tree}/here") == "__init__.py"
    assert runner.isPackageDirectory(f"{tree}/empty") is False
    assert runner.isTestCase(test_one.First) and not runner.isTestCase(test_one)


def test_aDottedNameIsWalkedUp() -> None:
    assert list(runner._qualNameWalker("a.b.c")) == [
        ("a.b.c", []),
        ("a.b", ["c"]),
        ("a", ["b", "c"]),
    ]


def test_samefileIsDeprecated() -> None:
    with pytest.warns(DeprecationWarning, match="please use os.path.samefile instead"):
        assert runner.samefile(__file__, __file__)
