"""
Two processes that talk in Perspective Broker: both of ours, and, where ``TWISTED_PYTHON`` names an
interpreter that has genuine Twisted, one of ours and one of its in each direction.

What the conversation comes to was recorded with Twisted 26.10.0 on both sides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

program = str(Path(__file__).with_name("pbpeer.py"))
genuine = os.environ.get("TWISTED_PYTHON")

needsGenuine = pytest.mark.skipif(not genuine, reason="TWISTED_PYTHON names no interpreter")
OURS, GENUINE = sys.executable, genuine or ""

recorded: list[list[Any]] = [
    ["keywords", "((1, b'2'), {'three': '3', 'four': [4]})"],
    ["later", "later"],
    ["no answer", None],
    ["reference", "reference", True, True],
    ["counted", 3, 4],
    ["gone home", True],
    ["called back", 7, 7],
    ["copy", ["point", 1, "two"]],
    ["there and back", ["point", 3, None]],
    ["shared", True, True],
    ["factory", "('made', {'for': 'NoneType'})"],
    ["cached", 1, True, True],
    ["ticked", [20], 2, 2],
    ["stopped", 1],
    ["error", "refuse", ["Refusal", "for once"]],
    ["error", "plain", ["Plain", "in words"]],
    ["error", "bug", ["KeyError", "'bug'"]],
    ["error", "laterBug", ["KeyError", "'bug'"]],
    ["error", "noSuchMethod", ["NoSuchMethod", "No such method: remote_noSuchMethod"]],
    ["insecure", "Unpersistable"],
    ["pages", ["01234567890123456789", "01234567890123456789", "0123456789"]],
    ["logged in", "('bob', (1,), {'two': 2})", 12],
    ["view", "hello, bob"],
    ["for", "('made', {'for': 'Avatar'})"],
    ["anybody", "('anybody', (), {})"],
    ["refused", "UnauthorizedLogin"],
    ["logged out", ["anybody"]],
    ["gone", True],
    ["all out", ["anybody", "bob"]],
    ["hung up", "PBConnectionLost"],
    ["dead"],
]


@pytest.mark.parametrize(
    ("server", "client"),
    [
        pytest.param(OURS, OURS, id="ours-ours"),
        pytest.param(OURS, GENUINE, id="ours-genuine", marks=needsGenuine),
        pytest.param(GENUINE, OURS, id="genuine-ours", marks=needsGenuine),
        pytest.param(GENUINE, GENUINE, id="genuine-genuine", marks=needsGenuine),
    ],
)
def test_aConversationComesToTheSameWhoeverTheSidesAre(
    server: str, client: str, tmp_path: Path
) -> None:
    """Calls, references, copies, caches, views, errors, pages, logins and losses."""
    with subprocess.Popen(
        [server, program, "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
    ) as serving:
        assert serving.stdin is not None
        assert serving.stdout is not None
        ports = serving.stdout.readline().split()
        called = subprocess.run(
            [client, program, "call", *ports],
            capture_output=True,
            text=True,
            timeout=50,
            cwd=tmp_path,
            check=False,
        )
        serving.stdin.close()
        serving.wait(10)
    told = [json.loads(line) for line in called.stdout.splitlines()]
    echoed = [line for line in told if line[0] == "echo"]
    assert len(echoed) == 20, called.stderr
    assert [line for line in echoed if line[2] is not True] == []
    assert [line for line in told if line[0] != "echo"] == recorded
