"""
From objects to lists.

Numbers and bytes stand for themselves; everything else is a list that begins with the name of its
type. An object that is met a second time is written as ``[dereference, n]``, and the place where
it was met first is changed, in place, to ``[reference, n, what stood there]``. Numbers are given in
the order in which objects are met again.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from types import FunctionType, MethodType, ModuleType
from typing import Any

from twisted.python.reflect import qual
from twisted.spread.interfaces import IJellyable

from .atoms import (
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
from .base import Jellyable, getInstanceState

__all__ = ["Jellier"]

_ITSELF = frozenset({int, float, bytes})


class _Met:
    """
    An object that was met.

    Attributes:
        thing: the object: as long as it is held here, no other one has its identity.
        number: under which it is referred to, once it is.
        shell: the list that stands for it, once that is whole.
    """

    __slots__ = ("number", "shell", "thing")

    def __init__(self, thing: Any) -> None:
        self.thing = thing
        self.number: int | None = None
        self.shell: list[Any] | None = None


class Jellier:
    """
    What writes one object, and all that belongs to it.

    Args:
        taster: security options: of which classes objects may be sent.
        persistentStore: called with an object and this; what it returns, if not None, is sent
            instead of the object.
        invoker: the broker, if there is one.
    """

    def __init__(
        self, taster: Any, persistentStore: Callable[[Any, Any], Any] | None, invoker: Any
    ) -> None:
        self.taster = taster
        self.persistentStore = persistentStore
        self.invoker = invoker
        self._met: dict[int, _Met] = {}
        self._numbered = 0

    def prepare(self, object: Any) -> list[Any]:
        """
        Note that an object is about to be written, so that its parts may refer to it.

        Returns: an empty list, to be filled and handed to `preserve`.
        """
        self._met[id(object)] = _Met(object)
        return []

    def preserve(self, object: Any, sexp: list[Any]) -> list[Any]:
        """
        Note how an object was written.

        Args:
            object: it.
            sexp: the list that stands for it.
        Returns: the list to use.
        """
        met = self._met.get(id(object))
        if met is None:
            met = self._met[id(object)] = _Met(object)
        if met.number is not None:
            # A part of it referred to it.
            sexp = [reference_atom, met.number, sexp]
        met.shell = sexp
        return sexp

    def _again(self, met: _Met) -> list[Any]:
        """Refer to an object that was met before."""
        if met.number is None:
            self._numbered += 1
            met.number = self._numbered
            shell = met.shell
            if shell is not None:
                shell[:] = [reference_atom, met.number, shell[:]]
        return [dereference_atom, met.number]

    def jelly(self, obj: Any) -> Any:
        """
        Returns: what stands for an object: bytes, a number, or a list of such.
        Raises:
            NotImplementedError: a date with a zone, or a number that is none: the other side has no
                way to read that.
            RecursionError: it is nested too deep for Python's stack.
        """
        kind = type(obj)
        if kind in _ITSELF:
            return obj
        write = _WRITERS.get(kind)
        if write is not None:
            return write(self, obj)
        met = self._met.get(id(obj))
        if met is not None:
            return self._again(met)
        if isinstance(obj, Jellyable):
            return obj.jellyFor(self)
        collect = _COLLECTORS.get(kind)
        if collect is not None:
            shell = self.prepare(obj)
            collect(self, obj, shell)
            return self.preserve(obj, shell)
        return self._jellyOther(obj, kind)

    def _jellyOther(self, obj: Any, kind: type) -> Any:
        if kind.__module__ == "decimal" and kind.__name__ == "Decimal":
            return _writeDecimal(obj)
        if isinstance(obj, type):
            return [class_atom, qual(obj).encode("utf-8")]
        if isinstance(obj, ModuleType):
            return [module_atom, obj.__name__.encode("utf-8")]
        if IJellyable.providedBy(obj):
            itself: Any = obj.jellyFor
            return itself(self)
        return self._jellyInstance(obj)

    def _jellyInstance(self, obj: Any) -> Any:
        if self.persistentStore is not None:
            token = self.persistentStore(obj, self)
            if token is not None:
                self.prepare(obj)
                return self.preserve(obj, [persistent_atom, token])
        if self.taster.isClassAllowed(obj.__class__):
            return getInstanceState(obj, self)
        return self.unpersistable(f"instance of class {qual(obj.__class__)} deemed insecure", obj)

    def unpersistable(self, reason: str, obj: Any = None) -> list[Any]:
        """
        Leave an object out.

        Args:
            reason: why, for who reads it.
            obj: it.
        Returns: what stands for it.
        """
        sexp: list[Any] = [unpersistable_atom, reason.encode("utf-8")]
        if obj is None:
            return sexp
        self.prepare(obj)
        return self.preserve(obj, sexp)


def _writeNone(jellier: Jellier, obj: None) -> list[Any]:
    return [None_atom]


def _writeBool(jellier: Jellier, obj: bool) -> list[Any]:
    return [b"boolean", b"true" if obj else b"false"]


def _writeText(jellier: Jellier, obj: str) -> list[Any]:
    return [b"unicode", obj.encode("utf-8")]


def _writeFunction(jellier: Jellier, obj: FunctionType) -> list[Any]:
    return [function_atom, f"{obj.__module__}.{obj.__qualname__}".encode()]


def _writeMethod(jellier: Jellier, obj: MethodType) -> list[Any]:
    owner = obj.__self__
    return [
        b"method",
        obj.__func__.__name__.encode("utf-8"),
        jellier.jelly(owner),
        jellier.jelly(owner.__class__),
    ]


def _numbers(*numbers: int) -> bytes:
    return " ".join(map(str, numbers)).encode("ascii")


def _zoneless(obj: Any) -> Any:
    if obj.tzinfo is not None:
        raise NotImplementedError(f"no zone goes over the wire, but {obj!r} has one")
    return obj


def _writeDate(jellier: Jellier, obj: datetime.date) -> list[Any]:
    return [b"date", _numbers(obj.year, obj.month, obj.day)]


def _clock(obj: datetime.time | datetime.datetime) -> tuple[int, int, int, int]:
    return obj.hour, obj.minute, obj.second, obj.microsecond


def _writeTime(jellier: Jellier, obj: datetime.time) -> list[Any]:
    return [b"time", _numbers(*_clock(_zoneless(obj)))]


def _writeDatetime(jellier: Jellier, obj: datetime.datetime) -> list[Any]:
    _zoneless(obj)
    return [b"datetime", _numbers(obj.year, obj.month, obj.day, *_clock(obj))]


def _writeTimedelta(jellier: Jellier, obj: datetime.timedelta) -> list[Any]:
    return [b"timedelta", _numbers(obj.days, obj.seconds, obj.microseconds)]


def _writeDecimal(obj: Any) -> list[Any]:
    sign, digits, exponent = obj.as_tuple()
    if not isinstance(exponent, int):
        raise NotImplementedError(f"{obj!r} is no number; only numbers go over the wire")
    value = int("".join(map(str, digits)))
    return [b"decimal", -value if sign else value, exponent]


def _collector(atom: bytes) -> Callable[[Jellier, Any, list[Any]], None]:
    def collect(jellier: Jellier, obj: Any, shell: list[Any]) -> None:
        shell.append(atom)
        shell.extend([jellier.jelly(item) for item in obj])

    return collect


def _collectItems(jellier: Jellier, obj: dict[Any, Any], shell: list[Any]) -> None:
    shell.append(dictionary_atom)
    jelly = jellier.jelly
    shell.extend([[jelly(key), jelly(value)] for key, value in obj.items()])


# Each of these is written wherever it is met: nothing can refer to it.
_WRITERS: dict[type, Callable[[Jellier, Any], list[Any]]] = {
    type(None): _writeNone,
    bool: _writeBool,
    str: _writeText,
    FunctionType: _writeFunction,
    MethodType: _writeMethod,
    datetime.date: _writeDate,
    datetime.time: _writeTime,
    datetime.datetime: _writeDatetime,
    datetime.timedelta: _writeTimedelta,
}

# Each of these is written once, and referred to after that.
_COLLECTORS: dict[type, Callable[[Jellier, Any, list[Any]], None]] = {
    list: _collector(list_atom),
    tuple: _collector(tuple_atom),
    set: _collector(set_atom),
    frozenset: _collector(frozenset_atom),
    dict: _collectItems,
}
