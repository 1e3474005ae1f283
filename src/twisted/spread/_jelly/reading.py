"""
From lists to objects.

What is read comes from a peer: nothing is made that the security options do not allow, no module is
imported before it is allowed, and lists of another shape than the writer's are an `InsecureJelly`.

An object that refers to itself is read in one pass. Until it is whole, `crefutil.NotKnown` stands
where it belongs, and is replaced then.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from twisted.persisted.crefutil import (
    NotKnown,
    _Container,
    _Dereference,
    _DictKeyAndValue,
    _InstanceMethod,
    _Tuple,
)
from twisted.python.reflect import namedAny, namedModule

from .base import InsecureJelly, Unpersistable, asBytes, asText, blank
from .registry import unjellyableFactoryRegistry, unjellyableRegistry

__all__ = ["Unjellier"]

_NUMBERS = frozenset({int, float, bytes})
_NONE = object()


class _Later:
    """A place that calls a function with what is put in it, once that is known."""

    def __init__(self, function: Callable[[Any], object]) -> None:
        self._function = function

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, NotKnown):
            value.addDependant(self, key)
        else:
            self._function(value)


class Unjellier:
    """
    What reads one object, and all that belongs to it.

    Args:
        taster: security options: what may be made.
        persistentLoad: called with a token and this; returns the object that was kept under it.
        invoker: the broker, if there is one.
    """

    def __init__(
        self, taster: Any, persistentLoad: Callable[[Any, Any], Any] | None, invoker: Any
    ) -> None:
        self.taster = taster
        self.persistentLoad = persistentLoad
        self.invoker = invoker
        self.references: dict[Any, Any] = {}
        self.postCallbacks: list[Callable[[], object]] = []

    def unjellyFull(self, obj: Any) -> Any:
        """
        Read something whole.

        Returns: the object.
        Raises: InsecureJelly if it is not allowed, makes no sense, or is never whole.
        """
        made = self.unjelly(obj)
        for call in self.postCallbacks:
            call()
        for number, known in self.references.items():
            if isinstance(known, NotKnown) and not known.resolved:
                raise InsecureJelly(f"a reference that leads nowhere: {number!r:.100}")
        if isinstance(made, NotKnown):
            if not made.resolved:
                raise InsecureJelly("an object that consists of itself alone")
            made = made.resolvedObject
        return made

    def unjellyInto(self, obj: Any, loc: Any, jel: Any) -> Any:
        """
        Read a part, and put it in its place now and again when it is known.

        Args:
            obj: what has the place: a list, a dictionary or the like.
            loc: where in it.
            jel: what was received.
        Returns: the part, or a `NotKnown` for it.
        """
        part = self.unjelly(jel)
        if isinstance(part, NotKnown):
            part.addDependant(obj, loc)
        obj[loc] = part
        return part

    def unjelly(self, obj: Any) -> Any:
        """
        Read a part.

        Returns: the part, or a `NotKnown` for it.
        Raises: InsecureJelly if it is not allowed or makes no sense.
        """
        if type(obj) is not list:
            return obj
        if not obj:
            raise InsecureJelly("a list without the name of a type")
        name = asBytes(obj[0])
        if not self.taster.isTypeAllowed(name):
            raise InsecureJelly(name)
        registered = unjellyableRegistry.get(name)
        if registered is not None:
            make = registered
            if isinstance(registered, type):
                make = blank(registered).unjellyFor
            return make(self, obj)
        factory = unjellyableFactoryRegistry.get(name)
        if factory is not None:
            return factory(self.unjelly(_only(obj)))
        read = _READERS.get(name)
        if read is not None:
            return read(self, obj)
        return self._unjellyInstance(name, obj)

    def _unjellyInstance(self, name: bytes, obj: list[Any]) -> Any:
        """Read an object of a class that stands in a module."""
        kind = self._allowedClass(asText(name))
        state = self.unjelly(_only(obj))
        inst = blank(kind)
        if isinstance(state, NotKnown):
            state.addDependant(_Later(lambda known: _setState(inst, known)), 0)
        else:
            _setState(inst, state)
        return inst

    def _allowedClass(self, name: str) -> type:
        module = name.rpartition(".")[0]
        if not module or not self.taster.isModuleAllowed(module.encode("utf-8")):
            raise InsecureJelly(f"no objects out of module {module!r} are allowed ({name})")
        kind = namedAny(name)
        if not isinstance(kind, type):
            raise InsecureJelly(f"{name} is no class")
        if not self.taster.isClassAllowed(kind):
            raise InsecureJelly(f"class {name} is not allowed")
        return kind

    def unjellyItems(self, obj: list[Any]) -> tuple[list[Any], bool]:
        """Returns: the items of a list after its first, and whether all of them are known."""
        items = [self.unjelly(item) for item in obj[1:]]
        for item in items:
            if isinstance(item, NotKnown):
                return items, False
        return items, True


def _only(obj: list[Any]) -> Any:
    """The one item after the name of the type."""
    if len(obj) < 2:
        raise InsecureJelly(f"nothing after {obj[0]!r:.100}")
    return obj[1]


def _setState(inst: Any, state: Any) -> None:
    setState = getattr(inst, "__setstate__", None)
    if setState is not None:
        setState(state)
    elif isinstance(state, dict):
        inst.__dict__ = state


def _readNone(reader: Unjellier, obj: list[Any]) -> None:
    return None


def _readBoolean(reader: Unjellier, obj: list[Any]) -> bool:
    value = asBytes(_only(obj))
    if value not in (b"true", b"false"):
        raise InsecureJelly(f"neither true nor false: {value!r:.100}")
    return value == b"true"


def _readText(reader: Unjellier, obj: list[Any]) -> str:
    text = _only(obj)
    if not isinstance(text, bytes):
        raise InsecureJelly(f"text comes as bytes, not {text!r:.100}")
    return text.decode("utf-8")


def _readNumbers(most: int) -> Callable[[list[Any]], list[int]]:
    """Make what reads at most so many numbers, which stand in one string with blanks between."""

    def read(obj: list[Any]) -> list[int]:
        numbers = [int(number) for number in asBytes(_only(obj)).split(None, most)]
        if len(numbers) > most:
            raise InsecureJelly(f"more than {most} numbers: {obj!r:.100}")
        return numbers

    return read


_threeNumbers = _readNumbers(3)
_fourNumbers = _readNumbers(4)
_sevenNumbers = _readNumbers(7)


def _readDate(reader: Unjellier, obj: list[Any]) -> datetime.date:
    return datetime.date(*_threeNumbers(obj))


def _readTime(reader: Unjellier, obj: list[Any]) -> datetime.time:
    return datetime.time(*_fourNumbers(obj))  # type: ignore[arg-type]  # four numbers, no zone


def _readDatetime(reader: Unjellier, obj: list[Any]) -> datetime.datetime:
    numbers = _sevenNumbers(obj)
    return datetime.datetime(*numbers)  # type: ignore[arg-type]  # seven numbers, no zone


def _readTimedelta(reader: Unjellier, obj: list[Any]) -> datetime.timedelta:
    return datetime.timedelta(*_threeNumbers(obj))


def _readDecimal(reader: Unjellier, obj: list[Any]) -> Any:
    from decimal import Decimal

    value, exponent = _pair(obj)
    if type(value) is not int or type(exponent) is not int:
        raise InsecureJelly(f"a decimal is two whole numbers, not {obj[1:]!r:.100}")
    digits = tuple(map(int, str(abs(value))))
    return Decimal((int(value < 0), digits, exponent))


def _pair(obj: list[Any]) -> list[Any]:
    """The two items after the name of the type."""
    if len(obj) != 3:
        raise InsecureJelly(f"{obj[0]!r:.100} takes two, not {len(obj) - 1}")
    return obj[1:]


def _readList(reader: Unjellier, obj: list[Any]) -> list[Any]:
    items, known = reader.unjellyItems(obj)
    if not known:
        for index, item in enumerate(items):
            if isinstance(item, NotKnown):
                item.addDependant(items, index)
    return items


def _readTuple(reader: Unjellier, obj: list[Any]) -> Any:
    items, known = reader.unjellyItems(obj)
    return tuple(items) if known else _Tuple(items)


def _readSet(reader: Unjellier, obj: list[Any]) -> Any:
    items, known = reader.unjellyItems(obj)
    return set(items) if known else _Container(items, set)


def _readFrozenset(reader: Unjellier, obj: list[Any]) -> Any:
    items, known = reader.unjellyItems(obj)
    return frozenset(items) if known else _Container(items, frozenset)


def _readDictionary(reader: Unjellier, obj: list[Any]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for pair in obj[1:]:
        if type(pair) is not list or len(pair) != 2:
            raise InsecureJelly(f"an item is a key and a value, not {pair!r:.100}")
        key = reader.unjelly(pair[0])
        value = reader.unjelly(pair[1])
        if isinstance(key, NotKnown):
            item = _DictKeyAndValue(made)
            key.addDependant(item, 0)
            if isinstance(value, NotKnown):
                value.addDependant(item, 1)
            else:
                item[1] = value
            continue
        made[key] = value
        if isinstance(value, NotKnown):
            value.addDependant(made, key)
    return made


def _number(number: Any) -> Any:
    """The number of a reference; anything that can be a key will do."""
    if type(number) not in _NUMBERS:
        raise InsecureJelly(f"no number of a reference: {number!r:.100}")
    return number


def _readReference(reader: Unjellier, obj: list[Any]) -> Any:
    number, inner = _pair(obj)
    made = reader.unjelly(inner)
    before = reader.references.get(_number(number), _NONE)
    reader.references[number] = made
    if before is _NONE:
        return made
    if not isinstance(before, _Dereference) or before.resolved:
        raise InsecureJelly(f"two objects have the number {number!r:.100}")
    if not isinstance(made, NotKnown):
        before.resolveDependants(made)
    elif made is before:
        raise InsecureJelly("an object that consists of a reference to itself")
    else:
        # Whatever waits for the number waits for this from now on.
        made.addDependant(_Later(before.resolveDependants), 0)
    return made


def _readDereference(reader: Unjellier, obj: list[Any]) -> Any:
    number = _number(_only(obj))
    known = reader.references.get(number, _NONE)
    if known is _NONE:
        known = reader.references[number] = _Dereference(number)
    elif isinstance(known, NotKnown) and known.resolved:
        return known.resolvedObject
    return known


def _readPersistent(reader: Unjellier, obj: list[Any]) -> Any:
    if reader.persistentLoad is None:
        return Unpersistable("nothing was kept here that could be loaded")
    return reader.persistentLoad(_only(obj), reader)


def _readUnpersistable(reader: Unjellier, obj: list[Any]) -> Unpersistable:
    reason = reader.unjelly(_only(obj))
    if isinstance(reason, bytes):
        reason = reason.decode("utf-8", "replace")
    return Unpersistable(f"Unpersistable data: {reason}")


def _readModule(reader: Unjellier, obj: list[Any]) -> ModuleType:
    name = asText(_only(obj))
    if not reader.taster.isModuleAllowed(name.encode("utf-8")):
        raise InsecureJelly(f"module {name!r} is not allowed")
    return namedModule(name)


def _readClass(reader: Unjellier, obj: list[Any]) -> type:
    return reader._allowedClass(asText(_only(obj)))


def _readFunction(reader: Unjellier, obj: list[Any]) -> Any:
    name = asText(_only(obj))
    module = name.rpartition(".")[0]
    if not module or not reader.taster.isModuleAllowed(module.encode("utf-8")):
        raise InsecureJelly(f"no functions out of module {module!r} are allowed ({name})")
    function = namedAny(name)
    if not isinstance(function, FunctionType | BuiltinFunctionType):
        raise InsecureJelly(f"{name} is no function")
    return function


def _readMethod(reader: Unjellier, obj: list[Any]) -> Any:
    if len(obj) != 4:
        raise InsecureJelly("a method has a name, an object and a class")
    name = asText(obj[1])
    owner = reader.unjelly(obj[2])
    kind = reader.unjelly(obj[3])
    function = _functionOf(kind, name)
    if owner is None:
        return function
    if isinstance(owner, NotKnown):
        return _InstanceMethod(name, owner, kind)
    if not isinstance(owner, kind):
        raise TypeError(f"{owner!r:.100} is no {kind!r}")
    return function.__get__(owner, kind)


def _functionOf(kind: Any, name: str) -> FunctionType:
    for base in getattr(kind, "__mro__", ()):
        function = base.__dict__.get(name)
        if isinstance(function, FunctionType):
            return function
    raise TypeError(f"{kind!r} has no method {name!r}")


_READERS: dict[bytes, Callable[[Unjellier, list[Any]], Any]] = {
    b"None": _readNone,
    b"boolean": _readBoolean,
    b"unicode": _readText,
    b"date": _readDate,
    b"time": _readTime,
    b"datetime": _readDatetime,
    b"timedelta": _readTimedelta,
    b"decimal": _readDecimal,
    b"list": _readList,
    b"tuple": _readTuple,
    b"set": _readSet,
    b"frozenset": _readFrozenset,
    b"dictionary": _readDictionary,
    b"reference": _readReference,
    b"dereference": _readDereference,
    b"persistent": _readPersistent,
    b"unpersistable": _readUnpersistable,
    b"module": _readModule,
    b"class": _readClass,
    b"function": _readFunction,
    b"method": _readMethod,
}
