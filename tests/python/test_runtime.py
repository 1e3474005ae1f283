"""What a platform says of itself."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from twisted.python import runtime
from twisted.python.runtime import Platform


@pytest.mark.parametrize(
    "name, kind", [("nt", "win32"), ("ce", "win32"), ("posix", "posix"), ("java", "java")]
)
def test_theKindFollowsFromTheName(name: str, kind: str) -> None:
    platform = Platform(name)
    assert platform.getType() == kind
    assert platform.isWindows() == (kind == "win32")
    assert platform.isKnown()


def test_anUnknownPlatformIsUnknown() -> None:
    assert not Platform("beos").isKnown()
    assert Platform("beos").getType() is None


@pytest.mark.parametrize(
    "system, isLinux, isMac",
    [
        ("linux", True, False),
        ("linux2", True, False),
        ("darwin", False, True),
        ("win32", False, False),
    ],
)
def test_theSystemIsToldByItsName(system: str, isLinux: bool, isMac: bool) -> None:
    platform = Platform(None, system)
    assert (platform.isLinux(), platform.isMacOSX()) == (isLinux, isMac)


def test_dockerIsToldByTheFirstProcessesGroups(tmp_path: Path) -> None:
    groups = tmp_path / "cgroup"
    linux = Platform(None, "linux")
    assert not linux.isDocker(_initCGroupLocation=str(groups))
    groups.write_text("9:memory:/\n8:cpu:/docker/0123456789abcdef\n")
    assert linux.isDocker(_initCGroupLocation=str(groups))
    assert not Platform(None, "win32").isDocker(_initCGroupLocation=str(groups))
    groups.write_text("9:memory:/\n1:name=systemd:/system\n")
    assert not linux.isDocker(_initCGroupLocation=str(groups))


def test_thisPlatformIsDescribed() -> None:
    assert runtime.platformType == runtime.platform.getType()
    assert runtime.platform.supportsThreads()
    assert runtime.platform.supportsINotify() == sys.platform.startswith("linux")
    assert runtime.shortPythonVersion() == sys.version.split()[0].rstrip("+")
    assert runtime.seconds is time.time is Platform.seconds


def test_theOldNameForWindowsWarns() -> None:
    with pytest.warns(DeprecationWarning, match="Use Platform.isWindows instead"):
        assert Platform("nt").isWinNT()
    assert not Platform("posix").isVista()
