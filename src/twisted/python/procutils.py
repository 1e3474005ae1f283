"""
Where programs are.
"""

from __future__ import annotations

import os

__all__ = ["which"]


def which(name: str, flags: int = os.X_OK) -> list[str]:
    """
    Find a program in the folders of ``PATH``.

    Args:
        name: the program's name, without a folder.
        flags: what must be allowed with the file, as for `os.access`.
    Returns: each place where it is, in the order of ``PATH``; also with the endings of
        ``PATHEXT``, where that is set (on Windows).
    """
    path = os.environ.get("PATH")
    if path is None:
        return []
    endings = ["", *filter(None, os.environ.get("PATHEXT", "").split(os.pathsep))]
    candidates = (
        os.path.join(folder, name) + ending
        for folder in path.split(os.pathsep)
        for ending in endings
    )
    return [place for place in candidates if os.access(place, flags)]
