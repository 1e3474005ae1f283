"""
What may be made from what a peer sent.

The names of types are bytes, as they come over the wire. A type whose name has a dot is a class
that somebody registered or that is looked for in a module; whether that module and that class are
allowed is asked after.
"""

from __future__ import annotations

from typing import Any

from twisted._faces import handOn
from twisted.python.reflect import qual

from .base import asBytes

__all__ = ["DummySecurityOptions", "SecurityOptions", "globalSecurity"]

# What can do no harm, and is allowed always.
_HARMLESS = (
    *("None", "bool", "boolean", "string", "str", "int", "float", "datetime", "time", "date"),
    *("timedelta", "NoneType", "unicode", "decimal", "set", "frozenset"),
)


class DummySecurityOptions:
    """Everything is allowed: for what this very program wrote."""

    def isModuleAllowed(self, moduleName: Any) -> bool:
        """Returns: True."""
        return True

    def isClassAllowed(self, klass: Any) -> bool:
        """Returns: True."""
        return True

    def isTypeAllowed(self, typeName: Any) -> bool:
        """Returns: True."""
        return True


class SecurityOptions:
    """
    What may be made: at first no more than numbers, strings, dates and sets.

    Attributes:
        allowedTypes: names of types, as keys.
        allowedModules: names of modules, as keys.
        allowedClasses: classes, as keys.
        basicTypes: what `allowBasicTypes` allows.
    """

    basicTypes = [
        *("dictionary", "list", "tuple", "reference", "dereference", "unpersistable"),
        *("persistent", "long_int", "long", "dict"),
    ]

    def __init__(self) -> None:
        self.allowedTypes: dict[Any, int] = {name.encode("ascii"): 1 for name in _HARMLESS}
        self.allowedModules: dict[bytes, int] = {}
        self.allowedClasses: dict[type, int] = {}

    def allowBasicTypes(self) -> None:
        """Allow containers, and references from one object to another."""
        self.allowTypes(*self.basicTypes)

    def allowTypes(self, *types: str | bytes | type) -> None:
        """
        Allow types.

        Args:
            types: their names as they are sent, or classes.
        """
        for kind in types:
            self.allowedTypes[asBytes(qual(kind) if isinstance(kind, type) else kind)] = 1

    def allowInstancesOf(self, *classes: type) -> None:
        """
        Allow objects of classes, and the classes themselves.

        This allows the names of the modules too that they are in, but no other class of these. An
        object gets any state that a peer likes to send: allow what can bear that.

        Args:
            classes: the classes.
        """
        self.allowBasicTypes()
        self.allowTypes("instance", "class", "classobj", "module")
        for kind in classes:
            self.allowTypes(qual(kind))
            self.allowModules(kind.__module__)
            self.allowedClasses[kind] = 1

    def allowModules(self, *modules: Any) -> None:
        """
        Allow modules: what is sent as "module", and functions in them where those are allowed.

        Args:
            modules: modules, or their names.
        """
        for module in modules:
            self.allowedModules[asBytes(getattr(module, "__name__", module))] = 1

    def isModuleAllowed(self, moduleName: str | bytes) -> bool:
        """Returns: whether the module of that name is allowed."""
        return asBytes(moduleName) in self.allowedModules

    def isClassAllowed(self, klass: type) -> bool:
        """Returns: whether that class is allowed."""
        return klass in self.allowedClasses

    def isTypeAllowed(self, typeName: str | bytes) -> bool:
        """
        Returns: whether a type of that name may be looked at. With a dot in it, it may; the class
            is asked for then.
        """
        name = asBytes(typeName)
        return name in self.allowedTypes or b"." in name


globalSecurity = SecurityOptions()
"""What brokers allow that were not told better."""

globalSecurity.allowBasicTypes()

handOn("twisted.spread.jelly", DummySecurityOptions, SecurityOptions)
