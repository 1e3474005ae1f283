"""What is printed: drawn on a terminal, plain anywhere else."""

from __future__ import annotations

import io
import re

import pytest

from twisted.application._config.mistakes import Mistake
from twisted.application.twist.tables import showMistakes, showTable


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def aTerminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


_ROWS = [("echo", "[::1]:7"), ("a [bold]b[/bold]", "nc ::1 7")]


def test_columnsAreAlignedAndNothingElse() -> None:
    out = io.StringIO()
    showTable(("service", "where"), _ROWS, out)
    assert out.getvalue() == (
        "service           where\necho              [::1]:7\na [bold]b[/bold]  nc ::1 7\n"
    )


def test_aTerminalHasTheSameWordsWithSomeColour() -> None:
    out = Terminal()
    showTable(("service", "where"), _ROWS, out)
    drawn = out.getvalue()
    assert "\x1b[" in drawn
    words = plain(drawn)
    for row in _ROWS:
        for cell in row:
            assert cell in words
    assert all(len(line) <= 60 for line in words.splitlines())


def test_aCommandIsNotBrokenWhereItDoesNotFit() -> None:
    command = "socat - UNIX-CONNECT:" + "long/" * 12
    out = Terminal()
    showTable(("service", "try it with"), [("echo", command)], out, toCopy=True)
    assert f"    {command}" in plain(out.getvalue()).splitlines()
    out = Terminal()
    showTable(("service", "try it with"), [("echo", "nc ::1 7")], out, toCopy=True)
    assert plain(out.getvalue()).splitlines()[-1].split() == ["echo", "nc", "::1", "7"]


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()], ids=["plain", "terminal"])
def test_mistakesAreToldInTheSameWords(out: io.StringIO) -> None:
    found = [
        Mistake("a.toml", "[red]wrong[/red] " + "words " * 20, 2, 3, "a [b] = 1  # remark", 2),
        Mistake("--flag", "odd"),
    ]
    showMistakes(found, out)
    assert plain(out.getvalue()).split() == " ".join(map(str, found)).split()
