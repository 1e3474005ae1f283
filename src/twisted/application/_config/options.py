"""
The options of a service type, declared once.

They are the fields of a dataclass::

    @dataclass
    class Greeter(Listening):
        greeting: str = option(help="What to say first.", default="Hello")
        times: int = option(help="How often to say it.", default=1, minimum=1, maximum=100)

From this one declaration come the keys in a TOML file (``greeting``, ``times``; a field
``maxLength`` is ``max-length``), the flags of the command line (``--max-length``), the listing of
``twist services`` and every message about a mistake.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, field, fields, is_dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from .kinds import WRONG, Kind, Report, fromFile, kindFor, orReference
from .mistakes import Path, suggestion

__all__ = [
    "Option",
    "WrongOption",
    "describe",
    "maskedTable",
    "option",
    "readOptions",
    "tableSchema",
]

_T = TypeVar("_T")
_METADATA = "twisted.application.option"


class WrongOption(ValueError):
    """
    Raised by ``__post_init__`` of a settings class: a value is right by itself, and wrong with
    the others.

    Args:
        key: the name of the field that is to be changed.
        text: what is wrong and what to do.
    """

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"{key}: {text}")
        self.key = key
        self.text = text


class Option(NamedTuple):
    """
    One option, as it was declared.

    Attributes:
        name: the field's name.
        key: its name in a file; with two hyphens before it, its flag.
        kind: what its value may be.
        help: what it does, in a sentence.
        required: whether there is no default.
        default: the default; None where there is none or it is made anew each time.
        example: a value to show, as TOML writes it; empty for none.
    """

    name: str
    key: str
    kind: Kind
    help: str
    required: bool
    default: Any
    example: str

    @property
    def shownDefault(self) -> str:
        """The default in TOML's spelling; "required" or empty where there is none."""
        if self.required:
            return "required"
        return self.kind.show(self.default)


def option(
    *,
    help: str,
    default: Any = MISSING,
    kind: Kind | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    example: str = "",
) -> Any:
    """
    Declare an option: the value of a dataclass field.

    Args:
        help: what it does, in a sentence that a person understands who knows no Python.
        default: its value where none is given; without one the option is required.
        kind: what a value may be, where the field's annotation does not say it all.
        minimum, maximum: bounds of a number.
        example: a value to show in listings, as TOML writes it.
    """
    facts = {"help": help, "kind": kind, "bounds": (minimum, maximum), "example": example}
    return field(default=default, kw_only=True, metadata={_METADATA: facts})


def describe(settings: type) -> tuple[Option, ...]:
    """
    List the options that a settings class declares: the required ones first, inherited ones last.

    A settings class whose options are not its fields has a class method ``declaredOptions``.

    Raises: TypeError if an annotation fits no kind.
    """
    own: Any = getattr(settings, "declaredOptions", None)
    return _described(settings) if own is None else tuple(own())


@lru_cache(maxsize=256)
def _described(settings: Any) -> tuple[Option, ...]:
    hints = typing.get_type_hints(settings)
    bases = [base for base in settings.__mro__[1:] if is_dataclass(base)]
    inherited = {each.name for base in bases for each in fields(base)}
    found = []
    for each in fields(settings):
        facts = each.metadata.get(_METADATA)
        if facts is None:
            continue
        kind = facts["kind"] or kindFor(hints[each.name], *facts["bounds"])
        required = each.default is MISSING
        default = None if required else each.default
        found.append(
            Option(
                each.name,
                keyFor(each.name),
                kind,
                facts["help"],
                required,
                default,
                facts["example"],
            )
        )
    found.sort(key=lambda each: (not each.required, each.name in inherited))
    return tuple(found)


def keyFor(name: str) -> str:
    """
    Returns: the key for a field's name: ``maxLength`` is ``max-length``.
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", "-", name).lower()


def readOptions(
    settings: type[_T],
    table: dict[str, Any],
    path: Path,
    report: Report,
    *,
    of: str,
    elsewhere: dict[str, str] | None = None,
    also: Iterable[str] = (),
    preset: Mapping[str, Any] | None = None,
) -> _T | None:
    """
    Make an object of a settings class from a table.

    Args:
        settings: the class.
        table: keys and values as a file has them.
        path: where the table stands.
        report: who is told of mistakes.
        of: what has these keys, for messages: "an echo service".
        elsewhere: keys that belong into another table, and its name.
        also: keys that the table may have beside these, to suggest for a wrong one.
        preset: values of fields that the table cannot give.
    Returns: the object, or None after all that is wrong has been said.
    """
    values: dict[str, Any] = dict(preset or {})
    options = {each.key: each for each in describe(settings) if each.name not in values}
    right = True
    for key, value in table.items():
        declared = options.get(key)
        if declared is None:
            right = False
            _refuseKey(key, [*options, *also], (*path, key), report, of, elsewhere or {})
            continue
        read = declared.kind.read(fromFile(declared.kind, value), (*path, key), report)
        if read is WRONG:
            right = False
        values[declared.name] = read
    for declared in options.values():
        if declared.required and declared.name not in values:
            right = False
            example = f" For instance: {declared.key} = {declared.example}" * bool(declared.example)
            report.wrong(path, f"{declared.key!r} is missing: {declared.help}{example}")
    if not right:
        return None
    try:
        return settings(**values)
    except WrongOption as wrong:
        report.wrong((*path, keyFor(wrong.key)), wrong.text)
    except ValueError as error:
        report.wrong(path, str(error))
    return None


def _refuseKey(
    key: str,
    options: Iterable[str],
    path: Path,
    report: Report,
    of: str,
    elsewhere: dict[str, str],
) -> None:
    said = f"{key!r} is not a key of {of}."
    if key in elsewhere:
        said += f" It belongs into the table [{elsewhere[key]}]."
    else:
        said += f" {suggestion(key, options)}"
    report.wrong(path, said, atValue=False)


def tableSchema(
    settings: Any, fixed: Mapping[str, Any] | None = None, without: Iterable[str] = ()
) -> dict[str, Any]:
    """
    Describe a table of options in JSON Schema.

    Args:
        settings: the class that declares them.
        fixed: keys beside them, and the schema of each; a key that has a "const" is required.
        without: names of fields that the table cannot give.
    """
    properties: dict[str, Any] = dict(fixed or {})
    required = [key for key, schema in properties.items() if "const" in schema]
    for each in describe(settings):
        if each.name in without or each.key in properties:
            continue
        schema = {"description": each.help, **orReference(each.kind.schema())}
        if isinstance(each.default, str | int | float) and not each.required:
            schema["default"] = each.default
        properties[each.key] = schema
        if each.required:
            required.append(each.key)
    table: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        table["required"] = required
    return {**table, "additionalProperties": False}


def maskedTable(settings: Any, table: Mapping[str, Any]) -> dict[str, Any]:
    """
    Returns: a table as a file has it, without its secrets.
    """
    kinds = {each.key: each.kind for each in describe(settings)}
    return {key: kinds[key].masked(v) if key in kinds else v for key, v in table.items()}
