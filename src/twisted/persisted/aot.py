"""
Abstract object trees: graphs of objects as Python source that a person can read and change.

::

    app=Instance('shop.Basket',
      owner='Ida',
      items=[
        Ref(1,
          Instance('shop.Pear',)),
        Deref(1),
        ],)

An object becomes a tree of nodes (`AOTJellier`), nodes become source (`getSource`) and back by
running it, and nodes become objects again (`AOTUnjellier`). An object that occurs more than once is
written where it comes first, as a `Ref`, and meant by `Deref` elsewhere.

Running source runs whatever it says, and nodes name what is to be called: only read what you, or
somebody you trust as much, has written.
"""

from __future__ import annotations

import copyreg
import re
from collections.abc import Callable
from tokenize import generate_tokens as tokenize
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import IO, TYPE_CHECKING, Any, Final

from twisted.persisted import crefutil
from twisted.python.reflect import namedAny

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

__all__ = [
    "AOTJellier",
    "AOTUnjellier",
    "Class",
    "Copyreg",
    "Deref",
    "Function",
    "Instance",
    "InstanceMethod",
    "Module",
    "Named",
    "NoStateObj",
    "NonFormattableDict",
    "Ref",
    "dictToKW",
    "getSource",
    "indentify",
    "jellyToAOT",
    "jellyToSource",
    "prettify",
    "r",
    "tokenize",
    "unjellyFromAOT",
    "unjellyFromSource",
]

#: What can be the name of an argument.
r: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*$")

# Stands in unfinished source where a line is broken, and indentation is to come.
_break: Final = "\n\0"

# What reduces an ordinary object; typeshed has no name for it.
_newObject: Final = vars(copyreg)["__newobj__"]

_simple: Final = (int, float, complex, str, bytes, bool, type(None), type(Ellipsis), slice)


class _NoStateObj:
    """Says that an `Instance` was given its state as arguments."""


NoStateObj: Final = _NoStateObj()


# Nodes


