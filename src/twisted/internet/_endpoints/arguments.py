"""
The arguments of a kind of endpoint, declared once.

A `Kind` lists its `Argument`s with how each is read, its default and a word of help. That one
list reads descriptions, words the complaints, and tells programs what can be written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .mistakes import WrongArguments, WrongValue, nearest

__all__ = ["Argument", "Kind", "required"]


# What is behind most surplus arguments: an IPv6 address, or a path with a colon.
_colonHint = "a colon inside a value is written \\:"


class _Required:
    def __repr__(self) -> str:
        return "required"


required = _Required()


class Unreadable(Exception):
    """Raised by a reader: what was expected instead, in words."""


class Argument(NamedTuple):
    """
    One argument of a description.

    Attributes:
        name: as it stands before the ``=``.
        read: makes the value from its text; raises `Unreadable`.
        help: what it is for, in a few words.
        default: the value where it is not given, or `required`.
        onlyByName: whether it is never given by its place.
    """

    name: str
    read: Callable[[Any], Any]
    help: str
    default: object = required
    onlyByName: bool = False


class Kind(NamedTuple):
    """
    One kind of endpoint.

    Attributes:
        prefix: the word before the first colon.
        help: what it is, in a few words.
        arguments: in the order in which they may be given without a name.
        make: makes the endpoint from a reactor and the values, by name.
        onlyRequiredByPlace: whether arguments that have a default need their name.
    """

    prefix: str
    help: str
    arguments: Sequence[Argument]
    make: Callable[[Any, dict[str, Any]], Any]
    onlyRequiredByPlace: bool = False

    def usage(self) -> str:
        """Give the description's form in one line, optional arguments in brackets."""
        parts = [self.prefix]
        for argument in self.arguments:
            if argument.default is required:
                parts.append(f":{argument.name}")
            else:
                parts.append(f"[:{argument.name}=...]")
        return "".join(parts)

    def read(self, args: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        """
        Read the parts of a description.

        Args:
            args: the parts without a name, after the kind.
            named: the parts with a name.
        Returns: a value for each argument that is declared.
        Raises: WrongArguments and WrongValue, both DescriptionErrors.
        """
        given = self._assign(args, named)
        values: dict[str, Any] = {}
        for argument in self.arguments:
            if argument.name not in given:
                if argument.default is required:
                    raise self._wrong(
                        f"{argument.name} is missing", argument.name, f"{argument.help}"
                    )
                values[argument.name] = argument.default
                continue
            text = given[argument.name]
            try:
                values[argument.name] = argument.read(text)
            except Unreadable as error:
                raise WrongValue(self.prefix, argument.name, text, str(error)) from None
        return values

    def _assign(self, args: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        known = [argument.name for argument in self.arguments]
        for name in named:
            if name not in known:
                suggestion = nearest(name, known)
                hint = "" if suggestion is None else f"; did you mean {suggestion!r}?"
                expected = "one of " + ", ".join(known) if known else "no argument"
                raise self._wrong(f"it has no {name!r}{hint}", name, expected, suggestion)
        places = [argument.name for argument in self.arguments if not argument.onlyByName]
        if self.onlyRequiredByPlace:
            places = [
                argument.name
                for argument in self.arguments
                if argument.default is required and argument.name not in named
            ]
        if not places and list(args) == [""]:
            args = []  # "stdio:" is "stdio"
        if len(args) > len(places):
            surplus = args[len(places)]
            raise self._wrong(
                f"{surplus!r} is one argument too many; {_colonHint}",
                str(surplus),
                "name=value for the rest",
            )
        given = dict(zip(places, args, strict=False))
        for name in named:
            if name in given:
                raise self._wrong(
                    f"{name} is given twice; {_colonHint}", name, "each argument once"
                )
        return {**given, **named}

    def _wrong(
        self, what: str, part: str, expected: str, suggestion: str | None = None
    ) -> WrongArguments:
        return WrongArguments(
            f"{self.prefix}: {what} (the form is {self.usage()})",
            part=part,
            expected=expected,
            suggestion=suggestion,
        )


# How values are read.


def text(given: Any) -> str:
    return str(given)


def _whole(given: Any, expected: str, low: int, high: int | None) -> int:
    try:
        number = int(given)
    except ValueError:
        raise Unreadable(expected) from None
    if number < low or (high is not None and number > high):
        raise Unreadable(expected)
    return number


def port(given: Any) -> int:
    return _whole(given, "a port number from 0 to 65535", 0, 65535)


def count(given: Any) -> int:
    return _whole(given, "a whole number from 0 on", 0, None)


def seconds(given: Any) -> float:
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise Unreadable("a number of seconds from 0 on")
    return int(number) if number.is_integer() else number


def permissions(given: Any) -> int:
    expected = "permission bits in octal, such as 660"
    try:
        bits = int(given, 8)
    except ValueError:
        raise Unreadable(expected) from None
    if not 0 <= bits <= 0o7777:
        raise Unreadable(expected)
    return bits


def yesOrNo(given: Any) -> bool:
    word = str(given).lower()
    if word in ("yes", "true", "on"):
        return True
    if word in ("no", "false", "off"):
        return False
    try:
        return bool(int(word))
    except ValueError:
        raise Unreadable("1 (yes) or 0 (no)") from None


def localAddress(given: Any) -> tuple[str, int]:
    return str(given), 0
