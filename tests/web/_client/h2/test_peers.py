"""HTTP/2 with real servers, through real proxies."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.support.streams import tlsOptions
from tests.web._client.test_agent import (
    Certified,
    Echo,
    freePort,
    needsMicrosocks,
    needsTinyproxy,
    ownServer,
    produced,
    run,
    running,
    tinyproxy,
)
from twisted.internet.defer import ensureDeferred, gatherResults
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.task import deferLater
from twisted.web import resource
from twisted.web.client import (
    Agent,
    BrowserLikePolicyForHTTPS,
    BrowserLikeRedirectAgent,
    ContentDecoderAgent,
    CookieAgent,
    GzipDecoder,
    HTTPConnectionPool,
    PhaseReached,
    ProxyAgent,
    ProxyingAgent,
    ResponseNeverReceived,
    readBody,
)
from twisted.web.http_headers import Headers

h2 = (b"HTTP", 2, 0)


def poolFor(reactor: Any) -> HTTPConnectionPool:
    pool = HTTPConnectionPool(reactor)
    pool.http2 = True
    return pool


def agentFor(reactor: Any, pool: HTTPConnectionPool | None = None) -> Agent:
    policy = BrowserLikePolicyForHTTPS(Certified.get().authority)
    return Agent(reactor, policy, pool=poolFor(reactor) if pool is None else pool)


@contextmanager
def site(reactor: Any, root: Any = None) -> Iterator[bytes]:
    with ownServer(reactor, root, Certified.get().options) as number:
        yield b"https://localhost:%d" % number


class Unknown(io.BytesIO):
    """A file of which nobody knows the length."""

    @property
    def seek(self) -> Any:
        raise AttributeError("seek")


# Our own server


def test_aServerIsAskedInEveryWay(reactor: Any) -> None:
    data = os.urandom(500_000)
    with site(reactor) as place:
        agent = agentFor(reactor)

        async def work() -> list[Any]:
            got: list[Any] = []
            ports = set()
            for method, path, body in [
                (b"GET", b"/a?b=c", None),
                (b"POST", b"/b", io.BytesIO(data)),
                (b"POST", b"/u", Unknown(data)),
                (b"PUT", b"/c", io.BytesIO(b"")),
                (b"POST", b"/d", None),
            ]:
                producer = None if body is None else produced(reactor, body)
                found = await agent.request(method, place + path, None, producer)
                assert (found.version, found.code, found.phrase) == (h2, 200, b"OK")
                assert found.headers.getRawHeaders(b"Content-Length") is None
                ports.add(found.headers.getRawHeaders(b"x-port")[0])
                read = await readBody(found)
                assert found.length == len(read)
                got.append(read)
            head = await agent.request(b"HEAD", place + b"/f")
            got.append(await readBody(head))
            await agent._pool.closeCachedConnections()
            return [got, len(ports), head.length]

        got, connections, length = run(reactor, work)
    assert got == [
        b"GET /a?b=c ",
        b"POST /b " + data,
        b"POST /u " + data,
        b"PUT /c ",
        b"POST /d ",
        b"",
    ]
    assert (connections, length) == (1, 0)


@pytest.mark.parametrize(("count", "connections"), [(100, 1), (1000, 1), (1500, 2)])
def test_concurrentRequestsUseOneConnection(reactor: Any, count: int, connections: int) -> None:
    with site(reactor) as place:
        agent = agentFor(reactor)

        async def one(number: int) -> tuple[str, bytes]:
            found = await agent.request(b"GET", place + b"/%d" % number)
            return found.headers.getRawHeaders("x-port")[0], await readBody(found)

        async def work() -> list[tuple[str, bytes]]:
            asked = [ensureDeferred(one(number)) for number in range(count)]
            got = await gatherResults(asked)
            await agent._pool.closeCachedConnections()
            return got

        got = run(reactor, work)
    assert [body for _, body in got] == [b"GET /%d " % number for number in range(count)]
    assert len({port for port, _ in got}) == connections


def test_whoDoesNotAskForItGetsHTTP1(reactor: Any) -> None:
    with site(reactor) as place:
        agent = agentFor(reactor, HTTPConnectionPool(reactor))

        async def work() -> Any:
            found = await agent.request(b"GET", place)
            await readBody(found)
            await agent._pool.closeCachedConnections()
            return found.version

        assert run(reactor, work) == (b"HTTP", 1, 1)


@pytest.mark.parametrize("scheme", [b"http", b"https"])
def test_aServerThatKnowsOnlyHTTP1IsAskedByIt(reactor: Any, scheme: bytes) -> None:
    class OnlyOne(Echo):
        pass

    options = None if scheme == b"http" else Certified.get().options
    from twisted.web import server

    class Site(server.Site):
        def acceptableProtocols(self) -> list[bytes]:
            return [b"http/1.1"]

    made = Site(OnlyOne(), reactor=reactor)
    if options is None:
        port = reactor.listenTCP(0, made, interface="127.0.0.1")
    else:
        port = reactor.listenSSL(0, made, options, interface="127.0.0.1")
    place = b"%b://localhost:%d/" % (scheme, port.getHost().port)
    agent = agentFor(reactor)

    async def one() -> Any:
        found = await agent.request(b"GET", place)
        assert await readBody(found) == b"GET / "
        return found.version

    async def work() -> list[Any]:
        got = await gatherResults([ensureDeferred(one()) for _ in range(5)])
        got.append(await one())
        await agent._pool.closeCachedConnections()
        await port.stopListening()
        return got

    assert run(reactor, work) == [(b"HTTP", 1, 1)] * 6


def test_aLargeBodyWaitsAtTheServerUntilItIsWantedAndOthersDoNot(reactor: Any) -> None:
    large = bytes(8_000_000)

    class Large(resource.Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> bytes:
            return large if request.uri == b"/large" else b"small"

    with site(reactor, Large()) as place:
        agent = agentFor(reactor)

        async def work() -> tuple[int, list[bytes], int]:
            waiting: list[Any] = []
            for _ in range(20):
                waiting.append(await agent.request(b"GET", place + b"/large"))
            small = [
                await readBody(await agent.request(b"GET", place + b"/small")) for _ in range(5)
            ]
            for _ in range(20):
                await deferLater(reactor, 0.001)
            kept = sum(sum(map(len, each._bodyBuffer)) for each in waiting)
            kept += sum(
                len(data) for each in waiting for data, _ in each._transport._producer._aside
            )
            size = len(await readBody(waiting[3]))
            for each in waiting:
                each._transport.abortConnection()
            await deferLater(reactor, 0)
            await agent._pool.closeCachedConnections()
            return kept, small, size

        kept, small, size = run(reactor, work)
    assert kept <= 20 * 1048576
    assert (small, size) == ([b"small"] * 5, len(large))


def test_whoIsNotTrustedFailsAsByHTTP1(reactor: Any) -> None:
    with ownServer(reactor, options=tlsOptions()) as number:
        agent = agentFor(reactor)
        uri = b"https://localhost:%d/" % number
        with pytest.raises(ResponseNeverReceived):
            run(reactor, lambda: agent.request(b"GET", uri))


def test_nobodyThereFailsAllWhoWait(reactor: Any) -> None:
    agent = agentFor(reactor)
    uri = b"https://127.0.0.1:%d/" % freePort()

    async def work() -> list[Any]:
        asked = [agent.request(b"GET", uri) for _ in range(5)]
        failed: list[Any] = []
        for each in asked:
            try:
                await each
            except ConnectionRefusedError as why:
                failed.append(type(why))
        return failed

    assert run(reactor, work) == [ConnectionRefusedError] * 5


def test_thePhasesOfARequestAreTold(reactor: Any) -> None:
    with site(reactor) as place:
        agent = agentFor(reactor)
        told: list[PhaseReached] = []
        agent.phaseObserver = told.append

        async def work() -> None:
            for _ in range(2):
                await readBody(await agent.request(b"GET", place))
            await agent._pool.closeCachedConnections()

        run(reactor, work)
    used = ["sent", "firstByte", "head", "body"]
    assert [each.phase for each in told] == ["nameFound", "connected", "secured", *used, *used]


def test_othersAroundAnAgentWorkAsByHTTP1(reactor: Any) -> None:
    class Place(resource.Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> bytes:
            if request.uri == b"/begin":
                request.addCookie(b"name", b"value")
                request.redirect(b"/end")
                return b""
            return b"cookie: %b" % request.getHeader(b"cookie")

    wrapped = resource.EncodingResourceWrapper(Place(), [_gzip()])
    with site(reactor, wrapped) as place:
        plain = agentFor(reactor)
        around = CookieAgent(plain, CookieJar())
        agent = BrowserLikeRedirectAgent(ContentDecoderAgent(around, [(b"gzip", GzipDecoder)]))

        async def work() -> tuple[Any, bytes]:
            found: Any = await agent.request(b"GET", place + b"/begin")
            body = await readBody(found)
            await plain._pool.closeCachedConnections()
            return found, body

        found, body = run(reactor, work)
    assert body == b"cookie: name=value"
    assert found.previousResponse.version == h2


def _gzip() -> Any:
    from twisted.web.server import GzipEncoderFactory

    return GzipEncoderFactory()


# Through proxies


def askThrough(reactor: Any, agent: Any, place: bytes) -> list[Any]:
    async def work() -> list[Any]:
        got = []
        for _ in range(2):
            found = await agent.request(b"GET", place + b"/through")
            got.append((found.version, await readBody(found)))
        await agent._pool.closeCachedConnections()
        return got

    return run(reactor, work)  # type: ignore[no-any-return]  # what work gives


through = [(h2, b"GET /through ")] * 2


@needsTinyproxy
@pytest.mark.parametrize("kind", ["ProxyAgent", "ProxyingAgent"])
def test_throughATunnel(reactor: Any, tmp_path: Path, kind: str) -> None:
    from twisted.internet.endpoints import TCP4ClientEndpoint

    policy = BrowserLikePolicyForHTTPS(Certified.get().authority)
    agent: Any
    with tinyproxy(tmp_path) as number, site(reactor) as place:
        if kind == "ProxyAgent":
            endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", number)
            agent = ProxyAgent(endpoint, reactor, poolFor(reactor))
            agent.policyForHTTPS = policy
        else:
            proxies = {"all": f"http://127.0.0.1:{number}"}
            agent = ProxyingAgent(reactor, policy, pool=poolFor(reactor), proxies=proxies)
        assert askThrough(reactor, agent, place) == through


@needsMicrosocks
def test_throughSOCKS(reactor: Any) -> None:
    policy = BrowserLikePolicyForHTTPS(Certified.get().authority)
    number = freePort()
    with (
        running(["microsocks", "-i", "127.0.0.1", "-p", str(number)], number),
        site(reactor) as place,
    ):
        proxies = {"all": f"socks5h://127.0.0.1:{number}"}
        agent = ProxyingAgent(reactor, policy, pool=poolFor(reactor), proxies=proxies)
        assert askThrough(reactor, agent, place) == through


# Others' servers


def certificateFiles(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for ``localhost`` that `Certified` trusts. Returns: key, certificate."""
    options: Any = Certified.get().options
    key, shown = folder / "key.pem", folder / "certificate.pem"
    key.write_bytes(
        options.privateKey.to_cryptography_key().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
    )
    shown.write_bytes(options.certificate.to_cryptography().public_bytes(Encoding.PEM))
    return key, shown


