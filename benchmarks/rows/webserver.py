"""Answers of resources and files, asked for by wrk over 64 connections; and what those cost."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..contestants import Contestant, programs
from ..measuring import Fresh, Measure, Plan, Sample
from ..peers import peerCommand
from ..processes import Cores, Running
from ..workshop import Workshop
from .model import Bar, Row

__all__ = ["rows"]

connections = 64
_nginx = """\
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
  sendfile on; tcp_nopush on; keepalive_requests 100000000; access_log {folder}/access.log;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""
_post = 'wrk.method = "POST"; wrk.body = string.rep("x", 65536)\n'
_headers = "".join(
    f'wrk.headers["X-Header-{number}"] = "some value of the usual length, {number}"\n'
    for number in range(20)
)


def _freePort() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _serving(
    contestant: Contestant,
    workshop: Workshop,
    cores: Cores,
    what: str,
    folder: Path,
    peers: bool = False,
) -> Iterator[tuple[Running, int] | None]:
    """A server, and its port; None where the contestant has no such thing."""
    words = peerCommand(contestant, workshop, what, folder) if peers else None
    if contestant.kind == "twisted":
        python = workshop.genuinePython if contestant.key == "twisted" else workshop.python
        reactor = [contestant.reactor] if contestant.reactor else []
        words = [python, str(programs / "webserver.py"), what, str(folder), *reactor]
    if words is not None:
        with Running(words, cores.server) as server:
            yield server, int(server.line()[1])
    elif contestant.kind == "c" and what == "files" and shutil.which("nginx"):
        port = _freePort()
        (folder / "conf").write_text(_nginx.format(folder=folder, port=port))
        with Running(["nginx", "-c", str(folder / "conf")], cores.server) as server:
            _awaitPort(port)
            yield server, port
    else:
        yield None


@dataclass(frozen=True)
class Asked(Measure):
    """
    Requests of wrk. In the place of the server in C stands nginx, where there are files to serve;
    other people's servers say hello.

    Attributes:
        what: a name in the table of ``programs/webserver.py``.
        target: of the requests.
        script: what makes the requests others than GET without headers, in Lua.
        peers: whether other people's servers are asked, too.
    """

    what: str
    target: str = "/"
    script: str = ""
    peers: bool = False

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        with tempfile.TemporaryDirectory(prefix="torsion-bench-") as name:
            folder = Path(name)
            (folder / "1m").write_bytes(os.urandom(1 << 20))
            (folder / "10k").write_bytes(os.urandom(10 << 10))
            (folder / "script.lua").write_text(self.script)
            with _serving(contestant, workshop, cores, self.what, folder, self.peers) as serving:
                if serving is None:
                    return None
                server, port = serving
                url = f"http://127.0.0.1:{port}{self.target}"
                self._load(url, plan.warmSeconds, cores, folder)
                before, waited = server.wholeSeconds(), server.waitedSeconds()
                count, elapsed = self._load(url, plan.seconds, cores, folder)
                used = server.wholeSeconds() - before
                waited = server.waitedSeconds() - waited
        wall = count / elapsed
        return Sample(wall, count / used if used else wall, None, waited / elapsed)

    def _load(self, url: str, seconds: float, cores: Cores, folder: Path) -> tuple[int, float]:
        # wrk counts whole seconds.
        whole = str(max(1, round(seconds)))
        script = [str(folder / "script.lua")] if self.script else []
        words = [sys.executable, str(programs / "webload.py"), str(connections), whole, url]
        with Running([*words, *script], cores.load) as load:
            count, elapsed = load.line(seconds)
        return int(count), float(elapsed)


@dataclass(frozen=True)
class Kept(Measure):
    """
    Bytes of memory for each connection of HTTP that is kept open after a request, and does nothing.

    A few come first, so that what a server needs once is not counted.
    """

    first: int = 500

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        count = plan.idleConnections
        if contestant.kind != "twisted" or contestant.mostFiles is not None:
            return None
        with (
            tempfile.TemporaryDirectory(prefix="torsion-bench-") as folder,
            _serving(contestant, workshop, cores, "hello", Path(folder)) as serving,
        ):
            assert serving is not None
            server, port = serving
            words = [sys.executable, str(programs / "webhold.py"), str(port), str(self.first)]
            with Running([*words, str(count)], cores.load) as load:
                load.line()
                before = server.residentBytes()
                load.tell("more")
                load.line()
                after = server.residentBytes()
        if before is None or after is None:
            return None
        each = (after - before) / count
        return Sample(each, each)


def _awaitPort(port: int) -> None:
    import socket
    from time import monotonic, sleep

    until = monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if monotonic() > until:
                raise
            sleep(0.02)


def _row(key: str, title: str, measure: Measure, *bars: Bar) -> Row:
    return Row(key, title, "requests/s", measure, bars)


rows: tuple[Row, ...] = (
    _row(
        "web-hello",
        "a page, with an access log",
        Asked("hello", peers=True),
        Bar(3.0),
        Bar(1.4, "uvicorn"),
        Bar(1.4, "aiohttp"),
        Bar(1.0, "granian"),
    ),
    _row("web-coroutine", "a page by a coroutine", Asked("coroutine"), Bar(2.5)),
    _row(
        "web-coroutine-later",
        "a page by a coroutine that waits for a turn of the reactor",
        Asked("later"),
    ),
    _row(
        "web-routes",
        "20 routes by getChild, two steps down",
        Asked("routes", "/a/b/page7"),
        Bar(2.5),
    ),
    _row(
        "web-headers",
        "20 headers of the client",
        Asked("hello", script=_headers, peers=True),
        Bar(2.5),
    ),
    _row("web-post", "64 KiB are posted", Asked("hello", script=_post), Bar(2.5)),
    _row(
        "static-1m",
        "a file of 1 MiB (in C: nginx)",
        Asked("files", "/1m"),
        Bar(2.0),
        Bar(0.65, "c"),
    ),
    _row("static-10k", "a file of 10 KiB (in C: nginx)", Asked("files", "/10k")),
    _row("wsgi", "a WSGI application says hello", Asked("wsgi")),
    Row(
        "web-memory",
        "a connection of HTTP that is kept open",
        "bytes",
        Kept(),
        (Bar(0.8, atMost=True),),
    ),
    Row(
        "import-web",
        "import twisted.web.server",
        "ms",
        Fresh("importing.py", ("twisted.web.server",)),
        (Bar(0.6, atMost=True),),
    ),
)
