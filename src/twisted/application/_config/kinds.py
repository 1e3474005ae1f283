"""
What a value may be: one small object for each kind of value.

A kind reads a value as it comes from a TOML file; what comes from the command line, where all is
text, it first turns into the value that a file would have held. So there is one judgement for
both. A wrong value is said to the `Report`, and reading goes on.
"""

from __future__ import annotations

import math
import os
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, Protocol, Union

from .mistakes import Path, orList, suggestion
from .secrets import Secret

__all__ = [
    "MASK",
    "WRONG",
    "Choice",
    "FilePath",
    "Kind",
    "ListOf",
    "Number",
    "Report",
    "SecretText",
    "Text",
    "Whole",
    "YesNo",
    "fromFile",
    "kindFor",
    "orReference",
    "said",
    "tableFromText",
]


class _Wrong:
    def __repr__(self) -> str:
        return "<a wrong value>"


WRONG: Final = _Wrong()
"""What reading gives for a value that was not right, once that has been said."""


MASK: Final = "********"
"""What is shown in place of a secret."""


class Report(Protocol):
    """
    Where values come from, and who is told when one is wrong.
    """

    folder: str
    """The folder that relative paths start from."""

    def wrong(self, path: Path, text: str, *, atValue: bool = True) -> None:
        """Take note of a mistake at a path of keys and list indices."""


class Kind:
    """
    The base of all kinds.

    Attributes:
        words: what is expected, to follow "wanted ": "a whole number".
        short: one word for tables and for the command line's help.
        many: whether a flag for it may be given several times.
        examples: values as TOML writes them, each with what it means.
        tables: where a value may be a table, the settings class of each, by the key that the
            table is known by.
    """

    words: str = "a value"
    short: str = "value"
    many: bool = False
    examples: Sequence[tuple[str, str]] = ()
    tables: Mapping[str, type] = types.MappingProxyType({})

    def read(self, value: object, path: Path, report: Report) -> Any:
        """
        Judge a value from a file.

        Returns: the value as the program wants it, or WRONG after saying why.
        """
        raise NotImplementedError

    def fromText(self, text: str) -> object:
        """
        Returns: what a file would have held, for a text from the command line. A text that
            means nothing is given back as it is, for `read` to refuse.
        """
        return text

    def show(self, value: Any) -> str:
        """
        Returns: a value in TOML's spelling; empty for None and for no values at all.
        """
        if value is None or value == ():
            return ""
        if isinstance(value, Secret):
            return f'"{value.reference}"'
        if isinstance(value, tuple):
            return f"[{', '.join(self.show(each) for each in value)}]"
        if isinstance(value, str):
            return f'"{value}"'
        if isinstance(value, bool):
            return "true" if value else "false"
        return f"{value:g}" if isinstance(value, float) else str(value)

    def schema(self) -> dict[str, Any]:
        """
        Returns: what a value may be, in JSON Schema; by default anything.
        """
        return {}

    def masked(self, value: object) -> object:
        """
        Returns: a value of a file as it may be shown: `MASK` stands for what is secret.
        """
        return value

    def refuse(self, value: object, path: Path, report: Report) -> Any:
        report.wrong(path, f"wanted {self.words}, got {said(value)}.")
        return WRONG


class Text(Kind):
    """
    Any text.
    """

    words = "text in quotes"
    short = "text"

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}

    def read(self, value: object, path: Path, report: Report) -> Any:
        if isinstance(value, str):
            return value
        return self.refuse(value, path, report)


class SecretText(Text):
    """
    A text that is not shown again, such as a password.
    """

    words = 'text in quotes, or a reference such as "${file:PATH}"'
    short = "secret"

    def read(self, value: object, path: Path, report: Report) -> Any:
        read = super().read(value, path, report)
        return read if read is WRONG or isinstance(read, Secret) else Secret(read)

    def refuse(self, value: object, path: Path, report: Report) -> Any:
        report.wrong(path, f"wanted {self.words}.")
        return WRONG

    def masked(self, value: object) -> object:
        # A text of nothing but a reference tells no secret.
        if isinstance(value, str) and re.fullmatch(r"\$\{[^{}:]*\}|\$\{file:[^{}]*\}", value):
            return value
        return MASK


class FilePath(Text):
    """
    The path of a file; a relative one starts from the folder of the configuration file.

    Args:
        mustBeReadable: refuse a path whose file cannot be opened.
    """

    words = "the path of a file, in quotes"
    short = "path"

    def __init__(self, mustBeReadable: bool = False) -> None:
        self.mustBeReadable = mustBeReadable

    def read(self, value: object, path: Path, report: Report) -> Any:
        if not isinstance(value, str) or not value or "\0" in value:
            return self.refuse(value, path, report)
        full = os.path.join(report.folder, os.path.expanduser(value))
        if self.mustBeReadable:
            try:
                with open(full, "rb"):
                    pass
            except OSError as error:
                shown = said(value) if isinstance(value, Secret) else repr(full)
                report.wrong(path, f"the file {shown} cannot be read: {error.strerror}.")
                return WRONG
        return full


