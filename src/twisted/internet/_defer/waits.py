"""
Who waits for what, now: for people and tools that look into a program that hangs.

Nothing is written down while a program runs; `liveWaits` asks the garbage collector for all
Deferreds and coroutines there are, which takes a moment in a large program.
"""

from __future__ import annotations

import gc
from typing import Any, NamedTuple

from .coroutines import CoroutineDriver
from .deferred import Deferred
from .generators import GeneratorDeferred


class Wait(NamedTuple):
    """
    One who waits.

    Attributes:
        name: the coroutine's qualified name, or the repr of what is waited for last.
        place: ``file:line`` where it waits; empty for what is no coroutine.
        on: what it waits for, or None at the end.
    """

    name: str
    place: str
    on: Wait | None

    def __str__(self) -> str:
        lines = []
        depth = 0
        here: Wait | None = self
        while here is not None:
            lines.append("  " * depth + here.name + (f" ({here.place})" if here.place else ""))
            here = here.on
            depth += 1
        return "\n".join(lines)


def _stack(coroutine: Any) -> list[tuple[str, str]]:
    """The coroutines that a coroutine has called and awaits, outermost first."""
    seen: list[tuple[str, str]] = []
    while True:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is None or frame.f_code in _awaiting:
            return seen
        seen.append((coroutine.__qualname__, f"{frame.f_code.co_filename}:{frame.f_lineno}"))
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)


_awaiting = {Deferred.__await__.__code__, Deferred.__iter__.__code__}


def liveWaits() -> list[Wait]:
    """
    Find everything that waits.

    Returns: for each coroutine, generator or Deferred that waits and that no other one waits
        for, the chain from it to what all depends on in the end.
    """
    # By id: Deferreds may compare as they like.
    awaited: dict[int, Any] = {}
    coroutines: dict[int, Any] = {}
    starts: dict[int, Deferred[Any]] = {}
    for thing in gc.get_objects():
        kind = type(thing)
        if kind is CoroutineDriver:
            deferred, coroutine, waiting = thing.deferred, thing._coroutine, thing.waiting
        elif kind is GeneratorDeferred:
            deferred, coroutine, waiting = thing, thing._generator, thing.waiting
        elif issubclass(kind, Deferred):
            deferred, coroutine, waiting = thing, None, thing._chainedTo
        else:
            continue
        if waiting is not None:
            awaited[id(deferred)] = waiting
            coroutines.setdefault(id(deferred), None)
            if coroutine is not None:
                coroutines[id(deferred)] = coroutine
            starts[id(deferred)] = deferred
    for waiting in list(awaited.values()):
        starts.pop(id(waiting), None)
    return [_chain(deferred, awaited, coroutines) for deferred in starts.values()]


def _chain(deferred: Any, awaited: dict[int, Any], coroutines: dict[int, Any]) -> Wait:
    links: list[tuple[str, str]] = []
    seen: set[int] = set()
    while id(deferred) in awaited and id(deferred) not in seen:
        seen.add(id(deferred))
        coroutine = coroutines[id(deferred)]
        if coroutine is None:
            links.append((f"{type(deferred).__name__} at 0x{id(deferred):x}", ""))
        else:
            links += _stack(coroutine)
        deferred = awaited[id(deferred)]
    wait = Wait(repr(deferred), "", None)
    for name, place in reversed(links):
        wait = Wait(name, place, wait)
    return wait