class Named:
    """
    Something that is found by its name.

    Args:
        name: its module and its name in there.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def getSource(self) -> str:
        """Give the node as (unfinished) source."""
        return f"{type(self).__name__}({self.name!r})"


class Class(Named):
    """A class."""


class Function(Named):
    """A function."""


class Module(Named):
    """A module."""


class InstanceMethod:
    """
    A method that is bound to an object.

    Args:
        name: what it is called.
        klass: the name of the object's class.
        inst: the node of the object.
    Raises: TypeError if that is no such node.
    """

    def __init__(self, name: str, klass: str, inst: Any) -> None:
        if not isinstance(inst, (Ref, Instance, Deref)):
            raise TypeError(f"a method is bound to an Instance, a Ref or a Deref, not to {inst!r}")
        self.name = name
        self.klass = klass
        self.instance = inst

    def getSource(self) -> str:
        """Give the node as (unfinished) source."""
        instance = prettify(self.instance)
        return f"InstanceMethod({self.name!r}, {self.klass!r}, {_break}{instance})"


class Instance:
    """
    An object of a class.

    Args:
        className: the name of the class.
        __stateObj__: the state that the object was asked for, if not
        state: the object's attributes.
    """

    def __init__(self, className: str, __stateObj__: Any = NoStateObj, **state: Any) -> None:
        self.klass = className
        if __stateObj__ is NoStateObj:
            self.state: Any = state
            self.stateIsDict = 1
        else:
            self.state = __stateObj__
            self.stateIsDict = 0

    def getSource(self) -> str:
        """Give the node as (unfinished) source."""
        if self.stateIsDict:
            try:
                return f"Instance({self.klass!r},{dictToKW(self.state)})"
            except NonFormattableDict:
                pass
        return f"Instance({self.klass!r}, {prettify(self.state)})"


class Copyreg:
    """
    What a call makes.

    Args:
        loadfunc: the name of what is called.
        state: its arguments.
    """

    def __init__(self, loadfunc: str, state: Any) -> None:
        self.loadfunc = loadfunc
        self.state = state

    def getSource(self) -> str:
        """Give the node as (unfinished) source."""
        return f"Copyreg({self.loadfunc!r}, {prettify(self.state)})"


class Ref:
    """
    An object that may be meant from elsewhere, by a number.

    Args:
        args: nothing, or the number and the node.
    """

    def __init__(self, *args: Any) -> None:
        self.refnum: Any
        self.obj: Any
        self.refnum, self.obj = args if args else (None, None)

    def setRef(self, num: int) -> None:
        """
        Give it the number that it is meant by.

        Raises: ValueError if it has one.
        """
        if self.refnum is not None:
            raise ValueError(f"this is number {self.refnum} and cannot be {num} too")
        self.refnum = num

    def setObj(self, obj: Any) -> None:
        """
        Give it its node.

        Raises: ValueError if it has one.
        """
        if self.obj is not None:
            raise ValueError(f"this refers to {self.obj!r} and cannot refer to {obj!r} too")
        self.obj = obj

    def getSource(self) -> str:
        """
        Give the node as (unfinished) source.

        Raises: RuntimeError if there is nothing that it refers to.
        """
        if self.obj is None:
            raise RuntimeError("a Ref has no source before it has an object")
        if self.refnum is not None:
            return f"Ref({self.refnum!r}, {_break}{prettify(self.obj)})"
        return prettify(self.obj)


class Deref:
    """
    An object that stands elsewhere.

    Args:
        num: the number of its `Ref`.
    """

    def __init__(self, num: int) -> None:
        self.refnum = num

    def getSource(self) -> str:
        """Give the node as (unfinished) source."""
        return f"Deref({self.refnum!r})"


_nodes: Final = (Named, InstanceMethod, Instance, Copyreg, Ref, Deref)


# From nodes to source


class NonFormattableDict(Exception):
    """A dictionary cannot be written as arguments, for not all its keys are their names."""


def dictToKW(d: dict[Any, Any]) -> str:
    """
    Write a dictionary as arguments of a call.

    Raises: NonFormattableDict if a key is no name.
    """
    written = []
    for key in sorted(d, key=lambda key: (type(key).__name__, key if type(key) is str else "")):
        if not isinstance(key, str):
            raise NonFormattableDict(f"{key!r} is no text")
        if not _isArgument(key):
            raise NonFormattableDict(f"{key!r} is no name of an argument")
        written.append(f"{_break}{key}={prettify(d[key])},")
    return "".join(written)


def _isArgument(name: str) -> bool:
    from keyword import iskeyword

    # What Instance() itself calls its arguments cannot be used for others.
    taken = ("self", "className", "__stateObj__")
    return r.match(name) is not None and not iskeyword(name) and name not in taken


def prettify(obj: Any) -> str:
    """
    Write a node as source in which ends of lines, before indentation, are marked with NUL.

    Raises: TypeError for what is no node.
    """
    if isinstance(obj, _nodes):
        return obj.getSource()
    kind = type(obj)
    if kind is slice:
        return f"slice({prettify(obj.start)}, {prettify(obj.stop)}, {prettify(obj.step)})"
    if kind in _simple:
        return repr(obj)
    if kind is dict:
        items = [f"{_break}{prettify(k)}: {prettify(v)}," for k, v in obj.items()]
        return "{" + _closed(items) + "}"
    if kind is list:
        return "[" + _closed([f"{_break}{prettify(item)}," for item in obj]) + "]"
    if kind is tuple:
        return "(" + _closed([f"{_break}{prettify(item)}," for item in obj]) + ")"
    raise TypeError(f"{obj!r} is no node, so there is no source for it")


def _closed(lines: list[str]) -> str:
    return "".join(lines) + (_break if lines else "")


# A piece of text in quotes (as repr writes them), a line break, a bracket, blanks.
_pieces: Final = re.compile(
    r"""'(?:[^'\\\n]|\\.)*' | "(?:[^"\\\n]|\\.)*" | \n\0? | [([{] | [)\]}] | [ \t\0]+""",
    re.VERBOSE | re.DOTALL,
)


