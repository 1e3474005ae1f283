"""Changed source that a running process takes over."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.python import components, rebuild

BEFORE = """
class A:
    def name(self): return "old A"
class B(A):
    pass
class C(A):
    def name(self): return "old C"
def function(): return "old function"
"""


@pytest.fixture
def change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Write the module, and import it the first time."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(source: str) -> Any:
        (tmp_path / "rebuiltmodule.py").write_text(source)
        return __import__("rebuiltmodule")

    yield write
    sys.modules.pop("rebuiltmodule", None)


def test_everythingBecomesNew(change: Callable[[str], Any]) -> None:
    module = change(BEFORE)
    held = types.ModuleType("holder")
    held.__dict__.update(function=module.function, A=module.A)
    sys.modules["holder"] = held
    outside = type("Outside", (module.A,), {})
    a, b, c, other = module.A(), module.B(), module.C(), outside()
    change(BEFORE.replace("old", "new"))
    try:
        assert rebuild.rebuild(module, doLog=0) is module
    finally:
        del sys.modules["holder"]
    assert [each.name() for each in (a, b, c, other)] == ["new A", "new A", "new C", "new A"]
    assert module.function() == held.__dict__["function"]() == "new function"
    assert held.__dict__["A"] is module.A is type(a)


def test_adaptersAreRegisteredOnceMore(change: Callable[[str], Any]) -> None:
    source = """
from zope.interface import Interface
from twisted.python.components import Adapter, registerAdapter
class IX(Interface): pass
class X: pass
class XA(Adapter): pass
registerAdapter(XA, X, IX)
"""
    module = change(source)
    rebuild.rebuild(module)
    assert isinstance(module.IX(module.X()), module.XA)
    with pytest.raises(ValueError):
        components.registerAdapter(module.XA, module.X, module.IX)


def test_aModuleMayDecline(change: Callable[[str], Any]) -> None:
    module = change("ALLOW_TWISTED_REBUILD = 0")
    with pytest.raises(RuntimeError, match="rebuiltmodule"):
        rebuild.rebuild(module)


def test_instancesThatCannotBecomeNewAreSaid(change: Callable[[str], Any]) -> None:
    module = change("class A:\n    __slots__ = ['x']")
    kept = module.A()
    change("class A:\n    __slots__ = ['x', 'y', 'z']")
    with pytest.raises(rebuild.RebuildError, match="rebuiltmodule"):
        rebuild.rebuild(module)
    assert not hasattr(kept, "y")


@pytest.mark.parametrize(
    "source", ["class A:\n    __slots__ = ['value']", "class A(list):\n    pass", "class A: pass"]
)
def test_oneInstanceBecomesNew(change: Callable[[str], Any], source: str) -> None:
    module = change("")
    exec(source, module.__dict__)
    instance = module.A()
    old = type(instance)
    exec(source, module.__dict__)
    rebuild.updateInstance(instance)
    assert type(instance) is module.A is not old
    assert rebuild.latestClass(old) is module.A


def test_aNewBaseReachesInstancesOfASubclass(change: Callable[[str], Any]) -> None:
    module = change("class A: pass\nclass B(A): pass\nclass C(B): pass")
    instance = module.C()
    exec("class A:\n    new = 1", module.__dict__)
    rebuild.updateInstance(instance)
    assert instance.new == 1


def test_theNewestVersionIsGiven(change: Callable[[str], Any]) -> None:
    module = change(BEFORE)
    oldFunction, oldClass = module.function, module.A
    keeper = rebuild.Sensitive()
    keeper.rebuildUpToDate()
    assert not keeper.needRebuildUpdate()
    change(BEFORE.replace("old", "new"))
    rebuild.rebuild(module, 0)
    keeper.lastRebuild = rebuild.lastRebuild - 1
    assert keeper.needRebuildUpdate()
    assert (
        keeper.latestVersionOf(oldFunction)
        is module.function
        is rebuild.latestFunction(oldFunction)
    )
    assert keeper.latestVersionOf(oldClass) is module.A
    assert keeper.latestVersionOf(keeper.needRebuildUpdate) == keeper.needRebuildUpdate
    assert keeper.latestVersionOf(5) == 5
    assert keeper.latestVersionOf(Exception) is Exception


def test_whatIsInAFunctionStaysAsItIs() -> None:
    class Local:
        pass

    assert rebuild.latestClass(Local) is Local
