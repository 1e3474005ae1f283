"""Python files as resources."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.task import Clock
from twisted.web import script, server, static

from .serving import ask, get

makes = "from twisted.web.static import Data\nresource = Data(b'%s', 'text/plain')\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside.rpy").write_text(makes % "outside")
    served = tmp_path / "root"
    (served / "sub").mkdir(parents=True)
    (served / "a.rpy").write_text(makes % "a")
    (served / "sub" / "b.rpy").write_text(makes % "b")
    return served


def test_aFileMakesAResource(root: Path) -> None:
    files = static.File(str(root))
    files.processors = {".rpy": script.ResourceScript}  # type: ignore[misc]  # of this one
    assert ask(files, get(b"/a.rpy")).body == b"a"


def test_aFileThatMakesNoneSaysSo(root: Path) -> None:
    (root / "none.rpy").write_text("x = 1")
    answer = ask(script.ResourceScriptDirectory(str(root)), get(b"/none.rpy"))
    assert answer.code == 500
    assert b"resource" in answer.body


def test_aResourceIsKeptIfTheFileAsksForIt(root: Path) -> None:
    (root / "kept.rpy").write_text("cache()\n" + makes % "kept")
    (root / "again.rpy").write_text("recache()\n" + makes % "again")
    registry = static.Registry()
    path = str(root / "kept.rpy")
    first = script.ResourceScript(path, registry)
    assert script.ResourceScript(path, registry) is first
    path = str(root / "again.rpy")
    first = script.ResourceScript(path, registry)
    assert script.ResourceScript(path, registry) is not first
    assert registry.getCachedPath(path) is not first


@pytest.mark.parametrize("kind", [str, os.fsencode])
def test_aDirectoryRunsWhatIsInIt(root: Path, kind: Any) -> None:
    found = script.ResourceScriptDirectory(kind(root))
    assert ask(found, get(b"/a.rpy")).body == b"a"
    assert ask(found, get(b"/sub/b.rpy")).body == b"b"
    assert ask(found, get(b"/nothing")).code == 404
    assert ask(found, get(b"/sub")).code == 404


@pytest.mark.parametrize(
    "target",
    [
        b"/../outside.rpy",
        b"/%2e%2e/outside.rpy",
        b"/..%2foutside.rpy",
        b"/a.rpy%00",
        b"/sub%2fb.rpy",
    ],
)
def test_nothingOutsideOfADirectoryIsRun(root: Path, target: bytes) -> None:
    assert ask(script.ResourceScriptDirectory(str(root)), get(target)).code == 404


def test_aWrapperRunsItsFileEachTime(root: Path) -> None:
    wrapped = script.ResourceScriptWrapper(str(root / "a.rpy"))
    wrapped.isLeaf = True
    assert ask(wrapped, get(b"/")).body == b"a"
    (root / "a.rpy").write_text(makes % "changed")
    assert ask(wrapped, get(b"/")).body == b"changed"


def test_aScriptWritesItsAnswer(root: Path) -> None:
    (root / "x.epy").write_text("request.write(__file__.encode())")
    path = str(root / "x.epy")
    answer = ask(script.PythonScript(path, None), get(b"/"))
    assert answer.body.split(b"\r\n")[1] == path.encode()  # in one chunk


def test_aScriptThatIsNotThereIsNotFound(root: Path) -> None:
    assert ask(script.PythonScript(str(root / "no.epy"), None), get(b"/")).code == 404


@pytest.mark.parametrize("shown", [False, True])
def test_anErrorOfAScriptIsShownToDevelopersOnly(root: Path, shown: bool) -> None:
    (root / "x.epy").write_text("raise ValueError('in' + 'side')")
    site = server.Site(script.PythonScript(str(root / "x.epy"), None), reactor=Clock())
    site.displayTracebacks = shown
    answer = ask(None, get(b"/"), site)
    assert answer.code == 500
    assert (b"inside" in answer.body) == shown
