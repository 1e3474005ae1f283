"""
Saying that something will go: a warning for its users, and a line in its docstring.

What is deprecated goes on working. The text of a warning is
``<dotted name> was deprecated in <package> <version>``, then what to use instead where there
is something.
"""

from __future__ import annotations

import sys
from functools import wraps
from types import ModuleType
from typing import TYPE_CHECKING, Any
from warnings import warn

from .reflect import fullyQualifiedName as _fullyQualifiedName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from inspect import Signature
    from typing import ParamSpec, TypeVar

    from incremental import Version

    P = ParamSpec("P")
    R = TypeVar("R")
    F = TypeVar("F", bound=Callable[..., Any])
    Replacement = str | Callable[..., object] | None

__all__ = [
    "DEPRECATION_WARNING_FORMAT",
    "deprecated",
    "deprecatedKeywordParameter",
    "deprecatedModuleAttribute",
    "deprecatedProperty",
    "getDeprecationWarningString",
    "getWarningMethod",
    "setWarningMethod",
    "warnAboutFunction",
]

DEPRECATION_WARNING_FORMAT = "%(fqpn)s was deprecated in %(version)s"


# The words.


def _versionString(version: Version) -> str:
    from incremental import getVersionString

    return getVersionString(version)


def _instead(replacement: Replacement) -> str:
    if not replacement:
        return ""
    name = _fullyQualifiedName(replacement) if callable(replacement) else replacement
    return f"; please use {name} instead"


def _getDeprecationDocstring(version: Version, replacement: Replacement = None) -> str:
    return f"Deprecated in {_versionString(version)}{_instead(replacement)}."


def _getDeprecationWarningString(
    fqpn: str, version: Version, format: str | None = None, replacement: Replacement = None
) -> str:
    words = (format or DEPRECATION_WARNING_FORMAT) % {
        "fqpn": fqpn,
        "version": _versionString(version),
    }
    return words + _instead(replacement)


def getDeprecationWarningString(
    callableThing: Callable[..., object],
    version: Version,
    format: str | None = None,
    replacement: Replacement = None,
) -> str:
    """
    Make the text of a warning.

    Args:
        callableThing: what is deprecated.
        version: the first version in which it is.
        format: the text, with ``%(fqpn)s`` and ``%(version)s`` in it, instead of the usual one.
        replacement: what to use instead: the thing, or its name.
    """
    return _getDeprecationWarningString(
        _fullyQualifiedName(callableThing), version, format, replacement
    )


def _appendToDocstring(thingWithDoc: Any, textToAppend: str) -> None:
    """
    Add a paragraph to a docstring, which loses its indentation by that.
    """
    doc = thingWithDoc.__doc__
    if not doc:
        thingWithDoc.__doc__ = textToAppend
        return
    from inspect import cleandoc

    opening = "\n" if "\n" in doc else ""
    thingWithDoc.__doc__ = f"{opening}{cleandoc(doc)}\n\n{textToAppend}\n"


# How a warning is given.


def getWarningMethod() -> Callable[..., None]:
    """
    Give the function that is called to warn: `warnings.warn`, or what was set instead.
    """
    return warn


def setWarningMethod(newMethod: Callable[..., None]) -> None:
    """
    Have another function called to warn, with the arguments of `warnings.warn`.
    """
    global warn
    warn = newMethod


def warnAboutFunction(offender: Callable[..., object], warningString: str) -> None:
    """
    Warn about something that a function did, as if the function's last line gave the warning.

    Args:
        offender: the function.
        warningString: the text.
    """
    from dis import findlinestarts
    from inspect import getabsfile
    from warnings import warn_explicit

    code = offender.__code__
    module = sys.modules[offender.__module__]
    # Line numbers come in no order, and may be missing (PEP 626).
    lines = [line for _, line in findlinestarts(code) if line is not None]
    warn_explicit(
        warningString,
        category=DeprecationWarning,
        filename=getabsfile(module),
        lineno=max(lines),
        module=module.__name__,
        registry=offender.__globals__.setdefault("__warningregistry__", {}),
        module_globals=None,
    )


# What can be deprecated.


