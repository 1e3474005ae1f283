"""
The standard reader of TOML, by one name on every Python.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

__all__ = ["TOMLDecodeError", "loads"]

_reader: Any = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

TOMLDecodeError: type[ValueError] = _reader.TOMLDecodeError


def loads(text: str) -> dict[str, Any]:
    """
    Read a document.

    Raises: TOMLDecodeError, RecursionError for what is nested too deeply, and ValueError for
        numbers and dates that Python cannot hold.
    """
    found: dict[str, Any] = _reader.loads(text)
    return found
