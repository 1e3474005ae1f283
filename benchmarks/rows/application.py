"""Commands and sites."""

from __future__ import annotations

from pathlib import Path

from ..measuring import Fresh
from .model import Bar, Row

__all__ = ["rows"]

_welcome = Path(__file__).parent.parent.parent / "examples" / "welcome" / "site.toml"


def _command(*words: str, genuine: bool = False) -> Fresh:
    return Fresh("commands.py", words, genuine)


rows: tuple[Row, ...] = (
    Row(
        "twistd-version",
        "twistd --version",
        "ms",
        _command("twistd", "--version", genuine=True),
        (Bar(0.6, atMost=True),),
    ),
    Row(
        "twist-help",
        "twist --help",
        "ms",
        _command("twist", "--help"),
        (Bar(250.0, against=None, atMost=True),),
    ),
    Row(
        "twist-ready",
        "twist up: the welcome site is ready",
        "ms",
        _command("ready", str(_welcome)),
        (Bar(500.0, against=None, atMost=True),),
    ),
)
