"""A PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

__all__ = ["postgres"]


@contextmanager
def postgres() -> Iterator[dict[str, Any]]:
    """
    A server while the block lasts, on loopback.

    Returns: what drivers take: ``host``, ``port``, ``user`` and ``database``.
    """
    programs = programsOfPostgres()
    if programs is None:
        pytest.skip("the programs of PostgreSQL are not installed (Debian: postgresql)")
    owner = ownerOfPostgres()
    # Not below pytest's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory(prefix="torsion-postgres-") as name:
        folder = Path(name)
        if owner:
            os.chown(folder, owner["user"], owner["group"])
        with served(programs, folder, {"cwd": folder, **owner}) as port:
            yield {"host": "127.0.0.1", "port": port, "user": "tester", "database": "postgres"}


def programsOfPostgres() -> Path | None:
    found = shutil.which("postgres")
    places = (
        [Path(found).resolve().parent]
        if found
        else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    )
    return places[-1] if places and (places[-1] / "initdb").exists() else None


def ownerOfPostgres() -> dict[str, Any]:
    """How to start PostgreSQL, which does not run as root, as somebody else."""
    if os.getuid() != 0:
        return {}
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextmanager
def served(programs: Path, folder: Path, settings: dict[str, Any]) -> Iterator[int]:
    """PostgreSQL, with its data below a folder; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    data = folder / "data"
    make = [programs / "initdb", "-D", data, "-U", "tester", "-A", "trust", "--no-sync"]
    subprocess.run(make, timeout=60, check=True, stdout=subprocess.DEVNULL, **settings)
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", folder, "-p", str(port), "-F"],
        stdout=subprocess.DEVNULL,
        **settings,
    )
    try:
        until = monotonic() + 30
        ask = [programs / "pg_isready", "-q", "-h", folder, "-p", str(port)]
        while subprocess.run(ask).returncode:
            assert monotonic() < until, "PostgreSQL did not come up within 30 s"
            sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(30)
