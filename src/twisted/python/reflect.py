"""
Looking at objects: by name, by kind, by what they hold, and safely when they are broken.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from types import (
    BuiltinFunctionType,
    FunctionType,
    GetSetDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Match = Callable[[Any, Any], bool]

__all__ = [
    "InvalidName",
    "ModuleNotFound",
    "ObjectNotFound",
    "QueueMethod",
    "RegexType",
    "accumulateClassDict",
    "accumulateClassList",
    "accumulateMethods",
    "addMethodNamesToDict",
    "filenameToModuleName",
    "findInstances",
    "fullFuncName",
    "fullyQualifiedName",
    "getClass",
    "isLike",
    "isOfType",
    "isSame",
    "modgrep",
    "namedAny",
    "namedClass",
    "namedModule",
    "namedObject",
    "objgrep",
    "prefixedMethodNames",
    "prefixedMethods",
    "qual",
    "requireModule",
    "safe_repr",
    "safe_str",
]

RegexType = re.Pattern


class InvalidName(ValueError):
    """
    A string that cannot be the name of a Python object, or that names nothing.
    """


class ModuleNotFound(InvalidName):
    """
    There is no module with this one-word name.
    """


class ObjectNotFound(InvalidName):
    """
    There is nothing with this dotted name.
    """


# Names of objects.


def qual(clazz: type) -> str:
    """
    Give a class's module and name, with a dot between them.
    """
    return f"{clazz.__module__}.{clazz.__name__}"


def fullyQualifiedName(obj: Any) -> str:
    """
    Give the dotted name of a module, class, function or method.
    """
    name: str = getattr(obj, "__qualname__", None) or obj.__name__
    if isinstance(obj, (ModuleType, str)):
        return name
    module = getattr(obj, "__module__", None)
    return name if module is None else f"{module}.{name}"


def fullFuncName(func: Callable[..., Any]) -> str:
    """
    Give a function's dotted name.

    Raises: Exception if that name leads to another object.
    """
    name = f"{func.__module__}.{func.__name__}"
    if namedObject(name) is not func:
        raise Exception(f"{name} names another object than {func!r}")
    return name


def getClass(obj: Any) -> type:
    """
    Give what an object says its class is.
    """
    return obj.__class__  # type: ignore[no-any-return]  # an object may say anything


# Objects by name.


def namedModule(name: str) -> ModuleType:
    """
    Give the module with this dotted name; imports it.
    """
    return import_module(name)


def namedObject(name: str) -> Any:
    """
    Give what is at the top level of a module, by the module's dotted name, a dot, its own name.
    """
    module, _, own = name.rpartition(".")
    return getattr(namedModule(module), own)


namedClass = namedObject


def requireModule(name: str, default: Any = None) -> Any:
    """
    Give a module by its dotted name, or the default where it cannot be imported.
    """
    try:
        return namedModule(name)
    except ImportError:
        return default


def _importIfThere(name: str) -> ModuleType | None:
    """
    Import a module; None if there is none. An error inside of it is raised, ImportError too.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as e:
        if e.name == name:
            return None
        raise


def namedAny(name: str) -> Any:
    """
    Give anything by its dotted name: a package, a module, or what is in one at any depth.

    Modules on the way are imported; what they raise is not caught.

    Raises:
        InvalidName: if this is no dotted name.
        ModuleNotFound: if it is a single word, and there is no such module.
        ObjectNotFound: if not even the first word is a module.
        AttributeError: if the module is there, but not what is looked for in it.
    """
    if not name:
        raise InvalidName("Empty module name")
    words = name.split(".")
    if "" in words:
        raise InvalidName(
            f"name must be a string giving a '.'-separated list of Python identifiers, not {name!r}"
        )
    found: Any = _importIfThere(words[0])
    if found is None:
        if len(words) == 1:
            raise ModuleNotFound(f"No module named {name!r}")
        raise ObjectNotFound(f"{name!r} does not name an object")
    depth = 1
    while depth < len(words) and hasattr(found, "__path__"):
        inner = _importIfThere(".".join(words[: depth + 1]))
        if inner is None:
            break
        found, depth = inner, depth + 1
    for word in words[depth:]:
        found = getattr(found, word)
    return found


