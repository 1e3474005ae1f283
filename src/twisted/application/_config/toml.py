"""
TOML: the standard reader by one name on every Python, and the spelling of values.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

__all__ = ["TOMLDecodeError", "keyText", "loads", "valueText"]

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


def valueText(value: object) -> str:
    """
    Returns: a value as TOML writes it, on one line.
    """
    if isinstance(value, str):
        # JSON's strings are TOML's, but for two: DEL, and halves of surrogate pairs.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{keyText(key)} = {valueText(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(valueText, value))}]"
    # Dates and times write themselves as ISO 8601 has them; so does TOML.
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def keyText(key: str) -> str:
    """
    Returns: a key as TOML writes it.
    """
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else valueText(key)
