"""Format strings whose fields may be called: ``{what.where()}``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Piece = tuple[str, str | None, str | None, str | None]

    def parse(template: str) -> Iterable[Piece]: ...
    def splitName(name: str) -> tuple[str | int, Iterable[tuple[bool, str | int]]]: ...
else:
    # What string.Formatter stands on, without the regular expression that string.Template needs.
    from _string import formatter_field_name_split as splitName
    from _string import formatter_parser as parse

#: How deep fields may stand within the format of fields; as `str.format` has it.
deepest = 2

_conversions: dict[str, Callable[[object], str]] = {"r": repr, "s": str, "a": ascii}


def fill(template: str, mapping: dict[str, Any], depth: int = deepest) -> str:
    """
    Fill the fields of a format in from a mapping.

    Raises: ValueError for a format that is none; whatever a field's look-up raises.
    """
    if depth < 0:
        raise ValueError("fields stand too deep within each other's formats")
    pieces = []
    for literal, name, spec, conversion in parse(template):
        pieces.append(literal)
        if name is not None:
            value = converted(lookUp(name, mapping), conversion)
            pieces.append(format(value, fill(spec, mapping, depth - 1) if spec else ""))
    return "".join(pieces)


def converted(value: object, conversion: str | None) -> object:
    """Do what ``!r``, ``!s`` and ``!a`` ask for."""
    if not conversion:
        return value
    convert = _conversions.get(conversion)
    if convert is None:
        raise ValueError(f"Unknown conversion !{conversion}; there are !r, !s and !a")
    return convert(value)


def lookUp(name: str, mapping: dict[str, Any]) -> Any:
    """
    Find what a field names: ``key``, ``key.attribute``, ``key[item]``; ``()`` calls what is before.

    Raises: KeyError for a key that is not there; whatever the look-ups and calls raise.
    """
    first, rest = splitName(name)
    value = _step(str(first), mapping.__getitem__)
    for isAttribute, key in rest:
        if isAttribute:
            value = _step(str(key), lambda plain, value=value: getattr(value, plain))
        else:
            value = value[key]
    return value


def _step(key: str, find: Any) -> Any:
    if key.endswith("()"):
        return find(key[:-2])()
    return find(key)
