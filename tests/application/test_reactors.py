"""
Reactors by name.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from twisted.application import reactors
from twisted.plugins import twisted_reactors


def test_theReactorsOfTheHouseAreFound() -> None:
    names = {each.shortName for each in reactors.getReactorTypes()}
    assert {"default", "asyncio", "epoll", "kqueue", "poll", "select"} <= names
    assert {getattr(twisted_reactors, name).shortName for name in twisted_reactors.__all__} <= names


def test_anUnknownNameIsTold() -> None:
    with pytest.raises(reactors.NoSuchReactor) as caught:
        reactors.installReactor("fusion")
    assert caught.value.args == ("fusion",)


def test_theFirstOfTheNameIsInstalled(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []

    class Made(reactors.Reactor):
        def install(self) -> None:
            installed.append(self.moduleName)
            raise ImportError("not on this system")

    found: list[Any] = [Made("other", "a", ""), Made("mine", "b", ""), Made("mine", "c", "")]
    monkeypatch.setattr(reactors, "getPlugins", lambda interface: found)
    with pytest.raises(ImportError):
        reactors.installReactor("mine")
    assert installed == ["b"]


@pytest.mark.parametrize("name", ["default", "select", "poll", "asyncio"])
def test_whatIsInstalledIsTheProcesssReactor(name: str) -> None:
    code = (
        "import sys\n"
        "from twisted.application.reactors import installReactor\n"
        "assert 'twisted.internet.reactor' not in sys.modules\n"
        f"made = installReactor({name!r})\n"
        "from twisted.internet import reactor\n"
        "assert made is reactor\n"
        "print(type(made).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Reactor" in done.stdout


def test_aReactorOfAnotherPlatformCannotBeInstalled() -> None:
    with pytest.raises(Exception, match="iocpreactor"):
        twisted_reactors.iocp.install()
