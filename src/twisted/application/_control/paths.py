"""
Where the control socket of a site is.
"""

from __future__ import annotations

import os

__all__ = ["besideFile", "controlPath", "shortest"]


def shortest(path: str) -> str:
    """
    Returns: a path, or its way from the current folder where that is shorter: what the system
        takes as the address of a socket has little room (107 bytes on Linux).
    """
    return min(path, os.path.relpath(path), key=len)


def besideFile(file: str) -> str:
    """
    Returns: the usual place: ``.NAME.control`` in the folder of the file.
    """
    folder, name = os.path.split(file)
    return os.path.join(folder, f".{name}.control")


def controlPath(file: str) -> str | None:
    """
    Find the control socket of the site that a file describes.

    The file may be wrong by now: what it says of its socket is read if that can be done.

    Args:
        file: the configuration file.
    Returns: the path; None if the file says that there is none.
    """
    from twisted.application._config.toml import loads

    try:
        with open(file, encoding="utf-8-sig") as opened:
            said = loads(opened.read()).get("site", {}).get("control")
    except (OSError, ValueError, RecursionError, AttributeError):
        said = None
    if said is False:
        return None
    if isinstance(said, str) and said:
        return os.path.join(os.path.dirname(file), said)
    return besideFile(file)
