"""
Service plugins of the older kind: an `IServiceMaker` with options of `twisted.python.usage`.

Each is a sub-command of ``twist``, like the service types that declare their options.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .parser import flagsIn

__all__ = ["makerKnows", "runMaker", "serviceMakers"]


def serviceMakers() -> dict[str, Any]:
    """
    Returns: the plugins by name.
    """
    from twisted.application.service import IServiceMaker
    from twisted.plugin import getPlugins

    found = sorted(getPlugins(IServiceMaker), key=lambda each: str(each.tapname))
    return {each.tapname: each for each in found}


def makerKnows(name: str, words: Iterable[str]) -> bool:
    """
    Tell whether there is a plugin whose options have every flag of a command line.

    Args:
        name: the plugin's name.
        words: what follows it.
    """
    maker = serviceMakers().get(name)
    if maker is None:
        return False
    try:
        options = maker.options()
    except Exception:
        # A plugin that cannot be loaded knows nothing; whoever runs it is told why.
        return False
    long = {f"--{form.rstrip('=')}" for form in options.longOpt}
    short = {f"-{letter}" for letter in options.shortOpt.replace(":", "")}
    # The value of a short flag may be joined to it: -p8080.
    return all(
        flag in long if flag.startswith("--") else flag[:2] in short for flag in flagsIn(words)
    )


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
