"""
Take over changed source into a process that runs.

`rebuild` imports a module again and then sees to it that nothing of the old one is left in use:
instances get the new class, subclasses the new base, and names that other modules imported lead to
the new function or class. It is for development: what the module did when it was imported is done
once more.
"""

from __future__ import annotations

import gc
import sys
import time
import types
from collections.abc import Iterator
from typing import Any

from twisted.python import components, log, reflect

__all__ = [
    "RebuildError",
    "Sensitive",
    "lastRebuild",
    "latestClass",
    "latestFunction",
    "rebuild",
    "updateInstance",
]

lastRebuild: float = time.time()
"""When anything was rebuilt for the last time, in seconds since the epoch."""


class RebuildError(Exception):
    """A module cannot be rebuilt."""


class Sensitive:
    """
    A mixin for objects that keep classes and functions, and can ask for their newest version.

    Attributes:
        lastRebuild: when the object last did so, in seconds since the epoch.
    """

    lastRebuild = lastRebuild

    def needRebuildUpdate(self) -> bool:
        """Tell whether anything was rebuilt since then."""
        return self.lastRebuild < lastRebuild

    def rebuildUpToDate(self) -> None:
        """Note that the object did so just now."""
        self.lastRebuild = time.time()

    def latestVersionOf(self, anObject: Any) -> Any:
        """Give the newest version of a function, a method or a class; anything else as it is."""
        if isinstance(anObject, types.FunctionType):
            return latestFunction(anObject)
        if isinstance(anObject, types.MethodType):
            return getattr(anObject.__self__, anObject.__name__)
        if isinstance(anObject, type):
            return latestClass(anObject)
        return anObject


def _newest(old: Any) -> Any:
    """Give what the name of something leads to now, or itself where that is nothing of its kind."""
    new = sys.modules.get(old.__module__)
    for name in old.__qualname__.split("."):
        new = getattr(new, name, None)
    return new if type(new) is type(old) else old


def latestFunction(oldFunc: Any) -> Any:
    """Give the newest version of a function."""
    return _newest(oldFunc)


def latestClass(oldClass: type) -> type:
    """Give the newest version of a class, with the newest versions of its bases."""
    new: type = _newest(oldClass)
    _renewBases(new)
    return new


def _renewBases(each: type) -> None:
    """Put the newest versions of its bases in the place of the bases of a class."""
    bases = tuple(_newest(base) for base in each.__bases__)
    for base in bases:
        _renewBases(base)
    if bases != each.__bases__:
        try:
            each.__bases__ = bases
        except TypeError:
            # The layout is another one; what exists keeps the old class.
            pass


def updateInstance(self: Any) -> None:
    """
    Give an object the newest version of its class.

    Raises: TypeError if the new class keeps its attributes in another way than the old one.
    """
    self.__class__ = latestClass(self.__class__)


def rebuild(module: types.ModuleType, doLog: int = 1) -> types.ModuleType:
    """
    Import a module again, and let the new version take the place of the old one everywhere.

    Args:
        module: the module. One that has ``ALLOW_TWISTED_REBUILD`` set to something false
            declines.
        doLog: whether to log what is done.
    Returns: the module.
    Raises: RuntimeError if the module declines.
    """
    import importlib

    global lastRebuild
    if not getattr(module, "ALLOW_TWISTED_REBUILD", True):
        raise RuntimeError(f"{module.__name__} does not want to be rebuilt")
    old = dict(_definedIn(module))
    allowed = components.ALLOW_DUPLICATES
    # It registers the same adapters once more.
    components.ALLOW_DUPLICATES = 1
    try:
        importlib.reload(module)
    finally:
        components.ALLOW_DUPLICATES = allowed
    new = dict(_definedIn(module))
    pairs = [(each, new[name]) for name, each in old.items() if type(new.get(name)) is type(each)]
    _renewNames({id(before): after for before, after in pairs})
    for before, after in pairs:
        if isinstance(before, type):
            _renewClass(before, after)
    lastRebuild = time.time()
    if doLog:
        log.msg(f"rebuilt {module.__name__}: {len(pairs)} names are new")
    return module


def _definedIn(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    """Give the classes and functions that a module defines itself, with their names."""
    for name, value in vars(module).items():
        if isinstance(value, (type, types.FunctionType)) and value.__module__ == module.__name__:
            yield name, value


def _renewNames(newById: dict[int, Any]) -> None:
    """Let names in all modules lead to what is new."""
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if not isinstance(names, dict):
            continue
        for name, value in list(names.items()):
            if id(value) in newById:
                names[name] = newById[id(value)]


def _renewClass(before: type, after: type) -> None:
    """Give subclasses and instances of an old class the new one."""
    subclasses: list[type] = before.__subclasses__()
    for subclass in subclasses:
        _renewBases(subclass)
    for each in gc.get_referrers(before):
        if type(each) is before:
            try:
                each.__class__ = after
            except TypeError as error:
                raise RebuildError(
                    f"the new {reflect.qual(after)} cannot take over instances: {error}"
                ) from error
