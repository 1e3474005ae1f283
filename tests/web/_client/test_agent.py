"""Agents and real peers: servers, proxies, certificates."""

from __future__ import annotations

import http.server
import io
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.internet._tls.test_verification import Authority
from tests.support import drive
from tests.support.streams import tlsOptions
from twisted.internet import ssl
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.task import Cooperator, deferLater
from twisted.web import resource, server
from twisted.web._newclient import ResponseNeverReceived
from twisted.web.client import (
    Agent,
    BrowserLikePolicyForHTTPS,
    ContentDecoderAgent,
    FileBodyProducer,
    GzipDecoder,
    HTTPConnectionPool,
    PartialDownloadError,
    PhaseReached,
    ProxyAgent,
    ProxyingAgent,
    TunnelRefused,
    _StandardEndpointFactory,
    readBody,
)
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers

# Servers


class Echo(resource.Resource):
    """Says what was asked."""

    isLeaf = True

    def render(self, request: Any) -> bytes:
        request.setHeader(b"X-Port", b"%d" % request.transport.getPeer().port)
        return b"%b %b %b" % (request.method, request.uri, request.content.read())


class Handler(http.server.BaseHTTPRequestHandler):
    """The same by Python's own server."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = f"{self.command} {self.path} ".encode() + self.rfile.read(length)
        self.send_response(200)
        self.send_header("X-Port", str(self.client_address[1]))
        if self.path == "/end":
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_POST = do_HEAD = do_PUT = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def pythonServer() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        serving.daemon_threads = True
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield serving.server_address[1]
        finally:
            serving.shutdown()
            thread.join()


@contextmanager
def ownServer(reactor: Any, root: Any = None, options: Any = None) -> Iterator[int]:
    site = server.Site(Echo() if root is None else root, reactor=reactor)
    if options is None:
        port = reactor.listenTCP(0, site, interface="127.0.0.1")
    else:
        port = reactor.listenSSL(0, site, options, interface="127.0.0.1")
    try:
        yield port.getHost().port
    finally:
        drive(reactor, port.stopListening)


def produced(reactor: Any, file: Any, readSize: int = 2**16) -> FileBodyProducer:
    """The contents of a file, read in turns of a reactor that is not the installed one."""
    cooperator = Cooperator(scheduler=lambda work: reactor.callLater(0, work))
    return FileBodyProducer(file, cooperator, readSize)


def run(reactor: Any, work: Callable[[], Any]) -> Any:
    return drive(reactor, work, timeout=20)


@pytest.mark.parametrize("kind", ["own", "python"])
def test_aServerIsAskedInEveryWay(reactor: Any, kind: str) -> None:
    opened = ownServer(reactor) if kind == "own" else pythonServer()
    with opened as number:
        pool = HTTPConnectionPool(reactor)
        agent = Agent(reactor, pool=pool)
        place = b"http://127.0.0.1:%d" % number

        async def work() -> list[Any]:
            got: list[Any] = []
            ports = set()
            for method, path, body in [
                (b"GET", b"/a?b=c", None),
                (b"POST", b"/b", b"x" * 100_000),
                (b"PUT", b"/c", b""),
                (b"POST", b"/d", None),
                (b"GET", b"/e", None),
            ]:
                producer = None if body is None else produced(reactor, io.BytesIO(body))
                found = await agent.request(method, place + path, None, producer)
                ports.add(found.headers.getRawHeaders(b"x-port")[0])
                got.append(await readBody(found))
            head = await agent.request(b"HEAD", place + b"/f")
            got.append(await readBody(head))
            await pool.closeCachedConnections()
            return [got, len(ports), head.length]

        got, connections, length = run(reactor, work)
    assert got == [
        b"GET /a?b=c ",
        b"POST /b " + b"x" * 100_000,
        b"PUT /c ",
        b"POST /d ",
        b"GET /e ",
        b"",
    ]
    assert (connections, length) == (1, 0)


def test_aBodyThatEndsWithTheConnectionMayBePartial(reactor: Any) -> None:
    with pythonServer() as number:

        async def work() -> bytes:
            found = await Agent(reactor).request(b"GET", b"http://127.0.0.1:%d/end" % number)
            try:
                await readBody(found)
            except PartialDownloadError as error:
                assert error.response is not None
                return error.response
            raise AssertionError("nobody said that it may be partial")

        assert run(reactor, work) == b"GET /end "


def test_aBodyOfUnknownLengthGoesInChunks(reactor: Any) -> None:
    class Unknown(io.BytesIO):
        @property
        def seek(self) -> Any:
            raise AttributeError("seek")

    data = os.urandom(200_000)
    with ownServer(reactor) as number:

        async def work() -> bytes:
            uri = b"http://127.0.0.1:%d/" % number
            producer = produced(reactor, Unknown(data), 1000)
            return await readBody(await Agent(reactor).request(b"POST", uri, None, producer))

        assert run(reactor, work) == b"POST / " + data


def test_aLargeBodyWaitsAtTheServerUntilItIsWanted(reactor: Any) -> None:
    large = bytes(30_000_000)

    class Large(resource.Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> bytes:
            return large

    with ownServer(reactor, Large()) as number:

        async def work() -> tuple[int, int]:
            uri = b"http://127.0.0.1:%d/" % number
            found: Any = await Agent(reactor).request(b"GET", uri)
            for _ in range(50):
                await deferLater(reactor, 0.001)
            kept = sum(map(len, found._bodyBuffer))
            return kept, len(await readBody(found))

        kept, size = run(reactor, work)
    assert kept < 1_000_000
    assert size == len(large)


def test_nobodyThereIsAnError(reactor: Any) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        uri = b"http://127.0.0.1:%d/" % bound.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            run(reactor, lambda: Agent(reactor).request(b"GET", uri))


def test_anotherSchemeIsAnError(reactor: Any) -> None:
    with pytest.raises(SchemeNotSupported):
        run(reactor, lambda: Agent(reactor).request(b"GET", b"ftp://a.example/"))


def test_aMethodIsBytes(reactor: Any) -> None:
    with pytest.raises(TypeError):
        Agent(reactor).request("GET", b"http://a.example/")  # type: ignore[arg-type]  # that is the point


# TLS


@pytest.mark.parametrize(("host", "trusted"), [(b"localhost", True), (b"127.0.0.1", False)])
def test_theCertificateMustBeForTheNameInTheURI(reactor: Any, host: bytes, trusted: bool) -> None:
    certified = Certified.get()
    with ownServer(reactor, options=certified.options) as number:
        agent = Agent(reactor, BrowserLikePolicyForHTTPS(certified.authority))

        async def ask() -> bytes:
            return await readBody(await agent.request(b"GET", b"https://%b:%d/" % (host, number)))

        if trusted:
            assert run(reactor, ask) == b"GET / "
        else:
            with pytest.raises(ResponseNeverReceived):
                run(reactor, ask)


def test_whoHasAnotherCertificateIsNotTrusted(reactor: Any) -> None:
    with ownServer(reactor, options=tlsOptions()) as number:
        uri = b"https://localhost:%d/" % number
        with pytest.raises(ResponseNeverReceived):
            run(reactor, lambda: Agent(reactor).request(b"GET", uri))


# Proxies


def freePort() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        number: int = bound.getsockname()[1]
        return number


@contextmanager
def running(command: list[str], number: int) -> Iterator[int]:
    """A program that listens, and is stopped."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", number), 1).close()
                break
            except OSError:
                time.sleep(0.01)  # nobody tells when a program listens
        yield number
    finally:
        child.kill()
        child.wait()


