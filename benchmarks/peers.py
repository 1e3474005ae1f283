"""Servers of others that stand beside Torsion's: which there are, and in which venv."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .contestants import Contestant, programs
from .workshop import Workshop

__all__ = ["peerCommand", "require"]

_packages = ("uvicorn", "httptools", "uvloop", "aiohttp", "granian")


def require(python: str, packages: Sequence[str]) -> None:
    """Install what a venv of the benchmark lacks."""
    wanted = "; ".join(f"import {name}" for name in packages)
    if subprocess.run([python, "-c", wanted], capture_output=True).returncode:
        words = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*words, *packages], check=True, capture_output=True)


def _python(workshop: Workshop) -> str:
    venv = workshop.folder / "peers"
    python = venv / "bin" / "python"
    if not (venv / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
        require(str(python), _packages)
        (venv / "complete").touch()
    return str(python)


_servers = {"hello": ("uvicorn", "aiohttp", "granian"), "asgi": ("uvicorn", "granian")}


def peerCommand(
    contestant: Contestant, workshop: Workshop, what: str, folder: Path
) -> list[str] | None:
    """
    The command of a server that says hello.

    Args:
        what: ``hello`` or ``asgi``, which is how the same is asked of whoever speaks ASGI.
        folder: gets the access log.
    Returns: None where the contestant has no such thing.
    """
    if contestant.key not in _servers[what]:
        return None
    return [_python(workshop), str(programs / "webpeers.py"), contestant.key, str(folder)]