text = b"".join(b"line %d of many\n" % line for line in range(50_000))


@contextmanager
def nginx(folder: Path, *settings: str) -> Iterator[int]:
    number = freePort()
    key, certificate = certificateFiles(folder)
    (folder / "text.txt").write_bytes(text)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{'user root; ' if os.getuid() == 0 else ''}daemon off;"
        f" pid {folder}/pid; error_log {folder}/log;\n"
        "events {}\nhttp {\n  types { text/plain txt; } access_log off;\n"
        "  gzip on; gzip_types text/plain; gzip_min_length 1;\n"
        f"  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;\n"
        f"  fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d;\n"
        f"  scgi_temp_path {folder}/e;\n  {' '.join(settings)}\n"
        f"  server {{ listen 127.0.0.1:{number} ssl http2; root {folder};\n"
        f"    ssl_certificate {certificate}; ssl_certificate_key {key};\n"
        "    location /small { client_max_body_size 1k; return 200 'small'; }\n"
        "    location /taken { client_max_body_size 1k; proxy_pass http://127.0.0.1:1; }\n"
        "  }\n}\n"
    )
    with running(["nginx", "-c", str(configuration)], number):
        yield number


needsNginx = pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx")
needsNghttpd = pytest.mark.skipif(shutil.which("nghttpd") is None, reason="needs nghttpd")


