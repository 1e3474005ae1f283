"""
Service plugins of the older kind: an `IServiceMaker` with options of `twisted.python.usage`.

Each is a sub-command of ``twist``, like the service types that declare their options.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["runMaker", "serviceMakers"]


def serviceMakers() -> dict[str, Any]:
    """
    Returns: the plugins by name.
    """
    from twisted.application.service import IServiceMaker
    from twisted.plugin import getPlugins

    found = sorted(getPlugins(IServiceMaker), key=lambda each: str(each.tapname))
    return {each.tapname: each for each in found}


def runMaker(words: Sequence[str]) -> int:
    """
    Run a plugin's service until a signal ends it.

    Args:
        words: flags of the run, the plugin's name, and its own flags.
    Returns: the exit status.
    Raises: SystemExit with status 64 after saying what is wrong with the words.
    """
    from ._twist import Twist

    Twist.main(["twist", *words])
    return 0
