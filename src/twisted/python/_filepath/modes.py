"""
Text paths and bytes paths.

A path object is in one of two modes, given by the type of its ``path``. Whatever is joined to it
decides the mode of the result: a child named by bytes is a bytes path, also below a text path.
"""

from __future__ import annotations

import os
from typing import AnyStr, TypeVar

__all__ = ["FileName", "OtherAnyStr", "asBytes", "asText", "inModeOf"]

FileName = str | bytes
"""A path, or a part of one, in either mode."""

OtherAnyStr = TypeVar("OtherAnyStr", str, bytes)
"""The mode of a result where it may differ from the mode of the object that was asked."""


def asText(path: FileName, encoding: str | None = None) -> str:
    """
    Give a path as text.

    Args:
        path: the path in either mode.
        encoding: what to decode with; the file system's own, with its error handler, if None.
    Raises: UnicodeError if the bytes do not decode.
    """
    if isinstance(path, str):
        return path
    return os.fsdecode(path) if encoding is None else path.decode(encoding)


def asBytes(path: FileName, encoding: str | None = None) -> bytes:
    """
    Give a path as bytes.

    Args:
        path: the path in either mode.
        encoding: what to encode with; the file system's own, with its error handler, if None.
    Raises: UnicodeError if the text does not encode.
    """
    if isinstance(path, bytes):
        return path
    return os.fsencode(path) if encoding is None else path.encode(encoding)


def inModeOf(pattern: AnyStr, path: FileName, encoding: str | None = None) -> AnyStr:
    """Give a path in the mode of another string, whose value does not matter."""
    if isinstance(pattern, bytes):
        return asBytes(path, encoding)
    return asText(path, encoding)
