"""
Ways to be pickled: objects that know their version, objects that are never kept, and pickles of
methods and modules.

Importing this module teaches `copyreg` about methods, functions and modules, for the whole process:
`pickle` and `copy` then handle them by name.
"""

from __future__ import annotations

import copyreg
import pickle
from io import BytesIO, StringIO
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

from twisted.python.reflect import qual

__all__ = [
    "Ephemeral",
    "Versioned",
    "doUpgrade",
    "oldModules",
    "pickleMethod",
    "pickleModule",
    "pickleStringI",
    "pickleStringO",
    "requireUpgrade",
    "unpickleMethod",
    "unpickleModule",
    "unpickleStringI",
    "unpickleStringO",
    "upgraded",
    "versionedsToUpgrade",
]

#: What a module is called in old pickles -> what it is called now. For programs to fill.
oldModules: dict[str, str] = {}

#: Objects that were unpickled and not upgraded yet, by their `id`.
versionedsToUpgrade: dict[int, Versioned] = {}

#: Those of them that `requireUpgrade` has brought up to date already.
upgraded: dict[int, int] = {}


# The class that C's pickle raises and the one that Python's raises were not always the same.
_UniversalPicklingError: Final = pickle.PicklingError


# What pickle cannot do by itself, or did not always.


def pickleMethod(method: MethodType) -> tuple[Any, tuple[str, Any, type]]:
    """Reduce a bound method to its name, its object and that object's class."""
    return unpickleMethod, (method.__name__, method.__self__, type(method.__self__))


def unpickleMethod(im_name: str, im_self: Any, im_class: type) -> Any:
    """
    Find a method again.

    Args:
        im_name: what it is called.
        im_self: the object that it is bound to; if None, the class's own function is given.
        im_class: where it was found once. If it is there no more, the class that the object has
            now is asked.
    Raises: AttributeError if there is no such method.
    """
    if im_self is None:
        return getattr(im_class, im_name)
    function = getattr(im_class, im_name, None)
    if isinstance(function, FunctionType):
        return MethodType(function, im_self)
    return getattr(im_self, im_name)


def _pickleFunction(function: FunctionType) -> tuple[Any, tuple[str]]:
    """Reduce a function to its name, which `copyreg` is asked for where pickle has no own way."""
    name = function.__qualname__
    if "<" in name:
        raise _UniversalPicklingError(
            f"{function!r} stands in no module under a name of its own, so it cannot be pickled"
        )
    return _unpickleFunction, (f"{function.__module__}.{name}",)


def _unpickleFunction(name: str) -> Any:
    from twisted.python.reflect import namedAny

    return namedAny(name)


def pickleModule(module: ModuleType) -> tuple[Any, tuple[str]]:
    """Reduce a module to its name."""
    return unpickleModule, (module.__name__,)


def unpickleModule(name: str) -> ModuleType:
    """Import a module, by the name it has now (`oldModules`)."""
    from importlib import import_module

    return import_module(oldModules.get(name, name))


def pickleStringO(stringo: StringIO) -> tuple[Any, tuple[str, int]]:
    """Reduce an in-memory file to its content and its position."""
    return unpickleStringO, (stringo.getvalue(), stringo.tell())


def unpickleStringO(val: str | bytes, sek: int) -> StringIO | BytesIO:
    """Make an in-memory file of text or of bytes, at a position."""
    made = BytesIO(val) if isinstance(val, bytes) else StringIO(val)
    made.seek(sek)
    return made


def pickleStringI(stringi: StringIO) -> tuple[Any, tuple[str, int]]:
    """Reduce an in-memory file, as `pickleStringO` does; once there were two kinds."""
    return unpickleStringI, (stringi.getvalue(), stringi.tell())


def unpickleStringI(val: str | bytes, sek: int) -> StringIO | BytesIO:
    """Make an in-memory file, as `unpickleStringO` does."""
    return unpickleStringO(val, sek)


