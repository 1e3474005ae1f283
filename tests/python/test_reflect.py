"""Names, methods by prefix, safe representations and searches."""

from __future__ import annotations

import re
import sys
import weakref
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from twisted.python import reflect


class Base:
    def do_one(self) -> str:
        return "base one"

    def do_two(self) -> str:
        return "two"

    def do_(self) -> None: ...

    def other(self) -> None: ...


class Derived(Base):
    def do_three(self) -> str:
        return "three"

    def do_one(self) -> str:
        return "derived one"


class TestNames:
    @pytest.mark.parametrize(
        "name, wanted",
        [
            ("twisted", sys.modules["twisted"]),
            ("twisted.python.reflect", reflect),
            ("twisted.python.reflect.QueueMethod", reflect.QueueMethod),
            ("twisted.python.reflect.QueueMethod.__call__", reflect.QueueMethod.__call__),
            ("twisted.python.reflect.qual.__name__", "qual"),
        ],
    )
    def test_anythingIsFoundByItsName(self, name: str, wanted: object) -> None:
        assert reflect.namedAny(name) == wanted

    @pytest.mark.parametrize(
        "name, error",
        [
            ("", reflect.InvalidName),
            (".twisted", reflect.InvalidName),
            ("twisted.", reflect.InvalidName),
            ("twisted..python", reflect.InvalidName),
            ("nosuchmodule", reflect.ModuleNotFound),
            ("nosuchmodule.thing", reflect.ObjectNotFound),
            ("@#$.!@#", reflect.ObjectNotFound),
            ("twisted.nosuchmodule", AttributeError),
            ("twisted.python.reflect.qual.nothing", AttributeError),
        ],
    )
    def test_aNameOfNothingIsRefused(self, name: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            reflect.namedAny(name)

    @pytest.mark.parametrize(
        "body, error",
        [("1/0", ZeroDivisionError), ("import nosuchmodule", ModuleNotFoundError)],
    )
    def test_whatAModuleRaisesIsNotHidden(
        self, body: str, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "failsOnImport.py").write_text(body)
        monkeypatch.syspath_prepend(tmp_path)
        for _ in range(2):
            with pytest.raises(error):
                reflect.namedAny("failsOnImport.thing")

    def test_objectsKnowTheirNames(self) -> None:
        assert reflect.qual(Derived) == f"{__name__}.Derived"
        assert reflect.fullyQualifiedName(Derived().do_one) == f"{__name__}.Derived.do_one"
        assert reflect.fullyQualifiedName(reflect) == "twisted.python.reflect"
        assert reflect.fullyQualifiedName(reflect.qual) == "twisted.python.reflect.qual"
        assert reflect.fullFuncName(reflect.qual) == "twisted.python.reflect.qual"

    def test_aFunctionThatItsNameDoesNotLeadToIsRefused(self) -> None:
        def local() -> None: ...

        local.__name__ = "Base"
        with pytest.raises(Exception, match="names another object"):
            reflect.fullFuncName(local)

    def test_aModuleThatCannotBeImportedGivesTheDefault(self) -> None:
        default = object()
        assert reflect.requireModule("no.such.module", default) is default
        assert reflect.requireModule("nosuchmodule") is None
        assert reflect.requireModule("twisted.python.reflect") is reflect

    def test_aFileKnowsItsModulesName(self, tmp_path: Path) -> None:
        package = tmp_path / "outer" / "inner"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package.parent / "__init__.py").touch()
        assert reflect.filenameToModuleName(str(package)) == "outer.inner"
        assert reflect.filenameToModuleName(f"{package}/") == "outer.inner"
        assert reflect.filenameToModuleName(f"{package}/__init__.py") == "outer.inner"
        assert reflect.filenameToModuleName(f"{package}/thing.py".encode()) == "outer.inner.thing"


class TestMethods:
    def test_basesComeFirstAndTheDerivedMethodWins(self) -> None:
        assert reflect.prefixedMethodNames(Derived, "do_") == ["one", "two", "three"]
        methods = reflect.prefixedMethods(Derived(), "do_")
        assert [method() for method in methods] == ["derived one", "two", "three"]

    def test_methodsOfOneClassCanBeAskedFor(self) -> None:
        found: dict[str, Any] = {}
        reflect.accumulateMethods(Derived(), found, "do_", Base)
        assert sorted(found) == ["one", "two"]

    def test_onlyClassesWithTheBaseCount(self) -> None:
        names: dict[str, int] = {}
        reflect.addMethodNamesToDict(Derived, names, "do_", Base)
        assert names == {"one": 1, "three": 1}

    def test_attributesOfBasesAreJoined(self) -> None:
        class A:
            table = {"a": 1, "b": 1}
            items = [1]

        class B(A):
            table = {"b": 2}
            items = [2]

        table: dict[str, int] = {}
        reflect.accumulateClassDict(B, "table", table)
        assert table == {"a": 1, "b": 2}
        items: list[int] = []
        reflect.accumulateClassList(B, "items", items)
        assert items == [1, 2]

    def test_aQueueMethodWritesCallsDown(self) -> None:
        calls: list[Any] = []
        reflect.QueueMethod("go", calls)(1, 2)
        assert calls == [("go", (1, 2))]


