"""The programs of the page on protocols: each prints what stands below it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

page = Path(__file__).parent.parent.parent / "docs" / "howto" / "protocols.md"
programs = re.findall(
    r"^```python\n(.*?)^```\n+```text\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize(("program", "printed"), programs)
def test_aProgramPrintsWhatStandsBelowIt(program: str, printed: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == printed


def test_thePageHasItsPrograms() -> None:
    assert len(programs) == page.read_text().count("```python") == 3
