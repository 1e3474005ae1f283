"""What the tests of sites leave as they found it."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def _pathOfItsOwn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications that stand beside a file put its folder on Python's path."""
    monkeypatch.setattr(sys, "path", list(sys.path))
