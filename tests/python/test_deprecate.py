"""Warnings about what will go."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from incremental import Version

from twisted.python import deprecate

SINCE = Version("Twisted", 8, 0, 0)


def replacement() -> None: ...


@deprecate.deprecated(SINCE)
def old(x: int) -> int:
    """
    Double it.
    """
    return 2 * x


@deprecate.deprecated(SINCE, replacement)
class OldClass:
    """Something."""


class WithProperty:
    _value = 1

    @deprecate.deprecatedProperty(SINCE, "newer")
    def value(self) -> Any:
        """The value."""
        return self._value

    def _set(self, value: int) -> None:
        self._value = value

    def _delete(self) -> None:
        self._value = 0

    value = value.setter(_set).deleter(_delete)


@deprecate.deprecatedKeywordParameter(SINCE, "c", "d")
def withParameter(a: int, b: int = 1, c: int = 2, *, d: int = 3) -> tuple[int, int, int, int]:
    """One line."""
    return a, b, c, d


class TestFunctions:
    def test_eachCallWarnsAtTheCallersLine(self) -> None:
        with pytest.warns(DeprecationWarning) as caught:
            assert old(2) == 4
        assert str(caught[0].message) == f"{__name__}.old was deprecated in Twisted 8.0.0"
        assert caught[0].filename == __file__

    def test_theDocstringSaysSoAndTheRestStays(self) -> None:
        assert old.__doc__ == "\nDouble it.\n\nDeprecated in Twisted 8.0.0.\n"
        assert old.__name__ == "old"
        assert vars(old)["deprecatedVersion"] == SINCE

    def test_aClassWarnsWhenItIsInstantiated(self) -> None:
        with pytest.warns(DeprecationWarning, match=f"please use {__name__}.replacement instead"):
            OldClass()

    def test_theTextOfAWarningCanBeChosen(self) -> None:
        form = deprecate.DEPRECATION_WARNING_FORMAT + ": too slow"
        text = deprecate.getDeprecationWarningString(replacement, SINCE, form, "haste")
        assert text == (
            f"{__name__}.replacement was deprecated in Twisted 8.0.0: too slow; "
            "please use haste instead"
        )

    def test_anotherFunctionCanBeCalledToWarn(self) -> None:
        calls: list[Any] = []
        method = deprecate.getWarningMethod()
        deprecate.setWarningMethod(lambda *args, **kwargs: calls.append((args, kwargs)))
        try:
            old(1)
        finally:
            deprecate.setWarningMethod(method)
        assert calls[0][0][1] is DeprecationWarning
        assert deprecate.getWarningMethod() is warnings.warn

    def test_aWarningCanPointToTheLastLineOfAFunction(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "offending.py").write_text(
            "def f(a=1):\n    if a:\n        a\n    else:\n        pass\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        import offending  # type: ignore[import-not-found]

        monkeypatch.setitem(sys.modules, "offending", offending)
        with pytest.warns(DeprecationWarning, match="words") as caught:
            deprecate.warnAboutFunction(offending.f, "words")
        assert (caught[0].filename, caught[0].lineno) == (str(tmp_path / "offending.py"), 5)


class TestProperties:
    def test_eachUseWarns(self) -> None:
        thing: Any = WithProperty()
        wanted = r"WithProperty\.value was deprecated in Twisted 8\.0\.0; please use newer instead"
        with pytest.warns(DeprecationWarning, match=wanted):
            assert thing.value == 1
        with pytest.warns(DeprecationWarning, match=wanted) as caught:
            thing.value = 5
        assert caught[0].filename == __file__
        assert thing._value == 5
        with pytest.warns(DeprecationWarning, match=wanted):
            del thing.value
        assert thing._value == 0

    def test_theDocstringSaysSo(self) -> None:
        assert WithProperty.value.__doc__ == (
            "The value.\n\nDeprecated in Twisted 8.0.0; please use newer instead.\n"
        )


class TestParameters:
    @pytest.mark.parametrize("args, kwargs", [((1,), {"c": 5}), ((1, 2, 3), {})])
    def test_aCallThatGivesTheParameterWarns(self, args: Any, kwargs: Any) -> None:
        with pytest.warns(DeprecationWarning, match="The 'c' parameter to .*withParameter was"):
            withParameter(*args, **kwargs)

    def test_aCallThatDoesNotIsSilent(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert withParameter(1, 2, d=4) == (1, 2, 2, 4)
        assert "parameter was deprecated in Twisted 8.0.0; please use d" in str(
            withParameter.__doc__
        )

    @pytest.mark.parametrize(
        "args, kwargs, wanted",
        [((1, 2), {}, 10), ((1, 2, 7), {}, 14), ((1, 2), {"b": 7}, 13)],
    )
    def test_oneOfTwoExclusiveArgumentsMayBeGiven(
        self, args: Any, kwargs: Any, wanted: int
    ) -> None:
        @deprecate._mutuallyExclusiveArguments([("a", "b")])
        def total(x: int, y: int, a: int = 3, b: int = 4) -> int:
            return x + y + a + b

        assert total(*args, **kwargs) == wanted
        with pytest.raises(TypeError, match=r"'a' and 'b' .*total are mutually exclusive"):
            total(1, 2, 3, b=4)

    def test_aCallThatDoesNotFitIsRefused(self) -> None:
        @deprecate._mutuallyExclusiveArguments([("a", "b")])
        def f(a: int, b: int = 1, *, c: int) -> None: ...

        misfits: list[tuple[Any, Any]] = [
            ((1, 2, 3), {"c": 1}),
            ((1,), {"a": 1, "c": 1}),
            ((1,), {"c": 1, "z": 1}),
            ((1,), {}),
        ]
        for args, kwargs in misfits:
            with pytest.raises(TypeError):
                f(*args, **kwargs)


class TestModules:
    @pytest.fixture
    def module(self, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        module = ModuleType("hasOldThings")
        vars(module).update(old=1, older=2, new=3)
        monkeypatch.setitem(sys.modules, "hasOldThings", module)
        deprecate.deprecatedModuleAttribute(SINCE, "stop it", "hasOldThings", "old")
        deprecate.deprecatedModuleAttribute(SINCE, "stop it too", "hasOldThings", "older")
        return sys.modules["hasOldThings"]

    def test_useOfAnAttributeWarns(self, module: Any) -> None:
        with pytest.warns(DeprecationWarning) as caught:
            assert (module.old, module.older) == (1, 2)
        assert [str(w.message) for w in caught] == [
            "hasOldThings.old was deprecated in Twisted 8.0.0: stop it",
            "hasOldThings.older was deprecated in Twisted 8.0.0: stop it too",
        ]
        assert caught[0].filename == __file__

    def test_otherAttributesAreSilentAndCanBeChanged(self, module: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            module.new = 4
            assert module.new == 4
            assert "new" in dir(module)
            del module.new
            assert not hasattr(module, "new")

    def test_anImportStatementWarnsOnce(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        package = tmp_path / "oldPackage"
        package.mkdir()
        (package / "__init__.py").write_text(
            "from incremental import Version\n"
            "from twisted.python.deprecate import deprecatedModuleAttribute\n"
            "deprecatedModuleAttribute(Version('P', 1, 2, 3), 'gone', __name__, 'part')\n"
        )
        (package / "part.py").touch()
        monkeypatch.syspath_prepend(tmp_path)
        try:
            for _ in range(3):
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always")
                    from oldPackage import part  # type: ignore[import-not-found]
                assert part.__name__ == "oldPackage.part"
                assert [str(w.message) for w in caught] == [
                    "oldPackage.part was deprecated in P 1.2.3: gone"
                ]
        finally:
            for name in ("oldPackage", "oldPackage.part"):
                sys.modules.pop(name, None)
