"""
Helpers from the days of two Pythons, for programs that still use them.

The names that are deprecated are made when somebody asks for them: see `_deprecated`.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType, TracebackType

_C = TypeVar("_C", bound=type)

__all__ = [
    "cmp",
    "comparable",
    "currentframe",
    "execfile",
    "ioType",
    "iterbytes",
    "lazyByteSlice",
    "nativeString",
    "networkString",
]

_PYPY = sys.implementation.name == "pypy"


def currentframe(n: int = 0) -> FrameType | None:
    """
    Give the caller's frame, or the one ``n`` calls further out (None if there is none).
    """
    frame: FrameType | None = sys._getframe(1)
    while n > 0 and frame is not None:
        frame, n = frame.f_back, n - 1
    return frame


def execfile(
    filename: str | bytes, globals: dict[str, Any], locals: dict[str, Any] | None = None
) -> None:
    """
    Run a file of Python source in the given namespaces.
    """
    with open(filename, "rb") as source:
        code = compile(source.read(), filename, "exec", dont_inherit=True)
    exec(code, globals, globals if locals is None else locals)


def cmp(a: Any, b: Any) -> int:
    """
    Compare two values: -1, 0 or 1 as the first is less, equal or greater.
    """
    if a == b:
        return 0
    return -1 if a < b else 1


def _byCmp(holds: Callable[[int], bool]) -> Callable[[Any, Any], Any]:
    def compare(self: Any, other: Any) -> Any:
        order = self.__cmp__(other)
        return order if order is NotImplemented else holds(order)

    return compare


_comparisons: dict[str, Callable[[int], bool]] = {
    "__eq__": lambda order: order == 0,
    "__ne__": lambda order: order != 0,
    "__lt__": lambda order: order < 0,
    "__le__": lambda order: order <= 0,
    "__gt__": lambda order: order > 0,
    "__ge__": lambda order: order >= 0,
}


def comparable(klass: _C) -> _C:
    """
    Class decorator: give a class with a ``__cmp__`` method all the comparison operators.
    """
    for name, holds in _comparisons.items():
        setattr(klass, name, _byCmp(holds))
    return klass


def ioType(fileIshObject: object, default: type = str) -> type:
    """
    Say which type a file-like object reads and writes.

    Args:
        fileIshObject: anything; best an `io.IOBase` or what `codecs` makes.
        default: the answer for an object that shows nothing.
    Returns: ``str`` or ``bytes``, or the default.
    """
    if isinstance(fileIshObject, io.TextIOBase):
        return str
    if isinstance(fileIshObject, io.IOBase):
        return bytes
    if isinstance(
        fileIshObject, (codecs.StreamReader, codecs.StreamWriter, codecs.StreamReaderWriter)
    ):
        return str
    return default


def nativeString(s: str | bytes) -> str:
    """
    Give text for text or bytes.

    Raises:
        UnicodeError: if there is anything but ASCII in it.
        TypeError: if it is neither.
    """
    if isinstance(s, bytes):
        return s.decode("ascii")
    if isinstance(s, str):
        s.encode("ascii")
        return s
    raise TypeError(f"{s!r} is neither bytes nor str")


def networkString(s: str) -> bytes:
    """
    Give the bytes for ASCII text.

    Raises:
        UnicodeError: if there is anything but ASCII in it.
        TypeError: if it is not text.
    """
    if not isinstance(s, str):
        raise TypeError(f"networkString takes text, not {s!r}")
    return s.encode("ascii")


def iterbytes(originalBytes: bytes) -> Iterator[bytes]:
    """
    Walk over bytes, one at a time, each as bytes of length one.
    """
    for at in range(len(originalBytes)):
        yield originalBytes[at : at + 1]


def lazyByteSlice(
    object: bytes | bytearray | memoryview, offset: int = 0, size: int | None = None
) -> memoryview:
    """
    Give a part of some bytes without copying it.

    Args:
        object: what to look into.
        offset: where the part begins.
        size: how long it is at most; None for all that follows.
    """
    end = None if size is None else offset + size
    return memoryview(object)[offset:end]


# What was deprecated in 21.2 and is still imported here and there. Each gives its warning when
# it is asked for (an alias) or when it is called (a function).


def _bytesEnviron() -> dict[bytes, bytes]:
    """Give the environment as a dictionary of bytes."""
    return dict(os.environb)


def _intToBytes(i: int) -> bytes:
    """Give a number's decimal digits as bytes."""
    return b"%d" % i


def _reraise(exception: BaseException, traceback: TracebackType | None) -> NoReturn:
    """Raise an exception with this traceback."""
    raise exception.with_traceback(traceback)


def _items(d: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """Give a list of a dictionary's pairs."""
    return list(d.items())


def _iteritems(d: dict[Any, Any]) -> Iterable[tuple[Any, Any]]:
    """Give a dictionary's pairs."""
    return d.items()


def _itervalues(d: dict[Any, Any]) -> Iterable[Any]:
    """Give a dictionary's values."""
    return d.values()


_deprecatedFunctions: dict[str, tuple[Callable[..., Any], str]] = {
    "bytesEnviron": (_bytesEnviron, "os.environb"),
    "intToBytes": (_intToBytes, "b'%d'"),
    "reraise": (_reraise, "Exception.with_traceback"),
    "items": (_items, "list(d.items())"),
    "iteritems": (_iteritems, "d.items()"),
    "itervalues": (_itervalues, "d.values()"),
}

# Old name: where the thing is now.
_deprecatedAliases = {
    "FileType": "io.IOBase",
    "InstanceType": "builtins.object",
    "NativeStringIO": "io.StringIO",
    "Sequence": "collections.abc.Sequence",
    "StringType": "builtins.str",
    "cookielib": "http.cookiejar",
    "escape": "html.escape",
    "frozenset": "builtins.frozenset",
    "intern": "sys.intern",
    "izip": "builtins.zip",
    "long": "builtins.int",
    "range": "builtins.range",
    "raw_input": "builtins.input",
    "reduce": "functools.reduce",
    "set": "builtins.set",
    "unichr": "builtins.chr",
    "unicode": "builtins.str",
    "urllib_parse": "urllib.parse",
    "urlquote": "urllib.parse.quote",
    "urlunquote": "urllib.parse.unquote",
    "xrange": "builtins.range",
}


def __getattr__(name: str) -> object:
    if name in _deprecatedFunctions:
        from incremental import Version

        from .deprecate import deprecated

        function, instead = _deprecatedFunctions[name]
        function.__name__ = function.__qualname__ = name
        made = deprecated(Version("Twisted", 21, 2, 0), instead)(function)
        globals()[name] = made
        return made
    if name in _deprecatedAliases:
        import warnings

        from .reflect import namedAny

        home = _deprecatedAliases[name]
        warnings.warn(
            f"{__name__}.{name} was deprecated in Twisted 21.2.0: Use {home} directly",
            DeprecationWarning,
            stacklevel=2,
        )
        return namedAny(home)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
