"""A few seconds of the soak, so that it works when it is wanted."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("reactor", ["epollreactor", "selectreactor"])
def test_aShortSoakLeavesNothing(reactor: str) -> None:
    words = ["--seconds", "3", "--clients", "40", "--patience", "1", "--seed", "1"]
    words += ["--reactor", reactor]
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", *words], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing was left, nothing went wrong" in done.stdout
