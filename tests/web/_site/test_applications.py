"""Applications of other kinds in a site: WSGI and ASGI, by their names, from start to end."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.running import Program, call, patienceSeconds

_MODULE = """
events = []

def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    size = int(environ.get("CONTENT_LENGTH") or 0)
    told = [environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["wsgi.input"].read(size).decode()]
    return ["|".join(told).encode()]

class Within:
    app = staticmethod(wsgi)

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            print("APPLICATION", message["type"], flush=True)
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    told = "|".join([scope["root_path"], scope["path"]]).encode()
    await send({"type": "http.response.body", "body": told})

async def streaming(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError
    await send({"type": "http.response.start", "status": 200, "headers": []})
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        told = b"<%b>" % message.get("body", b"")
        await send({"type": "http.response.body", "body": told, "more_body": more})

async def broken(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
"""


def _ask(port: int, path: str, body: bytes | None = None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patienceSeconds)
    connection.request("GET" if body is None else "POST", path, body)
    answer = connection.getresponse()
    assert answer.status == 200
    told = answer.read().decode()
    connection.close()
    return told


_plain = '[services.www]\ntype = "web"\nlisten = 0\n[services.www.routes]\n'
_limited = (
    '[services.www]\ntype = "limited"\nlisten = 0\nconnections = 100\nidle = 60\n'
    '[services.www.service]\ntype = "web"\n[services.www.service.routes]\n'
)


@pytest.mark.parametrize("table", [_plain, _limited], ids=["plain", "behind limits"])
def test_applicationsServeAndAreToldOfTheEnd(tmp_path: Path, table: str) -> None:
    (tmp_path / "servedapplications.py").write_text(_MODULE)
    (tmp_path / "site.toml").write_text(
        f"{table}"
        '"/w" = { wsgi = "servedapplications:Within.app" }\n'
        '"/a" = { asgi = "servedapplications:asgi" }\n'
        '"/b/c" = { wsgi = "servedapplications.wsgi" }\n'
    )
    with Program("-m", "twisted.application.twist", "up", folder=tmp_path) as program:
        program.until("APPLICATION lifespan.startup")
        port = int(program.until(r"^www +TCP +127\.0\.0\.1:(\d+)")[1])
        assert _ask(port, "/w/x/y", b"body") == "/w|/x/y|body"
        assert _ask(port, "/b/c") == "/b/c||"
        root, path = _ask(port, "/a/x").split("|")
        assert root == "/a" and path.endswith("/x")
        program.signal()
        program.until("APPLICATION lifespan.shutdown")
        assert program.ended() == 0


def test_anApplicationThatIsAllOfASiteHearsBodiesAsTheyCome(tmp_path: Path) -> None:
    (tmp_path / "servedapplications.py").write_text(_MODULE)
    words = ("web", "--asgi", "servedapplications:streaming", "--listen", "0", "--compress", "all")
    with Program("-m", "twisted.application.twist", *words, folder=tmp_path) as program:
        port = int(program.until(r"^web +TCP +127\.0\.0\.1:(\d+)")[1])
        with call(port) as connection, connection.makefile("rb") as answer:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
            while answer.readline() != b"\r\n":
                pass
            assert [answer.readline(), answer.readline()] == [b"5\r\n", b"<abc>\r\n"]
            connection.sendall(b"def")
            assert [answer.readline(), answer.readline()] == [b"5\r\n", b"<def>\r\n"]
        program.signal()
        assert program.ended() == 0


def _cannotStart(folder: Path, module: str, option: str) -> str:
    """Returns: what a site says that does not start."""
    (folder / "servedbroken.py").write_text(module)
    (folder / "site.toml").write_text(f'[services.www]\ntype = "web"\nlisten = 0\n{option}\n')
    ended = subprocess.run(
        [sys.executable, "-m", "twisted.application.twist", "up"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=patienceSeconds,
    )
    assert ended.returncode == 1
    return ended.stdout + ended.stderr


def test_anApplicationThatCannotStartIsNotServed(tmp_path: Path) -> None:
    said = _cannotStart(tmp_path, _MODULE, 'asgi = "servedbroken:broken"')
    assert "the application servedbroken:broken says that it cannot start" in said
    assert "no database" in said


def test_aModuleThatCannotBeImportedIsToldInOneSentence(tmp_path: Path) -> None:
    module = "import no_such_thing_at_all\n"
    said = _cannotStart(tmp_path, module, 'wsgi = "servedbroken:app"')
    assert "servedbroken:app cannot be imported: ModuleNotFoundError" in said


def test_twistWebServesAFolder(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>home")
    words = ("web", "--path", ".", "--listen", "tcp:0:interface=127.0.0.1")
    with Program("-m", "twisted.application.twist", *words, folder=tmp_path) as program:
        port = int(program.until(r"^web +TCP +127\.0\.0\.1:(\d+)")[1])
        assert _ask(port, "/") == "<p>home"
        program.signal()
        assert program.ended() == 0


_STARLETTE = """
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

async def shown(request):
    return JSONResponse({"path": request.url.path, "id": request.path_params["id"]})

async def echo(socket):
    await socket.accept()
    await socket.send_text((await socket.receive_text()).upper())
    await socket.close()

app = Starlette(routes=[Route("/items/{id}", shown), WebSocketRoute("/echo", echo)])
"""


def test_starletteServesBelowItsPath(tmp_path: Path) -> None:
    pytest.importorskip("starlette")
    (tmp_path / "servedstarlette.py").write_text(_STARLETTE)
    (tmp_path / "site.toml").write_text(
        '[services.www]\ntype = "web"\nlisten = 0\n'
        'routes = { "/api" = { asgi = "servedstarlette:app" } }\n'
    )
    with Program("-m", "twisted.application.twist", "up", folder=tmp_path) as program:
        port = int(program.until(r"^www +TCP +127\.0\.0\.1:(\d+)")[1])
        assert json.loads(_ask(port, "/api/items/7"))["id"] == "7"
        program.signal()
        assert program.ended() == 0
