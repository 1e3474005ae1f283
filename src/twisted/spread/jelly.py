"""
Jelly: objects as lists of bytes, numbers and such lists, and back.

    sexp = jelly.jelly({"a": (1, None)})
    # [b"dictionary", [[b"unicode", b"a"], [b"tuple", 1, [b"None"]]]]
    jelly.unjelly(sexp)

What is read may come from anybody: `SecurityOptions` say what may be made of it. Without them,
everything may, which is for lists that this very program wrote.

How an object of a class is read is registered with `setUnjellyableForClass` and its relatives.
Everything is made in ``_jelly``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._jelly.atoms import (
    None_atom,
    class_atom,
    dereference_atom,
    dictionary_atom,
    frozenset_atom,
    function_atom,
    list_atom,
    module_atom,
    persistent_atom,
    reference_atom,
    set_atom,
    tuple_atom,
    unpersistable_atom,
)
from ._jelly.base import (
    InsecureJelly,
    Jellyable,
    Unjellyable,
    Unpersistable,
    getInstanceState,
    setInstanceState,
)
from ._jelly.reading import Unjellier as _Unjellier
from ._jelly.registry import (
    setUnjellyableFactoryForClass,
    setUnjellyableForClass,
    setUnjellyableForClassTree,
    unjellyableFactoryRegistry,
    unjellyableRegistry,
)
from ._jelly.security import DummySecurityOptions, SecurityOptions, globalSecurity
from ._jelly.writing import Jellier as _Jellier

__all__ = [
    "DictTypes",
    "DummySecurityOptions",
    "InsecureJelly",
    "Jellyable",
    "None_atom",
    "SecurityOptions",
    "Unjellyable",
    "Unpersistable",
    "class_atom",
    "dereference_atom",
    "dictionary_atom",
    "frozenset_atom",
    "function_atom",
    "getInstanceState",
    "globalSecurity",
    "jelly",
    "list_atom",
    "module_atom",
    "persistent_atom",
    "reference_atom",
    "setInstanceState",
    "setUnjellyableFactoryForClass",
    "setUnjellyableForClass",
    "setUnjellyableForClassTree",
    "set_atom",
    "tuple_atom",
    "unjelly",
    "unjellyableFactoryRegistry",
    "unjellyableRegistry",
    "unpersistable_atom",
]

DictTypes = (dict,)

_anything = DummySecurityOptions()


def jelly(
    object: Any,
    taster: Any = _anything,
    persistentStore: Callable[[Any, Any], Any] | None = None,
    invoker: Any = None,
) -> Any:
    """
    Write an object.

    Args:
        object: it, with all that belongs to it.
        taster: security options. An object of a class that they do not allow is left out.
        persistentStore: called with each object of a class and what writes; what it returns, if not
            None, is written instead.
        invoker: the broker, for objects that need one.
    Returns: bytes, a number, or a list of such.
    Raises: NotImplementedError: dates with a zone, and decimals that are no number.
    """
    return _Jellier(taster, persistentStore, invoker).jelly(object)


def unjelly(
    sexp: Any,
    taster: Any = _anything,
    persistentLoad: Callable[[Any, Any], Any] | None = None,
    invoker: Any = None,
) -> Any:
    """
    Read an object.

    Args:
        sexp: what `jelly` returned.
        taster: security options: what may be made.
        persistentLoad: called with what ``persistentStore`` returned and what reads; returns the
            object.
        invoker: the broker, for objects that need one.
    Returns: the object.
    Raises: InsecureJelly: something is not allowed, or makes no sense.
    """
    return _Unjellier(taster, persistentLoad, invoker).unjellyFull(sexp)
