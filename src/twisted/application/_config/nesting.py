"""
A service inside another: what stands behind a door, or below a path.

The outer one listens; the inner one is a table with a type and that type's options, all but
``listen``::

    [services.door]
    type = "limited"
    listen = 7000
    connections = 100

    [services.door.service]
    type = "echo"
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, NamedTuple

from .kinds import WRONG, Kind, Report, orReference, tableFromText
from .mistakes import Path, suggestion
from .options import maskedTable, readOptions

__all__ = ["Inner", "MapOf", "Nested"]


class Inner(NamedTuple):
    """
    A service that another one holds.

    Args:
        type: its type's name.
        settings: an object of that type's settings class, with nothing to listen on.
    """

    type: str
    settings: Any

    def makeFactory(self) -> Any:
        """
        Returns: the factory that serves connections.
        """
        return self.settings.makeFactory()


class Nested(Kind):
    """
    A service that serves the connections of the one that has it: an `Inner`.
    """

    short = "service"
    words = 'a table with a type and its options, such as { type = "echo" }'
    examples = (
        ('"echo"', "a service of that type, with nothing more to say"),
        ('{ type = "qotd", order = "in-turn" }', "a service with options"),
    )

    def read(self, value: object, path: Path, report: Report) -> Any:
        if isinstance(value, str):
            value = {"type": value}
        if not isinstance(value, dict):
            return self.refuse(value, path, report)
        types = fittingTypes(report)
        options = dict(value)
        kind = options.pop("type", None)
        if kind not in types:
            missing = "'type' is missing: " if kind is None else f"no type {kind!r} fits here. "
            known = suggestion(str(kind or ""), types)
            report.wrong(path if kind is None else (*path, "type"), f"{missing}{known}")
            return WRONG
        settings = types[kind].settings
        of = f"a service of type {kind!r} inside another"
        made = readOptions(settings, options, path, report, of=of, preset={"listen": ()})
        return WRONG if made is None else Inner(kind, made)

    def fromText(self, text: str) -> object:
        return tableFromText(text)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/inner"}]}

    def masked(self, value: object) -> object:
        if not isinstance(value, dict):
            return value
        types = fittingTypes()
        kind = value.get("type")
        return maskedTable(types[kind].settings, value) if kind in types else value

    def show(self, value: Any) -> str:
        return f'{{ type = "{value.type}", ... }}' if isinstance(value, Inner) else ""


class MapOf(Kind):
    """
    A table whose keys are free to choose, with values of one kind; a tuple of pairs.

    Args:
        item: the kind of each value.
        keys: the words for what a key is: "a path".
    """

    short = "table"

    def __init__(self, item: Kind, keys: str = "a name") -> None:
        self.item = item
        self.keys = keys
        self.words = f"a table; each key is {keys}, each value {item.words}"

    def read(self, value: object, path: Path, report: Report) -> Any:
        if not isinstance(value, dict):
            return self.refuse(value, path, report)
        pairs = [(key, self.item.read(each, (*path, key), report)) for key, each in value.items()]
        return WRONG if any(each is WRONG for _, each in pairs) else tuple(pairs)

    def fromText(self, text: str) -> object:
        return tableFromText(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": orReference(self.item.schema())}

    def masked(self, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {key: self.item.masked(each) for key, each in value.items()}

    def show(self, value: Any) -> str:
        return "{ " + ", ".join(f'"{key}" = {self.item.show(v)}' for key, v in value or ()) + " }"


def fittingTypes(report: Any = None) -> dict[str, Any]:
    """
    Returns: the types that can stand inside another service: those that say what serves a
        connection.
    """
    from .catalogue import serviceTypes

    known = getattr(report, "types", None) or serviceTypes()
    found = {}
    for name, each in known.items():
        try:
            settings = each.settings
        except Exception:
            continue
        if not isinstance(settings, type) or not hasattr(settings, "makeFactory"):
            continue
        # A type may have a usual place to listen; inside another one it listens nowhere.
        if "listen" in {field.name for field in fields(settings)}:
            found[name] = each
    return found