def indentify(s: str) -> str:
    """
    Indent source by its brackets, two blanks each, and drop other blanks outside of texts.

    Args:
        s: what `prettify` gave.
    """
    depth = 0

    def laidOut(match: re.Match[str]) -> str:
        nonlocal depth
        piece = match.group()
        if piece[0] == "\n":
            return "\n" + "  " * depth
        if piece[0] in " \t\0":
            return ""
        if piece in "([{":
            depth += 1
        elif piece in ")]}":
            depth -= 1
        return piece

    return _pieces.sub(laidOut, s)


def getSource(ao: Any) -> str:
    """Write a tree of nodes as source that gives it the name ``app``."""
    return indentify("app = " + prettify(ao))


# From objects to nodes


def _nameOf(thing: Any) -> str:
    """
    Give the name by which a class or function is found again.

    Raises: TypeError if it is not found by it.
    """
    name = f"{thing.__module__}.{thing.__qualname__}"
    try:
        found = namedAny(name)
    except Exception:
        found = None
    if found is not thing:
        raise TypeError(f"{thing!r} cannot be kept: there is no {name} to find it by")
    return name


def _classOfMethod(method: MethodType) -> type:
    return type(method.__self__)


def _selfOfMethod(method: MethodType) -> Any:
    return method.__self__


def _funcOfMethod(method: MethodType) -> Any:
    return method.__func__


class AOTJellier:
    """
    Makes nodes of objects.

    Attributes:
        prepared: for the `id` of each object met so far that may be met again: its `Ref`, and the
            object, which is kept so that no other gets its `id`.
        stack: not used; for programs that look at it.
    """

    def __init__(self) -> None:
        self.prepared: dict[int, tuple[Ref, Any]] = {}
        self._ref_id = 0
        self.stack: list[Any] = []

    def prepareForRef(self, aoref: Ref, object: Any) -> None:
        """Remember under which `Ref` an object is found, should it be met again."""
        self.prepared[id(object)] = aoref, object

    def jelly(self, obj: Any) -> Any:
        """
        Make nodes of an object and all that it refers to.

        Raises: TypeError for what cannot be kept.
        """
        return self.jellyToAO(obj)

    def jellyToAO(self, obj: Any) -> Any:
        """
        Make the node of an object: `jelly` without an end of its own.

        Raises: TypeError for what cannot be kept.
        """
        kind = type(obj)
        if kind is slice:
            return slice(*map(self.jellyToAO, (obj.start, obj.stop, obj.step)))
        if kind is float and not _isFinite(obj):
            # There is no literal of these.
            return Copyreg("builtins.float", (repr(obj),))
        if kind is complex and not (_isFinite(obj.real) and _isFinite(obj.imag)):
            return Copyreg("builtins.complex", (repr(obj),))
        if kind in _simple:
            return obj
        if isinstance(obj, ModuleType):
            return Module(obj.__name__)
        if isinstance(obj, type):
            return self._jellyClass(obj)
        if kind is FunctionType:
            return Function(_nameOf(obj))
        if kind is BuiltinFunctionType and isinstance(obj.__self__, ModuleType):
            return Function(_nameOf(obj))
        if kind is MethodType:
            return self._jellyMethod(obj)
        return self._jellyShared(obj)

    def _jellyClass(self, kind: type) -> Any:
        if kind is type(None):
            # It has a name that leads nowhere.
            return Copyreg("builtins.type", (None,))
        return Class(_nameOf(kind))

    def _jellyMethod(self, method: MethodType) -> Any:
        bound = self.jellyToAO(method.__self__)
        if isinstance(bound, Class):
            return Copyreg("builtins.getattr", (bound, method.__func__.__name__))
        return InstanceMethod(method.__func__.__name__, _nameOf(type(method.__self__)), bound)

    def _jellyShared(self, obj: Any) -> Any:
        """Make the node of what has an identity."""
        known = self.prepared.get(id(obj))
        if known is not None:
            ref = known[0]
            if ref.refnum is None:
                self._ref_id += 1
                ref.setRef(self._ref_id)
            return Deref(ref.refnum)
        ref = Ref()
        self.prepareForRef(ref, obj)
        ref.setObj(self._jellyContent(obj))
        return ref

    def _jellyContent(self, obj: Any) -> Any:
        kind = type(obj)
        if kind is list or kind is tuple:
            return kind(map(self.jellyToAO, obj))
        if kind is dict:
            return {self.jellyToAO(key): self.jellyToAO(value) for key, value in obj.items()}
        reducer = copyreg.dispatch_table.get(kind)
        if reducer is not None:
            return self._jellyReduced(obj, reducer(obj))
        if _hasItsOwn(kind, "__getstate__") and hasattr(obj, "__getstate__"):
            return self._jellyInstance(obj, obj.__getstate__())
        if _hasItsOwn(kind, "__reduce__") or _hasItsOwn(kind, "__reduce_ex__"):
            return self._jellyReduced(obj, obj.__reduce_ex__(2))
        try:
            reduced = obj.__reduce_ex__(2)
        except Exception as error:
            raise TypeError(f"{obj!r} cannot be kept: {error}") from error
        if reduced[0] is not _newObject or len(reduced[1]) > 1 or any(reduced[3:]):
            return self._jellyReduced(obj, reduced)
        state = reduced[2]
        if state is None and hasattr(obj, "__dict__"):
            state = {}
        return self._jellyInstance(obj, state)

    def _jellyInstance(self, obj: Any, state: Any) -> Instance:
        name = _nameOf(type(obj))
        if isinstance(state, dict) and all(type(key) is str for key in state):
            node = Instance(name)
            node.state = {key: self.jellyToAO(value) for key, value in state.items()}
            return node
        return Instance(name, self.jellyToAO(state))

    def _jellyReduced(self, obj: Any, reduced: Any) -> Any:
        """Make the node of what `pickle` would keep: a call, and what is done to its result."""
        if isinstance(reduced, str):
            return Function(f"{getattr(obj, '__module__', None) or 'builtins'}.{reduced}")
        function, args, *rest = reduced
        state, items, pairs = (*rest, None, None, None)[:3]
        call = Copyreg(_nameOf(function), tuple(map(self.jellyToAO, args)))
        if state is None and items is None and pairs is None:
            return call
        more = (state, list(items or ()), list(pairs or ()))
        return Copyreg(_nameOf(_completed), (call, *map(self.jellyToAO, more)))


