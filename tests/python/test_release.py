"""Commands of the shell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from twisted.python.release import CommandFailed, runChdirSafe, sh


def test_aCommandRuns(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sh(f"echo quiet; touch '{tmp_path}/made'")
    assert (tmp_path / "made").exists()
    assert "quiet\n" not in capfd.readouterr().out.split("$", 1)[1].split("\n", 1)[1]
    sh("echo heard", null=False)
    assert "\nheard\n" in capfd.readouterr().out


def test_aCommandThatFailsIsAnError() -> None:
    with pytest.raises(CommandFailed, match="3"):
        sh("exit 3")
    assert issubclass(CommandFailed, OSError)


@pytest.mark.parametrize("answer, runs", [("", True), ("y", True), ("YES", True), ("n", False)])
def test_thePersonIsAsked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, runs: bool
) -> None:
    monkeypatch.setattr("builtins.input", lambda question: answer)
    sh(f"touch '{tmp_path}/made'", prompt=True)
    assert (tmp_path / "made").exists() is runs


def test_theDirectoryIsTheSameAfterwards(tmp_path: Path) -> None:
    before = os.getcwd()

    def go(fail: bool) -> str:
        os.chdir(tmp_path)
        if fail:
            raise ZeroDivisionError
        return os.getcwd()

    assert runChdirSafe(go, fail=False) == str(tmp_path)
    assert os.getcwd() == before
    with pytest.raises(ZeroDivisionError):
        runChdirSafe(go, True)
    assert os.getcwd() == before