class Broken:
    def __repr__(self) -> str:
        raise ValueError("no repr")

    def __str__(self) -> str:
        raise ValueError("no str")


class Nameless(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no name")


class WithoutName(Broken, metaclass=Nameless):
    pass


class TestSafeText:
    def test_workingObjectsAreShownAsEver(self) -> None:
        assert reflect.safe_repr([1, "a"]) == repr([1, "a"])
        assert reflect.safe_str([1]) == "[1]"
        assert reflect.safe_str("tüst".encode()) == "tüst"
        assert reflect.safe_str(b"\xff") == str(b"\xff")

    def test_aBrokenObjectIsDescribedWithItsFailure(self) -> None:
        broken = Broken()
        shown = reflect.safe_repr(broken)
        assert shown.startswith(f"<Broken instance at 0x{id(broken):x} with repr error:")
        assert "ValueError: no repr" in shown
        assert __file__ in shown
        assert "ValueError: no str" in reflect.safe_str(broken)

    def test_aClassThatCannotBeNamedIsSaidToBeBroken(self) -> None:
        thing = WithoutName()
        assert reflect.safe_repr(thing).startswith(f"<BROKEN CLASS AT 0x{id(thing):x} with repr")


class Holder:
    def method(self) -> None: ...


class TestSearch:
    def test_eachKindOfReferenceIsFollowed(self) -> None:
        goal = object()
        holder: Any = Holder()
        holder.thing = goal
        cases: list[tuple[object, str]] = [
            ({None: goal}, "[None]"),
            ({goal: None}, "{None}"),
            ([None, goal], "[1]"),
            ((goal,), "[0]"),
            (deque([None, goal]), "[1]"),
            (holder, ".thing"),
            (weakref.ref(holder), "().thing"),
            (holder.method, ".__self__.thing"),
            ({"a": [goal]}, "['a'][0]"),
        ]
        for start, way in cases:
            assert way in reflect.objgrep(start, goal, reflect.isSame)

    def test_waysAreNoLongerThanAskedFor(self) -> None:
        goal: list[Any] = []
        start = [goal, [goal, [goal]]]
        for depth, wanted in enumerate([["[0]"], ["[0]", "[1][0]"]], start=1):
            found = reflect.objgrep(start, goal, reflect.isSame, maxDepth=depth)
            assert found == wanted

    def test_aLongChainDoesNotOverflowTheStack(self) -> None:
        goal = object()
        chain: list[Any] = [goal]
        for _ in range(20_000):
            chain = [chain]
        assert len(reflect.objgrep(chain, goal, reflect.isSame)) == 1

    def test_instancesOfJustOneClassAreFound(self) -> None:
        assert reflect.findInstances([True, 3, [4]], int) == ["[1]", "[2][0]"]

    def test_loadedModulesCanBeSearched(self) -> None:
        marker = re.compile("a pattern that is nowhere else")
        Holder.marker = marker  # type: ignore[attr-defined]
        try:
            ways = reflect.modgrep(marker)
        finally:
            del Holder.marker  # type: ignore[attr-defined]
        assert any(way.endswith(".marker") for way in ways)

    def test_whatCannotBeLookedIntoIsShownIfAsked(self, capsys: pytest.CaptureFixture[str]) -> None:
        reflect.objgrep([{1, 2}], 5, showUnknowns=1)
        assert "unknown type <class 'set'>" in capsys.readouterr().out

    def test_theClassIsWhatTheObjectSays(self) -> None:
        assert reflect.getClass(Holder()) is Holder
        assert reflect.isLike(1, 1.0) and not reflect.isSame(1, 1.0)


def test_aKeyThatCannotBeShownDoesNotEndASearch() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError("not for you")

    ways = reflect.findInstances({Shy(): 3}, int)
    assert len(ways) == 1
    assert "Shy" in ways[0]
