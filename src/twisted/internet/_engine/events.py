"""
System events: what must happen before, while and after a reactor starts or stops.

The laws of an event's life:

1. Each phase runs its triggers in the order of their making; one that raises is logged and does
   not stop the others.
2. ``during`` begins when every Deferred that a ``before`` trigger returned has a result.
3. A trigger runs at most once; a trigger added to a phase that has begun waits for the next
   firing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NewType, TypeAlias

from twisted.internet.defer import Deferred, DeferredList

from .core import logUnhandled

__all__ = ["Trigger", "_SystemEventID", "_ThreePhaseEvent"]

Trigger: TypeAlias = "tuple[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]]"
_Call: TypeAlias = "tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]"
_SystemEventID = NewType("_SystemEventID", tuple[str, Trigger])

_phases = ("before", "during", "after")


class _ThreePhaseEvent:
    """One event with its triggers; programs make their own of ``base._ThreePhaseEvent``."""

    def __init__(self) -> None:
        self.before: list[_Call] = []
        self.during: list[_Call] = []
        self.after: list[_Call] = []
        self.finishedBefore: list[_Call] = []
        self.state = "BASE"

    def addTrigger(
        self, phase: str, callable: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Trigger:
        """
        Add a call to a phase.

        Args:
            phase: ``before``, ``during`` or ``after``.
            callable: called with ``args`` and ``kwargs``; in ``before`` it may return a Deferred.
        Returns: what `removeTrigger` takes.
        Raises: KeyError for another phase.
        """
        self._of(phase).append((callable, args, kwargs))
        return phase, callable, args, kwargs

    def removeTrigger(self, handle: Trigger) -> None:
        """
        Take a trigger out again.

        Raises:
            ValueError: ``handle`` is none of this event's, or was removed or called before.
            KeyError: its phase is none.
        """
        try:
            phase, callable, args, kwargs = handle
        except (TypeError, ValueError) as error:
            raise ValueError(f"{handle!r} is not a trigger of this event") from error
        triggers = self._of(phase)
        call = (callable, args, kwargs)
        if phase == "before" and call not in triggers and call in self.finishedBefore:
            import warnings

            warnings.warn(
                "this trigger was called already and cannot be removed; doing so will be an error",
                category=DeprecationWarning,
                stacklevel=3,
            )
            return
        if call not in triggers:
            raise ValueError(f"{handle!r} was removed or called before")
        triggers.remove(call)

    def _of(self, phase: str) -> list[_Call]:
        if phase not in _phases:
            raise KeyError(f"{phase!r} is no phase of an event: {', '.join(_phases)}")
        triggers: list[_Call] = getattr(self, phase)
        return triggers

    def fireEvent(self) -> None:
        """Run the phases; returns at once where a ``before`` trigger wants to be waited for."""
        self.state = "BEFORE"
        self.finishedBefore = []
        waiting = []
        while self.before:
            trigger = self.before.pop(0)
            self.finishedBefore.append(trigger)
            result = _call(trigger)
            if isinstance(result, Deferred):
                waiting.append(result)
        DeferredList(waiting).addCallback(self._continue)

    def _continue(self, _: object) -> None:
        self.state = "BASE"
        self.finishedBefore = []
        for triggers in (self.during, self.after):
            while triggers:
                _call(triggers.pop(0))


def _call(trigger: _Call) -> object:
    callable, args, kwargs = trigger
    try:
        result: object = callable(*args, **kwargs)
    except BaseException:
        logUnhandled(f"the system event trigger {callable!r}")
        return None
    return result
