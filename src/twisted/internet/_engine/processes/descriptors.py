"""
Which descriptors are open, and how a child comes to have those that it shall have.

Everything that Python opens is closed by ``exec`` on its own, but programs inherit and make
descriptors that are not; those are closed by name. What has to be done is decided here, as a list
of steps, by the parent: ``posix_spawn`` takes it as it is, and a forked child walks through it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TypeVar

__all__ = ["_getFileActions", "_listOpenFDs", "descriptorStates", "detector", "firstFree"]

_Close = TypeVar("_Close")
_Duplicate = TypeVar("_Duplicate")

_mostGuessed = 1024  # descriptors asked about one by one, where the system has no list of them


class OpenDescriptors:
    """Lists the open descriptors of this process."""

    directory = "/proc/self/fd" if sys.platform.startswith("linux") else "/dev/fd"

    def _listOpenFDs(self) -> list[int]:
        """The open descriptors. One of them may be that by which the list was read."""
        try:
            return [int(name) for name in os.listdir(self.directory)]
        except OSError:
            return list(range(_mostGuessed))


detector = OpenDescriptors()


def _listOpenFDs() -> list[int]:
    """The open descriptors; some of them may be closed by now."""
    return detector._listOpenFDs()


def descriptorStates() -> list[tuple[int, bool]]:
    """Each open descriptor, and whether ``exec`` closes it."""
    states = []
    isInheritable = os.get_inheritable  # each of maybe thousands is asked about, for every child
    for fd in _listOpenFDs():
        try:
            states.append((fd, not isInheritable(fd)))
        except OSError:
            pass  # it was the one by which the list was read
    return states


def firstFree(taken: Iterable[int]) -> int:
    """The lowest number that is not taken."""
    used = set(taken)
    number = 0
    while number in used:
        number += 1
    return number


def _getFileActions(
    fdState: Iterable[tuple[int, bool]],
    childToParentFD: Mapping[int, int],
    doClose: _Close,
    doDup2: _Duplicate,
) -> list[tuple[_Close, int] | tuple[_Duplicate, int, int]]:
    """
    Decide what gives a child its descriptors.

    Args:
        fdState: each open descriptor, and whether ``exec`` closes it.
        childToParentFD: the descriptors that the child shall have, and which of ours each is.
        doClose, doDup2: how the steps are called.
    Returns: steps ``(doDup2, ours, child's)`` and ``(doClose, which)``, to be taken in this order.
    """
    state = dict(fdState)
    taken: set[int] = set()
    place = {ours: ours for ours in childToParentFD.values()}
    spare: list[int] = []
    steps: list[tuple[_Close, int] | tuple[_Duplicate, int, int]] = []

    def moveAside(ours: int) -> None:
        taken.update(state, childToParentFD, childToParentFD.values())
        aside = firstFree(taken)
        taken.add(aside)
        spare.append(aside)
        steps.append((doDup2, place[ours], aside))
        place[ours] = aside

    order = sorted(childToParentFD)
    for index, wanted in enumerate(order):
        ours = childToParentFD[wanted]
        if place[ours] == wanted and state.get(ours, True):
            # A duplicate in the same place would keep the mark that exec closes it.
            moveAside(ours)
        inTheWay = wanted != ours and place.get(wanted) == wanted
        if inTheWay and wanted in map(childToParentFD.get, order[index + 1 :]):
            moveAside(wanted)
        if place[ours] != wanted:
            steps.append((doDup2, place[ours], wanted))
    staying = [fd for fd, closes in state.items() if not closes]
    leftOver = {*spare, *staying}.difference(order)
    return steps + [(doClose, fd) for fd in sorted(leftOver)]
