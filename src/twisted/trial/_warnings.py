"""
Warnings that tests cause: caught, matched with the functions that caused them, shown later.
"""

from __future__ import annotations

import sys
import warnings
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO, TypeVar

    R = TypeVar("R")


class _Warning:
    """
    A warning that was caught.
    """

    __slots__ = ("category", "filename", "lineno", "message")

    def __init__(self, message: str, category: type[Warning], filename: str, lineno: int) -> None:
        self.message = message
        self.category = category
        self.filename = filename
        self.lineno = lineno

    def __repr__(self) -> str:
        return f"<{self.category.__name__} {self.message!r} at {self.filename}:{self.lineno}>"

    def asDict(self) -> dict[str, Any]:
        """The arguments of `warnings.warn_explicit`."""
        return {name: getattr(self, name) for name in ("message", "category", "filename", "lineno")}


def _collectWarnings(
    observeWarning: Callable[[_Warning], object], f: Callable[..., R], *args: Any, **kwargs: Any
) -> R:
    """
    Give the result of a call, and each warning, as it comes, to the observer instead of showing it.
    """

    def observe(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        observeWarning(_Warning(str(message), category, filename, lineno))

    # A change of the filters makes Python forget which warnings it has shown before.
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = observe
        return f(*args, **kwargs)


def _places(function: Any) -> Iterable[tuple[str, int, int]]:
    """
    Give file, first line and last line of a function, and of what it wraps.

    Raises: ValueError if this is no function or method.
    """
    import dis
    from inspect import getabsfile

    if isinstance(function, MethodType):
        function = function.__func__
    if not isinstance(function, FunctionType):
        raise ValueError(f"{function!r} is not a function or method")
    while isinstance(function, FunctionType):
        code: CodeType = function.__code__
        lines = [line for _, line in dis.findlinestarts(code) if line is not None]
        # The file may have been moved since it was compiled; the module knows.
        files = {code.co_filename}
        module = sys.modules.get(function.__module__)
        if getattr(module, "__file__", None):
            files.add(getabsfile(module))  # type: ignore[arg-type]  # it is there
        for file in files:
            yield file, min(lines), max(lines)
        function = getattr(function, "__wrapped__", None)


def _causedBy(warnings: Iterable[_Warning], functions: Iterable[Any]) -> list[_Warning]:
    """
    Give those warnings that point into one of these functions.

    Raises: ValueError if one of the functions is something else.
    """
    from os.path import abspath, normcase

    places = [
        (normcase(abspath(file)), first, last)
        for function in functions
        for file, first, last in _places(function)
    ]

    def isInside(warning: _Warning) -> bool:
        where = normcase(abspath(warning.filename))
        return any(
            file == where and first <= warning.lineno <= last for file, first, last in places
        )

    return [warning for warning in warnings if isInside(warning)]
