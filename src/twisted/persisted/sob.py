"""
Objects in files: saved under a name in one of two styles, and loaded again.

The style "pickle" is Python's own format, "source" is text that a person can read and that Python
runs. Loading either one runs code that the file names: load only what you, or somebody you trust
as much, has saved.
"""

from __future__ import annotations

import os
import pickle
import sys
from importlib import import_module
from typing import Any

from zope.interface import Interface, implementer

from twisted.persisted.styles import Ephemeral, doUpgrade

__all__ = ["IPersistable", "Persistant", "Persistent", "guessType", "load", "loadValueFromFile"]

# The style of a file with a given ending; the second letter row is of files that were encrypted
# once, whose endings still name a style.
_STYLES = {
    ".py": "python",
    ".tac": "python",
    ".etac": "python",
    ".tap": "pickle",
    ".etap": "pickle",
    ".tas": "source",
    ".etas": "source",
}


class IPersistable(Interface):
    """
    Something that can be saved to a file.
    """

    def setStyle(style: str) -> None:
        """
        Choose the style of later calls of `save`.

        Args:
            style: "pickle" or "source".
        """

    def save(tag: str | None = None, filename: str | None = None, passphrase: None = None) -> None:
        """
        Write the object to a file.

        Args:
            tag: goes into the file's name, to tell several savings apart.
            filename: the file's path; made of name, tag and style if None.
            passphrase: None; encrypted files are no more.
        Raises: TypeError if there is a passphrase.
        """


@implementer(IPersistable)
class Persistent:
    """
    Saves an object under a name.

    Args:
        original: the object.
        name: the stem of its files.
    """

    style = "pickle"

    def __init__(self, original: Any, name: str) -> None:
        self.original = original
        self.name = name

    def setStyle(self, style: str) -> None:
        self.style = style

    def save(
        self, tag: str | None = None, filename: str | None = None, passphrase: None = None
    ) -> None:
        """
        Write the object to a file, which is replaced only when all is written.

        Raises: TypeError if there is a passphrase.
        """
        if passphrase is not None:
            raise TypeError("objects are saved without a passphrase: it must be None")
        if filename is None:
            marked = self.name if tag is None else f"{self.name}-{tag}"
            filename = f"{marked}.{'tas' if self.style == 'source' else 'tap'}"
        written = self._asBytes()
        half = f"{filename}-2"
        with open(half, "wb") as file:
            file.write(written)
        os.replace(half, filename)

    def _asBytes(self) -> bytes:
        if self.style == "source":
            return str(_aot().jellyToSource(self.original)).encode()
        return pickle.dumps(self.original, 2)


# The spelling that old programs use.
Persistant = Persistent


class _MainWhileLoading(Ephemeral):
    """
    Stands for the module ``__main__`` while an object is loaded.

    That module is another one than when the object was saved. So what is loaded may look at it,
    but not change it; and whoever keeps it finds, once the loading is over, that nothing of it was
    kept.
    """

    def __init__(self, main: Any) -> None:
        vars(self)["_main"] = main

    def __getattr__(self, name: str) -> Any:
        main = vars(self).get("_main")
        return Ephemeral() if main is None else getattr(main, name)

    def __setattr__(self, name: str, value: object) -> None:
        """Nothing is changed."""

    def __enter__(self) -> None:
        sys.modules["__main__"] = self  # type: ignore[assignment]  # it is no module, on purpose

    def __exit__(self, *ending: object) -> None:
        sys.modules["__main__"] = vars(self).pop("_main")


def load(filename: str, style: str) -> Any:
    """
    Get back an object that was saved, as new as its class is (see `doUpgrade`).

    Args:
        filename: the file's path.
        style: "source", or anything else for "pickle".
    """
    with _MainWhileLoading(sys.modules["__main__"]):
        if style == "source":
            with open(filename, encoding="utf-8") as text:
                value = _aot().unjellyFromSource(text)
        else:
            with open(filename, "rb") as file:
                value = pickle.load(file)
    doUpgrade()
    persistable = IPersistable(value, None)
    if persistable is not None:
        persistable.setStyle(style)
    return value


def loadValueFromFile(filename: str, variable: str) -> Any:
    """
    Run a Python file, and take one of the names that it defines.

    Args:
        filename: the file's path; the file finds it as ``__file__``.
        variable: the name.
    Raises: KeyError if the file defines no such name; whatever the file raises.
    """
    with open(filename, "rb") as file:
        code = compile(file.read(), filename, "exec")
    names: dict[str, Any] = {"__file__": filename}
    exec(code, names)
    return names[variable]


def guessType(filename: str) -> str:
    """
    Returns: the style that a file's ending tells: "python", "pickle" or "source".
    Raises: KeyError for any other ending.
    """
    return _STYLES[os.path.splitext(filename)[1]]


def _aot() -> Any:
    # Loaded when a file in this style is met, which is rare.
    return import_module("twisted.persisted.aot")
