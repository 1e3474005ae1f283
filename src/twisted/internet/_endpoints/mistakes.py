"""
What can be wrong with the description of an endpoint.

::

    ValueError
     +-- DescriptionError         all of them; also the grammar itself
          +-- UnknownKind         no such word before the first colon
          +-- WrongArguments      one too many, one too few, or a misspelt one (also a TypeError)
          +-- WrongValue          an argument whose text cannot be read

Each keeps what was given and what would have been right, so that a program can show its user
more than the sentence.
"""

from __future__ import annotations

from collections.abc import Iterable

from twisted.python._suggestions import nearest

__all__ = ["DescriptionError", "UnknownKind", "WrongArguments", "WrongValue", "nearest"]


class DescriptionError(ValueError):
    """
    The description of an endpoint makes no sense.

    Attributes:
        part: the piece of the description that is wrong.
        expected: what may stand there, in words.
        suggestion: the valid word that is most like ``part``, or None.
        description: the whole description as it was given, or None where only its pieces
            were known.
    """

    def __init__(
        self, message: str, *, part: str, expected: str, suggestion: str | None = None
    ) -> None:
        super().__init__(message)
        self.part = part
        self.expected = expected
        self.suggestion = suggestion
        self.description: str | None = None


class UnknownKind(DescriptionError):
    """
    No kind of endpoint has this name.

    Attributes:
        known: all names that would have been understood, sorted.
    """

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        self.known = sorted(set(known))
        suggestion = nearest(kind, self.known)
        message = f"Unknown endpoint type: {kind!r}"
        if suggestion is not None:
            message += f"; did you mean {suggestion!r}?"
        elif kind.isdigit():
            message += f"; a port number alone does not tell its kind, as 'tcp:{kind}' does"
        super().__init__(
            message, part=kind, expected="one of " + ", ".join(self.known), suggestion=suggestion
        )


class WrongArguments(DescriptionError, TypeError):
    """An argument is unknown, missing, given twice, or one too many."""


class WrongValue(DescriptionError):
    """
    The value of an argument cannot be read.

    Attributes:
        argument: the name of the argument.
    """

    def __init__(
        self, kind: str, argument: str, value: object, expected: str, suggestion: str | None = None
    ) -> None:
        message = f"{kind}: {argument} is {expected}, not {value!r}"
        if suggestion is not None:
            message += f"; did you mean {suggestion!r}?"
        super().__init__(message, part=str(value), expected=expected, suggestion=suggestion)
        self.argument = argument