def filenameToModuleName(fn: str | bytes) -> str:
    """
    Give the dotted name that a file or folder of Python source has as a module.

    Goes up from the file for as long as the folders are packages.
    """
    path = os.path.abspath(os.fsdecode(fn))
    folder, base = os.path.split(path)
    words = [os.path.splitext(base)[0]]
    if words == ["__init__"]:
        words = []
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, base = os.path.split(folder)
        words.insert(0, base)
    return ".".join(words)


# Methods by prefix. Bases are looked at before the classes that derive from them.


def _lineage(classObj: type, baseClass: type | None) -> Iterator[type]:
    for base in classObj.__bases__:
        yield from _lineage(base, baseClass)
    if baseClass is None or baseClass in classObj.__bases__:
        yield classObj


def _functions(klass: type, prefix: str) -> Iterator[str]:
    # A method that is the bare prefix is not one of those that the prefix marks.
    for name, thing in vars(klass).items():
        if isinstance(thing, FunctionType) and name.startswith(prefix) and name != prefix:
            yield name[len(prefix) :]


def addMethodNamesToDict(
    classObj: type, dict: dict[str, int], prefix: str, baseClass: type | None = None
) -> None:
    """
    Collect the names of a class's methods that have a prefix.

    Args:
        classObj: the class, looked at with all its bases.
        dict: gets each name, without the prefix, as a key.
        prefix: what the names begin with.
        baseClass: if given, only classes that derive directly from it count.
    """
    for klass in _lineage(classObj, baseClass):
        for name in _functions(klass, prefix):
            dict[name] = 1


def prefixedMethodNames(classObj: type, prefix: str) -> list[str]:
    """
    Give the names of a class's methods that have a prefix, without it.
    """
    names: dict[str, int] = {}
    addMethodNamesToDict(classObj, names, prefix)
    return list(names)


def accumulateMethods(
    obj: object, dict: dict[str, Any], prefix: str = "", curClass: type | None = None
) -> None:
    """
    Collect an object's methods that have a prefix.

    Args:
        obj: the object.
        dict: gets each bound method, by its name without the prefix.
        prefix: what the names begin with.
        curClass: look at this class and its bases instead of the object's.
    """
    for klass in _lineage(curClass or obj.__class__, None):
        for name in _functions(klass, prefix):
            dict[name] = getattr(obj, prefix + name)


def prefixedMethods(obj: object, prefix: str = "") -> list[Any]:
    """
    Give an object's bound methods that have a prefix.
    """
    methods: dict[str, Any] = {}
    accumulateMethods(obj, methods, prefix)
    return list(methods.values())


def accumulateClassDict(
    classObj: type, attr: str, adict: dict[Any, Any], baseClass: type | None = None
) -> None:
    """
    Merge the dictionaries that a class and its bases each have as an attribute.

    Args:
        classObj: the class; what it has wins over what its bases have.
        attr: the attribute's name.
        adict: gets the merged items.
        baseClass: if given, only classes that derive directly from it count.
    """
    for klass in _lineage(classObj, baseClass):
        adict.update(vars(klass).get(attr, {}))


def accumulateClassList(
    classObj: type, attr: str, listObj: list[Any], baseClass: type | None = None
) -> None:
    """
    Join the lists that a class and its bases each have as an attribute, bases first.

    Args:
        classObj: the class.
        attr: the attribute's name.
        listObj: gets the items at its end.
        baseClass: if given, only classes that derive directly from it count.
    """
    for klass in _lineage(classObj, baseClass):
        listObj.extend(vars(klass).get(attr, ()))


class QueueMethod:
    """
    Stands for a method, and only writes down that it was called.

    Args:
        name: the method's name.
        calls: gets a ``(name, arguments)`` pair for each call.
    """

    def __init__(self, name: str, calls: list[tuple[str, tuple[Any, ...]]]) -> None:
        self.name = name
        self.calls = calls

    def __call__(self, *args: Any) -> None:
        self.calls.append((self.name, args))


# Text about objects that may be broken.


def _className(o: object) -> str:
    # An object may lie about its class, and a class may fail to tell its name.
    try:
        return str(o.__class__.__name__)
    except Exception:
        try:
            return str(type(o).__name__)
        except Exception:
            return ""


