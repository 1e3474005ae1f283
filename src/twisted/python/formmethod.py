"""
Arguments that come from a form, described so that they can be checked and made into values.

A `MethodSignature` is a list of `Argument` objects; ``signature.method(function)`` ties it to what
is to be called. Each argument makes its value by `Argument.coerce` from what a form sent, or raises
`InputError` with words for the person who filled it in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

__all__ = [
    "Argument",
    "Boolean",
    "CheckGroup",
    "Choice",
    "Date",
    "File",
    "Flags",
    "Float",
    "FormException",
    "FormMethod",
    "Hidden",
    "InputError",
    "Integer",
    "IntegerRange",
    "MethodSignature",
    "Password",
    "PresentationHint",
    "RadioGroup",
    "String",
    "Submit",
    "Text",
    "VerifiedPassword",
    "positiveInt",
]


class FormException(Exception):
    """
    A form was not filled in as it has to be.

    Attributes:
        descriptions: what is wrong, by the name of the argument.
    """

    def __init__(self, *args: object, **kwargs: str) -> None:
        """
        Args:
            args: the message.
            kwargs: the attribute ``descriptions``.
        """
        super().__init__(*args)
        self.descriptions = kwargs


class InputError(FormException):
    """One argument cannot be what was entered."""


class Argument:
    """
    One field of a form; each kind of field is a subclass.

    Attributes:
        name: what it is called by the program.
        default: what to show before anything is entered.
        shortDesc: what it is called on the form.
        longDesc: what is said about it there.
        hints: what whoever shows it may want to know, by name.
        allowNone: whether it may be left empty.
    """

    # The default where none is given.
    defaultDefault: Any = None

    def __init__(
        self,
        name: str,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: int = 1,
    ) -> None:
        """
        Args:
            name: see the class.
            default: see the class.
            shortDesc: see the class.
            longDesc: see the class.
            hints: see the class.
            allowNone: see the class.
        """
        self.name = name
        self.allowNone = allowNone
        self.default = self.defaultDefault if default is None else default
        self.shortDesc = shortDesc
        self.longDesc = longDesc
        self.hints = {} if hints is None else hints

    def addHints(self, **kwargs: Any) -> None:
        """Add to the hints."""
        self.hints.update(kwargs)

    def getHint(self, name: str, default: Any = None) -> Any:
        """Give a hint, or a default where there is none of that name."""
        return self.hints.get(name, default)

    def getShortDescription(self) -> str:
        """Say what the field is called; its name, capitalized, where nothing was said."""
        return self.shortDesc or self.name.capitalize()

    def getLongDescription(self) -> str:
        """Say what the field is about; nothing where nothing was said."""
        return self.longDesc or ""

    def coerce(self, val: Any) -> Any:
        """
        Make the value from what was entered.

        Raises: InputError if that makes no sense.
        """
        raise NotImplementedError("each kind of argument says how its value is made")

    def _isEmpty(self, val: Any) -> bool:
        """Tell whether the field was left empty, and may be."""
        return bool(self.allowNone) and not str(val).strip()


class String(Argument):
    """
    A text.

    Attributes:
        min: how many characters it has at least.
        max: how many it has at most; as many as one likes if None.
    """

    defaultDefault = ""
    min = 0
    max: int | None = None

    def __init__(
        self,
        name: str,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: int = 1,
        min: int = 0,
        max: int | None = None,
    ) -> None:
        """
        Args:
            name: see `Argument`.
            default: see `Argument`.
            shortDesc: see `Argument`.
            longDesc: see `Argument`.
            hints: see `Argument`.
            allowNone: see `Argument`.
            min: see the class.
            max: see the class.
        """
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)
        self.min = min
        self.max = max

    def coerce(self, val: Any) -> str:
        """Give the text. Raises: InputError if it is too short or too long."""
        text = str(val)
        if len(text) < self.min:
            raise InputError(f"{len(text)} characters are too few; {self.min} are needed")
        if self.max is not None and len(text) > self.max:
            raise InputError(f"{len(text)} characters are too many; {self.max} are allowed")
        return text


class Text(String):
    """A text of several lines."""


class Hidden(String):
    """A text that is not shown."""


class Password(String):
    """A text that is not shown while it is entered."""


class VerifiedPassword(String):
    """A password that has to be entered twice."""

    def coerce(self, vals: Any) -> str:
        """Give the password. Raises: InputError unless it is twice the same."""
        if len(vals) != 2 or vals[0] != vals[1]:
            raise InputError("the password has to be entered twice, the same both times")
        return super().coerce(vals[0])


class _Number(Argument):
    """A number, or None; what it is read with, and called in errors, its kinds say."""

    _type: type[int] | type[float]
    _words: str

    def __init__(
        self,
        name: str,
        allowNone: int = 1,
        default: Any = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        Args:
            name: see `Argument`.
            allowNone: see `Argument`.
            default: see `Argument`.
            shortDesc: see `Argument`.
            longDesc: see `Argument`.
            hints: see `Argument`.
        """
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def coerce(self, val: Any) -> Any:
        """Give the number, or None where none was entered. Raises: InputError."""
        if self._isEmpty(val):
            return None
        try:
            return self._type(val)
        except (TypeError, ValueError):
            raise InputError(f"{val!r} is no {self._words} is one") from None


