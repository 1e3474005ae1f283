"""
What differs between two plans of a site.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from twisted.application._config.options import describe
from twisted.application._config.site import ServicePlan, SitePlan

__all__ = ["Changes", "differences", "untilNextStart"]

_atStart = {
    "name": "name",
    "workers": "workers",
    "control": "control",
    "callbackContext": "callback-context",
}
"""What of a plan takes effect when a site starts, and what a file calls it."""

mostShown = 60
"""Characters of a value that a difference shows."""


class Changes(NamedTuple):
    """
    What differs.

    Args:
        added, removed, changed, kept: names of services; changed ones are started anew.
        eased: names of services of which only something changed that needs no new start.
        later: what takes effect at the next ``twist up``, in words.
        lines: all of it, for people.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    eased: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.lines)


def differences(old: SitePlan, new: SitePlan) -> Changes:
    """
    Compare two plans.
    """
    before = {each.name: each for each in old.services}
    after = {each.name: each for each in new.services}
    lines: list[str] = []
    later: list[str] = []
    for name, key in _atStart.items():
        if getattr(old, name) != getattr(new, name):
            line = f"{key}: {getattr(old, name)} -> {getattr(new, name)}"
            lines.append(f"~ site {line} (from the next start on)")
            later.append(key)
    if old.grace != new.grace:
        lines.append(f"~ site grace: {old.grace:g} -> {new.grace:g}")
    if old.lookups != new.lookups:
        lines += [f"~ site lookups {line}" for line in _settingsLines(old.lookups, new.lookups)]
    removed = tuple(name for name in before if name not in after)
    lines += [f"- {name} ({before[name].type})" for name in removed]
    added = tuple(name for name in after if name not in before)
    changed: list[str] = []
    eased: list[str] = []
    kept: list[str] = []
    for name, plan in after.items():
        if name in added:
            lines.append(f"+ {name} ({plan.type})")
            continue
        # Their order and restarts are the site's business: the service itself goes on.
        same = (plan.type, plan.settings) == (before[name].type, before[name].settings)
        if plan == before[name]:
            kept.append(name)
        else:
            (eased if same else changed).append(name)
            lines += [f"~ {name} {line}" for line in _serviceLines(before[name], plan)]
    return Changes(
        added, removed, tuple(changed), tuple(eased), tuple(kept), tuple(later), tuple(lines)
    )


def untilNextStart(new: SitePlan, running: SitePlan) -> SitePlan:
    """
    Returns: a plan without what takes effect when the site starts the next time.
    """
    return new._replace(**{name: getattr(running, name) for name in _atStart})


def _serviceLines(old: ServicePlan, new: ServicePlan) -> Iterator[str]:
    if old.type != new.type:
        yield f"type: {old.type} -> {new.type}"
        return
    if old.after != new.after:
        yield f"after: {', '.join(old.after) or 'none'} -> {', '.join(new.after) or 'none'}"
    if old.restart != new.restart:
        yield "restart: changed"
    yield from _settingsLines(old.settings, new.settings)


def _settingsLines(old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    told = False
    for each in _declared(old, new):
        had, has = getattr(old, each.name, None), getattr(new, each.name, None)
        if had != has:
            told = True
            yield f"{each.key}: {_shown(each, had)} -> {_shown(each, has)}"
    if not told:
        yield "its options changed"


def _declared(old: Any, new: Any) -> Any:
    if type(old) is not type(new):
        return ()
    try:
        return describe(type(new))
    except TypeError:
        return ()


def _shown(declared: Any, value: Any) -> str:
    """A value as its kind shows it, which hides what is secret."""
    if isinstance(value, tuple) and any(hasattr(each, "words") for each in value):
        text = ", ".join(f"{each.transport} {each.words}" for each in value)
    else:
        try:
            text = declared.kind.show(value)
        except Exception:
            text = "..."
    return text if len(text) <= mostShown else f"{text[: mostShown - 3]}..."
