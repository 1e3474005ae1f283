"""
Torsion: the Twisted platform, written anew on an asyncio/uvloop engine.

An independent implementation of the Twisted API. ``__version__`` is the level of that API,
``torsion_version`` our own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._version import __version__ as __version__
from ._version import torsionVersion as torsion_version

if TYPE_CHECKING:
    from incremental import Version

    version: Version

__all__ = ["__version__", "torsion_version", "version"]


def __getattr__(name: str) -> object:
    # incremental costs a few milliseconds that most programs never need.
    if name != "version":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from incremental import Version

    from ._version import apiVersion

    made = Version("Twisted", *map(int, apiVersion.split(".")))
    globals()["version"] = made
    return made