def deprecated(
    version: Version, replacement: Replacement = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """
    Decorator for a function, method or class: warn on each call.

    Args:
        version: the first version in which it is deprecated.
        replacement: what to use instead: the thing, or its name.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        message = getDeprecationWarningString(function, version, None, replacement)

        @wraps(function)
        def warning(*args: P.args, **kwargs: P.kwargs) -> R:
            warn(message, DeprecationWarning, stacklevel=2)
            return function(*args, **kwargs)

        _appendToDocstring(warning, _getDeprecationDocstring(version, replacement))
        vars(warning)["deprecatedVersion"] = version
        return warning

    return decorate


class _WarningProperty(property):
    """
    A property of which each use is warned about, with whatever functions it was made.
    """

    message = ""

    def _aware(self, other: property) -> _WarningProperty:
        made = _WarningProperty(other.fget, other.fset, other.fdel)
        # Else the docstring would be this class's.
        made.__doc__ = self.__doc__
        made.message = self.message
        return made

    def getter(self, fget: Callable[[Any], Any]) -> _WarningProperty:
        return self._aware(super().getter(fget))

    def setter(self, fset: Callable[[Any, Any], None]) -> _WarningProperty:
        return self._aware(super().setter(fset))

    def deleter(self, fdel: Callable[[Any], None]) -> _WarningProperty:
        return self._aware(super().deleter(fdel))

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is not None:
            warn(self.message, DeprecationWarning, stacklevel=2)
        return super().__get__(instance, owner)

    def __set__(self, instance: Any, value: Any) -> None:
        warn(self.message, DeprecationWarning, stacklevel=2)
        super().__set__(instance, value)

    def __delete__(self, instance: Any) -> None:
        warn(self.message, DeprecationWarning, stacklevel=2)
        super().__delete__(instance)


def deprecatedProperty(
    version: Version, replacement: Replacement = None
) -> Callable[[Callable[[Any], Any]], _WarningProperty]:
    """
    Decorator for a method: make a property of it, and warn on each use.

    Args:
        version: the first version in which it is deprecated.
        replacement: what to use instead: the thing, or its name.
    """

    def decorate(function: Callable[[Any], Any]) -> _WarningProperty:
        made = _WarningProperty(function)
        made.__doc__ = function.__doc__
        made.message = getDeprecationWarningString(function, version, None, replacement)
        _appendToDocstring(made, _getDeprecationDocstring(version, replacement))
        return made

    return decorate


def deprecatedKeywordParameter(
    version: Version, name: str, replacement: str | None = None
) -> Callable[[F], F]:
    """
    Decorator for a function: warn on each call that gives this parameter.

    Args:
        version: the first version in which the parameter is deprecated.
        name: the parameter's name.
        replacement: the name of the parameter to use instead.
    """

    def decorate(wrappee: F) -> F:
        from inspect import signature

        message = _getDeprecationWarningString(
            f"The {name!r} parameter to {_fullyQualifiedName(wrappee)}",
            version,
            replacement=replacement,
        )
        place = [*signature(wrappee).parameters].index(name)

        @wraps(wrappee)
        def warning(*args: Any, **kwargs: Any) -> Any:
            if len(args) > place or name in kwargs:
                warn(message, DeprecationWarning, stacklevel=2)
            return wrappee(*args, **kwargs)

        _appendToDocstring(
            warning,
            f"The {name!r} parameter was deprecated in "
            f"{_versionString(version)}{_instead(replacement)}.",
        )
        return warning  # type: ignore[return-value]  # it takes what the wrapped one takes

    return decorate


# Attributes of modules. The module is replaced, in sys.modules, by something that looks the same.


class _DeprecatedAttribute:
    """
    One attribute of a module, with the warning that each use of it gives.

    Args:
        module: the module that has it, or will have it.
        name: the attribute's name.
        version: the first version in which it is deprecated.
        message: what to say after the usual words.
    """

    def __init__(self, module: ModuleType, name: str, version: Version, message: str) -> None:
        self.module = module
        self.__name__ = name
        self.fqpn = f"{module.__name__}.{name}"
        self.version = version
        self.message = message

    def get(self) -> Any:
        """
        Give the value, with a warning to the caller of the caller.
        """
        value = getattr(self.module, self.__name__)
        message = _getDeprecationWarningString(
            self.fqpn, self.version, DEPRECATION_WARNING_FORMAT + ": " + self.message
        )
        warn(message, DeprecationWarning, stacklevel=3)
        return value


def _askedByImport() -> bool:
    """
    Whether the attribute is asked for by ``from package import name``, which only wants to know
    whether to look for a submodule, and asks a second time for the value.
    """
    return sys._getframe(2).f_globals.get("__name__") == "importlib._bootstrap"


class _ModuleProxy(ModuleType):
    """
    A module with deprecated attributes.

    Args:
        module: the real one, which keeps everything that is set or found here.
    """

    def __init__(self, module: ModuleType) -> None:
        object.__setattr__(self, "_module", module)
        object.__setattr__(self, "_deprecatedAttributes", {})

    def __getattribute__(self, name: str) -> Any:
        inside = object.__getattribute__(self, "__dict__")
        marked = inside["_deprecatedAttributes"].get(name)
        if marked is None or _askedByImport():
            if name == "__class__":
                return _ModuleProxy
            return getattr(inside["_module"], name)
        return marked.get()

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(object.__getattribute__(self, "_module"), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "_module"), name)

    def __dir__(self) -> Iterable[str]:
        return dir(object.__getattribute__(self, "_module"))

    def __repr__(self) -> str:
        return f"<_ModuleProxy module={object.__getattribute__(self, '_module')!r}>"


def deprecatedModuleAttribute(version: Version, message: str, moduleName: str, name: str) -> None:
    """
    Have each use of a module's attribute warned about.

    Args:
        version: the first version in which it is deprecated.
        message: what to say after the usual words.
        moduleName: the module, usually the caller's ``__name__``.
        name: the attribute.
    """
    module = sys.modules[moduleName]
    if not issubclass(type(module), _ModuleProxy):
        module = sys.modules[moduleName] = _ModuleProxy(module)
    real = object.__getattribute__(module, "_module")
    marks = object.__getattribute__(module, "_deprecatedAttributes")
    marks[name] = _DeprecatedAttribute(real, name, version, message)


# Parameters of which only one may be given.


def _passedSignature(
    signature: Signature, positional: Sequence[Any], keyword: Mapping[str, Any]
) -> dict[str, Any]:
    """
    Sort the arguments of a call by the parameters that they are for.

    Returns: the values by parameter; without those that were not given, but for the
        keyword-only ones, which then have their defaults.
    Raises: TypeError if the call does not fit.
    """
    given: dict[str, Any] = {}
    left = list(positional)
    named = dict(keyword)
    anyPositional = anyKeyword = False
    for name, parameter in signature.parameters.items():
        kind = str(getattr(parameter.kind, "name", parameter.kind))
        if kind in ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD"):
            if left:
                if name in named:
                    raise TypeError(f"{name!r} is given both by position and by name")
                given[name] = left.pop(0)
            elif name in named:
                given[name] = named.pop(name)
        elif kind == "VAR_POSITIONAL":
            given[name], left, anyPositional = tuple(left), [], True
        elif kind == "KEYWORD_ONLY":
            if name not in named and parameter.default is parameter.empty:
                raise TypeError(f"{name!r} must be given by name")
            given[name] = named.pop(name, parameter.default)
        elif kind == "VAR_KEYWORD":
            anyKeyword = True
            given[name] = named
        else:
            raise TypeError(f"{name!r} is a parameter of an unknown kind, {parameter.kind!r}")
    if left and not anyPositional:
        raise TypeError(f"{len(left)} arguments too many")
    if named and not anyKeyword:
        raise TypeError(f"there are no parameters named {sorted(named)}")
    return given


def _mutuallyExclusiveArguments(argumentPairs: Iterable[Sequence[str]]) -> Callable[[F], F]:
    """
    Decorator for a function: a call may not give both parameters of any of these pairs.
    """
    pairs = [tuple(pair) for pair in argumentPairs]

    def decorate(wrappee: F) -> F:
        from inspect import signature

        itsSignature = signature(wrappee)

        @wraps(wrappee)
        def checking(*args: Any, **kwargs: Any) -> Any:
            given = _passedSignature(itsSignature, args, kwargs)
            for this, that in pairs:
                if this in given and that in given:
                    raise TypeError(
                        f"The {this!r} and {that!r} arguments to "
                        f"{_fullyQualifiedName(wrappee)} are mutually exclusive."
                    )
            return wrappee(*args, **kwargs)

        return checking  # type: ignore[return-value]  # it takes what the wrapped one takes

    return decorate
