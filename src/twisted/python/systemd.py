"""
Sockets that systemd opened for us (socket activation).

The protocol is that of ``sd_listen_fds_with_names(3)``: descriptors are numbered from 3, and three
environment variables tell how many there are, what they are called, and which process is meant.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence
from typing import cast

__all__ = ["ListenFDs"]


class ListenFDs:
    """
    The descriptors that this process inherited.

    Two are equal if they have the same descriptors under the same names.
    """

    __slots__ = ("__weakref__", "_descriptors", "_names")

    # SD_LISTEN_FDS_START
    _START = 3

    def __init__(self, descriptors: Sequence[int], names: Sequence[str] = ()) -> None:
        """
        Args:
            descriptors: the numbers of the descriptors.
            names: what they are called, in the same order.
        """
        self._descriptors = descriptors
        self._names = names

    def __repr__(self) -> str:
        return f"ListenFDs(descriptors={self._descriptors!r}, names={self._names!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ListenFDs):
            return NotImplemented
        return self.__getstate__() == other.__getstate__()

    def __ne__(self, other: object) -> bool:
        return not self == other

    # Two that are equal may be told apart by nothing, but the lists in them can change.
    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Sequence[object]]:
        return {"_descriptors": self._descriptors, "_names": self._names}

    def __setstate__(self, state: Mapping[str, Sequence[object]]) -> None:
        self._descriptors = cast("Sequence[int]", state["_descriptors"])
        self._names = cast("Sequence[str]", state["_names"])

    @classmethod
    def fromEnvironment(
        cls, environ: MutableMapping[str, str] | None = None, start: int | None = None
    ) -> ListenFDs:
        """
        Read from environment variables what was inherited.

        They are removed when they were meant for this process, so that neither a second call
        nor a child process takes the same descriptors again.

        Args:
            environ: the variables; those of this process if None.
            start: the number of the first descriptor; that of the protocol if None.
        Returns: what was inherited, which is nothing if the variables were meant for another
            process or make no sense.
        """
        if environ is None:
            environ = os.environ
        if start is None:
            start = cls._START
        if _asCount(environ.get("LISTEN_PID")) != os.getpid():
            return cls([], ())
        count = _asCount(environ.get("LISTEN_FDS")) or 0
        given = environ.get("LISTEN_FDNAMES")
        for variable in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
            environ.pop(variable, None)
        # "unknown" is what sd_listen_fds_with_names gives for want of names.
        names = ("unknown",) * count if given is None else tuple(given.split(":"))
        if len(names) != count:
            # One cannot tell which name belongs to which descriptor.
            return cls([], ())
        return cls(list(range(start, start + count)), names)

    def inheritedDescriptors(self) -> list[int]:
        """Give the numbers of the descriptors, in a list of the caller's own."""
        return list(self._descriptors)

    def inheritedNamedDescriptors(self) -> dict[str, int]:
        """Give the number of the descriptor for each name; of two with one name, the last."""
        return dict(zip(self._names, self._descriptors, strict=False))


def _asCount(text: str | None) -> int | None:
    """Read a decimal number that has no sign, or None if it is not one."""
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return int(text)
