"""
What installed distributions declare under a group of entry points.

::

    [project.entry-points."twisted.plugins"]
    shop = "shop.plugins"

To read it from every distribution takes tens of milliseconds, which a command that only wants to
print its help does not have. So what was found is given to the caller to keep, by the folder that
it was found in, and holds as long as that folder is unchanged: installing, upgrading and removing
a distribution each make or remove an entry in it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["declared"]

_metadataSuffixes = (".dist-info", ".egg-info", ".egg", ".egg-link")


def declared(
    group: str, kept: Mapping[str, Any], path: Iterable[str] | None = None
) -> tuple[list[str], dict[str, Any]]:
    """
    Find what is declared.

    Args:
        group: the name of the group.
        kept: what an earlier call gave to keep; whatever cannot be used of it is not.
        path: folders and archives to look in; ``sys.path`` if None.
    Returns: the values that are declared (``package.module`` or ``package.module:name``), in the
        order of the path and without repetition; and what to keep, which may be written as JSON.
    """
    keep: dict[str, Any] = {}
    # Of a distribution that is installed twice, the first one counts: its code is imported too.
    values: dict[str, list[str]] = {}
    for entry in sys.path if path is None else path:
        folder = os.path.abspath(entry)
        if folder in keep:
            continue
        found = _inFolder(group, folder, kept.get(folder))
        if found is None:
            continue
        keep[folder] = found
        for name, those in found["declared"].items():
            values.setdefault(name, those)
    return list(dict.fromkeys(value for those in values.values() for value in those)), keep


def _inFolder(group: str, folder: str, known: Any) -> dict[str, Any] | None:
    """Give what a folder declares, with its stamp; None where no distribution is in it."""
    try:
        info = os.stat(folder)
    except OSError:
        return None
    stamp = [info.st_mtime_ns, info.st_size]
    if _isUsable(known) and known["stamp"] == stamp:
        return dict(known)
    if not _mayDeclare(folder):
        return None
    from importlib.metadata import distributions

    found: dict[str, list[str]] = {}
    for distribution in distributions(path=[folder]):
        name = distribution.metadata["Name"] or ""
        those = [each.value for each in distribution.entry_points if each.group == group]
        if those and name not in found:
            found[name] = those
    return {"stamp": stamp, "declared": found}


def _isUsable(known: Any) -> bool:
    """Is this what was given to keep? It may come from a file that anybody may have changed."""
    if not isinstance(known, dict) or not isinstance(known.get("declared"), dict):
        return False
    return all(
        isinstance(those, list) and all(isinstance(value, str) for value in those)
        for those in known["declared"].values()
    )


def _mayDeclare(folder: str) -> bool:
    """A quick look, which spares the import of what reads distributions in most folders."""
    if os.path.isfile(folder):
        return True  # an archive
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.endswith(_metadataSuffixes) for entry in entries)
    except OSError:
        return False
