"""
Putting a module out of sight for a while, above all the one that is the global reactor.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

_absent: Any = object()


class SetAsideModule:
    """
    A context manager that makes a module, and all below it, as though they were not imported.

    Whatever is imported under those names within the context is dropped at its end.
    """

    def __init__(self, name: str) -> None:
        """
        Args:
            name: the dotted name of the module.
        """
        self.name = name

    def _concerned(self) -> list[str]:
        below = self.name + "."
        return [name for name in sys.modules if name == self.name or name.startswith(below)]

    def _parent(self) -> tuple[Any, str]:
        package, _, attribute = self.name.rpartition(".")
        return sys.modules.get(package), attribute

    def _takeAttribute(self) -> Any:
        parent, attribute = self._parent()
        value = getattr(parent, "__dict__", {}).get(attribute, _absent)
        if value is not _absent:
            delattr(parent, attribute)
        return value

    def __enter__(self) -> None:
        self._modules = {name: sys.modules.pop(name) for name in self._concerned()}
        self._attribute = self._takeAttribute()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in self._concerned():
            del sys.modules[name]
        sys.modules.update(self._modules)
        self._takeAttribute()
        if self._attribute is not _absent:
            parent, attribute = self._parent()
            setattr(parent, attribute, self._attribute)


class NoReactor(SetAsideModule):
    """A context manager in which no reactor is installed."""

    def __init__(self) -> None:
        SetAsideModule.__init__(self, "twisted.internet.reactor")


class AlternateReactor(NoReactor):
    """A context manager in which another reactor is the installed one."""

    def __init__(self, reactor: Any) -> None:
        """
        Args:
            reactor: the one that is to be installed.
        """
        NoReactor.__init__(self)
        self.alternate = reactor

    def __enter__(self) -> None:
        NoReactor.__enter__(self)
        parent, attribute = self._parent()
        setattr(parent, attribute, self.alternate)
        sys.modules[self.name] = self.alternate


__all__ = ["AlternateReactor", "NoReactor", "SetAsideModule"]
