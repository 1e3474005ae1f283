"""Each program of the pages on connections and processes prints what stands below it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

howto = Path(__file__).parent.parent / "docs" / "howto"

programs = re.compile(
    r"^```python\n(?P<program>.*?)^```\n(?P<between>.*?)^```text\n(?P<output>.*?)^```",
    re.DOTALL | re.MULTILINE,
)


def shown(page: str) -> list[Any]:
    text = (howto / page).read_text()
    found = [
        pytest.param(each["program"], each["output"], id=f"{page}-{number}")
        for number, each in enumerate(programs.finditer(text))
    ]
    assert len(found) == len(re.findall("^```python", text, re.MULTILINE))
    return found


@pytest.mark.parametrize(("program", "output"), [*shown("networking.md"), *shown("processes.md")])
def test_aProgramPrintsWhatStandsBelowIt(program: str, output: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", program],
        input="one\ntwo\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(ended.stdout.splitlines()) == sorted(output.splitlines())
    for side in ("client ", "server "):
        assert [line for line in ended.stdout.splitlines() if line.startswith(side)] == [
            line for line in output.splitlines() if line.startswith(side)
        ]
