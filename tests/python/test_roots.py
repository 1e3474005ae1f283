"""Trees of named things."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.python.roots import (
    Collection,
    Constrained,
    ConstraintViolation,
    Entity,
    Homogenous,
    Locked,
    NotSupportedError,
    Request,
)


class Dynamic(Collection):
    """A collection that makes ``made``."""

    def getDynamicEntity(self, name: str, request: Any) -> Any:
        return "entity" if name == "made" else None

    def listDynamicNames(self) -> list[str]:
        return ["made"]

    def listDynamicEntities(self, request: Any) -> list[tuple[str, Any]]:
        return [("made", "entity")]


def test_whatWasPutThereComesBeforeWhatIsMade() -> None:
    things = Dynamic({"put": 1})
    things.putEntity("none", None)
    assert [things.getEntity(name, None) for name in ("put", "none", "made", "x")] == [
        1,
        None,
        "entity",
        None,
    ]
    things.delEntity("none")
    assert things.listNames(None) == ["put", "made"]
    assert things.listEntities(None) == [("put", 1), ("made", "entity")]
    assert list(things.listStaticNames()) == ["put"]
    assert list(things.listStaticEntities()) == [("put", 1)]
    with pytest.raises(KeyError):
        things.delEntity("made")


@pytest.mark.parametrize("method", ["storeEntity", "removeEntity"])
def test_clientsChangeNothingOfThemselves(method: str) -> None:
    with pytest.raises(NotSupportedError, match=f"roots.Collection.{method}"):
        getattr(Collection(), method)("x", None)


@pytest.mark.parametrize(
    "call",
    [lambda: Request().write(b""), lambda: Request().finish(), lambda: Entity().render(None)],
)
def test_whatASubclassBringsIsMissing(call: Any) -> None:
    with pytest.raises(NotImplementedError):
        call()


def test_namesAreRestricted() -> None:
    class Short(Constrained):
        def nameConstraint(self, name: str) -> bool:
            return len(name) < 3

    things = Short()
    things.putEntity("ab", 1)
    with pytest.raises(ConstraintViolation, match="abc"):
        things.putEntity("abc", 1)
    things.reallyPutEntity("abc", 2)
    assert things.entities == {"ab": 1, "abc": 2}


def test_typesAreRestricted() -> None:
    things = Homogenous()
    things.putEntity("x", "anything")
    things.entityType = int
    things.putEntity("y", 1)
    with pytest.raises(ConstraintViolation, match="int"):
        things.putEntity("z", "text")
    assert (things.getEntityType(), things.getNameType()) == ("int", "Name")


def test_aLockedCollectionTakesNothing() -> None:
    things = Locked()
    things.putEntity("x", 1)
    things.lock()
    with pytest.raises(ConstraintViolation):
        things.putEntity("y", 1)
    assert things.getEntity("x", None) == 1
