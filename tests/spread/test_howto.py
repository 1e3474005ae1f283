"""The programs of the page on Perspective Broker print what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

page = Path(__file__).parent.parent.parent / "docs" / "howto" / "perspective-broker.md"
programs = re.findall(
    r"^```python\n(.*?)^```\n\n```text\n(.*?)^```",
    page.read_text("utf-8"),
    re.DOTALL | re.MULTILINE,
)


def test_thePageHasPrograms() -> None:
    assert len(programs) == 4


@pytest.mark.parametrize(("program", "printed"), programs, ids=["call", "back", "login", "copy"])
def test_aProgramOfThePagePrintsWhatThePageSays(program: str, printed: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.stdout, ended.returncode) == (printed, 0), ended.stderr
