"""
What this program runs on: the platform's name, kind and abilities.
"""

from __future__ import annotations

import os
import sys
from time import time as seconds

__all__ = [
    "Platform",
    "knownPlatforms",
    "platform",
    "platformType",
    "seconds",
    "shortPythonVersion",
]

knownPlatforms = {
    "nt": "win32",
    "ce": "win32",
    "posix": "posix",
    "java": "java",
    "org.python.modules.os": "java",
}


def shortPythonVersion() -> str:
    """
    Give the interpreter's version as three numbers with dots between them.
    """
    return ".".join(map(str, sys.version_info[:3]))


class Platform:
    """
    A platform, by default the present one.

    Args:
        name: what ``os.name`` says there; None for what it says here.
        platform: what ``sys.platform`` says there; None for what it says here.
    """

    type: str | None = knownPlatforms.get(os.name)
    seconds = staticmethod(seconds)
    _platform = sys.platform

    def __init__(self, name: str | None = None, platform: str | None = None) -> None:
        if name is not None:
            self.type = knownPlatforms.get(name)
        if platform is not None:
            self._platform = platform

    def isKnown(self) -> bool:
        """Whether this kind of platform is one that we know of."""
        return self.type is not None

    def getType(self) -> str | None:
        """The kind of the platform: ``"posix"``, ``"win32"``, ``"java"`` or None."""
        return self.type

    def isMacOSX(self) -> bool:
        """Whether this is macOS."""
        return self._platform == "darwin"

    def isLinux(self) -> bool:
        """Whether this is Linux."""
        return self._platform[:5] == "linux"

    def isWindows(self) -> bool:
        """Whether this is Windows."""
        return self.type == "win32"

    def isWinNT(self) -> bool:
        """The old name of `isWindows`; deprecated since 13.0."""
        import warnings

        warnings.warn(
            "twisted.python.runtime.Platform.isWinNT was deprecated in Twisted 13.0. "
            "Use Platform.isWindows instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.isWindows()

    def isVista(self) -> bool:
        """Whether this is Windows with version number 6 (Vista up to 8.1)."""
        version = getattr(sys, "getwindowsversion", None)
        return version is not None and bool(version().major == 6)

    def isDocker(self, _initCGroupLocation: str = "/proc/1/cgroup") -> bool:
        """Whether this is Linux and the first process is in a Docker container's group."""
        if not self.isLinux():
            return False
        try:
            with open(_initCGroupLocation, "rb") as groups:
                # Each line is number:controllers:path.
                paths = [line.rpartition(b":")[2] for line in groups]
        except OSError:
            return False
        return any(path.startswith(b"/docker/") for path in paths)

    def supportsThreads(self) -> bool:
        """Whether threads can be made here."""
        try:
            import threading
        except ImportError:
            return False
        return threading is not None

    def _supportsSymlinks(self) -> bool:
        """Whether symbolic links can be made here without special rights."""
        return hasattr(os, "symlink") and not self.isWindows()

    def supportsINotify(self) -> bool:
        """Whether the C library offers Linux's inotify."""
        if not self.isLinux():
            return False
        try:
            from ctypes import CDLL

            return hasattr(CDLL(None), "inotify_init")
        except (ImportError, OSError):
            return False


platform = Platform()
platformType = platform.getType()
