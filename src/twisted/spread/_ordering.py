"""Objects that are the same when what they stand for is the same."""

from __future__ import annotations

from typing import Any, TypeVar

__all__ = ["ordered"]

_C = TypeVar("_C", bound=type)


def ordered(kind: _C) -> _C:
    """
    Have objects of a class compared, ordered and hashed by what their ``_key`` gives.

    Objects of other classes are never equal to them. The order means nothing, but is the same for
    as long as the objects live.
    """

    own: Any = kind

    def __eq__(self: Any, other: Any) -> Any:
        return self._key() == other._key() if isinstance(other, own) else NotImplemented

    def __ne__(self: Any, other: Any) -> Any:
        return self._key() != other._key() if isinstance(other, own) else NotImplemented

    def __lt__(self: Any, other: Any) -> Any:
        return self._key() < other._key() if isinstance(other, own) else NotImplemented

    def __le__(self: Any, other: Any) -> Any:
        return self._key() <= other._key() if isinstance(other, own) else NotImplemented

    def __gt__(self: Any, other: Any) -> Any:
        return self._key() > other._key() if isinstance(other, own) else NotImplemented

    def __ge__(self: Any, other: Any) -> Any:
        return self._key() >= other._key() if isinstance(other, own) else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(self._key())

    for method in (__eq__, __ne__, __lt__, __le__, __gt__, __ge__, __hash__):
        method.__qualname__ = f"{kind.__qualname__}.{method.__name__}"
        setattr(kind, method.__name__, method)
    return kind