@contextmanager
def tinyproxy(folder: Path, *lines: str) -> Iterator[int]:
    number = freePort()
    settings = folder / "tinyproxy.conf"
    settings.write_text(
        "\n".join([f"Port {number}", "Listen 127.0.0.1", "Timeout 20", "MaxClients 20", *lines])
    )
    with running(["tinyproxy", "-d", "-c", str(settings)], number):
        yield number


needsTinyproxy = pytest.mark.skipif(shutil.which("tinyproxy") is None, reason="needs tinyproxy")
needsMicrosocks = pytest.mark.skipif(shutil.which("microsocks") is None, reason="needs microsocks")


class Certified:
    """A certificate for ``localhost`` that an authority of tests signs."""

    _made: ClassVar[Certified | None] = None

    def __init__(self) -> None:
        authority = Authority()
        self.authority, self.options = authority.trust, authority.issue("localhost").options()

    @classmethod
    def get(cls) -> Certified:
        cls._made = cls._made or cls()
        return cls._made


def askThrough(reactor: Any, agentFor: Callable[[Any], Any]) -> dict[str, bytes]:
    """What comes of a request without TLS and of two with it, by one agent."""
    certified = Certified.get()
    got: dict[str, bytes] = {}
    with (
        ownServer(reactor) as plain,
        ownServer(reactor, options=certified.options) as encrypted,
    ):
        agent = agentFor(BrowserLikePolicyForHTTPS(certified.authority))

        async def work() -> None:
            found = await agent.request(b"GET", b"http://localhost:%d/a" % plain)
            got["plain"] = await readBody(found)
            for name in ("encrypted", "again"):
                found = await agent.request(b"GET", b"https://localhost:%d/b" % encrypted)
                got[name] = await readBody(found)
            await agent._pool.closeCachedConnections()

        run(reactor, work)
    return got


