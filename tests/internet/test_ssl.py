"""TLS on real sockets, against Python's ``ssl`` module and the ``openssl`` program."""

from __future__ import annotations

import shutil
import socket
import ssl as pythonSSL
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from OpenSSL import SSL
from zope.interface.verify import verifyObject

from tests.support import drive
from twisted.internet import defer, ssl, threads
from twisted.internet._tls.selfsigned import selfSignedCertificate
from twisted.internet.error import (
    ConnectionAborted,
    ConnectionClosed,
    ConnectionDone,
    ConnectionLost,
)
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

needsOpenssl = pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl program")
eachVersion = pytest.mark.parametrize("version", ["1.2", "1.3"])
big = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return selfSignedCertificate(["localhost", "127.0.0.1"], tmp_path_factory.mktemp("identity"))


@pytest.fixture(scope="module")
def identity(paths: tuple[str, str]) -> ssl.PrivateCertificate:
    content = b""
    for path in paths:
        with open(path, "rb") as file:
            content += file.read()
    return ssl.PrivateCertificate.loadPEM(content)


class Recorder(Protocol):
    transport: Any

    def __init__(self) -> None:
        self.received = bytearray()
        self.made: defer.Deferred[Recorder] = defer.Deferred()
        self.lost: defer.Deferred[BaseException] = defer.Deferred()
        self._waiting: list[tuple[int, defer.Deferred[bytes]]] = []

    def connectionMade(self) -> None:
        self.made.callback(self)

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        for size, waiting in list(self._waiting):
            if len(self.received) >= size:
                self._waiting.remove((size, waiting))
                waiting.callback(bytes(self.received))

    def until(self, size: int) -> defer.Deferred[bytes]:
        waiting: defer.Deferred[bytes] = defer.Deferred()
        self._waiting.append((size, waiting))
        self.dataReceived(b"")
        return waiting

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008
        # Not the Failure: a Deferred would take that for an error of its own.
        self.lost.callback(reason.value)


class Echo(Recorder):
    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.transport.write(data)


def once(protocol: Protocol, factory: Factory) -> Any:
    """Have a factory make this protocol."""
    factory.protocol = lambda: protocol
    return factory


def listen(reactor: Any, protocol: Protocol, creator: Any) -> Any:
    return reactor.listenSSL(0, once(protocol, Factory()), creator, interface="127.0.0.1")


def blocking(reactor: Any, function: Callable[..., Any], *args: Any) -> Any:
    """Run what blocks in a thread."""
    return threads.deferToThreadPool(reactor, reactor.getThreadPool(), function, *args)


def pythonClient(paths: tuple[str, str], version: str) -> pythonSSL.SSLContext:
    context = pythonSSL.create_default_context(cafile=paths[0])
    wanted = getattr(pythonSSL.TLSVersion, "TLSv" + version.replace(".", "_"))
    context.minimum_version = context.maximum_version = wanted
    return context


# We are the server


@eachVersion
def test_pythonTalksToAServerAndBothCloseInOrder(
    eachReactor: Any, identity: Any, paths: tuple[str, str], version: str
) -> None:
    server = Echo()

    def talk(port: int) -> bytes:
        context = pythonClient(paths, version)
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            wrapped = context.wrap_socket(raw, server_hostname="localhost")
            got = b""
            for start in range(0, len(big), 100_000):
                wrapped.sendall(big[start : start + 100_000])
                while len(got) < min(start + 100_000, len(big)):
                    got += wrapped.recv(65536)
            wrapped.unwrap()  # sends close_notify, and waits for ours
        return got

    async def main() -> tuple[bytes, BaseException]:
        port = listen(eachReactor, server, identity.options())
        got = await blocking(eachReactor, talk, port.getHost().port)
        return got, await server.lost

    got, reason = drive(eachReactor, lambda: defer.ensureDeferred(main()))
    assert got == big
    assert isinstance(reason, ConnectionDone)


