"""``pyhtmlizer`` and ``python -m twisted``: small commands that only call what stands elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from twisted.scripts import htmlizer


def _run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr("sys.argv", ["pyhtmlizer", *words])
    htmlizer.run()


def test_aProgramBecomesAPageBesideIt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "a&b.py"
    program.write_text("def f(x): return x < 1\n")
    _run(monkeypatch, "-s", 'style".css', str(program))
    page = (tmp_path / "a&b.py.html").read_text()
    assert page.startswith("<html><head>\n<title>")
    assert "a&amp;b.py</title>" in page
    assert 'href="style&quot;.css"' in page
    assert '<span class="py-src-identifier">f</span>' in page
    assert "&lt;" in page
    assert page.endswith("</body>")


def test_withoutAStylesheetThereIsNoLinkToOne(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "a.py"
    program.write_text("x = 1\n")
    _run(monkeypatch, str(program))
    assert "stylesheet" not in (tmp_path / "a.py.html").read_text()


def test_aProgramHasToBeNamed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        _run(monkeypatch)
    assert caught.value.code == 1
    assert "Wrong number of arguments." in capsys.readouterr().out


def test_thePackageRunsTheCommandTwist() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "twisted", "--help"], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0
    assert "-m twisted [options] plugin [plugin_options]" in ended.stdout
    assert "\nUsage: twist COMMAND [FLAGS]" in ended.stdout
