"""The test runner."""

from __future__ import annotations

from ..measuring import Fresh
from .model import Bar, Row


def _suite(kind: str, count: int = 2000) -> Fresh:
    """A whole run of ``trial``, from the first import on; kind is of ``programs/trialsuite.py``."""
    return Fresh("trialsuite.py", (kind, str(count)), waitSeconds=10.0)


bar = Bar(0.7, atMost=True)

rows: tuple[Row, ...] = (
    Row("trial-plain", "trial, 2,000 synchronous tests", "ms", _suite("plain"), (bar,)),
    Row("trial-deferred", "trial, 2,000 tests with fired Deferreds", "ms", _suite("fired"), (bar,)),
    Row("trial-waiting", "trial, 2,000 tests that wait a turn", "ms", _suite("later"), (bar,)),
)