@needsOpenssl
@eachVersion
def test_opensslTalksToAServer(
    reactor: Any, identity: Any, paths: tuple[str, str], version: str
) -> None:
    def talk(port: int) -> subprocess.CompletedProcess[bytes]:
        command = ["openssl", "s_client", "-quiet", "-verify_return_error"]
        command += ["-verify_hostname", "localhost"]
        command += ["-CAfile", paths[0], "-connect", f"127.0.0.1:{port}"]
        command += ["-servername", "localhost", "-tls" + version.replace(".", "_")]
        return subprocess.run(
            command,
            input=b"hello from outside\n",
            capture_output=True,
            timeout=20,
            check=False,
        )

    class OneAnswer(Recorder):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            if self.received.endswith(b"\n"):
                self.transport.write(bytes(self.received).upper())
                self.transport.loseConnection()

    server = OneAnswer()

    async def main() -> tuple[Any, BaseException]:
        port = listen(reactor, server, identity.options())
        finished = await blocking(reactor, talk, port.getHost().port)
        return finished, await server.lost

    finished, reason = drive(reactor, lambda: defer.ensureDeferred(main()), timeout=30)
    assert finished.stdout == b"HELLO FROM OUTSIDE\n", finished.stderr
    assert isinstance(reason, ConnectionClosed)


@pytest.mark.parametrize("name", ["wrong.example", None])
def test_aClientThatDoesNotTrustUsIsAnErrorHereToo(
    reactor: Any, identity: Any, paths: tuple[str, str], name: str | None
) -> None:
    def talk(port: int) -> str:
        context = pythonSSL.create_default_context(cafile=paths[0] if name else None)
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            try:
                context.wrap_socket(raw, server_hostname=name or "localhost")
            except pythonSSL.SSLCertVerificationError as error:
                return error.verify_message
        return "trusted"

    server = Recorder()

    async def main() -> tuple[str, BaseException]:
        port = listen(reactor, server, identity.options())
        said = await blocking(reactor, talk, port.getHost().port)
        return said, await server.lost

    said, reason = drive(reactor, lambda: defer.ensureDeferred(main()))
    assert "mismatch" in said or "self-signed" in said or "self signed" in said
    assert isinstance(reason, (SSL.Error, ConnectionLost))
    assert server.received == b""


