"""
Trees of named things, such as a server offers them to its clients.

A `Collection` holds entities under names: those that were put there, and those that a subclass
makes when they are asked for. The others restrict what may be put into one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.python import reflect

__all__ = [
    "Collection",
    "Constrained",
    "ConstraintViolation",
    "Entity",
    "Homogenous",
    "Locked",
    "NotSupportedError",
    "Request",
]


class NotSupportedError(NotImplementedError):
    """A collection does not do what it was asked for, nor will it."""


class ConstraintViolation(Exception):
    """An entity or its name is not one that a collection takes."""


def _name(thing: object, method: str) -> str:
    """Give the name of a method that is missing."""
    return f"{reflect.qual(thing.__class__)}.{method}"


class Request:
    """
    What a client wants, and where the answer goes; each protocol makes its own kind.

    Attributes:
        wireProtocol: the name of that protocol.
    """

    wireProtocol: str | None = None

    def write(self, data: bytes) -> None:
        """Send a part of the answer."""
        raise NotImplementedError(_name(self, "write"))

    def finish(self) -> None:
        """Say that the answer is whole."""
        raise NotImplementedError(_name(self, "finish"))


class Entity:
    """Something that can answer a request."""

    def render(self, request: Any) -> None:
        """Answer a request."""
        raise NotImplementedError(_name(self, "render"))


class Collection:
    """
    Entities under names.

    Attributes:
        entities: those that were put here, by name. The others are dynamic.
    """

    def __init__(self, entities: dict[str, Any] | None = None) -> None:
        """
        Args:
            entities: the attribute of that name.
        """
        self.entities: dict[str, Any] = {} if entities is None else entities

    # Those that were put here.

    def getStaticEntity(self, name: str) -> Any:
        """Give what was put here under a name, or None."""
        return self.entities.get(name)

    def listStaticNames(self) -> Iterable[str]:
        """Give the names of what was put here."""
        return self.entities.keys()

    def listStaticEntities(self) -> Iterable[tuple[str, Any]]:
        """Give what was put here, as pairs of name and entity."""
        return self.entities.items()

    def putEntity(self, name: str, entity: Any) -> None:
        """Put an entity here."""
        self.entities[name] = entity

    def delEntity(self, name: str) -> None:
        """Take away what was put here under a name. Raises: KeyError."""
        del self.entities[name]

    # Those that a subclass makes.

    def getDynamicEntity(self, name: str, request: Any) -> Any:
        """Make the entity of a name for a request, or None."""
        return None

    def listDynamicNames(self) -> Iterable[str]:
        """Give the names of what can be made."""
        return []

    def listDynamicEntities(self, request: Any) -> Iterable[tuple[str, Any]]:
        """Give what can be made for a request, as pairs of name and entity."""
        return []

    def storeEntity(self, name: str, request: Any) -> None:
        """Keep what a client sends under a name."""
        raise NotSupportedError(_name(self, "storeEntity"))

    def removeEntity(self, name: str, request: Any) -> None:
        """Take away what a client names."""
        raise NotSupportedError(_name(self, "removeEntity"))

    # Both.

    def getEntity(self, name: str, request: Any) -> Any:
        """Give the entity of a name, one that was put here before one that is made, or None."""
        if name in self.entities:
            return self.getStaticEntity(name)
        return self.getDynamicEntity(name, request)

    def listNames(self, request: Any) -> list[str]:
        """Give all names."""
        return [*self.listStaticNames(), *self.listDynamicNames()]

    def listEntities(self, request: Any) -> list[tuple[str, Any]]:
        """Give all entities, as pairs of name and entity."""
        return [*self.listStaticEntities(), *self.listDynamicEntities(request)]


class Constrained(Collection):
    """A collection that does not take everything; what it takes, a subclass says."""

    def nameConstraint(self, name: str) -> bool:
        """Tell whether there may be an entity of that name, or raise `ConstraintViolation`."""
        return True

    def entityConstraint(self, entity: Any) -> bool:
        """Tell whether an entity may be here, or raise `ConstraintViolation`."""
        return True

    def reallyPutEntity(self, name: str, entity: Any) -> None:
        """Put an entity here without asking whether it may be."""
        super().putEntity(name, entity)

    def putEntity(self, name: str, entity: Any) -> None:
        """
        Put an entity here.

        Raises: ConstraintViolation if it or its name may not be here.
        """
        if not self.nameConstraint(name):
            raise ConstraintViolation(f"the name {name!r} is not one that is taken here")
        if not self.entityConstraint(entity):
            raise ConstraintViolation(f"{entity!r} is not taken here, under whatever name")
        self.reallyPutEntity(name, entity)


class Locked(Constrained):
    """
    A collection that can be closed for good.

    Attributes:
        locked: whether it was.
    """

    locked: int = 0

    def lock(self) -> None:
        """Take nothing more from now on."""
        self.locked = 1

    def entityConstraint(self, entity: Any) -> bool:
        """Tell whether anything is taken still."""
        return not self.locked


class Homogenous(Constrained):
    """
    A collection of entities of one type.

    Attributes:
        entityType: that type.
    """

    entityType: type = object

    def entityConstraint(self, entity: Any) -> bool:
        """Tell whether an entity is of the type, or raise `ConstraintViolation`."""
        if isinstance(entity, self.entityType):
            return True
        raise ConstraintViolation(
            f"{entity!r} is no {reflect.qual(self.entityType)}, and no other is taken here"
        )

    def getNameType(self) -> str:
        """Say what names are called in this collection."""
        return "Name"

    def getEntityType(self) -> str:
        """Say what entities are called in this collection."""
        return self.entityType.__name__
