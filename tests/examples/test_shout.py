"""The service that grows in the tutorial: as a program, under twistd and twist, and its tests."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .running import Program, call, callTLS, examples, patienceSeconds, readLine, root

_PAGE = root / "docs" / "tutorial" / "deployed-service.md"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example with ports that the system chooses, on Python's path."""
    made = tmp_path / "shout"
    shutil.copytree(examples / "shout", made, ignore=shutil.ignore_patterns("__pycache__"))
    site = made / "site.toml"
    site.write_text(re.sub(r"(tcp|tls) = \d+", r"\1 = 0", site.read_text()))
    monkeypatch.setenv("PYTHONPATH", str(made))
    return made


def _shouts(connection: object, greeting: bytes) -> None:
    assert readLine(connection) == greeting + b"\r\n"  # type: ignore[arg-type]  # sockets, plain or TLS
    connection.sendall(b"hello\r\n")  # type: ignore[attr-defined]
    assert readLine(connection) == b"HELLO\r\n"  # type: ignore[arg-type]


def test_asAPlainProgram(folder: Path) -> None:
    with Program(folder / "server.py", "0", folder=folder) as program:
        with call(program.port()) as connection:
            _shouts(connection, b"Say something.")
        program.signal()
        program.ended()


def test_underTwistd(folder: Path) -> None:
    words = ("-n", "--pidfile=", "shoutd", "-l", "tcp:0:interface=127.0.0.1", "-g", "Hi.")
    start = "from twisted.scripts.twistd import run; run()"
    with Program("-c", start, *words, folder=folder) as program:
        port = int(program.until(r"ShoutFactory starting on (\d+)")[1])
        with call(port) as connection:
            _shouts(connection, b"Hi.")
        program.signal()
        program.ended()


def test_underTwistWithTLS(folder: Path) -> None:
    with Program("-m", "twisted.application.twist", "up", folder=folder) as program:
        plain = int(program.until(r"^shout +TCP +127\.0\.0\.1:(\d+)")[1])
        secure = int(program.until(r"^shout +TLS +127\.0\.0\.1:(\d+)")[1])
        for connection in (call(plain), callTLS(secure)):
            with connection:
                _shouts(connection, b"Say something, and hear it louder.")
        program.signal()
        assert program.ended() == 0


def test_theOlderPluginIsATypeOfTheFileToo(folder: Path) -> None:
    (folder / "old.toml").write_text(
        '[services.old]\ntype = "shoutd"\nlisten = "unix:old.sock"\ngreeting = "Hi."\n'
    )
    words = ("-m", "twisted.application.twist", "up", "old.toml")
    with Program(*words, folder=folder) as program:
        program.until("old is up: 1 service.")
        with call(str(folder / "old.sock"), socket.AF_UNIX) as connection:
            _shouts(connection, b"Hi.")
        program.signal()
        assert program.ended() == 0


def test_itsOwnTestsPass(folder: Path) -> None:
    start = "from twisted.scripts.trial import run; run()"
    ended = subprocess.run(
        [sys.executable, "-c", start, "test_shout"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=patienceSeconds,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_thePageShowsEveryFile() -> None:
    page = _PAGE.read_text()
    for path in sorted((examples / "shout").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.name != "dropin.cache":
            assert path.name in page


def test_theUnitRunsTwist() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # keys keep their capitals
    unit.read(examples / "shout" / "shout.service")
    assert unit["Service"]["ExecStart"].endswith("bin/twist up site.toml")
    assert set(unit.sections()) == {"Unit", "Service", "Install"}