@pytest.mark.parametrize("how", ["end", "reset"])
def test_aStreamThatIsCutOffIsLost(
    eachReactor: Any, identity: Any, paths: tuple[str, str], how: str
) -> None:
    server = Recorder()

    def talk(port: int) -> None:
        raw = socket.create_connection(("127.0.0.1", port), 10)
        wrapped = pythonClient(paths, "1.3").wrap_socket(raw, server_hostname="localhost")
        wrapped.sendall(b"half a sente")
        if how == "reset":
            linger = b"\1\0\0\0\0\0\0\0"
            wrapped.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        wrapped.close()  # without unwrap(): no close_notify

    async def main() -> BaseException:
        port = listen(eachReactor, server, identity.options())
        await blocking(eachReactor, talk, port.getHost().port)
        return await server.lost

    reason = drive(eachReactor, lambda: defer.ensureDeferred(main()))
    assert isinstance(reason, ConnectionLost)


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02", b"\x16\x03\x01\x00\xf0\x01\x00"])
def test_whoDoesNotShakeHandsIsClosedInTime(
    reactor: Any, identity: Any, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(TLSMemoryBIOFactory, "handshakeTimeoutSeconds", 0.2)
    server = Recorder()

    def talk(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            raw.sendall(sent)
            try:
                return raw.recv(100)
            except ConnectionResetError:
                return b"reset"

    async def main() -> tuple[bytes, BaseException]:
        port = listen(reactor, server, identity.options())
        got = await blocking(reactor, talk, port.getHost().port)
        return got, await server.lost

    got, reason = drive(reactor, lambda: defer.ensureDeferred(main()))
    assert got == b"reset"
    assert isinstance(reason, ConnectionAborted)
    assert reactor.getDelayedCalls() == []


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.0\r\n\r\n", b"\0" * 5000, b"\xff" * 5000])
def test_whoDoesNotSpeakTlsIsClosedAtOnce(reactor: Any, identity: Any, sent: bytes) -> None:
    server = Recorder()

    def talk(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            raw.sendall(sent)
            try:
                while raw.recv(100):
                    pass
            except ConnectionResetError:
                pass

    async def main() -> BaseException:
        port = listen(reactor, server, identity.options())
        await blocking(reactor, talk, port.getHost().port)
        return await server.lost

    reason = drive(reactor, lambda: defer.ensureDeferred(main()))
    assert isinstance(reason, SSL.Error)
    assert server.received == b""


def test_aPeerThatReadsSlowlyPausesTheProducer(
    eachReactor: Any, identity: Any, paths: tuple[str, str]
) -> None:
    total = 64 << 20
    full = threading.Event()

    class Fountain(Recorder):
        written = 0
        running = False
        mostBeforePause = 0

        def connectionMade(self) -> None:
            self.transport.registerProducer(self, True)
            super().connectionMade()
            self.resumeProducing()

        def resumeProducing(self) -> None:
            self.running = True
            burst = 0
            while self.running and self.written < total:
                self.transport.write(b"x" * 65536)
                self.written += 65536
                burst += 65536
                self.mostBeforePause = max(self.mostBeforePause, burst)
            if self.written >= total:
                self.transport.unregisterProducer()
                self.transport.loseConnection()

        def pauseProducing(self) -> None:
            self.running = False
            full.set()

        def stopProducing(self) -> None:
            self.running = False

    server = Fountain()

    def talk(port: int) -> tuple[int, int]:
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            wrapped = pythonClient(paths, "1.3").wrap_socket(raw, server_hostname="localhost")
            got = len(wrapped.recv(1000))
            assert full.wait(20)  # for the buffers between us
            before = server.written
            while True:
                data = wrapped.recv(1 << 20)
                if not data:
                    return before, got
                got += len(data)

    async def main() -> tuple[int, int]:
        port = listen(eachReactor, server, identity.options())
        before, got = await blocking(eachReactor, talk, port.getHost().port)
        await server.lost
        return before, got

    before, got = drive(eachReactor, lambda: defer.ensureDeferred(main()), timeout=60)
    assert got == total
    assert before < total / 2
    assert server.mostBeforePause < total / 2


# We are the client


@needsOpenssl
@eachVersion
def test_aClientTalksToOpenssl(
    reactor: Any, identity: Any, paths: tuple[str, str], version: str
) -> None:
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-rev", "-alpn", "reversed"]
    command += ["-cert", paths[0], "-key", paths[1], "-tls" + version.replace(".", "_")]
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout is not None
    line = b""
    while not line.startswith(b"ACCEPT"):
        line = server.stdout.readline()
        assert line
    number = int(line.split(b":")[1])
    options = ssl.optionsForClientTLS(
        "localhost", trustRoot=identity, acceptableProtocols=[b"other", b"reversed"]
    )

    async def main() -> tuple[bytes, bytes | None, BaseException]:
        client = Recorder()
        reactor.connectSSL("127.0.0.1", number, once(client, ClientFactory()), options)
        await client.made
        client.transport.write(b"stressed\n")
        got = await client.until(9)
        spoken = client.transport.negotiatedProtocol
        client.transport.loseConnection()
        return got, spoken, await client.lost

    try:
        got, spoken, reason = drive(reactor, lambda: defer.ensureDeferred(main()), timeout=30)
    finally:
        server.kill()
        server.communicate()
    assert got == b"desserts\n"
    assert spoken == b"reversed"
    assert isinstance(reason, ConnectionClosed)


class PythonServer:
    """A server of Python's own, for one client, in a thread."""

    def __init__(self, paths: tuple[str, str]) -> None:
        self.context = pythonSSL.SSLContext(pythonSSL.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*paths)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(10)
        self.port = self.listening.getsockname()[1]

    def serve(self, talk: Callable[[pythonSSL.SSLContext, socket.socket], Any]) -> Any:
        accepted, _ = self.listening.accept()
        self.listening.close()
        with accepted:
            accepted.settimeout(10)
            return talk(self.context, accepted)


@pytest.mark.parametrize(
    ("hostname", "wanted"), [("localhost", None), ("wrong.example", ssl.VerificationError)]
)
def test_aClientChecksTheNameOfTheServer(
    reactor: Any, identity: Any, paths: tuple[str, str], hostname: str, wanted: Any
) -> None:
    server, client = PythonServer(paths), Recorder()

    def talk(context: pythonSSL.SSLContext, raw: socket.socket) -> bytes:
        try:
            wrapped = context.wrap_socket(raw, server_side=True)
            got = wrapped.recv(100)
            wrapped.sendall(b"back")
            wrapped.unwrap()
        except OSError:
            return b""
        return got

    async def main() -> tuple[bytes, BaseException]:
        talked = blocking(reactor, server.serve, talk)
        options = ssl.optionsForClientTLS(hostname, trustRoot=identity)
        reactor.connectSSL("127.0.0.1", server.port, once(client, ClientFactory()), options)
        await client.made
        client.transport.write(b"secret")
        reason = await client.lost
        return await talked, reason

    got, reason = drive(reactor, lambda: defer.ensureDeferred(main()))
    if wanted is None:
        assert got == b"secret"
        assert client.received == b"back"
        assert isinstance(reason, ConnectionDone)
    else:
        assert got == b""
        assert isinstance(reason, wanted)


# In the middle of a stream


@pytest.mark.parametrize("cut", [False, True])
def test_aServerStartsTlsInTheMiddle(
    eachReactor: Any, identity: Any, paths: tuple[str, str], cut: bool
) -> None:
    class Polite(Recorder):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            if self.received == b"STARTTLS\n":
                self.transport.write(b"READY\n")
                self.transport.startTLS(identity.options())
            elif self.received.endswith(b"within"):
                self.transport.write(b"answer")
                self.transport.loseConnection()

    server = Polite()

    def talk(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            raw.sendall(b"STARTTLS\n")
            assert raw.recv(100) == b"READY\n"
            wrapped = pythonClient(paths, "1.3").wrap_socket(raw, server_hostname="localhost")
            for piece in [b"with", b"in"] if cut else [b"within"]:
                wrapped.sendall(piece)
            got = b""
            while True:
                data = wrapped.recv(100)
                if not data:
                    return got
                got += data

    async def main() -> tuple[bytes, BaseException]:
        port = eachReactor.listenTCP(0, once(server, Factory()), interface="127.0.0.1")
        got = await blocking(eachReactor, talk, port.getHost().port)
        return got, await server.lost

    got, reason = drive(eachReactor, lambda: defer.ensureDeferred(main()))
    assert got == b"answer"
    assert isinstance(reason, ConnectionClosed)
    assert server.received == b"STARTTLS\nwithin"


def test_aClientStartsTlsInTheMiddle(reactor: Any, identity: Any, paths: tuple[str, str]) -> None:
    server, client = PythonServer(paths), Recorder()

    def talk(context: pythonSSL.SSLContext, raw: socket.socket) -> bytes:
        assert raw.recv(100) == b"STARTTLS\n"
        raw.sendall(b"READY\n")
        wrapped = context.wrap_socket(raw, server_side=True)
        got = b""
        while len(got) < len(big):
            got += wrapped.recv(65536)
        wrapped.sendall(b"thanks")
        wrapped.unwrap()
        return got

    async def main() -> tuple[bytes, BaseException]:
        talked = blocking(reactor, server.serve, talk)
        reactor.connectTCP("127.0.0.1", server.port, once(client, ClientFactory()))
        await client.made
        client.transport.write(b"STARTTLS\n")
        await client.until(6)
        client.transport.startTLS(ssl.optionsForClientTLS("localhost", trustRoot=identity))
        client.transport.write(big)
        await client.until(12)
        reason = await client.lost
        return await talked, reason

    got, reason = drive(reactor, lambda: defer.ensureDeferred(main()))
    assert got == big
    assert client.received == b"READY\nthanks"
    assert isinstance(reason, ConnectionDone)


def test_whatWasSentInTheClearBehindStarttlsIsNotBelieved(
    reactor: Any, identity: Any, paths: tuple[str, str]
) -> None:
    """The flaw of CVE-2011-0411: a command that is slipped in before TLS."""

    class Trusting(Recorder):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            if data.startswith(b"STARTTLS\n"):
                self.transport.startTLS(identity.options())

    server = Trusting()

    def talk(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            raw.sendall(b"STARTTLS\n")
            raw.sendall(b"EVIL\n" * 100)
            raw.shutdown(socket.SHUT_WR)
            try:
                while raw.recv(100):
                    pass
            except ConnectionResetError:
                pass

    async def main() -> BaseException:
        port = reactor.listenTCP(0, once(server, Factory()), interface="127.0.0.1")
        await blocking(reactor, talk, port.getHost().port)
        return await server.lost

    drive(reactor, lambda: defer.ensureDeferred(main()))
    # In one read with the command or not: nothing of it came from within TLS.
    assert bytes(server.received) in (b"STARTTLS\n", b"STARTTLS\n" + b"EVIL\n" * 100)


# Ports and connectors that are made by hand


def test_portsAndConnectorsMadeByHandHaveConnectionsOfTheirOwn(
    eachReactor: Any, identity: Any
) -> None:
    server, client = Echo(), Recorder()

    async def main() -> tuple[BaseException, ...]:
        port: Any = ssl.Port(
            0, once(server, Factory()), identity.options(), 50, "127.0.0.1", eachReactor
        )
        port.startListening()
        assert repr(port).startswith("<<class 'twisted.internet.ssl.Port'>")
        options = ssl.optionsForClientTLS("localhost", trustRoot=identity)
        connector = ssl.Connector(
            "127.0.0.1",
            port.getHost().port,
            once(client, ClientFactory()),
            options,
            10,
            None,
            eachReactor,
        )
        connector.connect()
        await client.made
        assert isinstance(client.transport, ssl.Client)
        client.transport.write(b"hello")
        await client.until(5)
        assert isinstance(server.transport, ssl.Server)
        assert server.transport.getPeerCertificate() is None
        shown = ssl.Certificate.peerFromTransport(client.transport)
        assert shown.digest("sha256") == identity.digest("sha256")
        for each in (client, server):
            assert verifyObject(ISSLTransport, each.transport)
        client.transport.loseConnection()
        return await client.lost, await server.lost

    lost = drive(eachReactor, lambda: defer.ensureDeferred(main()))
    assert [type(each) for each in lost] == [ConnectionDone, ConnectionDone]


# The module


def test_onlyWhoAsksForTlsPaysForIt() -> None:
    code = (
        "import sys; import twisted.internet.reactor, twisted.internet.endpoints;"
        "print([name for name in sys.modules if name.split('.')[0] in"
        " ('OpenSSL', 'cryptography', 'service_identity')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tlsGoesByTheReactorsMethodsForTcpWhichProgramsReplace(reactor: Any) -> None:
    told: list[Any] = []
    listenTCP = reactor.listenTCP

    def listen(*arguments: Any, **named: Any) -> Any:
        told.append((arguments[1].wrappedFactory, *arguments[2:]))
        return listenTCP(*arguments, **named)

    reactor.listenTCP = listen
    reactor.connectTCP = lambda *arguments: told.append((arguments[2].wrappedFactory, arguments))
    server, client = Factory(), ClientFactory()
    port = reactor.listenSSL(0, server, ssl.CertificateOptions(), 5, "127.0.0.1")
    assert port._type == "TLS"
    reactor.connectSSL("a.example", 1, client, ssl.CertificateOptions(), 9, None)
    assert told[0] == (server, 5, "127.0.0.1")
    assert told[1][0] is client
    assert (*told[1][1][:2], *told[1][1][3:]) == ("a.example", 1, 9, None)


def test_aServerDoesNotPayForTheCheckOfNames() -> None:
    code = (
        "import sys; from twisted.internet import ssl, _sslverify\n"
        "ssl.CertificateOptions()\n"
        "print('service_identity' in sys.modules)\n"
        "ssl.optionsForClientTLS('a.example')\n"
        "print('service_identity' in sys.modules)\n"
        "from twisted.internet.ssl import *\n"
        "print(VerificationError is _sslverify.VerificationError)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "True"]


@pytest.mark.parametrize(
    ("absent", "needing"),
    [
        ("OpenSSL", "import twisted.internet.ssl"),
        (
            "service_identity",
            "from twisted.internet import ssl; ssl.optionsForClientTLS('a.example')",
        ),
    ],
)
def test_aMissingPackageIsAnErrorThatTellsWhatToInstall(absent: str, needing: str) -> None:
    code = (
        f"import sys; sys.modules[{absent!r}] = None\n"
        f"try:\n    {needing}\n"
        "except ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install torsion[tls]" in done.stdout


def test_privateNamesOfProgramsAreWhereTheyAreLookedFor() -> None:
    from twisted.internet._idna import _idnaBytes, _idnaText
    from twisted.internet._sslverify import (
        Certificate,
        ClientTLSOptions,
        OpenSSLCertificateAuthorities,
        OpenSSLCertificateOptions,
        TLSVersion,
        _defaultCurveName,
        trustRootFromCertificates,
    )

    assert Certificate is ssl.Certificate
    assert OpenSSLCertificateOptions is ssl.CertificateOptions
    assert TLSVersion is ssl.TLSVersion
    assert trustRootFromCertificates is ssl.trustRootFromCertificates
    assert isinstance(ssl.trustRootFromCertificates([]), OpenSSLCertificateAuthorities)
    assert isinstance(ssl.optionsForClientTLS("a.example"), ClientTLSOptions)
    assert _defaultCurveName == "prime256v1"
    assert _idnaText(_idnaBytes("bücher.example")) == "bücher.example"


def test_negotiationIsSupportedButOneNeedNotAskAnyMore() -> None:
    with pytest.warns(DeprecationWarning, match=r"26\.10\.0: All"):
        support = ssl.ProtocolNegotiationSupport
    with pytest.warns(DeprecationWarning, match=r"protocolNegotiationMechanisms"):
        assert ssl.protocolNegotiationMechanisms() is support.ALPN
