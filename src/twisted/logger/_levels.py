"""How grave an event is."""

from __future__ import annotations

from typing import Final

from ._constants import NamedConstant, Names


class InvalidLogLevelError(Exception):
    """
    Something that is no `LogLevel` was given where one is wanted.

    Attributes:
        level: what was given.
    """

    def __init__(self, level: object) -> None:
        super().__init__(level)
        self.level = level


class LogLevel(Names):
    """
    The levels, in rising order; two of them can be compared with ``<``.

    debug: of use only to somebody who looks for a mistake in the program.
    info: what goes on in normal operation.
    warn: something that deserves a look, though the program can go on as it is.
    error: something did not work out that should have.
    critical: an error of the gravest kind; it is shown even before logging has begun.
    """

    debug = NamedConstant()
    info = NamedConstant()
    warn = NamedConstant()
    error = NamedConstant()
    critical = NamedConstant()

    @classmethod
    def levelWithName(cls, name: str) -> NamedConstant:
        """
        Find a level by its name.

        Raises: InvalidLogLevelError if there is none of that name.
        """
        try:
            return cls.lookupByName(name)
        except ValueError:
            raise InvalidLogLevelError(name) from None


#: Every level, from the least grave to the gravest.
allLevels: Final[tuple[NamedConstant, ...]] = tuple(LogLevel.iterconstants())