wanted = {"plain": b"GET /a ", "encrypted": b"GET /b ", "again": b"GET /b "}


@needsTinyproxy
def test_throughAProxyWithPassword(reactor: Any, tmp_path: Path) -> None:
    with tinyproxy(tmp_path, "BasicAuth user word") as number:
        proxies = {"all": f"http://user:word@127.0.0.1:{number}"}
        assert wanted == askThrough(
            reactor,
            lambda policy: ProxyingAgent(
                reactor, policy, pool=HTTPConnectionPool(reactor), proxies=proxies
            ),
        )


@needsTinyproxy
def test_aProxyThatWantsAPasswordIsTold(reactor: Any, tmp_path: Path) -> None:
    with tinyproxy(tmp_path, "BasicAuth user word") as number:
        agent = ProxyingAgent(reactor, proxies={"all": f"http://127.0.0.1:{number}"})
        with pytest.raises(TunnelRefused, match="407"):
            run(reactor, lambda: agent.request(b"GET", b"https://localhost:1/"))


@needsTinyproxy
def test_aProxyAgentGoesThroughItsProxy(reactor: Any, tmp_path: Path) -> None:
    from twisted.internet.endpoints import TCP4ClientEndpoint

    with tinyproxy(tmp_path) as number:

        def agentFor(policy: Any) -> Any:
            endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", number)
            agent = ProxyAgent(endpoint, reactor)
            agent.policyForHTTPS = policy
            return agent

        assert wanted == askThrough(reactor, agentFor)


@needsMicrosocks
def test_throughSOCKSWithPassword(reactor: Any) -> None:
    number = freePort()
    command = ["microsocks", "-i", "127.0.0.1", "-p", str(number), "-u", "user", "-P", "word"]
    with running(command, number):
        proxies = {"all": f"socks5h://user:word@127.0.0.1:{number}"}
        assert wanted == askThrough(
            reactor, lambda policy: ProxyingAgent(reactor, policy, proxies=proxies)
        )
        proxies = {"all": f"socks5h://user:sword@127.0.0.1:{number}"}
        agent = ProxyingAgent(reactor, proxies=proxies)
        with pytest.raises(TunnelRefused, match="password"):
            run(reactor, lambda: agent.request(b"GET", b"http://localhost:1/"))


# Others


@pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx")
def test_nginxSendsGzipAndFiles(reactor: Any, tmp_path: Path) -> None:
    number = freePort()
    text = "".join(f"line {line} of many\n" for line in range(50_000))
    (tmp_path / "text.txt").write_text(text)
    settings = tmp_path / "nginx.conf"
    settings.write_text(
        # Its workers are to read what only we may.
        f"{'user root; ' if os.getuid() == 0 else ''}daemon off;"
        f" pid {tmp_path}/pid; error_log {tmp_path}/log;\n"
        "events {}\nhttp {\n  types { text/plain txt; } access_log off;\n"
        "  gzip on; gzip_types text/plain; gzip_min_length 1;\n"
        f"  client_body_temp_path {tmp_path}/a; proxy_temp_path {tmp_path}/b;\n"
        f"  fastcgi_temp_path {tmp_path}/c; uwsgi_temp_path {tmp_path}/d;\n"
        f"  scgi_temp_path {tmp_path}/e;\n"
        f"  server {{ listen 127.0.0.1:{number}; root {tmp_path}; }}\n}}\n"
    )
    with running(["nginx", "-c", str(settings)], number):
        pool = HTTPConnectionPool(reactor)
        plain = Agent(reactor, pool=pool)
        agent = ContentDecoderAgent(plain, [(b"gzip", GzipDecoder)])
        uri = b"http://127.0.0.1:%d/text.txt" % number

        async def work() -> list[bytes]:
            bodies = []
            for asked in (plain, agent, plain):
                bodies.append(await readBody(await asked.request(b"GET", uri)))
            missing = await plain.request(b"GET", uri + b"x", Headers({b"X": [b"y"]}))
            assert missing.code == 404
            await readBody(missing)
            found = await plain.request(b"GET", uri, Headers({b"Range": [b"bytes=0-5"]}))
            assert found.code == 206
            bodies.append(await readBody(found))
            await pool.closeCachedConnections()
            return bodies

        assert run(reactor, work) == [text.encode()] * 3 + [b"line 0"]


def test_thePhasesOfARequestAreTold(reactor: Any) -> None:
    certified = Certified.get()
    with ownServer(reactor, options=certified.options) as number:
        pool = HTTPConnectionPool(reactor)
        agent = Agent(reactor, BrowserLikePolicyForHTTPS(certified.authority), pool=pool)
        told: list[PhaseReached] = []
        agent.phaseObserver = told.append
        uri = b"https://localhost:%d/" % number

        async def work() -> None:
            for _ in range(2):
                await readBody(await agent.request(b"GET", uri))
            await pool.closeCachedConnections()

        run(reactor, work)
    phases = [each.phase for each in told]
    fresh = ["nameFound", "connected", "sent", "secured", "firstByte", "head", "body"]
    assert phases == [*fresh, "sent", "firstByte", "head", "body"]
    assert told[0].request.absoluteURI == uri
    first = [each.seconds for each in told[: len(fresh)]]
    assert first == sorted(first)
    assert 0 <= first[0] < 20


def test_anObserverThatRaisesDoesNotDisturb(reactor: Any) -> None:
    from tests.support.streams import loggedFailures

    with ownServer(reactor) as number:
        agent = Agent(reactor)

        def raising(_: PhaseReached) -> None:
            raise ZeroDivisionError()

        agent.phaseObserver = raising

        async def work() -> bytes:
            return await readBody(await agent.request(b"GET", b"http://127.0.0.1:%d/" % number))

        with loggedFailures() as failures:
            assert run(reactor, work) == b"GET / "
    assert {failure.type for failure in failures} == {ZeroDivisionError}


def test_anEndpointIsMadeOnceForEachPlace(reactor: Any) -> None:
    from twisted.web.client import URI

    class Policy:
        asked = 0

        def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
            self.asked += 1
            return ssl.optionsForClientTLS(hostname.decode())

    policy: Any = Policy()
    factory = _StandardEndpointFactory(reactor, policy, None, None)
    for _ in range(3):
        factory.endpointForURI(URI.fromBytes(b"https://a.example/"))
    assert policy.asked == 3  # it may say something else each time
    plain = URI.fromBytes(b"http://a.example/")
    assert factory.endpointForURI(plain) is factory.endpointForURI(plain)
    factory.mostRemembered = 5
    for number in range(20):
        factory.endpointForURI(URI.fromBytes(b"http://a%d.example/" % number))
    assert len(factory._remembered) <= 5
