"""The programs of the page about databases, run as they are shown."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

page = Path(__file__).parent.parent.parent / "docs" / "howto" / "databases.md"
programs = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "hello Ada\n"), (1, "Ada has 3\nAda cannot give 7\n")],
    ids=["rows", "interaction"],
)
def test_aProgramOfThePageDoesWhatThePageSays(tmp_path: Path, number: int, shown: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", programs[number]],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert (ended.stdout, ended.stderr) == (shown, "")


def test_thePageHasNoOtherPrograms() -> None:
    assert len(programs) == 2