copyreg.pickle(MethodType, pickleMethod)
copyreg.pickle(FunctionType, _pickleFunction)
copyreg.pickle(ModuleType, pickleModule)


# Kept with a version, or not kept at all.


def _warn(text: str, **values: Any) -> None:
    from twisted.logger import Logger

    Logger(namespace=__name__).warn(text, **values)


class Ephemeral:
    """
    Never kept: what comes back in its place is a bare `Ephemeral`.

    A connection or an open file is such a thing.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return (Ephemeral, ())

    def __getstate__(self) -> Any:
        """Nothing of it is kept; that is logged, for it may have been wanted."""
        _warn("an object that cannot be kept is left out: {what!r}", what=self)
        return None

    def __setstate__(self, state: Any) -> None:
        self.__class__ = Ephemeral


def doUpgrade() -> None:
    """
    Bring every object up to date that was unpickled since the last call.

    Call it after unpickling. An upgrade may unpickle more, and call this itself.
    """
    while versionedsToUpgrade:
        for versioned in list(versionedsToUpgrade.values()):
            requireUpgrade(versioned)
        for identity in list(upgraded):
            versionedsToUpgrade.pop(identity, None)
            del upgraded[identity]


def requireUpgrade(obj: Any) -> Any:
    """
    Bring one object up to date now, because another's upgrade leans on it.

    Returns: the object if there was something to do, else None.
    """
    identity = id(obj)
    if identity not in versionedsToUpgrade or identity in upgraded:
        return None
    upgraded[identity] = 1
    obj.versionUpgrade()
    return obj


def _aybabtu(c: type) -> list[type]:
    """Find the classes strictly between a class and `Versioned`, the nearest first."""
    return [each for each in c.__mro__[1:] if each is not Versioned and issubclass(each, Versioned)]


def _versionKey(kind: type) -> str:
    return f"{qual(kind)}.persistenceVersion"


class Versioned:
    """
    An object whose pickles outlive changes of its class.

    Each class of the inheritance that sets ``persistenceVersion`` of its own counts for itself. An
    object that was pickled by an older one is brought up to date by `doUpgrade`, which calls that
    class's ``upgradeToVersion1()``, ``upgradeToVersion2()`` and so on, as far as they exist, bases
    first.

    Attributes:
        persistenceVersion: the present version of a class. What has no version is of version 0.
        persistenceForgets: names of attributes that are not kept.
    """

    persistenceVersion: int = 0
    persistenceForgets: tuple[str, ...] = ()

    def __getstate__(self, dict: dict[str, Any] | None = None) -> dict[str, Any]:
        """
        Give what is to be pickled.

        Args:
            dict: what to start from, if not all attributes of the object.
        """
        state = (self.__dict__ if dict is None else dict).copy()
        for kind in _lineage(type(self)):
            for name in kind.__dict__.get("persistenceForgets", ()):
                state.pop(name, None)
            if "persistenceVersion" in kind.__dict__:
                state[_versionKey(kind)] = kind.__dict__["persistenceVersion"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        versionedsToUpgrade[id(self)] = self
        self.__dict__ = state

    def versionUpgrade(self) -> None:
        """
        Bring this object up to date, each class of it from the version that was kept.

        Raises: ValueError if what was kept is newer than the class.
        """
        for kind in _lineage(type(self)):
            if "persistenceVersion" not in kind.__dict__:
                continue
            kept = self.__dict__.pop(_versionKey(kind), 0)
            now = kind.__dict__["persistenceVersion"]
            if kept > now:
                raise ValueError(f"{qual(kind)} is at version {now}, what was kept is at {kept}")
            for version in range(kept + 1, now + 1):
                upgrade = kind.__dict__.get(f"upgradeToVersion{version}")
                if upgrade is None:
                    _warn("{what} has no upgradeToVersion{to}", what=qual(kind), to=version)
                else:
                    upgrade(self)


def _lineage(kind: type) -> list[type]:
    """The classes of which each counts for itself, bases first."""
    return [*reversed(_aybabtu(kind)), kind]