class Whole(Kind):
    """
    A whole number, with or without bounds.

    Args:
        minimum, maximum: the smallest and largest that are right, or None.
    """

    short = "number"

    def __init__(self, minimum: int | None = None, maximum: int | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.words = f"a whole number{_bounds(minimum, maximum)}"

    def read(self, value: object, path: Path, report: Report) -> Any:
        # A bool is an int to Python, and a mistake here.
        if isinstance(value, bool) or not isinstance(value, int):
            return self.refuse(value, path, report)
        if _outside(value, self.minimum, self.maximum):
            return self.refuse(value, path, report)
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", **_limits(self.minimum, self.maximum)}

    def fromText(self, text: str) -> object:
        try:
            return int(text, 0)
        except ValueError:
            return text


class Number(Kind):
    """
    A number with or without a fraction.

    Args:
        minimum, maximum: the smallest and largest that are right, or None.
    """

    short = "number"

    def __init__(self, minimum: float | None = None, maximum: float | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.words = f"a number{_bounds(minimum, maximum)}"

    def read(self, value: object, path: Path, report: Report) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.refuse(value, path, report)
        # TOML has inf and nan; no option of ours means anything with them.
        if not math.isfinite(value) or _outside(value, self.minimum, self.maximum):
            return self.refuse(value, path, report)
        return float(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "number", **_limits(self.minimum, self.maximum)}

    def fromText(self, text: str) -> object:
        try:
            return float(text)
        except ValueError:
            return text


class YesNo(Kind):
    """
    true or false.
    """

    words = "true or false"
    short = "true/false"

    def read(self, value: object, path: Path, report: Report) -> Any:
        if isinstance(value, bool):
            return value
        return self.refuse(value, path, report)

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def fromText(self, text: str) -> object:
        return {"true": True, "false": False}.get(text.lower(), text)


class Choice(Kind):
    """
    One of a few words.

    Args:
        values: the words.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self.values = tuple(values)
        self.words = "one of " + orList([f'"{value}"' for value in self.values])
        self.short = "|".join(self.values)

    def read(self, value: object, path: Path, report: Report) -> Any:
        if value in self.values:
            return value
        if not isinstance(value, str):
            return self.refuse(value, path, report)
        hint = suggestion(value, self.values)
        report.wrong(path, f"wanted {self.words}, got {said(value)}. {hint}")
        return WRONG

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.values)}


class ListOf(Kind):
    """
    A list of values of one kind; a single value stands for a list of one.

    Args:
        item: the kind of each item.
    """

    many = True

    def __init__(self, item: Kind) -> None:
        self.item = item
        self.short = f"list of {item.short}"
        self.words = f"{item.words}, or a list of such"

    def read(self, value: object, path: Path, report: Report) -> Any:
        if not isinstance(value, list):
            one = self.item.read(value, path, report)
            return WRONG if one is WRONG else (one,)
        items = [
            self.item.read(fromFile(self.item, each), (*path, n), report)
            for n, each in enumerate(value)
        ]
        return WRONG if any(each is WRONG for each in items) else tuple(items)

    def fromText(self, text: str) -> object:
        return self.item.fromText(text)

    def schema(self) -> dict[str, Any]:
        item = orReference(self.item.schema())
        return {"anyOf": [item, {"type": "array", "items": item}]}

    def masked(self, value: object) -> object:
        if isinstance(value, list):
            return [self.item.masked(each) for each in value]
        return self.item.masked(value)


def kindFor(annotation: Any, minimum: Any = None, maximum: Any = None) -> Kind:
    """
    Find the kind that a dataclass field's annotation asks for.

    Args:
        annotation: str, int, float, bool, a Literal of strings, a tuple of any of these
            (``tuple[str, ...]``), or one of these with None.
        minimum, maximum: bounds of a number.
    Raises: TypeError if the annotation is none of these.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        others = [each for each in arguments if each is not type(None)]
        if len(others) == 1:
            return kindFor(others[0], minimum, maximum)
    if origin is Literal:
        return Choice(arguments)
    if origin is tuple and arguments:
        return ListOf(kindFor(arguments[0], minimum, maximum))
    if annotation is bool:
        return YesNo()
    if annotation is int:
        return Whole(minimum, maximum)
    if annotation is float:
        return Number(minimum, maximum)
    if annotation is str:
        return Text()
    raise TypeError(f"no kind of option fits the annotation {annotation!r}; name one with kind=")


def orReference(schema: dict[str, Any]) -> dict[str, Any]:
    """
    Returns: a schema that also takes a reference such as "${PORT}" for the value.
    """
    if not schema or schema.get("type") == "string":
        return schema
    return {"anyOf": [schema, {"$ref": "#/definitions/reference"}]}


def fromFile(kind: Kind, value: object) -> object:
    """
    Returns: a value of a file as a kind is to read it: a reference such as "${PORT}" may stand
        for a number, too.
    """
    return kind.fromText(value) if isinstance(value, Secret) else value


def tableFromText(text: str) -> object:
    """
    Returns: the table that a text is, where it is one in TOML's spelling; else the text itself.
    """
    if text.startswith("{"):
        from .toml import TOMLDecodeError, loads

        try:
            return loads(f"it = {text}")["it"]
        except TOMLDecodeError:
            return text
    return text


def said(value: object) -> str:
    """
    Returns: a value as TOML writes it, short enough for one line; of a secret, what refers to it.
    """
    if isinstance(value, Secret):
        return f"what {value.reference} stands for"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        shown = value if len(value) <= 60 else f"{value[:57]}..."
        return f'the text "{shown}"' if shown.isprintable() else f"the text {shown!r}"
    return str(value)[:60]


def _bounds(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f" from {minimum} to {maximum}"
    if minimum is not None:
        return f", {minimum} or more"
    if maximum is not None:
        return f", {maximum} or less"
    return ""


def _limits(minimum: float | None, maximum: float | None) -> dict[str, float]:
    limits = {"minimum": minimum, "maximum": maximum}
    return {name: limit for name, limit in limits.items() if limit is not None}


def _outside(value: float, minimum: float | None, maximum: float | None) -> bool:
    return (minimum is not None and value < minimum) or (maximum is not None and value > maximum)