class Integer(_Number):
    """A whole number."""

    defaultDefault: int | None = None
    _type = int
    _words = "whole number, such as 10"


class IntegerRange(Integer):
    """
    A whole number that is not too small and not too large.

    Attributes:
        min: the smallest.
        max: the largest.
    """

    def __init__(
        self,
        name: str,
        min: int,
        max: int,
        allowNone: int = 1,
        default: int | None = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        Args:
            name: see `Argument`.
            min: see the class.
            max: see the class.
            allowNone: see `Argument`.
            default: see `Argument`.
            shortDesc: see `Argument`.
            longDesc: see `Argument`.
            hints: see `Argument`.
        """
        super().__init__(name, allowNone, default, shortDesc, longDesc, hints)
        self.min = min
        self.max = max

    def coerce(self, val: Any) -> int | None:
        """Give the number, or None where none was entered. Raises: InputError."""
        number: int | None = super().coerce(val)
        if number is not None and not self.min <= number <= self.max:
            raise InputError(f"{number} is not from {self.min} to {self.max}")
        return number


class Float(_Number):
    """A number that need not be whole."""

    defaultDefault: float | None = None
    _type = float
    _words = "number, such as 2.5"


# What may be chosen: what the form sends, what it stands for, and what is said about it.
_Choices = Sequence[tuple[str, Any, str]]


class Choice(Argument):
    """
    One of several things.

    Attributes:
        choices: triples of what a form sends, what it stands for, and what is said about it.
    """

    def __init__(
        self,
        name: str,
        choices: _Choices = [],  # noqa: B006  # never changed, here and below
        default: Any = [],  # noqa: B006
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: int = 1,
    ) -> None:
        """
        Args:
            name: see `Argument`.
            choices: see the class.
            default: a list of what is chosen before anything is; the first one if empty.
            shortDesc: see `Argument`.
            longDesc: see `Argument`.
            hints: see `Argument`.
            allowNone: see `Argument`.
        """
        self.choices = choices
        if choices and not default:
            default = [choices[0][1]]
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def coerce(self, inIdent: Any) -> Any:
        """Give what was chosen. Raises: InputError if it cannot be."""
        for identifier, value, _ in self.choices:
            if identifier == inIdent:
                return value
        raise InputError(f"{inIdent!r} is not among what can be chosen")


class RadioGroup(Choice):
    """One of several things, all of which are shown."""


class Flags(Argument):
    """
    Any number of several things.

    Attributes:
        flags: triples as those of `Choice`.
    """

    def __init__(
        self,
        name: str,
        flags: _Choices = (),
        default: Any = (),
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
        allowNone: int = 1,
    ) -> None:
        """
        Args:
            name: see `Argument`.
            flags: see the class.
            default: what is chosen before anything is.
            shortDesc: see `Argument`.
            longDesc: see `Argument`.
            hints: see `Argument`.
            allowNone: see `Argument`.
        """
        self.flags = flags
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)

    def coerce(self, inFlagKeys: Iterable[str]) -> list[Any]:
        """Give what was chosen. Raises: InputError if one of them cannot be."""
        values = {identifier: value for identifier, value, _ in self.flags}
        unknown = [each for each in inFlagKeys if each not in values]
        if unknown:
            raise InputError(f"{unknown[0]!r} is not among what can be chosen")
        return [values[each] for each in inFlagKeys]


class CheckGroup(Flags):
    """Any number of several things, all of which are shown."""


class File(Argument):
    """A file that is sent along."""

    def __init__(
        self,
        name: str,
        allowNone: int = 1,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        Args:
            name: see `Argument`.
            allowNone: see `Argument`.
            shortDesc: see `Argument`.
            longDesc: see `Argument`.
            hints: see `Argument`.
        """
        super().__init__(name, None, shortDesc, longDesc, hints, allowNone=allowNone)

    def coerce(self, file: Any) -> Any:
        """Give the file, or None where none was sent. Raises: InputError."""
        if file:
            return file
        if self.allowNone:
            return None
        raise InputError("a file has to be sent along")


def positiveInt(x: Any) -> int:
    """Make a whole number above 0. Raises: ValueError."""
    number = int(x)
    if number <= 0:
        raise ValueError(f"{number} is not above 0")
    return number


class Submit(Choice):
    """The buttons that send a form off, or clear it."""

    def __init__(
        self,
        name: str,
        choices: _Choices = [("Submit", "submit", "Submit form")],  # noqa: B006
        reset: int = 0,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        allowNone: int = 0,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        Args:
            name: see `Argument`.
            choices: see `Choice`.
            reset: whether there is a button to clear the form.
            shortDesc: see `Argument`.
            longDesc: see `Argument`.
            allowNone: whether the form may come without a button having been pressed.
            hints: see `Argument`.
        """
        super().__init__(name, choices, [], shortDesc, longDesc, hints, allowNone)
        self.reset = reset

    def coerce(self, value: Any) -> Any:
        """Give what the button stands for, or None where none was needed nor pressed."""
        if self.allowNone and not value:
            return None
        return super().coerce(value)


class PresentationHint:
    """Says to whoever shows a form how to arrange it; it has no value."""


class Boolean(Argument):
    """Yes or no."""

    _noes = frozenset(("0", "n", "no", "f", "false", ""))

    def coerce(self, inVal: Any) -> int:
        """Give 0 for what means no, and 1 for everything else."""
        return int(str(inVal).strip().lower() not in self._noes)


class Date(Argument):
    """A day, entered as year, month and day."""

    defaultDefault: tuple[int, int, int] | None = None

    def __init__(
        self,
        name: str,
        allowNone: int = 1,
        default: tuple[int, int, int] | None = None,
        shortDesc: str | None = None,
        longDesc: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        """
        Args:
            name: see `Argument`.
            allowNone: see `Argument`.
            default: see `Argument`.
            shortDesc: see `Argument`.
            longDesc: see `Argument`.
            hints: see `Argument`.
        """
        super().__init__(name, default, shortDesc, longDesc, hints, allowNone)
        if not allowNone:
            # There has to be some day to show; it is today.
            self.defaultDefault = self._today()
            if default is None:
                self.default = self.defaultDefault

    @staticmethod
    def _today() -> tuple[int, int, int]:
        import time

        year, month, day = time.localtime()[:3]
        return year, month, day

    def coerce(self, args: Sequence[str]) -> tuple[int, int, int] | None:
        """
        Give year, month and day as numbers, or None where none were entered.

        Raises: InputError if there is no such day.
        """
        from datetime import date

        if self.allowNone and all(not each for each in args):
            return None
        try:
            year, month, day = map(positiveInt, args)
            date(year, month, day)
        except (TypeError, ValueError):
            raise InputError(f"there is no day {'-'.join(map(str, args))}") from None
        return year, month, day


class MethodSignature:
    """
    The arguments of something that is called with what a form sent.

    Attributes:
        methodSignature: the arguments, in order.
    """

    def __init__(self, *sigList: Argument) -> None:
        """
        Args:
            sigList: the attribute ``methodSignature``.
        """
        self.methodSignature = sigList

    def getArgument(self, name: str) -> Argument | None:
        """Give the argument of a name, or None."""
        for argument in self.methodSignature:
            if argument.name == name:
                return argument
        return None

    def method(self, callable: Callable[..., Any], takesRequest: bool = False) -> FormMethod:
        """Tie these arguments to what is called with them."""
        return FormMethod(self, callable, takesRequest)


class FormMethod:
    """
    Something that is called with what a form sent.

    Attributes:
        signature: the `MethodSignature`.
        callable: what is called.
        takesRequest: whether it also gets the request that the form came with.
    """

    def __init__(
        self,
        signature: MethodSignature,
        callable: Callable[..., Any],
        takesRequest: bool = False,
    ) -> None:
        """
        Args:
            signature: see the class.
            callable: see the class.
            takesRequest: see the class.
        """
        self.signature = signature
        self.callable = callable
        self.takesRequest = takesRequest

    def getArgs(self) -> Sequence[Argument]:
        """Give the arguments, in order."""
        return self.signature.methodSignature

    def call(self, *args: Any, **kw: Any) -> Any:
        """Call it."""
        return self.callable(*args, **kw)