def _excuse(what: str, o: object) -> str:
    """
    Describe an object whose repr or str just failed.
    """
    import traceback

    name = _className(o)
    who = f"{name} instance at" if name else "BROKEN CLASS AT"
    return f"<{who} 0x{id(o):x} with {what} error:\n {traceback.format_exc()}>"


def safe_repr(o: object) -> str:
    """
    Give an object's ``repr``, or a description of the object and of why that failed.
    """
    try:
        return repr(o)
    except Exception:
        return _excuse("repr", o)


def safe_str(o: object) -> str:
    """
    Give an object's ``str`` (bytes as UTF-8), or a description of the object and the failure.
    """
    if isinstance(o, bytes):
        try:
            return o.decode("utf-8")
        except UnicodeDecodeError:
            pass
    try:
        return str(o)
    except Exception:
        return _excuse("str", o)


# Searching for references.


def isSame(a: object, b: object) -> bool:
    """
    Whether the two are one object.
    """
    return a is b


def isLike(a: object, b: object) -> bool:
    """
    Whether the two are equal.
    """
    return bool(a == b)


def isOfType(start: object, goal: type) -> bool:
    """
    Whether the first is an instance of just this class, not of one derived from it.
    """
    return type(start) is goal


def findInstances(start: object, t: type) -> list[str]:
    """
    Give the paths to all instances of a class that can be reached from an object.
    """
    return objgrep(start, t, isOfType)


def modgrep(goal: object) -> list[str]:
    """
    Give the paths to all objects equal to this one that can be reached from loaded modules.
    """
    return objgrep(sys.modules, goal, isLike, "sys.modules")


def objgrep(
    start: object,
    goal: object,
    eq: Match = isLike,
    path: str = "",
    paths: list[str] | None = None,
    seen: dict[int, object] | None = None,
    showUnknowns: int = 0,
    maxDepth: int | None = None,
) -> list[str]:
    """
    Find the ways by which one object can be reached from another.

    Args:
        start: where to begin.
        goal: what to look for.
        eq: called with an object and the goal, says whether this is it.
        path: the text that each way begins with.
        paths: gets the ways that are found, as Python expressions on ``start`` (with
            ``{value}`` for the key of that value in a dictionary).
        seen: what was visited before, by identity.
        showUnknowns: whether to print the objects that cannot be looked into.
        maxDepth: how many steps a way has at most; None for no limit.
    Returns: the list ``paths``.
    """
    found = [] if paths is None else paths
    visited = {} if seen is None else seen
    # A stack of its own: a chain of references may be longer than Python's stack.
    todo: list[tuple[object, str, int]] = [(start, path, 0)]
    while todo:
        item, way, depth = todo.pop()
        if eq(item, goal):
            found.append(way)
        if id(item) in visited or (maxDepth is not None and depth >= maxDepth):
            continue
        visited[id(item)] = item
        steps = _references(item)
        if steps is None:
            if showUnknowns:
                print("unknown type", type(item), item)
            continue
        todo.extend((inner, way + step, depth + 1) for step, inner in reversed(steps))
    return found


_leaves = (
    str,
    bytes,
    int,
    float,
    complex,
    type(None),
    FunctionType,
    BuiltinFunctionType,
    GetSetDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
)


def _references(item: object) -> list[tuple[str, object]] | None:
    """
    List what an object refers to, each with the piece of expression that leads to it.
    """
    import weakref
    from collections import deque

    if isinstance(item, dict):
        steps: list[tuple[str, object]] = []
        for key, value in list(item.items()):
            steps.append((f"{{{safe_repr(value)}}}", key))
            steps.append((f"[{safe_repr(key)}]", value))
        return steps
    if isinstance(item, (list, tuple, deque)):
        return [(f"[{at}]", inner) for at, inner in enumerate(item)]
    if isinstance(item, MethodType):
        owner = item.__self__
        return [
            (".__self__", owner),
            (".__func__", item.__func__),
            (".__self__.__class__", owner.__class__),
        ]
    if isinstance(item, weakref.ReferenceType):
        return [("()", item())]
    if isinstance(item, _leaves):
        return []
    if hasattr(item, "__dict__"):
        return [(f".{name}", value) for name, value in list(vars(item).items())]
    return None
