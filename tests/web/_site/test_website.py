"""What the settings of a site say of all its requests, and how it starts, reloads and ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.web._site.requests import clientOf, requestClass
from twisted.web._site.values import Proxies

from .serving import Served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<p>home")
    return tmp_path


def test_everyResponseHasTheHeadersOfTheSite(folder: Path) -> None:
    served = Served(
        'routes = { "/" = { path = ".", headers = { X-A = "route" } } }\n'
        'headers = { X-A = "site", X-B = "é" }',
        folder,
    )
    page = served.ask("/")
    assert (page.headers["x-a"], page.headers["x-b"]) == ("route", "é")
    assert served.ask("/nowhere/at/all").headers["x-b"] == "é"


def test_theCombinedLogIsTheDefault(folder: Path) -> None:
    served = Served('path = "."', folder)
    served.ask("/", "User-Agent: x")
    (line,) = served.lines
    assert line.startswith('"192.0.2.1" - - [') and line.endswith('"GET / HTTP/1.1" 200 7 "-" "x"')


def test_theLogMayBeJSON(folder: Path) -> None:
    served = Served('path = "."\naccess-log = { format = "json" }', folder)
    served.ask("/", "X-Request-Id: r1")
    line = json.loads(served.lines[0])
    assert (line["client"], line["bytes"], line["trace"]) == ("192.0.2.1", 7, "r1")
    assert line["seconds"] >= 0


def test_theLogMayBeAFileOrNone(folder: Path) -> None:
    served = Served('path = "index.html"\naccess-log = "a.log"', folder)
    served.site.stopFactory()
    served.site.startFactory()
    served.ask("/")
    served.reactor.advance(0)
    served.site.stopFactory()
    assert (folder / "a.log").read_text().count('"GET / HTTP/1.1"') == 1
    silent = Served('path = "."\naccess-log = false', folder)
    silent.ask("/")
    assert silent.lines == []


@pytest.mark.parametrize(
    ("chain", "wanted"),
    [
        ([], None),
        ([b"198.51.100.1"], (0, "198.51.100.1")),
        ([b"6.6.6.6", b"198.51.100.1"], (1, "198.51.100.1")),
        ([b"198.51.100.1", b"10.1.2.3"], (0, "198.51.100.1")),
        ([b"10.1.2.3"], (0, "10.1.2.3")),
        ([b"<script>", b"10.1.2.3"], (1, "10.1.2.3")),
        ([b"unknown"], None),
        ([b"[2001:db8::1]"], (0, "2001:db8::1")),
    ],
)
def test_theClientIsTheLastWhomNoTrustedProxyIs(
    chain: list[bytes], wanted: tuple[int, str] | None
) -> None:
    trusted = Proxies().read(["10.0.0.0/8", "unix"], (), None)  # type: ignore[arg-type]  # all is right
    found = clientOf(chain, trusted)
    assert (found and (found[0], found[1].host)) == wanted


def test_onlyATrustedProxyIsBelieved(folder: Path) -> None:
    options = 'path = "."\ntrusted-proxies = "10.0.0.0/8"\naccess-log = { format = "json" }'
    said = ("X-Forwarded-For: 198.51.100.1", "X-Forwarded-Proto: https")
    served = Served(options, folder)
    for peer, wanted in (("10.0.0.1", "198.51.100.1"), ("192.0.2.9", "192.0.2.9")):
        served.ask("/", *said, peer=peer)
        assert json.loads(served.lines[-1])["client"] == wanted
    secure = requestClass((), Proxies().read("10.0.0.0/8", (), None))  # type: ignore[arg-type]  # all is right
    served.site.requestFactory = _telling(secure)
    assert served.ask("/", *said, peer="10.0.0.1").body == b"True"
    assert served.ask("/", *said, peer="192.0.2.9").body == b"False"


def _telling(requests: Any) -> Any:
    class Telling(requests):  # type: ignore[misc]  # known at run time
        def render(self, resource: Any) -> None:
            self.write(str(self.isSecure()).encode())
            self.finish()

    return Telling


def test_headsAndClientsHaveLimits(folder: Path) -> None:
    served = Served('path = "."\nlimits = { head = 300, fields = 8, idle = 5 }', folder)
    assert served.ask("/", "X-A: " + "a" * 300).code == 431
    assert served.ask("/", *(f"X-{n}: 1" for n in range(7))).code == 431
    _, transport = served.connect()
    served.reactor.advance(6)
    assert transport.disconnecting


def test_oneAddressHasItsShareButATrustedProxyHasMore(folder: Path) -> None:
    served = Served(
        'path = "."\ntrusted-proxies = "10.0.0.0/8"\n'
        "limits = { connections-per-address = 1, requests-per-second = 1, burst = 2 }",
        folder,
    )
    codes = [served.ask("/").code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert [served.ask("/", peer="10.0.0.1").code for _ in range(3)] == [200] * 3
    first, _ = served.connect("198.51.100.1")
    _, transport = served.connect("198.51.100.1")
    assert transport.value().startswith(b"HTTP/1.1 503 ")
    first.connectionLost(Failure(ConnectionDone()))
    assert served.ask("/", peer="198.51.100.1").code == 200
    served.connect("10.0.0.1")
    assert served.connect("10.0.0.1")[1].value() == b""


def test_textsAreCompressedAndPicturesAreNot(folder: Path) -> None:
    import gzip

    (folder / "long.txt").write_text("all work and no play " * 100)
    (folder / "long.png").write_bytes(b"x" * 3000)
    (folder / "make.rpy").write_text(
        "from twisted.web.static import Data\n"
        "resource = Data(b'more of the same ' * 100, 'text/plain')\nresource.isLeaf = True\n"
    )
    routes = 'routes = { "/" = ".", "/made" = { script = "make.rpy" } }\n'
    asked = "Accept-Encoding: gzip"
    for option, wanted in (("", (1, 0, 0)), ('compress = "all"', (1, 1, 0)), ("none", (0, 0, 0))):
        chosen = option if option != "none" else 'compress = "none"'
        served = Served(routes + chosen, folder)
        answers = [served.ask(path, asked) for path in ("/long.txt", "/made", "/long.png")]
        found = tuple(int("content-encoding" in each.headers) for each in answers)
        assert found == wanted
        plain = served.ask("/long.txt")
        assert plain.body == (folder / "long.txt").read_bytes()
        if wanted[0]:
            assert gzip.decompress(answers[0].body) == plain.body
            assert answers[0].headers["vary"] == "Accept-Encoding"
        assert answers[2].body == b"x" * 3000


def test_bodiesHaveALimit(folder: Path) -> None:
    (folder / "make.rpy").write_text(
        "from twisted.web.resource import Resource\n"
        "class Size(Resource):\n"
        "    isLeaf = True\n"
        "    def render_POST(self, request): return b'%d' % len(request.content.read())\n"
        "resource = Size()\n"
    )
    served = Served('resource-script = "make.rpy"\nlimits = { body = 10 }', folder)
    assert served.ask("/", method="POST", body=b"0123456789").body == b"10"
    assert served.ask("/", method="POST", body=b"0123456789a").code == 413
    _, transport = _send(served, b"Content-Length: 11\r\nExpect: 100-continue\r\n\r\n")
    assert transport.value().startswith(b"HTTP/1.1 413 ") and transport.disconnecting
    chunks = b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + b"5\r\n01234\r\n" * 2
    channel, transport = _send(served, chunks)
    channel.dataReceived(b"0\r\n\r\n")
    assert transport.value().endswith(b"\r\n\r\n10")
    channel, transport = _send(served, chunks)
    channel.dataReceived(b"1\r\na\r\n" * 1000)
    assert transport.value().count(b"HTTP/1.1 413 ") == 1 and transport.disconnecting
    channel.dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert transport.value().count(b"HTTP/1.1") == 1


def _send(served: Served, rest: bytes) -> tuple[Any, Any]:
    channel, transport = served.connect()
    channel.dataReceived(b"POST / HTTP/1.1\r\nHost: a\r\n" + rest)
    return channel, transport