@needsNginx
def test_nginxSendsGzipFilesAndErrors(reactor: Any, tmp_path: Path) -> None:
    with nginx(tmp_path) as number:
        plain = agentFor(reactor)
        agent = ContentDecoderAgent(plain, [(b"gzip", GzipDecoder)])
        place = b"https://localhost:%d" % number
        uri = place + b"/text.txt"

        async def work() -> list[Any]:
            got: list[Any] = []
            for asked in (plain, agent, plain):
                found = await asked.request(b"GET", uri)
                assert found.version == h2
                got.append(await readBody(found))
            missing = await plain.request(b"GET", uri + b"x", Headers({b"X": [b"y"]}))
            await readBody(missing)
            found = await plain.request(b"GET", uri, Headers({b"Range": [b"bytes=0-5"]}))
            got += [missing.code, found.code, await readBody(found)]
            large = produced(reactor, io.BytesIO(bytes(3_000_000)))
            found = await plain.request(b"POST", place + b"/taken", None, large)
            got.append(found.code)
            await readBody(found)
            await plain._pool.closeCachedConnections()
            return got

        assert run(reactor, work) == [text, text, text, 404, 206, b"line 0", 413]


@needsNginx
def test_aServerThatClosesNowAndThenIsNotNoticed(reactor: Any, tmp_path: Path) -> None:
    limits = "keepalive_requests 7; http2_max_concurrent_streams 3;"
    with nginx(tmp_path, limits) as number:
        agent = agentFor(reactor)
        uri = b"https://localhost:%d/small" % number

        async def one() -> bytes:
            return await readBody(await agent.request(b"GET", uri))

        async def work() -> list[bytes]:
            got = await gatherResults([ensureDeferred(one()) for _ in range(20)])
            for _ in range(20):
                got.append(await one())
            await agent._pool.closeCachedConnections()
            return got

        assert run(reactor, work) == [b"small"] * 40


