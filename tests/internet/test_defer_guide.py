"""Each program of the page on Deferreds prints what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

page = Path(__file__).parent.parent.parent / "docs" / "howto" / "deferreds.md"
programs = re.findall(
    r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE
)


def test_everyProgramSaysWhatItPrints() -> None:
    assert len(programs) == page.read_text().count("```python")
    assert len(programs) > 8


@pytest.mark.parametrize(
    ("program", "printed"), [pytest.param(*each, id=str(at)) for at, each in enumerate(programs)]
)
def test_aProgramPrintsWhatThePageSays(
    program: str, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if "react(" in program:
        words = [sys.executable, "-c", program]
        ended = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert ended.stdout == printed, ended.stderr
        return
    names: dict[str, Any] = {"__name__": "page"}
    exec(compile(program, str(page), "exec"), names)
    assert capsys.readouterr().out == printed
