"""Adapters, componentized objects and proxies."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface import Attribute, Interface, implementer
from zope.interface.adapter import AdapterRegistry

from twisted.python import components


class IShape(Interface):
    corners = Attribute("How many corners it has.")

    def area(scale: float) -> float:
        """Its area."""


class ISolid(IShape):
    def volume() -> float:
        """Its volume."""


class IColour(Interface):
    pass


class Plain:
    pass


@implementer(IColour)
class Coloured(components.Adapter):
    pass


@pytest.fixture(autouse=True)
def ownRegistry(monkeypatch: pytest.MonkeyPatch) -> Iterator[AdapterRegistry]:
    registry = AdapterRegistry()
    monkeypatch.setattr(components, "globalRegistry", registry)
    hook = components._addHook(registry)
    yield registry
    components._removeHook(hook)


def test_aRegisteredAdapterIsFoundByCallingTheInterface() -> None:
    components.registerAdapter(Coloured, Plain, IColour)
    plain = Plain()
    adapted = IColour(plain)
    assert isinstance(adapted, Coloured)
    assert adapted.original is plain
    assert components.getAdapterFactory(Plain, IColour, None) is Coloured


def test_adaptersAreFoundForInterfacesAndForSubclasses() -> None:
    components.registerAdapter(Coloured, IShape, IColour)

    class Derived(Plain):
        pass

    assert components.getAdapterFactory(ISolid, IColour, None) is Coloured
    assert components.getAdapterFactory(Derived, IColour, "none") == "none"
    components.registerAdapter(Coloured, Plain, IColour)
    assert components.getAdapterFactory(Derived, IColour, None) is Coloured


def test_aSecondAdapterForTheSameIsRefusedUnlessAllowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(original: object) -> str:
        return "other"

    components.registerAdapter(Coloured, Plain, IColour)
    with pytest.raises(ValueError, match="already registered"):
        components.registerAdapter(other, Plain, IColour)
    assert components.getAdapterFactory(Plain, IColour, None) is Coloured
    monkeypatch.setattr(components, "ALLOW_DUPLICATES", 1)
    components.registerAdapter(other, Plain, IColour)
    assert components.getAdapterFactory(Plain, IColour, None) is other


def test_nothingIsRegisteredIfOneOfSeveralIsRefused() -> None:
    components.registerAdapter(Coloured, Plain, IColour)
    with pytest.raises(ValueError):
        components.registerAdapter(Coloured, Plain, IShape, IColour)
    assert components.getAdapterFactory(Plain, IShape, None) is None


def test_anAdapterAdaptsFurtherThroughItsOriginal() -> None:
    keeper = components.Componentized()
    keeper.setComponent(IShape, "a shape")
    found: object = IShape(components.Adapter(keeper))
    assert found == "a shape"
    with pytest.raises(components.CannotAdapt):
        IShape(components.Adapter(Plain()))


def test_aComponentizedAdaptsOnceAndKeepsTheAdapter() -> None:
    components.registerAdapter(Coloured, components.Componentized, IColour)
    keeper = components.Componentized()
    first = keeper.getComponent(IColour)
    assert isinstance(first, Coloured)
    assert IColour(keeper) is first
    assert keeper.removeComponent(first) == [IColour]
    assert keeper.getComponent(IColour) is not first


def test_aTemporaryAdapterIsMadeForEachUse() -> None:
    class Brief(Coloured):
        temporaryAdapter = 1

    components.registerAdapter(Brief, components.Componentized, IColour)
    keeper = components.Componentized()
    assert keeper.getComponent(IColour) is not keeper.getComponent(IColour)


def test_oneAdapterServesAllTheInterfacesItWasRegisteredFor() -> None:
    @implementer(IColour, ISolid)
    class Both(components.Adapter):
        corners = 8

        def area(self, scale: float) -> float:
            return 6 * scale

        def volume(self) -> float:
            return 1.0

    components.registerAdapter(Both, components.Componentized, IColour, ISolid)
    keeper = components.Componentized()
    assert keeper.getComponent(IColour) is keeper.getComponent(ISolid)


def test_componentsAreSetAndUnset() -> None:
    keeper = components.ReprableComponentized()
    assert keeper.getComponent(IColour, "default") == "default"
    keeper.setComponent(IColour, "red")
    assert keeper.getComponent(IColour) == "red"
    assert "IColour" in repr(keeper) and "red" in repr(keeper)
    keeper.unsetComponent(IColour)
    assert keeper.getComponent(IColour) is None
    keeper.addAdapter(Coloured, ignoreClass=1)
    assert isinstance(keeper.getComponent(IColour), Coloured)
    keeper.setAdapter(IShape, Coloured)
    assert keeper.getComponent(IShape).original is keeper


def test_aComponentizedSurvivesPickling() -> None:
    keeper = components.Componentized()
    keeper.setComponent(IColour, "blue")
    assert pickle.loads(pickle.dumps(keeper)).getComponent(IColour) == "blue"


class Square:
    corners = 4
    colour = "grey"

    def area(self, scale: float) -> float:
        return scale * scale

    def volume(self) -> float:
        return 0.0


def test_aProxyForwardsWhatTheInterfaceNamesAndNothingElse() -> None:
    Proxy: Any = components.proxyForInterface(ISolid)
    square = Square()
    proxy = Proxy(square)
    assert proxy.original is square
    assert proxy.area(3) == 9 and proxy.volume() == 0
    proxy.corners = 5
    assert square.corners == 5
    del proxy.corners
    assert proxy.corners == 4
    with pytest.raises(AttributeError):
        proxy.colour  # noqa: B018
    assert ISolid.providedBy(proxy) and IShape.providedBy(proxy)
    assert Proxy.__name__ == f"(Proxy for {__name__}.ISolid)"


def test_aProxysMethodsCanBeOverriddenAndCalledThrough() -> None:
    Base: Any = components.proxyForInterface(IShape, originalAttribute="inner")

    class Doubling(Base):  # type: ignore[misc]
        def area(self, scale: float) -> Any:
            return 2 * Base.area(self, scale)

    doubling = Doubling(Square())
    assert doubling.area(3) == 18
    assert doubling.inner.area(3) == 9
