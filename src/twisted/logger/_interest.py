"""
Which events would reach nobody?

A program that logs much on the debug level, and filters it away, should pay little for it. So
publishers and filters can be asked beforehand whether they would drop whatever comes from a
namespace on a level; a `Logger` on the global publisher looks the answer up and stops before it
has made an event.

Law: whatever could change an answer calls `forget` after it has changed.
"""

from __future__ import annotations

from ._constants import NamedConstant
from ._levels import allLevels

#: More namespaces than a program has, but for one that makes them up as it runs.
mostNamespaces = 4096

#: What is known of the global publisher: for a namespace, the levels that nobody listens to.
#: Replaced, never cleared, when something changes: an answer that another thread worked out
#: meanwhile lands in the old dictionary.
quietLevels: dict[str, tuple[NamedConstant, ...]] = {}


class Selective:
    """An observer that can tell beforehand what it would not pass on."""

    def _ignores(self, namespace: str, level: NamedConstant) -> bool:
        """Is every such event dropped without a trace? False where that is not certain."""
        return False


def forget() -> None:
    """Observers, filters or levels have changed: ask anew."""
    global quietLevels
    quietLevels = {}


def ignores(observer: object, namespace: str, level: NamedConstant) -> bool:
    """Would this observer, of whatever kind, drop such an event?"""
    return isinstance(observer, Selective) and observer._ignores(namespace, level)


def learn(publisher: object, namespace: str) -> tuple[NamedConstant, ...]:
    """Work out, and remember, on which levels nobody listens to a namespace."""
    known = quietLevels
    quiet = tuple(level for level in allLevels if ignores(publisher, namespace, level))
    if len(known) >= mostNamespaces:
        forget()
    known[namespace] = quiet
    return quiet
