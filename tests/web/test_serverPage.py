"""The programs of the page on servers serve what the page says."""

from __future__ import annotations

import re
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

page = Path(__file__).parents[2] / "docs" / "web" / "server.md"
programs = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
announce = """
from twisted.internet import endpoints as _endpoints
_describe = _endpoints.serverFromString
class _Told:
    def __init__(self, endpoint): self.endpoint = endpoint
    def listen(self, factory):
        return self.endpoint.listen(factory).addCallback(
            lambda port: print(port.getHost().port, flush=True))
_endpoints.serverFromString = lambda reactor, text: _Told(
    _describe(reactor, text.replace("8080", "0")))
"""

Asked = tuple[str, dict[str, Any], int, bytes]
plain: dict[str, Any] = {}
ada = {"headers": {"Authorization": "Basic YWRhOmxvdmVsYWNl"}}
form = {
    "method": "POST",
    "body": b"name=ada",
    "headers": {"Content-Type": "application/x-www-form-urlencoded"},
}
wanted: dict[str, list[Asked]] = {
    "Hello(": [("/", plain, 200, b"hello, world\n"), ("/", {"method": "POST"}, 405, b"HEAD, GET")],
    "People(": [
        ("/people/", plain, 200, b"Ask for somebody"),
        ("/people/%3Cb%3E", plain, 200, b"&lt;b&gt;"),
        ("/people/%ff", plain, 404, b""),
    ],
    "Counter(": [("/", plain, 200, b"1 times"), ("/", form, 200, b"hello, ada\n")],
    "Slow(": [("/slow", plain, 200, b"done\n"), ("/clock", plain, 200, b"3\n2\n1\n0\n")],
    "File(": [
        ("/a", plain, 200, b"<p>a"),
        ("/", plain, 200, b"a.html"),
        ("/../b", plain, 404, b""),
    ],
    "Archive(": [("/", ada, 200, b"hello, ada"), ("/", plain, 401, b"Unauthorized")],
    "demo_app": [("/x", plain, 200, b"Hello world!")],
    "NameVirtualHost(": [("/", plain, 404, b"")],
}


def ask(port: int, target: str, method: str = "GET", **words: Any) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, target, **words)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("key", wanted, ids=[key.strip("(") for key in wanted])
def test_aProgramServesWhatThePageSays(key: str, tmp_path: Path) -> None:
    [program] = [each for each in programs if key in each]
    (tmp_path / "a.html").write_text("<p>a")
    command = [sys.executable, "-c", announce + program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            for target, words, code, body in wanted[key]:
                answered, got = ask(port, target, **words)
                assert (answered, body in got) == (code, True), (target, got)
        finally:
            process.terminate()


def test_everyProgramIsTried() -> None:
    assert len(programs) == len(wanted)