def _isFinite(number: float) -> bool:
    return number - number == 0


def _hasItsOwn(kind: type, name: str) -> bool:
    """Does a class have another method of this name than `object` has, if that has one?"""
    found = getattr(kind, name, None)
    return found is not None and found is not getattr(object, name, None)


def _completed(made: Any, state: Any, items: list[Any], pairs: list[tuple[Any, Any]]) -> Any:
    """
    Give an object what `pickle` says that it needs after it was made.

    Files name this function, so it keeps its name and place.
    """
    if items:
        made.extend(items)
    for key, value in pairs:
        made[key] = value
    if state is not None:
        _setState(made, state)
    return made


def _setState(made: Any, state: Any) -> None:
    setState = getattr(made, "__setstate__", None)
    if setState is not None:
        setState(state)
        return
    if isinstance(state, tuple) and len(state) == 2:
        # What object.__reduce_ex__ gives for classes with slots.
        state, slots = state
        for name, value in (slots or {}).items():
            setattr(made, name, value)
    if state is not None:
        made.__dict__ = state


def jellyToAOT(obj: Any) -> Any:
    """Make nodes of an object."""
    return AOTJellier().jelly(obj)


def jellyToSource(obj: Any, file: IO[bytes] | None = None) -> str | None:
    """
    Write an object as source.

    Args:
        obj: the object.
        file: takes the source, as bytes in UTF-8, if it is not wanted back.
    """
    source = getSource(jellyToAOT(obj))
    if file is None:
        return source
    file.write(source.encode("utf-8"))
    return None


# From nodes to objects


