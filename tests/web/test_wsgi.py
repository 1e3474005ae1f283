"""WSGI applications: what they are told, and how what they give is sent."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from wsgiref.validate import validator

import pytest

from twisted.internet.defer import Deferred
from twisted.web import resource, server
from twisted.web.wsgi import WSGIResource, _ErrorStream, _InputStream, _WSGIResponse

from .serving import asking, fetch, get

Application = Callable[[Any, Any], Any]


def mounted(reactor: Any, application: Application) -> WSGIResource:
    return WSGIResource(reactor, reactor.getThreadPool(), application)


def applied(reactor: Any, application: Application, *args: Any, **kwargs: Any) -> Any:
    """Fetch something from an application."""
    return asking(reactor, mounted(reactor, application), lambda port: fetch(port, *args, **kwargs))


def test_theApplicationIsToldOfTheRequest(reactor: Any) -> None:
    environs: list[dict[str, Any]] = []

    def application(environ: Any, start_response: Any) -> list[bytes]:
        environs.append(environ)
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    root = resource.Resource()
    root.putChild(b"app", mounted(reactor, application))
    headers = {"Content-Type": "text/x", "X-Y": "1", "X_Y": "2", "Proxy": "http://evil.example"}

    def client(port: int) -> Any:
        return fetch(port, "/app/a%2Fb/%C3%A4?q=%20", "POST", headers, b"body")

    assert asking(reactor, root, client)[2] == b"body"
    [environ] = environs
    wanted = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "/app",
        "PATH_INFO": "/a/b/\xc3\xa4",
        "QUERY_STRING": "q=%20",
        "CONTENT_LENGTH": "4",
        "CONTENT_TYPE": "text/x",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "HTTP_X_Y": "1",
    }
    assert wanted.items() <= environ.items()
    assert "HTTP_PROXY" not in environ
    assert environ["SERVER_PORT"].isdigit()


def test_theSpecificationsOwnCheckerIsContent(reactor: Any) -> None:
    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        environ["wsgi.input"].read(0)
        environ["wsgi.errors"].write("")
        return iter([b"a", b"b"])

    assert applied(reactor, validator(application), "/x")[2] == b"ab"


def test_theLengthOfOnePieceIsKnown(reactor: Any) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response(environ["PATH_INFO"][1:4] + " X", [])
        return [b"" if environ["PATH_INFO"] == "/204" else b"abc"]

    code, headers, body = applied(reactor, application, "/200")
    assert (code, headers["content-length"], body) == (200, "3", b"abc")
    assert "content-length" not in applied(reactor, application, "/204")[1]


def test_bodiesThatCameInChunksHaveALength(reactor: Any) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["CONTENT_LENGTH"].encode() + b" " + environ["wsgi.input"].read()]

    def client(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            request = get(b"/", b"Transfer-Encoding: chunked", b"Connection: close", method=b"PUT")
            connection.sendall(request + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            got = b""
            while data := connection.recv(65536):
                got += data
            return got

    assert asking(reactor, mounted(reactor, application), client).endswith(b"5 abcde")


@pytest.mark.parametrize(
    "header",
    [
        ("X-A", "1\r\nX-B: 2"),
        ("X-A\r\nX-B", "1"),
        ("Connection", "close"),
        ("Transfer-Encoding", "chunked"),
        ("Server", "mine"),
    ],
)
def test_noHeaderBreaksTheResponse(reactor: Any, header: tuple[str, str]) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK\r\nX-B: 2", [header])
        return [b"abc"]

    code, headers, body = applied(reactor, application)
    assert code in (200, 500)
    assert "x-b" not in headers
    assert "transfer-encoding" not in headers
    assert headers["server"].startswith("TwistedWeb")
    assert body in (b"abc", b"")


@pytest.mark.parametrize("when", ["before", "started", "close"])
def test_anErrorBeforeTheFirstByteIsAnErrorOfTheServer(reactor: Any, when: str) -> None:
    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            return iter(())

        def close(self) -> None:
            raise ValueError("inside")

    def application(environ: Any, start_response: Any) -> Any:
        if when == "before":
            raise ValueError("inside")
        start_response("200 OK", [])
        if when == "started":
            raise ValueError("inside")
        return Parts()

    code, _, body = applied(reactor, application)
    assert code == 500
    assert b"inside" not in body


def test_anApplicationThatForgetsToStartIsAnErrorOfTheServer(reactor: Any) -> None:
    assert applied(reactor, lambda environ, start: [b"abc"])[0] == 500
    assert applied(reactor, lambda environ, start: iter(["text"]))[0] == 500


def test_anErrorLaterEndsTheConnection(reactor: Any) -> None:
    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "10")])
        yield b"abc"
        raise ValueError("inside")

    def client(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(get(b"/"))
            got = b""
            while data := connection.recv(65536):
                got += data
            return got

    assert asking(reactor, mounted(reactor, application), client).endswith(b"\r\n\r\nabc")


def test_anApplicationDoesNotRunAheadOfItsClient(reactor: Any) -> None:
    """Or one slow client would fill the memory."""
    made = 0
    closed = threading.Event()

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            nonlocal made
            for _ in range(2000):
                made += 1
                yield b"x" * 100_000

        def close(self) -> None:
            closed.set()

    def application(environ: Any, start_response: Any) -> Parts:
        start_response("200 OK", [])
        return Parts()

    def client(port: int) -> int:
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            connection.settimeout(10)
            connection.connect(("127.0.0.1", port))
            connection.sendall(get(b"/"))
            assert len(connection.recv(1000)) > 0
            # When it makes no more, it waits for us.
            before, same = -1, 0
            while same < 10:
                same = same + 1 if made == before else 0
                before = made
                closed.wait(0.02)
        # We have gone: it is told, and goes on to its end.
        assert closed.wait(10)
        return made

    assert asking(reactor, mounted(reactor, application), client) < 200


def test_largeAnswersArriveWhole(eachReactor: Any) -> None:
    parts = [os.urandom(50_000) for _ in range(60)]

    def application(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        return iter(parts)

    assert applied(eachReactor, application)[2] == b"".join(parts)


def test_theWriteOfBeforeWorks(reactor: Any) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [])
        write(b"a")
        write(b"b")
        return [b"c"]

    assert applied(reactor, application)[2] == b"abc"


def test_linesAndErrorsAreRead() -> None:
    import io

    stream = _InputStream(io.BytesIO(b"a\nb\nc"))
    assert stream.readline() == b"a\n"
    assert list(stream) == [b"b\n", b"c"]
    with pytest.raises(TypeError):
        _ErrorStream().write(b"bytes")  # type: ignore[arg-type]  # which it refuses


def test_aResponseIsAProducer() -> None:
    from zope.interface.verify import verifyClass

    from twisted.internet.interfaces import IPushProducer

    assert verifyClass(IPushProducer, _WSGIResponse)


# Real applications


def test_flaskAnswers(reactor: Any) -> None:
    flask: Any = pytest.importorskip("flask")
    app = flask.Flask("tested")

    def hello(name: str) -> str:
        return f"hello {name} {flask.request.args['q']}"

    def upload() -> str:
        return hashlib.sha256(flask.request.files["file"].read()).hexdigest()

    def stream() -> Any:
        return flask.Response(str(number) for number in range(5))

    app.add_url_rule("/hello/<name>", view_func=hello)
    app.add_url_rule("/upload", view_func=upload, methods=["POST"])
    app.add_url_rule("/stream", view_func=stream)

    data = os.urandom(400_000)

    def client(port: int) -> list[Any]:
        import requests

        base = f"http://127.0.0.1:{port}"
        with requests.Session() as session:
            return [
                session.get(base + "/hello/ä?q=ö", timeout=10).text,
                session.post(base + "/upload", files={"file": data}, timeout=10).text,
                session.get(base + "/stream", timeout=10).text,
                session.get(base + "/nothing", timeout=10).status_code,
            ]

    assert asking(reactor, mounted(reactor, app), client) == [
        "hello ä ö",
        hashlib.sha256(data).hexdigest(),
        "01234",
        404,
    ]


def test_djangoAnswers(reactor: Any) -> None:
    django: Any = pytest.importorskip("django")
    settings = import_module("django.conf").settings
    get_wsgi_application = import_module("django.core.wsgi").get_wsgi_application
    answers: Any = import_module("django.http")
    path = import_module("django.urls").path

    class Urls:
        urlpatterns = [
            path("hello/<str:name>/", lambda request, name: answers.HttpResponse(f"hello {name}")),
            path("form/", lambda request: answers.JsonResponse(dict(request.POST))),
        ]

    if not settings.configured:
        settings.configure(
            DEBUG=False,
            SECRET_KEY="a test",
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF=Urls,
            MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
        )
        django.setup()
    application = get_wsgi_application()

    def client(port: int) -> list[Any]:
        import requests

        base = f"http://127.0.0.1:{port}"
        with requests.Session() as session:
            return [
                session.get(base + "/hello/ä/", timeout=10).text,
                session.get(base + "/hello/x", timeout=10).text,
                session.post(base + "/form/", {"a": ["1", "2"]}, timeout=10).json(),
                session.head(base + "/nothing/", timeout=10).status_code,
            ]

    assert asking(reactor, mounted(reactor, application), client) == [
        "hello ä",
        "hello x",
        {"a": ["1", "2"]},
        404,
    ]


def test_aPoolOfItsOwnServes(reactor: Any) -> None:
    from twisted.python.threadpool import ThreadPool

    pool = ThreadPool(0, 2)
    pool.start()
    seen: set[str] = set()

    def application(environ: Any, start_response: Any) -> list[bytes]:
        seen.add(threading.current_thread().name)
        start_response("200 OK", [])
        return [b"x"]

    site = server.Site(WSGIResource(reactor, pool, application), reactor=reactor)
    try:
        assert asking(reactor, None, fetch, site)[2] == b"x"
    finally:
        pool.stop()
    assert threading.current_thread().name not in seen
    assert isinstance(Deferred(), Deferred)
