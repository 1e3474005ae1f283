"""
Attributes replaced for a while, and put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

__all__ = ["MonkeyPatcher"]


class MonkeyPatcher:
    """
    A set of patches that go on together and come off together.

    Args:
        patches: ``(object, attribute name, new value)`` triples. Where two are for the same
            attribute, the later one wins.
    """

    def __init__(self, *patches: tuple[object, str, object]) -> None:
        self._planned: list[tuple[object, str, object]] = list(patches)
        self._saved: list[tuple[object, str, object]] = []

    def addPatch(self, obj: object, name: str, value: object) -> None:
        """Plan one more; it takes effect with the next `patch`."""
        self._planned.append((obj, name, value))

    def patch(self) -> None:
        """
        Put all the new values in place.

        Raises: AttributeError if there is no such attribute to replace; what was replaced
            before that stays so until `restore`.
        """
        for obj, name, value in self._planned:
            self._saved.append((obj, name, getattr(obj, name)))
            setattr(obj, name, value)

    __enter__ = patch

    def restore(self) -> None:
        """Put all the old values back. Does nothing where nothing is patched."""
        # Backwards, so that of an attribute patched twice the first saved value stays.
        while self._saved:
            setattr(*self._saved.pop())

    def __exit__(
        self,
        excType: type[BaseException] | None = None,
        excValue: BaseException | None = None,
        excTraceback: TracebackType | None = None,
    ) -> None:
        self.restore()

    def runWithPatches(self, f: Callable[P, R], *args: P.args, **kw: P.kwargs) -> R:
        """Give the result of the function, called while the patches are on."""
        with self:
            return f(*args, **kw)

    def __repr__(self) -> str:
        on = " on" if self._saved else ""
        return f"<MonkeyPatcher of {len(self._planned)} attributes{on}>"
