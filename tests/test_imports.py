"""Importing is free: no reactor, no thread, no open file; and faces hand on all that they name."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from functools import lru_cache
from typing import Any

import pytest

import twisted

# Imports each module that it is told, one after the other, and tells what each one did.
inspector = """
import importlib, json, os, sys, threading

def openFiles():
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add((number, os.readlink(f"/proc/self/fd/{number}")))
        except OSError:
            pass
    return found

told = {}
for name in json.loads(sys.argv[1]):
    before, threads = openFiles(), threading.active_count()
    done = told[name] = {"error": None}
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        done["error"] = repr(error)
        continue
    done["files"] = sorted(openFiles() - before)
    done["threads"] = threading.active_count() - threads
    done["reactor"] = "twisted.internet.reactor" in sys.modules
    every = getattr(module, "__all__", [])
    done["missing"] = [each for each in every if not hasattr(module, each)]
    done["twice"] = sorted({each for each in every if every.count(each) > 1})
print(json.dumps(told))
"""


def modulesOf(package: Any) -> list[str]:
    """Every module of a package; those that only run (``__main__``) and the reactor left out."""
    return sorted(
        each.name
        for each in pkgutil.walk_packages(package.__path__, package.__name__ + ".", lambda _: None)
        if not each.name.endswith("__main__") and each.name != "twisted.internet.reactor"
    )


modules = modulesOf(twisted)
needsAnotherSystem = ("twisted.internet.iocpreactor", "twisted.python._win32")


@lru_cache
def imported() -> dict[str, Any]:
    told: dict[str, Any] = {}
    # In several processes, so that what one module drags in hides little of what others do.
    for start in range(8):
        done = subprocess.run(
            [sys.executable, "-c", inspector, json.dumps(modules[start::8])],
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
        told.update(json.loads(done.stdout))
    return told


def test_thereAreModules() -> None:
    assert "twisted.internet.tcp" in modules
    assert "twisted.internet._engine.streams" in modules


@pytest.mark.parametrize("name", modules)
def test_importingIsFree(name: str) -> None:
    done = imported()[name]
    if done["error"] and name.startswith(needsAnotherSystem):
        pytest.skip(done["error"])
    assert done["error"] is None
    assert done["reactor"] is False, "a reactor was installed"
    assert done["threads"] == 0, "a thread was started"
    assert done["files"] == [], "a file stays open"


@pytest.mark.parametrize("name", modules)
def test_allThatAFaceNamesIsThereOnce(name: str) -> None:
    done = imported()[name]
    if done["error"]:
        pytest.skip(done["error"])
    assert done["missing"] == []
    assert done["twice"] == []


def test_importingTheReactorInstallsOne() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from twisted.internet import reactor; import twisted.internet;"
            "print(type(reactor).__name__, sys.modules['twisted.internet.reactor'] is reactor,"
            " twisted.internet.reactor is reactor)",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["EPollReactor", "True", "True"]


def test_aReactorThatWasInstalledBeforeStays() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from twisted.internet import selectreactor, error; selectreactor.install();"
            "from twisted.internet import reactor; print(type(reactor).__name__)\n"
            "try: selectreactor.install()\n"
            "except error.ReactorAlreadyInstalledError: print('refused')",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["SelectReactor", "refused"]


facesAndRooms = [
    "twisted.internet.base",
    "twisted.internet.tcp",
    "twisted.internet.unix",
    "twisted.internet.endpoints",
    "twisted.internet.task",
    "twisted.internet.ssl",
    "twisted.internet.testing",
    "twisted.logger",
]


@pytest.mark.parametrize("name", facesAndRooms)
def test_allOfAFaceIsListed(name: str) -> None:
    """What a face hands on from its own rooms and does not begin with ``_`` is in ``__all__``."""
    import importlib
    from types import ModuleType

    module = importlib.import_module(name)
    public = {
        key
        for key, value in vars(module).items()
        if not key.startswith("_")
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", None) == name
    }
    assert public <= set(module.__all__)