class AOTUnjellier:
    """
    Makes objects of nodes.

    Attributes:
        references: what each number of a `Ref` stands for, as far as that is known.
        stack: not used; for programs that look at it.
        afterUnjelly: what is to be called when all objects are there: each a function, and a list
            that will hold its argument then.
    """

    def __init__(self) -> None:
        self.references: dict[Any, Any] = {}
        self.stack: list[Any] = []
        self.afterUnjelly: list[tuple[Callable[[Any], Any], list[Any]]] = []

    def unjellyLater(self, node: Any) -> Deferred[Any]:
        """
        Make an object of a node, which may have to wait for others.

        Returns: what fires with the object.
        """
        later = crefutil._Defer()
        self.unjellyInto(later, 0, node)
        return later

    def unjellyInto(self, obj: Any, loc: Any, ao: Any) -> Any:
        """
        Make an object of a node, and put it in a place.

        Args:
            obj: what has the place.
            loc: the key, or index, of it.
            ao: the node.
        Returns: the object, or a `crefutil.NotKnown` that will be replaced.
        """
        made = self.unjellyAO(ao)
        obj[loc] = made
        if isinstance(made, crefutil.NotKnown):
            made.addDependant(obj, loc)
        return made

    def unjellyAttribute(self, instance: Any, attrName: str, ao: Any) -> Any:
        """Make an object of a node, as the attribute of another, as `unjellyInto` does."""
        return self.unjellyInto(instance.__dict__, attrName, ao)

    def callAfter(self, callable: Callable[[Any], Any], result: Any) -> None:
        """
        Call a function when all objects are there.

        Args:
            callable: the function.
            result: its argument, which may be a `crefutil.NotKnown`.
        """
        held = [result]
        if isinstance(result, crefutil.NotKnown):
            result.addDependant(held, 0)
        self.afterUnjelly.append((callable, held))

    def unjelly(self, ao: Any) -> Any:
        """
        Make the object of a whole tree of nodes.

        Raises: ValueError if it cannot be made, since what it refers to is nowhere, or takes
            itself to be made.
        """
        held = [None]
        self.unjellyInto(held, 0, ao)
        lost = [number for number, made in self.references.items() if _isOpen(made)]
        if lost or isinstance(held[0], crefutil.NotKnown):
            numbers = ", ".join(map(repr, lost))
            raise ValueError(f"no object is known for Deref({numbers})")
        for function, argument in self.afterUnjelly:
            function(argument[0])
        return held[0]

    def unjellyAO(self, ao: Any) -> Any:
        """
        Make the object of a node.

        Returns: the object, or a `crefutil.NotKnown` where it has to wait for others.
        Raises: TypeError for what is no node; ImportError or AttributeError for names that are
            not there.
        """
        maker = _makers.get(type(ao))
        if maker is not None:
            return maker(self, ao)
        if isinstance(ao, _simple):
            return ao
        raise TypeError(f"{ao!r} is no node, so nothing can be made of it")

    def _unjellyNamed(self, ao: Named) -> Any:
        return namedAny(ao.name)

    def _unjellyMethod(self, ao: InstanceMethod) -> Any:
        kind = namedAny(ao.klass)
        if not hasattr(kind, ao.name):
            raise TypeError(f"{ao.klass} has no method {ao.name} any more")
        bound = self.unjellyAO(ao.instance)
        if isinstance(bound, crefutil.NotKnown):
            return crefutil._InstanceMethod(ao.name, bound, kind)
        return crefutil._constructMethod(kind, ao.name, bound)

    def _unjellyInstance(self, ao: Instance) -> Any:
        kind = namedAny(ao.klass)
        made = kind.__new__(kind)
        state = self.unjellyAO(ao.state)
        if hasattr(made, "__setstate__") or isinstance(state, crefutil.NotKnown):
            self._setWhenComplete(made, state)
        elif not (ao.stateIsDict and not state and not hasattr(made, "__dict__")):
            _setState(made, state)
        return made

    def _setWhenComplete(self, made: Any, state: Any) -> None:
        """Give an object its state: at once, unless somewhere in it something is still missing."""
        if any(_isOpen(each) for each in self.references.values()):
            self.callAfter(lambda complete: _setState(made, complete), state)
        else:
            _setState(made, state)

    def _unjellyCall(self, ao: Copyreg) -> Any:
        function = namedAny(ao.loadfunc)
        return self._sequence(ao.state, lambda args: function(*args))

    def _unjellyRef(self, ao: Ref) -> Any:
        number = ao.refnum
        made = self.unjellyAO(ao.obj)
        if number is None:
            return made
        waiting = self.references.get(number)
        if waiting is not None and not _isOpen(waiting):
            raise ValueError(f"number {number} is given to more than one object")
        self.references[number] = made
        if waiting is not None:
            if isinstance(made, crefutil.NotKnown):
                made.addDependant(_Passing(waiting), 0)
            else:
                waiting.resolveDependants(made)
        if isinstance(made, crefutil.NotKnown):
            made.addDependant(self.references, number)
        return made

    def _unjellyDeref(self, ao: Deref) -> Any:
        if ao.refnum not in self.references:
            self.references[ao.refnum] = crefutil._Dereference(ao.refnum)
        return self.references[ao.refnum]

    def _unjellyList(self, ao: list[Any]) -> Any:
        made: list[Any] = []
        for item in ao:
            made.append(None)
            self.unjellyInto(made, len(made) - 1, item)
        return made

    def _unjellyTuple(self, ao: tuple[Any, ...]) -> Any:
        return self._sequence(ao, tuple)

    def _unjellySlice(self, ao: slice) -> Any:
        return self._sequence((ao.start, ao.stop, ao.step), lambda parts: slice(*parts))

    def _sequence(self, ao: Any, make: Callable[[list[Any]], Any]) -> Any:
        """Make something of several objects, once they are all known."""
        items = [self.unjellyAO(item) for item in ao]
        if any(isinstance(item, crefutil.NotKnown) for item in items):
            return crefutil._Container(items, make)
        return make(items)

    def _unjellyDict(self, ao: dict[Any, Any]) -> Any:
        made: dict[Any, Any] = {}
        for key, value in ao.items():
            item = crefutil._DictKeyAndValue(made)
            self.unjellyInto(item, 0, key)
            self.unjellyInto(item, 1, value)
        return made


