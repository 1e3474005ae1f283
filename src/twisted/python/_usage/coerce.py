"""From the words of a command line to values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.python._usage.errors import UsageError

if TYPE_CHECKING:
    from twisted.python._usage.options import Options

__all__ = ["CoerceParameter", "flagFunction", "portCoerce"]

highestPort = 65535


class CoerceParameter:
    """
    What happens when a parameter is met: its value is made from the text, and stored.

    Attributes:
        options: the `Options` to store the value in.
        coerce: makes the value; it raises ValueError for a text that makes no sense.
        doc: what the function says about the values that it takes, its ``coerceDoc``.
    """

    def __init__(self, options: Options, coerce: Callable[[str], Any]) -> None:
        self.options = options
        self.coerce = coerce
        self.doc: str = getattr(coerce, "coerceDoc", "")

    def dispatch(self, parameterName: str, value: str | None) -> None:
        """
        Store the value of a parameter.

        Raises: UsageError if there is no value, or none that makes sense.
        """
        if value is None:
            raise UsageError(f"Parameter '{parameterName}' requires an argument.")
        try:
            made = self.coerce(value)
        except ValueError as error:
            # A person may have given many of them, so it says which one.
            raise UsageError(
                f"Parameter type enforcement failed: --{parameterName}: {error}"
            ) from error
        self.options.opts[parameterName] = made


def portCoerce(value: str) -> int:
    """
    Make the number of a port from a text.

    Raises: ValueError if it is not a number from 0 to 65535.
    """
    number = int(value)
    if not 0 <= number <= highestPort:
        raise ValueError(f"Port number not in range: {value}")
    return number


portCoerce.coerceDoc = f"Must be an int between 0 and {highestPort}."  # type: ignore[attr-defined]


def flagFunction(method: Callable[..., object], name: str | None = None) -> bool:
    """
    Tell whether a method handles a flag, which has no value.

    Args:
        method: a handler, bound or not a method at all.
        name: what to call it in an error; its own name if None.
    Returns: True where it takes nothing, False where it takes the value of a parameter.
    Raises: UsageError if it takes more than that.
    """
    function = getattr(method, "__func__", method)
    count: int = function.__code__.co_argcount - (function is not method)
    if count > 1:
        raise UsageError(f"Invalid Option function for {name or function.__name__}")
    return count == 0
