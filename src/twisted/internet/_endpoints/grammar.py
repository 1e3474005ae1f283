r"""
The grammar of endpoint descriptions.

::

    description = kind *( ":" part )
    part        = value / name "=" value
    name        = 1*( character / escape )          without ":" and "="
    value       = *( character / escape )           without ":"; "=" is free after the first
    escape      = "\" character                     the character, whatever it means elsewhere

The first unescaped ``=`` of a part ends the name; every later one belongs to the value. A name
that comes twice counts the second time.
"""

from __future__ import annotations

from typing import AnyStr

from .mistakes import DescriptionError

__all__ = ["_parse", "quoteStringArgument"]


def quoteStringArgument(argument: str) -> str:
    """
    Escape text for use as one value in an endpoint description.

    ``f"ssl:443:privateKey={quoteStringArgument(path)}"`` is right for every path.
    """
    return argument.replace("\\", "\\\\").replace(":", "\\:")


def _parse(description: AnyStr) -> tuple[list[AnyStr], dict[AnyStr, AnyStr]]:
    """
    Take a description apart.

    Returns: the parts without a name (the kind is the first of them, in a description that
        has one), and the parts with a name. Both are of the type of ``description``.
    Raises: DescriptionError where a backslash at the very end escapes nothing.
    """
    if isinstance(description, bytes):
        positional, named = _parseText(description.decode("latin-1"))
        return (
            [part.encode("latin-1") for part in positional],
            {name.encode("latin-1"): value.encode("latin-1") for name, value in named.items()},
        )
    return _parseText(description)


def _parseText(description: str) -> tuple[list[str], dict[str, str]]:
    positional: list[str] = []
    named: dict[str, str] = {}
    name: str | None = None
    piece: list[str] = []

    def endPart() -> None:
        nonlocal name
        text = "".join(piece)
        if name is None:
            positional.append(text)
        else:
            named[name] = text
        name = None
        piece.clear()

    characters = iter(description)
    for character in characters:
        if character == "\\":
            escaped = next(characters, None)
            if escaped is None:
                raise DescriptionError(
                    f"{description!r} ends in a backslash that escapes nothing; a backslash "
                    "itself is written twice",
                    part="\\",
                    expected="a character after the backslash",
                )
            piece.append(escaped)
        elif character == ":":
            endPart()
        elif character == "=" and name is None:
            name = "".join(piece)
            piece.clear()
        else:
            piece.append(character)
    endPart()
    return positional, named
