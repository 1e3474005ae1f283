"""The programs of the page on testing, run as the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

page = Path(__file__).parents[2] / "docs" / "howto" / "testing.md"
greeting, *suites = re.findall(
    r"^```\{code-block\} python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize("suite", suites, ids=range(len(suites)))
def test_theSuitesOfThePagePass(suite: str, tmp_path: Path) -> None:
    (tmp_path / "greeting.py").write_text(greeting)
    (tmp_path / "test_page.py").write_text(suite)
    if "TestCase" in suite:
        command = ["twisted.trial", "--reporter=bwverbose", "test_page"]
        passed = r"^PASSED \(successes=(\d+)\)"
    else:
        # Other plugins take longer to import than these tests take to run.
        others = ("cacheprovider", "hypothesispytest", "anyio", "xdist")
        command = ["pytest", "--torsion", *(f"-pno:{name}" for name in others), "test_page.py"]
        passed = r"=+ (\d+) passed"
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    found = re.search(passed, ended.stdout, re.MULTILINE)
    assert found is not None, ended.stdout + ended.stderr
    assert int(found[1]) == len(re.findall(r"def test_", suite))
    assert ended.returncode == 0
