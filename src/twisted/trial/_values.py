"""
Objects that are what they hold.
"""

from __future__ import annotations

from typing import Any


class _Value:
    """
    A base for objects that are equal if all their attributes are.
    """

    # They can change, unless a subclass knows better.
    __hash__: Any = None

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return vars(self) == vars(other)

    def __ne__(self, other: object) -> bool:
        isEqual = self.__eq__(other)
        return isEqual if isEqual is NotImplemented else not isEqual

    def __getstate__(self) -> dict[str, Any]:
        return dict(vars(self))

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
