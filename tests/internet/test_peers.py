"""Programs that everybody has: nc, socat and curl, against ports and clients of ours."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import drive
from twisted.internet import ssl, threads
from twisted.internet._tls.selfsigned import selfSignedCertificate
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

big = bytes(range(256)) * 2000


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(program), reason=f"there is no {program}")


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return selfSignedCertificate(["localhost"], tmp_path_factory.mktemp("identity"))


@pytest.fixture(scope="module")
def identity(paths: tuple[str, str]) -> ssl.PrivateCertificate:
    content = b""
    for path in paths:
        with open(path, "rb") as file:
            content += file.read()
    return ssl.PrivateCertificate.loadPEM(content)


class Echo(Protocol):
    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Page(Protocol):
    """Answers the head of a request with a page, whatever it asks for."""

    transport: Any
    got = b""

    def dataReceived(self, data: bytes) -> None:
        self.got += data
        if self.got.endswith(b"\r\n\r\n"):
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(big)
            self.transport.write(head + big)
            self.transport.loseConnection()


def asked(reactor: Any, protocol: type[Protocol], options: Any, command: list[str]) -> bytes:
    """Run a client's command against a port of ours; what it printed when it was told `big`."""
    factory: Any = Factory.forProtocol(protocol)
    if options is None:
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    else:
        port = reactor.listenSSL(0, factory, options, interface="127.0.0.1")
    words = [word.replace("PORT", str(port.getHost().port)) for word in command]

    def run() -> bytes:
        done = subprocess.run(words, input=big, capture_output=True, timeout=20)
        assert done.returncode == 0, done.stderr
        return done.stdout

    pool = reactor.getThreadPool()
    printed: bytes = drive(reactor, lambda: threads.deferToThreadPool(reactor, pool, run))
    return printed


@needs("nc")
def test_netcatHearsAllOfItsEcho(eachReactor: Any) -> None:
    assert asked(eachReactor, Echo, None, ["nc", "-N", "127.0.0.1", "PORT"]) == big


@needs("socat")
def test_socatHearsAllOfItsEcho(eachReactor: Any) -> None:
    assert asked(eachReactor, Echo, None, ["socat", "-t", "10", "-", "TCP:127.0.0.1:PORT"]) == big


@needs("socat")
@pytest.mark.parametrize("version", ["TLS1.2", "TLS1.3"])
def test_socatHearsAPageOverTLS(
    eachReactor: Any, identity: Any, paths: tuple[str, str], version: str
) -> None:
    address = (
        f"OPENSSL:127.0.0.1:PORT,cafile={paths[0]},commonname=localhost,"
        f"openssl-min-proto-version={version},openssl-max-proto-version={version}"
    )

    class Teller(Protocol):
        transport: Any

        def connectionMade(self) -> None:
            self.transport.write(big)
            self.transport.loseConnection()

    command = ["socat", "-u", address, "STDOUT"]
    assert asked(eachReactor, Teller, identity.options(), command) == big


@needs("curl")
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_curlReadsAPageOverTLS(
    eachReactor: Any, identity: Any, paths: tuple[str, str], version: str
) -> None:
    command = ["curl", "-sS", f"--tlsv{version}", "--tls-max", version, "--cacert", paths[0]]
    command += ["--resolve", "localhost:PORT:127.0.0.1", "https://localhost:PORT/"]
    assert asked(eachReactor, Page, identity.options(), command) == big


@needs("curl")
def test_curlRefusesACertificateThatItDoesNotKnow(reactor: Any, identity: Any) -> None:
    with pytest.raises(AssertionError, match="certificate"):
        asked(reactor, Page, identity.options(), ["curl", "-sS", "https://127.0.0.1:PORT/"])


class Recorder(Protocol):
    transport: Any

    def __init__(self) -> None:
        self.received = b""
        self.lost: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        self.transport.write(big)

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        if len(self.received) == len(big):
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost.callback(self.received)


def talkTo(reactor: Any, command: list[str], wrap: Callable[[Any], Any]) -> bytes:
    """Connect to a socat that was just started, and says where it listens; what it echoes."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            number = 0
            for line in server.stderr:
                if "listening on" in line:
                    number = int(line.rsplit(":", 1)[1])
                    break
            # What it goes on to say must not fill the pipe.
            threading.Thread(target=server.stderr.read, daemon=True).start()
            client = Recorder()
            factory: Any = Factory.forProtocol(lambda: client)

            async def main() -> bytes:
                await wrap(TCP4ClientEndpoint(reactor, "127.0.0.1", number)).connect(factory)
                return await client.lost

            received: bytes = drive(reactor, lambda: Deferred.fromCoroutine(main()))
            return received
        finally:
            server.kill()


@needs("socat")
@pytest.mark.parametrize("tls", [False, True])
def test_aClientHearsSocatsEcho(
    eachReactor: Any, identity: Any, paths: tuple[str, str], tls: bool
) -> None:
    address = "TCP-LISTEN:0,bind=127.0.0.1"
    if tls:
        address = f"OPENSSL-LISTEN:0,bind=127.0.0.1,cert={paths[0]},key={paths[1]},verify=0"
    options = ssl.optionsForClientTLS("localhost", trustRoot=identity)

    def wrap(endpoint: Any) -> Any:
        return wrapClientTLS(options, endpoint) if tls else endpoint

    # What it writes at a time goes into a pipe that has room: it would wait for itself otherwise.
    command = ["socat", "-b", "4096", "-d", "-d", address, "PIPE"]
    assert talkTo(eachReactor, command, wrap) == big
