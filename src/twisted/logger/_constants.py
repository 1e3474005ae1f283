"""Named constants, with the annotations that constantly itself does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    class NamedConstant:
        """A constant that knows its name; it sorts by its place among its fellows."""

        @property
        def name(self) -> str: ...
        def __lt__(self, other: NamedConstant) -> bool: ...
        def __le__(self, other: NamedConstant) -> bool: ...
        def __gt__(self, other: NamedConstant) -> bool: ...
        def __ge__(self, other: NamedConstant) -> bool: ...

    class Names:
        """A class whose attributes are its constants."""

        @classmethod
        def iterconstants(cls) -> Iterator[NamedConstant]: ...
        @classmethod
        def lookupByName(cls, name: str) -> NamedConstant: ...
else:
    from constantly import NamedConstant, Names

__all__ = ["NamedConstant", "Names"]
