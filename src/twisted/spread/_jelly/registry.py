"""Which class, or which function, makes an object of a type that was received."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from twisted._faces import handOn
from twisted.python.reflect import qual

from .base import asBytes
from .security import globalSecurity

__all__ = [
    "setUnjellyableFactoryForClass",
    "setUnjellyableForClass",
    "setUnjellyableForClassTree",
    "unjellyableFactoryRegistry",
    "unjellyableRegistry",
]

unjellyableRegistry: dict[bytes, Any] = {}
"""By the name of a type: a class whose ``unjellyFor`` makes it, or what is called instead."""

unjellyableFactoryRegistry: dict[bytes, Callable[[Any], Any]] = {}
"""By the name of a type: what makes an object of the state that was received."""


def _register(registry: dict[bytes, Any], classname: Any, maker: Any) -> None:
    name = asBytes(qual(classname) if isinstance(classname, type) else classname)
    registry[name] = maker
    globalSecurity.allowTypes(name)


def setUnjellyableForClass(classname: str | bytes | type, unjellyable: Any) -> None:
    """
    Say what is made here of objects of a class over there.

    This allows the type, to every broker without security options of its own.

    Args:
        classname: the class of what is sent, or the name that it is sent under.
        unjellyable: the class of what is made, a `RemoteCopy` for instance. A function is called
            with what reads and what was received, and returns the object.
    """
    _register(unjellyableRegistry, classname, unjellyable)


def setUnjellyableFactoryForClass(
    classname: str | bytes | type, copyFactory: Callable[[Any], Any]
) -> None:
    """
    Say what makes objects here of those of a class over there.

    Args:
        classname: the class of what is sent, or the name that it is sent under.
        copyFactory: called with the state; returns the object.
    """
    _register(unjellyableFactoryRegistry, classname, copyFactory)


def setUnjellyableForClassTree(
    module: ModuleType, baseClass: type, prefix: str | None = None
) -> None:
    """
    Register all classes of a module that derive from one class, each for itself.

    Args:
        module: the module.
        baseClass: the class.
        prefix: what stands before the names of the classes, with a dot in between. Without it, the
            name of the module; nothing, and no dot, if it is empty.
    """
    if prefix is None:
        prefix = module.__name__
    if prefix:
        prefix += "."
    for name, thing in list(vars(module).items()):
        if isinstance(thing, type) and issubclass(thing, baseClass):
            setUnjellyableForClass(prefix + name, thing)


handOn(
    "twisted.spread.jelly",
    setUnjellyableFactoryForClass,
    setUnjellyableForClass,
    setUnjellyableForClassTree,
)
