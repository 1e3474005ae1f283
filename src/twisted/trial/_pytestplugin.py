"""
Our plugin for pytest, which pytest finds by its entry point.

Two things are in here. What pytest must be told to run trial's tests at all: it knows trial, and
asks the metadata of the distribution ``Twisted`` which version it is. Where only ours is installed
there is none, and without an answer pytest ends with an internal error at the first test.
(``packaging/twisted`` is such a distribution; with it nothing is done here.)

And a switch: with ``--torsion``, or ``torsion = true`` in pytest's settings, the fixtures and hooks
of `_pytestfixtures` are there. Without it nothing else is imported.
"""

from __future__ import annotations

import sys
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


def pytest_addoption(parser: Any) -> None:
    """
    Say which options there are.
    """
    words = "fresh reactors, async tests, a clock that jumps, and trial's clean-up check"
    parser.getgroup("torsion").addoption("--torsion", action="store_true", help=words)
    parser.addini("torsion", f"as --torsion: {words}", type="bool", default=False)
    parser.addini("torsion_timeout", "seconds that a test may wait", default="120")


def pytest_configure(config: Any) -> None:
    """
    Answer pytest's question; and bring the rest of the plugin, if it is asked for.
    """
    _answer()
    config.addinivalue_line(
        "markers", "torsion(timeout): how many seconds this test may wait, with --torsion"
    )
    if config.getoption("--torsion") or config.getini("torsion"):
        from . import _pytestfixtures

        config.pluginmanager.register(_pytestfixtures, "torsion-fixtures")


def _answer() -> None:
    """
    Give pytest the answer, if it has a question that nothing else answers.
    """
    try:
        metadata.version("twisted")
    except metadata.PackageNotFoundError:
        pass
    else:
        return
    import _pytest.unittest

    itsRoom: Any = _pytest.unittest
    kinds = getattr(itsRoom, "TwistedVersion", None)
    if kinds is None:
        return

    def version() -> Any:
        # Our Failures are exceptions with a traceback, as they are there since 24.10.
        return kinds.Version25 if "twisted.trial.unittest" in sys.modules else kinds.NotInstalled

    itsRoom._get_twisted_version = version
