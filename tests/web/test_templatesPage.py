"""The programs of the page on templates print what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

page = Path(__file__).parents[2] / "docs" / "web" / "templates.md"
programs = re.findall(
    r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize(
    ("program", "printed"), programs, ids=["tags", "element", "request", "error"]
)
def test_aProgramPrintsWhatThePageSays(program: str, printed: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program], capture_output=True, timeout=60
    )
    assert ended.stdout.decode() == printed, ended.stderr.decode()