class _Passing:
    """A place that hands on what comes to it."""

    def __init__(self, waiting: crefutil.NotKnown) -> None:
        self._waiting = waiting

    def __setitem__(self, key: int, made: Any) -> None:
        self._waiting.resolveDependants(made)


def _isOpen(made: Any) -> bool:
    return isinstance(made, crefutil.NotKnown) and not made.resolved


_makers: Final[dict[type, Callable[[AOTUnjellier, Any], Any]]] = {
    Ref: AOTUnjellier._unjellyRef,
    Deref: AOTUnjellier._unjellyDeref,
    Instance: AOTUnjellier._unjellyInstance,
    InstanceMethod: AOTUnjellier._unjellyMethod,
    Copyreg: AOTUnjellier._unjellyCall,
    Class: AOTUnjellier._unjellyNamed,
    Function: AOTUnjellier._unjellyNamed,
    Module: AOTUnjellier._unjellyNamed,
    list: AOTUnjellier._unjellyList,
    tuple: AOTUnjellier._unjellyTuple,
    dict: AOTUnjellier._unjellyDict,
    slice: AOTUnjellier._unjellySlice,
}


def unjellyFromAOT(aot: Any) -> Any:
    """Make the object of a tree of nodes."""
    return AOTUnjellier().unjelly(aot)


def unjellyFromSource(stringOrFile: Any) -> Any:
    """
    Run source, and make the object of the tree of nodes that it calls ``app``.

    Args:
        stringOrFile: the source as text or bytes, or an open file with it.
    Raises: ValueError if it does not define ``app``; whatever running it raises.
    """
    source = stringOrFile.read() if hasattr(stringOrFile, "read") else stringOrFile
    names: dict[str, Any] = {
        kind.__name__: kind
        for kind in (Instance, InstanceMethod, Class, Function, Module, Ref, Deref, Copyreg)
    }
    exec(compile(source, "<source>", "exec"), names)
    if "app" not in names:
        raise ValueError("the source does not say what 'app' is")
    return unjellyFromAOT(names["app"])