@needsNghttpd
def test_nghttpdSendsTrailersAndTakesUploads(reactor: Any, tmp_path: Path) -> None:
    key, certificate = certificateFiles(tmp_path)
    (tmp_path / "text.txt").write_bytes(text)
    number = freePort()
    command = ["nghttpd", "-d", str(tmp_path), "--address=127.0.0.1", "--echo-upload"]
    command += ["--trailer=sum: 1", "--padding=100", str(number), str(key), str(certificate)]
    data = os.urandom(400_000)
    with running(command, number):
        agent = agentFor(reactor)
        place = b"https://localhost:%d" % number

        async def one() -> bytes:
            return await readBody(await agent.request(b"GET", place + b"/text.txt"))

        async def work() -> tuple[Any, bytes, list[bytes]]:
            found: Any = await agent.request(b"GET", place + b"/text.txt")
            body = await readBody(found)
            assert body == text
            sent = produced(reactor, io.BytesIO(data))
            back = await readBody(await agent.request(b"POST", place + b"/", None, sent))
            many = await gatherResults([ensureDeferred(one()) for _ in range(30)])
            await agent._pool.closeCachedConnections()
            return found, back, many

        found, back, many = run(reactor, work)
    assert found.version == h2
    assert found.trailers.getRawHeaders(b"sum") == [b"1"]
    assert back == data
    assert many == [text] * 30
